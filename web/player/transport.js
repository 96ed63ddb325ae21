// SPDX-License-Identifier: MIT
/**
 * Where in a programme it is, and the playing of it: to the sample, without clicks.
 *
 * Time is the context's: what plays since `when` from `offset` on is at offset + (now - when). When the context is held
 * up, so is the programme.
 */

/** Something that was started: it fades out and ends at a time of the context. */
/** @typedef {{ stop: (when: number) => void, loop: (on: boolean) => boolean }} Take */

/**
 * Starts a programme at a time of the context, somewhere in it; what it returns repeats by itself if `loop` answers
 * true, and is started anew at its end if not.
 *
 * @typedef {(when: number, offsetS: number, loop: boolean) => Take} Start
 */

/** So much later than asked for, so that all of it begins at the same sample. */
const LEAD_S = 0.02;

/** A repetition is prepared so long before it is due. */
const PREPARE_S = 0.5;

/** Dispatches 'ended' when the programme is at its end and does not repeat. */
export class Transport extends EventTarget {
  #durationS;
  /** @type {BaseAudioContext | null} */
  #context = null;
  /** @type {Start | null} */
  #start = null;
  /** @type {Take | null} */
  #take = null;
  #when = 0;
  #offsetS = 0;
  #loop = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** The next round is under way already. @type {{ take: Take, when: number } | null} */
  #next = null;

  /** @param {number} durationS */
  constructor(durationS) {
    super();
    this.#durationS = durationS;
  }

  /** @param {BaseAudioContext} context @param {Start} start */
  attach(context, start) {
    this.#context = context;
    this.#start = start;
  }

  get durationS() {
    return this.#durationS;
  }

  get playing() {
    return this.#take !== null;
  }

  get loop() {
    return this.#loop;
  }

  set loop(on) {
    if (on === this.#loop) {
      return;
    }
    const positionS = this.positionS;
    this.#loop = on;
    if (this.#take !== null && this.#context !== null) {
      // Rounds that have passed are forgotten; a beginning that is still to come stays.
      const now = Math.max(this.#context.currentTime, this.#when);
      this.#offsetS = positionS;
      this.#when = now;
      this.#next?.take.stop(0);
      this.#next = null;
      this.#take.loop(on);
      this.#watch();
    }
  }

  /** Seconds, 0 to the duration. */
  get positionS() {
    if (this.#take === null || this.#context === null) {
      return this.#offsetS;
    }
    const atS = this.#offsetS + Math.max(0, this.#context.currentTime - this.#when);
    return this.#loop ? atS % this.#durationS : Math.min(atS, this.#durationS);
  }

  /** Goes on, or begins again where it had ended. */
  play() {
    if (this.#take === null) {
      this.#begin(this.#offsetS >= this.#durationS ? 0 : this.#offsetS);
    }
  }

  pause() {
    this.#offsetS = this.positionS;
    this.#halt();
  }

  /** @param {number} positionS */
  seek(positionS) {
    const toS = Math.min(this.#durationS, Math.max(0, positionS));
    const goesOn = this.#take !== null;
    this.#halt();
    this.#offsetS = toS;
    if (goesOn) {
      if (toS < this.#durationS) {
        this.#begin(toS);
      } else {
        this.#finish();
      }
    }
  }

  /** @param {number} offsetS */
  #begin(offsetS) {
    if (this.#context === null || this.#start === null) {
      throw new TypeError('a transport plays after attach() only');
    }
    this.#offsetS = offsetS;
    this.#when = this.#context.currentTime + LEAD_S;
    this.#take = this.#start(this.#when, offsetS, this.#loop);
    this.#watch();
  }

  #halt() {
    clearTimeout(this.#timer);
    this.#take?.stop(0);
    this.#next?.take.stop(0);
    this.#take = null;
    this.#next = null;
  }

  #finish() {
    if (this.#loop) {
      this.#begin(0);
      return;
    }
    this.#halt();
    this.#offsetS = this.#durationS;
    this.dispatchEvent(new Event('ended'));
  }

  /** Looks again when it should be at its end: timers and the context's clock differ. */
  #watch() {
    clearTimeout(this.#timer);
    const context = this.#context;
    const take = this.#take;
    if (context === null || take === null) {
      return;
    }
    const endS = this.#when + this.#durationS - this.#offsetS;
    if (this.#loop) {
      if (take.loop(true)) {
        return;
      }
      this.#timer = setTimeout(() => this.#repeat(endS), 1000 * Math.max(0, endS - PREPARE_S - context.currentTime));
      return;
    }
    this.#timer = setTimeout(() => {
      if (context.currentTime >= endS) {
        this.#finish();
      } else {
        this.#watch();
      }
    }, Math.max(10, 1000 * (endS - context.currentTime)));
  }

  /** Of what cannot repeat by itself: the next round begins at the sample where this one ends. @param {number} endS */
  #repeat(endS) {
    const context = /** @type {BaseAudioContext} */ (this.#context);
    if (this.#next === null && this.#start !== null && context.currentTime >= endS - PREPARE_S) {
      this.#next = { take: this.#start(endS, 0, true), when: endS };
    }
    if (this.#next !== null && context.currentTime >= endS) {
      this.#take = this.#next.take;
      this.#when = this.#next.when;
      this.#offsetS = 0;
      this.#next = null;
      this.#watch();
      return;
    }
    const dueS = this.#next === null ? endS - PREPARE_S : endS;
    this.#timer = setTimeout(() => this.#repeat(endS), Math.max(10, 1000 * (dueS - context.currentTime)));
  }
}
