// SPDX-License-Identifier: MIT
/**
 * What the compiled library contains and calls, read from its object files: no mutable global, no heap, no stdio; and
 * from every function marked PN_RT, followed through all that it calls, KissFFT included, no libm beyond sqrtf, fabsf
 * and floorf.
 */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import test, { before } from 'node:test';
import { buildWithCMake } from '../../web/tools/build.mjs';
import { withLock } from '../../web/tools/process.mjs';
import { ROOT, files, none, read, withoutComments } from './tree.mjs';

/** The library, and KissFFT as it is linked into it. */
const ARCHIVES = ['libpinna.a', 'libpinna_kissfft.a'].map((name) => path.join(ROOT, '.build/native-gcc', name));

/** Compilers call these for plain C; they touch memory that the caller gave, nothing else. */
const MEMORY = ['memcpy', 'memmove', 'memset', 'memcmp', 'strlen', 'strcmp', 'strncmp', 'memchr', 'strchr'];
const LINKER = ['_GLOBAL_OFFSET_TABLE_'];
const REALTIME_MATH = ['sqrtf', 'fabsf', 'floorf'];
const INIT_MATH = [
  'sin', 'cos', 'sincos', 'tan', 'asin', 'acos', 'atan', 'atan2', 'exp', 'exp2', 'log', 'log2', 'log10', 'pow',
  'sqrt', 'cbrt', 'hypot', 'fabs', 'floor', 'ceil', 'round', 'trunc', 'rint', 'lrint', 'lround', 'llround', 'fmod',
  'sinf', 'cosf', 'sincosf', 'asinf', 'acosf', 'atan2f', 'expf', 'logf', 'powf', 'ceilf', 'roundf', 'lrintf', 'lroundf',
  'fmin', 'fmax', 'fminf', 'fmaxf', 'ldexp', 'frexp',
];

/** @param {string} tool @param {string[]} args */
function run(tool, args) {
  return execFileSync(tool, args, { encoding: 'utf8', maxBuffer: 1 << 28 });
}

before(() => withLock('native-gcc', () => buildWithCMake('native-gcc', ['-DCMAKE_C_COMPILER=gcc'], ['pinna'])));

test('no_object_of_the_library_holds_a_mutable_global', () => {
  let objects = 0;
  const wrong = [];
  let object = '';
  for (const line of run('objdump', ['-t', ...ARCHIVES]).split('\n')) {
    const member = /^(\S+\.o):\s+file format/.exec(line);
    if (member) {
      object = member[1];
      objects++;
      continue;
    }
    // address, flags, section, size, name; a section's own symbol carries the flag d.
    const symbol = /^[0-9a-f]+ (.{7}) (\S+)\s+([0-9a-f]+) (\S+)$/.exec(line);
    if (symbol && !symbol[1].includes('d')) {
      const [, , section, , name] = symbol;
      const mutable = /^(\.data|\.bss|\.tdata|\.tbss|\*COM\*)/.test(section) && !section.startsWith('.data.rel.ro');
      if (mutable) {
        wrong.push(`${object}: ${name} in ${section}`);
      }
    }
  }
  assert.ok(objects > 5, `${objects} objects in the library`);
  none(wrong);
});

test('the_library_calls_no_allocator_no_stdio_and_no_lock', () => {
  const defined = new Set();
  const wanted = new Map();
  let object = '';
  for (const line of run('nm', ARCHIVES).split('\n')) {
    const member = /^(\S+\.o):$/.exec(line);
    const symbol = /^[0-9a-f ]* (\w) (\S+)$/.exec(line);
    if (member) {
      object = member[1];
    } else if (symbol && symbol[1] === 'U') {
      wanted.set(symbol[2], object);
    } else if (symbol && /[TtRrVvWwDd]/.test(symbol[1])) {
      defined.add(symbol[2]);
    }
  }
  const allowed = new Set([...MEMORY, ...LINKER, ...REALTIME_MATH, ...INIT_MATH]);
  const wrong = [...wanted].filter(([name]) => !defined.has(name) && !allowed.has(name));
  assert.ok(defined.size > 20);
  none(wrong.map(([name, user]) => `${user} needs ${name}`));
});

/**
 * The functions of the library and all that each refers to by name: calls, tail calls and taken addresses.
 * @returns {Map<string, Set<string>>}  keys and values "object:name" for local functions, "name" for global ones
 */
function references() {
  /** @type {Map<string, { section: string, address: number, size: number, name: string }[]>} */
  const functions = new Map();
  const globals = new Set();
  let object = '';
  for (const line of run('objdump', ['-t', ...ARCHIVES]).split('\n')) {
    const member = /^(\S+\.o):\s+file format/.exec(line);
    if (member) {
      object = member[1];
      functions.set(object, []);
      continue;
    }
    const symbol = /^([0-9a-f]+) (.{7}) (\.text\S*)\s+([0-9a-f]+) (?:\.hidden )?(\S+)$/.exec(line);
    if (symbol && symbol[2].includes('F')) {
      functions.get(object)?.push({
        section: symbol[3], address: parseInt(symbol[1], 16), size: parseInt(symbol[4], 16), name: symbol[5],
      });
      if (symbol[2][0] === 'g') {
        globals.add(symbol[5]);
      }
    }
  }
  /** @param {string} name */
  const key = (name) => {
    const local = !globals.has(name) && functions.get(object)?.some((item) => item.name === name);
    return local ? `${object}:${name}` : name;
  };
  /** @type {Map<string, Set<string>>} */
  const graph = new Map();
  let current = new Set();
  for (const line of run('objdump', ['-dr', '--no-show-raw-insn', ...ARCHIVES]).split('\n')) {
    const member = /^(\S+\.o):\s+file format/.exec(line);
    const head = /^[0-9a-f]+ <(.+)>:$/.exec(line);
    const relocation = /\bR_\w+\s+([^\s+-]+)(?:([+-])0x([0-9a-f]+))?/.exec(line);
    const operand = /\s(?:call|jmp|j\w+|bl|b)\s+[0-9a-f]+ <([^+>]+)(?:\+0x[0-9a-f]+)?>/.exec(line);
    if (member) {
      object = member[1];
    } else if (head) {
      current = new Set();
      graph.set(key(head[1]), current);
    } else if (relocation) {
      const local = functions.get(object) ?? [];
      if (relocation[1].startsWith('.text')) {
        // A local function by its place: PC-relative relocations point 4 bytes before it.
        const offset = (relocation[2] === '-' ? -1 : 1) * parseInt(relocation[3] ?? '0', 16);
        for (const at of [offset, offset + 4]) {
          const target = local.find((f) => f.section === relocation[1] && at >= f.address && at < f.address + f.size);
          if (target) {
            current.add(key(target.name));
          }
        }
      } else if (!relocation[1].startsWith('.')) {
        current.add(key(relocation[1]));
      }
    } else if (operand && !operand[1].startsWith('.')) {
      current.add(key(operand[1]));
    }
  }
  return graph;
}

/** Names of the functions declared or defined with the mark. */
function marked() {
  const declaration = /\b(\w+)\s*\((?:[^(){};]|\([^(){};]*\))*\)\s*PN_RT\b/g;
  return files('src')
    .filter((file) => /\.[ch]$/.test(file))
    .flatMap((file) => [...withoutComments(read(file)).matchAll(declaration)].map((match) => match[1]));
}

test('what_the_audio_thread_calls_reaches_no_libm_beyond_sqrtf_fabsf_floorf_and_no_init_code', () => {
  const graph = references();
  const names = [...new Set(marked())];
  assert.ok(names.includes('pn_engine_process') && names.includes('pn_engine_apply'));
  const allowed = new Set([...MEMORY, ...LINKER, ...REALTIME_MATH]);
  const wrong = [];
  let reached = 0;
  for (const name of names) {
    // A small function may have been inlined wherever it is called, as a static inline one always is.
    const start = graph.has(name) ? [name] : [...graph.keys()].filter((key) => key.endsWith(`:${name}`));
    const seen = new Map(start.map((key) => [key, key]));
    const queue = [...start];
    while (queue.length > 0) {
      const user = /** @type {string} */ (queue.pop());
      reached++;
      for (const target of graph.get(user) ?? []) {
        if (seen.has(target)) {
          continue;
        }
        const trail = `${seen.get(user)} > ${target}`;
        seen.set(target, trail);
        if (graph.has(target)) {
          queue.push(target);
        } else if (!allowed.has(target) && !isData(target)) {
          wrong.push(trail);
        }
      }
    }
  }
  assert.ok(graph.has('pn_engine_process'), 'the library defines pn_engine_process');
  assert.ok(reached > names.length / 2, `${reached} functions followed from ${names.length} marked ones`);
  none([...new Set(wrong)]);
});

/** @type {Set<string> | undefined} */
let constants;

/**
 * Whether a name is one of the library's constant tables.
 * @param {string} name
 */
function isData(name) {
  constants ??= new Set(
    run('objdump', ['-t', ...ARCHIVES])
      .split('\n')
      .flatMap((line) => /\s(?:\.rodata\S*|\.data\.rel\.ro\S*)\s+[0-9a-f]+ (?:\.hidden )?(\S+)$/.exec(line)?.[1] ?? []),
  );
  return constants.has(name);
}
