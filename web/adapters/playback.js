// SPDX-License-Identifier: MIT
/**
 * Plays a source as THREE.Audio plays: pause and go on, rates, filters, other people's nodes.
 *
 * The engine plays a buffer itself while it can, which is at the buffer's own rate, to its end, unfiltered. For all
 * else the browser's AudioBufferSourceNode plays it into the source's input; where that becomes so during playback it
 * goes on at the same place.
 */

/** As THREE.Audio: a new rate is reached smoothly. */
const RATE_TIME_CONSTANT_S = 0.01;

/** @typedef {import('../source.js').PinnaSource} PinnaSource */

export class Playback {
  /** Started, and neither paused nor over. */
  isPlaying = false;
  /** Whether play, pause and stop do something: false for live sounds. */
  hasPlaybackControl = true;
  sourceType = 'empty';
  /** Where in the buffer play() begins, seconds. */
  offset = 0;
  /** How much of it is played, seconds; undefined = to its end. @type {number | undefined} */
  duration = undefined;
  /** @type {AudioBuffer | null} */
  buffer = null;

  #context;
  #source;
  #onEnded;
  #rate = 1;
  #detune = 0;
  /** @type {AudioNode[]} */
  #filters = [];
  /** What plays at this moment in the engine's place. @type {AudioBufferSourceNode | null} */
  #player = null;
  /** A live sound. @type {AudioNode | null} */
  #live = null;
  /** Lets go of it. */
  #release = () => {};
  /** What is connected to the source's input. @type {AudioNode | null} */
  #last = null;
  /** Seconds of the buffer that were heard before `#sinceS`. */
  #progressS = 0;
  #sinceS = 0;

  /**
   * @param {PinnaSource} source
   * @param {BaseAudioContext} context
   * @param {() => void} onEnded  a buffer has played to its end
   */
  constructor(source, context, onEnded) {
    this.#source = source;
    this.#context = context;
    this.#onEnded = onEnded;
    source.addEventListener('ended', () => {
      // A pause ends it for the engine only.
      if (this.isPlaying && this.#player === null) {
        this.#over();
      }
    });
  }

  /** @param {AudioBuffer} buffer */
  setBuffer(buffer) {
    this.stop();
    this.#unplug();
    this.buffer = buffer;
    this.#source.buffer = buffer;
    this.sourceType = 'buffer';
    this.hasPlaybackControl = true;
  }

  /**
   * @param {AudioNode} node
   * @param {string} sourceType
   * @param {() => void} [release]  called when it is needed no more
   */
  setNode(node, sourceType, release = () => {}) {
    this.stop();
    this.#unplug();
    this.#live = node;
    this.#release = release;
    this.#plug(node);
    this.sourceType = sourceType;
    this.hasPlaybackControl = false;
  }

  /** @param {number} [delayS] */
  play(delayS = 0) {
    if (this.isPlaying || !this.hasPlaybackControl || this.buffer === null) {
      return;
    }
    this.isPlaying = true;
    this.#sinceS = this.#context.currentTime + delayS;
    const whenS = delayS > 0 ? this.#sinceS : 0;
    if (this.#byEngine()) {
      this.#source.start(whenS, this.#progressS + this.offset);
    } else {
      this.#startPlayer(this.buffer, whenS);
    }
  }

  /** play() goes on from here. */
  pause() {
    if (!this.isPlaying || !this.hasPlaybackControl) {
      return;
    }
    this.#catchUp();
    const { loop, loopStart, loopEnd } = this.#source;
    const endS = loopEnd || /** @type {AudioBuffer} */ (this.buffer).duration;
    if (loop && this.offset + this.#progressS > endS) {
      const lengthS = endS - loopStart;
      this.#progressS = loopStart + (this.offset + this.#progressS - loopStart) % lengthS - this.offset;
    }
    this.isPlaying = false;
    this.#halt(0);
  }

  /** @param {number} [delayS] */
  stop(delayS = 0) {
    this.#progressS = 0;
    if (this.isPlaying && this.hasPlaybackControl) {
      this.isPlaying = false;
      this.#halt(delayS > 0 ? this.#context.currentTime + delayS : 0);
    }
  }

  get rate() {
    return this.#rate;
  }

  /** @param {number} value  1 = as recorded */
  set rate(value) {
    this.#changePitch(() => {
      this.#rate = value;
    });
    this.#player?.playbackRate.setTargetAtTime(value, this.#context.currentTime, RATE_TIME_CONSTANT_S);
  }

  get detune() {
    return this.#detune;
  }

  /** @param {number} value  cents */
  set detune(value) {
    this.#changePitch(() => {
      this.#detune = value;
    });
    this.#player?.detune.setTargetAtTime(value, this.#context.currentTime, RATE_TIME_CONSTANT_S);
  }

  get filters() {
    return [...this.#filters];
  }

  /** Between the sound and the source, in their order. @param {AudioNode[]} nodes  of the same context */
  set filters(nodes) {
    const first = this.#live ?? this.#player;
    const paused = this.isPlaying && first === null;
    if (paused) {
      this.pause();
    }
    if (first) {
      this.#unchain(first);
    }
    this.#filters = [...nodes];
    if (first) {
      this.#plug(first);
    }
    if (paused) {
      this.play();
    }
  }

  /** Lets go of every node. */
  dispose() {
    this.stop();
    this.#unplug();
  }

  /** After a change of the source's loop. */
  syncLoop() {
    if (this.#player) {
      const { loop, loopStart, loopEnd } = this.#source;
      Object.assign(this.#player, { loop, loopStart, loopEnd });
    }
  }

  #byEngine() {
    return this.#rate === 1 && this.#detune === 0 && this.duration === undefined && this.#filters.length === 0;
  }

  /** @param {() => void} change */
  #changePitch(change) {
    const moves = this.isPlaying && this.#player === null;
    if (moves) {
      this.pause();
    } else if (this.isPlaying) {
      this.#catchUp();
    }
    change();
    if (moves) {
      this.play();
    }
  }

  /** Counts what was heard until now. */
  #catchUp() {
    const nowS = this.#context.currentTime;
    this.#progressS += Math.max(nowS - this.#sinceS, 0) * this.#rate * Math.pow(2, this.#detune / 1200);
    this.#sinceS = Math.max(nowS, this.#sinceS);
  }

  /** @param {AudioBuffer} buffer @param {number} whenS */
  #startPlayer(buffer, whenS) {
    const player = new AudioBufferSourceNode(this.#context, {
      buffer, playbackRate: this.#rate, detune: this.#detune,
    });
    this.#player = player;
    this.syncLoop();
    this.#plug(player);
    player.addEventListener('ended', () => {
      if (this.#player === player) {
        this.#dropPlayer();
        this.#over();
      }
    });
    player.start(whenS, this.#progressS + this.offset, this.duration);
  }

  /** @param {number} whenS  0 = now */
  #halt(whenS) {
    const player = this.#player;
    if (player === null) {
      // With its engine a source is disposed of; what hangs on it is taken down later.
      if (!this.#source.disposed) {
        this.#source.stop(whenS);
      }
    } else if (whenS === 0) {
      this.#dropPlayer();
      player.stop();
    } else {
      player.stop(whenS);
    }
  }

  #dropPlayer() {
    if (this.#player) {
      this.#unchain(this.#player);
      this.#player = null;
    }
  }

  #over() {
    this.isPlaying = false;
    this.#progressS = 0;
    this.#onEnded();
  }

  /** @param {AudioNode} first */
  #plug(first) {
    this.#last = this.#filters.reduce((from, to) => {
      from.connect(to);
      return to;
    }, first);
    this.#last.connect(this.#source.input);
  }

  /** @param {AudioNode} first */
  #unchain(first) {
    let from = first;
    for (const to of this.#filters) {
      from.disconnect(to);
      from = to;
    }
    if (!this.#source.disposed) {
      this.#last?.disconnect(this.#source.input);
    }
    this.#last = null;
  }

  #unplug() {
    this.#dropPlayer();
    if (this.#live) {
      this.#unchain(this.#live);
      this.#live = null;
      this.#release();
    }
  }
}
