// SPDX-License-Identifier: MIT
/**
 * pinna/r3f: pinna in a react-three-fiber scene.
 *
 *     <Canvas>
 *       <PinnaEngine pinna={pinna}>             // a Pinna, or the promise of createPinna: then it suspends
 *         <PinnaListener />                     // the default camera, in WebXR the head
 *         <mesh>
 *           <PinnaSound buffer={buffer} autoplay loop refDistance={2} />
 *         </mesh>
 *       </PinnaEngine>
 *     </Canvas>
 */
import { useThree } from '@react-three/fiber';
import { createContext, createElement, use, useEffect, useLayoutEffect, useMemo, useState } from 'react';
import { PinnaAudio } from '../three/audio.js';
import { PinnaListener as ListenerObject } from '../three/listener.js';

/** @typedef {import('../pinna.js').Pinna} Pinna */
/** @typedef {import('three').Object3D} Object3D */
/** @typedef {import('react').ReactNode} ReactNode */

/** @type {import('react').Context<ListenerObject | null>} the one who hears is one for an engine */
const Ears = createContext(/** @type {ListenerObject | null} */ (null));

/**
 * Whatever sounds must be within.
 *
 * @param {{ pinna: Pinna | Promise<Pinna>, children?: ReactNode }} props  the pinna stays the caller's: a promise must
 *   be the same at every render, and dispose() is called by whoever made it
 * @returns {import('react').ReactElement}
 */
export function PinnaEngine({ pinna, children }) {
  const engine = pinna instanceof Promise ? use(pinna) : pinna;
  const ears = useMemo(() => new ListenerObject(engine), [engine]);
  return createElement(Ears.Provider, { value: ears }, children);
}

function useEars() {
  const ears = use(Ears);
  if (ears === null) {
    throw new TypeError('PinnaListener, PinnaSound and usePinna belong within a PinnaEngine');
  }
  return ears;
}

/** The engine around a component. @returns {Pinna} */
export function usePinna() {
  return useEars().pinna;
}

/**
 * Hears from where the default camera is, or from where an object is. One for an engine.
 *
 * @param {{ object?: Object3D | { current: Object3D | null } | null }} props  the object, or a ref to it
 * @returns {null}
 */
export function PinnaListener({ object }) {
  const ears = useEars();
  const camera = useThree((state) => state.camera);
  const { xr } = useThree((state) => state.gl);
  useEffect(() => {
    const given = object && 'current' in object ? object.current : object;
    (given ?? camera).add(ears);
    ears.xr = given ? null : xr;
    return () => {
      ears.removeFromParent();
    };
  }, [ears, camera, object, xr]);
  return null;
}

/**
 * @typedef {object} PinnaSoundProps  besides those of every object, such as position
 * @property {AudioBuffer | null} [buffer]  what sounds: this, or one of the next three
 * @property {MediaStream | null} [stream]
 * @property {HTMLMediaElement | null} [element]
 * @property {AudioNode | null} [node]
 * @property {boolean} [autoplay]  a buffer is played when it comes; false
 * @property {boolean} [loop]
 * @property {number} [volume]  linear; 1
 * @property {number} [playbackRate]
 * @property {number} [refDistance]  metres; 1
 * @property {number} [maxDistance]  metres
 * @property {number} [rolloffFactor]
 * @property {import('../shared/scene-writer.js').DistanceModel} [distanceModel]
 * @property {[innerDegrees: number, outerDegrees: number, outerGain: number]} [cone]  along the object's +z
 * @property {() => void} [onEnded]  a buffer has played to its end
 * @property {import('react').Ref<PinnaAudio>} [ref]  the PinnaAudio: play(), pause(), and more at its `source`
 * @property {ReactNode} [children]
 */

/**
 * A sound, where it hangs in the scene.
 *
 * @param {PinnaSoundProps & Record<string, unknown>} props
 * @returns {import('react').ReactElement | null}
 */
export function PinnaSound({
  buffer = null, stream = null, element = null, node = null, autoplay = false, loop = false, volume = 1,
  playbackRate = 1, refDistance = 1, maxDistance = 10000, rolloffFactor = 1, distanceModel = 'inverse', cone, onEnded,
  ref, children, ...object
}) {
  const ears = useEars();
  const [audio, setAudio] = useState(/** @type {PinnaAudio | null} */ (null));
  // Not while rendering: React may render twice and use one, and a source takes a place in the engine.
  useLayoutEffect(() => {
    const made = new PinnaAudio(ears);
    setAudio(made);
    return () => {
      made.dispose();
      setAudio(null);
    };
  }, [ears]);
  useLayoutEffect(() => {
    if (audio) {
      audio.setLoop(loop).setVolume(volume).setRefDistance(refDistance).setMaxDistance(maxDistance)
        .setRolloffFactor(rolloffFactor).setDistanceModel(distanceModel).setPlaybackRate(playbackRate)
        .setDirectionalCone(...(cone ?? [360, 360, 0]));
      audio.onEnded = () => {
        PinnaAudio.prototype.onEnded.call(audio);
        onEnded?.();
      };
    }
  });
  useEffect(() => {
    if (audio && stream) {
      audio.setMediaStreamSource(stream);
    } else if (audio && element) {
      audio.setMediaElementSource(element);
    } else if (audio && node) {
      audio.setNodeSource(node);
    } else if (audio && buffer) {
      audio.setBuffer(buffer);
      if (autoplay) {
        audio.play();
      }
    }
    return () => {
      audio?.stop();
    };
  }, [audio, buffer, stream, element, node, autoplay]);
  return audio && createElement('primitive', { ...object, object: audio, ref }, children);
}
