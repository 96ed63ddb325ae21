// SPDX-License-Identifier: MIT
/** Near field, air, occlusion and directivity from the page's side, and what stands between: the line of sight. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { PinnaSource } from '../../web/source.js';
import { PinnaListener } from '../../web/listener.js';
import { LineOfSight, followOcclusion } from '../../web/adapters/line-of-sight.js';
import { parseScene } from '../../web/scene/scene-file.js';
import { ScenePlayer } from '../../web/scene/scene-player.js';
import { BAND_HZ, DIRECTIVITIES, OCCLUSION_POWERS, directivityBands, occlusionBands }
  from '../../web/shared/physics.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { EngineHost } from '../../web/shared/engine-host.js';
import { Header, Source, SourceFlag, Tier } from '../../web/shared/layout.gen.js';

const FLOAT = 6e-8;

/** A page's core without its AudioContext: what a source writes goes into a real scene. */
function page(sources = 1) {
  const writer = new SceneWriter(sources);
  let changes = 0;
  const core = /** @type {any} */ ({
    writer,
    changed: () => { changes += 1; },
    requireUsable: () => undefined,
    freed: () => undefined,
    outputLatencyS: () => 0,
  });
  return { core, writer, changes: () => changes };
}

/** @param {SceneWriter} writer @param {number} offset @param {number} [slot] @returns {number[]} */
function bandsAt(writer, offset, slot = 0) {
  const at = Header.bytes + slot * Source.bytes + offset;
  return BAND_HZ.map((_, band) => writer.view.getFloat32(at + 4 * band, true));
}

/** @param {SceneWriter} writer @param {number} flag */
function flagged(writer, flag) {
  return (writer.view.getUint32(Header.bytes + Source.flags, true) & flag) !== 0;
}

/** @param {ArrayLike<number>} actual @param {ArrayLike<number>} expected @param {number} [within] */
function assertNear(actual, expected, within = FLOAT) {
  assert.equal(actual.length, expected.length);
  for (let i = 0; i < expected.length; i++) {
    assert.ok(Math.abs(actual[i] - expected[i]) <= within, `[${Array.from(actual)}] is not [${Array.from(expected)}]`);
  }
}

test('a_new_source_has_no_physics', () => {
  const { core, writer } = page();
  const source = new PinnaSource(core, 0, {});
  assert.deepEqual([source.nearField, source.air, source.occlusion, source.directivity, source.directivityPower,
    source.radius, source.tier], [false, false, 0, 'omni', 1, 0, 'auto']);
  assertNear(bandsAt(writer, Source.occlusion), BAND_HZ.map(() => 0), 0);
  assertNear(bandsAt(writer, Source.directivity), BAND_HZ.map(() => 0), 0);
  assert.equal(flagged(writer, SourceFlag.NEAR_FIELD) || flagged(writer, SourceFlag.AIR), false);
});

test('every_option_reaches_the_scene_and_so_does_every_property', () => {
  const occlusion = [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7];
  const directivity = [0, 0, 0.1, 0.1, 0.2, 0.3, 0.4, 1];
  /** @type {import('../../web/source.js').SourceOptions} */
  const options = { nearField: true, air: true, occlusion, directivity, directivityPower: 2, radius: 3, tier: 'bulk' };
  const first = page();
  const made = new PinnaSource(first.core, 0, options);
  const second = page();
  const set = Object.assign(new PinnaSource(second.core, 0, {}), options);
  for (const [{ writer }, source] of /** @type {const} */ ([[first, made], [second, set]])) {
    assert.ok(flagged(writer, SourceFlag.NEAR_FIELD) && flagged(writer, SourceFlag.AIR));
    assert.equal(writer.view.getFloat32(Header.bytes + Source.radiusM, true), 3);
    assertNear(bandsAt(writer, Source.occlusion), occlusion);
    assertNear(bandsAt(writer, Source.directivity), directivity);
    assert.equal(writer.view.getFloat32(Header.bytes + Source.directivityPower, true), 2);
    assert.equal(writer.view.getUint32(Header.bytes + Source.tier, true), Tier.BULK);
    assert.deepEqual(source.occlusion, occlusion);
    assert.deepEqual(source.directivity, directivity);
  }
});

test('a_number_of_occlusion_follows_the_curve_and_a_name_of_directivity_its_preset', () => {
  const { core, writer } = page();
  const source = new PinnaSource(core, 0, { occlusion: 0.5, directivity: 'voice' });
  assertNear(bandsAt(writer, Source.occlusion), OCCLUSION_POWERS.map((power) => 1 - 0.5 ** power));
  assertNear(bandsAt(writer, Source.directivity), DIRECTIVITIES.voice);
  assert.deepEqual([source.occlusion, source.directivity], [0.5, 'voice']);
  source.directivity = 0.5;
  assertNear(bandsAt(writer, Source.directivity), BAND_HZ.map(() => 0.5));
  source.occlusion = 1;
  assertNear(bandsAt(writer, Source.occlusion), BAND_HZ.map(() => 1), 0);
});

test('the_curve_is_the_one_that_the_engine_is_tested_with', () => {
  const text = fs.readFileSync(new URL('../property/test_physics.c', import.meta.url), 'utf8');
  /** @param {string} name */
  const numbers = (name) => new RegExp(`${name}\\[PN_BANDS\\] = \\{([^}]*)\\}`).exec(text)?.[1].split(',').map(Number);
  assert.deepEqual(numbers('CURVE'), [...OCCLUSION_POWERS]);
  assert.deepEqual(numbers('VOICE'), [...DIRECTIVITIES.voice]);
});

test('what_a_source_hands_out_is_a_copy_and_so_is_what_it_takes', () => {
  const { core, writer } = page();
  const mine = new Float32Array(8).fill(0.5);
  const source = new PinnaSource(core, 0, { occlusion: mine });
  mine.fill(1);
  const given = /** @type {number[]} */ (source.occlusion);
  given.fill(0);
  assert.deepEqual(source.occlusion, new Array(8).fill(0.5));
  assertNear(bandsAt(writer, Source.occlusion), new Array(8).fill(0.5));
});

test('a_wrong_value_is_refused_by_name_and_value_and_changes_nothing', () => {
  const { core, writer, changes } = page();
  const source = /** @type {any} */ (new PinnaSource(core, 0, { occlusion: [0, 0, 0, 0, 0, 0, 0, 0.5] }));
  const before = changes();
  const bytes = writer.bytes.slice();
  /** @type {[string, unknown, RegExp][]} */
  const wrong = [
    ['radius', -1, /^radius /],
    ['nearField', 1, /^nearField must be true or false, not 1$/],
    ['air', 'yes', /^air must be true or false, not "yes"$/],
    ['occlusion', 1.5, /^occlusion must be between 0 and 1, not 1\.5$/],
    ['occlusion', NaN, /^occlusion must be a finite number, not NaN$/],
    ['occlusion', 'wall', /^occlusion must be a number, or 8 of them .* not "wall"$/],
    ['occlusion', [0, 1], /^occlusion must be a number, or 8 of them .* not \[0, 1\]$/],
    ['occlusion', [0, 0, 0, 0, 0, 0, 0, -1], /^occlusion\[7\] must be between 0 and 1, not -1$/],
    ['occlusion', [0, 0, 0, NaN, 0, 0, 0, 0], /^occlusion\[3\] must be a finite number, not NaN$/],
    ['directivity', 'trumpet', /^directivity must be one of "omni", "voice", not "trumpet"$/],
    ['directivity', null, /^directivity must be a number, or 8 of them .* not null$/],
    ['directivityPower', 0, /^directivityPower must be between 0\.001 and 16, not 0$/],
    ['tier', 'best', /^tier must be one of "auto", "exact", "bulk", not "best"$/],
  ];
  for (const [name, value, message] of wrong) {
    assert.throws(() => { source[name] = value; }, { message });
    assert.throws(() => new PinnaSource(page().core, 0, /** @type {any} */ ({ [name]: value })), { message });
  }
  assert.equal(changes(), before);
  assert.deepEqual(writer.bytes, bytes);
  assert.deepEqual(source.occlusion, [0, 0, 0, 0, 0, 0, 0, 0.5]);
});

test('a_scene_file_says_the_same_as_a_source', () => {
  const physics = { nearField: true, air: true, occlusion: 0.3, directivity: 'voice', directivityPower: 2,
    tier: 'exact' };
  const { core, writer } = page();
  const source = new PinnaSource(core, 0, /** @type {any} */ (physics));
  const player = new ScenePlayer(parseScene({
    pinna: 1, durationS: 1, sources: [{ audio: 'a.wav', poses: [{ t: 0, position: [0, 0, 0] }], ...physics }],
  }), [0]);
  player.at(0.5);
  assert.equal(source.tier, 'exact');
  assert.deepEqual(player.writer.bytes.slice(Header.bytes), writer.bytes.slice(Header.bytes));
});

test('occlusion_along_a_path_is_linear_in_every_band', () => {
  const to = [0, 0, 0, 0, 0.5, 0.5, 1, 1];
  const player = new ScenePlayer(parseScene({
    pinna: 1, durationS: 4, sources: [{ audio: 'a.wav', occlusion: 0.5, poses: [{ t: 0, position: [0, 0, 0] },
      { t: 1, occlusion: 0 }, { t: 3, occlusion: to }] }],
  }), [0]);
  for (const [t, expected] of /** @type {[number, number[]][]} */ ([
    [0, occlusionBands(0.5, [])], [0.5, occlusionBands(0.5, []).map((x) => x / 2)], [1, to.map(() => 0)],
    [2, to.map((x) => x / 2)], [3, to], [9, to]])) {
    player.at(t);
    assertNear(bandsAt(player.writer, Source.occlusion), expected);
  }
});

// Through the engine

const WASM = new URL('../../web/dist/pinna.wasm', import.meta.url);
const HEAD = new URL('../../models/kemar/kemar.safetensors', import.meta.url);

/**
 * Power of a second of noise at the left ear.
 *
 * @param {(source: PinnaSource) => void} set
 */
async function heard(set) {
  const host = new EngineHost(await WebAssembly.compile(fs.readFileSync(WASM)));
  const config = { sampleRate: 48000, maxSources: 1, maxBuffers: 1, blockFrames: 128, maxBlockFrames: 128,
    dopplerMaxM: 1 };
  host.boot({ ...config, headBlob: fs.readFileSync(HEAD) });
  let seed = 1;
  host.setBuffer(1, Float32Array.from({ length: 48000 }, () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 31 - 1;
  }));
  const { core, writer } = page();
  const source = new PinnaSource(core, 0, { position: [0, 0, -2] });
  writer.setSourceBuffer(0, 1);
  writer.startSource(0, 0, 0);
  set(source);
  host.applyScene(writer.bytes);
  let power = 0;
  for (let hop = 0; hop < 370; hop++) {
    host.process(128);
    for (const x of host.left.subarray(0, 128)) {
      power += x * x;
    }
  }
  assert.equal(host.stats.valuesMended, 0);
  return 10 * Math.log10(power);
}

test('each_of_them_is_heard', async () => {
  const plain = await heard(() => undefined);
  const occluded = await heard((source) => { source.occlusion = 0.5; });
  const shut = await heard((source) => { source.occlusion = 1; });
  const averted = await heard((source) => { source.directivity = 'voice'; });
  const far = await heard((source) => { source.setPosition(0, 0, -50); });
  const farInAir = await heard((source) => { source.setPosition(0, 0, -50); source.air = true; });
  const near = await heard((source) => { source.setPosition(-0.2, 0, 0); });
  const nearField = await heard((source) => { source.setPosition(-0.2, 0, 0); source.nearField = true; });
  assert.ok(occluded < plain - 6 && occluded > plain - 15, `${occluded} of ${plain}`);
  assert.ok(shut < plain - 75, `${shut}`);
  assert.ok(averted < plain - 6, `${averted}: its -z points away from the listener`);
  assert.ok(farInAir < far - 1.5, `${farInAir} of ${far}`);
  assert.ok(nearField > near + 2, `${nearField} of ${near}: the ear beside it hears more`);
});

// The line of sight

const LISTENER = [0, 0, 0];

/** @param {LineOfSight} walls @param {number[]} source @param {number[]} [listener] */
function taken(walls, source, listener = LISTENER) {
  return walls.occlusion(listener, source, /** @type {number[]} */ ([]));
}

const OPEN = new Array(8).fill(0);

/** A square of two triangles across -z, side 2, at z. @param {number} z */
function square(z) {
  return { positions: new Float32Array([-1, -1, z, 1, -1, z, 1, 1, z, -1, 1, z]), indices: [0, 1, 2, 0, 2, 3] };
}

test('nothing_between_takes_nothing', () => {
  const walls = new LineOfSight();
  assert.deepEqual(taken(walls, [0, 0, -4]), OPEN);
  walls.addBox({ min: [-1, -1, -3], max: [1, 1, -2], transmission: 0.5 });
  walls.addMesh({ ...square(2), transmission: 0.5 });
  for (const source of [[4, 0, -2], [0, 0, -1], [0, 3, -4], [0, 0, 1], [0, 0, 0]]) {
    assert.deepEqual(taken(walls, source), OPEN, `${source}`);
  }
});

test('a_wall_lets_through_what_its_material_transmits', () => {
  const bands = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2];
  for (const [given, through] of /** @type {[number | number[], number[]][]} */ ([
    [bands, bands], [0.5, OCCLUSION_POWERS.map((power) => 0.5 ** power)], [0, OPEN], [1, new Array(8).fill(1)]])) {
    const walls = new LineOfSight({ diffraction: false });
    const box = walls.addBox({ min: [-9, -9, -3], max: [9, 9, -2], transmission: given });
    assertNear(taken(walls, [0, 0, -5]), through.map((t) => 1 - t), 1e-12);
    walls.remove(box);
    const mesh = walls.addMesh({ ...square(-2), matrix: [9, 0, 0, 0, 0, 9, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1],
      transmission: given });
    assertNear(taken(walls, [0, 0, -5]), through.map((t) => 1 - t), 1e-12);
    mesh.enabled = false;
    assert.deepEqual(taken(walls, [0, 0, -5]), OPEN);
  }
});

test('walls_behind_one_another_multiply', () => {
  const walls = new LineOfSight({ diffraction: false });
  walls.addBox({ min: [-9, -9, -3], max: [9, 9, -2], transmission: new Array(8).fill(0.5) });
  walls.addBox({ min: [-9, -9, -5], max: [9, 9, -4], transmission: new Array(8).fill(0.4) });
  assertNear(taken(walls, [0, 0, -8]), new Array(8).fill(0.8), 1e-12);
});

test('a_source_that_goes_behind_an_edge_fades', () => {
  const walls = new LineOfSight({ rays: 33, radius: 0.5, diffraction: false });
  walls.addMesh({ ...square(-2), matrix: [9, 0, 0, 0, 0, 9, 0, 0, 0, 0, 1, 0, -9, 0, 0, 1] });
  let before = 1;
  let between = 0;
  for (let x = -1; x <= 1.0001; x += 0.05) {
    const [now] = taken(walls, [x, 0, -4]);
    assert.ok(now <= before + 1e-12 && before - now < 0.15, `${before} to ${now} at ${x}`);
    between += now > 0 && now < 1 ? 1 : 0;
    before = now;
  }
  assert.equal(taken(walls, [-1, 0, -4])[0], 1);
  assert.equal(before, 0);
  assert.ok(between >= 15, `${between} steps on the way`);
});

test('sound_bends_around_a_box_as_maekawa_says', () => {
  const walls = new LineOfSight({ rays: 1 });
  // A fence of 2 m, 3 m away; source and listener on the ground, so only the way over it is short.
  walls.addBox({ min: [-100, -100, -3.001], max: [100, 2, -3], transmission: 0 });
  const [over] = [Math.hypot(2, 3) + Math.hypot(2, 2.999) + 0.001];
  const straight = 6;
  const found = taken(walls, [0, 0, -6]);
  BAND_HZ.forEach((hz, band) => {
    const decibels = Math.min(24, 10 * Math.log10(3 + 20 * 2 * (over - straight) * hz / 343));
    assertNear([1 - found[band]], [10 ** (-decibels / 20) * straight / over], 1e-6);
  });
  const high = taken(walls, [0, 1.5, -6]);
  assert.ok(high.every((x, band) => x <= found[band]) && high[0] < found[0] - 0.05,
    'nearer to the edge, more is heard');
});

/** The shortest way around a box, by trying all. */
function brute(/** @type {number[]} */ from, /** @type {number[]} */ to, /** @type {number[]} */ half) {
  let shortest = Infinity;
  // Ways over one to three parallel edges of each axis.
  for (let axis = 0; axis < 3; axis++) {
    const [a, b] = [(axis + 1) % 3, (axis + 2) % 3];
    const corners = [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([u, v]) => [u * half[a], v * half[b]]);
    /** @param {number[]} p @param {number[]} q whether the flat segment enters the rectangle */
    const cuts = (p, q) => Array.from({ length: 400 }, (_, i) => (i + 0.5) / 400).some((f) =>
      Math.abs(p[0] + f * (q[0] - p[0])) < half[a] - 1e-9 && Math.abs(p[1] + f * (q[1] - p[1])) < half[b] - 1e-9);
    const start = [from[a], from[b]];
    const stop = [to[a], to[b]];
    const chains = corners.flatMap((c, i) => [[c], [c, corners[(i + 1) % 4]], [corners[(i + 1) % 4], c],
      [c, corners[(i + 1) % 4], corners[(i + 2) % 4]], [c, corners[(i + 3) % 4], corners[(i + 2) % 4]]]);
    for (const chain of chains) {
      const way = [start, ...chain, stop];
      if (way.every((p, i) => i === 0 || !cuts(way[i - 1], p))) {
        let flat = 0;
        way.forEach((p, i) => { flat += i === 0 ? 0 : Math.hypot(p[0] - way[i - 1][0], p[1] - way[i - 1][1]); });
        shortest = Math.min(shortest, Math.hypot(flat, to[axis] - from[axis]));
      }
    }
  }
  return shortest;
}

test('the_way_around_any_box_is_the_shortest_there_is', () => {
  let seed = 7;
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    return seed / 2 ** 32;
  };
  let blocked = 0;
  for (let i = 0; i < 400; i++) {
    const half = [0, 0, 0].map(() => 0.2 + random());
    const from = half.map((h) => (random() - 0.5) * 6 * h);
    const to = half.map((h) => (random() - 0.5) * 6 * h);
    const turn = Math.PI * random();
    const orientation = [0, Math.sin(turn / 2), 0, Math.cos(turn / 2)];
    const center = [random() * 5, random() * 5, random() * 5];
    /** @param {number[]} p of the box, to the world */
    const place = (p) => [center[0] + Math.cos(turn) * p[0] + Math.sin(turn) * p[2], center[1] + p[1],
      center[2] - Math.sin(turn) * p[0] + Math.cos(turn) * p[2]];
    const walls = new LineOfSight({ rays: 1 });
    walls.addBox({ center, size: half.map((h) => 2 * h), orientation });
    const found = taken(walls, place(to), place(from));
    const within = [from, to].some((p) => p.every((x, axis) => Math.abs(x) < half[axis]));
    if (found[0] > 0 && !within) {
      blocked += 1;
      const straight = Math.hypot(...from.map((x, axis) => to[axis] - x));
      const detour = brute(from, to, half) - straight;
      const amplitude = Math.max(10 ** (-24 / 20), 1 / Math.sqrt(3 + 20 * 2 * detour * 125 / 343)) *
        straight / (straight + detour);
      assertNear([1 - found[0]], [amplitude], 1e-6);
    }
  }
  assert.ok(blocked > 40, `${blocked} of them were blocked`);
});

test('an_oriented_box_stands_where_it_is_put', () => {
  const walls = new LineOfSight({ rays: 1, diffraction: false });
  // A thin wall along z at x = 2, made by turning one that lies across z.
  const wall = walls.addBox({ center: [2, 0, 0], size: [4, 2, 0.1], orientation: [0, Math.SQRT1_2, 0, Math.SQRT1_2] });
  assert.equal(taken(walls, [4, 0, 0])[0], 1);
  assert.equal(taken(walls, [4, 0, 3.8])[0], 1);
  assert.equal(taken(walls, [4, 0, 4.2])[0], 0);
  assert.equal(taken(walls, [1.9, 0, 0])[0], 0);
  wall.setPose([-2, 0, 0], [0, Math.SQRT1_2, 0, Math.SQRT1_2]);
  assert.equal(taken(walls, [4, 0, 0])[0], 0);
  assert.equal(taken(walls, [-4, 0, 0])[0], 1);
});

test('a_mesh_of_three_js_is_taken_as_it_is', async () => {
  const THREE = await import('three');
  const walls = new LineOfSight({ rays: 1 });
  const mesh = new THREE.Mesh(new THREE.BoxGeometry(2, 2, 0.2));
  mesh.position.set(1, 0, -3);
  mesh.rotation.y = 0.4;
  mesh.scale.set(2, 1, 1);
  mesh.updateMatrixWorld();
  const { geometry, matrixWorld } = mesh;
  const wall = walls.addMesh({ positions: geometry.attributes.position.array, indices: geometry.index?.array,
    matrix: matrixWorld.elements, transmission: 0.1 });
  const ray = new THREE.Raycaster();
  let hits = 0;
  for (let i = 0; i < 200; i++) {
    const to = new THREE.Vector3(((i * 37) % 100) / 10 - 5, ((i * 61) % 40) / 10 - 2, -6);
    ray.set(new THREE.Vector3(), to.clone().normalize());
    const hit = ray.intersectObject(mesh).length > 0;
    hits += hit ? 1 : 0;
    assertNear(taken(walls, to.toArray()), hit ? occlusionBands(0.9, []) : OPEN, 1e-12);
  }
  assert.ok(hits > 20 && hits < 180, `${hits} hits`);
  wall.setMatrix(new THREE.Matrix4().makeTranslation(50, 0, 0).elements);
  assert.deepEqual(taken(walls, [1, 0, -6]), OPEN);
});

test('wrong_obstacles_are_refused_by_name_and_value', () => {
  const walls = new LineOfSight();
  /** @type {[() => unknown, RegExp][]} */
  const wrong = [
    [() => walls.addBox(/** @type {any} */ ({ min: [0, 0, 0] })), /^box max must be 3 numbers/],
    [() => walls.addBox({ min: [0, 0, 0], max: [-1, 1, 1] }), /box max\[0\] - min\[0\] must be at least 0, not -0\.5$/],
    [() => walls.addBox({ center: [0, 0, NaN], size: [1, 1, 1] }),
      /^box center\[2\] must be a finite number, not NaN$/],
    [() => walls.addBox({ center: [0, 0, 0], size: [1, 1, 1], transmission: 2 }),
      /^transmission must be between 0 and 1/],
    [() => walls.addBox(/** @type {any} */ ({ centre: [0, 0, 0] })), /^addBox has no option "centre"/],
    [() => walls.addMesh({ positions: [0, 0, 0, 1] }), /^mesh positions must be x y z of each vertex/],
    [() => walls.addMesh({ ...square(0), indices: [0, 1, 9] }), /^mesh indices\[2\] must be between 0 and 3, not 9$/],
    [() => walls.addMesh({ ...square(0), indices: [0, 1] }), /whole triangles, and they are 2 numbers$/],
    [() => walls.addMesh({ ...square(0), matrix: new Array(16).fill(0) }), /flattens the mesh/],
    [() => new LineOfSight({ rays: 0 }), /^rays must be between 1 and 64, not 0$/],
    [() => followOcclusion(/** @type {any} */ ({}), [], /** @type {any} */ (1)), /needs a function/],
  ];
  for (const [act, message] of wrong) {
    assert.throws(act, { message });
  }
  assert.deepEqual(taken(walls, [0, 0, -5]), OPEN, 'none of them was added');
});

test('sources_follow_what_stands_between_until_they_are_stopped', async () => {
  const { core, writer } = page(3);
  const listener = new PinnaListener(core);
  const behind = new PinnaSource(core, 0, { position: [0, 0, -5] });
  const beside = new PinnaSource(core, 1, { position: [5, 0, 0] });
  const locked = new PinnaSource(core, 2, { position: [0, 0, -5], headLocked: true });
  const walls = new LineOfSight({ diffraction: false });
  const wall = walls.addBox({ min: [-2, -2, -3], max: [2, 2, -2] });
  const following = followOcclusion(listener, [behind, beside, locked], walls.between, { rateHz: 200 });
  const occluded = () => [0, 1, 2].map((slot) => bandsAt(writer, Source.occlusion, slot)[3]);
  assert.deepEqual(occluded(), [1, 0, 0]);
  wall.enabled = false;
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.deepEqual(occluded(), [0, 0, 0]);
  beside.dispose();
  behind.dispose();
  wall.enabled = true;
  following.update();
  following.stop();
  assert.deepEqual(occluded(), [0, 0, 0], 'those that were disposed of are left alone');
});

test('following_makes_no_garbage_of_its_own', () => {
  const runner = fileURLToPath(new URL('../support/following-run.mjs', import.meta.url));
  /** @param {string[]} args */
  const collections = (...args) => Number(execFileSync(process.execPath, ['--max-semi-space-size=1', runner, ...args],
    { encoding: 'utf8' }));
  assert.equal(collections(), 0);
  assert.ok(collections('litter') > 0, 'one small object a look must be seen');
});

test('a_callback_may_give_a_number_or_bands', () => {
  const { core, writer } = page(2);
  const listener = new PinnaListener(core);
  const sources = [new PinnaSource(core, 0, {}), new PinnaSource(core, 1, {})];
  followOcclusion(listener, sources, (_, source) => (source === sources[0] ? 0.5 : new Array(8).fill(0.25))).stop();
  assertNear(bandsAt(writer, Source.occlusion, 0), occlusionBands(0.5, []));
  assertNear(bandsAt(writer, Source.occlusion, 1), new Array(8).fill(0.25));
  assert.deepEqual(directivityBands('omni', []), OPEN);
});
