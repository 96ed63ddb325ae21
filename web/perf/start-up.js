// SPDX-License-Identifier: MIT
/** How long it takes from the first request for a module to the first sound, in a page that has nothing of pinna. */

const LIMIT_MS = 30000;

/**
 * Parts of the time in milliseconds: fetching and evaluating modules; making the context, fetching and compiling the
 * engine and building the head in the worklet; and until the first sample leaves the engine. `outputMs` is what the
 * browser reports from there to the ear, and is not in the total.
 *
 * @typedef {{ modulesMs: number, engineMs: number, soundMs: number, totalMs: number, outputMs: number }} StartUpTimes
 */

/**
 * @typedef {object} StartUp
 * @property {number} runs
 * @property {StartUpTimes} least   the run with the least total
 * @property {number} medianMs      of the totals
 */

/**
 * @param {object} wishes
 * @param {number} wishes.runs
 * @param {object} wishes.options  of createPinna, as plain data
 * @param {(fraction: number, text: string) => void} wishes.onProgress
 * @returns {Promise<StartUp>}
 */
export async function measureStartUp({ runs, options, onProgress }) {
  /** @type {StartUpTimes[]} */
  const all = [];
  for (let run = 0; run < runs; run++) {
    onProgress(run / runs, `start ${run + 1} of ${runs}`);
    all.push(await startInFrame(options));
  }
  all.sort((a, b) => a.totalMs - b.totalMs);
  return { runs, least: all[0], medianMs: all[runs >> 1].totalMs };
}

/** @param {object} options @returns {Promise<StartUpTimes>} */
async function startInFrame(options) {
  const frame = document.createElement('iframe');
  frame.src = String(new URL('./start-up.html', import.meta.url));
  frame.title = 'measures how pinna starts';
  frame.allow = 'autoplay';
  frame.tabIndex = -1;
  frame.style.cssText = 'position: fixed; width: 1px; height: 1px; border: 0; opacity: 0; pointer-events: none';
  try {
    return await new Promise((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error('the frame did not answer')), LIMIT_MS);
      const listen = (/** @type {MessageEvent} */ event) => {
        if (event.source !== frame.contentWindow) {
          return;
        }
        const { startUpReady, startUp, startUpError } = event.data ?? {};
        if (startUpReady) {
          frame.contentWindow?.postMessage({ begin: true, options }, location.origin);
        } else if (startUp || startUpError) {
          clearTimeout(limit);
          removeEventListener('message', listen);
          if (startUp) {
            resolve(startUp);
          } else {
            reject(new Error(startUpError));
          }
        }
      };
      addEventListener('message', listen);
      document.body.append(frame);
    });
  } finally {
    frame.remove();
  }
}
