// SPDX-License-Identifier: MIT
/** The captions that a player has, which of them is shown, and what is to be read there. */
import { captionAt, parseCaptions } from './captions.js';
import { fetchBytes } from './fetch.js';

/** @typedef {import('./captions.js').Cue} Cue */
/** @typedef {{ name: string, url: URL }} Track */

export class CaptionTracks {
  #changed;
  #failed;
  /** @type {Track[]} */
  #tracks = [];
  /** Of #tracks; -1 = none. */
  #index = -1;
  /** @type {Cue[]} */
  #cues = [];
  #abort = new AbortController();

  /**
   * @param {() => void} changed  another is shown, or it has arrived
   * @param {(error: unknown) => void} failed  the one to be shown does not come
   */
  constructor(changed, failed) {
    this.#changed = changed;
    this.#failed = failed;
  }

  /** Of the one shown; '' = none is; null = there are none. @returns {string | null} */
  get name() {
    return this.#tracks.length === 0 ? null : this.#tracks[this.#index]?.name ?? '';
  }

  /** Takes what an element has: its `captions`, and its children. @param {Element} element */
  find(element) {
    const attribute = element.getAttribute('captions');
    const children = [...element.querySelectorAll('track')]
      .filter((track) => ['captions', 'subtitles'].includes(track.kind) && track.getAttribute('src'));
    this.#tracks = [
      ...(attribute ? [{ name: 'on', url: new URL(attribute, document.baseURI) }] : []),
      ...children.map((track) => ({
        name: track.label || track.srclang || 'on', url: new URL(track.getAttribute('src') ?? '', document.baseURI),
      })),
    ];
    this.#show(attribute ? 0 : children.findIndex((track) => track.default));
  }

  clear() {
    this.#abort.abort();
    this.#tracks = [];
    this.#index = -1;
    this.#cues = [];
  }

  /** The next one; after the last none. */
  next() {
    if (this.#tracks.length > 0) {
      this.#show(this.#index + 1 >= this.#tracks.length ? -1 : this.#index + 1);
    }
  }

  /** @param {number} atS @returns {string} lines; empty = nothing */
  at(atS) {
    return this.#index < 0 ? '' : captionAt(this.#cues, atS);
  }

  /** @param {number} index  -1 = none */
  async #show(index) {
    this.#abort.abort();
    this.#abort = new AbortController();
    this.#index = index;
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
      if (!signal.aborted) {
        this.#cues = cues;
        this.#changed();
      }
    } catch (error) {
      if (!signal.aborted) {
        this.#index = -1;
        this.#failed(error);
      }
    }
  }
}
