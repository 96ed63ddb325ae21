/* SPDX-License-Identifier: MIT */
#include "support/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define PI 3.14159265358979323846
#define SILENCE_DB (-999.0)

enum { FFT_MOST = 65536 };

static double level_db(double power)
{
    return power > 0.0 ? 10.0 * log10(power) : SILENCE_DB;
}

void metrics_fft(double *re, double *im, size_t size, int inverse)
{
    for (size_t i = 1, j = 0; i < size; i++) {
        size_t bit = size >> 1;
        for (; (j & bit) != 0; bit >>= 1) {
            j ^= bit;
        }
        j ^= bit;
        if (i < j) {
            const double r = re[i];
            const double m = im[i];
            re[i] = re[j];
            im[i] = im[j];
            re[j] = r;
            im[j] = m;
        }
    }
    static double cosines[FFT_MOST / 2];
    static double sines[FFT_MOST / 2];
    if (cosines[0] == 0.0) {
        for (size_t k = 0; k < FFT_MOST / 2; k++) {
            cosines[k] = cos(2.0 * PI * (double)k / FFT_MOST);
            sines[k] = sin(2.0 * PI * (double)k / FFT_MOST);
        }
    }
    const double sense = inverse ? 1.0 : -1.0;
    for (size_t span = 2; span <= size; span *= 2) {
        const size_t stride = FFT_MOST / span;
        for (size_t start = 0; start < size; start += span) {
            for (size_t k = 0; k < span / 2; k++) {
                const size_t a = start + k;
                const size_t b = a + span / 2;
                const double c = cosines[k * stride];
                const double s = sense * sines[k * stride];
                const double r = re[b] * c - im[b] * s;
                const double m = re[b] * s + im[b] * c;
                re[b] = re[a] - r;
                im[b] = im[a] - m;
                re[a] += r;
                im[a] += m;
            }
        }
    }
    for (size_t i = 0; inverse && i < size; i++) {
        re[i] /= (double)size;
        im[i] /= (double)size;
    }
}

double metrics_esr_db(const double *wanted, const float *got, size_t count)
{
    double error = 0.0;
    double signal = 0.0;
    for (size_t i = 0; i < count; i++) {
        const double d = (double)got[i] - wanted[i];
        error += d * d;
        signal += wanted[i] * wanted[i];
    }
    return level_db(error / signal);
}

void metrics_power(const double *x, size_t frames, size_t size, double *power)
{
    double *re = calloc(2 * size, sizeof *re);
    double *im = re + size;
    memcpy(re, x, (frames < size ? frames : size) * sizeof *re);
    metrics_fft(re, im, size, 0);
    for (size_t k = 0; k <= size / 2; k++) {
        power[k] = re[k] * re[k] + im[k] * im[k];
    }
    free(re);
}

double metrics_lsd_db(const double *power_a, const double *power_b, size_t size, double rate_hz, double low_hz,
                      double high_hz)
{
    double sum = 0.0;
    size_t bins = 0;
    for (size_t k = 1; k <= size / 2; k++) {
        const double hz = rate_hz * (double)k / (double)size;
        if (hz >= low_hz && hz <= high_hz) {
            const double d = level_db(power_a[k]) - level_db(power_b[k]);
            sum += d * d;
            bins++;
        }
    }
    return sqrt(sum / (double)bins);
}

double metrics_band_power(const double *power, size_t size, double rate_hz, double low_hz, double high_hz)
{
    double sum = 0.0;
    for (size_t k = 0; k <= size / 2; k++) {
        const double hz = rate_hz * (double)k / (double)size;
        sum += hz >= low_hz && hz <= high_hz ? power[k] : 0.0;
    }
    return sum;
}

double metrics_ild_db(const double *power_left, const double *power_right, size_t size, double rate_hz, double low_hz,
                      double high_hz)
{
    return level_db(metrics_band_power(power_left, size, rate_hz, low_hz, high_hz) /
                    metrics_band_power(power_right, size, rate_hz, low_hz, high_hz));
}

enum { ITD_FRAMES = 2048, ITD_SIZE = 4096, ITD_FINER = 8, ITD_SECTIONS = 5 };

/* Butterworth of order 10 as five second-order sections, bilinear transform. */
static void low_pass_3k(double *x, size_t frames, double rate_hz)
{
    const double k = tan(PI * 3000.0 / rate_hz);
    for (int section = 0; section < ITD_SECTIONS; section++) {
        const double inverse_q = 2.0 * sin(PI * (2.0 * section + 1.0) / (4.0 * ITD_SECTIONS));
        const double norm = 1.0 / (1.0 + k * inverse_q + k * k);
        const double b0 = k * k * norm;
        const double a1 = 2.0 * (k * k - 1.0) * norm;
        const double a2 = (1.0 - k * inverse_q + k * k) * norm;
        double s1 = 0.0;
        double s2 = 0.0;
        for (size_t n = 0; n < frames; n++) {
            const double in = x[n];
            const double y = b0 * in + s1;
            s1 = 2.0 * b0 * in - a1 * y + s2;
            s2 = b0 * in - a2 * y;
            x[n] = y;
        }
    }
}

/* The spectrum of the envelope of a low-passed ear. */
static void envelope_spectrum(const double *ear, size_t frames, double rate_hz, double *re, double *im)
{
    memset(re, 0, ITD_SIZE * sizeof *re);
    memset(im, 0, ITD_SIZE * sizeof *im);
    memcpy(re, ear, frames * sizeof *re);
    low_pass_3k(re, ITD_FRAMES, rate_hz);
    metrics_fft(re, im, ITD_SIZE, 0);
    for (size_t k = 1; k < ITD_SIZE; k++) {
        const double keep = k < ITD_SIZE / 2 ? 2.0 : (k == ITD_SIZE / 2 ? 1.0 : 0.0);
        re[k] *= keep;
        im[k] *= keep;
    }
    metrics_fft(re, im, ITD_SIZE, 1);
    for (size_t n = 0; n < ITD_SIZE; n++) {
        /* The second half is the room that keeps the correlation from wrapping round. */
        re[n] = n < ITD_FRAMES ? hypot(re[n], im[n]) : 0.0;
        im[n] = 0.0;
    }
    metrics_fft(re, im, ITD_SIZE, 0);
}

double metrics_itd_s(const double *left, const double *right, size_t frames, double rate_hz)
{
    enum { SIZE = ITD_SIZE * ITD_FINER };
    double *left_re = calloc(4 * ITD_SIZE + 2 * (size_t)SIZE, sizeof *left_re);
    double *left_im = left_re + ITD_SIZE;
    double *right_re = left_im + ITD_SIZE;
    double *right_im = right_re + ITD_SIZE;
    double *re = right_im + ITD_SIZE;
    double *im = re + SIZE;
    envelope_spectrum(left, frames, rate_hz, left_re, left_im);
    envelope_spectrum(right, frames, rate_hz, right_re, right_im);
    for (size_t k = 0; k < ITD_SIZE / 2; k++) {
        const double r = left_re[k] * right_re[k] + left_im[k] * right_im[k];
        const double m = left_im[k] * right_re[k] - left_re[k] * right_im[k];
        re[k] = r;
        im[k] = m;
        if (k > 0) {
            re[SIZE - k] = r;
            im[SIZE - k] = -m;
        }
    }
    metrics_fft(re, im, SIZE, 1);
    const ptrdiff_t furthest = (ptrdiff_t)(0.0015 * rate_hz * ITD_FINER);
    ptrdiff_t best = 0;
    for (ptrdiff_t lag = -furthest; lag <= furthest; lag++) {
        if (re[(size_t)(lag + SIZE) % SIZE] > re[(size_t)(best + SIZE) % SIZE]) {
            best = lag;
        }
    }
    const double before = re[(size_t)(best - 1 + SIZE) % SIZE];
    const double at = re[(size_t)(best + SIZE) % SIZE];
    const double after = re[(size_t)(best + 1 + SIZE) % SIZE];
    const double bend = before - 2.0 * at + after;
    const double lag = (double)best + (bend < 0.0 ? 0.5 * (before - after) / bend : 0.0);
    free(left_re);
    return lag / (rate_hz * ITD_FINER);
}

double metrics_splatter_db(const double *x, double rate_hz, double tone_hz, double beside_hz)
{
    enum { SIZE = 16384 };
    double *windowed = malloc((SIZE + SIZE / 2 + 1) * sizeof *windowed);
    double *power = windowed + SIZE;
    for (size_t n = 0; n < SIZE; n++) {
        const double angle = 2.0 * PI * (double)n / SIZE;
        const double window = 0.35875 - 0.48829 * cos(angle) + 0.14128 * cos(2.0 * angle) - 0.01168 * cos(3.0 * angle);
        windowed[n] = x[n] * window;
    }
    metrics_power(windowed, SIZE, SIZE, power);
    double all = 0.0;
    double outside = 0.0;
    for (size_t k = 0; k <= SIZE / 2; k++) {
        all += power[k];
        outside += fabs(rate_hz * (double)k / SIZE - tone_hz) > beside_hz ? power[k] : 0.0;
    }
    free(windowed);
    return level_db(outside / all);
}

double metrics_erb_to_hz(double erb)
{
    return (pow(10.0, erb / 21.4) - 1.0) / 0.00437;
}

double metrics_hz_to_erb(double hz)
{
    return 21.4 * log10(1.0 + 0.00437 * hz);
}

static int compare(const void *a, const void *b)
{
    const double x = *(const double *)a;
    const double y = *(const double *)b;
    return (x > y) - (x < y);
}

void metrics_sort(double *values, size_t count)
{
    qsort(values, count, sizeof *values, compare);
}

metrics_summary metrics_summarise(const double *values, size_t count, double *scratch)
{
    metrics_summary s = {0};
    for (size_t i = 0; i < count; i++) {
        scratch[i] = fabs(values[i]);
        s.mean += scratch[i] / (double)count;
        if (scratch[i] > s.worst) {
            s.worst = scratch[i];
            s.worst_at = i;
        }
    }
    metrics_sort(scratch, count);
    s.p95 = scratch[(size_t)(0.95 * (double)(count - 1))];
    return s;
}

double metrics_noise(uint64_t *seed)
{
    uint64_t z = (*seed += 0x9e3779b97f4a7c15ull);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    z ^= z >> 31;
    return (double)(z >> 11) * (1.0 / 4503599627370496.0) - 1.0;
}

void metrics_speech_noise(double *x, size_t frames, double rate_hz, uint64_t seed)
{
    const double low_pass = exp(-2.0 * PI * 500.0 / rate_hz);
    const double high_pass = exp(-2.0 * PI * 100.0 / rate_hz);
    double low = 0.0;
    double slow = 0.0;
    double energy = 0.0;
    for (size_t n = 0; n < frames; n++) {
        low = low_pass * low + (1.0 - low_pass) * metrics_noise(&seed);
        slow = high_pass * slow + (1.0 - high_pass) * low;
        const double syllable = 0.55 - 0.45 * cos(2.0 * PI * 4.0 * (double)n / rate_hz);
        x[n] = (low - slow) * syllable;
        energy += x[n] * x[n];
    }
    const double scale = 0.1 / sqrt(energy / (double)frames);
    for (size_t n = 0; n < frames; n++) {
        x[n] *= scale;
    }
}
