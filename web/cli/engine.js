// SPDX-License-Identifier: MIT
/** The same wasm as the worklet's, in Node: SIMD where it is right, scalar where it is not. */

import fs from 'node:fs';
import { fileURLToPath } from 'node:url';

import { PinnaError } from '../errors.js';
import { EngineHost } from '../shared/engine-host.js';
import { CliError, fileError } from './errors.js';

const DIST = new URL('../dist/', import.meta.url);

/**
 * @param {string} name of a module in web/dist
 * @returns {Promise<WebAssembly.Module | undefined>} undefined where this host refuses it
 * @throws {CliError} when it is not there
 */
export async function compileModule(name) {
  const file = fileURLToPath(new URL(name, DIST));
  let bytes;
  try {
    bytes = fs.readFileSync(file);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') {
      throw new CliError(`${file} is missing`, 'build it with: npm run build');
    }
    throw fileError(error, file, 'read');
  }
  return WebAssembly.compile(bytes).catch(() => undefined);
}

/**
 * @returns {Promise<EngineHost>} not booted
 * @throws {CliError}
 */
export async function loadEngine() {
  for (const name of ['pinna.wasm', 'pinna-scalar.wasm']) {
    const module = await compileModule(name);
    const host = module === undefined ? undefined : new EngineHost(module);
    if (host?.selfTest()) {
      return host;
    }
  }
  throw new CliError('neither pinna.wasm nor pinna-scalar.wasm computes rightly here',
    'use a current Node, and build again with: npm run build');
}

/**
 * @returns {Promise<EngineHost>} not booted, with sound fields
 * @throws {CliError}
 */
export async function loadSoundfieldEngine() {
  const module = await compileModule('pinna-soundfield.wasm');
  const host = module === undefined ? undefined : new EngineHost(module);
  if (host?.selfTest()) {
    return host;
  }
  throw new CliError('pinna-soundfield.wasm does not compute rightly here',
    'use a current Node, and build again with: npm run build');
}

/**
 * Says an engine's refusal in the command line's way.
 *
 * @template T
 * @param {string} subject what the engine was given; empty where the refusal names it
 * @param {() => T} action  may be asynchronous
 * @returns {T}
 */
export function engineSays(subject, action) {
  /** @param {unknown} error @returns {never} */
  const say = (error) => {
    if (error instanceof PinnaError) {
      throw new CliError(subject === '' ? error.message : `${subject}: ${error.message}`);
    }
    throw error;
  };
  try {
    const result = action();
    return result instanceof Promise ? /** @type {T} */ (result.catch(say)) : result;
  } catch (error) {
    return say(error);
  }
}
