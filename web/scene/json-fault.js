// SPDX-License-Identifier: MIT
/**
 * Where a text stops being JSON. Engines word that differently, and Node often leaves the place out.
 *
 * Method   one token at a time, with a stack of open brackets and what may come next.
 */

const SPACE = /[ \t\r\n]*/y;
const TOKEN = new RegExp([
  '"(?:[^"\\\\\\u0000-\\u001f]|\\\\(?:["\\\\/bfnrt]|u[0-9a-fA-F]{4}))*"',
  '-?(?:0|[1-9]\\d*)(?:\\.\\d+)?(?:[eE][+-]?\\d+)?',
  'true|false|null',
  '[{}[\\],:]',
].join('|'), 'y');

/** @typedef {'value' | 'value or ]' | 'key' | 'key or }' | ':' | ', or end'} Expected */

/**
 * @param {string} text
 * @returns {number} offset of the first token that does not fit; the text's length if nothing is wrong or an end is
 */
export function faultIn(text) {
  /** @type {string[]} */
  const open = [];
  /** @type {Expected} */
  let expected = 'value';
  for (let at = 0; ;) {
    SPACE.lastIndex = at;
    SPACE.exec(text);
    at = SPACE.lastIndex;
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    /** @type {Expected | undefined} */
    const next = token === undefined ? undefined : after(token, expected, open);
    if (token === undefined || next === undefined) {
      return at;
    }
    expected = next;
    at += token.length;
  }
}

/**
 * @param {string} token
 * @param {Expected} expected
 * @param {string[]} open brackets, changed
 * @returns {Expected | undefined} what may come next; undefined if the token may not come here
 */
function after(token, expected, open) {
  const inside = open[open.length - 1];
  const closes = (token === ']' && inside === '[' && (expected === 'value or ]' || expected === ', or end')) ||
    (token === '}' && inside === '{' && (expected === 'key or }' || expected === ', or end'));
  if (closes) {
    open.pop();
    return ', or end';
  }
  switch (expected) {
    case ':':
      return token === ':' ? 'value' : undefined;
    case ', or end':
      return token === ',' && inside !== undefined ? (inside === '[' ? 'value' : 'key') : undefined;
    case 'key':
    case 'key or }':
      return token[0] === '"' ? ':' : undefined;
    default:
      if (token === '[' || token === '{') {
        open.push(token);
        return token === '[' ? 'value or ]' : 'key or }';
      }
      return '}],:'.includes(token) ? undefined : ', or end';
  }
}
