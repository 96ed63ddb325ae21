// SPDX-License-Identifier: MIT
/**
 * clang-format for the C files, except that how far to the right a trailing comment stands is left to its author.
 *
 *     npm run format                  all
 *     npm run format -- FILE...       these
 */
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, ToolError, asProgram, must } from './process.mjs';

const FOLDERS = ['src', 'wasm', 'models', 'tests'];

export function cFiles() {
  return FOLDERS.flatMap((folder) =>
    fs
      .readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.[ch]$/.test(file))
      .map((file) => path.join(folder, file)),
  );
}

/**
 * @param {string} file  below the root
 * @returns {Promise<{ before: string, after: string }>}
 */
export async function formatted(file) {
  const before = fs.readFileSync(path.join(ROOT, file), 'utf8');
  const output = await must(`Formatting ${file}`, 'clang-format', [file]);
  return { before, after: keepAlignment(before.split('\n'), output.split('\n')).join('\n') };
}

/** @param {string} line */
function plain(line) {
  return line.replace(/(\S) +\/\*/g, '$1 /*');
}

/**
 * The second list, with the first's spelling wherever only the room before a comment differs.
 * @param {string[]} mine
 * @param {string[]} theirs
 */
function keepAlignment(mine, theirs) {
  const [a, b] = [mine.map(plain), theirs.map(plain)];
  // Longest common subsequence, from the ends: common[i][j] lines are shared by a[i..] and b[j..].
  const common = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
    }
  }
  const result = [...theirs];
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) {
      result[j++] = mine[i++];
    } else if (common[i + 1][j] >= common[i][j + 1]) {
      i++;
    } else {
      j++;
    }
  }
  return result;
}

asProgram(import.meta.url, async () => {
  const chosen = process.argv.slice(2).map((file) => path.relative(ROOT, path.resolve(file)));
  const outside = chosen.filter((file) => file.startsWith('..'));
  if (outside.length > 0) {
    throw new ToolError(`${outside.join(', ')}: not in this repository.`, 2);
  }
  for (const file of chosen.length > 0 ? chosen : cFiles()) {
    const { before, after } = await formatted(file);
    if (before !== after) {
      fs.writeFileSync(path.join(ROOT, file), after);
      console.log(file);
    }
  }
});
