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
import { browserTest } from '../support/browsers.mjs';
import { moduleClosure } from '../support/module-closure.mjs';
import { sofaBytes } from '../support/sofa-file.mjs';
import { OUT, assertPageSounds, assertSides, bundled, copyHead, copyPackage, listen, opened, served, writePage } from
  './pages.mjs';
import { PROJECT, TOOLS, prepare, tool } from './project.mjs';

/** @typedef {import('../../web/perf/drivers/browsers.js').Browser} Browser */

/** @type {string} */
let tarball;
/** @type {Browser} */
let chromium;

before(async () => {
  ({ tarball } = await prepare());
  chromium = await launchBrowser('chromium');
}, { timeout: 240000 });

after(() => chromium?.close());

/** What has no bundler: node_modules served as they are, and an import map. @returns {string} the folder */
function unbundled() {
  const source = fs.readFileSync(path.join(PROJECT, 'index.html'), 'utf8');
  fs.writeFileSync(path.join(PROJECT, 'unbundled.html'), source.replace('<script', `<script type="importmap">
{ "imports": { "pinna": "./node_modules/pinna/web/dist/pinna.js" } }
</script>
<script`));
  return PROJECT;
}

/** A page of script tags, which load one file of the package. @returns {string} the folder */
function scriptTags() {
  const folder = path.join(OUT, 'classic');
  fs.mkdirSync(folder, { recursive: true });
  fs.copyFileSync(path.join(PROJECT, 'classic.html'), path.join(folder, 'index.html'));
  fs.copyFileSync(path.join(PROJECT, 'classic.js'), path.join(folder, 'classic.js'));
  fs.copyFileSync(path.join(PROJECT, 'node_modules/pinna/web/dist/pinna.inline.js'),
    path.join(folder, 'pinna.inline.js'));
  return folder;
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

test('without_a_bundler_the_five_lines_sound_where_they_say', async () => {
  await served(unbundled(), async (url) => {
    const scripts = await opened(chromium, `${url}/unbundled.html`, (page) => page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname)
        .filter((name) => name.endsWith('.js'))));
    const counted = moduleClosure(path.join(PROJECT, 'node_modules/pinna/web/dist/pinna.js'))
      .map((file) => `/${path.relative(PROJECT, file)}`);
    assert.deepEqual(scripts.sort(), ['/main.js', ...counted].sort(), 'what the budget of the package counts');
    await assertPageSounds(chromium, `${url}/unbundled.html`);
  });
});

for (const [name, make] of Object.entries(BUNDLERS)) {
  test(`with_${name}_the_five_lines_sound_where_they_say`, async () => {
    await served(await make(), (url) => assertPageSounds(chromium, `${url}/index.html`));
  });
}

test('by_script_tags_the_inline_build_is_one_file_and_sounds', async () => {
  await served(scriptTags(), async (url) => {
    await assertPageSounds(chromium, `${url}/index.html`);
    const told = await opened(chromium, `${url}/index.html`, (page) => page.evaluate(async () => {
      const { pinna: library, page: { pinna: engine } } = /** @type {any} */ (globalThis);
      const failure = (/** @type {Promise<unknown>} */ work) => work.then(() => '', (error) => error.message);
      const context = () => new OfflineAudioContext(2, 4800, 48000);
      return {
        field: await failure(library.createPinna(context(), { renderer: 'linn' })),
        dense: await failure(library.createPinna(context(), { renderer: 'linn-dense' })),
        sofa: await failure(engine.setHrtf(new Uint8Array([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]))),
        soundfield: await failure(engine.createSoundfield({ order: 1 })),
        names: Object.keys(library).sort().join(),
      };
    }));
    assert.equal(told.field, '', 'the network in a head\'s place is in it');
    assert.match(told.dense, /not in the inline build: pass linn(Model|Wasm)Url/);
    assert.match(told.sofa, /not in the inline build: pass (h5wasm|bakeWasm)Url/);
    assert.match(told.soundfield, /not in the inline build: pass soundfieldWasmUrl/);
    assert.match(told.names, /Pinna,.*PinnaError,.*attachXR,createPanner,createPinna/);
  });
});

/** A page takes a measured head from a file, baked in the worker. @param {string} url */
async function assertPageReadsSofa(url) {
  await opened(chromium, url, async (page) => {
    assert.equal(await page.evaluate(async () => {
      const { pinna } = /** @type {any} */ (globalThis).page;
      await pinna.setHrtf('/set.sofa');
      return (await pinna.describeHead()).measured;
    }), 40);
    assertSides(await page.evaluate(listen));
    assert.deepEqual(await page.complaints(), []);
  });
}

test('without_a_bundler_a_sofa_file_needs_nothing_more', async () => {
  fs.writeFileSync(path.join(PROJECT, 'set.sofa'), await sofaBytes({ count: 40 }));
  await served(unbundled(), (url) => assertPageReadsSofa(`${url}/unbundled.html`));
});

test('with_vite_a_sofa_file_needs_the_address_of_h5wasm', async () => {
  const folder = path.join(OUT, 'vite-sofa');
  const source = fs.readFileSync(path.join(PROJECT, 'index.html'), 'utf8');
  fs.writeFileSync(path.join(PROJECT, 'sofa.html'), source.replace('./main.js', './sofa.js'));
  await bundled('vite', ['build', '--outDir', folder, '--config', 'sofa.config.js']);
  fs.writeFileSync(path.join(folder, 'set.sofa'), await sofaBytes({ count: 40 }));
  await served(folder, (url) => assertPageReadsSofa(`${url}/sofa.html`));
});

test('vites_development_server_sounds_too', async () => {
  copyHead(PROJECT);
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
  browserTest(browser, 'hears_the_five_lines_without_a_bundler_by_vite_and_by_script_tags', async (driver) => {
    await served(unbundled(), (url) => assertPageSounds(driver, `${url}/unbundled.html`), { inject: HEAR_CONSOLE });
    await served(await byVite(), (url) => assertPageSounds(driver, `${url}/index.html`), { inject: HEAR_CONSOLE });
    await served(scriptTags(), (url) => assertPageSounds(driver, `${url}/index.html`), { inject: HEAR_CONSOLE });
  }, { sound: true });
}

test('a_bundle_of_the_panner_alone_has_neither_engines_nor_heads_in_it', async () => {
  const folder = path.join(OUT, 'alone');
  await bundled('esbuild', ['panner.js', 'main.js', '--bundle', '--format=esm', '--minify', `--outdir=${folder}`,
    '--log-level=warning']);
  const [alone, whole] = ['panner.js', 'main.js'].map((name) => fs.readFileSync(path.join(folder, name), 'utf8'));
  for (const part of ['addModule', 'createSoundfield(', 'pinna.wasm', 'pinna_bake_begin']) {
    assert.ok(whole.includes(part), `${part} is what a page with an engine has`);
    assert.ok(!alone.includes(part), `${part} is not in a bundle of the panner`);
  }
  assert.match(alone, /createPanner/);
  assert.ok(alone.length < whole.length / 4, `${alone.length} B of ${whole.length}`);
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
