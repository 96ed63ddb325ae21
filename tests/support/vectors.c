/* SPDX-License-Identifier: MIT */
#include "support/vectors.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static void stop(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    exit(2);
}

bool vectors_exist(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file != NULL) {
        fclose(file);
    }
    return file != NULL;
}

vectors vectors_open(const char *path)
{
    vectors v = {.blob = head_read(path)};
    const pn_status status = pn_safetensors_open(v.blob.bytes, v.blob.size, &v.file);
    if (status != PN_OK) {
        stop(path, pn_status_text(status));
    }
    return v;
}

void vectors_free(vectors *v)
{
    head_blob_free(&v->blob);
}

float *vectors_floats(const vectors *v, const char *name, size_t *count)
{
    const pn_tensor *tensor = pn_safetensors_find(&v->file, name);
    if (tensor == NULL || tensor->dtype != PN_F32) {
        stop(name, "is not among the vectors");
    }
    float *values = head_memory(tensor->count * sizeof(float));
    for (size_t i = 0; i < tensor->count; i++) {
        values[i] = pn_tensor_get_f32(tensor, i);
    }
    if (count != NULL) {
        *count = tensor->count;
    }
    return values;
}

double vectors_error(const float *got, const float *wanted, size_t count)
{
    double worst = 0.0;
    double most = 0.0;
    for (size_t i = 0; i < count; i++) {
        const double error = fabs((double)got[i] - (double)wanted[i]);
        worst = error <= worst ? worst : error; /* NaN counts */
        most = fmax(most, fabs((double)wanted[i]));
    }
    return worst / most;
}

const pn_dense *vectors_dense(const head_blob *blob, double rate_hz, void **memory)
{
    size_t bytes = 0;
    const pn_dense *model = NULL;
    pn_status status = pn_dense_size(blob->bytes, blob->size, rate_hz, &bytes);
    *memory = head_memory(bytes);
    if (status == PN_OK) {
        status = pn_dense_init(*memory, bytes, blob->bytes, blob->size, rate_hz, &model);
    }
    if (status != PN_OK) {
        stop("dense model", pn_status_text(status));
    }
    return model;
}
