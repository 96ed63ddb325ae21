// SPDX-License-Identifier: MIT
/** The Python that simulates and trains: one with PyTorch, which need not be the first on the path. */
import { ROOT, ToolError, must, run } from '../../web/tools/process.mjs';

const CANDIDATES = [process.env.PYTHON, 'python3', '/usr/bin/python3'];
const VERSIONS = 'import sys, torch, numpy, scipy; print("Python", sys.version.split()[0] + ", PyTorch", ' +
  'torch.__version__)';

/**
 * One thread for PyTorch and BLAS, whatever a program asks for. Beside other work the threads of one product wait for
 * one another by spinning: 300 steps of kemar-field took 67 s beside two busy processes on two cores, and 14 s so.
 */
export const ONE_THREAD = Object.freeze({ OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1' });

/**
 * @returns {Promise<{ program: string, versions: string }>}
 * @throws {ToolError} that says what to install
 */
export async function pythonWithTorch() {
  for (const program of CANDIDATES) {
    if (program) {
      const { code, output } = await run(program, ['-c', VERSIONS]);
      if (code === 0) {
        return { program, versions: output.trim() };
      }
    }
  }
  throw new ToolError('no Python with PyTorch, numpy and scipy is here. On Debian: apt-get install python3-torch ' +
    'python3-scipy; elsewhere name one with PYTHON=/path/to/python3.', 2);
}

/**
 * A module of the repository, in the background of whatever else the machine does.
 *
 * @param {string} what  for messages
 * @param {string[]} args  after `python3`
 */
export async function python(what, args) {
  const { program } = await pythonWithTorch();
  return must(what, 'nice', ['-n', '19', program, ...args], { heartbeat: what, cwd: ROOT });
}
