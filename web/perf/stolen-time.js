// SPDX-License-Identifier: MIT
/** What a thread that only looks at the clock is kept from: time that other programs, or a host, took. */

/** Shorter gaps are the thread's own: a page fault, a timer of the kernel's. */
const GAP_MS = 0.3;

/** A clock of whole milliseconds has gaps of one itself, and of a bit more where it is blurred. */
const CLOCK_STEPS = 2.1;

/**
 * Computes for a while, and adds up by how much the clock jumped.
 *
 * @param {number} forMs
 * @param {() => number} [now]  ms
 * @returns {{ ms: number, stolenMs: number, longestMs: number }}  how long it was, how much of that was gone, and the
 *   longest time at a stretch
 */
export function stolenTime(forMs, now = () => performance.now()) {
  const jumps = [];
  let step = Infinity;
  const began = now();
  let last = began;
  while (last - began < forMs) {
    const at = now();
    const gap = at - last;
    if (gap > 0) {
      step = Math.min(step, gap);
      if (gap > GAP_MS) {
        jumps.push(gap);
      }
      last = at;
    }
  }
  const gone = jumps.filter((gap) => gap > CLOCK_STEPS * step);
  return { ms: last - began, stolenMs: gone.reduce((sum, gap) => sum + gap, 0), longestMs: Math.max(0, ...gone) };
}
