// SPDX-License-Identifier: MIT
import { createPinna } from 'pinna/inline';
const context = new AudioContext();
const pinna = await createPinna(context, { workletUrl: './pinna.worklet.js' });
pinna.connect(context.destination);
const bee = pinna.createSource({ position: [2, 0, -1] });

globalThis.page = { context, pinna, bee }; // for the test, which listens
