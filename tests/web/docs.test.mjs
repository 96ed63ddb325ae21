// SPDX-License-Identifier: MIT
/** The documentation: it is written without a warning, its samples fit the package, and its links lead somewhere. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import ts from 'typescript';
import { CONTENTS, HOME, PAGES, SITE, blocks, buildDocs, modules, pageText } from '../../web/tools/docs.mjs';
import { serve } from '../../web/tools/serve.mjs';
import { ROOT } from '../../web/tools/process.mjs';

/** @typedef {{ file: string, language: string, code: string }} Sample */

const building = buildDocs();
// Whoever awaits it hears of a failure.
building.catch(() => {});

/** @type {Record<string, string>} */
const texts = Object.fromEntries([HOME, ...CONTENTS.flatMap(({ pages }) => pages)].map((page) =>
  [page.name, pageText(page)]));

/** Of every page, what it took from elsewhere too. @returns {Sample[]} */
function samples() {
  return Object.entries(texts).flatMap(([page, text]) => blocks(text).flatMap((block, index) => {
    const match = /^```(\w*)\n([\s\S]*)\n```$/.exec(block);
    return match ? [{ file: `${page}-${index}`, language: match[1], code: match[2] }] : [];
  }));
}

/** The scripts in them. @returns {Sample[]} */
function scripts() {
  return samples().flatMap((sample) => {
    if (sample.language === 'html') {
      return [...sample.code.matchAll(/<script type="module">\n([\s\S]*?)<\/script>/g)].map((match) =>
        ({ ...sample, language: 'js', code: match[1] }));
    }
    return sample.language === 'js' || sample.language === 'jsx' ? [sample] : [];
  });
}

/** What samples may take for granted; anything else that they do not declare is theirs to have. */
const GIVEN = `
declare const pinna: import('pinna').Pinna;
declare const context: AudioContext;
declare const bee: import('pinna').PinnaSource;
declare const forest: import('pinna').PinnaSoundfield;
declare const session: XRSession;
declare const referenceSpace: XRReferenceSpace;
declare const buffer: AudioBuffer;
declare const stream: MediaStream;
declare const audioElement: HTMLAudioElement;
declare const microphone: AudioNode;
declare const oscillator: AudioNode;
`;

/** Names that nobody declares, packages that are not installed. */
const NOT_OURS = new Set([2304, 2307, 2503, 2552, 2875, 7016, 7026, 18004]);

/** Scripts that must be objected to, each for one of the reasons that there are. */
const WRONG = {
  nameless: 'import { createPanners } from \'pinna/panner\';',
  methodless: 'pinna.createSauce();',
  optionless: 'pinna.createSource({ positon: [1, 0, 0] });',
  unparsed: 'const = 3;',
};

/**
 * What the compiler has against scripts.
 * @param {Sample[]} list
 */
function objections(list) {
  const folder = path.join(PAGES, 'samples');
  /** @type {Map<string, string>} */
  const files = new Map([[path.join(folder, 'given.d.ts'), GIVEN]]);
  for (const { file, language, code } of list) {
    let name = path.join(folder, `${file}.${language}`);
    while (files.has(name)) {
      name = name.replace(/(\.\w+)$/, '-$1');
    }
    files.set(name, `${code}\nexport {};\n`);
  }
  /** @type {ts.CompilerOptions} */
  const options = {
    allowJs: true, checkJs: true, noEmit: true, strict: false, skipLibCheck: true, jsx: ts.JsxEmit.Preserve,
    target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.es2022.d.ts', 'lib.dom.d.ts', 'lib.dom.iterable.d.ts'], types: ['webxr'], baseUrl: ROOT,
    paths: Object.fromEntries(modules().map(([name, file]) => [name, [file]])),
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists, readFile } = host;
  host.getCurrentDirectory = () => ROOT;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, version, ...rest) => (files.has(name) ?
    ts.createSourceFile(name, files.get(name) ?? '', version, true) : getSourceFile(name, version, ...rest));
  const program = ts.createProgram([...files.keys(), ...['three', 'react'].map((name) =>
    path.join(ROOT, `web/tools/${name}.d.ts`))], options, host);
  return [...files.keys()].flatMap((name) => {
    const source = program.getSourceFile(name);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)]
      .filter(({ code }) => !NOT_OURS.has(code))
      .map(({ code, messageText, start = 0 }) => {
        const line = source ? source.getLineAndCharacterOfPosition(start).line + 1 : 0;
        return `${path.basename(name)}:${line}: ${code} ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
      })
      // These come without types, and what stands for them here is only what pinna uses; and which element or event it
      // is, only who wrote the page knows.
      .filter((text) => !/"(three|react|@react-three\/fiber)"| on type '(Element|Event)'/.test(text));
  });
}

test('every_script_in_it_parses_and_uses_what_the_package_has', (t) => {
  const list = scripts();
  t.diagnostic(`${list.length} scripts`);
  assert.ok(list.length > 30);
  const wrong = Object.entries(WRONG).map(([name, code]) => ({ file: name, language: 'js', code }));
  const found = objections([...list, ...wrong]);
  const objected = (/** @type {string} */ name) => found.some((text) => text.startsWith(`${name}.js:`));
  assert.deepEqual(Object.keys(WRONG).filter((name) => !objected(name)), []);
  assert.deepEqual(found.filter((text) => !Object.hasOwn(WRONG, text.split('.')[0])), []);
});

test('it_is_written_without_a_warning', { timeout: 120000 }, async () => {
  assert.doesNotMatch(await building, /warning|error(?!s)/i);
});

test('json_in_it_parses', () => {
  const list = samples().filter(({ language }) => language === 'json');
  assert.ok(list.length >= 2);
  list.forEach(({ code }) => JSON.parse(code));
});

test('every_error_code_is_explained', () => {
  const type = /@typedef \{([^}]+)\} PinnaErrorCode/.exec(
    fs.readFileSync(path.join(ROOT, 'web/errors.js'), 'utf8'))?.[1] ?? '';
  const codes = [...type.matchAll(/'([\w-]+)'/g)].map((match) => match[1]);
  assert.ok(codes.length > 20);
  const text = texts.troubleshooting;
  assert.deepEqual(codes.filter((code) => !text.includes(`\`${code}\``)), []);
});

test('measured_tables_are_those_of_the_last_runs', () => {
  for (const [page, file] of [['benchmarks', 'tests/bench/RESULTS.md'], ['neural', 'tests/neural/RESULTS.md'],
    ['panner-tests', 'tests/panner/RESULTS.md'], ['how-good', 'README.md'], ['how-fast', 'README.md'],
    ['many-sources', 'README.md']]) {
    const source = fs.readFileSync(path.join(ROOT, file), 'utf8');
    const rows = texts[page].split('\n').filter((line) => line.startsWith('|') && source.includes(line));
    assert.ok(rows.length >= 5, `${page}: ${rows.length} rows of ${file}`);
  }
});

test('every_link_within_it_leads_somewhere', async (t) => {
  await building;
  const files = fs.readdirSync(SITE, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.html') && !file.startsWith('media'));
  /** @type {Map<string, string>} */
  const pages = new Map(files.map((file) => [path.join(SITE, file), fs.readFileSync(path.join(SITE, file), 'utf8')]));
  const broken = [];
  let count = 0;
  for (const [from, text] of pages) {
    for (const [, to] of text.matchAll(/\s(?:href|src)="([^"]*)"/g)) {
      if (/^(\w+:|$)/.test(to) || to === '#') {
        continue;
      }
      count++;
      const [target, anchor] = decodeURI(to.replaceAll('&amp;', '&')).split('#');
      const file = target === '' ? from : path.resolve(path.dirname(from), target);
      const there = pages.get(file);
      if (!fs.existsSync(file) || (anchor && there && !there.includes(` id="${anchor}"`))) {
        broken.push(`${path.relative(SITE, from)}: ${to}`);
      }
    }
  }
  t.diagnostic(`${count} links on ${files.length} pages`);
  assert.ok(count > 1000);
  assert.deepEqual([...new Set(broken)], []);
});

test('the_server_of_the_examples_has_it_beside_them', async () => {
  const { url, close } = await serve();
  try {
    assert.match(fs.readFileSync(path.join(ROOT, 'examples/index.html'), 'utf8'), /href="\/docs\/"/);
    const home = await fetch(`${url}/docs/`);
    assert.equal(home.status, 200);
    assert.match(await home.text(), /Spatial audio for the browser/);
    const inner = await fetch(`${url}/docs/assets/main.js`);
    assert.match(inner.headers.get('content-type') ?? '', /javascript/);
    assert.equal((await fetch(`${url}/docs/nothing.html`)).status, 404);
    assert.equal((await fetch(`${url}/docs/..%2fdocs-pages/home.md`)).status, 404);
  } finally {
    await close();
  }
});
