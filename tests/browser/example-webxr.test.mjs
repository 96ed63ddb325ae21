// SPDX-License-Identifier: MIT
/** examples/03-webxr: with an emulated headset, and without any. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { drag, heard, leftOverRight, receiveVisitors, visit } from './visitor.mjs';

/** @typedef {import('./visitor.mjs').Visit} Visit */

receiveVisitors();

/** Only the tabla sounds, ahead on the left, and nothing moves by itself. @param {Visit} visitor */
async function onlyTabla({ page }) {
  await page.locator('summary').click();
  await page.locator('#moving').uncheck();
  for (const name of ['Voice', 'Guitar', 'Bell', 'Bee']) {
    await page.locator('#things').getByLabel(name).uncheck();
  }
}

/** Drags the picture to the right, which turns the head to the left by 96 degrees. @param {Visit} visitor */
async function turnLeft(visitor) {
  await drag(visitor, { x: 450, y: 440 }, { x: 610, y: 440 });
  await drag(visitor, { x: 450, y: 440 }, { x: 610, y: 440 });
  await drag(visitor, { x: 450, y: 440 }, { x: 610, y: 440 });
}

test('without_a_headset_the_page_says_so_and_the_mouse_turns_the_head', async () => {
  const visitor = await visit('03-webxr/');
  await visitor.page.locator('#xr').filter({ hasText: 'No headset is connected' }).waitFor();
  assert.equal(await visitor.page.locator('#enter').isDisabled(), true);
  await visitor.play();
  await onlyTabla(visitor);
  await heard(visitor, (ears) => leftOverRight(ears) > 3, 'the drum stands on the left');
  await turnLeft(visitor);
  await heard(visitor, (ears) => leftOverRight(ears) < -3, 'the head turned left, the drum is on the right');
  await visitor.page.locator('#world').focus();
  await visitor.page.keyboard.down('ArrowRight');
  await heard(visitor, (ears) => leftOverRight(ears) > 3, 'held, the key turns the head on, until the drum is left');
  await visitor.page.keyboard.up('ArrowRight');
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('a_browser_without_webxr_is_told_so', async () => {
  const visitor = await visit('03-webxr/', {
    prepare: (page) => page.addInitScript(() => {
      Reflect.deleteProperty(Navigator.prototype, 'xr');
    }),
  });
  await visitor.page.locator('#xr').filter({ hasText: 'This browser has no WebXR' }).waitFor();
  await visitor.play();
  await visitor.sounds();
  await visitor.close();
});

for (const isolation of [true, false]) {
  test(`in_an_emulated_headset_poses_arrive_and_the_sound_follows_a_head_turn_${
    isolation ? 'with' : 'without'}_isolation`, async () => {
    const visitor = await visit('03-webxr/?emulate=1', { isolation });
    const { page } = visitor;
    await page.locator('#xr').filter({ hasText: 'An emulated headset is ready' }).waitFor();
    await onlyTabla(visitor);
    await page.locator('#enter').click();
    const poses = async () => Number(await page.locator('#xr').getAttribute('data-poses'));
    await page.waitForFunction(() => Number(document.getElementById('xr')?.dataset.poses) > 10);
    assert.match(await page.locator('#xr').textContent() ?? '', /^In VR: tracking, \d+ poses\.$/);
    await heard(visitor, (ears) => leftOverRight(ears) > 3, 'the drum stands on the left');
    const first = await poses();
    await turnLeft(visitor);
    await heard(visitor, (ears) => leftOverRight(ears) < -3, 'the headset turned left, the drum is on the right');
    assert.ok(await poses() > first);
    await page.locator('#enter').filter({ hasText: 'Leave VR' }).click();
    await page.locator('#enter').filter({ hasText: 'Enter VR' }).waitFor();
    await heard(visitor, (ears) => leftOverRight(ears) < -3, 'back on the page the head is turned as it was');
    await page.locator('#enter').click();
    await page.locator('#enter').filter({ hasText: 'Leave VR' }).waitFor();
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  });
}
