// SPDX-License-Identifier: MIT
/** The list of sources and the controls of the chosen one: everything that the pictures offer, in words and sliders. */
import { azimuth, elevation, fromAngles, length, placeInBrief, placeInWords } from '../shared/space.js';
import { REACH_M } from './studio.js';

/** @typedef {import('./studio.js').Studio} Studio */
/** @typedef {import('./studio.js').Voice} Voice */
/** @typedef {import('./studio.js').Motion} Motion */

const DEGREE = Math.PI / 180;

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string>} [attributes]
 * @param {(Node | string)[]} [children]
 * @returns {HTMLElementTagNameMap[K]}
 */
function make(tag, attributes = {}, children = []) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

export class Panel {
  #studio;
  #list;
  #detail;
  #dismiss;
  /** @type {Map<Voice, { place: HTMLElement, mute: HTMLButtonElement }>} */
  #rows = new Map();
  /** @type {(() => void)[]} bring the chosen one's controls up to date */
  #follow = [];

  /**
   * @param {Studio} studio
   * @param {HTMLElement} list
   * @param {HTMLElement} detail
   * @param {(voice: Voice) => void} dismiss
   */
  constructor(studio, list, detail, dismiss) {
    this.#studio = studio;
    this.#list = list;
    this.#detail = detail;
    this.#dismiss = dismiss;
    this.rebuild();
  }

  /** After sources came, went, or were chosen. */
  rebuild() {
    // Rows stay as they are where they can, so that focus stays too.
    const { voices, selected } = this.#studio;
    const wanted = voices.map((voice) => voice.id).join();
    if (this.#list.dataset.voices !== wanted) {
      this.#list.dataset.voices = wanted;
      this.#rows.clear();
      this.#list.replaceChildren(...voices.map((voice) => this.#row(voice)));
    }
    for (const row of this.#list.children) {
      const chosen = /** @type {HTMLElement} */ (row).dataset.source === selected?.id;
      row.classList.toggle('selected', chosen);
      row.querySelector('.choose')?.setAttribute('aria-pressed', String(chosen));
    }
    if (this.#detail.dataset.source !== (selected?.id ?? '')) {
      this.#detail.dataset.source = selected?.id ?? '';
      this.#showDetail(selected);
    }
    this.refresh();
  }

  /** After values changed, or time passed. */
  refresh() {
    for (const [voice, { place, mute }] of this.#rows) {
      const at = this.#studio.headPlace(voice);
      const words = placeInBrief(at);
      if (place.textContent !== words) {
        place.textContent = words;
        place.setAttribute('aria-label', placeInWords(at));
      }
      mute.setAttribute('aria-pressed', String(voice.muted));
      mute.textContent = voice.muted ? 'Muted' : 'Mute';
    }
    this.#follow.forEach((follow) => follow());
  }

  /** @param {Voice} voice */
  #row(voice) {
    const place = make('span', { class: 'place', role: 'img' });
    const choose = make('button', { type: 'button', class: 'choose', 'aria-pressed': 'false' }, [
      make('span', { class: 'swatch', style: `--colour: var(--source-${voice.colour})` }),
      make('span', { class: 'title' }, [voice.name]),
      place,
    ]);
    choose.addEventListener('click', () => this.#studio.select(voice));
    const mute = make('button', {
      type: 'button', class: 'button small mute', 'aria-pressed': 'false', 'aria-label': `Mute ${voice.name}`,
    });
    mute.addEventListener('click', () => this.#studio.set(voice, { muted: !voice.muted }));
    this.#rows.set(voice, { place, mute });
    return make('li', { 'data-source': voice.id }, [choose, mute]);
  }

  /** @param {Voice | null} voice */
  #showDetail(voice) {
    this.#follow = [];
    if (voice === null) {
      this.#detail.replaceChildren(make('p', { class: 'soft' }, ['No source. Add a sound, a file or the microphone.']));
      return;
    }
    const studio = this.#studio;
    /** Straight above the head every direction is the same: the slider keeps the one it had. */
    let direction = 0;
    const spot = () => studio.roomPlace(voice);
    const put = (/** @type {number} */ clockwise, /** @type {number} */ up, /** @type {number} */ metres) =>
      studio.moveTo(voice, fromAngles(clockwise, up, metres));
    const remove = make('button', { type: 'button', class: 'button small' }, ['Remove']);
    remove.addEventListener('click', () => this.#dismiss(voice));
    this.#detail.replaceChildren(
      make('div', { class: 'detail-head' }, [
        make('span', { class: 'swatch', style: `--colour: var(--source-${voice.colour})` }),
        make('h3', {}, [voice.name]), remove]),
      this.#slider('Gain', [0, 2, 0.01], {
        read: () => voice.gain,
        words: (gain) => (gain === 0 ? 'silent' : `${(20 * Math.log10(gain)).toFixed(1)} dB`),
        write: (gain) => studio.set(voice, { gain }),
      }),
      this.#slider('Direction', [-180, 180, 1], {
        read: () => {
          const [x, , z] = spot();
          if (Math.hypot(x, z) > 0.02) {
            direction = azimuth(spot());
          }
          return Math.round(direction / DEGREE);
        },
        words: (degrees) => (degrees === 0 ? 'ahead' : `${Math.abs(degrees)}° ${degrees > 0 ? 'right' : 'left'}`),
        write: (degrees) => {
          direction = degrees * DEGREE;
          put(direction, elevation(spot()), length(spot()));
        },
      }),
      this.#slider('Elevation', [-90, 90, 1], {
        read: () => Math.round(elevation(spot()) / DEGREE),
        words: (degrees) => (degrees === 0 ? 'level' : `${Math.abs(degrees)}° ${degrees > 0 ? 'up' : 'down'}`),
        write: (degrees) => put(direction, degrees * DEGREE, length(spot())),
      }),
      this.#slider('Distance', [0, REACH_M, 0.05], {
        read: () => length(spot()),
        words: (metres) => `${metres.toFixed(2)} m`,
        write: (metres) => put(direction, elevation(spot()), Math.max(0.01, metres)),
      }),
      this.#motion(voice),
      make('div', { class: 'checks' }, [
        this.#check('Doppler', 'sound takes its time: fast motion is heard as pitch', {
          read: () => voice.doppler,
          write: (doppler) => studio.set(voice, { doppler }),
        }),
        this.#check('Head-locked', 'turns with the head', {
          read: () => voice.headLocked,
          write: (headLocked) => studio.set(voice, { headLocked }),
        }),
      ]),
    );
  }

  /**
   * @param {string} label
   * @param {[min: number, max: number, step: number]} range
   * @param {{ read: () => number, words: (value: number) => string, write: (value: number) => void }} link
   */
  #slider(label, [min, max, step], { read, words, write }) {
    const input = make('input', { type: 'range', min: String(min), max: String(max), step: String(step) });
    const output = make('output');
    const follow = () => {
      const value = read();
      if (document.activeElement !== input || Math.abs(Number(input.value) - value) > step) {
        input.value = String(value);
      }
      const text = words(value);
      if (output.textContent !== text) {
        output.textContent = text;
        input.setAttribute('aria-valuetext', text);
      }
    };
    input.addEventListener('input', () => write(Number(input.value)));
    this.#follow.push(follow);
    return make('label', { class: 'slider' }, [make('span', {}, [label]), input, output]);
  }

  /** @param {Voice} voice */
  #motion(voice) {
    const select = make('select');
    for (const [value, text] of [['still', 'stays'], ['circle', 'circles'], ['pass', 'flies past']]) {
      select.append(make('option', { value }, [text]));
    }
    select.addEventListener('change', () =>
      this.#studio.set(voice, { motion: /** @type {Motion} */ (select.value) }));
    this.#follow.push(() => {
      select.value = voice.motion;
    });
    return make('label', { class: 'slider' }, [make('span', {}, ['Motion']), select, make('output')]);
  }

  /**
   * @param {string} label
   * @param {string} hint
   * @param {{ read: () => boolean, write: (value: boolean) => void }} link
   */
  #check(label, hint, { read, write }) {
    const input = make('input', { type: 'checkbox' });
    input.addEventListener('change', () => write(input.checked));
    this.#follow.push(() => {
      input.checked = read();
    });
    return make('label', { class: 'check', title: hint }, [input, label]);
  }
}
