// SPDX-License-Identifier: MIT
/** The user's own sounds: a file, or the microphone. Errors come in words. */

/** @typedef {import('./studio.js').Material} Material */

/** Longer files would take hundreds of megabytes, decoded. */
const LONGEST_S = 1200;

/**
 * @param {AudioContext} context
 * @param {File} file
 * @returns {Promise<AudioBuffer>}
 */
export async function decodeFile(context, file) {
  let bytes;
  try {
    bytes = await file.arrayBuffer();
  } catch (error) {
    throw new Error(`“${file.name}” could not be read (${error}): folders and moved files cannot be opened`,
      { cause: error });
  }
  let buffer;
  try {
    buffer = await context.decodeAudioData(bytes);
  } catch (error) {
    throw new Error(`“${file.name}” is not a sound that this browser can decode: try WAV, MP3, Ogg, FLAC or AAC`,
      { cause: error });
  }
  if (buffer.duration > LONGEST_S) {
    throw new Error(`“${file.name}” lasts ${Math.round(buffer.duration / 60)} minutes: choose one of at most ` +
      `${LONGEST_S / 60}`);
  }
  return buffer;
}

/** What getUserMedia's refusals mean. @type {Record<string, string>} */
const REFUSALS = {
  NotAllowedError: 'the microphone was not allowed: allow it in the browser\'s address bar, then try again',
  NotFoundError: 'no microphone was found: connect one, then try again',
  NotReadableError: 'the microphone is in use by another program, or the system refuses it: close the other, then ' +
    'try again',
  SecurityError: 'this page may not use the microphone: open it by https or from localhost, not inside another page',
};

/**
 * The microphone as it is: without the echo cancelling and levelling that calls need.
 *
 * @param {AudioContext} context
 * @returns {Promise<Material>}
 */
export async function openMicrophone(context) {
  if (!navigator.mediaDevices?.getUserMedia) {
    throw new Error(globalThis.isSecureContext === false
      ? 'microphones are open to secure pages only: serve this one by https, or from localhost'
      : 'this browser gives pages no microphone');
  }
  let stream;
  try {
    stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    });
  } catch (error) {
    const { name, message } = /** @type {Error} */ (error);
    throw new Error(REFUSALS[name] ?? `the microphone could not be opened (${name}: ${message})`, { cause: error });
  }
  const node = context.createMediaStreamSource(stream);
  return {
    node,
    stop: () => {
      node.disconnect();
      stream.getTracks().forEach((track) => track.stop());
    },
  };
}
