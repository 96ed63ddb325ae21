/* SPDX-License-Identifier: MIT */
/**
 * Placing objects one after another in the caller's memory.
 *
 * Problem  every object must say how much memory it needs and then be placed in it, and the two must never disagree.
 * Method   one function per object takes from an arena. With a null base the arena only counts, and every take gives
 *          NULL; with memory it places. Size and placement are then the same code. `peak` covers scratch memory that
 *          is given back with pn_arena_release.
 */
#ifndef PN_ARENA_H
#define PN_ARENA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { PN_ARENA_ALIGNMENT = 16 };

typedef struct pn_arena {
    unsigned char *base; /* NULL: count only */
    size_t used;
    size_t peak;
} pn_arena;

/** The next `count` objects of `bytes` each, 16-byte aligned; NULL when counting. [init] */
static inline void *pn_arena_take(pn_arena *arena, size_t count, size_t bytes)
{
    size_t at = (arena->used + PN_ARENA_ALIGNMENT - 1) / PN_ARENA_ALIGNMENT * PN_ARENA_ALIGNMENT;
    arena->used = at + count * bytes;
    if (arena->used > arena->peak) {
        arena->peak = arena->used;
    }
    return arena->base == NULL ? NULL : arena->base + at;
}

/** Gives back everything taken since `mark` (a former value of `used`). [init] */
static inline void pn_arena_release(pn_arena *arena, size_t mark)
{
    arena->used = mark;
}

/** Whether memory will do: there, aligned, and large enough. [init] */
static inline bool pn_arena_fits(const void *memory, size_t bytes, size_t needed)
{
    return memory != NULL && (uintptr_t)memory % PN_ARENA_ALIGNMENT == 0 && bytes >= needed;
}

#define PN_TAKE(arena, type, count) ((type *)pn_arena_take((arena), (count), sizeof(type)))

#endif
