// SPDX-License-Identifier: MIT
/**
 * "Did you mean": the known word nearest to a mistyped one.
 *
 * Method   Damerau-Levenshtein distance with adjacent transpositions (optimal string alignment); a word is offered
 *          when at most a third of its letters, and at least one, would have to change.
 */

/**
 * @param {string} a
 * @param {string} b
 * @returns {number} insertions, deletions, replacements and swaps of neighbours that turn a into b
 */
function editDistance(a, b) {
  /** @type {number[][]} */
  const d = [];
  for (let i = 0; i <= a.length; i++) {
    d.push(new Array(b.length + 1).fill(0));
    d[i][0] = i;
  }
  for (let j = 0; j <= b.length; j++) {
    d[0][j] = j;
  }
  for (let i = 1; i <= a.length; i++) {
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      d[i][j] = Math.min(d[i - 1][j] + 1, d[i][j - 1] + 1, d[i - 1][j - 1] + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        d[i][j] = Math.min(d[i][j], d[i - 2][j - 2] + 1);
      }
    }
  }
  return d[a.length][b.length];
}

/** Longer words are never typed by hand; comparing them would only cost time. */
const LONGEST = 64;

/**
 * @param {string} word what was written
 * @param {readonly string[]} known what could have been meant
 * @returns {string | undefined} the nearest known word, if one is near
 */
export function nearestWord(word, known) {
  if (word.length > LONGEST) {
    return undefined;
  }
  let best;
  let bestDistance = Infinity;
  for (const candidate of known) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance && distance <= Math.max(1, Math.floor(candidate.length / 3))) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/**
 * @param {string} word
 * @param {readonly string[]} known
 * @returns {string} `did you mean "x"?`, or the whole list when nothing is near
 */
export function suggestion(word, known) {
  const near = nearestWord(word, known);
  return near === undefined ? `known: ${known.join(', ')}` : `did you mean "${near}"?`;
}
