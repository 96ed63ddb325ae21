// SPDX-License-Identifier: MIT
/**
 * What an AudioWorkletGlobalScope offers, in Node: enough to run the worklet file that browsers get, as it is.
 */
import { MessageChannel } from 'node:worker_threads';

export const WORKLET_URL = new URL('../../web/dist/pinna.worklet.js', import.meta.url);

/**
 * Loads the worklet file into this process's global scope.
 *
 * @param {number} sampleRate
 */
export async function loadWorklet(sampleRate) {
  /** @type {{ name: string, Processor: any }[]} */
  const registered = [];
  /** @type {import('node:worker_threads').MessagePort} */
  let nextPort;
  const scope = /** @type {any} */ (globalThis);
  scope.sampleRate = sampleRate;
  scope.currentFrame = 0;
  scope.AudioWorkletProcessor = class {
    constructor() {
      this.port = nextPort;
    }
  };
  scope.registerProcessor = (/** @type {string} */ name, /** @type {any} */ Processor) => {
    registered.push({ name, Processor });
  };
  await import(WORKLET_URL.href);
  const [{ name, Processor }] = registered;
  return {
    name,
    /**
     * A processor, as `new AudioWorkletNode` makes one, and the page's end of its port.
     *
     * @param {import('../../web/shared/protocol.js').ProcessorOptions} processorOptions
     */
    construct(processorOptions) {
      const { port1, port2 } = new MessageChannel();
      nextPort = port2;
      const processor = new Processor({ processorOptions });
      return { processor, port: port1, close: () => port1.close() };
    },
  };
}
