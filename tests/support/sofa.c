/* SPDX-License-Identifier: MIT */
#include "support/sofa.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#ifdef PN_HAVE_MYSOFA

#include <mysofa.h>

#define PI 3.14159265358979323846

enum { EARS = 2 };

const char *sofa_open(sofa_set *set, const char *path)
{
    int error = 0;
    memset(set, 0, sizeof *set);
    struct MYSOFA_HRTF *sofa = mysofa_load(path, &error);
    if (sofa == NULL || error != MYSOFA_OK) {
        return "cannot be read";
    }
    if (sofa->R != EARS || sofa->C != 3 || sofa->DataSamplingRate.elements < 1) {
        mysofa_free(sofa);
        return "has not two ears";
    }
    for (unsigned i = 0; i < sofa->DataDelay.elements; i++) {
        if (sofa->DataDelay.values[i] != 0.0f) {
            mysofa_free(sofa);
            return "keeps delays apart from its responses, which this reader does not know";
        }
    }
    set->count = sofa->M;
    set->frames = sofa->N;
    set->sample_rate_hz = (double)sofa->DataSamplingRate.values[0];
    set->head_dirs = calloc(set->count * 3, sizeof(double));
    set->angles = calloc(set->count * 2, sizeof(double));
    set->responses = calloc(set->count * EARS * set->frames, sizeof(double));
    mysofa_tospherical(sofa);
    for (size_t i = 0; i < set->count; i++) {
        const float *position = sofa->SourcePosition.values + 3 * i;
        const double azimuth = (double)position[0] * PI / 180.0;
        const double elevation = (double)position[1] * PI / 180.0;
        set->angles[2 * i] = (double)position[0];
        set->angles[2 * i + 1] = (double)position[1];
        set->head_dirs[3 * i] = -cos(elevation) * sin(azimuth);
        set->head_dirs[3 * i + 1] = sin(elevation);
        set->head_dirs[3 * i + 2] = -cos(elevation) * cos(azimuth);
    }
    for (size_t i = 0; i < set->count * EARS * set->frames; i++) {
        set->responses[i] = (double)sofa->DataIR.values[i];
    }
    mysofa_free(sofa);
    return NULL;
}

#else

const char *sofa_open(sofa_set *set, const char *path)
{
    (void)path;
    memset(set, 0, sizeof *set);
    return "libmysofa-dev was not there when the tests were built";
}

#endif

void sofa_close(sofa_set *set)
{
    free(set->head_dirs);
    free(set->angles);
    free(set->responses);
    memset(set, 0, sizeof *set);
}
