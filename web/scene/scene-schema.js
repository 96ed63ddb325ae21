// SPDX-License-Identifier: MIT
/**
 * The scene file, version 1, as a JSON Schema (draft 2020-12): the one description that the parser obeys.
 *
 * `scene.schema.json` beside it is this object written out, for editors and other languages; a test keeps them equal.
 * What a schema cannot say (unit quaternions, times in order, distinct ids) is checked in `scene-file.js`.
 */

import { TIMBRES } from '../equalizer.js';
import { BAND_HZ, DIRECTIVITIES } from '../shared/physics.js';
import { TIERS } from '../shared/scene-writer.js';

/** @typedef {import('./schema-check.js').Schema} Schema */

/**
 * Renderers that exist. `default` is whichever is best for most scenes: today `hrtf`. `linn`: LINN-F, a network in the
 * place of the head. `linn-dense`, `linn-fir`: the dense LINN on short-time spectra, and as short filters. `exact` is
 * the reference, for the command line only.
 */
export const RENDERERS = ['hrtf', 'default', 'exact', 'linn', 'linn-dense', 'linn-fir'];

/** @type {Schema} */
const position = {
  description: 'x y z in metres: +x right, +y up, -z ahead.',
  type: 'array',
  items: { type: 'number', minimum: -1e6, maximum: 1e6 },
  minItems: 3,
  maxItems: 3,
};

/** @type {Schema} */
const orientation = {
  description: 'Unit quaternion x y z w; a listener looks, and a source emits, along its own -z.',
  type: 'array',
  items: { type: 'number' },
  minItems: 4,
  maxItems: 4,
};

/** @type {Schema} */
const amount = { type: 'number', minimum: 0, maximum: 1 };

/** @type {Schema} */
const amounts = {
  description: `Octave bands: ${BAND_HZ.join(', ')} Hz.`,
  type: 'array',
  items: amount,
  minItems: BAND_HZ.length,
  maxItems: BAND_HZ.length,
};

/** @type {Schema} */
const occlusion = {
  description: 'What stands between it and the listener. A number: 0 = nothing, 1 = no sound gets past, 0.5 = half ' +
    'of the amplitude at 1 kHz, more of it below and less above. Eight numbers: what is taken of each octave band.',
  anyOf: [amount, amounts],
};

/** @type {Schema} */
const poses = {
  description: 'Where, when: positions interpolate linearly, orientations by slerp; before the first pose and after ' +
    'the last it holds still. Two poses at one time are a jump.',
  type: 'array',
  minItems: 1,
  items: {
    description: 'What a pose leaves out is as in the pose before it.',
    type: 'object',
    additionalProperties: false,
    required: ['t'],
    properties: {
      t: { description: 'Seconds from the start of the scene.', type: 'number', minimum: 0, maximum: 1e6 },
      position,
      orientation,
    },
  },
};

/** @type {Schema} */
const sourcePoses = {
  ...poses,
  items: {
    .../** @type {Schema} */ (poses.items),
    properties: {
      .../** @type {Schema} */ (poses.items).properties,
      occlusion: { ...occlusion, description: 'As of the source; interpolates linearly, band by band.' },
    },
  },
};

/** @type {Schema} */
const distance = {
  description: 'How level falls with distance, with the names and formulas of Web Audio; "none" leaves it alone.',
  type: 'object',
  additionalProperties: false,
  default: {},
  properties: {
    model: { enum: ['none', 'linear', 'inverse', 'exponential'], default: 'inverse' },
    refDistance: { description: 'Metres.', type: 'number', minimum: 0, maximum: 1e6, default: 1 },
    maxDistance: {
      description: 'Metres.',
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 1e6,
      default: 10000,
    },
    rolloffFactor: { type: 'number', minimum: 0, maximum: 1000, default: 1 },
  },
};

/** @type {Schema} */
const cone = {
  description: 'Directivity as in Web Audio: full level inside the inner angle, outerGain outside the outer one.',
  type: 'object',
  additionalProperties: false,
  default: {},
  properties: {
    innerAngle: {
      description: 'Degrees, the full angle.',
      type: 'number',
      minimum: 0,
      maximum: 360,
      default: 360,
    },
    outerAngle: {
      description: 'Degrees, the full angle.',
      type: 'number',
      minimum: 0,
      maximum: 360,
      default: 360,
    },
    outerGain: { description: 'Linear.', type: 'number', minimum: 0, maximum: 1, default: 0 },
  },
};

/** @type {Schema} */
const source = {
  type: 'object',
  additionalProperties: false,
  required: ['audio', 'poses'],
  properties: {
    id: {
      description: 'A name of your choice, distinct; "source 1" and so on if left out.',
      type: 'string',
      minLength: 1,
    },
    audio: {
      description: 'A WAV file, relative to the scene file; several channels become their mean.',
      type: 'string',
      minLength: 1,
    },
    startS: {
      description: 'When its sound starts, in seconds.',
      type: 'number',
      minimum: 0,
      maximum: 1e6,
      default: 0,
    },
    loop: { description: 'Repeat the sound to the end of the scene.', type: 'boolean', default: false },
    gain: { description: 'Linear.', type: 'number', minimum: -1000, maximum: 1000, default: 1 },
    headLocked: {
      description: 'Its poses are relative to the head and move with it.',
      type: 'boolean',
      default: false,
    },
    doppler: {
      description: 'Delay it by distance / (343 m/s), which is heard as Doppler shift when that changes.',
      type: 'boolean',
      default: false,
    },
    nearField: {
      description: 'Nearer than the head was measured (1.4 m), its shadow grows and each ear sees the source ' +
        'elsewhere.',
      type: 'boolean',
      default: false,
    },
    air: {
      description: 'Air swallows high frequencies over distance: ISO 9613-1 at 20 degrees and 50 % humidity.',
      type: 'boolean',
      default: false,
    },
    occlusion: { ...occlusion, default: 0 },
    directivity: {
      description: 'Where it emits around its -z: 0 = everywhere, 0.5 = a cardioid, 1 = a figure of eight, as one ' +
        'number or one for each octave band; or by name.',
      anyOf: [{ enum: Object.keys(DIRECTIVITIES) }, amount, amounts],
      default: 'omni',
    },
    directivityPower: {
      description: 'Narrows the directivity: the pattern to this power.',
      type: 'number',
      exclusiveMinimum: 0,
      maximum: 16,
      default: 1,
    },
    radius: {
      description: 'Metres: it fills a ball of this size and is heard as wide as that; 0 = a point.',
      type: 'number',
      minimum: 0,
      maximum: 1e6,
      default: 0,
    },
    tier: {
      description: 'How it is rendered: "exact" with filters of its own, "bulk" mixed from shared ones, "auto" by ' +
        'what there is room for.',
      enum: Object.keys(TIERS),
      default: 'auto',
    },
    poses: sourcePoses,
    distance,
    cone,
  },
};

const { id, startS, loop, gain } = /** @type {Record<string, Schema>} */ (source.properties);

/** @type {Schema} */
const soundfield = {
  type: 'object',
  additionalProperties: false,
  required: ['audio'],
  properties: {
    id: { ...id, description: 'A name of your choice, distinct; "soundfield 1" and so on if left out.' },
    audio: {
      description: 'A WAV file, relative to the scene file: AmbiX, 4, 9 or 16 channels in ACN order with SN3D norm.',
      type: 'string',
      minLength: 1,
    },
    order: {
      description: 'That is rendered: the file\'s, or a lower one, which leaves channels away; 0 = the file\'s.',
      type: 'integer',
      minimum: 0,
      maximum: 3,
      default: 0,
    },
    startS,
    loop,
    gain,
    headLocked: {
      description: 'It turns with the head.',
      type: 'boolean',
      default: false,
    },
    poses: {
      ...poses,
      description: 'How it is turned, when; not turned, its X is ahead (-z), its Y left (-x), its Z up (+y).',
      default: [{ t: 0 }],
      items: {
        .../** @type {Schema} */ (poses.items),
        properties: {
          t: /** @type {Record<string, Schema>} */ (/** @type {Schema} */ (poses.items).properties).t,
          orientation: { ...orientation, description: 'Unit quaternion x y z w.' },
        },
      },
    },
  },
};

/** @type {Schema & { $schema: string, title: string }} */
export const SCENE_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'pinna scene, version 1',
  type: 'object',
  additionalProperties: false,
  required: ['pinna', 'durationS', 'sources'],
  properties: {
    $schema: { description: 'For editors.', type: 'string' },
    pinna: { description: 'Version of this format.', const: 1 },
    sampleRate: {
      description: 'Hz, of the rendered file.',
      type: 'integer',
      minimum: 8000,
      maximum: 192000,
      default: 48000,
    },
    durationS: { description: 'Seconds to render.', type: 'number', exclusiveMinimum: 0, maximum: 1e6 },
    renderer: { enum: RENDERERS, default: 'default' },
    hrtf: {
      description: '"default", or a baked .safetensors or a .sofa file, relative to the scene file.',
      type: 'string',
      minLength: 1,
      default: 'default',
    },
    model: {
      description: '"default", or the network of linn, linn-dense or linn-fir: a .safetensors file, relative to the ' +
        'scene file.',
      type: 'string',
      minLength: 1,
      default: 'default',
    },
    gain: { description: 'Linear, of the sum.', type: 'number', minimum: -1000, maximum: 1000, default: 1 },
    limiter: { description: 'Soft limiter on the sum.', type: 'boolean', default: false },
    timbre: {
      description: 'Of the heads that ship with pinna: "natural", even as headphones expect it, or "measured", as it ' +
        'was in the measured ear. Without it pages are natural, and the command line, which measures, is not.',
      enum: TIMBRES,
    },
    listener: {
      type: 'object',
      additionalProperties: false,
      required: ['poses'],
      default: { poses: [{ t: 0 }] },
      properties: { poses },
    },
    sources: { type: 'array', maxItems: 4096, items: source },
    soundfields: {
      description: 'Ambisonic sound around the listener.',
      type: 'array',
      maxItems: 64,
      default: [],
      items: soundfield,
    },
  },
};
