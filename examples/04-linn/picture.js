// SPDX-License-Identifier: MIT
/** Both ears' filters drawn: how loud each frequency arrives, and when. */

const SVG = 'http://www.w3.org/2000/svg';
const WIDTH = 340;
const LEVELS = { height: 150, lowHz: 150, highHz: 20000, topDb: 15, bottomDb: -35 };
const TIMES = { height: 84, spanS: 0.003 };
/** @type {readonly [number, string][]} */
const MARKS_HZ = [[200, '200'], [500, '500'], [1000, '1 k'], [2000, '2 k'], [5000, '5 k'], [10000, '10 k'],
  [20000, '20 k']];
const MARKS_DB = [10, 0, -10, -20, -30];

/** @typedef {import('./probe.js').Filter} Filter */

/** @param {string} name @param {Record<string, string | number>} attributes @param {string} [text] */
function element(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  Object.entries(attributes).forEach(([key, value]) => made.setAttribute(key, String(value)));
  made.textContent = text ?? '';
  return made;
}

/** @param {number} hz */
const across = (hz) =>
  WIDTH * Math.log(hz / LEVELS.lowHz) / Math.log(LEVELS.highHz / LEVELS.lowHz);
/** @param {number} db */
const down = (db) => LEVELS.height * (LEVELS.topDb - db) / (LEVELS.topDb - LEVELS.bottomDb);

export class FilterPicture {
  #levels;
  #times;

  /** @param {HTMLElement} host */
  constructor(host) {
    const levels = element('svg', { viewBox: `-26 -6 ${WIDTH + 34} ${LEVELS.height + 24}`, role: 'img',
      'aria-label': 'Level over frequency, left and right ear' });
    for (const db of MARKS_DB) {
      levels.append(element('path', { class: db === 0 ? 'axis zero' : 'axis', d: `M0 ${down(db)}H${WIDTH}` }),
        element('text', { x: -5, y: down(db) + 3, 'text-anchor': 'end' }, String(db).replace('-', '−')));
    }
    for (const [hz, name] of MARKS_HZ) {
      const anchor = hz === LEVELS.highHz ? 'end' : 'middle';
      levels.append(element('path', { class: 'axis', d: `M${across(hz).toFixed(1)} 0V${LEVELS.height}` }),
        element('text', { x: across(hz), y: LEVELS.height + 12, 'text-anchor': anchor }, name));
    }
    const times = element('svg', { viewBox: `-26 -2 ${WIDTH + 34} ${TIMES.height + 20}`, role: 'img',
      'aria-label': 'Impulse response over time, left and right ear' });
    for (let ms = 0; ms <= 3; ms++) {
      const x = WIDTH * ms / 3;
      times.append(element('path', { class: 'axis', d: `M${x} 0V${TIMES.height}` }),
        element('text', { x, y: TIMES.height + 12, 'text-anchor': ms === 3 ? 'end' : ms === 0 ? 'start' : 'middle' },
          ms === 0 ? '0' : `${ms} ms`));
    }
    const line = (/** @type {Element} */ svg, /** @type {string} */ kind) => {
      const path = element('path', { class: `curve ${kind}` });
      svg.append(path);
      return path;
    };
    this.#levels = { ghosts: [line(levels, 'ghost left'), line(levels, 'ghost right')],
      own: [line(levels, 'left'), line(levels, 'right')] };
    this.#times = [line(times, 'right'), line(times, 'left')].reverse();
    const units = document.createElement('p');
    units.className = 'units soft';
    units.textContent = 'dB over Hz; below, the impulse response';
    host.replaceChildren(levels, times, units);
  }

  /**
   * @param {Filter | null} filter  null = none to be seen
   * @param {Filter | null} ghost   for comparison
   */
  draw(filter, ghost) {
    for (const ear of [0, 1]) {
      this.#levels.own[ear].setAttribute('d', filter ? levelPath(filter, ear) : '');
      this.#levels.ghosts[ear].setAttribute('d', ghost ? levelPath(ghost, ear) : '');
      this.#times[ear].setAttribute('d', filter ? timePath(filter, ear) : '');
    }
  }
}

/** @param {Filter} filter @param {number} ear */
function levelPath({ levelsDb, binHz }, ear) {
  let path = '';
  levelsDb[ear].forEach((db, k) => {
    const hz = k * binHz;
    if (hz >= LEVELS.lowHz && hz <= LEVELS.highHz) {
      const y = down(Math.max(LEVELS.bottomDb, Math.min(LEVELS.topDb, db)));
      path += `${path === '' ? 'M' : 'L'}${across(hz).toFixed(1)} ${y.toFixed(1)}`;
    }
  });
  return path;
}

/** @param {Filter} filter @param {number} ear */
function timePath({ ears, sampleRateHz, peak }, ear) {
  const frames = Math.min(ears[ear].length, Math.round(TIMES.spanS * sampleRateHz));
  let path = '';
  for (let n = 0; n < frames; n++) {
    const x = WIDTH * n / (TIMES.spanS * sampleRateHz);
    const y = TIMES.height / 2 * (1 - 0.95 * ears[ear][n] / peak);
    path += `${n === 0 ? 'M' : 'L'}${x.toFixed(1)} ${y.toFixed(1)}`;
  }
  return path;
}
