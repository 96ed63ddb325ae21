// SPDX-License-Identifier: MIT
/**
 * A MediaStream (microphone, WebRTC) as a node.
 *
 * Problem  Chromium decodes a remote WebRTC stream only while a media element plays it: Web Audio alone gets silence.
 * Method   a muted <audio> plays every stream beside. It is never in the page, sounds nowhere, and needs no gesture.
 */
import { shown } from '../errors.js';

/** @typedef {{ node: AudioNode, ended: (listener: () => void) => void, release: () => void }} MediaInput */

/**
 * @param {BaseAudioContext} context
 * @param {MediaStream} stream
 * @returns {MediaInput}
 * @throws {TypeError} where it is no stream, or has no sound
 */
export function streamInput(context, stream) {
  const live = /** @type {Partial<AudioContext>} */ (context);
  if (typeof live.createMediaStreamSource !== 'function') {
    throw new TypeError('addMediaStream needs a pinna in an AudioContext: an OfflineAudioContext has no streams');
  }
  if (typeof stream?.getAudioTracks !== 'function') {
    throw new TypeError(`addMediaStream needs a MediaStream, not ${shown(stream)}`);
  }
  const tracks = stream.getAudioTracks();
  if (tracks.length === 0) {
    throw new TypeError('this MediaStream has no audio track: wait for one (the stream\'s "addtrack" event, or ' +
      'RTCPeerConnection\'s "track"), or ask getUserMedia for { audio: true }');
  }
  const node = live.createMediaStreamSource(stream);
  const puller = new Audio();
  puller.muted = true;
  puller.srcObject = stream;
  puller.play().catch(() => {
    // Interrupted by release(), or not allowed to: streams that need no element sound all the same.
  });
  const over = new AbortController();
  return {
    node,
    ended: (listener) => {
      const look = () => {
        if (tracks.every((track) => track.readyState === 'ended')) {
          listener();
        }
      };
      tracks.forEach((track) => track.addEventListener('ended', look, { signal: over.signal }));
    },
    release: () => {
      over.abort();
      node.disconnect();
      puller.pause();
      puller.srcObject = null;
    },
  };
}
