/* SPDX-License-Identifier: MIT */
/* A head by itself: see host.h. */
#include <stdlib.h>

#include "wasm/host.h"

pn_status host_head_build(const void *blob, size_t blob_bytes, double sample_rate_hz, const pn_hrtf **out)
{
    size_t bytes = 0;
    pn_status status = pn_hrtf_size(blob, blob_bytes, sample_rate_hz, &bytes);
    *out = NULL;
    if (status == PN_OK) {
        void *memory = host_take(bytes);
        status = pn_hrtf_init(memory, bytes, blob, blob_bytes, sample_rate_hz, out);
        if (status != PN_OK) {
            free(memory);
        }
    }
    return status;
}

uint32_t host_head_bytes(const pn_hrtf *head)
{
    return (uint32_t)pn_hrtf_bytes(head);
}

bool host_head_is_whole(const void *memory, uint32_t bytes)
{
    return bytes >= sizeof(uint32_t) + sizeof(double) && pn_hrtf_bytes(memory) == bytes;
}

void host_head_taken(const pn_hrtf *head)
{
    (void)head;
}
