// SPDX-License-Identifier: MIT
/** One playing of an audio buffer: from a sample on, at a time, and faded where it does not begin at its beginning. */

/** @typedef {import('./transport.js').Take} Take */

/** Fades that are heard as neither click nor fade. */
const FADE_IN_S = 0.004;
const FADE_OUT_S = 0.002;

/** After so many of its time constants a fade is over: -78 dB. */
const FADED = 9;

/**
 * @param {AudioBuffer} buffer
 * @param {AudioNode} target   gets its channels as they are
 * @param {{ when: number, offsetS: number, loop: boolean, endS?: number }} times  of the context; offset within the
 *   buffer; when it must be silent
 * @returns {Take}
 */
export function playBuffer(buffer, target, { when, offsetS, loop, endS }) {
  const { context } = target;
  const fade = new GainNode(context, {
    channelCount: buffer.numberOfChannels, channelCountMode: 'explicit', channelInterpretation: 'discrete',
  });
  const node = new AudioBufferSourceNode(context, { buffer, loop });
  if (offsetS > 0) {
    fade.gain.setValueAtTime(0, when);
    fade.gain.linearRampToValueAtTime(1, when + FADE_IN_S);
  }
  node.connect(fade).connect(target);
  node.addEventListener('ended', () => fade.disconnect());
  node.start(when, offsetS);
  if (endS !== undefined) {
    node.stop(endS);
  }
  return {
    stop: (at) => {
      const now = Math.max(at, context.currentTime);
      if (now <= when) {
        node.stop();
        fade.disconnect();
        return;
      }
      fade.gain.setTargetAtTime(0, now, FADE_OUT_S);
      node.stop(now + FADED * FADE_OUT_S);
    },
    loop: (on) => {
      node.loop = on;
      return true;
    },
  };
}
