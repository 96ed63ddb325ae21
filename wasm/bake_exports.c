/* SPDX-License-Identifier: MIT */
/**
 * The flat interface of pinna-bake.wasm, for hosts that read SOFA files themselves (Node or a page, with h5wasm):
 * numbers and addresses only, no imports, one bake at a time.
 *
 *     const bytes = 4 * count * 2 * frames;
 *     const responses = pinna_alloc(bytes);                 // write [count][2][frames] floats there: left, right
 *     const directions = pinna_alloc(4 * count * 3);        // [count][3] floats: +x right, +y up, -z ahead
 *     const delays = pinna_alloc(4 * count * 2);            // [count][2] floats, frames; 0 = the file has none
 *     pinna_bake_set_text(0, address);                      // as often as wanted; UTF-8, NUL at the end
 *     pinna_bake_set_options(5, 0, 0);                      // optional; forgotten at pinna_bake_end
 *     status = pinna_bake_begin(directions, responses, delays, count, frames, rate);   // 0 = go on
 *     while (pinna_bake_step() < 1) showProgress();         // some ms each
 *     status = pinna_bake_status();                         // 0 = done; else pinna_status_text(status)
 *     file = memory.subarray(pinna_bake_file(), + pinna_bake_file_bytes());
 *     report = new Float64Array(memory.buffer, pinna_bake_report(), 16);
 *     pinna_bake_end();                                     // gives the file's memory back; pinna_free the inputs
 *
 * SOFA's axes are +x ahead, +y left, +z up: direction = (-y, z, -x). SOFA's Data.Delay, in samples, is `delays`.
 * Memory grows in pinna_alloc and pinna_bake_begin: take views of it afterwards. The bake keeps the addresses of its
 * inputs until pinna_bake_end. A text that does not fit (4 kB in all) makes begin answer ARGUMENT.
 */
#include <stdint.h>
#include <stdlib.h>

#include "hrtf/pn_bake.h"

#define EXPORT(name) __attribute__((export_name(#name), used))

/* As many basis filters as the default head has: an engine exchanges heads only for such. */
enum { ALIGNMENT = 16, TEXTS = 6, REPORT = 16, BASES = 8 };

static const char *const text_keys[TEXTS] = {"name", "license", "citation", "source", "bake", "distance_m"};

static struct {
    pn_bake *bake;
    void *memory;
    const char *texts[TEXTS];
    pn_safetensors_pair pairs[TEXTS];
    double report[REPORT];
    double spacing_deg;
    pn_bake_low low;
    int diffuse_field;
} host;

/* The C library's heap calls this when memory grows; defining it here keeps the module free of imports. */
void emscripten_notify_memory_growth(size_t index);
void emscripten_notify_memory_growth(size_t index)
{
    (void)index;
}

static void *take(size_t bytes)
{
    return aligned_alloc(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
}

/** 16-byte aligned; 0 when there is no more memory. */
EXPORT(pinna_alloc) void *pinna_alloc(uint32_t bytes)
{
    return take(bytes);
}

EXPORT(pinna_free) void pinna_free(void *address)
{
    free(address);
}

/** A C string that names the cause and the mend of a status. */
EXPORT(pinna_status_text) const char *pinna_status_text(int status)
{
    return pn_status_text((pn_status)status);
}

/** Metadata of the next bake. @param which 0 name, 1 license, 2 citation, 3 source, 4 bake, 5 distance_m; 0 = none */
EXPORT(pinna_bake_set_text) void pinna_bake_set_text(uint32_t which, const char *text)
{
    if (which < TEXTS) {
        host.texts[which] = text;
    }
}

/**
 * How the next bake is done; see pn_bake_config.
 *
 * @param spacing_deg    directions further apart than this get others between them; 3 to 15; 0 = none
 * @param low            0 = the lowest octaves are extended if the set needs it, 1 = always, 2 = never
 * @param diffuse_field  not 0: equalised to it
 */
EXPORT(pinna_bake_set_options) void pinna_bake_set_options(double spacing_deg, int low, int diffuse_field)
{
    host.spacing_deg = spacing_deg;
    host.low = (pn_bake_low)low;
    host.diffuse_field = diffuse_field;
}

static void forget(void)
{
    free(host.memory);
    host.memory = NULL;
    host.bake = NULL;
}

/** Forgets the bake, its options, file and report. */
EXPORT(pinna_bake_end) void pinna_bake_end(void)
{
    forget();
    pinna_bake_set_options(0.0, PN_BAKE_LOW_IF_NEEDED, 0);
}

/** @return a status: ARGUMENT 1, SAMPLE_RATE 2, MEMORY 3, FILE_VALUE 8 (a number is not finite) */
EXPORT(pinna_bake_begin)
int pinna_bake_begin(const float *directions, const float *responses, const float *delays, uint32_t count,
                     uint32_t frames, double sample_rate_hz)
{
    size_t bytes = 0;
    size_t pairs = 0;
    forget();
    for (size_t i = 0; i < TEXTS; i++) {
        if (host.texts[i] != NULL) {
            host.pairs[pairs++] = (pn_safetensors_pair){text_keys[i], host.texts[i]};
        }
    }
    const pn_bake_config config = {.head_dirs = directions,
                                   .responses = responses,
                                   .delays = delays,
                                   .count = count,
                                   .frames = frames,
                                   .sample_rate_hz = sample_rate_hz,
                                   .bases = BASES,
                                   .spacing_deg = host.spacing_deg,
                                   .low = host.low,
                                   .diffuse_field = host.diffuse_field,
                                   .metadata = host.pairs,
                                   .metadata_count = pairs};
    pn_status status = pn_bake_size(&config, &bytes);
    if (status != PN_OK) {
        return status;
    }
    host.memory = take(bytes);
    status = pn_bake_init(host.memory, bytes, &config, &host.bake);
    if (status != PN_OK) {
        forget();
    }
    return status;
}

/** Works for some milliseconds. @return progress, 0 to 1; 1 = ended, for good or ill */
EXPORT(pinna_bake_step) double pinna_bake_step(void)
{
    return host.bake == NULL ? 1.0 : pn_bake_step(host.bake);
}

/** 0 while it runs and when it succeeded; GEOMETRY 9, FILE_VALUE 8: see pn_bake_get_status; ARGUMENT without a bake. */
EXPORT(pinna_bake_status) int pinna_bake_status(void)
{
    return host.bake == NULL ? PN_ERROR_ARGUMENT : pn_bake_get_status(host.bake);
}

/** Address of the baked file; 0 before the bake has ended well. */
EXPORT(pinna_bake_file) const void *pinna_bake_file(void)
{
    size_t bytes = 0;
    return host.bake == NULL ? NULL : pn_bake_get_file(host.bake, &bytes);
}

EXPORT(pinna_bake_file_bytes) uint32_t pinna_bake_file_bytes(void)
{
    size_t bytes = 0;
    if (host.bake != NULL) {
        (void)pn_bake_get_file(host.bake, &bytes);
    }
    return (uint32_t)bytes;
}

/**
 * Address of 16 doubles, zeros before the bake has ended:
 * 0 rate of the responses, Hz; 1, 2 least and greatest ITD, us, positive = the left ear is later: the source is at the
 * right; 3, 4 lowest and highest measured elevation, degrees; 5 the farthest that any direction is from a measured one,
 * degrees; 6 gain that set the level, dB; 7 directions used; 8 directions added in holes; 9 measurements left out as
 * duplicates, 10 as silent; 11 onsets that their neighbours overruled; 12 directions added between measured ones;
 * 13 how far the set was off below 200 Hz, dB rms; 14 whether it was carried on there, 0 or 1; 15 the range of the
 * diffuse-field equaliser, dB, 0 = none was used.
 */
EXPORT(pinna_bake_report) const double *pinna_bake_report(void)
{
    pn_bake_report report = {0};
    if (host.bake != NULL) {
        pn_bake_get_report(host.bake, &report);
    }
    const double values[REPORT] = {
        report.source_rate_hz,    report.itd_min_us,         report.itd_max_us,       report.elevation_min_deg,
        report.elevation_max_deg, report.hole_deg,           report.level_db,         (double)report.measured,
        (double)report.filled,    (double)report.duplicates, (double)report.silent,   (double)report.outliers,
        (double)report.between,   report.low_deviation_db,   (double)report.extended, report.diffuse_db};
    for (size_t i = 0; i < REPORT; i++) {
        host.report[i] = values[i];
    }
    return host.report;
}
