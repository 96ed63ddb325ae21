// SPDX-License-Identifier: MIT
/** Programs beside ours: found, started, waited for, and ended with all that they started. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import net from 'node:net';
import os from 'node:os';
import path from 'node:path';

/** After a polite end. */
const KILL_MS = 3000;

/** Groups of processes that still run. @type {Set<number>} */
const running = new Set();

/** Folders of programs that still run. @type {Set<string>} */
const folders = new Set();

let watching = false;

/** Whoever ends us ends what we started: a browser in a group of its own would go on. */
function endWithUs() {
  if (!watching) {
    watching = true;
    process.once('exit', () => {
      running.forEach((group) => signal(group, 'SIGKILL'));
      folders.forEach((folder) => fs.rmSync(folder, { recursive: true, force: true }));
    });
    // A signal ends a process without its 'exit', unless someone listens; who else listens decides.
    for (const [name, status] of /** @type {const} */ ([['SIGINT', 130], ['SIGTERM', 143]])) {
      process.on(name, () => {
        if (process.listenerCount(name) === 1) {
          process.exit(status);
        }
      });
    }
  }
}

/** @param {number} group @param {NodeJS.Signals | 0} name @returns {boolean} whether anyone was there */
function signal(group, name) {
  try {
    process.kill(-group, name);
    return true;
  } catch {
    return false;
  }
}

/**
 * The first of these programs that exists.
 *
 * @param {readonly (string | undefined)[]} names  paths, or names to look for in PATH
 * @returns {string | undefined}
 */
export function findProgram(names) {
  const places = (process.env.PATH ?? '').split(path.delimiter).filter(Boolean);
  for (const name of names) {
    if (!name) {
      continue;
    }
    const files = path.isAbsolute(name) ? [name] : places.map((place) => path.join(place, name));
    const found = files.find((file) => fs.existsSync(file));
    if (found) {
      return found;
    }
  }
  return undefined;
}

/** A port that was free a moment ago. @returns {Promise<number>} */
export function freePort() {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = /** @type {net.AddressInfo} */ (server.address());
      server.close(() => resolve(port));
    });
  });
}

/** A folder that goes with the program that it is for. @param {string} name */
export function temporaryFolder(name) {
  endWithUs();
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), `pinna-${name}-`));
  folders.add(folder);
  return folder;
}

/** @param {string} folder  of temporaryFolder */
export function removeFolder(folder) {
  // A browser's last process may still be writing.
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  folders.delete(folder);
}

export class Program {
  /** What it said so far, both streams. */
  output = '';
  /** @type {(line: string) => void} called for each line that it says */
  onLine = () => {};

  #name;
  #child;
  #group;
  /** @type {Promise<void>} */
  #ended;
  #over = false;
  #partial = '';

  /**
   * @param {string} file
   * @param {readonly string[]} args
   * @param {Record<string, string | undefined>} [env]  added to ours; undefined takes one away
   */
  constructor(file, args, env = {}) {
    endWithUs();
    this.#name = path.basename(file);
    this.#child = spawn(file, args, {
      env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached: true,
    });
    this.#group = this.#child.pid ?? 0;
    if (this.#group > 0) {
      running.add(this.#group);
    }
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream.setEncoding('utf8');
      stream.on('data', (text) => this.#hear(text));
    }
    this.#ended = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.output += `${error.message}\n`;
        this.#over = true;
        resolve();
      });
      this.#child.once('exit', () => {
        this.#over = true;
        resolve();
      });
    });
  }

  /** @param {string} text */
  #hear(text) {
    this.output += text;
    const lines = (this.#partial + text).split('\n');
    this.#partial = lines.pop() ?? '';
    lines.forEach((line) => this.onLine(line));
  }

  /**
   * Waits until it says something, or until `ready` answers true.
   *
   * @param {RegExp | (() => Promise<boolean>)} ready
   * @param {number} limitMs
   * @returns {Promise<string>}  the first group of what it said, else ''
   * @throws {Error} that quotes what it said instead
   */
  async started(ready, limitMs) {
    const began = Date.now();
    for (;;) {
      if (typeof ready === 'function') {
        if (await ready()) {
          return '';
        }
      } else {
        const match = ready.exec(this.output);
        if (match) {
          return match[1] ?? '';
        }
      }
      if (this.#over || Date.now() - began > limitMs) {
        const said = this.output.trim().split('\n').slice(-4).join(' / ');
        throw new Error(`${this.#name} ${this.#over ? 'ended' : `did not start in ${limitMs / 1000} s`}` +
          `${said ? `: ${said}` : ''}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Ends it and all that it started. */
  async end() {
    signal(this.#group, 'SIGTERM');
    const limit = setTimeout(() => signal(this.#group, 'SIGKILL'), KILL_MS);
    await this.#ended;
    clearTimeout(limit);
    // Its children may outlive it by a moment; what listens to nothing is ended for good.
    for (let tries = 0; signal(this.#group, 0) && tries < 20; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    signal(this.#group, 'SIGKILL');
    running.delete(this.#group);
    this.#child.stdout.destroy();
    this.#child.stderr.destroy();
  }
}
