/* SPDX-License-Identifier: MIT */
/**
 * Bakes a SOFA file into a head: pinna-bake-kemar [IN.sofa] [OUT.safetensors].
 *
 * Reads with libmysofa, turns SOFA's axes (+x ahead, +y left, +z up) into the engine's (+x right, +y up, -z ahead) and
 * leaves the rest to src/hrtf/pn_bake.h. Prints what it found.
 */
#include <math.h>
#include <mysofa.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hrtf/pn_bake.h"

enum { EARS = 2, AXES = 3 };

static const char default_input[] = "/usr/share/libmysofa/MIT_KEMAR_normal_pinna.sofa";
static const char default_output[] = "models/kemar/kemar.safetensors";

static const pn_safetensors_pair metadata[] = {
    {"name", "MIT KEMAR, normal pinna"},
    {"license", "free use with citation"},
    {"citation", "W. G. Gardner and K. D. Martin, HRTF Measurements of a KEMAR Dummy-Head Microphone, MIT Media Lab "
                 "Perceptual Computing Technical Report 280, 1994"},
    {"source", "MIT_KEMAR_normal_pinna.sofa of Debian's libmysofa1"},
    {"bake", "models/kemar/bake.c"},
    {"distance_m", "1.4"},
};

typedef struct measured_set {
    float *head_dirs;
    float *responses;
    float *delays;
} measured_set;

static void *take(size_t count, size_t bytes)
{
    void *memory = calloc(count, bytes);
    if (memory == NULL) {
        fprintf(stderr, "pinna-bake-kemar: out of memory\n");
        exit(2);
    }
    return memory;
}

static measured_set read_set(struct MYSOFA_HRTF *sofa)
{
    measured_set set = {.head_dirs = take((size_t)sofa->M * AXES, sizeof(float)),
                        .responses = sofa->DataIR.values,
                        .delays = take((size_t)sofa->M * EARS, sizeof(float))};
    mysofa_tocartesian(sofa);
    for (size_t i = 0; i < sofa->M; i++) {
        const float *position = sofa->SourcePosition.values + i * AXES;
        set.head_dirs[i * AXES] = -position[1];
        set.head_dirs[i * AXES + 1] = position[2];
        set.head_dirs[i * AXES + 2] = -position[0];
        for (size_t ear = 0; ear < EARS; ear++) {
            const size_t row = sofa->DataDelay.elements == (size_t)sofa->M * EARS ? i * EARS + ear : ear;
            set.delays[i * EARS + ear] = sofa->DataDelay.values[row];
        }
    }
    return set;
}

static int bake_file(const pn_bake_config *config, const char *path)
{
    size_t bytes = 0;
    pn_bake *bake = NULL;
    pn_status status = pn_bake_size(config, &bytes);
    void *memory = status == PN_OK ? take(bytes, 1) : NULL;
    if (status == PN_OK) {
        status = pn_bake_init(memory, bytes, config, &bake);
    }
    if (status == PN_OK) {
        while (pn_bake_step(bake) < 1.0) {
        }
        status = pn_bake_get_status(bake);
    }
    if (status != PN_OK) {
        fprintf(stderr, "pinna-bake-kemar: %s\n", pn_status_text(status));
        free(memory);
        return 2;
    }
    size_t file_bytes = 0;
    const void *file = pn_bake_get_file(bake, &file_bytes);
    FILE *out = fopen(path, "wb");
    const int written = out != NULL && fwrite(file, 1, file_bytes, out) == file_bytes;
    if ((out != NULL && fclose(out) != 0) || !written) {
        fprintf(stderr, "pinna-bake-kemar: cannot write %s\n", path);
        free(memory);
        return 2;
    }
    pn_bake_report report;
    pn_bake_get_report(bake, &report);
    printf("%s: %zu bytes\n", path, file_bytes);
    printf("directions  %u measured, %u filled, %u put between, %u duplicate, %u silent\n", report.measured,
           report.filled, report.between, report.duplicates, report.silent);
    printf("elevation   %.1f to %.1f degrees, largest hole %.1f degrees\n", report.elevation_min_deg,
           report.elevation_max_deg, report.hole_deg);
    printf("ITD         %.0f to %.0f us\n", report.itd_min_us, report.itd_max_us);
    printf("onsets      %.2f frames rms from the aligned delays, %u overruled\n", report.residual_onset_frames,
           report.outliers);
    printf("below 200   %.1f dB off rms: %s\n", report.low_deviation_db, report.extended ? "carried on" : "kept");
    printf("level       %.2f dB, %u taps\n", report.level_db, report.filter_taps);
    free(memory);
    return 0;
}

int main(int argc, char **argv)
{
    const char *input = argc > 1 ? argv[1] : default_input;
    const char *output = argc > 2 ? argv[2] : default_output;
    int error = 0;
    if (argc > 3) {
        fprintf(stderr, "usage: pinna-bake-kemar [IN.sofa] [OUT.safetensors]\n");
        return 2;
    }
    struct MYSOFA_HRTF *sofa = mysofa_load(input, &error);
    if (sofa == NULL || error != MYSOFA_OK) {
        fprintf(stderr, "pinna-bake-kemar: cannot read %s (libmysofa: %d); apt install libmysofa1 brings it\n", input,
                error);
        return 2;
    }
    if (sofa->R != EARS || sofa->DataSamplingRate.elements < 1) {
        fprintf(stderr, "pinna-bake-kemar: %s has %u receivers, not two ears\n", input, sofa->R);
        mysofa_free(sofa);
        return 2;
    }
    measured_set set = read_set(sofa);
    const pn_bake_config config = {
        .head_dirs = set.head_dirs,
        .responses = set.responses,
        .delays = set.delays,
        .count = sofa->M,
        .frames = sofa->N,
        .sample_rate_hz = (double)sofa->DataSamplingRate.values[0],
        .metadata = metadata,
        .metadata_count = sizeof metadata / sizeof metadata[0],
        .bases = 8,
        .low = PN_BAKE_LOW_KEEP, /* the default head is what was measured */
    };
    const int code = bake_file(&config, output);
    free(set.head_dirs);
    free(set.delays);
    mysofa_free(sofa);
    return code;
}
