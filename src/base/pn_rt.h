/* SPDX-License-Identifier: MIT */
/**
 * PN_RT marks functions that the audio thread calls: no allocation, no lock, no system call, no libm beyond sqrtf,
 * fabsf and floorf, bounded time. The mark is for readers and for `tests/structure`, which checks the object files.
 */
#ifndef PN_RT_H
#define PN_RT_H

#if defined(__GNUC__)
#define PN_RT __attribute__((nothrow))
#else
#define PN_RT
#endif

#endif
