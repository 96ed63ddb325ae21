/* SPDX-License-Identifier: MIT */
#include "dsp/pn_fft.h"

#include "kiss_fftr.h"

struct pn_fft4 {
    kiss_fftr_cfg forward;
    kiss_fftr_cfg inverse;
};

static kiss_fftr_cfg place(pn_arena *arena, uint32_t n, int inverse)
{
    size_t bytes = 0;
    kiss_fftr_alloc((int)n, inverse, NULL, &bytes);
    void *memory = pn_arena_take(arena, 1, bytes);
    return memory == NULL ? NULL : kiss_fftr_alloc((int)n, inverse, memory, &bytes);
}

pn_fft4 *pn_fft4_place(pn_arena *arena, uint32_t n)
{
    pn_fft4 *plan = PN_TAKE(arena, pn_fft4, 1);
    kiss_fftr_cfg forward = place(arena, n, 0);
    kiss_fftr_cfg inverse = place(arena, n, 1);
    if (plan != NULL) {
        *plan = (pn_fft4){forward, inverse};
    }
    return plan;
}

void pn_fft4_forward(pn_fft4 *plan, const pn_f32x4 *time, pn_f32x4 *spectrum)
{
    kiss_fftr(plan->forward, time, (kiss_fft_cpx *)spectrum);
}

void pn_fft4_inverse(pn_fft4 *plan, const pn_f32x4 *spectrum, pn_f32x4 *time)
{
    kiss_fftri(plan->inverse, (const kiss_fft_cpx *)spectrum, time);
}
