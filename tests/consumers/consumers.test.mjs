// SPDX-License-Identifier: MIT
/**
 * The five-line page as its authors have it: pinna from its packed tarball, bundled by each of the tools in use or by
 * none, served as plain files without cross-origin isolation, in real browsers. What they hear is measured.
 */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { launchBrowser } from '../../web/perf/drivers/browsers.js';
import { HEAR_CONSOLE } from '../../web/perf/drivers/hear-console.js';
import { serve } from '../../web/tools/serve.mjs';
import { browserTest } from '../support/browsers.mjs';
import { sofaBytes } from '../support/sofa-file.mjs';
import { PROJECT, TOOLS, prepare, tool } from './project.mjs';

const OUT = path.join(PROJECT, 'out');

/** An ear on the source's side hears noise from 2 m to the right or left this much louder; KEMAR: 12 dB. */
const SIDE_DB = 6;

/** @typedef {import('../../web/perf/drivers/browsers.js').Browser} Browser */
/** @typedef {import('../../web/perf/drivers/browsers.js').Page} Page */

/** @type {string} */
let tarball;
/** @type {Browser} */
let chromium;

before(async () => {
  ({ tarball } = await prepare());
  chromium = await launchBrowser('chromium');
}, { timeout: 240000 });

after(() => chromium?.close());

/**
 * The levels at both ears, in dB, of noise to the right and then to the left, heard live. Runs in the page.
 */
async function listen() {
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
function assertSides([right, left, silence]) {
  const all = JSON.stringify([right, left, silence]);
  assert.ok(right[1] > -60 && left[0] > -60, `sound: ${all}`);
  assert.ok(right[1] - right[0] > SIDE_DB, `the right is right: ${all}`);
  assert.ok(left[0] - left[1] > SIDE_DB, `the left is left: ${all}`);
  assert.ok(Math.max(...silence) < -120, `nothing is played, nothing is heard: ${all}`);
}

/**
 * Opens a page that was served, listens, and has it tell of its head and change it, which takes the worker and the part
 * that is loaded apart.
 *
 * @param {Browser} browser
 * @param {string} url
 */
async function assertPageSounds(browser, url) {
  const page = await browser.newPage();
  try {
    await page.goto(url);
    await page.waitFor(() => /** @type {any} */ (globalThis).page !== undefined, 20000).catch(async (error) => {
      throw new Error(`${error.message}; ${(await page.complaints()).join('; ')}`);
    });
    assert.equal(await page.evaluate(() => globalThis.crossOriginIsolated), false);
    assertSides(await page.evaluate(listen));
    assert.equal(await page.evaluate(async (/** @type {string} */ head) => {
      const { pinna } = /** @type {any} */ (globalThis).page;
      await pinna.setHrtf(head);
      return (await pinna.describeHead()).name;
    }, '/head.safetensors'), 'MIT KEMAR, normal pinna');
    assertSides(await page.evaluate(listen));
    assert.deepEqual(await page.complaints(), []);
  } finally {
    await page.close();
  }
}

/**
 * Serves a folder as plain files, for as long as it takes.
 *
 * @template T
 * @param {string} root
 * @param {(url: string) => Promise<T>} use
 * @param {{ csp?: string, inject?: string }} [options]
 */
async function served(root, use, options = {}) {
  fs.copyFileSync(path.join(PROJECT, 'node_modules/pinna/models/kemar/kemar.safetensors'),
    path.join(root, 'head.safetensors'));
  const server = await serve({ root, isolation: false, ...options });
  try {
    return await use(server.url);
  } finally {
    await server.close();
  }
}

/**
 * Runs a tool, which must have nothing to complain of.
 *
 * @param {string} name
 * @param {string[]} args
 * @param {RegExp} [but]  this
 */
async function bundled(name, args, but) {
  const { code, output } = await tool(name, args);
  assert.equal(code, 0, output);
  const said = but ? output.replace(but, '') : output;
  assert.doesNotMatch(said, /warn|⚠|\(!\)|error/i, output);
}

/** A page that loads one script. @param {string} folder @param {string} script @param {boolean} [isModule] */
function writePage(folder, script, isModule = true) {
  fs.mkdirSync(folder, { recursive: true });
  const source = fs.readFileSync(path.join(PROJECT, 'index.html'), 'utf8');
  fs.writeFileSync(path.join(folder, 'index.html'), source.replace('./main.js', script)
    .replace('type="module"', isModule ? 'type="module"' : 'defer'));
}

/** What has no bundler: node_modules served as they are, and an import map. @returns {string} the folder */
function unbundled() {
  const source = fs.readFileSync(path.join(PROJECT, 'index.html'), 'utf8');
  fs.writeFileSync(path.join(PROJECT, 'unbundled.html'), source.replace('<script', `<script type="importmap">
{ "imports": { "pinna": "./node_modules/pinna/web/dist/pinna.js" } }
</script>
<script`));
  return PROJECT;
}

/** @returns {Promise<string>} the folder */
async function byVite() {
  const folder = path.join(OUT, 'vite');
  await bundled('vite', ['build', '--outDir', folder]);
  return folder;
}

/** How each tool makes a page that can be served. @type {Record<string, () => Promise<string>>} */
const BUNDLERS = {
  vite: byVite,
  async webpack() {
    const folder = path.join(OUT, 'webpack');
    // Its one remark is on the size of assets, among them the head.
    await bundled('webpack', ['--mode', 'production', '--entry', './main.js', '-o', folder],
      /WARNING in asset size limit[^]*?\n\n|webpack [\d.]+ compiled with 1 warning.*/g);
    writePage(folder, './main.js', false);
    return folder;
  },
  async parcel() {
    const folder = path.join(OUT, 'parcel');
    await bundled('parcel', ['build', 'index.html', '--dist-dir', folder, '--no-cache', '--no-source-maps']);
    return folder;
  },
  async rollup_by_the_inline_build() {
    const folder = path.join(OUT, 'rollup-inline');
    await bundled('rollup', ['inline.js', '-p', '@rollup/plugin-node-resolve', '-d', folder, '--silent']);
    writePage(folder, './inline.js');
    return folder;
  },
  async esbuild_by_the_inline_build() {
    const folder = path.join(OUT, 'esbuild-inline');
    await bundled('esbuild', ['inline.js', '--bundle', '--format=esm', `--outdir=${folder}`, '--log-level=warning']);
    writePage(folder, './inline.js');
    return folder;
  },
  async rollup_with_a_copy_of_the_package_beside() {
    const folder = path.join(OUT, 'rollup');
    await bundled('rollup', ['copied.js', '-p', '@rollup/plugin-node-resolve', '-d', folder, '--silent']);
    copyPackage(folder);
    writePage(folder, './copied.js');
    return folder;
  },
  async esbuild_with_a_copy_of_the_package_beside() {
    const folder = path.join(OUT, 'esbuild');
    await bundled('esbuild', ['copied.js', '--bundle', '--format=esm', `--outdir=${folder}`, '--log-level=warning']);
    copyPackage(folder);
    writePage(folder, './copied.js');
    return folder;
  },
};

/** @param {string} folder */
function copyPackage(folder) {
  for (const part of ['web/dist', 'models']) {
    fs.cpSync(path.join(PROJECT, 'node_modules/pinna', part), path.join(folder, 'pinna', part), { recursive: true });
  }
}

test('without_a_bundler_the_five_lines_sound_where_they_say', async () => {
  await served(unbundled(), (url) => assertPageSounds(chromium, `${url}/unbundled.html`));
});

for (const [name, make] of Object.entries(BUNDLERS)) {
  test(`with_${name}_the_five_lines_sound_where_they_say`, async () => {
    await served(await make(), (url) => assertPageSounds(chromium, `${url}/index.html`));
  });
}

test('by_script_tags_the_inline_build_is_one_file_and_sounds', async () => {
  const folder = path.join(OUT, 'classic');
  fs.mkdirSync(folder, { recursive: true });
  fs.copyFileSync(path.join(PROJECT, 'classic.html'), path.join(folder, 'index.html'));
  fs.copyFileSync(path.join(PROJECT, 'classic.js'), path.join(folder, 'classic.js'));
  fs.copyFileSync(path.join(PROJECT, 'node_modules/pinna/web/dist/pinna.inline.js'),
    path.join(folder, 'pinna.inline.js'));
  await served(folder, (url) => assertPageSounds(chromium, `${url}/index.html`));
});

test('without_a_bundler_a_sofa_file_needs_nothing_more', async () => {
  fs.writeFileSync(path.join(PROJECT, 'set.sofa'), await sofaBytes({ count: 40 }));
  await served(unbundled(), async (url) => {
    const page = await chromium.newPage();
    await page.goto(`${url}/unbundled.html`);
    await page.waitFor(() => /** @type {any} */ (globalThis).page !== undefined, 20000);
    assert.equal(await page.evaluate(async () => {
      const { pinna } = /** @type {any} */ (globalThis).page;
      await pinna.setHrtf('/set.sofa');
      return (await pinna.describeHead()).measured;
    }), 40);
    assertSides(await page.evaluate(listen));
    assert.deepEqual(await page.complaints(), []);
    await page.close();
  });
});

test('vites_development_server_sounds_too', async () => {
  const port = 20000 + process.pid % 20000;
  const vite = spawn(path.join(TOOLS, 'node_modules/.bin/vite'),
    ['--port', String(port), '--strictPort', '--host', '127.0.0.1'], {
      cwd: PROJECT, stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, NO_COLOR: '1' },
    });
  let said = '';
  vite.stdout.on('data', (text) => { said += text; });
  vite.stderr.on('data', (text) => { said += text; });
  try {
    for (let i = 0; i < 100 && !said.includes(String(port)); i++) {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    await assertPageSounds(chromium, `http://127.0.0.1:${port}/`);
  } catch (error) {
    throw new Error(`${error instanceof Error ? error.message : error}\n${said}`);
  } finally {
    vite.kill();
  }
});

for (const browser of /** @type {const} */ (['firefox', 'webkit'])) {
  browserTest(browser, 'hears_the_five_lines_without_a_bundler_and_by_vite', async (driver) => {
    await served(unbundled(), (url) => assertPageSounds(driver, `${url}/unbundled.html`), { inject: HEAR_CONSOLE });
    await served(await byVite(), (url) => assertPageSounds(driver, `${url}/index.html`), { inject: HEAR_CONSOLE });
  }, { sound: true });
}

test('a_bundle_of_the_panner_alone_has_neither_the_baker_of_heads_nor_what_starts_engines', async () => {
  await bundled('esbuild', ['panner.js', '--bundle', '--format=esm', '--minify', `--outdir=${path.join(OUT, 'panner')}`,
    '--log-level=warning']);
  const text = fs.readFileSync(path.join(OUT, 'panner/panner.js'), 'utf8');
  assert.match(text, /createPanner/);
  assert.doesNotMatch(text, /pinna\.worklet\.js|kemar\.safetensors/, 'the addresses of an engine\'s files');
});

test('publint_has_nothing_to_say', async () => {
  const { code, output } = await tool('publint', ['run', tarball, '--strict']);
  assert.equal(code, 0, output);
  assert.match(output, /All good!/);
});

test('are_the_types_wrong_finds_every_entry_right_as_an_ecmascript_module', async () => {
  // Files, of which there is nothing to import, are left out; so are CommonJS and node10, which the package has not.
  const files = ['./worklet', './wasm', './wasm-scalar', './head', './h5wasm'];
  const { code, output } = await tool('attw', [tarball, '--profile', 'esm-only', '--format', 'ascii',
    '--exclude-entrypoints', ...files]);
  assert.equal(code, 0, output);
  assert.match(output, /"pinna\/inline"/);
});
