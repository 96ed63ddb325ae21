// SPDX-License-Identifier: MIT
/**
 * One way to drive every browser: found on this machine and started, or behind a WebDriver endpoint.
 *
 *     const browser = await launchBrowser('firefox');
 *     const page = await browser.newPage();
 *     await page.goto('http://127.0.0.1:8080/');
 *     await page.evaluate((n) => n + 1, 1);                  // 2
 *     await browser.close();
 *
 * Nothing beyond Node is needed. Chromium speaks its DevTools protocol, Firefox WebDriver BiDi, WebKitGTK and whatever
 * is elsewhere classic WebDriver.
 */
import { findChromium, launchChromium } from './chromium.js';
import { hasSound, startScreen, startSound } from './desk.js';
import { findFirefox, launchFirefox } from './firefox.js';
import { findMiniBrowser, findWebKit, launchWebKit } from './webkit.js';

/** @typedef {import('./page-script.js').PageScript} PageScript */
/** @typedef {'chromium' | 'firefox' | 'webkit'} LocalBrowser */
/** @typedef {LocalBrowser | 'other'} BrowserKind */

/**
 * @typedef {object} LaunchOptions
 * @property {string} [program]    its file; by default looked for
 * @property {boolean} [window]    show it; false = headless, where it can
 * @property {boolean} [autoplay]  sound without a gesture; true
 * @property {boolean} [sound]     a sound card is needed; where there is none, one that is silent; false
 * @property {readonly string[]} [args]  more arguments for it
 * @property {Record<string, string | undefined>} [env]
 * @property {Record<string, string | number | boolean>} [preferences]  of Firefox
 */

/**
 * @typedef {object} PageOptions
 * @property {number} [width]   of the viewport, CSS pixels; 1280
 * @property {number} [height]  800
 * @property {boolean} [dark]   the colour scheme; Chromium only
 * @property {string} [script]  run in every document before its own; not in WebDriver, where the server can do it
 * @property {RegExp} [tolerate]  complaints that are left out
 */

/**
 * @typedef {object} Page
 * @property {() => Promise<string[]>} complaints  errors and warnings of the console, what nobody caught, what did not
 *   load. Classic WebDriver (WebKit) does not hear them: there the page must have hear-console.js in it, as
 *   `serve({ inject: HEAR_CONSOLE })` puts it
 * @property {(url: string) => Promise<void>} goto  resolves when it is loaded
 * @property {(script: PageScript, ...args: any[]) => Promise<any>} evaluate  in the page; plain data in and out
 * @property {(script: PageScript, limitMs?: number, ...args: any[]) => Promise<any>} waitFor  until it is truthy
 * @property {(selector: string) => Promise<void>} click  as a person does: it counts as a gesture
 * @property {(width: number, height: number) => Promise<void>} resize
 * @property {(options?: { whole?: boolean }) => Promise<Buffer>} screenshot  PNG
 * @property {() => Promise<void>} close
 */

/**
 * @typedef {object} Browser
 * @property {BrowserKind} kind
 * @property {string} name
 * @property {string} version
 * @property {string} [platform]
 * @property {(options?: PageOptions) => Promise<Page>} newPage  in a profile of its own, but for WebDriver
 * @property {() => Promise<void>} close  ends it, and what was started for it
 */

/** @type {readonly LocalBrowser[]} */
export const LOCAL_BROWSERS = Object.freeze(['chromium', 'firefox', 'webkit']);

/** @type {Record<LocalBrowser, { find: (given?: string) => string | undefined,
 *   launch: (options: LaunchOptions & { program: string }) => Promise<Browser>, mend: string }>} */
const KNOWN = {
  chromium: {
    find: findChromium, launch: launchChromium,
    mend: 'install Chromium or Chrome (Debian: apt-get install chromium), or say where it is: CHROMIUM=/path/to/it',
  },
  firefox: {
    find: findFirefox, launch: launchFirefox,
    mend: 'install Firefox (Debian: apt-get install firefox-esr), or say where it is: FIREFOX=/path/to/it',
  },
  webkit: {
    find: (given) => findMiniBrowser() && findWebKit(given), launch: launchWebKit,
    mend: 'install WebKitGTK\'s driver (Debian: apt-get install webkit2gtk-driver xvfb); for Safari start ' +
      'safaridriver -p 4444 and use its address as a WebDriver endpoint',
  },
};

/** A browser is not on this machine, or lacks what it needs; the message names the mend. */
export class BrowserMissingError extends Error {
  /** @param {string} message */
  constructor(message) {
    super(message);
    this.name = 'BrowserMissingError';
  }
}

/**
 * Why a browser cannot be started here; undefined when it can.
 *
 * @param {LocalBrowser} name
 * @param {{ program?: string }} [options]
 * @returns {string | undefined}
 */
export function whyMissing(name, { program } = {}) {
  return KNOWN[name].find(program) ? undefined : `${name} is not on this machine; ${KNOWN[name].mend}`;
}

/**
 * Starts a browser of this machine in a profile of its own.
 *
 * @param {LocalBrowser} name
 * @param {LaunchOptions} [options]
 * @returns {Promise<Browser>}
 * @throws {BrowserMissingError}
 */
export async function launchBrowser(name, options = {}) {
  const program = KNOWN[name].find(options.program);
  if (program === undefined) {
    throw new BrowserMissingError(whyMissing(name, options) ?? name);
  }
  /** @type {import('./desk.js').DeskPart[]} */
  const desk = [];
  const clear = async () => {
    for (const part of desk.splice(0)) {
      await part.close();
    }
  };
  try {
    const needsScreen = process.platform === 'linux' && !process.env.DISPLAY && !process.env.WAYLAND_DISPLAY &&
      (name === 'webkit' || options.window);
    if (needsScreen) {
      const screen = await startScreen();
      if (screen === null) {
        throw new BrowserMissingError(`${name} wants a screen, and there is none; install Xvfb ` +
          '(Debian: apt-get install xvfb), or set DISPLAY');
      }
      desk.push(screen);
    }
    if (options.sound && name === 'firefox' && !hasSound()) {
      const sound = await startSound();
      if (sound !== null) {
        desk.push(sound);
      }
    }
    const browser = await KNOWN[name].launch({
      ...options, program, env: { ...options.env, ...Object.assign({}, ...desk.map(({ env }) => env)) },
    });
    return {
      ...browser,
      close: async () => {
        try {
          await browser.close();
        } finally {
          await clear();
        }
      },
    };
  } catch (error) {
    await clear();
    throw error;
  }
}
