// SPDX-License-Identifier: MIT
/**
 * Writes web/shared/layout.gen.js from the C headers, so that no offset is ever written by hand.
 *
 *     node wasm/layout.mjs            writes the file
 *     node wasm/layout.mjs --check    exits 1 when the file is not what the headers say
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = new URL('../', import.meta.url);
const TARGET = new URL('web/shared/layout.gen.js', ROOT);

/** C's natural sizes of the only types that a shared layout may use. */
const TYPE_BYTES = /** @type {Record<string, number>} */ ({ uint32_t: 4, float: 4, double: 8 });

/** What is taken from which header, and its name in JavaScript. */
const STRUCTS = [
  { file: 'src/scene/pn_scene.h', c: 'pn_scene_header', js: 'Header' },
  { file: 'src/scene/pn_scene.h', c: 'pn_scene_source', js: 'Source' },
  { file: 'src/scene/pn_stats.h', c: 'pn_stats', js: 'Stats' },
];
const ENUMS = [
  { file: 'src/scene/pn_scene.h', prefix: 'PN_SCENE_', js: 'Scene' },
  { file: 'src/scene/pn_scene.h', prefix: 'PN_SOURCE_', js: 'SourceFlag' },
  { file: 'src/scene/pn_scene.h', prefix: 'PN_DISTANCE_', js: 'Distance' },
  { file: 'src/scene/pn_scene.h', prefix: 'PN_TIER_', js: 'Tier' },
  { file: 'src/base/pn_status.h', prefix: 'PN_', js: 'Status' },
  { file: 'src/base/pn_hop.h', prefix: 'PN_HOP_', js: 'Hop' },
];

/** @param {string} file */
function header(file) {
  return readFileSync(new URL(file, ROOT), 'utf8').replace(/\/\*[\s\S]*?\*\//g, '');
}

/** @param {string} name */
function camel(name) {
  return name.replace(/_([a-z0-9])/g, (_, letter) => letter.toUpperCase());
}

/**
 * @param {string} text  a header without comments
 * @param {string} name  of the struct
 */
function structLayout(text, name) {
  const body = text.match(new RegExp(`typedef struct ${name} \\{([^}]*)\\} ${name};`))?.[1];
  const stated = text.match(new RegExp(`static_assert\\(sizeof\\(${name}\\) == (\\d+)`))?.[1];
  if (body === undefined || stated === undefined) {
    throw new Error(`${name}: no such struct with a static_assert of its size`);
  }
  /** @type {[string, number][]} */
  const fields = [];
  let offset = 0;
  for (const line of body.split(';').map((l) => l.trim()).filter(Boolean)) {
    const field = line.match(/^(\w+) (\w+)(?:\[(\d+)\])?$/);
    const bytes = field && TYPE_BYTES[field[1]];
    if (!field || !bytes) {
      throw new Error(`${name}: "${line}" is not a uint32_t, float or double, or an array of them`);
    }
    if (offset % bytes !== 0) {
      throw new Error(`${name}.${field[2]}: padding would be inserted at byte ${offset}`);
    }
    if (field[2] !== 'reserved') {
      fields.push([camel(field[2]), offset]);
    }
    offset += bytes * Number(field[3] ?? 1);
  }
  if (offset !== Number(stated)) {
    throw new Error(`${name}: ${offset} bytes by its fields, ${stated} by its static_assert`);
  }
  return { bytes: offset, fields };
}

/**
 * @param {string} text    a header without comments
 * @param {string} prefix  of the constants wanted
 */
function enumValues(text, prefix) {
  /** @type {[string, number][]} */
  const values = [];
  for (const block of text.matchAll(/enum(?: \w+)? \{([^}]*)\}/g)) {
    let next = 0;
    for (const item of block[1].split(',').map((l) => l.trim()).filter(Boolean)) {
      const [, name, value] = item.match(/^(\w+)(?:\s*=\s*(\w+))?$/) ?? [];
      if (name === undefined) {
        throw new Error(`cannot read the enum constant "${item}"`);
      }
      const number = value === undefined ? next : Number(value);
      if (!Number.isInteger(number)) {
        throw new Error(`${name}: "${value}" is not an integer`);
      }
      next = number + 1;
      if (name.startsWith(prefix)) {
        values.push([name.slice(prefix.length), number]);
      }
    }
  }
  if (values.length === 0) {
    throw new Error(`no enum constant begins with ${prefix}`);
  }
  return values;
}

/** FNV-1a of a text: two builds that disagree about a byte of the layout have different ids. @param {string} text */
function hash(text) {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  }
  return h >>> 0;
}

/** The generated file as text. */
export function generateLayout() {
  const parts = [];
  for (const { file, c, js } of STRUCTS) {
    const { bytes, fields } = structLayout(header(file), c);
    const lines = fields.map(([name, offset]) => `  ${name}: ${offset},`).join('\n');
    parts.push(`/** Byte offsets within \`${c}\`. */\n` +
      `export const ${js} = Object.freeze({\n  bytes: ${bytes},\n${lines}\n});\n`);
  }
  for (const { file, prefix, js } of ENUMS) {
    const lines = enumValues(header(file), prefix).map(([name, value]) => `  ${name}: ${value},`).join('\n');
    parts.push(`/** \`${prefix}*\` of ${file}. */\nexport const ${js} = Object.freeze({\n${lines}\n});\n`);
  }
  const body = parts.join('\n');
  return '// SPDX-License-Identifier: MIT\n' +
    '// Generated by wasm/layout.mjs from the headers in src; do not edit.\n\n' +
    `/** Differs between builds whose layouts differ. */\nexport const LAYOUT_ID = ${hash(body)};\n\n${body}`;
}

function main() {
  const text = generateLayout();
  if (!process.argv.includes('--check')) {
    writeFileSync(TARGET, text);
    return;
  }
  let current = '';
  try {
    current = readFileSync(TARGET, 'utf8');
  } catch {
    // A missing file is a stale one.
  }
  if (current !== text) {
    console.error('web/shared/layout.gen.js is stale: run "node wasm/layout.mjs"');
    process.exitCode = 1;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  main();
}
