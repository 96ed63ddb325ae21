// SPDX-License-Identifier: MIT
/** The AudioWorkletNode in which an engine runs: made, and waited for until its processor answers. */
import { PinnaError } from '../errors.js';
import { ABORTED } from '../loader.js';
import { SOUNDFIELD_CHANNELS } from '../shared/engine-host.js';
import { LISTENER_INPUTS, POSE_CHANNELS } from '../shared/pose-inputs.js';
import { PROCESSOR_NAME } from '../shared/protocol.js';

/** @typedef {import('../shared/protocol.js').ProcessorOptions} ProcessorOptions */
/** @typedef {import('../shared/protocol.js').FromProcessor} FromProcessor */

/** Inputs after the sources', for what is rendered for two ears already. */
export const EAR_INPUTS = 2;

/**
 * A processor that answers nothing for so long starts only when its context does: some browsers hold it back until a
 * gesture. Messages wait for it, and what goes wrong then is an 'error' event.
 */
const READY_MS = 5000;

/**
 * A running processor's node.
 *
 * @typedef {object} Started
 * @property {AudioWorkletNode} node
 * @property {Promise<{ quantum: number, latencyFrames: number }>} ready
 */

/**
 * How an engine was started, and another like it is.
 *
 * @typedef {ProcessorOptions & { shared: boolean, workletUrl: string | URL }} Recipe
 */

/**
 * @param {BaseAudioContext} context
 * @param {ProcessorOptions} processorOptions
 * @param {string | URL} workletUrl
 * @returns {Started}
 */
export function makeNode(context, processorOptions, workletUrl) {
  /** @type {AudioWorkletNode} */
  let node;
  const { maxSources, inputs = maxSources, poseInputs: posed = false, earInputs = false, soundfields = 0 } =
    processorOptions;
  try {
    node = new AudioWorkletNode(context, PROCESSOR_NAME, {
      numberOfInputs: inputs + (posed ? LISTENER_INPUTS : 0) + (earInputs ? EAR_INPUTS : 0),
      numberOfOutputs: 1,
      outputChannelCount: [2],
      channelCount: soundfields > 0 ? SOUNDFIELD_CHANNELS : posed ? POSE_CHANNELS : 1,
      channelCountMode: soundfields > 0 ? 'clamped-max' : 'explicit', // fields bring as many as their order has
      channelInterpretation: posed || soundfields > 0 ? 'discrete' : 'speakers',
      processorOptions,
    });
  } catch (error) {
    if (error instanceof Error && error.name === 'InvalidStateError') {
      throw new PinnaError('layout-version', `${workletUrl} is of another version of pinna than this page's ` +
        'JavaScript: deploy both together, and clear caches between', error);
    }
    throw new PinnaError('processor-failed', `the AudioWorkletNode could not be made (${error}): reload the page`,
      error);
  }
  /** @type {Promise<{ quantum: number, latencyFrames: number }>} */
  const ready = new Promise((resolve, reject) => {
    node.port.onmessage = ({ data }) => {
      if (data.type === 'ready') {
        resolve(data);
      } else if (data.type === 'failed') {
        reject(failedBoot(data));
      }
    };
    node.onprocessorerror = () => reject(new PinnaError('processor-failed',
      'the audio processor could not start in this browser: reload the page, or use a newer browser'));
  });
  ready.catch(() => {});
  return { node, ready };
}

/**
 * @param {BaseAudioContext} context
 * @param {ProcessorOptions} processorOptions
 * @param {string | URL} workletUrl
 * @param {AbortSignal} [signal]
 * @returns {Promise<Started>}
 */
export async function startNode(context, processorOptions, workletUrl, signal) {
  const { node, ready } = makeNode(context, processorOptions, workletUrl);
  /** @type {Promise<unknown>[]} */
  const ends = [ready, new Promise((resolve) => setTimeout(resolve, READY_MS))];
  const onAbort = new AbortController();
  ends.push(new Promise((_, reject) => signal?.addEventListener('abort',
    () => reject(new PinnaError('aborted', ABORTED, signal.reason)), { signal: onAbort.signal })));
  try {
    await Promise.race(ends);
  } catch (error) {
    node.port.postMessage({ type: 'dispose' });
    node.port.close();
    throw error;
  } finally {
    onAbort.abort();
  }
  return { node, ready };
}

/** @param {Extract<FromProcessor, { type: 'failed' }>} data */
export function failedBoot({ code, message }) {
  const mend = code === 'model-refused' ? ': linnModelUrl must name a file as models/FORMAT.md describes them' :
    code.startsWith('file-') ? ': the head must be a file that pinna baked, complete and unchanged' : '';
  return new PinnaError(code, `the engine could not start: ${message}${mend}`);
}
