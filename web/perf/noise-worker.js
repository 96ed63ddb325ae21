// SPDX-License-Identifier: MIT
/** The second thread of noise.js. */
import { stolenTime } from './stolen-time.js';

globalThis.onmessage = (/** @type {MessageEvent<number>} */ { data: forMs }) =>
  globalThis.postMessage(stolenTime(forMs));
