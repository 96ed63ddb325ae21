// SPDX-License-Identifier: MIT
/** The project's own static server: headers, types, ranges, and no way out of its folder. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import http from 'node:http';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { serve } from '../../web/tools/serve.mjs';

const PAGE = '<!doctype html><p>hello</p>';
/** @type {string} */
let folder;
/** @type {Awaited<ReturnType<typeof serve>>[]} */
const servers = [];

/** @param {import('../../web/tools/serve.mjs').ServeOptions} [options] */
async function start(options = {}) {
  const server = await serve({ root: path.join(folder, 'site'), ...options });
  servers.push(server);
  return server;
}

/**
 * fetch would tidy the path up before it is sent.
 * @param {number} port @param {string} target @param {http.RequestOptions} [options]
 * @returns {Promise<{ status: number, headers: http.IncomingHttpHeaders, body: string }>}
 */
function get(port, target, options = {}) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, path: target, ...options }, (response) => {
      let body = '';
      response.setEncoding('latin1');
      response.on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }));
    });
    request.on('error', reject);
    request.end();
  });
}

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pinna-serve-'));
  fs.mkdirSync(path.join(folder, 'site/sub'), { recursive: true });
  fs.mkdirSync(path.join(folder, 'site/.hidden'));
  fs.writeFileSync(path.join(folder, 'secret.txt'), 'secret');
  fs.symlinkSync(path.join(folder, 'secret.txt'), path.join(folder, 'site/link.txt'));
  fs.writeFileSync(path.join(folder, 'site/.hidden/key.txt'), 'secret');
  fs.writeFileSync(path.join(folder, 'site/sub/index.html'), PAGE);
  fs.writeFileSync(path.join(folder, 'site/empty.js'), '');
  fs.writeFileSync(path.join(folder, 'site/digits.wasm'), '0123456789');
  fs.writeFileSync(path.join(folder, 'site/head.safetensors'), 'x');
});

after(async () => {
  await Promise.all(servers.map((server) => server.close()));
  fs.rmSync(folder, { recursive: true });
});

test('isolation_headers_are_sent_unless_left_out', async () => {
  const isolated = await get((await start()).port, '/sub/');
  assert.equal(isolated.status, 200);
  assert.equal(isolated.body, PAGE);
  assert.equal(isolated.headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(isolated.headers['cross-origin-embedder-policy'], 'require-corp');
  assert.equal(isolated.headers['cross-origin-resource-policy'], 'same-origin');
  const plain = await get((await start({ isolation: false })).port, '/sub/');
  assert.equal(plain.status, 200);
  assert.deepEqual(Object.keys(plain.headers).filter((name) => name.startsWith('cross-origin')), []);
});

test('a_content_security_policy_is_sent_when_asked_for_even_with_errors', async () => {
  const { port } = await start({ csp: "script-src 'self'" });
  assert.equal((await get(port, '/sub/')).headers['content-security-policy'], "script-src 'self'");
  assert.equal((await get(port, '/nothing')).headers['content-security-policy'], "script-src 'self'");
});

test('types_are_those_that_browsers_insist_on', async () => {
  const { port } = await start();
  assert.equal((await get(port, '/digits.wasm')).headers['content-type'], 'application/wasm');
  assert.match((await get(port, '/empty.js')).headers['content-type'] ?? '', /^text\/javascript/);
  assert.equal((await get(port, '/head.safetensors')).headers['content-type'], 'application/octet-stream');
});

test('ranges_give_the_bytes_asked_for', async () => {
  const { port } = await start();
  /** @param {string} range */
  const ask = (range) => get(port, '/digits.wasm', { headers: { range } });
  for (const [range, body, content] of [
    ['bytes=2-4', '234', 'bytes 2-4/10'],
    ['bytes=7-', '789', 'bytes 7-9/10'],
    ['bytes=-3', '789', 'bytes 7-9/10'],
    ['bytes=8-99', '89', 'bytes 8-9/10'],
  ]) {
    const answer = await ask(range);
    assert.deepEqual([answer.status, answer.body, answer.headers['content-range']], [206, body, content]);
    assert.equal(answer.headers['content-length'], String(body.length));
  }
  assert.equal((await ask('bytes=10-')).status, 416);
  assert.equal((await ask('lines=1-2')).body, '0123456789');
});

test('head_sends_no_body_and_other_methods_are_refused', async () => {
  const { port } = await start();
  const head = await get(port, '/digits.wasm', { method: 'HEAD' });
  assert.deepEqual([head.status, head.body, head.headers['content-length']], [200, '', '10']);
  assert.equal((await get(port, '/digits.wasm', { method: 'POST' })).status, 405);
});

test('nothing_outside_the_folder_and_nothing_hidden_can_be_had', async () => {
  const { port } = await start();
  for (const target of [
    '/../secret.txt', '/%2e%2e/secret.txt', '/sub/..%2f..%2fsecret.txt', '/..%5csecret.txt', '/link.txt',
    '/.hidden/key.txt', '/%2ehidden/key.txt', '/sub/%00',
  ]) {
    const answer = await get(port, target);
    assert.ok(answer.status === 404 || answer.status === 400, `${target} gave ${answer.status}`);
    assert.ok(!answer.body.includes('secret\n') && answer.body !== 'secret', target);
  }
  assert.equal((await get(port, '/%zz')).status, 400);
});

test('a_taken_port_is_passed_over', async () => {
  const first = await start({ port: 18080 });
  const second = await start({ port: first.port });
  assert.ok(second.port > first.port);
  assert.equal((await get(second.port, '/sub/')).status, 200);
});

test('extra_pages_are_served_beside_the_files', async () => {
  const { port } = await start({ pages: { '/test.html': PAGE } });
  const answer = await get(port, '/test.html');
  assert.deepEqual([answer.status, answer.body], [200, PAGE]);
  assert.match(answer.headers['content-type'] ?? '', /^text\/html/);
});
