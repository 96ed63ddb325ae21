// SPDX-License-Identifier: MIT
/** The shipped types, as a user's strict TypeScript sees them. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test, { before } from 'node:test';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { buildTypes } from '../../web/tools/build.mjs';

const ROOT = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
/** Inside the package, so that its own name leads to it; outside what is checked in. */
const USER = path.join(ROOT, '.build/types-user/user.ts');

before(buildTypes);

/**
 * The complaints about a program that uses the package.
 * @param {string} program
 */
function complaints(program) {
  fs.mkdirSync(path.dirname(USER), { recursive: true });
  fs.writeFileSync(USER, program);
  const compiled = ts.createProgram([USER], {
    strict: true, noEmit: true, skipLibCheck: false, types: [], target: ts.ScriptTarget.ES2022,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts'], module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  });
  return ts.getPreEmitDiagnostics(compiled).map((item) => ts.flattenDiagnosticMessageText(item.messageText, '\n'));
}

test('a_strict_program_that_uses_the_package_compiles', () => {
  assert.deepEqual(complaints(`
    import { createPinna } from 'pinna';
    export async function start(context: AudioContext, session: XRSession, space: XRReferenceSpace): Promise<number> {
      const pinna = await createPinna(context, { maxSources: 8 });
      pinna.connect(context.destination);
      const bee = pinna.createSource({ position: [2, 0, -1] });
      bee.setPosition(1, 0, -2);
      bee.gain = 0.5;
      pinna.listener.setPose([0, 1.6, 0], [0, 0, 0, 1]);
      pinna.attachXR(session, space);
      return bee.gain;
    }`), []);
});

test('a_program_that_misuses_the_package_does_not_compile', () => {
  const found = complaints(`
    import { createPinna } from 'pinna';
    export async function start(context: AudioContext): Promise<void> {
      const pinna = await createPinna(context);
      pinna.createSource({ position: 'left' });
      pinna.noSuchThing();
    }`);
  assert.equal(found.length, 2, found.join('\n'));
});
