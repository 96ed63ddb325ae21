// SPDX-License-Identifier: MIT
/** The sum's timbre in Chromium: held to the browser's own filters, and to the heads that it belongs to. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { NATURAL } from '../../web/equalizer.js';
import { launch, open, test } from './harness.mjs';

const RATE_HZ = 48000;
const FRAMES = 16384;
const HZ = Array.from({ length: 60 }, (_, i) => 30 * 1.115 ** i).filter((hz) => hz < 18000);

/** Of the browser's filters, and of two renders of 24 bits. */
const TOLERANCE_DB = 0.02;

/** @typedef {{ type: string, frequency: number, gain: number, Q: number }} Section */

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/**
 * A click beside the head, by the way asked for: its level in dB at each frequency and ear.
 *
 * @param {{ hz: number[], frames: number, rate: number, by: 'source' | 'panner' | 'soundfield', options: object,
 *   then?: { timbre?: string, equalizer?: object[], hrtf?: 'own' | 'default' } }} wishes
 */
async function levelsInPage({ hz, frames, rate, by, options, then = {} }) {
  const w = /** @type {any} */ (globalThis);
  const context = new OfflineAudioContext(2, frames, rate);
  const pinna = await w.pinnaModule.createPinna(context, { maxSources: 2, ...options });
  pinna.connect(context.destination);
  const click = new AudioBuffer({ length: frames, numberOfChannels: by === 'soundfield' ? 4 : 1, sampleRate: rate });
  for (let c = 0; c < click.numberOfChannels; c++) {
    click.getChannelData(c)[128] = [1, 0.8, 0.2, 0.5][c];
  }
  let flush = () => pinna.flush();
  if (by === 'panner') {
    const { PinnaPannerNode, flushPanners } = await import(/** @type {string} */ ('/web/panner/index.js'));
    const panner = new PinnaPannerNode(context, { panningModel: 'HRTF', positionX: 1, positionZ: -1 });
    const source = new AudioBufferSourceNode(context, { buffer: click });
    source.connect(panner).connect(context.destination);
    source.start();
    flush = async () => {
      await pinna.flush();
      await flushPanners(context);
    };
  } else if (by === 'soundfield') {
    await pinna.createSoundfield({ buffer: click, autoplay: true });
  } else {
    await pinna.createSource({ position: [1, 0, -1], buffer: click, autoplay: true }).loaded;
  }
  if (then.hrtf !== undefined) {
    const own = await (await fetch('/models/kemar/kemar.safetensors')).arrayBuffer();
    await pinna.setHrtf(own);
    if (then.hrtf === 'default') {
      await pinna.setHrtf('default');
    }
  }
  for (const name of ['timbre', 'equalizer']) {
    if (name in then) {
      pinna[name] = /** @type {any} */ (then)[name];
    }
  }
  await flush();
  const rendered = await context.startRendering();
  return [0, 1].map((ear) => {
    const x = rendered.getChannelData(ear);
    return hz.map((f) => {
      let [re, im] = [0, 0];
      for (let i = 0; i < frames; i++) {
        re += x[i] * Math.cos(2 * Math.PI * f / rate * i);
        im -= x[i] * Math.sin(2 * Math.PI * f / rate * i);
      }
      return 10 * Math.log10(re * re + im * im);
    });
  });
}

/**
 * What the browser's own filters do, dB.
 *
 * @param {{ hz: number[], rate: number, sections: readonly Section[] }} wishes
 */
function nativeInPage({ hz, rate, sections }) {
  const context = new OfflineAudioContext(1, 1, rate);
  const sum = new Array(hz.length).fill(0);
  for (const { type, frequency, gain, Q } of sections) {
    const node = new BiquadFilterNode(context, { type: /** @type {BiquadFilterType} */ (type), frequency, gain, Q });
    const magnitude = new Float32Array(hz.length);
    node.getFrequencyResponse(new Float32Array(hz), magnitude, new Float32Array(hz.length));
    magnitude.forEach((m, i) => {
      sum[i] += 20 * Math.log10(m);
    });
  }
  return sum;
}

/**
 * How far two renders differ from what filters should make of it, dB.
 *
 * @param {import('playwright-core').Page} page
 * @param {Omit<Parameters<typeof levelsInPage>[0], 'hz' | 'frames' | 'rate'>} one
 * @param {Omit<Parameters<typeof levelsInPage>[0], 'hz' | 'frames' | 'rate'>} other
 * @param {readonly Section[]} sections  that only the one has
 */
async function differ(page, one, other, sections) {
  const common = { hz: HZ, frames: FRAMES, rate: RATE_HZ };
  const [a, b] = [await page.evaluate(levelsInPage, { ...common, ...one }),
    await page.evaluate(levelsInPage, { ...common, ...other })];
  const wanted = await page.evaluate(nativeInPage, { hz: HZ, rate: RATE_HZ, sections });
  assert.ok(a.flat().every((level) => level > -120), 'there is sound to compare');
  return Math.max(...a.flatMap((ear, e) => ear.map((level, i) => Math.abs(level - b[e][i] - wanted[i]))));
}

const MEASURED = { options: { timbre: 'measured' } };
const SECTIONS = [
  { type: 'peaking', frequency: 105, gain: 5.4, Q: 0.7 },
  { type: 'highshelf', frequency: 7000, gain: -6, Q: Math.SQRT1_2 },
];

test('a_page_is_natural_unless_it_says_otherwise_its_panners_and_soundfields_too', async () => {
  const session = await open(browser);
  for (const by of /** @type {const} */ (['source', 'panner', 'soundfield'])) {
    const off = await differ(session.page, { by, options: {} }, { by, ...MEASURED }, NATURAL);
    assert.ok(off < TOLERANCE_DB, `${by}: ${off} dB`);
  }
  assert.deepEqual(session.problems, []);
  await session.close();
});

test('both_are_changed_by_the_page_and_the_equalizer_adds_to_the_timbre', async () => {
  const session = await open(browser);
  const plain = { by: /** @type {const} */ ('source'), ...MEASURED };
  const cases = [
    { one: { ...plain, then: { timbre: 'natural' } }, sections: NATURAL },
    { one: { ...plain, options: { equalizer: SECTIONS } }, sections: [...NATURAL, ...SECTIONS] },
    { one: { ...plain, options: {}, then: { timbre: 'measured', equalizer: SECTIONS } }, sections: SECTIONS },
    { one: { by: /** @type {const} */ ('panner'), options: {}, then: { timbre: 'measured', equalizer: SECTIONS } },
      other: { by: /** @type {const} */ ('panner'), ...MEASURED }, sections: SECTIONS },
    { one: { ...plain, options: { equalizer: SECTIONS }, then: { equalizer: [] } }, sections: NATURAL },
  ];
  for (const [i, { one, other = plain, sections }] of cases.entries()) {
    const off = await differ(session.page, one, other, sections);
    assert.ok(off < TOLERANCE_DB, `case ${i}: ${off} dB`);
  }
  assert.deepEqual(session.problems, []);
  await session.close();
});

test('another_head_stays_as_it_is_and_the_default_one_is_natural_again', async () => {
  const session = await open(browser);
  const by = /** @type {const} */ ('source');
  const own = await differ(session.page, { by, options: {}, then: { hrtf: 'own' } }, { by, ...MEASURED }, []);
  assert.ok(own < TOLERANCE_DB, `own: ${own} dB`);
  const back = await differ(session.page, { by, options: {}, then: { hrtf: 'default' } }, { by, ...MEASURED }, NATURAL);
  assert.ok(back < TOLERANCE_DB, `back: ${back} dB`);
  const linn = await differ(session.page, { by, options: { renderer: 'linn' } },
    { by, options: { renderer: 'linn', timbre: 'measured' } }, NATURAL);
  assert.ok(linn < TOLERANCE_DB, `linn: ${linn} dB`);
  assert.deepEqual(session.problems, []);
  await session.close();
});

test('wrong_sections_are_named_and_the_former_ones_stay', async () => {
  const session = await open(browser);
  const said = await session.page.evaluate(async () => {
    const w = /** @type {any} */ (globalThis);
    const pinna = await w.pinnaModule.createPinna(new OfflineAudioContext(2, 128, 48000), { maxSources: 1 });
    pinna.equalizer = [{ type: 'lowshelf', frequency: 100, gain: 3 }];
    const wrongs = [null, {}, [{ type: 'notch', frequency: 100, gain: 1 }],
      [{ type: 'peaking', frequency: 1, gain: 1 }],
      [{ type: 'peaking', frequency: 100, gain: NaN }], [{ type: 'peaking', frequency: 100, gain: 1, q: 1 }],
      new Array(13).fill({ type: 'peaking', frequency: 100, gain: 1 })];
    const messages = wrongs.map((wrong) => {
      try {
        pinna.equalizer = wrong;
        return 'taken';
      } catch (error) {
        return String(error);
      }
    });
    try {
      pinna.timbre = 'thin';
    } catch (error) {
      messages.push(String(error));
    }
    return { messages, left: pinna.equalizer, timbre: pinna.timbre };
  });
  const patterns = [/TypeError: equalizer must be a list of sections, such as/, /TypeError: equalizer must be a list/,
    /equalizer\[0\]\.type must be one of "lowshelf", "peaking", "highshelf", not "notch"/,
    /RangeError: equalizer\[0\]\.frequency must be between 10 and 24000, not 1/,
    /TypeError: equalizer\[0\]\.gain must be a finite number, not NaN/, /equalizer\[0\].*"q"/,
    /RangeError: equalizer may have 12 sections, not 13/,
    /TypeError: timbre must be one of "natural", "measured", not "thin"/];
  patterns.forEach((pattern, i) => assert.match(said.messages[i], pattern));
  assert.deepEqual(said.left, [{ type: 'lowshelf', frequency: 100, gain: 3, Q: Math.SQRT1_2 }]);
  assert.equal(said.timbre, 'natural');
  await session.close();
});
