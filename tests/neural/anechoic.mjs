// SPDX-License-Identifier: MIT
/**
 * The field between measurements: every fifth direction of KEMAR, which neither LINN nor the thinned head has seen.
 *
 * Truth is the measured response, windowed to 2.9 ms (tests/fidelity/heads.mjs). Beside LINN stand the ways in which
 * measured responses are interpolated: by pinna on a head that is baked without these directions, by the nearest of the
 * others, and by the rule of Chromium's PannerNode.
 */
import fs from 'node:fs';
import path from 'node:path';
import { EngineRenderer } from '../fidelity/engine.mjs';
import { FRAMES, HEADS, RATE_HZ, openHead } from '../fidelity/heads.mjs';
import { nearest, panner, thinned } from '../support/held-out.mjs';
import { compare } from '../support/measured.mjs';
import { Baker } from '../../web/heads/baker.js';
import { readSofa } from '../../web/heads/sofa.js';
import { EngineHost, LinnForm } from '../../web/shared/engine-host.js';
import { Hop } from '../../web/shared/layout.gen.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { ROOT } from '../../web/tools/process.mjs';
import { costOf } from './cost.mjs';
import { CONTROL, FORMS, missing } from './systems.mjs';

/** Of the file's directions: those whose index leaves this when divided by five (models/linn/kemar.py). */
const FIFTH = 5;
const REMAINDER = 4;
/** Frames of silence before the impulse, in which the last one dies; what is smeared ahead of it counts. */
const LEAD = 4096;
const KEPT_BEFORE = 256;
/** The most that a form is late. */
const LATEST = 1024;

/** @typedef {import('../support/measured.mjs').Ears} Ears */
/** @typedef {ReturnType<typeof compare>} Compared */

/**
 * @typedef {object} AnechoicRow
 * @property {string} key
 * @property {string} name
 * @property {boolean} [seen]  it was made from these very measurements
 * @property {string} [why]
 * @property {Compared} [compared]
 * @property {import('./cost.mjs').Cost} [cost]
 */

/**
 * Responses of a LINN form, a metre away.
 *
 * @param {'linn' | 'linn-dense' | 'linn-fir'} form
 * @param {Uint8Array} model
 * @param {ArrayLike<number>[]} directions
 * @returns {Ears[]}
 */
function linnResponses(form, model, directions) {
  const dense = form !== 'linn';
  const wasm = path.join(ROOT, 'web/dist', dense ? 'pinna-linn.wasm' : 'pinna.wasm');
  const host = new EngineHost(new WebAssembly.Module(fs.readFileSync(wasm)));
  host.boot({ headBlob: dense ? fs.readFileSync(/** @type {string} */ (HEADS[0].baked)) : model, sampleRate: RATE_HZ,
    maxSources: 1, blockFrames: Hop.FRAMES, maxBlockFrames: Hop.FRAMES });
  if (dense) {
    host.loadLinn(model);
    host.setLinnForm(form === 'linn-dense' ? LinnForm.FRAMES : LinnForm.FIR);
  }
  const writer = new SceneWriter(1);
  writer.openSource(0);
  return directions.map((direction) => {
    writer.setSourcePosition(0, direction[0], direction[1], direction[2]);
    writer.teleportSource(0);
    writer.commit();
    host.applyScene(writer.bytes);
    const ears = [0, 1].map(() => new Float64Array(LEAD + LATEST + FRAMES));
    for (let at = 0; at < ears[0].length; at += Hop.FRAMES) {
      host.live[0] = 1;
      host.input(0).fill(0);
      host.input(0)[0] = at === LEAD ? 1 : 0;
      host.process(Hop.FRAMES);
      ears[0].set(host.left.subarray(0, Hop.FRAMES), at);
      ears[1].set(host.right.subarray(0, Hop.FRAMES), at);
    }
    const from = LEAD - KEPT_BEFORE + host.latencyFrames;
    return /** @type {Ears} */ (ears.map((ear) => ear.slice(from, from + FRAMES)));
  });
}

/**
 * @param {{ field: string, dense: string }} models
 * @param {(text: string) => void} progress
 * @returns {Promise<{ rows: AnechoicRow[], directions: number } | undefined>}  undefined without the measurement
 */
export async function judgeAnechoic(models, progress) {
  const [kemar] = HEADS;
  if (!fs.existsSync(kemar.file) || kemar.baked === null) {
    return undefined;
  }
  const measured = await readSofa(await import('h5wasm'), fs.readFileSync(kemar.file), kemar.name);
  const truth = await openHead(kemar, 1, progress);
  const indices = truth.directions.map((_, i) => i);
  const held = indices.filter((i) => i % FIFTH === REMAINDER);
  const kept = indices.filter((i) => i % FIFTH !== REMAINDER);
  const wanted = held.map((i) => truth.windowed[i]);
  const directions = held.map((i) => truth.directions[i]);
  const baker = new Baker(new WebAssembly.Module(fs.readFileSync(path.join(ROOT, 'web/dist/pinna-bake.wasm'))));
  const { blob } = await baker.bake(thinned(measured, kept), kemar.name, 'npm run eval:neural', (done) => {
    progress(`baking KEMAR without its held-out directions, ${Math.round(100 * done)} %`);
  }, { lowFrequency: 'keep' }); // the measurement is the yardstick, as far down as it goes
  const keptDirections = kept.map((i) => truth.directions[i]);
  const keptResponses = kept.map((i) => truth.windowed[i]);
  progress('held-out directions: measured renderers');
  /** @type {AnechoicRow[]} */
  const rows = [
    ['exact', 'pinna measured, exact tier', new EngineRenderer('exact', blob).impulses(directions)],
    ['bulk', 'pinna measured, bulk tier', new EngineRenderer('bulk', blob).impulses(directions)],
    ['nearest', 'Nearest measurement', directions.map((d) => keptResponses[nearest(keptDirections, d)])],
    ['panner', 'PannerNode\'s rule, 15 by 15 degrees', directions.map(panner(keptDirections, keptResponses))],
  ].map(([key, name, made]) => ({ key, name, compared: compare(wanted, made) }));
  rows.push({ key: 'seen', name: 'pinna measured, these directions in the head', seen: true,
    compared: compare(wanted, new EngineRenderer('exact', fs.readFileSync(kemar.baked)).impulses(directions)) });
  for (const { key, model, name } of FORMS) {
    const file = models[model];
    const why = await missing(key, file);
    if (why !== undefined) {
      rows.push({ key, name, why });
      continue;
    }
    progress(`held-out directions: ${name}`);
    const made = linnResponses(key, fs.readFileSync(file), directions);
    rows.push({ key, name, cost: costOf(file, key, CONTROL[key]), compared: compare(wanted, made) });
  }
  return { rows, directions: held.length };
}
