// SPDX-License-Identifier: MIT
/** Charts as SVG text: bars and lines, for reports that need nothing else. Colours are the page's CSS variables. */

/** @param {unknown} text */
export function escaped(text) {
  return String(text).replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** @param {number} x */
function n(x) {
  return String(Math.round(x * 10) / 10);
}

/** @param {number} value */
export function rounded(value) {
  return value >= 100 ? Math.round(value).toLocaleString('en-GB') : value >= 10 ? value.toFixed(0) : value.toFixed(1);
}

/** @param {number} wide @param {number} high @param {string} described @param {string[]} parts */
function narrow(wide, high, described, parts) {
  return `<svg class="narrow" viewBox="0 0 ${wide} ${high}" role="img" aria-label="${escaped(described)}">${
    parts.join('')}</svg>`;
}

/** @typedef {{ label: string, colour: string, value: number, shown: string }} Bar */

/**
 * Bars on their side, in groups with a name each.
 *
 * @param {{ title: string, bars: Bar[] }[]} groups
 * @param {string} described  for those who do not see it
 * @returns {string}
 */
export function barChart(groups, described) {
  const [wide, label, tall, gap, head] = [500, 152, 20, 5, 26];
  const most = Math.max(1e-9, ...groups.flatMap(({ bars }) => bars.map(({ value }) => value)));
  // What is written behind the longest bar has to fit.
  const scale = (wide - label - 118) / most;
  let y = 0;
  const parts = [];
  for (const { title, bars } of groups) {
    parts.push(`<text class="name" x="0" y="${y + 16}">${escaped(title)}</text>`);
    y += head;
    for (const { label: text, colour, value, shown } of bars) {
      const length = Math.max(1.5, value * scale);
      parts.push(`<text x="${label - 10}" y="${y + 14.5}" text-anchor="end">${escaped(text)}</text>` +
        `<rect x="${label}" y="${y}" width="${n(length)}" height="${tall}" rx="3" fill="var(--${colour})"/>` +
        `<text class="figure" x="${n(label + length + 8)}" y="${y + 14.5}">${escaped(shown)}</text>`);
      y += tall + gap;
    }
    y += 14;
  }
  return narrow(wide, y - 10, described, parts);
}

/**
 * A bar for each row, of parts that follow each other.
 *
 * @param {{ label: string, shown: string, parts: { colour: string, value: number, name: string }[] }[]} rows
 * @param {string} described
 * @returns {string}
 */
export function stackedChart(rows, described) {
  const [wide, label, tall, gap] = [500, 152, 24, 9];
  const most = Math.max(1e-9, ...rows.map(({ parts }) => parts.reduce((sum, { value }) => sum + value, 0)));
  const scale = (wide - label - 70) / most;
  const drawn = rows.map((row, i) => {
    const y = i * (tall + gap);
    let x = label;
    const bars = row.parts.map(({ colour, value, name }) => {
      const length = value * scale;
      const bar = `<rect x="${n(x)}" y="${y}" width="${n(Math.max(0, length - 1))}" height="${tall}" rx="2" ` +
        `fill="var(--${colour})"><title>${escaped(`${name}: ${rounded(value)} ms`)}</title></rect>`;
      x += length;
      return bar;
    });
    return `<text x="${label - 10}" y="${y + 16.5}" text-anchor="end">${escaped(row.label)}</text>${bars.join('')}` +
      `<text class="figure" x="${n(x + 8)}" y="${y + 16.5}">${escaped(row.shown)}</text>`;
  });
  const height = rows.length * (tall + gap);
  return narrow(wide, height, described, drawn);
}

/**
 * Lines over a doubling axis; a point that is hollow did not hold.
 *
 * @param {{ name: string, colour: string, dashed?: boolean,
 *   points: { x: number, y: number, good: boolean }[] }[]} lines  y in percent
 * @param {string} described
 * @returns {string}
 */
export function loadChart(lines, described) {
  const [wide, high, left, bottom, top, right] = [720, 300, 46, 40, 14, 150];
  const xs = lines.flatMap(({ points }) => points.map(({ x }) => x));
  const [first, last] = [Math.min(...xs), Math.max(...xs)];
  const across = (/** @type {number} */ x) => left + (wide - left - right) *
    (last === first ? 0.5 : Math.log2(x / first) / Math.log2(last / first));
  const down = (/** @type {number} */ y) => top + (high - top - bottom) * (1 - Math.min(100, y) / 100);
  const grid = [0, 25, 50, 75, 100].map((y) => `<path class="axis" d="M${left} ${n(down(y))}H${wide - right}"/>` +
    `<text x="${left - 8}" y="${n(down(y) + 4)}" text-anchor="end">${y}%</text>`);
  const ticks = [...new Set(xs)].sort((a, b) => a - b).map((x) =>
    `<text x="${n(across(x))}" y="${high - bottom + 20}" text-anchor="middle">${x}</text>`);
  const ends = lines.filter(({ points }) => points.length > 0).map((line) =>
    ({ line, at: down(line.points[line.points.length - 1].y) })).sort((a, b) => a.at - b.at);
  ends.forEach((end, i) => {
    end.at = i > 0 ? Math.max(end.at, ends[i - 1].at + 16) : end.at;
  });
  const drawn = ends.map(({ line: { name, colour, dashed, points }, at }) => {
    const path = points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${n(across(x))} ${n(down(y))}`).join('');
    const dots = points.map(({ x, y, good }) => `<circle cx="${n(across(x))}" cy="${n(down(y))}" r="4.5" ` +
      `fill="var(--${good ? colour : 'card'})" stroke="var(--${colour})" stroke-width="2"><title>` +
      `${escaped(`${name}: ${x} sources, ${rounded(y)} %${good ? '' : ', sound was lost'}`)}</title></circle>`);
    const end = across(points[points.length - 1].x) + 12;
    return `<path d="${path}" fill="none" stroke="var(--${colour})" stroke-width="2"` +
      `${dashed ? ' stroke-dasharray="5 4"' : ''}/>${dots.join('')}` +
      `<text class="name" x="${n(end)}" y="${n(at + 4)}" style="fill: var(--${colour})">${escaped(name)}</text>`;
  });
  return `<svg viewBox="0 0 ${wide} ${high}" role="img" aria-label="${escaped(described)}">${grid.join('')}
${ticks.join('')}<text x="${(left + wide - right) / 2}" y="${high - 4}" text-anchor="middle">moving sources</text>
${drawn.join('')}</svg>`;
}
