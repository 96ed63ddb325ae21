// SPDX-License-Identifier: MIT
import { createPinna } from 'pinna';
import h5wasmUrl from 'pinna/h5wasm?url';
const context = new AudioContext();
const pinna = await createPinna(context, { h5wasmUrl });
pinna.connect(context.destination);
const bee = pinna.createSource({ position: [2, 0, -1] });

globalThis.page = { context, pinna, bee }; // for the test, which listens
