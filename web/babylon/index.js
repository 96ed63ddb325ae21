// SPDX-License-Identifier: MIT
/**
 * pinna/babylon: what hears and sounds follows the nodes of a Babylon.js scene.
 *
 *     attachListener(pinna, scene);               // the active camera, in WebXR the head
 *     const bee = pinna.createSource({ buffer, autoplay: true });
 *     attachSource(bee, mesh);
 *
 * Babylon's axes are left-handed unless the scene says otherwise: +x right, +y up, +z ahead. pinna's are mirrored
 * along z, so what is ahead stays ahead and what is right stays right. Sources face whither their node does.
 */
import { Place } from '../adapters/place.js';
import { usable } from '../adapters/usable.js';

/** @typedef {import('../pinna.js').Pinna} Pinna */
/** @typedef {import('../source.js').PinnaSource} PinnaSource */

/**
 * What of Babylon.js is used, of any of its packages.
 *
 * @typedef {{ getWorldMatrix(): { asArray(): ArrayLike<number> }, getScene(): Scene, isDisposed(): boolean }} Node
 */
/**
 * @typedef {object} Scene
 * @property {boolean} useRightHandedSystem
 * @property {Node | null} [activeCamera]
 * @property {{ add(callback: () => void): Observer, remove(observer: Observer): unknown }} onAfterRenderObservable
 */
/** @typedef {any} Observer */

/** @typedef {{ detach: () => void }} Attachment  detach() stops following; the last place stays */

/**
 * The listener is where a node is, frame by frame.
 *
 * @param {Pinna} pinna
 * @param {Scene} scene  of the handedness that it will have
 * @param {Node} [node]  a camera or any other; without one whichever camera is active, which in WebXR is the head
 * @returns {Attachment}
 */
export function attachListener(pinna, scene, node) {
  /** @type {Node | null} */
  let former = null;
  return follow(scene, () => (usable(pinna) ? node ?? scene.activeCamera ?? null : undefined),
    (place, first, now) => {
      // Another camera may be anywhere: it is jumped to.
      pinna.listener.setPose(place.position, place.orientation, { teleport: first || now !== former });
      former = now;
    });
}

/**
 * A source is where a node is, frame by frame, and faces whither it does, until either is disposed of.
 *
 * @param {PinnaSource} source
 * @param {Node} node  a mesh, or any other
 * @returns {Attachment}
 */
export function attachSource(source, node) {
  return follow(node.getScene(), () => (source.disposed || node.isDisposed() ? undefined : node), (place, first) => {
    source.setPosition(place.position);
    source.setOrientation(place.orientation);
    if (first) {
      source.teleport();
    }
  });
}

/**
 * After each frame, when every matrix is that of the frame.
 *
 * @param {Scene} scene
 * @param {() => Node | null | undefined} find  null: nobody now; undefined: nobody any more
 * @param {(place: Place, first: boolean, node: Node) => void} move
 * @returns {Attachment}
 */
function follow(scene, find, move) {
  const place = new Place(!scene.useRightHandedSystem);
  const observer = scene.onAfterRenderObservable.add(() => {
    const node = find();
    if (node === undefined) {
      detach();
    } else if (node !== null) {
      const first = !place.known;
      if (place.follow(node.getWorldMatrix().asArray())) {
        move(place, first, node);
      }
    }
  });
  const detach = () => {
    scene.onAfterRenderObservable.remove(observer);
  };
  return { detach };
}
