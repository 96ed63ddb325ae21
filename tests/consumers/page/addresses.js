// SPDX-License-Identifier: MIT
import { createPinna } from 'pinna';
const context = new AudioContext();
const pinna = await createPinna(context, {
  workletUrl: '/elsewhere/a.js', wasmUrl: '/elsewhere/b.wasm', scalarWasmUrl: '/elsewhere/c.wasm',
  headUrl: '/elsewhere/d.safetensors', bakeWorkerUrl: '/elsewhere/e.js',
});
pinna.connect(context.destination);
const bee = pinna.createSource({ position: [2, 0, -1] });

globalThis.page = { context, pinna, bee }; // for the test, which listens
