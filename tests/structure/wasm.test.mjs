// SPDX-License-Identifier: MIT
/** The modules' outside: what they export, that they import nothing, how large they are. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test, { before } from 'node:test';
import v8 from 'node:v8';
import { build } from '../../web/tools/build.mjs';
import { ROOT, read, withoutComments } from './tree.mjs';

v8.setFlagsFromString('--experimental-wasm-relaxed-simd'); // Node 20 has it behind a flag, later ones without

const LARGEST_BYTES = 100_000;

/** What Emscripten 3.1.6 exports by itself from every standalone module. */
const TOOLCHAIN = [
  'memory', '__indirect_function_table', '_initialize', '__errno_location', 'stackSave', 'stackRestore', 'stackAlloc',
];

/** What each module exports is marked in these. */
const MODULES = {
  'pinna.wasm': ['exports.c', 'resample_exports.c'],
  'pinna-linn.wasm': ['exports.c', 'resample_exports.c', 'linn_exports.c'],
  'pinna-linn-relaxed.wasm': ['exports.c', 'resample_exports.c', 'linn_exports.c'],
  'pinna-soundfield.wasm': ['exports.c', 'resample_exports.c', 'soundfield_exports.c'],
  'pinna-scalar.wasm': ['exports.c', 'resample_exports.c'],
  'pinna-bake.wasm': ['bake_exports.c', 'resample_exports.c'],
  'pinna-exact.wasm': ['exact_exports.c'],
};

before(build);

for (const [name, sources] of Object.entries(MODULES)) {
  const load = () => new WebAssembly.Module(fs.readFileSync(path.join(ROOT, 'web/dist', name)));

  test(`${name}_exports_exactly_what_its_sources_mark`, () => {
    const text = sources.map((source) => withoutComments(read(`wasm/${source}`)).replace(/^\s*#.*$/gm, '')).join('\n');
    const wanted = [...text.matchAll(/\bEXPORT\((\w+)\)/g)].map((match) => match[1]);
    assert.ok(wanted.length > 3);
    const exported = WebAssembly.Module.exports(load()).map((item) => item.name);
    assert.deepEqual(exported.filter((item) => !TOOLCHAIN.includes(item)).sort(), wanted.sort());
  });

  test(`${name}_imports_nothing`, () => {
    assert.deepEqual(WebAssembly.Module.imports(load()), []);
  });
}

for (const name of ['pinna.wasm', 'pinna-scalar.wasm']) {
  test(`${name}_is_no_larger_than_100_kB`, () => {
    const { size } = fs.statSync(path.join(ROOT, 'web/dist', name));
    assert.ok(size <= LARGEST_BYTES, `${size} bytes`);
  });
}

test('the_scalar_module_uses_no_simd_and_the_other_does', () => {
  assert.ok(vectorTypes('pinna.wasm') > 0);
  assert.equal(vectorTypes('pinna-scalar.wasm'), 0);
});

/**
 * How many functions of a module declare v128 locals: vector code without one would be a constant.
 * @param {string} name
 */
function vectorTypes(name) {
  const bytes = fs.readFileSync(path.join(ROOT, 'web/dist', name));
  let at = 8;
  const leb = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) {
        return value;
      }
    }
  };
  let found = 0;
  while (at < bytes.length) {
    const section = bytes[at++];
    const end = leb() + at;
    if (section === 10) {
      for (let bodies = leb(); bodies > 0; bodies--) {
        const next = leb() + at;
        let vector = false;
        for (let groups = leb(); groups > 0; groups--) {
          leb();
          vector = bytes[at++] === 0x7b || vector;
        }
        found += vector ? 1 : 0;
        at = next;
      }
    }
    at = end;
  }
  return found;
}
