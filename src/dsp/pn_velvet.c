/* SPDX-License-Identifier: MIT */
#include "dsp/pn_velvet.h"

#include <math.h>

#include "math/pn_approx.h"
#include "simd/pn_array.h"
#include "simd/pn_simd.h"

static const uint32_t SEED = 0x97cf68c9u;             /* of ten thousand the flattest in third octaves */
static const double FADE_NEPERS = 2.3025850929940457; /* 20 dB */

/* xorshift32 [Marsaglia 2003]. @return 0 to 1, less than 1 */
static double draw(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return (double)*state / 4294967296.0;
}

void pn_velvet_place(pn_arena *arena, pn_velvet *velvet, double sample_rate_hz, uint32_t longest_block)
{
    const uint32_t length = ((uint32_t)(PN_VELVET_S * sample_rate_hz) + 3) / 4 * 4;
    float *past = PN_TAKE(arena, float, (size_t)length + longest_block);
    if (past == NULL) {
        return;
    }
    velvet->past = past;
    velvet->length = length;
    uint32_t state = SEED;
    double energy = 0.0;
    double gain[PN_VELVET_TAPS];
    for (int i = 0; i < PN_VELVET_TAPS; i++) {
        const double place_s = ((double)i + draw(&state)) * PN_VELVET_S / PN_VELVET_TAPS;
        const uint32_t at = (uint32_t)(place_s * sample_rate_hz);
        velvet->at[i] = at < length ? at : length - 1;
        gain[i] = pn_approx_exp(-FADE_NEPERS * place_s / PN_VELVET_S) * (draw(&state) < 0.5 ? -1.0 : 1.0);
        energy += gain[i] * gain[i];
    }
    for (int i = 0; i < PN_VELVET_TAPS; i++) {
        velvet->gain[i] = (float)(gain[i] / sqrt(energy));
    }
    pn_array_zero(past, (size_t)length + longest_block);
}

void pn_velvet_reset(pn_velvet *velvet)
{
    pn_array_zero(velvet->past, velvet->length);
}

void pn_velvet_process(pn_velvet *velvet, const float *x, float *y, uint32_t frames)
{
    float *now = velvet->past + velvet->length;
    pn_array_copy(now, x, frames);
    pn_array_zero(y, frames);
    for (int i = 0; i < PN_VELVET_TAPS; i++) {
        const float *from = now - velvet->at[i];
        const pn_f32x4 gain = pn_f32x4_splat(velvet->gain[i]);
        uint32_t n = 0;
        for (; n + 4 <= frames; n += 4) {
            pn_f32x4_store(y + n, pn_f32x4_madd(pn_f32x4_load(y + n), gain, pn_f32x4_load(from + n)));
        }
        for (; n < frames; n++) {
            y[n] += velvet->gain[i] * from[n];
        }
    }
    pn_array_copy(velvet->past, velvet->past + frames, velvet->length);
}
