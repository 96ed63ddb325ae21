// SPDX-License-Identifier: MIT
/** The room from above: walls, path, listener and talker. The talker can be pulled along his path. */
import { ROOM, facingAt, placeAt } from './walk.js';

const SCALE = 100;
const STEPS = 120;
const TRAIL = 16;

const SVG = 'http://www.w3.org/2000/svg';

/** @param {string} name @param {Record<string, string | number>} attributes */
function element(name, attributes) {
  const made = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, String(value)));
  return made;
}

/** @param {number} x */
const px = (x) => (x * SCALE).toFixed(1);

/** The outline of a place, and a fall of light. */
export class RoomView {
  #talker;
  #trail;
  /** @type {number[]} angles that he was at */
  #was = [];

  /**
   * @param {HTMLElement} host
   * @param {(angle: number) => void} onPull  he was pulled to another place
   */
  constructor(host, onPull) {
    const [w, h] = [ROOM.halfWidth * SCALE, ROOM.halfDepth * SCALE];
    const svg = element('svg', { viewBox: `${-w - 12} ${-h - 12} ${2 * w + 24} ${2 * h + 24}`, role: 'img',
      'aria-label': 'The room from above: you in the middle, facing up; the talker on his way round you' });
    const path = Array.from({ length: STEPS }, (_, i) => {
      const [x, , z] = placeAt(2 * Math.PI * i / STEPS);
      return `${i === 0 ? 'M' : 'L'}${px(x)} ${px(z)}`;
    }).join(' ');
    const floor = element('rect', { class: 'floor', x: -w, y: -h, width: 2 * w, height: 2 * h, rx: 10 });
    const boards = element('path', { class: 'boards', d: Array.from({ length: 8 }, (_, i) =>
      `M${(-w + 2 * w * (i + 1) / 9).toFixed(1)} ${-h + 8}V${h - 8}`).join('') });
    const rings = [1, 2].map((metres) => element('circle', { class: 'ring', r: metres * SCALE }));
    const ringNames = [1, 2].map((metres) => {
      const name = element('text', { class: 'mark', x: 5, y: metres * SCALE - 5 });
      name.textContent = `${metres} m`;
      return name;
    });
    const head = element('g', { class: 'head' });
    head.append(
      element('ellipse', { class: 'ear left', cx: -20, cy: 1, rx: 5, ry: 8 }),
      element('ellipse', { class: 'ear right', cx: 20, cy: 1, rx: 5, ry: 8 }),
      element('path', { class: 'skull', d: 'M-5 -21 L0 -30 L5 -21 Z' }),
      element('ellipse', { class: 'skull', rx: 19, ry: 22 }),
    );
    this.#trail = Array.from({ length: TRAIL }, (_, i) =>
      element('circle', { class: 'trail', r: (7 - 7 * i / TRAIL).toFixed(1),
        opacity: (0.3 - 0.3 * i / TRAIL).toFixed(2) }));
    this.#talker = element('g', { class: 'talker' });
    this.#talker.append(
      ...[16, 25, 34].map((r, i) => element('path', { class: 'voice', opacity: 0.7 - 0.2 * i,
        d: `M${px(-0.01 * r * 0.6)} ${px(-0.01 * r * 0.8 - 0.1)} A${r} ${r} 0 0 1 ${px(0.01 * r * 0.6)} ${
          px(-0.01 * r * 0.8 - 0.1)}` })),
      element('ellipse', { class: 'shoulders', rx: 21, ry: 10 }),
      element('path', { class: 'face', d: 'M-5 -10 L0 -19 L5 -10 Z' }),
      element('circle', { class: 'face', r: 12 }),
    );
    const pull = element('path', { class: 'pull', d: `${path} Z` });
    svg.append(floor, boards, ...rings, ...ringNames, element('path', { class: 'way', d: `${path} Z` }), ...this.#trail,
      head, pull, this.#talker);
    host.replaceChildren(svg);
    this.#listen(/** @type {SVGSVGElement} */ (svg), onPull);
  }

  /** @param {SVGSVGElement} svg @param {(angle: number) => void} onPull */
  #listen(svg, onPull) {
    const angleOf = (/** @type {PointerEvent} */ event) => {
      const box = svg.getBoundingClientRect();
      return Math.atan2(event.clientX - box.left - box.width / 2, -(event.clientY - box.top - box.height / 2));
    };
    const grips = svg.querySelectorAll('.talker, .pull');
    grips.forEach((grip) => grip.addEventListener('pointerdown', (event) => {
      const pointer = /** @type {PointerEvent} */ (event);
      svg.setPointerCapture(pointer.pointerId);
      svg.classList.add('pulling');
      onPull(angleOf(pointer));
      event.preventDefault();
    }));
    svg.addEventListener('pointermove', (event) => {
      if (svg.hasPointerCapture(event.pointerId)) {
        onPull(angleOf(event));
      }
    });
    svg.addEventListener('lostpointercapture', () => svg.classList.remove('pulling'));
  }

  /** @param {number} angle  where he is */
  draw(angle) {
    const [x, , z] = placeAt(angle);
    const turn = facingAt(angle) * 180 / Math.PI;
    this.#talker.setAttribute('transform', `translate(${px(x)} ${px(z)}) rotate(${turn.toFixed(1)})`);
    if (this.#was[0] === undefined || Math.abs(this.#was[0] - angle) > 0.05) {
      this.#was = [angle, ...this.#was].slice(0, TRAIL);
    }
    this.#trail.forEach((dot, i) => {
      const [tx, , tz] = placeAt(this.#was[Math.min(i, this.#was.length - 1)]);
      dot.setAttribute('cx', px(tx));
      dot.setAttribute('cy', px(tz));
    });
  }
}
