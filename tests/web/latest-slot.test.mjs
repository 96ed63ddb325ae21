// SPDX-License-Identifier: MIT
/** The shared slot under a real race of two threads. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { Worker, isMainThread, workerData } from 'node:worker_threads';
import { fileURLToPath } from 'node:url';
import { LatestSlotReader, LatestSlotWriter, createLatestSlot } from '../../web/shared/latest-slot.js';

const BYTES = 8320;
const WORDS = BYTES / 4;
/** So often must the reader find a new snapshot while the writer writes on. */
const MEETINGS = 2000;

/** Words that both threads share: begin, end, the number of the last snapshot. */
const GO = 0;
const STOP = 1;
const LAST = 2;

if (!isMainThread) {
  write(workerData);
}

/** The worker: snapshot n is n in every word. @param {{ memory: SharedArrayBuffer, control: Int32Array }} data */
function write({ memory, control }) {
  const writer = new LatestSlotWriter(memory, BYTES);
  const snapshot = new Uint32Array(WORDS);
  const bytes = new Uint8Array(snapshot.buffer);
  Atomics.wait(control, GO, 0);
  let n = 0;
  while (Atomics.load(control, STOP) === 0) {
    n += 1;
    snapshot.fill(n);
    writer.publish(bytes);
  }
  Atomics.store(control, LAST, n);
  Atomics.notify(control, LAST);
}

if (isMainThread) {
  test('a_reader_that_races_a_writer_never_sees_a_torn_or_an_older_snapshot_and_ends_with_the_newest', async () => {
    const memory = createLatestSlot(BYTES);
    const control = new Int32Array(new SharedArrayBuffer(12));
    const worker = new Worker(fileURLToPath(import.meta.url), { workerData: { memory, control } });
    await new Promise((resolve) => worker.once('online', resolve));
    const reader = new LatestSlotReader(memory, BYTES);
    const taken = new Uint32Array(WORDS);
    const bytes = new Uint8Array(taken.buffer);
    Atomics.store(control, GO, 1);
    Atomics.notify(control, GO);
    let newest = 0;
    let meetings = 0;
    const take = () => {
      if (!reader.take(bytes)) {
        return;
      }
      meetings += 1;
      const n = taken[0];
      assert.ok(n > newest, `snapshot ${n} came after ${newest}`);
      newest = n;
      const torn = taken.findIndex((word) => word !== n);
      assert.equal(torn, -1, `word ${torn} of snapshot ${n} is of snapshot ${taken[torn]}`);
    };
    const deadline = Date.now() + 60000;
    while (meetings < MEETINGS && Date.now() < deadline) {
      take();
    }
    assert.ok(meetings >= MEETINGS, `the threads met only ${meetings} times: this proves nothing`);
    Atomics.store(control, STOP, 1);
    while (Atomics.load(control, LAST) === 0) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    take();
    assert.equal(newest, Atomics.load(control, LAST), 'the last snapshot is the newest');
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
