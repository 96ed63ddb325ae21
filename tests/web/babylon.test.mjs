// SPDX-License-Identifier: MIT
/** pinna/babylon with the real Babylon.js: where things are heard, left-handed and right-handed, under any parents. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { pathToFileURL } from 'node:url';
import { attachListener, attachSource } from '../../web/babylon/index.js';
import { anyScene, assertAgreement, jumpsIn, pinnaInNode, posesIn, random, turn, wanted } from '../support/frames.mjs';
import { complaints, installed } from '../support/packages.mjs';

const home = await installed('adapters');
const entry = pathToFileURL(path.join(home, 'node_modules/@babylonjs/core/index.js')).href;
const { FreeCamera, Logger, NullEngine, Quaternion, Scene, TransformNode, Vector3 } = await import(entry);

// It greets once an engine.
Logger.LogLevels = Logger.ErrorLogLevel;

/** @typedef {import('../support/frames.mjs').Step} Step */

/** Cameras and things look along +z; along -z in right-handed scenes. @param {boolean} rightHanded */
const frameOf = (rightHanded) => {
  const ahead = [0, 0, rightHanded ? -1 : 1];
  return { ahead, faces: ahead };
};

/** @param {any} node @param {Step} step */
function put(node, { position, rotation, scale }) {
  node.position = new Vector3(...position);
  node.rotationQuaternion = new Quaternion(...rotation);
  if (node.scaling) {
    node.scaling = new Vector3(scale, scale, scale);
  }
}

/** A camera on a rig and a thing in groups, anywhere, followed. @param {() => number} next @param {boolean} right */
function strewn(next, right) {
  const { pinna, writer } = pinnaInNode();
  const plan = anyScene(next);
  // A camera has no size.
  plan.ears[1].scale = 1;
  const scene = new Scene(new NullEngine());
  scene.useRightHandedSystem = right;
  const [rig, group, inner, thing] = ['rig', 'group', 'inner', 'thing'].map((name) => new TransformNode(name, scene));
  const camera = new FreeCamera('camera', Vector3.Zero(), scene);
  camera.parent = rig;
  inner.parent = group;
  thing.parent = inner;
  [rig, camera].forEach((node, i) => put(node, plan.ears[i]));
  [group, inner, thing].forEach((node, i) => put(node, plan.sound[i]));
  const source = pinna.createSource();
  const attachments = [attachListener(pinna, scene), attachSource(source, thing)];
  scene.render();
  return { plan, pinna, writer, scene, rig, camera, thing, source, attachments };
}

for (const right of [false, true]) {
  const hand = right ? 'right' : 'left';

  test(`in_a_${hand}_handed_scene_the_engine_has_a_sound_and_its_cone_as_babylon_has_them_under_any_parents`, () => {
    const next = random(right ? 2 : 1);
    for (let i = 0; i < 300; i++) {
      const { plan, writer, scene } = strewn(next, right);
      const { ears, sound } = posesIn(writer);
      assertAgreement(ears, sound, wanted(plan, frameOf(right)), `scene ${i}`);
      scene.getEngine().dispose();
    }
  });

  test(`in_a_${hand}_handed_scene_left_is_left_as_babylon_draws_it`, () => {
    const next = random(right ? 4 : 3);
    for (let i = 0; i < 100; i++) {
      const { writer, scene, camera, thing } = strewn(next, right);
      // What the picture says: the view matrix, by which Babylon draws, has +x to the right in both.
      const seen = Vector3.TransformCoordinates(thing.getAbsolutePosition(), camera.getViewMatrix());
      const { ears, sound } = posesIn(writer);
      const [x, y, z, w] = ears.orientation;
      const [heardX] = turn([-x, -y, -z, w], sound.position.map((c, axis) => c - ears.position[axis]));
      assert.ok(Math.abs(seen.x) < 1e-3 || Math.sign(seen.x) === Math.sign(heardX), `${i}: ${seen.x}, ${heardX}`);
      scene.getEngine().dispose();
    }
  });
}

test('a_mirrored_root_as_the_gltf_loader_makes_it_exchanges_no_ears', () => {
  const next = random(5);
  for (let i = 0; i < 100; i++) {
    const { writer, scene, rig, camera } = strewn(next, false);
    rig.scaling = new Vector3(1, 1, -1);
    scene.render();
    const direction = (/** @type {any} */ axis) => {
      const { x, y, z } = camera.getDirection(axis).normalize();
      return [x, y, -z];
    };
    const { orientation } = posesIn(writer).ears;
    const off = (/** @type {number[]} */ a, /** @type {number[]} */ b) => Math.hypot(...a.map((c, k) => c - b[k]));
    assert.ok(off(turn(orientation, [0, 0, -1]), direction(Vector3.Forward())) < 1e-5, `${i}: ahead`);
    assert.ok(off(turn(orientation, [0, 1, 0]), direction(Vector3.Up())) < 1e-5, `${i}: up`);
    scene.getEngine().dispose();
  }
});

test('the_first_place_and_another_camera_are_jumped_to_and_all_else_is_travelled_to', () => {
  const { writer, scene, camera, thing } = strewn(random(6), false);
  assert.deepEqual(jumpsIn(writer), [1, 1]);
  camera.position.x += 1;
  thing.position.x += 1;
  scene.render();
  assert.deepEqual(jumpsIn(writer), [1, 1]);
  scene.activeCamera = new FreeCamera('other', new Vector3(9, 9, 9), scene);
  scene.render();
  assert.deepEqual(jumpsIn(writer), [2, 1]);
  assert.deepEqual(posesIn(writer).ears.position, [9, 9, -9]);
});

test('detached_or_disposed_of_nothing_is_followed_any_more_and_no_observer_is_left', () => {
  const { writer, scene, rig, thing, attachments } = strewn(random(7), false);
  attachments[0].detach();
  rig.position.x += 1;
  const { ears } = posesIn(writer);
  scene.render();
  assert.deepEqual(posesIn(writer).ears, ears);
  thing.dispose();
  scene.render();
  scene.render();
  assert.equal(scene.onAfterRenderObservable.hasObservers(), false);
  const other = strewn(random(8), false);
  other.source.dispose();
  other.scene.render();
  other.pinna.state = 'disposed';
  other.scene.render();
  assert.equal(other.scene.onAfterRenderObservable.hasObservers(), false);
});

test('a_strict_program_with_babylons_own_types_compiles_and_one_that_misuses_it_does_not', async () => {
  const head = `
    import { Scene, Mesh, FreeCamera } from '@babylonjs/core';
    import { createPinna } from 'pinna';
    import { attachListener, attachSource } from 'pinna/babylon';
    export async function start(scene: Scene, mesh: Mesh, camera: FreeCamera): Promise<void> {
      const pinna = await createPinna(new AudioContext());`;
  const [right, wrong] = await complaints(home, {
    'user-good.ts': `${head}
      attachListener(pinna, scene).detach();
      attachListener(pinna, scene, camera);
      attachSource(pinna.createSource(), mesh);
    }`,
    'user-bad.ts': `${head}
      attachListener(scene, pinna);
      attachSource(pinna.createSource(), mesh, camera);
    }`,
  });
  assert.deepEqual(right, []);
  assert.equal(wrong.length, 2, wrong.join('\n'));
});
