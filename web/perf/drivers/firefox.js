// SPDX-License-Identifier: MIT
/** Firefox by the WebDriver BiDi that it speaks itself: no geckodriver is needed. */
import fs from 'node:fs';
import path from 'node:path';
import { Program, findProgram, removeFolder, temporaryFolder } from './processes.js';
import { WAIT_MS, askUntil, asExpression, middleOf, valueOf } from './page-script.js';
import { connectCalls } from './remote-calls.js';

/** @typedef {import('./browsers.js').Browser} Browser */
/** @typedef {import('./browsers.js').Page} Page */
/** @typedef {import('./browsers.js').LaunchOptions} LaunchOptions */

const START_MS = 60000;

export const FIREFOX_PLACES = Object.freeze(['firefox', 'firefox-esr',
  '/Applications/Firefox.app/Contents/MacOS/firefox', 'C:\\Program Files\\Mozilla Firefox\\firefox.exe']);

/** @param {string} [given] */
export function findFirefox(given) {
  return given ?? findProgram([process.env.FIREFOX, ...FIREFOX_PLACES]);
}

/** No first-run pages, no reports, no updates, no network but the pages'. */
const PREFERENCES = Object.freeze({
  'app.normandy.enabled': false,
  'app.update.disabledForTesting': true,
  'browser.aboutwelcome.enabled': false,
  'browser.newtabpage.enabled': false,
  'browser.safebrowsing.downloads.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
  'browser.sessionstore.resume_from_crash': false,
  'browser.shell.checkDefaultBrowser': false,
  'browser.startup.page': 0,
  'browser.tabs.warnOnClose': false,
  'datareporting.healthreport.uploadEnabled': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'dom.disable_open_during_load': false,
  'extensions.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'services.settings.server': 'data:,#remote-settings-dummy/v1',
  'toolkit.telemetry.enabled': false,
});

/**
 * @param {LaunchOptions & { program: string }} options
 * @returns {Promise<Browser>}
 */
export async function launchFirefox({ program, window, autoplay = true, args = [], env, preferences = {} }) {
  const folder = temporaryFolder('firefox');
  const all = { ...PREFERENCES,
    ...(autoplay ? { 'media.autoplay.default': 0, 'media.autoplay.blocking_policy': 0 } : {}), ...preferences };
  fs.writeFileSync(path.join(folder, 'user.js'), Object.entries(all).map(([name, value]) =>
    `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`).join(''));
  const child = new Program(program, ['--profile', folder, '--no-remote', '--remote-debugging-port=0',
    ...(window ? [] : ['--headless']), ...args, 'about:blank'], env);
  const stop = async () => {
    await child.end();
    removeFolder(folder);
  };
  try {
    const url = await child.started(/WebDriver BiDi listening on (ws:\S+)/, START_MS);
    const calls = await connectCalls(`${url}/session`);
    const { capabilities } = await calls.call('session.new', { capabilities: {} });
    await calls.call('session.subscribe', { events: ['log.entryAdded', 'network.responseCompleted',
      'network.fetchError', 'browsingContext.load'] });
    return {
      kind: 'firefox', name: 'Firefox', version: capabilities.browserVersion,
      newPage: (wishes) => newPage(calls, wishes),
      close: async () => {
        await Promise.race([
          calls.call('browser.close').catch(() => {
            // It may end before it answers.
          }),
          new Promise((resolve) => setTimeout(resolve, 3000)),
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
  if (dark !== undefined) {
    throw new Error('Firefox takes its colour scheme from its preferences, when it starts: ' +
      'layout.css.prefers-color-scheme.content-override');
  }
  const { userContext } = await calls.call('browser.createUserContext');
  const { context } = await calls.call('browsingContext.create', { type: 'window', userContext });
  /** @type {string[]} */
  const complaints = [];
  const complain = (/** @type {string} */ text) => {
    if (!tolerate?.test(text)) {
      complaints.push(text);
    }
  };
  const endings = [
    calls.on('log.entryAdded', ({ level, type, text, source, stackTrace }) => {
      if (source.context === context && (level === 'error' || level === 'warn')) {
        const frame = stackTrace?.callFrames?.[0];
        complain(`${type === 'javascript' ? 'uncaught ' : ''}${level}: ${text}` +
          `${frame ? ` (${frame.url}:${frame.lineNumber + 1})` : ''}`);
      }
    }),
    calls.on('network.responseCompleted', ({ context: of, response }) => {
      if (of === context && response.status >= 400) {
        complain(`error: ${response.url} answered ${response.status}`);
      }
    }),
    calls.on('network.fetchError', ({ context: of, request, errorText }) => {
      if (of === context && !/ABORT/i.test(errorText)) {
        complain(`error: ${request.url} ${errorText}`);
      }
    }),
  ];
  const resize = async (/** @type {number} */ wide, /** @type {number} */ high) => {
    await calls.call('browsingContext.setViewport', { context, viewport: { width: wide, height: high } });
  };
  await resize(width, height);
  if (script) {
    await calls.call('script.addPreloadScript',
      { functionDeclaration: `() => {${script}\n}`, contexts: [context] });
  }
  /** @type {Page['evaluate']} */
  const evaluate = async (code, ...args) => {
    const { result, exceptionDetails } = await calls.call('script.evaluate', {
      expression: asExpression(code, args), target: { context }, awaitPromise: true, resultOwnership: 'none',
    }).catch((error) => {
      // What stands in the place of a page whose process ended is a page of the browser's own.
      throw /parent process browsing contexts/.test(error.message) ? new Error('the page crashed') : error;
    });
    if (exceptionDetails) {
      throw new Error(`in the page: ${exceptionDetails.text}`);
    }
    return valueOf(result.value);
  };
  return {
    complaints: async () => [...complaints],
    goto: async (url) => {
      await calls.call('browsingContext.navigate', { context, url, wait: 'complete' });
    },
    evaluate,
    waitFor: (code, limitMs = WAIT_MS, ...args) => askUntil(() => evaluate(code, ...args), String(code), limitMs),
    click: async (selector) => {
      const [x, y] = await evaluate(middleOf, selector);
      await calls.call('input.performActions', { context, actions: [{
        type: 'pointer', id: 'mouse', actions: [
          { type: 'pointerMove', x, y }, { type: 'pointerDown', button: 0 }, { type: 'pointerUp', button: 0 },
        ],
      }] });
    },
    resize,
    screenshot: async ({ whole = false } = {}) => {
      const { data } = await calls.call('browsingContext.captureScreenshot',
        { context, origin: whole ? 'document' : 'viewport' });
      return Buffer.from(data, 'base64');
    },
    close: async () => {
      endings.forEach((end) => end());
      await calls.call('browsingContext.close', { context });
      await calls.call('browser.removeUserContext', { userContext });
    },
  };
}
