// SPDX-License-Identifier: MIT
/**
 * Makes the sounds of the examples and of the tests that need speech, from Debian packages on this machine:
 * examples/sounds/*.wav (48 kHz, mono, 16 bits) and examples/sounds/index.json. None of them is part of the repository.
 *
 *     node web/tools/sounds.mjs
 */
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { PLAYER_SOUNDS, makePlayerSounds } from './player-sounds.mjs';
import { setup } from './setup.mjs';
import { ROOT, ToolError, asProgram, must, withLock } from './process.mjs';

export const SOUNDS = path.join(ROOT, 'examples/sounds');

/** Changes when the list below does: old sounds are then made again. */
const STAMP = path.join(SOUNDS, 'index.json');

/**
 * @typedef {object} Sound
 * @property {string} file
 * @property {string} title
 * @property {'speech' | 'announcement' | 'instrument'} kind
 * @property {boolean} loop  it repeats without a seam
 * @property {string} origin
 * @property {{ voice: string, speed: number, text: string }} [speak]
 * @property {string} [from]  a file of a Debian package
 */

/** @type {Sound[]} */
const LIST = [
  {
    file: 'speech-near.wav',
    title: 'A voice passing by',
    kind: 'speech',
    loop: false,
    origin: 'espeak-ng',
    speak: {
      voice: 'en-gb+m3',
      speed: 150,
      text:
        'Close your eyes, and follow my voice: I walk around you, ' +
        'from your left ear to your right, and back behind you.',
    },
  },
  {
    file: 'speech-far.wav',
    title: 'A second voice',
    kind: 'speech',
    loop: false,
    origin: 'espeak-ng',
    speak: {
      voice: 'en-us+f3',
      speed: 165,
      text: 'She sells sea shells by the sea shore, while six thick thistle sticks stand in the mist.',
    },
  },
  {
    file: 'speech-walk.wav',
    title: 'A talker who walks',
    kind: 'speech',
    loop: false,
    origin: 'espeak-ng',
    speak: {
      voice: 'en-us+m7',
      speed: 155,
      text:
        'I walk around you, once, and then once more. A head was measured for this, from seven hundred directions; ' +
        'or else a small network has learnt what such a head would do. Switch between the two, and listen: ' +
        'is it the same voice, at the same place?',
    },
  },
  ...['Front_Center', 'Front_Left', 'Front_Right', 'Rear_Center', 'Rear_Left', 'Rear_Right', 'Side_Left',
    'Side_Right'].map((name) => ({
    file: `say-${name.toLowerCase().replace('_', '-')}.wav`,
    title: `“${name.replace('_', ' ')}”`,
    kind: /** @type {const} */ ('announcement'),
    loop: false,
    origin: 'alsa-utils',
    from: `/usr/share/sounds/alsa/${name}.wav`,
  })),
  ...Object.entries({
    'loop_tabla': 'Tabla',
    'loop_safari': 'Safari percussion',
    'guit_em9': 'Guitar',
    'ambi_piano': 'Piano',
    'ambi_choir': 'Choir',
    'bass_woodsy_c': 'Wooden bass',
    'perc_bell': 'Bell',
  }).map(([name, title]) => ({
    file: `${name.replaceAll('_', '-')}.wav`,
    title,
    kind: /** @type {const} */ ('instrument'),
    loop: name.startsWith('loop_'),
    origin: 'sonic-pi-samples (CC0)',
    from: `/usr/share/sonic-pi/samples/${name}.flac`,
  })),
];

/** Makes what is missing; a second call returns at once. */
export async function makeSounds() {
  const wanted = `${JSON.stringify(LIST, null, 1)}\n`;
  const fresh = () => fs.existsSync(STAMP) && fs.readFileSync(STAMP, 'utf8') === wanted &&
    [...LIST.map(({ file }) => file), ...PLAYER_SOUNDS].every((file) => fs.existsSync(path.join(SOUNDS, file)));
  if (fresh()) {
    return;
  }
  await withLock('sounds', async () => {
    if (fresh()) {
      return;
    }
    console.log(`Making ${LIST.length} sounds for the examples`);
    fs.mkdirSync(SOUNDS, { recursive: true });
    const work = fs.mkdtempSync(path.join(os.tmpdir(), 'pinna-sounds-'));
    try {
      for (const sound of LIST) {
        await make(sound, work);
      }
      makePlayerSounds(SOUNDS);
      fs.writeFileSync(STAMP, wanted);
    } finally {
      fs.rmSync(work, { recursive: true, force: true });
    }
  });
}

/**
 * @param {Sound} sound
 * @param {string} work
 */
async function make(sound, work) {
  let source = sound.from;
  if (sound.speak) {
    source = path.join(work, sound.file);
    const { voice, speed, text } = sound.speak;
    await must(`Speaking ${sound.file}`, 'espeak-ng', ['-v', voice, '-s', String(speed), '-w', source, text]);
  }
  if (!source || !fs.existsSync(source)) {
    throw new ToolError(`${source} is missing; reinstall Debian's package ${sound.origin.split(' ')[0]}.`, 2);
  }
  const finished = path.join(work, `48k-${sound.file}`);
  // Repeatable: without -R sox's dither would differ at each run. The peak is put at -3 dB.
  await must(`Converting ${sound.file}`, 'sox', [
    '-R', source, '-b', '16', '-e', 'signed-integer', finished, 'remix', '-', 'gain', '-h', 'rate', '-v', '48000',
    'gain', '-n', '-3',
  ]);
  fs.copyFileSync(finished, path.join(SOUNDS, sound.file));
}

asProgram(import.meta.url, async () => {
  await setup(['sounds']);
  await makeSounds();
  console.log(`${LIST.length} sounds in ${path.relative(process.cwd(), SOUNDS) || '.'}`);
});
