// SPDX-License-Identifier: MIT
/**
 * In the page: the browser's own PannerNode and resonance-audio as renderers under test, offline.
 *
 * PannerNode   moves by automation of its position, the smoothest way that it has; jumps by value.
 * Resonance    ambisonics of order 3, no room; moves by setPosition with every quantum of 128 frames.
 */

const RATE = 48000;
const QUANTUM = 128;
/** Two channels each; 32 channels are all that a context has. */
const AT_ONCE = 16;

export async function prepare() {
  // It also keeps the database loaded while the page lives.
  const context = new OfflineAudioContext(2, QUANTUM, RATE);
  Object.assign(globalThis, { keeper: new PannerNode(context, { panningModel: 'HRTF' }) });
  // A context that renders while the database loads is silent, or never ends.
  await new Promise((resolve) => setTimeout(resolve, 1500));
}

/** @param {Float32Array} samples */
function text(samples) {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  let out = '';
  for (let i = 0; i < bytes.length; i += 32768) {
    out += String.fromCharCode(...bytes.subarray(i, i + 32768));
  }
  return btoa(out);
}

/** @param {BaseAudioContext} context @param {ArrayLike<number>} samples */
function player(context, samples) {
  const buffer = context.createBuffer(1, samples.length, RATE);
  buffer.getChannelData(0).set(samples);
  const node = new AudioBufferSourceNode(context, { buffer });
  node.start();
  return node;
}

/** @param {BaseAudioContext} context @param {number[]} direction */
function pannerAt(context, [positionX, positionY, positionZ]) {
  return new PannerNode(context, { panningModel: 'HRTF', positionX, positionY, positionZ });
}

/**
 * @param {number[][]} directions
 * @param {number} frames
 * @returns {Promise<string>} [direction][ear][frames]
 */
export async function pannerImpulses(directions, frames) {
  const out = new Float32Array(directions.length * 2 * frames);
  for (let first = 0; first < directions.length; first += AT_ONCE) {
    const some = directions.slice(first, first + AT_ONCE);
    const context = new OfflineAudioContext(2 * some.length, frames, RATE);
    const merger = new ChannelMergerNode(context, { numberOfInputs: 2 * some.length });
    some.forEach((direction, i) => {
      const panner = pannerAt(context, direction);
      const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
      player(context, [1]).connect(panner).connect(splitter);
      splitter.connect(merger, 0, 2 * i);
      splitter.connect(merger, 1, 2 * i + 1);
    });
    context.destination.channelInterpretation = 'discrete';
    merger.connect(context.destination);
    const heard = await context.startRendering();
    some.forEach((_, i) => [0, 1].forEach((e) =>
      out.set(heard.getChannelData(2 * i + e), ((first + i) * 2 + e) * frames)));
  }
  return text(out);
}

/** @param {AudioBuffer} buffer @param {number} from @param {number} frames */
function bothEars(buffer, from, frames) {
  const out = new Float32Array(2 * frames);
  out.set(buffer.getChannelData(0).subarray(from, from + frames), 0);
  out.set(buffer.getChannelData(1).subarray(from, from + frames), frames);
  return text(out);
}

/**
 * @param {{ signal: number[], path: number[][], jumpFrame: number }} job  the path's points are evenly spread over
 *   the signal; with a jump there are two, before and after
 * @returns {Promise<string>} [ear][frames]
 */
export async function pannerRender({ signal, path, jumpFrame }) {
  const context = new OfflineAudioContext(2, signal.length, RATE);
  const panner = pannerAt(context, path[0]);
  player(context, signal).connect(panner).connect(context.destination);
  if (jumpFrame >= 0) {
    context.suspend(jumpFrame / RATE).then(() => {
      [panner.positionX.value, panner.positionY.value, panner.positionZ.value] = path[1];
      context.resume();
    });
  } else {
    [panner.positionX, panner.positionY, panner.positionZ].forEach((parameter, k) =>
      parameter.setValueCurveAtTime(path.map((p) => p[k]), 0, signal.length / RATE));
  }
  return bothEars(await context.startRendering(), 0, signal.length);
}

/** What resonance-audio renders once it has decoded its filters. @param {number} frames */
async function resonance(frames) {
  const context = new OfflineAudioContext(2, frames, RATE);
  const { ResonanceAudio } = /** @type {any} */ (globalThis);
  const scene = new ResonanceAudio(context, { ambisonicOrder: 3 });
  scene.output.connect(context.destination);
  const source = scene.createSource();
  // It says nowhere in public when its filters are there.
  await scene._listener._renderer.initialize();
  await new Promise((resolve) => setTimeout(resolve, 50));
  return { context, scene, source };
}

/**
 * @param {number[][]} directions
 * @param {number} frames
 * @returns {Promise<string>} [direction][ear][frames]
 */
export async function resonanceImpulses(directions, frames) {
  const { context, source } = await resonance(directions.length * frames);
  const signal = new Float32Array(directions.length * frames);
  directions.forEach((_, i) => {
    signal[i * frames] = 1;
  });
  source.setPosition(...directions[0]);
  player(context, signal).connect(source.input);
  directions.slice(1).forEach((direction, i) => {
    context.suspend((i + 1) * frames / RATE).then(() => {
      source.setPosition(...direction);
      context.resume();
    });
  });
  const heard = await context.startRendering();
  const out = new Float32Array(directions.length * 2 * frames);
  directions.forEach((_, i) => [0, 1].forEach((e) =>
    out.set(heard.getChannelData(e).subarray(i * frames, (i + 1) * frames), (i * 2 + e) * frames)));
  return text(out);
}

/**
 * @param {{ signal: number[], path: number[][], jumpFrame: number }} job
 * @returns {Promise<string>} [ear][frames]
 */
export async function resonanceRender({ signal, path, jumpFrame }) {
  const { context, source } = await resonance(signal.length);
  source.setPosition(...path[0]);
  player(context, signal).connect(source.input);
  for (let at = QUANTUM; at < signal.length; at += QUANTUM) {
    if (jumpFrame >= 0 && at !== jumpFrame) {
      continue;
    }
    const place = jumpFrame >= 0 ? path[1] :
      path[Math.min(path.length - 1, Math.round((at + QUANTUM / 2) / signal.length * (path.length - 1)))];
    context.suspend(at / RATE).then(() => {
      source.setPosition(...place);
      context.resume();
    });
  }
  return bothEars(await context.startRendering(), 0, signal.length);
}

