// SPDX-License-Identifier: MIT
/**
 * Type-checks the JavaScript: the page's and Node's in one world, the worklet's in its own.
 */
import path from 'node:path';
import { ROOT, ToolError, asProgram, run } from './process.mjs';

/** @returns {Promise<{ ok: boolean, output: string }>} */
export async function check() {
  const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
  const projects = ['tsconfig.json', 'web/worklet/tsconfig.json'];
  const results = await Promise.all(projects.map((project) => run(process.execPath, [tsc, '-p', project])));
  return {
    ok: results.every((result) => result.code === 0),
    output: results.map((result) => result.output).join(''),
  };
}

asProgram(import.meta.url, async () => {
  const { ok, output } = await check();
  if (!ok) {
    throw new ToolError(`types\n${output.trimEnd()}`);
  }
});
