// SPDX-License-Identifier: MIT
/** `pinna hrtf`: what is in a measured head, and its conversion to the form that the engine loads. */

import { bakeWishes } from '../heads/bake-wishes.js';
import { headFacts } from '../heads/head-info.js';
import { modelFacts } from '../heads/model-facts.js';
import { looksLikeSofa } from '../heads/sofa-signature.js';
import { parseArgs } from './args.js';
import { bakeHead } from './baker.js';
import { engineSays } from './engine.js';
import { CliError } from './errors.js';
import { OutputFile, readInput, refuseOverwriting } from './files.js';
import { readSofa } from './sofa.js';

export const HRTF_HELP = `pinna hrtf FILE.sofa|FILE.safetensors [options]

Says what is in a measured head, or in a LINN field model in its place: who, under which licence, from how many
directions, how late and how loud.

  --bake OUT.safetensors  convert a SOFA file to the form that pinna loads
  --spacing DEGREES       with --bake: directions further apart get others between them; 3 to 15, 0 = none; 5
  --low-frequency WHAT    with --bake: extend, keep, or auto: what becomes of the octaves below 200 Hz, which
                          loudspeakers hardly radiate; auto carries them on from above where the set needs it
  --diffuse-field         with --bake: equalise to the diffuse field
  --json                  say it as JSON

SOFA files of the conventions SimpleFreeFieldHRIR and GeneralFIR can be read. Azimuths are positive to the left.
ITD is the onset of the left ear less that of the right, at a tenth of each response's peak: positive = from the right.
Level is the power over the sphere, both ears, 200 Hz to 16 kHz, against a unit impulse in each ear.
`;

/** @type {Record<string, import('./args.js').OptionSpec>} */
const OPTIONS = {
  bake: { kind: 'text' },
  spacing: { kind: 'number' },
  'low-frequency': { kind: 'text' },
  'diffuse-field': { kind: 'flag' },
  json: { kind: 'flag' },
  help: { kind: 'flag', short: 'h' },
};

/** @typedef {import('../heads/model-facts.js').ModelFacts & { file: string }} Said */

/** @typedef {import('../heads/baked-head.js').MadeOf} MadeOf */

/**
 * @param {number} db
 * @returns {string} to a tenth, and never minus nothing
 */
function decibels(db) {
  return (Math.round(db * 10) / 10 + 0).toFixed(1);
}

/**
 * @param {Said} f
 * @returns {string}
 */
function asText(f) {
  const { largestHole: hole, network } = f;
  const [nearest, farthest] = network?.distanceM.map((m) => Number(m.toPrecision(3))) ?? [];
  const lines = [
    ['name', f.name],
    ['licence', f.license],
    ['citation', f.citation],
    ['convention', f.convention],
    ...network === null ? [
      ['directions', `${f.directions}, elevations ${f.elevationDeg.map((e) => e.toFixed(1)).join(' to ')} degrees`],
      ['largest hole', `${hole.radiusDeg.toFixed(1)} degrees to the nearest, at azimuth ` +
        `${hole.azimuthDeg.toFixed(0)}, elevation ${hole.elevationDeg.toFixed(0)}`],
    ] : [
      ['network', `${network.parameters} parameters: 40 - ${network.hidden} - ${network.hidden} - ` +
        `${2 * network.bases + 4}, and ${network.bases} filters to mix`],
      ['directions', 'all'],
      ['distances', nearest === farthest ? `those of ${nearest} m` : `${nearest} to ${farthest} m`],
    ],
    ['filters', `${f.taps} taps at ${f.sampleRateHz} Hz (${(f.taps / f.sampleRateHz * 1000).toFixed(1)} ms)`],
    ['ITD', `${f.itdUs[0].toFixed(0)} to ${f.itdUs[1].toFixed(0)} microseconds`],
    ['level', `${decibels(f.levelDb)} dB`],
    ['made of', f.made ? madeText(f.made) : ''],
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
  const { texts, numbers, flags, rest } = parseArgs(args, OPTIONS, 'pinna hrtf --help');
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
  const wishes = wishesOf(texts, numbers, flags);
  const head = sofa ? await readSofa(file) : undefined;
  /** @type {Said} */
  const said = { file, ...head === undefined ? engineSays('', () => modelFacts(bytes, file)) :
    { ...headFacts(head), network: null } };
  /** @type {Awaited<ReturnType<typeof bakeTo>> | undefined} */
  let baked;
  if (texts.bake !== undefined && head !== undefined) {
    refuseOverwriting(texts.bake, [file]);
    baked = await bakeTo(texts.bake, head, file, wishes);
  }
  process.stdout.write(flags.json ? `${JSON.stringify(baked === undefined ? said : { ...said, baked }, null, 2)}\n` :
    asText(said));
  if (baked !== undefined && !flags.json) {
    process.stdout.write(`baked         ${baked.file}: ${baked.bytes} bytes, ${madeText(baked)}, ` +
      `gain ${decibels(baked.gainDb)} dB` +
      `${baked.duplicates > 0 ? `, ${baked.duplicates} duplicates left out` : ''}` +
      `${baked.silent > 0 ? `, ${baked.silent} silent ones left out` : ''}\n`);
  }
}

/**
 * @param {Awaited<ReturnType<typeof parseArgs>>['texts']} texts
 * @param {Awaited<ReturnType<typeof parseArgs>>['numbers']} numbers
 * @param {Awaited<ReturnType<typeof parseArgs>>['flags']} flags
 * @returns {Required<import('../heads/bake-wishes.js').BakeWishes>}
 * @throws {CliError}
 */
function wishesOf(texts, numbers, flags) {
  const given = ['spacing', 'low-frequency', 'diffuse-field'].filter((name) =>
    (texts[name] ?? numbers[name] ?? flags[name]) !== undefined);
  if (given.length > 0 && texts.bake === undefined) {
    throw new CliError(`--${given[0]} is for baking`, 'give --bake OUT.safetensors as well');
  }
  try {
    return bakeWishes({ spacingDeg: numbers.spacing, lowFrequency: texts['low-frequency'],
      diffuseField: flags['diffuse-field'] });
  } catch (error) {
    const { message } = /** @type {Error} */ (error);
    throw new CliError(message.replace('spacingDeg', '--spacing').replace('lowFrequency', '--low-frequency'),
      'see pinna hrtf --help');
  }
}

/** @param {MadeOf} made */
function madeText({ measured, filled, between, lowExtended, diffuseField }) {
  return `${measured} directions measured, ${filled} filled in, ${between} put between` +
    `${lowExtended ? ', carried on below 200 Hz' : ''}${diffuseField ? ', equalised to the diffuse field' : ''}`;
}

/**
 * @param {string} output
 * @param {import('./sofa.js').MeasuredHead} head
 * @param {string} file
 * @param {import('../heads/bake-wishes.js').BakeWishes} wishes
 * @returns {Promise<import('./baker.js').BakeReport & { file: string, bytes: number }>} what was done
 */
async function bakeTo(output, head, file, wishes) {
  const out = new OutputFile(output);
  try {
    const { blob, report } = await bakeHead(head, file, wishes);
    out.write(blob);
    out.commit();
    return { file: output, bytes: blob.length, ...report };
  } finally {
    out.discard();
  }
}
