/* SPDX-License-Identifier: MIT */
#include "base/pn_status.h"

const char *pn_status_text(pn_status status)
{
    switch (status) {
    case PN_OK: return "no error";
    case PN_ERROR_ARGUMENT: return "an argument is missing or out of its range; see the function's description";
    case PN_ERROR_SAMPLE_RATE: return "the sample rate is outside 8000 to 192000 Hz; choose one inside";
    case PN_ERROR_MEMORY: return "the memory given is smaller than the size call asked for, or not 16-byte aligned";
    case PN_ERROR_FILE_TRUNCATED: return "the file ends before its own header says; fetch it again";
    case PN_ERROR_FILE_FORMAT:
        return "the file is not a safetensors file that pinna can read; bake it with 'pinna hrtf'";
    case PN_ERROR_FILE_VERSION: return "the file is of another format version; bake it again with this pinna";
    case PN_ERROR_FILE_SHAPE: return "a tensor in the file is missing or has the wrong type or shape; bake it again";
    case PN_ERROR_FILE_VALUE: return "a number in the file is not finite or out of its range; fetch or bake it again";
    case PN_ERROR_GEOMETRY:
        return "the directions do not enclose the head; at least 4, not in one plane, all different";
    case PN_ERROR_FILE_DAMAGED: return "the file is not what was baked: its checksum does not match; fetch it again";
    case PN_STATUS_COUNT: break;
    }
    return "unknown status";
}
