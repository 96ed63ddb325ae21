// SPDX-License-Identifier: MIT
/**
 * `npm run bake`: makes models/kemar/kemar.safetensors again from Debian's measurement, with the native baker.
 *
 *     npm run bake [-- IN.sofa OUT.safetensors]
 */
import path from 'node:path';
import { buildWithCMake } from './build.mjs';
import { ROOT, ToolError, asProgram, run, withLock } from './process.mjs';
import { setup } from './setup.mjs';

asProgram(import.meta.url, async () => {
  await setup(['build', 'native']);
  await withLock('native-gcc', () => buildWithCMake('native-gcc', ['-DCMAKE_C_COMPILER=gcc'], ['pinna-bake-kemar']));
  const files = process.argv.slice(2).map((file) => path.resolve(file));
  const { code } = await run(path.join(ROOT, '.build/native-gcc/pinna-bake-kemar'), files, { show: true });
  if (code !== 0) {
    throw new ToolError(`the baker answered ${code}.`, code);
  }
});
