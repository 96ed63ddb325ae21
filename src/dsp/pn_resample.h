/* SPDX-License-Identifier: MIT */
/**
 * Changes the sample rate of impulse responses and clips, once, at init.
 *
 * Windowed sinc (4-term Blackman-Harris, 80 zero crossings a side of the lower rate, stop band from the lower Nyquist),
 * evaluated in double for each output instant, each row normalised to unit gain at 0 Hz. Pass band flat to 0.88 of the
 * lower Nyquist frequency. No shift: what happens at t seconds stays at t seconds; outside the input there is silence.
 *
 * Two conventions: a *signal* keeps its amplitude, a *filter* keeps its spectrum (its taps scale by from / to).
 */
#ifndef PN_RESAMPLE_H
#define PN_RESAMPLE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The largest ratio between the two rates, either way: 192 kHz to 8 kHz. */
#define PN_RESAMPLE_MAX_RATIO 24.0

enum {
    PN_RESAMPLE_HALF_TAPS = 80,
    PN_RESAMPLE_MAX_ROW = 2 * PN_RESAMPLE_HALF_TAPS * 24 + 2 /* the longest row */
};

/** Frames that hold the whole of a clip at the other rate; 0 if a rate or their ratio is out of range. [any] */
size_t pn_resample_frames(size_t frames, double from_hz, double to_hz);

/**
 * The weights of one output frame: out[frame] = sum over k < count of row[k] * in[first + k].
 *
 * For many inputs of one length: rows outside, inputs inside. `first` may be negative and `first + count` beyond the
 * input; there the input is silence. Signal convention; multiply by from_hz / to_hz for filters.
 *
 * @param[out] row    [PN_RESAMPLE_MAX_ROW]
 * @param[out] first  the first input frame that it weighs
 * @return count, at most PN_RESAMPLE_MAX_ROW
 * Thread [init]  Realtime no
 */
size_t pn_resample_row(size_t frame, double from_hz, double to_hz, double *row, ptrdiff_t *first);

/**
 * Resamples a clip; amplitudes stay.
 *
 * @param[in]  in   [frames]
 * @param[out] out  [out_frames], usually pn_resample_frames(...); must not alias `in`; zeros if the rates are refused
 * Thread [init]  Realtime no
 */
void pn_resample_signal(const float *in, size_t frames, double from_hz, double to_hz, float *out, size_t out_frames);

/** Resamples an impulse response; its spectrum stays. As pn_resample_signal in all else. */
void pn_resample_filter(const float *in, size_t frames, double from_hz, double to_hz, float *out, size_t out_frames);

/**
 * Resamples a stretch of an impulse response that begins anywhere, between frames too: out[n] is the response at
 * `begin_frames + n` output frames. Spectrum stays.
 *
 * @param[in]  begin_frames  in output frames from the first input frame; may be negative
 * @param[out] out           [out_frames]
 * Thread [init]  Realtime no
 */
void pn_resample_filter_at(const float *in, size_t frames, double from_hz, double to_hz, double begin_frames,
                           double *out, size_t out_frames);

#ifdef __cplusplus
}
#endif

#endif
