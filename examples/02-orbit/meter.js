// SPDX-License-Identifier: MIT
/** What the engine reports about itself. */

/** @typedef {import('pinna').PinnaStats} PinnaStats */

/** Full scale of the load meter: the least of these that holds the worst. */
const SCALES = [0.05, 0.1, 0.25, 0.5, 1];

/**
 * @param {HTMLElement} root
 * @param {PinnaStats | null} stats  null = nothing runs
 */
export function showStats(root, stats) {
  const put = (/** @type {string} */ name, /** @type {string} */ text) => {
    const element = root.querySelector(`[data-stat="${name}"]`);
    if (element && element.textContent !== text) {
      element.textContent = text;
    }
  };
  const bar = /** @type {HTMLElement} */ (root.querySelector('.load-bar'));
  if (stats === null) {
    root.querySelectorAll('[data-stat]').forEach((element) => {
      element.textContent = '–';
    });
    bar.style.cssText = '--p50: 0; --p99: 0; --worst: 0';
    bar.removeAttribute('aria-valuenow');
    bar.setAttribute('aria-valuetext', 'not running');
    return;
  }
  const { load, sources, latency } = stats;
  const scale = SCALES.find((most) => load.worst <= most) ?? 1;
  const share = (/** @type {number} */ value) => Math.min(1, value / scale).toFixed(4);
  bar.style.cssText = `--p50: ${share(load.p50)}; --p99: ${share(load.p99)}; --worst: ${share(load.worst)}`;
  bar.setAttribute('aria-valuenow', (100 * load.p50).toFixed(1));
  bar.setAttribute('aria-valuetext', `${percent(load.p50)} of one core's time`);
  put('scale', percent(scale));
  put('p50', percent(load.p50));
  put('p99', percent(load.p99));
  put('worst', percent(load.worst));
  put('underruns', stats.underruns === 0 ? '0' : `${stats.underruns} (${(1000 * stats.lostS).toFixed(0)} ms)`);
  put('sounding', `${sources.sounding} of ${sources.active}`);
  put('moving', String(sources.moving));
  put('latency', `${(1000 * latency.algorithmS).toFixed(0)} + ${(1000 * latency.outputS).toFixed(0)} ms`);
  put('limiter', stats.limiterGain >= 0.9995 ? '0 dB' : `${(20 * Math.log10(stats.limiterGain)).toFixed(1)} dB`);
  put('transport', stats.transport === 'shared' ? 'shared memory' : 'messages');
}

/** @param {number} share */
function percent(share) {
  if (share < 0.0005) {
    return '< 0.1 %';
  }
  return share < 0.0995 ? `${Number((100 * share).toFixed(1))} %` : `${Math.round(100 * share)} %`;
}
