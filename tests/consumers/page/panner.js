// SPDX-License-Identifier: MIT
import { createPanner } from 'pinna/panner';

globalThis.createPanner = createPanner;
