// SPDX-License-Identifier: MIT
/**
 * `npm start`: sets the machine up, builds, makes the examples' sounds, and serves the pages.
 */
import { build } from './build.mjs';
import { asProgram } from './process.mjs';
import { serve, serveOptions } from './serve.mjs';
import { setup } from './setup.mjs';
import { makeSounds } from './sounds.mjs';

asProgram(import.meta.url, async () => {
  const options = serveOptions(process.argv.slice(2));
  await setup(['build', 'sounds']);
  console.log('Building');
  await build();
  await makeSounds();
  const { url } = await serve(options);
  console.log(`\nOpen ${url}/examples/ and put on headphones. Ctrl-C ends it.`);
});
