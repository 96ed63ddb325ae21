/* SPDX-License-Identifier: MIT */
/**
 * A recording of everything that a host feeds an engine, so that another host can do the same and compare samples.
 *
 * `pinna render SCENE.json -o OUT.wav --dump-replay FILE` records what Node feeds pinna.wasm; `pn_replay FILE OUT`
 * (or replay_render in a test) feeds it to the native engine. The samples of OUT.wav and of the replay are the same.
 *
 * Format   little-endian, every part a multiple of 8 bytes:
 *
 *     char     magic[8]           "PNREPLAY"
 *     uint32   version            1
 *     uint32   reserved           0
 *     double   sample_rate_hz     pn_engine_config, field by field
 *     uint32   max_sources, max_buffers, block_frames, max_block_frames
 *     float    doppler_max_m
 *     uint32   reserved           0
 *
 * then records, each { uint32 kind; uint32 bytes; body[bytes]; zeros to a multiple of 8 }, in this order: one HEAD,
 * any CLIPs, any APPLYs and PROCESSes in the order of the calls, one END and nothing after it.
 *
 *     1 HEAD     the baked head file
 *     2 CLIP     uint32 number, uint32 frames, float samples[frames]   -> pn_engine_set_buffer
 *     3 APPLY    pn_scene_header and its records                       -> pn_engine_apply
 *     4 PROCESS  uint32 frames                                         -> pn_engine_process without live inputs
 *     5 END      uint64 skip, uint64 frames: of what was rendered, what the host kept
 */
#ifndef PN_TEST_REPLAY_H
#define PN_TEST_REPLAY_H

#include <stddef.h>

/**
 * Renders a recording with the native engine.
 *
 * @param[in]  path        of the recording
 * @param[out] out_frames  what END keeps; 0 on failure
 * @return [out_frames][2] left, right; the caller frees it. NULL, and a line on standard error, if the file cannot be
 *         read, is malformed, or holds a head or a config that the engine refuses
 */
float *replay_render(const char *path, size_t *out_frames);

#endif
