// SPDX-License-Identifier: MIT
/** The build writes it (web/tools/bundle.mjs): files of the package in base64, by their path in it. */
import type { OwnPath } from '../files/files.js';

export const WORKLET: string;
export const FILES: Partial<Record<OwnPath, string>>;
