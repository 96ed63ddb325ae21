// SPDX-License-Identifier: MIT
/**
 * Serves the examples, on this machine only.
 *
 *     node web/tools/serve.mjs [--port 8080] [--no-isolation] [--csp "script-src 'self'"] [--root FOLDER]
 *
 * /docs/ is the documentation, written when it is first looked at and when something has changed since.
 *
 * It sends the headers that make a page cross-origin isolated, and so gives it SharedArrayBuffer; `--no-isolation`
 * leaves them out.
 */
import { CliError } from '../cli/errors.js';
import { serve as serveFiles } from '../cli/server.js';
import { ToolError, asProgram } from './process.mjs';

/** @typedef {import('../cli/server.js').ServeOptions} ServeOptions */

/**
 * @param {ServeOptions} [options]
 * @returns {Promise<{ url: string, port: number, close: () => Promise<void> }>}
 */
export async function serve(options) {
  try {
    return await serveFiles({ folders: { '/docs/': documentation }, ...options });
  } catch (error) {
    throw error instanceof CliError ? new ToolError(`${error.message} with PORT=.`, 2) : error;
  }
}

/** @returns {Promise<string>} its folder */
async function documentation() {
  const { SITE, buildDocs } = await import('./docs.mjs');
  await buildDocs();
  return SITE;
}

/**
 * The options of a command line.
 * @param {string[]} args
 * @returns {ServeOptions}
 */
export function serveOptions(args) {
  /** @type {ServeOptions} */
  const options = { port: port(process.env.PORT ?? '8080') };
  for (let i = 0; i < args.length; i++) {
    const value = () => {
      if (args[i + 1] === undefined) {
        throw new ToolError(`${args[i]} needs a value.`, 2);
      }
      return args[++i];
    };
    switch (args[i]) {
      case '--no-isolation': options.isolation = false; break;
      case '--csp': options.csp = value(); break;
      case '--port': options.port = port(value()); break;
      case '--root': options.root = value(); break;
      default: throw new ToolError(`${args[i]} is not an option: --port, --no-isolation, --csp, --root.`, 2);
    }
  }
  return options;
}

/** @param {string} text */
function port(text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0 || number > 65535) {
    throw new ToolError(`${text} is not a port; choose 0 to 65535.`, 2);
  }
  return number;
}

asProgram(import.meta.url, async () => {
  const { url } = await serve(serveOptions(process.argv.slice(2)));
  console.log(`Serving ${url}/ (Ctrl-C ends it)`);
});
