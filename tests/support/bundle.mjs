// SPDX-License-Identifier: MIT
/** A script for a page that uses frameworks: bundled as users bundle, with one three.js for all. */
import path from 'node:path';
import { build } from 'esbuild';
import { ROOT } from '../../web/tools/process.mjs';

/**
 * @param {string} contents  a module; paths in it are the repository's
 * @param {string[]} [homes]  folders that hold node_modules besides the repository
 * @returns {Promise<string>}
 */
export async function bundled(contents, homes = []) {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ROOT, loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    logLevel: 'error',
    alias: { three: path.join(ROOT, 'node_modules/three') },
    nodePaths: homes.map((home) => path.join(home, 'node_modules')),
    // React then mounts effects twice, as where people develop.
    define: { 'process.env.NODE_ENV': '"development"' },
  });
  return outputFiles[0].text;
}
