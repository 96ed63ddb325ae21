// SPDX-License-Identifier: MIT
/** Importing pinna where there is no browser: server-side rendering, tests, build tools. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import test from 'node:test';
import { createPinna, Pinna, PinnaError } from '../../web/index.js';

for (const [name, made] of [['index.js', /createPinna/], ['panner/index.js', /createPanner/],
  ['player/index.js', /PinnaPlayerElement/], ['dist/player.js', /PinnaPlayerElement/],
  ['three/index.js', /PinnaAudio/], ['xr/index.js', /attachXR/], ['dist/pinna.js', /createPinna/],
  ['dist/panner.js', /createPanner/], ['dist/three.js', /PinnaAudio/], ['dist/xr.js', /attachXR/],
  ['dist/inline.js', /createPinna/], ['dist/aframe.js', /registerPinna/],
  ['dist/babylon.js', /attachListener/], ['aframe/index.js', /registerPinna/], ['babylon/index.js', /attachListener/],
  ['dist/bake-worker.js', /prepareHead/]]) {
  test(`importing_${name}_in_plain_node_does_nothing_and_does_not_throw`, () => importsCleanly(`${name}`, made));
}

/** @param {string} name  below web/ @param {string | RegExp} made  what it exports */
function importsCleanly(name, made) {
  const url = new URL(`../../web/${name}`, import.meta.url).href;
  const code = `const before = Object.getOwnPropertyNames(globalThis).join();
    const m = await import(${JSON.stringify(url)});
    if (Object.getOwnPropertyNames(globalThis).join() !== before) throw new Error('a global was made');
    console.log(Object.keys(m).join());`;
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', code],
    { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  assert.match(stdout, new RegExp(made));
  assert.equal(stderr, '');
}

test('without_a_context_it_says_what_it_needs', async () => {
  await assert.rejects(createPinna(/** @type {any} */ (undefined)),
    { name: 'TypeError', message: 'createPinna needs an AudioContext or an OfflineAudioContext, not undefined' });
});

test('a_misspelt_option_is_refused_by_name', async () => {
  await assert.rejects(createPinna(/** @type {any} */ ({ sampleRate: 48000 }), /** @type {any} */ ({ maxSource: 3 })),
    /createPinna has no option "maxSource"; it has maxSources, /);
});

for (const [options, told] of [
  [{ diffuseField: true }, /^diffuseField is for baking a SOFA file, and the default head is none: pass one as hrtf/],
  [{ spacingDeg: 9, renderer: 'linn' }, /^spacingDeg is for baking a SOFA file, and the default head is none/],
  [{ lowFrequency: 'keep', hrtf: undefined }, /^lowFrequency is for baking .* or leave lowFrequency out$/],
  [{ spacingDeg: NaN, hrtf: 'a.sofa' }, /^spacingDeg must be 0 or 3 to 15, not NaN/],
  [{ diffuseField: 'yes', renderer: 'linn', hrtf: 'a.sofa' }, /^diffuseField must be true or false, not "yes"/],
]) {
  test(`${JSON.stringify(options)}_would_be_ignored_and_is_refused`, async () => {
    const context = /** @type {any} */ ({ sampleRate: 48000, state: 'running' });
    await assert.rejects(createPinna(context, /** @type {any} */ (options)), { message: /** @type {RegExp} */ (told) });
  });
}

test('the_inline_build_has_no_use_for_a_package_url_and_says_so', async () => {
  const { createPinna: inline } = await import('../../web/dist/inline.js');
  await assert.rejects(inline({ sampleRate: 48000, state: 'running' }, { packageUrl: '/pinna' }),
    { name: 'TypeError', message: /^pinna\/inline has its files in its code and takes no packageUrl: leave it out/ });
});

test('a_context_without_audioworklet_is_refused_with_the_mend', async () => {
  await assert.rejects(createPinna(/** @type {any} */ ({ sampleRate: 48000, state: 'running' })), (error) => {
    assert.ok(error instanceof PinnaError);
    assert.equal(error.code, 'no-audio-worklet');
    assert.match(error.message, /use a newer one/);
    return true;
  });
});

for (const sampleRate of [3000, 384000]) {
  test(`a_context_at_${sampleRate}_hz_is_refused_with_the_rates_that_work`, async () => {
    await assert.rejects(createPinna(/** @type {any} */ ({ sampleRate, state: 'running' })), (error) => {
      assert.ok(error instanceof PinnaError);
      assert.equal(error.code, 'sample-rate');
      assert.match(error.message, new RegExp(`runs at ${sampleRate} Hz.*8000 to 192000 Hz.*sampleRate: 48000`));
      return true;
    });
  });
}

test('a_pinna_is_made_by_createPinna_only', () => {
  assert.throws(() => new Pinna(...(/** @type {any} */ ([Symbol('mine'), {}, {}, null, {}]))), /made by createPinna/);
});

test('an_address_of_the_package_that_is_none_is_refused', async () => {
  const context = /** @type {any} */ ({ sampleRate: 48000, state: 'running' });
  await assert.rejects(createPinna(context, { packageUrl: 'pinna' }),
    { name: 'TypeError', message: 'packageUrl must be the address of a folder, not "pinna"' });
});
