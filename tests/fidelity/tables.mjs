// SPDX-License-Identifier: MIT
/** The figures as rows that the terminal and the report share. */

/** @typedef {import('./run.mjs').Figures} Figures */
/** @typedef {import('./run.mjs').HeadFigures} HeadFigures */
/** @typedef {import('./run.mjs').RendererFigures} RendererFigures */

/**
 * @typedef {object} Row
 * @property {string} name
 * @property {string} unit
 * @property {(renderer: RendererFigures) => string} value
 * @property {(head: HeadFigures) => string} [itself]  what the measured head itself scores
 */

/** @param {number} x @param {number} [digits] */
function fixed(x, digits = 2) {
  return Number.isFinite(x) ? x.toFixed(digits).replace(/^-(0\.?0*)$/, '$1') : '-';
}

/** Mean and 95th percentile. @param {{ mean: number, p95: number }} s @param {number} [digits] */
function spread({ mean, p95 }, digits = 2) {
  return `${fixed(mean, digits)} (${fixed(p95, digits)})`;
}

/** @type {{ title: string, note: string, rows: Row[] }[]} */
export const GROUPS = [
  {
    title: 'Against the measured head',
    note: 'Mean over directions (95th percentile); one gain fitted. Measured responses windowed to 2.9 ms from their ' +
      'onset, except where it says "whole file". Directional part: what all directions have in common taken out, as ' +
      'an equaliser could; the fairest for a renderer with another head.',
    rows: [
      { name: 'LSD, 200 Hz-16 kHz', unit: 'dB', value: ({ responses }) => spread(responses.lsdDb.narrow) },
      { name: 'LSD, 20 Hz-20 kHz', unit: 'dB', value: ({ responses }) => spread(responses.lsdDb.wide) },
      { name: 'LSD, near ear', unit: 'dB', value: ({ responses }) => spread(responses.lsdDb.ipsi) },
      { name: 'LSD, far ear', unit: 'dB', value: ({ responses }) => spread(responses.lsdDb.contra) },
      { name: 'LSD, directional part', unit: 'dB', value: ({ responses }) => spread(responses.lsdDb.directional) },
      { name: 'LSD, whole file', unit: 'dB', value: ({ responses }) => spread(responses.lsdDb.wholeFile) },
      { name: 'ITD error', unit: 'us', value: ({ responses }) => spread(responses.itdUs, 1) },
      { name: 'ILD error', unit: 'dB', value: ({ responses }) => spread(responses.ildDb) },
      { name: 'Colouration, PBC', unit: 'sone', value: ({ responses }) => spread(responses.pbcSone) },
      { name: 'Energy over the sphere, worst band', unit: 'dB', value: ({ responses }) => fixed(responses.diffuseDb) },
    ],
  },
  {
    title: 'Where a listener with that head would hear it',
    note: 'Models: baumgartner2014 in lateral slices; barumerli2023 with little noise and no prior. "Itself": the ' +
      'measured responses in the renderer\'s place.',
    rows: [
      {
        name: 'Sagittal: quadrant errors',
        unit: '%',
        value: ({ responses }) => fixed(responses.sagittal.quadrantPercent, 1),
        itself: ({ itself }) => fixed(itself.sagittal.quadrantPercent, 1),
      },
      {
        name: 'Sagittal: local polar error',
        unit: 'deg',
        value: ({ responses }) => fixed(responses.sagittal.polarDeg, 1),
        itself: ({ itself }) => fixed(itself.sagittal.polarDeg, 1),
      },
      {
        name: 'Sensitive: lateral error',
        unit: 'deg',
        value: ({ responses }) => fixed(responses.sensitive.lateralDeg, 1),
        itself: ({ itself }) => fixed(itself.sensitive.lateralDeg, 1),
      },
      {
        name: 'Sensitive: local polar error',
        unit: 'deg',
        value: ({ responses }) => fixed(responses.sensitive.polarDeg, 1),
        itself: ({ itself }) => fixed(itself.sensitive.polarDeg, 1),
      },
      {
        name: 'Sensitive: quadrant errors',
        unit: '%',
        value: ({ responses }) => fixed(responses.sensitive.quadrantPercent, 1),
        itself: ({ itself }) => fixed(itself.sensitive.quadrantPercent, 1),
      },
    ],
  },
  {
    title: 'In motion, whatever the head',
    note: 'Positions come with every 128 frames, to PannerNode by automation, its smoothest way. Error, of broadband ' +
      'noise: of the exact tier against the reference (--renderer exact); of the others against the same renderer ' +
      'held still at every sample\'s direction. Splatter: a ' +
      '6 kHz tone at 90 degrees a second, energy beyond 150 Hz. Click: a 220 Hz tone jumps from 60 degrees right to ' +
      '60 left; largest second difference over the calm 99.9th percentile.',
    rows: [
      { name: 'Motion error, 30 deg/s', unit: 'dB', value: ({ motion }) => fixed(motion.errorDb[30], 1) },
      { name: 'Motion error, 90 deg/s', unit: 'dB', value: ({ motion }) => fixed(motion.errorDb[90], 1) },
      { name: 'Motion error, 360 deg/s', unit: 'dB', value: ({ motion }) => fixed(motion.errorDb[360], 1) },
      { name: 'Splatter', unit: 'dB', value: ({ motion }) => fixed(motion.splatterDb, 1) },
      { name: 'Click of a jump', unit: 'dB', value: ({ motion }) => fixed(motion.clickDb, 1) },
    ],
  },
  {
    title: 'By itself, whatever the head',
    note: 'First arrival: the first sample above -60 dB of the peak, from straight ahead. Steps heard: of steps of 5 ' +
      'degrees from 40 below to the zenith, how many change the spectrum at all. The rest: round the head at ear ' +
      'height.',
    rows: [
      { name: 'First arrival', unit: 'frames', value: ({ described }) => String(described.arrivalFrames) },
      { name: 'First arrival', unit: 'ms', value: ({ described }) => fixed(described.arrivalMs) },
      {
        name: 'Steps of elevation heard',
        unit: '',
        value: ({ described }) => `${described.elevationStepsHeard} of ${described.elevationSteps}`,
      },
      {
        name: 'Largest step of elevation',
        unit: 'dB',
        value: ({ described }) => fixed(described.elevationLargestStepDb),
      },
      { name: 'Level varies by', unit: 'dB', value: ({ described }) => fixed(described.levelRangeDb, 1) },
      { name: 'Largest ITD', unit: 'us', value: ({ described }) => fixed(described.itdMaxUs, 0) },
      { name: 'Largest ILD', unit: 'dB', value: ({ described }) => fixed(described.ildMaxDb, 1) },
    ],
  },
];

/** What must be said of peers that bring their own head. */
export const OWN_HEAD_NOTE = '* renders with a head of its own, not with this one: against the measured head, its ' +
  'figures say how another head differs as much as how well it renders.';

/** With a mark on those that bring their own head. @param {RendererFigures} renderer */
export function shownName({ name, sameHead }) {
  return name + (sameHead ? '' : ' *');
}

/** @param {Figures} figures */
export function subtitle({ command, seconds, circumstances: c }) {
  return `${c.date} UTC, ${command}, ${seconds} s. pinna ${c.pinna} at ${c.commit}; ${c.machine}; Node ${c.node}` +
    `${c.chromium ? `; Chromium ${c.chromium}; resonance-audio ${c.resonance}, order 3` : ''}. 48 kHz.`;
}

/** @param {string} text @param {number} width */
function wrapped(text, width) {
  return text.split(' ').reduce((lines, word) => {
    const last = lines[lines.length - 1];
    return `${last} ${word}`.length > width ? [...lines, word] : [...lines.slice(0, -1), `${last} ${word}`.trim()];
  }, ['']).join('\n');
}

/** @param {string[][]} rows  the first is the heading */
function columns(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  const line = (/** @type {string[]} */ row) => row.map((cell, i) =>
    i < 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i])).join('  ').trimEnd();
  return [line(rows[0]), widths.map((width) => '-'.repeat(width)).join('  '), ...rows.slice(1).map(line)].join('\n');
}

/** @param {Figures} figures @returns {string} for a terminal */
export function tables(figures) {
  const parts = [wrapped(subtitle(figures), 118)];
  for (const head of figures.heads) {
    const title = `${head.name}, ${head.directions.length} directions`;
    parts.push(`${title}\n${'='.repeat(title.length)}`);
    for (const { title, note, rows } of GROUPS) {
      const itself = rows.some((row) => row.itself);
      parts.push(`${title}\n${wrapped(note, 118)}\n\n${columns([
        ['', '', ...head.renderers.map(shownName), ...(itself ? ['itself'] : [])],
        ...rows.map((row) => [row.name, row.unit, ...head.renderers.map(row.value),
          ...(itself ? [row.itself?.(head) ?? ''] : [])]),
      ])}`);
    }
    if (head.renderers.some(({ sameHead }) => !sameHead)) {
      parts.push(wrapped(OWN_HEAD_NOTE, 118));
    }
  }
  return parts.join('\n\n');
}
