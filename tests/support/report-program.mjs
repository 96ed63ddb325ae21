// SPDX-License-Identifier: MIT
/** What the programs that measure and report share: options, a line of progress, and where they ran. */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { ROOT, ToolError, run } from '../../web/tools/process.mjs';

/**
 * Options of a report: flags, and options with a value, which may be repeated.
 *
 * @template {string} F
 * @template {string} V
 * @param {string[]} args
 * @param {readonly F[]} flags    without their dashes
 * @param {readonly V[]} values   likewise
 * @returns {{ flags: Set<F>, values: Record<V, string[]> }}
 * @throws {ToolError}
 */
export function optionsOf(args, flags, values) {
  const given = { flags: /** @type {Set<F>} */ (new Set()), values: /** @type {Record<V, string[]>} */ ({}) };
  for (const name of values) {
    given.values[name] = [];
  }
  for (let i = 0; i < args.length; i++) {
    const name = args[i].replace(/^--/, '');
    if (args[i].startsWith('--') && flags.includes(/** @type {F} */ (name))) {
      given.flags.add(/** @type {F} */ (name));
    } else if (args[i].startsWith('--') && values.includes(/** @type {V} */ (name))) {
      const value = args[++i];
      if (value === undefined) {
        throw new ToolError(`--${name} needs a value.`, 2);
      }
      given.values[/** @type {V} */ (name)].push(value);
    } else {
      const known = [...flags, ...values].map((option) => `--${option}`).join(', ');
      throw new ToolError(`${args[i]} is not an option: ${known}.`, 2);
    }
  }
  return given;
}

/** On a terminal one line that changes; elsewhere a line now and then. */
export function progressLine() {
  const live = process.stderr.isTTY;
  let said = 0;
  return (/** @type {string} */ text) => {
    if (live) {
      process.stderr.write(`\r\x1b[K${text.slice(0, (process.stderr.columns || 80) - 1)}`);
    } else if (text !== '' && Date.now() - said > 15000) {
      process.stderr.write(`${text}\n`);
      said = Date.now();
    }
  };
}

/** @param {string} program @param {string[]} args */
export async function firstLine(program, args) {
  const { code, output } = await run(program, args);
  return code === 0 ? output.split('\n')[0] : '';
}

/** @param {string[]} folders  whose changes make the commit another */
export async function circumstancesOf(folders) {
  const changed = await firstLine('git', ['status', '--porcelain', '--', ...folders]);
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    machine: `${os.cpus().length} x ${os.cpus()[0]?.model.trim()}`,
    node: process.versions.node,
    pinna: JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8')).version,
    commit: (await firstLine('git', ['rev-parse', '--short', 'HEAD'])) + (changed ? ' and changes' : ''),
  };
}
