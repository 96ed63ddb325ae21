/* SPDX-License-Identifier: MIT */
/**
 * Random numbers for tests: SplitMix64 [Steele, Lea, Flood 2014], the same everywhere.
 *
 * The seed is printed, and PN_SEED=<number> in the environment replaces it, so that any run can be repeated.
 */
#ifndef PN_TEST_RNG_H
#define PN_TEST_RNG_H

#include <math.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "math/pn_space.h"

typedef struct rng {
    uint64_t state;
} rng;

static inline rng rng_open(uint64_t seed)
{
    const char *wish = getenv("PN_SEED");
    rng r = {wish != NULL ? strtoull(wish, NULL, 0) : seed};
    printf("seed %llu\n", (unsigned long long)r.state);
    return r;
}

static inline uint64_t rng_bits(rng *r)
{
    uint64_t z = r->state += 0x9e3779b97f4a7c15ull;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
    return z ^ (z >> 31);
}

/** 0 to below `below`. */
static inline uint32_t rng_below(rng *r, uint32_t below)
{
    return (uint32_t)(rng_bits(r) % below);
}

/** low to below high. */
static inline double rng_between(rng *r, double low, double high)
{
    return low + (high - low) * ((double)(rng_bits(r) >> 11) * (1.0 / 9007199254740992.0));
}

/** Uniform over the sphere [Archimedes: the height is uniform]. */
static inline pn_vec3 rng_direction(rng *r)
{
    const double y = rng_between(r, -1.0, 1.0);
    const double a = rng_between(r, -3.14159265358979323846, 3.14159265358979323846);
    const double c = sqrt(1.0 - y * y);
    return (pn_vec3){(float)(c * sin(a)), (float)y, (float)(-c * cos(a))};
}

/** A rotation about a uniform axis by a uniform angle. */
static inline pn_quat rng_rotation(rng *r)
{
    const pn_vec3 axis = rng_direction(r);
    const double half = rng_between(r, 0.0, 3.14159265358979323846);
    const float s = (float)sin(half);
    return pn_quat_normalize((pn_quat){axis.x * s, axis.y * s, axis.z * s, (float)cos(half)});
}

/** White noise within +-peak. */
static inline void rng_noise(rng *r, float *x, size_t n, double peak)
{
    for (size_t i = 0; i < n; i++) {
        x[i] = (float)rng_between(r, -peak, peak);
    }
}

#endif
