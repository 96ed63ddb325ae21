// SPDX-License-Identifier: MIT
/** How a function of Node's comes to run in a page, whatever the protocol: as text, with its arguments and answer in
 * JSON. */

/** @typedef {string | ((...args: any[]) => unknown)} PageScript  an expression, or a function that needs nothing of
 *   its surroundings; promises are waited for */

/** A page that does not load or answer in this time is broken. */
export const WAIT_MS = 30000;

/** Asked so often whether what is waited for is there. */
const POLL_MS = 50;

/**
 * An expression whose value is a promise of JSON: `{ value }` or `{ error }`.
 *
 * @param {PageScript} script
 * @param {readonly unknown[]} args
 */
export function asExpression(script, args) {
  const call = typeof script === 'string' ? `(${script})` :
    `(${script.toString()})(${args.map((arg) => JSON.stringify(arg) ?? 'undefined').join(', ')})`;
  return `(async () => {
    try {
      return JSON.stringify({ value: await ${call} });
    } catch (error) {
      return JSON.stringify({ error: String(error?.stack?.includes(error?.message) ? error.stack :
        [error, error?.stack ?? ''].join(' ')) });
    }
  })()`;
}

/**
 * @param {unknown} answer  what the expression became
 * @returns {any}
 * @throws {Error} what was thrown in the page
 */
export function valueOf(answer) {
  if (typeof answer !== 'string') {
    throw new Error('the page went away before it answered');
  }
  const { value, error } = JSON.parse(answer);
  if (error !== undefined) {
    throw new Error(`in the page: ${error}`);
  }
  return value;
}

/**
 * Asks until the answer is truthy.
 *
 * @param {() => Promise<any>} ask
 * @param {string} what  for the error
 * @param {number} limitMs
 */
export async function askUntil(ask, what, limitMs) {
  const began = Date.now();
  for (;;) {
    const answer = await ask();
    if (answer) {
      return answer;
    }
    if (Date.now() - began > limitMs) {
      throw new Error(`not in ${limitMs / 1000} s: ${what}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** In the page: the middle of an element, which is brought into view. @param {string} selector */
export function middleOf(selector) {
  const element = document.querySelector(selector);
  if (element === null) {
    throw new Error(`nothing is ${selector}`);
  }
  element.scrollIntoView({ block: 'center', inline: 'center', behavior: 'instant' });
  const { left, top, width, height } = element.getBoundingClientRect();
  if (width === 0 || height === 0) {
    throw new Error(`${selector} is not shown`);
  }
  return [Math.round(left + width / 2), Math.round(top + height / 2)];
}
