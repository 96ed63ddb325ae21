// SPDX-License-Identifier: MIT
/**
 * Bundles what pages load, into web/dist: the worklet's one file, the modules that the package exports, and the build
 * in which everything is one script.
 *
 * The modules share their common parts (chunk-*.js), so that an engine made by one of them is known to the others. What
 * has no such state is a file by itself: each chunk costs every page some hundred bytes.
 */
import fs from 'node:fs';
import path from 'node:path';
import { build } from 'esbuild';
import { ROOT, ToolError } from './process.mjs';

const DIST = path.join(ROOT, 'web/dist');

/** Files that the inline build carries: enough for any machine, with the default head and the small network. */
const INLINE_FILES = ['web/dist/pinna.wasm', 'web/dist/pinna-scalar.wasm', 'models/kemar/kemar.safetensors',
  'models/linn/kemar-field.safetensors'];

/** The worker, and modules without state: what they share with others they have twice. */
const APART = ['bake-worker', 'soundfield', 'output', 'xr', 'aframe', 'babylon'];

/** Loaded by the pages that need them, beside the modules that do; and by pinna/aframe, the package's first. */
const BESIDE = { 'bake-worker': 'web/heads/bake-worker.js', soundfield: 'web/soundfield.js',
  output: 'web/media/output.js' };

/** Its own entry, through which web/dist/h5wasm.js is one file. */
const H5WASM = 'node_modules/h5wasm/dist/esm/hdf5_hl.js';

/** Small, but for its white space: with that go the comments by which bundlers leave import(url) alone. */
const COMMENTED = { minify: false, minifyIdentifiers: true, minifySyntax: true };

/** @type {import('esbuild').BuildOptions} */
const COMMON = {
  absWorkingDir: ROOT,
  bundle: true,
  target: 'es2022',
  charset: 'utf8',
  legalComments: 'none',
  banner: { js: '// SPDX-License-Identifier: MIT' },
  logLevel: 'silent',
};

/** The package's own modules: what it exports from web/dist, by the name that it has there. */
export function moduleEntries() {
  const { exports } = JSON.parse(fs.readFileSync(path.join(ROOT, 'package.json'), 'utf8'));
  /** @type {Record<string, string>} */
  const entries = { ...BESIDE };
  for (const target of Object.values(exports)) {
    const match = /^\.\/web\/dist\/types\/(.+)\.d\.ts$/.exec(target.types ?? '');
    const made = /^\.\/web\/dist\/([^/]+)\.js$/.exec(target.default ?? '');
    if (match && made) {
      entries[made[1]] = `web/${match[1]}.js`;
    }
  }
  return entries;
}

/** web/dist/pinna.worklet.js: one self-contained script, as AudioWorklet.addModule takes it. */
export async function bundleWorklet() {
  await bundle('the worklet', {
    ...COMMON,
    entryPoints: ['web/worklet/processor.js'],
    outfile: path.join(DIST, 'pinna.worklet.js'),
    format: 'iife',
    minify: true,
  });
}

/** The modules, and pinna.inline.js, a classic script that makes a global `pinna`. */
export async function bundleModules() {
  const data = inlineData();
  const entries = Object.entries(moduleEntries());
  /** @type {import('esbuild').BuildOptions} */
  const modules = { ...COMMON, outdir: DIST, format: 'esm', packages: 'external', minify: true };
  for (const [name, file] of entries.filter(([entry]) => APART.includes(entry))) {
    await bundle(name, { ...modules, entryPoints: { [name]: file }, plugins: [beside], ...COMMENTED });
  }
  const made = await bundle('the modules', {
    ...modules,
    entryPoints: Object.fromEntries(entries.filter(([entry]) => !APART.includes(entry))),
    splitting: true,
    chunkNames: 'chunk-[hash]',
    plugins: [data, beside],
  });
  removeStale(made);
  await bundle('the inline build', {
    ...COMMON,
    entryPoints: ['web/inline/classic.js'],
    outfile: path.join(DIST, 'pinna.inline.js'),
    format: 'iife',
    globalName: 'pinna',
    packages: 'external',
    minify: true,
    plugins: [data],
  });
}

/**
 * Files that are as they were are left alone, and others change at once: a test may be reading them. Chunks, which
 * every page loads with an entry, are without the entry's banner.
 *
 * @param {string} what
 * @param {import('esbuild').BuildOptions} options
 * @returns {Promise<string[]>} names of the files
 */
async function bundle(what, options) {
  const { outputFiles = [] } = await build({ ...options, write: false }).catch((error) => {
    throw new ToolError(`bundling ${what} failed.\n${error.message}`);
  });
  fs.mkdirSync(DIST, { recursive: true });
  for (const { path: file, contents: whole } of outputFiles) {
    const contents = /chunk-\w+\.js$/.test(file) ? whole.subarray(whole.indexOf(0x0a) + 1) : whole;
    if (!fs.existsSync(file) || Buffer.compare(fs.readFileSync(file), contents) !== 0) {
      fs.writeFileSync(`${file}.new`, contents);
      fs.renameSync(`${file}.new`, file);
    }
  }
  return outputFiles.map(({ path: file }) => path.basename(file));
}

/** Chunks of former builds. @param {string[]} made */
function removeStale(made) {
  for (const name of fs.readdirSync(DIST)) {
    if (/^chunk-.*\.js$/.test(name) && !made.includes(name)) {
      fs.rmSync(path.join(DIST, name));
    }
  }
}

/** web/dist/h5wasm.js, which only pages that read SOFA files load. */
export async function bundleH5wasm() {
  await bundle('h5wasm', {
    ...COMMON,
    banner: { js: '// h5wasm and HDF5; their licences: h5wasm.LICENSE.txt' },
    entryPoints: [H5WASM],
    outfile: path.join(DIST, 'h5wasm.js'),
    format: 'esm',
    minify: true,
    external: ['module', 'fs', 'path', 'url', 'crypto', 'node:*'],
  });
  fs.copyFileSync(path.join(ROOT, 'node_modules/h5wasm/LICENSE.txt'), path.join(DIST, 'h5wasm.LICENSE.txt'));
}

/**
 * What lies beside is not taken in. (Heads that no worker can prepare are prepared by the worker's own bundle.)
 *
 * @type {import('esbuild').Plugin}
 */
const beside = {
  name: 'beside',
  setup({ onResolve }) {
    onResolve({ filter: /\/(bake-worker|soundfield|output|index)\.js$/ }, ({ path: file, kind, importer }) => {
      const whole = kind === 'import-statement' && file === '../index.js' && /aframe\/index\.js$/.test(importer);
      const name = whole ? 'pinna' : path.basename(file, '.js');
      return whole || kind === 'dynamic-import' ? { path: `./${name}.js`, external: true } : undefined;
    });
  },
};

/** Makes inline/data.gen.js of the files that the inline build carries. @returns {import('esbuild').Plugin} */
function inlineData() {
  /** @param {string} file */
  const base64 = (file) => JSON.stringify(fs.readFileSync(path.join(ROOT, file)).toString('base64'));
  return {
    name: 'inline-data',
    setup({ onLoad, onResolve }) {
      onResolve({ filter: /\/data\.gen\.js$/ }, () => ({ path: 'data.gen.js', namespace: 'inline-data',
        sideEffects: false }));
      onLoad({ filter: /.*/, namespace: 'inline-data' }, () => ({
        contents: `export const WORKLET = ${base64('web/dist/pinna.worklet.js')};\n` +
          `export const FILES = { ${INLINE_FILES.map((file) => `${JSON.stringify(file)}: ${base64(file)}`).join()} };`,
      }));
    },
  };
}
