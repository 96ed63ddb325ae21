// SPDX-License-Identifier: MIT
/** The page around web/perf: a button, how far it is, the results, and what can be done with them. */
import { CancelledError, runCheck } from '/web/perf/check.js';
import { compareReports } from '/web/perf/compare.js';
import { checkReport } from '/web/perf/perf-schema.js';
import { SECTION_STYLE, comparisonSection, reportPage, reportSections } from '/web/perf/report.js';
import { STAGES } from '/web/perf/stages.js';
import { reportTable } from '/web/perf/text-table.js';
import { hideProblem, showProblem } from '../shared/player.js';

/** @typedef {import('/web/perf/perf-schema.js').PerfReport} PerfReport */

const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const button = /** @type {HTMLButtonElement} */ (byId('play'));
const bar = /** @type {HTMLProgressElement} */ (byId('bar'));
const earlier = /** @type {HTMLInputElement} */ (byId('earlier'));

/** Where the repository keeps resonance-audio; a site without it goes on without the comparison. */
const RESONANCE_URL = new URL('../../node_modules/resonance-audio/build/resonance-audio.min.js', import.meta.url).href;

/** @type {AbortController | null} while a check runs */
let running = null;

/** @type {PerfReport | null} */
let report = null;

const style = document.createElement('style');
style.textContent = SECTION_STYLE;
document.head.append(style);

byId('stages').replaceChildren(...STAGES.map(({ key, title }) => {
  const item = document.createElement('li');
  item.id = `stage-${key}`;
  item.textContent = title;
  return item;
}));

button.addEventListener('click', () => {
  if (running) {
    running.abort();
    button.disabled = true;
    byId('status').textContent = 'Ending…';
  } else {
    run();
  }
});

async function run() {
  const abort = new AbortController();
  running = abort;
  const quick = /** @type {HTMLInputElement} */ (document.querySelector('input[value="quick"]')).checked;
  become('running', 'Cancel', '');
  hideProblem(byId('problem'));
  try {
    const result = await runCheck({
      quick, signal: abort.signal, resonanceUrl: RESONANCE_URL, onProgress: show,
    });
    const { version } = await (await fetch(new URL('../../package.json', import.meta.url))).json();
    const { platform, cores } = result.surroundings;
    report = checkReport({
      format: 'pinna-perf', version: 1, pinna: version, date: result.date, browsers: [result],
      machine: `${platform ?? 'a device'}${cores > 0 ? `, ${cores} cores` : ''}`,
    });
    byId('results').innerHTML = reportSections(report);
    byId('results').hidden = false;
    byId('keep').hidden = false;
    byId('kept').textContent = '';
    become('done', 'Run it again', `Done in ${Math.round(result.durationS)} seconds.`);
  } catch (error) {
    if (error instanceof CancelledError) {
      become('idle', 'Run the check', 'Cancelled.');
    } else {
      become('failed', 'Try again', 'It could not be done.');
      showProblem(byId('problem'), 'The check broke down', error, run);
    }
  } finally {
    running = null;
    button.disabled = false;
  }
}

/** @param {string} state @param {string} label @param {string} status */
function become(state, label, status) {
  button.dataset.state = state;
  button.textContent = label;
  button.classList.toggle('primary', state !== 'running');
  byId('status').textContent = status;
  byId('progress').hidden = state !== 'running';
  document.querySelectorAll('input[name="speed"]').forEach((input) => {
    /** @type {HTMLInputElement} */ (input).disabled = state === 'running';
  });
}

/** @param {import('/web/perf/check.js').Progress} progress */
function show({ stage, text, fraction }) {
  bar.value = fraction;
  if (running && !running.signal.aborted) {
    byId('status').textContent = text === '' ? '' : `${text[0].toUpperCase()}${text.slice(1)}.`;
  }
  const at = STAGES.findIndex(({ key }) => key === stage);
  STAGES.forEach(({ key }, i) => {
    const item = byId(`stage-${key}`);
    item.dataset.state = i < at ? 'done' : i === at ? 'now' : 'later';
    item.setAttribute('aria-current', i === at ? 'step' : 'false');
  });
}

/** @param {string} name @param {string} type @param {string} text */
function save(name, type, text) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  byId('kept').textContent = `Saved as ${name}.`;
}

/** A file's name, without an ending. @param {PerfReport} of */
function nameOf(of) {
  return `pinna-perf-${of.browsers[0].browser.replace(/[^\w.]+/g, '-')}-${of.date.slice(0, 10)}`;
}

byId('save-json').addEventListener('click', () => {
  if (report) {
    save(`${nameOf(report)}.json`, 'application/json', `${JSON.stringify(report, null, 2)}\n`);
  }
});

byId('save-html').addEventListener('click', () => {
  if (report) {
    save(`${nameOf(report)}.html`, 'text/html', reportPage(report));
  }
});

byId('copy').addEventListener('click', async () => {
  if (report) {
    try {
      await navigator.clipboard.writeText(reportTable(report));
      byId('kept').textContent = 'Copied.';
    } catch {
      byId('kept').textContent = 'The browser does not allow copying: save the results instead.';
    }
  }
});

earlier.addEventListener('change', async () => {
  const [file] = earlier.files ?? [];
  if (!file || !report) {
    return;
  }
  hideProblem(byId('problem'));
  try {
    const before = checkReport(JSON.parse(await file.text()));
    const comparison = comparisonSection(compareReports(before, report), {
      before: `${file.name}, ${before.date.slice(0, 10)}`, after: 'now',
    });
    byId('results').innerHTML = comparison + reportSections(report);
    byId('results').scrollIntoView();
  } catch (error) {
    showProblem(byId('problem'), `${file.name} cannot be compared`, error);
  }
  earlier.value = '';
});
