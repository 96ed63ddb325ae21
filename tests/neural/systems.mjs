// SPDX-License-Identifier: MIT
/**
 * The systems that are compared: baselines, the measured head, and LINN in its three forms through the shipped command.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { readLinnModel } from '../../web/cli/linn.js';
import { ROOT, ToolError, run } from '../../web/tools/process.mjs';
import { readWav } from './clips.mjs';
import { costOf } from './cost.mjs';
import { realTimeFactor } from './speed.mjs';
import { geometricWarp } from './warp.mjs';

/** @typedef {import('./clips.mjs').OpenClip} OpenClip */
/** @typedef {{ ears: ArrayLike<number>[] }} Rendered */

/**
 * @typedef {object} System
 * @property {string} key
 * @property {string} name
 * @property {(clip: OpenClip) => Promise<Rendered>} [render]  none where `why` is said
 * @property {import('./cost.mjs').Cost} [cost]
 * @property {number} [realTimeFactor]  of the engine in wasm
 * @property {boolean} [fitted]  also shown at the level that fits each clip best
 * @property {boolean} [shifted] also shown at the one delay that fits each clip best
 * @property {string} [why]      it cannot be measured
 */

/** How often the engine asks the network of a moving source, and at how many bins. */
export const CONTROL = {
  'linn-dense': { ticksPerSecond: 93.75, bins: 513 },
  'linn-fir': { ticksPerSecond: 93.75, bins: 129 },
  'linn': { ticksPerSecond: 375, bins: 0 },
};

const PINNA = path.join(ROOT, 'web/cli/pinna.js');

/** @returns {string} a folder that goes when the program ends */
export function scratch() {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pinna-neural-'));
  process.once('exit', () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/**
 * `pinna render`.
 *
 * @param {string[]} args
 * @param {string} output
 * @returns {Promise<Rendered>}
 */
export async function rendered(args, output) {
  const { code, output: said } = await run(process.execPath, [PINNA, 'render', ...args, '-o', output]);
  if (code !== 0) {
    throw new ToolError(`pinna render ${args.join(' ')}: ${said.trim()}`);
  }
  const { channels } = readWav(output);
  return { ears: channels };
}

/**
 * @typedef {object} Models
 * @property {string} field  path of a pinna-linn-field file
 * @property {string} dense  path of a pinna-linn-dense file
 */

/** @type {readonly { key: 'linn-dense' | 'linn-fir' | 'linn', model: keyof Models, name: string }[]} */
export const FORMS = [
  { key: 'linn-dense', model: 'dense', name: 'LINN A, dense' },
  { key: 'linn-fir', model: 'dense', name: 'LINN B, dense as a short filter' },
  { key: 'linn', model: 'field', name: 'LINN C, factorised' },
];

/**
 * Whether the command knows a renderer and the model is there.
 *
 * @param {string} form
 * @param {string} file
 * @returns {Promise<string | undefined>} why not
 */
export async function missing(form, file) {
  if (!fs.existsSync(file)) {
    return `${path.relative(ROOT, file)} is not there`;
  }
  const { output } = await run(process.execPath, [PINNA, 'render', '--help']);
  const known = new RegExp(`(^|[^\\w-])${form}([^\\w-]|$)`).test(output);
  return known ? undefined : `the command has no renderer ${form} yet`;
}

/**
 * @param {Models} models
 * @returns {Promise<System[]>}
 */
export async function systemsFor(models) {
  const wav = path.join(scratch(), 'out.wav');
  const talker = ({ files }) => ['--mono', files.mono, '--positions', files.positions];
  /** @type {System[]} */
  const systems = [
    { key: 'mono', name: 'Mono in both ears', render: async ({ mono }) => ({ ears: [mono, mono] }) },
    {
      key: 'warp',
      name: 'Geometric warp',
      fitted: true,
      render: async ({ mono, rows, sampleRateHz }) => ({ ears: geometricWarp(mono, rows, sampleRateHz) }),
    },
    {
      key: 'dsp',
      name: 'DSP: measured head, 1/r',
      fitted: true,
      realTimeFactor: realTimeFactor('hrtf'),
      render: async (clip) => rendered(talker(clip), wav),
    },
    { key: 'nfs', name: 'NFS', why: 'not yet' },
    { key: 'warpnet', name: 'WarpNet', why: 'not yet' },
  ];
  for (const { key, model, name } of FORMS) {
    const file = models[model];
    const why = await missing(key, file);
    if (why !== undefined) {
      systems.push({ key, name, why });
      continue;
    }
    const costs = { cost: costOf(file, key, CONTROL[key]), realTimeFactor: realTimeFactor(key, file) };
    const render = (/** @type {string[]} */ ...flags) => async (/** @type {OpenClip} */ clip) =>
      rendered([...talker(clip), '--renderer', key, '--model', file, ...flags], wav);
    systems.push({ key, name, ...costs, render: render() });
    // A talker's rows are read there as the published systems do; a point's are not.
    if (key === 'linn-dense' && readLinnModel(file).mouth.some((x) => x !== 0)) {
      systems.push({ key: `${key}-live`, name: `${name}, poses as live`, ...costs, render: render('--live') });
    }
  }
  return systems;
}

/**
 * The output at the one level that leaves the least squared error: what a volume control could mend.
 *
 * @param {readonly ArrayLike<number>[]} wanted
 * @param {readonly ArrayLike<number>[]} got
 * @returns {Float64Array[]}
 */
export function levelFitted(wanted, got) {
  let [cross, own] = [0, 0];
  got.forEach((ear, e) => {
    for (let n = 0; n < Math.min(ear.length, wanted[e].length); n++) {
      cross += ear[n] * wanted[e][n];
      own += ear[n] * ear[n];
    }
  });
  const gain = own > 0 ? cross / own : 0;
  return got.map((ear) => Float64Array.from(ear).map((x) => x * gain));
}

/** The markers that talkers wear are put on anew for each recording: some 8 cm either way. */
const MOST_SHIFT_FRAMES = 12;

/**
 * The output later, or earlier, by the one whole number of frames that correlates best: what the place of the talker's
 * marker does, which no pose tells.
 *
 * @param {readonly ArrayLike<number>[]} wanted
 * @param {readonly ArrayLike<number>[]} got
 * @returns {{ ears: Float64Array[], frames: number }} positive: later
 */
export function delayFitted(wanted, got) {
  const shifted = (/** @type {ArrayLike<number>} */ x, /** @type {number} */ by) =>
    Float64Array.from({ length: x.length }, (_, n) => x[n - by] ?? 0);
  let [best, frames] = [-Infinity, 0];
  for (let by = -MOST_SHIFT_FRAMES; by <= MOST_SHIFT_FRAMES; by++) {
    const cross = got.reduce((sum, ear, e) => {
      const [x, y] = [shifted(ear, by), wanted[e]];
      const count = Math.min(x.length, y.length);
      for (let n = 0; n < count; n++) {
        sum += x[n] * y[n];
      }
      return sum;
    }, 0);
    if (cross > best) {
      [best, frames] = [cross, by];
    }
  }
  return { ears: got.map((ear) => shifted(ear, frames)), frames };
}
