// SPDX-License-Identifier: MIT
/** Things that must stay in step, and things that must not be in the repository. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { ROOT, files, none, read } from './tree.mjs';

const TOP_LEVEL = [
  'CMakeLists.txt', 'src', 'wasm', 'web', 'models', 'tests', 'examples', 'package.json', 'package-lock.json',
  'tsconfig.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'NOTICE',
];

const LONGEST_LINE = 120;

const all = files();
const text = all.filter((file) => !/\.(safetensors|wav|flac|png|bin|sofa|npz)$/.test(file));
const code = text.filter((file) => /(\.(c|h|js|mjs|cjs|sh|cmake|py|html|css)|CMakeLists\.txt|\.ci\/run)$/.test(file));

/** @param {string[]} list @param {(line: string, file: string) => boolean} isWrong */
function lines(list, isWrong) {
  return list.flatMap((file) =>
    read(file)
      .split('\n')
      .flatMap((line, index) => (isWrong(line, file) ? [`${file}:${index + 1}: ${line.trim().slice(0, 100)}`] : [])),
  );
}

test('the_versions_in_c_and_package_json_are_equal', () => {
  const c = /#define PN_VERSION "([^"]+)"/.exec(read('src/base/pn_version.h'))?.[1];
  const lock = JSON.parse(read('package-lock.json'));
  assert.match(c ?? '', /^\d+\.\d+\.\d+$/);
  assert.equal(JSON.parse(read('package.json')).version, c);
  assert.equal(lock.version, c);
  assert.match(read('CHANGELOG.md'), new RegExp(`^## \\[?${c?.replaceAll('.', '\\.')}`, 'm'));
});

test('the_generated_scene_layout_is_fresh', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['wasm/layout.mjs', '--check'], {
    cwd: ROOT, encoding: 'utf8',
  });
  assert.equal(status, 0, stdout + stderr);
});

test('the_top_level_holds_what_the_plan_names_and_dot_files', () => {
  const entries = new Set(all.map((file) => file.split('/')[0]).filter((name) => !name.startsWith('.')));
  none([...entries].filter((name) => !TOP_LEVEL.includes(name)));
  none(TOP_LEVEL.filter((name) => !entries.has(name)));
});

test('every_source_file_names_its_licence_at_the_top', () => {
  assert.ok(code.length > 20);
  none(code.filter((file) => !/^.{0,5}SPDX-License-Identifier: MIT/m.test(read(file).slice(0, 200))));
});

test('no_line_of_code_is_longer_than_120_columns', () => {
  none(lines(code, (line) => [...line].length > LONGEST_LINE));
});

test('no_test_file_waits_between_its_tests_where_the_runner_would_end_it', () => {
  const files = code.filter((file) => /^tests\/.*\.test\.mjs$/.test(file));
  assert.ok(files.length > 50);
  none(files.flatMap((file) => {
    const [, ...later] = read(file).split(/^\s*(?:test|browserTest)\(/m);
    return later.join('').split('\n').filter((line) => /^(?=\S).*\bawait\b/.test(line) && !/\basync\b/.test(line))
      .map((line) => `${file}: ${line}`);
  }));
});

test('nothing_is_marked_as_left_to_do', () => {
  const mark = new RegExp(`\\b(${['TO' + 'DO', 'FIX' + 'ME', 'XX' + 'X'].join('|')})\\b`);
  none(lines(text, (line) => mark.test(line)));
});

test('no_file_names_a_folder_of_the_machine_it_was_written_on_or_a_package_registry', () => {
  const folders = ['home', 'root', 'work', 'workspace', 'Users', 'tmp/bash_jobs'];
  const places = new RegExp(`(^|[^\\w.])/(${folders.join('|')})/`);
  const registry = /\bregistry\.\w+\.(org|com)\b|\b\w+\.debian\.org\/debian\b/;
  const here = [ROOT, `${os.homedir()}/`].filter((place) => place.length > 4);
  none(
    lines(text, (line) => places.test(line) || registry.test(line) || here.some((place) => line.includes(place))),
  );
});

test('npm_versions_are_pinned_and_no_package_of_ours_runs_code_at_install', () => {
  const { dependencies, devDependencies, scripts } = JSON.parse(read('package.json'));
  const ranges = Object.entries({ ...dependencies, ...devDependencies });
  none(ranges.filter(([, range]) => !/^\d+\.\d+\.\d+$/.test(range)).map(([name, range]) => `${name}: ${range}`));
  none(['preinstall', 'install', 'postinstall', 'prepare'].filter((name) => name in scripts));
});

test('every_path_that_package_json_names_exists', () => {
  const { bin, exports, scripts } = JSON.parse(read('package.json'));
  const named = [
    ...Object.values(bin),
    exports['.'].default,
    ...Object.values(scripts).flatMap((script) => [...script.matchAll(/\S+\.m?js\b/g)].map((match) => match[0])),
  ];
  assert.ok(named.length > 5);
  none(named.filter((file) => !fs.existsSync(path.join(ROOT, file))));
});
