// SPDX-License-Identifier: MIT
/** npm packages that only some tests need: beside the repository's own, so that nobody else has to load them. */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import ts from 'typescript';
import { buildTypes } from '../../web/tools/build.mjs';
import { ROOT, must, withLock } from '../../web/tools/process.mjs';

/**
 * Installs tests/<name>/package.json, as its lock says, into .build/<name>; a second call finds it there.
 *
 * @param {string} name
 * @returns {Promise<string>}  the folder that holds node_modules
 */
export async function installed(name) {
  const home = path.join(ROOT, '.build', name);
  const files = ['package.json', 'package-lock.json'];
  const hash = crypto.createHash('sha256');
  files.forEach((file) => hash.update(fs.readFileSync(path.join(ROOT, 'tests', name, file))));
  const wanted = hash.digest('hex');
  const stamp = path.join(home, 'node_modules/.pinna-lock');
  const fresh = () => fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted;
  if (!fresh()) {
    await withLock(name, async () => {
      if (fresh()) {
        return;
      }
      fs.mkdirSync(home, { recursive: true });
      files.forEach((file) => fs.copyFileSync(path.join(ROOT, 'tests', name, file), path.join(home, file)));
      // Peers are the repository's own, found above .build; no install script is needed.
      await must(`npm ci for tests/${name}`, 'npm', ['ci', '--ignore-scripts', '--legacy-peer-deps', '--no-audit',
        '--no-fund', '--fetch-retries=5'], { cwd: home, heartbeat: `npm ci for tests/${name}` });
      fs.writeFileSync(stamp, wanted);
    });
  }
  return home;
}

/**
 * The complaints of a strict TypeScript about programs that use this package and those of `installed`, all of them
 * installed as users have them.
 *
 * @param {string} home  of `installed`
 * @param {Record<string, string>} programs  by the names of their files
 * @returns {Promise<string[][]>}  of each program
 */
export async function complaints(home, programs) {
  await buildTypes();
  // Two test files may be at it at once.
  return withLock('adapters-user', async () => {
    const own = path.join(home, 'node_modules/pinna');
    fs.rmSync(own, { recursive: true, force: true });
    fs.cpSync(path.join(ROOT, 'web/dist/types'), path.join(own, 'web/dist/types'), { recursive: true });
    fs.copyFileSync(path.join(ROOT, 'package.json'), path.join(own, 'package.json'));
    const users = Object.entries(programs).map(([name, program]) => {
      const user = path.join(home, name);
      fs.writeFileSync(user, program);
      return user;
    });
    // All at once: most of the time goes into the frameworks' own types.
    const compiled = ts.createProgram(users, {
      strict: true, noEmit: true, skipLibCheck: true, types: [], target: ts.ScriptTarget.ES2022,
      lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'], module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler, jsx: ts.JsxEmit.ReactJSX,
    });
    return users.map((user) => ts.getPreEmitDiagnostics(compiled, compiled.getSourceFile(user))
      .map((item) => ts.flattenDiagnosticMessageText(item.messageText, '\n')));
  });
}
