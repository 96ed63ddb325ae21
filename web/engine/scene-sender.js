// SPDX-License-Identifier: MIT
/**
 * An engine's scene on its way to the audio thread: once per turn of the event loop, if anything changed, or at once
 * where somebody waits for it.
 */
import { SceneWriter } from '../shared/scene-writer.js';
import { messageTransport } from '../transport.js';

/** @typedef {import('../errors.js').PinnaError} PinnaError */
/** @typedef {import('../transport.js').Transport} Transport */

export class SceneSender {
  #transport;
  #post;
  #sent;
  #dirty = false;
  #scheduled = false;
  #ended = false;
  #flushes = 0;
  /** @type {Map<number, { resolve: () => void, reject: (error: PinnaError) => void }>} */
  #flushing = new Map();

  /**
   * @param {object} home
   * @param {number} home.maxSources
   * @param {Transport | null} home.transport  null = messages
   * @param {MessagePort} home.port
   * @param {(message: { type: 'flush', id: number }) => void} home.post
   * @param {(urgent: boolean) => void} home.sent  after each
   */
  constructor({ maxSources, transport, port, post, sent }) {
    this.writer = new SceneWriter(maxSources);
    this.#transport = transport ?? messageTransport(this.writer.bytes.byteLength, port);
    this.#post = post;
    this.#sent = sent;
  }

  /** It is to be sent when this turn of the event loop ends. */
  changed() {
    this.#dirty = true;
    if (!this.#scheduled) {
      this.#scheduled = true;
      queueMicrotask(() => {
        this.#scheduled = false;
        this.send(false);
      });
    }
  }

  /** Sends what changed. @param {boolean} urgent  even if nothing did, and so that it is under way on return */
  send(urgent) {
    if (!this.#ended && (this.#dirty || urgent)) {
      this.#dirty = false;
      this.writer.commit();
      this.#transport.publish(this.writer.bytes, urgent);
      this.#sent(urgent);
    }
  }

  /** Takes another engine's listener over. @param {SceneWriter} writer  the other's @param {boolean} urgent */
  follow(writer, urgent) {
    this.writer.followListener(writer);
    this.#dirty = true;
    this.send(urgent);
  }

  /** The scene is sent; settles when the audio thread has it, and everything sent before. @returns {Promise<void>} */
  flush() {
    this.send(true);
    this.#flushes += 1;
    const id = this.#flushes;
    return new Promise((resolve, reject) => {
      this.#flushing.set(id, { resolve, reject });
      this.#post({ type: 'flush', id });
    });
  }

  /** The audio thread has what flush() sent. @param {number} id */
  flushed(id) {
    this.#flushing.get(id)?.resolve();
    this.#flushing.delete(id);
  }

  /** The audio thread is done with a message. @param {ArrayBuffer} buffer */
  returned(buffer) {
    this.#transport.returned(buffer);
  }

  /** Nothing is sent any more. @param {PinnaError} error  for who waits */
  end(error) {
    this.#ended = true;
    this.#flushing.forEach(({ reject }) => reject(error));
    this.#flushing.clear();
  }
}
