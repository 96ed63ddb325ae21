// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import { buildWithCMake } from '../../web/tools/build.mjs';
import { ROOT, withLock } from '../../web/tools/process.mjs';

const BUILD = path.join(ROOT, '.build/wasm');
const MODULES = ['nn-digest-pinna_simd', 'nn-digest-pinna_plain'];

// With what the folder was configured: the same options configure nothing anew.
test.before(() => withLock('build', () =>
  buildWithCMake('wasm', fs.readFileSync(path.join(BUILD, 'configured-with'), 'utf8').split('\n'), MODULES)));

for (const name of MODULES) {
  test(`${name}: the neural kernels give the bits of the native build`, () => {
    const module = new WebAssembly.Module(fs.readFileSync(path.join(BUILD, `${name}.wasm`)));
    const { _initialize, digest, digest_wanted: wanted } =
      /** @type {Record<string, () => number>} */ (new WebAssembly.Instance(module, {}).exports);
    _initialize();
    assert.equal(digest() >>> 0, wanted() >>> 0);
  });
}
