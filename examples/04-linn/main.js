// SPDX-License-Identifier: MIT
/** Brings the walk, the renderers, the pictures and the blind test together. */
import { Player, bindPlayer } from '../shared/player.js';
import { placeInWords } from '../shared/space.js';
import { BlindTest } from './blind.js';
import { FilterPicture } from './picture.js';
import { Probe, untouched } from './probe.js';
import { CHOICES, fetchModel } from './renderers.js';
import { RoomView } from './room.js';
import { Sound } from './sound.js';
import { facingAt, placeAt, turned, walkOn } from './walk.js';

/** @typedef {import('./renderers.js').Renderer} Renderer */

const DEGREE = Math.PI / 180;
const WORDS_EVERY_MS = 250;
const FILTER_EVERY_MS = 120;
/** Of the filter's pictures before sound has started. */
const PICTURE_RATE_HZ = 48000;
/** Nobody asks to be spoken to from behind first. */
const FIRST_ANGLE = -50 * DEGREE;

/** @type {Record<Renderer, string>} */
const FILTER_WORDS = {
  'hrtf': 'Between the three measured directions that are nearest.',
  'linn': 'Dotted: the measured head. The network has learnt from 568 of its 710 directions.',
  'linn-dense': 'Dotted: the measured head. The network has learnt from 568 of its 710 directions.',
  'bypass': 'Dotted: the measured head. Bypass changes nothing.',
};

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const byId = (id) => /** @type {T} */ (document.getElementById(id));
/** @param {string} id @returns {HTMLInputElement} */
const input = (id) => byId(id);

const calm = matchMedia('(prefers-reduced-motion: reduce)');
let angle = FIRST_ANGLE;
/** @type {Renderer} what the visitor chose, the blind test apart */
let chosen = 'linn';
/** @type {Sound | null} */
let sound = null;
/** @type {BlindTest | null} */
let test = null;
/** @type {'A' | 'B' | 'X'} */
let listening = 'X';

// Sound

const player = new Player(async (context) => {
  const made = await Sound.make(context);
  made.setRoom(Number(input('echo').value));
  made.setVolume(Number(input('volume').value));
  sound = made;
  await made.choose(wanted());
  return made.pinna;
});

bindPlayer(player, {
  button: byId('play'),
  status: byId('status'),
  problem: byId('problem'),
  ready: 'Put on headphones, press play, then switch.',
  playing: () => test ? 'Playing: which one, is for you to say.' : `Playing: ${nameOf(chosen)}.`,
});

/** What is to be heard. @returns {Renderer} */
function wanted() {
  if (test === null) {
    return chosen;
  }
  const side = listening === 'X' ? test.x : listening;
  return /** @type {Renderer} */ (/** @type {HTMLSelectElement} */ (byId(side === 'A' ? 'pick-a' : 'pick-b')).value);
}

/** @param {string} key */
function nameOf(key) {
  return CHOICES.find((choice) => choice.key === key)?.name ?? key;
}

function hear() {
  sound?.choose(wanted()).catch((error) => announce(String(error.message ?? error)));
  player.dispatchEvent(new Event('change'));
}

/** @param {string} words */
function announce(words) {
  byId('live').textContent = words;
}

// Renderers

for (const [i, { key, name, words }] of CHOICES.entries()) {
  const label = document.createElement('label');
  label.className = 'option';
  const radio = Object.assign(document.createElement('input'), { type: 'radio', name: 'renderer', value: key,
    checked: key === chosen });
  radio.className = 'sr-only';
  const text = document.createElement('span');
  text.append(Object.assign(document.createElement('strong'), { textContent: name }),
    Object.assign(document.createElement('small'), { textContent: words }));
  const digit = Object.assign(document.createElement('kbd'), { textContent: String(i + 1) });
  digit.ariaHidden = 'true';
  label.append(radio, text, digit);
  radio.addEventListener('change', () => choose(key));
  byId('renderers').querySelector('.options')?.append(label);
  for (const id of ['pick-a', 'pick-b']) {
    byId(id).append(new Option(name, key));
  }
}
/** @type {HTMLSelectElement} */ (byId('pick-a')).value = 'hrtf';
/** @type {HTMLSelectElement} */ (byId('pick-b')).value = 'linn';

/** @param {Renderer} key */
function choose(key) {
  chosen = key;
  /** @type {HTMLInputElement} */ (document.querySelector(`input[name="renderer"][value="${key}"]`)).checked = true;
  hear();
  showCost();
  drawFilter();
}

// The talker

const room = new RoomView(byId('room'), (pulled) => {
  angle = pulled;
  walk(false);
  place();
});

/** @param {boolean} on */
function walk(on) {
  input('walking').checked = on;
  byId('calm').hidden = !calm.matches || on;
}
walk(!calm.matches);
calm.addEventListener('change', () => walk(!calm.matches));
input('walking').addEventListener('change', () => walk(input('walking').checked));

/** The talker's place goes to the ears and to the picture. */
function place() {
  sound?.move(placeAt(angle), turned(facingAt(angle)));
  room.draw(angle);
}

function showPlace() {
  const words = placeInWords(placeAt(angle));
  const slider = input('place');
  slider.value = String(((Math.round(angle / DEGREE) % 360) + 360) % 360);
  slider.setAttribute('aria-valuetext', words);
  /** @type {HTMLOutputElement} */ (slider.nextElementSibling).value = words.split(',')[0];
  byId('where').textContent = words;
}

input('place').addEventListener('input', () => {
  angle = Number(input('place').value) * DEGREE;
  walk(false);
  place();
  showPlace();
  drawFilter();
});

for (const [id, act] of /** @type {[string, (value: number) => void][]} */ ([
  ['echo', (value) => sound?.setRoom(value)], ['volume', (value) => sound?.setVolume(value)],
])) {
  const show = () => {
    const value = Number(input(id).value);
    const db = value === 0 ? 'none' : `${(20 * Math.log10(value)).toFixed(0).replace('-', '−')} dB`;
    /** @type {HTMLOutputElement} */ (input(id).nextElementSibling).value = db;
    act(value);
  };
  input(id).addEventListener('input', show);
  show();
}

// The filter

const picture = new FilterPicture(byId('pictures'));
/** @type {Map<string, { probe: Probe, bytes: number, parameters: number }>} */
const models = new Map();

async function loadModels() {
  /** @type {ArrayBuffer | undefined} */
  let head;
  for (const { key, model, wasm = '/web/dist/pinna.wasm' } of CHOICES) {
    if (model !== undefined) {
      const [module, { bytes, parameters }] =
        await Promise.all([WebAssembly.compileStreaming(fetch(wasm)), fetchModel(model)]);
      head ??= bytes;
      const probe = key === 'linn-dense' ? new Probe(module, PICTURE_RATE_HZ, head, bytes) :
        new Probe(module, PICTURE_RATE_HZ, bytes);
      models.set(key, { probe, bytes: bytes.byteLength, parameters });
    }
  }
  drawFilter();
  showCost();
}
loadModels().catch((error) => {
  byId('filter-words').textContent = `No picture: ${error.message}`;
});

function drawFilter() {
  if (test !== null) {
    picture.draw(null, null);
    return;
  }
  const at = /** @type {const} */ ([placeAt(angle), turned(facingAt(angle))]);
  const measured = models.get('hrtf')?.probe.at(...at) ?? null;
  if (chosen === 'bypass') {
    picture.draw(untouched(PICTURE_RATE_HZ), measured);
  } else {
    picture.draw(chosen === 'hrtf' ? measured : models.get(chosen)?.probe.at(...at) ?? null,
      chosen === 'hrtf' ? null : measured);
  }
  if (models.size > 0) {
    byId('filter-words').textContent = FILTER_WORDS[chosen];
  }
}

// Cost

function showCost() {
  const stats = player.state === 'playing' ? player.pinna?.stats : undefined;
  const model = models.get(chosen);
  const percent = (/** @type {number | undefined} */ share) => share === undefined ? '–' :
    share < 0.0005 ? '< 0.1 %' : `${(100 * share).toFixed(1)} %`;
  const texts = {
    p50: percent(stats?.load.p50),
    p99: percent(stats?.load.p99),
    underruns: stats === undefined ? '–' : String(stats.underruns),
    latency: stats === undefined ? '–' : chosen === 'bypass' ? 'none' : stats.latency.algorithmFrames === 0 ? 'none' :
      `${(1000 * stats.latency.algorithmS).toFixed(1)} ms`,
    parameters: model === undefined ? '–' : model.parameters === 0 ? 'none' : model.parameters.toLocaleString('en'),
    bytes: model === undefined ? '–' : `${Math.round(model.bytes / 1000)} kB`,
  };
  for (const [name, text] of Object.entries(texts)) {
    const cell = document.querySelector(`[data-stat="${name}"]`);
    if (cell && cell.textContent !== text) {
      cell.textContent = text;
    }
  }
}

// Blind

function showTest() {
  const on = test !== null;
  document.body.classList.toggle('blind', on);
  byId('blind-off').hidden = on;
  byId('blind-on').hidden = !on;
  byId('renderers').toggleAttribute('disabled', on);
  byId('filter').hidden = on;
  byId('cost').hidden = on;
  for (const button of document.querySelectorAll('[data-listen]')) {
    const { listen: side } = /** @type {HTMLElement} */ (button).dataset;
    button.setAttribute('aria-pressed', String(on && side === listening));
  }
}

/** @param {BlindTest} done */
function showTrials(done) {
  byId('trials').replaceChildren(...done.trials.map(({ x, answer }) => {
    const item = document.createElement('li');
    item.className = x === answer ? 'right' : 'wrong';
    item.textContent = x === answer ? '✓' : '✗';
    item.setAttribute('aria-label', `X was ${x}: ${x === answer ? 'right' : 'wrong'}`);
    return item;
  }));
  byId('score').textContent = done.words;
}

byId('begin').addEventListener('click', () => {
  test = new BlindTest();
  listening = 'X';
  showTrials(test);
  showTest();
  hear();
  player.play();
  /** @type {HTMLElement} */ (document.querySelector('[data-listen="X"]')).focus();
});

byId('end').addEventListener('click', () => {
  test = null;
  showTest();
  hear();
  drawFilter();
  byId('begin').focus();
});

function checkPair() {
  const same = /** @type {HTMLSelectElement} */ (byId('pick-a')).value ===
    /** @type {HTMLSelectElement} */ (byId('pick-b')).value;
  /** @type {HTMLButtonElement} */ (byId('begin')).disabled = same;
}
['pick-a', 'pick-b'].forEach((id) => byId(id).addEventListener('change', checkPair));

/** @param {'A' | 'B' | 'X'} which */
function listen(which) {
  listening = which;
  showTest();
  hear();
}

/** @param {'A' | 'B'} side */
function answer(side) {
  if (test === null) {
    return;
  }
  const { x } = test;
  const right = test.answer(side);
  showTrials(test);
  announce(`${right ? 'Right' : 'Wrong'}: X was ${x}, ${nameOf(/** @type {HTMLSelectElement} */ (
    byId(x === 'A' ? 'pick-a' : 'pick-b')).value)}. The next X is playing.`);
  listen('X');
}

document.querySelectorAll('[data-listen]').forEach((button) => button.addEventListener('click', () =>
  listen(/** @type {'A' | 'B' | 'X'} */ (/** @type {HTMLElement} */ (button).dataset.listen))));
document.querySelectorAll('[data-answer]').forEach((button) => button.addEventListener('click', () =>
  answer(/** @type {'A' | 'B'} */ (/** @type {HTMLElement} */ (button).dataset.answer))));

addEventListener('keydown', (event) => {
  const typing = event.target instanceof HTMLSelectElement || event.ctrlKey || event.metaKey || event.altKey;
  if (typing) {
    return;
  }
  const key = event.key.toUpperCase();
  const digit = Number(event.key) - 1;
  if (test !== null && event.shiftKey && (key === 'A' || key === 'B')) {
    answer(key);
  } else if (test !== null && (key === 'A' || key === 'B' || key === 'X')) {
    listen(key);
  } else if (test === null && CHOICES[digit] !== undefined) {
    choose(CHOICES[digit].key);
  } else if (key === 'W') {
    walk(!input('walking').checked);
  }
});

// Pictures

let before = performance.now();
let wordsAt = -Infinity;
let filterAt = -Infinity;

/** @param {number} now */
function frame(now) {
  requestAnimationFrame(frame);
  const moving = player.state === 'playing' && input('walking').checked;
  if (moving) {
    angle = walkOn(angle, Math.min(0.1, Math.max(0, now - before) / 1000));
    place();
  }
  before = now;
  if (now - filterAt > FILTER_EVERY_MS && moving) {
    filterAt = now;
    drawFilter();
  }
  if (now - wordsAt > WORDS_EVERY_MS) {
    wordsAt = now;
    showPlace();
    showCost();
  }
}
place();
showTest();
requestAnimationFrame(frame);
