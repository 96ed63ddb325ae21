// SPDX-License-Identifier: MIT
/**
 * Running other programs from the project's tools: one way to start them, show progress, and report failure.
 */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The repository's root. */
export const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** A failure whose message is meant for the person at the terminal; the exit code comes with it. */
export class ToolError extends Error {
  /** @param {string} message @param {number} [exitCode] */
  constructor(message, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/**
 * @typedef {object} RunOptions
 * @property {string} [cwd]  default the repository's root
 * @property {Record<string, string | undefined>} [env]  added to this process's; undefined takes one away
 * @property {string} [heartbeat]  what is going on: a line every 15 s, with the program's last line
 * @property {boolean} [show]  pass the output through instead of collecting it
 * @property {string} [log]  a file that gets a copy of the output
 * @property {number} [limitSeconds]  the program is ended after this long
 */

/**
 * Runs a program to its end.
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ code: number, output: string }>}  code 127 when it could not be started
 */
export function run(command, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? ROOT,
      env: { ...process.env, ...options.env },
      stdio: options.show ? ['inherit', 'inherit', 'inherit'] : ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    /** @param {Buffer} chunk */
    const collect = (chunk) => {
      output += chunk.toString('utf8');
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    const started = Date.now();
    const beat = options.heartbeat
      ? setInterval(() => {
          const last = output.trimEnd().split('\n').at(-1) ?? '';
          const seconds = Math.round((Date.now() - started) / 1000);
          console.log(`  ${options.heartbeat}: ${seconds} s so far${last ? `, at: ${last.slice(0, 90)}` : ''}`);
        }, 15000)
      : undefined;
    const limit = options.limitSeconds
      ? setTimeout(() => {
          output += `${command}: ended after ${options.limitSeconds} s\n`;
          child.kill('SIGKILL');
          // What it started may hold the pipes open: they are left alone, not waited for.
          child.stdout?.destroy();
          child.stderr?.destroy();
        }, options.limitSeconds * 1000)
      : undefined;
    let done = false;
    /** @param {number} code */
    const finish = (code) => {
      if (done) {
        return;
      }
      done = true;
      clearInterval(beat);
      clearTimeout(limit);
      if (options.log) {
        fs.mkdirSync(path.dirname(options.log), { recursive: true });
        fs.writeFileSync(options.log, output);
      }
      resolve({ code, output });
    };
    child.on('error', (error) => {
      output += `${command}: ${error.message}\n`;
      finish(127);
    });
    child.on('close', (code, signal) => {
      if (signal) {
        output += `${command}: ended by ${signal}\n`;
      }
      finish(code ?? 1);
    });
  });
}

/**
 * Runs a program that must succeed.
 * @param {string} what  for the error's first line
 * @param {string} command
 * @param {string[]} args
 * @param {RunOptions} [options]
 */
export async function must(what, command, args, options) {
  const { code, output } = await run(command, args, options);
  if (code !== 0) {
    throw new ToolError(`${what} failed (${command} answered ${code}).\n${output.trimEnd()}`);
  }
  return output;
}

/** @param {string} program */
export function onPath(program) {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.some((folder) => folder !== '' && fs.existsSync(path.join(folder, program)));
}

/**
 * Holds one of the project's locks while `work` runs, so that two commands may be started side by side.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withLock(name, work) {
  const file = path.join(ROOT, '.build', `${name}.lock`);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  for (;;) {
    try {
      fs.writeFileSync(file, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EEXIST') {
        throw error;
      }
    }
    if (!alive(file)) {
      fs.rmSync(file, { force: true });
      continue;
    }
    if (!told) {
      console.log(`  waiting for another command to finish (${path.relative(ROOT, file)})`);
      told = true;
    }
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const release = () => fs.rmSync(file, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/** @param {string} file */
function alive(file) {
  try {
    const pid = Number(fs.readFileSync(file, 'utf8'));
    // Between creation and the pid being written the file is empty, for less than a moment.
    if (pid === 0) {
      return Date.now() - fs.statSync(file).mtimeMs < 2000;
    }
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Runs a tool's main function when its file is the program; errors for people end as one message.
 * @param {string} url  import.meta.url
 * @param {() => Promise<void>} main
 */
export function asProgram(url, main) {
  const program = process.argv[1];
  if (!program || fs.realpathSync(program) !== fileURLToPath(url)) {
    return;
  }
  main().catch((error) => {
    console.error(error instanceof ToolError ? `pinna: ${error.message}` : error);
    process.exitCode = error instanceof ToolError ? error.exitCode : 1;
  });
}
