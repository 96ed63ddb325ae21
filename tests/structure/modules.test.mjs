// SPDX-License-Identifier: MIT
/**
 * Who may include whom under src. Upper modules include lower ones, never the reverse; nn and math do not know each
 * other, nor do dsp and nn.
 */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { files, none, read, withoutComments } from './tree.mjs';

/** @type {Record<string, string[]>} */
const MAY_INCLUDE = {
  base: [],
  simd: ['base'],
  math: ['base'],
  scene: ['base'],
  dsp: ['math', 'simd', 'base'],
  nn: ['simd', 'base'],
  hrtf: ['dsp', 'nn', 'math', 'simd', 'base'],
  render: ['hrtf', 'dsp', 'nn', 'math', 'simd', 'scene', 'base'],
  exact: ['hrtf', 'dsp', 'scene', 'base'], // not render: the yardstick shares no code with what it measures
};

/** The public header shows what these two implement. It includes base and scene only. */
const MAY_INCLUDE_PUBLIC_HEADER = ['hrtf', 'render'];
const PUBLIC_HEADER_INCLUDES = ['base', 'scene'];

const C_LIBRARY = ['assert.h', 'math.h', 'stdbool.h', 'stddef.h', 'stdint.h', 'string.h', 'float.h', 'limits.h'];

/** Files with a reason to include what others may not. */
const EXCEPTIONS = {
  'src/dsp/pn_fft.c': ['kiss_fftr.h'],
  'src/simd/pn_simd.h': ['arm_neon.h', 'wasm_simd128.h', 'xmmintrin.h', 'emmintrin.h', 'smmintrin.h'],
};

const sources = files('src').filter((file) => /\.[ch]$/.test(file));

/** @param {string} file */
function includes(file) {
  return withoutComments(read(file))
    .split('\n')
    .flatMap((line, index) => {
      const match = /^\s*#\s*include\s*([<"])([^>"]+)[>"]/.exec(line);
      return match ? [{ line: index + 1, quoted: match[1] === '"', target: match[2] }] : [];
    });
}

test('every_module_under_src_has_its_place_in_the_rule', () => {
  const modules = new Set(sources.filter((file) => file.split('/').length > 2).map((file) => file.split('/')[1]));
  assert.ok(modules.size > 0);
  none([...modules].filter((name) => !Object.hasOwn(MAY_INCLUDE, name)));
  assert.deepEqual(sources.filter((file) => file.split('/').length === 2), ['src/pn.h']);
});

test('modules_include_only_what_lies_below_them', () => {
  const wrong = [];
  for (const file of sources) {
    const own = file === 'src/pn.h' ? undefined : file.split('/')[1];
    const allowed = own === undefined ? PUBLIC_HEADER_INCLUDES : [own, ...MAY_INCLUDE[own]];
    for (const { line, quoted, target } of includes(file)) {
      if (!quoted || EXCEPTIONS[/** @type {keyof typeof EXCEPTIONS} */ (file)]?.includes(target)) {
        continue;
      }
      const full = target.startsWith('.')
        ? path.posix.join(path.posix.dirname(file), target)
        : path.posix.join('src', target);
      if (!sources.includes(full)) {
        wrong.push(`${file}:${line} includes ${target}, which is not under src`);
      } else if (full === 'src/pn.h') {
        if (own !== undefined && !MAY_INCLUDE_PUBLIC_HEADER.includes(own)) {
          wrong.push(`${file}:${line} includes the public header; only ${MAY_INCLUDE_PUBLIC_HEADER.join(', ')} may`);
        }
      } else if (!allowed.includes(full.split('/')[1])) {
        wrong.push(`${file}:${line} includes ${target}; ${own ?? 'pn.h'} may include ${allowed.join(', ')}`);
      }
    }
  }
  none(wrong);
});

test('the_library_includes_nothing_of_the_system_beyond_c_headers_without_a_heap', () => {
  const wrong = sources.flatMap((file) =>
    includes(file)
      .filter(({ quoted, target }) => {
        const excepted = EXCEPTIONS[/** @type {keyof typeof EXCEPTIONS} */ (file)]?.includes(target);
        return !quoted && !C_LIBRARY.includes(target) && !excepted;
      })
      .map(({ line, target }) => `${file}:${line} includes <${target}>`),
  );
  none(wrong);
});

test('kissfft_is_seen_by_one_file', () => {
  const seen = sources.filter((file) => includes(file).some(({ target }) => target.startsWith('kiss_fft')));
  assert.deepEqual(seen, ['src/dsp/pn_fft.c']);
});
