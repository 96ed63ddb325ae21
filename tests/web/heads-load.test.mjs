// SPDX-License-Identifier: MIT
/** From the bytes of a file to a head in an engine, in Node with the code that pages run. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { PinnaError } from '../../web/errors.js';
import { loadH5wasm } from '../../web/heads/h5wasm.js';
import { prepareHead } from '../../web/heads/prepare.js';
import { EngineHost } from '../../web/shared/engine-host.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { ROOT } from '../../web/tools/process.mjs';
import { itdS, lsdDb, powerSpectrum } from '../fidelity/metrics.mjs';
import { ring, sofaBytes, sphere } from '../support/sofa-file.mjs';

const RATE_HZ = 48000;
/** What a measured response may differ by after loading: the same bound for two ways to write one. */
const SAME_LSD_DB = 0.5;
/** Most of the time of a bake goes into directions between those measured: few where no claim is about them. */
const FEW_BETWEEN = Object.freeze({ spacingDeg: 12 });
const CORPUS = path.join(ROOT, '../shared/data/sofa');
const DEFAULT_HEAD = fs.readFileSync(path.join(ROOT, 'models/kemar/kemar.safetensors'));
const engine = new WebAssembly.Module(fs.readFileSync(path.join(ROOT, 'web/dist/pinna.wasm')));
const scalar = new WebAssembly.Module(fs.readFileSync(path.join(ROOT, 'web/dist/pinna-scalar.wasm')));
const bake = new WebAssembly.Module(fs.readFileSync(path.join(ROOT, 'web/dist/pinna-bake.wasm')));

/**
 * @param {Uint8Array} bytes
 * @param {Partial<import('../../web/heads/prepare.js').PrepareOptions>} [options]
 */
function prepare(bytes, options = {}) {
  return prepareHead(new Uint8Array(bytes), {
    name: 'it', engine, sampleRateHz: RATE_HZ, h5wasmUrl: import.meta.resolve('h5wasm'),
    bakeModule: async () => bake, onProgress: () => {}, ...options,
  });
}

/** @type {ReturnType<typeof prepare> | undefined} */
let small;

/** A head for tests that any head will do for: baked once. */
async function smallHead() {
  small ??= prepare(await sofaBytes({ count: 40 }), { wishes: FEW_BETWEEN });
  return small;
}

/** @param {Uint8Array} [headBlob] @param {WebAssembly.Module} [module] */
function boot(headBlob = DEFAULT_HEAD, module = engine) {
  const host = new EngineHost(module);
  host.boot({ headBlob, sampleRate: RATE_HZ, maxSources: 1, blockFrames: 128, maxBlockFrames: 128 });
  const writer = new SceneWriter(1);
  writer.openSource(0);
  return { host, writer };
}

/**
 * Both ears' answers to an impulse.
 *
 * @param {ReturnType<typeof boot>} rig
 * @param {number[]} direction
 */
function impulse({ host, writer }, [x, y, z]) {
  const out = [new Float32Array(512), new Float32Array(512)];
  host.reset();
  writer.setSourcePosition(0, x, y, z);
  writer.commit();
  host.applyScene(writer.bytes);
  host.live[0] = 1;
  for (let at = 0; at < 512; at += 128) {
    host.input(0).fill(0);
    host.input(0)[0] = at === 0 ? 1 : 0;
    host.process(128);
    out[0].set(host.left, at);
    out[1].set(host.right, at);
  }
  return out;
}

/** @param {Float32Array} x */
const energy = (x) => x.reduce((sum, v) => sum + v * v, 0);

/** @param {Float32Array} x  as long as the metric looks */
const padded = (x) => Float64Array.from({ length: 1024 }, (_, i) => x[i] ?? 0);

/** @param {Float32Array} x  first frame above a tenth of the peak */
function onset(x) {
  const peak = x.reduce((most, v) => Math.max(most, Math.abs(v)), 0);
  return x.findIndex((v) => Math.abs(v) > peak / 10);
}

/** @param {string} code @param {RegExp} pattern */
const refusal = (code, pattern) => (/** @type {unknown} */ error) => {
  assert.ok(error instanceof PinnaError, String(error));
  assert.equal(error.code, code);
  assert.match(error.message, pattern);
  return true;
};

for (const rateHz of [44100, 48000, 88200, 96000, 192000]) {
  test(`a_head_at_${rateHz}_hz_is_the_same_in_either_convention_in_degrees_or_metres_by_delays_or_onsets`, async () => {
    const conventions = ['SimpleFreeFieldHRIR', 'GeneralFIR'];
    const ears = [];
    for (const convention of conventions) {
      const other = convention === 'GeneralFIR';
      const bytes = await sofaBytes({ count: 60, rateHz, convention, cartesian: other, delayed: other });
      const { blob, report } = await prepare(bytes, { wishes: rateHz === RATE_HZ ? {} : FEW_BETWEEN });
      assert.deepEqual([report.convention, report.sampleRateHz, report.directions], [convention, rateHz, 60]);
      ears.push(impulse(boot(blob), [1, 0, 0]));
    }
    // Both ears of one may come some part of a frame later: what is common to all directions is nobody's business.
    const powers = ears.map((pair) => pair.map((ear) => powerSpectrum(ear, 512)));
    [0, 1].forEach((e) => {
      const off = lsdDb(powers[0][e], powers[1][e], RATE_HZ, 100, 20000);
      assert.ok(off < SAME_LSD_DB, `ear ${e}: ${off} dB`);
    });
    const itdsUs = ears.map(([left, right]) => 1e6 * itdS(padded(left), padded(right), RATE_HZ));
    assert.ok(Math.abs(itdsUs[0] - itdsUs[1]) < 3, `${itdsUs} us`);
    assert.ok(itdsUs[0] > 550 && itdsUs[0] < 750, `${itdsUs} us`);
    assert.ok(energy(ears[0][1]) > 4 * energy(ears[0][0]));
  });
}

/** @type {Record<string, { directions: number[][], wishes: import('../../web/heads/bake-wishes.js').BakeWishes }>} */
const GRIDS = {
  'a_ring_of_72': { directions: ring(72), wishes: FEW_BETWEEN },
  'a_ring_of_8': { directions: ring(8), wishes: {} },
  'two_rings': { directions: [...ring(36), ...ring(24).map(([x, y]) => [0.8 * x, 0.8 * y, 0.6])], wishes: {} },
  'the_upper_half': { directions: sphere(300).filter(([, , z]) => z > -0.1), wishes: FEW_BETWEEN },
  'the_left_half': { directions: sphere(300).filter(([, y]) => y > 0.05), wishes: FEW_BETWEEN },
  'a_sixth_of_a_ring': { directions: ring(36).slice(0, 6), wishes: {} },
};

for (const [name, { directions, wishes }] of Object.entries(GRIDS)) {
  test(`${name}_is_filled_up_to_a_whole_sphere_and_stays_itself_where_it_was_measured`, async () => {
    const { blob, report } = await prepare(await sofaBytes({ directions }), { wishes });
    assert.equal(report.directions, directions.length);
    assert.ok(Number(report.filled) > 20, `${report.filled} filled`);
    assert.ok(report.largestHole.radiusDeg > 60);
    const rig = boot(blob);
    for (const [x, y, z] of sphere(100)) {
      const ears = impulse(rig, [-y, z, -x]);
      const level = 10 * Math.log10(energy(ears[0]) + energy(ears[1]));
      assert.ok(level > -20 && level < 20, `${level} dB from ${[x, y, z]}`);
    }
    // At a measured direction the ears differ as the file says: the nearer one is louder and first.
    const side = directions.reduce((best, d) => (Math.abs(d[1]) > Math.abs(best[1]) ? d : best));
    const [left, right] = impulse(rig, [-side[1], side[2], -side[0]]);
    assert.equal(energy(left) > energy(right), side[1] > 0);
    assert.equal(onset(left) < onset(right), side[1] > 0);
  });
}

test('an_exchanged_head_sounds_exactly_as_one_that_was_there_from_the_start', async () => {
  const { blob } = await smallHead();
  for (const module of [engine, scalar]) {
    const { image } = await prepare(blob, { engine: module });
    const first = boot(blob, module);
    const later = boot(DEFAULT_HEAD, module);
    later.host.setHead(/** @type {Uint8Array} */ (image));
    for (const direction of [[1, 0, 0], [-0.3, 0.5, -1], [0, -1, 0.1]]) {
      assert.deepEqual(impulse(later, direction), impulse(first, direction));
    }
  }
});

test('a_thousand_exchanges_take_no_more_memory_than_a_few', async () => {
  const { image } = await smallHead();
  const { host } = boot();
  let bytes = 0;
  for (let i = 0; i < 1000; i++) {
    host.setHead(/** @type {Uint8Array} */ (image));
    host.process(128);
    host.releaseHeads();
    bytes = i === 10 ? host.memoryBytes : bytes;
  }
  assert.equal(host.memoryBytes, bytes);
});

test('images_that_are_cut_or_of_another_rate_are_refused_and_the_former_head_stays', async () => {
  const { blob, image } = await smallHead();
  const other = await prepare(blob, { sampleRateHz: 44100 });
  const rig = boot();
  const before = impulse(rig, [1, 0, 0]);
  for (const [wrong, code] of /** @type {const} */ ([[image?.slice(0, -16), 'file-truncated'],
    [image?.slice(0, 4), 'file-truncated'], [other.image, 'sample-rate']])) {
    assert.throws(() => rig.host.setHead(/** @type {Uint8Array} */ (wrong)), (error) => {
      assert.equal(/** @type {PinnaError} */ (error).code, code);
      return true;
    });
    assert.deepEqual(impulse(rig, [1, 0, 0]), before);
  }
});

test('progress_runs_from_reading_to_building_and_never_back', async () => {
  /** @type {import('../../web/heads/prepare.js').HeadProgress[]} */
  const told = [];
  const onProgress = (/** @type {import('../../web/heads/prepare.js').HeadProgress} */ progress) => {
    told.push(progress);
  };
  await prepare(await sofaBytes({ count: 60 }), { wishes: FEW_BETWEEN, onProgress });
  assert.deepEqual([...new Set(told.map(({ stage }) => stage))], ['read', 'bake', 'build']);
  told.reduce((last, { done }) => {
    assert.ok(done >= last && done <= 1, `${done} after ${last}`);
    return done;
  }, 0);
  assert.equal(told.at(-1)?.done, 1);
});

test('a_baked_file_is_taken_as_it_is_and_reported', async () => {
  const { blob, report } = await prepare(DEFAULT_HEAD);
  assert.deepEqual(Buffer.from(blob), DEFAULT_HEAD);
  assert.deepEqual([report.name, report.convention, report.measured, report.filled, report.between],
    ['MIT KEMAR, normal pinna', 'pinna-hrtf 1', 710, 71, 0]);
});

test('wishes_for_baking_reach_the_bake_and_come_back_in_the_report', async () => {
  const bytes = await sofaBytes({ count: 100 });
  const wanted = /** @type {const} */ ({ spacingDeg: 9, diffuseField: true, lowFrequency: 'extend' });
  const { report, blob } = await prepare(bytes, { wishes: wanted });
  assert.ok(Number(report.between) > 100, `${report.between} between`);
  assert.deepEqual([report.measured, report.diffuseField, report.lowExtended], [100, true, true]);
  const again = (await prepare(blob)).report;
  assert.deepEqual([again.measured, again.filled, again.between, again.diffuseField, again.lowExtended],
    [100, report.filled, report.between, true, true]);
  for (const wishes of [{ spacingDeg: 1 }, { lowFrequency: 'loud' }, { diffuseField: 1 }]) {
    await assert.rejects(prepare(bytes, { wishes: /** @type {any} */ (wishes) }), /must be/);
  }
});

test('what_is_no_head_is_refused_with_the_reason', async () => {
  const good = await sofaBytes({ count: 40 });
  await assert.rejects(prepare(new TextEncoder().encode('no head at all')), refusal('head-refused', /neither a SOFA/));
  await assert.rejects(prepare(new Uint8Array(0)), refusal('head-refused', /neither a SOFA/));
  await assert.rejects(prepare(good.subarray(0, good.length / 2)), refusal('head-refused', /not a sound HDF5 file/));
  await assert.rejects(prepare(await sofaBytes({ convention: 'SingleRoomDRIR' })),
    refusal('head-refused', /its convention is SingleRoomDRIR/));
  await assert.rejects(prepare(await sofaBytes({ directions: sphere(3) })), refusal('head-refused', /3 directions/));
  await assert.rejects(prepare(await sofaBytes({ rateHz: 384000 })), refusal('head-refused', /its rate is 384000 Hz/));
});

test('a_file_in_whose_texts_the_hdf5_library_would_be_lost_is_refused', async () => {
  const bytes = fs.readFileSync(path.join(ROOT, 'tests/fuzz/corpus/sofa/heap_object_of_no_size'));
  await assert.rejects(prepare(bytes), refusal('head-refused', /its heap of texts is damaged at byte \d+/));
});

test('an_h5wasm_that_is_missing_or_is_something_else_is_named_with_the_mend', async () => {
  await assert.rejects(loadH5wasm('file:///nowhere/h5wasm.js'),
    refusal('h5wasm-missing', /serve pinna's web\/dist\/h5wasm\.js.*h5wasmUrl/));
  await assert.rejects(loadH5wasm(new URL('../../web/errors.js', import.meta.url).href),
    refusal('h5wasm-missing', /is not h5wasm/));
});

test('malformed_files_that_crashed_other_readers_are_refused_one_after_the_other', async (t) => {
  const folder = path.join(CORPUS, 'hostile');
  if (!fs.existsSync(folder)) {
    t.skip('needs ../shared/data/sofa');
    return;
  }
  for (const name of fs.readdirSync(folder)) {
    await assert.rejects(prepare(fs.readFileSync(path.join(folder, name)), { name }), (error) => {
      t.diagnostic(/** @type {Error} */ (error).message);
      return refusal('head-refused', new RegExp(`^${name}: `))(error);
    });
  }
  const after = await prepare(await sofaBytes({ count: 40 }), { wishes: FEW_BETWEEN });
  assert.equal(after.report.directions, 40);
});
