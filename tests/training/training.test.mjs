// SPDX-License-Identifier: MIT
/** The training of models/linn in miniature: what is claimed of it, on schedules of seconds. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { ROOT, run } from '../../web/tools/process.mjs';
import { pythonWithTorch } from '../neural/python.mjs';
import { itdS } from '../fidelity/metrics.mjs';
import { missing } from '../neural/systems.mjs';
import { readHead, responses } from '../support/ears.mjs';
import { readWav, temporaryFolder, works } from '../web/cli-support.mjs';

/** What the cards promise: the same command and seed give the same figures within this share. */
const REPRODUCED_WITHIN = 0.02;

const folder = temporaryFolder();
const { program } = await pythonWithTorch();
const recorded = JSON.parse(fs.readFileSync(path.join(ROOT, 'models/linn/figures.json'), 'utf8')).miniature;

/**
 * @param {string} module  of models/linn
 * @param {string[]} args
 * @returns {Promise<string>} its last line
 */
async function python(module, ...args) {
  const { code, output } = await run(program, ['-m', `models.linn.${module}`, ...args], { cwd: ROOT });
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
  const { code: status, output } = await run(program, ['-c', code], { cwd: ROOT });
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
