// SPDX-License-Identifier: MIT
/**
 * pinna/aframe: pinna in an A-Frame scene, registered before the scene's tag.
 *
 *     <script type="module">
 *       import { registerPinna } from 'pinna/aframe';
 *       registerPinna(AFRAME);
 *     </script>
 *     <a-scene pinna="maxSources: 32">
 *       <a-sphere pinna-sound="src: #bee; autoplay: true; loop: true"></a-sphere>   // as the component "sound"
 *     </a-scene>
 *
 * The active camera hears, in VR the head; an entity with pinna-listener in its place. Sound begins with the first
 * gesture.
 */
import { worldFromHead } from '../adapters/eyes.js';
import { Place } from '../adapters/place.js';
import { usable } from '../adapters/usable.js';
import { createPinna, unlock } from '../index.js';
import { pinnaSound } from './sound.js';

/** @typedef {import('../pinna.js').Pinna} Pinna */

/** What A-Frame's global has that is used here. @typedef {{ registerSystem(name: string, definition: object): unknown,
 *   registerComponent(name: string, definition: object): unknown, components: object }} AFrame */

/**
 * Registers the system "pinna" and the components "pinna-listener" and "pinna-sound"; once, before the scene is made.
 *
 * @param {AFrame} AFRAME  the global of A-Frame 1.5 or newer
 * @param {{ pinna?: Pinna | Promise<Pinna> }} [options]  one that exists; else the scene makes its own, in an
 *   AudioContext of its own
 */
export function registerPinna(AFRAME, options = {}) {
  AFRAME.registerSystem('pinna', pinnaSystem(options.pinna));
  AFRAME.registerComponent('pinna-listener', {
    /** @this {any} */
    init() {
      this.system = this.el.sceneEl.systems.pinna;
      this.system.listenerObject = this.el.object3D;
    },
    /** @this {any} */
    remove() {
      this.system.listenerObject = null;
    },
  });
  AFRAME.registerComponent('pinna-sound', pinnaSound);
}

/** @param {Pinna | Promise<Pinna>} [given] */
function pinnaSystem(given) {
  return {
    schema: { maxSources: { default: 64 } },

    /** @this {any} */
    init() {
      /** @type {Pinna | null} */
      this.pinna = null;
      this.listenerObject = null;
      this.place = new Place();
      this.buffers = new Map();
      /** @type {Promise<Pinna>} */
      this.ready = Promise.resolve(given ?? makePinna(this.data.maxSources));
      this.ready.then((/** @type {Pinna} */ pinna) => {
        this.pinna = pinna;
        this.el.emit('pinna-ready', { pinna }, false);
      }, (/** @type {unknown} */ error) => {
        this.el.emit('pinna-error', { error }, false);
        console.error(error);
      });
    },

    /** A sound file, fetched and decoded once. @this {any} @param {string} url @returns {Promise<AudioBuffer>} */
    load(url) {
      const load = async () => {
        const { context } = await this.ready;
        const answer = await fetch(url);
        if (!answer.ok) {
          throw new Error(`pinna-sound: ${url} could not be loaded (${answer.status})`);
        }
        return context.decodeAudioData(await answer.arrayBuffer());
      };
      if (!this.buffers.has(url)) {
        this.buffers.set(url, load());
      }
      return this.buffers.get(url);
    },

    /** After the frame is drawn: in VR the camera's matrix is the head's only then. @this {any} */
    tock() {
      const object = this.listenerObject ?? this.el.camera;
      if (!object || !this.pinna || !usable(this.pinna)) {
        return;
      }
      const first = !this.place.known;
      const xr = object === this.el.camera ? this.el.renderer?.xr : null;
      if (this.place.follow(worldFromHead(xr, object.matrixWorld.elements))) {
        this.pinna.listener.setPose(this.place.position, this.place.orientation, { teleport: first });
      }
    },
  };
}

/** @param {number} maxSources */
async function makePinna(maxSources) {
  const context = new AudioContext();
  const pinna = await createPinna(context, { maxSources });
  pinna.connect(context.destination);
  unlock(context).catch(() => {
    // Closed before anyone touched the page.
  });
  return pinna;
}
