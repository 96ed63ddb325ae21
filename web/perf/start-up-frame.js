// SPDX-License-Identifier: MIT
/**
 * In a frame of its own, which has no module of pinna yet: from there to the first sound.
 */

/** Between two looks at whether something sounds. */
const LOOK_MS = 1;
const LIMIT_MS = 15000;

addEventListener('message', async (event) => {
  if (event.source !== parent || event.data?.begin !== true) {
    return;
  }
  try {
    parent.postMessage({ startUp: await startUp(event.data.options) }, location.origin);
  } catch (error) {
    parent.postMessage({ startUpError: error instanceof Error ? error.message : String(error) }, location.origin);
  }
});

/** @param {import('../pinna.js').PinnaOptions} options */
async function startUp(options) {
  const began = performance.now();
  const { createPinna } = await import('../index.js');
  const modules = performance.now();
  const context = new AudioContext({ latencyHint: 'interactive' });
  const pinna = await createPinna(context, options);
  const engine = performance.now();
  const ears = new AnalyserNode(context, { fftSize: 2048 });
  const quiet = new GainNode(context, { gain: 0.001 });
  pinna.connect(ears);
  ears.connect(quiet).connect(context.destination);
  const sound = Float32Array.from({ length: context.sampleRate }, (_, i) => Math.sin(i * 0.06));
  pinna.createSource({ position: [1, 0, -1], buffer: sound, loop: true, autoplay: true });
  const heard = new Float32Array(ears.fftSize);
  for (;;) {
    ears.getFloatTimeDomainData(heard);
    const now = performance.now();
    if (heard.some((sample) => Math.abs(sample) > 1e-4)) {
      const { outputLatency = 0, baseLatency = 0 } = /** @type {Partial<AudioContext>} */ (context);
      pinna.dispose();
      await context.close();
      return {
        modulesMs: modules - began, engineMs: engine - modules, soundMs: now - engine, totalMs: now - began,
        outputMs: 1000 * (outputLatency || baseLatency),
      };
    }
    if (now - engine > LIMIT_MS) {
      throw new Error(`nothing sounded in ${LIMIT_MS / 1000} s: the context is ${context.state}`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

parent.postMessage({ startUpReady: true }, location.origin);
