// SPDX-License-Identifier: MIT
/** Chromium, Chrome and Edge by the DevTools protocol, which needs no driver program. */
import { Program, findProgram, removeFolder, temporaryFolder } from './processes.js';
import { WAIT_MS, askUntil, asExpression, middleOf, valueOf } from './page-script.js';
import { connectCalls } from './remote-calls.js';

/** @typedef {import('./browsers.js').Browser} Browser */
/** @typedef {import('./browsers.js').Page} Page */
/** @typedef {import('./browsers.js').LaunchOptions} LaunchOptions */

const START_MS = 60000;

/** Where systems keep it. */
export const CHROMIUM_PLACES = Object.freeze(['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable',
  'microsoft-edge', '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  '/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe']);

/** @param {string} [given] */
export function findChromium(given) {
  return given ?? findProgram([process.env.CHROMIUM, ...CHROMIUM_PLACES]);
}

/** What a page must be like to be measured: not slowed because nobody looks at it. */
const FLAGS = Object.freeze(['--no-first-run', '--no-default-browser-check', '--remote-debugging-port=0',
  '--disable-background-timer-throttling', '--disable-renderer-backgrounding',
  '--disable-backgrounding-occluded-windows', '--disable-component-update', '--disable-sync', '--disable-extensions',
  '--password-store=basic', '--use-mock-keychain']);

/**
 * @param {LaunchOptions & { program: string }} options
 * @returns {Promise<Browser>}
 */
export async function launchChromium({ program, window, autoplay = true, args = [], env }) {
  const folder = temporaryFolder('chromium');
  const child = new Program(program, [
    // Without a window there may be no GPU either: WebGL is then drawn in software, which it wants to be told.
    ...FLAGS, `--user-data-dir=${folder}`, ...(window ? [] : ['--headless=new', '--enable-unsafe-swiftshader']),
    // Its sandbox does not start as root, and a container has no other user.
    ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
    ...(autoplay ? ['--autoplay-policy=no-user-gesture-required'] : []), ...args, 'about:blank',
  ], env);
  const stop = async () => {
    await child.end();
    removeFolder(folder);
  };
  try {
    const calls = await connectCalls(await child.started(/DevTools listening on (ws:\S+)/, START_MS));
    const { product } = await calls.call('Browser.getVersion');
    const [, name, version] = /^(?:Headless)?(.*)\/(.*)$/.exec(product) ?? [null, 'Chromium', product];
    /** @type {Set<Page>} */
    const pages = new Set();
    return {
      kind: 'chromium', name: name === 'Chrome' && /chromium/.test(program) ? 'Chromium' : name, version,
      newPage: async (wishes) => {
        const page = await newPage(calls, wishes);
        pages.add(page);
        return page;
      },
      close: async () => {
        await Promise.race([
          calls.call('Browser.close').catch(() => {
            // It may end before it answers.
          }),
          new Promise((resolve) => setTimeout(resolve, 2000)),
        ]);
        calls.close();
        await stop();
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * @param {import('./remote-calls.js').RemoteCalls} calls
 * @param {import('./browsers.js').PageOptions} [options]
 * @returns {Promise<Page>}
 */
async function newPage(calls, { width = 1280, height = 800, dark, script, tolerate } = {}) {
  const { browserContextId } = await calls.call('Target.createBrowserContext', { disposeOnDetach: true });
  const { targetId } = await calls.call('Target.createTarget', { url: 'about:blank', browserContextId });
  const { sessionId } = await calls.call('Target.attachToTarget', { targetId, flatten: true });
  let crash = () => {};
  /** @type {Promise<never>} what a page that crashed never answers is told at once */
  const crashed = new Promise((_, reject) => {
    crash = () => reject(new Error('the page crashed'));
  });
  crashed.catch(() => {
    // Told to whoever asks.
  });
  const call = (/** @type {string} */ method, /** @type {object} */ params = {}) =>
    Promise.race([crashed, calls.call(method, params, sessionId)]);
  /** @type {string[]} */
  const complaints = [];
  const complain = (/** @type {string} */ text) => {
    if (!tolerate?.test(text)) {
      complaints.push(text);
    }
  };
  let loaded = () => {};
  const endings = [
    on('Runtime.consoleAPICalled', ({ type, args }) => {
      if (['error', 'warning', 'assert'].includes(type)) {
        const texts = args.map((/** @type {any} */ arg) => arg.value ?? arg.description ?? arg.type);
        complain(`${type}: ${texts.join(' ')}`);
      }
    }),
    on('Log.entryAdded', ({ entry }) => {
      if (entry.level === 'error' || entry.level === 'warning') {
        complain(`${entry.level}: ${entry.text}${entry.url ? ` (${entry.url})` : ''}`);
      }
    }),
    on('Runtime.exceptionThrown', ({ exceptionDetails: { text, exception } }) => {
      complain(`uncaught: ${exception?.description ?? `${text} ${exception?.value ?? ''}`}`);
    }),
    on('Inspector.targetCrashed', () => {
      complain('crash: the page crashed');
      crash();
    }),
    on('Page.loadEventFired', () => loaded()),
  ];
  /** @param {string} method @param {(params: any) => void} listener */
  function on(method, listener) {
    return calls.on(method, (params, session) => {
      if (session === sessionId) {
        listener(params);
      }
    });
  }
  const resize = (/** @type {number} */ wide, /** @type {number} */ high) =>
    call('Emulation.setDeviceMetricsOverride', { width: wide, height: high, deviceScaleFactor: 1, mobile: false });
  await Promise.all([call('Page.enable'), call('Runtime.enable'), call('Log.enable')]);
  await resize(width, height);
  if (dark !== undefined) {
    await call('Emulation.setEmulatedMedia',
      { features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }] });
  }
  if (script) {
    await call('Page.addScriptToEvaluateOnNewDocument', { source: script });
  }
  /** @type {Page['evaluate']} */
  const evaluate = async (code, ...args) => {
    const { result } = await call('Runtime.evaluate',
      { expression: asExpression(code, args), awaitPromise: true, returnByValue: true });
    return valueOf(result.value);
  };
  return {
    complaints: async () => [...complaints],
    goto: async (url) => {
      const load = new Promise((resolve, reject) => {
        const limit = setTimeout(() => reject(new Error(`${url} did not load in ${WAIT_MS / 1000} s`)), WAIT_MS);
        loaded = () => {
          clearTimeout(limit);
          resolve(undefined);
        };
      });
      load.catch(() => {
        // Told below, unless navigating itself fails.
      });
      const { errorText } = await call('Page.navigate', { url });
      if (errorText) {
        loaded();
        throw new Error(`${url}: ${errorText}`);
      }
      await load;
    },
    evaluate,
    waitFor: (code, limitMs = WAIT_MS, ...args) => askUntil(() => evaluate(code, ...args), String(code), limitMs),
    click: async (selector) => {
      const [x, y] = await evaluate(middleOf, selector);
      const mouse = { x, y, button: 'left', clickCount: 1 };
      await call('Input.dispatchMouseEvent', { type: 'mouseMoved', x, y });
      await call('Input.dispatchMouseEvent', { type: 'mousePressed', buttons: 1, ...mouse });
      await call('Input.dispatchMouseEvent', { type: 'mouseReleased', ...mouse });
    },
    resize,
    screenshot: async ({ whole = false } = {}) => {
      const { data } = await call('Page.captureScreenshot', { format: 'png', captureBeyondViewport: whole,
        ...(whole ? { clip: await evaluate(() => ({ x: 0, y: 0, scale: 1,
          width: document.documentElement.scrollWidth, height: document.documentElement.scrollHeight })) } : {}) });
      return Buffer.from(data, 'base64');
    },
    close: async () => {
      endings.forEach((end) => end());
      await calls.call('Target.closeTarget', { targetId });
      await calls.call('Target.disposeBrowserContext', { browserContextId });
    },
  };
}
