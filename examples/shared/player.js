// SPDX-License-Identifier: MIT
/**
 * A page's audio and its state in words: one AudioContext and one pinna, made at the first press of a button, because
 * browsers let nothing sound before a gesture.
 */
import { resumeOrGiveUp } from '../../web/player/resume.js';
import { inWords } from '../../web/player/words.js';

/** @typedef {import('pinna').Pinna} Pinna */
/** @typedef {'idle' | 'starting' | 'playing' | 'paused' | 'blocked' | 'failed'} PlayerState */

/** What the button says, and what it does, in each state. @type {Record<PlayerState, string>} */
const LABELS = {
  idle: 'Play',
  starting: 'Starting…',
  playing: 'Pause',
  paused: 'Play',
  blocked: 'Let it sound',
  failed: 'Try again',
};

/** Of a 'trouble' event. */
export class TroubleEvent extends Event {
  /** @param {unknown} error */
  constructor(error) {
    super('trouble');
    this.error = error;
  }
}

/** Dispatches 'change' whenever its state does, and 'trouble' (a TroubleEvent) when it goes on with something amiss. */
export class Player extends EventTarget {
  /** @type {PlayerState} */
  state = 'idle';
  /** @type {AudioContext | null} */
  context = null;
  /** @type {Pinna | null} */
  pinna = null;
  /** @type {unknown} why it failed */
  error = null;

  #build;
  /** @type {Promise<void> | null} under way */
  #start = null;

  /**
   * @param {(context: AudioContext) => Promise<Pinna>} build  starts the engine and its sources, connected; called
   *   again with a new context after a failure
   */
  constructor(build) {
    super();
    this.#build = build;
  }

  /**
   * Starts, or goes on; to be called in the handler of a gesture. Never rejects: failing is a state.
   *
   * @returns {Promise<void>}
   */
  play() {
    if (this.state === 'playing') {
      return Promise.resolve();
    }
    this.#start ??= this.#startOrGoOn().finally(() => {
      this.#start = null;
    });
    return this.#start;
  }

  async #startOrGoOn() {
    const first = this.pinna === null;
    this.#become('starting');
    try {
      if (typeof AudioContext !== 'function') {
        throw new Error('This browser has no Web Audio (AudioContext). Use a current Chromium, Firefox or Safari.');
      }
      this.context ??= new AudioContext({ latencyHint: 'interactive' });
      const { context } = this;
      // Asked for at once, while the gesture still counts; awaited after everything is loaded.
      const resumed = resumeOrGiveUp(context);
      if (first) {
        const pinna = await this.#build(context);
        this.pinna = pinna;
        pinna.addEventListener('error', (event) => {
          const { error } = /** @type {import('pinna').PinnaErrorEvent} */ (event);
          if (pinna.state === 'failed') {
            this.#fail(error);
          } else {
            this.dispatchEvent(new TroubleEvent(error));
          }
        });
        pinna.addEventListener('statechange', () => this.#follow());
      }
      await resumed;
      this.#become(context.state === 'running' ? 'playing' : 'blocked');
    } catch (error) {
      this.#fail(error);
    }
  }

  async pause() {
    if (this.state === 'playing') {
      this.#become('paused');
      await this.context?.suspend();
    }
  }

  /** What a press of the one button does. */
  toggle() {
    return this.state === 'playing' ? this.pause() : this.play();
  }

  /** The browser or the system may stop and start a context without being asked. */
  #follow() {
    const running = this.pinna?.state === 'running';
    if (this.state === 'playing' && !running) {
      this.#become('blocked');
    } else if (this.state === 'blocked' && running) {
      this.#become('playing');
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    this.error = error;
    this.pinna?.dispose();
    this.pinna = null;
    this.context?.close().catch(() => {
      // Closed already: that may be why it failed.
    });
    this.context = null;
    this.#become('failed');
  }

  /** @param {PlayerState} state */
  #become(state) {
    if (state !== 'failed') {
      this.error = null;
    }
    this.state = state;
    this.dispatchEvent(new Event('change'));
  }
}

/**
 * A player on the page: a button, a line in words, and a panel for what went wrong.
 *
 * @param {Player} player
 * @param {{ button: HTMLButtonElement, status: HTMLElement, problem: HTMLElement, ready: string,
 *   playing?: () => string, label?: string }} parts
 */
export function bindPlayer(player, { button, status, problem, ready, playing, label }) {
  const show = () => {
    const { state } = player;
    button.textContent = state === 'idle' && label ? label : LABELS[state];
    button.disabled = state === 'starting';
    button.dataset.state = state;
    status.textContent = {
      idle: ready,
      starting: 'Loading the engine, the head and the sounds…',
      playing: playing?.() ?? 'Playing.',
      paused: 'Paused.',
      blocked: 'The browser holds the sound back until you allow it: press the button.',
      failed: 'It could not start.',
    }[state];
    if (state === 'failed') {
      showProblem(problem, 'No sound', player.error, () => player.play());
    } else {
      hideProblem(problem);
    }
  };
  button.addEventListener('click', () => player.toggle());
  player.addEventListener('change', show);
  player.addEventListener('trouble', (event) =>
    showProblem(problem, 'Something is missing', /** @type {TroubleEvent} */ (event).error));
  show();
}

/**
 * @param {HTMLElement} panel
 * @param {string} title
 * @param {unknown} error
 * @param {(() => void)} [retry]
 */
export function showProblem(panel, title, error, retry) {
  const heading = document.createElement('h2');
  heading.textContent = title;
  const text = document.createElement('p');
  text.textContent = inWords(error);
  panel.replaceChildren(heading, text);
  const code = /** @type {{ code?: unknown }} */ (error)?.code;
  if (typeof code === 'string') {
    const small = document.createElement('p');
    small.className = 'soft';
    small.textContent = `Code: ${code}`;
    panel.append(small);
  }
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button small';
  button.textContent = retry ? 'Try again' : 'Close';
  button.addEventListener('click', () => {
    hideProblem(panel);
    retry?.();
  });
  panel.append(button);
  panel.hidden = false;
}

/** @param {HTMLElement} panel */
export function hideProblem(panel) {
  panel.hidden = true;
  panel.replaceChildren();
}
