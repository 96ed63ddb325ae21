// SPDX-License-Identifier: MIT
/**
 * Which engine renders a panner.
 *
 * Problem  an engine adds all its sources up, and a PannerNode has an output of its own.
 * Method   panners that go to one and the same node share an engine, which goes there; a panner with another way out
 *          has an engine to itself. Engines are kept for whoever comes next: to start one takes the audio thread
 *          some milliseconds.
 */
import { pinnaOf } from '../contexts.js';
import { PinnaError } from '../errors.js';
import { listenerOf } from './listener.js';

/** @typedef {import('../pinna.js').Pinna} Pinna */
/** @typedef {import('../source.js').PinnaSource} PinnaSource */

/** Sources of an engine; when it is full, another goes to the same node. */
const CAPACITY = 16;

/** @typedef {{ pinna: Pinna, owner: Pinna, used: number, target: AudioNode | null, alone: boolean }} Mix */

/** @type {WeakMap<BaseAudioContext, Mix[]>} */
const mixes = new WeakMap();

/** @type {WeakMap<BaseAudioContext, Pinna>} chosen by installPanner */
const chosen = new WeakMap();

/**
 * @param {BaseAudioContext} context
 * @param {Pinna} pinna
 */
export function choosePinna(context, pinna) {
  chosen.set(context, pinna);
}

/**
 * A place in an engine that goes to a node.
 *
 * @param {BaseAudioContext} context
 * @param {AudioNode} target
 * @param {boolean} alone  nobody else is to be heard there
 * @returns {Mix}
 * @throws {PinnaError} 'argument' where the context has no pinna
 */
export function takePlace(context, target, alone) {
  const owner = chosen.get(context) ?? pinnaOf(context);
  if (owner === undefined) {
    throw new PinnaError('argument', 'pinna\'s panners need an engine: await createPinna(context) first');
  }
  const all = mixes.get(context) ?? [];
  mixes.set(context, all);
  const own = all.filter((mix) => mix.owner === owner);
  let mix = own.find((m) => !alone && !m.alone && m.target === target && m.used < CAPACITY) ??
    own.find((m) => m.used === 0);
  if (mix === undefined) {
    mix = { pinna: owner._posedSibling(CAPACITY), owner, used: 0, target: null, alone };
    listenerOf(context)._connect(mix.pinna.node, CAPACITY);
    all.push(mix);
  }
  if (mix.used === 0) {
    mix.pinna.disconnect();
    mix.pinna.connect(target);
    mix.target = target;
    mix.alone = alone;
  }
  mix.used += 1;
  return mix;
}

/** @param {Mix} mix */
export function leavePlace(mix) {
  mix.used -= 1;
  if (mix.used === 0) {
    mix.pinna.disconnect();
    mix.target = null;
  }
}

/**
 * Settles when the audio thread has everything that was set on this context's panners: to be awaited before an
 * OfflineAudioContext's startRendering() (installPanner does it by itself) and in its suspend(). AudioParams need no
 * waiting.
 *
 * @param {BaseAudioContext} context
 * @returns {Promise<void>}
 */
export async function flushPanners(context) {
  const used = (mixes.get(context) ?? []).filter(({ used, pinna }) => used > 0 && pinna.state !== 'disposed');
  await Promise.all(used.map(({ pinna }) => pinna.flush()));
}
