// SPDX-License-Identifier: MIT
/** The quality governor on machines of different speed, whose clock ticks in milliseconds. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Governor } from '../../web/worklet/governor.js';

const RATE = 48000;
const QUANTUM = 128;
const BLOCK_MS = QUANTUM / RATE * 1000;

/**
 * Runs a governor over a scene on a machine.
 *
 * @param {Governor} governor
 * @param {{ seconds: number, sources: number, exactUs: number, bulkUs: number, wall?: { ms: number } }} machine
 */
function play(governor, { seconds, sources, exactUs, bulkUs, wall = { ms: 1.7e12 + 0.3 } }) {
  const limits = [];
  let overrunS = 0;
  let longestOverrunS = 0;
  for (let frame = 0; frame < seconds * RATE; frame += QUANTUM) {
    const exact = Math.min(sources, governor.limit);
    governor.see(exact);
    const cost = (exact * exactUs + (sources - exact) * bulkUs) / 1000;
    const began = Math.floor(wall.ms);
    const ended = Math.floor(wall.ms + cost);
    wall.ms += Math.max(cost, BLOCK_MS);
    overrunS = cost > BLOCK_MS ? overrunS + cost / 1000 : 0;
    longestOverrunS = Math.max(longestOverrunS, overrunS);
    if (governor.watching && governor.add(ended - began, QUANTUM, exact)) {
      limits.push(governor.limit);
    }
  }
  return { limits, longestOverrunS };
}

test('a_machine_that_keeps_up_is_left_alone', () => {
  const governor = new Governor(256, true, RATE);
  const { limits } = play(governor, { seconds: 60, sources: 256, exactUs: 3, bulkUs: 1 });
  assert.deepEqual(limits, []);
});

test('an_overrun_is_over_in_a_fraction_of_a_second', () => {
  const governor = new Governor(1024, true, RATE);
  const { longestOverrunS } = play(governor, { seconds: 20, sources: 1024, exactUs: 4, bulkUs: 1 });
  assert.ok(longestOverrunS > 0, 'the machine is too slow for all sources');
  assert.ok(longestOverrunS < 0.35, `${longestOverrunS} s`);
  assert.ok(governor.limit < 600, `${governor.limit}`);
});

test('the_limit_settles_instead_of_pumping', () => {
  const governor = new Governor(1024, true, RATE);
  play(governor, { seconds: 60, sources: 1024, exactUs: 4, bulkUs: 1 });
  const { limits } = play(governor, { seconds: 120, sources: 1024, exactUs: 4, bulkUs: 1 });
  assert.ok(limits.length <= 12, `${limits.length} changes in two minutes: ${limits}`);
});

test('the_limit_comes_back_when_there_is_time_again', () => {
  const governor = new Governor(256, true, RATE);
  play(governor, { seconds: 5, sources: 256, exactUs: 20, bulkUs: 2 });
  assert.ok(governor.limit < 128, `${governor.limit}`);
  play(governor, { seconds: 60, sources: 256, exactUs: 2, bulkUs: 1 });
  assert.equal(governor.limit, 256);
});

test('offline_nothing_is_governed', () => {
  const governor = new Governor(256, false, RATE);
  const { limits } = play(governor, { seconds: 5, sources: 256, exactUs: 100, bulkUs: 50 });
  assert.deepEqual(limits, []);
  assert.equal(governor.watching, false);
});

test('few_sources_are_never_measured', () => {
  const governor = new Governor(256, true, RATE);
  play(governor, { seconds: 5, sources: 16, exactUs: 2, bulkUs: 1 });
  assert.equal(governor.watching, false);
});
