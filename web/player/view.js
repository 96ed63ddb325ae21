// SPDX-License-Identifier: MIT
/**
 * One view of the scene: from above, or from the right. The canvas holds the picture; each source and the head are
 * elements on top of it, so that fingers, keys, focus and screen readers find them.
 */
import { drag } from './drag.js';
import { Picture } from './picture.js';
import { PLANES } from './planes.js';
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

/** Keys move by so much, metres; with Shift by more. */
const STEP_M = 0.1;
const STRIDE_M = 0.5;

const TURN = 5 * Math.PI / 180;

/** Of a drag on the floor, radians per pixel. */
const DRAG_TURN = 0.4 * Math.PI / 180;

const KEYS_HELP = 'Arrow keys move it, Page Up and Page Down raise and lower it, plus and minus change its distance, ' +
  'space mutes it, Home puts it where it belongs';

/**
 * Dispatches on its root 'grab' when a source is taken in hand, and 'dismiss' when one is to go (CustomEvents whose
 * detail is the source).
 *
 * @template {Voice} V
 */
export class View {
  #root;
  #canvas;
  #picture;
  #layer;
  #stage;
  #plane;
  #main;
  #removable;
  #announce;
  /** @type {Map<V, HTMLElement>} */
  #handles = new Map();
  /** @type {HTMLElement} */
  #head;
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
    this.#removable = removable;
    this.#announce = announce;
    this.#canvas = document.createElement('canvas');
    this.#canvas.setAttribute('aria-hidden', 'true');
    this.#picture = new Picture(this.#canvas, this.#plane, this.#main, reachM);
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
    this.#picture.fit(this.#root);
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
    return this.#picture.reachM;
  }

  set reachM(metres) {
    this.#picture.reachM = metres;
    this.draw();
  }

  /** @param {V} voice */
  focus(voice) {
    this.#handles.get(voice)?.focus({ preventScroll: true });
  }

  draw() {
    const picture = this.#picture;
    const { selected, voices, head } = this.#stage;
    picture.clear();
    picture.rings();
    picture.glow(this.glow);
    for (const voice of voices) {
      const corners = this.#stage.path(voice);
      if (corners !== null) {
        picture.path(corners, voice);
      }
    }
    if (selected) {
      picture.line(this.#stage.roomPlace(selected), selected);
    }
    const behind = (/** @type {V} */ voice) => this.#plane.near(this.#stage.roomPlace(voice));
    for (const voice of [...voices].sort((a, b) => behind(a) - behind(b))) {
      if (!this.#main) {
        picture.stem(this.#stage.roomPlace(voice), voice);
      }
      this.#placeHandle(voice);
    }
    picture.head(head, this.levels);
    const [x, y] = picture.project([0, 0, 0]);
    this.#head.style.transform = `translate(${x}px, ${y}px) translate(-50%, -50%)`;
    this.#head.style.width = `${2.4 * picture.headRadius}px`;
    this.#head.style.height = `${2.4 * picture.headRadius}px`;
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
    drag(handle, (event) => {
      const [x, y] = this.#picture.project(this.#stage.roomPlace(voice));
      const point = this.#pointIn(event);
      const grip = [x - point[0], y - point[1]];
      this.#stage.select(voice);
      this.#stage.hold(voice, true);
      this.#root.dispatchEvent(new CustomEvent('grab', { detail: voice }));
      return {
        move: (moved) => {
          const [px, py] = this.#pointIn(moved);
          const across = (px + grip[0] - this.#picture.width / 2) / this.#picture.scale;
          const up = (this.#picture.height / 2 - py - grip[1]) / this.#picture.scale;
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
    const [x, y] = this.#picture.project(place);
    const near = this.#plane.near(place);
    // Never out of reach: what lies outside the picture waits at its edge.
    const px = Math.max(14, Math.min(this.#picture.width - 14, x));
    const py = Math.max(14, Math.min(this.#picture.height - 14, y));
    handle.style.transform = `translate(${px.toFixed(1)}px, ${py.toFixed(1)}px) translate(-50%, -50%)`;
    handle.style.setProperty('--size', (1 + 0.13 * Math.max(-2, Math.min(2.5, near))).toFixed(3));
    handle.style.zIndex = String(Math.round(100 + 10 * near) + (voice === this.#stage.selected ? 200 : 0));
    handle.classList.toggle('muted', voice.muted);
    handle.classList.toggle('locked', voice.headLocked);
    handle.classList.toggle('below', py < this.#picture.height - 34);
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
    drag(head, (event) => {
      if (this.#main) {
        head.focus({ preventScroll: true });
      }
      // The finger leads the nose round: by as much as it goes round itself.
      const angleOf = (/** @type {PointerEvent} */ at) => {
        const [x, y] = this.#pointIn(at);
        return Math.atan2(y - this.#picture.height / 2, x - this.#picture.width / 2);
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
    drag(this.#canvas, (event) => {
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
}

/** @param {{ head: Quaternion }} stage */
export function headInWords(stage) {
  const forward = rotate(stage.head, [0, 0, -1]);
  const turned = Math.round(Math.atan2(forward[0], -forward[2]) * 180 / Math.PI);
  const raised = Math.round(elevation(forward) * 180 / Math.PI);
  const side = turned === 0 ? 'straight ahead' : `${Math.abs(turned)}° to the ${turned > 0 ? 'right' : 'left'}`;
  return `The head looks ${side}${raised === 0 ? '' : `, ${Math.abs(raised)}° ${raised > 0 ? 'up' : 'down'}`}`;
}
