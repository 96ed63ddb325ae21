// SPDX-License-Identifier: MIT
/**
 * What a thinned set makes of the directions that were taken out.
 *
 *     node tests/bench/heldout.mjs [FILE.sofa] [--keep 302] [--step 1] [--spacing 5]
 *
 * The set keeps the measurements nearest to an even grid of so many directions (302: about 10 degrees apart), is baked
 * and rendered by pinna.wasm; the others are compared with their measurements, windowed to 2.9 ms. Beside it, on the
 * same directions: the same baked without directions between the kept ones, the nearest kept measurement, and the rule
 * of Chromium's PannerNode (Blink's HRTFDatabase, HRTFElevation, HRTFKernel and FFTFrame): a grid of 15 by 15
 * degrees, here of the nearest measurements of the whole set; between two azimuths eight steps that blend decibels and
 * phase increments, floored; elevations floored, not below -45 degrees; the onset taken apart and blended linearly.
 */
import fs from 'node:fs';
import path from 'node:path';
import { EngineRenderer } from '../fidelity/engine.mjs';
import { RATE_HZ, openHead } from '../fidelity/heads.mjs';
import { nearest, panner, thinned } from '../support/held-out.mjs';
import { HEADING, compare, row } from '../support/measured.mjs';
import { Baker } from '../../web/heads/baker.js';
import { readSofa } from '../../web/heads/sofa.js';
import { ROOT } from '../../web/tools/process.mjs';

const args = process.argv.slice(2);
/** @param {string} name @param {number} fallback */
const option = (name, fallback) => args.includes(name) ? Number(args[args.indexOf(name) + 1]) : fallback;
const file = args.find((arg) => arg.endsWith('.sofa')) ?? path.join(ROOT, '../shared/data/sofa/FHK_HRIR_L2354.sofa');
const keep = option('--keep', 302);
const step = option('--step', 1);
const spacingDeg = option('--spacing', 5);

/** An even grid. @param {number} count */
function spiral(count) {
  return Array.from({ length: count }, (_, i) => {
    const y = 1 - (2 * i + 1) / count;
    const turn = i * Math.PI * (3 - Math.sqrt(5));
    return [Math.sqrt(1 - y * y) * Math.sin(turn), y, -Math.sqrt(1 - y * y) * Math.cos(turn)];
  });
}

if (!fs.existsSync(file)) {
  console.log(`skipped: ${file} is not there; name a SOFA file`);
  process.exit(0);
}
const bytes = fs.readFileSync(file);
const measured = await readSofa(await import('h5wasm'), bytes, file);
const tell = (/** @type {string} */ text) => process.stderr.isTTY && process.stderr.write(`\r\x1b[K${text}`);
const baker = new Baker(new WebAssembly.Module(fs.readFileSync(path.join(ROOT, 'web/dist/pinna-bake.wasm'))));
const all = Array.from({ length: measured.count }, (_, i) => measured.directions.subarray(3 * i, 3 * i + 3));
const kept = [...new Set(spiral(keep).map((direction) => nearest(all, direction)))];
const thin = thinned(measured, kept);
const bake = (/** @type {number} */ spacing) => baker.bake(thin, file, 'heldout', (done) => {
  tell(`baking, ${Math.round(100 * done)} %`);
}, { spacingDeg: spacing, lowFrequency: 'keep' });
const { blob, report } = await bake(spacingDeg);
const plain = (await bake(0)).blob;
// Only its responses are used; naming a baked file saves the time to bake it.
const truth = await openHead({ key: 'dense', name: path.basename(file), file,
  baked: path.join(ROOT, 'models/kemar/kemar.safetensors') }, 1, tell);
const inside = new Set(kept);
const others = all.map((_, i) => i).filter((i) => !inside.has(i)).filter((_, i) => i % step === 0);
const wanted = others.map((i) => truth.windowed[i]);
const at = others.map((i) => truth.directions[i]);
tell('');
console.log(`${path.basename(file)}: ${kept.length} of ${measured.count} directions kept, ${others.length} others ` +
  `compared at ${RATE_HZ} Hz; ${report.filled} directions filled, ${report.between} put between`);
console.log(HEADING);
for (const tier of /** @type {const} */ (['exact', 'bulk'])) {
  const rendered = new EngineRenderer(tier, blob).impulses(at);
  console.log(row(`pinna, ${tier === 'exact' ? 'T1' : 'T2'}`, compare(wanted, rendered)));
}
console.log(row('pinna, T1, nothing put between', compare(wanted, new EngineRenderer('exact', plain).impulses(at))));
const keptDirections = kept.map((i) => truth.directions[i]);
console.log(row('nearest neighbour', compare(wanted, at.map((d) => truth.windowed[kept[nearest(keptDirections, d)]]))));
const rule = panner(truth.directions, truth.windowed);
console.log(row('PannerNode\'s rule, 15 x 15 degrees', compare(wanted, at.map(rule))));
