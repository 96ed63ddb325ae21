// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';

import h5wasm from 'h5wasm/node';

import { readBakedHead, readSofa } from '../../web/cli/sofa.js';
import { ROOT, energy, peakOf, pinna, readWav, refused, speak, temporaryFolder, works,
  writeScene } from './cli-support.mjs';

const folder = temporaryFolder();
const KEMAR = '/usr/share/libmysofa/MIT_KEMAR_normal_pinna.sofa';
const DEFAULT_HEAD = path.join(ROOT, 'models/kemar/kemar.safetensors');
const CORPUS = path.join(ROOT, '../shared/data/sofa');
const RATE = 48000;
const TAPS = 96;
const EAR_M = 0.0875;
const DEGREES = 180 / Math.PI;

/**
 * Directions spread evenly over the sphere, in SOFA's axes: x ahead, y left, z up.
 *
 * @param {number} count
 * @returns {number[][]}
 */
function sphere(count) {
  return Array.from({ length: count }, (_, k) => {
    const z = 1 - (2 * k + 1) / count;
    const turn = k * Math.PI * (3 - Math.sqrt(5));
    return [Math.sqrt(1 - z * z) * Math.cos(turn), Math.sqrt(1 - z * z) * Math.sin(turn), z];
  });
}

/**
 * A rigid sphere's first-order head: each ear later and quieter as the source goes round it.
 *
 * @param {number[]} direction
 * @returns {{ frames: number, gain: number }[]} left, right
 */
function ears([, y]) {
  return [y, -y].map((towards) => {
    const angle = Math.acos(Math.max(-1, Math.min(1, towards)));
    const path = angle < Math.PI / 2 ? -Math.cos(angle) : angle - Math.PI / 2;
    return { frames: Math.round((EAR_M * (1 + path) / 343) * RATE), gain: 0.6 + 0.4 * towards };
  });
}

/**
 * A response with an onset and a tail, so that it has a spectrum.
 *
 * @param {number} at first frame
 * @param {number} gain
 */
function response(at, gain) {
  const taps = new Array(TAPS).fill(0);
  [1, -0.35, 0.2, -0.1].forEach((x, i) => { taps[at + i] = gain * x; });
  return taps;
}

/**
 * @typedef {object} Changes
 * @property {Record<string, string | null>} [attributes]
 * @property {(hdf: any) => void} [write] what the file has besides, or instead
 * @property {string[]} [without] names of variables
 * @property {boolean} [delayed] onsets in Data.Delay instead of in the responses
 * @property {boolean} [swapped] right ear first
 * @property {number} [count]
 */

/**
 * @param {string} name
 * @param {Changes} [changes]
 * @returns {Promise<string>} the name: a SOFA file written by the HDF5 library itself
 */
async function writeSofa(name, { attributes = {}, write, without = [], delayed = false, swapped = false,
  count = 200 } = {}) {
  await h5wasm.ready;
  const file = new h5wasm.File(path.join(folder, name), 'w');
  const plain = { Conventions: 'SOFA', SOFAConventions: 'SimpleFreeFieldHRIR', DataType: 'FIR', RoomType: 'free field',
    DatabaseName: 'Spheres', ListenerShortName: 'S1', License: 'CC0', References: 'none but this test' };
  for (const [key, value] of Object.entries({ ...plain, ...attributes })) {
    if (value !== null) {
      file.create_attribute(key, value);
    }
  }
  const directions = sphere(count);
  const heads = directions.map((direction) => swapped ? ears(direction).reverse() : ears(direction));
  /** @type {Record<string, { data: number[], shape: number[], attributes?: Record<string, string> }>} */
  const variables = {
    'Data.IR': {
      data: heads.flatMap((head) => head.flatMap(({ frames, gain }) => response(delayed ? 8 : 8 + frames, gain))),
      shape: [count, 2, TAPS],
    },
    'Data.Delay': delayed ? { data: heads.flatMap((head) => head.map(({ frames }) => frames)), shape: [count, 2] } :
      { data: [0, 0], shape: [1, 2] },
    'Data.SamplingRate': { data: [RATE], shape: [1], attributes: { Units: 'hertz' } },
    SourcePosition: {
      data: directions.flatMap(([x, y, z]) => [Math.atan2(y, x) * DEGREES, Math.asin(z) * DEGREES, 1.5]),
      shape: [count, 3],
      attributes: { Type: 'spherical', Units: 'degree, degree, metre' },
    },
    ListenerPosition: { data: [0, 0, 0], shape: [1, 3], attributes: { Type: 'cartesian', Units: 'metre' } },
    ListenerView: { data: [1, 0, 0], shape: [1, 3], attributes: { Type: 'cartesian', Units: 'metre' } },
    ListenerUp: { data: [0, 0, 1], shape: [1, 3] },
  };
  for (const [key, { data, shape, attributes: own = {} }] of Object.entries(variables)) {
    if (!without.includes(key)) {
      const set = file.create_dataset({ name: key, data, shape, dtype: '<d' });
      Object.entries(own).forEach(([word, value]) => set?.create_attribute(word, value));
    }
  }
  write?.(file);
  file.close();
  return name;
}

/**
 * @param {string} name
 * @param {number[]} data
 * @param {number[]} shape
 * @param {Record<string, string>} [attributes]
 * @returns {Changes}
 */
function instead(name, data, shape, attributes = {}) {
  return { without: [name], write: (hdf) => {
    const set = hdf.create_dataset({ name, data, shape, dtype: '<d' });
    Object.entries(attributes).forEach(([word, value]) => set.create_attribute(word, value));
  } };
}

/** @param {...string} args */
const said = (...args) => JSON.parse(works(folder, 'hrtf', '--json', ...args));

/** @param {number} actual @param {number} expected @param {number} tolerance */
function near(actual, expected, tolerance) {
  assert.ok(Math.abs(actual - expected) <= tolerance, `${actual}, not ${expected}`);
}

test('MIT KEMAR is described as the measurement is documented', () => {
  const facts = said(KEMAR);
  assert.deepEqual([facts.name, facts.convention], ['MIT KEMAR, normal pinna', 'SimpleFreeFieldHRIR']);
  assert.deepEqual([facts.directions, facts.sampleRateHz, facts.taps], [710, 44100, 512]);
  near(facts.elevationDeg[0], -40, 0.01);
  near(facts.elevationDeg[1], 90, 0.01);
  near(facts.largestHole.radiusDeg, 50, 1);
  near(facts.largestHole.elevationDeg, -90, 2);
  assert.ok(facts.itdUs[0] < -600 && facts.itdUs[0] > -850, `${facts.itdUs}`);
  assert.ok(facts.itdUs[1] > 600 && facts.itdUs[1] < 850, `${facts.itdUs}`);
});

test('the built-in head has the level and the coverage that baking promises', () => {
  const facts = said(DEFAULT_HEAD);
  assert.match(facts.name, /KEMAR/);
  assert.equal(facts.sampleRateHz, 48000);
  near(facts.levelDb, 0, 0.2);
  assert.ok(facts.largestHole.radiusDeg < 20, 'the hole below is filled');
  assert.match(facts.citation, /Gardner/);
});

test('the text form says the same as the JSON form', async () => {
  const name = await writeSofa('text.sofa');
  const text = works(folder, 'hrtf', name);
  const facts = said(name);
  for (const word of [facts.name, facts.license, facts.citation, facts.convention, `${facts.directions}, elevations`,
    `${facts.taps} taps at ${facts.sampleRateHz} Hz`, `${facts.levelDb.toFixed(1)} dB`]) {
    assert.ok(text.includes(word), `${word} in\n${text}`);
  }
});

test('a head is the same in degrees, radians and metres, from delays or onsets, in either convention', async () => {
  const plain = said(await writeSofa('plain.sofa'));
  near(plain.itdUs[1], (1 + Math.PI / 2) * EAR_M / 343 * 1e6, 40);
  const cartesian = sphere(200).flat().map((x) => x * 1.5);
  const radians = sphere(200).flatMap(([x, y, z]) => [Math.atan2(y, x), Math.asin(z), 1.5]);
  const turned = sphere(200).flatMap(([x, y, z]) => [-y, x, z]);
  /** @type {[string, Changes][]} */
  const kinds = [
    ['cartesian.sofa', instead('SourcePosition', cartesian, [200, 3], { Type: 'cartesian', Units: 'metre' })],
    ['radians.sofa',
      instead('SourcePosition', radians, [200, 3], { Type: 'spherical', Units: 'radian, radian, metre' })],
    ['delays.sofa', { delayed: true }],
    ['general.sofa', { attributes: { SOFAConventions: 'GeneralFIR' } }],
    ['undelayed.sofa', { without: ['Data.Delay'] }],
    // Everything turned a quarter to the left: the room does not matter, only what the listener sees.
    ['turned.sofa', { without: ['SourcePosition', 'ListenerView'], write: (hdf) => {
      hdf.create_dataset({ name: 'SourcePosition', data: turned, shape: [200, 3], dtype: '<d' })
        .create_attribute('Type', 'cartesian');
      hdf.create_dataset({ name: 'ListenerView', data: [0, 1, 0], shape: [1, 3], dtype: '<d' })
        .create_attribute('Type', 'cartesian');
    } }],
  ];
  const expected = await readSofa(path.join(folder, 'plain.sofa'));
  for (const [name, changes] of kinds) {
    const facts = said(await writeSofa(name, changes));
    near(facts.itdUs[0], plain.itdUs[0], 1);
    near(facts.itdUs[1], plain.itdUs[1], 1);
    near(facts.elevationDeg[0], plain.elevationDeg[0], 0.01);
    const { directions } = await readSofa(path.join(folder, name));
    directions.forEach((x, i) => near(x, expected.directions[i], 1e-6));
  }
});

test('a file whose first receiver is the right ear is put right by its sound, and says so', async () => {
  const swapped = said(await writeSofa('swapped.sofa', { swapped: true, delayed: true }));
  const plain = said(await writeSofa('plain.sofa', { delayed: true }));
  assert.deepEqual(swapped.itdUs, plain.itdUs);
  assert.match(swapped.remarks[0], /first receiver is the right ear/);
  assert.deepEqual(plain.remarks, []);
});

test('a baked file describes the head that it was baked from, and the engine renders with it', async () => {
  const asMeasured = ['--spacing', '0', '--low-frequency', 'keep'];
  const before = said(KEMAR, '--bake', 'kemar.safetensors', ...asMeasured);
  assert.deepEqual([before.baked.file, before.baked.measured], ['kemar.safetensors', 710]);
  const after = said('kemar.safetensors');
  assert.deepEqual(after.made, { measured: 710, filled: 71, between: 0, lowExtended: false, diffuseField: false });
  assert.equal(after.name, before.name);
  near(after.itdUs[0], before.itdUs[0], 100);
  near(after.levelDb, 0, 0.2);
  speak(folder, 'voice.wav');
  const scene = writeScene(folder, 'scene.json', {
    durationS: 2,
    sources: [{ audio: 'voice.wav', poses: [{ t: 0, position: [-1, 0, 0] }, { t: 2, position: [1, 0, 1] }] }],
  });
  /** @param {...string} options */
  const render = (...options) => {
    works(folder, 'render', scene, '-o', 'out.wav', ...options);
    return readWav(folder, 'out.wav');
  };
  const builtIn = render();
  const baked = render('--hrtf', 'kemar.safetensors');
  assert.ok(peakOf(baked.left) > 0.02);
  for (const ear of /** @type {const} */ (['left', 'right'])) {
    near(10 * Math.log10(energy(baked[ear]) / energy(builtIn[ear])), 0, 0.05);
  }
  // A small one: it is baked twice.
  const small = await writeSofa('small.sofa', { count: 40 });
  said(small, '--bake', 'whole.safetensors');
  const whole = render('--hrtf', 'whole.safetensors');
  const onTheFly = render('--hrtf', small);
  assert.notDeepEqual(whole.left, builtIn.left);
  assert.deepEqual([onTheFly.left, onTheFly.right], [whole.left, whole.right]);
});

/** Lines of a spectrum between 200 Hz and 16 kHz. */
const LINES_HZ = Array.from({ length: 60 }, (_, i) => 200 + i * 265);

/**
 * @param {import('../../web/cli/sofa.js').BakedHead} head
 * @param {number} row direction * 2 + ear
 * @returns {number[][]} real and imaginary parts, delay included
 */
function spectrum({ filters, delays, taps }, row) {
  return LINES_HZ.map((hz) => {
    let [re, im] = [0, 0];
    for (let n = 0; n < taps; n++) {
      const phase = 2 * Math.PI * hz / RATE * (n + delays[row]);
      re += filters[row * taps + n] * Math.cos(phase);
      im -= filters[row * taps + n] * Math.sin(phase);
    }
    return [re, im];
  });
}

/** @param {number[]} a @param {number[]} b @returns {number[]} a times the conjugate of b */
const against = ([a, b], [c, d]) => [a * c + b * d, b * c - a * d];

test('what the command line bakes sounds as what npm run bake bakes', () => {
  const [mine, committed] = [path.join(folder, 'kemar.safetensors'), DEFAULT_HEAD].map((file) =>
    readBakedHead(fs.readFileSync(file), file));
  assert.deepEqual([mine.count, mine.taps], [committed.count, committed.taps]);
  committed.directions.forEach((x, i) => near(mine.directions[i], x, 1e-6));
  const [a, b] = [mine, committed].map((head) =>
    Array.from({ length: head.count * 2 }, (_, row) => spectrum(head, row)));
  const distances = a.map((lines, row) => Math.hypot(...lines.map((line, i) =>
    10 * Math.log10(against(line, line)[0] / against(b[row][i], b[row][i])[0]))) / Math.sqrt(LINES_HZ.length));
  // The interaural delay of one against that of the other: the slope of the phase between them.
  const delaysUs = Array.from({ length: mine.count }, (_, k) => {
    let [slope, weight] = [0, 0];
    LINES_HZ.forEach((hz, i) => {
      const [re, im] = against(against(a[2 * k][i], a[2 * k + 1][i]), against(b[2 * k][i], b[2 * k + 1][i]));
      const power = Math.hypot(re, im);
      slope += power * Math.atan2(im, re) * hz;
      weight += power * hz * hz;
    });
    return Math.abs(slope / weight / (2 * Math.PI)) * 1e6;
  });
  for (const [what, values, mean, most] of /** @type {[string, number[], number, number][]} */ ([
    ['log-spectral distance, dB', distances, 0.02, 1], ['interaural delay, us', delaysUs, 0.1, 2],
  ])) {
    const found = [values.reduce((sum, x) => sum + x, 0) / values.length, Math.max(...values)];
    assert.ok(found[0] < mean && found[1] < most, `${what}: mean ${found[0]}, most ${found[1]}`);
  }
});

test('wishes for baking are obeyed, recorded, and told', async () => {
  const name = await writeSofa('wishes.sofa');
  const plain = said(name, '--bake', 'plain.safetensors', '--spacing', '0').baked;
  assert.deepEqual([plain.measured, plain.between, plain.diffuseField], [200, 0, false]);
  const dense = said(name, '--bake', 'dense.safetensors', '--spacing', '8', '--diffuse-field', '--low-frequency',
    'extend').baked;
  assert.ok(dense.between > 100, `${dense.between}`);
  assert.deepEqual([dense.lowExtended, dense.diffuseField], [true, true]);
  const told = said('dense.safetensors');
  assert.deepEqual(told.made, { measured: 200, filled: dense.filled, between: dense.between, lowExtended: true,
    diffuseField: true });
  assert.equal(told.directions, 200 + dense.filled + dense.between);
  assert.match(works(folder, 'hrtf', 'dense.safetensors'),
    /^made of +200 directions measured, \d+ filled in, \d+ put between, carried on below 200 Hz, equalised to the /m);
  refused(folder, /^pinna: --spacing must be 0 or 3 to 15, not 2; /, 'hrtf', name, '--bake', 'o', '--spacing', '2');
  refused(folder, /^pinna: --low-frequency must be one of auto, extend, keep, not "loud"; /, 'hrtf', name,
    '--bake', 'o', '--low-frequency', 'loud');
  refused(folder, /^pinna: --diffuse-field is for baking; give --bake/, 'hrtf', name, '--diffuse-field');
});

test('a synthetic head survives baking: its ITDs come out as they went in', async () => {
  for (const [delayed, spacing] of /** @type {const} */ ([[false, '5'], [true, '12']])) {
    const before = said(await writeSofa('in.sofa', { delayed }), '--bake', 'out.safetensors', '--spacing', spacing);
    const after = said('out.safetensors');
    near(after.itdUs[0], before.itdUs[0], 25);
    near(after.itdUs[1], before.itdUs[1], 25);
    near(after.levelDb, 0, 0.2);
    assert.deepEqual([after.name, after.license], ['Spheres S1', 'CC0']);
  }
});

/** @type {[string, RegExp, Changes][]} */
const WRONG_SOFA = [
  ['transfer functions', /its data are of type TF, not impulse responses \(FIR\); /,
    { attributes: { DataType: 'TF' } }],
  ['a room response',
    /its convention is SingleRoomDRIR; heads of the conventions SimpleFreeFieldHRIR and GeneralFIR can be read$/m,
    { attributes: { SOFAConventions: 'SingleRoomDRIR' } }],
  ['no convention', /an HDF5 file without SOFAConventions, so not a SOFA file; /,
    { attributes: { SOFAConventions: null } }],
  ['no responses', /it has no Data\.IR; /, { without: ['Data.IR'] }],
  ['no positions', /it has no SourcePosition; /, { without: ['SourcePosition'] }],
  ['no rate', /it has no Data\.SamplingRate; /, { without: ['Data.SamplingRate'] }],
  ['a rate of 3 kHz', /its rate is 3000 Hz; 8000 to 192000 can be used; /, instead('Data.SamplingRate', [3000], [1])],
  ['three receivers', /it has 3 receivers, not two ears; /,
    instead('Data.IR', new Array(10 * 3 * 64).fill(0.1), [10, 3, 64])],
  ['three directions', /it has 3 directions; 4 to 15000 can be used; /,
    instead('Data.IR', new Array(3 * 2 * 64).fill(0.1), [3, 2, 64])],
  ['positions for others', /its SourcePosition has the shape 9 x 3, and there are 200 measurements; /,
    instead('SourcePosition', new Array(27).fill(1), [9, 3], { Type: 'cartesian' })],
  ['a source inside the head', /measurement 0 has no direction: its source is where its listener is, /,
    instead('SourcePosition', new Array(600).fill(0), [200, 3], { Type: 'cartesian' })],
  ['a response that is no number', /its Data\.IR holds NaN at place 0; /,
    instead('Data.IR', [NaN, ...new Array(200 * 2 * TAPS - 1).fill(0.1)], [200, 2, TAPS])],
  ['a response that no float holds', /its Data\.IR holds 1e\+300 at place 0; /,
    instead('Data.IR', [1e300, ...new Array(200 * 2 * TAPS - 1).fill(0.1)], [200, 2, TAPS])],
  ['a delay of minutes', /its Data\.Delay holds 1000000 samples; 0 to 9600 can be believed; /,
    instead('Data.Delay', [1e6, 0], [1, 2])],
  ['text for responses', /its Data\.IR does not hold numbers; /, { without: ['Data.IR'], write: (hdf) =>
    hdf.create_dataset({ name: 'Data.IR', data: ['a', 'b'], shape: [2] }) }],
];

for (const [what, message, changes] of WRONG_SOFA) {
  test(`a SOFA file with ${what}: refused with the reason, exit 2`, async () => {
    await writeSofa('wrong.sofa', changes);
    refused(folder, new RegExp(`^pinna: wrong\\.sofa: ${message.source}`, message.flags), 'hrtf', 'wrong.sofa');
  });
}

test('a SOFA file that is cut off is refused at any length, in one line', () => {
  const whole = fs.readFileSync(path.join(folder, 'plain.sofa'));
  for (const part of [0, 0.001, 0.01, 0.1, 0.5, 0.9]) {
    fs.writeFileSync(path.join(folder, 'cut.sofa'), whole.subarray(0, Math.floor(whole.length * part)));
    refused(folder, /^pinna: cut\.sofa: /, 'hrtf', 'cut.sofa');
  }
});

test('files of other kinds are refused by what they are', () => {
  fs.writeFileSync(path.join(folder, 'text.txt'), 'not a head at all');
  refused(folder, /^pinna: text\.txt: neither a SOFA file nor a safetensors file; /, 'hrtf', 'text.txt');
  fs.writeFileSync(path.join(folder, 'classic.sofa'), 'CDF\x01 and so on');
  refused(folder, /^pinna: classic\.sofa: a classic netCDF file; SOFA files are HDF5; convert it with: nccopy /,
    'hrtf', 'classic.sofa');
  const header = JSON.stringify({ __metadata__: { format: 'weights' } });
  const length = Buffer.alloc(8);
  length.writeUInt32LE(header.length);
  fs.writeFileSync(path.join(folder, 'net.safetensors'), Buffer.concat([length, Buffer.from(header)]));
  refused(folder, /^pinna: net\.safetensors: a safetensors file, but not a head that pinna baked \(format "weights"/,
    'hrtf', 'net.safetensors');
  refused(folder, /^pinna: .*: not a SOFA file, so there is nothing to bake; /,
    'hrtf', DEFAULT_HEAD, '--bake', 'o.safetensors');
  refused(folder, /^pinna: hrtf wants one file, and is given 0; /, 'hrtf');
  refused(folder, /^pinna: .*plain\.sofa: the output is also an input; /, 'hrtf', 'plain.sofa', '--bake', 'plain.sofa');
});

test('a baked file is described or refused, and never crashes, whatever bit is flipped in its header', () => {
  const head = fs.readFileSync(DEFAULT_HEAD);
  const headerBytes = Number(head.readBigUInt64LE(0));
  let refusals = 0;
  for (let at = 0; at < 8 + headerBytes; at++) {
    const flipped = Buffer.from(head);
    flipped[at] ^= 1 << at % 8;
    try {
      readBakedHead(flipped, 'head');
    } catch (error) {
      assert.equal(/** @type {Error} */ (error).name, 'CliError', String(error));
      refusals++;
    }
  }
  assert.ok(refusals > 100, `${refusals} refusals`);
});

test('real heads of many kinds are described, and malformed ones refused in one line',
  { skip: fs.existsSync(CORPUS) ? false : 'the SOFA corpus is not on this machine' }, () => {
    for (const name of fs.readdirSync(CORPUS).filter((file) => file.endsWith('.sofa'))) {
      const facts = said(path.join(CORPUS, name));
      assert.ok(facts.itdUs[1] > 500 && facts.itdUs[1] < 1100, `${name}: ITD ${facts.itdUs}`);
      assert.ok(facts.itdUs[0] < -500 && facts.itdUs[0] > -1100, `${name}: ITD ${facts.itdUs}`);
    }
    for (const name of fs.readdirSync(path.join(CORPUS, 'hostile'))) {
      const { code, stderr } = pinna(folder, 'hrtf', path.join(CORPUS, 'hostile', name));
      assert.equal(code, 2, name);
      assert.match(stderr, /^pinna: [^\n]+\n$/, name);
    }
  });
