// SPDX-License-Identifier: MIT
/**
 * Writes scene snapshots (src/scene/pn_scene.h) by generated offsets; the page and the command line share it.
 *
 * The writer holds one snapshot that is valid at any moment; a transport copies `bytes` whole. It checks nothing:
 * whoever takes numbers from people does that first. Angles here are radians, as in the layout.
 */
import { Distance, Header, Scene, Source, SourceFlag, Tier } from './layout.gen.js';

const LITTLE = true;

/** Names of the distance models, as Web Audio spells them, and 'none'. */
export const DISTANCE_MODELS = Object.freeze({
  none: Distance.NONE,
  linear: Distance.LINEAR,
  inverse: Distance.INVERSE,
  exponential: Distance.EXPONENTIAL,
});

/** @typedef {keyof typeof DISTANCE_MODELS} DistanceModel */

/** How a source may be rendered: with filters of its own, or mixed from shared ones. */
export const TIERS = Object.freeze({ auto: Tier.AUTO, exact: Tier.EXACT, bulk: Tier.BULK });

/** @typedef {keyof typeof TIERS} TierName */

/** Octave bands of occlusion and directivity, from 125 Hz. */
export const BANDS = 8;

/** Kinds of the equaliser's sections, as Web Audio spells them. */
export const SECTION_KINDS = Object.freeze({
  lowshelf: Scene.LOW_SHELF,
  peaking: Scene.PEAKING,
  highshelf: Scene.HIGH_SHELF,
});

/** No band is touched. */
const OPEN = Object.freeze(new Array(BANDS).fill(0));

/**
 * Bytes of a snapshot with room for a number of sources.
 *
 * @param {number} maxSources
 */
export function sceneBytes(maxSources) {
  return Header.bytes + maxSources * Source.bytes;
}

export class SceneWriter {
  #header;

  /** @param {number} maxSources  slots; slot i is record i */
  constructor(maxSources) {
    this.maxSources = maxSources;
    this.bytes = new Uint8Array(sceneBytes(maxSources));
    this.#header = this.bytes.subarray(0, Header.bytes);
    /** Playbacks started in each slot, over all its sources: no two have the same token. */
    this.playbacks = new Uint32Array(maxSources);
    /** @type {DataView<ArrayBuffer>} */
    this.view = new DataView(this.bytes.buffer);
    const { view } = this;
    view.setUint32(Header.magic, Scene.MAGIC, LITTLE);
    view.setUint32(Header.version, Scene.VERSION, LITTLE);
    view.setUint32(Header.headerBytes, Header.bytes, LITTLE);
    view.setUint32(Header.sourceBytes, Source.bytes, LITTLE);
    this.setGain(1);
    this.setListenerPose(0, 0, 0, 0, 0, 0, 1);
    for (let slot = 0; slot < maxSources; slot++) {
      this.#clearSource(slot);
    }
  }

  /**
   * Takes what another snapshot says of the listener; sources stay, and gain, equaliser and limiter are the other's to
   * apply.
   *
   * @param {SceneWriter} other
   */
  followListener(other) {
    const { view } = this;
    const count = view.getUint32(Header.sourceCount, LITTLE);
    const sequence = view.getUint32(Header.sequence, LITTLE);
    this.bytes.set(other.#header);
    view.setUint32(Header.sourceCount, count, LITTLE);
    view.setUint32(Header.sequence, sequence, LITTLE);
    this.setGain(1);
    this.setEqualizer([]);
    this.setFlag(Scene.LIMITER, false);
  }

  /** Counts a commit; call it once before the bytes are handed over. */
  commit() {
    const { view } = this;
    view.setUint32(Header.sequence, view.getUint32(Header.sequence, LITTLE) + 1, LITTLE);
  }

  // The whole

  /** @param {number} gain  of the sum, linear */
  setGain(gain) {
    this.view.setFloat32(Header.gain, gain, LITTLE);
  }

  /**
   * @param {readonly { type: keyof typeof SECTION_KINDS, frequency: number, gain: number, Q: number }[]} sections  of
   *   the sum, at most Scene.SECTIONS; Hz and dB
   */
  setEqualizer(sections) {
    this.bytes.fill(0, Header.equalizer, Header.equalizer + 16 * Scene.SECTIONS);
    sections.forEach(({ type, frequency, gain, Q }, i) => [SECTION_KINDS[type], frequency, gain, Q]
      .forEach((value, k) => this.view.setFloat32(Header.equalizer + 4 * (4 * i + k), value, LITTLE)));
  }

  /**
   * @param {number} flag  one of Scene's LIMITER, PREDICT, HAS_ANGULAR_VELOCITY, HAS_LINEAR_VELOCITY
   * @param {boolean} on
   */
  setFlag(flag, on) {
    const flags = this.view.getUint32(Header.flags, LITTLE);
    this.view.setUint32(Header.flags, on ? flags | flag : flags & ~flag, LITTLE);
  }

  /** @param {number} flag @returns {boolean} */
  flag(flag) {
    return (this.view.getUint32(Header.flags, LITTLE) & flag) !== 0;
  }

  // The listener

  /**
   * @param {number} px @param {number} py @param {number} pz  metres, world
   * @param {number} qx @param {number} qy @param {number} qz @param {number} qw  world_from_head
   */
  setListenerPose(px, py, pz, qx, qy, qz, qw) {
    this.#vector(Header.listenerPositionM, px, py, pz);
    this.#quaternion(Header.listenerWorldFromHead, qx, qy, qz, qw);
  }

  /**
   * When the pose holds, on the host's clock; it counts only with Scene.PREDICT.
   *
   * @param {number} timeS
   */
  setPoseTime(timeS) {
    this.view.setFloat64(Header.poseTimeS, timeS, LITTLE);
  }

  /** @param {number} latencyS  from the engine's output to the ear */
  setOutputLatency(latencyS) {
    this.view.setFloat32(Header.outputLatencyS, latencyS, LITTLE);
  }

  /**
   * @param {ArrayLike<number> | null} radS  x y z, world; null = the tracker does not measure it
   */
  setAngularVelocity(radS) {
    this.setFlag(Scene.HAS_ANGULAR_VELOCITY, radS !== null);
    this.#vector(Header.listenerAngularVelocityRadS, radS?.[0] ?? 0, radS?.[1] ?? 0, radS?.[2] ?? 0);
  }

  /**
   * @param {ArrayLike<number> | null} mS  x y z, world; null = the tracker does not measure it
   */
  setLinearVelocity(mS) {
    this.setFlag(Scene.HAS_LINEAR_VELOCITY, mS !== null);
    this.#vector(Header.listenerLinearVelocityMS, mS?.[0] ?? 0, mS?.[1] ?? 0, mS?.[2] ?? 0);
  }

  /** The next pose is jumped to, not travelled to. */
  teleportListener() {
    this.#increment(Header.listenerTeleport);
  }

  // Sources

  /**
   * Takes a slot into use for a new source, with default values; nothing of an earlier one will be heard.
   *
   * @param {number} slot  0 to maxSources - 1
   */
  openSource(slot) {
    this.#clearSource(slot);
    this.#increment(this.#at(slot) + Source.generation);
    this.setSourceFlag(slot, SourceFlag.ACTIVE, true);
    if (slot >= this.view.getUint32(Header.sourceCount, LITTLE)) {
      this.view.setUint32(Header.sourceCount, slot + 1, LITTLE);
    }
  }

  /** @param {number} slot */
  closeSource(slot) {
    this.setSourceFlag(slot, SourceFlag.ACTIVE, false);
  }

  /**
   * @param {number} slot
   * @param {number} flag  one of SourceFlag
   * @param {boolean} on
   */
  setSourceFlag(slot, flag, on) {
    const offset = this.#at(slot) + Source.flags;
    const flags = this.view.getUint32(offset, LITTLE);
    this.view.setUint32(offset, on ? flags | flag : flags & ~flag, LITTLE);
  }

  /** @param {number} slot @param {number} x @param {number} y @param {number} z  metres, world or head */
  setSourcePosition(slot, x, y, z) {
    this.#vector(this.#at(slot) + Source.positionM, x, y, z);
  }

  /** @param {number} slot @param {number} x @param {number} y @param {number} z @param {number} w */
  setSourceOrientation(slot, x, y, z, w) {
    this.#quaternion(this.#at(slot) + Source.worldFromSource, x, y, z, w);
  }

  /** @param {number} slot @param {number} gain  linear */
  setSourceGain(slot, gain) {
    this.view.setFloat32(this.#at(slot) + Source.gain, gain, LITTLE);
  }

  /**
   * @param {number} slot
   * @param {DistanceModel} model
   * @param {number} refM @param {number} maxM @param {number} rolloff
   */
  setSourceDistance(slot, model, refM, maxM, rolloff) {
    const at = this.#at(slot);
    this.view.setUint32(at + Source.distanceModel, DISTANCE_MODELS[model], LITTLE);
    this.view.setFloat32(at + Source.refDistanceM, refM, LITTLE);
    this.view.setFloat32(at + Source.maxDistanceM, maxM, LITTLE);
    this.view.setFloat32(at + Source.rolloffFactor, rolloff, LITTLE);
  }

  /**
   * @param {number} slot
   * @param {number} innerRad @param {number} outerRad  full angles
   * @param {number} outerGain  linear
   */
  setSourceCone(slot, innerRad, outerRad, outerGain) {
    const at = this.#at(slot);
    this.view.setFloat32(at + Source.coneInnerRad, innerRad, LITTLE);
    this.view.setFloat32(at + Source.coneOuterRad, outerRad, LITTLE);
    this.view.setFloat32(at + Source.coneOuterGain, outerGain, LITTLE);
  }

  /**
   * What stands between source and listener, per octave band.
   *
   * @param {number} slot
   * @param {ArrayLike<number>} amounts  [BANDS] 0 = all passes, 1 = nothing; in amplitude
   */
  setSourceOcclusion(slot, amounts) {
    for (let band = 0; band < BANDS; band++) {
      this.view.setFloat32(this.#at(slot) + Source.occlusion + 4 * band, amounts[band], LITTLE);
    }
  }

  /**
   * How narrowly the source emits, per octave band: |(1 - a) + a cos|^power.
   *
   * @param {number} slot
   * @param {ArrayLike<number>} amounts  [BANDS] 0 = all around to 1 = figure of eight
   * @param {number} power
   */
  setSourceDirectivity(slot, amounts, power) {
    for (let band = 0; band < BANDS; band++) {
      this.view.setFloat32(this.#at(slot) + Source.directivity + 4 * band, amounts[band], LITTLE);
    }
    this.view.setFloat32(this.#at(slot) + Source.directivityPower, power, LITTLE);
  }

  /** @param {number} slot @param {number} radiusM  of the ball that it fills; 0 = a point */
  setSourceRadius(slot, radiusM) {
    this.view.setFloat32(this.#at(slot) + Source.radiusM, radiusM, LITTLE);
  }

  /** @param {number} slot @param {TierName} tier */
  setSourceTier(slot, tier) {
    this.view.setUint32(this.#at(slot) + Source.tier, TIERS[tier], LITTLE);
  }

  /** @param {number} slot @param {number} order  of a sound field, 1 to 3 */
  setSourceOrder(slot, order) {
    this.view.setUint32(this.#at(slot) + Source.order, order, LITTLE);
  }

  /** The source's next position is jumped to, not travelled to. @param {number} slot */
  teleportSource(slot) {
    this.#increment(this.#at(slot) + Source.teleport);
  }

  /** @param {number} slot @param {number} number  of a buffer, from 1; 0 = live input only */
  setSourceBuffer(slot, number) {
    this.view.setUint32(this.#at(slot) + Source.buffer, number, LITTLE);
  }

  /**
   * @param {number} slot
   * @param {number} startS   within the buffer
   * @param {number} endS     within the buffer; 0 = its end
   */
  setSourceLoop(slot, startS, endS) {
    this.view.setFloat64(this.#at(slot) + Source.loopStartS, startS, LITTLE);
    this.view.setFloat64(this.#at(slot) + Source.loopEndS, endS, LITTLE);
  }

  /**
   * Starts the slot's buffer, again if it was started before.
   *
   * @param {number} slot
   * @param {number} startS   when, on the host's clock; in the past = at once
   * @param {number} offsetS  where in the buffer
   * @returns {number} the token of this playback, as pn_engine_ended_token will name it
   */
  startSource(slot, startS, offsetS) {
    const at = this.#at(slot);
    this.view.setFloat64(at + Source.startS, startS, LITTLE);
    this.view.setFloat64(at + Source.offsetS, offsetS, LITTLE);
    this.view.setFloat64(at + Source.stopS, Infinity, LITTLE);
    this.playbacks[slot] = this.playbacks[slot] + 1 || 1;
    this.view.setUint32(at + Source.playToken, this.playbacks[slot], LITTLE);
    return this.playbacks[slot];
  }

  /** @param {number} slot @param {number} stopS  when; Infinity = at the buffer's end */
  stopSource(slot, stopS) {
    this.view.setFloat64(this.#at(slot) + Source.stopS, stopS, LITTLE);
  }

  // Below

  /** @param {number} slot */
  #at(slot) {
    return Header.bytes + slot * Source.bytes;
  }

  /**
   * Default values; the counters go on, because a changed counter is an event.
   *
   * @param {number} slot
   */
  #clearSource(slot) {
    const { view } = this;
    const at = this.#at(slot);
    view.setUint32(at + Source.flags, 0, LITTLE);
    this.setSourcePosition(slot, 0, 0, 0);
    this.setSourceOrientation(slot, 0, 0, 0, 1);
    this.setSourceGain(slot, 1);
    this.setSourceDistance(slot, 'inverse', 1, 10000, 1);
    this.setSourceCone(slot, 2 * Math.PI, 2 * Math.PI, 0);
    this.setSourceOcclusion(slot, OPEN);
    this.setSourceDirectivity(slot, OPEN, 1);
    this.setSourceTier(slot, 'auto');
    this.setSourceOrder(slot, 0);
    this.setSourceBuffer(slot, 0);
    view.setUint32(at + Source.playToken, 0, LITTLE);
    view.setFloat64(at + Source.startS, 0, LITTLE);
    view.setFloat64(at + Source.stopS, Infinity, LITTLE);
    view.setFloat64(at + Source.offsetS, 0, LITTLE);
    this.setSourceLoop(slot, 0, 0);
  }

  /** @param {number} offset @param {number} x @param {number} y @param {number} z */
  #vector(offset, x, y, z) {
    this.view.setFloat32(offset, x, LITTLE);
    this.view.setFloat32(offset + 4, y, LITTLE);
    this.view.setFloat32(offset + 8, z, LITTLE);
  }

  /** @param {number} offset @param {number} x @param {number} y @param {number} z @param {number} w */
  #quaternion(offset, x, y, z, w) {
    this.#vector(offset, x, y, z);
    this.view.setFloat32(offset + 12, w, LITTLE);
  }

  /** @param {number} offset @returns {number} the new count */
  #increment(offset) {
    const count = (this.view.getUint32(offset, LITTLE) + 1) >>> 0;
    this.view.setUint32(offset, count, LITTLE);
    return count;
  }
}
