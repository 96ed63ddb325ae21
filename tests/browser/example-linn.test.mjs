// SPDX-License-Identifier: MIT
/** examples/04-linn: renderers, the picture, the blind test, and the walk. */
import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';
import { heard, leftOverRight, receiveVisitors, visit } from './visitor.mjs';

/** @typedef {import('./visitor.mjs').Visit} Visit */

receiveVisitors();

/** The talker stands, in no room. @param {Visit} visitor @param {number} degrees  to the right of ahead */
async function standAt({ page }, degrees) {
  await page.locator('#place').fill(String(degrees));
  await page.locator('#echo').fill('0');
}

test('each_renderer_puts_the_talker_on_his_side_but_bypass_which_puts_him_in_the_middle', async () => {
  const visitor = await visit('04-linn/');
  const { page } = visitor;
  await visitor.play();
  await standAt(visitor, 270);
  for (const key of ['1', '2', '3']) {
    await page.keyboard.press(key);
    await heard(visitor, (ears) => leftOverRight(ears) > 6, `renderer ${key}: the talker is on the left`);
  }
  await page.keyboard.press('4');
  assert.equal(await visitor.status(), 'Playing: Bypass.');
  await heard(visitor, (ears) => Math.abs(leftOverRight(ears)) < 0.1, 'bypass: the same in both ears');
  await page.getByLabel('Measured').first().check({ force: true });
  assert.equal(await visitor.status(), 'Playing: Measured.');
  await heard(visitor, (ears) => leftOverRight(ears) > 6, 'measured again');
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('the_picture_shows_both_ears_of_the_chosen_renderer_and_the_measured_head_for_comparison', async () => {
  const visitor = await visit('04-linn/');
  const { page } = visitor;
  const curves = () => page.locator('#pictures .curve').evaluateAll((paths) =>
    paths.map((path) => (path.getAttribute('d') ?? '').split('L').length));
  const cell = (/** @type {string} */ name) => page.locator(`[data-stat="${name}"]`).textContent();
  await page.locator('[data-stat="parameters"]').filter({ hasText: /\d,\d{3}/ }).waitFor();
  // The curves come after the facts: the next time that the picture is drawn.
  await page.waitForFunction(`[...document.querySelectorAll('#pictures .curve')]
    .every((path) => (path.getAttribute('d') ?? '').split('L').length > 100)`);
  assert.match(await cell('bytes') ?? '', /^\d\d kB$/);
  await page.keyboard.press('1');
  assert.equal(await cell('parameters'), 'none');
  assert.equal((await curves()).filter((points) => points > 100).length, 4);
  // The left ear's level moves with the talker.
  const before = await page.locator('#pictures .curve.left:not(.ghost)').first().getAttribute('d');
  await standAt(visitor, 90);
  assert.notEqual(await page.locator('#pictures .curve.left:not(.ghost)').first().getAttribute('d'), before);
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('the_blind_test_hides_what_would_tell_counts_answers_and_gives_everything_back', async () => {
  const visitor = await visit('04-linn/');
  const { page } = visitor;
  await visitor.play();
  await page.locator('#pick-b').selectOption('hrtf');
  assert.equal(await page.locator('#begin').isDisabled(), true);
  await page.locator('#pick-b').selectOption('bypass');
  await standAt(visitor, 270);
  await page.locator('#begin').click();
  for (const id of ['#filter', '#cost', '#blind-off']) {
    assert.equal(await page.locator(id).isVisible(), false);
  }
  assert.equal(await page.locator('#renderers input').first().isDisabled(), true);
  assert.equal(await visitor.status(), 'Playing: which one, is for you to say.');
  await page.keyboard.press('a');
  await heard(visitor, (ears) => leftOverRight(ears) > 6, 'A is the measured head');
  await page.keyboard.press('b');
  await heard(visitor, (ears) => Math.abs(leftOverRight(ears)) < 0.1, 'B is bypass');
  for (let trial = 1; trial <= 5; trial++) {
    await page.locator('[data-listen="X"]').click();
    const x = Math.abs(leftOverRight(await visitor.hear())) > 3 ? 'A' : 'B';
    await page.locator(`[data-answer="${x}"]`).click();
    assert.equal(await page.locator('#trials li').count(), trial);
  }
  assert.equal(await page.locator('#score').textContent(), '5 of 5 right, p = 0.031. You hear a difference.');
  assert.deepEqual(await page.locator('#trials .right').count(), 5);
  await page.locator('#end').click();
  assert.equal(await page.locator('#filter').isVisible(), true);
  assert.equal(await visitor.status(), 'Playing: LINN.');
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('the_talker_stands_where_motion_is_unwelcome_and_can_be_walked_by_keys_and_by_hand', async () => {
  const visitor = await visit('04-linn/', { context: { reducedMotion: 'reduce' } });
  const { page } = visitor;
  await visitor.play();
  assert.equal(await page.locator('#walking').isChecked(), false);
  assert.ok(await page.locator('#calm').isVisible());
  const where = () => page.locator('#where').textContent();
  const place = await where();
  await page.waitForTimeout(1200);
  assert.equal(await where(), place);
  await page.locator('#place').focus();
  await page.keyboard.press('PageUp');
  await page.waitForFunction((before) => document.getElementById('where')?.textContent !== before, place);
  const box = await page.locator('#room svg').boundingBox();
  const talker = await page.locator('.talker').boundingBox();
  assert.ok(box && talker);
  await page.mouse.move(talker.x + talker.width / 2, talker.y + talker.height / 2);
  await page.mouse.down();
  await page.mouse.move(box.x + 20, box.y + box.height / 2, { steps: 5 });
  await page.mouse.up();
  await page.locator('#where').filter({ hasText: /^left,/ }).waitFor();
  await page.keyboard.press('w');
  const before = await where();
  await page.waitForFunction((words) => document.getElementById('where')?.textContent !== words, before);
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});
