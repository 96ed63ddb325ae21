// SPDX-License-Identifier: MIT
/**
 * How an engine is doing: its processor's reports, as a page reads them.
 *
 * Its cost is measured only while somebody looks, because measuring makes garbage on the audio thread.
 */
import { outputLatency } from '../output-latency.js';
import { Measure, Report } from '../shared/report.js';
import { readStats } from '../shared/stats.js';

/** Statistics are sent for so long after the page last looked at them. */
const WATCH_MS = 5000;

/** Load is averaged over windows of this length, because the clock behind it ticks in milliseconds. */
const LOAD_WINDOW_S = 1;

/** Windows that are kept. */
const LOAD_WINDOWS = 60;

/**
 * @typedef {object} PinnaStats
 * @property {{ mean: number, p50: number, p99: number, worst: number, longestBlockMs: number }} load  share of the
 *   time that the engine takes, 1 = all of it, over the seconds of the last minute. Measured only while the page reads
 *   `stats`, so zero in the first second of that.
 * @property {number} underruns     times that sound was missing
 * @property {number} lostS         how much of it in all
 * @property {number} poseAgeS      from the listener's pose to where it is heard; 0 without prediction
 * @property {{ algorithmFrames: number, algorithmS: number, outputS: number }} latency  added by the engine, which is
 *   1024 frames with 'linn-dense'; and from its output to the ear: as the browser tells, its baseLatency where it does
 *   not (Firefox on Linux is not asked: its page may freeze)
 * @property {{ active: number, sounding: number, moving: number, bulk: number, linnDense: number, linnFir: number,
 *   max: number }} sources
 * @property {[number, number]} peak  left and right, of the last moment, linear
 * @property {number} limiterGain   1 = untouched
 * @property {{ applied: number, refused: number }} scenes
 * @property {{ values: number, samples: number }} mended  impossible numbers that were replaced
 * @property {number} starvedFrames  missing because the browser changed its block length
 * @property {number} frames        rendered
 * @property {number} quantumFrames  of one block
 * @property {number} memoryBytes   of the wasm instance
 * @property {'shared' | 'message'} transport
 */

export class Statistics {
  #context;
  #maxSources;
  #transport;
  #watch;
  #report;
  #quantum = 0;
  #meteredFrames = 0;
  #busyMs = 0;
  /** @type {number[]} */
  #loads = [];
  #lookedMs = -Infinity;
  #watched = false;

  /** Added by the engine. */
  latencyFrames = 0;

  /**
   * @param {object} home
   * @param {BaseAudioContext} home.context
   * @param {number} home.maxSources
   * @param {'shared' | 'message'} home.transport
   * @param {(on: boolean) => void} home.watch  asks the processor for reports
   */
  constructor({ context, maxSources, transport, watch }) {
    this.#context = context;
    this.#maxSources = maxSources;
    this.#transport = transport;
    this.#watch = watch;
    this.#report = new Report(maxSources);
  }

  /** The processor runs. @param {{ quantum: number, latencyFrames: number }} ready */
  started({ quantum, latencyFrames }) {
    this.#quantum = quantum;
    this.latencyFrames = latencyFrames;
  }

  /**
   * @param {Uint8Array} bytes
   * @returns {Uint32Array} of the last playback that ended in each slot, the token
   */
  received(bytes) {
    this.#report = new Report(this.#maxSources, bytes);
    const { measures, ended } = this.#report;
    const { sampleRate } = this.#context;
    const frames = measures[Measure.meteredFrames] - this.#meteredFrames;
    if (frames >= LOAD_WINDOW_S * sampleRate) {
      this.#loads.push((measures[Measure.busyMs] - this.#busyMs) / (1000 * frames / sampleRate));
      this.#loads.splice(0, this.#loads.length - LOAD_WINDOWS);
      this.#meteredFrames = measures[Measure.meteredFrames];
      this.#busyMs = measures[Measure.busyMs];
    }
    if (this.#watched && performance.now() - this.#lookedMs > WATCH_MS) {
      this.#watched = false;
      this.#watch(false);
    }
    return ended;
  }

  /** @returns {PinnaStats} */
  look() {
    this.#lookedMs = performance.now();
    if (!this.#watched) {
      this.#watched = true;
      this.#watch(true);
    }
    const context = this.#context;
    const { measures, stats: bytes } = this.#report;
    const engine = readStats(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    const playback = /** @type {{ playbackStats?: { underrunEvents: number, underrunDuration: number } }} */ (context)
      .playbackStats;
    const sorted = [...this.#loads].sort((a, b) => a - b);
    const quantile = (/** @type {number} */ q) => sorted[Math.ceil(q * sorted.length) - 1] ?? 0;
    return {
      load: {
        mean: sorted.reduce((sum, load) => sum + load, 0) / (sorted.length || 1),
        p50: quantile(0.5),
        p99: quantile(0.99),
        worst: quantile(1),
        longestBlockMs: measures[Measure.longestMs],
      },
      underruns: playback?.underrunEvents ?? measures[Measure.underruns],
      lostS: playback?.underrunDuration ?? measures[Measure.lostMs] / 1000,
      poseAgeS: engine.poseAgeS,
      latency: {
        algorithmFrames: this.latencyFrames,
        algorithmS: this.latencyFrames / context.sampleRate,
        outputS: outputLatency(context),
      },
      sources: {
        active: engine.sourcesActive,
        sounding: engine.sourcesSounding,
        moving: engine.sourcesMoving,
        bulk: engine.sourcesBulk,
        linnDense: engine.sourcesFrames,
        linnFir: engine.sourcesFir,
        max: this.#maxSources,
      },
      peak: engine.peak,
      limiterGain: engine.limiterGain,
      scenes: { applied: engine.scenesApplied, refused: engine.scenesRefused },
      mended: { values: engine.valuesMended, samples: engine.samplesMended },
      starvedFrames: engine.starvedFrames,
      frames: measures[Measure.frames],
      quantumFrames: this.#quantum,
      memoryBytes: measures[Measure.memoryBytes],
      transport: this.#transport,
    };
  }
}
