// SPDX-License-Identifier: MIT
/**
 * `pinna render`: a scene, or a talker of the BinauralSpeech data set, to a binaural WAV file.
 *
 * The engine moves everything once per hop, and a snapshot says where things are when its hop ends. So the snapshot of
 * a hop's end is applied just before the block that completes the hop, and blocks end where hops end: the samples are
 * the same whatever --quantum is, once the latency that partial hops cost is taken off the front.
 */

import path from 'node:path';

import { NATURAL, TIMBRES } from '../equalizer.js';
import { parseScene, SceneError } from '../scene/scene-file.js';
import { RENDERERS } from '../scene/scene-schema.js';
import { ScenePlayer, longestDopplerPath } from '../scene/scene-player.js';
import { suggestion } from '../scene/suggest.js';
import { LinnForm } from '../shared/engine-host.js';
import { Hop } from '../shared/layout.gen.js';
import { parseArgs } from './args.js';
import { resampleClip } from './baker.js';
import { binauralSpeechScene, parsePositions } from './binaural-speech.js';
import { engineSays, loadEngine, loadSoundfieldEngine } from './engine.js';
import { CliError } from './errors.js';
import { OutputFile, readInput, refuseOverwriting } from './files.js';
import { DEFAULT_FIELD, loadField, loadHead } from './head.js';
import { LINN_RATE_HZ, loadLinnEngine, readLinnModel } from './linn.js';
import { Progress } from './progress.js';
import { recordStereo, summary } from './record.js';
import { checkForExact, renderExact } from './render-exact.js';
import { renderAsPublished } from './render-linn.js';
import { ReplayWriter } from './replay-writer.js';
import { feedFields, loadFieldClips } from './soundfields.js';
import { STEREO_MAX_FRAMES, monoOf, parseWav } from './wav.js';

const HOP_FRAMES = Hop.FRAMES;
const MIN_RATE_HZ = 8000;
const MAX_RATE_HZ = 192000;
/** Seconds of sound that progress reports between looks at the clock. */
const REPORT_FRAMES = 16 * HOP_FRAMES;
/** The longest path of a source with Doppler that the engine holds. */
const DOPPLER_MAX_M = 1000;
/** Rounding may lengthen a path a little. */
const DOPPLER_MARGIN_M = 0.5;

export const RENDER_HELP = `pinna render SCENE.json -o OUT.wav [options]
pinna render --mono IN.wav --positions TX.txt -o OUT.wav [options]

Renders a scene, or one talker who walks, for headphones: a 32-bit float stereo WAV file.

  SCENE.json            a scene file, version 1; paths in it are relative to it
  --mono IN.wav         what the talker says (several channels become their mean)
  --positions TX.txt    where the talker is: 120 rows a second of x y z qx qy qz qw, in the axes of the
                        BinauralSpeech data set (x forward, y right, z up, metres, quaternion scalar last);
                        a row may start with its index, and rows may then be left out
  -o, --output OUT.wav  written whole or not at all
  --renderer NAME       hrtf (the default); linn: a network in the head's place, which also hears which way sources
                        face; linn-dense or linn-fir: the dense LINN, on short-time spectra or as short filters; or
                        exact: the reference, double precision and sample by sample, for the last bit of quality; about
                        real time for one source, a seventh of it where air, occlusion, directivity or near field change
  --model FILE          of linn, or of the dense LINN; the scene's, or the one that ships with pinna. linn-dense with
                        --positions renders the rows as they are, the way the published systems do
  --live                unless this says that it renders as it does live: poses move with every sample
  --hrtf FILE           a head: .safetensors (baked) or .sofa (baked on the fly); "default" is the built-in one
  --timbre NAME         measured (the default, where the scene does not say): as it was in the dummy's ear; or natural:
                        even as headphones expect it, as pages have it; of the heads that ship with pinna
  --rate HZ             of the output, ${MIN_RATE_HZ} to ${MAX_RATE_HZ}; the scene's, or the mono file's
  --quantum N           frames that are rendered at a time, 1 to 65536; 128; changes no sample
  --tail S              seconds to render after the scene's end; 0
  --dump-replay FILE    also write what the engine was fed, for pn_replay (tests/support/replay.h)

Soundfields of a scene are AmbiX files: 4, 9 or 16 channels in ACN order with SN3D norm.

WAV files may hold PCM of 16, 24 or 32 bits or float of 32 or 64 bits, at any rate.
`;

/** @type {Record<string, import('./args.js').OptionSpec>} */
const OPTIONS = {
  output: { kind: 'text', short: 'o' },
  mono: { kind: 'text' },
  positions: { kind: 'text' },
  renderer: { kind: 'text' },
  model: { kind: 'text' },
  live: { kind: 'flag' },
  hrtf: { kind: 'text' },
  timbre: { kind: 'text' },
  rate: { kind: 'number', min: MIN_RATE_HZ, max: MAX_RATE_HZ, whole: true },
  quantum: { kind: 'number', min: 1, max: 65536, whole: true },
  tail: { kind: 'number', min: 0, max: 3600 },
  'dump-replay': { kind: 'text' },
  help: { kind: 'flag', short: 'h' },
};

/** Renderers that are the dense LINN, and how. */
const LINN_FORMS = /** @type {Record<string, number | undefined>} */ ({
  'linn-dense': LinnForm.FRAMES,
  'linn-fir': LinnForm.FIR,
});

/**
 * @typedef {object} Job
 * @property {import('../scene/scene-file.js').Scene} scene
 * @property {string} name of what is rendered, for messages
 * @property {string} head 'default' or a path
 * @property {string} [model] path that the scene names
 * @property {string[]} clipPaths of each source
 * @property {string[]} fieldPaths of each soundfield
 * @property {import('./linn.js').LinnModel} [linn] renders it
 * @property {{ file: string, blob: Uint8Array }} [field] takes the head's place
 * @property {boolean} [natural] its timbre is evened out
 * @property {readonly (readonly number[])[]} [rows] that it renders as they are, 120 a second
 */

/**
 * @param {string} file
 * @param {Record<string, unknown>} overrides of the scene's own keys
 * @returns {Job}
 */
function sceneJob(file, overrides) {
  const scene = parsed(file, readInput(file).toString('utf8'), overrides);
  const folder = path.dirname(file);
  /** @type {(written: string) => string} */
  const beside = (written) => path.isAbsolute(written) ? written : path.join(folder, written);
  return {
    scene,
    name: file,
    head: overrides.hrtf !== undefined || scene.hrtf === 'default' ? scene.hrtf : beside(scene.hrtf),
    model: scene.model === 'default' ? undefined : beside(scene.model),
    clipPaths: scene.sources.map((source) => beside(source.audio)),
    fieldPaths: scene.soundfields.map((field) => beside(field.audio)),
  };
}

/**
 * @param {string} mono
 * @param {string} positions
 * @param {Record<string, unknown>} overrides
 * @param {import('./linn.js').LinnModel} [model] that renders it
 * @returns {Job}
 */
function talkerJob(mono, positions, overrides, model) {
  const rows = parsePositions(readInput(positions).toString('utf8'), positions);
  const wav = parseWav(readInput(mono), mono);
  if (overrides.sampleRate === undefined && (wav.sampleRateHz < MIN_RATE_HZ || wav.sampleRateHz > MAX_RATE_HZ)) {
    throw new CliError(`${mono}: its rate is ${wav.sampleRateHz} Hz`, 'give the output another with --rate');
  }
  // A model of a point source knows no markers: it takes a head's place in the scene, as a field does.
  const heard = model?.mouth.some((x) => x !== 0) ? model : undefined;
  const field = overrides.renderer === 'linn' || (model !== undefined && heard === undefined);
  const talker = field ? FIELD_TALKER : heard && linnTalker(heard);
  const raw = binauralSpeechScene(mono, rows, wav.sampleRateHz, wav.frames / wav.sampleRateHz, talker);
  const scene = parsed(positions, raw, overrides);
  const job = { scene, name: mono, head: scene.hrtf, clipPaths: [mono], fieldPaths: [], linn: model };
  return heard ? { ...job, rows: rowsOf(rows) } : job;
}

/**
 * Every row, where some were left out: straight between those that are there.
 *
 * @param {readonly { index: number, row: number[] }[]} rows
 * @returns {number[][]}
 */
function rowsOf(rows) {
  const all = [];
  for (let i = 0, at = 0; i <= rows[rows.length - 1].index; i++) {
    while (at + 1 < rows.length && rows[at + 1].index <= i) {
      at++;
    }
    const [from, to] = [rows[at], rows[Math.min(at + 1, rows.length - 1)]];
    const t = to.index > from.index ? Math.max(0, (i - from.index) / (to.index - from.index)) : 0;
    all.push(from.row.map((x, k) => x + t * (to.row[k] - x)));
  }
  return all;
}

/** What a field model leaves to the engine: 1/r, down to where nobody talks. It hears which way the talker faces. */
const FIELD_TALKER = Object.freeze({
  turned: true, gain: 10, distance: Object.freeze({ model: 'inverse', refDistance: 0.1 }),
});

/**
 * What a dense LINN knows of a talker: its law of distance is in the network, or 1/r as far as it learned it.
 *
 * @param {import('./linn.js').LinnModel} model
 * @returns {import('./binaural-speech.js').Talker}
 */
function linnTalker({ mouth, range: [nearest], overDistance }) {
  return {
    mouth,
    turned: true,
    gain: overDistance ? 1 / nearest : 1,
    distance: overDistance ? { model: 'inverse', refDistance: nearest } : { model: 'none' },
  };
}

/**
 * @param {string} name of the file, for messages
 * @param {string | object} raw
 * @param {Record<string, unknown>} overrides
 */
function parsed(name, raw, overrides) {
  try {
    return Object.assign(parseScene(raw), overrides);
  } catch (error) {
    if (error instanceof SceneError) {
      throw new CliError(`${name}: ${error.message}`);
    }
    throw error;
  }
}

/**
 * @template T
 * @param {Job} job
 * @param {(wav: import('./wav.js').Wav, file: string) => T | Promise<T>} take  what is kept of a file
 * @returns {Promise<{ clips: T[], numbers: number[] }>} of each file once, and each source's clip number, from 1
 */
async function loadClips(job, take) {
  /** @type {Map<string, number>} */
  const known = new Map();
  /** @type {T[]} */
  const clips = [];
  const numbers = [];
  for (const file of job.clipPaths) {
    const key = path.resolve(file);
    let number = known.get(key);
    if (number === undefined) {
      clips.push(await take(parseWav(readInput(file), file), file));
      number = clips.length;
      known.set(key, number);
    }
    numbers.push(number);
  }
  return { clips, numbers };
}

/** @param {number} a @param {number} b @returns {number} */
function greatestCommonDivisor(a, b) {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

/**
 * @param {object} task
 * @param {import('../shared/engine-host.js').EngineHost} task.host booted, with its clips
 * @param {ScenePlayer} task.player
 * @param {number} task.rateHz
 * @param {number} task.frames
 * @param {number} task.quantum
 * @param {OutputFile} task.file
 * @param {ReplayWriter | undefined} task.replay
 * @param {import('./soundfields.js').FieldClip[]} task.fields of the first slots
 * @returns {Promise<{ peak: number, renderMs: number }>}
 */
async function renderScene({ host, player, rateHz, frames, quantum, file, replay, fields }) {
  const skip = host.latencyFrames;
  const recorder = recordStereo(file, rateHz, frames, skip);
  const progress = new Progress('rendering');
  const startMs = performance.now();
  /** @type {(t: number) => void} */
  const apply = (t) => {
    const snapshot = player.at(t);
    host.applyScene(snapshot);
    replay?.apply(snapshot);
  };
  apply(0);
  let done = 0;
  let nextReport = REPORT_FRAMES;
  try {
    while (done < frames + skip) {
      const end = done + quantum;
      while (done < end) {
        const toHop = host.framesToHop;
        const block = Math.min(toHop, end - done);
        if (block === toHop) {
          apply((done + block) / rateHz);
        }
        feedFields(host, fields, done, block);
        host.process(block);
        replay?.process(block);
        recorder.keep(host.left, host.right, block);
        done += block;
      }
      if (done >= nextReport) {
        nextReport = done + REPORT_FRAMES;
        const speed = done / rateHz / ((performance.now() - startMs) / 1000);
        progress.update(Math.min(1, done / (frames + skip)), `, ${speed.toFixed(0)}x real time`);
        // Lets an interrupt in.
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  } finally {
    progress.done();
  }
  replay?.end(skip, frames);
  return { ...recorder.finish(), renderMs: performance.now() - startMs };
}

/**
 * @param {readonly string[]} args after `render`
 * @returns {Promise<void>}
 */
export async function renderCommand(args) {
  const { texts, numbers, flags, rest } = parseArgs(args, OPTIONS, 'pinna render --help');
  if (flags.help) {
    process.stdout.write(RENDER_HELP);
    return;
  }
  const { output } = texts;
  if (output === undefined) {
    throw new CliError('render has no output file', 'name it with: -o OUT.wav');
  }
  if (texts.renderer !== undefined && !RENDERERS.includes(texts.renderer)) {
    throw new CliError(`renderer "${texts.renderer}" does not exist`, suggestion(texts.renderer, RENDERERS));
  }
  if (texts.timbre !== undefined && !TIMBRES.some((name) => name === texts.timbre)) {
    throw new CliError(`timbre "${texts.timbre}" does not exist`, `it is ${TIMBRES.join(' or ')}`);
  }
  const overrides = Object.fromEntries(Object.entries({
    sampleRate: numbers.rate,
    renderer: texts.renderer,
    hrtf: texts.hrtf,
    timbre: texts.timbre,
  }).filter(([, value]) => value !== undefined));
  const talker = texts.mono !== undefined || texts.positions !== undefined;
  const inputs = talker ? [texts.mono, texts.positions] : rest.slice(0, 1);
  if (talker ? rest.length > 0 : rest.length !== 1) {
    throw new CliError(`render wants ${talker ? 'no scene file beside --mono and --positions' : 'one scene file'}, ` +
      `and is given ${rest.length}`, 'see pinna render --help');
  }
  if (inputs.includes(undefined)) {
    throw new CliError(`--${texts.mono === undefined ? 'positions' : 'mono'} is given without ` +
      `--${texts.mono === undefined ? 'mono' : 'positions'}`, 'give both');
  }
  const [first, second] = /** @type {string[]} */ (inputs);
  const model = linnModel(texts.renderer, texts.model);
  const job = talker ? talkerJob(first, second, overrides, model) : sceneJob(first, overrides);
  if (flags.live) {
    if (job.rows === undefined || job.scene.renderer !== 'linn-dense') {
      throw new CliError('--live is given, and nothing here renders in another way than live',
        'it goes with --renderer linn-dense --positions, and a model of a talker; otherwise leave it out');
    }
    job.rows = undefined;
  }
  const modelFile = texts.model ?? job.model;
  job.linn = model ?? linnModel(job.scene.renderer, modelFile);
  if (job.scene.renderer === 'linn') {
    job.field = { file: modelFile ?? DEFAULT_FIELD, blob: loadField(modelFile) };
  }
  if (texts.model !== undefined && job.linn === undefined && job.field === undefined) {
    throw new CliError(`--model is given, and "${job.scene.renderer}" renders without one`,
      `add: --renderer linn or ${Object.keys(LINN_FORMS).join(' or ')}`);
  }
  if (texts.hrtf !== undefined && (job.field !== undefined || (job.rows !== undefined &&
    job.scene.renderer === 'linn-dense'))) {
    throw new CliError(`--hrtf is given, and "${job.scene.renderer}" renders with a network in the head's place`,
      'leave --hrtf out, or add: --renderer hrtf');
  }
  const own = job.field === undefined ? job.head === 'default' : job.field.file === DEFAULT_FIELD;
  if (texts.timbre === 'natural' && (!own || job.rows !== undefined)) {
    throw new CliError(own ? '--timbre natural is given, and rows are rendered as they are' :
      '--timbre natural is given, and it is known of the heads that ship with pinna only',
    own ? 'add: --live' : 'leave it out; pinna hrtf --diffuse-field evens a SOFA file out');
  }
  job.natural = job.scene.timbre === 'natural' && own;
  const dump = texts['dump-replay'];
  for (const out of dump === undefined ? [output] : [output, dump]) {
    refuseOverwriting(out, [first, ...(talker ? [second] : []), ...job.clipPaths, ...job.fieldPaths,
      ...(job.head === 'default' ? [] : [job.head]), ...(modelFile === undefined ? [] : [modelFile]),
      ...(out === dump ? [output] : [])]);
  }
  await renderJob(job, output, numbers.quantum ?? HOP_FRAMES, numbers.tail ?? 0, dump);
}

/**
 * @param {string | undefined} renderer
 * @param {string | undefined} file
 * @returns {import('./linn.js').LinnModel | undefined} unless that renderer has none
 */
function linnModel(renderer, file) {
  return renderer !== undefined && LINN_FORMS[renderer] !== undefined ? readLinnModel(file) : undefined;
}

/**
 * @param {Job} job
 * @param {string} output
 * @param {number} quantum
 * @param {number} tailS
 * @param {string | undefined} dump
 */
async function renderJob(job, output, quantum, tailS, dump) {
  const { scene } = job;
  const rateHz = scene.sampleRate;
  const frames = Math.max(1, Math.round((scene.durationS + tailS) * rateHz));
  if (frames > STEREO_MAX_FRAMES) {
    throw new CliError(`${job.name}: ${scene.durationS + tailS} seconds at ${rateHz} Hz do not fit into a WAV file`,
      `at most ${Math.floor(STEREO_MAX_FRAMES / rateHz)} seconds do`);
  }
  if (scene.soundfields.length > 0 && (dump !== undefined || !['hrtf', 'default', 'linn'].includes(scene.renderer))) {
    throw new CliError(`${job.name}: ${dump === undefined ? `"${scene.renderer}"` : 'pn_replay'} has no soundfields`,
      dump === undefined ? 'add: --renderer hrtf' : 'leave out --dump-replay');
  }
  if (scene.renderer === 'exact') {
    await renderJobExactly(job, output, frames, dump);
    return;
  }
  const linnForm = LINN_FORMS[scene.renderer];
  if (linnForm === LinnForm.FRAMES && job.rows !== undefined) {
    if (rateHz !== LINN_RATE_HZ || dump !== undefined) {
      throw new CliError(`${job.name}: linn-dense renders rows as they are at ${LINN_RATE_HZ} Hz, without a replay`,
        `add: --rate ${LINN_RATE_HZ}, or take linn-fir`);
    }
    await renderAsPublished(/** @type {Required<Job>} */ (job), output, frames);
    return;
  }
  if (linnForm !== undefined && dump !== undefined) {
    throw new CliError(`${job.name}: pn_replay has no dense LINN`, 'leave out --dump-replay');
  }
  const dopplerM = longestDopplerPath(scene);
  if (dopplerM + DOPPLER_MARGIN_M > DOPPLER_MAX_M) {
    throw new CliError(`${job.name}: a source with doppler gets ${dopplerM.toFixed(1)} m away from the listener`,
      `keep it within ${DOPPLER_MAX_M - DOPPLER_MARGIN_M} m, or leave doppler off`);
  }
  const fields = await loadFieldClips(scene.soundfields, job.fieldPaths, rateHz);
  const host = await (fields.length > 0 ? loadSoundfieldEngine() :
    linnForm === undefined ? loadEngine() : loadLinnEngine());
  const headBlob = job.field?.blob ?? await loadHead(job.head);
  const headName = job.field?.file ?? (job.head === 'default' ? 'the default head' : job.head);
  const { clips, numbers } = await loadClips(job, (wav, file) =>
    resampleClip(monoOf(wav), wav.sampleRateHz, rateHz, file));
  const config = {
    sampleRate: rateHz,
    maxSources: fields.length + scene.sources.length,
    maxBuffers: clips.length,
    blockFrames: greatestCommonDivisor(HOP_FRAMES, quantum),
    maxBlockFrames: HOP_FRAMES,
    dopplerMaxM: dopplerM + DOPPLER_MARGIN_M,
  };
  engineSays(headName, () => host.boot({ ...config, headBlob }));
  if (fields.length > 0) {
    host.bootSoundfields(fields.length);
  }
  if (job.linn !== undefined && linnForm !== undefined) {
    const { file, blob } = job.linn;
    engineSays(file, () => host.loadLinn(blob));
    host.setLinnForm(linnForm);
  }
  engineSays(job.name, () => clips.forEach((clip, i) => host.setBuffer(i + 1, clip)));
  const files = [new OutputFile(output)];
  try {
    /** @type {ReplayWriter | undefined} */
    let replay;
    if (dump !== undefined) {
      files.push(new OutputFile(dump));
      replay = new ReplayWriter(files[1], config);
      replay.head(headBlob);
      clips.forEach((clip, i) => replay?.clip(i + 1, clip));
    }
    const player = new ScenePlayer(scene, numbers);
    player.writer.setEqualizer(job.natural ? NATURAL : []);
    const { peak, renderMs } = await renderScene({ host, player, rateHz, frames, quantum, file: files[0], replay,
      fields });
    const { valuesMended, scenesRefused } = host.stats;
    if (valuesMended > 0 || scenesRefused > 0) {
      throw new CliError(`${job.name}: the engine refused ${scenesRefused} snapshots and mended ${valuesMended} values`,
        'this is a defect of pinna; please report it with the scene');
    }
    files.forEach((file) => file.commit());
    process.stdout.write(summary(output, frames / rateHz, rateHz, peak, renderMs));
  } finally {
    files.forEach((file) => file.discard());
  }
}

/**
 * @param {Job} job
 * @param {string} output
 * @param {number} frames
 * @param {string | undefined} dump
 */
async function renderJobExactly(job, output, frames, dump) {
  const { scene, name } = job;
  if (dump !== undefined) {
    throw new CliError('--dump-replay records what the engine is fed, and the renderer exact is none',
      'leave one of them out');
  }
  checkForExact(scene, name);
  const headBlob = await loadHead(job.head);
  const { clips, numbers } = await loadClips(job, (wav) =>
    ({ samples: monoOf(wav), sampleRateHz: wav.sampleRateHz }));
  const file = new OutputFile(output);
  try {
    const recorder = recordStereo(file, scene.sampleRate, frames, 0);
    const headName = job.head === 'default' ? 'the default head' : job.head;
    const clipOf = numbers.map((number) => number - 1);
    const renderMs = await renderExact({ scene, name, headName, headBlob, clips, clipOf, frames, keep: recorder.keep });
    const { peak } = recorder.finish();
    file.commit();
    process.stdout.write(summary(output, frames / scene.sampleRate, scene.sampleRate, peak, renderMs));
  } finally {
    file.discard();
  }
}
