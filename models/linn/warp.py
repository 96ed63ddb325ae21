# SPDX-License-Identifier: MIT
"""TDW: the time-domain warping of LINN and WarpNet, geometry plus a small causal network [Richard et al. 2021].

Parity mode, as the published systems do it: the field is held for 400 samples, min(field, 0), clamp, running maximum,
linear interpolation. The network sees rows whose mouth is within the model's range of distances: it would extrapolate
without bound; the geometric part sees the row as it is.
"""
from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from .frames import EARS, HEAD_CENTRE, RATE_HZ, ROW_FRAMES, SOUND_M_S, clamp_length, like, mouth_from_ears


class Warp(nn.Module):
    """tensors: conv.0-3 (weight [out, in, 2], index 0 = the older row; bias), out (weight [2, width], bias)."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.conv = nn.ModuleList([nn.Conv1d(7 if i == 0 else width, width, 2) for i in range(4)])
        self.out = nn.Linear(width, 2)

    def forward(self, rows: Tensor) -> Tensor:
        """Rows [..., K, 7] -> neural field [..., K, 2], samples at 48 kHz; before the first row stand zeros."""
        x = rows.transpose(-1, -2)
        for conv in self.conv:
            x = torch.relu(conv(nn.functional.pad(x, (1, 0))))
        return self.out(x.transpose(-1, -2))


def geometric_field(rows: Tensor, mouth: Tensor, offset_s: Tensor) -> Tensor:
    """Minus the straight-line delay from mouth to ear plus a constant, samples. rows [..., 7] -> [..., 2]."""
    ears = like(EARS, rows) - like(HEAD_CENTRE, rows)
    distance = (mouth_from_ears(rows, mouth).unsqueeze(-2) - ears).norm(dim=-1)
    return -(distance / SOUND_M_S + offset_s) * RATE_HZ


def rows_in_range(rows: Tensor, mouth: Tensor, r_range: Tensor) -> Tensor:
    """Rows moved along the line from the head so that the mouth's distance is in range. [..., 7] -> [..., 7]."""
    p = mouth_from_ears(rows, mouth)
    moved = clamp_length(p, r_range[0], r_range[1]) - p
    return torch.cat((rows[..., :3] + moved, rows[..., 3:]), -1)


def read_positions(field: np.ndarray, frames: int) -> np.ndarray:
    """Absolute read positions of both ears. field [K, 2] samples -> [2, frames] float64, non-decreasing."""
    held = np.minimum(field.astype(np.float64), 0)
    index = np.minimum(np.arange(frames) // ROW_FRAMES, len(held) - 1)
    at = np.clip(np.arange(frames)[:, None] + held[index], 0, frames - 1)
    return np.maximum.accumulate(at, axis=0).T


def warp(mono: np.ndarray, field: np.ndarray) -> np.ndarray:
    """The warped ears. mono [T], field [K, 2] -> [2, T] float64; linear interpolation."""
    x = mono.astype(np.float64)
    at = read_positions(field, len(x))
    low = np.floor(at).astype(np.int64)
    high = np.minimum(np.ceil(at).astype(np.int64), len(x) - 1)
    a = at - low
    return (1 - a) * x[low] + a * x[high]
