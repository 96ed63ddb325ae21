// SPDX-License-Identifier: MIT
/** Runs suite.js in a page, against the browser's PannerNode or pinna's. */

/** @typedef {{ group: string, name: string, error: string | null }} Row */

/**
 * For `page.evaluate`: the subtests of one subject.
 *
 * @param {'native' | 'pinna'} which
 * @returns {Promise<Row[]>}
 */
export async function subtestsInPage(which) {
  // @ts-ignore a page's own URL
  const { run } = await import('/tests/panner/suite.js');
  const told = (/** @type {Row} */ { group, name, error }) =>
    console.log(`${error === null ? '✔' : '✖'} ${group}: ${name}${error === null ? '' : `: ${error}`}`);
  if (which === 'native') {
    const warm = new OfflineAudioContext(2, 128, 48000);
    // A browser loads its head for the first HRTF panner, and Chromium may never finish a rendering begun before that.
    /** @type {any} */ (globalThis).kept = new PannerNode(warm, { panningModel: 'HRTF' });
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return run({
      prepare: async () => () => {},
      Panner: PannerNode,
      create: (/** @type {BaseAudioContext} */ context) => context.createPanner(),
      listener: (/** @type {BaseAudioContext} */ context) => context.listener,
      ready: async () => {},
    }, told);
  }
  // @ts-ignore a page's own URL
  const { createPinna } = await import('/web/index.js');
  // @ts-ignore a page's own URL
  const { PinnaPannerNode, createPanner, flushPanners, listenerOf } = await import('/web/panner/index.js');
  const wasmModule = await WebAssembly.compileStreaming(fetch('/web/dist/pinna.wasm'));
  const hrtf = new Uint8Array(await (await fetch('/models/kemar/kemar.safetensors')).arrayBuffer());
  return run({
    prepare: async (/** @type {BaseAudioContext} */ context, /** @type {string} */ model) => {
      const pinna = model === 'HRTF' ? await createPinna(context, { maxSources: 1, wasmModule, hrtf }) : null;
      return () => pinna?.dispose();
    },
    Panner: PinnaPannerNode,
    create: createPanner,
    listener: listenerOf,
    ready: flushPanners,
  }, told);
}
