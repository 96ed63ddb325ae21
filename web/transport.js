// SPDX-License-Identifier: MIT
/**
 * How snapshots reach the audio thread: through shared memory, or the same bytes by message.
 */
import { LatestSlotWriter, createLatestSlot } from './shared/latest-slot.js';

/**
 * @typedef {object} Transport
 * @property {SharedArrayBuffer | undefined} memory  for the processor
 * @property {(snapshot: Uint8Array, urgent: boolean) => void} publish
 *   Urgent: it must be under way when the call returns.
 * @property {(buffer: ArrayBuffer) => void} returned  the processor is done with a message
 */

/** Whether pages may share memory with their worklets here. */
export function canShareMemory() {
  return typeof SharedArrayBuffer === 'function' && globalThis.crossOriginIsolated === true;
}

/**
 * @param {number} bytes  of a snapshot
 * @returns {Transport}
 */
export function sharedTransport(bytes) {
  const memory = createLatestSlot(bytes);
  const writer = new LatestSlotWriter(memory, bytes);
  return {
    memory,
    publish: (snapshot) => writer.publish(snapshot),
    returned: () => {},
  };
}

/**
 * Two buffers travel back and forth, so that a moving scene makes no garbage on the audio thread. When both are under
 * way the newest snapshot waits for the first to return: slower, never queued.
 *
 * @param {number} bytes  of a snapshot
 * @param {MessagePort} port
 * @returns {Transport}
 */
export function messageTransport(bytes, port) {
  const free = [new ArrayBuffer(bytes), new ArrayBuffer(bytes)];
  /** @type {Uint8Array | null} */
  let waiting = null;
  /** @param {ArrayBuffer} buffer @param {Uint8Array} snapshot */
  const send = (buffer, snapshot) => {
    new Uint8Array(buffer).set(snapshot);
    port.postMessage(buffer, [buffer]);
  };
  return {
    memory: undefined,
    publish(snapshot, urgent) {
      const buffer = free.pop() ?? (urgent ? new ArrayBuffer(bytes) : null);
      waiting = buffer === null ? snapshot : null;
      if (buffer !== null) {
        send(buffer, snapshot);
      }
    },
    returned(buffer) {
      if (waiting !== null) {
        const snapshot = waiting;
        waiting = null;
        send(buffer, snapshot);
      } else if (free.length < 2) {
        free.push(buffer);
      }
    },
  };
}
