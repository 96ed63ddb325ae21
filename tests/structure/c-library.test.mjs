// SPDX-License-Identifier: MIT
/** The installed C library, as a C and a C++ program outside this repository use it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';
import { buildWithCMake } from '../../web/tools/build.mjs';
import { withLock } from '../../web/tools/process.mjs';
import { ROOT } from './tree.mjs';

/** Both languages: reads a head, renders a block of noise at the right ear's side, prints which ear is louder. */
const PROGRAM = `
#include <pinna/pn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *take(size_t bytes)
{
    return aligned_alloc(16, (bytes + 15) / 16 * 16);
}

static int stop(pn_status status)
{
    printf("%s\\n", pn_status_text(status));
    return 1;
}

int main(int argc, char **argv)
{
    FILE *file = fopen(argv[argc - 1], "rb");
    static unsigned char blob[1 << 20];
    const size_t blob_bytes = fread(blob, 1, sizeof blob, file);
    size_t bytes = 0;
    const pn_hrtf *hrtf = NULL;
    pn_engine *engine = NULL;
    pn_engine_config config = pn_engine_config_default();
    pn_status status = pn_hrtf_size(blob, blob_bytes, config.sample_rate_hz, &bytes);
    if (status != PN_OK) return stop(status);
    status = pn_hrtf_init(take(bytes), bytes, blob, blob_bytes, config.sample_rate_hz, &hrtf);
    if (status != PN_OK) return stop(status);
    config.max_sources = 1;
    config.block_frames = PN_HOP_FRAMES;
    status = pn_engine_size(&config, hrtf, &bytes);
    if (status != PN_OK) return stop(status);
    status = pn_engine_init(take(bytes), bytes, &config, hrtf, &engine);
    if (status != PN_OK) return stop(status);

    static struct { pn_scene_header header; pn_scene_source source; } scene;
    scene.header.magic = PN_SCENE_MAGIC;
    scene.header.version = PN_SCENE_VERSION;
    scene.header.header_bytes = sizeof scene.header;
    scene.header.source_bytes = sizeof scene.source;
    scene.header.source_count = 1;
    scene.header.gain = 1;
    scene.header.listener_world_from_head[3] = 1;
    scene.source.flags = PN_SOURCE_ACTIVE;
    scene.source.generation = 1;
    scene.source.position_m[0] = 1;
    scene.source.gain = 1;
    scene.source.world_from_source[3] = 1;
    scene.source.ref_distance_m = 1;
    scene.source.max_distance_m = 100;
    scene.source.cone_inner_rad = scene.source.cone_outer_rad = 7;
    pn_engine_apply(engine, &scene.header, sizeof scene);

    float input[PN_HOP_FRAMES], left[PN_HOP_FRAMES], right[PN_HOP_FRAMES];
    const float *inputs[1] = {input};
    double power_left = 0, power_right = 0;
    unsigned seed = 1;
    for (int block = 0; block < 50; block++) {
        for (int i = 0; i < PN_HOP_FRAMES; i++) {
            seed = seed * 1664525u + 1013904223u;
            input[i] = (float)(seed >> 8) / 16777216.0f - 0.5f;
        }
        pn_engine_process(engine, inputs, left, right, PN_HOP_FRAMES);
        for (int i = 0; i < PN_HOP_FRAMES; i++) {
            power_left += left[i] * left[i];
            power_right += right[i] * right[i];
        }
    }
    printf("%s\\n", power_left > 0 && power_right > 2 * power_left ? "right" : "wrong");
    return 0;
}
`;

/** @type {string} */
let folder;

before(async () => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pinna-install-'));
  await withLock('native-gcc', () => buildWithCMake('native-gcc', ['-DCMAKE_C_COMPILER=gcc'], ['pinna']));
  const install = ['--install', path.join(ROOT, '.build/native-gcc'), '--prefix', folder];
  execFileSync('cmake', install, { stdio: ['ignore', 'ignore', 'pipe'] });
});

after(() => fs.rmSync(folder, { recursive: true }));

for (const [language, compiler, ending] of [['c', 'gcc', 'c'], ['c_plus_plus', 'clang++', 'cc']]) {
  test(`a_${language}_program_builds_against_the_installed_library_and_hears_the_right_side`, () => {
    const source = path.join(folder, `user.${ending}`);
    const program = path.join(folder, `user-${ending}`);
    fs.writeFileSync(source, PROGRAM);
    execFileSync(compiler, [
      '-Wall', '-Wextra', '-Werror', `-I${folder}/include`, source, '-o', program, `-L${folder}/lib`, '-lpinna',
      '-lpinna_kissfft', '-lm',
    ]);
    const head = path.join(ROOT, 'models/kemar/kemar.safetensors');
    assert.equal(execFileSync(program, [head], { encoding: 'utf8' }), 'right\n');
  });
}
