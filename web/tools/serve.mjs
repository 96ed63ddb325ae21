// SPDX-License-Identifier: MIT
/**
 * A static file server for the examples and the browser tests, on this machine only.
 *
 *     node web/tools/serve.mjs [--port 8080] [--no-isolation] [--csp "script-src 'self'"] [--root FOLDER]
 *
 * It sends the headers that make a page cross-origin isolated, and so gives it SharedArrayBuffer; `--no-isolation`
 * leaves them out. Files change while one works on them, so nothing is cached.
 */
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { ROOT, ToolError, asProgram } from './process.mjs';

/** @type {Record<string, string>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.wav': 'audio/wav',
  '.flac': 'audio/flac',
  '.mp3': 'audio/mpeg',
  '.ogg': 'audio/ogg',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.glb': 'model/gltf-binary',
};

const PORTS_TRIED = 50;

/**
 * @typedef {object} ServeOptions
 * @property {string} [root]  folder to serve; default the repository
 * @property {number} [port]  first port to try; 0 = any free one; default 0
 * @property {boolean} [isolation]  send COOP, COEP and CORP; default true
 * @property {string} [csp]  a Content-Security-Policy for every answer
 * @property {Record<string, string>} [pages]  extra pages by path, such as a test's own; HTML
 */

/**
 * @param {ServeOptions} [options]
 * @returns {Promise<{ url: string, port: number, close: () => Promise<void> }>}
 */
export async function serve(options = {}) {
  const root = fs.realpathSync(options.root ?? ROOT);
  /** @type {Record<string, string>} */
  const headers = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' };
  if (options.isolation ?? true) {
    headers['cross-origin-opener-policy'] = 'same-origin';
    headers['cross-origin-embedder-policy'] = 'require-corp';
    headers['cross-origin-resource-policy'] = 'same-origin';
  }
  if (options.csp) {
    headers['content-security-policy'] = options.csp;
  }
  const server = http.createServer((request, response) => {
    try {
      answer(request, response, { root, headers, pages: options.pages ?? {} });
    } catch (error) {
      // A file may vanish between the look and the read; the server goes on.
      fail(response, 500, headers, String(error));
    }
  });
  const port = await listen(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/**
 * @param {http.Server} server
 * @param {number} first
 * @returns {Promise<number>}
 */
async function listen(server, first) {
  for (let port = first; ; port++) {
    const error = await new Promise((resolve) => {
      server.once('error', resolve);
      server.listen(port, '127.0.0.1', () => {
        server.off('error', resolve);
        resolve(undefined);
      });
    });
    if (!error) {
      const address = server.address();
      return typeof address === 'object' && address ? address.port : port;
    }
    const taken = error.code === 'EADDRINUSE' || error.code === 'EACCES';
    if (!taken || first === 0 || port >= first + PORTS_TRIED || port >= 65535) {
      throw new ToolError(`no port could be opened from ${first} on (${error.message}); choose one with PORT=.`, 2);
    }
  }
}

/**
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} response
 * @param {{ root: string, headers: Record<string, string>, pages: Record<string, string> }} site
 */
function answer(request, response, site) {
  const { root, headers, pages } = site;
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    fail(response, 405, { ...headers, allow: 'GET, HEAD' }, 'only GET and HEAD');
    return;
  }
  const target = decode(request.url ?? '/');
  if (target === undefined) {
    fail(response, 400, headers, 'the address is not well formed');
    return;
  }
  if (Object.hasOwn(pages, target)) {
    response.writeHead(200, { ...headers, 'content-type': TYPES['.html'] });
    response.end(request.method === 'HEAD' ? undefined : pages[target]);
    return;
  }
  if (target === '/') {
    response.writeHead(302, { ...headers, location: '/examples/' });
    response.end();
    return;
  }
  const file = locate(root, target);
  if (file === undefined) {
    fail(response, 404, headers, `${target} is not here`);
    return;
  }
  if (fs.statSync(file).isDirectory()) {
    if (!target.endsWith('/')) {
      response.writeHead(302, { ...headers, location: `${encodeURI(target)}/` });
      response.end();
      return;
    }
    const index = locate(root, `${target}index.html`);
    if (index === undefined) {
      fail(response, 404, headers, `${target} has no index.html`);
      return;
    }
    send(request, response, headers, index);
    return;
  }
  send(request, response, headers, file);
}

/**
 * The path of a request, decoded; undefined when it is malformed.
 * @param {string} url
 */
function decode(url) {
  try {
    const target = decodeURIComponent(url.split(/[?#]/, 1)[0]);
    return target.startsWith('/') && !target.includes('\0') ? target : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The file behind a path, if it exists, lies under the root, and is not hidden.
 * @param {string} root
 * @param {string} target
 */
function locate(root, target) {
  if (target.split(/[\\/]/).some((part) => part.startsWith('.'))) {
    return undefined;
  }
  try {
    const file = fs.realpathSync(path.join(root, target));
    return file === root || file.startsWith(root + path.sep) ? file : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} response
 * @param {Record<string, string>} headers
 * @param {string} file
 */
function send(request, response, headers, file) {
  const { size } = fs.statSync(file);
  const type = TYPES[path.extname(file)] ?? 'application/octet-stream';
  /** @type {Record<string, string | number>} */
  const all = { ...headers, 'content-type': type, 'accept-ranges': 'bytes' };
  const range = parseRange(request.headers.range, size);
  if (range === null) {
    fail(response, 416, { ...headers, 'content-range': `bytes */${size}` }, 'no such range');
    return;
  }
  const [first, last] = range ?? [0, size - 1];
  if (range) {
    all['content-range'] = `bytes ${first}-${last}/${size}`;
  }
  response.writeHead(range ? 206 : 200, { ...all, 'content-length': last - first + 1 });
  if (request.method === 'HEAD' || size === 0) {
    response.end();
    return;
  }
  const stream = fs.createReadStream(file, { start: first, end: last });
  stream.on('error', () => response.destroy());
  response.on('close', () => stream.destroy());
  stream.pipe(response);
}

/**
 * @param {string | undefined} header
 * @param {number} size
 * @returns {[number, number] | null | undefined}  undefined: send all; null: cannot be satisfied
 */
function parseRange(header, size) {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header ?? '');
  if (!match || (match[1] === '' && match[2] === '')) {
    return undefined;
  }
  const first = match[1] === '' ? Math.max(0, size - Number(match[2])) : Number(match[1]);
  const last = match[1] === '' || match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1);
  return first > last ? null : [first, last];
}

/**
 * @param {http.ServerResponse} response
 * @param {number} code
 * @param {Record<string, string>} headers
 * @param {string} text
 */
function fail(response, code, headers, text) {
  if (response.headersSent) {
    response.destroy();
    return;
  }
  response.writeHead(code, { ...headers, 'content-type': TYPES['.txt'] });
  response.end(`${code}: ${text}\n`);
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
