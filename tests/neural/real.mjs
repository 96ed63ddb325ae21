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

const RECORDINGS = path.join(ROOT, '../shared/data/binaural_speech');
const HOME = path.join(ROOT, '.build/linn/real');
const SEED = 1;
const RECIPES = { field: 'room-field', dense: 'room-dense' };

/** All code that training runs. */
function stamp() {
  const hash = crypto.createHash('sha256');
  const home = path.join(ROOT, 'models/linn');
  fs.readdirSync(home).filter((file) => file.endsWith('.py')).sort()
    .forEach((file) => hash.update(fs.readFileSync(path.join(home, file))));
  return hash.digest('hex');
}

/**
 * Models that have heard all clips but one; those of an earlier run with the same code are used again.
 *
 * @param {import('./clips.mjs').Clip[]} clips
 * @param {import('./clips.mjs').Clip} left  the one that is left out
 * @param {(text: string) => void} progress
 */
async function trainedWithout(clips, left, progress) {
  const folder = path.join(HOME, left.name);
  const data = path.join(folder, 'data');
  fs.rmSync(data, { recursive: true, force: true });
  fs.mkdirSync(data, { recursive: true });
  for (const { name, mono, binaural, positions } of clips.filter(({ name: other }) => other !== left.name)) {
    fs.symlinkSync(mono, path.join(data, `${name}.mono.wav`));
    fs.symlinkSync(binaural, path.join(data, `${name}.binaural.wav`));
    fs.symlinkSync(positions, path.join(data, `${name}.positions.txt`));
  }
  const models = { field: path.join(folder, 'field.safetensors'), dense: path.join(folder, 'dense.safetensors') };
  for (const kind of /** @type {const} */ (['field', 'dense'])) {
    const mark = `${models[kind]}.stamp`;
    if (fs.existsSync(mark) && fs.existsSync(models[kind]) && fs.readFileSync(mark, 'utf8') === stamp()) {
      continue;
    }
    progress(`training ${RECIPES[kind]} without ${left.name}`);
    await python(`Training ${RECIPES[kind]} without ${left.name}`, ['-m', 'models.linn.train',
      '--recipe', RECIPES[kind], '--data', data, '--seed', String(SEED), '--folder', path.join(folder, kind),
      '--out', models[kind]]);
    fs.writeFileSync(mark, stamp());
  }
  return models;
}

/**
 * @param {(text: string) => void} progress
 * @returns {Promise<import('./run.mjs').RealFigures>}
 */
export async function judgeReal(progress) {
  if (!fs.existsSync(RECORDINGS)) {
    throw new ToolError('--real needs the BinauralSpeech clips in ../shared/data/binaural_speech; with the data set ' +
      'itself: npm run eval:neural -- --data FOLDER.', 2);
  }
  const clips = clipsIn(RECORDINGS);
  /** @type {Map<string, import('./systems.mjs').System[]>} */
  const systems = new Map();
  for (const clip of clips) {
    systems.set(clip.name, await systemsFor(await trainedWithout(clips, clip, progress)));
  }
  const { rows } = await judge(clips, async ({ name }) => systems.get(name) ?? [], progress);
  return {
    rows,
    clips: clips.map(({ name }) => name),
    note: 'Three 15-second clips of BinauralSpeech (CC BY-NC: figures only). LINN: trained on two, tested on the ' +
      `third (seed ${SEED}), 30 s of training data; the published systems were trained on the data set's two hours, their ` +
      'figures measured from the clips on their authors\' demo pages. Each cell: wave L2 x 10³ / amplitude / phase.',
  };
}
