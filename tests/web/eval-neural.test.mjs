// SPDX-License-Identifier: MIT
/** The parts of `npm run eval:neural` against what is known about them. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { clipsIn, everyRow, openClip } from '../neural/clips.mjs';
import { costOf } from '../neural/cost.mjs';
import { floorTable, leastFactor, partsOfOneSource } from '../neural/floor.mjs';
import { judge } from '../neural/judge.mjs';
import { page } from '../neural/page.mjs';
import { delayFitted, levelFitted, systemsFor } from '../neural/systems.mjs';
import { markdown, plain, tables } from '../neural/tables.mjs';
import { geometricDelays, geometricWarp } from '../neural/warp.mjs';
import { speak, readWav, temporaryFolder, works, writeMono } from './cli-support.mjs';

const RATE = 48000;
const folder = temporaryFolder();

/** @param {number} actual @param {number} wanted @param {number} within */
function near(actual, wanted, within) {
  assert.ok(Math.abs(actual - wanted) <= within, `${actual} is not within ${within} of ${wanted}`);
}

test('the_geometric_delays_of_a_published_row_are_98_5_and_112_5_samples', () => {
  const row = [-0.553345, -0.473461, -0.390724, -0.044021, 0.019873, 0.083147, 0.995366];
  const [left, right] = geometricDelays(row, RATE);
  near(left, 98.48562, 1e-4);
  near(right, 112.49507, 1e-4);
});

test('the_geometric_warp_holds_each_row_and_interpolates_between_samples', () => {
  // The mouth is 9 cm ahead of the marker and 20 below it; ears 22 below the head's marker.
  const rows = [0.5, 0.9].map((x) => [x - 0.09, 0, -0.02, 0, 0, 0, 1]);
  const delays = rows.map((row) => geometricDelays(row, RATE)[0]);
  const ramp = Float64Array.from({ length: 900 }, (_, n) => n);
  const [left, right] = geometricWarp(ramp, rows, RATE);
  assert.deepEqual(left, right);
  near(left[399], 399 - delays[0], 1e-9);
  near(left[400], 400 - delays[1], 1e-9);
  near(left[899], 899 - delays[1], 1e-9);
  assert.equal(left[0], 0);
});

test('rows_that_were_left_out_lie_between_their_neighbours_and_the_last_one_holds', () => {
  const rows = [{ index: 0, row: [0, 0, 0, 0, 0, 0, 1] }, { index: 4, row: [4, 8, 0, 0, 0, 0, -1] }];
  const all = everyRow(rows, 6);
  assert.deepEqual(all[1].map((x) => x + 0), [1, 2, 0, 0, 0, 0, 1]);
  assert.deepEqual(all[5].slice(0, 3), [4, 8, 0]);
});

/** @param {string} name @param {Record<string, number[]>} shapes */
function writeModel(name, shapes) {
  let at = 0;
  const header = JSON.stringify(Object.fromEntries(Object.entries(shapes).map(([key, shape]) => {
    const bytes = 4 * shape.reduce((a, b) => a * b, 1);
    at += bytes;
    return [key, { dtype: 'F32', shape, data_offsets: [at - bytes, at] }];
  })));
  const bytes = Buffer.alloc(8 + header.length + at);
  bytes.writeBigUInt64LE(BigInt(header.length));
  bytes.write(header, 8);
  fs.writeFileSync(path.join(folder, name), bytes);
  return path.join(folder, name);
}

/** @param {string} name @param {number[]} sizes @returns {Record<string, number[]>} */
function layers(name, sizes) {
  return Object.fromEntries(sizes.slice(1).flatMap((size, i) =>
    [[`${name}.${i}.weight`, [size, sizes[i]]], [`${name}.${i}.bias`, [size]]]));
}

const CONTROL = { ticksPerSecond: 100, bins: 129 };

test('the_dense_reference_network_counts_149574_parameters_and_0_80_g_a_second', () => {
  const file = writeModel('dense.safetensors', {
    ...Object.fromEntries([7, 64, 64, 64].flatMap((inputs, i) =>
      [[`warp.conv.${i}.weight`, [64, inputs, 2]], [`warp.conv.${i}.bias`, [64]]])),
    'warp.out.weight': [2, 64], 'warp.out.bias': [2],
    ...layers('pose', [19, 192, 192, 64]), ...layers('freq', [21, 192, 192, 64]), ...layers('fuse', [64, 128, 64, 4]),
    offset_s: [1], range: [2], mouth: [3],
  });
  const dense = costOf(file, 'linn-dense', { ticksPerSecond: 93.75, bins: 513 });
  assert.equal(dense.parameters, 149574);
  assert.equal(dense.weightBytes, 4 * (149574 + 6));
  // 16,640 of the layers and 64 of the product, 513 bins, 93.75 frames; pose network; warp.
  near(dense.macsPerSecond, 513 * 93.75 * 16704 + 93.75 * 52800 + 120 * 25600, 1);
  near(dense.macsPerSecond, 0.80e9, 0.02e9);
  const fir = costOf(file, 'linn-fir', CONTROL);
  near(fir.macsPerSecond, 100 * (129 * 16704 + 52800) + 120 * 25600, 1);
});

test('the_factorised_network_counts_its_layers_and_its_mixing', () => {
  const file = writeModel('field.safetensors',
    { ...layers('mlp', [40, 64, 64, 36]), basis: [16, 64], ears: [2, 3], offset_s: [1], range: [2] });
  const { parameters, macsPerSecond } = costOf(file, 'linn', CONTROL);
  assert.equal(parameters, 10148);
  near(macsPerSecond, 100 * (40 * 64 + 64 * 64 + 64 * 36 + 2 * 16 * 64), 1e-6);
});

test('a_level_that_a_volume_control_could_mend_is_mended', () => {
  const wanted = [[1, 2, 3], [0, -1, 4]].map((ear) => Float64Array.from(ear));
  const fitted = levelFitted(wanted, wanted.map((ear) => ear.map((x) => -0.2 * x)));
  fitted.forEach((ear, e) => ear.forEach((x, n) => near(x, wanted[e][n], 1e-12)));
  assert.deepEqual([...levelFitted([[1]], [[0]])[0]], [0]);
});

/** A set of one clip in each layout, "recorded" by the measured head itself. */
function dataSet() {
  const home = path.join(folder, 'set');
  const sequence = path.join(home, 'testset/subject1');
  fs.mkdirSync(sequence, { recursive: true });
  speak(sequence, 'voice.wav', 'One, two.');
  const rows = Array.from({ length: 200 }, (_, i) => `1 ${(0.01 * i - 0.5).toFixed(4)} 0 0 0 0 1`);
  fs.writeFileSync(path.join(sequence, 'tx_positions.txt'), rows.join('\n'));
  works(sequence, 'render', '--mono', 'voice.wav', '--positions', 'tx_positions.txt', '--rate', '48000',
    '-o', 'binaural.wav');
  works(sequence, 'render', '--mono', 'voice.wav', '--positions', 'tx_positions.txt', '-o', 'raw.wav');
  const { left, sampleRateHz } = readWav(sequence, 'voice.wav');
  const frames = readWav(sequence, 'binaural.wav').frames;
  // The mono file at the ears' rate, by plain interpolation: it only has to be some voice.
  writeMono(sequence, 'mono.wav', RATE, Array.from({ length: frames }, (_, n) => {
    const at = n * sampleRateHz / RATE;
    const i = Math.floor(at);
    return left[i] + (at - i) * ((left[i + 1] ?? 0) - left[i]);
  }));
  works(sequence, 'render', '--mono', 'mono.wav', '--positions', 'tx_positions.txt', '-o', 'binaural.wav');
  for (const [from, to] of [['mono.wav', 'a.mono.wav'], ['binaural.wav', 'a.binaural.wav'],
    ['tx_positions.txt', 'a.positions.txt']]) {
    fs.copyFileSync(path.join(sequence, from), path.join(home, to));
  }
  return home;
}

test('clips_are_found_in_both_layouts_and_a_folder_without_any_is_refused_in_words', () => {
  const home = dataSet();
  assert.deepEqual(clipsIn(home).map(({ name }) => name), ['a', path.join('testset', 'subject1')]);
  const { ears, mono, rows, frames } = openClip(clipsIn(home)[0]);
  assert.equal(ears[0].length, frames);
  assert.equal(mono.length, frames);
  assert.equal(rows.length, Math.ceil(frames / 400));
  fs.mkdirSync(path.join(folder, 'empty'));
  assert.throws(() => clipsIn(path.join(folder, 'empty')), /holds no clip; one is mono\.wav, binaural\.wav/);
  assert.throws(() => clipsIn(path.join(folder, 'nowhere')), /no such folder/);
});

test('the_table_of_a_set_puts_the_renderer_that_recorded_it_first_and_says_why_others_are_missing', async () => {
  const nowhere = path.join(folder, 'nothing.safetensors');
  const systems = await systemsFor({ field: nowhere, dense: nowhere });
  const clips = clipsIn(path.join(folder, 'set')).slice(0, 1);
  const { rows, seconds } = await judge(clips, async () => systems, () => {});
  const of = (/** @type {string} */ key) => rows.find((row) => row.key === key);
  assert.equal(of('dsp')?.metrics?.l2x1000, 0);
  assert.ok(Number(of('dsp')?.realTimeFactor) > 0);
  assert.ok(Number(of('warp')?.metrics?.ildDb) > 1);
  assert.ok(Number(of('mono')?.metrics?.phaseRad) > 1.4);
  assert.match(of('linn')?.why ?? '', /nothing\.safetensors is not there/);
  assert.equal(of('nfs')?.why, 'not yet');
  /** @type {any} */
  const figures = {
    command: 'test', seconds: 1, circumstances: { date: '2000-01-01 00:00', machine: 'm', node: 'n', python: 'p',
      commit: 'c' },
    sets: [{ key: 'made', title: 'Made', note: '', clips: 1, seconds, rows }],
    anechoic: undefined,
  };
  const [table] = tables(figures);
  assert.equal(table.rows.length, rows.length);
  assert.ok(table.rows.every((row) => row.length === table.head.length));
  assert.match(plain(table), /^DSP: measured head, 1\/r +- +- +0\.\d+ +0\.000 /m);
  assert.match(markdown(table), /\| NFS \| 554,928 \| 3\.38 G \| - \| not yet \|/);
  assert.match(page(figures), /<figcaption>Wave L2 × 10³<\/figcaption>\s<svg [^>]+role="img"/);
  assert.ok(page(figures).split('\n').every((line) => line.length <= 120));
});

test('one_source_of_form_C_alone_takes_more_than_a_thousandth_at_the_limit_of_wasm_and_its_parts_are_counted', () => {
  const file = writeModel('floor.safetensors', { 'mlp.0.weight': [80, 40], 'mlp.1.weight': [80, 80],
    'mlp.2.weight': [36, 80], 'basis': [16, 64] });
  const parts = partsOfOneSource(file);
  assert.equal(parts.find(({ part }) => part === 'the network')?.operations, 2 * (80 * 40 + 80 * 80 + 36 * 80));
  const all = parts.reduce((sum, { operations }) => sum + operations, 0);
  assert.ok(leastFactor(all) > 0.002, `${leastFactor(all)}`);
  assert.ok(leastFactor(parts.slice(0, 3).reduce((sum, { operations }) => sum + operations, 0)) > 0.001);
  const { rows } = floorTable(file, { head: 0.0019, field: 0.0026 });
  assert.deepEqual(rows.at(-1)?.slice(1), [all.toLocaleString('en-US'), leastFactor(all).toFixed(5), '0.00260']);
});

test('a_clip_that_is_late_by_some_frames_is_put_right_by_the_one_delay_for_both_ears', () => {
  const noise = [1, 2].map((seed) => Float64Array.from({ length: 4000 }, (_, n) => Math.sin(seed * 0.7 * n * n)));
  for (const late of [-7, 0, 5]) {
    const got = noise.map((ear) => ear.map((_, n) => 0.5 * (ear[n - late] ?? 0)));
    const { ears, frames } = delayFitted(noise, got);
    assert.equal(frames + late, 0);
    ears.forEach((ear, e) => assert.equal(ear[2000], 0.5 * noise[e][2000]));
  }
});
