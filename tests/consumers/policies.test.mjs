// SPDX-License-Identifier: MIT
/** Strict Content-Security-Policies: what the README says a page has to allow is enough, and is needed. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { launchBrowser } from '../../web/perf/drivers/browsers.js';
import { OUT, assertPageSounds, assertSides, bundled, copyPackage, listen, opened, served, writePage } from
  './pages.mjs';
import { PROJECT, prepare } from './project.mjs';

/** @type {import('../../web/perf/drivers/browsers.js').Browser} */
let chromium;

before(async () => {
  await prepare();
  chromium = await launchBrowser('chromium');
}, { timeout: 240000 });

after(() => chromium?.close());

/**
 * A page by esbuild: one script, and nothing beside it but what the test puts there.
 *
 * @param {string} script  of the project
 * @returns {Promise<string>} the folder
 */
async function page(script) {
  const folder = path.join(OUT, `policy-${path.basename(script, '.js')}`);
  await bundled('esbuild', [script, '--bundle', '--format=esm', `--outdir=${folder}`, '--log-level=warning']);
  writePage(folder, `./${script}`);
  return folder;
}

/** What the page says that is refused. @param {string} folder @param {string} csp */
function refusal(folder, csp) {
  return served(folder, async (url) => {
    const tab = await chromium.newPage();
    await tab.goto(`${url}/index.html`);
    await new Promise((resolve) => setTimeout(resolve, 1500));
    const said = (await tab.complaints()).join('\n');
    await tab.close();
    return said;
  }, { csp });
}

/** The icon is the test page's own. */
const NOTHING = 'default-src \'none\'; img-src data:';
const OWN = `${NOTHING}; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'`;

test('the_package_needs_scripts_and_fetches_from_self_and_wasm_unsafe_eval', async () => {
  const folder = await page('copied.js');
  copyPackage(folder);
  await served(folder, (url) => assertPageSounds(chromium, `${url}/index.html`), { csp: OWN });
  assert.match(await refusal(folder, OWN.replace(' \'wasm-unsafe-eval\'', '')), /add 'wasm-unsafe-eval' to script-src/);
  assert.match(await refusal(folder, OWN.replace('; connect-src \'self\'', '')),
    /Content-Security-Policy \(connect-src\)/);
});

test('where_a_policy_forbids_workers_heads_are_changed_without', async () => {
  const folder = await page('copied.js');
  copyPackage(folder);
  await served(folder, (url) => opened(chromium, `${url}/index.html`, async (tab) => {
    assert.equal(await tab.evaluate(async () => {
      const { pinna } = /** @type {any} */ (globalThis).page;
      await pinna.setHrtf('/head.safetensors');
      return (await pinna.describeHead()).name;
    }), 'MIT KEMAR, normal pinna');
    assertSides(await tab.evaluate(listen));
  }), { csp: `${OWN}; worker-src 'none'` });
});

test('files_are_where_the_options_say_and_nothing_is_asked_for_elsewhere', async () => {
  const folder = await page('addresses.js');
  const elsewhere = path.join(folder, 'elsewhere');
  fs.mkdirSync(elsewhere, { recursive: true });
  for (const [name, file] of Object.entries({ 'a.js': 'web/dist/pinna.worklet.js', 'b.wasm': 'web/dist/pinna.wasm',
    'c.wasm': 'web/dist/pinna-scalar.wasm', 'd.safetensors': 'models/kemar/kemar.safetensors',
    'e.js': 'web/dist/bake-worker.js' })) {
    fs.copyFileSync(path.join(PROJECT, 'node_modules/pinna', file), path.join(elsewhere, name));
  }
  await served(folder, (url) => assertPageSounds(chromium, `${url}/index.html`), { csp: OWN });
  await served(folder, (url) => opened(chromium, `${url}/index.html`, async (tab) => {
    const asked = await tab.evaluate(() => performance.getEntriesByType('resource').map(({ name }) =>
      new URL(name).pathname));
    assert.ok(asked.includes('/elsewhere/b.wasm'));
    assert.deepEqual(asked.filter((/** @type {string} */ name) => !/^\/(elsewhere\/|addresses\.js)/.test(name)), []);
  }), { csp: OWN });
});

test('the_inline_build_needs_blob_scripts_and_wasm_unsafe_eval_and_fetches_nothing', async () => {
  const csp = `${NOTHING}; script-src 'self' blob: 'wasm-unsafe-eval'`;
  const folder = await page('inline.js');
  await served(folder, (url) => assertPageSounds(chromium, `${url}/index.html`, 'default'), { csp });
  assert.match(await refusal(folder, csp.replace(' blob:', '')), /Content-Security-Policy allows it in script-src/);
});

test('the_inline_build_with_a_worklet_of_the_pages_own_needs_no_blob', async () => {
  const folder = await page('inline-worklet.js');
  fs.copyFileSync(path.join(PROJECT, 'node_modules/pinna/web/dist/pinna.worklet.js'),
    path.join(folder, 'pinna.worklet.js'));
  await served(folder, (url) => assertPageSounds(chromium, `${url}/index.html`, 'default'),
    { csp: `${NOTHING}; script-src 'self' 'wasm-unsafe-eval'` });
});

test('a_policy_of_nonces_with_strict_dynamic_is_enough', async () => {
  const csp = `${NOTHING}; script-src 'nonce-page' 'strict-dynamic' 'wasm-unsafe-eval'`;
  const folder = await page('copied.js');
  copyPackage(folder);
  await served(folder, (url) => assertPageSounds(chromium, `${url}/index.html`), { csp: `${csp}; connect-src 'self'` });
  await served(await page('inline.js'), (url) => assertPageSounds(chromium, `${url}/index.html`, 'default'), { csp });
});
