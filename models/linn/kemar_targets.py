# SPDX-License-Identifier: MIT
"""What both KEMAR models are fitted to, and how they are judged."""
from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from . import kemar
from .losses import DB_PER_NEPER

TAPS = 64
POOL = 20000
MEASURED_AT_M = 1.4
RANGE_M = (1.3, 1.5)
"""The measurement holds one distance; the engine adds the near field. So the model is given one, too."""
LOW_HZ, HIGH_HZ = 200, 16000


@dataclass
class Targets:
    """Directions [N, 3], aligned spectra re, im [N, 2, 129] at 187.5 Hz steps, delays [N, 2] frames at 48 kHz."""

    directions: Tensor
    re: Tensor
    im: Tensor
    delays: Tensor

    def pick(self, index: Tensor) -> Targets:
        """Some of them."""
        return Targets(self.directions[index], self.re[index], self.im[index], self.delays[index])


def tensors(responses: kemar.Responses) -> Targets:
    """As float32 tensors."""
    spectra = responses.spectra()
    to = lambda a: torch.from_numpy(np.ascontiguousarray(a, dtype=np.float32))
    return Targets(to(responses.directions), to(spectra.real), to(spectra.imag), to(responses.delays))


@lru_cache(maxsize=1)
def pool_responses(seed: int, pool: int) -> kemar.Responses:
    """What is trained on: random directions interpolated between shortened training measurements, and those."""
    short = kemar.shortened(kemar.split(kemar.load())[0], TAPS)
    between = kemar.Teacher(short).at(kemar.random_directions(pool, np.random.default_rng(seed)))
    return kemar.Responses(*(np.concatenate(pair) for pair in zip(vars(between).values(), vars(short).values())))


def prepare(seed: int, pool: int = POOL) -> tuple[Targets, Targets, Targets]:
    """The pool, and the unshortened training and held-out measurements."""
    train, held = kemar.split(kemar.load())
    return tensors(pool_responses(seed, pool)), tensors(train), tensors(held)


def bins() -> Tensor:
    """Frequencies of the targets' bins, [129] Hz."""
    return torch.arange(129) * (48000 / kemar.FFT_FRAMES)


def judged() -> slice:
    """Bins within LOW_HZ to HIGH_HZ."""
    hz = bins()
    inside = torch.nonzero((hz >= LOW_HZ) & (hz <= HIGH_HZ)).flatten()
    return slice(int(inside[0]), int(inside[-1]) + 1)


def figures(re: Tensor, im: Tensor, delays: Tensor, wanted: Targets, prefix: str) -> dict[str, float]:
    """LSD and ILD error in dB, ITD error in us, delay error in frames; means over directions.

    re, im: aligned responses; delays [N, 2] frames.
    """
    band = judged()
    got = (re.square() + im.square())[..., band] + 1e-12
    true = (wanted.re.square() + wanted.im.square())[..., band] + 1e-12
    lsd = (DB_PER_NEPER / 2 * torch.log(got / true)).square().mean(-1).sqrt().mean()
    level = 10 * torch.log10(got.sum(-1) / true.sum(-1))
    error = delays - wanted.delays
    return {
        f'{prefix}_lsd_db': float(lsd), f'{prefix}_ild_db': float((level[:, 0] - level[:, 1]).abs().mean()),
        f'{prefix}_itd_us': float((error[:, 0] - error[:, 1]).abs().mean() / 0.048),
        f'{prefix}_delay_frames': float(error.abs().mean()),
    }
