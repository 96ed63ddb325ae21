// SPDX-License-Identifier: MIT
/**
 * A static file server for pages of this machine: the examples, the tests, and the performance check.
 *
 * Files change while one works on them, so nothing is cached.
 */
import fs from 'node:fs';
import http from 'node:http';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { CliError } from './errors.js';

/** The folder that holds web, models and, in the repository, the examples. */
const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));

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
 * @property {string} [root]  folder to serve; default the package
 * @property {number} [port]  first port to try; 0 = any free one; default 0
 * @property {boolean} [isolation]  send COOP, COEP and CORP; default true
 * @property {string} [csp]  a Content-Security-Policy for every answer
 * @property {Record<string, string>} [pages]  extra pages by path, such as a test's own; HTML
 * @property {Record<string, string>} [files]  files from elsewhere, by path
 * @property {Record<string, () => Promise<string>>} [folders]  by path, such as '/docs/': gives the folder that is
 *   served there, and may make it first
 * @property {string} [inject]  a script that every HTML document gets before its own
 * @property {string} [listen]  address to listen at; default 127.0.0.1, which only this machine reaches
 */

/**
 * @param {ServeOptions} [options]
 * @returns {Promise<{ url: string, port: number, close: () => Promise<void> }>}
 */
export async function serve(options = {}) {
  const root = fs.realpathSync(options.root ?? PACKAGE);
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
  const inject = options.inject === undefined ? '' : `<script>${options.inject}</script>`;
  /** @type {Site} */
  const site = { root, headers, pages: options.pages ?? {}, files: options.files ?? {},
    folders: options.folders ?? {}, inject };
  const server = http.createServer((request, response) => {
    try {
      answer(request, response, site);
    } catch (error) {
      // A file may vanish between the look and the read; the server goes on.
      fail(response, 500, headers, String(error));
    }
  });
  const port = await listen(server, options.port ?? 0, options.listen ?? '127.0.0.1');
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
 * @param {string} address
 * @returns {Promise<number>}
 */
async function listen(server, first, address) {
  for (let port = first; ; port++) {
    const error = await new Promise((resolve) => {
      server.once('error', resolve);
      server.listen(port, address, () => {
        server.off('error', resolve);
        resolve(undefined);
      });
    });
    if (!error) {
      const bound = server.address();
      return typeof bound === 'object' && bound ? bound.port : port;
    }
    const taken = error.code === 'EADDRINUSE' || error.code === 'EACCES';
    if (!taken || first === 0 || port >= first + PORTS_TRIED || port >= 65535) {
      throw new CliError(`no port could be opened from ${first} on (${error.message})`, 'choose another');
    }
  }
}

/**
 * @typedef {{ root: string, headers: Record<string, string>, pages: Record<string, string>,
 *   files: Record<string, string>, folders: Record<string, () => Promise<string>>, inject: string }} Site
 */

/**
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} response
 * @param {Site} site
 */
function answer(request, response, site) {
  const { root, headers, pages, files, folders } = site;
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
    response.end(request.method === 'HEAD' ? undefined : injected(pages[target], site.inject));
    return;
  }
  if (Object.hasOwn(files, target)) {
    send(request, response, site, files[target]);
    return;
  }
  if (target === '/') {
    response.writeHead(302, { ...headers, location: '/examples/' });
    response.end();
    return;
  }
  const folder = Object.keys(folders).find((place) => target.startsWith(place));
  if (folder !== undefined) {
    folders[folder]().then((made) => {
      answerFrom(request, response, site, fs.realpathSync(made), target, target.slice(folder.length - 1));
    }).catch((error) => fail(response, 500, headers, error.message));
    return;
  }
  answerFrom(request, response, site, root, target, target);
}

/**
 * @param {http.IncomingMessage} request
 * @param {http.ServerResponse} response
 * @param {Site} site
 * @param {string} root
 * @param {string} target  as it was asked for
 * @param {string} below   the same below the root
 */
function answerFrom(request, response, site, root, target, below) {
  const { headers } = site;
  const file = locate(root, below);
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
    const index = locate(root, `${below}index.html`);
    if (index === undefined) {
      fail(response, 404, headers, `${target} has no index.html`);
      return;
    }
    send(request, response, site, index);
    return;
  }
  send(request, response, site, file);
}

/**
 * A document with a script before all of its own, behind what must come first.
 * @param {string} html
 * @param {string} script  an element, or nothing
 */
function injected(html, script) {
  return html.replace(/^\s*(?:<!doctype[^>]*>)?/i, (first) => `${first}${script}`);
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
 * @param {Site} site
 * @param {string} file
 */
function send(request, response, { headers, inject }, file) {
  if (inject !== '' && path.extname(file) === '.html') {
    response.writeHead(200, { ...headers, 'content-type': TYPES['.html'] });
    response.end(request.method === 'HEAD' ? undefined : injected(fs.readFileSync(file, 'utf8'), inject));
    return;
  }
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
