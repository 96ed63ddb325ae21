// SPDX-License-Identifier: MIT
/** pinna/r3f beside the real React: imported where there is no browser, and as a strict program sees its types. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { bundled } from '../support/bundle.mjs';
import { complaints, installed } from '../support/packages.mjs';

const home = await installed('adapters');

test('imported_and_rendered_on_a_server_it_does_not_throw', async () => {
  const file = path.join(home, 'server.mjs');
  fs.writeFileSync(file, await bundled(`
    import { createElement } from 'react';
    import { renderToString } from 'react-dom/server.edge';
    import { PinnaEngine } from './web/r3f/index.js';
    const pinna = { context: {} };
    console.log(renderToString(createElement(PinnaEngine, { pinna }, createElement('p', null, 'in'))));`,
  [home]));
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.equal(stdout, '<p>in</p>\n');
});

test('a_strict_program_with_reacts_own_types_compiles_and_one_that_misuses_it_does_not', async () => {
  const head = `
    import type { ReactElement } from 'react';
    import type { Pinna } from 'pinna';
    import { PinnaEngine, PinnaListener, PinnaSound, usePinna } from 'pinna/r3f';`;
  const [right, wrong] = await complaints(home, {
    'user-good.tsx': `${head}
    export function Scene({ pinna, buffer }: { pinna: Promise<Pinna>, buffer: AudioBuffer }): ReactElement {
      return (
        <PinnaEngine pinna={pinna}>
          <PinnaListener />
          <PinnaSound buffer={buffer} autoplay loop refDistance={2} cone={[90, 180, 0.2]} position={[1, 0, 0]} />
        </PinnaEngine>
      );
    }
    export function useGain(): number {
      return usePinna().gain;
    }`,
    'user-bad.tsx': `${head}
    export const a = <PinnaSound volume="loud" />;
    export const b = <PinnaEngine />;`,
  });
  assert.deepEqual(right, []);
  assert.equal(wrong.length, 2, wrong.join('\n'));
});
