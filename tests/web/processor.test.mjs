// SPDX-License-Identifier: MIT
/** The worklet file that browsers get, run in Node for as long as a page would in three quarters of an hour. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import test from 'node:test';
import { fileURLToPath } from 'node:url';

const RUNNER = fileURLToPath(new URL('../support/processor-run.mjs', import.meta.url));

/**
 * A run in a process of its own, so that nothing else makes garbage.
 *
 * @param {Record<string, string | number>} wishes
 * @returns {Promise<any>}
 */
function runProcessor(wishes) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--expose-gc', RUNNER, JSON.stringify(wishes)],
      { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (chunk) => {
      text += chunk;
    });
    child.on('exit', (code) => (code === 0 ? resolve(JSON.parse(text)) : reject(new Error(`exit code ${code}`))));
  });
}

test('a_million_blocks_of_moving_sources_make_no_garbage_collection_and_no_memory_growth', async (t) => {
  const result = await runProcessor({ blocks: 1e6 });
  t.diagnostic(JSON.stringify(result));
  assert.equal(result.collections, 0);
  assert.equal(result.blocks, 1e6);
  assert.equal(result.wasmBytesAfter, result.wasmBytesBefore);
  assert.ok(result.heapGrowthBytes < 1 << 20, `${result.heapGrowthBytes} bytes of heap`);
  assert.ok(result.scenesApplied > 100, `only ${result.scenesApplied} scenes arrived`);
  assert.equal(result.scenesRefused, 0);
  assert.equal(result.nonFinite, 0);
  assert.ok(result.rms > 0.01 && result.rms < 10, `rms ${result.rms}`);
});

test('soundfields_that_turn_make_no_garbage_either', async (t) => {
  const result = await runProcessor({ blocks: 2e5, fields: 1 });
  t.diagnostic(JSON.stringify(result));
  assert.equal(result.collections, 0);
  assert.equal(result.wasmBytesAfter, result.wasmBytesBefore);
  assert.ok(result.scenesApplied > 100, `only ${result.scenesApplied} scenes arrived`);
  assert.equal(result.nonFinite, 0);
  assert.ok(result.rms > 0.1 && result.rms < 10, `rms ${result.rms}`);
});

test('a_processor_that_was_disposed_of_ends', async () => {
  const result = await runProcessor({ blocks: 100, dispose: 1 });
  assert.deepEqual(result.afterDispose, { returned: false, answered: true });
});

test('the_count_of_collections_would_show_two_numbers_of_garbage_in_a_block', async () => {
  const result = await runProcessor({ blocks: 2e5, watch: 1 });
  assert.ok(result.collections > 0, 'reading the clock twice a block makes garbage, which this count must see');
});
