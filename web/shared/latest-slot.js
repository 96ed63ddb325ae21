// SPDX-License-Identifier: MIT
/**
 * One writer hands its newest bytes to one reader on another thread. Nothing waits, nothing tears, nothing queues.
 *
 * Three slots: the writer owns one, the reader owns one, the third lies between them with a mark that says whether it
 * is newer than what the reader has. Each side swaps its slot with the middle one by a single atomic exchange.
 */

/** Of the state word: the middle slot was published after the reader last took one. */
const FRESH = 4;
const INDEX = 3;

/** Bytes before the slots: the state word, on a cache line of its own. */
const CONTROL_BYTES = 64;

/** @param {number} bytes  of one snapshot */
function slotBytes(bytes) {
  return Math.ceil(bytes / CONTROL_BYTES) * CONTROL_BYTES;
}

/**
 * Shared memory for snapshots of this length.
 *
 * @param {number} bytes
 */
export function createLatestSlot(bytes) {
  const memory = new SharedArrayBuffer(CONTROL_BYTES + 3 * slotBytes(bytes));
  // The writer begins with slot 0, the middle is slot 1, the reader begins with slot 2.
  new Int32Array(memory)[0] = 1;
  return memory;
}

/**
 * @param {SharedArrayBuffer} memory
 * @param {number} bytes
 */
function slotViews(memory, bytes) {
  return [0, 1, 2].map((i) => new Uint8Array(memory, CONTROL_BYTES + i * slotBytes(bytes), bytes));
}

export class LatestSlotWriter {
  /**
   * @param {SharedArrayBuffer} memory  of createLatestSlot
   * @param {number} bytes              the same
   */
  constructor(memory, bytes) {
    this.state = new Int32Array(memory, 0, 1);
    this.slots = slotViews(memory, bytes);
    this.own = 0;
  }

  /** @param {Uint8Array} snapshot */
  publish(snapshot) {
    this.slots[this.own].set(snapshot);
    this.own = Atomics.exchange(this.state, 0, this.own | FRESH) & INDEX;
  }
}

export class LatestSlotReader {
  /**
   * @param {SharedArrayBuffer} memory  of createLatestSlot
   * @param {number} bytes              the same
   */
  constructor(memory, bytes) {
    this.state = new Int32Array(memory, 0, 1);
    this.slots = slotViews(memory, bytes);
    this.own = 2;
  }

  /**
   * Copies the newest snapshot, if there is one that was not taken yet. Allocates nothing.
   *
   * @param {Uint8Array} target
   * @returns {boolean} whether there was
   */
  take(target) {
    if ((Atomics.load(this.state, 0) & FRESH) === 0) {
      return false;
    }
    this.own = Atomics.exchange(this.state, 0, this.own) & INDEX;
    target.set(this.slots[this.own]);
    return true;
  }
}
