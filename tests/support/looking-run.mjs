// SPDX-License-Identifier: MIT
/**
 * Sources that follow a line of sight, in a process of their own with little room for garbage: prints how many
 * collections 200,000 looks need. An argument above 0 litters one small object a look.
 */
import { PerformanceObserver } from 'node:perf_hooks';
import { PinnaSource } from '../../web/source.js';
import { PinnaListener } from '../../web/listener.js';
import { LineOfSight, followOcclusion } from '../../web/adapters/line-of-sight.js';
import { SceneWriter } from '../../web/shared/scene-writer.js';

const WARM_UP = 100000;
const LOOKS = 200000;
const core = /** @type {any} */ ({
  writer: new SceneWriter(2),
  changed: () => undefined,
  requireUsable: () => undefined,
  litter: /** @type {unknown} */ (null),
});
const wanted = Number(process.argv[2] ?? 0);
const sources = [new PinnaSource(core, 0, { position: [0, 0, -5] }), new PinnaSource(core, 1, { position: [5, 0, 0] })];
const walls = new LineOfSight();
walls.addBox({ min: [-2, -2, -3], max: [2, 2, -2] });
walls.addMesh({ positions: new Float32Array([-1, -1, -1.5, 1, -1, -1.5, 1, 1, -1.5]) });
const following = followOcclusion(new PinnaListener(core), sources, walls.between);
following.stop();
let collections = 0;
const observer = new PerformanceObserver((list) => {
  collections += list.getEntries().length;
});
/** @param {number} times */
function look(times) {
  for (let i = 0; i < times; i++) {
    following.update();
    core.litter = wanted > 0 ? { i } : null;
  }
}
look(WARM_UP);
observer.observe({ entryTypes: ['gc'] });
await new Promise((resolve) => setTimeout(resolve, 50));
collections = 0;
look(LOOKS);
await new Promise((resolve) => setTimeout(resolve, 50));
console.log(collections);
