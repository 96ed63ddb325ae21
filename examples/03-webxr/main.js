// SPDX-License-Identifier: MIT
/** Sounding things in a three.js scene: the camera, or a headset, is the listener. */
import { createPinna } from 'pinna';
import { PinnaAudio, PinnaListener } from 'pinna/three';
import * as THREE from 'three';
import { Player, bindPlayer, hideProblem, showProblem } from '../shared/player.js';
import { buzz, loadSound } from '../shared/sounds.js';
import { emulateHeadset, findHeadset } from './headset.js';
import { Look } from './look.js';
import { bee, bell, drum, guitar, lantern, makeWorld } from './world.js';

/** @template {HTMLElement} [T=HTMLElement] @param {string} id @returns {T} */
const byId = (id) => /** @type {T} */ (document.getElementById(id));

const calm = matchMedia('(prefers-reduced-motion: reduce)');
const dark = matchMedia('(prefers-color-scheme: dark)');
const canvas = /** @type {HTMLCanvasElement} */ (byId('world'));
const enter = /** @type {HTMLButtonElement} */ (byId('enter'));
const moving = /** @type {HTMLInputElement} */ (byId('moving'));
const xrWords = byId('xr');

// Things

/**
 * @typedef {object} Thing
 * @property {string} name
 * @property {THREE.Object3D} body
 * @property {number} gain
 * @property {(context: AudioContext) => Promise<AudioBuffer>} load
 * @property {(seconds: number, body: THREE.Object3D) => void} move  puts it where it is after so long
 * @property {boolean} [doppler]
 * @property {boolean} [on]
 * @property {PinnaAudio | null} [sound]  hangs on the body, and so goes with it
 */

/** @type {Thing[]} */
const things = [
  {
    name: 'Voice',
    body: lantern(),
    gain: 1,
    load: (context) => loadSound(context, 'speech-near.wav', 0.8),
    move: (t, body) => {
      const angle = 0.2 * t - 0.2;
      body.position.set(1.9 * Math.sin(angle), 1.6 + 0.04 * Math.sin(3 * t), -1.9 * Math.cos(angle));
    },
  },
  {
    name: 'Tabla',
    body: drum(),
    gain: 0.8,
    load: (context) => loadSound(context, 'loop-tabla.wav'),
    move: (_, body) => body.position.set(-1.7, 0.27, -2.1),
  },
  {
    name: 'Guitar',
    body: guitar(),
    gain: 0.9,
    load: (context) => loadSound(context, 'guit-em9.wav', 0.5),
    move: (_, body) => {
      body.position.set(0.95, 1.15, -2.7);
      body.rotation.y = -0.4;
    },
  },
  {
    name: 'Bell',
    body: bell(),
    gain: 0.6,
    load: (context) => loadSound(context, 'perc-bell.wav', 1.5),
    move: (t, body) => {
      body.position.set(-2.3, 1.75, 1.8);
      body.rotation.y = 0.9;
      body.children[0].rotation.z = 0.35 * Math.sin(2.4 * t);
    },
  },
  {
    name: 'Bee',
    body: bee(),
    gain: 0.3,
    doppler: true,
    load: async (context) => buzz(context),
    move: (t, body) => {
      const at = (/** @type {number} */ s) => new THREE.Vector3(2.1 * Math.sin(0.9 * s + 0.5),
        1.55 + 0.35 * Math.sin(1.7 * s), -0.4 - 1.6 * Math.cos(0.63 * s));
      body.position.copy(at(t));
      // A bee looks where it flies to, along -z.
      body.lookAt(body.position.clone().multiplyScalar(2).sub(at(t + 0.05)));
      const flap = 0.6 * Math.sin(70 * t);
      /** @type {THREE.Object3D} */ (body.getObjectByName('left wing')).rotation.y = flap;
      /** @type {THREE.Object3D} */ (body.getObjectByName('right wing')).rotation.y = -flap;
    },
  },
];

const scene = makeWorld(dark.matches);
for (const thing of things) {
  thing.on = true;
  thing.sound = null;
  thing.move(0, thing.body);
  scene.add(thing.body);
  const box = document.createElement('input');
  box.type = 'checkbox';
  box.checked = true;
  box.addEventListener('change', () => {
    thing.on = box.checked;
    thing.body.visible = thing.on;
    thing.sound?.setVolume(thing.on ? thing.gain : 0);
  });
  const label = document.createElement('label');
  label.className = 'check';
  label.append(box, thing.name);
  byId('things').append(label);
}

// Sound

/** @type {PinnaListener | null} */
let ears = null;

const player = new Player(async (context) => {
  const pinna = await createPinna(context, { maxSources: things.length, limiter: true });
  pinna.connect(context.destination);
  const buffers = await Promise.all(things.map((thing) => thing.load(context)));
  ears = new PinnaListener(pinna);
  for (const [i, thing] of things.entries()) {
    thing.sound = new PinnaAudio(ears).setBuffer(buffers[i]).setLoop(true).setVolume(thing.on ? thing.gain : 0);
    thing.sound.source.doppler = Boolean(thing.doppler);
    thing.body.add(thing.sound);
  }
  camera.add(ears);
  // Everything is in its place before it sounds.
  scene.updateMatrixWorld();
  things.forEach(({ sound }) => sound?.play());
  return pinna;
});

bindPlayer(player, {
  button: /** @type {HTMLButtonElement} */ (byId('play')),
  status: byId('status'),
  problem: byId('problem'),
  ready: 'Put on headphones and press play.',
  playing: () => 'Playing. Drag the picture to turn your head.',
});
player.addEventListener('change', () => {
  if (player.state === 'failed') {
    things.forEach((thing) => {
      thing.sound?.removeFromParent();
      thing.sound = null;
    });
    ears?.removeFromParent();
    ears = null;
    attachment = null;
  }
  attach();
});

// Picture

const camera = new THREE.PerspectiveCamera(62, 1, 0.05, 100);
const look = new Look(canvas);
const renderer = makeRenderer();

function makeRenderer() {
  try {
    const made = new THREE.WebGLRenderer({ canvas, antialias: true });
    made.xr.enabled = true;
    made.xr.setReferenceSpaceType('local-floor');
    return made;
  } catch (error) {
    showProblem(byId('trouble'), 'No picture', new Error('this browser draws no WebGL, so the things can be heard ' +
      'but not seen: switch hardware acceleration on, or use another browser', { cause: error }));
    return null;
  }
}

function fit() {
  camera.aspect = innerWidth / innerHeight;
  // Upright screens are narrow: there the picture is taller instead.
  camera.fov = camera.aspect < 1 ? 80 : 62;
  camera.updateProjectionMatrix();
  if (renderer && !renderer.xr.isPresenting) {
    renderer.setPixelRatio(Math.min(2, devicePixelRatio || 1));
    renderer.setSize(innerWidth, innerHeight, false);
  }
}
addEventListener('resize', fit);
fit();

moving.checked = !calm.matches;
calm.addEventListener('change', () => {
  moving.checked = !calm.matches;
});

let movedS = 0;
let before = performance.now();

/** @param {number} now */
function frame(now) {
  const seconds = Math.min(0.1, Math.max(0, now - before) / 1000);
  before = now;
  look.advance(seconds);
  if (moving.checked) {
    movedS += seconds;
    things.forEach((thing) => thing.move(movedS, thing.body));
  }
  if (session && emulated) {
    // The emulated head is turned as the camera would be; the headset's poses then come from it.
    emulated.position.set(...look.position);
    emulated.quaternion.set(...look.orientation);
  } else if (!session) {
    camera.position.set(...look.position);
    camera.quaternion.set(...look.orientation);
  }
  if (renderer) {
    renderer.render(scene, camera);
  } else {
    // Rendering brings what sounds and what hears where it is; without a picture this does.
    scene.updateMatrixWorld();
    camera.updateMatrixWorld();
  }
}
if (renderer) {
  renderer.setAnimationLoop(frame);
} else {
  const again = (/** @type {number} */ now) => {
    requestAnimationFrame(again);
    frame(now);
  };
  requestAnimationFrame(again);
}

// Headset

/** @type {XRSession | null} */
let session = null;
/** @type {import('pinna').XRAttachment | null} */
let attachment = null;
/** @type {import('./headset.js').EmulatedDevice | null} */
let emulated = null;

/** The engine follows the headset as soon as there are both. */
function attach() {
  const space = renderer?.xr.getReferenceSpace();
  if (session && space && player.pinna && !attachment?.attached && player.pinna.state !== 'failed') {
    // The headset's own poses are better than the camera's: they are predicted to the moment at which it hears.
    ears?.removeFromParent();
    attachment = player.pinna.attachXR(session, space);
  }
}

async function enterVR() {
  hideProblem(byId('trouble'));
  enter.disabled = true;
  // Both need the gesture, so both are asked for before anything is awaited.
  const wanted = /** @type {XRSystem} */ (navigator.xr).requestSession('immersive-vr', {
    requiredFeatures: ['local-floor'],
  });
  const sounding = player.play();
  try {
    const begun = await wanted;
    begun.addEventListener('end', leftVR);
    await renderer?.xr.setSession(begun);
    session = begun;
    await sounding;
    attach();
  } catch (error) {
    showProblem(byId('trouble'), 'VR could not be entered', error);
  }
  enter.disabled = false;
  showHeadset();
}

function leftVR() {
  session = null;
  attachment = null;
  if (ears) {
    camera.add(ears);
  }
  fit();
  showHeadset();
}

enter.addEventListener('click', () => {
  if (session) {
    session.end();
  } else {
    enterVR();
  }
});

async function showHeadset() {
  if (session) {
    enter.textContent = 'Leave VR';
    enter.disabled = false;
    return;
  }
  enter.textContent = 'Enter VR';
  const { ready, words } = await findHeadset();
  enter.disabled = !ready || renderer === null;
  xrWords.textContent = emulated ? 'An emulated headset is ready: drags and keys turn it.' : words;
  if (!ready && !emulated) {
    const link = document.createElement('a');
    link.href = '?emulate=1';
    link.textContent = 'Try an emulated headset';
    xrWords.append(' ', link, '.');
  }
}

/** How the headset is doing, for those who watch the page. */
setInterval(() => {
  if (session) {
    const frames = attachment?.frames ?? 0;
    xrWords.dataset.poses = String(frames);
    xrWords.textContent = attachment
      ? `In VR: ${attachment.tracking ? 'tracking' : 'tracking lost'}, ${frames} poses.`
      : 'In VR, without sound yet: press play.';
  }
}, 500);

async function prepareHeadset() {
  if (new URLSearchParams(location.search).get('emulate') === '1') {
    try {
      emulated = await emulateHeadset();
    } catch (error) {
      showProblem(byId('trouble'), 'No emulated headset', error);
    }
  }
  navigator.xr?.addEventListener('devicechange', showHeadset);
  await showHeadset();
}
prepareHeadset();
