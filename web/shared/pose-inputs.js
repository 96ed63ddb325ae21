// SPDX-License-Identifier: MIT
/**
 * How poses reach a processor as sound: for panners, whose positions are AudioParams and so exist on the audio thread.
 *
 * Each source's input carries its sound in channel 0 (what the left ear gets of it) and in the last (the right ear),
 * and its pose in the others; two inputs after the last source's carry the listener's. Audio nodes order themselves, so
 * a pose is never a block late, live and offline alike.
 */

/** Of every input of such a node. */
export const POSE_CHANNELS = 8;

/** What the right ear gets; equal to channel 0 but for stereo. */
export const SOUND_RIGHT = 7;

/** After those of the sources. */
export const LISTENER_INPUTS = 2;

/** Channels of a source's input: position and orientation, three each. */
export const SOURCE_POSITION = 1;
export const SOURCE_FORWARD = 4;

/** Channels of the first of the listener's inputs; the second has its up vector. */
export const LISTENER_POSITION = 0;
export const LISTENER_FORWARD = 3;
