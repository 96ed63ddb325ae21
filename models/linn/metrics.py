# SPDX-License-Identifier: MIT
"""The trio that BinauralSpeech systems are compared by [Richard et al. 2021], for cards and logs; `pinna eval` is the
reference for published figures."""
from __future__ import annotations

import numpy as np
import torch

from .losses import stft

THRESHOLD = 0.2


def trio(got: np.ndarray, wanted: np.ndarray) -> dict[str, float]:
    """L2 x 1000, amplitude and phase error of [2, T] float arrays; got is clamped to +-1."""
    got = np.clip(got, -1, 1)
    (a, b), (c, d) = (stft(torch.from_numpy(x.astype(np.float32)), 2048, 480, 1920) for x in (got, wanted))
    strong, mine = c.abs() + d.abs(), a.abs() + b.abs()
    floor = THRESHOLD * strong.mean()
    keep = (strong > floor) & (mine > floor)
    angle = torch.atan2((b * c - a * d)[keep], (a * c + b * d)[keep]).abs()
    amplitude = (torch.sqrt(a * a + b * b) - torch.sqrt(c * c + d * d)).abs().mean()
    return {'l2e3': 1e3 * float(np.mean((got - wanted) ** 2)), 'amplitude': float(amplitude),
            'phase': float(angle.mean()) if keep.any() else float('nan')}


def mean(rows: list[dict[str, float]]) -> dict[str, float]:
    """Average over sequences of equal length."""
    return {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
