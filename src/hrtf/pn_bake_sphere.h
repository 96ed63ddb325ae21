/* SPDX-License-Identifier: MIT */
/**
 * Fitting smooth functions over scattered directions, for the bake: real spherical harmonics, ridge regression,
 * an even grid, areas. Double precision, init only.
 */
#ifndef PN_BAKE_SPHERE_H
#define PN_BAKE_SPHERE_H

#include <stddef.h>

enum { PN_SH_MAX_ORDER = 10, PN_SH_MAX_TERMS = (PN_SH_MAX_ORDER + 1) * (PN_SH_MAX_ORDER + 1) };

/**
 * Real orthonormal spherical harmonics of orders 0 to `order` at a unit direction; the polar axis is y.
 * @param[out] terms  [(order + 1)^2], order n at n^2 .. (n + 1)^2 - 1
 */
void pn_sh_get(const double dir[3], size_t order, double *terms);

/**
 * Solves A x = b for a symmetric positive definite A, in place [Cholesky].
 *
 * @param[in,out] a  [n][n], lower triangle read; its factor on return
 * @param[in,out] b  [columns][n] right sides; the solutions on return
 * @return 0 if A is not positive definite (b is then unspecified)
 */
int pn_solve_spd(double *a, size_t n, double *b, size_t columns);

/** The first half of pn_solve_spd: the factor alone. @return 0 if A is not positive definite */
int pn_factor_spd(double *a, size_t n);

/** The second half: as often as wanted, with the factor. */
void pn_solve_factored(const double *a, size_t n, double *b, size_t columns);

/** Direction `i` of a Fibonacci grid of `count`: spiral with golden angle, about sqrt(4 pi / count) apart. */
void pn_fibonacci_dir(size_t i, size_t count, double dir[3]);

/** Index of the direction of `dirs` [count][3] nearest to `dir`; `cosine` receives their scalar product. */
size_t pn_nearest_dir(const double *dirs, size_t count, const double dir[3], double *cosine);

/** The upper median of `values` [count], which are sorted on return; 0 of none. */
double pn_median(double *values, size_t count);

#endif
