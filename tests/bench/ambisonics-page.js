// SPDX-License-Identifier: MIT
/**
 * In the page: one ambisonic sound of order 3 for two ears, by pinna's soundfield and by resonance-audio, offline.
 *
 * All graphs render on the thread of their context's AudioWorklet, as in chromium-page.js. A turning head is turned
 * sixty times a second.
 */
import { createPinna } from '/web/index.js';

const RATE = 48000;
const QUANTUM_S = 128 / RATE;
const FRAME_S = 1 / 60;
const TURN_RAD_S = Math.PI / 2;

const IDLE_WORKLET = `registerProcessor('idle', class extends AudioWorkletProcessor {
  process() {
    return false;
  }
});`;

/**
 * @typedef {object} Job
 * @property {'base' | 'pinna' | 'resonance'} renderer
 * @property {boolean} turning
 * @property {number} seconds
 */

/** @type {OfflineAudioContext} */
let context;

/** @param {number} angle  to the left */
let turn = (angle) => void angle;

/** @param {BaseAudioContext} into */
function sound(into) {
  const buffer = into.createBuffer(16, RATE, RATE);
  let state = 1;
  for (let channel = 0; channel < 16; channel++) {
    const samples = buffer.getChannelData(channel);
    for (let i = 0; i < samples.length; i++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      samples[i] = 0.1 * (state / 2 ** 31 - 1);
    }
  }
  const node = new AudioBufferSourceNode(into, { buffer, loop: true });
  node.start();
  return node;
}

/** @param {Job} job */
export async function prepareJob({ renderer, turning, seconds }) {
  context = new OfflineAudioContext(2, seconds * RATE, RATE);
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([IDLE_WORKLET], { type: 'text/javascript' })));
  const player = sound(context);
  turn = () => {};
  if (renderer === 'pinna') {
    const pinna = await createPinna(context, { maxSources: 1 });
    pinna.connect(context.destination);
    const field = await pinna.createSoundfield({ order: 3 });
    player.connect(field.input);
    await pinna.flush();
    turn = (angle) => pinna.listener.setOrientation(0, Math.sin(angle / 2), 0, Math.cos(angle / 2));
  } else if (renderer === 'resonance') {
    const { ResonanceAudio } = /** @type {any} */ (globalThis);
    const scene = new ResonanceAudio(context, { ambisonicOrder: 3 });
    scene.output.connect(context.destination);
    await scene._listener._renderer.initialize(); // it says nowhere in public when its filters are there
    await new Promise((resolve) => setTimeout(resolve, 50));
    player.connect(scene.ambisonicInput);
    turn = (angle) => scene.setListenerOrientation(-Math.sin(angle), 0, -Math.cos(angle), 0, 1, 0);
  } else {
    const mix = new GainNode(context, { channelCount: 2, channelCountMode: 'explicit',
      channelInterpretation: 'discrete' });
    player.connect(mix).connect(context.destination);
  }
  for (let t = FRAME_S; turning && t < seconds - FRAME_S; t += FRAME_S) {
    context.suspend(Math.round(t / QUANTUM_S) * QUANTUM_S).then(() => {
      turn(t * TURN_RAD_S);
      context.resume();
    });
  }
}

/** @returns {Promise<number>} level of what was rendered, so that nobody measures silence */
export async function render() {
  const heard = await context.startRendering();
  const samples = heard.getChannelData(0).subarray(-RATE);
  return Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length);
}
