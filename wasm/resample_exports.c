/* SPDX-License-Identifier: MIT */
/** Changing the rate of audio clips, before they are played: the same in every module that has to do with clips. */
#include <stdint.h>

#include "dsp/pn_resample.h"

#define EXPORT(name) __attribute__((export_name(#name), used))

/** Frames of a clip at another rate; 0 = a rate is not positive, or one is more than 24 times the other. */
EXPORT(pinna_resample_frames) uint32_t pinna_resample_frames(uint32_t frames, double from_hz, double to_hz)
{
    return (uint32_t)pn_resample_frames(frames, from_hz, to_hz);
}

/** Resamples a clip of floats, amplitudes and timing kept, into [pinna_resample_frames] floats. */
EXPORT(pinna_resample)
void pinna_resample(const float *in, uint32_t frames, double from_hz, double to_hz, float *out)
{
    pn_resample_signal(in, frames, from_hz, to_hz, out, pn_resample_frames(frames, from_hz, to_hz));
}
