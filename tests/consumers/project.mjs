// SPDX-License-Identifier: MIT
/**
 * A project of somebody else: pinna installed from its tarball, and the tools that such people use.
 *
 *     .build/consumers                 the tools, by tests/consumers/package-lock.json; installed once
 *     .build/consumers/pinna-*.tgz     what would be published
 *     .build/consumers/project         the pages of tests/consumers/page, and pinna in node_modules
 *     .build/consumers/project/out/*   what each tool makes of them
 */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { build, buildTypes } from '../../web/tools/build.mjs';
import { ROOT, must, run, withLock } from '../../web/tools/process.mjs';

const HERE = path.join(ROOT, 'tests/consumers');
export const TOOLS = path.join(ROOT, '.build/consumers');
export const PROJECT = path.join(TOOLS, 'project');
const BIN = path.join(TOOLS, 'node_modules/.bin');

/** There when the project is complete: npm writes it last. */
const INSTALLED = path.join(PROJECT, 'node_modules/.package-lock.json');

/** What the tarball and the project are made of; of web/dist only the wasm, for the rest is made of these. */
const SOURCES = ['web', 'models', 'package.json', 'README.md', 'NOTICE', 'CHANGELOG.md', 'tests/consumers/page'];

/** Package registries are at times out of reach. */
const ATTEMPTS = 3;
const NPM_OPTIONS = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];

/** The tools, the tarball, and the project. @returns {Promise<{ tarball: string }>} */
export async function prepare() {
  // Two test files may be at it at once.
  return withLock('consumers-project', prepareAlone);
}

/** @returns {Promise<{ tarball: string }>} */
async function prepareAlone() {
  await installTools();
  await build();
  const [made] = tarballs();
  if (made && fs.existsSync(INSTALLED) && fs.statSync(path.join(TOOLS, made)).mtimeMs > newest()) {
    return { tarball: path.join(TOOLS, made) };
  }
  await buildTypes();
  for (const old of tarballs()) {
    fs.rmSync(path.join(TOOLS, old));
  }
  await must('Packing', 'npm', ['pack', '--ignore-scripts', '--pack-destination', TOOLS]);
  const [tarball] = tarballs();
  fs.rmSync(PROJECT, { recursive: true, force: true });
  fs.cpSync(path.join(HERE, 'page'), PROJECT, { recursive: true });
  fs.writeFileSync(path.join(PROJECT, 'package.json'), '{ "name": "five-lines", "private": true, "type": "module" }\n');
  await npm('install', [path.join(TOOLS, tarball)], PROJECT);
  return { tarball: path.join(TOOLS, tarball) };
}

function tarballs() {
  return fs.readdirSync(TOOLS).filter((name) => name.endsWith('.tgz'));
}

/** When something that goes into the tarball or the project was last changed. */
function newest() {
  const files = SOURCES.flatMap((place) => {
    const at = path.join(ROOT, place);
    return fs.statSync(at).isDirectory() ?
      fs.readdirSync(at, { recursive: true, encoding: 'utf8' }).map((name) => path.join(at, name)) : [at];
  });
  return Math.max(...files.filter((file) => !/\/web\/dist\/(?!.*\.wasm$)/.test(file))
    .map((file) => fs.statSync(file)).filter((found) => found.isFile()).map((found) => found.mtimeMs));
}

async function installTools() {
  const stamp = path.join(TOOLS, 'node_modules/.pinna-lock');
  const lock = fs.readFileSync(path.join(HERE, 'package-lock.json'));
  const wanted = crypto.createHash('sha256').update(lock).digest('hex');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) {
    return;
  }
  await withLock('consumers', async () => {
    fs.mkdirSync(TOOLS, { recursive: true });
    for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
      fs.copyFileSync(path.join(HERE, name), path.join(TOOLS, name));
    }
    // Not ci, which insists on the optional packages of every platform: registries may have this one's only.
    await npm('install', [], TOOLS);
    fs.writeFileSync(stamp, wanted);
  });
}

/** @param {string} command @param {string[]} args @param {string} cwd */
async function npm(command, args, cwd) {
  for (let attempt = 1; ; attempt++) {
    const { code, output } = await run('npm', [command, ...NPM_OPTIONS, ...args], { cwd, heartbeat: `npm ${command}` });
    if (code === 0) {
      return;
    }
    if (attempt === ATTEMPTS) {
      throw new Error(`npm ${command} failed in ${cwd}:\n${output}`);
    }
  }
}

/**
 * Runs one of the tools in the project.
 *
 * @param {string} name
 * @param {string[]} args
 */
export function tool(name, args) {
  return run(path.join(BIN, name), args, {
    cwd: PROJECT, heartbeat: name, limitSeconds: 120,
    env: { FORCE_COLOR: undefined, NO_COLOR: '1', NODE_ENV: undefined, NODE_TEST_CONTEXT: undefined },
  });
}
