// SPDX-License-Identifier: MIT
/** pinna/three with the real three.js and the real engine: where things are heard, under any parents. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';
import { Camera, Group, Matrix4, Object3D, Quaternion, Vector3 } from 'three';
import { PinnaListener as EngineListener } from '../../web/listener.js';
import { EngineHost } from '../../web/shared/engine-host.js';
import { Header, Source } from '../../web/shared/layout.gen.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { PinnaSource } from '../../web/source.js';
import { PinnaAudio, PinnaListener } from '../../web/three/index.js';

/** What of a Pinna these objects use, without a browser: its own listener, sources and scene. */
function pinnaInNode() {
  const writer = new SceneWriter(4);
  const core = /** @type {any} */ ({
    writer, changed: () => {}, requireUsable: () => {}, outputLatencyS: () => 0, freed: () => {}, context: {},
    clips: { acquire: (/** @type {unknown} */ sound) => ({ number: 1, sound, loaded: Promise.resolve() }),
      release: () => {} },
  });
  let slot = 0;
  const pinna = /** @type {any} */ ({
    context: { currentTime: 0 },
    gain: 1,
    listener: new EngineListener(core),
    createSource: () => new PinnaSource(core, slot++, {}),
  });
  return { pinna, writer };
}

/** Seeded numbers from -1 to 1. @param {number} seed */
function random(seed) {
  let s = seed >>> 0;
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 2147483648 - 1;
  };
}

/** Somewhere, turned and rolled somehow, of some size. @param {Object3D} object @param {() => number} next */
function strew(object, next) {
  object.position.set(5 * next(), 5 * next(), 5 * next());
  object.quaternion.set(next(), next(), next(), next()).normalize();
  object.scale.setScalar(1.5 + next());
  return object;
}

/** The engine's numbers. @param {SceneWriter} writer @param {number} at @param {number} count */
function floats(writer, at, count) {
  return Array.from({ length: count }, (_, i) => writer.view.getFloat32(at + 4 * i, true));
}

/** A source's place as the engine's head has it. @param {SceneWriter} writer @param {number} slot */
function inHead(writer, slot) {
  const [x, y, z, w] = floats(writer, Header.listenerWorldFromHead, 4);
  const position = new Vector3(...floats(writer, Header.bytes + slot * Source.bytes + Source.positionM, 3));
  return position.sub(new Vector3(...floats(writer, Header.listenerPositionM, 3)))
    .applyQuaternion(new Quaternion(x, y, z, w).conjugate());
}

/** A world matrix without its scale, by its columns: not as the adapter does it. @param {Object3D} object */
function unscaled({ matrixWorld }) {
  const [x, y, z, p] = [0, 1, 2, 3].map((i) => new Vector3(...matrixWorld.elements.slice(4 * i, 4 * i + 3)));
  return new Matrix4().makeBasis(x.normalize(), y.normalize(), z.normalize()).setPosition(p);
}

/** A camera on a rig and a sound on a thing in a group, all strewn. @param {() => number} next */
function strewn(next) {
  const { pinna, writer } = pinnaInNode();
  const scene = new Object3D();
  const [rig, camera, group, thing] = [new Group(), new Camera(), new Group(), new Object3D()]
    .map((object) => strew(object, next));
  const listener = new PinnaListener(pinna);
  const sound = new PinnaAudio(listener);
  scene.add(rig.add(camera.add(listener)), group.add(thing.add(sound)));
  scene.updateMatrixWorld();
  return { scene, camera, thing, listener, sound, writer };
}

test('under_any_parents_turned_and_rolled_the_engine_has_a_sound_where_the_camera_has_it', () => {
  const next = random(1);
  for (let i = 0; i < 1000; i++) {
    const { camera, sound, writer } = strewn(next);
    const wanted = new Vector3().setFromMatrixPosition(sound.matrixWorld).applyMatrix4(unscaled(camera).invert());
    const got = inHead(writer, 0);
    const angle = got.angleTo(wanted);
    assert.ok(got.distanceTo(wanted) <= 1e-5 * Math.max(1, wanted.length()), `${i}: ${got.toArray()} and ` +
      `${wanted.toArray()}, ${angle} rad`);
  }
});

test('a_cone_opens_along_the_objects_z_as_three_has_it', () => {
  const next = random(2);
  for (let i = 0; i < 1000; i++) {
    const { sound, writer } = strewn(next);
    const [x, y, z, w] = floats(writer, Header.bytes + Source.worldFromSource, 4);
    const got = new Vector3(0, 0, -1).applyQuaternion(new Quaternion(x, y, z, w));
    const wanted = new Vector3(0, 0, 1).transformDirection(unscaled(sound));
    assert.ok(got.distanceTo(wanted) <= 1e-5, `${i}: ${got.toArray()} and ${wanted.toArray()}`);
  }
});

test('scale_changes_no_direction_even_where_it_differs_by_axis', () => {
  const next = random(3);
  for (let i = 0; i < 200; i++) {
    const { scene, camera, writer } = strewn(next);
    const before = inHead(writer, 0).normalize();
    camera.scale.set(0.2 + Math.abs(next()), 3, 0.5);
    scene.updateMatrixWorld();
    assert.ok(inHead(writer, 0).normalize().distanceTo(before) <= 1e-5);
  }
});

test('a_thing_scaled_to_nothing_stays_where_it_was_and_no_number_is_broken', () => {
  const { scene, camera, writer } = strewn(random(4));
  const before = writer.bytes.slice();
  camera.scale.setScalar(0);
  camera.position.x = 99;
  scene.updateMatrixWorld();
  assert.deepEqual(writer.bytes.slice(0, Header.bytes), before.slice(0, Header.bytes));
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
  const counts = () => [writer.view.getUint32(Header.listenerTeleport, true),
    writer.view.getUint32(Header.bytes + Source.teleport, true)];
  assert.deepEqual(counts(), [1, 1]);
  thing.position.x += 1;
  camera.position.x += 1;
  scene.updateMatrixWorld();
  assert.deepEqual(counts(), [1, 1]);
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
