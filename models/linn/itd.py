# SPDX-License-Identifier: MIT
"""The interaural time difference that is heard of two responses, as a figure and as something to train by.

Delays alone do not say it: what the mixed filters do to phases below 3 kHz shifts it as well. The yardstick is that of
tests/fidelity/metrics.mjs: the lag at which the envelopes of both ears after a low-pass at 3 kHz correlate best
[Andreopoulou and Katz 2017, MaxIACCe].

For training, the wanted lag is known, and the correlation C of what was rendered should have its peak there. Newton's
step from there, -C' / C'', is how far it is off: smooth in the responses, where the place of a maximum is not.
"""
from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from .frames import RATE_HZ
from .losses import TINY

FRAMES = 256
STEP_HZ = RATE_HZ / FRAMES
LOW_BINS = 28
"""To 5.1 kHz: the low-pass leaves 45 dB less above."""
POINTS = 128
"""Samples of an envelope in FRAMES."""
GUARD_FRAMES = 24.0
"""Before the responses, so that what they are shifted by does not wrap round."""
CUT_HZ, SECTIONS = 3000.0, 5
MOST_FRAMES = 72
FINE_FRAMES = 1024
FINER = 8
ROWS_AT_A_TIME = 32
LEAST_BEND = 0.05
"""Of the sharpest peak that there could be: a flat one is no place to step from."""


def low_pass(hz: Tensor) -> Tensor:
    """Response of the yardstick's low-pass, Butterworth of order 10 by the bilinear transform: complex, as hz."""
    k = math.tan(math.pi * CUT_HZ / RATE_HZ)
    z = torch.exp(-2j * math.pi / RATE_HZ * hz)
    out = torch.ones_like(z)
    for section in range(SECTIONS):
        damping = 2 * math.sin(math.pi * (2 * section + 1) / (4 * SECTIONS))
        norm = 1 / (1 + k * damping + k * k)
        b0, a1, a2 = k * k * norm, 2 * (k * k - 1) * norm, (1 - k * damping + k * k) * norm
        out = out * b0 * (1 + 2 * z + z * z) / (1 + a1 * z + a2 * z * z)
    return out


class Envelopes:
    """Both ears' envelopes below 3 kHz, of responses whose spectra are known at multiples of 187.5 Hz."""

    def __init__(self) -> None:
        self.hz = torch.arange(LOW_BINS) * STEP_HZ
        hz = self.hz.double()
        half = low_pass(hz)
        half[0] *= 0.5
        at = torch.arange(POINTS) * (FRAMES / POINTS)
        wave = half.unsqueeze(1) * torch.exp(2j * math.pi / RATE_HZ * torch.outer(hz, at.double()))
        self.re, self.im = wave.real.float(), wave.imag.float()

    def __call__(self, re: Tensor, im: Tensor, delays: Tensor) -> Cross:
        """re, im [n, 2, LOW_BINS or more] of aligned responses; delays [n, 2] frames -> their correlation."""
        late = (delays - delays.mean(-1, keepdim=True)).unsqueeze(-1) + GUARD_FRAMES
        turn = -2 * math.pi / RATE_HZ * late * self.hz
        c, s = torch.cos(turn), torch.sin(turn)
        re, im = re[..., :LOW_BINS], im[..., :LOW_BINS]
        a, b = re * c - im * s, re * s + im * c
        x, y = a @ self.re - b @ self.im, a @ self.im + b @ self.re
        z = torch.view_as_real(torch.fft.rfft(torch.sqrt(x * x + y * y + TINY)))
        re, im = z[..., 0], z[..., 1]
        return Cross(re[:, 0] * re[:, 1] + im[:, 0] * im[:, 1], im[:, 0] * re[:, 1] - re[:, 0] * im[:, 1])


@dataclass
class Cross:
    """Cross-spectra re, im [n, POINTS / 2 + 1] of envelopes at multiples of 187.5 Hz. Lags are frames; positive: the
    left ear is later."""

    re: Tensor
    im: Tensor

    def lags(self) -> Tensor:
        """Where the correlation peaks, [n]."""
        size = FINER * FRAMES
        values = torch.fft.irfft(torch.complex(self.re, self.im), size)
        span = torch.arange(-MOST_FRAMES * FINER, MOST_FRAMES * FINER + 1)
        return peaks(values[:, span], span) / FINER

    def late_by(self, lag: Tensor) -> Tensor:
        """How much later than `lag` [n] it peaks, to first order, [n]; differentiable."""
        w = 2 * math.pi / FRAMES * torch.arange(self.re.shape[-1])
        angle = lag.unsqueeze(-1) * w
        c, s = torch.cos(angle), torch.sin(angle)
        slope = -(w * (self.re * s + self.im * c)).sum(-1)
        bend = (w * w * (self.re * c - self.im * s)).sum(-1)
        most = (w * w * torch.sqrt(self.re.square() + self.im.square() + TINY)).sum(-1)
        return slope / torch.maximum(bend, LEAST_BEND * most)


def peaks(values: Tensor, places: Tensor) -> Tensor:
    """Places of the rows' largest values, between them by a parabola. values [n, m], places [m] evenly spaced."""
    top = values[:, 1:-1].argmax(-1) + 1
    row = torch.arange(len(values))
    below, at, above = values[row, top - 1], values[row, top], values[row, top + 1]
    return places[top] + 0.5 * (below - above) / (below - 2 * at + above)


def lags(re: Tensor, im: Tensor, delays: Tensor) -> Tensor:
    """The yardstick as it stands there, in double, [n] frames.

    re, im [n, 2, 129] of aligned responses; delays [n, 2] frames. A few rows at a time stay in the cache.
    """
    parts = zip(re.split(ROWS_AT_A_TIME), im.split(ROWS_AT_A_TIME), delays.split(ROWS_AT_A_TIME))
    return torch.cat([lags_of_some(*part) for part in parts])


def lags_of_some(re: Tensor, im: Tensor, delays: Tensor) -> Tensor:
    """As lags."""
    size = 2 * FINE_FRAMES
    h = torch.fft.irfft(torch.complex(re.double(), im.double()), FRAMES)
    hz = torch.arange(size // 2 + 1, dtype=torch.float64) * (RATE_HZ / size)
    late = (delays.double() - delays.double().mean(-1, keepdim=True)).unsqueeze(-1) + 4 * GUARD_FRAMES
    half = torch.fft.rfft(h, size) * torch.exp(-2j * math.pi / RATE_HZ * late * hz) * low_pass(hz)
    half[..., 1:-1] *= 2
    envelope = torch.fft.ifft(torch.nn.functional.pad(half, (0, size // 2 - 1))).abs()
    envelope[..., FINE_FRAMES:] = 0
    z = torch.fft.rfft(envelope)
    span = torch.arange(-MOST_FRAMES * FINER, MOST_FRAMES * FINER + 1)
    return peaks(torch.fft.irfft(z[:, 0] * z[:, 1].conj(), FINER * size)[:, span], span) / FINER


def error_us(got: tuple[Tensor, Tensor, Tensor], wanted: Tensor) -> Tensor:
    """Magnitude of the difference in microseconds, [n]. got as lags takes it; wanted: what lags gave."""
    return (lags(*got) - wanted).abs() * (1e6 / RATE_HZ)
