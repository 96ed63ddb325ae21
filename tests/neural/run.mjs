// SPDX-License-Identifier: MIT
/**
 * `npm run eval:neural`: LINN beside the baselines, in the tables of the literature.
 *
 *     npm run eval:neural                      the simulated test sets, and KEMAR between its measurements
 *     npm run eval:neural -- --quick           the same with two clips of each set
 *     npm run eval:neural -- --data FOLDER     clips of a real data set instead, in BinauralSpeech's layout
 *     npm run eval:neural -- --real [FOLDER]   also: trained on all real clips but one, tested on that, in rotation
 *     npm run eval:neural -- --models FOLDER   field.safetensors and dense.safetensors for --data
 *     npm run eval:neural -- --json FILE       all figures, of each clip too
 *     npm run eval:neural -- --write           tests/neural/RESULTS.md, RESULTS.html and figures.json
 *
 * --write keeps the table of real clips where it is not measured anew: training for it takes minutes, and data that the
 * project may not hold. The test sets are simulated on this machine from a seed: voices, paths and sentences that no
 * training has heard.
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { build } from '../../web/tools/build.mjs';
import { ROOT, ToolError, asProgram, run } from '../../web/tools/process.mjs';
import { setup } from '../../web/tools/setup.mjs';
import { judgeAnechoic } from './anechoic.mjs';
import { clipsIn } from './clips.mjs';
import { judge } from './judge.mjs';
import { page } from './page.mjs';
import { pythonWithTorch } from './python.mjs';
import { RECORDINGS, judgeReal } from './real.mjs';
import { simulatedSets } from './simulated.mjs';
import { systemsFor } from './systems.mjs';
import { markdown, plain, tables } from './tables.mjs';

const RESULTS = 'tests/neural/RESULTS.md';
const PAGE = 'tests/neural/RESULTS.html';
const FIGURES = 'tests/neural/figures.json';
const QUICK_CLIPS = 2;
const MODELS = path.join(ROOT, 'models/linn');

/**
 * @typedef {object} SetFigures
 * @property {string} key
 * @property {string} title
 * @property {string} note
 * @property {number} clips
 * @property {number} seconds
 * @property {import('./judge.mjs').Row[]} rows
 */

/**
 * @typedef {object} RealFigures
 * @property {import('./judge.mjs').Row[]} rows
 * @property {string[]} clips
 * @property {string} note
 * @property {string} measured  when, and of which commit
 */

/**
 * @typedef {object} Figures
 * @property {string} command
 * @property {number} seconds
 * @property {Awaited<ReturnType<typeof circumstances>>} circumstances
 * @property {SetFigures[]} sets
 * @property {Awaited<ReturnType<typeof judgeAnechoic>>} anechoic
 * @property {RealFigures} [real]
 */

/** @param {string[]} args */
function optionsOf(args) {
  const options = { quick: false, real: '', write: false, data: '', models: '', json: '' };
  for (let i = 0; i < args.length; i++) {
    const value = () => {
      i++;
      if (args[i] === undefined || args[i].startsWith('--')) {
        throw new ToolError(`${args[i - 1]} has no value.`, 2);
      }
      return args[i];
    };
    switch (args[i]) {
      case '--quick': options.quick = true; break;
      case '--real':
        options.real = args[i + 1] === undefined || args[i + 1].startsWith('--') ? RECORDINGS : path.resolve(args[++i]);
        break;
      case '--write': options.write = true; break;
      case '--data': options.data = value(); break;
      case '--models': options.models = value(); break;
      case '--json': options.json = value(); break;
      default:
        throw new ToolError(`${args[i]} is not an option: --quick, --data, --models, --real, --json, --write.`, 2);
    }
  }
  return options;
}

/** On a terminal one line that changes; elsewhere a line now and then. */
function progressLine() {
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
async function firstLine(program, args) {
  const { code, output } = await run(program, args);
  return code === 0 ? output.split('\n')[0] : '';
}

async function circumstances() {
  const changed = await firstLine('git', ['status', '--porcelain', '--', 'src', 'web', 'wasm', 'models']);
  return {
    date: new Date().toISOString().slice(0, 16).replace('T', ' '),
    machine: `${os.cpus().length} x ${os.cpus()[0]?.model.trim()}`,
    node: process.versions.node,
    python: await pythonWithTorch().then(({ versions }) => versions, () => 'no PyTorch'),
    commit: (await firstLine('git', ['rev-parse', '--short', 'HEAD'])) + (changed ? ' and changes' : ''),
  };
}

/** Fewer digits than any figure is worth. @param {unknown} value */
function rounded(value) {
  return JSON.stringify(value, (_, x) => typeof x === 'number' && !Number.isInteger(x) ? Number(x.toPrecision(6)) : x);
}

asProgram(import.meta.url, async () => {
  const args = process.argv.slice(2);
  const options = optionsOf(args);
  await setup(['build', ...(options.data && !options.real ? [] : /** @type {const} */ (['sounds', 'training']))]);
  await build();
  const progress = progressLine();
  const started = Date.now();
  /** @type {Figures} */
  const figures = {
    command: ['npm run eval:neural', ...(args.length > 0 ? ['--'] : []), ...args.map((arg) => path.basename(arg))]
      .join(' '),
    seconds: 0,
    circumstances: await circumstances(),
    sets: [],
    anechoic: undefined,
  };
  const shipped = (/** @type {string} */ name) => ({
    field: path.join(MODELS, `${name}-field.safetensors`), dense: path.join(MODELS, `${name}-dense.safetensors`),
  });
  const sets = options.data ? [{
    key: 'data',
    title: `Clips of ${path.basename(options.data)}`,
    note: '',
    clips: clipsIn(options.data),
    models: options.models ? { field: path.join(options.models, 'field.safetensors'),
      dense: path.join(options.models, 'dense.safetensors') } : shipped('room'),
    fitted: false,
  }] : (await simulatedSets(progress)).map((set) => ({ ...set, models: shipped(set.model) }));
  for (const { key, title, note, clips, models, fitted } of sets) {
    const chosen = options.quick ? clips.slice(0, QUICK_CLIPS) : clips;
    const systems = (await systemsFor(models)).map((system) => ({ ...system, fitted: fitted || system.fitted }));
    const { rows, seconds } = await judge(chosen, async () => systems, (text) => progress(`${title}: ${text}`));
    figures.sets.push({ key, title, note, clips: chosen.length, seconds, rows });
  }
  if (!options.data) {
    figures.anechoic = await judgeAnechoic(shipped('kemar'), progress);
  }
  if (options.real) {
    const { date, commit } = figures.circumstances;
    figures.real = { ...await judgeReal(options.real, progress), measured: `${date} UTC, commit ${commit}` };
  } else if (options.write && fs.existsSync(path.join(ROOT, FIGURES))) {
    figures.real = JSON.parse(fs.readFileSync(path.join(ROOT, FIGURES), 'utf8')).real;
  }
  figures.seconds = Math.round((Date.now() - started) / 1000);
  progress('');
  const shown = tables(figures);
  console.log(shown.map(plain).join('\n'));
  if (options.json) {
    fs.writeFileSync(options.json, `${rounded(figures)}\n`);
  }
  if (options.write) {
    const { date, machine, node, python, commit } = figures.circumstances;
    fs.writeFileSync(path.join(ROOT, RESULTS), `# Neural rendering, measured

\`${figures.command}\`, ${date} UTC, commit ${commit}, ${machine}, Node ${node}, ${python}; ${figures.seconds} s.
[The same with pictures](RESULTS.html); every figure: [figures.json](figures.json).

${shown.map(markdown).join('\n')}`);
    fs.writeFileSync(path.join(ROOT, PAGE), page(figures));
    fs.writeFileSync(path.join(ROOT, FIGURES), `${JSON.stringify(JSON.parse(rounded(figures)), null, 1)}\n`);
    console.log(`Written to ${RESULTS}, ${PAGE} and ${FIGURES}`);
  }
});
