// SPDX-License-Identifier: MIT
/**
 * What WebKit itself writes into its console: MiniBrowser without a driver, because automated sessions keep nothing.
 *
 * Nobody presses anything there: the page's server puts a script into the page that does, and says so by a line of the
 * console that begins with SAYS.
 */
import { startScreen } from '../../web/perf/drivers/desk.js';
import { Program, removeFolder, temporaryFolder } from '../../web/perf/drivers/processes.js';
import { findMiniBrowser } from '../../web/perf/drivers/webkit.js';

export const SAYS = 'pinna-test:';

/** Why it cannot be done here; false where it can. */
export function whyNoWebKitConsole() {
  return findMiniBrowser() ? false : 'WebKitGTK\'s MiniBrowser is missing: apt-get install webkit2gtk-driver xvfb';
}

/**
 * Opens a page and listens until it says that it is done.
 *
 * @param {string} url
 * @param {number} limitMs
 * @returns {Promise<{ complaints: string[], said: string[] }>} errors and warnings; what the script told
 */
export async function listenToWebKit(url, limitMs) {
  const screen = process.env.DISPLAY ? null : await startScreen();
  const folder = temporaryFolder('minibrowser');
  const browser = new Program(/** @type {string} */ (findMiniBrowser()),
    ['--autoplay-policy=allow', '--enable-write-console-messages-to-stdout=true', url],
    { XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder, XDG_DATA_HOME: folder, NO_AT_BRIDGE: '1', ...screen?.env });
  try {
    await browser.started(new RegExp(`CONSOLE LOG ${SAYS} (done|failed)`), limitMs);
  } finally {
    await browser.end();
    removeFolder(folder);
    await screen?.close();
  }
  const lines = browser.output.split('\n').flatMap((line) => /CONSOLE (.*)$/.exec(line)?.[1] ?? []);
  return {
    complaints: lines.filter((line) => /^([A-Z ]+ )?(ERROR|WARN)/.test(line)),
    said: lines.filter((line) => line.startsWith(`LOG ${SAYS}`)).map((line) => line.slice(`LOG ${SAYS} `.length)),
  };
}
