// SPDX-License-Identifier: MIT
/** What `<pinna-player>` sounds like: recorded where it goes to the destination, in a real Chromium. */
import assert from 'node:assert/strict';
import { after, before } from 'node:test';
import { makeSounds } from '../../web/tools/sounds.mjs';
import { RATE_HZ, launchForPlayers, openPlayers } from '../support/player-page.mjs';
import { test } from './harness.mjs';

/** How late the plain mix is, frames: as web/player/rig.js has it. */
const LATE_FRAMES = 22;

/** What the engine, the mixing and sixteen bits leave of silence. */
const SILENCE = 1e-6;

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launchForPlayers();
});
after(() => browser.close());

/** How much louder left is than right, dB. @param {number[]} ears */
function leftOverRight([left, right]) {
  return 20 * Math.log10((left + 1e-9) / (right + 1e-9));
}

/**
 * @param {import('playwright-core').Page} page
 * @param {number} [seconds]
 * @returns {Promise<number[]>} of both ears
 */
function hear(page, seconds = 0.3) {
  return page.evaluate((s) => /** @type {any} */ (globalThis).rms(s), seconds);
}

/** @param {import('playwright-core').Page} page @param {string} [selector] */
function play(page, selector = 'pinna-player') {
  return page.evaluate((which) => /** @type {any} */ (document.querySelector(which)).play(), selector);
}

/**
 * Changes a player and waits until it is heard.
 *
 * @param {import('playwright-core').Page} page
 * @param {Record<string, unknown>} values
 */
async function set(page, values) {
  await page.evaluate((wanted) => Object.assign(/** @type {any} */ (document.querySelector('pinna-player')), wanted),
    values);
  await page.waitForTimeout(250);
}

test('a_source_is_heard_where_the_top_view_shows_it_and_is_dragged_to', async () => {
  const { page, close, complaints, state } = await openPlayers(browser,
    '<pinna-player src="/media/mono.wav" loop></pinna-player>');
  await state('paused');
  await play(page);
  const handle = page.getByRole('button', { name: /^Sound:/ });
  const box = await page.locator('pinna-player canvas').first().boundingBox();
  assert.ok(box);
  // The view reaches 2.5 m; it is as tall as the picture.
  const metre = Math.min(box.width, box.height) / (2 * 2.5 * 1.06);
  const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
  /** @type {[string, number, number, (balance: number) => boolean][]} */
  const places = [
    ['left', -1.5, 0, (balance) => balance > 3.5],
    ['right', 1.5, 0, (balance) => balance < -3.5],
    ['behind', 0, 1.5, (balance) => Math.abs(balance) < 1.5],
    ['ahead right', 1, -1, (balance) => balance < -3],
  ];
  for (const [words, x, z, holds] of places) {
    const at = await handle.boundingBox();
    assert.ok(at);
    await page.mouse.move(at.x + at.width / 2, at.y + at.height / 2);
    await page.mouse.down();
    await page.mouse.move(cx + x * metre, cy + z * metre, { steps: 4 });
    await page.mouse.up();
    await page.getByRole('button', { name: new RegExp(`^Sound: ${words}, 1\\.[45] m`) }).waitFor();
    await page.waitForTimeout(200);
    const balance = leftOverRight(await hear(page));
    assert.ok(holds(balance), `${words}: ${balance.toFixed(1)} dB`);
  }
  // The head is turned to face it: then it is ahead, and both ears hear the same.
  await page.evaluate(() => {
    const player = /** @type {any} */ (document.querySelector('pinna-player'));
    player.moveSource('Sound', [1.5, 0, 0]);
    player.turnHead(-Math.PI / 2);
  });
  await page.getByRole('button', { name: /^Sound: ahead, 1\.5 m/ }).waitFor();
  await page.waitForTimeout(200);
  const facing = leftOverRight(await hear(page));
  assert.ok(Math.abs(facing) < 1, `${facing} dB`);
  assert.deepEqual(complaints, []);
  await close();
});

test('strength_goes_from_the_files_own_two_channels_to_loudspeakers_and_mono_is_the_same_in_both_ears', async () => {
  const { page, close, complaints, state } = await openPlayers(browser,
    '<pinna-player src="/media/left.wav" loop></pinna-player>');
  await state('paused');
  await play(page);
  const [left, right] = await hear(page);
  assert.ok(right > 0.02 && left > 1.3 * right, `a loudspeaker at the left is heard by both ears: ${left}, ${right}`);
  await set(page, { strength: 0 });
  const [plainLeft, plainRight] = await hear(page);
  // The file's noise has an rms of 0.5 / sqrt(12).
  assert.ok(Math.abs(plainLeft - 0.5 / Math.sqrt(12)) < 0.003 && plainRight < SILENCE, `${plainLeft}, ${plainRight}`);
  await set(page, { strength: 0.5 });
  const [halfLeft, halfRight] = await hear(page);
  assert.ok(halfRight > 0.3 * right && halfRight < 0.7 * right, `${halfRight} is half of ${right}`);
  // No quieter than two sounds that know nothing of each other: they do not cancel.
  assert.ok(halfLeft > 0.95 * Math.hypot(left, plainLeft) / 2, `${halfLeft} of ${left} and ${plainLeft}`);
  await set(page, { mono: true });
  const { left: one, right: other } = await page.evaluate(() => /** @type {any} */ (globalThis).record(0.1));
  assert.deepEqual(one, other);
  assert.ok(one.some((/** @type {number} */ x) => Math.abs(x) > 0.05));
  await set(page, { mono: false, strength: 1 });
  const back = await hear(page);
  assert.ok(Math.abs(leftOverRight(back) - leftOverRight([left, right])) < 0.5);
  assert.deepEqual(complaints, []);
  await close();
});

/**
 * Records a file of ticks and tells where each tick fell by the player's own time.
 *
 * @param {import('playwright-core').Page} page
 * @param {number} seconds
 */
async function ticksHeard(page, seconds) {
  const { at, left, startFrame } = await page.evaluate(async (s) => {
    const w = /** @type {any} */ (globalThis);
    const player = /** @type {any} */ (document.querySelector('pinna-player'));
    const recorded = await w.record(s);
    const now = player.pinna.context.currentTime;
    return { ...recorded, right: null, at: { fileS: player.currentTime, contextS: now } };
  }, seconds);
  return left.flatMap((/** @type {number} */ x, /** @type {number} */ i) => (Math.abs(x) < 0.05 ? [] : [{
    // What the tick says, and what the player's time was when it was heard.
    tickS: Math.round((x - 0.1) / 0.01) / 10,
    frame: startFrame + i,
    playerS: at.fileS + (startFrame + i - LATE_FRAMES) / RATE_HZ - at.contextS,
  }]));
}

test('it_plays_what_its_time_says_to_the_sample_from_the_start_and_after_a_seek', async () => {
  const { page, close, complaints, state } = await openPlayers(browser,
    '<pinna-player src="/media/ticks.wav" strength="0"></pinna-player>');
  await state('paused');
  await play(page);
  const first = await ticksHeard(page, 0.5);
  assert.ok(first.length >= 4);
  for (const positionS of [2.55, 0.35, 3.05]) {
    await page.evaluate((s) => {
      /** @type {any} */ (document.querySelector('pinna-player')).currentTime = s;
    }, positionS);
    await page.waitForTimeout(120);
    const heard = await ticksHeard(page, 0.35);
    assert.ok(heard.length >= 3, `${heard.length} ticks after the seek to ${positionS} s`);
    assert.ok(heard[0].tickS > positionS && heard[0].tickS < positionS + 0.5);
    [...first, ...heard].forEach(({ tickS, playerS }) => {
      const frames = (playerS - tickS) * RATE_HZ;
      assert.ok(Math.abs(frames) < 0.01 || first.some((one) => one.tickS === tickS),
        `the tick of ${tickS} s is ${frames} frames off`);
    });
  }
  first.forEach(({ tickS, playerS }) => assert.ok(Math.abs(playerS - tickS) * RATE_HZ < 0.01));
  assert.deepEqual(complaints, []);
  await close();
});

test('a_file_that_repeats_has_no_seam_and_ends_where_it_is_told_to_stop_repeating', async () => {
  const { page, close, state } = await openPlayers(browser,
    '<pinna-player src="/media/round.wav" strength="0" loop></pinna-player>');
  await state('paused');
  await play(page);
  const heard = await ticksHeard(page, 2.3);
  assert.ok(heard.length >= 20);
  heard.slice(1).forEach(({ frame }, i) => assert.equal(frame - heard[i].frame, RATE_HZ / 10));
  await page.evaluate(() => {
    /** @type {any} */ (document.querySelector('pinna-player')).loop = false;
  });
  await state('ended');
  assert.deepEqual(await page.evaluate(() => {
    const { currentTime, duration, ended, paused } = /** @type {any} */ (document.querySelector('pinna-player'));
    return { currentTime, duration, ended, paused };
  }), { currentTime: 1, duration: 1, ended: true, paused: true });
  await close();
});

const SCENE = {
  pinna: 1, durationS: 4,
  sources: [
    { id: 'Bee', audio: 'mono.wav', poses: [{ t: 0, position: [-2, 0, 0] }, { t: 4, position: [2, 0, 0] }] },
    { id: 'Late', audio: 'short.wav', startS: 3.2, gain: 0.5, poses: [{ t: 0, position: [0, 0, -2] }] },
  ],
};

test('a_scenes_sources_travel_as_the_file_says_at_any_time_and_repeat_without_a_gap', async () => {
  const { page, close, complaints, state } = await openPlayers(browser,
    '<pinna-player src="/media/scene.json" loop></pinna-player>', { files: { 'scene.json': JSON.stringify(SCENE) } });
  await state('paused');
  assert.equal(await page.locator('pinna-player .kind').textContent(), 'Scene, 2 sources · 0:04 · headphones');
  await play(page);
  const early = leftOverRight(await hear(page, 0.4));
  assert.ok(early > 3, `${early} dB near its beginning`);
  await page.getByRole('button', { name: /^Bee: left/ }).waitFor();
  await set(page, { currentTime: 3.2 });
  const late = leftOverRight(await hear(page, 0.3));
  assert.ok(late < -2.5, `${late} dB near its end`);
  await page.getByRole('button', { name: /^Bee: right/ }).waitFor();
  // Over the seam: never silent for longer than the takes' first samples.
  const { left, right } = await page.evaluate(() => /** @type {any} */ (globalThis).record(2));
  let [silent, longest] = [0, 0];
  left.forEach((/** @type {number} */ x) => {
    silent = Math.abs(x) < 1e-5 ? silent + 1 : 0;
    longest = Math.max(longest, silent);
  });
  assert.ok(longest < 64, `${longest} frames of silence`);
  const [first, last] = [[0, 4800], [left.length - 4800, left.length]].map(([from, to]) => leftOverRight(
    [left, right].map((ear) => Math.hypot(...ear.slice(from, to)))));
  assert.ok(first < -2.5 && last > 2.5, `${first} dB before the seam, ${last} dB after it`);
  assert.deepEqual(complaints, []);
  await close();
});

test('a_scenes_soundfields_are_turned_as_the_file_says_beside_its_sources_and_around_the_head', async () => {
  const half = [0, 1, 0, 0];
  const field = { audio: 'field.wav', loop: true, gain: 0.5,
    poses: [{ t: 0 }, { t: 2, orientation: [0, 0, 0, 1] }, { t: 2, orientation: half }] };
  const scene = { pinna: 1, durationS: 4, sources: [], soundfields: [field] };
  const both = { ...scene, sources: [{ id: 'Right', audio: 'mono.wav', poses: [{ t: 0, position: [1, 0, 0] }] }],
    soundfields: [{ ...field, startS: 2, poses: [{ t: 0 }] }] };
  const { page, close, complaints, state } = await openPlayers(browser,
    '<pinna-player src="/media/field.json" loop></pinna-player>',
    { files: { 'field.json': JSON.stringify(scene), 'both.json': JSON.stringify(both) } });
  await state('paused');
  const kind = () => page.locator('pinna-player .kind').textContent();
  assert.equal(await kind(), 'Scene, 1 soundfield · 0:04 · headphones');
  await play(page);
  const before = leftOverRight(await hear(page));
  assert.ok(before > 3.5, `${before} dB from the left`);
  await set(page, { currentTime: 2.2 });
  await page.waitForTimeout(200);
  const after = leftOverRight(await hear(page));
  assert.ok(after < -3.5, `${after} dB when it is turned half around`);
  await page.evaluate((yaw) => /** @type {any} */ (document.querySelector('pinna-player')).turnHead(yaw), Math.PI / 2);
  await set(page, { currentTime: 2.2 });
  await page.waitForTimeout(300);
  const faced = leftOverRight(await hear(page));
  assert.ok(Math.abs(faced) < 1.5, `${faced} dB with the back to it`);
  // The plain mix is of the file, which is not turned.
  await set(page, { strength: 0, currentTime: 2.2 });
  const [left, right] = await hear(page);
  assert.ok(left > 0.05 && left < 0.11 && right < 1e-4, `${left}, ${right}`);

  await page.evaluate(() => {
    /** @type {any} */ (document.querySelector('pinna-player')).src = '/media/both.json';
  });
  await state('paused');
  assert.equal(await kind(), 'Scene, 1 source, 1 soundfield · 0:04 · headphones');
  await set(page, { strength: 1 });
  await page.evaluate(() => /** @type {any} */ (document.querySelector('pinna-player')).turnHead(0));
  await play(page);
  const source = await hear(page);
  assert.ok(leftOverRight(source) < -3.5, `${leftOverRight(source)} dB, of the source alone`);
  await set(page, { currentTime: 2.2 });
  await page.waitForTimeout(200);
  const joined = await hear(page);
  assert.ok(joined[0] > 1.5 * source[0], `${joined[0]} in the left ear with the soundfield, ${source[0]} without it`);
  assert.deepEqual(complaints, []);
  await close();
});

test('a_soundfield_stands_still_while_the_head_turns_and_its_plain_mix_is_of_two_channels', async () => {
  const { page, close, complaints, state } = await openPlayers(browser,
    '<pinna-player src="/media/field.wav" loop></pinna-player>');
  await state('paused');
  assert.equal(await page.locator('pinna-player .kind').textContent(), 'Ambisonic, order 3 · 0:02 · headphones');
  await play(page);
  const side = leftOverRight(await hear(page));
  assert.ok(side > 3.5, `${side} dB from the left`);
  const turn = (/** @type {number} */ yaw) => page.evaluate((radians) =>
    /** @type {any} */ (document.querySelector('pinna-player')).turnHead(radians), yaw);
  await turn(Math.PI / 2);
  await page.waitForTimeout(300);
  const faced = leftOverRight(await hear(page));
  assert.ok(Math.abs(faced) < 1.5, `${faced} dB when it is faced`);
  await turn(Math.PI);
  await page.waitForTimeout(300);
  const other = leftOverRight(await hear(page));
  assert.ok(other < -3.5, `${other} dB with the back to the front`);
  // Cardioids that look left and right: of what is at the left one hears all, the other nothing.
  await set(page, { strength: 0 });
  const [left, right] = await hear(page);
  assert.ok(left > 0.1 && right < 1e-4, `${left}, ${right}`);
  await page.evaluate(() => {
    const player = /** @type {any} */ (document.querySelector('pinna-player'));
    player.strength = 1;
    player.setAttribute('order', '1');
  });
  await state('paused');
  assert.match(await page.locator('pinna-player .kind').textContent() ?? '', /^Ambisonic, order 1/);
  await play(page);
  await turn(0);
  await page.waitForTimeout(300);
  const first = leftOverRight(await hear(page));
  assert.ok(first > 2.5, `${first} dB from the left in first order`);
  assert.deepEqual(complaints, []);
  await close();
});

test('the_example_page_plays_each_of_its_players_and_links_the_element_by_one_script_tag', async () => {
  await makeSounds();
  const { page, close, complaints, url } = await openPlayers(browser, '');
  await page.goto(`${url}/examples/06-player/`);
  const players = page.locator('pinna-player');
  assert.equal(await players.count(), 3);
  for (let i = 0; i < 3; i++) {
    const player = players.nth(i);
    await player.scrollIntoViewIfNeeded();
    await player.getByRole('button', { name: 'Play', exact: true }).click();
    await player.locator('[data-state="playing"]').waitFor();
    await page.waitForFunction('rms(0.1).then((ears) => Math.min(...ears) > 0.002)');
    await player.getByRole('button', { name: 'Pause' }).click();
  }
  assert.equal(await page.locator('script').count(), 1);
  assert.deepEqual(complaints, []);
  await close();
});

test('players_of_a_page_share_a_context_and_nothing_else', async () => {
  const { page, close, complaints, state } = await openPlayers(browser,
    `<pinna-player id="a" src="/media/left.wav" loop></pinna-player>
     <pinna-player id="b" src="/media/mono.wav" loop></pinna-player>`);
  await state('paused', '#a');
  await state('paused', '#b');
  await play(page, '#a');
  await play(page, '#b');
  const shared = await page.evaluate(() => {
    const [a, b] = /** @type {any[]} */ ([...document.querySelectorAll('pinna-player')]);
    b.moveSource('Sound', [1.5, 0, 0]);
    b.volume = 0.5;
    return { context: a.pinna.context === b.pinna.context, engine: a.pinna === b.pinna, volume: a.volume };
  });
  assert.deepEqual(shared, { context: true, engine: false, volume: 1 });
  await page.evaluate(() => /** @type {any} */ (document.querySelector('#a')).pause());
  await page.waitForTimeout(300);
  const right = await hear(page);
  assert.ok(leftOverRight(right) < -3.5, 'b is at the right, alone');
  assert.ok(await page.evaluate(() => /** @type {any} */ (document.querySelector('#a')).paused));
  await play(page, '#a');
  await page.evaluate(() => /** @type {any} */ (document.querySelector('#b')).remove());
  await page.waitForTimeout(300);
  assert.ok(leftOverRight(await hear(page)) > 2, 'a is at the left, alone');
  await page.evaluate(() => /** @type {any} */ (document.querySelector('#a')).pause());
  await page.waitForTimeout(600);
  const [left] = await hear(page);
  assert.ok(left < SILENCE, `${left} when both are at rest`);
  assert.deepEqual(complaints, []);
  await close();
});

test('volume_and_mute_are_heard_and_a_muted_source_is_silent_in_the_plain_mix_too', async () => {
  const { page, close, state } = await openPlayers(browser,
    '<pinna-player src="/media/stereo.wav" loop strength="0"></pinna-player>');
  await state('paused');
  await play(page);
  const [loud] = await hear(page);
  await set(page, { volume: 0.25 });
  const [soft] = await hear(page);
  assert.ok(Math.abs(soft / loud - 0.25) < 0.02, `${soft / loud}`);
  await set(page, { volume: 1, muted: true });
  assert.ok((await hear(page))[0] < SILENCE);
  await set(page, { muted: false });
  await page.getByRole('button', { name: /^Left:/ }).press(' ');
  await page.getByRole('button', { name: /^Left:.*muted/ }).waitFor();
  await page.waitForTimeout(250);
  const [left, right] = await hear(page);
  assert.ok(left < SILENCE && right > 0.1, `${left}, ${right}`);
  await close();
});

test('in_a_frame_without_cross_origin_isolation_under_a_strict_policy_it_plays_without_a_complaint', async () => {
  const { page, close, complaints } = await openPlayers(browser,
    '<iframe src="/frame.html" sandbox="allow-scripts allow-same-origin" width="700" height="500"></iframe>', {
      tap: false,
      csp: 'default-src \'none\'; script-src \'self\' \'wasm-unsafe-eval\'; connect-src \'self\'; ' +
        'frame-src \'self\'; require-trusted-types-for \'script\'; trusted-types \'none\'',
      pages: { '/frame.html': '<!doctype html><html lang="en"><title>frame</title>' +
        '<script type="module" src="/web/player/index.js"></script>' +
        '<pinna-player src="/media/stereo.wav" loop></pinna-player></html>' },
    });
  const frame = page.frames().find((one) => one.url().endsWith('/frame.html'));
  assert.ok(frame);
  await frame.getByRole('button', { name: 'Play', exact: true }).click();
  await frame.waitForFunction(() => /** @type {any} */ (document.querySelector('pinna-player')).state === 'playing');
  await frame.waitForFunction(() =>
    /** @type {any} */ (document.querySelector('pinna-player')).pinna.stats.peak[0] > 0.05);
  assert.deepEqual(await frame.evaluate(() => ({
    isolated: crossOriginIsolated,
    transport: /** @type {any} */ (document.querySelector('pinna-player')).pinna.stats.transport,
    styled: getComputedStyle(/** @type {any} */ (document.querySelector('pinna-player')).shadowRoot
      .querySelector('.player')).display,
  })), { isolated: false, transport: 'message', styled: 'grid' });
  // Chromium warns of this sandbox whenever page and frame are of one origin, as here.
  assert.deepEqual(complaints.filter((complaint) => !/allow-scripts and allow-same-origin/.test(complaint)), []);
  await close();
});

test('a_telephone_that_is_turned_turns_the_head_and_what_was_ahead_is_heard_at_the_side', async () => {
  const { page, close, complaints, state } = await openPlayers(browser,
    '<pinna-player src="/media/mono.wav" loop></pinna-player>', {
      context: { hasTouch: true, isMobile: true, viewport: { width: 390, height: 844 } },
    });
  await state('paused');
  await play(page);
  const turn = (/** @type {number} */ alpha) => page.evaluate((degrees) => {
    // Held upright: the screen looks at its holder.
    dispatchEvent(new DeviceOrientationEvent('deviceorientation', { alpha: degrees, beta: 90, gamma: 0 }));
  }, alpha);
  const ready = page.getByRole('button', { name: 'Turn the head with this device' });
  await ready.click();
  await turn(10);
  await page.locator('pinna-player [part="device-button"][aria-pressed="true"]').waitFor();
  // To the left by a quarter: what was ahead is then at the right.
  for (let alpha = 10; alpha <= 100; alpha += 10) {
    await turn(alpha);
    await page.waitForTimeout(20);
  }
  await page.getByRole('button', { name: /^Sound: right/ }).waitFor();
  await page.waitForTimeout(400);
  const balance = leftOverRight(await hear(page));
  assert.ok(balance < -3.5, `${balance} dB`);
  await ready.click();
  await page.getByRole('button', { name: /^Sound: ahead/ }).waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test('an_element_that_leaves_the_page_frees_its_engine_and_one_that_is_moved_within_it_keeps_it', async () => {
  const { page, close, state } = await openPlayers(browser,
    '<pinna-player src="/media/mono.wav" loop></pinna-player><div id="elsewhere"></div>');
  await state('paused');
  await play(page);
  const found = await page.evaluate(async () => {
    const player = /** @type {any} */ (document.querySelector('pinna-player'));
    const { pinna } = player;
    document.querySelector('#elsewhere')?.append(player);
    await new Promise((resolve) => setTimeout(resolve));
    const moved = { state: pinna.state, paused: player.paused };
    player.remove();
    await new Promise((resolve) => setTimeout(resolve));
    return { moved, gone: pinna.state, engine: player.pinna };
  });
  assert.deepEqual(found, { moved: { state: 'running', paused: true }, gone: 'disposed', engine: null });
  await close();
});
