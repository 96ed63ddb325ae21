// SPDX-License-Identifier: MIT
/** The training of models/linn in miniature: what is claimed of it, on schedules of seconds. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { ROOT, run } from '../../web/tools/process.mjs';
import { ONE_THREAD, pythonWithTorch } from '../neural/python.mjs';
import { itdS } from '../fidelity/metrics.mjs';
import { missing } from '../neural/systems.mjs';
import { readHead, responses } from '../support/ears.mjs';
import { energy, readWav, temporaryFolder, works, writeScene } from '../web/cli-support.mjs';

/** What the cards promise: the same command and seed give the same figures within this share. */
const REPRODUCED_WITHIN = 0.02;
/** Of form C's filters to what they were learnt from: a hundredth of the energy. */
const TAUGHT_WITHIN_DB = -20;

const IN_ROOT = { cwd: ROOT, env: ONE_THREAD };
const folder = temporaryFolder();
const { program } = await pythonWithTorch();
const recorded = JSON.parse(fs.readFileSync(path.join(ROOT, 'models/linn/figures.json'), 'utf8')).miniature;

/**
 * @param {string} module  of models/linn
 * @param {string[]} args
 * @returns {Promise<string>} its last line
 */
async function python(module, ...args) {
  const { code, output } = await run(program, ['-m', `models.linn.${module}`, ...args], IN_ROOT);
  assert.equal(code, 0, output);
  return output.trim().split('\n').pop() ?? '';
}

/**
 * @param {string} recipe
 * @param {string} name of the run's folder
 * @param {string[]} args
 */
async function train(recipe, name, ...args) {
  const place = path.join(folder, name);
  const figures = JSON.parse(await python('train', '--recipe', recipe, '--folder', place, '--threads', '1', ...args));
  return { figures, model: path.join(place, `${recipe}.safetensors`), place };
}

/** @param {string} log @returns {any[]} */
function entries(log) {
  return fs.readFileSync(log, 'utf8').trim().split('\n').map((line) => JSON.parse(line));
}

/** @param {string} name @returns {string} a folder with two short sequences */
async function simulated(name) {
  const place = path.join(folder, name);
  await python('simulate', '--out', place, '--seed', '5', '--seconds', '3', '--minutes', '0.1');
  return place;
}

test('training_lowers_the_loss_and_lands_where_the_recorded_run_landed', async () => {
  const { steps, seed, ...wanted } = recorded['kemar-field'];
  const { figures, place } = await train('kemar-field', 'miniature', '--steps', String(steps), '--seed', String(seed));
  const log = entries(path.join(place, 'kemar-field.jsonl'));
  assert.ok(log[log.length - 1].loss < log[0].loss / 5, 'the loss falls to a fifth');
  for (const [name, value] of Object.entries(wanted)) {
    const off = Math.abs(figures[name] / value - 1);
    assert.ok(off <= REPRODUCED_WITHIN, `${name} is ${figures[name]}, recorded ${value}`);
  }
  assert.ok(fs.existsSync(path.join(place, 'kemar-field.svg')), 'it draws its curves');
});

test('the_trainer_hears_the_interaural_time_that_the_yardstick_hears', async () => {
  const code = 'import json; from models.linn import itd, kemar, kemar_targets as k; ' +
    't = k.tensors(kemar.split(kemar.load())[1]); ' +
    'print(json.dumps([t.directions.tolist(), itd.lags(t.re, t.im, t.delays).tolist(), t.lags.tolist()]))';
  const { code: status, output } = await run(program, ['-c', code], IN_ROOT);
  assert.equal(status, 0, output);
  const [directions, exact, quick] = JSON.parse(output.trim());
  const head = readHead();
  directions.forEach((/** @type {number[]} */ direction, /** @type {number} */ i) => {
    const { ears: [left, right] } = responses(head, direction);
    const wanted = 48000 * itdS(left, right, 48000);
    // A fifth of a microsecond: the yardstick here has its delays from a windowed sinc.
    assert.ok(Math.abs(exact[i] - wanted) < 0.01, `${direction}: ${exact[i]} frames, the yardstick ${wanted}`);
    assert.ok(Math.abs(quick[i] - wanted) < 0.05, `${direction}: ${quick[i]} frames in training, not ${wanted}`);
  });
});

test('a_run_that_was_stopped_goes_on_to_the_same_bytes', async () => {
  const schedule = ['--steps', '24', '--seed', '3'];
  const whole = await train('kemar-field', 'whole', ...schedule);
  await train('kemar-field', 'halves', ...schedule, '--stop', '11');
  const halves = await train('kemar-field', 'halves', ...schedule);
  assert.deepEqual(fs.readFileSync(halves.model), fs.readFileSync(whole.model));
});

test('the_simulator_gives_the_same_sequences_for_a_seed_and_they_train_a_room_that_the_engine_reads', async () => {
  const [place, again] = [await simulated('talkers'), await simulated('talkers-again')];
  const names = fs.readdirSync(place).sort();
  assert.equal(names.length, 2);
  for (const file of ['mono.wav', 'binaural.wav', 'tx_positions.txt']) {
    assert.deepEqual(fs.readFileSync(path.join(place, names[1], file)),
      fs.readFileSync(path.join(again, names[1], file)), file);
  }
  const { figures, model } = await train('room-field', 'room', '--data', place, '--leave-one-out', names[1],
    '--steps', '16');
  assert.ok(figures.l2e3 < figures.start_l2e3, `L2 ${figures.start_l2e3} became ${figures.l2e3}`);
  assert.ok(figures.phase < figures.start_phase, `phase error ${figures.start_phase} became ${figures.phase}`);
  if (await missing('linn', model) === undefined) {
    heard('linn', model, path.join(place, names[1]));
  }
});

test('a_dense_model_that_was_just_trained_renders_speech_in_both_of_its_forms', async () => {
  const { model, figures } = await train('kemar-dense', 'dense', '--steps', '40');
  assert.ok(Number.isFinite(figures.lsd_db));
  const [name] = fs.readdirSync(path.join(folder, 'talkers'));
  heard('linn-dense', model, path.join(folder, 'talkers', name));
  heard('linn-fir', model, path.join(folder, 'talkers', name));
});

/**
 * Walks of smooth motion around the head, metres at t seconds.
 * @type {Record<string, (t: number) => number[]>}
 */
const WALKS = {
  around: (t) => {
    const r = 1.3 + 0.3 * Math.sin(0.9 * t);
    return [r * Math.sin(t), 0.2 * Math.sin(0.7 * t), -r * Math.cos(t)];
  },
  over: (t) => [0.5 * Math.sin(0.5 * t), 1.4 * Math.sin(0.6 * t), -1.4 * Math.cos(0.6 * t)],
};
const WALK_S = 7;

test('the_shipped_field_is_what_it_was_taught_to_20_dB_on_speech_of_a_talker_who_walks', async () => {
  const teacher = path.join(folder, 'teacher.safetensors');
  await python('teacher', teacher);
  for (const [walk, at] of Object.entries(WALKS)) {
    const scene = writeScene(folder, `${walk}.json`, {
      durationS: WALK_S,
      sources: [{
        audio: path.join(ROOT, 'examples/sounds/speech-near.wav'), gain: 0.5, doppler: false,
        distance: { model: 'none' },
        poses: Array.from({ length: 50 * WALK_S + 1 }, (_, i) => ({ t: i / 50, position: at(i / 50) })),
      }],
    });
    const [wanted, got] = [['exact', '--hrtf', teacher], ['linn']].map((renderer) => {
      works(folder, 'render', scene, '-o', 'walk.wav', '--renderer', ...renderer);
      return readWav(folder, 'walk.wav').channels;
    });
    wanted.forEach((ear, e) => {
      const off = ear.map((x, i) => x - got[e][i]);
      const residualDb = 10 * Math.log10(energy(off) / energy(ear));
      assert.ok(residualDb <= TAUGHT_WITHIN_DB, `${walk}, ear ${e}: ${residualDb.toFixed(1)} dB from its teacher`);
    });
  }
});

/**
 * The repository's own reader accepts the file, and sound comes out.
 *
 * @param {string} form
 * @param {string} model
 * @param {string} sequence
 */
function heard(form, model, sequence) {
  works(folder, 'render', '--mono', path.join(sequence, 'mono.wav'), '--positions',
    path.join(sequence, 'tx_positions.txt'), '--renderer', form, '--model', model, '-o', `${form}.wav`);
  const { channels } = readWav(folder, `${form}.wav`);
  for (const ear of channels) {
    const power = ear.reduce((sum, x) => sum + x * x, 0) / ear.length;
    assert.ok(Number.isFinite(power) && power > 1e-7, `power ${power}`);
  }
}
