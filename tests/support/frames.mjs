// SPDX-License-Identifier: MIT
/**
 * Whether the engine has things where a framework's scene has them. One checker for all adapters: it knows matrices
 * and nothing of the frameworks, and works in double from the numbers of which both build their scenes.
 */
import assert from 'node:assert/strict';
import { PinnaListener } from '../../web/listener.js';
import { Header, Source } from '../../web/shared/layout.gen.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';
import { PinnaSource } from '../../web/source.js';

/** What the issue asks of every adapter; beyond a metre, a share of the distance. */
export const AGREEMENT = 1e-5;

/** One node of a hierarchy, in its parent. @typedef {{ position: number[], rotation: number[], scale: number }} Step */

/** As the engine has it. @typedef {{ position: number[], orientation: number[] }} Pose */

/** From the root down to what hears and to what sounds. @typedef {{ ears: Step[], sound: Step[] }} Scene */

/** Seeded numbers from -1 to 1. @param {number} seed */
export function random(seed) {
  let s = seed >>> 0;
  return () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return s / 2147483648 - 1;
  };
}

/** A rotation out of all. @param {() => number} next */
export function anyRotation(next) {
  for (;;) {
    const q = [next(), next(), next(), next()];
    const length = Math.hypot(...q);
    if (length > 0.1 && length <= 1) {
      return q.map((c) => c / length);
    }
  }
}

/** Somewhere, turned and rolled somehow, of some size. @param {() => number} next @returns {Step} */
export function anywhere(next) {
  return { position: [5 * next(), 5 * next(), 5 * next()], rotation: anyRotation(next), scale: 1.5 + next() };
}

/** A head on a rig and a thing in a group in a group, all anywhere. @param {() => number} next @returns {Scene} */
export function anyScene(next) {
  return { ears: [anywhere(next), anywhere(next)], sound: [anywhere(next), anywhere(next), anywhere(next)] };
}

/** @param {number[]} q @param {number[]} v */
export function turn([x, y, z, w], [a, b, c]) {
  const [tx, ty, tz] = [2 * (y * c - z * b), 2 * (z * a - x * c), 2 * (x * b - y * a)];
  return [a + w * tx + y * tz - z * ty, b + w * ty + z * tx - x * tz, c + w * tz + x * ty - y * tx];
}

/** A point of the last step's, in the world. @param {Step[]} steps @param {number[]} point */
function inWorld(steps, point) {
  return steps.reduceRight((p, { position, rotation, scale }) =>
    turn(rotation, p.map((c) => c * scale)).map((c, i) => c + position[i]), point);
}

/** A direction of the last step's, in the world. @param {Step[]} steps @param {number[]} direction */
function turned(steps, direction) {
  return steps.reduceRight((d, { rotation }) => turn(rotation, d), direction);
}

/** @param {number[]} a @param {number[]} b */
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

/**
 * How a framework's own frame has it: right, up and ahead of the ears.
 *
 * @param {Scene} scene
 * @param {{ ahead: number[], faces: number[] }} frame  whither the framework's cameras look, and its sounds, in their
 *   own axes; x is right and y is up in all of them
 */
export function wanted({ ears, sound }, { ahead, faces }) {
  const [own, at] = [inWorld(ears, [0, 0, 0]), inWorld(sound, [0, 0, 0])];
  const axes = [[1, 0, 0], [0, 1, 0], ahead].map((axis) => turned(ears, axis));
  const way = at.map((c, i) => c - own[i]);
  return { at: axes.map((axis) => dot(way, axis)), faces: axes.map((axis) => dot(turned(sound, faces), axis)) };
}

/** How the engine has it: right, up and ahead. @param {Pose} ears @param {Pose} sound */
export function heard(ears, sound) {
  const [x, y, z, w] = ears.orientation;
  const inHead = (/** @type {number[]} */ v) => {
    const [right, up, back] = turn([-x, -y, -z, w], v);
    return [right, up, -back];
  };
  return {
    at: inHead(sound.position.map((c, i) => c - ears.position[i])),
    faces: inHead(turn(sound.orientation, [0, 0, -1])),
  };
}

/**
 * @param {Pose} ears
 * @param {Pose} sound
 * @param {ReturnType<typeof wanted>} right
 * @param {string} which  for the message
 */
export function assertAgreement(ears, sound, right, which) {
  const got = heard(ears, sound);
  const off = (/** @type {number[]} */ a, /** @type {number[]} */ b) => Math.hypot(...a.map((c, i) => c - b[i]));
  assert.ok(off(got.at, right.at) <= AGREEMENT * Math.max(1, Math.hypot(...right.at)),
    `${which}: right, up, ahead are ${got.at}, not ${right.at}`);
  assert.ok(off(got.faces, right.faces) <= AGREEMENT, `${which}: it faces ${got.faces}, not ${right.faces}`);
}

/** What of a Pinna adapters use, without a browser: its own listener, sources and scene. */
export function pinnaInNode() {
  const writer = new SceneWriter(4);
  const context = { currentTime: 0 };
  const core = /** @type {any} */ ({
    writer, changed: () => {}, requireUsable: () => {}, outputLatencyS: () => 0, freed: () => {}, context,
    clips: { acquire: (/** @type {unknown} */ sound) => ({ number: 1, sound, loaded: Promise.resolve() }),
      release: () => {} },
  });
  let slot = 0;
  const pinna = /** @type {any} */ ({
    context,
    gain: 1,
    state: 'running',
    listener: new PinnaListener(core),
    createSource: () => new PinnaSource(core, slot++, {}),
  });
  return { pinna, writer };
}

/** The numbers that the engine gets. @param {SceneWriter} writer @param {number} at @param {number} count */
export function floats(writer, at, count) {
  return Array.from({ length: count }, (_, i) => writer.view.getFloat32(at + 4 * i, true));
}

/** Listener and first source as the engine gets them. @param {SceneWriter} writer */
export function posesIn(writer) {
  return {
    ears: {
      position: floats(writer, Header.listenerPositionM, 3),
      orientation: floats(writer, Header.listenerWorldFromHead, 4),
    },
    sound: {
      position: floats(writer, Header.bytes + Source.positionM, 3),
      orientation: floats(writer, Header.bytes + Source.worldFromSource, 4),
    },
  };
}

/** How often listener and first source were jumped to. @param {SceneWriter} writer */
export function jumpsIn(writer) {
  return [Header.listenerTeleport, Header.bytes + Source.teleport].map((at) => writer.view.getUint32(at, true));
}
