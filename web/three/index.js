// SPDX-License-Identifier: MIT
/**
 * pinna/three: listener and sounds as objects of a three.js scene.
 *
 *     const listener = new PinnaListener(pinna);   // was new THREE.AudioListener()
 *     camera.add(listener);
 *     const sound = new PinnaAudio(listener);      // was new THREE.PositionalAudio(listener)
 *     sound.setBuffer(buffer).setRefDistance(2).play();
 *     mesh.add(sound);
 */
export { PinnaAudio } from './audio.js';
export { PinnaListener } from './listener.js';

/** @typedef {import('../adapters/eyes.js').XRManager} XRManager */
