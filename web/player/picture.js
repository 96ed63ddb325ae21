// SPDX-License-Identifier: MIT
/** What is drawn under the handles of a view: rings, ways, the head. It knows where things are and how they look. */
import { rotate } from './space.js';

/** @typedef {import('./space.js').Vector} Vector */
/** @typedef {import('./space.js').Quaternion} Quaternion */

/** @typedef {{ colour: number, muted: boolean }} Look  colour: 1 to COLOURS */

export const COLOURS = 8;

/** How the head is drawn, metres: larger than life, to be seen. */
const HEAD_M = 0.3;

/** Rings are so far apart that there are at most so many. */
const MOST_RINGS = 4;

export class Picture {
  #canvas;
  #pen;
  #plane;
  #whole;
  width = 1;
  height = 1;
  /** How far it shows, metres. */
  reachM;
  /** @type {Record<string | number, string>} */
  colours = {};

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {import('./planes.js').Plane} plane
   * @param {boolean} whole  the rings are seen whole; else what is above and below may be cut off
   * @param {number} reachM
   */
  constructor(canvas, plane, whole, reachM) {
    this.#canvas = canvas;
    this.#pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    this.#plane = plane;
    this.#whole = whole;
    this.reachM = reachM;
  }

  /** Takes the size and the colours of an element. @param {HTMLElement} root */
  fit(root) {
    const { width, height } = root.getBoundingClientRect();
    const dense = Math.min(3, devicePixelRatio || 1);
    this.width = Math.max(1, width);
    this.height = Math.max(1, height);
    this.#canvas.width = Math.round(this.width * dense);
    this.#canvas.height = Math.round(this.height * dense);
    this.#pen.setTransform(dense, 0, 0, dense, 0, 0);
    const style = getComputedStyle(root);
    for (const name of ['well', 'line', 'soft', 'ink', 'card', 'accent', 'left', 'right']) {
      this.colours[name] = style.getPropertyValue(`--${name}`).trim();
    }
    for (let i = 1; i <= COLOURS; i++) {
      this.colours[i] = style.getPropertyValue(`--source-${i}`).trim();
    }
  }

  /** Pixels a metre. */
  get scale() {
    return Math.min(this.width, this.#whole ? this.height : Infinity) / (2 * this.reachM * 1.06);
  }

  /** Pixels. */
  get headRadius() {
    return Math.max(16, HEAD_M * this.scale);
  }

  /** @param {Vector} place @returns {[x: number, y: number]} pixels */
  project(place) {
    return [
      this.width / 2 + this.#plane.across(place) * this.scale,
      this.height / 2 - this.#plane.up(place) * this.scale,
    ];
  }

  clear() {
    this.#pen.clearRect(0, 0, this.width, this.height);
  }

  rings() {
    const pen = this.#pen;
    const [cx, cy] = this.project([0, 0, 0]);
    const { line, soft } = this.colours;
    pen.lineWidth = 1;
    pen.font = '11px ui-sans-serif, system-ui, "DejaVu Sans", sans-serif';
    pen.textBaseline = 'middle';
    const step = Math.max(0.5, 2 ** Math.ceil(Math.log2(this.reachM / MOST_RINGS)));
    for (let metres = step; metres <= this.reachM; metres += step) {
      pen.strokeStyle = line;
      pen.beginPath();
      pen.arc(cx, cy, metres * this.scale, 0, 2 * Math.PI);
      pen.stroke();
      pen.fillStyle = soft;
      pen.textAlign = 'left';
      const diagonal = metres * this.scale * Math.SQRT1_2;
      if (cy + diagonal < this.height - 12) {
        pen.fillText(`${metres} m`, cx + diagonal + 4, cy + diagonal + 4);
      }
    }
    pen.strokeStyle = line;
    pen.setLineDash([2, 5]);
    pen.beginPath();
    pen.moveTo(0, cy);
    pen.lineTo(this.width, cy);
    pen.moveTo(cx, 0);
    pen.lineTo(cx, this.height);
    pen.stroke();
    pen.setLineDash([]);
    const { up, down, left, right } = this.#plane.marks;
    pen.fillStyle = soft;
    pen.textAlign = 'left';
    pen.fillText(up, cx + 6, 12);
    pen.fillText(down, cx + 6, this.height - 12);
    pen.fillText(left, 8, cy - 10);
    pen.textAlign = 'right';
    pen.fillText(right, this.width - 8, cy - 10);
  }

  /** Where sound comes from, as a bloom around the head. @param {ArrayLike<number>} glow  by direction, clockwise */
  glow(glow) {
    const pen = this.#pen;
    if (glow.length === 0) {
      return;
    }
    const [cx, cy] = this.project([0, 0, 0]);
    const inner = this.headRadius * 1.5;
    const outer = Math.min(this.width, this.height) * 0.46;
    const points = Array.from(glow, (level, i) => {
      const angle = 2 * Math.PI * i / glow.length;
      const radius = inner + (outer - inner) * level;
      return [cx + radius * Math.sin(angle), cy - radius * Math.cos(angle)];
    });
    const between = (/** @type {number} */ i) => {
      const [ax, ay] = points[i % points.length];
      const [bx, by] = points[(i + 1) % points.length];
      return [(ax + bx) / 2, (ay + by) / 2];
    };
    pen.beginPath();
    const [x, y] = between(points.length - 1);
    pen.moveTo(x, y);
    points.forEach(([px, py], i) => {
      const [qx, qy] = between(i);
      pen.quadraticCurveTo(px, py, qx, qy);
    });
    pen.closePath();
    pen.fillStyle = this.colours.accent;
    pen.strokeStyle = this.colours.accent;
    pen.globalAlpha = 0.16;
    pen.fill();
    pen.globalAlpha = 0.55;
    pen.lineWidth = 1.5;
    pen.stroke();
    pen.globalAlpha = 1;
  }

  /** The way of a source that moves. @param {Vector[]} corners @param {Look} look */
  path(corners, { colour, muted }) {
    const pen = this.#pen;
    pen.globalAlpha = muted ? 0.2 : 0.5;
    pen.strokeStyle = this.colours[colour];
    pen.lineWidth = 1.5;
    pen.setLineDash([1, 5]);
    pen.lineCap = 'round';
    pen.beginPath();
    corners.forEach((place) => pen.lineTo(...this.project(place)));
    pen.stroke();
    pen.setLineDash([]);
    pen.lineCap = 'butt';
    pen.globalAlpha = 1;
  }

  /** From the head to the chosen one. @param {Vector} place @param {Look} look */
  line(place, { colour }) {
    const pen = this.#pen;
    pen.strokeStyle = this.colours[colour];
    pen.globalAlpha = 0.6;
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(...this.project([0, 0, 0]));
    pen.lineTo(...this.project(place));
    pen.stroke();
    pen.globalAlpha = 1;
  }

  /** From the height of the ears to the source. @param {Vector} place @param {Look} look */
  stem(place, { colour, muted }) {
    const pen = this.#pen;
    const [x, y] = this.project(place);
    const [, floor] = this.project([place[0], 0, place[2]]);
    pen.globalAlpha = muted ? 0.25 : 0.7;
    pen.strokeStyle = this.colours[colour];
    pen.fillStyle = this.colours[colour];
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(x, floor);
    pen.lineTo(x, y);
    pen.stroke();
    pen.beginPath();
    pen.ellipse(x, floor, 5, 2, 0, 0, 2 * Math.PI);
    pen.fill();
    pen.globalAlpha = 1;
  }

  /** @param {Quaternion} head  how it is turned in the room @param {readonly number[]} levels  of its ears, 0 to 1 */
  head(head, levels) {
    const pen = this.#pen;
    const [cx, cy] = this.project([0, 0, 0]);
    const radius = this.headRadius;
    const { well, card, ink, left, right } = this.colours;
    const part = (/** @type {Vector} */ direction, /** @type {number} */ reach) => {
      const turned = rotate(head, direction);
      return {
        x: cx + this.#plane.across(turned) * radius * reach,
        y: cy - this.#plane.up(turned) * radius * reach,
        near: this.#plane.near(turned),
      };
    };
    const parts = [
      { ...part([0, 0, -1], 1.05), size: 0.3, colour: ink },
      { ...part([-1, 0, 0], 0.98), size: 0.27, colour: left },
      { ...part([1, 0, 0], 0.98), size: 0.27, colour: right },
    ];
    const dot = (/** @type {{ x: number, y: number, size: number, colour: string }} */ { x, y, size, colour }) => {
      pen.fillStyle = colour;
      pen.beginPath();
      pen.arc(x, y, size * radius, 0, 2 * Math.PI);
      pen.fill();
    };
    // What each ear gets now, as rings that grow with it.
    [parts[1], parts[2]].forEach(({ x, y, colour }, ear) => {
      pen.strokeStyle = colour;
      for (let ring = 1; ring <= 3; ring++) {
        const strength = Math.min(1, Math.max(0, levels[ear] * 3 - ring + 1));
        pen.globalAlpha = 0.6 * strength;
        pen.lineWidth = 2;
        pen.beginPath();
        pen.arc(x, y, radius * (0.27 + 0.2 * ring), 0, 2 * Math.PI);
        pen.stroke();
      }
      pen.globalAlpha = 1;
    });
    parts.filter(({ near }) => near < -0.02).forEach(dot);
    pen.fillStyle = card;
    pen.strokeStyle = ink;
    pen.lineWidth = 2;
    pen.beginPath();
    pen.arc(cx, cy, radius, 0, 2 * Math.PI);
    pen.fill();
    pen.stroke();
    const [front] = parts;
    if (front.near >= -0.35) {
      // The nose: a wedge towards where the head looks.
      const angle = Math.atan2(front.y - cy, front.x - cx);
      const flat = Math.hypot(front.x - cx, front.y - cy) / radius;
      pen.beginPath();
      for (const [turn, reach] of [[-0.32, Math.min(1, flat)], [0, 1.36 * flat], [0.32, Math.min(1, flat)]]) {
        pen.lineTo(cx + Math.cos(angle + turn) * radius * reach, cy + Math.sin(angle + turn) * radius * reach);
      }
      pen.closePath();
      pen.fillStyle = well;
      pen.fill();
      pen.stroke();
    }
    parts.slice(1).filter(({ near }) => near >= -0.02).forEach(dot);
  }
}
