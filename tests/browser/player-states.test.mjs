// SPDX-License-Identifier: MIT
/** What `<pinna-player>` shows and says: states, errors, keys, captions, and its accessibility by axe-core. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { after, before } from 'node:test';
import { serve } from '../../web/tools/serve.mjs';
import { launchForPlayers, openPlayers } from '../support/player-page.mjs';
import { test } from './harness.mjs';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

const CAPTIONS = 'WEBVTT\n\n00:00.000 --> 00:02.000\n<v Anna>Good &amp; early\n\n00:02.000 --> 00:04.000\nlate\n';

/** @type {import('playwright-core').Browser} */
let browser;
before(async () => {
  browser = await launchForPlayers();
});
after(async () => {
  await browser.close();
});

/** @param {import('playwright-core').Page} page @param {string} [selector] */
function play(page, selector = 'pinna-player') {
  return page.evaluate((which) => /** @type {any} */ (document.querySelector(which)).play(), selector);
}

/** @param {import('playwright-core').Page} page @param {string} name  of a property */
function get(page, name) {
  return page.evaluate((property) => /** @type {any} */ (document.querySelector('pinna-player'))[property], name);
}

/**
 * What axe-core finds amiss.
 *
 * @param {import('playwright-core').Page} page
 */
async function violations(page) {
  if (!await page.evaluate('"axe" in globalThis')) {
    await page.addScriptTag({ path: AXE });
  }
  return page.evaluate(async () => {
    const { violations: found, passes } = await /** @type {any} */ (globalThis).axe.run(document);
    if (passes.length < 10) {
      throw new Error(`axe-core looked at little: ${passes.length} rules`);
    }
    return found.flatMap((/** @type {any} */ { id, nodes }) =>
      nodes.map((/** @type {any} */ { target, failureSummary }) => `${id} ${target.flat()}: ${failureSummary}`));
  });
}

/** How a player is brought into each state, and whatever else it then shows. */
const STATES = {
  empty: { html: '<pinna-player></pinna-player>' },
  idle: { html: '<pinna-player src="/media/mono.wav" preload="none" label="A sound"></pinna-player>' },
  loading: { html: '<pinna-player src="/media/mono.wav"></pinna-player>', hold: true },
  paused: { html: '<pinna-player src="/media/stereo.wav"></pinna-player>' },
  playing: {
    html: '<pinna-player src="/media/stereo.wav" captions="/media/talk.vtt" loop></pinna-player>', plays: true,
  },
  ended: { html: '<pinna-player src="/media/short.wav"></pinna-player>', plays: true },
  error: { html: '<pinna-player src="/media/six.wav"></pinna-player>' },
};

for (const colorScheme of /** @type {const} */ (['light', 'dark'])) {
  test(`no_state_has_a_violation_of_accessibility_where_it_is_${colorScheme}`, async () => {
    for (const [name, wishes] of Object.entries(STATES)) {
      const { html, hold, plays } = /** @type {{ html: string, hold?: boolean, plays?: boolean }} */ (wishes);
      /** @type {() => void} */
      let release = () => {};
      const opened = await openPlayers(browser, html, {
        context: { colorScheme }, files: { 'talk.vtt': CAPTIONS },
        head: '<style>body{background:Canvas;color:CanvasText;color-scheme:light dark}</style>',
        hold: hold ? new Promise((resolve) => {
          release = () => resolve(undefined);
        }) : undefined,
      });
      const { page, state, close } = opened;
      if (plays) {
        await state('paused');
        await play(page);
      }
      await state(name);
      await page.waitForTimeout(100);
      assert.deepEqual(await violations(page), [], name);
      release();
      await close();
    }
  });
}

/** What cannot be played, and what is then said. @type {[string, string, RegExp, string][]} */
const ERRORS = [
  ['a_file_that_is_not_there', 'src="/media/nothing.wav"', /nothing\.wav is not there \(the server answers 404\)/,
    'not-found'],
  ['six_channels', 'src="/media/six.wav"', /six\.wav has 6 channels; a player plays 1 .*scene file/, 'channels'],
  ['what_is_no_sound', 'src="/media/broken.wav"', /is not a sound that this browser can decode: WAV, FLAC/, 'decode'],
  ['a_web_page', 'src="/players.html"', /is a web page, not a sound: check the address in src/, 'decode'],
  ['a_scene_with_a_mistake', 'src="/media/wrong.json"', /[Tt]he scene wrong\.json cannot be used: .*sources/, 'scene'],
  ['a_scene_whose_sound_is_missing', 'src="/media/lost.json"', /nothing\.wav is not there/, 'not-found'],
  ['a_soundfield_of_two_channels', 'src="/media/flat.json"',
    /the file stereo\.wav of "soundfield 1" has 2 channels, and a soundfield of order 1, 2 or 3 has 4, 9 or 16/i,
    'channels'],
  ['a_scene_of_more_soundfields_than_there_is_room_for', 'src="/media/full.json"',
    /full\.json cannot be used: it has 9 soundfields, and pages play 8: mix several into one/, 'scene'],
  ['a_kind_that_it_is_not', 'src="/media/mono.wav" kind="stereo"', /has 1 channel, and kind="stereo" was asked for/,
    'channels'],
  ['an_order_without_its_channels', 'src="/media/stereo.wav" order="1"',
    /has 2 channels, and ambisonic sound of order 1, 2 or 3 has 4, 9 or 16 \(ACN, SN3D\)/, 'channels'],
];

for (const [what, attributes, words, code] of ERRORS) {
  test(`${what}_is_told_with_its_mend`, async () => {
    const { page, close, state } = await openPlayers(browser, `<pinna-player ${attributes}></pinna-player>`, {
      files: {
        'broken.wav': 'RIFF, but nothing that follows', 'wrong.json': '{ "pinna": 1, "durationS": 1 }',
        'lost.json': JSON.stringify({ pinna: 1, durationS: 1,
          sources: [{ audio: 'nothing.wav', poses: [{ t: 0, position: [0, 0, -1] }] }] }),
        'flat.json': JSON.stringify({ pinna: 1, durationS: 1, sources: [], soundfields: [{ audio: 'stereo.wav' }] }),
        'full.json': JSON.stringify({ pinna: 1, durationS: 1, sources: [],
          soundfields: Array(9).fill({ audio: 'field.wav' }) }),
      },
    });
    await state('error');
    const alert = page.getByRole('alert');
    assert.match(await alert.innerText(), words);
    assert.deepEqual(await page.evaluate(() => {
      const { error, paused } = /** @type {any} */ (document.querySelector('pinna-player'));
      return { code: error.code, paused };
    }), { code, paused: true });
    await close();
  });
}

test('a_server_that_does_not_let_other_sites_read_is_told_from_one_that_does_not_answer', async () => {
  const other = await serve({ isolation: false });
  const { page, close, state, url } = await openPlayers(browser, '<pinna-player></pinna-player>');
  await page.evaluate((src) => /** @type {any} */ (document.querySelector('pinna-player')).setAttribute('src', src),
    `${other.url}/examples/shared/icon.svg`);
  await state('error');
  const message = await page.evaluate(() => /** @type {any} */ (document.querySelector('pinna-player')).error.message);
  assert.ok(message.startsWith(`${other.url} does not let other sites read /examples/shared/icon.svg: let it send ` +
    `the header "Access-Control-Allow-Origin: ${url}"`), message);
  await other.close();
  await page.evaluate(() => /** @type {any} */ (document.querySelector('pinna-player')).load());
  await page.waitForFunction(() =>
    /** @type {any} */ (document.querySelector('pinna-player')).error?.code === 'network');
  assert.match(await page.getByRole('alert').innerText(), /could not be reached: check the address and the connection/);
  await close();
});

test('after_the_cause_is_mended_trying_again_plays', async () => {
  const { page, close, state } = await openPlayers(browser, '<pinna-player src="/media/mono.wav"></pinna-player>');
  await state('paused');
  await page.route('**/*.wasm', (route) => route.fulfill({ status: 404, body: 'gone' }));
  await page.getByRole('button', { name: 'Play', exact: true }).click();
  await state('error');
  assert.match(await page.getByRole('alert').innerText(), /pinna\.wasm/);
  await page.unroute('**/*.wasm');
  await page.getByRole('alert').getByRole('button', { name: 'Try again' }).click();
  await state('playing');
  assert.equal(await page.getByRole('alert').isVisible(), false);
  await close();
});

test('another_source_while_one_is_starting_ends_that_play_and_is_no_error', async () => {
  const { page, close, state } = await openPlayers(browser, '<pinna-player src="/media/mono.wav"></pinna-player>');
  await state('paused');
  const code = await page.evaluate(() => {
    const { resume } = AudioContext.prototype;
    AudioContext.prototype.resume = async function slowly() {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return resume.call(this);
    };
    const player = /** @type {any} */ (document.querySelector('pinna-player'));
    const outcome = player.play().catch((/** @type {any} */ error) => error.code);
    setTimeout(() => {
      player.src = '/media/stereo.wav';
    }, 50);
    return outcome;
  });
  assert.equal(code, 'aborted');
  await state('paused');
  assert.deepEqual([await get(page, 'error'), (await get(page, 'sources')).length], [null, 2]);
  await close();
});

test('an_engine_that_fails_while_a_scene_plays_is_told_once_and_can_be_tried_again', async () => {
  const scene = JSON.stringify({ pinna: 1, durationS: 9, soundfields: [{ audio: 'field.wav', loop: true }],
    sources: [{ id: 'One', audio: 'mono.wav', loop: true, poses: [{ t: 0, position: [0, 0, -1] }] }] });
  const { page, close, state, complaints } = await openPlayers(browser,
    '<pinna-player src="/media/scene.json"></pinna-player>', { files: { 'scene.json': scene } });
  await state('paused');
  await play(page);
  await page.evaluate(() => {
    /** @type {any} */ (document.querySelector('pinna-player')).pinna.node.onprocessorerror();
  });
  await state('error');
  await page.waitForTimeout(300);
  assert.deepEqual(complaints, []);
  await page.getByRole('button', { name: 'Try again' }).first().click();
  await state('playing');
  await close();
});

test('it_dispatches_what_media_elements_do_in_their_order', async () => {
  const { page, close, state } = await openPlayers(browser, '<div id="here"></div>');
  await page.evaluate(() => {
    const w = /** @type {any} */ (globalThis);
    w.said = [];
    const player = document.createElement('pinna-player');
    const types = ['loadstart', 'durationchange', 'loadedmetadata', 'canplay', 'play', 'playing', 'seeking', 'seeked',
      'pause', 'ended', 'volumechange', 'emptied', 'error'];
    types.forEach((type) => player.addEventListener(type, () => w.said.push(type)));
    player.setAttribute('src', '/media/short.wav');
    document.querySelector('#here')?.append(player);
  });
  await state('paused');
  await page.evaluate(async () => {
    const player = /** @type {any} */ (document.querySelector('pinna-player'));
    await player.play();
    player.currentTime = 0.2;
    player.volume = 0.5;
  });
  await state('ended');
  assert.deepEqual(await page.evaluate('said'), ['loadstart', 'durationchange', 'loadedmetadata', 'canplay', 'play',
    'playing', 'seeking', 'seeked', 'volumechange', 'pause', 'ended']);
  assert.equal(await get(page, 'ended'), true);
  // Again from its beginning; a pause in the same turn takes it back.
  const outcome = await page.evaluate(() => {
    const player = /** @type {any} */ (document.querySelector('pinna-player'));
    const playing = player.play().then(() => 'played', (/** @type {Error} */ error) => error.name);
    player.pause();
    return playing;
  });
  assert.equal(outcome, 'AbortError');
  await play(page);
  assert.ok(await get(page, 'currentTime') < 0.3);
  await close();
});

test('all_of_it_is_reached_and_used_by_keys_alone', async () => {
  const { page, close, state, complaints } = await openPlayers(browser,
    '<pinna-player src="/media/stereo.wav" captions="/media/talk.vtt"></pinna-player>',
    { files: { 'talk.vtt': CAPTIONS } });
  await state('paused');
  const names = [];
  for (let i = 0; i < 14; i++) {
    await page.keyboard.press('Tab');
    names.push(await page.evaluate(() => {
      const element = document.querySelector('pinna-player')?.shadowRoot?.activeElement;
      const ring = element && getComputedStyle(element).outlineStyle;
      return element ? `${element.getAttribute('aria-label') ?? element.textContent}|${ring}` : 'away';
    }));
  }
  const wanted = ['Your head', 'Left: ahead left, 1.5 m', 'Right: ahead right, 1.5 m', 'Position', 'Play', 'Mute',
    'Volume', 'Space', 'Mono', 'Repeat', 'Captions: on', 'Look ahead'];
  assert.deepEqual(names.slice(0, wanted.length).map((name) => name.split('|')[0]), wanted);
  names.slice(0, wanted.length).forEach((name) =>
    assert.notEqual(name.split('|')[1], 'none', `${name} shows its focus`));
  assert.equal(names[wanted.length], 'away');

  const position = page.getByRole('slider', { name: 'Position' });
  await position.press('End');
  assert.equal(await get(page, 'currentTime'), 4);
  await position.press('ArrowLeft');
  assert.equal(await get(page, 'currentTime'), 0);
  await position.press('PageUp');
  assert.ok(Math.abs(await get(page, 'currentTime') - 0.4) < 1e-9);
  await page.waitForTimeout(100);
  await position.press('Home');
  await page.waitForTimeout(100);
  assert.equal(await position.getAttribute('aria-valuetext'), '0 seconds of 4 seconds');

  const left = page.getByRole('button', { name: /^Left:/ });
  await left.press('Shift+ArrowLeft');
  await left.press('Shift+ArrowDown');
  await page.getByRole('button', { name: 'Left: ahead left, 1.5 m' }).waitFor();
  const [source] = await get(page, 'sources');
  assert.ok(Math.abs(source.position[0] + 1.25) < 1e-6 && Math.abs(source.position[2] + 0.799) < 1e-3);
  await page.getByRole('button', { name: 'Your head' }).press('ArrowLeft');
  assert.ok(Math.abs((await get(page, 'head')).yaw - 5 * Math.PI / 180) < 1e-9);
  await page.getByRole('button', { name: 'Sources back in place' }).press('Enter');
  assert.ok(Math.abs((await get(page, 'sources'))[0].position[0] + 0.75) < 1e-9);
  assert.equal((await get(page, 'head')).yaw, 0);

  await position.focus();
  await page.keyboard.press('k');
  await state('playing');
  await page.keyboard.press('m');
  assert.equal(await get(page, 'muted'), true);
  await page.keyboard.press('Space');
  await state('paused');
  await page.getByRole('button', { name: 'Mono' }).press('Space');
  assert.equal(await get(page, 'mono'), true);
  await page.locator('pinna-player [aria-live]').filter({ hasText: 'both ears hear the same' }).waitFor();
  await page.getByRole('slider', { name: 'Volume' }).press('ArrowLeft');
  assert.ok(await get(page, 'volume') < 1);
  assert.deepEqual(complaints, []);
  await close();
});

test('what_a_page_sets_before_the_element_is_defined_is_kept', async () => {
  const { page, close, state } = await openPlayers(browser, `<pinna-player></pinna-player>
    <script>Object.assign(document.querySelector('pinna-player'),
      { volume: 0.5, mono: true, src: '/media/mono.wav', currentTime: 1.5 });</script>`);
  await state('paused');
  assert.deepEqual([await get(page, 'volume'), await get(page, 'mono'), await get(page, 'currentTime')],
    [0.5, true, 1.5]);
  await close();
});

test('the_waveform_is_that_of_the_file_and_a_press_on_it_goes_there', async () => {
  const { page, close, state } = await openPlayers(browser, '<pinna-player src="/media/left.wav"></pinna-player>');
  await state('paused');
  const timeline = page.getByRole('slider', { name: 'Position' });
  const box = await timeline.boundingBox();
  assert.ok(box);
  await page.mouse.click(box.x + 0.75 * box.width, box.y + box.height / 2);
  assert.ok(Math.abs(await get(page, 'currentTime') - 3) < 0.02, `${await get(page, 'currentTime')}`);
  await close();
});

test('captions_are_read_at_their_times_and_can_be_put_off', async () => {
  const { page, close, state } = await openPlayers(browser,
    `<pinna-player src="/media/mono.wav">
     <track kind="captions" src="/media/talk.vtt" srclang="en" label="English" default>
     <track kind="captions" src="/media/other.vtt" srclang="de" label="Deutsch"></pinna-player>`,
    { files: { 'talk.vtt': CAPTIONS, 'other.vtt': 'WEBVTT\n\n00:00.000 --> 00:04.000\nguten Tag\n' } });
  await state('paused');
  const caption = page.locator('pinna-player .caption');
  await caption.filter({ hasText: 'Anna: Good & early' }).waitFor();
  await page.evaluate(() => {
    /** @type {any} */ (document.querySelector('pinna-player')).currentTime = 2.5;
  });
  await caption.filter({ hasText: /^late$/ }).waitFor();
  await page.getByRole('button', { name: 'Captions: English' }).click();
  await caption.filter({ hasText: 'guten Tag' }).waitFor();
  await page.getByRole('button', { name: 'Captions: Deutsch' }).click();
  await caption.waitFor({ state: 'hidden' });
  assert.equal(await page.getByRole('button', { name: 'Captions', exact: true }).getAttribute('aria-pressed'), 'false');
  await close();
});

test('captions_that_are_missing_are_told_and_the_sound_plays_on', async () => {
  const { page, close, state } = await openPlayers(browser,
    '<pinna-player src="/media/mono.wav" captions="/media/none.vtt"></pinna-player>');
  await state('paused');
  await page.getByRole('alert').filter({ hasText: 'The captions are missing' }).waitFor();
  await play(page);
  await state('playing');
  await close();
});

for (const reducedMotion of /** @type {const} */ (['reduce', 'no-preference'])) {
  const calm = reducedMotion === 'reduce';
  test(calm ? 'where_less_motion_is_asked_for_nothing_pulses_or_turns' : 'elsewhere_the_picture_follows_the_sound',
    async () => {
      const { page, close, state } = await openPlayers(browser,
        '<pinna-player src="/media/mono.wav" loop></pinna-player>', { context: { reducedMotion } });
      await state('paused');
      await play(page);
      const picture = () => page.locator('pinna-player .view canvas').evaluate((canvas) =>
        /** @type {HTMLCanvasElement} */ (canvas).toDataURL());
      const seen = new Set();
      for (let i = 0; i < 6; i++) {
        await page.waitForTimeout(120);
        seen.add(await picture());
      }
      assert.equal(seen.size === 1, calm, `${seen.size} pictures`);
      assert.equal(await page.locator('pinna-player .play').evaluate((button) =>
        getComputedStyle(button).transitionDuration !== '0s'), !calm);
      await close();
    });
}

test('a_phone_without_a_sensor_is_told_so_in_words', async () => {
  const { page, close, state } = await openPlayers(browser, '<pinna-player src="/media/mono.wav"></pinna-player>',
    { context: { hasTouch: true, isMobile: true } });
  await state('paused');
  await page.getByRole('button', { name: 'Turn the head with this device' }).click();
  await page.getByRole('alert').filter({ hasText: 'no motion sensor answers here' }).or(
    page.getByRole('alert').filter({ hasText: 'No motion sensor answers here' })).waitFor();
  await page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('alert').waitFor({ state: 'hidden' });
  await close();
});

test('it_is_never_wider_than_what_it_is_in', async () => {
  const { page, close, state } = await openPlayers(browser,
    '<pinna-player src="/media/stereo.wav" captions="/media/talk.vtt" label="A name that is much longer than what ' +
    'there is room for in a player of this size"></pinna-player>', { files: { 'talk.vtt': CAPTIONS } });
  await state('paused');
  for (const width of [320, 390, 640, 700, 1280]) {
    await page.setViewportSize({ width, height: 800 });
    await page.waitForTimeout(100);
    const wide = await page.evaluate(() => {
      const player = /** @type {any} */ (document.querySelector('pinna-player'));
      const inner = player.shadowRoot.querySelector('.deck');
      return Math.max(document.documentElement.scrollWidth - innerWidth, inner.scrollWidth - inner.clientWidth);
    });
    assert.ok(wide <= 0, `${wide} px too wide at ${width}`);
  }
  await close();
});
