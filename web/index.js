// SPDX-License-Identifier: MIT
/** pinna: binaural sound from moving sources, in an AudioWorklet. Importing it does nothing. */
export { createPinna } from './create.js';
export { Pinna } from './pinna.js';
export { ambisonicGains } from './ambisonics.js';
export { PinnaError } from './errors.js';
export { PinnaListener } from './listener.js';
export { unlock } from './media/unlock.js';
export { PinnaSource } from './source.js';

/** @typedef {import('./soundfield.js').PinnaSoundfield} PinnaSoundfield */
/** @typedef {import('./pinna.js').PinnaOptions} PinnaOptions */
/** @typedef {import('./pinna.js').PinnaStats} PinnaStats */
/** @typedef {import('./pinna.js').PinnaState} PinnaState */
/** @typedef {import('./error-event.js').PinnaErrorEvent} PinnaErrorEvent */
/** @typedef {import('./pinna.js').RendererName} RendererName */
/** @typedef {import('./pinna.js').HeadLike} HeadLike */
/** @typedef {import('./pinna.js').HeadProgress} HeadProgress */
/** @typedef {import('./pinna.js').HeadReport} HeadReport */
/** @typedef {import('./errors.js').PinnaErrorCode} PinnaErrorCode */
/** @typedef {import('./equalizer.js').EqualizerSection} EqualizerSection */
/** @typedef {import('./equalizer.js').Timbre} Timbre */
/** @typedef {import('./listener.js').PoseOptions} PoseOptions */
/** @typedef {import('./source.js').SourceOptions} SourceOptions */
/** @typedef {import('./soundfield.js').SoundfieldOptions} SoundfieldOptions */
/** @typedef {import('./adapters/xr.js').XRAttachment} XRAttachment */
/** @typedef {import('./heads/report-baked.js').Baking} Baking */
/** @typedef {import('./media/unlock.js').UnlockOptions} UnlockOptions */
/** @typedef {import('./shared/physics.js').Bands} Bands */
/** @typedef {import('./validate.js').QuaternionLike} QuaternionLike */
/** @typedef {import('./validate.js').Vector3Like} Vector3Like */
