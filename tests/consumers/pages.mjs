// SPDX-License-Identifier: MIT
/** The pages of others: made by their tools, served as plain files, opened, and listened to. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { serve } from '../../web/tools/serve.mjs';
import { PROJECT, tool } from './project.mjs';

/** Where each tool puts what it makes. */
export const OUT = path.join(PROJECT, 'out');

/** An ear on the source's side hears noise from 2 m to the right or left this much louder; KEMAR: 12 dB. */
const SIDE_DB = 6;

/** @typedef {import('../../web/perf/drivers/browsers.js').Browser} Browser */
/** @typedef {import('../../web/perf/drivers/browsers.js').Page} Page */

/**
 * The levels at both ears, in dB, of noise to the right and then to the left, heard live. Runs in the page.
 */
export async function listen() {
  const { context, pinna, bee } = /** @type {any} */ (globalThis).page;
  const noise = new AudioBuffer({ length: 48000, sampleRate: context.sampleRate });
  const samples = noise.getChannelData(0);
  for (let i = 0, state = 1; i < samples.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    samples[i] = state / 2 ** 32 - 0.5;
  }
  const player = new AudioBufferSourceNode(context, { buffer: noise, loop: true });
  const ears = new ChannelSplitterNode(context, { numberOfOutputs: 2 });
  const analysers = [0, 1].map((ear) => {
    const analyser = new AnalyserNode(context, { fftSize: 8192 });
    ears.connect(analyser, ear);
    return analyser;
  });
  const levels = () => analysers.map((analyser) => {
    const heard = new Float32Array(analyser.fftSize);
    analyser.getFloatTimeDomainData(heard);
    return 10 * Math.log10(heard.reduce((sum, value) => sum + value * value, 1e-20) / heard.length);
  });
  const played = async (/** @type {number} */ seconds) => {
    for (const until = context.currentTime + seconds; context.currentTime < until;) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  pinna.connect(ears);
  player.connect(bee.input);
  player.start();
  const heard = [];
  for (const x of [2, -2]) {
    bee.setPosition(x, 0, -0.5);
    await played(0.5);
    heard.push(levels());
  }
  player.stop();
  await played(0.5);
  heard.push(levels());
  pinna.disconnect(ears);
  return heard;
}

/** @param {number[][]} heard */
export function assertSides([right, left, silence]) {
  const all = JSON.stringify([right, left, silence]);
  assert.ok(right[1] > -60 && left[0] > -60, `sound: ${all}`);
  assert.ok(right[1] - right[0] > SIDE_DB, `the right is right: ${all}`);
  assert.ok(left[0] - left[1] > SIDE_DB, `the left is left: ${all}`);
  assert.ok(Math.max(...silence) < -120, `nothing is played, nothing is heard: ${all}`);
}

/**
 * Opens a page that was served, once it has its engine.
 *
 * @template T
 * @param {Browser} browser
 * @param {string} url
 * @param {(page: Page) => Promise<T>} use
 * @returns {Promise<T>}
 */
export async function opened(browser, url, use) {
  const page = await browser.newPage();
  try {
    await page.goto(url);
    await page.waitFor(() => /** @type {any} */ (globalThis).page !== undefined, 20000).catch(async (error) => {
      throw new Error(`${error.message}; ${(await page.complaints()).join('; ')}`);
    });
    return await use(page);
  } finally {
    await page.close();
  }
}

/**
 * Opens a page that was served, listens, and has it tell of its head and change it, which takes the worker and the part
 * that is loaded apart. It must have nothing to complain of.
 *
 * @param {Browser} browser
 * @param {string} url
 * @param {string} [head]  that it changes to
 */
export async function assertPageSounds(browser, url, head = '/head.safetensors') {
  await opened(browser, url, async (page) => {
    assert.equal(await page.evaluate(() => globalThis.crossOriginIsolated), false);
    assertSides(await page.evaluate(listen));
    assert.equal(await page.evaluate(async (/** @type {string} */ next) => {
      const { pinna } = /** @type {any} */ (globalThis).page;
      await pinna.setHrtf(next);
      return (await pinna.describeHead()).name;
    }, head), 'MIT KEMAR, normal pinna');
    assertSides(await page.evaluate(listen));
    assert.deepEqual(await page.complaints(), []);
  });
}

/**
 * Serves a folder as plain files, for as long as it takes.
 *
 * @template T
 * @param {string} root
 * @param {(url: string) => Promise<T>} use
 * @param {{ csp?: string, inject?: string }} [options]
 */
export async function served(root, use, options = {}) {
  copyHead(root);
  const server = await serve({ root, isolation: false, ...options });
  try {
    return await use(server.url);
  } finally {
    await server.close();
  }
}

/** A head to change to, as head.safetensors. @param {string} root */
export function copyHead(root) {
  fs.copyFileSync(path.join(PROJECT, 'node_modules/pinna/models/kemar/kemar.safetensors'),
    path.join(root, 'head.safetensors'));
}

/**
 * Runs a tool, which must have nothing to complain of.
 *
 * @param {string} name
 * @param {string[]} args
 * @param {RegExp} [but]  this
 */
export async function bundled(name, args, but) {
  const { code, output } = await tool(name, args);
  assert.equal(code, 0, output);
  const said = but ? output.replace(but, '') : output;
  assert.doesNotMatch(said, /warn|⚠|\(!\)|error/i, output);
}

/** A page that loads one script. @param {string} folder @param {string} script @param {boolean} [isModule] */
export function writePage(folder, script, isModule = true) {
  fs.mkdirSync(folder, { recursive: true });
  const source = fs.readFileSync(path.join(PROJECT, 'index.html'), 'utf8');
  fs.writeFileSync(path.join(folder, 'index.html'), source.replace('./main.js', script)
    .replace('type="module"', isModule ? 'type="module"' : 'defer'));
}

/** Copies what a page loads of the package. @param {string} folder */
export function copyPackage(folder) {
  for (const part of ['web/dist', 'models']) {
    fs.cpSync(path.join(PROJECT, 'node_modules/pinna', part), path.join(folder, 'pinna', part), { recursive: true });
  }
}
