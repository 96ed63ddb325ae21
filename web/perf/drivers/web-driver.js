// SPDX-License-Identifier: MIT
/**
 * Any browser behind a W3C WebDriver endpoint: WebKitGTK's, safaridriver, chromedriver, geckodriver, a grid, a farm.
 *
 * The protocol is the Recommendation of 2018 and nothing beyond it. It tells nothing of the console: pages that bring
 * hear-console.js along are asked what it heard.
 */
import { WAIT_MS, askUntil, asExpression, valueOf } from './page-script.js';

/** @typedef {import('./browsers.js').Browser} Browser */
/** @typedef {import('./browsers.js').Page} Page */

/** A farm may take minutes to find a device. */
const SESSION_MS = 300000;
const ANSWER_MS = 120000;

/** To a session that is given back; a browser that hangs keeps none waiting longer. */
const GOODBYE_MS = 20000;

/** The key of element references in the protocol. */
const ELEMENT = 'element-6066-11e4-a52e-4f735466cecf';

/** How often a window is asked anew for a size that its page did not get. */
const RESIZE_TRIES = 6;

/** An error that the endpoint told, or that it cannot be reached. */
export class WebDriverError extends Error {
  /** @param {string} message @param {string} code  of the protocol; 'unreachable' when nobody answered */
  constructor(message, code) {
    super(message);
    this.name = 'WebDriverError';
    this.code = code;
  }
}

/**
 * @param {string} endpoint
 * @param {string} method
 * @param {string} path
 * @param {object} [body]
 * @param {number} [limitMs]
 * @returns {Promise<any>}
 */
export async function webDriverCall(endpoint, method, path, body, limitMs = ANSWER_MS) {
  const url = new URL(endpoint);
  const credentials = url.username && `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  url.username = '';
  url.password = '';
  const shown = String(url).replace(/\/$/, '');
  let response;
  let text;
  try {
    response = await fetch(`${shown}${path}`, {
      method, signal: AbortSignal.timeout(limitMs),
      headers: {
        'content-type': 'application/json; charset=utf-8',
        ...(credentials ? { authorization: `Basic ${Buffer.from(credentials).toString('base64')}` } : {}),
      },
      body: method === 'POST' ? JSON.stringify(body ?? {}) : undefined,
    });
    text = await response.text();
  } catch (error) {
    const { cause, message } = /** @type {Error & { cause?: { code?: string } }} */ (error);
    throw new WebDriverError(`${shown} does not answer (${cause?.code ?? message})`, 'unreachable');
  }
  let answer;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new WebDriverError(`${shown}${path} answered ${response.status} and no JSON: is it a WebDriver endpoint?`,
      'unreachable');
  }
  if (!response.ok || answer.value?.error) {
    throw new WebDriverError(`${answer.value?.error ?? response.status}: ` +
      `${answer.value?.message ?? response.statusText}`.split('\n', 1)[0], answer.value?.error ?? 'unknown error');
  }
  return answer.value;
}

/**
 * @param {object} options
 * @param {string} options.endpoint  http://host:port, with a path and credentials if it has any
 * @param {object} options.capabilities  that must be matched
 * @param {import('./browsers.js').BrowserKind} [options.kind]
 * @param {() => Promise<void>} [options.stop]  ends what was started for it
 * @returns {Promise<Browser>}
 */
export async function connectWebDriver({ endpoint, capabilities: wishes, kind, stop }) {
  const { sessionId, capabilities } = await webDriverCall(endpoint, 'POST', '/session',
    { capabilities: { alwaysMatch: wishes } }, SESSION_MS);
  const call = (/** @type {string} */ method, /** @type {string} */ path, /** @type {object} */ body = {}) =>
    webDriverCall(endpoint, method, `/session/${sessionId}${path}`, body);
  await call('POST', '/timeouts', { script: ANSWER_MS - 10000, pageLoad: WAIT_MS });
  const name = String(capabilities.browserName ?? 'browser');
  let opened = false;
  return {
    kind: kind ?? kindOf(name), name, version: String(capabilities.browserVersion ?? ''),
    platform: capabilities.platformName ? String(capabilities.platformName) : undefined,
    newPage: async (options = {}) => {
      if (options.script || options.dark !== undefined) {
        throw new Error(`${name} is driven by classic WebDriver, which has no scripts before a page's own, and no ` +
          'colour schemes');
      }
      if (opened) {
        const { handle } = await call('POST', '/window/new', { type: 'tab' });
        await call('POST', '/window', { handle });
      }
      opened = true;
      return newPage(call, options);
    },
    close: async () => {
      try {
        await webDriverCall(endpoint, 'DELETE', `/session/${sessionId}`, undefined, GOODBYE_MS);
      } finally {
        await stop?.();
      }
    },
  };
}

/** @param {string} name @returns {import('./browsers.js').BrowserKind} */
function kindOf(name) {
  if (/chrom|edge/i.test(name)) {
    return 'chromium';
  }
  return /firefox/i.test(name) ? 'firefox' : /safari|webkit|minibrowser|epiphany/i.test(name) ? 'webkit' : 'other';
}

/**
 * The page's size in pixels once it stays the same: a window manager takes its time.
 * @param {Page['evaluate']} evaluate
 * @returns {Promise<number[]>}
 */
async function settledSize(evaluate) {
  let size = [0, 0];
  for (let same = 0, readings = 0; same < 3 && readings < 40; readings++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const now = await evaluate(() => [innerWidth, innerHeight]);
    same = now[0] === size[0] && now[1] === size[1] ? same + 1 : 0;
    size = now;
  }
  return size;
}

/**
 * @param {(method: string, path: string, body?: object) => Promise<any>} call
 * @param {import('./browsers.js').PageOptions} options
 * @returns {Promise<Page>}
 */
async function newPage(call, { width, height, tolerate }) {
  /** @type {string[]} */
  let heard = [];
  /** @type {Page['evaluate']} */
  const evaluate = async (code, ...args) => valueOf(await call('POST', '/execute/async', {
    script: `const done = arguments[arguments.length - 1]; ${asExpression(code, args)}.then(done);`, args: [],
  }));
  /** @type {Page['resize']} */
  const resize = async (wide, high) => {
    // The protocol sizes windows, and answers before the page has its size: what is around the page is added once the
    // size has settled, again where a reading was of a moment on the way.
    let [outerWide, outerHigh] = [wide, high];
    for (let tries = 0; ; tries++) {
      await call('POST', '/window/rect', { width: outerWide, height: outerHigh });
      const [innerWide, innerHigh] = await settledSize(evaluate);
      if (innerWide === wide && innerHigh === high) {
        return;
      }
      if (tries === RESIZE_TRIES) {
        throw new Error(`this browser's window shows ${innerWide} x ${innerHigh} pixels at the nearest to ${wide} x ` +
          `${high}`);
      }
      outerWide = Math.max(1, outerWide + wide - innerWide);
      outerHigh = Math.max(1, outerHigh + high - innerHigh);
    }
  };
  if (width && height) {
    await resize(width, height).catch(() => {
      // Phones and some farms have no windows to size.
    });
  }
  return {
    complaints: async () => {
      const now = await evaluate('globalThis.pinnaHeard ?? null');
      if (now === null) {
        throw new Error('classic WebDriver does not hear the console: serve the page with hear-console.js in it');
      }
      return [...heard, ...now].filter((text) => !tolerate?.test(text));
    },
    goto: async (url) => {
      heard = [...heard, ...await evaluate('globalThis.pinnaHeard ?? []')];
      await call('POST', '/url', { url });
    },
    evaluate,
    waitFor: (code, limitMs = WAIT_MS, ...args) => askUntil(() => evaluate(code, ...args), String(code), limitMs),
    click: async (selector) => {
      const element = await call('POST', '/element', { using: 'css selector', value: selector });
      await call('POST', `/element/${element[ELEMENT]}/click`);
    },
    resize,
    screenshot: async () => Buffer.from(await call('GET', '/screenshot'), 'base64'),
    close: async () => {
      const handles = await call('GET', '/window/handles');
      if (handles.length > 1) {
        await call('DELETE', '/window');
        await call('POST', '/window', { handle: (await call('GET', '/window/handles'))[0] });
      } else {
        await call('POST', '/url', { url: 'about:blank' });
      }
    },
  };
}
