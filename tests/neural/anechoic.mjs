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
import { ROOT } from '../../web/tools/process.mjs';
import { costOf } from './cost.mjs';
import { CONTROL, FORMS, missing, rendered, scratch } from './systems.mjs';

/** Of the file's directions: those whose index leaves this when divided by five (models/linn/kemar.py). */
const FIFTH = 5;
const REMAINDER = 4;
/** Frames of silence before the impulse: what an overlapping transform smears ahead is kept and counted. */
const LEAD = 1024;
const KEPT_BEFORE = 256;

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
 * Responses through `pinna render`, a metre away.
 *
 * @param {string[]} options
 * @param {ArrayLike<number>[]} directions
 * @param {(text: string) => void} progress
 * @returns {Promise<Ears[]>}
 */
async function byCommand(options, directions, progress) {
  const folder = scratch();
  const impulse = Buffer.alloc(44 + 4 * (LEAD + FRAMES));
  impulse.write('RIFF', 0, 'latin1');
  impulse.writeUInt32LE(impulse.length - 8, 4);
  impulse.write('WAVEfmt ', 8, 'latin1');
  impulse.writeUInt32LE(16, 16);
  impulse.writeUInt16LE(3, 20);
  impulse.writeUInt16LE(1, 22);
  impulse.writeUInt32LE(RATE_HZ, 24);
  impulse.writeUInt32LE(4 * RATE_HZ, 28);
  impulse.writeUInt16LE(4, 32);
  impulse.writeUInt16LE(32, 34);
  impulse.write('data', 36, 'latin1');
  impulse.writeUInt32LE(4 * (LEAD + FRAMES), 40);
  impulse.writeFloatLE(1, 44 + 4 * LEAD);
  fs.writeFileSync(path.join(folder, 'impulse.wav'), impulse);
  /** @type {Ears[]} */
  const out = [];
  for (const [i, direction] of directions.entries()) {
    progress(`${options[1]}: direction ${i + 1} of ${directions.length}`);
    const scene = path.join(folder, 'scene.json');
    fs.writeFileSync(scene, JSON.stringify({
      pinna: 1,
      sampleRate: RATE_HZ,
      durationS: (LEAD + FRAMES) / RATE_HZ,
      sources: [{ id: 'impulse', audio: 'impulse.wav', poses: [{ t: 0, position: [...direction] }] }],
    }));
    const { ears } = await rendered([scene, ...options], path.join(folder, 'out.wav'));
    out.push(/** @type {Ears} */ (ears.map((ear) =>
      Float64Array.from(ear).subarray(LEAD - KEPT_BEFORE, LEAD - KEPT_BEFORE + FRAMES))));
  }
  return out;
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
  });
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
    const made = await byCommand(['--renderer', key, '--model', file], directions, progress);
    rows.push({ key, name, cost: costOf(file, key, CONTROL[key]), compared: compare(wanted, made) });
  }
  return { rows, directions: held.length };
}
