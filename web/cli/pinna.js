#!/usr/bin/env node
// SPDX-License-Identifier: MIT
/** The command `pinna`. */

import fs from 'node:fs';

import { suggestion } from '../scene/suggest.js';
import { CliError } from './errors.js';

const HELP = `pinna: binaural rendering of moving sources

  pinna render SCENE.json -o OUT.wav                      render a scene for headphones
  pinna render --mono IN.wav --positions TX.txt -o OUT.wav  render a walking talker (BinauralSpeech's files)
  pinna hrtf FILE.sofa|FILE.safetensors                   what is in a measured head; --bake to convert it
  pinna eval REFERENCE.wav OUTPUT.wav...                  how far renderings are from a recording
  pinna perf                                              how fast and how right it is in browsers

  pinna COMMAND --help    the options of a command
  pinna --version
`;

/** @type {Record<string, () => Promise<(args: readonly string[]) => Promise<void>>>} */
const COMMANDS = {
  render: async () => (await import('./render.js')).renderCommand,
  hrtf: async () => (await import('./hrtf.js')).hrtfCommand,
  eval: async () => (await import('./eval.js')).evalCommand,
  perf: async () => (await import('./perf.js')).perfCommand,
};

const EXIT_USER_ERROR = 2;

/** @param {readonly string[]} args */
async function main([command, ...args]) {
  if (command === undefined || command === '--help' || command === '-h' || command === 'help') {
    process.stdout.write(HELP);
    return;
  }
  if (command === '--version' || command === '-v') {
    const { version } = JSON.parse(fs.readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
    process.stdout.write(`${version}\n`);
    return;
  }
  if (!Object.hasOwn(COMMANDS, command)) {
    const kind = command.startsWith('-') ? 'option' : 'command';
    const known = command.startsWith('-') ? ['--help', '--version'] : Object.keys(COMMANDS);
    throw new CliError(`${kind} ${command} is not known`, `${suggestion(command, known)} (see pinna --help)`);
  }
  const run = await COMMANDS[command]();
  await run(args);
}

process.stdout.on('error', (error) => {
  // Whoever reads has had enough, as `head` has.
  if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EPIPE') {
    process.exit(0);
  }
  throw error;
});

main(process.argv.slice(2)).catch((error) => {
  if (error instanceof CliError) {
    process.stderr.write(`pinna: ${error.message.replace(/\s*[\r\n]+\s*/g, ' ')}\n`);
    process.exitCode = EXIT_USER_ERROR;
    return;
  }
  throw error;
});
