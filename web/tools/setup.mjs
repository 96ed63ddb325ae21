// SPDX-License-Identifier: MIT
/**
 * Brings a machine to where the project can be built: Debian packages, npm packages.
 *
 * A Debian 12 machine with only Node needs nothing more than this. It asks dpkg first and starts apt only for what is
 * missing; elsewhere it names what is missing and ends with exit code 2. It needs only Node itself, because it runs
 * before node_modules exists.
 */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { ROOT, ToolError, must, onPath, run, withLock } from './process.mjs';

/**
 * What each command needs: Debian's package, and how other systems can tell that they have it.
 * @type {Record<string, { packages: Record<string, string | null> }>}
 */
const NEEDS = {
  build: {
    packages: {
      emscripten: 'emcc',
      cmake: 'cmake',
      'ninja-build': 'ninja',
      'dpkg-dev': 'dpkg-source',
      // For pinna-linn-relaxed.wasm.
      'clang-19': 'clang-19',
      'lld-19': 'wasm-ld-19',
      'llvm-19': 'llvm-ar-19',
      'wasi-libc': null,
      'libclang-rt-19-dev-wasm32': null,
    },
  },
  sounds: {
    packages: {
      'espeak-ng': 'espeak-ng',
      'alsa-utils': null,
      'sonic-pi-samples': null,
      sox: 'sox',
      'libsox-fmt-base': null,
    },
  },
  native: {
    packages: {
      gcc: 'gcc',
      'libc6-dev': null,
      binutils: 'nm',
      clang: 'clang',
      'clang-format': 'clang-format',
      'libclang-rt-14-dev': null,
      'libcmocka-dev': null,
      'libmysofa-dev': null,
      libmysofa1: null,
    },
  },
  browser: {
    packages: {
      chromium: 'chromium',
      'firefox-esr': 'firefox-esr',
      'webkit2gtk-driver': 'WebKitWebDriver',
      xvfb: 'Xvfb',
      // Firefox's audio does not run without an output device.
      pulseaudio: 'pulseaudio',
    },
  },
  training: {
    packages: {
      'python3-torch': null,
      'python3-numpy': null,
      'python3-scipy': null,
      // Debian's reference BLAS makes training six times slower.
      'libopenblas0-pthread': null,
    },
  },
};

/**
 * @param {('build' | 'sounds' | 'native' | 'browser' | 'training')[]} purposes
 */
export async function setup(purposes) {
  if (Number(process.versions.node.split('.')[0]) < 20) {
    throw new ToolError(`Node 20 or newer is needed; this is ${process.versions.node}.`, 2);
  }
  await systemPackages(purposes);
  await npmPackages();
}

/** @param {string[]} purposes */
async function systemPackages(purposes) {
  /** @type {Record<string, string | null>} */
  const wanted = Object.assign({}, ...purposes.map((purpose) => NEEDS[purpose].packages));
  if (!isDebian()) {
    if (process.env.KISSFFT_SOURCE_DIR) {
      delete wanted['dpkg-dev'];
    }
    const missing = Object.entries(wanted).filter(([, program]) => program !== null && !onPath(program));
    if (missing.length > 0) {
      throw new ToolError(
        'this system is not Debian, and programs are missing that Debian would have installed by itself:\n' +
          missing.map(([name, program]) => `  ${program} (Debian's package ${name})`).join('\n') +
          '\nInstall them with your system\'s package manager (and set EMSCRIPTEN_TOOLCHAIN to Emscripten.cmake, ' +
          'KISSFFT_SOURCE_DIR to the sources of KissFFT 131), or run this on Debian 12 (a container will do).',
        2,
      );
    }
    return;
  }
  const missing = await missingPackages(Object.keys(wanted));
  if (missing.length === 0) {
    return;
  }
  const asRoot = process.getuid?.() === 0 ? [] : ['sudo'];
  if (asRoot.length > 0 && !(await canSudo())) {
    throw new ToolError(
      `these Debian packages are missing: ${missing.join(' ')}\n` +
        `This needs root, once: apt-get install --no-install-recommends ${missing.join(' ')}`,
      2,
    );
  }
  console.log(`Installing Debian packages: ${missing.join(' ')}`);
  const env = ['env', 'DEBIAN_FRONTEND=noninteractive', 'apt-get', '-qq', '-o', 'Dpkg::Use-Pty=0',
    '-o', 'DPkg::Lock::Timeout=300'];
  const [program, ...first] = [...asRoot, ...env];
  await must('Reading the package lists', program, [...first, 'update'], { heartbeat: 'apt-get update' });
  await must(
    `Installing ${missing.join(' ')}`,
    program,
    [...first, 'install', '-y', '--no-install-recommends', ...missing],
    { heartbeat: 'apt-get install' },
  );
}

function isDebian() {
  try {
    const release = fs.readFileSync('/etc/os-release', 'utf8');
    return /^ID(_LIKE)?=.*\bdebian\b/m.test(release) && onPath('dpkg-query') && onPath('apt-get');
  } catch {
    return false;
  }
}

/** @param {string[]} names */
async function missingPackages(names) {
  const { output } = await run('dpkg-query', ['-W', '-f', '${Package} ${db:Status-Status}\n', ...names]);
  const installed = new Set(
    output
      .split('\n')
      .filter((line) => line.endsWith(' installed'))
      .map((line) => line.split(' ')[0]),
  );
  return names.filter((name) => !installed.has(name));
}

async function canSudo() {
  if (!onPath('sudo')) {
    return false;
  }
  // On a terminal sudo may ask for the password; anywhere else it must not need one.
  const args = process.stdin.isTTY ? ['-v'] : ['-n', 'true'];
  return (await run('sudo', args, { show: process.stdin.isTTY })).code === 0;
}

async function npmPackages() {
  const stamp = path.join(ROOT, 'node_modules/.pinna-lock');
  const lock = fs.readFileSync(path.join(ROOT, 'package-lock.json'));
  const wanted = crypto.createHash('sha256').update(lock).digest('hex');
  const fresh = () => fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted;
  if (fresh()) {
    return;
  }
  await withLock('npm', async () => {
    if (fresh()) {
      return;
    }
    console.log('Installing npm packages');
    // No install script is needed: esbuild's binary comes as a package of its own.
    const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund'];
    const npm = process.env.npm_execpath;
    const [program, first] = npm?.endsWith('.js') ? [process.execPath, [npm]] : ['npm', []];
    await must('npm ci', program, [...first, ...args], { heartbeat: 'npm ci' });
    fs.writeFileSync(stamp, wanted);
  });
}
