// SPDX-License-Identifier: MIT
/**
 * The test sets, simulated by models/linn from a seed: voices, sentences, walks and talkers' offsets that no training
 * has seen, in the one room that the models know, and in none. They are kept in .build, and made again when the
 * simulator or the settings change.
 */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, withLock } from '../../web/tools/process.mjs';
import { clipsIn } from './clips.mjs';
import { python } from './python.mjs';

const SEED = 4;
const SECONDS = 10;
/** What the simulated sound depends on. */
const SOURCES = [...['simulate', 'room', 'speech', 'walk', 'frames', 'kemar'].map((name) => `models/linn/${name}.py`),
  'models/kemar/kemar.safetensors'];

const SETS = [
  {
    key: 'room',
    title: 'Simulated, reverberant room',
    model: 'room',
    fitted: false,
    clips: 6,
    options: [],
    note: `Unseen voices, sentences and walks (split "test", seed ${SEED}) in the room of the training.`,
  },
  {
    key: 'anechoic',
    title: 'Simulated, no room',
    model: 'kemar',
    fitted: true,
    clips: 2,
    options: ['--anechoic'],
    note: `Unseen voices, sentences and walks (split "test", seed ${SEED}); the models are those of the anechoic ` +
      'head, which know nothing of the talker\'s level or directivity, so each is also shown at its best level.',
  },
];

/** @param {string[]} settings */
function stampOf(settings) {
  const hash = crypto.createHash('sha256').update(settings.join(' '));
  SOURCES.forEach((file) => hash.update(fs.readFileSync(path.join(ROOT, file))));
  return hash.digest('hex');
}

/**
 * @param {(text: string) => void} progress
 * @returns {Promise<(typeof SETS[number] & { clips: import('./clips.mjs').Clip[] })[]>}
 */
export async function simulatedSets(progress) {
  const made = [];
  for (const set of SETS) {
    const folder = path.join(ROOT, '.build/linn/test', set.key);
    const settings = ['--split', 'test', '--seed', String(SEED), '--seconds', String(SECONDS),
      '--minutes', String(set.clips * SECONDS / 60), ...set.options];
    const stampFile = path.join(folder, 'stamp');
    const stamp = stampOf(settings);
    const fresh = () => fs.existsSync(stampFile) && fs.readFileSync(stampFile, 'utf8') === stamp;
    if (!fresh()) {
      await withLock(`test-set-${set.key}`, async () => {
        if (!fresh()) {
          progress(`simulating ${set.clips} clips: ${set.title}`);
          fs.rmSync(folder, { recursive: true, force: true });
          await python(`Simulating the test set (${set.key})`,
            ['-m', 'models.linn.simulate', '--out', folder, ...settings]);
          fs.writeFileSync(stampFile, stamp);
        }
      });
    }
    made.push({ ...set, clips: clipsIn(folder) });
  }
  return made;
}
