// SPDX-License-Identifier: MIT
/** What stands where around the head, and how the head is turned: what views show and programmes render. */
import { headTurn, inverse, multiply, rotate } from './space.js';

/** @typedef {import('./space.js').Vector} Vector */
/** @typedef {import('./space.js').Quaternion} Quaternion */

/**
 * Something that sounds. Its place is in metres: in the world, or in the head's frame where headLocked.
 *
 * @typedef {object} PlayerVoice
 * @property {string} id
 * @property {string} name
 * @property {number} colour       1 to COLOURS
 * @property {boolean} muted
 * @property {boolean} headLocked
 * @property {Vector} place
 * @property {Vector} homePlace    where it belongs; of one that travels, where it would be now
 * @property {boolean} moved       by the listener: it no longer travels
 * @property {boolean} held
 * @property {readonly Vector[] | null} way  on which it travels, as corners in its own frame
 */

/** Heads do not nod further than that. */
const STEEP = Math.PI / 2;

/**
 * Dispatches 'change' when something is to be rendered and drawn anew, 'list' when voices or the chosen one changed,
 * and 'move' when the listener moved a source.
 */
export class PlayerStage extends EventTarget {
  /** @type {PlayerVoice[]} */
  voices = [];
  /** @type {PlayerVoice | null} */
  selected = null;
  /** Of the head, radians: to the left, and up. */
  yaw = 0;
  pitch = 0;
  /** Of a telephone that is followed instead. @type {Quaternion | null} */
  tracked = null;
  /** Where the programme has the listener, and how it turns them. @type {Vector} */
  origin = [0, 0, 0];
  /** @type {Quaternion} */
  facing = [0, 0, 0, 1];
  /** How far voices may be moved from the head, metres. */
  reachM = 2.5;

  /** @param {PlayerVoice[]} voices @param {number} reachM */
  show(voices, reachM) {
    this.voices = voices;
    this.selected = null;
    this.reachM = reachM;
    this.#tell('list');
  }

  /** In the world. @returns {Quaternion} */
  get head() {
    return multiply(this.facing, this.tracked ?? headTurn(this.yaw, this.pitch));
  }

  /** @param {PlayerVoice} voice @returns {Vector} */
  roomPlace(voice) {
    return voice.headLocked ? rotate(this.head, voice.place) : this.#fromHere(voice.place);
  }

  /** @param {PlayerVoice} voice @returns {Vector} */
  headPlace(voice) {
    return voice.headLocked ? voice.place : rotate(inverse(this.head), this.#fromHere(voice.place));
  }

  /** @param {PlayerVoice} voice @returns {Vector[] | null} */
  path(voice) {
    if (voice.way === null || voice.moved) {
      return null;
    }
    const { head } = this;
    return voice.way.map((place) => (voice.headLocked ? rotate(head, place) : this.#fromHere(place)));
  }

  /** @param {PlayerVoice} voice */
  travels(voice) {
    return voice.way !== null && !voice.moved;
  }

  /** @param {Vector} place @returns {Vector} */
  #fromHere([x, y, z]) {
    return [x - this.origin[0], y - this.origin[1], z - this.origin[2]];
  }

  /** @param {PlayerVoice} voice */
  select(voice) {
    if (this.selected !== voice) {
      this.selected = voice;
      this.#tell('list');
    }
  }

  /** @param {PlayerVoice} voice @param {Vector} place  from the head, in the room's directions */
  moveTo(voice, place) {
    const limit = (/** @type {number} */ metres) => Math.max(-this.reachM, Math.min(this.reachM, metres));
    const [x, y, z] = [limit(place[0]), limit(place[1]), limit(place[2])];
    const [ox, oy, oz] = this.origin;
    voice.place = voice.headLocked ? rotate(inverse(this.head), [x, y, z]) : [x + ox, y + oy, z + oz];
    voice.moved = true;
    this.#tell('change');
    this.#tell('move');
  }

  /** @param {PlayerVoice} voice */
  home(voice) {
    voice.place = [...voice.homePlace];
    voice.moved = false;
    this.#tell('change');
    this.#tell('move');
  }

  /** Everything where it belongs, and the head straight. */
  reset() {
    this.voices.forEach((voice) => this.home(voice));
    this.turnHead(0, 0);
  }

  /** @param {PlayerVoice} voice @param {boolean} held */
  hold(voice, held) {
    voice.held = held;
    this.#tell('change');
  }

  /** @param {PlayerVoice} voice @param {boolean} muted */
  mute(voice, muted) {
    voice.muted = muted;
    this.#tell('change');
  }

  /** @param {number} yaw @param {number} pitch  radians */
  turnHead(yaw, pitch) {
    this.yaw = Math.atan2(Math.sin(yaw), Math.cos(yaw));
    this.pitch = Math.max(-STEEP, Math.min(STEEP, pitch));
    this.#tell('change');
  }

  /** @param {Quaternion | null} orientation  of what is followed; null = nothing, and the head is straight */
  follow(orientation) {
    this.tracked = orientation;
    if (orientation === null) {
      this.turnHead(0, 0);
    }
    this.#tell('change');
  }

  /** @param {'list' | 'change' | 'move'} type */
  #tell(type) {
    this.dispatchEvent(new Event(type));
  }
}

/**
 * @param {number} index  from 0
 * @param {Pick<PlayerVoice, 'name' | 'homePlace'> & Partial<PlayerVoice>} wishes
 * @param {number} colours
 * @returns {PlayerVoice}
 */
export function makeVoice(index, wishes, colours) {
  return {
    id: `voice-${index + 1}`,
    colour: index % colours + 1,
    muted: false,
    headLocked: false,
    place: [...wishes.homePlace],
    moved: false,
    held: false,
    way: null,
    ...wishes,
  };
}
