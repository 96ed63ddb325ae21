// SPDX-License-Identifier: MIT
/**
 * Every measured head that lies beside the repository, read and baked as a page does it, rendered by pinna.wasm and
 * compared with its own measurement at measured directions: run alone, this file prints the table.
 */
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import test from 'node:test';
import { EngineRenderer } from '../fidelity/engine.mjs';
import { openHead } from '../fidelity/heads.mjs';
import { HEADING, compare, row } from '../support/measured.mjs';
import { ROOT } from '../../web/tools/process.mjs';

const CORPUS = path.join(ROOT, '../shared/data/sofa');
/** So many directions of each head are compared; more make the figures no better. */
const DIRECTIONS = 300;
const MOST_LSD_DB = 0.5;
const files = fs.existsSync(CORPUS) ? fs.readdirSync(CORPUS).filter((name) => name.endsWith('.sofa')).sort() : [];

test('there_are_measured_heads_to_compare', (t) => {
  if (files.length === 0) {
    t.skip('needs ../shared/data/sofa');
    return;
  }
  t.diagnostic(HEADING.split('\n')[0]);
  t.diagnostic(HEADING.split('\n')[1]);
});

for (const name of files) {
  test(`${name}_is_rendered_as_it_was_measured`, async (t) => {
    const file = path.join(CORPUS, name);
    const head = await openHead({ key: name, name, file, baked: null }, 1, () => {});
    const step = Math.ceil(head.directions.length / DIRECTIONS);
    const some = (/** @type {any[]} */ all) => all.filter((_, i) => i % step === 0);
    const wanted = some(head.windowed);
    const result = compare(wanted, new EngineRenderer('exact', head.blob).impulses(some(head.directions)));
    t.diagnostic(row(`${name.slice(0, 32)} ${wanted.length} of ${head.directions.length}`, result));
    assert.ok(result.lsdDb.mean <= MOST_LSD_DB, `LSD ${result.lsdDb.mean} dB`);
  });
}
