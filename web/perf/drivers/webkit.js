// SPDX-License-Identifier: MIT
/**
 * WebKitGTK's MiniBrowser by its WebKitWebDriver: what Safari's engine does, on Linux.
 *
 * A rejected idea: to read its console from its output, which WebKit leaves silent where nothing is to be kept, as in
 * every automated session. hear-console.js listens in the page instead.
 */
import fs from 'node:fs';
import path from 'node:path';
import { Program, findProgram, freePort, removeFolder, temporaryFolder } from './processes.js';
import { connectWebDriver, webDriverCall } from './web-driver.js';

/** @typedef {import('./browsers.js').Browser} Browser */
/** @typedef {import('./browsers.js').LaunchOptions} LaunchOptions */

const START_MS = 30000;

/** @param {string} [given] */
export function findWebKit(given) {
  return given ?? findProgram([process.env.WEBKIT_WEB_DRIVER, 'WebKitWebDriver']);
}

/** The browser that the driver starts; distributions put it where only it looks. */
export function findMiniBrowser() {
  for (const parent of ['/usr/lib', '/usr/libexec', '/usr/lib64']) {
    const below = fs.existsSync(parent) ? ['', ...fs.readdirSync(parent).filter((name) => /linux-gnu/.test(name))] : [];
    for (const folder of below) {
      for (const version of ['webkit2gtk-4.1', 'webkitgtk-6.0', 'webkit2gtk-4.0']) {
        const file = path.join(parent, folder, version, 'MiniBrowser');
        if (fs.existsSync(file)) {
          return file;
        }
      }
    }
  }
  return undefined;
}

/**
 * @param {LaunchOptions & { program: string }} options
 * @returns {Promise<Browser>}
 */
export async function launchWebKit({ program, autoplay = true, args = [], env = {} }) {
  const binary = findMiniBrowser();
  if (binary === undefined) {
    throw new Error('WebKitGTK\'s MiniBrowser is not installed');
  }
  const folder = temporaryFolder('webkit');
  const port = await freePort();
  const child = new Program(program, [`--port=${port}`], {
    // Its own cookies and caches, not the user's.
    XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder, XDG_DATA_HOME: folder, NO_AT_BRIDGE: '1', ...env,
  });
  const stop = async () => {
    await child.end();
    removeFolder(folder);
  };
  const endpoint = `http://127.0.0.1:${port}`;
  try {
    await child.started(() => webDriverCall(endpoint, 'GET', '/status').then(() => true, () => false), START_MS);
    const browser = await connectWebDriver({
      endpoint, kind: 'webkit', stop,
      capabilities: { 'webkitgtk:browserOptions': {
        binary, args: ['--automation', ...(autoplay ? ['--autoplay-policy=allow'] : []), ...args],
      } },
    });
    return { ...browser, name: 'WebKitGTK' };
  } catch (error) {
    await stop();
    throw error;
  }
}
