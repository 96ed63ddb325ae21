// SPDX-License-Identifier: MIT
/**
 * What the structure tests look at: the files that are ours, read from disk so that a tarball can be tested too.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Made or fetched, never committed: .gitignore says the same. */
const NOT_OURS = ['.git', '.build', '.deps', 'node_modules', 'web/dist', 'examples/sounds'];

/**
 * Paths of all files, relative to the root, sorted.
 * @param {string} [folder]
 * @returns {string[]}
 */
export function files(folder = '') {
  return fs
    .readdirSync(path.join(ROOT, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const name = path.posix.join(folder, entry.name);
      if (NOT_OURS.includes(name)) {
        return [];
      }
      return entry.isDirectory() ? files(name) : [name];
    })
    .sort();
}

/** @param {string} file */
export function read(file) {
  return fs.readFileSync(path.join(ROOT, file), 'utf8');
}

/**
 * C without its comments; lines keep their numbers.
 * @param {string} text
 */
export function withoutComments(text) {
  return text.replace(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|"(?:\\.|[^"\\\n])*"/g, (match) =>
    match.startsWith('"') ? match : match.replace(/[^\n]/g, ' '),
  );
}

/**
 * Fails with one offence a line.
 * @param {string[]} offences
 */
export function none(offences) {
  if (offences.length > 0) {
    assert.fail(`${offences.length} found:\n${offences.join('\n')}`);
  }
}
