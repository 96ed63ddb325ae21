// SPDX-License-Identifier: MIT
/**
 * `npm run fidelity`: how near the sound is to the measured head, for pinna's renderers and for its peers.
 *
 *     npm run fidelity                    everything, some four minutes
 *     npm run fidelity -- --quick         the default head, a sixth of its directions; under a minute
 *     npm run fidelity -- --head F.sofa   another measured head too; may be repeated
 *     npm run fidelity -- --no-peers      without Chromium
 *     npm run fidelity -- --json FILE     all figures, of each direction too
 *     npm run fidelity -- --write         tests/fidelity/REPORT.html and figures.json
 */
import fs from 'node:fs';
import path from 'node:path';
import { build } from '../../web/tools/build.mjs';
import { ROOT, ToolError, asProgram } from '../../web/tools/process.mjs';
import { setup } from '../../web/tools/setup.mjs';
import { circumstancesOf, optionsOf, progressLine } from '../support/report-program.mjs';
import { EngineRenderer } from './engine.mjs';
import { RATE_HZ, openHead, presentHeads } from './heads.mjs';
import {
  ARC_DEG, CLICK_FRAMES, CLICK_HZ, JUMP_DEG, JUMP_FRAME, MOVE_FRAMES, RISING, ROUND, SPEEDS_DEG_S, TONE_FRAMES, TONE_HZ,
  arcAt, compareResponses, describeResponses, level, listenerItself, measureMotion, noise, prepare, tone,
} from './measure.mjs';
import { page } from './page.mjs';
import { ReferenceRenderer } from './reference.mjs';
import { tables } from './tables.mjs';

const REPORT = 'tests/fidelity/REPORT.html';
const FIGURES = 'tests/fidelity/figures.json';
const QUICK_STEP = 6;
/** Degrees between the responses that stand for a renderer held still: of ours, and of the slower ones in the page. */
const ARC_STEP_DEG = { engine: 0.02, peers: 0.5 };
const ARC_FRAMES = { engine: 512, peers: 1024 };
const TONE_SPEED_DEG_S = 90;

/**
 * @typedef {object} RendererFigures
 * @property {string} key
 * @property {string} name
 * @property {boolean} sameHead  whether it renders with the head that it is compared with
 * @property {ReturnType<typeof compareResponses>} responses
 * @property {ReturnType<typeof describeResponses>} described
 * @property {ReturnType<typeof measureMotion>} motion
 */

/**
 * @typedef {object} HeadFigures
 * @property {string} key
 * @property {string} name
 * @property {number[][]} directions
 * @property {ReturnType<typeof listenerItself>} itself
 * @property {RendererFigures[]} renderers
 */

/**
 * @typedef {object} Figures
 * @property {string} command
 * @property {number} seconds
 * @property {Awaited<ReturnType<typeof circumstances>>} circumstances
 * @property {HeadFigures[]} heads
 */

/** @param {string[]} args */
function readOptions(args) {
  const { flags, values } = optionsOf(args, ['quick', 'no-peers', 'write'], ['head', 'json']);
  const missing = values.head.find((file) => !fs.existsSync(file));
  if (missing !== undefined) {
    throw new ToolError(`${missing} is missing.`, 2);
  }
  return {
    quick: flags.has('quick'),
    peers: !flags.has('no-peers'),
    write: flags.has('write'),
    json: values.json.at(-1) ?? '',
    heads: values.head,
  };
}

/** @param {EngineRenderer | ReferenceRenderer | import('./chromium.mjs').PeerRenderer} renderer */
async function movesOf(renderer) {
  const moves = [];
  for (const speed of SPEEDS_DEG_S) {
    moves.push(await renderer.render(noise(MOVE_FRAMES), (n) => arcAt(speed * n / RATE_HZ)));
  }
  return moves;
}

/**
 * Everything about one renderer with one head.
 *
 * @param {import('./measure.mjs').Truth} truth
 * @param {EngineRenderer | ReferenceRenderer | import('./chromium.mjs').PeerRenderer} renderer
 * @param {{ key: string, name: string, sameHead: boolean, kind: 'engine' | 'peers',
 *   defined?: import('./measure.mjs').Ears[] }} what  `defined`: the moves as they should be, where that is known
 * @param {(text: string) => void} progress
 * @returns {Promise<RendererFigures>}
 */
async function measure(truth, renderer, { key, name, sameHead, kind, defined }, progress) {
  const { directions } = truth.head;
  progress(`${truth.head.name}, ${name}: ${directions.length} directions`);
  const responses = compareResponses(truth, await renderer.impulses(directions));
  progress(`${truth.head.name}, ${name}: motion`);
  const stepDeg = ARC_STEP_DEG[kind];
  const places = Array.from({ length: Math.ceil(ARC_DEG / stepDeg) + 2 }, (_, i) => arcAt(i * stepDeg));
  const moves = renderer instanceof ReferenceRenderer && defined ? defined : await movesOf(renderer);
  return {
    key,
    name,
    sameHead,
    responses,
    described: describeResponses(await renderer.impulses(RISING), await renderer.impulses(ROUND)),
    motion: measureMotion({
      moves,
      defined: defined ?? { arc: await renderer.impulses(places, ARC_FRAMES[kind]), stepDeg },
      tone: await renderer.render(tone(TONE_FRAMES, TONE_HZ), (n) => arcAt(TONE_SPEED_DEG_S * n / RATE_HZ)),
      jump: await renderer.render(tone(CLICK_FRAMES, CLICK_HZ), (n) => level(JUMP_DEG[n >= JUMP_FRAME ? 1 : 0]),
        JUMP_FRAME),
    }),
  };
}

const TIERS = /** @type {const} */ ([['exact', 'pinna exact (T1)'], ['bulk', 'pinna bulk (T2)']]);
const PEERS = /** @type {const} */ ([['panner', 'PannerNode HRTF'], ['resonance', 'resonance-audio']]);

async function circumstances() {
  const resonance = fs.readFileSync(path.join(ROOT, 'node_modules/resonance-audio/package.json'), 'utf8');
  return {
    ...await circumstancesOf(['src', 'web', 'wasm', 'models']),
    chromium: '',
    resonance: JSON.parse(resonance).version,
  };
}

/** Shorter numbers for the file: six digits are more than any figure is worth. @param {unknown} value */
function rounded(value) {
  return JSON.stringify(value, (_, x) => typeof x === 'number' && !Number.isInteger(x) ? Number(x.toPrecision(6)) : x);
}

asProgram(import.meta.url, async () => {
  const args = process.argv.slice(2);
  const options = readOptions(args);
  await setup(['build', ...(options.peers ? /** @type {const} */ (['browser']) : [])]);
  await build();
  const progress = progressLine();
  const started = Date.now();
  const found = presentHeads();
  const files = [
    ...(options.quick ? found.slice(0, 1) : found),
    ...options.heads.map((file) => ({ key: path.basename(file), name: path.basename(file), file, baked: null })),
  ];
  if (files.length === 0) {
    throw new ToolError('no measured head is here; Debian\'s package libmysofa1 brings one, or name one with --head.');
  }
  /** @type {Figures} */
  const figures = {
    command: ['npm run fidelity', ...(args.length > 0 ? ['--'] : []), ...args.map((arg) => path.basename(arg))]
      .join(' '),
    seconds: 0,
    circumstances: await circumstances(),
    heads: [],
  };
  for (const [at, file] of files.entries()) {
    const head = await openHead(file, options.quick ? QUICK_STEP : 1, progress);
    progress(`${head.name}: measuring the measured`);
    const truth = prepare(head);
    /** @type {HeadFigures} */
    const said = {
      key: head.key,
      name: head.name,
      directions: head.directions.map((d) => Array.from(d)),
      itself: listenerItself(truth),
      renderers: [],
    };
    progress(`${head.name}: the reference`);
    const reference = new ReferenceRenderer(head.blob);
    const defined = await movesOf(reference);
    said.renderers.push(await measure(truth, reference,
      { key: 'reference', name: 'pinna --renderer exact', sameHead: true, kind: 'engine', defined }, progress));
    for (const [tier, name] of TIERS) {
      said.renderers.push(await measure(truth, new EngineRenderer(tier, head.blob), { key: tier, name, sameHead: true,
        kind: 'engine', defined: tier === 'exact' ? defined : undefined }, progress));
    }
    if (at === 0 && options.peers) {
      const { withPeers } = await import('./chromium.mjs');
      figures.circumstances.chromium = await withPeers(progress, async (renderers, version) => {
        for (const [key, name] of PEERS) {
          said.renderers.push(await measure(truth, renderers[key], { key, name, sameHead: false, kind: 'peers' },
            progress));
        }
        return version;
      });
    }
    figures.heads.push(said);
  }
  figures.seconds = Math.round((Date.now() - started) / 1000);
  progress('');
  console.log(tables(figures));
  if (options.json) {
    fs.writeFileSync(options.json, `${rounded(figures)}\n`);
  }
  if (options.write) {
    fs.writeFileSync(path.join(ROOT, REPORT), page(figures));
    const brief = { ...figures, heads: figures.heads.map(({ directions, renderers, ...rest }) => ({
      ...rest,
      directions: directions.length,
      renderers: renderers.map(({ responses: { plots, ...responses }, ...others }) => ({ ...others, responses })),
    })) };
    fs.writeFileSync(path.join(ROOT, FIGURES), `${JSON.stringify(JSON.parse(rounded(brief)), null, 1)}\n`);
    console.log(`Written to ${REPORT} and ${FIGURES}`);
  }
});
