// SPDX-License-Identifier: MIT
import fs from 'node:fs';
import path from 'node:path';

/**
 * A bundled module and those beside it that it imports before it runs: what a page loads for it.
 *
 * @param {string} file
 * @param {string[]} [known]
 * @returns {string[]} files
 */
export function moduleClosure(file, known = [file]) {
  for (const [, name] of fs.readFileSync(file, 'utf8').matchAll(/\b(?:from|import)\s*"\.\/([\w.-]+)"/g)) {
    const next = path.join(path.dirname(file), name);
    if (!known.includes(next)) {
      known.push(next);
      moduleClosure(next, known);
    }
  }
  return known;
}
