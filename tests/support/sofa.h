/* SPDX-License-Identifier: MIT */
/**
 * The measured responses of the default head, as the SOFA file has them: read with libmysofa, raw (none of its lookup,
 * normalising or resampling), and put into the engine's axes here.
 */
#ifndef PN_TEST_SOFA_H
#define PN_TEST_SOFA_H

#include <stddef.h>

/* Where Debian's libmysofa1 has it. */
#define SOFA_KEMAR "/usr/share/libmysofa/MIT_KEMAR_normal_pinna.sofa"

typedef struct sofa_set {
    size_t count;
    size_t frames;
    double sample_rate_hz;
    double *head_dirs; /* [count][3] +x right, +y up, -z ahead */
    double *angles;    /* [count][2] azimuth (counter-clockwise) and elevation, degrees, for people */
    double *responses; /* [count][2][frames] left, right */
} sofa_set;

/** @return NULL, or what is wrong. Without libmysofa at build time nothing can be read. */
const char *sofa_open(sofa_set *set, const char *path);

void sofa_close(sofa_set *set);

#endif
