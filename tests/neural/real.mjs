// SPDX-License-Identifier: MIT
/**
 * Real recordings: LINN trained on two clips of BinauralSpeech and tested on the third, in rotation, beside what the
 * published systems score on the same clips.
 *
 * The clips are not the project's to give away, nor is what is trained on them: they are read where they lie, the
 * models stay in .build, and only figures leave it.
 */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, ToolError } from '../../web/tools/process.mjs';
import { clipsIn } from './clips.mjs';
import { judge } from './judge.mjs';
import { python } from './python.mjs';
import { systemsFor } from './systems.mjs';

export const RECORDINGS = path.join(ROOT, '../shared/data/binaural_speech');
const HOME = path.join(ROOT, '.build/linn/real');
const SEED = 1;
const RECIPES = { field: 'room-field', dense: 'room-dense' };
/** Half a minute of sound holds no more than this. */
const STEPS = { field: 400, dense: 800 };

/** All that training depends on: its code, the models that it begins with, the clips. @param {string} recordings */
function stamp(recordings) {
  const hash = crypto.createHash('sha256').update(JSON.stringify([SEED, STEPS]));
  const home = path.join(ROOT, 'models/linn');
  const parts = fs.readdirSync(home).filter((file) => /^kemar-.*\.safetensors$|\.py$/.test(file)).sort();
  const clips = clipsIn(recordings).flatMap(({ mono, binaural, positions }) => [mono, binaural, positions]);
  [...parts.map((file) => path.join(home, file)), ...clips].forEach((file) => hash.update(fs.readFileSync(file)));
  return hash.digest('hex');
}

/**
 * Models that have heard all clips but one; those of an earlier run with the same code are used again.
 *
 * @param {string} recordings
 * @param {string} name  of the clip that is left out
 * @param {(text: string) => void} progress
 */
async function trainedWithout(recordings, name, progress) {
  const wanted = stamp(recordings);
  const models = { field: '', dense: '' };
  for (const kind of /** @type {const} */ (['field', 'dense'])) {
    const folder = path.join(HOME, name, kind);
    const mark = path.join(folder, 'stamp');
    models[kind] = path.join(folder, `${RECIPES[kind]}.safetensors`);
    if (fs.existsSync(mark) && fs.readFileSync(mark, 'utf8') === wanted) {
      continue;
    }
    // A checkpoint of other code is none to go on from.
    fs.rmSync(folder, { recursive: true, force: true });
    progress(`training ${RECIPES[kind]} without ${name}`);
    await python(`Training ${RECIPES[kind]} without ${name}`, ['-m', 'models.linn.train', '--recipe', RECIPES[kind],
      '--data', recordings, '--leave-one-out', name, '--seed', String(SEED), '--steps', String(STEPS[kind]),
      '--folder', folder, ...(kind === 'dense' ? ['--teacher', models.field] : [])]);
    fs.writeFileSync(mark, wanted);
  }
  return models;
}

/**
 * @param {string} recordings  folder
 * @param {(text: string) => void} progress
 * @returns {Promise<Omit<import('./run.mjs').RealFigures, 'measured'>>}
 */
export async function judgeReal(recordings, progress) {
  if (!fs.existsSync(recordings)) {
    throw new ToolError(`--real needs clips of BinauralSpeech in ${recordings}, or --real FOLDER; with the whole ` +
      'data set: npm run eval:neural -- --data FOLDER.', 2);
  }
  const clips = clipsIn(recordings);
  /** @type {Map<string, import('./systems.mjs').System[]>} */
  const systems = new Map();
  for (const clip of clips) {
    const all = await systemsFor(await trainedWithout(recordings, clip.name, progress));
    systems.set(clip.name, all.map((system) => ({ ...system, shifted: system.cost !== undefined })));
  }
  const { rows, seconds } = await judge(clips, async ({ name }) => systems.get(name) ?? [], progress);
  return {
    rows,
    clips: clips.map(({ name }) => name),
    note: `${clips.length} clips of BinauralSpeech (CC BY-NC: figures only). LINN: trained on all but one, tested on ` +
      `that (seed ${SEED}, ${STEPS.field} and ${STEPS.dense} steps): ${Math.round(seconds * (1 - 1 / clips.length))} ` +
      's of training data. The published systems were trained on two hours, of these talkers too; their figures are ' +
      'measured from the clips on their authors\' demo pages. How late a clip is depends on where its talker wore ' +
      'the marker, which no pose tells: LINN is also shown with the one whole number of frames that fits each clip ' +
      'best. Each cell: wave L2 x 10³ / amplitude / phase.',
  };
}
