# SPDX-License-Identifier: MIT
"""Spaces and poses: BinauralSpeech rows, the talker's mouth, and the engine's head space.

A row is `x y z qx qy qz qw` of the talker's marker, 120 a second, in the data set's axes: x forward, y RIGHT, z up,
metres, origin at the marker on the receiver's head. That triple is left-handed, which is why the mouth's offset is
turned by the INVERSE of the row's quaternion [Richard et al. 2021, published code]; the procedure is copied, not
corrected. Head space is the engine's: +x right, +y up, -z ahead, metres, origin midway between the ears.

All functions take [..., n] torch tensors and keep their dtype.
"""
from __future__ import annotations

import torch
from torch import Tensor

ROWS_HZ = 120
RATE_HZ = 48000
ROW_FRAMES = RATE_HZ // ROWS_HZ
SOUND_M_S = 343.0
HEAD_CENTRE = (0.0, 0.0, -0.22)
"""Midway between the ears, seen from the receiver's marker."""
EARS = ((0.0, -0.08, -0.22), (0.0, 0.08, -0.22))
"""Left, right; data set axes."""
MOUTH = (0.09, 0.0, -0.20)
"""From the talker's marker to the mouth, talker's axes; the data set's value. A model's `mouth` tensor replaces it."""


def like(values: object, other: Tensor) -> Tensor:
    """Numbers as a tensor of another's dtype."""
    return torch.as_tensor(values, dtype=other.dtype)


def unit_quaternion(q: Tensor) -> Tensor:
    """Unit length; all-zero rows (padding) become (1, 1, 1, 1) / 2, as in the published code."""
    q = torch.where((q == 0).all(-1, keepdim=True), torch.ones_like(q), q)
    return q / q.norm(dim=-1, keepdim=True)


def turn_back(q: Tensor, v: Tensor) -> Tensor:
    """A vector turned by the inverse of a unit quaternion [..., 4] (x y z w)."""
    u = -q[..., :3]
    t = 2 * torch.cross(u, v.expand_as(u), dim=-1)
    return v + q[..., 3:] * t + torch.cross(u, t, dim=-1)


def mouth_from_ears(rows: Tensor, mouth: Tensor) -> Tensor:
    """The mouth, seen from midway between the ears, data set axes. rows [..., 7], mouth [3] -> [..., 3]."""
    offset = turn_back(unit_quaternion(rows[..., 3:]), mouth)
    return rows[..., :3] + offset - like(HEAD_CENTRE, rows)


def head_from_set(v: Tensor) -> Tensor:
    """Data set axes (forward, right, up) to head axes (right, up, back)."""
    return torch.stack((v[..., 1], v[..., 2], -v[..., 0]), -1)


def set_from_head(v: Tensor) -> Tensor:
    """Head axes (right, up, back) to data set axes (forward, right, up)."""
    return torch.stack((-v[..., 2], v[..., 0], v[..., 1]), -1)


def head_forward(rows: Tensor) -> Tensor:
    """Where the talker faces, head axes, unit length. rows [..., 7] -> [..., 3]."""
    ahead = like((1.0, 0.0, 0.0), rows)
    return head_from_set(turn_back(unit_quaternion(rows[..., 3:]), ahead))


def rows_from_head(head_pos: Tensor, q: Tensor, mouth: Tensor) -> Tensor:
    """Rows of a source whose mouth is at head_pos [..., 3] (head axes) with the row's quaternion q [..., 4]."""
    q = unit_quaternion(q)
    marker = set_from_head(head_pos) + like(HEAD_CENTRE, head_pos) - turn_back(q, mouth)
    return torch.cat((marker, q), -1)


def clamp_length(v: Tensor, shortest: Tensor, longest: Tensor) -> Tensor:
    """The same direction with its length inside [shortest, longest]; the zero vector becomes straight ahead (+x)."""
    length = v.norm(dim=-1, keepdim=True)
    ahead = torch.zeros_like(v)
    ahead[..., 0] = 1
    unit = torch.where(length > 0, v / length.clamp_min(1e-30), ahead)
    return unit * torch.minimum(torch.maximum(length, shortest), longest)


def poses_at(rows: Tensor, mouth: Tensor, frames: Tensor) -> tuple[Tensor, Tensor]:
    """Mouth positions and quaternions between rows: linear, and normalised linear with the signs aligned.

    rows [K, 7]; frames [n] times in samples at 48 kHz; beyond the last row its pose holds -> p [n, 3], q [n, 4]
    (data set axes, from midway between the ears).
    """
    p = mouth_from_ears(rows, mouth)
    q = unit_quaternion(rows[:, 3:])
    at = (frames.to(rows.dtype) / ROW_FRAMES).clamp(0, rows.shape[0] - 1)
    low = at.floor().long()
    high = (low + 1).clamp_max(rows.shape[0] - 1)
    a = (at - low).unsqueeze(-1)
    q_high = torch.where((q[low] * q[high]).sum(-1, keepdim=True) < 0, -q[high], q[high])
    mixed = q[low] + a * (q_high - q[low])
    return p[low] + a * (p[high] - p[low]), mixed / mixed.norm(dim=-1, keepdim=True)
