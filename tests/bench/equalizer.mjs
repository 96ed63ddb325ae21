// SPDX-License-Identifier: MIT
/**
 * What the equaliser of the sum costs, in wasm in Node.
 *
 *     node tests/bench/equalizer.mjs
 *
 * One source at rest, without sections, with those of the natural timbre, and with as many as there can be; and
 * silence, in which sections rest. The cases take turns, round by round; a section's cost is what a case takes more
 * than the first, by section. The floor is what waits for each other: 6 operations a sample, of 4 cycles each.
 */
import fs from 'node:fs';
import path from 'node:path';
import { MOST_SECTIONS, NATURAL } from '../../web/equalizer.js';
import { EngineHost } from '../../web/shared/engine-host.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { ROOT } from '../../web/tools/process.mjs';
import { noise } from './noise.js';

const SAMPLE_RATE = 48000;
const QUANTUM = 128;
const ROUNDS = 40;
const QUANTA = 2000;
const WAITING_CYCLES = 6 * 4;

const code = new WebAssembly.Module(fs.readFileSync(path.join(ROOT, 'web/dist/pinna.wasm')));
const headBlob = fs.readFileSync(path.join(ROOT, 'models/kemar/kemar.safetensors'));

/** @type {[string, Parameters<SceneWriter['setEqualizer']>[0], boolean?][]} */
const CASES = [
  ['no section', []],
  ['silence', [], true],
  ['silence, natural', NATURAL, true],
  ['the natural timbre', NATURAL],
  ['and an equalizer', [...NATURAL, ...Array.from({ length: MOST_SECTIONS }, (_, i) =>
    ({ type: /** @type {const} */ ('peaking'), frequency: 60 * 1.6 ** i, gain: i % 2 ? 3 : -3, Q: 1.4 }))]],
];

const tests = CASES.map(([name, sections, silent = false]) => {
  const host = new EngineHost(code);
  host.boot({ headBlob, sampleRate: SAMPLE_RATE, maxSources: 1, blockFrames: QUANTUM, maxBlockFrames: QUANTUM });
  const writer = new SceneWriter(1);
  writer.openSource(0);
  writer.setSourcePosition(0, 1, 0, -1);
  writer.setEqualizer(sections);
  writer.commit();
  host.applyScene(writer.bytes);
  host.input(0).set(noise(QUANTUM, 1).subarray(0, QUANTUM));
  return { name, sections: silent ? 0 : sections.length, live: silent ? 0 : 1, host, us: /** @type {number[]} */ ([]) };
});

for (let round = 0; round < ROUNDS; round++) {
  for (const { host, live, us } of tests) {
    const start = performance.now();
    for (let i = 0; i < QUANTA; i++) {
      host.live[0] = live;
      host.process(QUANTUM);
    }
    us.push((performance.now() - start) / QUANTA * 1000);
  }
}

const floor = WAITING_CYCLES * QUANTUM;
console.log(`us a quantum of ${QUANTUM} frames, means of ${QUANTA} quanta, ${ROUNDS} rounds; a section's floor: ` +
  `${floor} cycles, ${(floor / 3000).toFixed(2)} us at 3 GHz`);
const none = Math.min(...tests[0].us);
for (const { name, sections, us } of tests) {
  const sorted = [...us].sort((a, b) => a - b);
  const at = (/** @type {number} */ share) => sorted[Math.floor(share * (sorted.length - 1))].toFixed(2);
  const each = sections > 0 ? `, ${((sorted[0] - none) / sections).toFixed(2)} a section` : '';
  console.log(`${name.padEnd(20)} least ${at(0)}  p50 ${at(0.5)}  p99 ${at(0.99)}  worst ${at(1)}${each}`);
}
