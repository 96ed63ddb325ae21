// SPDX-License-Identifier: MIT
/**
 * What a PannerNode must do, from the Web Audio API 1.1, sections PannerNode, AudioListener and "Spatialization and
 * Panning": written for this project, in the manner of the web-platform-tests, and run in a browser against the
 * browser's own node and against pinna's.
 *
 * `run(subject)` gives a row per subtest. A subject makes panners and says who listens; `ready` is awaited before an
 * offline rendering.
 */

/**
 * @typedef {object} Subject
 * @property {(context: BaseAudioContext, model: string) => Promise<() => void>} prepare  of each new context, in
 *   which panners of this model are to be rendered; gives what ends it
 * @property {any} Panner  the constructor
 * @property {(context: BaseAudioContext) => any} create  as context.createPanner()
 * @property {(context: BaseAudioContext) => any} listener
 * @property {(context: BaseAudioContext) => Promise<unknown>} ready
 */

/** @typedef {{ group: string, name: string, error: string | null }} Row */

const RATE = 48000;
const QUANTUM = 128;
const PARAMS = [['positionX', 0], ['positionY', 0], ['positionZ', 0], ['orientationX', 1], ['orientationY', 0],
  ['orientationZ', 0]];
const LISTENER_PARAMS = [['positionX', 0], ['positionY', 0], ['positionZ', 0], ['forwardX', 0], ['forwardY', 0],
  ['forwardZ', -1], ['upX', 0], ['upY', 1], ['upZ', 0]];
const FLOAT_MAX = 3.4028234663852886e38;

/** @param {unknown} ok @param {string} message */
function assert(ok, message) {
  if (!ok) {
    throw new Error(message);
  }
}

/** @param {unknown} got @param {unknown} wanted @param {string} what */
function equal(got, wanted, what) {
  assert(Object.is(got, wanted), `${what} is ${String(got)}, not ${String(wanted)}`);
}

/** @param {number} got @param {number} wanted @param {number} within @param {string} what */
function near(got, wanted, within, what) {
  assert(Math.abs(got - wanted) <= within, `${what} is ${got}, not ${wanted} within ${within}`);
}

/** @param {() => unknown} body @param {string} name  of a DOMException or an Error @param {string} what */
function throws(body, name, what) {
  let error = null;
  try {
    body();
  } catch (thrown) {
    error = /** @type {Error} */ (thrown);
  }
  assert(error !== null, `${what} does not throw ${name}`);
  equal(error?.name, name, `what ${what} throws`);
}

/** @param {ArrayLike<number>} x @param {number} [from] @param {number} [to] */
function rms(x, from = 0, to = x.length) {
  let sum = 0;
  for (let i = from; i < to; i++) {
    sum += x[i] * x[i];
  }
  return Math.sqrt(sum / (to - from));
}

/** @param {number} x */
const dB = (x) => 20 * Math.log10(x);

/** Seeded noise, white. @param {number} frames @param {number} seed */
function noise(frames, seed) {
  const out = new Float32Array(frames);
  let s = seed >>> 0;
  for (let i = 0; i < frames; i++) {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    out[i] = (s / 4294967296 - 0.5) * 0.5;
  }
  return out;
}

// The specification's formulas, in double

/** @type {Record<string, (d: number, ref: number, max: number, f: number) => number>} */
const DISTANCE = {
  linear(d, ref, max, f) {
    const low = Math.min(ref, max);
    const high = Math.max(ref, max);
    const share = Math.min(Math.max(f, 0), 1);
    return low === high ? 1 - share : 1 - share * (Math.min(Math.max(d, low), high) - low) / (high - low);
  },
  inverse: (d, ref, _max, f) => (ref === 0 ? 0 : ref / (ref + f * (Math.max(d, ref) - ref))),
  exponential: (d, ref, _max, f) => (ref === 0 ? 0 : Math.pow(Math.max(d, ref) / ref, -f)),
};

/**
 * @param {number} degrees  between the axis and the way to the listener
 * @param {number} inner @param {number} outer @param {number} gain
 */
function cone(degrees, inner, outer, gain) {
  if (inner === 360 && outer === 360) {
    return 1;
  }
  const [i, o] = [Math.abs(inner) / 2, Math.abs(outer) / 2];
  if (degrees <= i) {
    return 1;
  }
  if (degrees >= o) {
    return gain;
  }
  const x = (degrees - i) / (o - i);
  return (1 - x) + gain * x;
}

/** Azimuth in degrees to the right, for a listener at the origin that looks along -z. @param {number[]} position */
function azimuthOf([x, , z]) {
  return Math.atan2(x, -z) * 180 / Math.PI;
}

/** Equal-power gains of a mono source. @param {number} azimuth  degrees */
function equalPower(azimuth) {
  let a = Math.max(-180, Math.min(180, azimuth));
  a = a < -90 ? -180 - a : a > 90 ? 180 - a : a;
  const x = (a + 90) / 180;
  return [Math.cos(x * Math.PI / 2), Math.sin(x * Math.PI / 2)];
}

/**
 * @param {Subject} subject
 * @param {(row: Row) => void} [told]  of each as it ends
 * @returns {Promise<Row[]>}
 */
export async function run(subject, told = () => {}) {
  /** @type {Row[]} */
  const rows = [];
  const { Panner } = subject;
  /** @type {(() => void)[]} of the contexts of the subtest at work */
  const ends = [];

  /** @param {string} group @param {string} name @param {() => unknown} body */
  async function check(group, name, body) {
    try {
      await body();
      rows.push({ group, name, error: null });
    } catch (error) {
      rows.push({ group, name, error: error instanceof Error ? error.message : String(error) });
    }
    told(rows[rows.length - 1]);
    ends.splice(0).forEach((end) => end());
  }

  /** @param {number} [frames] @param {unknown} [model]  that is to be heard */
  async function offline(frames = QUANTUM, model = 'equalpower') {
    const context = new OfflineAudioContext(2, frames, RATE);
    ends.push(await subject.prepare(context, String(model)));
    return context;
  }

  /**
   * A sound through a panner.
   *
   * @param {object} scene
   * @param {number} [scene.frames]
   * @param {Float32Array[]} scene.sound  a channel each
   * @param {Record<string, unknown>} [scene.options]  of the panner
   * @param {(panner: any, context: OfflineAudioContext, listener: any) => void} [scene.setup]
   */
  async function render({ frames, sound, options = {}, setup }) {
    const length = frames ?? sound[0].length;
    const context = await offline(length, options.panningModel);
    const panner = new Panner(context, options);
    const buffer = new AudioBuffer({ length: sound[0].length, numberOfChannels: sound.length, sampleRate: RATE });
    sound.forEach((channel, i) => buffer.copyToChannel(channel.slice(), i));
    const source = new AudioBufferSourceNode(context, { buffer });
    source.connect(panner).connect(context.destination);
    source.start();
    setup?.(panner, context, subject.listener(context));
    await subject.ready(context);
    const out = await context.startRendering();
    return [out.getChannelData(0), out.getChannelData(1)];
  }

  /** @type {Map<string, number>} */
  const levels = new Map();

  /** Level of both ears from a block on, of a still scene. @param {Parameters<typeof render>[0]} scene */
  async function level(scene) {
    const key = scene.setup ? '' : JSON.stringify(scene.options);
    const known = levels.get(key);
    if (known !== undefined) {
      return known;
    }
    const [left, right] = await render(scene);
    const found = Math.hypot(rms(left, 1024), rms(right, 1024));
    if (key) {
      levels.set(key, found);
    }
    return found;
  }

  const still = noise(4800, 7);

  // Constructor

  const live = await offline(QUANTUM, 'HRTF');
  const [endLive] = ends.splice(0);

  await check('ctor', 'without arguments it is a TypeError', () => throws(() => new Panner(), 'TypeError', 'it'));
  await check('ctor', 'with a number for a context it is a TypeError', () =>
    throws(() => new Panner(1), 'TypeError', 'it'));
  await check('ctor', 'with a context and a number for options it is a TypeError', () =>
    throws(() => new Panner(live, 42), 'TypeError', 'it'));
  for (const options of [undefined, null, {}]) {
    await check('ctor', `options ${JSON.stringify(options)} give the defaults`, () => {
      const panner = new Panner(live, options);
      assert(panner instanceof AudioNode, 'it is not an AudioNode');
      equal(panner.numberOfInputs, 1, 'numberOfInputs');
      equal(panner.numberOfOutputs, 1, 'numberOfOutputs');
      equal(panner.channelCount, 2, 'channelCount');
      equal(panner.channelCountMode, 'clamped-max', 'channelCountMode');
      equal(panner.channelInterpretation, 'speakers', 'channelInterpretation');
      equal(panner.context, live, 'context');
      equal(panner.panningModel, 'equalpower', 'panningModel');
      equal(panner.distanceModel, 'inverse', 'distanceModel');
      equal(panner.refDistance, 1, 'refDistance');
      equal(panner.maxDistance, 10000, 'maxDistance');
      equal(panner.rolloffFactor, 1, 'rolloffFactor');
      equal(panner.coneInnerAngle, 360, 'coneInnerAngle');
      equal(panner.coneOuterAngle, 360, 'coneOuterAngle');
      equal(panner.coneOuterGain, 0, 'coneOuterGain');
      for (const [name, value] of PARAMS) {
        equal(panner[name].value, value, name);
      }
    });
  }
  await check('ctor', 'createPanner gives the same defaults', () => {
    const panner = subject.create(live);
    equal(panner.panningModel, 'equalpower', 'panningModel');
    equal(panner.channelCountMode, 'clamped-max', 'channelCountMode');
    equal(panner.orientationX.value, 1, 'orientationX');
  });
  await check('ctor', 'every option arrives', () => {
    const options = {
      panningModel: 'HRTF', distanceModel: 'linear', positionX: 1, positionY: -2, positionZ: 3.5, orientationX: -1,
      orientationY: 0.25, orientationZ: 4, refDistance: 2, maxDistance: 99, rolloffFactor: 0.5, coneInnerAngle: 60,
      coneOuterAngle: 100, coneOuterGain: 0.25, channelCount: 1, channelCountMode: 'explicit',
      channelInterpretation: 'discrete',
    };
    const panner = new Panner(live, options);
    for (const [name, value] of Object.entries(options)) {
      equal(panner[name] instanceof AudioParam ? panner[name].value : panner[name], value, name);
    }
  });
  /** @type {[Record<string, unknown>, string][]} */
  const refused = [
    [{ channelCount: 0 }, 'NotSupportedError'], [{ channelCount: 3 }, 'NotSupportedError'],
    [{ channelCount: 99 }, 'NotSupportedError'], [{ channelCountMode: 'max' }, 'NotSupportedError'],
    [{ channelCountMode: 'foobar' }, 'TypeError'], [{ channelInterpretation: 'foobar' }, 'TypeError'],
    [{ panningModel: 'foobar' }, 'TypeError'], [{ distanceModel: 'foobar' }, 'TypeError'],
    [{ positionX: Infinity }, 'TypeError'], [{ orientationZ: NaN }, 'TypeError'], [{ refDistance: NaN }, 'TypeError'],
    [{ refDistance: -1 }, 'RangeError'], [{ maxDistance: 0 }, 'RangeError'], [{ maxDistance: -1 }, 'RangeError'],
    [{ rolloffFactor: -1 }, 'RangeError'], [{ coneOuterGain: -0.1 }, 'InvalidStateError'],
    [{ coneOuterGain: 1.1 }, 'InvalidStateError'],
  ];
  for (const [options, name] of refused) {
    const [[key, value]] = Object.entries(options);
    await check('ctor', `${key} ${value} is a ${name}`, () =>
      throws(() => new Panner(live, options), name, 'the constructor'));
  }
  for (const options of [{ channelCount: 1 }, { channelCount: 2 }, { channelCountMode: 'explicit' },
    { channelInterpretation: 'discrete' }]) {
    const [[key, value]] = Object.entries(options);
    await check('ctor', `${key} ${value} is taken`, () => equal(new Panner(live, options)[key], value, key));
  }

  // Ranges

  /** @type {[string, unknown, string][]} */
  const assignments = [
    ['refDistance', -1, 'RangeError'], ['maxDistance', 0, 'RangeError'], ['maxDistance', -1, 'RangeError'],
    ['rolloffFactor', -0.5, 'RangeError'], ['coneOuterGain', -0.01, 'InvalidStateError'],
    ['coneOuterGain', 1.01, 'InvalidStateError'], ['channelCount', 3, 'NotSupportedError'],
    ['channelCount', 0, 'NotSupportedError'], ['channelCountMode', 'max', 'NotSupportedError'],
    ['refDistance', NaN, 'TypeError'], ['coneInnerAngle', Infinity, 'TypeError'],
  ];
  for (const [key, value, name] of assignments) {
    await check('ranges', `setting ${key} to ${value} is a ${name} and changes nothing`, () => {
      const panner = new Panner(live);
      const before = panner[key];
      throws(() => {
        panner[key] = value;
      }, name, 'it');
      equal(panner[key], before, key);
    });
  }
  for (const [key, value] of /** @type {[string, number][]} */ ([['refDistance', 0], ['maxDistance', 1e-3],
    ['maxDistance', 1e7], ['rolloffFactor', 0], ['rolloffFactor', 2000], ['coneOuterGain', 0], ['coneOuterGain', 1],
    ['coneInnerAngle', 0], ['coneInnerAngle', 720], ['coneOuterAngle', -90]])) {
    await check('ranges', `setting ${key} to ${value} is kept as it is`, () => {
      const panner = new Panner(live, { panningModel: 'HRTF' });
      panner.connect(live.destination);
      panner[key] = value;
      equal(panner[key], value, key);
      panner.disconnect();
    });
  }
  for (const key of ['panningModel', 'distanceModel']) {
    await check('ranges', `an unknown ${key} is ignored`, () => {
      const panner = new Panner(live);
      const before = panner[key];
      panner[key] = 'foobar';
      equal(panner[key], before, key);
    });
  }
  for (const [key, values] of Object.entries({ panningModel: ['HRTF', 'equalpower'],
    distanceModel: ['linear', 'exponential', 'inverse'] })) {
    for (const value of values) {
      await check('ranges', `${key} can be set to ${value}`, () => {
        const panner = new Panner(live);
        panner[key] = value;
        equal(panner[key], value, key);
      });
    }
  }

  // AudioParams and the methods of old

  for (const [name, value] of PARAMS) {
    await check('params', `${name} is an a-rate AudioParam, ${value} by default, of any float`, () => {
      const param = new Panner(live)[name];
      assert(param instanceof AudioParam, 'it is not an AudioParam');
      equal(param.defaultValue, value, 'defaultValue');
      equal(param.automationRate, 'a-rate', 'automationRate');
      near(param.minValue / FLOAT_MAX, -1, 1e-6, 'minValue, of the largest float');
      near(param.maxValue / FLOAT_MAX, 1, 1e-6, 'maxValue, of the largest float');
    });
  }
  for (const [name, value] of LISTENER_PARAMS) {
    await check('listener', `${name} is an AudioParam, ${value} by default`, () => {
      const param = subject.listener(live)[name];
      assert(param instanceof AudioParam, 'it is not an AudioParam');
      equal(param.defaultValue, value, 'defaultValue');
      equal(param.value, value, 'value');
    });
  }
  await check('params', 'a param is the same object every time', () => {
    const panner = new Panner(live);
    equal(panner.positionX, panner.positionX, 'positionX');
  });
  await check('params', 'setPosition and setOrientation set the params', () => {
    const panner = new Panner(live);
    panner.setPosition(1, 2, 3);
    panner.setOrientation(4, 5, 6);
    equal([panner.positionX, panner.positionY, panner.positionZ, panner.orientationX, panner.orientationY,
      panner.orientationZ].map((p) => p.value).join(), '1,2,3,4,5,6', 'the params');
  });
  await check('listener', 'setPosition and setOrientation set the params', async () => {
    const listener = subject.listener(await offline());
    listener.setPosition(1, 2, 3);
    listener.setOrientation(4, 5, 6, 7, 8, 9);
    equal([listener.positionX, listener.positionY, listener.positionZ, listener.forwardX, listener.forwardY,
      listener.forwardZ, listener.upX, listener.upY, listener.upZ].map((p) => p.value).join(), '1,2,3,4,5,6,7,8,9',
    'the params');
  });
  for (const [method, args] of /** @type {[string, unknown[]][]} */ ([['setPosition', [1, 2]],
    ['setPosition', [1, 2, NaN]], ['setOrientation', [1, Infinity, 2]], ['setOrientation', []],
    ['setPosition', [1, 2, 'three']]])) {
    await check('params', `${method}(${args.join(', ')}) is a TypeError`, () =>
      throws(() => new Panner(live)[method](...args), 'TypeError', 'it'));
  }
  await check('params', 'a float that is not finite is a TypeError', () =>
    throws(() => {
      new Panner(live).positionX.value = NaN;
    }, 'TypeError', 'it'));
  await check('params', 'automation before time 0 is a RangeError, and an exponential ramp to 0 too', () => {
    const { positionX } = new Panner(live);
    throws(() => positionX.setValueAtTime(1, -1), 'RangeError', 'a negative time');
    throws(() => positionX.exponentialRampToValueAtTime(0, 1), 'RangeError', 'a ramp to 0');
  });
  for (const method of ['setPosition', 'setOrientation']) {
    await check('params', `${method} during a value curve is a NotSupportedError`, () => {
      const panner = new Panner(live);
      panner[method === 'setPosition' ? 'positionX' : 'orientationX'].setValueCurveAtTime(new Float32Array(2), 0, 1);
      throws(() => panner[method](1, 1, 1), 'NotSupportedError', 'it');
    });
  }
  for (const [method, args] of /** @type {[string, number[]][]} */ ([['setPosition', [1, 1, 1]],
    ['setOrientation', [1, 1, 1, 1, 1, 1]]])) {
    await check('listener', `${method} during a value curve is a NotSupportedError`, async () => {
      const listener = subject.listener(await offline());
      listener[method === 'setPosition' ? 'positionX' : 'forwardX'].setValueCurveAtTime(new Float32Array(2), 0, 1);
      throws(() => listener[method](...args), 'NotSupportedError', 'it');
    });
  }

  // Connections

  await check('connect', 'connect gives its destination back', () => {
    const gain = new GainNode(live);
    equal(new Panner(live).connect(gain), gain, 'what connect returns');
  });
  await check('connect', 'to an AudioParam it gives nothing back', () =>
    equal(new Panner(live).connect(new GainNode(live).gain), undefined, 'what connect returns'));
  await check('connect', 'an output or input that is not there is an IndexSizeError', () => {
    const panner = new Panner(live);
    throws(() => panner.connect(live.destination, 1), 'IndexSizeError', 'output 1');
    throws(() => panner.connect(live.destination, 0, 1), 'IndexSizeError', 'input 1');
  });
  await check('connect', 'a node of another context is an InvalidAccessError', async () => {
    const other = await offline();
    throws(() => new Panner(live).connect(other.destination), 'InvalidAccessError', 'it');
  });
  await check('connect', 'to disconnect what is not connected is an InvalidAccessError', () =>
    throws(() => new Panner(live).disconnect(live.destination), 'InvalidAccessError', 'it'));
  await check('connect', 'to disconnect output 1 is an IndexSizeError', () =>
    throws(() => new Panner(live).disconnect(1), 'IndexSizeError', 'it'));
  for (const panningModel of ['equalpower', 'HRTF']) {
    /** @type {[string, (panner: any, context: OfflineAudioContext) => void, number][]} */
    const ways = [
      ['disconnect() silences it', (panner) => panner.disconnect(), 0],
      ['disconnect(destination) silences it', (panner, c) => panner.disconnect(c.destination), 0],
      ['connecting twice to one node counts once', (panner, c) => panner.connect(c.destination), 1],
      ['a gain after it is heard', (panner, c) => {
        panner.disconnect();
        panner.connect(new GainNode(c, { gain: 0.25 })).connect(c.destination);
      }, 0.25],
      ['two ways out add up', (panner, c) => {
        panner.connect(new GainNode(c, { gain: 0.5 })).connect(c.destination);
      }, 1.5],
      ['one of two ways out can be taken away', (panner, c) => {
        const gain = new GainNode(c, { gain: 0.5 });
        panner.connect(gain).connect(c.destination);
        panner.disconnect(c.destination);
      }, 0.5],
    ];
    for (const [name, setup, gain] of ways) {
      await check('connect', `${panningModel}: ${name}`, async () => {
        const options = { panningModel, positionX: 1, positionZ: -1 };
        const whole = await level({ sound: [still], options });
        assert(whole > 1e-3, 'nothing is heard at all');
        near(await level({ sound: [still], options, setup }) / whole, gain, 1e-4, 'its level');
      });
    }
    await check('connect', `${panningModel}: two panners are heard as the sum of each`, async () => {
      const places = [{ positionX: 2, positionZ: -1 }, { positionX: -1, positionZ: 3 }];
      const parts = [];
      for (const place of places) {
        parts.push(await render({ sound: [still], options: { panningModel, ...place } }));
      }
      const both = await render({
        sound: [still],
        options: { panningModel, ...places[0] },
        setup: (_, context) => {
          const second = new Panner(context, { panningModel, ...places[1] });
          const buffer = new AudioBuffer({ length: still.length, sampleRate: RATE });
          buffer.copyToChannel(still.slice(), 0);
          const source = new AudioBufferSourceNode(context, { buffer });
          source.connect(second).connect(context.destination);
          source.start();
        },
      });
      for (const ear of [0, 1]) {
        const off = both[ear].map((x, i) => x - parts[0][ear][i] - parts[1][ear][i]);
        assert(rms(off) < 1e-5 * rms(both[ear]), `the difference is ${dB(rms(off) / rms(both[ear])).toFixed(1)} dB`);
      }
    });
  }

  // Distance

  /** @type {[number, number, number, number][]} ref, max, rolloff, distance */
  const distances = [[1, 10000, 1, 0.5], [1, 10000, 1, 1], [1, 10000, 1, 2], [1, 10000, 1, 10], [2, 20, 0.5, 1],
    [2, 20, 0.5, 5], [2, 20, 0.5, 30], [1, 10, 2, 5], [1, 10, 0, 7], [3, 3, 0.5, 5], [10, 2, 1, 5], [0, 10, 1, 5]];
  for (const panningModel of ['equalpower', 'HRTF']) {
    for (const distanceModel of ['linear', 'inverse', 'exponential']) {
      for (const [refDistance, maxDistance, rolloffFactor, d] of distances) {
        await check(`distance ${distanceModel}`, `${panningModel}: ref ${refDistance}, max ${maxDistance}, rolloff ` +
          `${rolloffFactor}, ${d} m`, async () => {
          const wanted = DISTANCE[distanceModel](d, refDistance, maxDistance, rolloffFactor);
          const place = { panningModel, positionZ: -d };
          const whole = await level({ sound: [still], options: { ...place, rolloffFactor: 0 } });
          const got = await level({ sound: [still],
            options: { ...place, distanceModel, refDistance, maxDistance, rolloffFactor } });
          assert(whole > 1e-3, 'nothing is heard at all');
          near(got / whole, wanted, 1e-4, 'the gain');
        });
      }
    }
  }
  for (const panningModel of ['equalpower', 'HRTF']) {
    await check('distance rolloff', `${panningModel}: linear uses a rolloff above 1 as 1`, async () => {
      const options = { panningModel, distanceModel: 'linear', maxDistance: 10, positionZ: -4 };
      const one = await level({ sound: [still], options: { ...options, rolloffFactor: 1 } });
      const more = await level({ sound: [still], options: { ...options, rolloffFactor: 2.5 } });
      assert(one > 1e-3, 'nothing is heard at all');
      near(more / one, 1, 1e-6, 'the ratio');
    });
    await check('distance rolloff', `${panningModel}: what is set after connecting counts`, async () => {
      const options = { panningModel, positionZ: -4 };
      const whole = await level({ sound: [still], options: { ...options, rolloffFactor: 0 } });
      const got = await level({ sound: [still], options, setup: (panner) => {
        panner.distanceModel = 'exponential';
        panner.refDistance = 2;
        panner.rolloffFactor = 3;
      } });
      near(got / whole, 0.125, 1e-4, 'the gain');
    });
  }

  // Cones

  for (const panningModel of ['equalpower', 'HRTF']) {
    for (const [degrees, inner, outer, gain] of [[0, 60, 120, 0.25], [29, 60, 120, 0.25], [45, 60, 120, 0.25],
      [61, 60, 120, 0.25], [180, 60, 120, 0.25], [90, 90, 270, 0], [100, 360, 360, 0], [179, 0, 360, 1],
      [45, 90, 90, 0.5], [46, 90, 90, 0.5], [44, -90, -90, 0.5], [46, 120, 60, 0.5], [61, 120, 60, 0.5]]) {
      await check('cone', `${panningModel}: ${degrees} degrees off, inner ${inner}, outer ${outer}, outer gain ${gain}`,
        async () => {
          const turn = degrees * Math.PI / 180;
          const place = { panningModel, positionX: 2, positionZ: -1.5, rolloffFactor: 0 };
          const whole = await level({ sound: [still], options: place });
          // From the source the listener is at (-0.8, 0, 0.6); turned about y.
          const options = {
            ...place, coneInnerAngle: inner, coneOuterAngle: outer, coneOuterGain: gain,
            orientationX: 3 * (-0.8 * Math.cos(turn) + 0.6 * Math.sin(turn)),
            orientationZ: 3 * (0.6 * Math.cos(turn) + 0.8 * Math.sin(turn)),
          };
          near(await level({ sound: [still], options }) / whole, cone(degrees, inner, outer, gain), 2e-4, 'the gain');
        });
    }
    await check('cone', `${panningModel}: without a direction there is no cone`, async () => {
      const options = { panningModel, positionZ: -1, orientationX: 0 };
      const whole = await level({ sound: [still], options });
      const got = await level({ sound: [still], options: { ...options, coneInnerAngle: 10, coneOuterAngle: 20 } });
      assert(whole > 1e-3, 'nothing is heard at all');
      near(got / whole, 1, 1e-4, 'the gain');
    });
  }

  // Azimuth and elevation

  for (const azimuth of [0, 15, 30, 60, 90, 120, 150, 180, -30, -90, -135]) {
    await check('azimuth', `equalpower: ${azimuth} degrees has the gains of the specification`, async () => {
      const turn = azimuth * Math.PI / 180;
      const place = [Math.sin(turn), 0, -Math.cos(turn)];
      const [left, right] = await render({ sound: [still], options: { positionX: place[0], positionZ: place[2] } });
      const [l, r] = equalPower(azimuthOf(place));
      near(rms(left) / rms(still), l, 1e-4, 'left');
      near(rms(right) / rms(still), r, 1e-4, 'right');
    });
  }
  for (const azimuth of [20, 45, 90, 135, 160]) {
    await check('azimuth', `HRTF: ${azimuth} degrees to the right is louder and earlier at the right ear`, async () => {
      const turn = azimuth * Math.PI / 180;
      const [left, right] = await render({ sound: [still],
        options: { panningModel: 'HRTF', positionX: Math.sin(turn), positionZ: -Math.cos(turn) } });
      assert(dB(rms(right, 1024) / rms(left, 1024)) > 1, 'the right ear is not 1 dB louder');
      assert(lag(left, right) > 0, `left lags by ${lag(left, right)} samples`);
    });
  }
  for (const [name, options] of Object.entries({ ahead: { positionZ: -1 }, behind: { positionZ: 1 },
    above: { positionY: 1 } })) {
    await check('azimuth', `HRTF: ${name}, both ears are as loud within 3 dB`, async () => {
      const [left, right] = await render({ sound: [still], options: { panningModel: 'HRTF', ...options } });
      assert(rms(left) > 1e-3, 'nothing is heard at all');
      near(dB(rms(left, 1024) / rms(right, 1024)), 0, 3, 'the difference in dB');
    });
  }
  await check('azimuth', 'HRTF: ahead, behind and above sound different', async () => {
    const sounds = [];
    for (const place of [{ positionZ: -1 }, { positionZ: 1 }, { positionY: 1 }]) {
      sounds.push((await render({ sound: [still], options: { panningModel: 'HRTF', ...place } }))[0]);
    }
    for (const [a, b] of [[0, 1], [0, 2], [1, 2]]) {
      const off = dB(rms(sounds[a].map((x, i) => x - sounds[b][i])) / rms(sounds[a]));
      assert(off > -20, `two of them differ by ${off.toFixed(1)} dB only`);
    }
  });
  for (const panningModel of ['equalpower', 'HRTF']) {
    await check('azimuth', `${panningModel}: a turned and moved listener hears what a turned and moved source is`,
      async () => {
        const plain = await render({ sound: [still], options: { panningModel, positionX: 1, positionZ: -2 } });
        // The listener at (3, 1, 2) looks along +x: ahead is +x, right is +z.
        const turned = await render({ sound: [still],
          options: { panningModel, positionX: 5, positionY: 1, positionZ: 3 },
          setup: (_, __, listener) => {
            listener.setPosition(3, 1, 2);
            listener.setOrientation(2, 0, 0, 0, 5, 0);
          } });
        for (const ear of [0, 1]) {
          const off = plain[ear].map((x, i) => x - turned[ear][i]);
          assert(rms(off) < 1e-3 * rms(plain[ear]), `ear ${ear} differs by ` +
            `${dB(rms(off) / rms(plain[ear])).toFixed(1)} dB`);
        }
      });
    await check('azimuth', `${panningModel}: a head lying on its left side hears from above what is on its right`,
      async () => {
        const plain = await render({ sound: [still], options: { panningModel, positionX: 1 } });
        const lying = await render({ sound: [still], options: { panningModel, positionY: 1 },
          setup: (_, __, listener) => listener.setOrientation(0, 0, -1, -1, 0, 0) });
        for (const ear of [0, 1]) {
          const off = plain[ear].map((x, i) => x - lying[ear][i]);
          assert(rms(off) < 1e-3 * rms(plain[ear]) + 1e-6, `ear ${ear} differs`);
        }
      });
  }

  // Automation

  const long = noise(24000, 9);
  /** @type {Record<string, { param: string, schedule: (p: AudioParam) => void, at: (t: number) => number }>} */
  const automations = {
    'setValueAtTime': {
      param: 'positionZ',
      schedule: (p) => {
        p.setValueAtTime(-1, 0);
        p.setValueAtTime(-4, 0.25);
      },
      at: (t) => (t < 0.25 ? 1 : 4),
    },
    'linearRampToValueAtTime': {
      param: 'positionZ',
      schedule: (p) => p.setValueAtTime(-1, 0).linearRampToValueAtTime(-9, 0.5),
      at: (t) => 1 + 16 * t,
    },
    'exponentialRampToValueAtTime': {
      param: 'positionZ',
      schedule: (p) => p.setValueAtTime(-1, 0).exponentialRampToValueAtTime(-16, 0.5),
      at: (t) => Math.pow(16, t / 0.5),
    },
    'setTargetAtTime': {
      param: 'positionZ',
      schedule: (p) => p.setValueAtTime(-1, 0).setTargetAtTime(-8, 0, 0.125),
      at: (t) => 8 - 7 * Math.exp(-t / 0.125),
    },
    'setValueCurveAtTime': {
      param: 'positionZ',
      schedule: (p) => p.setValueCurveAtTime(Float32Array.of(-1, -6, -2), 0, 0.5),
      at: (t) => (t < 0.25 ? 1 + 20 * t : 6 - 16 * (t - 0.25)),
    },
    'cancelScheduledValues': {
      param: 'positionZ',
      schedule: (p) => {
        p.setValueAtTime(-2, 0);
        p.setValueAtTime(-9, 0.25);
        p.cancelScheduledValues(0.2);
      },
      at: () => 2,
    },
    'cancelAndHoldAtTime': {
      param: 'positionZ',
      schedule: (p) => {
        p.setValueAtTime(-1, 0).linearRampToValueAtTime(-9, 0.5);
        p.cancelAndHoldAtTime(0.25);
      },
      at: (t) => 1 + 16 * Math.min(t, 0.25),
    },
    'a node connected to it': {
      param: 'positionZ',
      schedule: (p) => {
        const node = new ConstantSourceNode(/** @type {any} */ (p).ownContext, { offset: -3 });
        node.connect(p);
        node.start();
        p.value = -1;
      },
      at: () => 4,
    },
  };
  for (const panningModel of ['equalpower', 'HRTF']) {
    const still = await render({ sound: [long], options: { panningModel, positionZ: -1 } });
    for (const [name, { param, schedule, at }] of Object.entries(automations)) {
      await check('automation', `${panningModel}: ${name} moves the source, to a quantum`, async () => {
        const moved = await render({ sound: [long], options: { panningModel }, setup: (panner, context) => {
          panner[param].ownContext = context;
          schedule(panner[param]);
        } });
        // Straight ahead only the level changes: block by block against the same noise at 1 m, within the two
        // gains between which the block lies, or those of the block before, in whose sound a filter still is.
        for (let block = 8; block < 180; block++) {
          const from = block * QUANTUM;
          const got = rms(moved[0], from, from + QUANTUM) / rms(still[0], from, from + QUANTUM);
          const gains = [-2, -1, 0, 1].map((n) => 1 / at((from + n * QUANTUM) / RATE));
          const [low, high] = [Math.min(...gains), Math.max(...gains)];
          assert(got > low * 0.99 - 1e-5 && got < high * 1.01 + 1e-5,
            `block ${block} has the gain ${got}, not ${low} to ${high}`);
        }
      });
    }
    await check('automation', `${panningModel}: the listener's position can be automated`, async () => {
      const moved = await render({ sound: [long], options: { panningModel, positionZ: -1 },
        setup: (_, __, listener) => listener.positionZ.setValueAtTime(0, 0).linearRampToValueAtTime(8, 0.5) });
      for (let block = 8; block < 180; block++) {
        const from = block * QUANTUM;
        const got = rms(moved[0], from, from + QUANTUM) / rms(still[0], from, from + QUANTUM);
        const gains = [-2, 1].map((n) => 1 / (1 + 16 * Math.max(0, (from + n * QUANTUM) / RATE)));
        assert(got > gains[1] * 0.99 && got < gains[0] * 1.01, `block ${block} has the gain ${got}, not ` +
          `${gains[1]} to ${gains[0]}`);
      }
    });
    await check('automation', `${panningModel}: a source that turns sweeps its cone`, async () => {
      const options = { panningModel, positionZ: -1, coneInnerAngle: 60, coneOuterAngle: 120, coneOuterGain: 0.25 };
      const turned = await render({ sound: [long], options, setup: (panner) => {
        panner.orientationX.setValueAtTime(0, 0);
        panner.orientationZ.setValueAtTime(1, 0);
        panner.orientationZ.setValueAtTime(-1, 0.25);
      } });
      near(rms(turned[0], 2400, 11000) / rms(still[0], 2400, 11000), 1, 0.01, 'facing, the gain');
      near(rms(turned[0], 13000, 24000) / rms(still[0], 13000, 24000), 0.25, 0.01, 'turned away, the gain');
    });
  }
  await check('automation', 'HRTF: a source that flies past makes no click', async () => {
    // A tone has nothing above its own band but what a click puts there.
    const tone = Float32Array.from({ length: 24000 }, (_, n) => 0.5 * Math.sin(2 * Math.PI * 500 * n / RATE));
    const [left, right] = await render({ sound: [tone], options: { panningModel: 'HRTF' }, setup: (panner) => {
      panner.positionX.setValueAtTime(-4, 0).linearRampToValueAtTime(4, 0.5);
      panner.positionZ.value = -1;
    } });
    for (const ear of [left, right]) {
      let worst = 0;
      for (let n = 1024; n < 23000; n++) {
        // The fourth difference takes 500 Hz down by 95 dB.
        worst = Math.max(worst, Math.abs(ear[n - 2] - 4 * ear[n - 1] + 6 * ear[n] - 4 * ear[n + 1] + ear[n + 2]));
      }
      assert(dB(worst) < -60, `the fourth difference reaches ${dB(worst).toFixed(1)} dB`);
    }
  });

  // Channels

  for (const panningModel of ['equalpower', 'HRTF']) {
    await check('channels', `${panningModel}: one sound in both channels ahead is as loud in both ears`, async () => {
      const [left, right] = await render({ sound: [still, still], options: { panningModel, positionZ: -1 } });
      near(dB(rms(left, 1024) / rms(right, 1024)), 0, 2, 'the difference in dB');
    });
    await check('channels', `${panningModel}: a stereo sound of one channel is heard`, async () => {
      const [left, right] = await render({ sound: [still, new Float32Array(still.length)],
        options: { panningModel, positionZ: -1 } });
      assert(Math.max(rms(left), rms(right)) > 0.05 * rms(still), 'it is not');
    });
    await check('channels', `${panningModel}: channelCount 1 sums a stereo sound up`, async () => {
      const options = { panningModel, positionX: 1, positionZ: -1 };
      const other = noise(4800, 21);
      const summed = await render({ sound: [still, other],
        options: { ...options, channelCount: 1, channelCountMode: 'explicit' } });
      const mono = await render({ sound: [still.map((x, i) => 0.5 * (x + other[i]))], options });
      for (const ear of [0, 1]) {
        assert(rms(summed[ear].map((x, i) => x - mono[ear][i])) < 1e-5 * rms(mono[ear]), `ear ${ear} differs`);
      }
    });
    await check('channels', `${panningModel}: the output has two channels`, async () => {
      const context = await offline(4800, panningModel);
      const panner = new Panner(context, { panningModel, positionX: 1 });
      const splitter = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
      const source = new ConstantSourceNode(context);
      source.connect(panner).connect(splitter);
      splitter.connect(context.destination, 1);
      source.start();
      await subject.ready(context);
      const out = await context.startRendering();
      assert(rms(out.getChannelData(0)) > 0.1, 'the right one is silent');
    });
    await check('channels', `${panningModel}: silence in is silence out`, async () => {
      const [left, right] = await render({ sound: [new Float32Array(4800)], options: { panningModel, positionX: 1 } });
      assert(left.every((x) => x === 0) && right.every((x) => x === 0), 'it is not');
    });
  }
  for (const azimuth of [-60, 0, 60]) {
    await check('channels', `equalpower: a stereo sound at ${azimuth} degrees is panned as the specification says`,
      async () => {
        const turn = azimuth * Math.PI / 180;
        const other = noise(4800, 22);
        const [left, right] = await render({ sound: [still, other],
          options: { positionX: Math.sin(turn), positionZ: -Math.cos(turn) } });
        const x = azimuth <= 0 ? (azimuth + 90) / 90 : azimuth / 90;
        const [l, r] = [Math.cos(x * Math.PI / 2), Math.sin(x * Math.PI / 2)];
        let worst = 0;
        for (let n = 1024; n < 4800; n++) {
          const [wl, wr] = azimuth <= 0 ? [still[n] + other[n] * l, other[n] * r]
            : [still[n] * l, other[n] + still[n] * r];
          worst = Math.max(worst, Math.abs(left[n] - wl), Math.abs(right[n] - wr));
        }
        assert(worst < 1e-4, `the largest difference is ${worst}`);
      });
  }
  await check('channels', 'HRTF: the left channel goes to the left ear only', async () => {
    // "Stereo input: HRTF panning is applied to each input channel" [Figure: HRTF panning, stereo].
    const [, right] = await render({ sound: [still, new Float32Array(still.length)],
      options: { panningModel: 'HRTF', positionZ: -1 } });
    assert(rms(right) < 1e-4 * rms(still), 'the right ear hears it');
  });
  endLive();
  return rows;
}

/** Samples by which `late` lags behind `early`, from the largest of their correlations. */
function lag(late, early) {
  let best = -Infinity;
  let at = 0;
  for (let shift = -60; shift <= 60; shift++) {
    let sum = 0;
    for (let n = 1200; n < 4000; n++) {
      sum += late[n + shift] * early[n];
    }
    if (sum > best) {
      best = sum;
      at = shift;
    }
  }
  return at;
}
