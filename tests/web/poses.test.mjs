// SPDX-License-Identifier: MIT
/** Poses that come as sound: what the engine is told of them. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Header, Source } from '../../web/shared/layout.gen.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { PoseReader } from '../../web/worklet/poses.js';

const SOURCES = 2;
const FRAMES = 128;

/** Seeded numbers from -1 to 1. @param {number} seed */
function random(seed) {
  let s = seed >>> 0;
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 2147483648 - 1;
  };
}

/** A block whose last samples are these; everything before is another value. @param {number[]} values */
const block = (values) => values.map((value) => new Float32Array(FRAMES).fill(77).fill(value, FRAMES - 1));

/**
 * @param {number[] | null} source  position and direction of source 0
 * @param {number[]} [listener]     position, forward, up
 */
function inputs(source, listener = [0, 0, 0, 0, 0, -1, 0, 1, 0]) {
  return [source ? block([0, ...source]) : [], [], block([...listener.slice(0, 6), 0]),
    block([...listener.slice(6), 0, 0, 0, 0])];
}

/** A scene with one source, as it comes from the page. @param {(writer: SceneWriter) => void} [write] */
function sceneOf(write = () => {}) {
  const writer = new SceneWriter(SOURCES);
  writer.openSource(0);
  write(writer);
  return writer.bytes;
}

/** @param {Uint8Array} scene @param {number} at  byte @param {number} count */
const floats = (scene, at, count) => [...new Float32Array(scene.buffer, scene.byteOffset + at, count)];

/** @param {Uint8Array} scene @param {number} field */
const ofSource = (scene, field, count = 3) => floats(scene, Header.bytes + field, count);

/** v turned by q. @param {number[]} q @param {number[]} v */
function turned([x, y, z, w], [a, b, c]) {
  const [tx, ty, tz] = [2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)];
  return [a + w * tx + y * tz - z * ty, b + w * ty + z * tx - x * tz, c + w * tz + x * ty - y * tx];
}

/** @param {number[]} v */
const unit = (v) => v.map((x) => x / Math.hypot(...v));

/** @param {number[]} a @param {number[]} b */
function assertNear(a, b, within = 1e-5) {
  a.forEach((x, i) => assert.ok(Math.abs(x - b[i]) <= within, `${a} and ${b}`));
}

test('a_source_faces_where_its_orientation_points_whatever_its_length', () => {
  const next = random(3);
  const reader = new PoseReader(SOURCES, true);
  const scene = sceneOf();
  for (let i = 0; i < 2000; i++) {
    const direction = [next(), next(), next()].map((x) => x * 10 ** (3 * next()));
    reader.read(scene, inputs([1, 2, 3, ...direction]), i === 0);
    assertNear(turned(ofSource(scene, Source.worldFromSource, 4), [0, 0, -1]), unit(direction));
  }
  for (const direction of [[0, 0, -1], [0, 0, 5], [0, 0, 1e-3], [0, 9, 0]]) {
    reader.read(scene, inputs([1, 2, 3, ...direction]), false);
    assertNear(turned(ofSource(scene, Source.worldFromSource, 4), [0, 0, -1]), unit(direction));
  }
});

test('a_head_looks_along_forward_with_up_above_and_the_right_hand_on_the_right', () => {
  const next = random(4);
  const reader = new PoseReader(SOURCES, true);
  const scene = sceneOf();
  for (let i = 0; i < 2000; i++) {
    const forward = [next(), next(), next()].map((x) => x * 10 ** (2 * next()));
    const up = [next(), next(), next()];
    const right = unit([forward[1] * up[2] - forward[2] * up[1], forward[2] * up[0] - forward[0] * up[2],
      forward[0] * up[1] - forward[1] * up[0]]);
    reader.read(scene, inputs(null, [1, 2, 3, ...forward, ...up]), i === 0);
    const q = floats(scene, Header.listenerWorldFromHead, 4);
    assertNear([Math.hypot(...q)], [1]);
    assertNear(turned(q, [0, 0, -1]), unit(forward), 1e-4);
    assertNear(turned(q, [1, 0, 0]), right, 1e-4);
    assertNear(floats(scene, Header.listenerPositionM, 3), [1, 2, 3]);
  }
});

test('a_head_whose_forward_and_up_are_one_line_stays_turned_as_it_was', () => {
  const reader = new PoseReader(SOURCES, true);
  const scene = sceneOf();
  reader.read(scene, inputs(null, [0, 0, 0, 1, 0, 0, 0, 1, 0]), true);
  const before = floats(scene, Header.listenerWorldFromHead, 4);
  for (const lost of [[0, 3, 0, 0, 1, 0], [0, 0, 0, 0, 1, 0], [1, 0, 0, 0, 0, 0], [NaN, 0, 0, 0, 1, 0]]) {
    reader.read(scene, inputs(null, [0, 0, 0, ...lost]), false);
    assert.deepEqual(floats(scene, Header.listenerWorldFromHead, 4), before);
  }
});

test('without_a_direction_there_is_no_cone_and_with_one_again_it_is_the_pages', () => {
  const reader = new PoseReader(SOURCES, true);
  const scene = sceneOf((writer) => writer.setSourceCone(0, 1, 2, 0.5));
  reader.read(scene, inputs([0, 0, -1, 0, 0, 0]), true);
  assertNear(ofSource(scene, Source.coneInnerRad, 1), [2 * Math.PI]);
  reader.read(scene, inputs([0, 0, -1, 1, 0, 0]), false);
  assertNear(ofSource(scene, Source.coneInnerRad, 1), [1]);
});

test('the_scene_is_taken_when_something_changed_and_offline_at_every_block_once_there_is_one', () => {
  const live = new PoseReader(SOURCES, true);
  const offline = new PoseReader(SOURCES, false);
  const scene = sceneOf();
  assert.equal(live.read(scene, inputs([1, 0, 0, 1, 0, 0]), false), false, 'there is no scene yet');
  assert.equal(offline.read(scene, inputs([1, 0, 0, 1, 0, 0]), false), false, 'there is no scene yet');
  assert.equal(live.read(scene, inputs([1, 0, 0, 1, 0, 0]), true), true);
  assert.equal(live.read(scene, inputs([1, 0, 0, 1, 0, 0]), false), false, 'nothing changed');
  assert.equal(live.read(scene, inputs([2, 0, 0, 1, 0, 0]), false), true);
  assert.equal(offline.read(scene, inputs([1, 0, 0, 1, 0, 0]), true), true);
  assert.equal(offline.read(scene, inputs([1, 0, 0, 1, 0, 0]), false), true);
});

test('a_new_snapshot_of_the_page_does_not_move_a_source_back', () => {
  const reader = new PoseReader(SOURCES, true);
  const scene = sceneOf();
  reader.read(scene, inputs([1, 2, 3, 1, 0, 0]), true);
  scene.set(sceneOf());
  reader.read(scene, inputs([1, 2, 3, 1, 0, 0]), true);
  assertNear(ofSource(scene, Source.positionM), [1, 2, 3]);
});

test('a_sound_that_begins_in_a_slot_jumps_there_and_one_that_goes_on_travels', () => {
  const reader = new PoseReader(SOURCES, true);
  const scene = sceneOf();
  const jumps = () => new Uint32Array(scene.buffer, Header.bytes + Source.teleport, 1)[0];
  reader.read(scene, inputs([1, 0, 0, 1, 0, 0]), true);
  const first = jumps();
  reader.read(scene, inputs([2, 0, 0, 1, 0, 0]), false);
  assert.equal(jumps(), first);
  reader.read(scene, inputs(null), false);
  reader.read(scene, inputs([9, 0, 0, 1, 0, 0]), false);
  assert.equal(jumps(), first + 1);
});

test('places_beyond_what_the_engine_takes_are_brought_to_its_edge', () => {
  const reader = new PoseReader(SOURCES, true);
  const scene = sceneOf();
  reader.read(scene, inputs([1e9, -3e38, 5, 1, 0, 0]), true);
  assert.deepEqual(ofSource(scene, Source.positionM), [1e6, -1e6, 5]);
});
