// SPDX-License-Identifier: MIT
/** The figures as one HTML file that needs nothing else: pictures drawn as SVG, and the tables. */
import { tables } from './tables.mjs';

/** @typedef {import('./run.mjs').Figures} Figures */

/** What is drawn of a set of clips: key, title, digits. @type {readonly [string, string, number][]} */
const DRAWN = [
  ['l2x1000', 'Wave L2 × 10³', 3], ['amplitude', 'Amplitude error', 4], ['phaseRad', 'Phase error, rad', 3],
  ['mrstft', 'MRSTFT', 2], ['ildDb', 'ILD error, dB', 2], ['itdUs', 'ITD error, µs', 0],
];

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5b6876; --line: #dfe4ea; --paper: #ffffff; --panel: #f6f8fa;
  --base: #9aa7b5; --linn: #1f6fd0; --published: #c97a00; }
@media (prefers-color-scheme: dark) { :root { --ink: #e5eaf0; --soft: #9aa7b5; --line: #303a45; --paper: #12171d;
  --panel: #1a2129; --base: #5b6876; --linn: #5aa2f5; --published: #f0a63a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 40px 24px 80px; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
h2 { font-size: 20px; margin: 56px 0 4px; }
p { margin: 4px 0 12px; max-width: 78ch; }
.soft { color: var(--soft); font-size: 13px; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13px; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 9px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
thead th { font-weight: 600; border-bottom: 2px solid var(--line); }
.grid { display: grid; grid-template-columns: repeat(auto-fill, minmax(300px, 1fr)); gap: 20px 28px; margin: 20px 0; }
figure { margin: 0; background: var(--panel); border-radius: 8px; padding: 12px 14px; }
figcaption { font-weight: 600; font-size: 13px; margin-bottom: 4px; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 10px; font-family: inherit; }
svg .value { fill: var(--ink); font-variant-numeric: tabular-nums; }
.base { fill: var(--base); } .linn { fill: var(--linn); } .published { fill: var(--published); }
`;

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

const ROW_PX = 19;
const NAME_PX = 132;
const BAR_PX = 112;

/**
 * Bars from zero, one a system.
 *
 * @param {string} title
 * @param {{ name: string, value: number, kind: string }[]} bars
 * @param {number} digits
 */
function barsOf(title, bars, digits) {
  const most = Math.max(...bars.map(({ value }) => value), 1e-12);
  const drawn = bars.map(({ name, value, kind }, i) => {
    const y = i * ROW_PX;
    const width = Math.max(1, value / most * BAR_PX);
    return `<text x="${NAME_PX - 6}" y="${y + 12}" text-anchor="end">${escaped(name)}</text>` +
      `<rect class="${kind}" x="${NAME_PX}" y="${y + 3}" width="${width.toFixed(1)}" height="12" rx="2"/>` +
      `<text class="value" x="${(NAME_PX + width + 5).toFixed(1)}" y="${y + 12}">${value.toFixed(digits)}</text>`;
  }).join('');
  return `<figure><figcaption>${escaped(title)}</figcaption>` +
    `<svg viewBox="0 0 292 ${bars.length * ROW_PX}" role="img" aria-label="${escaped(title)}">${drawn}</svg></figure>`;
}

/** @param {string} name */
function shortName(name) {
  return name.replace(/, (level|delay) fitted to each clip/, ', $1 fitted').replace('DSP: measured head, 1/r', 'DSP')
    .replace('Mono in both ears', 'Mono').replace(', dense as a short filter', '')
    .replace(/, (dense|factorised)(?=,|$)/, '').replace('Geometric warp, ', 'Warp, ')
    .replace('pinna measured, ', 'Measured, ').replace(', 15 by 15 degrees', '').replace('exact tier', 'exact')
    .replace('bulk tier', 'bulk').replace('these directions in the head', 'seen');
}

/** @param {string} key */
function kindOf(key) {
  return key.startsWith('linn') ? 'linn' : 'base';
}

/** @param {import('./judge.mjs').Row[]} rows */
function pictures(rows) {
  const shown = rows.filter(({ metrics }) => metrics !== undefined);
  return shown.length === 0 ? '' : `<div class="grid">${DRAWN.map(([key, title, digits]) => barsOf(title,
    shown.map((row) => ({ name: shortName(row.name), value: row.metrics?.[key] ?? 0, kind: kindOf(row.key) })),
    digits)).join('')}</div>`;
}

/** @param {NonNullable<Figures['anechoic']>} anechoic */
function anechoicPictures({ rows }) {
  const shown = rows.filter(({ compared }) => compared !== undefined);
  /** @type {readonly ['lsdDb' | 'itdUs' | 'ildDb', string, number][]} */
  const drawn = [['lsdDb', 'LSD 200 Hz-16 kHz, dB', 2], ['itdUs', 'ITD error, µs', 1], ['ildDb', 'ILD error, dB', 2]];
  return `<div class="grid">${drawn.map(([key, title, digits]) => barsOf(title, shown.map((row) => ({
    name: shortName(row.name), value: row.compared?.[key].mean ?? 0, kind: kindOf(row.key),
  })), digits)).join('')}</div>`;
}

const WIDEST = 118;

/** Lines that can be compared: broken between tags, then at blanks, which mean the same. @param {string} html */
function broken(html) {
  return html.replaceAll('><', '>\n<').split('\n').flatMap((line) => {
    const lines = [];
    let rest = line;
    while (rest.length > WIDEST && rest.lastIndexOf(' ', WIDEST) > 0) {
      const at = rest.lastIndexOf(' ', WIDEST);
      lines.push(rest.slice(0, at));
      rest = rest.slice(at + 1);
    }
    return [...lines, rest];
  }).join('\n');
}

/** @param {Figures} figures @returns {string} */
export function page(figures) {
  const { date, machine, node, commit, python } = figures.circumstances;
  const drawn = [
    ...figures.sets.map(({ rows }) => pictures(rows)),
    ...(figures.anechoic === undefined ? [] : [anechoicPictures(figures.anechoic), '']),
    ...(figures.real === undefined ? [] : [pictures(figures.real.rows)]),
  ];
  const sections = tables(figures).map(({ title, note, head, rows }, i) => `<section>
<h2>${escaped(title)}</h2>
<p class="soft">${escaped(note)}</p>
${drawn[i]}
<div class="scroll"><table><thead><tr>${head.map((cell) => `<th>${escaped(cell)}</th>`).join('')}</tr></thead><tbody>
${rows.map((row) => `<tr>${row.map((cell) => `<td>${escaped(cell)}</td>`).join('')}</tr>`).join('\n')}
</tbody></table></div>
</section>`);
  return broken(`<!doctype html>
<!-- SPDX-License-Identifier: MIT -->
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>pinna: neural rendering, ${escaped(date.slice(0, 10))}</title>
<style>${STYLE}</style>
<h1>Neural rendering, measured</h1>
<p class="soft">${escaped(date)} UTC, ${escaped(machine)}, Node ${escaped(node)}, ${escaped(python)}, commit
${escaped(commit)}. ${escaped(figures.command)}, ${figures.seconds} s.</p>
${sections.join('\n')}
</html>
`);
}
