// SPDX-License-Identifier: MIT
/** All that is seen of a player, and what is pressed there. It knows nothing of sound. */
import { icon, make, say } from './dom.js';
import { Timeline } from './timeline.js';
import { View } from './view.js';
import { clock } from './words.js';

/** @typedef {import('./stage.js').PlayerStage} PlayerStage */
/** @typedef {import('./stage.js').PlayerVoice} PlayerVoice */
/** @typedef {import('./state.js').PlayerState} PlayerState */

/**
 * What the listener does.
 *
 * @typedef {object} Actions
 * @property {() => void} toggle
 * @property {(positionS: number) => void} seek
 * @property {(volume: number) => void} volume    0 to 1
 * @property {() => void} mute
 * @property {(strength: number) => void} strength  0 to 1
 * @property {() => void} mono
 * @property {() => void} loop
 * @property {() => void} captions
 * @property {() => void} straight
 * @property {() => void} places
 * @property {() => void} phone
 * @property {() => void} retry
 * @property {() => void} close  a problem that has been read
 */

/**
 * What a face shows beside time and levels.
 *
 * @typedef {object} Model
 * @property {PlayerState} state
 * @property {string} title
 * @property {string} about
 * @property {number} progress       of loading, 0 to 1
 * @property {number} volume
 * @property {boolean} muted
 * @property {number} strength
 * @property {boolean} mono
 * @property {boolean} loop
 * @property {string | null} captions  the language or name of those shown; '' = none is shown; null = there are none
 * @property {boolean} moved         a source, or the head
 * @property {boolean} phone         there may be a sensor
 * @property {boolean} following
 * @property {Problem | null} problem
 */

/** @typedef {{ title: string, words: string, fatal: boolean }} Problem  fatal: nothing plays until it is mended */

/** The chief button, by state: what it is called and drawn as. @type {Record<PlayerState, [string, string]>} */
const CHIEF = {
  empty: ['Play', 'play'],
  idle: ['Play', 'play'],
  loading: ['Play', 'play'],
  starting: ['Play', 'play'],
  blocked: ['Play', 'play'],
  playing: ['Pause', 'pause'],
  paused: ['Play', 'play'],
  ended: ['Play again', 'again'],
  error: ['Try again', 'again'],
};

/** What is said before announcements, so that keys held down announce once. */
const SETTLE_MS = 350;

let faces = 0;

export class Face {
  #actions;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #announcing;
  #drawn = '';
  #title;
  #kind = make('p', { class: 'kind' });
  #cover = make('div', { class: 'cover', part: 'cover' });
  #caption = make('p', { class: 'caption', part: 'caption', dir: 'auto', hidden: '' });
  #captionRow = make('div', { class: 'captions', hidden: '' }, this.#caption);
  #live = make('p', { class: 'sr-only', 'aria-live': 'polite' });
  #problem = make('div', { class: 'problem', part: 'problem', role: 'alert', hidden: '' });
  #now = make('span', {}, '0:00');
  #whole = make('span');
  #levels = ['left', 'right'].map(() => make('i'));
  /** @type {HTMLButtonElement} */
  #play;
  /** @type {HTMLButtonElement} */
  #mute;
  /** @type {HTMLInputElement} */
  #volume;
  /** @type {HTMLInputElement} */
  #strength;
  /** @type {HTMLElement} */
  #strengthWords;
  /** @type {HTMLButtonElement} */
  #mono;
  /** @type {HTMLButtonElement} */
  #loop;
  /** @type {HTMLButtonElement} */
  #captions;
  /** @type {HTMLButtonElement} */
  #straight;
  /** @type {HTMLButtonElement} */
  #places;
  /** @type {HTMLButtonElement} */
  #phone;

  /**
   * @param {PlayerStage} stage
   * @param {Actions} actions
   */
  constructor(stage, actions) {
    this.#actions = actions;
    faces += 1;
    this.#title = make('p', { class: 'title', part: 'title', id: `title-${faces}` });
    const viewRoot = make('div', { class: 'view', part: 'view' });
    this.timeline = new Timeline();
    this.timeline.root.setAttribute('part', 'timeline');
    this.timeline.addEventListener('seek', (event) => actions.seek(/** @type {CustomEvent} */ (event).detail));

    this.#play = make('button', { type: 'button', class: 'play', part: 'play-button' });
    this.#play.addEventListener('click', () => actions.toggle());
    this.#mute = tool('Mute', 'loud', actions.mute, 'mute-button');
    this.#volume = slider('Volume', actions.volume);
    this.#strength = slider('Space', actions.strength);
    this.#mono = tool('Mono', null, actions.mono, 'mono-button');
    this.#loop = tool('Repeat', 'loop', actions.loop, 'loop-button');
    this.#captions = tool('Captions', 'captions', actions.captions, 'captions-button');
    this.#straight = tool('Look ahead', 'ahead', actions.straight, 'ahead-button');
    this.#places = tool('Sources back in place', 'places', actions.places, 'places-button');
    this.#phone = tool('Turn the head with this device', 'phone', actions.phone, 'device-button');
    this.#strengthWords = make('output');

    const time = make('p', { class: 'time', part: 'time', 'aria-hidden': 'true' }, this.#now, ' ', this.#whole);
    const levels = make('div', { class: 'levels', part: 'levels', 'aria-hidden': 'true' },
      'L', this.#levels[0], 'R', this.#levels[1]);
    this.#levels.forEach((bar, ear) => bar.style.setProperty('--colour', `var(--${['left', 'right'][ear]})`));
    const deck = make('div', { class: 'deck', part: 'controls' },
      make('div', { class: 'about' }, this.#title, this.#kind),
      this.#problem,
      this.timeline.root,
      make('div', { class: 'row transport' }, this.#play, time,
        make('div', { class: 'volume push' }, this.#mute, this.#volume), levels),
      make('div', { class: 'row shape' },
        make('label', { class: 'space' }, 'Space', this.#strength, this.#strengthWords),
        make('div', { class: 'tools push' },
          this.#mono, this.#loop, this.#captions, this.#straight, this.#places, this.#phone)));
    this.root = make('section', { class: 'player', part: 'player', 'aria-labelledby': this.#title.id },
      make('div', { class: 'scene', part: 'scene' }, viewRoot, this.#cover, this.#captionRow), deck, this.#live);
    this.root.addEventListener('keydown', (event) => this.#onKey(event));
    this.view = new View(viewRoot, stage, {
      plane: 'top', reachM: stage.reachM, announce: (words) => this.announce(words),
    });
  }

  /** @param {string} words  for those who listen to the page */
  announce(words) {
    clearTimeout(this.#announcing);
    this.#announcing = setTimeout(() => {
      this.#live.textContent = words;
    }, SETTLE_MS);
  }

  /** @param {Model} model */
  show(model) {
    const { state } = model;
    this.root.dataset.state = state;
    this.root.setAttribute('aria-busy', String(state === 'loading' || state === 'starting'));
    say(this.#title, model.title);
    say(this.#kind, model.about);
    const [label, drawing] = CHIEF[state];
    this.#play.setAttribute('aria-label', label);
    const waits = state === 'starting' || state === 'empty';
    this.#play.setAttribute('aria-disabled', String(waits));
    if (this.#drawn !== drawing) {
      this.#drawn = drawing;
      this.#play.replaceChildren(icon(drawing));
    }
    press(this.#mute, model.muted, model.muted ? 'muted' : 'loud');
    if (Number(this.#volume.value) !== model.volume) {
      this.#volume.value = String(model.volume);
    }
    this.#volume.setAttribute('aria-valuetext', `${Math.round(100 * model.volume)} percent`);
    if (Number(this.#strength.value) !== model.strength) {
      this.#strength.value = String(model.strength);
    }
    const percent = `${Math.round(100 * model.strength)} %`;
    const off = model.mono ? 'off' : percent;
    say(this.#strengthWords, off);
    this.#strength.setAttribute('aria-valuetext', off);
    this.#strength.disabled = model.mono;
    press(this.#mono, model.mono);
    press(this.#loop, model.loop);
    this.#captions.hidden = model.captions === null;
    press(this.#captions, Boolean(model.captions));
    this.#captionRow.hidden = !model.captions || state === 'error';
    const named = model.captions ? `Captions: ${model.captions}` : 'Captions';
    this.#captions.setAttribute('aria-label', named);
    this.#captions.title = named;
    this.#straight.hidden = model.following;
    this.#places.hidden = !model.moved;
    this.#phone.hidden = !model.phone;
    press(this.#phone, model.following);
    this.#showCover(model);
    this.#showProblem(model.problem);
  }

  /** @param {Model} model */
  #showCover({ state, progress }) {
    const cover = this.#cover;
    const shows = state === 'loading' || state === 'starting' || state === 'blocked';
    cover.hidden = !shows;
    if (!shows) {
      cover.dataset.state = '';
      cover.replaceChildren();
      return;
    }
    if (cover.dataset.state !== state) {
      cover.dataset.state = state;
      if (state === 'blocked') {
        const button = make('button', { type: 'button', class: 'tool word', part: 'unblock-button' }, 'Let it sound');
        button.addEventListener('click', () => this.#actions.toggle());
        cover.replaceChildren(make('p', {}, 'Your browser holds the sound back until you allow it.'), button);
      } else {
        cover.replaceChildren(
          make('div', { class: 'ring', role: 'progressbar', 'aria-label': 'Loading', 'aria-valuemin': '0',
            'aria-valuemax': '100' }), make('p'));
      }
    }
    if (state !== 'blocked') {
      const [ring, words] = /** @type {HTMLElement[]} */ ([...cover.children]);
      const known = state === 'loading' && progress > 0;
      ring.classList.toggle('unknown', !known);
      if (known) {
        ring.style.setProperty('--done', progress.toFixed(3));
        ring.setAttribute('aria-valuenow', String(Math.round(100 * progress)));
      } else {
        ring.removeAttribute('aria-valuenow');
      }
      say(words, state === 'starting' ? 'Starting the engine…' :
        known ? `Loading, ${Math.round(100 * progress)} %` : 'Loading…');
    }
  }

  /** @param {Problem | null} problem */
  #showProblem(problem) {
    const panel = this.#problem;
    panel.hidden = problem === null;
    const words = problem?.words ?? '';
    if (panel.dataset.words !== words) {
      panel.dataset.words = words;
      panel.replaceChildren();
      if (problem !== null) {
        const { fatal } = problem;
        const mend = make('button', { type: 'button', class: 'tool word' }, fatal ? 'Try again' : 'Close');
        mend.addEventListener('click', () => (fatal ? this.#actions.retry() : this.#actions.close()));
        panel.append(make('strong', {}, problem.title), make('p', { tabindex: '0' }, words), mend);
      }
    }
  }

  /** @param {number} positionS @param {number} durationS */
  time(positionS, durationS) {
    say(this.#now, clock(positionS));
    say(this.#whole, durationS > 0 ? `/ ${clock(durationS)}` : '');
    this.timeline.show(positionS, durationS);
  }

  /** @param {readonly number[]} levels  of the ears, 0 to 1 */
  levels(levels) {
    this.#levels.forEach((bar, ear) => bar.style.setProperty('--level', levels[ear].toFixed(3)));
  }

  /** @param {string} words  empty = none */
  caption(words) {
    say(this.#caption, words);
    this.#caption.hidden = words === '';
  }

  /** Keys that work anywhere in the player, but for what has keys of its own. @param {KeyboardEvent} event */
  #onKey(event) {
    if (event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    /** @type {Record<string, () => void>} */
    const keys = { k: this.#actions.toggle, m: this.#actions.mute, c: this.#actions.captions };
    const key = event.key.toLowerCase();
    if (Object.hasOwn(keys, key)) {
      event.preventDefault();
      keys[key]();
    } else if (key === ' ' && event.target === this.timeline.root) {
      event.preventDefault();
      this.#actions.toggle();
    }
  }
}

/**
 * @param {string} label
 * @param {string | null} drawing  null = its label is shown
 * @param {() => void} action
 * @param {string} part
 */
function tool(label, drawing, action, part) {
  const button = make('button', { type: 'button', part, class: drawing === null ? 'tool word' : 'tool' });
  if (drawing === null) {
    button.append(label);
  } else {
    button.setAttribute('aria-label', label);
    button.title = label;
    button.append(icon(drawing));
  }
  button.addEventListener('click', () => action());
  return button;
}

/** @param {HTMLButtonElement} button @param {boolean} on @param {string} [drawing] */
function press(button, on, drawing) {
  if (button.getAttribute('aria-pressed') !== String(on)) {
    button.setAttribute('aria-pressed', String(on));
    if (drawing) {
      button.replaceChildren(icon(drawing));
    }
  }
}

/** @param {string} label @param {(value: number) => void} action */
function slider(label, action) {
  const input = make('input', { type: 'range', min: '0', max: '1', step: '0.01', 'aria-label': label });
  input.addEventListener('input', () => action(Number(input.value)));
  return input;
}
