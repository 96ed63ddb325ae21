// SPDX-License-Identifier: MIT
/**
 * `<pinna-player>`: a player of spatial sound for any page, with the methods, properties and events of media elements
 * where they have them.
 *
 * Source   HTML Living Standard, "Media elements": currentTime, duration, paused, ended, volume, muted, loop, autoplay,
 *          preload, play(), pause(), load() and the events of these.
 */
import { createPinna } from '../create.js';
import { captionAt, parseCaptions } from './captions.js';
import { PlayerError } from './error.js';
import { Face } from './face.js';
import { fetchBytes } from './fetch.js';
import { pageContext, rests, uses } from './page-audio.js';
import { waveform } from './peaks.js';
import { followPhone } from './phone.js';
import { loadProgramme } from './programme.js';
import { resumeOrGiveUp } from './resume.js';
import { Rig } from './rig.js';
import { PlayerStage } from './stage.js';
import { playerSheet } from './style.js';
import { Transport } from './transport.js';
import { headInWords } from './view.js';
import { clock, inWords } from './words.js';

/** @typedef {import('./programme.js').Programme} Programme */
/** @typedef {import('./programme.js').Kind} Kind */
/** @typedef {import('./captions.js').Cue} Cue */
/** @typedef {import('../pinna.js').PinnaOptions} PinnaOptions */
/** @typedef {import('../errors.js').PinnaError} PinnaError */

/** @type {readonly Kind[]} */
const KINDS = ['auto', 'mono', 'stereo', 'ambisonic', 'scene'];

const DEFAULT_SPREAD_DEG = 30;

/** As media elements do it. */
const TIMEUPDATE_MS = 250;

/** Of a page that is not looked at, sources move so often. */
const HIDDEN_MS = 100;

/** What lies nearer to the window than this is loaded. */
const NEAR = '300px';

/** Directions of the picture of a soundfield. */
const GLOW = 48;

/** A bloom falls by so much from picture to picture. */
const GLOW_FALL = 0.88;

/** In Node there are no elements, and importing this must not fail there. */
const Base = /** @type {typeof HTMLElement} */ (globalThis.HTMLElement ?? class {});

/**
 * Attributes: `src`, `kind` (auto, mono, stereo, ambisonic, scene), `order` (of ambisonic sound), `spread` (degrees
 * from straight ahead to a stereo file's loudspeakers; 30), `strength` (0 to 1; 1), `mono`, `captions` (a WebVTT file;
 * or `<track>` children), `loop`, `autoplay`, `muted`, `preload` (auto, none), `label`, `theme` (light, dark), `hrtf`
 * (a head's file).
 *
 * Dispatches loadstart, progress, durationchange, loadedmetadata, canplay, play, playing, pause, timeupdate, seeking,
 * seeked, ended, volumechange, error, emptied, statechange (`state` changed) and sourcemove (a source was moved).
 */
export class PinnaPlayerElement extends Base {
  static observedAttributes = ['src', 'kind', 'order', 'spread', 'strength', 'mono', 'captions', 'loop', 'muted',
    'label', 'theme', 'hrtf'];

  /**
   * Options of createPinna for all players of the page, such as workletUrl and wasmUrl under a strict policy; to be set
   * before one plays.
   *
   * @type {PinnaOptions}
   */
  static engine = {};

  #stage = new PlayerStage();
  /** @type {Face | null} */
  #face = null;
  /** @type {Programme | null} */
  #programme = null;
  /** @type {Transport | null} */
  #transport = null;
  /** @type {Rig | null} */
  #rig = null;
  /** @type {Promise<Rig> | null} */
  #boot = null;
  /** @type {Promise<Programme> | null} */
  #loading = null;
  #abort = new AbortController();
  #progress = 0;
  #starting = false;
  #blocked = false;
  #ended = false;
  /** @type {Error | null} */
  #error = null;
  /** Where play begins that was not loaded when it was sought, seconds. */
  #soughtS = 0;
  /** Counts pause(): a play() that was still starting then is over. */
  #pauses = 0;
  #volume = 1;
  #muted = false;
  #strength = 1;
  #mono = false;
  /** @type {{ name: string, url: URL }[]} */
  #tracks = [];
  /** Of #tracks; -1 = none. */
  #track = -1;
  /** @type {Cue[]} */
  #cues = [];
  /** @type {(() => void) | null} */
  #unfollow = null;
  /** @type {import('./face.js').Problem | null} */
  #note = null;
  /** Something is to be rendered or drawn anew. */
  #stale = true;
  #jump = false;
  #lastS = 0;
  #frame = 0;
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #ticking;
  #updatedMs = 0;
  /** @type {Float32Array<ArrayBuffer>} */
  #bloom = new Float32Array(GLOW);
  #glow = new Float32Array(GLOW);
  #state = /** @type {import('./face.js').FaceState} */ ('empty');
  /** What is observed while the element is in a page. @type {(() => void)[]} */
  #watches = [];
  #calm = globalThis.matchMedia?.('(prefers-reduced-motion: reduce)');

  // Life

  connectedCallback() {
    if (this.#face === null) {
      this.#adopt();
      this.#build();
    }
    this.#watch();
    this.#changed();
    if (!this.#programme && !this.#loading && this.preload === 'auto') {
      this.#loadWhenNear();
    }
  }

  disconnectedCallback() {
    this.pause();
    // One that is moved within its page is connected again at once.
    queueMicrotask(() => {
      if (!this.isConnected) {
        this.#watches.forEach((stop) => stop());
        this.#watches = [];
        this.#unload();
      }
    });
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (before === value) {
      return;
    }
    if (name === 'src' || name === 'kind' || name === 'order' || name === 'hrtf') {
      this.#unload();
      if (this.isConnected && this.preload === 'auto') {
        this.#loadWhenNear();
      }
    } else if (name === 'strength') {
      this.strength = value === null ? 1 : Number(value);
    } else if (name === 'mono') {
      this.mono = value !== null;
    } else if (name === 'muted') {
      this.muted = value !== null;
    } else if (name === 'spread') {
      this.#programme?.spread?.(this.spread);
      this.#stale = true;
    } else if (name === 'captions') {
      this.#findTracks();
    } else if (name === 'loop') {
      if (this.#transport) {
        this.#transport.loop = value !== null;
      }
    } else if (name === 'theme') {
      this.#face?.view.resize();
      this.#face?.timeline.resize();
    }
    this.#changed();
  }

  /** What a page has set before this was defined hides the accessors of that name. */
  #adopt() {
    for (const name of Object.keys(this)) {
      if (name in PinnaPlayerElement.prototype) {
        const own = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (this));
        const value = own[name];
        delete own[name];
        own[name] = value;
      }
    }
  }

  #build() {
    const shadow = this.shadowRoot ?? this.attachShadow({ mode: 'open', delegatesFocus: true });
    shadow.adoptedStyleSheets = [playerSheet()];
    this.#face = new Face(this.#stage, {
      toggle: () => this.#toggle(),
      seek: (positionS) => {
        this.currentTime = positionS;
      },
      volume: (volume) => {
        this.volume = volume;
        this.muted = false;
      },
      mute: () => {
        this.muted = !this.muted;
      },
      strength: (strength) => {
        this.strength = strength;
      },
      mono: () => {
        this.mono = !this.mono;
        this.#face?.announce(this.mono ? 'Mono: both ears hear the same' : 'Spatial');
      },
      loop: () => {
        this.loop = !this.loop;
      },
      captions: () => this.#nextTrack(),
      straight: () => {
        this.#stage.turnHead(0, 0);
        this.#face?.announce(headInWords(this.#stage));
      },
      places: () => {
        this.#stage.reset();
        this.#face?.announce('All sources are back in place');
      },
      phone: () => (this.#unfollow ? this.stopFollowing() : this.followDevice().catch(() => {})),
      retry: () => this.#retry(),
      close: () => {
        this.#note = null;
        this.#changed();
      },
    });
    shadow.append(this.#face.root);
    this.#stage.addEventListener('change', () => this.#touch());
    this.#stage.addEventListener('list', () => {
      this.#face?.view.rebuild();
      this.#touch();
    });
    this.#stage.addEventListener('move', () => {
      this.dispatchEvent(new Event('sourcemove'));
      this.#changed();
    });
  }

  #watch() {
    if (this.#watches.length > 0) {
      return;
    }
    const stop = new AbortController();
    const { signal } = stop;
    const redraw = () => {
      this.#face?.view.resize();
      this.#face?.timeline.resize();
    };
    globalThis.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', redraw, { signal });
    document.addEventListener('visibilitychange', () => this.#tickOn(), { signal });
    this.#watches.push(() => stop.abort());
  }

  #loadWhenNear() {
    if (!this.getAttribute('src')) {
      this.#changed();
      return;
    }
    const near = new IntersectionObserver((entries) => {
      if (entries.some(({ isIntersecting }) => isIntersecting)) {
        near.disconnect();
        if (this.isConnected) {
          this.#loadNow().then(() => {
            if (this.autoplay) {
              this.play().catch(() => {});
            }
          }, () => {});
        }
      }
    }, { rootMargin: NEAR });
    near.observe(this);
    this.#watches.push(() => near.disconnect());
  }

  // Loading

  /** Loads `src` anew. */
  load() {
    this.#unload();
    this.#loadNow().catch(() => {});
  }

  /** @returns {Promise<Programme>} rejects with what is then in `error` */
  #loadNow() {
    this.#loading ??= this.#fetchProgramme();
    return this.#loading;
  }

  async #fetchProgramme() {
    const abort = new AbortController();
    this.#abort = abort;
    const { signal } = abort;
    this.#error = null;
    this.#progress = 0;
    this.#tell('loadstart');
    this.#changed();
    try {
      const programme = await loadProgramme(this.#address(), {
        kind: this.kind, order: this.order, spreadDeg: this.spread, signal,
        onProgress: (done) => {
          if (!signal.aborted) {
            this.#progress = done;
            this.#tell('progress');
            this.#changed();
          }
        },
      });
      if (signal.aborted) {
        throw new PlayerError('aborted', 'loading was given up for another source', signal.reason);
      }
      this.#take(programme, signal);
      return programme;
    } catch (error) {
      if (!signal.aborted) {
        this.#fail(error);
      }
      throw error;
    }
  }

  /** @returns {URL} */
  #address() {
    const src = this.getAttribute('src');
    if (!src) {
      throw new PlayerError('source', 'this player has no src: give it the address of a sound or a scene file');
    }
    try {
      return new URL(src, document.baseURI);
    } catch (error) {
      throw new PlayerError('source', `src="${src}" is not an address`, error);
    }
  }

  /** @param {Programme} programme @param {AbortSignal} signal */
  #take(programme, signal) {
    this.#programme = programme;
    const transport = new Transport(programme.durationS);
    transport.loop = this.loop;
    transport.seek(this.#soughtS);
    transport.addEventListener('ended', () => {
      this.#ended = true;
      this.#quiet();
      this.#tell('timeupdate');
      this.#tell('pause');
      this.#tell('ended');
      this.#changed();
    });
    this.#transport = transport;
    this.#stage.show(programme.voices, programme.reachM);
    if (this.#face) {
      this.#face.view.reachM = programme.reachM;
    }
    this.#jump = true;
    this.#findTracks();
    this.#touch();
    ['durationchange', 'loadedmetadata', 'canplay'].forEach((type) => this.#tell(type));
    this.#changed();
    waveform(programme.layers, programme.durationS, {
      signal,
      onProgress: (parts, done) => {
        if (!signal.aborted) {
          this.#face?.timeline.waveform(parts, done);
        }
      },
    }).then((parts) => {
      if (!signal.aborted) {
        this.#face?.timeline.waveform(parts, 1);
      }
    });
  }

  #unload() {
    this.#abort.abort();
    const had = this.#loading !== null;
    this.#halt();
    this.#rig?.dispose();
    this.#rig = null;
    this.#boot = null;
    this.#loading = null;
    this.#programme = null;
    this.#transport = null;
    this.#error = null;
    this.#blocked = false;
    this.#starting = false;
    this.#ended = false;
    this.#soughtS = 0;
    this.#lastS = 0;
    this.#tracks = [];
    this.#track = -1;
    this.#cues = [];
    this.#stage.origin = [0, 0, 0];
    this.#stage.facing = [0, 0, 0, 1];
    this.#stage.show([], this.#stage.reachM);
    this.#face?.timeline.waveform(null, 0);
    this.#face?.caption('');
    if (this.#face) {
      this.#face.view.glow = [];
    }
    if (had) {
      this.#tell('emptied');
    }
    this.#changed();
  }

  // Playing

  /**
   * Loads what is not loaded and plays. To be called in the handler of a gesture, before anything is awaited, unless
   * the page is allowed to sound already.
   *
   * @returns {Promise<void>} settles when it sounds; rejects with a DOMException 'NotAllowedError' where the browser
   *   waits for a gesture, 'AbortError' when pause() came between, and with `error` where it cannot be played
   */
  async play() {
    if (this.#transport?.playing && !this.#blocked) {
      return;
    }
    if (this.#error) {
      this.#unload();
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
    this.#note = null;
    this.#changed();
    try {
      await this.#loadNow();
      await resumed;
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
      this.#changed();
      throw new DOMException('play() was ended by pause()', 'AbortError');
    }
    if (context.state !== 'running') {
      this.#blocked = true;
      rests(this);
      this.#changed();
      throw new DOMException('the browser lets nothing sound before the user presses or types something',
        'NotAllowedError');
    }
    this.#ended = false;
    if (this.#transport && !this.#transport.playing) {
      this.#jump = true;
      this.#step();
      this.#transport.play();
      this.#tell('play');
    }
    this.#tell('playing');
    this.#tickOn();
    this.#changed();
  }

  /** Stops where it is. */
  pause() {
    this.#pauses += 1;
    this.#blocked = false;
    const played = this.#transport?.playing === true;
    this.#halt();
    if (played) {
      this.#tell('timeupdate');
      this.#tell('pause');
    }
    this.#changed();
  }

  #toggle() {
    if (this.#transport?.playing && !this.#blocked) {
      this.pause();
    } else if (!this.#starting && this.getAttribute('src')) {
      this.play().catch(() => {
        // It shows in the player.
      });
    }
  }

  #retry() {
    this.#unload();
    this.play().catch(() => {});
  }

  #halt() {
    this.#transport?.pause();
    this.#quiet();
  }

  #quiet() {
    rests(this);
    this.#tickOn();
  }

  /** @param {AudioContext} context @returns {Promise<Rig>} */
  async #start(context) {
    const programme = /** @type {Programme} */ (this.#programme);
    const { signal } = this.#abort;
    const hrtf = this.getAttribute('hrtf');
    const pinna = await createPinna(context, {
      ...programme.engine,
      ...(hrtf === null ? {} : { hrtf: new URL(hrtf, document.baseURI) }),
      ...PinnaPlayerElement.engine,
    });
    const rig = new Rig(pinna);
    try {
      await programme.connect(rig);
    } catch (error) {
      rig.dispose();
      throw error;
    }
    if (signal.aborted) {
      rig.dispose();
      throw new PlayerError('aborted', 'loading was given up for another source', signal.reason);
    }
    pinna.addEventListener('error', (event) => {
      if (pinna.state === 'failed') {
        this.#fail(/** @type {import('../pinna.js').PinnaErrorEvent} */ (event).error);
      }
    });
    pinna.addEventListener('statechange', () => this.#follow());
    this.#rig = rig;
    this.#transport?.attach(context, programme.start);
    rig.setStrength(this.#strength, true);
    rig.setMono(this.#mono, true);
    rig.setVolume(this.#muted ? 0 : this.#volume, true);
    this.#jump = true;
    this.#step();
    await pinna.flush();
    return rig;
  }

  /** The system may stop a context and start it again: for a call, or another program. */
  #follow() {
    const running = this.#rig?.pinna.state === 'running';
    if (this.#transport?.playing && running === this.#blocked) {
      this.#blocked = !running;
      this.#changed();
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    this.#halt();
    this.#rig?.dispose();
    this.#rig = null;
    this.#boot = null;
    this.#starting = false;
    this.#blocked = false;
    this.#error = error instanceof Error ? error : new PlayerError('engine', String(error), error);
    this.#changed();
    this.#tell('error');
  }

  // Each moment

  #touch() {
    this.#stale = true;
    this.#tickOn();
  }

  /** A picture is asked for, or a timer where nobody looks. */
  #tickOn() {
    const hidden = globalThis.document?.visibilityState === 'hidden';
    const playing = this.#transport?.playing === true;
    clearInterval(this.#ticking);
    if (hidden && playing) {
      this.#ticking = setInterval(() => this.#step(), HIDDEN_MS);
    } else if (!hidden && this.#frame === 0 && this.isConnected) {
      this.#frame = requestAnimationFrame((now) => this.#draw(now));
    }
  }

  /** The engine is told where everything is now. */
  #step() {
    const programme = this.#programme;
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
    if (rig && rig.pinna.state !== 'failed' && rig.pinna.state !== 'disposed' && (moves || this.#stale)) {
      programme.place(this.#stage);
      // A tracker's poses come with their time, by which the engine predicts them; others are as of now.
      if (this.#stage.tracked === null) {
        rig.pinna.listener.setPose(this.#stage.origin, this.#stage.head);
      }
    }
    this.#face?.caption(this.#track < 0 ? '' : captionAt(this.#cues, atS));
    const nowMs = performance.now();
    if (transport.playing && nowMs - this.#updatedMs > TIMEUPDATE_MS) {
      this.#updatedMs = nowMs;
      this.#tell('timeupdate');
    }
  }

  /** @param {number} _now */
  #draw(_now) {
    this.#frame = 0;
    const face = this.#face;
    if (!face || !this.isConnected) {
      return;
    }
    const playing = this.#transport?.playing === true && !this.#blocked;
    this.#step();
    this.#stale = false;
    face.time(this.currentTime, this.#programme?.durationS ?? 0);
    const levels = this.#rig && playing ? this.#rig.ears.levels() : [0, 0];
    face.levels(levels);
    // Where motion is unwelcome nothing pulses.
    const calm = this.#calm?.matches === true;
    face.view.levels = calm ? [0, 0] : levels;
    face.view.glow = this.#nextGlow(playing && !calm);
    face.view.draw();
    const fading = levels.some((level) => level > 0) || this.#glow.some((level) => level > 0.01);
    if (playing || this.#stale || fading) {
      this.#tickOn();
    }
  }

  /** @param {boolean} live */
  #nextGlow(live) {
    const { glow } = this.#programme ?? {};
    if (!glow) {
      return [];
    }
    this.#bloom.fill(0);
    if (live && this.#rig) {
      glow(this.#bloom);
    }
    for (let i = 0; i < GLOW; i++) {
      this.#glow[i] = Math.max(this.#bloom[i], GLOW_FALL * this.#glow[i]);
    }
    return this.#glow;
  }

  /** The face follows the element. */
  #changed() {
    const state = this.state;
    const programme = this.#programme;
    this.#face?.show({
      state,
      title: this.#title(),
      about: programme
        ? `${programme.words} · ${clock(programme.durationS)} · headphones`
        : state === 'loading' ? 'Loading' : state === 'empty' ? 'Nothing to play yet' : 'For headphones',
      progress: this.#progress,
      volume: this.#volume,
      muted: this.#muted,
      strength: this.#strength,
      mono: this.#mono,
      loop: this.loop,
      captions: this.#tracks.length === 0 ? null : this.#tracks[this.#track]?.name ?? '',
      moved: this.#stage.voices.some(({ moved }) => moved),
      phone: mayTurn(),
      following: this.#unfollow !== null,
      problem: this.#error
        ? { title: 'This cannot be played', words: inWords(this.#error), fatal: true } : this.#note,
    });
    this.#touch();
    if (state !== this.#state) {
      this.#state = state;
      this.#tell('statechange');
      const words = { blocked: 'The browser holds the sound back until you allow it', ended: 'Ended' }[
        /** @type {string} */ (state)];
      if (words) {
        this.#face?.announce(words);
      }
    }
  }

  #title() {
    const { pathname } = URL.canParse?.(this.src) ? new URL(this.src) : { pathname: '' };
    const file = decodeURIComponent(pathname.split('/').pop() ?? '').replace(/\.[^.]+$/, '').replaceAll(/[-_]+/g, ' ');
    return this.getAttribute('label') || file || 'Audio player';
  }

  /** @param {string} type */
  #tell(type) {
    this.dispatchEvent(new Event(type));
  }

  // Captions

  #findTracks() {
    const attribute = this.getAttribute('captions');
    const children = [...this.querySelectorAll('track')]
      .filter((track) => ['captions', 'subtitles'].includes(track.kind) && track.getAttribute('src'));
    this.#tracks = [
      ...(attribute ? [{ name: 'on', url: new URL(attribute, document.baseURI) }] : []),
      ...children.map((track) => ({
        name: track.label || track.srclang || 'on', url: new URL(track.getAttribute('src') ?? '', document.baseURI),
      })),
    ];
    const first = attribute ? 0 : children.findIndex((track) => track.default);
    this.#showTrack(first);
  }

  #nextTrack() {
    if (this.#tracks.length > 0) {
      this.#showTrack(this.#track + 1 >= this.#tracks.length ? -1 : this.#track + 1);
      this.#face?.announce(this.#track < 0 ? 'Captions off' : `Captions: ${this.#tracks[this.#track].name}`);
    }
  }

  /** @param {number} index  -1 = none */
  async #showTrack(index) {
    this.#track = index;
    this.#cues = [];
    this.#changed();
    const track = this.#tracks[index];
    if (!track) {
      return;
    }
    const { signal } = this.#abort;
    try {
      const bytes = await fetchBytes(track.url, { signal });
      const cues = parseCaptions(new TextDecoder().decode(bytes), track.url.pathname.split('/').pop() ?? '');
      if (!signal.aborted && this.#tracks[this.#track] === track) {
        this.#cues = cues;
        this.#touch();
      }
    } catch (error) {
      if (!signal.aborted) {
        this.#note = { title: 'The captions are missing', words: inWords(error), fatal: false };
        this.#track = -1;
        this.#changed();
      }
    }
  }

  // The head

  /**
   * Turns the head with the device that is held, or worn. To be called in the handler of a gesture: some systems ask.
   *
   * @returns {Promise<void>} rejects where there is no sensor, or it is not allowed
   */
  async followDevice() {
    this.#note = null;
    const failed = (/** @type {unknown} */ error) => {
      const framed = globalThis.top !== globalThis.self
        ? ' (this player is in a frame, which needs allow="accelerometer; gyroscope")' : '';
      this.#note = {
        title: 'The head cannot be turned with this device', words: inWords(error) + framed, fatal: false,
      };
      this.stopFollowing();
    };
    try {
      this.#unfollow = await followPhone((orientation, timeMs) => {
        this.#stage.follow(orientation);
        const pinna = this.#rig?.pinna;
        if (pinna?.state === 'running') {
          const time = Math.max(0, pinna.context.currentTime + (timeMs - performance.now()) / 1000);
          pinna.listener.setPose(this.#stage.origin, this.#stage.head, { time });
        }
      }, failed);
      this.#changed();
    } catch (error) {
      failed(error);
      throw new PlayerError('sensor', error instanceof Error ? error.message : String(error), error);
    }
  }

  /** The head is the listener's to turn again, by mouse, finger and keys. */
  stopFollowing() {
    this.#unfollow?.();
    this.#unfollow = null;
    this.#stage.follow(null);
    this.#changed();
  }

  /** How the head is turned, radians: to the left, and up. */
  get head() {
    return { yaw: this.#stage.yaw, pitch: this.#stage.pitch };
  }

  /** @param {number} yaw @param {number} [pitch]  radians */
  turnHead(yaw, pitch = 0) {
    this.#stage.turnHead(yaw, pitch);
  }

  // Sources

  /**
   * What sounds, where: metres from the head, +x right, +y up, -z ahead. A soundfield has none.
   *
   * @returns {{ name: string, position: number[], muted: boolean }[]}
   */
  get sources() {
    return this.#stage.voices.map((voice) => ({
      name: voice.name, position: [...this.#stage.roomPlace(voice)], muted: voice.muted,
    }));
  }

  /**
   * @param {string} name  of a source
   * @param {[x: number, y: number, z: number]} position  metres from the head
   */
  moveSource(name, position) {
    const voice = this.#stage.voices.find((one) => one.name === name);
    if (!voice) {
      const names = this.#stage.voices.map((one) => `"${one.name}"`).join(', ') || 'none';
      throw new RangeError(`there is no source "${name}"; there are: ${names}`);
    }
    if (position.length !== 3 || !position.every(Number.isFinite)) {
      throw new TypeError('a position is three finite numbers: x, y, z in metres');
    }
    this.#stage.moveTo(voice, position);
  }

  // As media elements have it

  get src() {
    const src = this.getAttribute('src');
    try {
      return src ? new URL(src, document.baseURI).href : '';
    } catch {
      return src ?? '';
    }
  }

  set src(value) {
    this.setAttribute('src', value);
  }

  /** @returns {Kind} */
  get kind() {
    return KINDS.find((kind) => kind === this.getAttribute('kind')) ?? 'auto';
  }

  set kind(value) {
    this.setAttribute('kind', value);
  }

  /** Of ambisonic sound; null = by its channels. @returns {number | null} */
  get order() {
    const order = Number(this.getAttribute('order'));
    return Number.isInteger(order) && order >= 1 ? order : null;
  }

  set order(value) {
    if (value === null) {
      this.removeAttribute('order');
    } else {
      this.setAttribute('order', String(value));
    }
  }

  /** Degrees from straight ahead to each loudspeaker of a stereo file. */
  get spread() {
    const spread = Number.parseFloat(this.getAttribute('spread') ?? '');
    return Number.isFinite(spread) ? Math.max(0, Math.min(180, spread)) : DEFAULT_SPREAD_DEG;
  }

  set spread(value) {
    this.setAttribute('spread', String(value));
  }

  /** Seconds. */
  get currentTime() {
    return this.#transport?.positionS ?? this.#soughtS;
  }

  set currentTime(value) {
    if (!Number.isFinite(value)) {
      throw new TypeError(`currentTime must be a finite number, not ${value}`);
    }
    this.#soughtS = Math.max(0, value);
    if (!this.#transport) {
      return;
    }
    this.#ended = false;
    this.#jump = true;
    this.#tell('seeking');
    this.#transport.seek(value);
    this.#touch();
    this.#tell('timeupdate');
    this.#tell('seeked');
    this.#changed();
  }

  /** Seconds; NaN before it is known. */
  get duration() {
    return this.#programme?.durationS ?? NaN;
  }

  get paused() {
    return this.#transport?.playing !== true;
  }

  get ended() {
    return this.#ended;
  }

  /** 0 to 1. */
  get volume() {
    return this.#volume;
  }

  set volume(value) {
    if (!(value >= 0 && value <= 1)) {
      throw new RangeError(`volume must be between 0 and 1, not ${value}`);
    }
    if (value !== this.#volume) {
      this.#volume = value;
      this.#loudness();
    }
  }

  get muted() {
    return this.#muted;
  }

  set muted(value) {
    if (Boolean(value) !== this.#muted) {
      this.#muted = Boolean(value);
      this.#loudness();
    }
  }

  #loudness() {
    this.#rig?.setVolume(this.#muted ? 0 : this.#volume);
    this.#tell('volumechange');
    this.#changed();
  }

  get loop() {
    return this.hasAttribute('loop');
  }

  set loop(value) {
    this.toggleAttribute('loop', Boolean(value));
  }

  get autoplay() {
    return this.hasAttribute('autoplay');
  }

  set autoplay(value) {
    this.toggleAttribute('autoplay', Boolean(value));
  }

  /** 'auto': loaded when it comes near the window; 'none': when it is played. @returns {'auto' | 'none'} */
  get preload() {
    return this.getAttribute('preload') === 'none' ? 'none' : 'auto';
  }

  set preload(value) {
    this.setAttribute('preload', value);
  }

  /** What went wrong, in words with their mend; null = nothing. @returns {Error | null} */
  get error() {
    return this.#error;
  }

  // Its own

  /** 0 = the file as it is, mixed to two channels; 1 = all of it around the head. */
  get strength() {
    return this.#strength;
  }

  set strength(value) {
    this.#strength = Number.isFinite(value) ? Math.max(0, Math.min(1, value)) : 1;
    this.#rig?.setStrength(this.#strength);
    this.#changed();
  }

  /** Both ears hear the same. */
  get mono() {
    return this.#mono;
  }

  set mono(value) {
    this.#mono = Boolean(value);
    this.#rig?.setMono(this.#mono);
    this.#changed();
  }

  /** What it is doing. @returns {import('./face.js').FaceState} */
  get state() {
    if (this.#error) {
      return 'error';
    }
    if (this.#blocked) {
      return 'blocked';
    }
    if (this.#transport?.playing) {
      return 'playing';
    }
    if (this.#loading && !this.#programme) {
      return 'loading';
    }
    if (this.#starting) {
      return 'starting';
    }
    if (this.#ended) {
      return 'ended';
    }
    if (this.#programme) {
      return 'paused';
    }
    return this.getAttribute('src') ? 'idle' : 'empty';
  }

  /** Its engine, while it has one: for statistics, or another head. @returns {import('../pinna.js').Pinna | null} */
  get pinna() {
    return this.#rig?.pinna ?? null;
  }
}

/** A device that is held has a sensor; whether it answers is found when it is asked. */
function mayTurn() {
  return typeof globalThis.DeviceOrientationEvent === 'function' &&
    globalThis.matchMedia?.('(pointer: coarse)').matches === true;
}
