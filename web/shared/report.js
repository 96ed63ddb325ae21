// SPDX-License-Identifier: MIT
/**
 * The processor's report to the page: one block of bytes, made once and copied by each message.
 *
 * In order: the processor's own measures as doubles, the engine's pn_stats, and for each slot the token of the last
 * playback that ended there.
 */
import { Stats } from './layout.gen.js';

/** Index of each measure; all count from the start of the processor except where it says so. */
export const Measure = Object.freeze({
  frames: 0,       // rendered
  meteredFrames: 1, // of these, those whose cost was measured: only while the page looks
  busyMs: 2,       // wall time of these
  longestMs: 3,    // the longest single block, in whole milliseconds
  underruns: 4,    // times that the clock of sound fell behind the clock on the wall
  lostMs: 5,       // how far in all
  memoryBytes: 6,  // of the wasm instance
});

const MEASURES = 7;

/** Views of one report. */
export class Report {
  /**
   * @param {number} maxSources
   * @param {Uint8Array} [bytes]  of a report that arrived; a new one otherwise
   */
  constructor(maxSources, bytes = new Uint8Array(MEASURES * 8 + Stats.bytes + maxSources * 4)) {
    const { buffer, byteOffset } = bytes;
    this.bytes = bytes;
    this.measures = new Float64Array(buffer, byteOffset, MEASURES);
    this.stats = new Uint8Array(buffer, byteOffset + MEASURES * 8, Stats.bytes);
    this.ended = new Uint32Array(buffer, byteOffset + MEASURES * 8 + Stats.bytes, maxSources);
  }
}
