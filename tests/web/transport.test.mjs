// SPDX-License-Identifier: MIT
/** Snapshots by message, over a real port. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { MessageChannel } from 'node:worker_threads';
import { messageTransport } from '../../web/transport.js';

const BYTES = 256;

/** A transport, and the far end of its port: what arrives there is kept until it is given back. */
function connect() {
  const { port1, port2 } = new MessageChannel();
  /** @type {ArrayBuffer[]} */
  const arrived = [];
  port2.on('message', (/** @type {ArrayBuffer} */ buffer) => arrived.push(buffer));
  const transport = messageTransport(BYTES, /** @type {any} */ (port1));
  port1.on('message', (/** @type {ArrayBuffer} */ buffer) => transport.returned(buffer));
  return {
    transport,
    arrived,
    giveBack: (/** @type {ArrayBuffer} */ buffer) => port2.postMessage(buffer, [buffer]),
    close: () => port1.close(),
  };
}

const settle = () => new Promise((resolve) => setTimeout(resolve, 20));

/** @param {ArrayBuffer} buffer */
const first = (buffer) => new Uint8Array(buffer)[0];

test('a_page_that_outruns_the_audio_thread_skips_snapshots_and_never_queues_more_than_two', async () => {
  const { transport, arrived, giveBack, close } = connect();
  const snapshot = new Uint8Array(BYTES);
  for (let n = 1; n <= 100; n++) {
    snapshot.fill(n);
    transport.publish(snapshot, false);
  }
  await settle();
  assert.deepEqual(arrived.map(first), [1, 2]);
  giveBack(arrived[0]);
  await settle();
  assert.deepEqual(arrived.slice(1).map(first), [2, 100], 'the newest goes when a buffer comes back');
  assert.deepEqual([...new Uint8Array(arrived[2])], new Array(BYTES).fill(100));
  close();
});

test('an_urgent_snapshot_goes_at_once_even_when_both_buffers_are_under_way', async () => {
  const { transport, arrived, close } = connect();
  const snapshot = new Uint8Array(BYTES);
  for (let n = 1; n <= 3; n++) {
    snapshot.fill(n);
    transport.publish(snapshot, n === 3);
  }
  await settle();
  assert.deepEqual(arrived.map(first), [1, 2, 3]);
  close();
});

test('buffers_are_reused_for_ever', async () => {
  const { transport, arrived, giveBack, close } = connect();
  const snapshot = new Uint8Array(BYTES);
  for (let n = 1; n <= 50; n++) {
    snapshot.fill(n);
    transport.publish(snapshot, false);
    await settle();
    assert.equal(first(arrived[arrived.length - 1]), n);
    giveBack(/** @type {ArrayBuffer} */ (arrived.pop()));
    await settle();
  }
  close();
});
