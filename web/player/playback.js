// SPDX-License-Identifier: MIT
/**
 * What a player plays, from its address to the ears: the loading, the engine, the time, and what became of them. It
 * knows nothing of what is seen.
 *
 *     address ─► loader ─► programme ─► transport     (load)
 *                              └──────► rig           (the first play)
 */
import { createPinna } from '../create.js';
import { PlayerError } from './error.js';
import { Loader } from './loader.js';
import { pageContext, rests, uses } from './page-audio.js';
import { resumeOrGiveUp } from './resume.js';
import { Rig } from './rig.js';
import { Transport } from './transport.js';

/** @typedef {import('./programme.js').Programme} Programme */

/**
 * What is to be played, and how; asked for when it is needed.
 *
 * @typedef {object} PlaybackWishes
 * @property {() => URL} address  throws where there is none
 * @property {() => Omit<import('./programme.js').Wishes, 'signal' | 'onProgress'>} sound
 * @property {() => import('../pinna.js').PinnaOptions} engine  beside what the programme needs
 * @property {() => boolean} loop
 */

/**
 * Who is told; at once.
 *
 * @typedef {object} PlaybackReports
 * @property {(type: string) => void} tell  an event of media elements
 * @property {() => void} changed  something beside the time is not as it was
 * @property {(programme: Programme, signal: AbortSignal) => void} loaded  aborted when it is unloaded
 * @property {() => void} unloaded
 */

export class Playback {
  #stage;
  #wishes;
  #reports;
  /** @type {Loader | null} */
  #loader = null;
  /** @type {Promise<Programme> | null} */
  #loading = null;
  /** @type {Transport | null} */
  #transport = null;
  /** @type {Rig | null} */
  #rig = null;
  /** @type {Promise<Rig> | null} */
  #boot = null;
  #starting = false;
  #blocked = false;
  #ended = false;
  /** @type {Error | null} */
  #error = null;
  /** Where play begins that was not loaded when it was sought, seconds. */
  #soughtS = 0;
  /** Counts pause(): a play() that was still starting then is over. */
  #pauses = 0;
  /** What travels is put where it belongs, without a sweep. */
  #jump = false;
  #lastS = 0;
  #volume = 1;
  #muted = false;
  #strength = 1;
  #mono = false;

  /**
   * @param {import('./stage.js').PlayerStage} stage
   * @param {PlaybackWishes} wishes
   * @param {PlaybackReports} reports
   */
  constructor(stage, wishes, reports) {
    this.#stage = stage;
    this.#wishes = wishes;
    this.#reports = reports;
  }

  /** @returns {Programme | null} */
  get programme() {
    return this.#loader?.programme ?? null;
  }

  /** While there is an engine. @returns {Rig | null} */
  get rig() {
    return this.#rig;
  }

  /** Of loading, 0 to 1. */
  get progress() {
    return this.#loader?.progress ?? 0;
  }

  /** @returns {Error | null} */
  get error() {
    return this.#error;
  }

  /** It was asked for, whatever came of it. */
  get loading() {
    return this.#loading !== null;
  }

  get starting() {
    return this.#starting;
  }

  get blocked() {
    return this.#blocked;
  }

  get playing() {
    return this.#transport?.playing === true;
  }

  /** It plays, and nothing holds it back. */
  get sounding() {
    return this.playing && !this.#blocked;
  }

  get ended() {
    return this.#ended;
  }

  get positionS() {
    return this.#transport?.positionS ?? this.#soughtS;
  }

  // Loading

  /** @returns {Promise<Programme>} rejects with what is then in `error` */
  load() {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  async #load() {
    const loader = new Loader(this.#wishes.address, this.#wishes.sound, () => {
      this.#reports.tell('progress');
      this.#reports.changed();
    });
    this.#loader = loader;
    this.#error = null;
    this.#reports.tell('loadstart');
    this.#reports.changed();
    try {
      const programme = await loader.load();
      this.#take(programme, loader.signal);
      return programme;
    } catch (error) {
      if (!loader.signal.aborted) {
        this.#fail(error);
      }
      throw error;
    }
  }

  /** @param {Programme} programme @param {AbortSignal} signal */
  #take(programme, signal) {
    const transport = new Transport(programme.durationS);
    transport.loop = this.#wishes.loop();
    transport.seek(this.#soughtS);
    transport.addEventListener('ended', () => {
      this.#ended = true;
      rests(this);
      this.#tell('timeupdate', 'pause', 'ended');
      this.#reports.changed();
    });
    this.#transport = transport;
    this.#stage.show(programme.voices, programme.reachM);
    this.#jump = true;
    this.#reports.loaded(programme, signal);
    this.#tell('durationchange', 'loadedmetadata', 'canplay');
    this.#reports.changed();
  }

  unload() {
    const had = this.loading;
    this.#loader?.giveUp();
    this.#silence();
    this.#loader = null;
    this.#loading = null;
    this.#transport = null;
    this.#error = null;
    this.#ended = false;
    this.#soughtS = 0;
    this.#lastS = 0;
    this.#stage.origin = [0, 0, 0];
    this.#stage.facing = [0, 0, 0, 1];
    this.#stage.show([], this.#stage.reachM);
    this.#reports.unloaded();
    if (had) {
      this.#tell('emptied');
    }
    this.#reports.changed();
  }

  // Playing

  /** @returns {Promise<void>} as the element's */
  async play() {
    if (this.sounding) {
      return;
    }
    if (this.#error) {
      this.unload();
    }
    const pauses = this.#pauses;
    let context;
    try {
      context = pageContext();
    } catch (error) {
      this.#fail(error);
      throw error;
    }
    uses(this);
    // Asked for at once, while the gesture still counts; awaited after everything is loaded.
    const resumed = resumeOrGiveUp(context);
    this.#starting = true;
    this.#blocked = false;
    this.#reports.changed();
    try {
      const loading = this.load();
      const loader = /** @type {Loader} */ (this.#loader);
      await loading;
      await resumed;
      loader.check();
      // A processor answers in a context that runs only.
      if (context.state === 'running') {
        this.#boot ??= this.#start(context);
        await this.#boot;
      }
    } catch (error) {
      this.#starting = false;
      rests(this);
      if (!(error instanceof PlayerError && error.code === 'aborted')) {
        this.#fail(error);
      }
      throw error;
    }
    this.#starting = false;
    if (pauses !== this.#pauses) {
      rests(this);
      this.#reports.changed();
      throw new DOMException('play() was ended by pause()', 'AbortError');
    }
    if (context.state !== 'running') {
      this.#blocked = true;
      rests(this);
      this.#reports.changed();
      throw new DOMException('the browser lets nothing sound before the user presses or types something',
        'NotAllowedError');
    }
    this.#ended = false;
    if (this.#transport && !this.#transport.playing) {
      this.#jump = true;
      this.step(true);
      this.#transport.play();
      this.#tell('play');
    }
    this.#tell('playing');
    this.#reports.changed();
  }

  pause() {
    this.#pauses += 1;
    this.#blocked = false;
    const played = this.playing;
    this.#transport?.pause();
    rests(this);
    if (played) {
      this.#tell('timeupdate', 'pause');
    }
    this.#reports.changed();
  }

  /** @param {number} positionS */
  seek(positionS) {
    this.#soughtS = Math.max(0, positionS);
    if (!this.#transport) {
      return;
    }
    this.#ended = false;
    this.#jump = true;
    this.#tell('seeking');
    this.#transport.seek(positionS);
    this.#tell('timeupdate', 'seeked');
    this.#reports.changed();
  }

  /** @param {boolean} on */
  repeat(on) {
    if (this.#transport) {
      this.#transport.loop = on;
    }
  }

  /** @param {AudioContext} context @returns {Promise<Rig>} */
  async #start(context) {
    const loader = /** @type {Loader} */ (this.#loader);
    const programme = /** @type {Programme} */ (loader.programme);
    const pinna = await createPinna(context, { ...programme.engine, ...this.#wishes.engine() });
    const rig = new Rig(pinna);
    try {
      await programme.connect(rig);
      loader.check();
    } catch (error) {
      rig.dispose();
      throw error;
    }
    pinna.addEventListener('error', (event) => {
      if (pinna.state === 'failed') {
        this.#fail(/** @type {import('../pinna.js').PinnaErrorEvent} */ (event).error);
      }
    });
    pinna.addEventListener('statechange', () => this.#follow());
    this.#rig = rig;
    this.#transport?.attach(context, programme.start);
    this.#mix(true);
    this.#jump = true;
    this.step(true);
    await pinna.flush();
    return rig;
  }

  /** The system may stop a context and start it again: for a call, or another program. */
  #follow() {
    const running = this.#rig?.pinna.state === 'running';
    if (this.playing && running === this.#blocked) {
      this.#blocked = !running;
      this.#reports.changed();
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#silence();
    this.#error = error instanceof Error ? error : new PlayerError('engine', String(error), error);
    this.#reports.changed();
    this.#tell('error');
  }

  /** Nothing sounds, and there is no engine. */
  #silence() {
    this.#transport?.pause();
    rests(this);
    this.#rig?.dispose();
    this.#rig = null;
    this.#boot = null;
    this.#starting = false;
    this.#blocked = false;
  }

  /**
   * Brings everything to where it is now: on the stage, and in the engine.
   *
   * @param {boolean} stale  something was moved since the last time
   */
  step(stale) {
    const { programme } = this;
    const transport = this.#transport;
    if (!programme || !transport) {
      return;
    }
    const atS = transport.positionS;
    const jump = this.#jump || atS < this.#lastS;
    this.#jump = false;
    this.#lastS = atS;
    const moves = programme.at(atS, this.#stage, jump);
    const rig = this.#rig;
    if (rig && rig.pinna.state !== 'failed' && rig.pinna.state !== 'disposed' && (moves || stale)) {
      programme.place(this.#stage);
      // A tracker's poses come with their time, by which the engine predicts them; others are as of now.
      if (this.#stage.tracked === null) {
        rig.pinna.listener.setPose(this.#stage.origin, this.#stage.head);
      }
    }
  }

  // How it is mixed

  get volume() {
    return this.#volume;
  }

  /** @param {number} linear */
  set volume(linear) {
    this.#volume = linear;
    this.#mix();
  }

  get muted() {
    return this.#muted;
  }

  set muted(on) {
    this.#muted = on;
    this.#mix();
  }

  get strength() {
    return this.#strength;
  }

  /** @param {number} strength  0 = the plain mix, 1 = all of it around the head */
  set strength(strength) {
    this.#strength = strength;
    this.#mix();
  }

  get mono() {
    return this.#mono;
  }

  set mono(on) {
    this.#mono = on;
    this.#mix();
  }

  /** @param {boolean} [atOnce]  before anything sounds */
  #mix(atOnce) {
    this.#rig?.setStrength(this.#strength, atOnce);
    this.#rig?.setMono(this.#mono, atOnce);
    this.#rig?.setVolume(this.#muted ? 0 : this.#volume, atOnce);
  }

  /** @param {string[]} types */
  #tell(...types) {
    types.forEach(this.#reports.tell);
  }
}
