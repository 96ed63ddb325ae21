// SPDX-License-Identifier: MIT
import assert from 'node:assert/strict';
import fs from 'node:fs';
import test from 'node:test';

import { faultIn } from '../../web/scene/json-fault.js';
import { SceneError, checkAgainst } from '../../web/scene/schema-check.js';
import { parseScene } from '../../web/scene/scene-file.js';
import { SCENE_SCHEMA } from '../../web/scene/scene-schema.js';
import { nearestWord } from '../../web/scene/suggest.js';

const SCHEMA_FILE = new URL('../../web/scene/scene.schema.json', import.meta.url);

/** A scene that uses every key. */
function full() {
  return {
    $schema: 'scene.schema.json',
    pinna: 1,
    sampleRate: 44100,
    durationS: 5,
    renderer: 'hrtf',
    hrtf: 'head.safetensors',
    model: 'field.safetensors',
    gain: 0.5,
    limiter: true, timbre: 'natural',
    listener: {
      poses: [{ t: 0, position: [0, 1.6, 0], orientation: [0, 0, 0, 1] }, { t: 2, orientation: [0, 1, 0, 0] }],
    },
    sources: [{
      id: 'voice',
      audio: 'voice.wav',
      startS: 0.5,
      loop: true,
      gain: 2,
      headLocked: true,
      doppler: true,
      nearField: true,
      air: true,
      occlusion: 0.25,
      directivity: [0, 0, 0.1, 0.2, 0.3, 0.4, 0.5, 1],
      directivityPower: 2,
      radius: 1.5,
      tier: 'exact',
      poses: [{ t: 0, position: [1, 0, -1], orientation: [0, 0, 0, 1], occlusion: [0, 0, 0, 0, 0, 0, 0.5, 1] },
        { t: 5, position: [-1, 0, -1], occlusion: 0.5 }],
      distance: { model: 'linear', refDistance: 2, maxDistance: 20, rolloffFactor: 0.5 },
      cone: { innerAngle: 60, outerAngle: 120, outerGain: 0.25 },
    }],
    soundfields: [{
      id: 'forest',
      audio: 'forest.wav',
      order: 2,
      startS: 0.5,
      loop: true,
      gain: 0.5,
      headLocked: true,
      poses: [{ t: 0, orientation: [0, 0, 0, 1] }, { t: 1, orientation: [0, 1, 0, 0] }],
    }],
  };
}

/** The least that a scene may say. */
function least() {
  return { pinna: 1, durationS: 1, sources: [{ audio: 'a.wav', poses: [{ t: 0, position: [1, 0, 0] }] }] };
}

/** @typedef {{ path: (string | number)[], value: unknown }} Place */

/**
 * @param {any} value
 * @param {(string | number)[]} path
 * @returns {Place[]} the value and everything in it
 */
function placesOf(value, path = []) {
  const children = typeof value === 'object' && value !== null ?
    Object.entries(value).flatMap(([key, child]) =>
      placesOf(child, [...path, Array.isArray(value) ? Number(key) : key])) : [];
  return [{ path, value }, ...children];
}

/**
 * @param {readonly (string | number)[]} path
 */
function written(path) {
  return path.map((key, i) => typeof key === 'number' ? `[${key}]` : `${i > 0 ? '.' : ''}${key}`).join('');
}

/**
 * @param {any} scene
 * @param {readonly (string | number)[]} path
 * @param {unknown} value
 */
function withValue(scene, path, value) {
  const copy = structuredClone(scene);
  let at = copy;
  for (const key of path.slice(0, -1)) {
    at = at[key];
  }
  at[path[path.length - 1]] = value;
  return copy;
}

/** @param {unknown} scene @returns {string} */
function refusal(scene) {
  try {
    parseScene(/** @type {object} */ (scene));
  } catch (error) {
    assert.ok(error instanceof SceneError, String(error));
    assert.ok(!error.message.includes('\n'), 'one line');
    return error.message;
  }
  return '';
}

test('the schema file is what the parser obeys', () => {
  assert.deepEqual(JSON.parse(fs.readFileSync(SCHEMA_FILE, 'utf8')), SCENE_SCHEMA);
});

test('the test scene uses every key that the schema has', () => {
  /** @type {(schema: any, value: any, path: string) => void} */
  const visit = (schema, value, path) => {
    for (const [key, property] of Object.entries(schema.properties ?? {})) {
      const values = path.endsWith('poses[]') ? value.map((/** @type {any} */ pose) => pose[key]) : [value[key]];
      assert.ok(values.some((/** @type {any} */ v) => v !== undefined), `${path}.${key}`);
      visit(property, values[0], `${path}.${key}`);
    }
    if (schema.items?.properties !== undefined) {
      visit(schema.items, path.endsWith('.poses') ? value : value[0], `${path}[]`);
    }
  };
  visit(SCENE_SCHEMA, full(), '');
});

test('a scene that says everything is taken as it is', () => {
  const scene = parseScene(JSON.stringify(full()));
  const [source] = scene.sources;
  assert.deepEqual(source.distance, full().sources[0].distance);
  assert.deepEqual(source.cone, full().sources[0].cone);
  assert.deepEqual([scene.sampleRate, scene.gain, scene.limiter, scene.hrtf, scene.model],
    [44100, 0.5, true, 'head.safetensors', 'field.safetensors']);
  assert.deepEqual([source.startS, source.loop, source.gain, source.headLocked, source.doppler],
    [0.5, true, 2, true, true]);
  const physics = [source.nearField, source.air, source.occlusion, source.directivityPower, source.radius, source.tier];
  assert.deepEqual(physics,
    [true, true, 0.25, 2, 1.5, 'exact']);
  assert.deepEqual(source.directivity, full().sources[0].directivity);
});

test('what a scene leaves out has the documented defaults', () => {
  const scene = parseScene(least());
  assert.deepEqual(scene, {
    pinna: 1,
    sampleRate: 48000,
    durationS: 1,
    renderer: 'default',
    hrtf: 'default',
    model: 'default',
    gain: 1,
    limiter: false,
    listener: { poses: [{ t: 0, position: [0, 0, 0], orientation: [0, 0, 0, 1] }] },
    soundfields: [],
    sources: [{
      id: 'source 1',
      audio: 'a.wav',
      startS: 0,
      loop: false,
      gain: 1,
      headLocked: false,
      doppler: false,
      nearField: false,
      air: false,
      occlusion: 0,
      directivity: 'omni',
      directivityPower: 1,
      radius: 0,
      tier: 'auto',
      poses: [{ t: 0, position: [1, 0, 0], orientation: [0, 0, 0, 1], occlusion: [0, 0, 0, 0, 0, 0, 0, 0] }],
      distance: { model: 'inverse', refDistance: 1, maxDistance: 10000, rolloffFactor: 1 },
      cone: { innerAngle: 360, outerAngle: 360, outerGain: 0 },
    }],
  });
});

test('a pose keeps what it leaves out, and quaternions are normalised', () => {
  const { listener } = parseScene(withValue(full(), ['listener', 'poses', 1, 'orientation'], [0, 1.005, 0, 0]));
  assert.deepEqual(listener.poses[1], { t: 2, position: [0, 1.6, 0], orientation: [0, 1, 0, 0] });
});

test('parsing changes nothing in an object that it is given', () => {
  const scene = full();
  parseScene(scene);
  assert.deepEqual(scene, full());
});

test('every unknown key, anywhere, is refused by its path', () => {
  for (const { path, value } of placesOf(full())) {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      const at = [...path, 'zzz'];
      const message = refusal(withValue(full(), at, 1));
      assert.ok(message.startsWith(`${written(at)} is not known; `), message);
    }
  }
});

test('a mistyped key is answered with the key that was meant', () => {
  const scene = full();
  const { doppler, ...rest } = scene.sources[0];
  assert.equal(refusal({ ...scene, sources: [{ ...rest, dopler: doppler }] }),
    'sources[0].dopler is not known; did you mean "doppler"?');
  assert.equal(refusal({ ...scene, samplerate: 1 }), 'samplerate is not known; did you mean "sampleRate"?');
  assert.match(refusal(JSON.parse('{"pinna":1,"__proto__":{"durationS":1}}')), /^__proto__ is not known/);
});

test('at every place a value of another kind is refused by its path and value', () => {
  const aliens = [null, 'NaN', true, -7.25, NaN, Infinity, -Infinity, [], {}, [[]], -1e300, 1e300, ''];
  let refused = 0;
  for (const { path } of placesOf(full())) {
    for (const alien of path.length === 0 ? [null, 'x', 3, []] : aliens) {
      const scene = path.length === 0 ? alien : withValue(full(), path, alien);
      const message = refusal(typeof scene === 'string' ? JSON.stringify(scene) : scene);
      if (message !== '') {
        refused++;
        // Of a quaternion, the whole is wrong.
        const whole = path.indexOf('orientation') + 1 || path.length;
        const named = path.length === 0 ? 'the scene' : written(path.slice(0, whole));
        assert.ok(message.startsWith(named) || message.startsWith('this is a scene of version'),
          `${named} = ${String(alien)}: ${message}`);
      }
    }
    for (const alien of [NaN, Infinity, [NaN], null]) {
      if (path.length > 0) {
        assert.notEqual(refusal(withValue(full(), path, alien)), '', `${written(path)} = ${String(alien)}`);
      }
    }
  }
  assert.ok(refused > 300, `${refused} refusals`);
});

test('every key that must be there is missed by name', () => {
  for (const [path, key] of [['the scene', 'pinna'], ['the scene', 'durationS'], ['the scene', 'sources']]) {
    const scene = /** @type {any} */ (least());
    delete scene[key];
    assert.equal(refusal(scene), `${path} has no "${key}"; add it`);
  }
  assert.equal(refusal(withValue(least(), ['sources', 0], { poses: [{ t: 0 }] })), 'sources[0] has no "audio"; add it');
  assert.equal(refusal(withValue(least(), ['sources', 0, 'poses', 0], { t: 0 })),
    'sources[0].poses[0] has no "position"; the first pose needs one');
});

/** @type {[string, (string | number)[], unknown, RegExp][]} */
const REFUSALS = [
  ['an unknown renderer', ['renderer'], 'wavenet',
    /^renderer is "wavenet"; it must be "hrtf", "default", "exact", "linn", "linn-dense" or "linn-fir"$/],
  ['a negative duration', ['durationS'], -1, /^durationS is -1; it must be more than 0$/],
  ['a rate that is too low', ['sampleRate'], 3000, /^sampleRate is 3000; it must be at least 8000$/],
  ['a broken rate', ['sampleRate'], 44100.5, /^sampleRate is 44100.5; it must be a whole number$/],
  ['a gain in words', ['sources', 0, 'gain'], 'loud', /^sources\[0\]\.gain is "loud"; it must be a finite number$/],
  ['a position that is no number', ['sources', 0, 'poses', 0, 'position', 1], NaN,
    /^sources\[0\]\.poses\[0\]\.position\[1\] is NaN; it must be a finite number$/],
  ['a position of two', ['sources', 0, 'poses', 0, 'position'], [1, 2],
    /^sources\[0\]\.poses\[0\]\.position has 2 entries; it must have 3$/],
  ['a soundfield of order 4', ['soundfields', 0, 'order'], 4, /^soundfields\[0\]\.order is 4; it must be at most 3$/],
  ['a soundfield with a place', ['soundfields', 0, 'poses', 0, 'position'], [1, 0, 0],
    /^soundfields\[0\]\.poses\[0\]\.position is not known/],
  ['a soundfield of a source\'s name', ['soundfields', 0, 'id'], 'voice',
    /^sources\[0\]\.id is "voice", as in soundfields\[0\]; ids must be distinct$/],
  ['an unknown distance model', ['sources', 0, 'distance', 'model'], 'log',
    /^sources\[0\]\.distance\.model is "log"; it must be "none", "linear", "inverse" or "exponential"$/],
  ['degrees for a quaternion', ['listener', 'poses', 0, 'orientation'], [0, 90, 0, 0],
    /^listener\.poses\[0\]\.orientation is \[0,90,0,0\]; it must be a unit quaternion x y z w, and its length is 90$/],
  ['a quaternion of zeros', ['listener', 'poses', 0, 'orientation'], [0, 0, 0, 0], /its length is 0$/],
  ['an inner cone wider than the outer', ['sources', 0, 'cone', 'innerAngle'], 200,
    /^sources\[0\]\.cone\.innerAngle is 200; it must be at most outerAngle, 120$/],
  ['an occlusion in words', ['sources', 0, 'occlusion'], 'wall',
    /^sources\[0\]\.occlusion is "wall"; it must be a finite number or a list \[\.\.\.\]$/],
  ['an occlusion of seven bands', ['sources', 0, 'poses', 1, 'occlusion'], [0, 0, 0, 0, 0, 0, 0],
    /^sources\[0\]\.poses\[1\]\.occlusion has 7 entries; it must have 8$/],
  ['a band beyond 1', ['sources', 0, 'directivity', 3], 1.5,
    /^sources\[0\]\.directivity\[3\] is 1\.5; it must be at most 1$/],
  ['an unknown directivity', ['sources', 0, 'directivity'], 'trumpet',
    /^sources\[0\]\.directivity is "trumpet"; it must be "omni" or "voice"$/],
  ['an unknown tier', ['sources', 0, 'tier'], 'best',
    /^sources\[0\]\.tier is "best"; it must be "auto", "exact" or "bulk"$/],
  ['times that go back', ['sources', 0, 'poses', 0, 't'], 6,
    /^sources\[0\]\.poses\[1\]\.t is 5 after 6; times must not go back$/],
  ['another version', ['pinna'], 2, /^this is a scene of version 2; this pinna reads version 1$/],
];

for (const [what, path, value, message] of REFUSALS) {
  test(`${what}: refused, with the reason`, () => assert.match(refusal(withValue(full(), path, value)), message));
}

test('a scene needs a source or a soundfield', () => {
  assert.match(refusal({ ...full(), sources: [], soundfields: [] }),
    /^sources has 0 entries; it must have at least 1, or soundfields must$/);
  const { sources, soundfields } = parseScene({ ...least(), sources: [], soundfields: [{ audio: 'a.wav' }] });
  assert.equal(sources.length, 0);
  assert.deepEqual(soundfields, [{ id: 'soundfield 1', audio: 'a.wav', order: 0, startS: 0, loop: false, gain: 1,
    headLocked: false, poses: [{ t: 0, position: [0, 0, 0], orientation: [0, 0, 0, 1] }] }]);
});

test('three poses at one time and two sources of one name are refused', () => {
  const pose = { t: 1, position: [0, 0, 0] };
  assert.match(refusal(withValue(full(), ['sources', 0, 'poses'], [pose, pose, pose])),
    /^sources\[0\]\.poses\[2\]\.t is 1 for the third time; /);
  assert.match(refusal(withValue(full(), ['sources', 1], full().sources[0])),
    /^sources\[1\]\.id is "voice", as in sources\[0\]; ids must be distinct$/);
});

test('text that is no JSON is refused with line and column', () => {
  assert.match(refusal('{\n  "pinna": 1,\n  "durationS": ,\n}'), /^not valid JSON at line 3, column 16 \(/);
  assert.match(refusal('{ "pinna": 1 } x'), /^not valid JSON at line 1, column 16 \(/);
  assert.match(refusal('{ "a": [1, 2 '), /^not valid JSON at line 1, column 14 \(/);
  assert.match(refusal('{ "a": "\n" }'), /^not valid JSON at line 1, column 8 \(/);
  assert.match(refusal(''), /^not valid JSON at line 1, column 1 \(/);
});

test('the place of a fault in JSON is never before what is sound nor behind what is not', () => {
  const text = JSON.stringify({ a: [1, -2.5e-3, true, { b: null, 'c"\\': 'x\u0001' }], d: {}, e: [] }, null, 1);
  assert.equal(faultIn(text), text.length);
  for (let cut = 0; cut < text.length; cut++) {
    const fault = faultIn(text.slice(0, cut));
    assert.ok(fault <= cut && JSON.parse(text) !== undefined);
    assert.ok(faultIn(`${text.slice(0, cut)}\u0002${text.slice(cut)}`) <= cut);
  }
});

test('the schema checker does not ignore words that it does not know', () => {
  assert.throws(() => checkAgainst('a', /** @type {any} */ ({ type: 'string', pattern: 'b' })), TypeError);
});

test('a suggestion is made for near words only', () => {
  assert.equal(nearestWord('durationS', ['durationS', 'sources']), 'durationS');
  assert.equal(nearestWord('soruces', ['durationS', 'sources']), 'sources');
  assert.equal(nearestWord('potato', ['durationS', 'sources']), undefined);
});
