// SPDX-License-Identifier: MIT
/** What can go wrong at the start, each in a real Chromium: a precise error that names the cause and the mend. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { EngineHost } from '../../web/shared/engine-host.js';
import { INSECURE_HOST, launch, open, test } from './harness.mjs';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launch();
});
after(() => browser.close());

/**
 * What createPinna says in a page.
 *
 * @param {object} wishes
 * @param {string} [wishes.options]  of createPinna, as source text
 * @param {number} [wishes.rate]
 * @param {string} [wishes.then]  what else to do with `pinna` and `context`, returning a result
 * @param {string} [wishes.host]
 * @param {string} [wishes.csp]
 * @param {Record<string, (body: Buffer) => Buffer | string>} [wishes.doctored]  changed files, by their path's end
 * @returns {Promise<any>}
 */
async function start({ options = '{}', rate = 48000, then = 'return "started"', doctored = {}, ...page }) {
  const session = await open(browser, page);
  /** @type {string[]} */
  const requests = [];
  session.page.on('request', (request) => requests.push(new URL(request.url()).pathname));
  for (const [path, change] of Object.entries(doctored)) {
    await session.page.route(`**${path}`, async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: change(await response.body()) });
    });
  }
  const result = await session.page.evaluate(`(async () => {
    const context = new OfflineAudioContext(2, ${rate}, ${rate});
    try {
      const head = async () => (await fetch('/models/kemar/kemar.safetensors')).arrayBuffer();
      // Requests of worklets cannot be answered by a test, so a changed worklet is a file of the page's own making.
      const worklet = async (change) => {
        const text = await (await fetch('/web/dist/pinna.worklet.js')).text();
        if (change(text) === text) throw new Error('nothing was changed');
        return URL.createObjectURL(new Blob([change(text)], { type: 'text/javascript' }));
      };
      const options = await (async () => (${options}))();
      const { live: isLive, ...rest } = options;
      const pinna = await pinnaModule.createPinna(isLive ? new AudioContext() : context, rest);
      const result = await (async () => { ${then} })();
      return { result };
    } catch (error) {
      return { name: error.name, code: error.code, message: error.message,
        isPinna: error instanceof pinnaModule.PinnaError, cause: String(error.cause) };
    }
  })()`);
  await session.close();
  return { .../** @type {object} */ (result), requests };
}

/** @param {any} result @param {string} code @param {RegExp} message */
function assertError(result, code, message) {
  assert.equal(result.code, code, JSON.stringify(result));
  assert.ok(result.isPinna);
  assert.match(result.message, message);
}

test('nothing_is_wrong_where_nothing_is_wrong', async () => {
  assert.equal((await start({})).result, 'started');
});

test('a_context_at_3_khz_is_refused_with_the_rates_that_work', async () => {
  assertError(await start({ rate: 3000 }), 'sample-rate', /runs at 3000 Hz.*8000 to 192000 Hz.*sampleRate: 48000/);
});

test('an_insecure_page_is_told_to_use_https', async () => {
  assertError(await start({ host: INSECURE_HOST }), 'no-audio-worklet', /secure pages.*https, or from localhost/);
});

test('a_policy_without_wasm_unsafe_eval_is_named', async () => {
  const result = await start({ csp: "script-src 'self' 'nonce-test'" });
  assertError(result, 'wasm-refused',
    /Content-Security-Policy refuses to compile wasm.*'wasm-unsafe-eval' to script-src/);
});

test('a_policy_with_wasm_unsafe_eval_is_enough', async () => {
  const csp = "default-src 'none'; connect-src 'self'; script-src 'self' 'nonce-test' 'wasm-unsafe-eval'";
  const result = await start({ csp });
  assert.equal(result.result, 'started', JSON.stringify(result));
});

test('a_policy_that_blocks_the_worklet_script_is_named', async () => {
  const csp = "script-src 'nonce-test' 'wasm-unsafe-eval'";
  assertError(await start({ csp }), 'worklet-blocked',
    /script could not be loaded from http.*pinna\.worklet\.js.*Content-Security-Policy allows it in script-src/);
});

test('a_policy_that_blocks_fetching_is_named', async () => {
  const csp = "connect-src 'none'; script-src 'self' 'nonce-test' 'wasm-unsafe-eval'";
  const result = await start({ csp });
  assert.ok(['wasm-missing', 'head-missing'].includes(result.code), JSON.stringify(result));
  assert.match(result.message, /could not be fetched.*Content-Security-Policy \(connect-src\)/);
});

test('a_worklet_that_is_not_there_is_named', async () => {
  assertError(await start({ options: "{ workletUrl: '/nowhere.js' }" }), 'worklet-blocked', /from \/nowhere\.js/);
});

test('a_worklet_of_another_version_is_named', async () => {
  const result = await start({
    options: "{ workletUrl: await worklet((text) => text.replace(/pinna-(?=\\$|\\d)/, 'other-')) }",
  });
  assertError(result, 'layout-version', /another version of pinna.*deploy both together/);
});

test('a_wasm_that_is_not_there_or_is_something_else_is_named', async () => {
  assertError(await start({ options: "{ wasmUrl: '/no.wasm' }" }), 'wasm-missing',
    /pinna's wasm is not at \/no\.wasm \(HTTP 404.*pass wasmUrl/);
  assertError(await start({ options: "{ wasmUrl: '/web/index.js' }" }), 'wasm-refused',
    /\/web\/index\.js is not a wasm module/);
});

test('a_machine_whose_simd_does_not_validate_or_computes_wrongly_gets_the_scalar_module', async () => {
  const cut = (/** @type {Buffer} */ body) => Buffer.concat([body.subarray(0, 8), Buffer.of(99)]);
  const invalid = await start({ doctored: { '/pinna.wasm': cut } });
  assert.equal(invalid.result, 'started', JSON.stringify(invalid));
  assert.ok(invalid.requests.some((/** @type {string} */ path) => path.endsWith('/pinna-scalar.wasm')));
  const wrong = await start({ doctored: { '/pinna.wasm': withAnotherExpectation } });
  assert.equal(wrong.result, 'started', JSON.stringify(wrong));
  assert.ok(wrong.requests.some((/** @type {string} */ path) => path.endsWith('/pinna-scalar.wasm')));
});

test('a_browser_without_simd_renders_sources_and_says_of_all_else_that_it_needs_simd', async () => {
  const old = await launch(['--js-flags=--no-enable-sse4-1']);
  const session = await open(old);
  const told = await session.page.evaluate(async () => {
    const w = /** @type {any} */ (globalThis);
    const { createPinna } = w.pinnaModule;
    const context = new OfflineAudioContext(2, 4800, 48000);
    const pinna = await createPinna(context);
    pinna.connect(context.destination);
    const source = pinna.createSource({ position: [1, 0, -1], buffer: w.noise(4800), autoplay: true });
    const said = (/** @type {Promise<unknown>} */ promise) => promise.then(() => 'made', (error) =>
      `${error.code}: ${error.message}`);
    const field = await said(pinna.createSoundfield({ order: 1 }));
    const linn = await said(createPinna(context, { renderer: 'linn-dense' }));
    await source.loaded;
    await pinna.flush();
    const [left, right] = await context.startRendering().then((heard) => [0, 1].map((ear) =>
      Math.hypot(...heard.getChannelData(ear))));
    return { field, linn, left, right };
  });
  assert.match(told.field, /^wasm-refused: soundfields need SIMD in WebAssembly, which this browser does not have/);
  assert.match(told.linn, /^wasm-refused: the dense LINN needs SIMD in WebAssembly, which this browser does not have/);
  assert.ok(told.left > 0.1 && told.right > 1.5 * told.left, `${told.left}, ${told.right}`);
  await session.close();
  await old.close();
});

test('a_machine_that_computes_wrongly_without_simd_too_is_refused', async () => {
  const result = await start({
    doctored: { '/pinna.wasm': withAnotherExpectation, '/pinna-scalar.wasm': withAnotherExpectation },
  });
  assertError(result, 'wasm-wrong', /fails its self-test/);
});

/**
 * A module that is valid and expects another sum of its self-test, as if its arithmetic were wrong.
 *
 * @param {Buffer} wasm
 */
function withAnotherExpectation(wasm) {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.from(wasm)), {});
  let value = BigInt.asIntN(32, BigInt(/** @type {any} */ (exports).pinna_selftest_expected()));
  const bytes = [0x41];
  for (let more = true; more;) {
    const low = Number(value & 0x7fn);
    value >>= 7n;
    more = !((value === 0n && (low & 0x40) === 0) || (value === -1n && (low & 0x40) !== 0));
    bytes.push(low | (more ? 0x80 : 0));
  }
  const at = wasm.indexOf(Buffer.from(bytes));
  assert.ok(at > 0 && wasm.indexOf(Buffer.from(bytes), at + 1) < 0, 'the expectation stands in the module once');
  const changed = Buffer.from(wasm);
  changed[at + 1] ^= 1;
  assert.equal(new EngineHost(new WebAssembly.Module(changed)).selfTest(), false);
  return changed;
}

test('a_head_that_is_not_there_is_named_with_its_url_and_status', async () => {
  assertError(await start({ options: "{ headUrl: '/models/none.safetensors' }" }), 'head-missing',
    /baked head is not at \/models\/none\.safetensors \(HTTP 404 Not Found\).*pass headUrl/);
  assertError(await start({ options: "{ hrtf: '/models/mine.safetensors' }" }), 'head-missing',
    /\/models\/mine\.safetensors \(HTTP 404.*check the hrtf option/);
});

test('a_truncated_head_is_named', async () => {
  for (const bytes of [0, 7, 100, 200000]) {
    const result = await start({ options: `{ hrtf: (await head()).slice(0, ${bytes}) }` });
    assertError(result, 'file-truncated', /the engine could not start: .+: the head must be a file that pinna baked/);
  }
});

test('a_bit_flipped_head_is_refused_wherever_the_bit_is', async () => {
  const result = await start({
    options: '{ }',
    then: `const clean = await head(); const codes = {};
      for (let i = 0; i < 60; i++) {
        const bytes = new Uint8Array(clean.slice(0));
        // Dense in the header, where every bit matters, then over the whole file.
        const at = i < 40 ? i * 23 : Math.floor((i - 39) / 21 * bytes.length);
        // Without its name a checksum is not looked for; nothing else is damaged then.
        const name = String.fromCharCode(...bytes.subarray(0, 400)).indexOf('crc32');
        if (at >= name && at < name + 5) continue;
        bytes[at] ^= 1 << (i % 8);
        const context = new OfflineAudioContext(2, 1280, 48000);
        let outcome;
        try {
          const pinna = await pinnaModule.createPinna(context, { hrtf: bytes, maxSources: 1 });
          pinna.connect(context.destination);
          pinna.createSource({ position: [1, 0, -1], buffer: noise(1280), autoplay: true });
          await pinna.flush();
          const out = await context.startRendering();
          outcome = [0, 1].every((c) => out.getChannelData(c).every((x) => Number.isFinite(x) && Math.abs(x) < 1e6))
            ? 'finite' : 'NOT FINITE';
        } catch (error) {
          outcome = error.code ?? String(error);
        }
        codes[outcome] = (codes[outcome] ?? 0) + 1;
      }
      return codes;`,
  });
  const codes = result.result;
  assert.ok(codes, JSON.stringify(result));
  const known = ['file-damaged', 'file-truncated', 'file-format', 'file-version', 'file-shape', 'file-value',
    'geometry',
    'sample-rate', 'argument'];
  assert.deepEqual(Object.keys(codes).filter((code) => !known.includes(code)), [], JSON.stringify(codes));
  assert.ok(Object.keys(codes).some((code) => code.startsWith('file-')), JSON.stringify(codes));
});

test('a_head_of_impossible_values_is_named', async () => {
  const result = await start({
    options: `{ hrtf: await head().then((bytes) => {
      const length = Number(new DataView(bytes).getBigUint64(0, true));
      const header = JSON.parse(new TextDecoder().decode(new Uint8Array(bytes, 8, length)));
      const name = String.fromCharCode(...new Uint8Array(bytes, 0, 400)).indexOf('crc32');
      new Uint8Array(bytes)[name] ^= 1; // the checksum would speak first
      new DataView(bytes).setFloat32(8 + length + header.directions.data_offsets[0], NaN, true);
      return bytes;
    }) }`,
  });
  assertError(result, 'file-value', /the engine could not start: /);
});

test('a_processor_that_fails_while_it_runs_is_a_visible_state_an_event_and_no_exception', async () => {
  const result = await start({
    options: `{ live: true, workletUrl: await worklet((text) => text.replace(/process\\(\\w+,\\w+\\)\\{/,
      '$&if(currentFrame>20000)throw new Error("doctored");')) }`,
    then: `const states = []; const errors = [];
      pinna.addEventListener('statechange', () => states.push(pinna.state));
      pinna.addEventListener('error', (event) => errors.push(event.error.code, event.error.message));
      pinna.connect(pinna.context.destination);
      const flushed = pinna.flush().then(() => 'flushed');
      await new Promise((resolve) => setTimeout(resolve, 1500));
      let refused; try { pinna.createSource(); } catch (error) { refused = error.message; }
      pinna.dispose();
      return { states, errors, refused, after: pinna.state };`,
  });
  assert.ok(result.result, JSON.stringify(result));
  const { states, errors, refused, after: last } = result.result;
  assert.ok(states.includes('failed'), JSON.stringify(states));
  assert.equal(errors[0], 'processor-failed');
  assert.match(errors[1], /stopped with an error: dispose\(\) of this pinna and create another/);
  assert.match(refused, /audio processor failed/);
  assert.equal(last, 'disposed');
});

test('an_aborted_start_rejects_as_aborted', async () => {
  assertError(await start({ options: '{ signal: AbortSignal.abort() }' }), 'aborted', /aborted by its signal/);
});

test('wrong_options_are_named', async () => {
  for (const [options, message] of [
    ['{ quality: "best" }', /quality must be one of "high", "balanced", "low", not "best"/],
    ['{ maxSources: 0 }', /maxSources must be between 1 and 4096, not 0/],
    ['{ maxSources: 1.5 }', /maxSources must be a whole number, not 1.5/],
    ["{ renderer: 'magic' }", /renderer must be one of "hrtf", .*"linn-dense", .*not "magic"/],
    ['{ hrtf: 7 }', /hrtf must be 'default', a URL, a File or Blob, or the bytes of .* or a baked head, not 7/],
    ['{ wasmModule: {} }', /wasmModule must be a WebAssembly.Module/],
  ]) {
    assert.match((await start({ options: /** @type {string} */ (options) })).message, /** @type {RegExp} */ (message));
  }
});
