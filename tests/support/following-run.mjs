// SPDX-License-Identifier: MIT
/**
 * Sources whose occlusion is computed, in a process of their own with little room for garbage: prints how many
 * collections a million looks need. The argument `litter` litters one small object a look.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { PinnaSource } from '../../web/source.js';
import { PinnaListener } from '../../web/listener.js';
import { followOcclusion } from '../../web/adapters/line-of-sight.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';

const WARM_UP = 200000;
const LOOKS = 1000000;
const core = /** @type {any} */ ({
  writer: new SceneWriter(2),
  changed: () => undefined,
  requireUsable: () => undefined,
  litter: /** @type {unknown} */ (null),
});
const littering = process.argv[2] === 'litter';
const sources = [new PinnaSource(core, 0, { position: [0, 0, -5] }), new PinnaSource(core, 1, { position: [5, 0, 0] })];
const bands = new Float64Array(8).fill(0.5);
const following = followOcclusion(new PinnaListener(core), sources, (_, source) => source === sources[0] ? bands : 0.5);
following.stop();
let collections = 0;
const observer = new PerformanceObserver((list) => {
  collections += list.getEntries().length;
});
/** @param {number} times */
function look(times) {
  for (let i = 0; i < times; i++) {
    following.update();
    if (littering) {
      core.litter = { i };
    }
  }
}
look(WARM_UP);
observer.observe({ entryTypes: ['gc'] });
await new Promise((resolve) => setTimeout(resolve, 50));
collections = 0;
look(LOOKS);
await new Promise((resolve) => setTimeout(resolve, 50));
console.log(collections);
