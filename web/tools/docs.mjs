// SPDX-License-Identifier: MIT
/**
 * `npm run docs`: the documentation as static pages, in .build/docs.
 *
 * The guide is web/docs, the reference comes from the types of what package.json exports, and what stands in another
 * file of the repository (recipes, measured tables) is taken from there by a line of its own:
 *
 *     <!-- include web/three/README.md -->           the file without its title
 *     <!-- include README.md # How good -->          one section of it
 *     <!-- include README.md # Use it : A strict -->  of that, the paragraph, list, table or sample that begins so
 *     <!-- fidelity -->                              the tables of tests/fidelity/figures.json
 *
 *     .build/docs-tools    typedoc, by web/docs/package-lock.json; installed once
 *     .build/docs-pages    the pages with all of that in them, and what typedoc is told
 */
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { GROUPS, OWN_HEAD_NOTE, shownName, subtitle } from '../../tests/fidelity/tables.mjs';
import { ROOT, ToolError, asProgram, must, run, withLock } from './process.mjs';
import { setup } from './setup.mjs';

const TOOLS = path.join(ROOT, '.build/docs-tools');
export const PAGES = path.join(ROOT, '.build/docs-pages');
export const SITE = path.join(ROOT, '.build/docs');
const TEXTS = path.join(ROOT, 'web/docs');

/** Package registries are at times out of reach. */
const ATTEMPTS = 3;

/** @typedef {{ name: string, title: string, from?: string }} Page  from: a file that is the whole page */

/** What is where, in reading order. @type {{ category: string, pages: Page[] }[]} */
export const CONTENTS = [
  {
    category: 'Guide',
    pages: [
      { name: 'getting-started', title: 'Getting started' },
      { name: 'space', title: 'Space' },
      { name: 'starting-sound', title: 'When sound may start' },
      { name: 'hosting', title: 'Hosting and policies' },
      { name: 'troubleshooting', title: 'Troubleshooting' },
    ],
  },
  {
    category: 'Recipes',
    pages: [
      { name: 'three', title: 'three.js' },
      { name: 'react-three-fiber', title: 'react-three-fiber' },
      { name: 'a-frame', title: 'A-Frame' },
      { name: 'babylon', title: 'Babylon.js' },
      { name: 'webxr', title: 'WebXR' },
      { name: 'drop-in-panner', title: 'Drop-in panner' },
      { name: 'player', title: 'A player for any page' },
      { name: 'media', title: 'WebRTC and media' },
      { name: 'heads', title: 'Your own head' },
      { name: 'many-sources', title: 'Many sources' },
      { name: 'soundfields', title: 'Soundfields' },
      { name: 'offline', title: 'Rendering offline' },
      { name: 'linn-renderers', title: 'Neural renderers' },
      { name: 'performance-check', title: 'A performance check in CI' },
    ],
  },
  {
    category: 'How good, how fast',
    pages: [
      { name: 'how-good', title: 'How good' },
      { name: 'how-fast', title: 'How fast' },
      { name: 'benchmarks', title: 'Benchmarks', from: 'tests/bench/RESULTS.md' },
      { name: 'neural', title: 'Neural rendering', from: 'tests/neural/RESULTS.md' },
      { name: 'panner-tests', title: 'PannerNode tests', from: 'tests/panner/RESULTS.md' },
    ],
  },
  {
    category: 'Files and models',
    pages: [
      { name: 'file-format', title: 'File formats', from: 'models/FORMAT.md' },
      { name: 'kemar', title: 'KEMAR', from: 'models/kemar/CARD.md' },
      { name: 'linn-training', title: 'LINN training', from: 'models/linn/README.md' },
      { name: 'kemar-field', title: 'kemar-field', from: 'models/linn/kemar-field.md' },
      { name: 'kemar-dense', title: 'kemar-dense', from: 'models/linn/kemar-dense.md' },
      { name: 'room-field', title: 'room-field', from: 'models/linn/room-field.md' },
      { name: 'room-dense', title: 'room-dense', from: 'models/linn/room-dense.md' },
      { name: 'changelog', title: 'Changes', from: 'CHANGELOG.md' },
    ],
  },
];

/** @type {Page} */
export const HOME = { name: 'home', title: 'pinna' };

const REFERENCE = 'API reference';

/** Files that stand whole in a page: links to them lead there. @type {Record<string, string>} */
const PAGE_OF = {
  'web/three/README.md': 'three',
  'web/media/README.md': 'media',
  ...Object.fromEntries(CONTENTS.flatMap(({ pages }) => pages.flatMap(({ name, from }) =>
    from === undefined ? [] : [[from, name]]))),
};

/** Types that stay names: of other packages, and what only pinna has. */
const UNTOLD = ['"three".Object3D', '"three".Matrix4', '"react".ReactElement', '"react".Ref', 'ChangeOptions', 'Core',
  'ModelFacts'];

/** @param {string} file  in the repository */
function read(file) {
  return fs.readFileSync(path.join(ROOT, file), 'utf8');
}

/**
 * The blocks of a Markdown text: what blank lines part, with fenced samples whole.
 * @param {string} text
 * @returns {string[]}
 */
export function blocks(text) {
  /** @type {string[]} */
  const list = [];
  let fence = false;
  let open = false;
  for (const line of text.split('\n')) {
    const blank = line.trim() === '' && !fence;
    if (!blank && open) {
      list[list.length - 1] += `\n${line}`;
    } else if (!blank) {
      list.push(line);
    }
    fence = /^\s*```/.test(line) ? !fence : fence;
    open = !blank;
  }
  return list;
}

/**
 * What an include line names.
 * @param {string} file @param {string} [heading] @param {string} [start]
 */
function included(file, heading, start) {
  let taken = blocks(read(file));
  if (heading === undefined) {
    taken = taken.filter((block, index) => index > 0 || !block.startsWith('# '));
  } else {
    const at = taken.findIndex((block) => /^#+ /.test(block) && block.replace(/^#+ /, '') === heading);
    if (at < 0) {
      throw new ToolError(`${file} has no section "${heading}"`);
    }
    const depth = taken[at].indexOf(' ');
    const end = taken.findIndex((block, index) => index > at && /^#+ /.test(block) && block.indexOf(' ') <= depth);
    taken = taken.slice(at + 1, end < 0 ? undefined : end);
  }
  if (start !== undefined) {
    taken = taken.filter((block) => block.replace(/^```\w*\n/, '').startsWith(start));
    if (taken.length !== 1) {
      throw new ToolError(`${taken.length} blocks of ${file} # ${heading} begin with "${start}"`);
    }
  }
  return relinked(taken.join('\n\n'), path.dirname(file));
}

/**
 * Links as they are from the pages' folder: to the page that has the file, else to the file.
 * @param {string} text @param {string} folder  where the text stood, in the repository
 */
function relinked(text, folder) {
  return blocks(text).map((block) => (/^\s*(```|    )/.test(block) ? block :
    block.replace(/\]\((?!\w+:|#)([^)#\s]+)(#[^)]*)?\)/g, (_, to, anchor = '') => {
      const file = path.posix.normalize(path.posix.join(folder, to));
      const target = PAGE_OF[file] ? `${PAGE_OF[file]}.md` :
        file.startsWith('web/docs/') ? file.slice('web/docs/'.length) : path.posix.join('../..', file);
      return `](${target}${anchor})`;
    }))).join('\n\n');
}

/** What `npm run fidelity` measured last, as Markdown. */
function fidelity() {
  const figures = JSON.parse(read('tests/fidelity/figures.json'));
  const parts = [subtitle(figures)];
  for (const head of figures.heads) {
    parts.push(`## ${head.name}, ${head.directions.length ?? head.directions} directions`);
    for (const { title, note, rows } of GROUPS) {
      const itself = rows.some((row) => row.itself);
      /** @type {string[][]} */
      const table = [['', 'unit', ...head.renderers.map(shownName), ...(itself ? ['itself'] : [])],
        ['---', '---', ...head.renderers.map(() => '---:'), ...(itself ? ['---:'] : [])],
        ...rows.map((row) => [row.name, row.unit, ...head.renderers.map(row.value),
          ...(itself ? [row.itself?.(head) ?? ''] : [])])];
      parts.push(`### ${title}`, note,
        table.map((row) => `| ${row.map((cell) => cell.replaceAll('*', '\\*')).join(' | ')} |`).join('\n'));
    }
    parts.push(`\\${OWN_HEAD_NOTE}`);
  }
  return parts.join('\n\n');
}

/** One page, with what it takes from elsewhere. @param {Page} page @returns {string} Markdown */
export function pageText({ name, from }) {
  if (from !== undefined) {
    return relinked(read(from).replace(/^# .*\n/, ''), path.dirname(from));
  }
  return relinked(read(`web/docs/${name}.md`), 'web/docs')
    .replace(/^<!-- include (\S+)(?: # (.+?))?(?: : (.+?))? -->$/gm, (_, file, heading, start) =>
      included(file, heading, start))
    .replace(/^<!-- fidelity -->$/m, fidelity);
}

/** Modules of the package with types of their own, and where those are written. @returns {[string, string][]} */
export function modules() {
  const { exports } = JSON.parse(read('package.json'));
  return Object.entries(exports).flatMap(([name, target]) => {
    const match = /^\.\/web\/dist\/types\/(.+)\.d\.ts$/.exec(target.types ?? '');
    return match ? [/** @type {[string, string]} */ ([path.posix.join('pinna', name), `web/${match[1]}.js`])] : [];
  });
}

/**
 * A module as typedoc reads it: everything exported, and the types that it names in `@typedef {import(...)}` themselves
 * rather than as another name of theirs.
 *
 * @param {string} name @param {string} file
 */
function moduleText(name, file) {
  const text = read(file);
  const about = /^\/\/ SPDX.*\n\/\*\*([\s\S]*?)\*\//.exec(text)?.[1] ?? '';
  const words = about.trim().replace(new RegExp(`^\\*?\\s*${name}: `), '').replace(/^ \* ?/gm, '')
    .replace(/^(?!pinna)./, (first) => first.toUpperCase());
  const folder = path.relative(PAGES, path.dirname(path.join(ROOT, file)));
  const types = [...text.matchAll(/@typedef \{import\('(\.[^']+)'\)\.(\w+)\} \2 /g)].map(([, from, type]) =>
    `export type { ${type} } from '${path.posix.join(folder, from)}';\n`);
  return `/**\n${words.replace(/^/gm, ' * ')}\n *\n * @module ${name}\n */\n` +
    `export * from '${path.relative(PAGES, path.join(ROOT, file))}';\n${types.join('')}`;
}

/** Writes .build/docs-pages. @returns {string[]} the pages' names */
export function writePages() {
  fs.rmSync(PAGES, { recursive: true, force: true });
  fs.mkdirSync(PAGES, { recursive: true });
  /** @param {string} file @param {string | object} text */
  const write = (file, text) => fs.writeFileSync(path.join(PAGES, file),
    typeof text === 'string' ? text : JSON.stringify(text, null, 2));
  const documents = CONTENTS.flatMap(({ category, pages }) => pages.map((page) => {
    const about = `---\ntitle: ${JSON.stringify(page.title)}\ncategory: ${JSON.stringify(category)}\n---\n\n`;
    write(`${page.name}.md`, `${about}# ${page.title}\n\n${pageText(page)}\n`);
    return page.name;
  }));
  write('home.md', pageText(HOME));
  const entries = modules().map(([name, file]) => {
    const entry = `${path.basename(name)}.ts`;
    write(entry, moduleText(name, file));
    return entry;
  });
  write('tsconfig.json', {
    extends: '../../tsconfig.json',
    files: [...entries, '../../web/tools/three.d.ts', '../../web/tools/react.d.ts'],
    include: [],
  });
  const { version } = JSON.parse(read('package.json'));
  write('typedoc.json', {
    name: 'pinna',
    out: 'site',
    entryPoints: entries,
    tsconfig: 'tsconfig.json',
    readme: 'home.md',
    projectDocuments: documents.map((name) => `${name}.md`),
    customCss: '../../web/docs/style.css',
    customJs: '../../web/docs/open-guide.js',
    favicon: '../../examples/shared/icon.svg',
    customFooterHtml: `<p>pinna ${version}, MIT. Written by <code>npm run docs</code>.</p>`,
    customFooterHtmlDisableWrapper: true,
    hideGenerator: true,
    defaultCategory: REFERENCE,
    categoryOrder: [...CONTENTS.map(({ category }) => category), REFERENCE],
    navigation: { includeCategories: true, includeGroups: false, includeFolders: false },
    includeHierarchySummary: false,
    searchInDocuments: true,
    searchInComments: true,
    highlightLanguages: ['javascript', 'typescript', 'jsx', 'html', 'css', 'json', 'bash', 'yaml', 'c', 'http'],
    lightHighlightTheme: 'github-light-high-contrast',
    darkHighlightTheme: 'github-dark-high-contrast',
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    disableSources: true,
    // `npm run check` is for that.
    skipErrorChecking: true,
    intentionallyNotExported: UNTOLD,
    treatWarningsAsErrors: true,
    treatValidationWarningsAsErrors: true,
  });
  return documents;
}

async function installTools() {
  const stamp = path.join(TOOLS, 'node_modules/.pinna-lock');
  const wanted = crypto.createHash('sha256').update(read('web/docs/package-lock.json')).digest('hex');
  if (fs.existsSync(stamp) && fs.readFileSync(stamp, 'utf8') === wanted) {
    return;
  }
  console.log('Installing typedoc');
  fs.mkdirSync(TOOLS, { recursive: true });
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) {
    fs.copyFileSync(path.join(TEXTS, name), path.join(TOOLS, name));
  }
  // Its peer, TypeScript, is found above.
  const args = ['install', '--omit=peer', '--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  for (let attempt = 1; ; attempt++) {
    const { code, output } = await run('npm', args, { cwd: TOOLS, heartbeat: 'npm install' });
    if (code === 0) {
      break;
    }
    if (attempt === ATTEMPTS) {
      throw new ToolError(`typedoc could not be installed.\n${output.trimEnd()}`);
    }
  }
  fs.writeFileSync(stamp, wanted);
}

/** Whether nothing that the site is made of is newer than it. */
function fresh() {
  const made = path.join(SITE, 'index.html');
  if (!fs.existsSync(made)) {
    return false;
  }
  const since = fs.statSync(made).mtimeMs;
  const code = fs.readdirSync(path.join(ROOT, 'web'), { recursive: true, encoding: 'utf8' })
    .filter((file) => /^(?!dist\/).*\.(js|mjs|ts|md|css|json)$/.test(file)).map((file) => `web/${file}`);
  return ['package.json', 'README.md', 'tests/fidelity/figures.json', ...Object.keys(PAGE_OF), ...code]
    .every((file) => fs.statSync(path.join(ROOT, file)).mtimeMs <= since);
}

/** @type {Promise<string> | undefined} */
let atWork;

/**
 * Makes the site where it is not there yet or something has changed.
 * @returns {Promise<string>} what typedoc said
 */
export async function buildDocs() {
  atWork ??= (fresh() ? Promise.resolve('') : withLock('docs', make)).finally(() => {
    atWork = undefined;
  });
  return atWork;
}

/** @returns {Promise<string>} */
async function make() {
  if (fresh()) {
    return '';
  }
  await installTools();
  writePages();
  const said = await must('Writing the documentation', process.execPath, [
    path.join(TOOLS, 'node_modules/typedoc/bin/typedoc'), '--options', path.join(PAGES, 'typedoc.json'),
  ], { cwd: PAGES, heartbeat: 'typedoc', env: { NO_COLOR: '1' } });
  fs.rmSync(SITE, { recursive: true, force: true });
  fs.renameSync(path.join(PAGES, 'site'), SITE);
  return said;
}

asProgram(import.meta.url, async () => {
  await setup([]);
  await buildDocs();
  const pages = fs.readdirSync(SITE, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'));
  console.log(`.build/docs/index.html and ${pages.length - 1} other pages`);
});
