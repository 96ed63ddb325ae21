// SPDX-License-Identifier: MIT
/** A check for people: sections of HTML for a page, and a file that needs nothing else. */
import { breakdownText } from './breakdowns.js';
import { CAPABILITIES } from './capabilities.js';
import { barChart, escaped, loadChart, rounded, stackedChart } from './charts.js';
import { METRICS, NOISY_PERCENT, liveRows, throughputRow, written } from './metrics.js';
import { MOTION_NAMES, RENDERER_NAMES } from './renderer-names.js';

/** @typedef {import('./perf-schema.js').PerfReport} PerfReport */
/** @typedef {import('./check.js').BrowserResult} BrowserResult */
/** @typedef {ReturnType<typeof import('./compare.js').compareReports>} Comparison */

/** Colours of browsers, in their order in a report. */
const COLOURS = ['one', 'two', 'three', 'four', 'five', 'six'];

/** The least that a page needs to show the sections. */
export const SECTION_STYLE = `
.perf { --one: #2660b8; --two: #c05a1c; --three: #0b6b62; --four: #8a3fa0; --five: #6b7280; --six: #a07900;
  --pinna: #0b6b62; --panner: #8d8577; --resonance: #c3bba9; --start-a: #9cc9c1; --start-b: #0b6b62;
  --start-c: #0a4741; }
@media (prefers-color-scheme: dark) { .perf { --one: #7fb0ff; --two: #f2a071; --three: #5fd0bf; --four: #d29be4;
  --five: #a2a8b4; --six: #e2c455; --pinna: #5fd0bf; --panner: #857f76; --resonance: #57534c; --start-a: #2c5d56;
  --start-b: #3f9f91; --start-c: #8be3d5; } }
.perf section { margin-top: 2.75rem; }
.perf h2 { font-size: 1.5rem; }
.perf h3 { margin: 1.5rem 0 0.5rem; font-size: 1.1rem; }
.perf p.soft { max-width: 72ch; margin: 0.35rem 0 1rem; }
.perf .verdicts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 250px), 1fr)); gap: 1rem;
  margin-top: 1.5rem; }
.perf .verdict { padding: 1.1rem 1.25rem; }
.perf .verdict h3 { display: flex; align-items: center; gap: 0.55em; margin: 0 0 0.6rem; }
.perf .dot { width: 0.7em; height: 0.7em; border-radius: 50%; background: var(--of); flex: none; }
.perf dl { display: grid; grid-template-columns: 1fr auto; gap: 0.2rem 0.9rem; margin: 0; font-size: 0.95rem; }
.perf dt { color: var(--soft); }
.perf dd { margin: 0; font-weight: 600; text-align: right; font-variant-numeric: tabular-nums; }
.perf .scroll { overflow-x: auto; }
.perf .remark { max-width: 72ch; margin: 0.35rem 0 1rem; padding-left: 0.8rem; border-left: 3px solid var(--warn); }
.perf table { border-collapse: collapse; width: 100%; font-size: 0.92rem; font-variant-numeric: tabular-nums; }
.perf th, .perf td { padding: 0.35rem 0.7rem; border-bottom: 1px solid var(--line); text-align: right; }
.perf th:first-child, .perf td:first-child { padding-left: 0; text-align: left; font-weight: 400; min-width: 11rem; }
.perf thead th { border-bottom-width: 2px; font-weight: 600; vertical-align: bottom; }
.perf tbody th[colspan] { padding-top: 1.1rem; font-weight: 600; color: var(--soft); }
.perf td.worse, .perf dd.worse { color: var(--warn); font-weight: 600; }
.perf td.better { color: var(--accent); font-weight: 600; }
.perf .no { color: var(--soft); }
.perf figure { margin: 0.75rem 0 0; }
.perf svg { display: block; width: 100%; height: auto; max-width: 820px; }
.perf svg text { fill: var(--soft); font: 13px var(--body, sans-serif); }
.perf svg .name { fill: var(--ink); font-weight: 600; }
.perf svg .figure { fill: var(--ink); font-variant-numeric: tabular-nums; }
.perf svg .axis { stroke: var(--line); fill: none; }
.perf .legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; margin: 0.5rem 0 0; font-size: 0.9rem;
  color: var(--soft); }
.perf .legend span { display: inline-flex; align-items: center; gap: 0.45em; }
.perf .problems { margin: 0.5rem 0 0; padding-left: 1.1rem; }
@media (max-width: 600px) { .perf th, .perf td { padding: 0.35rem 0.3rem; }
  .perf th:first-child, .perf td:first-child { min-width: 6.8rem; }
  .perf thead th:not(:first-child) { min-width: 4.2rem; overflow-wrap: anywhere; } }
.perf svg.narrow { max-width: 600px; }
.perf .scroll.chart svg:not(.narrow) { min-width: 560px; }
.perf td + td { white-space: nowrap; }
`;

/** @param {{ colour: string, name: string }[]} entries */
function legend(entries) {
  return `<p class="legend">${entries.map(({ colour, name }) =>
    `<span><i class="dot" style="--of: var(--${colour})"></i>${escaped(name)}</span>`).join('')}</p>`;
}

/** @param {string} title @param {string} words @param {string} content */
function section(title, words, content) {
  return content === '' ? '' :
    `<section><h2>${escaped(title)}</h2><p class="soft">${escaped(words)}</p>${content}</section>`;
}

/** Without what comes after the first number: for charts. @param {string} browser */
function shortName(browser) {
  return browser.replace(/^(.*? \d+(?:\.\d+)?)\S*$/, '$1');
}

/** @param {string} svg */
function figure(svg) {
  return `<figure class="scroll chart">${svg}</figure>`;
}

/** @param {BrowserResult} result @param {string} key */
function figureOf(result, key) {
  const metric = /** @type {import('./metrics.js').Metric} */ (METRICS.find((known) => known.key === key));
  const value = metric.value(result);
  const unit = metric.unit === 'dB' && value !== undefined && value <= -400 ? '' : ` ${metric.unit}`;
  return value === undefined ? '–' : `${written(metric, value)}${metric.unit === 'times' ? ' ×' : unit}`;
}

/** @param {BrowserResult} result */
function noiseOf(result) {
  const noisy = result.noise && 100 * result.noise.stolen > NOISY_PERCENT;
  return result.noise === undefined ? '' : '<dt>Time that other programs took</dt>' +
    `<dd${noisy ? ' class="worse"' : ''}>${figureOf(result, 'check.stolen')}</dd>`;
}

/** @param {PerfReport} report */
function verdicts({ browsers }) {
  return `<div class="verdicts">${browsers.map((result, i) => `<div class="verdict card">
<h3><i class="dot" style="--of: var(--${COLOURS[i % COLOURS.length]})"></i>${escaped(result.browser)}</h3><dl>
<dt>Beside Node’s render</dt><dd>${figureOf(result, 'correctness.distanceDb')}</dd>
<dt>First sound after</dt><dd>${figureOf(result, 'startUp.totalMs')}</dd>
<dt>Sources for one core, at rest</dt><dd>${figureOf(result, 'throughput.pinna.rest').replace(' sources', '')}</dd>
<dt>PannerNodes for one core</dt><dd>${figureOf(result, 'throughput.panner.rest').replace(' sources', '')}</dd>
<dt>Live, all moving, no gap</dt><dd>${figureOf(result, 'live.pinna.sources').replace(' sources', '')}</dd>
${noiseOf(result)}
${result.breakdowns?.length ? `<dt>Broke down</dt><dd class="worse">${result.breakdowns.length} ×</dd>` : ''}
</dl></div>`).join('')}</div>`;
}

/** @param {PerfReport} report */
function throughput({ browsers }) {
  const measured = browsers.filter(({ throughput: rows }) => rows && rows.length > 0);
  const renderers = /** @type {(keyof typeof RENDERER_NAMES)[]} */ (Object.keys(RENDERER_NAMES));
  const motions = /** @type {(keyof typeof MOTION_NAMES)[]} */ (Object.keys(MOTION_NAMES));
  return measured.map((result) => {
    const groups = motions.map((motion) => ({
      title: MOTION_NAMES[motion],
      bars: renderers.flatMap((renderer) => {
        const row = throughputRow(result, renderer, motion);
        return row ? [{ label: RENDERER_NAMES[renderer], colour: renderer, value: row.sourcesPerCore,
          shown: `${rounded(row.sourcesPerCore)}  (${row.sourceUs.toFixed(1)} µs)` }] : [];
      }),
    })).filter(({ bars }) => bars.length > 0);
    return `<h3>${escaped(result.browser)}</h3>` +
      figure(barChart(groups, `Sources for one core in ${result.browser}; the table below has the figures`));
  }).join('');
}

/** @param {PerfReport} report */
function live({ browsers }) {
  const lines = browsers.map((result, i) => ({
    name: shortName(result.browser), colour: COLOURS[i % COLOURS.length],
    points: liveRows(result, 'pinna', false).filter(({ load }) => load !== undefined)
      .map(({ sources, load = 0, stable }) => ({ x: sources, y: 100 * load, good: stable })),
  })).filter(({ points }) => points.length > 0);
  const rows = browsers.flatMap((result) => (result.stability?.rows ?? []).map((row, i) => `${i > 0 ? '' :
    `<tr><th colspan="7">${escaped(result.browser)}</th></tr>`}<tr>
<td>${row.renderer === 'pinna' ? 'pinna' : 'PannerNode'}${row.jank ? ', page busy' : ''}</td>
<td>${row.sources}</td><td>${row.load === undefined ? '–' : `${(100 * row.load).toFixed(0)} %`}</td>
<td>${row.longestMs === undefined ? '–' : `${row.longestMs} ms`}</td>
<td${row.stable ? '' : ' class="worse"'}>${row.underruns}</td>
<td${row.stable ? '' : ' class="worse"'}>${rounded(row.lostMs)} ms</td>
<td>${row.counted === 'browser' ? 'the browser' : 'the clocks'}</td></tr>`));
  const chart = lines.length === 0 ? '' : figure(loadChart(lines, 'Load of the audio thread by moving sources'));
  return rows.length === 0 ? '' : `${chart}<div class="scroll"><table><thead><tr><th>Live</th><th>sources</th>
<th>load</th><th>longest block</th><th>gaps</th><th>lost</th><th>counted by</th></tr></thead>
<tbody>${rows.join('')}</tbody></table></div>`;
}

/** @param {PerfReport} report */
function startUp({ browsers }) {
  const measured = browsers.flatMap(({ browser, startUp: found }) => found ? [{ browser, found }] : []);
  if (measured.length === 0) {
    return '';
  }
  const chart = stackedChart(measured.map(({ browser, found: { least } }) => ({
    label: shortName(browser), shown: `${rounded(least.totalMs)} ms`,
    parts: [
      { colour: 'start-a', value: least.modulesMs, name: 'the module' },
      { colour: 'start-b', value: least.engineMs, name: 'context and engine' },
      { colour: 'start-c', value: least.soundMs, name: 'until it sounds' },
    ],
  })), 'From the module to the first sound');
  return figure(chart) + legend([{ colour: 'start-a', name: 'the module' },
    { colour: 'start-b', name: 'context, engine and head' }, { colour: 'start-c', name: 'until it sounds' }]);
}

/** @param {PerfReport} report */
function figures({ browsers }) {
  let group = '';
  const rows = METRICS.flatMap((metric) => {
    const values = browsers.map((result) => metric.value(result));
    if (values.every((value) => value === undefined)) {
      return [];
    }
    const head = metric.group === group ? '' :
      `<tr><th colspan="${browsers.length + 1}">${escaped(metric.group)}</th></tr>`;
    ({ group } = metric);
    return [`${head}<tr><td>${escaped(metric.name)} <span class="no">${escaped(metric.unit)}</span></td>${
      values.map((value) => `<td>${escaped(written(metric, value))}</td>`).join('')}</tr>`];
  });
  return rows.length === 0 ? '' : table(browsers, rows);
}

/** @param {PerfReport} report */
function capabilities({ browsers }) {
  const cell = (/** @type {boolean | undefined} */ has) => has === undefined ? '<td>–</td>' :
    `<td${has ? '' : ' class="no"'}>${has ? 'yes' : 'no'}</td>`;
  return table(browsers, Object.entries(CAPABILITIES).map(([key, { name, gives }]) =>
    `<tr><td>${escaped(name)}<br><span class="no">${escaped(gives)}</span></td>${
      browsers.map(({ capabilities: has }) => cell(has[key])).join('')}</tr>`));
}

/** @param {BrowserResult[]} browsers @param {string[]} rows */
function table(browsers, rows) {
  return `<div class="scroll"><table><thead><tr><th></th>${browsers.map(({ browser }) =>
    `<th>${escaped(browser)}</th>`).join('')}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`;
}

/** @param {PerfReport} report */
function breakdowns({ browsers }) {
  const all = browsers.flatMap(({ browser, breakdowns: of = [] }) =>
    of.map((breakdown) => `${browser} ${breakdownText(breakdown)}`));
  return all.length === 0 ? '' : `<ul class="problems">${all.map((text) => `<li>${escaped(text)}</li>`).join('')}</ul>`;
}

/** @param {PerfReport} report */
function problems({ browsers }) {
  const all = browsers.flatMap(({ browser, problems: of }) => of.map(({ message }) => `${browser}: ${message}`));
  return all.length === 0 ? '' : `<ul class="problems">${all.map((text) => `<li>${escaped(text)}</li>`).join('')}</ul>`;
}

/**
 * Two checks beside each other.
 *
 * @param {Comparison} comparison
 * @param {{ before: string, after: string }} names
 * @returns {string} HTML, to be put below an element of the class "perf"
 */
export function comparisonSection({ differences, unmatched, remarks }, { before, after }) {
  const browsers = [...new Set(differences.map(({ browser }) => browser))];
  const tables = browsers.map((browser) => `<h3>${escaped(browser)}</h3><div class="scroll"><table>
<thead><tr><th></th><th>${escaped(before)}</th><th>${escaped(after)}</th><th>change</th></tr></thead><tbody>${
  differences.filter((one) => one.browser === browser).map(({ metric, before: a, after: b, change, verdict }) =>
    `<tr><td>${escaped(metric.name)} <span class="no">${escaped(metric.unit)}</span></td>
<td>${escaped(written(metric, a))}</td><td>${escaped(written(metric, b))}</td>
<td class="${verdict}">${change > 0 ? '+' : ''}${(100 * change).toFixed(0)} %</td></tr>`).join('')
}</tbody></table></div>`).join('');
  return section('Compared', 'Changes of more than a tenth are marked: less is the noise of two runs.',
    `${remarks.map((text) => `<p class="remark">${escaped(text)}</p>`).join('')}${tables}${
      unmatched.map((text) => `<p class="soft">${escaped(text)}</p>`).join('')}`);
}

/**
 * @param {PerfReport} report
 * @returns {string} HTML, to be put below an element of the class "perf"
 */
export function reportSections(report) {
  return [
    verdicts(report),
    section('Broke down', 'The page or the browser crashed or hung; a fresh browser went on, and what had been ' +
      'measured was kept.', breakdowns(report)),
    section('Sources for one core', 'How many sources one core renders in real time, offline: more is better. ' +
      'Behind it, microseconds for a source and a block of 128 frames. At rest; moved sixty times a second by the ' +
      'page, where the browser can stop an offline context for that; and moved in every block by automation.',
    throughput(report)),
    section('Live', 'All sources move, because the head turns. The load is the share of the time that the audio ' +
      'thread renders; hollow points lost sound. With the page busy, its thread is blocked for 180 of every 200 ms.',
    live(report)),
    section('Start', 'From the first request for the module to the first sample that leaves the engine.' +
      ' The least of a few starts; the browser’s output latency comes on top.', startUp(report)),
    section('All figures', 'Timed figures vary by a tenth from run to run, and with what else the machine does: ' +
      'noise is the share of the time that others took, between the measurements, from two threads that only computed.',
      figures(report)),
    section('What the browser has', '', capabilities(report)),
    section('Not measured', '', problems(report)),
  ].join('\n').replaceAll('<p class="soft"></p>', '');
}

const PAGE_STYLE = `
:root { color-scheme: light dark; --paper: #f6f4ef; --card: #fffefb; --line: #d9d3c6; --ink: #1f2126; --soft: #5a5d66;
  --accent: #0b6b62; --warn: #9a3412; --body: ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto,
  "DejaVu Sans", sans-serif; --display: "Iowan Old Style", Palatino, Georgia, "DejaVu Serif", serif; }
@media (prefers-color-scheme: dark) { :root { --paper: #12151a; --card: #1a1e25; --line: #2f3540; --ink: #eceef2;
  --soft: #a2a8b4; --accent: #5fd0bf; --warn: #ffb38a; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 960px; padding: clamp(1.25rem, 5vw, 3rem) clamp(1rem, 4vw, 2rem) 4rem;
  background: var(--paper); color: var(--ink); font: 16px/1.55 var(--body); overflow-wrap: anywhere; }
h1, h2, h3 { font-family: var(--display); font-weight: 600; line-height: 1.15; margin: 0; }
h1 { font-size: clamp(1.9rem, 6vw, 2.8rem); letter-spacing: -0.015em; }
table { overflow-wrap: normal; }
.soft { color: var(--soft); }
.card { border: 1px solid var(--line); border-radius: 14px; background: var(--card); }
.lead { margin: 0.6rem 0 0; }
`;

/** Breaks after elements, so that no line of the file is longer than tools and people can read. @param {string} html */
function folded(html) {
  return html.split('\n').flatMap((line) => {
    const out = [];
    let rest = line;
    while (rest.length > 120) {
      const element = rest.lastIndexOf('><', 118) + 1;
      const at = element > 0 ? element : rest.lastIndexOf(' ', 120);
      if (at <= 0) {
        break;
      }
      out.push(rest.slice(0, at));
      rest = rest.slice(at).trimStart();
    }
    return [...out, rest];
  }).join('\n');
}

/**
 * A file that needs nothing else.
 *
 * @param {PerfReport} report
 * @param {string} [more]  sections before its own, such as a comparison
 * @returns {string} HTML
 */
export function reportPage(report, more = '') {
  const day = report.date.slice(0, 10);
  return folded(`<!doctype html>
<!-- SPDX-License-Identifier: MIT -->
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>pinna performance check, ${day}</title>
<link rel="icon" href="data:,">
<style>${PAGE_STYLE}${SECTION_STYLE}</style>
</head>
<body>
<h1>pinna performance check</h1>
<p class="lead soft">pinna ${escaped(report.pinna)}, ${day}, on ${escaped(report.machine)}.${
  report.browsers.some(({ quick }) => quick) ? ' A quick check: rough figures.' : ''}${
  report.note ? ` ${escaped(report.note)}` : ''}</p>
<div class="perf">
${more}${reportSections(report)}
</div>
</body>
</html>
`);
}
