// SPDX-License-Identifier: MIT
/** pinna/panner: PannerNode and AudioListener, rendered by pinna. Importing it does nothing. */
export { installPanner } from './install.js';
export { PinnaAudioListener, listenerOf } from './listener.js';
export { flushPanners } from './mixes.js';
export { PinnaPannerNode, createPanner } from './panner.js';
