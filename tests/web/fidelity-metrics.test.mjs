// SPDX-License-Identifier: MIT
/** The yardsticks of `npm run fidelity` against values that are known. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { sampleAt } from '../fidelity/heads.mjs';
import { horizontalPolar, sagittal, sensitive } from '../fidelity/localisation.mjs';
import { Colouration, equalLoudnessDb, sone } from '../fidelity/loudness.mjs';
import { compareResponses, describeResponses, prepare, ROUND, RISING } from '../fidelity/measure.mjs';
import {
  clickDb, erbToHz, esrDb, firstAbove, hzToErb, ildDb, itdS, lsdDb, powerSpectrum, seeded, solidAngles, splatterDb,
  summarise,
} from '../fidelity/metrics.mjs';

const RATE = 48000;
const FRAMES = 1024;

/** @param {number} actual @param {number} wanted @param {number} within */
function near(actual, wanted, within) {
  assert.ok(Math.abs(actual - wanted) <= within, `${actual} is not within ${within} of ${wanted}`);
}

/** A band-limited click between samples. @param {number} at  frames @param {number} [gain] */
function click(at, gain = 1) {
  return Float64Array.from({ length: FRAMES }, (_, n) => gain * sampleAt([1], n - at, 0.8));
}

/**
 * A head of a sphere's delay, a shadow and a notch that rises with elevation.
 *
 * @param {ArrayLike<number>} direction @param {number} [notchHz]
 * @returns {[Float64Array, Float64Array]}
 */
function ears(direction, notchHz = 7000 + 2500 * direction[1] - 1500 * direction[2]) {
  const x = direction[0];
  return /** @type {[Float64Array, Float64Array]} */ ([-1, 1].map((side) => {
    const delay = 40 - 14 * side * x;
    const direct = click(delay, 10 ** (6 * side * x / 20));
    const echo = click(delay + RATE / (2 * notchHz), 0.7 * 10 ** (6 * side * x / 20));
    return direct.map((sample, n) => sample + echo[n]);
  }));
}

/** @type {number[][]} */
const SPHERE = Array.from({ length: 200 }, (_, i) => {
  const up = 1 - (2 * i + 1) / 200;
  const turn = 2.399963229728653 * i;
  return [Math.sqrt(1 - up * up) * Math.sin(turn), up, -Math.sqrt(1 - up * up) * Math.cos(turn)];
}).concat(Array.from({ length: 24 }, (_, i) => {
  const polar = (15 * i - 60) * Math.PI / 180;
  return [0, Math.sin(polar), -Math.cos(polar)];
}));

/** @param {(d: number[]) => [Float64Array, Float64Array]} render */
function headOf(render) {
  const whole = SPHERE.map(render);
  return prepare({ key: 'made', name: 'made', blob: new Uint8Array(), whole, windowed: whole,
    directions: SPHERE.map((d) => Float64Array.from(d)) });
}

const noise = () => {
  const random = seeded(3);
  return Float64Array.from({ length: FRAMES }, random);
};

test('a_response_is_at_no_distance_from_itself', () => {
  const power = powerSpectrum(noise(), FRAMES);
  assert.equal(lsdDb(power, power, RATE, 20, 20000), 0);
});

test('a_gain_of_6_db_is_an_lsd_of_6_db_and_an_ild_of_6_db', () => {
  const x = noise();
  const power = powerSpectrum(x, FRAMES);
  const louder = powerSpectrum(x.map((sample) => sample * 10 ** (6 / 20)), FRAMES);
  near(lsdDb(power, louder, RATE, 200, 16000), 6, 1e-9);
  near(ildDb(louder, power, RATE), 6, 1e-9);
  near(ildDb(power, louder, RATE), -6, 1e-9);
});

test('an_lsd_looks_at_nothing_outside_its_band', () => {
  const power = powerSpectrum(noise(), FRAMES);
  const changed = power.map((p, k) => RATE * k / FRAMES > 17000 || RATE * k / FRAMES < 150 ? 100 * p : p);
  assert.equal(lsdDb(power, changed, RATE, 200, 16000), 0);
  assert.ok(lsdDb(power, changed, RATE, 20, 20000) > 5);
});

test('a_known_delay_between_the_ears_is_found_to_a_fifth_of_a_microsecond', () => {
  // The envelope's tails, which fall as slowly as 1 / t, are cut where the response ends, at another place of each ear.
  for (const frames of [0, 0.25, 1, 7.3, -13.61, 30]) {
    near(1e6 * itdS(click(60 + frames), click(60), RATE), 1e6 * frames / RATE, 0.2);
  }
});

test('a_delay_of_both_ears_is_no_interaural_difference', () => {
  near(itdS(click(200), click(200, 0.3), RATE), 0, 1e-12);
});

test('the_equal_loudness_contours_are_those_of_iso_226', () => {
  // The standard's table of 40 phon, which is given to a tenth of a decibel.
  const table = [[20, 99.9], [50, 77.8], [100, 64.4], [250, 50.4], [1000, 40.0], [2000, 39.2], [3150, 35.6],
    [5000, 40.0], [8000, 51.8], [12500, 51.5]];
  for (const [hz, db] of table) {
    near(equalLoudnessDb(hz, 40), db, 0.06);
  }
  near(equalLoudnessDb(1000, 80), 80, 0.06);
  near(equalLoudnessDb(20000, 40), equalLoudnessDb(20, 40), 1e-9);
});

test('ten_phon_more_are_twice_as_loud', () => {
  assert.equal(sone(40), 1);
  near(sone(60) / sone(50), 2, 1e-12);
});

test('colouration_is_none_for_the_same_and_for_a_mere_gain_and_some_for_a_notch', () => {
  const pbc = new Colouration(FRAMES / 2 + 1, RATE);
  const wanted = SPHERE.slice(0, 40).map((d) => ears(d).map((ear) => powerSpectrum(ear, FRAMES)));
  const weights = new Float64Array(40).fill(1 / 40);
  const mean = (/** @type {number[]} */ values) => values.reduce((sum, x) => sum + x, 0) / values.length;
  near(mean(pbc.ofSet(wanted, wanted, weights)), 0, 0.01);
  near(mean(pbc.ofSet(wanted, wanted.map((e) => e.map((p) => p.map((x) => 2 * x))), weights)), 0, 0.01);
  const notched = wanted.map((e) => e.map((p) => p.map((x, k) => k > 60 && k < 90 ? 0.01 * x : x)));
  assert.ok(mean(pbc.ofSet(wanted, notched, weights)) > 0.1);
});

test('erb_numbers_and_frequencies_are_each_other_s_inverse_and_1_khz_is_erb_15_6', () => {
  near(hzToErb(1000), 15.62, 0.01);
  near(hzToErb(erbToHz(27.3)), 27.3, 1e-9);
});

test('error_to_signal_of_a_known_error_is_known', () => {
  const x = noise();
  near(esrDb(x, x.map((sample) => 1.01 * sample)), -40, 1e-9);
});

test('a_pure_tone_does_not_splatter_and_a_modulated_one_does_by_its_sidebands', () => {
  const tone = (/** @type {number} */ depth) => Float64Array.from({ length: 16384 }, (_, n) =>
    (1 + depth * Math.cos(2 * Math.PI * 1000 * n / RATE)) * Math.sin(2 * Math.PI * 6000 * n / RATE));
  assert.ok(splatterDb(tone(0), RATE, 6000, 150) < -120);
  // Two sidebands of half the depth: 0.5 depth^2 of the carrier's energy.
  near(splatterDb(tone(0.02), RATE, 6000, 150), 10 * Math.log10(0.5 * 0.02 ** 2), 0.05);
});

test('a_step_in_a_tone_is_a_click_of_known_size_and_a_tone_is_none', () => {
  const step = 2 * Math.PI * 220 / RATE;
  const tone = Float64Array.from({ length: 20000 }, (_, n) => Math.sin(step * n));
  near(clickDb(tone, 9000, 11000), 0, 0.1);
  const stepped = tone.map((sample, n) => sample + (n >= 10000 ? 0.1 : 0));
  near(clickDb(stepped, 9000, 11000), 20 * Math.log10(0.1 / step ** 2), 1);
});

test('the_first_arrival_is_the_first_sample_above_the_level', () => {
  const x = new Float64Array(FRAMES);
  x[100] = 0.5e-3;
  x[120] = 0.002;
  x[150] = -1;
  assert.equal(firstAbove(x, -60), 120);
});

test('solid_angles_of_an_even_sphere_are_even_and_sum_to_one', () => {
  const weights = solidAngles(SPHERE.slice(0, 200));
  near(weights.reduce((sum, w) => sum + w, 0), 1, 1e-9);
  assert.ok(weights.every((w) => w > 0.5 / 200 && w < 1.6 / 200));
});

test('summaries_are_of_magnitudes', () => {
  const { mean, p95, worst } = summarise([-4, 1, 1, 2]);
  assert.deepEqual({ mean, p95, worst }, { mean: 2, p95: 2, worst: 4 });
});

test('lateral_and_polar_angles_are_those_of_their_definition', () => {
  /** @type {[number[], number, number][]} */
  const cases = [
    [[0, 0, -1], 0, 0], [[0, 1, 0], 0, 90], [[0, 0, 1], 0, 180], [[0, -Math.SQRT1_2, Math.SQRT1_2], 0, 225],
  ];
  for (const [direction, lateral, polar] of cases) {
    near(horizontalPolar(direction).lateral, lateral, 1e-9);
    near(horizontalPolar(direction).polar, polar, 1e-9);
  }
  near(horizontalPolar([1, 0, 0]).lateral, 90, 1e-9);
});

test('a_renderer_that_is_the_measurement_makes_no_errors_at_any_gain', () => {
  const truth = headOf((d) => ears(d));
  const said = compareResponses(truth, SPHERE.map((d) =>
    /** @type {[Float64Array, Float64Array]} */ (ears(d).map((ear) => ear.map((x) => 0.37 * x)))));
  near(said.gainDb, 20 * Math.log10(0.37), 1e-6);
  for (const summary of [...Object.values(said.lsdDb), said.itdUs, said.ildDb]) {
    near(summary.worst, 0, 1e-6);
  }
  near(said.diffuseDb, 0, 1e-6);
});

test('an_equaliser_over_all_directions_leaves_the_directional_part_alone', () => {
  const truth = headOf((d) => ears(d));
  // A first difference: some decibels of treble, the same from everywhere.
  const said = compareResponses(truth, SPHERE.map((d) => /** @type {[Float64Array, Float64Array]} */ (
    ears(d).map((ear) => ear.map((x, n) => x - 0.5 * (ear[n - 1] ?? 0))))));
  assert.ok(said.lsdDb.narrow.mean > 1);
  near(said.lsdDb.directional.mean, 0, 0.02);
});

test('a_listener_of_the_models_finds_the_own_head_better_than_one_turned_upside_down', () => {
  const wanted = SPHERE.map((d) => ears(d).map((ear) => powerSpectrum(ear, FRAMES)));
  const turned = SPHERE.map(([x, y, z]) => ears([x, -y, -z]).map((ear) => powerSpectrum(ear, FRAMES)));
  const itds = SPHERE.map((d) => itdS(...ears(d), RATE));
  const own = sagittal(SPHERE, wanted, wanted, RATE);
  const other = sagittal(SPHERE, wanted, turned, RATE);
  assert.ok(own.targets >= 20);
  assert.ok(own.quadrantPercent + 10 < other.quadrantPercent, `${own.quadrantPercent} and ${other.quadrantPercent}`);
  const fine = sensitive(SPHERE, wanted, wanted, { wanted: itds, got: itds }, RATE);
  const coarse = sensitive(SPHERE, wanted, turned, { wanted: itds, got: itds }, RATE);
  assert.ok(fine.lateralDeg < 8, `${fine.lateralDeg} degrees`);
  assert.ok(fine.quadrantPercent + 10 < coarse.quadrantPercent, `${fine.quadrantPercent}, ${coarse.quadrantPercent}`);
});

test('steps_of_elevation_that_change_nothing_are_counted_as_not_heard', () => {
  const all = describeResponses(RISING.map((d, i) => ears(d, 5000 + 200 * i)), ROUND.map((d) => ears(d)));
  const none = describeResponses(RISING.map(() => ears([0, 0, -1])), ROUND.map((d) => ears(d)));
  assert.equal(all.elevationStepsHeard, all.elevationSteps);
  assert.equal(none.elevationStepsHeard, 0);
  near(all.itdMaxUs, 28e6 / RATE, 2);
});
