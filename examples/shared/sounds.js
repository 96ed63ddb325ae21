// SPDX-License-Identifier: MIT
/** The sounds of the examples: files that `npm start` makes, and a few made on the spot. */

const FOLDER = new URL('../sounds/', import.meta.url);

/**
 * @typedef {object} SoundFile
 * @property {string} file
 * @property {string} title
 * @property {boolean} loop  it repeats without a seam
 */

/** What there is. @returns {Promise<SoundFile[]>} */
export async function soundList() {
  return (await fetchSound('index.json')).json();
}

/**
 * A sound file, decoded; with a rest behind it where it repeats.
 *
 * @param {BaseAudioContext} context
 * @param {string} file
 * @param {number} [restS]  silence after it
 * @returns {Promise<AudioBuffer>}
 */
export async function loadSound(context, file, restS = 0) {
  const bytes = await (await fetchSound(file)).arrayBuffer();
  let buffer;
  try {
    buffer = await context.decodeAudioData(bytes);
  } catch (error) {
    throw new Error(`${file} could not be decoded: delete examples/sounds and run npm start`, { cause: error });
  }
  if (restS === 0) {
    return buffer;
  }
  const frames = buffer.length + Math.round(restS * buffer.sampleRate);
  const longer = new AudioBuffer({ length: frames, sampleRate: buffer.sampleRate, numberOfChannels: 1 });
  longer.copyToChannel(buffer.getChannelData(0), 0);
  return longer;
}

/** @param {string} file */
async function fetchSound(file) {
  let response;
  try {
    response = await fetch(new URL(file, FOLDER));
  } catch (error) {
    throw new Error(`the sound ${file} could not be fetched: is npm start still running?`, { cause: error });
  }
  if (!response.ok) {
    throw new Error(`the sound ${file} is not there (${response.status}): npm start makes the examples' sounds`);
  }
  return response;
}

/**
 * Bursts of pink noise, four a second: nothing is easier to locate. Repeats without a seam.
 *
 * Method  white noise through Paul Kellet's filter (three one-pole low-passes and a share of the white).
 *
 * @param {BaseAudioContext} context
 * @returns {AudioBuffer}
 */
export function noiseBursts(context) {
  const { sampleRate } = context;
  const seconds = 2;
  const buffer = new AudioBuffer({ length: seconds * sampleRate, sampleRate, numberOfChannels: 1 });
  const samples = buffer.getChannelData(0);
  const [fadeS, burstS, everyS] = [0.01, 0.16, 0.25];
  let [slow, middle, fast] = [0, 0, 0];
  for (let i = 0; i < samples.length; i++) {
    const white = Math.random() * 2 - 1;
    slow = 0.99765 * slow + white * 0.099046;
    middle = 0.963 * middle + white * 0.2965164;
    fast = 0.57 * fast + white * 1.0526913;
    const t = (i / sampleRate) % everyS;
    const envelope = Math.max(0, Math.min(1, t / fadeS, (burstS - t) / fadeS));
    samples[i] = 0.12 * envelope * (slow + middle + fast + white * 0.1848);
  }
  return buffer;
}

/** Of the buzz: up to 5 kHz, where the ear tells front from back. */
const HARMONICS = 27;

/**
 * The buzz of a bee: two saw-toothed wings, a little apart, with a slow flutter. Repeats without a seam.
 *
 * @param {BaseAudioContext} context
 * @returns {AudioBuffer}
 */
export function buzz(context) {
  const { sampleRate } = context;
  const seconds = 2;
  const buffer = new AudioBuffer({ length: seconds * sampleRate, sampleRate, numberOfChannels: 1 });
  const samples = buffer.getChannelData(0);
  // Whole numbers of periods in the buffer, so that its end meets its beginning.
  for (const [hz, flutterHz] of [[180, 5.5], [184, 7]]) {
    for (let i = 0; i < samples.length; i++) {
      const t = i / sampleRate;
      const phase = 2 * Math.PI * hz * t + 0.4 * Math.sin(2 * Math.PI * flutterHz * t);
      for (let harmonic = 1; harmonic <= HARMONICS; harmonic++) {
        samples[i] += 0.16 / harmonic * Math.sin(harmonic * phase);
      }
    }
  }
  return buffer;
}
