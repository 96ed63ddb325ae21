// SPDX-License-Identifier: MIT
/**
 * Builds what a page needs: the wasm modules, the worklet's one file, the package's modules, and on demand the types.
 *
 *     npm run build             wasm and JavaScript, into web/dist
 *     npm run build -- --types  and web/dist/types, as published
 *
 * Ninja decides what is stale: a second run takes a moment.
 */
import fs from 'node:fs';
import path from 'node:path';
import { setup } from './setup.mjs';
import { ROOT, ToolError, asProgram, must, run, withLock } from './process.mjs';

const EMSCRIPTEN = '/usr/share/emscripten/cmake/Modules/Platform/Emscripten.cmake';
const DIST = path.join(ROOT, 'web/dist');

/**
 * Configures once and builds with Ninja.
 * @param {string} name  folder under .build
 * @param {string[]} options  for the first configure; CMake repeats it by itself when a CMakeLists.txt changes
 * @param {string[]} [targets]
 */
export async function buildWithCMake(name, options, targets = []) {
  const kissfft = process.env.KISSFFT_SOURCE_DIR;
  return cmake(name, kissfft ? [...options, `-DKISSFFT_SOURCE_DIR=${path.resolve(kissfft)}`] : options, targets);
}

/**
 * @param {string} name
 * @param {string[]} options
 * @param {string[]} targets
 */
async function cmake(name, options, targets) {
  const folder = path.join(ROOT, '.build', name);
  const stamp = path.join(folder, 'configured-with');
  const wanted = options.join('\n');
  if (!fs.existsSync(stamp) || fs.readFileSync(stamp, 'utf8') !== wanted) {
    fs.rmSync(folder, { recursive: true, force: true });
    fs.mkdirSync(folder, { recursive: true });
    await must(`Configuring .build/${name}`, 'cmake', ['-S', ROOT, '-B', folder, '-G', 'Ninja', ...options], {
      heartbeat: `configuring ${name}`,
    });
    fs.writeFileSync(stamp, wanted);
  }
  const only = targets.flatMap((target) => ['--target', target]);
  const { code, output } = await run('cmake', ['--build', folder, ...only], {
    heartbeat: `building ${name}`,
    log: path.join(folder, 'build.log'),
    // Debian's emcc looks for its JavaScript there, and other builds of Node do not.
    env: { NODE_PATH: [process.env.NODE_PATH, '/usr/share/nodejs'].filter(Boolean).join(path.delimiter) },
  });
  if (code !== 0) {
    throw new ToolError(`building failed; all of it is in .build/${name}/build.log.\n${digest(output)}`);
  }
}

/**
 * A build's output from the first failure on, without progress and command lines.
 * @param {string} output
 */
function digest(output) {
  const lines = output.trimEnd().split('\n');
  const first = Math.max(0, lines.findIndex((line) => line.startsWith('FAILED') || /\berror\b/i.test(line)));
  return lines
    .slice(first)
    .filter((line) => !/^\[\d+\/\d+\]/.test(line) && line.length < 400)
    .slice(0, 60)
    .join('\n');
}

/** web/dist/*.wasm */
export async function buildWasm() {
  const toolchain = process.env.EMSCRIPTEN_TOOLCHAIN ?? EMSCRIPTEN;
  if (!fs.existsSync(toolchain)) {
    throw new ToolError(
      `Emscripten's CMake toolchain is not at ${toolchain}; set EMSCRIPTEN_TOOLCHAIN to your Emscripten.cmake.`,
      2,
    );
  }
  await buildWithCMake('wasm', [`-DCMAKE_TOOLCHAIN_FILE=${toolchain}`]);
  await buildWithCMake('wasm-relaxed', [`-DCMAKE_TOOLCHAIN_FILE=${path.join(ROOT, 'wasm/relaxed.toolchain.cmake')}`],
    ['pinna-linn-relaxed']);
}

/** web/dist/perf-reference.f32: what Node renders, for the performance check of browsers. */
export async function buildReference() {
  const { referenceBytes, renderReference } = await import('../perf/reference-render.js');
  const wasm = new WebAssembly.Module(fs.readFileSync(path.join(DIST, 'pinna.wasm')));
  const head = fs.readFileSync(path.join(ROOT, 'models/kemar/kemar.safetensors'));
  fs.writeFileSync(path.join(DIST, 'perf-reference.f32'), referenceBytes(renderReference(wasm, head)));
}

/** web/dist/types */
export async function buildTypes() {
  fs.rmSync(path.join(DIST, 'types'), { recursive: true, force: true });
  const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  await must('Writing the types', process.execPath, [tsc, '-p', 'web/tools/tsconfig.types.json']);
  // The compiler drops the reference by which a user's own compiler finds WebXR's types.
  for (const name of fs.readdirSync(path.join(DIST, 'types'), { recursive: true, encoding: 'utf8' })) {
    const file = path.join(DIST, 'types', name);
    if (name.endsWith('.d.ts') && /\bXR[A-Z]/.test(fs.readFileSync(file, 'utf8'))) {
      fs.writeFileSync(file, `/// <reference types="webxr" />\n${fs.readFileSync(file, 'utf8')}`);
    }
  }
}

/** Everything that pages and tests load. */
export async function build() {
  await withLock('build', async () => {
    await buildWasm();
    // Imported only now: esbuild may have just been installed.
    const { bundleH5wasm, bundleModules, bundleWorklet } = await import('./bundle.mjs');
    await bundleWorklet();
    await bundleModules();
    await bundleH5wasm();
    await buildReference();
  });
}

asProgram(import.meta.url, async () => {
  await setup(['build']);
  const started = Date.now();
  await build();
  if (process.argv.includes('--types')) {
    await buildTypes();
  }
  for (const name of fs.readdirSync(DIST).filter((file) => /\.(wasm|js)$/.test(file))) {
    console.log(`web/dist/${name}  ${(fs.statSync(path.join(DIST, name)).size / 1000).toFixed(1)} kB`);
  }
  console.log(`Built in ${((Date.now() - started) / 1000).toFixed(1)} s`);
});
