// SPDX-License-Identifier: MIT
/** The blind comparison of examples/04-linn, and the way its talker walks. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { BlindTest, chance } from '../../examples/04-linn/blind.js';
import { ROOM, facingAt, placeAt, turned, walkOn } from '../../examples/04-linn/walk.js';

test('chance_is_the_upper_tail_of_fair_coins', () => {
  const tail = (/** @type {number} */ right, /** @type {number} */ trials) => {
    let ways = 0;
    for (let coins = 0; coins < 2 ** trials; coins++) {
      ways += coins.toString(2).replaceAll('0', '').length >= right ? 1 : 0;
    }
    return ways / 2 ** trials;
  };
  for (let trials = 0; trials <= 10; trials++) {
    for (let right = 0; right <= trials; right++) {
      assert.ok(Math.abs(chance(right, trials) - tail(right, trials)) < 1e-12, `${right} of ${trials}`);
    }
  }
  // 16 right of 20 is the textbook's 0.0059.
  assert.ok(Math.abs(chance(16, 20) - 0.00590897) < 1e-7);
  assert.ok(chance(500, 1000) > 0.5 && chance(500, 1000) < 0.52);
});

test('x_is_drawn_anew_for_each_trial_and_answers_are_counted', () => {
  const lots = [0.1, 0.9, 0.2, 0.7, 0.4];
  const blind = new BlindTest(() => lots.shift() ?? 0);
  assert.equal(blind.words, 'No answer yet.');
  assert.equal(blind.x, 'A');
  assert.equal(blind.answer('A'), true);
  assert.equal(blind.x, 'B');
  assert.equal(blind.answer('A'), false);
  assert.deepEqual(blind.trials, [{ x: 'A', answer: 'A' }, { x: 'B', answer: 'A' }]);
  assert.equal(blind.right, 1);
  assert.equal(blind.p, 0.75);
  assert.match(blind.words, /^1 of 2 right, p = 0\.75\. /);
});

test('five_in_a_row_are_called_a_difference_and_lots_are_fair', () => {
  const sure = new BlindTest();
  for (let i = 0; i < 5; i++) {
    sure.answer(sure.x);
  }
  assert.match(sure.words, /^5 of 5 right, p = 0\.031\. You hear a difference\.$/);
  for (let i = 0; i < 10; i++) {
    sure.answer(sure.x);
  }
  assert.match(sure.words, /^15 of 15 right, p < 0\.001\. /);
  let a = 0;
  const blind = new BlindTest();
  for (let i = 0; i < 4000; i++) {
    a += blind.x === 'A' ? 1 : 0;
    blind.answer('A');
  }
  assert.ok(Math.abs(a - 2000) < 200, `${a} of 4000`);
});

test('the_talker_stays_in_the_room_keeps_his_pace_and_comes_round', () => {
  let angle = 0;
  let turns = 0;
  let seconds = 0;
  while (turns < 1 && seconds < 60) {
    const next = walkOn(angle, 0.05);
    const [from, to] = [placeAt(angle), placeAt(next)];
    assert.ok(Math.abs(Math.hypot(to[0] - from[0], to[2] - from[2]) - 0.045) < 0.003);
    assert.ok(Math.abs(to[0]) < ROOM.halfWidth && Math.abs(to[2]) < ROOM.halfDepth && Math.hypot(...to) > 0.5);
    turns += next < angle ? 1 : 0;
    angle = next;
    seconds += 0.05;
  }
  assert.ok(turns === 1 && seconds > 5, `${seconds} s`);
});

test('a_talker_who_faces_right_has_his_own_ahead_there', () => {
  // Behind the listener he walks on to the left, and turns to the listener, who is ahead of him.
  const facing = facingAt(Math.PI);
  assert.ok(facing < 0 && facing > -Math.PI / 2);
  const [x, y, z, w] = turned(Math.PI / 2);
  // The rotated (0, 0, -1) of a unit quaternion.
  const ahead = [-2 * (x * z + w * y), -2 * (y * z - w * x), -(1 - 2 * (x * x + y * y))];
  assert.ok(Math.abs(ahead[0] - 1) < 1e-12 && Math.abs(ahead[1]) < 1e-12 && Math.abs(ahead[2]) < 1e-12, `${ahead}`);
});
