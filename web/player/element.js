// SPDX-License-Identifier: MIT
/**
 * `<pinna-player>`: a player of spatial sound for any page, with the methods, properties and events of media elements
 * where they have them.
 *
 * Method   What is played (Playback), seen (Face) and heard by words (CaptionTracks) know nothing of each other; the
 *          element tells each of them what the others did.
 * Source   HTML Living Standard, "Media elements": currentTime, duration, paused, ended, volume, muted, loop, autoplay,
 *          preload, play(), pause(), load() and the events of these.
 */
import { addressOf, headOf, kindOf, orderOf, spreadOf, srcOf, titleOf } from './attributes.js';
import { Bloom } from './bloom.js';
import { Face } from './face.js';
import { Following, mayFollow } from './following.js';
import { waveform } from './peaks.js';
import { Playback } from './playback.js';
import { Pulse } from './pulse.js';
import { PlayerStage } from './stage.js';
import { stateOf } from './state.js';
import { playerSheet } from './style.js';
import { CaptionTracks } from './tracks.js';
import { headInWords } from './view.js';
import { clock, inWords } from './words.js';

/** @typedef {import('./programme.js').Programme} Programme */
/** @typedef {import('./programme.js').Kind} Kind */
/** @typedef {import('./state.js').PlayerState} PlayerState */
/** @typedef {import('../pinna.js').PinnaOptions} PinnaOptions */

/** As media elements do it. */
const TIMEUPDATE_MS = 250;

/** What lies nearer to the window than this is loaded. */
const NEAR = '300px';

/** What is said of a state, for those who listen to the page. @type {Partial<Record<PlayerState, string>>} */
const SAID = { blocked: 'The browser holds the sound back until you allow it', ended: 'Ended' };

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
  #playback = new Playback(this.#stage, {
    address: () => addressOf(this),
    sound: () => ({ kind: this.kind, order: this.order, spreadDeg: this.spread }),
    engine: () => {
      const hrtf = headOf(this);
      return { ...(hrtf === null ? {} : { hrtf }), ...PinnaPlayerElement.engine };
    },
    loop: () => this.loop,
  }, {
    tell: (type) => this.#tell(type),
    changed: () => this.#changed(),
    loaded: (programme, signal) => this.#onLoaded(programme, signal),
    unloaded: () => this.#onUnloaded(),
  });
  #tracks = new CaptionTracks(() => this.#changed(), (error) =>
    this.#complain('The captions are missing', inWords(error)));
  #following = new Following(this.#stage, () => this.pinna, () => this.#changed());
  #pulse = new Pulse(() => ({ shown: this.isConnected, playing: this.#playback.playing }), () => this.#draw(),
    () => this.#step());
  #bloom = new Bloom();
  /** @type {Face | null} */
  #face = null;
  /** @type {import('./face.js').Problem | null} */
  #note = null;
  /** Something is to be rendered or drawn anew. */
  #stale = true;
  #updatedMs = 0;
  /** @type {PlayerState} */
  #state = 'empty';
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
    if (!this.#playback.loading && this.preload === 'auto') {
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
        this.#playback.unload();
      }
    });
  }

  /** @param {string} name @param {string | null} before @param {string | null} value */
  attributeChangedCallback(name, before, value) {
    if (before === value) {
      return;
    }
    if (name === 'src' || name === 'kind' || name === 'order' || name === 'hrtf') {
      this.#playback.unload();
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
      this.#playback.programme?.spread?.(this.spread);
    } else if (name === 'captions') {
      this.#tracks.find(this);
    } else if (name === 'loop') {
      this.#playback.repeat(value !== null);
    } else if (name === 'theme') {
      this.#redraw();
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
      captions: () => {
        this.#tracks.next();
        if (this.#tracks.name !== null) {
          this.#face?.announce(this.#tracks.name === '' ? 'Captions off' : `Captions: ${this.#tracks.name}`);
        }
      },
      straight: () => {
        this.#stage.turnHead(0, 0);
        this.#face?.announce(headInWords(this.#stage));
      },
      places: () => {
        this.#stage.reset();
        this.#face?.announce('All sources are back in place');
      },
      phone: () => (this.#following.on ? this.stopFollowing() : this.followDevice().catch(() => {})),
      retry: () => {
        this.#playback.unload();
        this.play().catch(() => {});
      },
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
    globalThis.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => this.#redraw(), { signal });
    document.addEventListener('visibilitychange', () => this.#pulse.beat(), { signal });
    this.#watches.push(() => stop.abort());
  }

  /** In the colours and the size that it has now. */
  #redraw() {
    this.#face?.view.resize();
    this.#face?.timeline.resize();
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
          this.#playback.load().then(() => {
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

  // Loading and playing

  /** Loads `src` anew. */
  load() {
    this.#playback.unload();
    this.#playback.load().catch(() => {
      // It shows in the player.
    });
  }

  /** @param {Programme} programme @param {AbortSignal} signal */
  #onLoaded({ reachM, layers, durationS }, signal) {
    if (this.#face) {
      this.#face.view.reachM = reachM;
    }
    this.#tracks.find(this);
    const show = (/** @type {Float32Array} */ parts, /** @type {number} */ done) => {
      if (!signal.aborted) {
        this.#face?.timeline.waveform(parts, done);
      }
    };
    waveform(layers, durationS, { signal, onProgress: show }).then((parts) => show(parts, 1));
  }

  #onUnloaded() {
    this.#tracks.clear();
    this.#face?.timeline.waveform(null, 0);
    this.#face?.caption('');
    if (this.#face) {
      this.#face.view.glow = [];
    }
  }

  /**
   * Loads what is not loaded and plays. To be called in the handler of a gesture, before anything is awaited, unless
   * the page is allowed to sound already.
   *
   * @returns {Promise<void>} settles when it sounds; rejects with a DOMException 'NotAllowedError' where the browser
   *   waits for a gesture, 'AbortError' when pause() came between, and with `error` where it cannot be played
   */
  play() {
    if (!this.#playback.sounding) {
      this.#note = null;
    }
    return this.#playback.play();
  }

  /** Stops where it is. */
  pause() {
    this.#playback.pause();
  }

  #toggle() {
    if (this.#playback.sounding) {
      this.pause();
    } else if (!this.#playback.starting && this.getAttribute('src')) {
      this.play().catch(() => {
        // It shows in the player.
      });
    }
  }

  // Each moment

  #touch() {
    this.#stale = true;
    this.#pulse.beat();
  }

  /** The engine and who reads are told what is now. */
  #step() {
    const { programme, playing, positionS } = this.#playback;
    if (programme === null) {
      return;
    }
    this.#playback.step(this.#stale);
    this.#face?.caption(this.#tracks.at(positionS));
    const nowMs = performance.now();
    if (playing && nowMs - this.#updatedMs > TIMEUPDATE_MS) {
      this.#updatedMs = nowMs;
      this.#tell('timeupdate');
    }
  }

  #draw() {
    const face = this.#face;
    if (!face || !this.isConnected) {
      return;
    }
    this.#step();
    this.#stale = false;
    const { sounding, programme, rig } = this.#playback;
    face.time(this.currentTime, programme?.durationS ?? 0);
    const levels = rig && sounding ? rig.ears.levels() : [0, 0];
    face.levels(levels);
    // Where motion is unwelcome nothing pulses.
    const calm = this.#calm?.matches === true;
    face.view.levels = calm ? [0, 0] : levels;
    face.view.glow = programme?.glow ? this.#bloom.next(rig && sounding && !calm ? programme.glow : null) : [];
    face.view.draw();
    if (sounding || this.#stale || levels.some((level) => level > 0) || this.#bloom.fading) {
      this.#pulse.beat();
    }
  }

  /** The face follows the element. */
  #changed() {
    const { state } = this;
    const { programme, progress, volume, muted, strength, mono, error } = this.#playback;
    this.#face?.show({
      state,
      title: titleOf(this),
      about: programme
        ? `${programme.words} · ${clock(programme.durationS)} · headphones`
        : state === 'loading' ? 'Loading' : state === 'empty' ? 'Nothing to play yet' : 'For headphones',
      progress,
      volume,
      muted,
      strength,
      mono,
      loop: this.loop,
      captions: this.#tracks.name,
      moved: this.#stage.voices.some(({ moved }) => moved),
      phone: mayFollow(),
      following: this.#following.on,
      problem: error ? { title: 'This cannot be played', words: inWords(error), fatal: true } : this.#note,
    });
    this.#touch();
    if (state !== this.#state) {
      this.#state = state;
      this.#tell('statechange');
      const words = SAID[state];
      if (words) {
        this.#face?.announce(words);
      }
    }
  }

  /** What goes wrong and stops nothing. @param {string} title @param {string} words */
  #complain(title, words) {
    this.#note = { title, words, fatal: false };
    this.#changed();
  }

  /** @param {string} type */
  #tell(type) {
    this.dispatchEvent(new Event(type));
  }

  // The head

  /**
   * Turns the head with the device that is held, or worn. To be called in the handler of a gesture: some systems ask.
   *
   * @returns {Promise<void>} rejects where there is no sensor, or it is not allowed
   */
  followDevice() {
    this.#note = null;
    return this.#following.start((error) => {
      const framed = globalThis.top !== globalThis.self
        ? ' (this player is in a frame, which needs allow="accelerometer; gyroscope")' : '';
      this.#complain('The head cannot be turned with this device', inWords(error) + framed);
    });
  }

  /** The head is the listener's to turn again, by mouse, finger and keys. */
  stopFollowing() {
    this.#following.stop();
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
    return srcOf(this);
  }

  set src(value) {
    this.setAttribute('src', value);
  }

  /** @returns {Kind} */
  get kind() {
    return kindOf(this);
  }

  set kind(value) {
    this.setAttribute('kind', value);
  }

  /** Of ambisonic sound; null = by its channels. @returns {number | null} */
  get order() {
    return orderOf(this);
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
    return spreadOf(this);
  }

  set spread(value) {
    this.setAttribute('spread', String(value));
  }

  /** Seconds. */
  get currentTime() {
    return this.#playback.positionS;
  }

  set currentTime(value) {
    if (!Number.isFinite(value)) {
      throw new TypeError(`currentTime must be a finite number, not ${value}`);
    }
    this.#playback.seek(value);
  }

  /** Seconds; NaN before it is known. */
  get duration() {
    return this.#playback.programme?.durationS ?? NaN;
  }

  get paused() {
    return !this.#playback.playing;
  }

  get ended() {
    return this.#playback.ended;
  }

  /** 0 to 1. */
  get volume() {
    return this.#playback.volume;
  }

  set volume(value) {
    if (!(value >= 0 && value <= 1)) {
      throw new RangeError(`volume must be between 0 and 1, not ${value}`);
    }
    if (value !== this.#playback.volume) {
      this.#playback.volume = value;
      this.#tell('volumechange');
      this.#changed();
    }
  }

  get muted() {
    return this.#playback.muted;
  }

  set muted(value) {
    if (Boolean(value) !== this.#playback.muted) {
      this.#playback.muted = Boolean(value);
      this.#tell('volumechange');
      this.#changed();
    }
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
    return this.#playback.error;
  }

  // Its own

  /** 0 = the file as it is, mixed to two channels; 1 = all of it around the head. */
  get strength() {
    return this.#playback.strength;
  }

  set strength(value) {
    this.#playback.strength = Number.isFinite(value) ? Math.max(0, Math.min(1, value)) : 1;
    this.#changed();
  }

  /** Both ears hear the same. */
  get mono() {
    return this.#playback.mono;
  }

  set mono(value) {
    this.#playback.mono = Boolean(value);
    this.#changed();
  }

  /** What it is doing. @returns {PlayerState} */
  get state() {
    const { error, blocked, playing, loading, programme, starting, ended } = this.#playback;
    return stateOf({
      failed: error !== null, blocked, playing, loading, loaded: programme !== null, starting, ended,
      named: Boolean(this.getAttribute('src')),
    });
  }

  /** Its engine, while it has one: for statistics, or another head. @returns {import('../pinna.js').Pinna | null} */
  get pinna() {
    return this.#playback.rig?.pinna ?? null;
  }
}
