# SPDX-License-Identifier: MIT
"""What the networks see: encodings of pose and frequency, each a continuous function of its coordinate."""
from __future__ import annotations

import math

import torch
from torch import Tensor

FIELD_FEATURES = 40
POSE_FEATURES = 19
FREQUENCY_FEATURES = 21
FIELD_OCTAVES = 4
POSE_OCTAVES = 2
FREQUENCY_OCTAVES = 10


def field_features(head_pos: Tensor, forward: Tensor, r_range: Tensor) -> Tensor:
    """Form C's view of a source.

    head_pos [..., 3] metres, head space; forward [..., 3] unit, the source's own -z in head space; r_range [2] metres
    -> [..., 40]: d; 1/r; ln r; c = -f.d; u = f.y + c d.y; s = f.(d x y); four octaves of the direction; four of the
    elevation angle.
    """
    length = head_pos.norm(dim=-1, keepdim=True)
    d = head_pos / length
    r = torch.minimum(torch.maximum(length, r_range[0]), r_range[1])
    c = -(forward * d).sum(-1, keepdim=True)
    u = forward[..., 1:2] + c * d[..., 1:2]
    s = forward[..., 2:3] * d[..., 0:1] - forward[..., 0:1] * d[..., 2:3]
    parts = [d, 1 / r, torch.log(r), c, u, s]
    for octave in range(FIELD_OCTAVES):
        angle = 2 ** octave * math.pi * d
        parts += [torch.sin(angle), torch.cos(angle)]
    phi = torch.asin(d[..., 1:2].clamp(-1, 1))
    for octave in range(FIELD_OCTAVES):
        parts += [torch.sin(2 ** octave * phi), torch.cos(2 ** octave * phi)]
    return torch.cat(parts, -1)


def pose_features(p: Tensor, q: Tensor, r_range: Tensor) -> Tensor:
    """Form A's view of a source.

    p [..., 3] the mouth from midway between the ears, metres, data set axes; q [..., 4] x y z w -> [..., 19]:
    p clamped in length to r_range, q with w >= 0, two octaves of the direction.
    """
    from .frames import clamp_length

    clamped = clamp_length(p, r_range[0], r_range[1])
    d = clamped / clamped.norm(dim=-1, keepdim=True)
    parts = [clamped, torch.where(q[..., 3:] < 0, -q, q)]
    for octave in range(POSE_OCTAVES):
        angle = 2 ** octave * math.pi * d
        parts += [torch.sin(angle), torch.cos(angle)]
    return torch.cat(parts, -1)


def frequency_features(frequency_hz: Tensor) -> Tensor:
    """[...] hertz -> [..., 21]: u = f / 24000, then sin(2^i pi u), cos(2^i pi u) for i = 0..9. In double: the last
    octaves' arguments reach 1,600 radians."""
    u = frequency_hz.double() / 24000
    parts = [u]
    for octave in range(FREQUENCY_OCTAVES):
        parts += [torch.sin(2 ** octave * math.pi * u), torch.cos(2 ** octave * math.pi * u)]
    return torch.stack(parts, -1).to(frequency_hz.dtype)
