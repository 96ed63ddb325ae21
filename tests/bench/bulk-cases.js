// SPDX-License-Identifier: MIT
/**
 * The cases of the bulk tier's benchmark, for Node and for a page.
 *
 * Every source circles at its own height; a new scene comes before every quantum. Each has a live input, or plays one
 * of four clips in a loop, each from a place of its own, or a clip that it has for itself. The cases take turns, round
 * by round, so that what other programs do falls on all of them. A quantum is worth its least time over the rounds: it
 * does the same work in each.
 */
import { EngineHost } from '../../web/shared/engine-host.js';
import { SourceFlag } from '../../web/shared/layout.gen.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { noise } from './noise.js';

const SAMPLE_RATE = 48000;
export const QUANTUM = 128;
const QUANTA = 300;
const WARM_UP = 100;
const ROUNDS = 6;
const CLIP_FRAMES = 9600;

/** @typedef {{ tier: 'exact' | 'bulk', sources: number, clips?: number }} Case */

const CASES = /** @type {Case[]} */ ([
  { tier: 'exact', sources: 64 }, { tier: 'bulk', sources: 256 }, { tier: 'bulk', sources: 1024 },
  { tier: 'bulk', sources: 1024, clips: 4 }, { tier: 'bulk', sources: 4096, clips: 4 },
  { tier: 'bulk', sources: 4096, clips: 4096 },
]);

/**
 * @param {SceneWriter} writer
 * @param {number} angle  that all have turned by, radians
 */
function turn(writer, angle) {
  for (let i = 0; i < writer.maxSources; i++) {
    const up = 0.8 * Math.sin(i);
    const flat = Math.sqrt(1 - up * up);
    const at = 0.7 * i + angle;
    writer.setSourcePosition(i, 2 * flat * Math.sin(at), 2 * up, -2 * flat * Math.cos(at));
  }
  writer.commit();
}

/** @param {Case} test @param {WebAssembly.Module} code @param {Uint8Array} headBlob */
function open({ tier, sources, clips = 0 }, code, headBlob) {
  const host = new EngineHost(code);
  host.boot({
    headBlob, sampleRate: SAMPLE_RATE, maxSources: sources, maxBuffers: clips, dopplerMaxM: 1, blockFrames: QUANTUM,
    maxBlockFrames: QUANTUM,
  });
  const writer = new SceneWriter(sources);
  for (let i = 0; i < sources; i++) {
    writer.openSource(i);
    writer.setSourceTier(i, tier);
    writer.setSourceGain(i, 1 / sources);
    if (clips > 0) {
      writer.setSourceBuffer(i, 1 + i % clips);
      writer.setSourceFlag(i, SourceFlag.LOOP, true);
      writer.startSource(i, 0, i * 0.618034 % 1 * CLIP_FRAMES / SAMPLE_RATE);
    }
  }
  const least = () => new Float64Array(QUANTA).fill(Infinity);
  return { tier, sources, clips, host, writer, process: least(), scene: least(), longest: 0 };
}

/**
 * A round of one case.
 *
 * @param {ReturnType<typeof open>} test
 * @param {Float32Array} sound
 * @param {number} step  that all turn by in a quantum, radians
 */
function play(test, sound, step) {
  const { host, writer, sources, clips } = test;
  host.reset();
  for (let number = 1; number <= clips; number++) {
    host.setBuffer(number, sound.subarray(number, number + CLIP_FRAMES));
  }
  for (let quantum = 0; quantum < WARM_UP + QUANTA; quantum++) {
    turn(writer, step * quantum);
    const start = performance.now();
    host.applyScene(writer.bytes);
    const scene = performance.now() - start;
    for (let i = 0; i < sources && clips === 0; i++) {
      const at = (quantum * QUANTUM + 64 * i) % (SAMPLE_RATE - QUANTUM);
      host.input(i).set(sound.subarray(at, at + QUANTUM));
      host.live[i] = 1;
    }
    const then = performance.now();
    host.process(QUANTUM);
    const took = performance.now() - then;
    if (quantum >= WARM_UP) {
      const k = quantum - WARM_UP;
      test.process[k] = Math.min(test.process[k], took);
      test.scene[k] = Math.min(test.scene[k], scene);
      test.longest = Math.max(test.longest, took);
    }
  }
}

/** @param {Float64Array} times @param {number} share */
function quantile(times, share) {
  const sorted = Float64Array.from(times).sort();
  return sorted[Math.round(share * (sorted.length - 1))];
}

/**
 * Microseconds a source.
 * @typedef {{ name: string, p50: number, p99: number, worst: number, longest: number, scene: number }} Row
 */

/**
 * @param {WebAssembly.Module} code  of pinna.wasm
 * @param {Uint8Array} headBlob
 * @param {number} degrees  a second
 * @returns {Row[]}
 */
export function measureBulk(code, headBlob, degrees) {
  const all = CASES.map((test) => open(test, code, headBlob));
  const sound = noise(SAMPLE_RATE, 1);
  const step = degrees * Math.PI / 180 * QUANTUM / SAMPLE_RATE;
  for (let round = 0; round < ROUNDS; round++) {
    all.forEach((test) => play(test, sound, step));
  }
  return all.map(({ tier, sources, clips, host, process, scene, longest }) => {
    const { sourcesMoving, sourcesBulk } = host.stats;
    if (sourcesMoving !== sources || sourcesBulk !== (tier === 'bulk' ? sources : 0)) {
      throw new Error(`${sources} ${tier} sources: the case did not do what it is named for`);
    }
    const us = (/** @type {number} */ ms) => 1000 * ms / sources;
    const from = clips === 0 ? 'inputs' : clips === sources ? 'own clips' : `${clips} clips`;
    return {
      name: `${tier.padEnd(5)} ${String(sources).padStart(5)} ${from.padEnd(9)}`,
      p50: us(quantile(process, 0.5)), p99: us(quantile(process, 0.99)), worst: us(quantile(process, 1)),
      longest: us(longest), scene: us(quantile(scene, 0.5)),
    };
  });
}
