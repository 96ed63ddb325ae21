// SPDX-License-Identifier: MIT
/** Command-line options: `--name value`, `--name=value`, `-x value`; what is not known is named, with a suggestion. */

import { suggestion } from '../scene/suggest.js';
import { CliError } from './errors.js';

/**
 * @typedef {object} OptionSpec
 * @property {'text' | 'number' | 'flag'} kind
 * @property {string} [short] one letter
 * @property {number} [min] least number
 * @property {number} [max] greatest number
 * @property {boolean} [whole] numbers are integers
 */

/**
 * @typedef {object} Parsed
 * @property {Record<string, string | undefined>} texts
 * @property {Record<string, number | undefined>} numbers
 * @property {Record<string, boolean | undefined>} flags
 * @property {string[]} rest what is no option
 */

/**
 * @param {readonly string[]} args
 * @param {Record<string, OptionSpec>} specs by name
 * @param {string} help the command that explains the options
 * @returns {Parsed}
 * @throws {CliError}
 */
export function parseArgs(args, specs, help) {
  /** @type {Parsed} */
  const parsed = { texts: {}, numbers: {}, flags: {}, rest: [] };
  const seen = new Set();
  for (let i = 0; i < args.length; i++) {
    const arg = args[i];
    if (arg === '--') {
      parsed.rest.push(...args.slice(i + 1));
      break;
    }
    if (!arg.startsWith('-') || arg === '-') {
      parsed.rest.push(arg);
      continue;
    }
    const equals = arg.startsWith('--') ? arg.indexOf('=') : -1;
    const written = equals < 0 ? arg : arg.slice(0, equals);
    const name = nameOf(written, specs, help);
    const spec = specs[name];
    if (seen.has(name)) {
      throw new CliError(`${written} is given twice`, 'give it once');
    }
    seen.add(name);
    if (spec.kind === 'flag') {
      if (equals >= 0) {
        throw new CliError(`${written} takes no value`, `leave "${arg.slice(equals)}" out`);
      }
      parsed.flags[name] = true;
      continue;
    }
    const value = equals < 0 ? args[++i] : arg.slice(equals + 1);
    const forgotten = equals < 0 && value !== undefined && optionNamed(value, specs) !== undefined;
    if (value === undefined || value === '' || forgotten) {
      throw new CliError(`${written} has no value`, `see ${help}`);
    }
    if (spec.kind === 'text') {
      parsed.texts[name] = value;
    } else {
      parsed.numbers[name] = numberOf(written, value, spec);
    }
  }
  return parsed;
}

/**
 * @param {string} written
 * @param {Record<string, OptionSpec>} specs
 * @returns {string | undefined} its name
 */
function optionNamed(written, specs) {
  return Object.keys(specs).find((key) => written === `--${key}` || written === `-${specs[key].short}`);
}

/**
 * @param {string} written
 * @param {Record<string, OptionSpec>} specs
 * @param {string} help
 * @returns {string}
 */
function nameOf(written, specs, help) {
  const name = optionNamed(written, specs);
  if (name === undefined) {
    throw new CliError(`option ${written} is not known`,
      `${suggestion(written, Object.keys(specs).map((key) => `--${key}`))} (${help} explains them)`);
  }
  return name;
}

/**
 * @param {string} written
 * @param {string} value
 * @param {OptionSpec} spec
 * @returns {number}
 */
function numberOf(written, value, { min = -Infinity, max = Infinity, whole = false }) {
  const number = Number(value);
  if (!Number.isFinite(number) || value.trim() === '' || number < min || number > max ||
    (whole && !Number.isInteger(number))) {
    const range = min > -Infinity && max < Infinity ? ` from ${min} to ${max}` :
      min > -Infinity ? ` of at least ${min}` : '';
    throw new CliError(`${written} is "${value}"`, `it must be a ${whole ? 'whole ' : ''}number${range}`);
  }
  return number;
}
