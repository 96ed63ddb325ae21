// SPDX-License-Identifier: MIT
/** The component "pinna-sound": A-Frame's component "sound", heard through pinna. */
import { Place } from '../adapters/place.js';
import { Playback } from '../adapters/playback.js';

/** @typedef {import('../source.js').PinnaSource} PinnaSource */
/** @typedef {{ source: PinnaSource, playback: Playback }} Voice  one of a pool that can sound at a time */

/** Between an object and its sources, one at a time. */
const turned = new Float64Array(4);

/** Events of the entity's that play, stop and pause it, as the component "sound" names them. */
const EVENTS = Object.freeze({ on: 'playSound', stopOn: 'stopSound', pauseOn: 'pauseSound' });

export const pinnaSound = {
  /** As in "sound"; not there: positional, because all of these are. */
  schema: {
    src: { type: 'audio' },
    autoplay: { default: false },
    loop: { default: false },
    loopStart: { default: 0 },
    loopEnd: { default: 0 },
    volume: { default: 1 },
    distanceModel: { default: 'inverse', oneOf: ['linear', 'inverse', 'exponential', 'none'] },
    refDistance: { default: 1 },
    maxDistance: { default: 10000 },
    rolloffFactor: { default: 1 },
    poolSize: { default: 1 },
    on: { default: '' },
    stopOn: { default: '' },
    pauseOn: { default: '' },
  },

  multiple: true,

  /** @this {any} */
  init() {
    this.system = this.el.sceneEl.systems.pinna;
    /** @type {Voice[]} */
    this.voices = [];
    this.place = new Place();
    this.loaded = false;
    this.wanted = false;
    this.listening = new AbortController();
  },

  /** @this {any} @param {any} old */
  update(old) {
    if (this.data.src !== old.src || this.data.poolSize !== old.poolSize) {
      this.setUp(this.data.src).catch((/** @type {unknown} */ error) => {
        this.el.emit('sound-error', { error, id: this.id }, false);
        console.error(error);
      });
    }
    this.apply();
    this.listen();
  },

  /** @this {any} @param {string} src */
  async setUp(src) {
    this.drop();
    const pinna = await this.system.ready;
    const buffer = src ? await this.system.load(src) : null;
    // Another src was set, or the entity taken away, while this one came.
    if (buffer === null || src !== this.data.src || this.removed) {
      return;
    }
    this.drop();
    for (let i = 0; i < this.data.poolSize; i++) {
      const source = pinna.createSource();
      const playback = new Playback(source, pinna.context, () => {
        this.el.emit('sound-ended', { id: this.id }, false);
      });
      playback.setBuffer(buffer);
      this.voices.push({ source, playback });
    }
    this.place.known = false;
    this.apply();
    this.loaded = true;
    this.el.emit('sound-loaded', { id: this.id }, false);
    if (this.wanted || (this.data.autoplay && this.el.isPlaying)) {
      this.playSound();
    }
  },

  /** @this {any} */
  apply() {
    for (const { source, playback } of /** @type {Voice[]} */ (this.voices)) {
      const { loop, loopStart, loopEnd, distanceModel, refDistance, maxDistance, rolloffFactor } = this.data;
      Object.assign(source, { loop, loopStart, loopEnd, distanceModel, refDistance, maxDistance, rolloffFactor });
      source.gain = this.data.volume;
      playback.syncLoop();
    }
  },

  /** Waits for the entity's events, where it plays. @this {any} */
  listen() {
    this.listening.abort();
    this.listening = new AbortController();
    for (const [event, method] of Object.entries(EVENTS)) {
      if (this.data[event] && this.el.isPlaying) {
        this.el.addEventListener(this.data[event], () => this[method](), { signal: this.listening.signal });
      }
    }
  },

  /** The scene goes on, or begins. @this {any} */
  play() {
    if (this.data.autoplay) {
      this.playSound();
    }
    this.listen();
  },

  /** The scene is paused. @this {any} */
  pause() {
    this.stopSound();
    this.listening.abort();
  },

  /** Plays with the first of the pool that is silent, as soon as there is something to play. @this {any} */
  playSound() {
    this.wanted = !this.loaded;
    const voices = /** @type {Voice[]} */ (this.voices);
    voices.find(({ playback }) => !playback.isPlaying)?.playback.play();
  },

  /** @this {any} */
  pauseSound() {
    this.wanted = false;
    /** @type {Voice[]} */ (this.voices).forEach(({ playback }) => playback.pause());
  },

  /** @this {any} */
  stopSound() {
    this.wanted = false;
    /** @type {Voice[]} */ (this.voices).forEach(({ playback }) => playback.stop());
  },

  /** @this {any} */
  remove() {
    this.removed = true;
    this.listening.abort();
    this.drop();
  },

  /** @this {any} */
  drop() {
    this.loaded = false;
    for (const { source, playback } of /** @type {Voice[]} */ (this.voices.splice(0))) {
      playback.dispose();
      source.dispose();
    }
  },

  /** After the frame is drawn, when the matrix is the frame's. @this {any} */
  tock() {
    const first = !this.place.known;
    if (this.voices.length === 0 || !this.place.follow(this.el.object3D.matrixWorld.elements)) {
      return;
    }
    this.place.aboutFace(turned);
    for (const { source } of /** @type {Voice[]} */ (this.voices)) {
      if (source.disposed) {
        continue;
      }
      source.setPosition(this.place.position);
      // As three.js' sounds it faces +z.
      source.setOrientation(turned);
      if (first) {
        source.teleport();
      }
    }
  },
};
