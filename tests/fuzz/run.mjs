// SPDX-License-Identifier: MIT
/**
 * Fuzzing, two doors at a time.
 *
 *     npm run fuzz -- --minutes 10 [DOOR...]    e.g. fuzz_sofa
 *
 * A door is a file tests/fuzz/fuzz_*.c, which libFuzzer opens with the address and undefined-behaviour sanitizers, or
 * tests/fuzz/fuzz_*.mjs, which door.mjs opens. Each begins with what tests/fuzz/corpus/<door> keeps. Findings lie in
 * .build/fuzz/<door>; those that are mended are put into the corpus, so that they are tried for ever.
 */
import fs from 'node:fs';
import path from 'node:path';
import { buildWithCMake } from '../../web/tools/build.mjs';
import { ROOT, ToolError, asProgram, run, withLock } from '../../web/tools/process.mjs';
import { setup } from '../../web/tools/setup.mjs';

const HOME = path.join(ROOT, 'tests/fuzz');
const BUILD = 'fuzz-clang';
/** A door that says nothing for so much longer than it was given hangs. */
const GRACE_S = 60;
const AT_ONCE = 2;
/** Of an input of libFuzzer's; the largest that a door begins with has 14 kB. */
const MOST_BYTES = 16384;

/** @typedef {{ door: string, ok: boolean, said: string, output: string }} DoorResult  `said`: in one line */

/** @returns {string[]} */
export function doorNames() {
  return fs.readdirSync(HOME).filter((file) => /^fuzz_.*\.(c|mjs)$/.test(file))
    .map((file) => path.parse(file).name).sort();
}

/**
 * @param {string} door
 * @param {number} seconds
 * @param {number} seed
 * @returns {Promise<DoorResult>}
 */
async function runDoor(door, seconds, seed) {
  const folder = path.join(ROOT, '.build/fuzz', door);
  const corpus = path.join(HOME, 'corpus', door.replace('fuzz_', ''));
  const native = fs.existsSync(path.join(HOME, `${door}.c`));
  const found = path.join(folder, 'corpus');
  fs.mkdirSync(found, { recursive: true });
  const options = { heartbeat: door, limitSeconds: seconds + GRACE_S };
  const { code, output } = native ?
    await run(path.join(ROOT, '.build', BUILD, 'tests', door), [`-max_total_time=${seconds}`, `-seed=${seed}`,
      `-max_len=${MOST_BYTES}`, '-timeout=20', '-rss_limit_mb=2048', '-print_final_stats=1',
      `-artifact_prefix=${folder}${path.sep}`, found, ...fs.existsSync(corpus) ? [corpus] : []], options) :
    await run(process.execPath, [path.join(HOME, 'door.mjs'), door, '--seconds', `${seconds}`, '--seed', `${seed}`],
      options);
  const runs = /stat::number_of_executed_units: (\d+)/.exec(output)?.[1];
  const last = output.trimEnd().split('\n').pop() ?? '';
  const said = native ? `${door}: ${runs ?? 'no'} inputs${code === 0 ? ', 0 findings' : ', a finding'}` :
    last.startsWith(door) ? last : `${door}: ended with ${code}`;
  return { door, ok: code === 0, said, output };
}

/**
 * @param {{ seconds: number, doors?: string[], seed?: number, show?: boolean }} wishes  of each door; all of them; 1
 * @returns {Promise<DoorResult[]>}
 */
export async function runDoors({ seconds, doors = doorNames(), seed = 1, show = true }) {
  const native = doors.filter((door) => fs.existsSync(path.join(HOME, `${door}.c`)));
  if (native.length > 0) {
    await withLock(BUILD, () => buildWithCMake(BUILD,
      ['-DCMAKE_C_COMPILER=clang', '-DPN_SANITIZE=ON', '-DPN_FUZZ=ON'], native));
  }
  /** @type {DoorResult[]} */
  const results = [];
  const waiting = [...doors];
  const worker = async () => {
    for (let door = waiting.shift(); door !== undefined; door = waiting.shift()) {
      const result = await runDoor(door, seconds, seed);
      results.push(result);
      if (show) {
        console.log(result.ok ? result.said : `${result.output}\n${result.said}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

asProgram(import.meta.url, async () => {
  const args = process.argv.slice(2);
  const number = (/** @type {string} */ key, /** @type {number} */ fallback) => {
    const at = args.indexOf(key);
    const value = at < 0 ? fallback : Number(args.splice(at, 2)[1]);
    if (!(value > 0)) {
      throw new ToolError(`${key} wants a number above 0.`, 2);
    }
    return value;
  };
  const minutes = number('--minutes', 0.5);
  const seed = number('--seed', 1);
  const unknown = args.filter((door) => !doorNames().includes(door));
  if (unknown.length > 0) {
    throw new ToolError(`${unknown.join(', ')}: no such door; there are ${doorNames().join(', ')}.`, 2);
  }
  await setup(['build', 'native']);
  const doors = args.length > 0 ? args : doorNames();
  const results = await runDoors({ seconds: Math.round(60 * minutes), seed, doors });
  process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
});
