// SPDX-License-Identifier: MIT
/** `pinna render --renderer linn-dense --positions`: form A of LINN in parity mode. */

import { resampleClip } from './baker.js';
import { OutputFile, readInput } from './files.js';
import { LINN_RATE_HZ, renderTalker } from './linn.js';
import { Progress } from './progress.js';
import { recordStereo, summary } from './record.js';
import { monoOf, parseWav } from './wav.js';

/**
 * @param {Pick<Required<import('./render.js').Job>, 'clipPaths' | 'linn' | 'rows' | 'name'>} job
 * @param {string} output
 * @param {number} frames
 */
export async function renderAsPublished({ clipPaths: [clip], linn, rows, name }, output, frames) {
  const wav = parseWav(readInput(clip), clip);
  const mono = await resampleClip(monoOf(wav), wav.sampleRateHz, LINN_RATE_HZ, name);
  const file = new OutputFile(output);
  const progress = new Progress('rendering');
  const startMs = performance.now();
  try {
    const recorder = recordStereo(file, LINN_RATE_HZ, frames, 0);
    await renderTalker(linn, rows, mono, frames, recorder.keep, (done) => {
      progress.update(Math.min(1, done / frames), '');
      // Lets an interrupt in.
      return new Promise((resolve) => setImmediate(resolve));
    });
    const { peak } = recorder.finish();
    progress.done();
    file.commit();
    process.stdout.write(summary(output, frames / LINN_RATE_HZ, LINN_RATE_HZ, peak, performance.now() - startMs));
  } finally {
    progress.done();
    file.discard();
  }
}
