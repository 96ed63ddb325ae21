// SPDX-License-Identifier: MIT
/**
 * The sound of the page: one voice that reaches the ears by way of pinna, or unchanged, and a room around both.
 *
 * The room is the same for all renderers, so that nothing but the renderer differs: a diffuse tail, alike from all
 * sides, that starts when the first reflections have passed.
 */
import { createPinna } from 'pinna';
import { loadSound } from '../shared/sounds.js';

const REST_S = 0.6;
const ROOM_S = 0.45;
const ROOM_DELAY_S = 0.012;
const FADE_S = 0.012;

/** Decaying noise, another for each ear. @param {BaseAudioContext} context */
function roomResponse(context) {
  const { sampleRate } = context;
  const frames = Math.round(ROOM_S * sampleRate);
  const buffer = new AudioBuffer({ length: frames, sampleRate, numberOfChannels: 2 });
  let state = 7;
  for (let channel = 0; channel < 2; channel++) {
    const out = buffer.getChannelData(channel);
    let low = 0;
    for (let n = Math.round(ROOM_DELAY_S * sampleRate); n < frames; n++) {
      state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
      const t = n / sampleRate;
      // Treble dies first.
      const share = Math.min(1, 0.9 * Math.exp(-5 * t) + 0.05);
      low += share * ((state / 2147483648 - 1) * 10 ** (-3 * t / ROOM_S) - low);
      out[n] = low;
    }
  }
  return buffer;
}

export class Sound {
  /** @type {import('./renderers.js').Renderer} */
  renderer = 'hrtf';

  /** @param {AudioContext} context @param {AudioBuffer} voice @param {import('pinna').Pinna} pinna */
  constructor(context, voice, pinna) {
    this.context = context;
    this.pinna = pinna;
    this.talker = pinna.createSource({ position: [0, 0, -1.5] });
    const play = new AudioBufferSourceNode(context, { buffer: voice, loop: true });
    const out = new GainNode(context);
    const room = new ConvolverNode(context, { buffer: roomResponse(context) });
    this.spatial = new GainNode(context);
    this.plain = new GainNode(context, { gain: 0 });
    this.distance = new GainNode(context);
    this.echo = new GainNode(context, { gain: 0 });
    this.out = out;
    play.connect(this.talker.input);
    pinna.connect(this.spatial).connect(out);
    play.connect(this.distance).connect(this.plain).connect(out);
    play.connect(room).connect(this.echo).connect(out);
    out.connect(context.destination);
    play.start();
  }

  /** @param {AudioContext} context @returns {Promise<Sound>} */
  static async make(context) {
    const [voice, pinna] = await Promise.all([
      loadSound(context, 'speech-walk.wav', REST_S),
      createPinna(context, { maxSources: 1, linnDense: true }),
    ]);
    return new Sound(context, voice, pinna);
  }

  /**
   * Lets another renderer be heard.
   *
   * @param {import('./renderers.js').Renderer} renderer
   */
  async choose(renderer) {
    this.renderer = renderer;
    if (renderer !== 'bypass') {
      await this.pinna.setRenderer(renderer);
    }
    // Another may have been chosen in the meantime.
    const bypass = this.renderer === 'bypass';
    const now = this.context.currentTime;
    this.spatial.gain.setTargetAtTime(bypass ? 0 : 1, now, FADE_S);
    this.plain.gain.setTargetAtTime(bypass ? 1 : 0, now, FADE_S);
  }

  /**
   * @param {import('../shared/space.js').Vector} place
   * @param {import('../shared/space.js').Quaternion} facing
   */
  move(place, facing) {
    this.talker.setPosition(...place);
    this.talker.setOrientation(...facing);
    this.distance.gain.setTargetAtTime(1 / Math.max(1, Math.hypot(...place)), this.context.currentTime, FADE_S);
  }

  /** @param {number} share 0 to 1 */
  setRoom(share) {
    this.echo.gain.setTargetAtTime(share, this.context.currentTime, FADE_S);
  }

  /** @param {number} gain */
  setVolume(gain) {
    this.out.gain.setTargetAtTime(gain, this.context.currentTime, FADE_S);
  }
}
