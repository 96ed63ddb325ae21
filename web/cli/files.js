// SPDX-License-Identifier: MIT
/** Files in and out; an output appears whole or not at all. */

import fs from 'node:fs';
import path from 'node:path';

import { CliError, fileError } from './errors.js';

/**
 * @param {string} file
 * @returns {Buffer}
 * @throws {CliError}
 */
export function readInput(file) {
  try {
    return fs.readFileSync(file);
  } catch (error) {
    throw fileError(error, file, 'read');
  }
}

/**
 * @param {string} output
 * @param {readonly string[]} inputs
 * @throws {CliError} when the output would overwrite an input
 */
export function refuseOverwriting(output, inputs) {
  for (const input of inputs) {
    if (sameFile(output, input)) {
      throw new CliError(`${output}: the output is also an input`, 'name another output');
    }
  }
}

/**
 * @param {string} a
 * @param {string} b
 */
function sameFile(a, b) {
  try {
    return fs.realpathSync(a) === fs.realpathSync(b);
  } catch {
    return path.resolve(a) === path.resolve(b);
  }
}

/** What ends a program early and still lets it tidy up. */
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM']);

/** A file that is written beside its place and moved there at the end. */
export class OutputFile {
  /**
   * @param {string} file
   * @throws {CliError}
   */
  constructor(file) {
    this.file = file;
    this.place = fs.existsSync(file) ? fs.realpathSync(file) : file;
    this.temporary = path.join(path.dirname(this.place), `.${path.basename(this.place)}.${process.pid}.part`);
    this.onExit = () => this.discard();
    /** @type {(signal: NodeJS.Signals) => void} */
    this.onSignal = (signal) => process.exit(signal === 'SIGINT' ? 130 : 143);
    try {
      if (fs.statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
        throw Object.assign(new Error(), { code: 'EISDIR' });
      }
      this.descriptor = fs.openSync(this.temporary, 'w');
    } catch (error) {
      throw fileError(error, file, 'write');
    }
    this.open = true;
    process.once('exit', this.onExit);
    SIGNALS.forEach((signal) => process.once(signal, this.onSignal));
  }

  /**
   * @param {Uint8Array} bytes
   * @param {number} [at] position; where the last write ended if left out
   */
  write(bytes, at) {
    try {
      for (let done = 0; done < bytes.length;) {
        done += fs.writeSync(this.descriptor, bytes, done, bytes.length - done, at === undefined ? null : at + done);
      }
    } catch (error) {
      this.discard();
      throw fileError(error, this.file, 'write');
    }
  }

  /** Moves the file to its place. */
  commit() {
    try {
      fs.closeSync(this.descriptor);
      fs.renameSync(this.temporary, this.place);
    } catch (error) {
      this.discard();
      throw fileError(error, this.file, 'write');
    }
    this.#forget();
  }

  /** Leaves nothing behind. */
  discard() {
    if (!this.open) {
      return;
    }
    this.#forget();
    try {
      fs.closeSync(this.descriptor);
    } catch {
      // Closed before; what matters is that the file goes.
    }
    fs.rmSync(this.temporary, { force: true });
  }

  #forget() {
    this.open = false;
    process.removeListener('exit', this.onExit);
    SIGNALS.forEach((signal) => process.removeListener(signal, this.onSignal));
  }
}
