// SPDX-License-Identifier: MIT
/** What is published: which files, how large, and that every entry leads to one. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test, { before } from 'node:test';
import zlib from 'node:zlib';
import { build, buildTypes } from '../../web/tools/build.mjs';
import { moduleClosure } from '../support/module-closure.mjs';
import { ROOT, none, read } from './tree.mjs';

/** What a page of five lines loads before it sounds, but for the wasm and the head. */
const API_AND_WORKLET_BYTES = 30000;
const WASM_BYTES = 100000;

/** What may lie where. */
const CONTENTS = [
  /^(package\.json|README\.md|LICENSE|NOTICE|CHANGELOG\.md)$/,
  /^models\/[\w/-]+\.(md|json|safetensors)$/,
  /^web\/(?!tools\/|dist\/)[\w/.-]+\.(js|json|html|css|md|d\.ts)$/,
  /^web\/dist\/(types\/[\w/.-]+\.d\.ts|[\w.-]+\.(js|wasm|f32)|h5wasm\.LICENSE\.txt)$/,
];

const { exports, main, types, bin } = JSON.parse(read('package.json'));

before(async () => {
  await build();
  await buildTypes();
});

/** @returns {string[]} */
function packed() {
  const { status, stdout, stderr } = spawnSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'],
    { cwd: ROOT, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout)[0].files.map((/** @type {{ path: string }} */ file) => file.path);
}

/** @param {string} file */
const compressed = (file) => zlib.gzipSync(fs.readFileSync(file), { level: 9 }).length;

test('the_package_holds_what_it_needs_and_nothing_else', (t) => {
  const list = packed();
  none(list.filter((file) => !CONTENTS.some((place) => place.test(file))));
  none(list.filter((file) => /(^|\/)(tests?|examples|node_modules)\/|\.test\.|\.mjs$|tsconfig\.types/.test(file)));
  const named = [main, types, ...Object.values(bin), ...Object.values(exports).flatMap((target) =>
    typeof target === 'string' ? [target] : Object.values(target))].filter((file) => !file.includes('*'));
  none(named.filter((file) => !list.includes(file.replace(/^\.\//, ''))));
  t.diagnostic(`${list.length} files`);
});

test('every_entry_that_is_a_module_has_types_and_is_of_one_build', () => {
  const entries = Object.entries(exports).filter(([, target]) => typeof target !== 'string');
  assert.ok(entries.length >= 5);
  none(entries.filter(([, { types: declared, default: file }]) =>
    !/^\.\/web\/dist\/types\/[\w/]+\.d\.ts$/.test(declared) || !/^\.\/web\/dist\/[\w-]+\.js$/.test(file))
    .map(([name]) => `${name}: web/tools/bundle.mjs makes entries of web/dist/NAME.js`));
});

test('api_and_worklet_have_30_kb_compressed_and_the_wasm_100_kb', (t) => {
  const dist = path.join(ROOT, 'web/dist');
  const files = [...moduleClosure(path.join(dist, 'pinna.js')), path.join(dist, 'pinna.worklet.js')];
  const sizes = files.map((file) => ({ file, bytes: compressed(file) }));
  const sum = sizes.reduce((total, { bytes }) => total + bytes, 0);
  sizes.forEach(({ file, bytes }) => t.diagnostic(`${path.basename(file)}: ${bytes} B compressed`));
  const wasm = fs.statSync(path.join(ROOT, 'web/dist/pinna.wasm')).size;
  t.diagnostic(`together ${sum} of ${API_AND_WORKLET_BYTES} B; pinna.wasm ${wasm} of ${WASM_BYTES} B`);
  assert.ok(files.length >= 3 && sum > 10000, 'all was found');
  assert.ok(sum <= API_AND_WORKLET_BYTES, `${sum} B`);
  assert.ok(wasm <= WASM_BYTES, `${wasm} B`);
});
