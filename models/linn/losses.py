# SPDX-License-Identifier: MIT
"""What training minimises: spectral, delay and waveform errors. Everything is real arithmetic, and smooth at zero."""
from __future__ import annotations

import math

import torch
from torch import Tensor

DB_PER_NEPER = 20 / math.log(10)
TINY = 1e-9


def magnitude(re: Tensor, im: Tensor) -> Tensor:
    """|re + j im|, with a gradient at zero."""
    return torch.sqrt(re * re + im * im + TINY)


def lsd_db(log_ratio: Tensor) -> Tensor:
    """Log-spectral distance: root mean square over the last axis of a log ratio in nepers, then the mean; dB."""
    return torch.sqrt((DB_PER_NEPER * log_ratio).square().mean(-1) + 1e-4).mean()


def band_ild_db(power: Tensor) -> Tensor:
    """Level difference left over right, dB, of powers [..., 2, F] summed over the band -> [...]."""
    level = 10 * torch.log10(power.sum(-1) + TINY)
    return level[..., 0] - level[..., 1]


def speech_weight(frequency_hz: Tensor) -> Tensor:
    """[F] that sum to one: roughly the long-term spectrum of speech, flat to 500 Hz, then 9 dB an octave down."""
    weight = 1 / (1 + (frequency_hz / 500) ** 3) * (frequency_hz > 80)
    return weight / weight.sum()


def complex_error(d_re: Tensor, d_im: Tensor, power: Tensor, weight: Tensor) -> Tensor:
    """Energy of a difference over that of the target, both weighted over frequency [F]; mean over the rest."""
    return (((d_re.square() + d_im.square()) * weight).sum(-1) / ((power * weight).sum(-1) + TINY)).mean()


def wave_l2(got: Tensor, wanted: Tensor) -> Tensor:
    """Mean squared difference of samples."""
    return (got - wanted).square().mean()


def stft(x: Tensor, size: int, hop: int, length: int) -> tuple[Tensor, Tensor]:
    """Hann, centred, reflected. [n, T] -> re, im [n, bins, frames]."""
    w = torch.hann_window(length, dtype=x.dtype)
    z = torch.view_as_real(torch.stft(x, size, hop, length, w, center=True, return_complex=True))
    return z[..., 0], z[..., 1]


def phase_loss(got: Tensor, wanted: Tensor, threshold: float = 0.1) -> Tensor:
    """Mean absolute phase error, radians, over bins of energy [neural_systems of WarpNet: theta 0.1 in training]."""
    (a, b), (c, d) = stft(got, 2048, 480, 1920), stft(wanted, 2048, 480, 1920)
    strong = c.abs() + d.abs()
    mean = strong.mean()
    keep = (strong > threshold * mean) & (a.abs() + b.abs() > threshold * mean)
    cross, dot = b * c - a * d, a * c + b * d
    angle = torch.atan2(cross[keep], dot[keep] + TINY)
    return angle.abs().mean() if keep.any() else got.sum() * 0


def mrstft(got: Tensor, wanted: Tensor) -> Tensor:
    """Spectral convergence plus mean absolute log difference over three resolutions, their average [auraloss]."""
    total = got.new_zeros(())
    for size, hop, length in ((1024, 120, 600), (2048, 240, 1200), (512, 50, 240)):
        x, y = (torch.sqrt((re * re + im * im).clamp_min(1e-8)) for re, im in
                (stft(got, size, hop, length), stft(wanted, size, hop, length)))
        total = total + (y - x).norm() / y.norm() + (torch.log(x) - torch.log(y)).abs().mean()
    return total / 3
