// SPDX-License-Identifier: MIT
/**
 * From a file's bytes to sound at the players' rate: by the browser, but for WAV files of many channels, which
 * WebKitGTK refuses, and which others bring into the order of loudspeakers that the file does not have.
 */
import { parseWav } from '../cli/wav.js';
import { resampled } from '../eval/resample.js';
import { PlayerError } from './error.js';
import { RATE_HZ } from './page-audio.js';

/** Of a WAV file: where a plain header tells the number of channels. */
const CHANNELS_AT = 22;

/**
 * @param {ArrayBuffer} bytes  is the browser's afterwards
 * @param {URL} url
 * @returns {Promise<AudioBuffer>}
 * @throws {PlayerError} 'decode'
 */
export async function decodeSound(bytes, url) {
  if (bytes.byteLength === 0) {
    throw new PlayerError('decode', `${url} is empty`);
  }
  const start = new TextDecoder('latin1').decode(bytes.slice(0, 64));
  if (/^\s*<(!doctype|html)/i.test(start)) {
    throw new PlayerError('decode', `${url} is a web page, not a sound: check the address in src`);
  }
  try {
    if (start.startsWith('RIFF') && start.slice(12, 16) === 'fmt ' &&
      new DataView(bytes).getUint16(CHANNELS_AT, true) > 2) {
      return manyChannels(new Uint8Array(bytes), url.pathname.split('/').pop() || url.href);
    }
    return await new OfflineAudioContext(1, 1, RATE_HZ).decodeAudioData(bytes);
  } catch (error) {
    throw new PlayerError('decode', `${url} is not a sound that this browser can decode: WAV, FLAC, MP3, Ogg or AAC ` +
      `usually are${error instanceof DOMException ? '' : ` (${/** @type {Error} */ (error).message})`}`, error);
  }
}

/** @param {Uint8Array} bytes @param {string} name */
function manyChannels(bytes, name) {
  const { channels, sampleRateHz } = parseWav(bytes, name);
  const sounds = channels.map((samples) =>
    (sampleRateHz === RATE_HZ ? samples : Float32Array.from(resampled(samples, sampleRateHz, RATE_HZ))));
  const buffer = new AudioBuffer({
    length: sounds[0].length, numberOfChannels: sounds.length, sampleRate: RATE_HZ,
  });
  sounds.forEach((samples, channel) =>
    buffer.copyToChannel(/** @type {Float32Array<ArrayBuffer>} */ (samples), channel));
  return buffer;
}
