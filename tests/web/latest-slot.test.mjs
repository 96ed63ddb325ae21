// SPDX-License-Identifier: MIT
/** The shared slot under a real race of two threads. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { LatestSlotReader, LatestSlotWriter, createLatestSlot } from '../../web/shared/latest-slot.js';

const BYTES = 8320;
const WORDS = BYTES / 4;
const SNAPSHOTS = 200000;

if (!isMainThread) {
  write(workerData);
}

/** The worker: snapshot n is n in every word. @param {{ memory: SharedArrayBuffer, go: Int32Array }} data */
function write({ memory, go }) {
  const writer = new LatestSlotWriter(memory, BYTES);
  const snapshot = new Uint32Array(WORDS);
  const bytes = new Uint8Array(snapshot.buffer);
  Atomics.wait(go, 0, 0);
  for (let n = 1; n <= SNAPSHOTS; n++) {
    snapshot.fill(n);
    writer.publish(bytes);
  }
}

if (isMainThread) {
  test('a_reader_that_races_a_writer_never_sees_a_torn_or_an_older_snapshot_and_ends_with_the_newest', async () => {
    const memory = createLatestSlot(BYTES);
    const go = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { memory, go } });
    await new Promise((resolve) => worker.once('online', resolve));
    const reader = new LatestSlotReader(memory, BYTES);
    const taken = new Uint32Array(WORDS);
    const bytes = new Uint8Array(taken.buffer);
    Atomics.store(go, 0, 1);
    Atomics.notify(go, 0);
    let newest = 0;
    let takes = 0;
    const deadline = Date.now() + 60000;
    while (newest < SNAPSHOTS && Date.now() < deadline) {
      // The writer may not have waited yet when it was woken.
      Atomics.notify(go, 0);
      if (!reader.take(bytes)) {
        continue;
      }
      takes += 1;
      const n = taken[0];
      assert.ok(n > newest, `snapshot ${n} came after ${newest}`);
      newest = n;
      for (let i = 1; i < WORDS; i++) {
        if (taken[i] !== n) {
          assert.fail(`word ${i} of snapshot ${n} is of snapshot ${taken[i]}`);
        }
      }
    }
    assert.equal(newest, SNAPSHOTS);
    assert.ok(takes > 100, `the threads met only ${takes} times: this proves nothing`);
    assert.equal(reader.take(bytes), false, 'nothing is taken twice');
    await worker.terminate();
  });

  test('of_several_snapshots_only_the_newest_is_taken_and_only_once', () => {
    const memory = createLatestSlot(4);
    const writer = new LatestSlotWriter(memory, 4);
    const reader = new LatestSlotReader(memory, 4);
    const target = new Uint8Array(4);
    assert.equal(reader.take(target), false);
    for (let n = 1; n <= 5; n++) {
      writer.publish(Uint8Array.of(n, n, n, n));
    }
    assert.equal(reader.take(target), true);
    assert.deepEqual([...target], [5, 5, 5, 5]);
    assert.equal(reader.take(target), false);
  });
}
