// SPDX-License-Identifier: MIT
/** The waveform, by which one sees and chooses where in a programme it is: a slider for the eye, fingers and keys. */
import { make, say } from './dom.js';
import { clock, timeInWords } from './words.js';

/** Of bars, pixels. */
const BAR = 3;
const GAP = 2;
const LEAST = 3;

/** Keys go so far, seconds; pages so far, of the whole. */
const STEP_S = 5;
const PAGE = 0.1;

/** Dispatches 'seek' (a CustomEvent whose detail is in seconds). */
export class Timeline extends EventTarget {
  #canvas = make('canvas', { 'aria-hidden': 'true' });
  #bubble = make('span', { class: 'bubble', 'aria-hidden': 'true' });
  #durationS = 0;
  #positionS = 0;
  /** Under a finger. @type {number | null} seconds */
  #scrubS = null;
  /** @type {Float32Array | null} */
  #parts = null;
  /** How much of the waveform is known, 0 to 1. */
  #known = 0;
  #width = 1;
  #height = 1;
  /** @type {Record<string, string>} */
  #colours = {};

  constructor() {
    super();
    this.root = make('div', {
      class: 'timeline', role: 'slider', tabindex: '0', 'aria-label': 'Position', 'aria-valuemin': '0',
      'aria-orientation': 'horizontal',
    }, this.#canvas, this.#bubble);
    this.root.addEventListener('keydown', (event) => this.#onKey(event));
    this.root.addEventListener('pointerdown', (event) => this.#onPress(event));
    this.root.addEventListener('pointermove', (event) => this.#onHover(event));
    this.root.addEventListener('pointerleave', () => this.#bubble.classList.remove('shown'));
    new ResizeObserver(() => this.resize()).observe(this.root);
    this.show(0, 0);
  }

  /** Reads colours and size anew. */
  resize() {
    const { width, height } = this.root.getBoundingClientRect();
    const dense = Math.min(3, globalThis.devicePixelRatio || 1);
    this.#width = Math.max(1, width);
    this.#height = Math.max(1, height);
    this.#canvas.width = Math.round(this.#width * dense);
    this.#canvas.height = Math.round(this.#height * dense);
    this.#canvas.getContext('2d')?.setTransform(dense, 0, 0, dense, 0, 0);
    const style = getComputedStyle(this.root);
    for (const name of ['accent', 'soft', 'ink']) {
      this.#colours[name] = style.getPropertyValue(`--${name}`).trim();
    }
    this.draw();
  }

  /** @param {Float32Array | null} parts  loudness, 0 to 1; null = not known @param {number} known  0 to 1 */
  waveform(parts, known) {
    this.#parts = parts;
    this.#known = known;
    this.draw();
  }

  /** @param {number} positionS @param {number} durationS */
  show(positionS, durationS) {
    const moved = Math.floor(positionS) !== Math.floor(this.#positionS) || durationS !== this.#durationS;
    this.#positionS = positionS;
    this.#durationS = durationS;
    if (moved || !this.root.hasAttribute('aria-valuenow')) {
      this.root.setAttribute('aria-valuemax', String(Math.floor(durationS)));
      this.root.setAttribute('aria-valuenow', String(Math.floor(positionS)));
      this.root.setAttribute('aria-valuetext', durationS > 0
        ? `${timeInWords(positionS)} of ${timeInWords(durationS)}` : 'not loaded');
      this.root.toggleAttribute('aria-disabled', durationS === 0);
      if (durationS === 0) {
        this.root.setAttribute('aria-disabled', 'true');
      }
    }
    this.draw();
  }

  draw() {
    const pen = this.#canvas.getContext('2d');
    if (!pen) {
      return;
    }
    pen.clearRect(0, 0, this.#width, this.#height);
    const count = Math.max(1, Math.floor((this.#width + GAP) / (BAR + GAP)));
    const step = (this.#width + GAP) / count;
    const played = this.#durationS > 0 ? (this.#scrubS ?? this.#positionS) / this.#durationS : 0;
    for (let i = 0; i < count; i++) {
      const tall = Math.max(LEAST, this.#level(i / count, (i + 1) / count) * this.#height);
      const share = Math.max(0, Math.min(1, played * count - i));
      const [x, y] = [i * step, (this.#height - tall) / 2];
      pen.globalAlpha = this.#durationS > 0 ? 0.38 : 0.22;
      pen.fillStyle = this.#colours.soft;
      bar(pen, x, y, BAR, tall);
      if (share > 0) {
        pen.globalAlpha = share;
        pen.fillStyle = this.#colours.accent;
        bar(pen, x, y, BAR, tall);
      }
    }
    pen.globalAlpha = 1;
    if (this.#durationS > 0) {
      pen.fillStyle = this.#colours.ink;
      bar(pen, Math.max(0, Math.min(this.#width - 2, played * this.#width - 1)), 0, 2, this.#height);
    }
  }

  /** The loudest of a stretch. @param {number} from  0 to 1 @param {number} to */
  #level(from, to) {
    const parts = this.#parts;
    if (parts === null || to > this.#known + 1e-6) {
      return 0;
    }
    let most = 0;
    const last = Math.max(Math.floor(from * parts.length) + 1, Math.floor(to * parts.length));
    for (let i = Math.floor(from * parts.length); i < last; i++) {
      most = Math.max(most, parts[i]);
    }
    return most;
  }

  /** @param {number} positionS */
  #seek(positionS) {
    if (this.#durationS > 0) {
      this.dispatchEvent(new CustomEvent('seek', { detail: Math.max(0, Math.min(this.#durationS, positionS)) }));
    }
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const page = PAGE * this.#durationS;
    /** @type {Record<string, number>} */
    const to = {
      ArrowLeft: this.#positionS - STEP_S,
      ArrowDown: this.#positionS - STEP_S,
      ArrowRight: this.#positionS + STEP_S,
      ArrowUp: this.#positionS + STEP_S,
      PageDown: this.#positionS - page,
      PageUp: this.#positionS + page,
      Home: 0,
      End: this.#durationS,
    };
    if (Object.hasOwn(to, event.key)) {
      event.preventDefault();
      event.stopPropagation();
      this.#seek(to[event.key]);
    }
  }

  /** @param {PointerEvent} event */
  #timeAt(event) {
    const { left, width } = this.root.getBoundingClientRect();
    return Math.max(0, Math.min(1, (event.clientX - left) / width)) * this.#durationS;
  }

  /** @param {PointerEvent} event */
  #onHover(event) {
    if (this.#durationS > 0) {
      const at = this.#timeAt(event);
      say(this.#bubble, clock(at));
      this.#bubble.style.setProperty('--at', `${(100 * at / this.#durationS).toFixed(2)}%`);
      this.#bubble.classList.add('shown');
    }
  }

  /** @param {PointerEvent} event */
  #onPress(event) {
    if (event.button !== 0 || !event.isPrimary || this.#durationS === 0) {
      return;
    }
    const { root } = this;
    root.setPointerCapture(event.pointerId);
    this.#scrubS = this.#timeAt(event);
    this.draw();
    const over = new AbortController();
    root.addEventListener('pointermove', (moved) => {
      this.#scrubS = this.#timeAt(moved);
      this.draw();
    }, { signal: over.signal });
    const end = (/** @type {boolean} */ chosen) => {
      const to = this.#scrubS;
      over.abort();
      this.#scrubS = null;
      if (chosen && to !== null) {
        this.#seek(to);
      }
      this.draw();
    };
    root.addEventListener('pointerup', () => end(true), { signal: over.signal });
    root.addEventListener('pointercancel', () => end(false), { signal: over.signal });
    root.addEventListener('lostpointercapture', () => end(false), { signal: over.signal });
  }
}

/**
 * @param {CanvasRenderingContext2D} pen
 * @param {number} x
 * @param {number} y
 * @param {number} width
 * @param {number} height
 */
function bar(pen, x, y, width, height) {
  pen.beginPath();
  pen.roundRect(x, y, width, height, width / 2);
  pen.fill();
}
