// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import test from 'node:test';

import { parseScene } from '../../web/scene/scene-file.js';
import { ScenePlayer, longestDopplerPath } from '../../web/scene/scene-player.js';
import { Trajectory, farthestDistance, slerp } from '../../web/scene/trajectory.js';
import { Header, Scene, Source, SourceFlag } from '../../web/shared/layout.gen.js';

/** Rounding of double-precision trigonometry, with room. */
const ANGLE_TOLERANCE = 1e-12;

/** @param {number} degrees about +y: to the left */
function yaw(degrees) {
  const half = degrees * Math.PI / 360;
  return /** @type {[number, number, number, number]} */ ([0, Math.sin(half), 0, Math.cos(half)]);
}

/**
 * @param {ArrayLike<number>} actual
 * @param {readonly number[]} expected
 * @param {number} [tolerance]
 */
function assertNear(actual, expected, tolerance = ANGLE_TOLERANCE) {
  assert.equal(actual.length, expected.length);
  expected.forEach((x, i) =>
    assert.ok(Math.abs(actual[i] - x) <= tolerance, `${Array.from(actual)} is not ${expected}`));
}

/** @param {object[]} poses of a source */
function sceneOf(poses, source = {}, rest = {}) {
  return parseScene({ pinna: 1, durationS: 4, sources: [{ audio: 'a.wav', poses, ...source }], ...rest });
}

/** @param {object[]} poses */
const pathOf = (poses) => new Trajectory(sceneOf(poses).sources[0].poses);

test('positions are linear between poses and still outside them', () => {
  const path = pathOf([{ t: 1, position: [0, 0, 0] }, { t: 3, position: [4, -2, 8] }]);
  for (const [t, f] of [[0, 0], [1, 0], [1.5, 0.25], [2, 0.5], [3, 1], [9, 1]]) {
    path.at(t);
    assertNear(path.position, [4 * f, -2 * f, 8 * f]);
  }
});

test('orientations turn at constant speed, the shorter way', () => {
  const out = [0, 0, 0, 0];
  for (const [to, sign] of [[90, 1], [170, 1], [90, -1], [0, 1], [1e-7, 1]]) {
    for (const f of [0, 0.1, 0.5, 0.9, 1]) {
      slerp(yaw(0), yaw(to).map((x) => sign * x), f, out);
      assertNear(out, yaw(to * f));
    }
  }
});

test('a path gives the same at a time whichever way the time was reached', () => {
  const poses = [0, 1, 1, 2, 3.5].map((t, i) =>
    ({ t, position: [Math.sin(i * 7), i, i * i], orientation: yaw(i * 50) }));
  const forward = pathOf(poses);
  const times = Array.from({ length: 50 }, (_, i) => i * 0.08);
  const expected = times.map((t) => {
    forward.at(t);
    return [...forward.position, ...forward.orientation, forward.jumps];
  });
  const back = pathOf(poses);
  for (let i = times.length - 1; i >= 0; i--) {
    back.at(times[i]);
    assert.deepEqual([...back.position, ...back.orientation, back.jumps], expected[i]);
  }
});

test('two poses at one time are a jump: before it here, from it on there, and counted', () => {
  const path = pathOf([{ t: 0, position: [1, 0, 0] }, { t: 2, position: [1, 0, 0] }, { t: 2, position: [-1, 0, 0] }]);
  path.at(1.999999);
  assert.deepEqual([path.position[0], path.jumps], [1, 0]);
  path.at(2);
  assert.deepEqual([path.position[0], path.jumps], [-1, 1]);
});

test('the farthest distance of two paths is found at their corners, jumps included', () => {
  const still = sceneOf([{ t: 0, position: [0, 0, 0] }]).sources[0].poses;
  const away = sceneOf([{ t: 0, position: [0, 3, 4] }, { t: 1, position: [30, 0, 40] }, { t: 1, position: [1, 0, 0] },
    { t: 2, position: [0, 2, 0] }]).sources[0].poses;
  assert.ok(Math.abs(farthestDistance(away, still) - 50) < 1e-6);
  const sampled = pathOf(away);
  let farthest = 0;
  for (let t = 0; t < 2; t += 1e-4) {
    sampled.at(t);
    farthest = Math.max(farthest, Math.hypot(...sampled.position));
  }
  assert.ok(farthest <= farthestDistance(away, still) + 1e-9);
});

test('only sources with Doppler need a propagation path', () => {
  const poses = [{ t: 0, position: [0, 0, -70] }];
  assert.equal(longestDopplerPath(sceneOf(poses)), 0);
  assert.equal(longestDopplerPath(sceneOf(poses, { doppler: true })), 70);
  const listener = { listener: { poses: [{ t: 0 }, { t: 1, position: [0, 0, 70] }] } };
  assert.equal(longestDopplerPath(sceneOf(poses, { doppler: true }, listener)), 140);
  assert.equal(longestDopplerPath(sceneOf(poses, { doppler: true, headLocked: true }, listener)), 70);
});

/** @param {Uint8Array} bytes */
function read(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return {
    /** @param {number} offset */
    u32: (offset) => view.getUint32(offset, true),
    /** @param {number} offset @param {number} count */
    f32: (offset, count) => Array.from({ length: count }, (_, i) => view.getFloat32(offset + i * 4, true)),
    /** @param {number} offset */
    f64: (offset) => view.getFloat64(offset, true),
  };
}

test('a snapshot holds everything that the scene says about a source', () => {
  const scene = sceneOf([{ t: 0, position: [1, 2, 3], orientation: yaw(90) }], {
    startS: 0.5,
    loop: true,
    gain: 0.25,
    headLocked: true,
    doppler: true,
    distance: { model: 'exponential', refDistance: 2, maxDistance: 30, rolloffFactor: 0.5 },
    cone: { innerAngle: 90, outerAngle: 180, outerGain: 0.125 },
  }, { gain: 0.5, limiter: true, listener: { poses: [{ t: 0, position: [4, 5, 6], orientation: yaw(180) }] } });
  const bytes = new ScenePlayer(scene, [3], 10).at(0);
  const { u32, f32, f64 } = read(bytes);
  const at = Header.bytes;
  assert.equal(bytes.length, Header.bytes + Source.bytes);
  assert.deepEqual([u32(Header.magic), u32(Header.version), u32(Header.sourceCount)], [Scene.MAGIC, Scene.VERSION, 1]);
  assert.equal(u32(Header.flags), Scene.LIMITER);
  assert.deepEqual(f32(Header.gain, 1), [0.5]);
  assert.deepEqual(f32(Header.listenerPositionM, 3), [4, 5, 6]);
  assertNear(f32(Header.listenerWorldFromHead, 4), yaw(180), 1e-7);
  assert.equal(u32(at + Source.flags),
    SourceFlag.ACTIVE | SourceFlag.HEAD_LOCKED | SourceFlag.DOPPLER | SourceFlag.LOOP);
  assert.deepEqual(f32(at + Source.positionM, 4), [1, 2, 3, 0.25]);
  assertNear(f32(at + Source.worldFromSource, 4), yaw(90), 1e-7);
  assert.deepEqual(f32(at + Source.refDistanceM, 3), [2, 30, 0.5]);
  assertNear(f32(at + Source.coneInnerRad, 3), [Math.PI / 2, Math.PI, 0.125], 1e-6);
  assert.equal(u32(at + Source.buffer), 3);
  assert.equal(f64(at + Source.startS), 10.5);
  assert.ok(u32(at + Source.playToken) > 0);
});

test('a jump in a path is a teleport of its owner, once, and of nobody else', () => {
  const poses = [{ t: 0, position: [1, 0, 0] }, { t: 1, position: [1, 0, 0] }, { t: 1, position: [2, 0, 0] }];
  const scene = sceneOf(poses, {}, {
    listener: { poses: [{ t: 0 }, { t: 2 }, { t: 2, position: [0, 1, 0] }] },
  });
  const player = new ScenePlayer(scene, [1]);
  const counts = [0, 0.5, 1, 1.5, 2, 2.5].map((t) => {
    const { u32 } = read(player.at(t));
    return [u32(Header.bytes + Source.teleport), u32(Header.listenerTeleport)];
  });
  const [source, listener] = counts[0];
  const since = counts.map(([s, l]) => [s - source, l - listener]);
  assert.deepEqual(since, [[0, 0], [0, 0], [1, 0], [1, 0], [1, 1], [1, 1]]);
});
