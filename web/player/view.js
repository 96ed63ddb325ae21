// SPDX-License-Identifier: MIT
/**
 * One view of the scene: from above, or from the right. The canvas holds the picture; each source and the head are
 * elements on top of it, so that fingers, keys, focus and screen readers find them.
 */
import { elevation, length, placeInWords, rotate } from './space.js';

/** @typedef {import('./space.js').Vector} Vector */
/** @typedef {import('./space.js').Quaternion} Quaternion */

/**
 * What a view shows of something that sounds.
 *
 * @typedef {object} Voice
 * @property {string} id
 * @property {string} name
 * @property {number} colour  1 to COLOURS
 * @property {boolean} muted
 * @property {boolean} headLocked
 */

/**
 * What a view shows, and what is done to it there. Places are metres from the head, in the room's directions unless
 * they are the head's.
 *
 * @template {Voice} V
 * @typedef {object} Stage
 * @property {readonly V[]} voices
 * @property {V | null} selected
 * @property {Quaternion} head  how it is turned in the room
 * @property {number} yaw       radians to the left; what turnHead last set
 * @property {number} pitch     radians up
 * @property {(voice: V) => Vector} roomPlace
 * @property {(voice: V) => Vector} headPlace  as the head has it
 * @property {(voice: V) => Vector[] | null} path  the way that it goes by itself, as corners; null = it stands still
 * @property {(voice: V) => boolean} travels  whether it moves by itself now
 * @property {(voice: V) => void} select
 * @property {(voice: V, place: Vector) => void} moveTo
 * @property {(voice: V) => void} home  puts it where it belongs
 * @property {(voice: V, held: boolean) => void} hold  it is in someone's hand
 * @property {(voice: V, muted: boolean) => void} mute
 * @property {(yaw: number, pitch: number) => void} turnHead
 */

/**
 * @typedef {object} ViewOptions
 * @property {'top' | 'side'} plane
 * @property {number} reachM  how far it shows, metres
 * @property {boolean} [removable]  Delete dispatches 'dismiss' with the source; false
 * @property {(words: string) => void} announce  for those who listen to the page
 */

export const COLOURS = 8;

/** How the head is drawn, metres: larger than life, to be seen. */
const HEAD_M = 0.3;

/** Keys move by so much, metres; with Shift by more. */
const STEP_M = 0.1;
const STRIDE_M = 0.5;

const TURN = 5 * Math.PI / 180;

/** Of a drag on the floor, radians per pixel. */
const DRAG_TURN = 0.4 * Math.PI / 180;

const KEYS_HELP = 'Arrow keys move it, Page Up and Page Down raise and lower it, plus and minus change its distance, ' +
  'space mutes it, Home puts it where it belongs';

/** Which directions of the room lie to the right of, above and towards the one who looks at the picture. */
const PLANES = {
  top: {
    across: (/** @type {Vector} */ [x]) => x,
    up: (/** @type {Vector} */ [, , z]) => -z,
    near: (/** @type {Vector} */ [, y]) => y,
    place: (/** @type {number} */ across, /** @type {number} */ up, /** @type {Vector} */ [, y]) =>
      /** @type {Vector} */ ([across, y, -up]),
    marks: { up: 'ahead', down: 'behind', left: 'left', right: 'right' },
  },
  side: {
    across: (/** @type {Vector} */ [, , z]) => -z,
    up: (/** @type {Vector} */ [, y]) => y,
    near: (/** @type {Vector} */ [x]) => x,
    place: (/** @type {number} */ across, /** @type {number} */ up, /** @type {Vector} */ [x]) =>
      /** @type {Vector} */ ([x, up, -across]),
    marks: { up: 'above', down: 'below', left: 'behind', right: 'ahead' },
  },
};

/** Rings are so far apart that there are at most so many. */
const MOST_RINGS = 4;

/**
 * Dispatches on its root 'grab' when a source is taken in hand, and 'dismiss' when one is to go (CustomEvents whose
 * detail is the source).
 *
 * @template {Voice} V
 */
export class View {
  #root;
  #canvas;
  #layer;
  #stage;
  #plane;
  #main;
  #reachM;
  #removable;
  #announce;
  /** @type {Map<V, HTMLElement>} */
  #handles = new Map();
  /** @type {HTMLElement} */
  #head;
  #width = 1;
  #height = 1;
  /** @type {Record<string | number, string>} */
  #colours = {};
  /** Loudness of the two ears, 0 to 1. */
  levels = [0, 0];
  /** Loudness by direction of the room, clockwise from ahead at even steps, 0 to 1. @type {ArrayLike<number>} */
  glow = [];

  /**
   * @param {HTMLElement} root  of class "view"; empty
   * @param {Stage<V>} stage
   * @param {ViewOptions} options
   */
  constructor(root, stage, { plane, reachM, removable = false, announce }) {
    this.#root = root;
    this.#stage = stage;
    this.#plane = PLANES[plane];
    // Sources are reached by keys in one view only: two stops for one thing would be one too many.
    this.#main = plane === 'top';
    this.#reachM = reachM;
    this.#removable = removable;
    this.#announce = announce;
    this.#canvas = document.createElement('canvas');
    this.#canvas.setAttribute('aria-hidden', 'true');
    this.#layer = document.createElement('div');
    this.#layer.className = 'handles';
    if (this.#main) {
      this.#layer.setAttribute('role', 'application');
      this.#layer.setAttribute('aria-label', 'Sources around the head, seen from above');
    } else {
      this.#layer.setAttribute('aria-hidden', 'true');
    }
    root.append(this.#canvas, this.#layer);
    this.#head = this.#makeHead();
    this.#floorDrag();
    new ResizeObserver(() => this.resize()).observe(root);
    this.resize();
    this.rebuild();
  }

  /** Reads the page's colours and size anew. */
  resize() {
    const { width, height } = this.#root.getBoundingClientRect();
    const dense = Math.min(3, devicePixelRatio || 1);
    this.#width = Math.max(1, width);
    this.#height = Math.max(1, height);
    this.#canvas.width = Math.round(this.#width * dense);
    this.#canvas.height = Math.round(this.#height * dense);
    this.#canvas.getContext('2d')?.setTransform(dense, 0, 0, dense, 0, 0);
    const style = getComputedStyle(this.#root);
    for (const name of ['well', 'line', 'soft', 'ink', 'card', 'accent', 'left', 'right']) {
      this.#colours[name] = style.getPropertyValue(`--${name}`).trim();
    }
    for (let i = 1; i <= COLOURS; i++) {
      this.#colours[i] = style.getPropertyValue(`--source-${i}`).trim();
    }
    this.draw();
  }

  /** Handles for the sources that there are. */
  rebuild() {
    const { voices, selected } = this.#stage;
    for (const [voice, handle] of this.#handles) {
      if (!voices.includes(voice)) {
        handle.remove();
        this.#handles.delete(voice);
      }
    }
    for (const voice of voices) {
      const handle = this.#handles.get(voice) ?? this.#makeHandle(voice);
      handle.classList.toggle('selected', voice === selected);
    }
    this.draw();
  }

  /** How far it shows, metres. */
  get reachM() {
    return this.#reachM;
  }

  set reachM(metres) {
    this.#reachM = metres;
    this.draw();
  }

  /** @param {V} voice */
  focus(voice) {
    this.#handles.get(voice)?.focus({ preventScroll: true });
  }

  // Picture

  get #scale() {
    return Math.min(this.#width, this.#main ? this.#height : Infinity) / (2 * this.#reachM * 1.06);
  }

  /** @param {Vector} place @returns {[x: number, y: number]} pixels */
  #project(place) {
    return [
      this.#width / 2 + this.#plane.across(place) * this.#scale,
      this.#height / 2 - this.#plane.up(place) * this.#scale,
    ];
  }

  draw() {
    const pen = this.#canvas.getContext('2d');
    if (!pen) {
      return;
    }
    const { selected, voices } = this.#stage;
    pen.clearRect(0, 0, this.#width, this.#height);
    this.#drawRings(pen);
    this.#drawGlow(pen);
    for (const voice of voices) {
      this.#drawPath(pen, voice);
    }
    if (selected) {
      this.#drawLine(pen, selected);
    }
    const behind = (/** @type {V} */ voice) => this.#plane.near(this.#stage.roomPlace(voice));
    for (const voice of [...voices].sort((a, b) => behind(a) - behind(b))) {
      if (!this.#main) {
        this.#drawStem(pen, voice);
      }
      this.#placeHandle(voice);
    }
    this.#drawHead(pen);
  }

  /** @param {CanvasRenderingContext2D} pen */
  #drawRings(pen) {
    const [cx, cy] = this.#project([0, 0, 0]);
    const { line, soft } = this.#colours;
    pen.lineWidth = 1;
    pen.font = '11px ui-sans-serif, system-ui, "DejaVu Sans", sans-serif';
    pen.textBaseline = 'middle';
    const step = Math.max(0.5, 2 ** Math.ceil(Math.log2(this.#reachM / MOST_RINGS)));
    for (let metres = step; metres <= this.#reachM; metres += step) {
      pen.strokeStyle = line;
      pen.beginPath();
      pen.arc(cx, cy, metres * this.#scale, 0, 2 * Math.PI);
      pen.stroke();
      pen.fillStyle = soft;
      pen.textAlign = 'left';
      const diagonal = metres * this.#scale * Math.SQRT1_2;
      if (cy + diagonal < this.#height - 12) {
        pen.fillText(`${metres} m`, cx + diagonal + 4, cy + diagonal + 4);
      }
    }
    pen.strokeStyle = line;
    pen.setLineDash([2, 5]);
    pen.beginPath();
    pen.moveTo(0, cy);
    pen.lineTo(this.#width, cy);
    pen.moveTo(cx, 0);
    pen.lineTo(cx, this.#height);
    pen.stroke();
    pen.setLineDash([]);
    const { up, down, left, right } = this.#plane.marks;
    pen.fillStyle = soft;
    pen.textAlign = 'left';
    pen.fillText(up, cx + 6, 12);
    pen.fillText(down, cx + 6, this.#height - 12);
    pen.fillText(left, 8, cy - 10);
    pen.textAlign = 'right';
    pen.fillText(right, this.#width - 8, cy - 10);
  }

  /** Where sound comes from, as a bloom around the head. @param {CanvasRenderingContext2D} pen */
  #drawGlow(pen) {
    const { glow } = this;
    if (glow.length === 0) {
      return;
    }
    const [cx, cy] = this.#project([0, 0, 0]);
    const inner = Math.max(16, HEAD_M * this.#scale) * 1.5;
    const outer = Math.min(this.#width, this.#height) * 0.46;
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
    pen.fillStyle = this.#colours.accent;
    pen.strokeStyle = this.#colours.accent;
    pen.globalAlpha = 0.16;
    pen.fill();
    pen.globalAlpha = 0.55;
    pen.lineWidth = 1.5;
    pen.stroke();
    pen.globalAlpha = 1;
  }

  /** The way of a source that moves. @param {CanvasRenderingContext2D} pen @param {V} voice */
  #drawPath(pen, voice) {
    const corners = this.#stage.path(voice);
    if (corners === null) {
      return;
    }
    pen.globalAlpha = voice.muted ? 0.2 : 0.5;
    pen.strokeStyle = this.#colour(voice);
    pen.lineWidth = 1.5;
    pen.setLineDash([1, 5]);
    pen.lineCap = 'round';
    pen.beginPath();
    corners.forEach((place) => pen.lineTo(...this.#project(place)));
    pen.stroke();
    pen.setLineDash([]);
    pen.lineCap = 'butt';
    pen.globalAlpha = 1;
  }

  /** From the head to the chosen one. @param {CanvasRenderingContext2D} pen @param {V} voice */
  #drawLine(pen, voice) {
    pen.strokeStyle = this.#colour(voice);
    pen.globalAlpha = 0.6;
    pen.lineWidth = 1.5;
    pen.beginPath();
    pen.moveTo(...this.#project([0, 0, 0]));
    pen.lineTo(...this.#project(this.#stage.roomPlace(voice)));
    pen.stroke();
    pen.globalAlpha = 1;
  }

  /** From the height of the ears to the source. @param {CanvasRenderingContext2D} pen @param {V} voice */
  #drawStem(pen, voice) {
    const place = this.#stage.roomPlace(voice);
    const [x, y] = this.#project(place);
    const [, floor] = this.#project([place[0], 0, place[2]]);
    pen.globalAlpha = voice.muted ? 0.25 : 0.7;
    pen.strokeStyle = this.#colour(voice);
    pen.fillStyle = this.#colour(voice);
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

  /** @param {CanvasRenderingContext2D} pen */
  #drawHead(pen) {
    const { head } = this.#stage;
    const [cx, cy] = this.#project([0, 0, 0]);
    const radius = Math.max(16, HEAD_M * this.#scale);
    const { well, card, ink, left, right } = this.#colours;
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
        const strength = Math.min(1, Math.max(0, this.levels[ear] * 3 - ring + 1));
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
    this.#head.style.transform = `translate(${cx}px, ${cy}px) translate(-50%, -50%)`;
    this.#head.style.width = `${2.4 * radius}px`;
    this.#head.style.height = `${2.4 * radius}px`;
  }

  /** @param {V} voice */
  #colour(voice) {
    return this.#colours[voice.colour];
  }

  // Handles

  /** @param {V} voice */
  #makeHandle(voice) {
    /** @type {HTMLElement} */
    const handle = document.createElement(this.#main ? 'button' : 'div');
    handle.className = 'handle';
    handle.dataset.source = voice.id;
    handle.style.setProperty('--colour', `var(--source-${voice.colour})`);
    const dot = document.createElement('span');
    dot.className = 'dot';
    // The letter tells sources apart where colours do not.
    dot.dataset.letter = [...voice.name][0].toUpperCase();
    const name = document.createElement('span');
    name.className = 'name';
    name.textContent = voice.name;
    handle.append(dot, name);
    if (this.#main) {
      handle.setAttribute('type', 'button');
      handle.setAttribute('aria-roledescription', 'sound source');
      handle.setAttribute('aria-description', `${KEYS_HELP}${this.#removable ? ', Delete removes it' : ''}.`);
      handle.addEventListener('keydown', (event) => this.#onSourceKey(event, voice));
      handle.addEventListener('focus', () => this.#stage.select(voice));
    }
    if (!this.#main) {
      // Else the press would take the focus from where 'grab' puts it.
      handle.addEventListener('mousedown', (event) => event.preventDefault());
    }
    this.#handles.set(voice, handle);
    this.#layer.append(handle);
    this.#drag(handle, (event) => {
      const [x, y] = this.#project(this.#stage.roomPlace(voice));
      const point = this.#pointIn(event);
      const grip = [x - point[0], y - point[1]];
      this.#stage.select(voice);
      this.#stage.hold(voice, true);
      this.#root.dispatchEvent(new CustomEvent('grab', { detail: voice }));
      return {
        move: (moved) => {
          const [px, py] = this.#pointIn(moved);
          const across = (px + grip[0] - this.#width / 2) / this.#scale;
          const up = (this.#height / 2 - py - grip[1]) / this.#scale;
          this.#stage.moveTo(voice, this.#plane.place(across, up, this.#stage.roomPlace(voice)));
        },
        end: () => this.#stage.hold(voice, false),
      };
    });
    return handle;
  }

  /** @param {V} voice */
  #placeHandle(voice) {
    const handle = this.#handles.get(voice);
    if (!handle) {
      return;
    }
    const place = this.#stage.roomPlace(voice);
    const [x, y] = this.#project(place);
    const near = this.#plane.near(place);
    // Never out of reach: what lies outside the picture waits at its edge.
    const px = Math.max(14, Math.min(this.#width - 14, x));
    const py = Math.max(14, Math.min(this.#height - 14, y));
    handle.style.transform = `translate(${px.toFixed(1)}px, ${py.toFixed(1)}px) translate(-50%, -50%)`;
    handle.style.setProperty('--size', (1 + 0.13 * Math.max(-2, Math.min(2.5, near))).toFixed(3));
    handle.style.zIndex = String(Math.round(100 + 10 * near) + (voice === this.#stage.selected ? 200 : 0));
    handle.classList.toggle('muted', voice.muted);
    handle.classList.toggle('locked', voice.headLocked);
    handle.classList.toggle('below', py < this.#height - 34);
    const up = place[1];
    const height = this.#main && Math.abs(up) >= 0.05 ? ` ${up > 0 ? '↑' : '↓'}${Math.abs(up).toFixed(1)}` : '';
    const name = /** @type {HTMLElement} */ (handle.lastElementChild);
    if (name.dataset.height !== height) {
      name.dataset.height = height;
    }
    // What has the focus and moves by itself is not told anew with every step.
    const focused = /** @type {Document | ShadowRoot} */ (handle.getRootNode()).activeElement === handle;
    if (this.#main && !(focused && this.#stage.travels(voice))) {
      this.#describe(voice);
    }
  }

  /** @param {V} voice */
  #describe(voice) {
    const words = `${voice.name}: ${placeInWords(this.#stage.headPlace(voice))}${voice.muted ? ', muted' : ''}`;
    const handle = this.#handles.get(voice);
    if (handle && handle.getAttribute('aria-label') !== words) {
      handle.setAttribute('aria-label', words);
    }
    return words;
  }

  /** @param {KeyboardEvent} event @param {V} voice */
  #onSourceKey(event, voice) {
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const stage = this.#stage;
    const step = event.shiftKey ? STRIDE_M : STEP_M;
    const [x, y, z] = stage.roomPlace(voice);
    const away = length([x, y, z]);
    /** @param {number} metres @returns {Vector} */
    const at = (metres) => (away > 0.01 ? [x * metres / away, y * metres / away, z * metres / away] : [0, 0, -metres]);
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => stage.moveTo(voice, [x - step, y, z]),
      ArrowRight: () => stage.moveTo(voice, [x + step, y, z]),
      ArrowUp: () => stage.moveTo(voice, [x, y, z - step]),
      ArrowDown: () => stage.moveTo(voice, [x, y, z + step]),
      PageUp: () => stage.moveTo(voice, [x, y + step, z]),
      PageDown: () => stage.moveTo(voice, [x, y - step, z]),
      '+': () => stage.moveTo(voice, at(away + step)),
      '=': () => stage.moveTo(voice, at(away + step)),
      '-': () => stage.moveTo(voice, at(Math.max(0.1, away - step))),
      _: () => stage.moveTo(voice, at(Math.max(0.1, away - step))),
      Home: () => stage.home(voice),
      ' ': () => stage.mute(voice, !voice.muted),
    };
    if (this.#removable) {
      keys.Delete = () => this.#root.dispatchEvent(new CustomEvent('dismiss', { detail: voice }));
    }
    if (Object.hasOwn(keys, event.key)) {
      event.preventDefault();
      keys[event.key]();
      if (stage.voices.includes(voice)) {
        this.#announce(this.#describe(voice));
      }
    }
  }

  #makeHead() {
    /** @type {HTMLElement} */
    const head = document.createElement(this.#main ? 'button' : 'div');
    head.className = 'head';
    if (this.#main) {
      head.setAttribute('type', 'button');
      head.setAttribute('aria-label', 'Your head');
      head.setAttribute('aria-roledescription', 'listener');
      head.setAttribute('aria-description',
        'Left and right arrow keys turn it, up and down raise and lower it, Home looks ahead.');
      head.addEventListener('keydown', (event) => this.#onHeadKey(event));
    }
    this.#layer.append(head);
    const stage = this.#stage;
    this.#drag(head, (event) => {
      if (this.#main) {
        head.focus({ preventScroll: true });
      }
      // The finger leads the nose round: by as much as it goes round itself.
      const angleOf = (/** @type {PointerEvent} */ at) => {
        const [x, y] = this.#pointIn(at);
        return Math.atan2(y - this.#height / 2, x - this.#width / 2);
      };
      let before = angleOf(event);
      return {
        move: (moved) => {
          const angle = angleOf(moved);
          const turned = Math.atan2(Math.sin(before - angle), Math.cos(before - angle));
          before = angle;
          if (this.#main) {
            stage.turnHead(stage.yaw + turned, stage.pitch);
          } else {
            stage.turnHead(stage.yaw, stage.pitch + turned);
          }
        },
        end: () => {},
      };
    });
    return head;
  }

  /** @param {KeyboardEvent} event */
  #onHeadKey(event) {
    const { yaw, pitch } = this.#stage;
    /** @type {Record<string, [number, number]>} */
    const turns = {
      ArrowLeft: [yaw + TURN, pitch],
      ArrowRight: [yaw - TURN, pitch],
      ArrowUp: [yaw, pitch + TURN],
      ArrowDown: [yaw, pitch - TURN],
      Home: [0, 0],
    };
    if (Object.hasOwn(turns, event.key)) {
      event.preventDefault();
      this.#stage.turnHead(...turns[event.key]);
      this.#announce(headInWords(this.#stage));
    }
  }

  /** A drag on the empty floor turns the head too. */
  #floorDrag() {
    const stage = this.#stage;
    this.#drag(this.#canvas, (event) => {
      let [x, y] = this.#pointIn(event);
      return {
        move: (moved) => {
          const [px, py] = this.#pointIn(moved);
          const across = DRAG_TURN * (px - x);
          const along = DRAG_TURN * (py - y);
          stage.turnHead(stage.yaw - (this.#main ? across : 0), stage.pitch - (this.#main ? 0 : along));
          [x, y] = [px, py];
        },
        end: () => {},
      };
    });
  }

  /** @param {PointerEvent} event @returns {[x: number, y: number]} */
  #pointIn(event) {
    const { left, top } = this.#root.getBoundingClientRect();
    return [event.clientX - left, event.clientY - top];
  }

  /**
   * @param {HTMLElement} element
   * @param {(event: PointerEvent) => { move: (event: PointerEvent) => void, end: () => void }} begin
   */
  #drag(element, begin) {
    element.addEventListener('pointerdown', (event) => {
      if (event.button !== 0 || !event.isPrimary) {
        return;
      }
      const { move, end } = begin(event);
      element.setPointerCapture(event.pointerId);
      element.classList.add('dragged');
      const finish = () => {
        element.removeEventListener('pointermove', move);
        element.removeEventListener('pointerup', finish);
        element.removeEventListener('pointercancel', finish);
        element.removeEventListener('lostpointercapture', finish);
        element.classList.remove('dragged');
        end();
      };
      element.addEventListener('pointermove', move);
      element.addEventListener('pointerup', finish);
      element.addEventListener('pointercancel', finish);
      element.addEventListener('lostpointercapture', finish);
    });
  }
}

/** @param {{ head: Quaternion }} stage */
export function headInWords(stage) {
  const forward = rotate(stage.head, [0, 0, -1]);
  const turned = Math.round(Math.atan2(forward[0], -forward[2]) * 180 / Math.PI);
  const raised = Math.round(elevation(forward) * 180 / Math.PI);
  const side = turned === 0 ? 'straight ahead' : `${Math.abs(turned)}° to the ${turned > 0 ? 'right' : 'left'}`;
  return `The head looks ${side}${raised === 0 ? '' : `, ${Math.abs(raised)}° ${raised > 0 ? 'up' : 'down'}`}`;
}
