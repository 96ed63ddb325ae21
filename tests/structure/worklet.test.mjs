// SPDX-License-Identifier: MIT
/** The worklet's one file: self-contained, and at home in an AudioWorkletGlobalScope. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test, { before } from 'node:test';
import ts from 'typescript';
import { build } from '../../web/tools/build.mjs';
import { ROOT, none } from './tree.mjs';

const FILE = path.join(ROOT, 'web/dist/pinna.worklet.js');

/** ECMAScript 2022 and what every browser's AudioWorkletGlobalScope has; no TextDecoder, no performance, no timers. */
const GLOBALS = new Set([
  'undefined', 'NaN', 'Infinity', 'globalThis', 'isNaN', 'isFinite', 'parseInt', 'parseFloat', 'Object', 'Function',
  'Array', 'String', 'Number', 'Boolean', 'Symbol', 'BigInt', 'Math', 'Date', 'JSON', 'Atomics', 'Reflect', 'Proxy',
  'Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'Promise', 'RegExp', 'Error', 'TypeError', 'RangeError',
  'SyntaxError', 'ArrayBuffer', 'SharedArrayBuffer', 'DataView', 'Int8Array', 'Uint8Array', 'Uint8ClampedArray',
  'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'BigInt64Array', 'BigUint64Array', 'Float32Array',
  'Float64Array', 'decodeURIComponent', 'encodeURIComponent', 'console', 'WebAssembly', 'AudioWorkletProcessor',
  'registerProcessor', 'sampleRate', 'currentFrame', 'currentTime',
]);

/** New in some browsers: read as a property of globalThis it is a number or undefined, nowhere an error. */
const OPTIONAL = ['renderQuantumSize'];

before(build);

function load() {
  const program = ts.createProgram([FILE], {
    allowJs: true, checkJs: true, noLib: true, noEmit: true, noResolve: true, types: [], target: ts.ScriptTarget.ES2022,
  });
  const source = program.getSourceFile(FILE);
  assert.ok(source);
  none(program.getSyntacticDiagnostics(source).map((item) => item.messageText));
  return { source, checker: program.getTypeChecker() };
}

/** @param {ts.Node} node @param {(node: ts.Node) => void} visit */
function walk(node, visit) {
  visit(node);
  ts.forEachChild(node, (child) => walk(child, visit));
}

test('the_worklet_file_has_no_import_and_no_export', () => {
  const { source } = load();
  /** @type {string[]} */
  const wrong = [];
  walk(source, (node) => {
    const dynamic = ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword;
    const meta = ts.isMetaProperty(node) && node.keywordToken === ts.SyntaxKind.ImportKeyword;
    const statement = ts.isImportDeclaration(node) || ts.isExportDeclaration(node) || ts.isExportAssignment(node);
    const modifier = ts.canHaveModifiers(node) &&
      (ts.getModifiers(node) ?? []).some((item) => item.kind === ts.SyntaxKind.ExportKeyword);
    if (dynamic || meta || statement || modifier) {
      wrong.push(node.getText(source).slice(0, 80));
    }
  });
  none(wrong);
});

test('the_worklet_file_uses_only_globals_that_its_scope_has', () => {
  const { source, checker } = load();
  const used = new Set();
  walk(source, (node) => {
    if (!ts.isIdentifier(node)) {
      return;
    }
    const { parent } = node;
    const isMember = ts.isPropertyAccessExpression(parent) && parent.name === node;
    if (isMember) {
      // globalThis.name is a global too.
      if (ts.isIdentifier(parent.expression) && parent.expression.text === 'globalThis' &&
        !OPTIONAL.includes(node.text)) {
        used.add(node.text);
      }
      return;
    }
    const isNamed = ts.isPropertyAssignment(parent) || ts.isMethodDeclaration(parent) ||
      ts.isPropertyDeclaration(parent) || ts.isGetAccessor(parent) || ts.isSetAccessor(parent);
    const isKey = isNamed && parent.name === node;
    const isPattern = ts.isBindingElement(parent) && parent.propertyName === node;
    const isLabel = ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent);
    // Asking whether something exists does no harm where it does not.
    const isAsked = ts.isTypeOfExpression(parent);
    if (isKey || isPattern || isLabel || isAsked) {
      return;
    }
    const resolve = /** @type {any} */ (checker).resolveName;
    if (resolve(node.text, node, ts.SymbolFlags.Value, false) === undefined && node.text !== 'arguments') {
      used.add(node.text);
    }
  });
  assert.ok(used.has('registerProcessor'), 'the file registers a processor');
  none([...used].filter((name) => !GLOBALS.has(name)));
});
