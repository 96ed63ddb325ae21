// SPDX-License-Identifier: MIT
/** The figures as one HTML file that needs nothing else: tables, and plots drawn as SVG. */
import { GROUPS, OWN_HEAD_NOTE, shownName, subtitle } from './tables.mjs';

/** @typedef {import('./run.mjs').Figures} Figures */
/** @typedef {import('./run.mjs').HeadFigures} HeadFigures */
/** @typedef {import('./run.mjs').RendererFigures} RendererFigures */

/** Of the scale's colours; what is above is drawn as the last. */
const SCALE_DB = 10;
/** From pale to dark, in about equal steps of lightness. */
const SCALE = [
  '#dfe9f0', '#c8dfe8', '#a0ccd4', '#72b3c0', '#4a95ad', '#35739a', '#2f5287', '#2b3369', '#231a45', '#150b26',
];
/** Small errors near the paper's colour, as on the light page. */
const DARK_SCALE = [
  '#243342', '#27435a', '#2a5672', '#2f6c88', '#3d859c', '#559fae', '#77b9bf', '#9fd0d1', '#c6e4e4', '#f0fafa',
];

/** @param {string[]} colours */
function scaleStyle(colours) {
  return colours.map((fill, i) => `.s${i} { fill: ${fill}; }`).join(' ');
}

const STYLE = `
:root { color-scheme: light dark; --ink: #1d2733; --soft: #5b6876; --line: #dfe4ea; --paper: #ffffff; --panel: #f6f8fa;
  --reference: #7a52c7; --exact: #1f6fd0; --bulk: #0f9d74; --panner: #c97a00; --resonance: #c93b5b; }
@media (prefers-color-scheme: dark) { :root { --ink: #e5eaf0; --soft: #9aa7b5; --line: #303a45; --paper: #12171d;
  --panel: #1a2129; --reference: #b59af0; --exact: #5aa2f5; --bulk: #35c79b; --panner: #f0a63a;
  --resonance: #f2708c; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 1080px; padding: 40px 24px 80px; background: var(--paper); color: var(--ink);
  font: 15px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 6px; letter-spacing: -0.01em; }
h2 { font-size: 20px; margin: 56px 0 4px; }
h3 { font-size: 15px; margin: 28px 0 2px; }
p { margin: 4px 0 12px; max-width: 78ch; }
.soft, figcaption { color: var(--soft); font-size: 13px; }
.cards { display: grid; grid-template-columns: repeat(auto-fit, minmax(220px, 1fr)); gap: 12px; margin: 24px 0; }
.card { background: var(--panel); border-radius: 8px; padding: 14px 16px; border-left: 4px solid var(--of); }
.card b { display: block; font-size: 14px; }
.card dl { display: grid; grid-template-columns: 1fr auto; margin: 8px 0 0; gap: 2px 8px; font-size: 13px; }
.card dt { color: var(--soft); } .card dd { margin: 0; font-variant-numeric: tabular-nums; text-align: right; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; width: 34%; }
thead th { font-weight: 600; border-bottom: 2px solid var(--line); }
td .unit { color: var(--soft); }
figure { margin: 16px 0; }
.grid { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 20px 24px; }
@media (max-width: 720px) { .grid { grid-template-columns: 1fr; } }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 11px; font-family: inherit; }
svg .name { fill: var(--ink); font-size: 13px; font-weight: 600; }
${scaleStyle(SCALE)}
@media (prefers-color-scheme: dark) { ${scaleStyle(DARK_SCALE)} }
svg .axis { stroke: var(--line); stroke-width: 1; fill: none; }
`;

/** @param {string} text */
function escaped(text) {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** @param {number} x */
function n(x) {
  return String(Math.round(x * 10) / 10);
}

// LSD over the sphere

/** The step of the scale: a class, since the dark page's scale runs the other way. @param {number} db */
function step(db) {
  return `s${Math.min(SCALE.length - 1, Math.floor(db / SCALE_DB * SCALE.length))}`;
}

/**
 * What is written over a plot.
 *
 * @param {RendererFigures} renderer
 * @param {number} left @param {number} right
 * @param {string} said
 */
function heading(renderer, left, right, said) {
  return `<text class="name" x="${left}" y="16">${escaped(shownName(renderer))}</text>
<text x="${right}" y="16" text-anchor="end">${said}</text>`;
}

/** Where a label is anchored so that it stays within the plot. @param {number} i @param {number} count */
function anchor(i, count) {
  return i === 0 ? 'start' : (i === count - 1 ? 'end' : 'middle');
}

/** @param {HeadFigures} head @param {RendererFigures} renderer */
function sphere(head, renderer) {
  const { name, responses: { plots, lsdDb: { narrow } } } = renderer;
  const [left, top, width, height] = [34, 26, 420, 190];
  const x = (/** @type {number} */ azimuth) => left + width * (180 + azimuth) / 360;
  const y = (/** @type {number} */ elevation) => top + height * (90 - elevation) / 180;
  // Dots that just touch where the grid is densest, on the map stretched as the sphere is.
  const size = Math.max(1.6, Math.min(6, 0.45 * Math.sqrt(width * height / head.directions.length)));
  const dots = head.directions.map(([dx, dy, dz], i) => {
    const azimuth = Math.atan2(dx, -dz) * 180 / Math.PI;
    const elevation = Math.asin(Math.max(-1, Math.min(1, dy))) * 180 / Math.PI;
    return `<circle cx="${n(x(azimuth))}" cy="${n(y(elevation))}" r="${n(size)}" class="${step(plots.lsdDb[i])}"/>`;
  });
  return `<svg viewBox="0 0 470 250" role="img" aria-label="LSD over the sphere, ${escaped(name)}">
${heading(renderer, left, left + width, `mean ${narrow.mean.toFixed(2)} dB, worst ${narrow.worst.toFixed(2)} dB`)}
<rect class="axis" x="${left}" y="${top}" width="${width}" height="${height}"/>
${[-90, 0, 90].map((a) => `<path class="axis" d="M${x(a)} ${top}v${height}"/>`).join('')}
<path class="axis" d="M${left} ${y(0)}h${width}"/>
${dots.join('')}
${['behind', 'left', 'ahead', 'right', 'behind'].map((text, i) =>
    `<text x="${x(90 * i - 180)}" y="${top + height + 15}" text-anchor="${anchor(i, 5)}">${text}</text>`).join('')}
${[90, 0, -90].map((e) => `<text x="${left - 6}" y="${y(e) + 4}" text-anchor="end">${e}°</text>`).join('')}
</svg>`;
}

function scale() {
  const width = 32;
  const at = (/** @type {number} */ db) => 34 + db / SCALE_DB * SCALE.length * width;
  return `<svg viewBox="0 0 470 34" style="max-width:470px" role="img" aria-label="colours of the scale">
${SCALE.map((_, i) => `<rect x="${34 + i * width}" y="2" width="${width}" height="10" class="s${i}"/>`).join('')}
${[0, 2, 4, 6, 8].map((db) => `<text x="${at(db)}" y="27" text-anchor="middle">${db}</text>`).join('')}
<text x="${at(SCALE_DB) - 8}" y="27">10 dB and more</text></svg>`;
}

// Histograms

const ITD_AXIS = { most: 200, bins: 80, unit: 'µs', digits: 1 };
const ILD_AXIS = { most: 4, bins: 80, unit: 'dB', digits: 2 };

/**
 * @param {RendererFigures} renderer
 * @param {number[]} values
 * @param {{ most: number, bins: number, unit: string, digits: number }} axis
 */
function histogram(renderer, values, { most, bins, unit, digits }) {
  const { key, name } = renderer;
  const [left, top, width, height] = [14, 26, 440, 110];
  const counts = new Array(bins).fill(0);
  let beyond = 0;
  for (const value of values) {
    const bin = Math.floor((value + most) / (2 * most) * bins);
    if (bin < 0 || bin >= bins) {
      beyond++;
    }
    counts[Math.max(0, Math.min(bins - 1, bin))]++;
  }
  const peak = Math.max(...counts);
  const wide = width / bins;
  const mean = values.reduce((sum, x) => sum + Math.abs(x), 0) / values.length;
  const bars = counts.map((count, i) => {
    const tall = height * count / peak;
    return count === 0 ? '' : `<rect x="${n(left + i * wide + 0.5)}" width="${n(wide - 1)}" ` +
      `y="${n(top + height - tall)}" height="${n(tall)}" fill="var(--${key})"/>`;
  });
  const said = `mean ${mean.toFixed(digits)} ${unit}${beyond > 0 ? `; ${beyond} beyond the ends` : ''}`;
  const ticks = [-most, -most / 2, 0, most / 2, most];
  return `<svg viewBox="0 0 470 160" role="img" aria-label="errors of ${escaped(name)}">
${heading(renderer, left, left + width, said)}
${bars.join('')}
<path class="axis" d="M${left} ${top + height}h${width}"/>
${ticks.map((t, i) => `<text x="${left + width * (t + most) / (2 * most)}" y="${top + height + 16}" ` +
    `text-anchor="${anchor(i, ticks.length)}">${t > 0 ? '+' : ''}${t}${i === 4 ? ` ${unit}` : ''}</text>`).join('')}
</svg>`;
}

// Motion

/** @param {number} x @param {number} y @param {string} text */
function label(x, y, text) {
  return `<text x="${n(x)}" y="${n(y)}" text-anchor="middle">${text}</text>`;
}

/** @param {HeadFigures} head */
function motion(head) {
  const [left, top, width, height] = [52, 16, 640, 250];
  const [low, high] = [-100, 10];
  const speeds = [30, 90, 360];
  const x = (/** @type {number} */ speed) => left + 60 + (width - 120) * Math.log(speed / 30) / Math.log(12);
  const y = (/** @type {number} */ db) => top + height * (high - Math.max(low, db)) / (high - low);
  const grid = [-100, -80, -60, -40, -20, 0].map((db) => `<path class="axis" d="M${left} ${n(y(db))}h${width}"/>` +
    `<text x="${left - 8}" y="${n(y(db) + 4)}" text-anchor="end">${db}</text>`);
  // Names beside the last points, moved apart where they would touch.
  const measured = head.renderers.filter(({ motion: { errorDb } }) => Number.isFinite(errorDb[360]));
  const names = measured.map((renderer) => {
    const db = renderer.motion.errorDb[360];
    return { key: renderer.key, text: `${shownName(renderer)} ${db.toFixed(0)} dB`, at: y(db) };
  }).sort((a, b) => a.at - b.at);
  names.forEach((name, i) => {
    name.at = i > 0 ? Math.max(name.at, names[i - 1].at + 16) : name.at;
  });
  const lines = measured.map(({ key, motion: { errorDb } }) => {
    const points = speeds.map((speed) => [x(speed), y(errorDb[speed])]);
    const dots = points.map(([a, b], i) => `<circle cx="${n(a)}" cy="${n(b)}" r="4.5" fill="var(--${key})"/>` +
      (i === 2 ? '' : label(a, b - 9, errorDb[speeds[i]].toFixed(0))));
    return `<polyline points="${points.map(([a, b]) => `${n(a)},${n(b)}`).join(' ')}" fill="none" ` +
      `stroke="var(--${key})" stroke-width="2"/>${dots.join('')}`;
  });
  return `<svg viewBox="0 0 900 300" role="img" aria-label="motion error by speed">
${grid.join('')}${lines.join('')}
${names.map(({ key, text, at }) => `<text class="name" x="${n(x(360) + 14)}" y="${n(at + 4)}" ` +
    `style="fill:var(--${key})">${escaped(text)}</text>`).join('')}
${speeds.map((speed) => label(x(speed), top + height + 18, `${speed} °/s`)).join('')}
</svg>`;
}

/** As units are set in print. @param {string} unit */
function printed(unit) {
  return { us: 'µs', deg: '°' }[unit] ?? unit;
}

/** @param {string} name  of the element @param {string[]} texts */
function cells(name, texts) {
  return texts.map((text) => `<${name}>${escaped(text)}</${name}>`).join('');
}

/** @param {HeadFigures} head */
function headTables(head) {
  return GROUPS.map(({ title, note, rows }) => {
    const itself = rows.some((row) => row.itself);
    return `<h3>${escaped(title)}</h3><p class="soft">${escaped(note)}</p>
<div class="scroll"><table><thead><tr><th></th>
${cells('th', [...head.renderers.map(shownName), ...(itself ? ['itself'] : [])])}</tr></thead><tbody>
${rows.map((row) => {
    const values = [...head.renderers.map(row.value), ...(itself ? [row.itself?.(head) ?? ''] : [])];
    const name = `${escaped(row.name)} <span class="unit">${printed(row.unit)}</span>`;
    return `<tr><td>${name}</td>${cells('td', values)}</tr>`;
  }).join('\n')}
</tbody></table></div>`;
  }).join('\n');
}

/** @param {RendererFigures} renderer */
function card(renderer) {
  const { key, responses, described, motion: { errorDb } } = renderer;
  const lines = [
    ['LSD', `${responses.lsdDb.narrow.mean.toFixed(2)} dB`],
    ['ITD error', `${responses.itdUs.mean.toFixed(1)} µs`],
    ['ILD error', `${responses.ildDb.mean.toFixed(2)} dB`],
    ['motion error, 90 °/s', Number.isFinite(errorDb[90]) ? `${errorDb[90].toFixed(0)} dB` : 'none by definition'],
    ['first arrival', `${described.arrivalMs.toFixed(2)} ms`],
  ];
  return `<div class="card" style="--of:var(--${key})"><b>${escaped(shownName(renderer))}</b><dl>${
    lines.map(([term, value]) => `<dt>${term}</dt><dd>${value}</dd>`).join('')}</dl></div>`;
}

const LONGEST_LINE = 120;

/**
 * Breaks long lines between elements or words, so that the file is one that people and tools can read.
 *
 * @param {string} html
 */
export function folded(html) {
  return html.split('\n').flatMap((line) => {
    const out = [];
    for (let rest = line; ;) {
      if (rest.length <= LONGEST_LINE) {
        return [...out, rest];
      }
      const word = rest.lastIndexOf(' ', LONGEST_LINE);
      const element = rest.lastIndexOf('><', LONGEST_LINE - 1) + 1;
      const at = element > 0 ? element : word;
      if (at <= 0) {
        return [...out, rest];
      }
      out.push(rest.slice(0, at));
      rest = rest.slice(at).trimStart();
    }
  }).join('\n');
}

/**
 * @param {Figures} figures
 * @returns {string} HTML
 */
export function page(figures) {
  const [first] = figures.heads;
  const all = first.renderers;
  const peers = all.some(({ sameHead }) => !sameHead);
  return folded(`<!doctype html>
<!-- SPDX-License-Identifier: MIT -->
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>How near the sound is to the measured head</title><style>${STYLE}</style></head><body>
<h1>How near the sound is to the measured head</h1>
<p class="soft">${escaped(subtitle(figures))}</p>
<p>Impulses, noise and tones through the shipped engine${peers ? ', and through two peers in the same browser,' : ''}
against the measured responses of ${escaped(first.name)}, ${first.directions.length} directions.</p>
<div class="cards">${all.map(card).join('')}</div>
${peers ? `<p class="soft">${escaped(OWN_HEAD_NOTE)}</p>` : ''}
<h2>Spectrum, over the sphere</h2>
<p class="soft">Log-spectral distance from the measured response, 200 Hz to 16 kHz, mean of both ears; a dot for each
measured direction.</p>
<figure><div class="grid">${all.map((renderer) => sphere(first, renderer)).join('')}</div>${scale()}</figure>
<h2>Time between the ears</h2>
<p class="soft">Error of the interaural time difference (MaxIACCe below 3 kHz), by the number of directions.</p>
<figure><div class="grid">${all.map((r) => histogram(r, r.responses.plots.itdUs, ITD_AXIS)).join('')}</div></figure>
<h2>Level between the ears</h2>
<p class="soft">Error of the interaural level difference, 200 Hz to 16 kHz, by the number of directions.</p>
<figure><div class="grid">${all.map((r) => histogram(r, r.responses.plots.ildDb, ILD_AXIS)).join('')}</div></figure>
<h2>Motion</h2>
<p class="soft">What moving adds: noise on a tilted circle, the exact tier against the reference renderer, the others
against themselves held still at every sample's direction; error to signal in dB, lower is better.</p>
<figure>${motion(first)}</figure>
${figures.heads.map((head) =>
    `<h2>${escaped(head.name)}, ${head.directions.length} directions</h2>${headTables(head)}`).join('\n')}
</body></html>
`);
}
