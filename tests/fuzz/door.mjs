// SPDX-License-Identifier: MIT
/**
 * Runs one of the JavaScript doors for a while.
 *
 *     node tests/fuzz/door.mjs fuzz_sofa --seconds 30 [--seed 1]   what tests/fuzz/corpus/sofa keeps, then others
 *     node tests/fuzz/door.mjs fuzz_sofa FILE...                   these inputs once
 *
 * An input that throws what a user should not see, takes longer than 20 s, or lets memory grow beyond 2 GB is a
 * finding: it is kept in .build/fuzz/<door>/ and the exit code is 1. Whoever watches this program ends it
 * if it hangs; its input is in .build/fuzz/<door>/at-work then.
 */
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, asProgram } from '../../web/tools/process.mjs';
import { random } from './mutate.mjs';

/**
 * @typedef {object} Door
 * @property {(rng: import('./mutate.mjs').Random) => Promise<Uint8Array>} next
 * @property {(bytes: Uint8Array) => Promise<string>} take  what came of an input; throws if that is a fault
 * @property {() => Promise<void>} end  throws if good inputs fail by now
 */

const SLOW_MS = 20000;
const MOST_BYTES = 2 * 2 ** 30;
/** Memory is looked at once in so many inputs. */
const LOOK = 64;

asProgram(import.meta.url, async () => {
  const [name, ...args] = process.argv.slice(2);
  const option = (/** @type {string} */ key, /** @type {number} */ fallback) =>
    args.includes(key) ? Number(args[args.indexOf(key) + 1]) : fallback;
  const seed = option('--seed', 1);
  const timed = args.includes('--seconds') || args.includes('--seed');
  const corpus = path.join(ROOT, 'tests/fuzz/corpus', name.replace('fuzz_', ''));
  const kept = fs.existsSync(corpus) ? fs.readdirSync(corpus).sort().map((file) => path.join(corpus, file)) : [];
  const files = timed ? kept : args;
  const { open } = await import(new URL(`${name}.mjs`, import.meta.url).href);
  const door = /** @type {Door} */ (await open());
  const folder = path.join(ROOT, '.build/fuzz', name);
  fs.mkdirSync(folder, { recursive: true });
  const work = fs.openSync(path.join(folder, 'at-work'), 'w');
  const rng = random(seed);
  /** @type {Map<string, number>} */
  const outcomes = new Map();
  const until = performance.now() + 1000 * option('--seconds', 30);
  let runs = 0;
  let slowest = 0;
  let findings = 0;
  for (; runs < files.length || (timed && performance.now() < until); runs++) {
    const bytes = runs < files.length ? fs.readFileSync(files[runs]) : await door.next(rng);
    fs.ftruncateSync(work);
    fs.writeSync(work, bytes, 0, bytes.length, 0);
    const started = performance.now();
    /** @type {string} */
    let outcome;
    try {
      outcome = await door.take(bytes);
    } catch (error) {
      outcome = `finding: ${/** @type {Error} */ (error)?.stack ?? error}`;
    }
    const tookMs = performance.now() - started;
    slowest = Math.max(slowest, tookMs);
    if (tookMs > SLOW_MS) {
      outcome = `finding: took ${tookMs.toFixed(0)} ms`;
    }
    if (runs % LOOK === 0 && process.memoryUsage.rss() > MOST_BYTES) {
      outcome = `finding: memory grew to ${process.memoryUsage.rss()} bytes`;
    }
    if (outcome.startsWith('finding')) {
      findings++;
      const found = path.join(folder, `found-${seed}-${runs}`);
      fs.writeFileSync(found, bytes);
      console.log(`${found}: ${outcome}`);
      if (findings >= 5) {
        break;
      }
    }
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
  }
  await door.end();
  const often = [...outcomes].sort((a, b) => b[1] - a[1]);
  for (const [outcome, count] of often.slice(0, 20)) {
    console.log(`${String(count).padStart(8)}  ${outcome.slice(0, 100)}`);
  }
  console.log(`${name}: ${runs} inputs, ${outcomes.size} outcomes, slowest ${slowest.toFixed(0)} ms, ` +
    `${(process.memoryUsage.rss() / 2 ** 20).toFixed(0)} MB, ${findings} findings`);
  process.exitCode = findings > 0 ? 1 : 0;
});
