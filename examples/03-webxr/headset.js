// SPDX-License-Identifier: MIT
/** Which headset there is: a real one, an emulated one (?emulate=1), or none, and then why. */

/** @typedef {{ position: { set: (x: number, y: number, z: number) => void },
 *   quaternion: { set: (x: number, y: number, z: number, w: number) => void } }} EmulatedDevice */

/**
 * Puts an emulated headset in the place of the browser's own WebXR.
 *
 * @returns {Promise<EmulatedDevice>} rejects with an error in words
 */
export async function emulateHeadset() {
  let iwer;
  try {
    iwer = await import('iwer');
  } catch (error) {
    throw new Error('the emulated headset (npm package iwer) could not be loaded: npm start installs it',
      { cause: error });
  }
  const canvasContainer = document.createElement('div');
  const device = new iwer.XRDevice(iwer.metaQuest3, { canvasContainer });
  // It would cover the page's buttons.
  canvasContainer.style.zIndex = '1';
  device.stereoEnabled = false;
  device.installRuntime({ forceInstall: true });
  return device;
}

/**
 * @returns {Promise<{ ready: boolean, words: string }>}
 */
export async function findHeadset() {
  if (!navigator.xr) {
    return {
      ready: false,
      words: globalThis.isSecureContext === false
        ? 'WebXR is open to secure pages only: serve this one by https, or from localhost.'
        : 'This browser has no WebXR. Look around with the mouse, a finger or the arrow keys.',
    };
  }
  try {
    if (await navigator.xr.isSessionSupported('immersive-vr')) {
      return { ready: true, words: 'A headset is ready.' };
    }
  } catch (error) {
    return { ready: false, words: `WebXR is blocked on this page (${/** @type {Error} */ (error).message}).` };
  }
  return {
    ready: false,
    words: 'No headset is connected. Look around with the mouse, a finger or the arrow keys.',
  };
}
