// SPDX-License-Identifier: MIT
/** Gives code that was written for PannerNode pinna's, without a change to that code. */
import { isPinna } from '../contexts.js';
import { shown } from '../errors.js';
import { listenerOf, nativeListenerOf } from './listener.js';
import { choosePinna, flushPanners } from './mixes.js';
import { NativePanner, PinnaPannerNode } from './panner.js';

/** @typedef {import('../pinna.js').Pinna} Pinna */

/** @type {Set<BaseAudioContext>} */
const installed = new Set();

/**
 * In one context, createPanner(), new PannerNode(context) and context.listener are pinna's from now on. An
 * OfflineAudioContext's startRendering() first waits until the audio thread has everything.
 *
 * @param {BaseAudioContext} context
 * @param {Pinna} pinna  of this context
 * @returns {() => void}  undoes it; panners that exist stay what they are
 */
export function installPanner(context, pinna) {
  if (!isPinna(pinna) || pinna.context !== context) {
    throw new TypeError(`installPanner needs the pinna of this context, not ${shown(pinna)}`);
  }
  if (installed.has(context)) {
    throw new TypeError('installPanner was called for this context already: undo that first');
  }
  choosePinna(context, pinna);
  const listener = listenerOf(context);
  const native = nativeListenerOf(context);
  if (native.positionX) {
    for (const name of /** @type {const} */ (['positionX', 'positionY', 'positionZ', 'forwardX', 'forwardY', 'forwardZ',
      'upX', 'upY', 'upZ'])) {
      listener[name].value = native[name].value;
    }
  }
  /** @type {PropertyDescriptorMap} */
  const replacements = {
    createPanner: { value: () => new PinnaPannerNode(context), configurable: true, writable: true },
    listener: { get: () => listener, configurable: true },
  };
  if (typeof OfflineAudioContext === 'function' && context instanceof OfflineAudioContext) {
    const { startRendering } = context;
    replacements.startRendering = {
      value: async () => {
        await flushPanners(context);
        return startRendering.call(context);
      },
      configurable: true,
      writable: true,
    };
  }
  Object.defineProperties(context, replacements);
  installed.add(context);
  if (installed.size === 1) {
    globalThis.PannerNode = shim;
  }
  return () => {
    if (!installed.delete(context)) {
      return;
    }
    for (const name of Object.keys(replacements)) {
      delete (/** @type {Record<string, unknown>} */ (/** @type {unknown} */ (context)))[name];
    }
    if (installed.size === 0 && globalThis.PannerNode === shim) {
      globalThis.PannerNode = NativePanner;
    }
  };
}

/**
 * PannerNode for all contexts: pinna's in those where it is installed, the browser's in others.
 *
 * @type {typeof PannerNode}
 */
const shim = NativePanner && new Proxy(NativePanner, {
  construct(native, args, newTarget) {
    if (newTarget === shim && installed.has(args[0])) {
      return new PinnaPannerNode(.../** @type {[BaseAudioContext, PannerOptions]} */ (args));
    }
    return Reflect.construct(native, args, newTarget === shim ? native : newTarget);
  },
  get(native, key, receiver) {
    if (key === Symbol.hasInstance) {
      return (/** @type {unknown} */ x) => x instanceof native || x instanceof PinnaPannerNode;
    }
    return Reflect.get(native, key, receiver);
  },
});
