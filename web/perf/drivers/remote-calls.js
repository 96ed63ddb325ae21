// SPDX-License-Identifier: MIT
/**
 * Calls over a WebSocket, as the DevTools protocol and WebDriver BiDi both make them: `{ id, method, params }` there,
 * `{ id, result }` or an error back, and events without an id.
 */
import { connectWebSocket } from './web-socket.js';

/** A browser that says nothing for so long has crashed or hangs. */
const ANSWER_MS = 60000;

/** @typedef {(params: any, session: string | undefined) => void} Listener */

export class RemoteCalls {
  #socket;
  #nextId = 1;
  /** @type {Map<number, { method: string, resolve: (result: any) => void, reject: (error: Error) => void,
   *   limit: NodeJS.Timeout }>} */
  #pending = new Map();
  /** @type {Map<string, Set<Listener>>} */
  #listeners = new Map();
  /** @type {Error | null} */
  #ended = null;

  /** @param {import('./web-socket.js').WebSocketClient} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.onMessage = (text) => this.#receive(JSON.parse(text));
    socket.onClose = (error) => this.#end(error);
  }

  /**
   * @param {string} method
   * @param {object} [params]
   * @param {string} [session]  of the DevTools protocol: which page
   * @returns {Promise<any>}
   */
  call(method, params = {}, session) {
    if (this.#ended !== null) {
      return Promise.reject(new Error(`${method}: ${this.#ended.message}`));
    }
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.#pending.delete(id);
        reject(new Error(`${method}: the browser did not answer in ${ANSWER_MS / 1000} s`));
      }, ANSWER_MS);
      this.#pending.set(id, { method, resolve, reject, limit });
      this.#socket.send(JSON.stringify({ id, method, params, ...(session ? { sessionId: session } : {}) }));
    });
  }

  /** @param {string} method  of an event @param {Listener} listener @returns {() => void} ends it */
  on(method, listener) {
    const listeners = this.#listeners.get(method) ?? new Set();
    this.#listeners.set(method, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  close() {
    this.#socket.close();
    this.#end(new Error('closed'));
  }

  /** @param {any} message */
  #receive(message) {
    if (message.id === undefined || message.id === null) {
      this.#listeners.get(message.method)?.forEach((listener) => listener(message.params, message.sessionId));
      return;
    }
    const pending = this.#pending.get(message.id);
    if (pending) {
      clearTimeout(pending.limit);
      this.#pending.delete(message.id);
      // DevTools: { error: { message } }. BiDi: { type: 'error', error: code, message }.
      if (message.error === undefined) {
        pending.resolve(message.result);
      } else {
        const said = message.error.message ?? `${message.error}: ${message.message}`;
        pending.reject(new Error(`${pending.method}: ${said}`));
      }
    }
  }

  /** @param {Error} error */
  #end(error) {
    this.#ended ??= error;
    for (const { method, reject, limit } of this.#pending.values()) {
      clearTimeout(limit);
      reject(new Error(`${method}: ${error.message}`));
    }
    this.#pending.clear();
  }
}

/** @param {string} url @returns {Promise<RemoteCalls>} */
export async function connectCalls(url) {
  return new RemoteCalls(await connectWebSocket(url));
}
