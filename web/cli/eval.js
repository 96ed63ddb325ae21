// SPDX-License-Identifier: MIT
/**
 * `pinna eval`: how far binaural recordings are from a reference, in the figures of the literature.
 *
 * Nothing is aligned: a delay between the files is an error of whoever made them, and is measured as one.
 */

import { RESPONSE_FAMILIES, SOUND_FAMILIES, clampedEars, measure, shortestOf } from '../eval/compare.js';
import { parseArgs } from './args.js';
import { CliError } from './errors.js';
import { readInput } from './files.js';
import { Progress } from './progress.js';
import { parseWav } from './wav.js';

export const EVAL_HELP = `pinna eval REFERENCE.wav OUTPUT.wav... [options]

Says how far each output is from the reference: both ears, the same rate, from the same instant on.

  --responses   the files hold impulse responses of both ears: LSD and the other figures of HRTFs
  --mono-twice  a file of one channel is heard in both ears
  --parameters  also say with which parameters each figure is computed
  --json        all of it as JSON, with the parameters

Files of other rates or channels are refused. Of files of other lengths the common beginning is compared, and a note
says so. Samples of outputs beyond full scale are clamped to it, as in the evaluation of the BinauralSpeech data set.
WAV files may hold PCM of 16, 24 or 32 bits or float of 32 or 64 bits.
`;

/** @type {Record<string, import('./args.js').OptionSpec>} */
const OPTIONS = {
  responses: { kind: 'flag' },
  'mono-twice': { kind: 'flag' },
  parameters: { kind: 'flag' },
  json: { kind: 'flag' },
  help: { kind: 'flag', short: 'h' },
};

/** @typedef {import('../eval/metric.js').Family} Family */
/** @typedef {import('./wav.js').Wav & { file: string, notes: string[] }} Heard */

/**
 * @typedef {object} Verdict
 * @property {string} file
 * @property {number} frames that the file has
 * @property {number} comparedFrames
 * @property {string[]} notes
 * @property {Record<string, number>} metrics
 */

/**
 * @param {string} file
 * @param {boolean} monoTwice
 * @returns {Heard} with two channels
 */
function read(file, monoTwice) {
  const wav = parseWav(readInput(file), file);
  if (wav.channels.length === 1 && monoTwice) {
    return { ...wav, file, channels: [wav.channels[0], wav.channels[0]], notes: ['one channel, heard in both ears'] };
  }
  if (wav.channels.length !== 2) {
    throw new CliError(`${file}: has ${wav.channels.length} channel${wav.channels.length > 1 ? 's' : ''} where both ` +
      'ears make 2', wav.channels.length === 1 ? 'give a binaural file, or say --mono-twice' : 'give a binaural file');
  }
  return { ...wav, file, notes: [] };
}

/** @param {number} frames @param {number} rateHz */
function length(frames, rateHz) {
  return `${frames} frames (${(frames / rateHz).toFixed(3)} s)`;
}

/**
 * @param {readonly Family[]} families
 * @param {Heard} reference
 * @param {Heard} output
 * @param {import('../eval/metric.js').Report} report
 * @returns {Verdict}
 */
function judge(families, reference, output, report) {
  const rateHz = reference.sampleRateHz;
  if (output.sampleRateHz !== rateHz) {
    throw new CliError(`${output.file}: its rate is ${output.sampleRateHz} Hz, and ${rateHz} Hz that of ` +
      `${reference.file}`, `resample it, or render it with --rate ${rateHz}`);
  }
  const frames = Math.min(reference.frames, output.frames);
  const shortest = shortestOf(families);
  if (frames <= shortest) {
    const short = output.frames <= shortest ? output : reference;
    throw new CliError(`${short.file}: has ${length(short.frames, rateHz)}`,
      `more than ${shortest} frames are needed, or --responses for impulse responses`);
  }
  const notes = [...output.notes];
  if (output.frames !== reference.frames) {
    notes.push(`has ${length(output.frames, rateHz)}, the reference ${length(reference.frames, rateHz)}: ` +
      'the common beginning is compared');
  }
  const { ears, clamped } = clampedEars(output.channels, frames);
  if (clamped > 0) {
    notes.push(`${clamped} samples beyond full scale were clamped`);
  }
  const truth = reference.channels.map((ear) => ear.subarray(0, frames));
  const metrics = measure(families, truth, ears, rateHz, report);
  return { file: output.file, frames: output.frames, comparedFrames: frames, notes, metrics };
}

/** @param {number} value @param {number} digits */
function written(value, digits) {
  return Number.isNaN(value) ? '-' : value === Infinity ? 'inf' : value === -Infinity ? '-inf' : value.toFixed(digits);
}

/**
 * @param {readonly Family[]} families
 * @param {Heard} reference
 * @param {Verdict[]} verdicts
 * @param {boolean} withParameters
 */
function asText(families, reference, verdicts, withParameters) {
  const lines = [`reference     ${reference.file}: ${length(reference.frames, reference.sampleRateHz)} ` +
    `at ${reference.sampleRateHz} Hz`];
  verdicts.forEach(({ file, notes }, i) => {
    lines.push(`output ${String(i + 1).padEnd(6)} ${file}${notes.map((note) => `; ${note}`).join('')}`);
  });
  const nameWidth = 34;
  const heading = verdicts.length > 1 ? verdicts.map((_, i) => `output ${i + 1}`.padStart(12)).join('') : '';
  for (const family of families) {
    lines.push('', `${family.title.padEnd(nameWidth)}${heading}`.trimEnd());
    for (const { key, name, unit, digits, better } of family.metrics) {
      const label = `  ${name}${better === 'higher' ? ' (higher is better)' : ''}`.padEnd(nameWidth);
      const cells = verdicts.map(({ metrics }) => written(metrics[key], digits).padStart(12)).join('');
      lines.push(`${label}${cells} ${unit}`.trimEnd());
    }
    if (withParameters) {
      Object.entries(family.parameters).forEach(([key, value]) => lines.push(`    ${key}: ${value}`));
    }
  }
  return `${lines.join('\n')}\n`;
}

/**
 * @param {readonly Family[]} families
 * @param {Heard} reference
 * @param {Verdict[]} verdicts
 */
function asJson(families, reference, verdicts) {
  // JSON has no infinities: they become strings, and what has no meaning null.
  const plain = (/** @type {number} */ value) => Number.isFinite(value) || Number.isNaN(value) ? value : `${value}`;
  return `${JSON.stringify({
    reference: { file: reference.file, sampleRateHz: reference.sampleRateHz, frames: reference.frames },
    parameters: Object.fromEntries(families.map(({ key, parameters }) => [key, parameters])),
    units: Object.fromEntries(families.flatMap(({ metrics }) => metrics.map(({ key, unit }) => [key, unit]))),
    outputs: verdicts.map(({ metrics, ...rest }) => ({
      ...rest,
      metrics: Object.fromEntries(Object.entries(metrics).map(([key, value]) => [key, plain(value)])),
    })),
  }, null, 2)}\n`;
}

/**
 * @param {readonly string[]} args after `eval`
 * @returns {Promise<void>}
 */
export async function evalCommand(args) {
  const { flags, rest } = parseArgs(args, OPTIONS, 'pinna eval --help');
  if (flags.help) {
    process.stdout.write(EVAL_HELP);
    return;
  }
  if (rest.length < 2) {
    throw new CliError(`eval wants a reference and at least one output, and is given ${rest.length} ` +
      `file${rest.length === 1 ? '' : 's'}`, 'see pinna eval --help');
  }
  const families = flags.responses ? RESPONSE_FAMILIES : SOUND_FAMILIES;
  const [reference, ...outputs] = rest.map((file) => read(file, flags['mono-twice'] === true));
  const progress = new Progress('comparing');
  try {
    const verdicts = outputs.map((output, i) => judge(families, reference, output,
      (done) => progress.update((i + done) / outputs.length, `, ${output.file}`)));
    progress.done();
    process.stdout.write(flags.json ? asJson(families, reference, verdicts) :
      asText(families, reference, verdicts, flags.parameters === true));
  } finally {
    progress.done();
  }
}
