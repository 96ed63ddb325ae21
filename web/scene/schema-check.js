// SPDX-License-Identifier: MIT
/**
 * Holds a value against a JSON Schema and fills in its defaults.
 *
 * Only the words that pinna's own schemas use are understood; another word is a defect and throws. Messages name the
 * path, the value and the mend: `sources[0].gain is "loud"; it must be a number`.
 */

import { suggestion } from './suggest.js';

/**
 * @typedef {object} Schema
 * @property {string} [description]
 * @property {'object' | 'array' | 'number' | 'integer' | 'string' | 'boolean'} [type]
 * @property {unknown} [const]
 * @property {readonly unknown[]} [enum]
 * @property {readonly Schema[]} [anyOf]  of different kinds: a list, a number, an enum of texts
 * @property {unknown} [default]
 * @property {Record<string, Schema>} [properties]
 * @property {readonly string[]} [required]
 * @property {false} [additionalProperties]
 * @property {Schema} [items]
 * @property {number} [minItems]
 * @property {number} [maxItems]
 * @property {number} [minLength]
 * @property {number} [minimum]
 * @property {number} [exclusiveMinimum]
 * @property {number} [maximum]
 */

const KNOWN_WORDS = new Set(['$schema', 'title', 'description', 'type', 'const', 'enum', 'anyOf', 'default',
  'properties', 'required', 'additionalProperties', 'items', 'minItems', 'maxItems', 'minLength', 'minimum',
  'exclusiveMinimum',
  'maximum']);

/** A scene that cannot be rendered as it is written. */
export class SceneError extends Error {
  /** @param {string} message cause and mend, without a full stop */
  constructor(message) {
    super(message);
    this.name = 'SceneError';
  }
}

const SHOWN_CHARACTERS = 60;

/**
 * @param {unknown} value
 * @returns {string} the value as JSON has it, shortened
 */
export function shown(value) {
  const plain = typeof value === 'number' || value === undefined;
  const text = plain ? String(value) : JSON.stringify(value) ?? String(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
}

/**
 * @param {readonly unknown[]} values
 * @returns {string} `"a", "b" or "c"`
 */
function oneOf(values) {
  const texts = values.map(shown);
  return texts.length < 2 ? texts.join('') : `${texts.slice(0, -1).join(', ')} or ${texts[texts.length - 1]}`;
}

/** @type {Record<NonNullable<Schema['type']>, string>} */
const TYPE_NAMES = {
  object: 'an object {...}',
  array: 'a list [...]',
  number: 'a finite number',
  integer: 'a whole number',
  string: 'a text in quotes',
  boolean: 'true or false',
};

/**
 * @param {unknown} value
 * @param {NonNullable<Schema['type']>} type
 */
function hasType(value, type) {
  switch (type) {
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'array':
      return Array.isArray(value);
    case 'number':
      return Number.isFinite(value);
    case 'integer':
      return Number.isInteger(value);
    default:
      return typeof value === type;
  }
}

/**
 * @param {string} path of the object
 * @param {string} key
 */
function childPath(path, key) {
  const plain = /^[A-Za-z_$][\w$]*$/.test(key);
  return plain ? (path === '' ? key : `${path}.${key}`) : `${path}[${shown(key)}]`;
}

/**
 * @param {unknown} value
 * @param {Schema} schema
 * @param {string} [path] of the value; empty for the whole
 * @returns {any} the value with defaults filled in; the value itself is not changed
 * @throws {SceneError} for the first thing that is wrong
 */
export function checkAgainst(value, schema, path = '') {
  for (const word of Object.keys(schema)) {
    if (!KNOWN_WORDS.has(word)) {
      throw new TypeError(`schema word "${word}" is not understood`);
    }
  }
  const name = path === '' ? 'the scene' : path;
  /** @type {(must: string) => SceneError} */
  const wrong = (must) => new SceneError(`${name} is ${shown(value)}; it must be ${must}`);
  if (schema.const !== undefined && value !== schema.const) {
    throw wrong(shown(schema.const));
  }
  if (schema.anyOf !== undefined) {
    // The one of its kind, so that the message is about what is wrong within it.
    const choice = schema.anyOf.find((one) => one.type === undefined ? typeof value === 'string'
      : hasType(value, one.type));
    if (choice === undefined) {
      throw wrong(schema.anyOf.map((one) => one.type === undefined ? oneOf(one.enum ?? []) : TYPE_NAMES[one.type])
        .join(' or '));
    }
    return checkAgainst(value, choice, path);
  }
  if (schema.enum !== undefined && !schema.enum.includes(value)) {
    throw wrong(oneOf(schema.enum));
  }
  if (schema.type !== undefined && !hasType(value, schema.type)) {
    throw wrong(TYPE_NAMES[schema.type]);
  }
  if (typeof value === 'number') {
    if (schema.minimum !== undefined && value < schema.minimum) {
      throw wrong(`at least ${schema.minimum}`);
    }
    if (schema.exclusiveMinimum !== undefined && value <= schema.exclusiveMinimum) {
      throw wrong(`more than ${schema.exclusiveMinimum}`);
    }
    if (schema.maximum !== undefined && value > schema.maximum) {
      throw wrong(`at most ${schema.maximum}`);
    }
  }
  if (typeof value === 'string' && schema.minLength !== undefined && value.length < schema.minLength) {
    throw wrong('a text that is not empty');
  }
  if (Array.isArray(value)) {
    return checkItems(value, schema, path, name);
  }
  return typeof value === 'object' && value !== null && schema.properties !== undefined ?
    checkProperties(/** @type {Record<string, unknown>} */ (value), schema, path, name) : value;
}

/**
 * @param {unknown[]} value
 * @param {Schema} schema
 * @param {string} path
 * @param {string} name
 * @returns {unknown[]}
 */
function checkItems(value, schema, path, name) {
  const { minItems = 0, maxItems = Infinity, items } = schema;
  if (value.length < minItems || value.length > maxItems) {
    const count = minItems === maxItems ? `${minItems}` :
      value.length < minItems ? `at least ${minItems}` : `at most ${maxItems}`;
    throw new SceneError(`${name} has ${value.length} entries; it must have ${count}`);
  }
  return items === undefined ? value : value.map((item, i) => checkAgainst(item, items, `${path}[${i}]`));
}

/**
 * @param {Record<string, unknown>} value
 * @param {Schema} schema
 * @param {string} path
 * @param {string} name
 * @returns {Record<string, unknown>}
 */
function checkProperties(value, schema, path, name) {
  const properties = schema.properties ?? {};
  for (const key of Object.keys(value)) {
    if (!Object.hasOwn(properties, key)) {
      throw new SceneError(`${childPath(path, key)} is not known; ${suggestion(key, Object.keys(properties))}`);
    }
  }
  for (const key of schema.required ?? []) {
    if (!Object.hasOwn(value, key)) {
      throw new SceneError(`${name} has no "${key}"; add it`);
    }
  }
  /** @type {Record<string, unknown>} */
  const filled = {};
  for (const [key, property] of Object.entries(properties)) {
    const given = Object.hasOwn(value, key) ? value[key] : property.default;
    if (given !== undefined) {
      filled[key] = checkAgainst(given, property, childPath(path, key));
    }
  }
  return filled;
}
