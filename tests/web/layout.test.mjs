// SPDX-License-Identifier: MIT
/** The generated layout: what JavaScript writes is what C reads. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test from 'node:test';
import { fileURLToPath } from 'node:url';
import { Header, Scene, Source, SourceFlag } from '../../web/shared/layout.gen.js';
import { SceneWriter, sceneBytes } from '../../web/shared/scene-writer.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const INPUTS = ['wasm/layout.mjs', 'src/scene/pn_scene.h', 'src/scene/pn_stats.h', 'src/base/pn_status.h',
  'src/base/pn_hop.h', 'web/shared/layout.gen.js'];

/** @param {string} root */
function check(root) {
  return spawnSync(process.execPath, [path.join(root, 'wasm/layout.mjs'), '--check'], { encoding: 'utf8' });
}

/**
 * A copy of the generator and all it reads, with one header changed.
 *
 * @param {string} file
 * @param {(text: string) => string} change
 */
function changedCopy(file, change) {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'pinna-layout-'));
  for (const input of INPUTS) {
    fs.mkdirSync(path.join(root, path.dirname(input)), { recursive: true });
    fs.copyFileSync(path.join(ROOT, input), path.join(root, input));
  }
  const target = path.join(root, file);
  const before = fs.readFileSync(target, 'utf8');
  const after = change(before);
  assert.notEqual(after, before);
  fs.writeFileSync(target, after);
  return root;
}

test('the_generated_layout_is_what_the_headers_say', () => {
  const { status, stderr } = check(ROOT);
  assert.equal(status, 0, stderr);
});

test('a_field_that_moved_in_the_header_makes_the_check_fail_with_the_mend', () => {
  const root = changedCopy('src/scene/pn_scene.h', (text) => text
    .replace('uint32_t flags;\n    uint32_t generation; ', 'uint32_t generation; ')
    .replace('uint32_t teleport;           /* changes', 'uint32_t flags;\n    uint32_t teleport; /* changes'));
  const { status, stderr } = check(root);
  assert.equal(status, 1);
  assert.match(stderr, /stale: run "node wasm\/layout\.mjs"/);
  fs.rmSync(root, { recursive: true });
});

test('a_field_that_would_be_padded_is_refused_by_name', () => {
  const root = changedCopy('src/scene/pn_scene.h',
    (text) => text.replace('float gain;    ', 'uint32_t odd;\n    float gain;    '));
  const { status, stderr } = check(root);
  assert.notEqual(status, 0);
  assert.match(stderr, /pn_scene_header\.pose_time_s: padding/);
  fs.rmSync(root, { recursive: true });
});

test('a_new_writer_holds_a_valid_empty_scene', () => {
  const writer = new SceneWriter(3);
  assert.equal(writer.bytes.byteLength, sceneBytes(3));
  const { view } = writer;
  assert.equal(view.getUint32(Header.magic, true), Scene.MAGIC);
  assert.equal(view.getUint32(Header.version, true), Scene.VERSION);
  assert.equal(view.getUint32(Header.headerBytes, true), Header.bytes);
  assert.equal(view.getUint32(Header.sourceBytes, true), Source.bytes);
  assert.equal(view.getUint32(Header.sourceCount, true), 0);
  assert.equal(view.getFloat32(Header.listenerWorldFromHead + 12, true), 1);
});

test('a_slot_that_is_used_again_has_a_new_generation_and_never_an_old_play_token', () => {
  const writer = new SceneWriter(2);
  const at = Header.bytes + Source.bytes;
  const seen = new Set();
  for (let use = 1; use <= 3; use++) {
    writer.openSource(1);
    assert.equal(writer.view.getUint32(at + Source.generation, true), use);
    assert.equal(writer.view.getUint32(at + Source.flags, true), SourceFlag.ACTIVE);
    assert.equal(writer.view.getUint32(at + Source.playToken, true), 0, 'a new source was never started');
    const token = writer.startSource(1, 0, 0);
    assert.ok(!seen.has(token));
    seen.add(token);
    writer.closeSource(1);
    assert.equal(writer.view.getUint32(at + Source.flags, true), 0);
  }
  assert.equal(writer.view.getUint32(Header.sourceCount, true), 2);
});
