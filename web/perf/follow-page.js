// SPDX-License-Identifier: MIT
/** The check in one page that Node drives: started, followed, and left when it is done, crashes or hangs. */

/** @typedef {import('./check.js').BrowserResult} BrowserResult */
/** @typedef {import('./check.js').Progress} Progress */
/** @typedef {import('./drivers/browsers.js').Page} Page */

const POLL_MS = 250;

/** A question of before a crash may never be answered, where one of after it is refused at once. */
const ASK_ANEW_MS = 5000;

/** A page that is asked to end and does not say so is ended. */
const CANCEL_MS = 2000;

/** The check was cancelled from outside. */
export class CheckCancelledError extends Error {
  constructor() {
    super('cancelled');
    this.name = 'CheckCancelledError';
  }
}

/** @param {number} ms */
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * The first answer to a question that is repeated while nobody answers; what is in the way when it is refused twice.
 *
 * @template T
 * @param {() => Promise<T>} ask
 * @param {number} limitMs
 * @param {string} late  what is said when nobody answered within the limit
 * @returns {Promise<T>}
 */
function answerWithin(ask, limitMs, late) {
  return new Promise((resolve, reject) => {
    /** @type {NodeJS.Timeout[]} */
    const timers = [];
    const end = (/** @type {() => void} */ how) => {
      timers.forEach(clearTimeout);
      how();
    };
    /** @type {string[]} */
    const refusals = [];
    const askOnce = () => ask().then((answer) => end(() => resolve(answer)), (error) => {
      refusals.push(error.message.split('\n', 1)[0].replace(/[:. ]*$/, ''));
      if (refusals.length > 1) {
        end(() => reject(new Error([...new Set(refusals)].join(', then: '))));
      } else {
        // A connection may stumble; and the second refusal often says better what became of the page.
        timers.push(setTimeout(askOnce, POLL_MS));
      }
    });
    timers.push(setInterval(askOnce, ASK_ANEW_MS), setTimeout(() =>
      end(() => reject(new Error(late))), limitMs));
    askOnce();
  });
}

/**
 * Follows a check to its end.
 *
 * @param {Page} page
 * @param {string} url
 * @param {object} wishes  of runCheck, as plain data
 * @param {object} options
 * @param {(stage: Progress['stage'] | undefined) => number} options.silentMs  after which a stage hangs
 * @param {(progress: Progress) => void} [options.onProgress]
 * @param {AbortSignal} [options.signal]
 * @returns {Promise<{ soFar: BrowserResult | null, progress: Progress | null, broken: string | null }>}  what was
 *   measured, where it was last, and why it ended there; null = it is done
 * @throws {CheckCancelledError}
 */
export async function followPage(page, url, wishes, { silentMs, onProgress, signal }) {
  /** @type {BrowserResult | null} */
  let soFar = null;
  /** @type {Progress | null} */
  let progress = null;
  try {
    await page.goto(url);
    await page.waitFor('globalThis.pinnaPerf !== undefined');
    ({ soFar, progress } = await page.evaluate((/** @type {any} */ given) =>
      /** @type {any} */ (globalThis).pinnaPerf.start(given), wishes));
    let said = '';
    let heardAt = Date.now();
    for (;;) {
      if (signal?.aborted) {
        const refused = () => {
          // Its browser is ended anyway.
        };
        await Promise.race([page.evaluate('globalThis.pinnaPerf.cancel()').catch(refused), sleep(CANCEL_MS)]);
        throw new CheckCancelledError();
      }
      const limitMs = silentMs(progress?.stage);
      const late = `nothing was heard of it for ${limitMs / 1000} s`;
      const state = await answerWithin(() => page.evaluate('globalThis.pinnaPerf.state()'),
        Math.max(1, heardAt + limitMs - Date.now()), late);
      soFar = state.result ?? state.soFar ?? soFar;
      progress = state.progress ?? progress;
      if (state.result) {
        return { soFar, progress, broken: null };
      }
      if (state.error) {
        throw new Error(state.error);
      }
      const says = JSON.stringify(progress);
      if (says !== said) {
        said = says;
        heardAt = Date.now();
      }
      if (Date.now() - heardAt > limitMs) {
        throw new Error(late);
      }
      if (progress) {
        onProgress?.(progress);
      }
      await sleep(POLL_MS);
    }
  } catch (error) {
    if (error instanceof CheckCancelledError) {
      throw error;
    }
    return { soFar, progress, broken: error instanceof Error ? error.message : String(error) };
  }
}
