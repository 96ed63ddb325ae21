// SPDX-License-Identifier: MIT
/** `pinna hrtf`: what is in a measured head, and its conversion to the form that the engine loads. */

import { headFacts } from '../heads/head-info.js';
import { looksLikeSofa } from '../heads/sofa.js';
import { parseArgs } from './args.js';
import { bakeHead } from './baker.js';
import { CliError } from './errors.js';
import { OutputFile, readInput, refuseOverwriting } from './files.js';
import { readBakedHead, readSofa } from './sofa.js';

export const HRTF_HELP = `pinna hrtf FILE.sofa|FILE.safetensors [options]

Says what is in a measured head: who, under which licence, from how many directions, how late and how loud.

  --bake OUT.safetensors  convert a SOFA file to the form that pinna loads
  --json                  say it as JSON

SOFA files of the conventions SimpleFreeFieldHRIR and GeneralFIR can be read. Azimuths are positive to the left.
ITD is the onset of the left ear less that of the right, at a tenth of each response's peak: positive = from the right.
Level is the power over the sphere, both ears, 200 Hz to 16 kHz, against a unit impulse in each ear.
`;

/** @type {Record<string, import('./args.js').OptionSpec>} */
const OPTIONS = {
  bake: { kind: 'text' },
  json: { kind: 'flag' },
  help: { kind: 'flag', short: 'h' },
};

/**
 * @param {number} db
 * @returns {string} to a tenth, and never minus nothing
 */
function decibels(db) {
  return (Math.round(db * 10) / 10 + 0).toFixed(1);
}

/**
 * @param {import('../heads/head-info.js').HeadFacts} f
 * @returns {string}
 */
function asText(f) {
  const { largestHole: hole } = f;
  const lines = [
    ['name', f.name],
    ['licence', f.license],
    ['citation', f.citation],
    ['convention', f.convention],
    ['directions', `${f.directions}, elevations ${f.elevationDeg.map((e) => e.toFixed(1)).join(' to ')} degrees`],
    ['largest hole', `${hole.radiusDeg.toFixed(1)} degrees to the nearest, at azimuth ` +
      `${hole.azimuthDeg.toFixed(0)}, elevation ${hole.elevationDeg.toFixed(0)}`],
    ['filters', `${f.taps} taps at ${f.sampleRateHz} Hz (${(f.taps / f.sampleRateHz * 1000).toFixed(1)} ms)`],
    ['ITD', `${f.itdUs[0].toFixed(0)} to ${f.itdUs[1].toFixed(0)} microseconds`],
    ['level', `${decibels(f.levelDb)} dB`],
    ...f.remarks.map((remark) => ['remark', remark]),
  ];
  return lines.filter(([, value]) => value !== '')
    .map(([key, value]) => `${key.padEnd(13)} ${value.replace(/\s+/g, ' ')}\n`).join('');
}

/**
 * @param {readonly string[]} args after `hrtf`
 * @returns {Promise<void>}
 */
export async function hrtfCommand(args) {
  const { texts, flags, rest } = parseArgs(args, OPTIONS, 'pinna hrtf --help');
  if (flags.help) {
    process.stdout.write(HRTF_HELP);
    return;
  }
  if (rest.length !== 1) {
    throw new CliError(`hrtf wants one file, and is given ${rest.length}`, 'see pinna hrtf --help');
  }
  const [file] = rest;
  const bytes = readInput(file);
  const sofa = looksLikeSofa(bytes) || /\.sofa$/i.test(file);
  if (texts.bake !== undefined && !sofa) {
    throw new CliError(`${file}: not a SOFA file, so there is nothing to bake`, 'leave --bake out');
  }
  const head = sofa ? await readSofa(file) : readBakedHead(bytes, file);
  const said = { file, ...headFacts(head) };
  /** @type {Awaited<ReturnType<typeof bakeTo>> | undefined} */
  let baked;
  if (texts.bake !== undefined) {
    refuseOverwriting(texts.bake, [file]);
    baked = await bakeTo(texts.bake, head, file);
  }
  process.stdout.write(flags.json ? `${JSON.stringify(baked === undefined ? said : { ...said, baked }, null, 2)}\n` :
    asText(said));
  if (baked !== undefined && !flags.json) {
    process.stdout.write(`baked         ${baked.file}: ${baked.bytes} bytes, ${baked.measured} directions, ` +
      `${baked.filled} more to fill holes, gain ${decibels(baked.gainDb)} dB` +
      `${baked.duplicates > 0 ? `, ${baked.duplicates} duplicates left out` : ''}` +
      `${baked.silent > 0 ? `, ${baked.silent} silent ones left out` : ''}\n`);
  }
}

/**
 * @param {string} output
 * @param {import('./sofa.js').MeasuredHead} head
 * @param {string} file
 * @returns {Promise<import('./baker.js').BakeReport & { file: string, bytes: number }>} what was done
 */
async function bakeTo(output, head, file) {
  const out = new OutputFile(output);
  try {
    const { blob, report } = await bakeHead(head, file);
    out.write(blob);
    out.commit();
    return { file: output, bytes: blob.length, ...report };
  } finally {
    out.discard();
  }
}
