/* SPDX-License-Identifier: MIT */
/**
 * pn_replay RECORDING OUT: renders a recording (support/replay.h) natively; OUT is raw float, left and right in turn.
 */
#include <stdio.h>
#include <stdlib.h>

#include "support/replay.h"

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: pn_replay RECORDING OUT.f32\n");
        return 2;
    }
    size_t frames = 0;
    float *rendered = replay_render(argv[1], &frames);
    if (rendered == NULL) {
        return 2;
    }
    FILE *out = fopen(argv[2], "wb");
    const int written = out != NULL && fwrite(rendered, 2 * sizeof(float), frames, out) == frames;
    free(rendered);
    if ((out != NULL && fclose(out) != 0) || !written) {
        fprintf(stderr, "pn_replay: cannot write %s\n", argv[2]);
        return 2;
    }
    return 0;
}
