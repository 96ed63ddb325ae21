/* SPDX-License-Identifier: MIT */
/** The internal step of the renderer, shared by everything that ramps or crossfades. */
#ifndef PN_HOP_H
#define PN_HOP_H

/** Frames in one internal step: filters change and gains ramp over a hop, never over the caller's block. */
enum { PN_HOP_FRAMES = 128 };

#endif
