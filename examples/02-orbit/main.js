// SPDX-License-Identifier: MIT
/** Brings scene, pictures, controls and engine of the page together. */
import { createPinna } from 'pinna';
import { Player, bindPlayer, hideProblem, showProblem } from '../shared/player.js';
import { loadSound, noiseBursts, soundList } from '../shared/sounds.js';
import { showStats } from './meter.js';
import { decodeFile, openMicrophone } from './own-sounds.js';
import { Panel } from './panel.js';
import { Ears } from '../../web/player/ears.js';
import { followPhone } from '../../web/player/phone.js';
import { MAX_SOURCES, REACH_M, Studio } from './studio.js';
import { VIEW_CSS } from '../../web/player/view-style.js';
import { View, headInWords } from '../../web/player/view.js';

/** @typedef {import('./studio.js').Voice} Voice */

const DEGREE = Math.PI / 180;
const STATS_EVERY_MS = 250;
const WORDS_EVERY_MS = 200;

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const byId = (id) => /** @type {T} */ (document.getElementById(id));
/** @param {string} id @returns {HTMLInputElement} */
const input = (id) => byId(id);

const calm = matchMedia('(prefers-reduced-motion: reduce)');
const studio = new Studio();
const problem = byId('problem');
const trouble = byId('trouble');

// Sources

/** @param {string} name @param {number} [restS] */
const file = (name, restS) => async (/** @type {AudioContext} */ context) =>
  ({ buffer: await loadSound(context, name, restS) });

studio.moving = !calm.matches;
studio.add({ name: 'Voice', load: file('speech-near.wav', 0.8), anchor: [0.9, 0.1, -1.2], motion: 'circle' });
studio.add({ name: 'Tabla', load: file('loop-tabla.wav'), anchor: [-1.9, -0.3, -0.5], gain: 0.8 });
studio.add({ name: 'Guitar', load: file('guit-em9.wav', 0.5), anchor: [2.2, 0, 1.3], gain: 0.9 });
studio.add({ name: 'Bell', load: file('perc-bell.wav', 1.5), anchor: [-1.2, 1.4, 1.4], motion: 'circle', sense: -1,
  gain: 0.6 });
studio.add({ name: 'Piano', load: file('ambi-piano.wav', 0.2), anchor: [0.4, 0.3, -2.8], motion: 'pass', doppler: true,
  muted: true });
studio.add({ name: 'Noise', load: async (context) => ({ buffer: noiseBursts(context) }), anchor: [-2.6, 0.6, -1.9],
  muted: true, gain: 0.8 });

/** @type {Ears | null} */
let ears = null;

const player = new Player(async (context) => {
  const pinna = await createPinna(context, {
    maxSources: MAX_SOURCES, limiter: input('limiter').checked, gain: Number(input('volume').value),
  });
  pinna.connect(context.destination);
  ears = new Ears(pinna.node);
  await studio.connect(pinna, context);
  return pinna;
});

bindPlayer(player, {
  button: byId('play'),
  status: byId('status'),
  problem,
  ready: 'Press play. Then drag the sources, or the head.',
  playing: () => 'Playing. Drag the sources, or the head.',
});

// Pictures and controls

/** @param {string} words */
function announce(words) {
  clearTimeout(announcing);
  announcing = setTimeout(() => {
    byId('live').textContent = words;
  }, 350);
}
/** @type {ReturnType<typeof setTimeout> | undefined} */
let announcing;

const viewStyle = new CSSStyleSheet();
viewStyle.replaceSync(VIEW_CSS);
document.adoptedStyleSheets.push(viewStyle);

const top = new View(byId('view-top'), studio, { plane: 'top', reachM: REACH_M, removable: true, announce });
const side = new View(byId('view-side'), studio, { plane: 'side', reachM: REACH_M, removable: true, announce });
const views = [top, side];
const panel = new Panel(studio, byId('sources'), byId('detail'), dismiss);

/** @param {Voice} voice */
function dismiss(voice) {
  studio.remove(voice);
  announce(`${voice.name} is removed`);
  if (studio.selected) {
    top.focus(studio.selected);
  }
}

for (const id of ['view-top', 'view-side']) {
  byId(id).addEventListener('dismiss', (event) => dismiss(/** @type {CustomEvent} */ (event).detail));
  byId(id).addEventListener('grab', (event) => top.focus(/** @type {CustomEvent} */ (event).detail));
}

studio.addEventListener('list', () => {
  views.forEach((view) => view.rebuild());
  panel.rebuild();
});

/** Something changed that is to be drawn and sent with the next picture. */
let stale = true;
studio.addEventListener('change', () => {
  stale = true;
});

/** Colours follow the system's theme, sharpness follows the screen. */
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => views.forEach((view) => view.resize()));
addEventListener('resize', () => views.forEach((view) => view.resize()));
addEventListener('load', () => views.forEach((view) => view.resize()));

let before = performance.now();
let wordsAt = 0;

/** @param {number} now */
function frame(now) {
  requestAnimationFrame(frame);
  const playing = player.state === 'playing';
  if (playing) {
    studio.advance(Math.min(0.1, Math.max(0, now - before) / 1000));
  }
  before = now;
  if (!playing && !stale) {
    return;
  }
  stale = false;
  studio.sync();
  const levels = playing && ears ? ears.levels() : [0, 0];
  byId('level-left').style.setProperty('--level', levels[0].toFixed(3));
  byId('level-right').style.setProperty('--level', levels[1].toFixed(3));
  // Where motion is unwelcome nothing pulses.
  views.forEach((view) => {
    view.levels = calm.matches ? [0, 0] : levels;
    view.draw();
  });
  if (now - wordsAt > WORDS_EVERY_MS || !playing) {
    wordsAt = now;
    panel.refresh();
    showHead();
  }
}
requestAnimationFrame(frame);

// The head

function showHead() {
  const { yaw, pitch } = studio;
  const turn = input('turn');
  const nod = input('nod');
  turn.value = String(Math.round(-yaw / DEGREE));
  nod.value = String(Math.round(pitch / DEGREE));
  const words = headInWords(studio);
  if (byId('head-words').textContent !== words) {
    byId('head-words').textContent = words;
    turn.setAttribute('aria-valuetext', words);
    nod.setAttribute('aria-valuetext', words);
  }
}

input('turn').addEventListener('input', () => studio.turnHead(-Number(input('turn').value) * DEGREE, studio.pitch));
input('nod').addEventListener('input', () => studio.turnHead(studio.yaw, Number(input('nod').value) * DEGREE));
byId('straight').addEventListener('click', () => studio.turnHead(0, 0));

/** @type {(() => void) | null} */
let stopFollowing = null;
const phone = byId('phone');
// Desktops have the interface too, but nothing behind it.
phone.hidden = typeof DeviceOrientationEvent !== 'function' || navigator.maxTouchPoints === 0;

function letGo() {
  stopFollowing?.();
  stopFollowing = null;
  studio.track(null);
  phone.setAttribute('aria-pressed', 'false');
}

phone.addEventListener('click', async () => {
  if (stopFollowing) {
    letGo();
    return;
  }
  try {
    stopFollowing = await followPhone((orientation, timeMs) => studio.track(orientation, timeMs), (error) => {
      letGo();
      showProblem(trouble, 'No motion sensor', error);
    });
    phone.setAttribute('aria-pressed', 'true');
  } catch (error) {
    showProblem(trouble, 'No motion sensor', error);
  }
});

// Motion and sum

function showMotion() {
  input('moving').checked = studio.moving;
  byId('calm').hidden = !calm.matches || studio.moving;
  byId('speed-words').textContent = `${studio.speed}°/s`;
}
input('moving').addEventListener('change', () => {
  studio.moving = input('moving').checked;
  showMotion();
});
input('speed').addEventListener('input', () => {
  studio.speed = Number(input('speed').value);
  showMotion();
});
calm.addEventListener('change', () => {
  studio.moving = studio.moving && !calm.matches;
  showMotion();
});
showMotion();

const volumeInWords = () => {
  const gain = Number(input('volume').value);
  byId('volume-words').textContent = gain === 0 ? 'silent' : `${(20 * Math.log10(gain)).toFixed(1)} dB`;
};
input('volume').addEventListener('input', () => {
  if (player.pinna) {
    player.pinna.gain = Number(input('volume').value);
  }
  volumeInWords();
});
volumeInWords();
input('limiter').addEventListener('change', () => {
  if (player.pinna) {
    player.pinna.limiter = input('limiter').checked;
  }
});

// More sources

/**
 * Adds a source with its sound, if it can be had.
 *
 * @param {string} title  of the trouble
 * @param {(context: AudioContext) => Promise<import('./studio.js').VoiceWishes>} prepare
 */
async function bring(title, prepare) {
  hideProblem(trouble);
  await player.play();
  if (!player.context) {
    // The player's own panel tells why.
    return;
  }
  try {
    // Before a microphone is opened for nothing.
    studio.requireRoom();
    const voice = studio.add(await prepare(player.context));
    try {
      await studio.sound(voice);
    } catch (error) {
      studio.remove(voice);
      throw error;
    }
    studio.select(voice);
    top.focus(voice);
    announce(`${voice.name} is added`);
  } catch (error) {
    showProblem(trouble, title, error);
  }
}

/** New sources stand where nothing else does: each a little further round, ahead. */
function freeSpot() {
  const angle = (studio.voices.length * 50 % 160 - 80) * DEGREE;
  return /** @type {import('./studio.js').Vector} */ ([1.4 * Math.sin(angle), 0, -1.4 * Math.cos(angle)]);
}

/** @param {Iterable<File>} files */
async function addFiles(files) {
  for (const chosen of files) {
    await bring(`“${chosen.name}” cannot be used`, async (context) => {
      const buffer = await decodeFile(context, chosen);
      const name = chosen.name.replace(/\.[^.]+$/, '').slice(0, 24) || 'File';
      return { name, anchor: freeSpot(), load: async () => ({ buffer }) };
    });
  }
}

input('file').addEventListener('change', async () => {
  await addFiles([...input('file').files ?? []]);
  input('file').value = '';
});

byId('microphone').addEventListener('click', () => bring('No microphone', async (context) => {
  const material = await openMicrophone(context);
  return { name: 'Microphone', anchor: freeSpot(), load: async () => material };
}));

const more = /** @type {HTMLSelectElement} */ (byId('more'));
more.addEventListener('change', () => {
  const option = more.selectedOptions[0];
  const { value, text } = option;
  const loops = option.dataset.loop === 'true';
  more.value = '';
  bring('The sound cannot be used', async () =>
    ({ name: text.replaceAll(/[“”]/g, ''), anchor: freeSpot(), load: file(value, loops ? 0 : 1) }));
});
soundList().then((list) => {
  more.append(...list.map(({ file: name, title, loop }) => {
    const option = new Option(title, name);
    option.dataset.loop = String(loop);
    return option;
  }));
}, (error) => showProblem(trouble, 'The sounds are missing', error));

const drop = byId('drop');
/** @param {DragEvent} event */
const carriesFiles = (event) => event.dataTransfer?.types.includes('Files') ?? false;
addEventListener('dragover', (event) => {
  if (carriesFiles(event)) {
    event.preventDefault();
    drop.hidden = false;
  }
});
addEventListener('dragleave', (event) => {
  if (event.relatedTarget === null) {
    drop.hidden = true;
  }
});
addEventListener('drop', (event) => {
  drop.hidden = true;
  if (carriesFiles(event)) {
    event.preventDefault();
    addFiles([...event.dataTransfer?.files ?? []]);
  }
});

// Meter

setInterval(() => {
  const { pinna } = player;
  showStats(byId('meter'), pinna && player.state === 'playing' ? pinna.stats : null);
}, STATS_EVERY_MS);
showStats(byId('meter'), null);
