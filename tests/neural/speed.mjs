// SPDX-License-Identifier: MIT
/**
 * Real-time factors in wasm, measured where nothing else is: one source that moves with every hop, both ears, 48 kHz,
 * one thread. The engine's own time only; 1 would be a whole core.
 */
import fs from 'node:fs';
import path from 'node:path';
import * as engineHost from '../../web/shared/engine-host.js';
import { Hop } from '../../web/shared/layout.gen.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { ROOT } from '../../web/tools/process.mjs';

const RATE_HZ = 48000;
/** An eighth of a second a round; the fastest is given, which whatever else the machine does has disturbed least. */
const BLOCKS = 48;
const ROUNDS = 120;
const METRES = 1.5;
const TURN_RAD_S = 1;

/**
 * @param {'hrtf' | 'linn' | 'linn-dense' | 'linn-fir'} renderer
 * @param {string} [model]  of the LINN forms
 * @returns {number}
 */
export function realTimeFactor(renderer, model = '') {
  const { EngineHost, LinnForm } = engineHost;
  const dense = renderer === 'linn-dense' || renderer === 'linn-fir';
  const wasm = path.join(ROOT, 'web/dist', dense ? 'pinna-linn.wasm' : 'pinna.wasm');
  const host = new EngineHost(new WebAssembly.Module(fs.readFileSync(wasm)));
  const head = renderer === 'linn' ? model : path.join(ROOT, 'models/kemar/kemar.safetensors');
  host.boot({ headBlob: fs.readFileSync(head), sampleRate: RATE_HZ, maxSources: 1, blockFrames: Hop.FRAMES,
    maxBlockFrames: Hop.FRAMES });
  if (dense) {
    host.loadLinn(fs.readFileSync(model));
    host.setLinnForm(renderer === 'linn-dense' ? LinnForm.FRAMES : LinnForm.FIR);
  }
  const writer = new SceneWriter(1);
  writer.openSource(0);
  let state = 1;
  let block = 0;
  const round = () => {
    let spent = 0;
    for (let i = 0; i < BLOCKS; i++, block++) {
      const angle = TURN_RAD_S * block * Hop.FRAMES / RATE_HZ;
      writer.setSourcePosition(0, METRES * Math.sin(angle), 0, -METRES * Math.cos(angle));
      writer.commit();
      host.applyScene(writer.bytes);
      host.live[0] = 1;
      const input = host.input(0);
      for (let n = 0; n < Hop.FRAMES; n++) {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        input[n] = state / 8589934592 - 0.25;
      }
      const began = performance.now();
      host.process(Hop.FRAMES);
      spent += performance.now() - began;
    }
    return spent / 1000 / (BLOCKS * Hop.FRAMES / RATE_HZ);
  };
  round();
  return Math.min(...Array.from({ length: ROUNDS }, round));
}
