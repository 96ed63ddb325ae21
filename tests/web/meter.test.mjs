// SPDX-License-Identifier: MIT
/** The watch for underruns, on clocks that behave as real ones do: bursts of blocks, ticks of a millisecond, drift. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Measure, Report } from '../../web/shared/report.js';
import { Meter } from '../../web/worklet/meter.js';

const RATE = 48000;
const QUANTUM = 128;

/**
 * Runs the watch for a while.
 *
 * @param {import('node:test').TestContext} t
 * @param {{ seconds: number, burstFrames: number, drift?: number, stalls?: [atS: number, ms: number][],
 *   live?: boolean, startGapMs?: number }} wishes
 */
function watch(t, { seconds, burstFrames, drift = 0, stalls = [], live = true, startGapMs = 0 }) {
  let wallMs = 1.7e12;
  t.mock.method(Date, 'now', () => Math.floor(wallMs));
  const { measures } = new Report(1);
  const meter = new Meter(measures, live, RATE);
  const began = wallMs;
  let lostMs = 0;
  const pending = [...stalls];
  for (let frame = 0; frame < seconds * RATE; frame += QUANTUM) {
    const s = frame / RATE;
    if (pending.length > 0 && s >= pending[0][0]) {
      lostMs += pending[0][1];
      pending.shift();
    }
    // A burst is rendered when the device has room for all of it.
    const burst = Math.floor(frame / burstFrames) * burstFrames;
    wallMs = began + burst / RATE * 1000 * (1 + drift) + lostMs + (s > 0.5 ? startGapMs : 0);
    meter.look(frame);
  }
  return measures;
}

test('bursts_of_a_tenth_of_a_second_and_a_drifting_clock_are_no_underruns', (t) => {
  for (const burstFrames of [128, 441, 1024, 4800]) {
    for (const drift of [-3e-4, 0, 3e-4]) {
      const measures = watch(t, { seconds: 600, burstFrames, drift });
      assert.equal(measures[Measure.underruns], 0, `bursts of ${burstFrames}, drift ${drift}`);
    }
  }
});

test('a_tenth_of_a_second_that_was_lost_is_one_underrun_of_that_length', (t) => {
  for (const burstFrames of [128, 441, 1024]) {
    const measures = watch(t, { seconds: 60, burstFrames, stalls: [[20.3, 100]] });
    assert.equal(measures[Measure.underruns], 1);
    assert.ok(Math.abs(measures[Measure.lostMs] - 100) < 12, `${measures[Measure.lostMs]} ms`);
  }
});

test('underruns_apart_from_each_other_are_counted_one_by_one', (t) => {
  const measures = watch(t, { seconds: 120, burstFrames: 441, stalls: [[20, 50], [50, 80], [90, 200]] });
  assert.equal(measures[Measure.underruns], 3);
  assert.ok(Math.abs(measures[Measure.lostMs] - 330) < 30, `${measures[Measure.lostMs]} ms`);
});

test('a_gap_while_the_device_starts_is_no_underrun', (t) => {
  assert.equal(watch(t, { seconds: 30, burstFrames: 441, startGapMs: 1400 })[Measure.underruns], 0);
});

test('an_offline_context_has_no_underruns_however_long_it_takes', (t) => {
  const measures = watch(t, { seconds: 30, burstFrames: 128, stalls: [[10, 5000]], live: false });
  assert.equal(measures[Measure.underruns], 0);
});
