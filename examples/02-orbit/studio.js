// SPDX-License-Identifier: MIT
/**
 * The scene of the page: what sounds where, how it moves, and how the head is turned. It exists without audio; once
 * there is a pinna it is kept in step with it.
 */
import { COLOURS } from '../../web/player/picture.js';
import { azimuth, headTurn, inverse, rotate } from '../shared/space.js';

/** @typedef {import('../shared/space.js').Vector} Vector */
/** @typedef {import('../shared/space.js').Quaternion} Quaternion */
/** @typedef {import('pinna').Pinna} Pinna */
/** @typedef {import('pinna').PinnaSource} PinnaSource */

/** How far the views reach from the head, metres. */
export const REACH_M = 4;
export const HEIGHT_M = 2;

/** A source flies past on a line of twice this length. */
const PASS_M = 3.6;

/** It flies so much faster than others circle. */
const PASS_HASTE = 3;

export const MAX_SOURCES = 16;

/** @typedef {'still' | 'circle' | 'pass'} Motion */

/**
 * What plays: a clip for the engine, or a node that goes on sounding by itself.
 *
 * @typedef {{ buffer: AudioBuffer } | { node: AudioNode, stop: () => void }} Material
 */

/**
 * @typedef {object} Voice
 * @property {string} id
 * @property {string} name
 * @property {number} colour   1 to COLOURS
 * @property {Vector} anchor   metres from the head: in the room's directions, or in the head's when headLocked
 * @property {Motion} motion
 * @property {1 | -1} sense    which way round
 * @property {number} phase    radians travelled since it was put at its anchor
 * @property {boolean} held    in someone's hand: its motion waits
 * @property {number} gain
 * @property {boolean} muted
 * @property {boolean} doppler
 * @property {boolean} headLocked
 * @property {(context: AudioContext) => Promise<Material>} load
 * @property {Material | null} material
 * @property {PinnaSource | null} source
 */

/** @typedef {Pick<Voice, 'name' | 'load'> & Partial<Voice>} VoiceWishes */

/** Dispatches 'list' when sources come, go or are selected, and 'change' when anything else does. */
export class Studio extends EventTarget {
  /** @type {Voice[]} */
  voices = [];
  /** @type {Voice | null} */
  selected = null;
  /** Whether sources move by themselves. */
  moving = true;
  /** Degrees a second. */
  speed = 30;
  /** Of the head, radians: to the left, and up. */
  yaw = 0;
  pitch = 0;
  /** @type {Quaternion | null} of a telephone that is followed instead */
  tracked = null;

  /** @type {Pinna | null} */
  #pinna = null;
  /** @type {AudioContext | null} */
  #context = null;
  #count = 0;

  /** Throws when there is no room for one more source. */
  requireRoom() {
    if (this.voices.length >= MAX_SOURCES) {
      throw new Error(`there are ${MAX_SOURCES} sources already: remove one first`);
    }
  }

  /** @param {VoiceWishes} wishes @returns {Voice} */
  add(wishes) {
    this.requireRoom();
    this.#count += 1;
    /** @type {Voice} */
    const voice = {
      id: `source-${this.#count}`,
      colour: (this.#count - 1) % COLOURS + 1,
      anchor: [0, 0, -1.5],
      motion: 'still',
      sense: 1,
      phase: 0,
      held: false,
      gain: 1,
      muted: false,
      doppler: false,
      headLocked: false,
      material: null,
      source: null,
      ...wishes,
    };
    this.voices.push(voice);
    if (this.selected === null) {
      this.selected = voice;
    }
    this.#tell('list');
    return voice;
  }

  /** @param {Voice} voice */
  remove(voice) {
    const at = this.voices.indexOf(voice);
    if (at < 0) {
      return;
    }
    this.voices.splice(at, 1);
    voice.source?.dispose();
    voice.source = null;
    if (voice.material && 'stop' in voice.material) {
      voice.material.stop();
    }
    if (this.selected === voice) {
      this.selected = this.voices[Math.min(at, this.voices.length - 1)] ?? null;
    }
    this.#tell('list');
  }

  /** @param {Voice} voice */
  select(voice) {
    if (this.selected !== voice) {
      this.selected = voice;
      this.#tell('list');
    }
  }

  // Audio

  /**
   * Gives every source its sound in a new engine.
   *
   * @param {Pinna} pinna
   * @param {AudioContext} context
   */
  async connect(pinna, context) {
    // Clips and nodes belong to their context; after a failure there is a new one.
    this.voices.filter((voice) => voice.material && 'stop' in voice.material).forEach((voice) => this.remove(voice));
    this.voices.forEach((voice) => {
      voice.source = null;
    });
    const voices = [...this.voices];
    const materials = await Promise.all(voices.map((voice) => voice.load(context)));
    this.#pinna = pinna;
    this.#context = context;
    voices.forEach((voice, i) => this.#start(pinna, voice, materials[i]));
    this.sync();
  }

  /** Gives one source its sound. @param {Voice} voice */
  async sound(voice) {
    const pinna = this.#pinna;
    if (pinna !== null && this.#context !== null) {
      this.#start(pinna, voice, await voice.load(this.#context));
    }
  }

  /** @param {Pinna} pinna @param {Voice} voice @param {Material} material */
  #start(pinna, voice, material) {
    voice.material = material;
    if (!this.voices.includes(voice) || this.#pinna !== pinna) {
      // Removed, or the engine was replaced, while it was loading.
      if ('stop' in material) {
        material.stop();
      }
      return;
    }
    const { headLocked, doppler } = voice;
    const options = { position: this.place(voice), gain: loudness(voice), headLocked, doppler };
    if ('buffer' in material) {
      voice.source = pinna.createSource({ ...options, buffer: material.buffer, loop: true, autoplay: true });
    } else {
      voice.source = pinna.createSource(options);
      material.node.connect(voice.source.input);
    }
  }

  /** Tells the engine where everything is now. */
  sync() {
    const pinna = this.#pinna;
    if (pinna === null || pinna.state === 'disposed' || pinna.state === 'failed') {
      return;
    }
    for (const voice of this.voices) {
      voice.source?.setPosition(this.place(voice));
    }
    if (this.tracked === null) {
      pinna.listener.setPose([0, 0, 0], this.head);
    }
  }

  // Where

  /** Where a source is now, in its own frame. @param {Voice} voice @returns {Vector} */
  place({ anchor, motion, phase, sense }) {
    const [x, y, z] = anchor;
    const radius = Math.hypot(x, z);
    if (motion === 'circle') {
      const angle = azimuth(anchor) + sense * phase;
      return [radius * Math.sin(angle), y, -radius * Math.cos(angle)];
    }
    if (motion === 'pass') {
      // Along the line through the anchor that passes the head.
      const [tx, tz] = radius > 0.01 ? [-z / radius, x / radius] : [1, 0];
      const along = sense * PASS_M * Math.sin(phase);
      return [x + tx * along, y, z + tz * along];
    }
    return anchor;
  }

  /** The way of a source that moves, in the room. @param {Voice} voice @returns {Vector[] | null} */
  path(voice) {
    if (voice.motion === 'still' || voice.held) {
      return null;
    }
    const { head } = this;
    return Array.from({ length: 73 }, (_, i) => {
      const place = this.place({ ...voice, phase: i * Math.PI / 36 });
      return voice.headLocked ? rotate(head, place) : place;
    });
  }

  /** Whether it moves by itself. @param {Voice} voice */
  travels(voice) {
    return voice.motion !== 'still' && this.moving && !voice.held;
  }

  /** In the room. @param {Voice} voice @returns {Vector} */
  roomPlace(voice) {
    const place = this.place(voice);
    return voice.headLocked ? rotate(this.head, place) : place;
  }

  /** As the head has it. @param {Voice} voice @returns {Vector} */
  headPlace(voice) {
    const place = this.place(voice);
    return voice.headLocked ? place : rotate(inverse(this.head), place);
  }

  /** @param {Voice} voice @param {Vector} place  in the room */
  moveTo(voice, place) {
    const [x, y, z] = place.map((value, axis) => {
      const limit = axis === 1 ? HEIGHT_M : REACH_M;
      return Math.max(-limit, Math.min(limit, value));
    });
    voice.anchor = voice.headLocked ? rotate(inverse(this.head), [x, y, z]) : [x, y, z];
    voice.phase = 0;
    this.#tell('change');
  }

  /** Straight ahead. @param {Voice} voice */
  home(voice) {
    this.moveTo(voice, [0, 0, -1.5]);
  }

  /** @param {Voice} voice @param {boolean} held */
  hold(voice, held) {
    this.set(voice, { held });
  }

  /** @param {Voice} voice @param {boolean} muted */
  mute(voice, muted) {
    this.set(voice, { muted });
  }

  /** How the head is turned in the room. @returns {Quaternion} */
  get head() {
    return this.tracked ?? headTurn(this.yaw, this.pitch);
  }

  /** @param {number} yaw @param {number} pitch  radians; the neck's limits are kept */
  turnHead(yaw, pitch) {
    this.yaw = Math.atan2(Math.sin(yaw), Math.cos(yaw));
    this.pitch = Math.max(-Math.PI / 2, Math.min(Math.PI / 2, pitch));
    this.#tell('change');
  }

  /**
   * Follows a tracker: its poses carry their time, so that the engine predicts them to when they are heard.
   *
   * @param {Quaternion | null} orientation  null = no longer
   * @param {number} [timeMs]  of performance.now()
   */
  track(orientation, timeMs = performance.now()) {
    this.tracked = orientation;
    const pinna = this.#pinna;
    if (orientation !== null && pinna?.state === 'running') {
      const time = Math.max(0, pinna.context.currentTime + (timeMs - performance.now()) / 1000);
      pinna.listener.setPose([0, 0, 0], orientation, { time });
    }
    this.#tell('change');
  }

  // How

  /**
   * Changes a source's values and tells the engine.
   *
   * @param {Voice} voice
   * @param {Partial<Pick<Voice, 'gain' | 'muted' | 'doppler' | 'headLocked' | 'motion' | 'held'>>} values
   */
  set(voice, values) {
    // A new way to move starts where the source is; so does one whose frame changes.
    if (values.motion !== undefined || values.headLocked !== undefined) {
      const place = this.roomPlace(voice);
      Object.assign(voice, values);
      this.moveTo(voice, place);
    } else {
      Object.assign(voice, values);
    }
    const { source } = voice;
    if (source && !source.disposed && this.#pinna?.state !== 'failed') {
      source.gain = loudness(voice);
      source.doppler = voice.doppler;
      source.headLocked = voice.headLocked;
      source.setPosition(this.place(voice));
    }
    this.#tell('change');
  }

  /** @param {number} seconds */
  advance(seconds) {
    if (!this.moving) {
      return;
    }
    const step = this.speed * Math.PI / 180 * seconds;
    for (const voice of this.voices) {
      if (!voice.held && voice.motion !== 'still') {
        voice.phase += voice.motion === 'pass' ? PASS_HASTE * step : step;
      }
    }
  }

  /** @param {'list' | 'change'} type */
  #tell(type) {
    this.dispatchEvent(new Event(type));
  }
}

/** @param {Voice} voice */
function loudness({ gain, muted }) {
  return muted ? 0 : gain;
}
