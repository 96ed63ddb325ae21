// SPDX-License-Identifier: MIT
/** examples/02-orbit: sources moved by hand, finger and keys are heard where they are put. */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { SOUNDS } from '../../web/tools/sounds.mjs';
import { SILENCE, drag, heard, leftOverRight, loudness, receiveVisitors, visit } from './visitor.mjs';

/** @typedef {import('./visitor.mjs').Visit} Visit */

receiveVisitors();

/** Only the noise sounds, straight ahead at 1.5 m, and nothing moves by itself. @param {Visit} visitor */
async function onlyNoise(visitor) {
  const { page } = visitor;
  await page.locator('#moving').uncheck();
  for (const name of ['Voice', 'Tabla', 'Guitar', 'Bell']) {
    await page.getByRole('button', { name: `Mute ${name}` }).click();
  }
  await page.getByRole('button', { name: 'Mute Noise' }).click();
  const noise = page.locator('#view-top .handle').filter({ hasText: 'Noise' });
  await noise.focus();
  await noise.press('Home');
  return noise;
}

/** The middle of a view in the page, and its pixels per metre. @param {Visit} visitor @param {string} view */
async function middle(visitor, view) {
  const box = await visitor.page.locator(view).boundingBox();
  assert.ok(box);
  return { x: box.x + box.width / 2, y: box.y + box.height / 2, metre: box.width / 8.48 };
}

test('orbit_reports_what_sounds_and_by_which_way_poses_travel', async () => {
  for (const isolation of [true, false]) {
    const visitor = await visit('02-orbit/', { isolation });
    await visitor.play();
    const stat = (/** @type {string} */ name) => visitor.page.locator(`[data-stat="${name}"]`);
    await stat('sounding').filter({ hasText: '4 of 6' }).waitFor();
    assert.equal(await stat('transport').textContent(), isolation ? 'shared memory' : 'messages');
    assert.match(await stat('p50').textContent() ?? '', /^(< )?[\d.]+ %$/);
    assert.match(await stat('latency').textContent() ?? '', /^0 \+ \d+ ms$/);
    assert.match(await visitor.page.locator('.load-bar').getAttribute('aria-valuenow') ?? '', /^\d+\.\d$/);
    await visitor.close();
  }
});

test('dragging_a_source_from_side_to_side_moves_it_from_ear_to_ear', async () => {
  for (const isolation of [true, false]) {
    const visitor = await visit('02-orbit/', { isolation });
    await visitor.play();
    await onlyNoise(visitor);
    const { x, y, metre } = await middle(visitor, '#view-top');
    await heard(visitor, (ears) => Math.abs(leftOverRight(ears)) < 2.5, 'ahead, both ears are alike');
    await drag(visitor, { x, y: y - 1.5 * metre }, { x: x - 1.5 * metre, y });
    await heard(visitor, (ears) => leftOverRight(ears) > 6, 'on the left, the left ear is louder');
    await drag(visitor, { x: x - 1.5 * metre, y }, { x: x + 1.5 * metre, y });
    await heard(visitor, (ears) => leftOverRight(ears) < -6, 'on the right, the right ear is louder');
    assert.deepEqual(visitor.complaints, []);
    await visitor.close();
  }
});

test('a_finger_drags_a_source_as_a_mouse_does', async () => {
  const visitor = await visit('02-orbit/', { context: { hasTouch: true, viewport: { width: 820, height: 1180 } } });
  await visitor.play();
  await onlyNoise(visitor);
  const { x, y, metre } = await middle(visitor, '#view-top');
  const finger = await visitor.context.newCDPSession(visitor.page);
  const touch = (/** @type {string} */ type, /** @type {{ x: number, y: number }[]} */ touchPoints) =>
    finger.send('Input.dispatchTouchEvent', { type: /** @type {'touchMove'} */ (type), touchPoints });
  await touch('touchStart', [{ x, y: y - 1.5 * metre }]);
  for (let i = 1; i <= 10; i++) {
    await touch('touchMove', [{ x: x - 0.15 * i * metre, y: y - (1.5 - 0.15 * i) * metre }]);
  }
  await touch('touchEnd', []);
  await heard(visitor, (ears) => leftOverRight(ears) > 6, 'a finger put it on the left');
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('keys_move_a_source_round_the_head_as_a_drag_does_and_space_mutes_it', async () => {
  const visitor = await visit('02-orbit/');
  await visitor.play();
  const noise = await onlyNoise(visitor);
  const { page } = visitor;
  const place = () => noise.getAttribute('aria-label');
  for (let i = 0; i < 3; i++) {
    await noise.press('Shift+ArrowLeft');
    await noise.press('Shift+ArrowDown');
  }
  assert.equal(await place(), 'Noise: left, 1.5 m');
  await heard(visitor, (ears) => leftOverRight(ears) > 6, 'keys put it on the left');
  for (let i = 0; i < 6; i++) {
    await noise.press('Shift+ArrowRight');
  }
  assert.equal(await place(), 'Noise: right, 1.5 m');
  await heard(visitor, (ears) => leftOverRight(ears) < -6, 'keys put it on the right');
  const near = await loudness(visitor, 1);
  for (let i = 0; i < 3; i++) {
    await noise.press('Shift++');
  }
  assert.equal(await place(), 'Noise: right, 3.0 m');
  // Twice as far is half as loud (the inverse law); the noise itself varies by a decibel.
  await heard(visitor, (ears) => ears[1] < 0.65 * near, 'it is further away');
  const ratio = near / await loudness(visitor, 1);
  assert.ok(Math.abs(ratio - 2) < 0.3, `twice as far is ${ratio.toFixed(2)} times quieter, not 2`);
  await noise.press('-');
  assert.equal(await place(), 'Noise: right, 2.9 m');
  for (let i = 0; i < 5; i++) {
    await noise.press('PageUp');
  }
  assert.match(await place() ?? '', /^Noise: right, 2\.9 m, 0\.5 m up$/);
  await page.locator('#live').filter({ hasText: '0.5 m up' }).waitFor({ state: 'attached' });
  await noise.press(' ');
  assert.match(await place() ?? '', /, muted$/);
  await heard(visitor, (ears) => Math.max(...ears) < SILENCE, 'muted, nothing sounds');
  await page.locator('[data-stat="sounding"]').filter({ hasText: '0 of 6' }).waitFor();
  await noise.press(' ');
  await heard(visitor, (ears) => Math.max(...ears) > 0.005, 'it sounds again');
  await noise.press('Delete');
  assert.equal(await page.locator('#sources li').count(), 5);
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('tab_reaches_every_source_with_a_visible_focus', async () => {
  const visitor = await visit('02-orbit/');
  const { page } = visitor;
  /** @type {string[]} */
  const reached = [];
  for (let i = 0; i < 60 && reached.length < 7; i++) {
    await page.keyboard.press('Tab');
    const focus = await page.evaluate(() => {
      const element = /** @type {HTMLElement} */ (document.activeElement);
      const inView = element.closest('#view-top') !== null;
      return { inView, label: element.getAttribute('aria-label') ?? '',
        outline: parseFloat(getComputedStyle(element).outlineWidth) };
    });
    if (focus.inView) {
      assert.ok(focus.outline >= 2, `${focus.label} shows no focus`);
      reached.push(focus.label.split(':')[0]);
    }
  }
  assert.deepEqual(reached.sort(), ['Bell', 'Guitar', 'Noise', 'Piano', 'Tabla', 'Voice', 'Your head']);
  await visitor.close();
});

test('the_view_from_the_right_changes_height_and_depth_and_keeps_the_side', async () => {
  const visitor = await visit('02-orbit/');
  await visitor.play();
  const noise = await onlyNoise(visitor);
  const { x, y, metre } = await middle(visitor, '#view-side');
  await drag(visitor, { x: x + 1.5 * metre, y }, { x: x - metre, y: y - 1.5 * metre });
  await visitor.page.locator('#view-top [aria-label="Noise: behind, 1.8 m, 1.5 m up"]').waitFor();
  // The keys go on where the mouse left it.
  assert.equal(await noise.evaluate((element) => element === document.activeElement), true);
  await visitor.close();
});

test('sliders_and_switches_change_the_chosen_source', async () => {
  const visitor = await visit('02-orbit/');
  await visitor.play();
  await onlyNoise(visitor);
  const { page } = visitor;
  const detail = page.locator('#detail');
  await detail.getByLabel('Direction').fill('-90');
  await page.locator('#view-top [aria-label="Noise: left, 1.5 m"]').waitFor();
  await heard(visitor, (ears) => leftOverRight(ears) > 6, 'the slider put it on the left');
  const loud = await loudness(visitor, 0);
  await detail.getByLabel('Gain').fill('0.4');
  await heard(visitor, (ears) => ears[0] < 0.65 * loud, 'it is quieter');
  const ratio = loud / await loudness(visitor, 0);
  assert.ok(Math.abs(ratio - 2) < 0.3, `half the gain is ${ratio.toFixed(2)} times quieter, not 2`);
  // Head-locked, it stays at the left ear however the head is turned.
  await detail.getByLabel('Head-locked').check();
  await page.locator('#turn').fill('180');
  await heard(visitor, (ears) => leftOverRight(ears) > 6, 'it turned with the head');
  await detail.getByLabel('Head-locked').uncheck();
  await page.locator('#turn').fill('0');
  await heard(visitor, (ears) => leftOverRight(ears) < -6, 'let go, it stays where it was, now on the right');
  await detail.getByLabel('Doppler').check();
  await page.locator('#limiter').uncheck();
  await page.locator('#volume').fill('0');
  await heard(visitor, (ears) => Math.max(...ears) < SILENCE, 'without volume nothing sounds');
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('turning_the_head_by_mouse_and_by_keys_turns_what_is_heard', async () => {
  const visitor = await visit('02-orbit/');
  await visitor.play();
  await onlyNoise(visitor);
  const { page } = visitor;
  const { x, y, metre } = await middle(visitor, '#view-top');
  // The nose is taken and led to the right: what was ahead is now on the left.
  await page.mouse.move(x, y - 12);
  await page.mouse.down();
  await page.mouse.move(x + 1.5 * metre, y - 1.5 * metre, { steps: 6 });
  await page.mouse.move(x + 2 * metre, y, { steps: 6 });
  await page.mouse.up();
  await page.locator('#head-words').filter({ hasText: '90° to the right' }).waitFor();
  await heard(visitor, (ears) => leftOverRight(ears) > 6, 'the head looks right');
  const head = page.locator('#view-top .head');
  await head.focus();
  await head.press('Home');
  for (let i = 0; i < 18; i++) {
    await head.press('ArrowLeft');
  }
  await heard(visitor, (ears) => leftOverRight(ears) < -6, 'keys turned it to the left');
  await page.locator('#straight').click();
  await drag(visitor, { x: x - 2 * metre, y: y + 3 * metre }, { x: x - 2 * metre + 225, y: y + 3 * metre });
  await page.locator('#head-words').filter({ hasText: '90° to the right' }).waitFor();
  await visitor.close();
});

test('a_telephone_that_is_turned_turns_the_head', async () => {
  const visitor = await visit('02-orbit/', { context: { hasTouch: true, viewport: { width: 820, height: 1180 } } });
  await visitor.play();
  await onlyNoise(visitor);
  const { page } = visitor;
  const sensor = await visitor.context.newCDPSession(page);
  const hold = (/** @type {number} */ alpha) =>
    sensor.send('DeviceOrientation.setDeviceOrientationOverride', { alpha, beta: 90, gamma: 0 });
  await hold(30);
  await page.locator('#phone').click();
  await page.locator('#phone[aria-pressed="true"]').waitFor();
  await hold(30);
  await page.waitForTimeout(300);
  // Anticlockwise, seen from above, by a right angle in steps that a hand could make.
  for (let i = 1; i <= 30; i++) {
    await hold(30 + 3 * i);
    await page.waitForTimeout(16);
  }
  await page.locator('#head-words').filter({ hasText: '90° to the left' }).waitFor();
  await heard(visitor, (ears) => leftOverRight(ears) < -6, 'what was ahead is on the right');
  await page.locator('#phone').click();
  await heard(visitor, (ears) => Math.abs(leftOverRight(ears)) < 2.5, 'let go, the head looks ahead again');
  await visitor.close();
});

test('without_a_motion_sensor_the_page_says_so', async () => {
  const visitor = await visit('02-orbit/', { context: { hasTouch: true } });
  await visitor.page.locator('#phone').click();
  await visitor.page.locator('#trouble').waitFor();
  assert.match(await visitor.page.locator('#trouble').innerText(), /No motion sensor answers here/);
  await visitor.close();
});

test('less_motion_is_respected_until_the_user_asks_for_it', async () => {
  const visitor = await visit('02-orbit/', { context: { reducedMotion: 'reduce' } });
  const { page } = visitor;
  await visitor.play();
  assert.equal(await page.locator('#moving').isChecked(), false);
  assert.ok(await page.locator('#calm').isVisible());
  const voice = page.locator('#sources li').filter({ hasText: 'Voice' }).locator('.place');
  const place = await voice.textContent();
  await page.waitForTimeout(1500);
  assert.equal(await voice.textContent(), place);
  await page.locator('#moving').check();
  await page.waitForFunction((before) => document.querySelector('#sources .place')?.textContent !== before, place);
  await visitor.close();
});

test('the_users_own_file_becomes_a_source_by_picker_and_by_drop_and_others_are_refused_in_words', async () => {
  const visitor = await visit('02-orbit/');
  const { page } = visitor;
  await page.locator('#file').setInputFiles(path.join(SOUNDS, 'loop-safari.wav'));
  const added = page.locator('#sources li').filter({ hasText: 'loop-safari' });
  await added.waitFor();
  // Choosing a file is a gesture: the page plays.
  await page.locator('[data-stat="sounding"]').filter({ hasText: '5 of 7' }).waitFor();
  await page.locator('#file').setInputFiles({
    name: 'notes.mp3', mimeType: 'audio/mpeg', buffer: Buffer.from('no sound'),
  });
  await page.locator('#trouble').waitFor();
  assert.match(await page.locator('#trouble').innerText(), /“notes\.mp3” is not a sound that this browser can decode/);
  assert.equal(await page.locator('#sources li').count(), 7);
  await page.locator('#trouble').getByRole('button', { name: 'Close' }).click();
  const wav = fs.readFileSync(path.join(SOUNDS, 'say-front-left.wav')).toString('base64');
  await page.evaluate((text) => {
    const carried = new DataTransfer();
    const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
    carried.items.add(new File([bytes], 'dropped.wav', { type: 'audio/wav' }));
    for (const type of ['dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true }));
    }
  }, wav);
  await page.locator('#sources li').filter({ hasText: 'dropped' }).waitFor();
  await page.locator('#more').selectOption({ label: 'Choir' });
  await page.locator('#sources li').filter({ hasText: 'Choir' }).waitFor();
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('the_microphone_becomes_a_source_when_allowed', async () => {
  const visitor = await visit('02-orbit/', { context: { permissions: ['microphone'] } });
  const { page } = visitor;
  await visitor.play();
  await onlyNoise(visitor);
  await page.getByRole('button', { name: 'Mute Noise' }).click();
  await heard(visitor, (ears) => Math.max(...ears) < SILENCE, 'nothing sounds before');
  await page.locator('#microphone').click();
  await page.locator('#sources li').filter({ hasText: 'Microphone' }).waitFor();
  // Chromium's own microphone beeps once a second.
  await page.waitForFunction('Math.max(...earsRms()) > 0.002', null, { timeout: 15000 });
  await page.locator('#detail').getByRole('button', { name: 'Remove' }).click();
  await heard(visitor, (ears) => Math.max(...ears) < SILENCE, 'removed, it is silent');
  assert.deepEqual(visitor.complaints, []);
  await visitor.close();
});

test('a_refused_microphone_is_told_in_words', async () => {
  const visitor = await visit('02-orbit/');
  await visitor.page.locator('#microphone').click();
  await visitor.page.locator('#trouble').waitFor();
  assert.match(await visitor.page.locator('#trouble').innerText(), /microphone was not allowed: allow it/);
  assert.equal(await visitor.page.locator('#sources li').count(), 6);
  await visitor.close();
});
