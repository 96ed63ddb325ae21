// SPDX-License-Identifier: MIT
/** The page around five-lines.js: a button, a picture, and the five lines themselves. */
import { Player, bindPlayer } from '../shared/player.js';
import { loadSound } from '../shared/sounds.js';
import { directionInWords } from '../shared/space.js';
import { circle } from './five-lines.js';

const byId = (/** @type {string} */ id) => /** @type {HTMLElement} */ (document.getElementById(id));
const calm = matchMedia('(prefers-reduced-motion: reduce)');

/** Pause between two sentences, seconds. */
const REST_S = 0.7;

const player = new Player(async (context) => {
  const sentence = await loadSound(context, 'speech-near.wav', REST_S);
  return circle(context, sentence, everyFrame);
});

bindPlayer(player, {
  button: /** @type {HTMLButtonElement} */ (byId('play')),
  status: byId('status'),
  problem: byId('problem'),
  ready: 'Ready. Sound starts when you press the button.',
  playing: () => `Playing at ${(player.context?.sampleRate ?? 0) / 1000} kHz.`,
});

/** Seconds that were heard so far, of a circle of 2π seconds. */
let heardS = 0;

/** @param {(seconds: number) => void} move */
function everyFrame(move) {
  const { context } = player;
  let before = performance.now();
  const frame = (/** @type {number} */ now) => {
    if (player.context !== context) {
      return;
    }
    requestAnimationFrame(frame);
    if (player.state === 'playing') {
      heardS += Math.max(0, now - before) / 1000;
      move(heardS);
      draw();
    }
    before = now;
  };
  requestAnimationFrame(frame);
}

function draw() {
  const angle = heardS % (2 * Math.PI);
  // Where motion is unwelcome the picture steps from word to word; the sound moves on.
  const shown = calm.matches ? Math.round(angle / (Math.PI / 4)) * (Math.PI / 4) : angle;
  byId('voice').setAttribute('transform', `rotate(${(shown * 180 / Math.PI).toFixed(2)}) translate(0 -100)`);
  const words = directionInWords([Math.sin(angle), 0, -Math.cos(angle)]);
  if (byId('where').textContent !== words) {
    byId('where').textContent = words;
  }
}

/** The lines that the page is about: what five-lines.js holds between its licence and its end. */
async function showCode() {
  const text = await (await fetch(new URL('five-lines.js', import.meta.url))).text();
  const lines = text.split('\n').filter((line) => /pinna|voice/.test(line) && !/^ *(return|\*|\/)/.test(line));
  byId('code').replaceChildren(...lines.map((line) => coloured(line.trim())));
}

/** @param {string} line */
function coloured(line) {
  const element = document.createElement('span');
  element.className = 'line';
  const tokens =
    /\b(import|from|const|await)\b|\b(createPinna|createSource|connect|setPosition)\b|('[^']*'|\btrue\b|\b0\b)/g;
  let from = 0;
  for (const match of line.matchAll(tokens)) {
    element.append(line.slice(from, match.index));
    const part = document.createElement('span');
    part.className = match[1] ? 'keyword' : match[2] ? 'name' : 'value';
    part.textContent = match[0];
    element.append(part);
    from = match.index + match[0].length;
  }
  element.append(`${line.slice(from)}\n`);
  return element;
}

showCode();
