// SPDX-License-Identifier: MIT
/** pinna/three with the real three.js and the real engine: where things are heard, under any parents. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { Camera, Group, Object3D, Quaternion, Vector3 } from 'three';
import { EngineHost } from '../../web/shared/engine-host.js';
import { Header, Source } from '../../web/shared/layout.gen.js';
import { PinnaAudio, PinnaListener } from '../../web/three/index.js';
import { anyScene, assertAgreement, floats, jumpsIn, pinnaInNode, posesIn, random, turn, wanted }
  from '../support/frames.mjs';

/** three's cameras look along -z, and its sounds along +z. */
const FRAME = { ahead: [0, 0, -1], faces: [0, 0, 1] };

/** @param {Object3D} object @param {import('../support/frames.mjs').Step} step */
function put(object, { position, rotation, scale }) {
  object.position.fromArray(position);
  object.quaternion.fromArray(rotation);
  object.scale.setScalar(scale);
}

/** A camera on a rig and a sound on a thing in a group, all anywhere. @param {() => number} next */
function strewn(next) {
  const { pinna, writer } = pinnaInNode();
  const plan = anyScene(next);
  const scene = new Object3D();
  const [rig, camera, group, thing] = [new Group(), new Camera(), new Group(), new Object3D()];
  const listener = new PinnaListener(pinna);
  const sound = new PinnaAudio(listener);
  [rig, camera].forEach((object, i) => put(object, plan.ears[i]));
  [group, thing, sound].forEach((object, i) => put(object, plan.sound[i]));
  scene.add(rig.add(camera.add(listener)), group.add(thing.add(sound)));
  scene.updateMatrixWorld();
  return { plan, scene, camera, group, thing, listener, sound, writer };
}

test('under_any_parents_turned_and_rolled_the_engine_has_a_sound_and_its_cone_as_three_has_them', () => {
  const next = random(1);
  for (let i = 0; i < 1000; i++) {
    const { plan, writer } = strewn(next);
    const { ears, sound } = posesIn(writer);
    assertAgreement(ears, sound, wanted(plan, FRAME), `scene ${i}`);
  }
});

test('scale_changes_no_direction_even_where_it_differs_by_axis', () => {
  const next = random(3);
  for (let i = 0; i < 200; i++) {
    const { plan, scene, camera, writer } = strewn(next);
    camera.scale.set(0.2 + Math.abs(next()), 3, 0.5);
    scene.updateMatrixWorld();
    const { ears, sound } = posesIn(writer);
    assertAgreement(ears, sound, wanted(plan, FRAME), `scene ${i}`);
  }
});

test('in_a_sheared_or_mirrored_parent_ears_look_exactly_whither_the_camera_does_and_are_not_exchanged', () => {
  const next = random(9);
  for (let i = 0; i < 400; i++) {
    const { scene, camera, writer } = strewn(next);
    /** @type {Object3D} */ (camera.parent).scale.set((i % 2 ? -1 : 1) * (1.5 + next()), 0.4, 2);
    scene.updateMatrixWorld();
    const { orientation } = posesIn(writer).ears;
    const axis = (/** @type {number} */ column) => new Vector3().setFromMatrixColumn(camera.matrixWorld, column);
    const [ahead, up, right] = [[0, 0, -1], [0, 1, 0], [1, 0, 0]].map((v) => new Vector3(...turn(orientation, v)));
    assert.ok(ahead.distanceTo(axis(2).normalize().negate()) <= 1e-5, `${i}: ahead`);
    assert.ok(up.dot(axis(1)) > 0, `${i}: up is up`);
    assert.ok(right.distanceTo(ahead.clone().cross(up)) <= 1e-5, `${i}: the right ear is right of what is ahead`);
  }
});

test('a_thing_scaled_to_nothing_stays_where_it_was_and_no_number_is_broken', () => {
  const { scene, camera, writer } = strewn(random(4));
  const before = writer.bytes.slice();
  camera.position.x = 99;
  for (const scale of [0, NaN]) {
    camera.scale.setScalar(scale);
    scene.updateMatrixWorld();
    assert.deepEqual(writer.bytes.slice(0, Header.bytes), before.slice(0, Header.bytes));
  }
});

test('rendered_by_the_engine_left_is_left_and_a_turned_scene_sounds_like_one_that_is_not', () => {
  const module = new WebAssembly.Module(fs.readFileSync(new URL('../../web/dist/pinna.wasm', import.meta.url)));
  const headBlob = fs.readFileSync(new URL('../../models/kemar/kemar.safetensors', import.meta.url));
  const next = random(5);
  /** @param {Quaternion} turn @param {Vector3} at  in the camera's frame */
  const render = (turn, at) => {
    const { pinna, writer } = pinnaInNode();
    const [rig, camera] = [new Group(), new Camera()];
    rig.quaternion.copy(turn);
    rig.position.set(3, -2, 1);
    const listener = new PinnaListener(pinna);
    const sound = new PinnaAudio(listener);
    sound.position.copy(at);
    rig.add(camera.add(listener, sound)).updateMatrixWorld();
    const host = new EngineHost(module);
    host.boot({ headBlob, sampleRate: 48000, maxSources: 4, blockFrames: 128, maxBlockFrames: 4096 });
    const next = random(1);
    host.setBuffer(1, Float32Array.from({ length: 4096 }, next));
    writer.setSourceBuffer(0, 1);
    writer.startSource(0, 0, 0);
    writer.commit();
    host.applyScene(writer.bytes);
    host.process(4096);
    return [host.left.slice(0, 4096), host.right.slice(0, 4096)];
  };
  /** @param {Float32Array} x */
  const energy = (x) => x.reduce((sum, v) => sum + v * v, 0);
  for (const [x, louder] of [[-1, 0], [1, 1]]) {
    const at = new Vector3(x, 0.2, -0.4);
    const plain = render(new Quaternion(), at);
    assert.ok(energy(plain[louder]) > 3 * energy(plain[1 - louder]), `${x < 0 ? 'left' : 'right'} is not`);
    for (let i = 0; i < 8; i++) {
      const turn = new Quaternion(next(), next(), next(), next()).normalize();
      const turned = render(turn, at);
      [0, 1].forEach((ear) => {
        const off = energy(turned[ear].map((v, n) => v - plain[ear][n])) / energy(plain[ear]);
        assert.ok(10 * Math.log10(off) < -80, `ear ${ear}: ${10 * Math.log10(off)} dB`);
      });
    }
  }
});

test('the_first_place_is_jumped_to_and_the_next_are_travelled_to', () => {
  const { scene, thing, camera, writer } = strewn(random(6));
  assert.deepEqual(jumpsIn(writer), [1, 1]);
  thing.position.x += 1;
  camera.position.x += 1;
  scene.updateMatrixWorld();
  assert.deepEqual(jumpsIn(writer), [1, 1]);
});

test('a_listener_that_was_away_and_is_hung_up_again_hears_from_there_though_nothing_moved', () => {
  const { scene, camera, listener, writer } = strewn(random(13));
  const { ears } = posesIn(writer);
  listener.removeFromParent();
  listener.pinna.listener.setPose([1, 2, 3], [0, 0, 0, 1]);
  camera.add(listener);
  scene.updateMatrixWorld();
  assert.deepEqual(posesIn(writer).ears, ears);
  assert.deepEqual(jumpsIn(writer), [2, 1]);
});

test('a_scene_is_drawn_on_when_its_sound_has_failed', () => {
  const { scene, camera, listener, sound } = strewn(random(12));
  sound.setBuffer(/** @type {any} */ ({ duration: 4 })).play();
  sound.source.dispose();
  sound.pause().stop().dispose();
  listener.pinna.listener.setPose = () => {
    throw new Error('as a failed pinna does');
  };
  for (const state of ['failed', 'disposed', 'closed']) {
    /** @type {any} */ (listener.pinna).state = state;
    camera.position.x += 1;
    scene.updateMatrixWorld();
  }
});

test('what_does_not_move_sends_nothing', () => {
  const { scene, sound, listener, writer } = strewn(random(10));
  const fail = () => assert.fail('sent');
  listener.pinna.listener.setPose = fail;
  sound.source.setPosition = fail;
  scene.updateMatrixWorld(true);
  assert.deepEqual(jumpsIn(writer), [1, 1]);
});

test('a_pause_goes_on_where_it_stopped_also_in_a_loop_and_a_stop_begins_anew', () => {
  const { listener, sound, writer } = strewn(random(7));
  const clock = /** @type {{ currentTime: number }} */ (/** @type {unknown} */ (listener.context));
  const begun = () => writer.view.getFloat64(Header.bytes + Source.offsetS, true);
  sound.setBuffer(/** @type {any} */ ({ duration: 4 })).play();
  assert.ok(sound.isPlaying);
  clock.currentTime = 1.5;
  sound.pause().play();
  assert.equal(begun(), 1.5);
  sound.setLoop(true).setLoopStart(1).setLoopEnd(3);
  clock.currentTime = 5;
  // 1.5 + 3.5 = 5 s of a loop from 1 to 3: at 1.
  sound.pause().play();
  assert.equal(begun(), 1);
  sound.stop().play();
  assert.equal(begun(), 0);
});

test('the_methods_of_threes_positional_audio_reach_the_engine', () => {
  const { sound, writer } = strewn(random(8));
  sound.setRefDistance(2).setMaxDistance(50).setRolloffFactor(0.5).setDistanceModel('linear').setVolume(0.25)
    .setDirectionalCone(90, 180, 0.1);
  const at = Header.bytes;
  const near = (/** @type {number} */ field, /** @type {number} */ wanted) =>
    assert.ok(Math.abs(floats(writer, at + field, 1)[0] - wanted) < 1e-6);
  near(Source.refDistanceM, 2);
  near(Source.maxDistanceM, 50);
  near(Source.rolloffFactor, 0.5);
  near(Source.gain, 0.25);
  near(Source.coneInnerRad, Math.PI / 2);
  near(Source.coneOuterRad, Math.PI);
  near(Source.coneOuterGain, 0.1);
  assert.deepEqual([sound.getRefDistance(), sound.getMaxDistance(), sound.getRolloffFactor(), sound.getDistanceModel(),
    sound.getVolume()], [2, 50, 0.5, 'linear', 0.25]);
  sound.dispose();
  assert.equal(sound.parent, null);
  assert.ok(sound.source.disposed);
});
