# SPDX-License-Identifier: MIT
"""Recipe room-field: form C on recordings of talkers in a room, from the anechoic field on.

The anechoic field knows a head; what is learnt here is the room's and the chain's colour, the talker's directivity, and
how far the markers are off. Loss: the three figures that systems are compared by (waveform error relative to the
target's power, amplitude error relative to the mean amplitude, phase error over strong bins), the log magnitudes of
shorter windows, and the interaural level.
"""
from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from . import chunks, export, metrics
from .chunks import MARGIN, PIECE, SIZE, Pieces
from .data import Sequence, head_poses
from .field import DELAY_LIMIT_S, GAIN_LIMIT, Field
from .features import field_features
from .frames import RATE_HZ
from .losses import TINY
from .loop import Run, fit

BATCH = 48
START = Path(__file__).parent / 'kemar-field.safetensors'
RANGE_M = (0.3, 3.0)
PHASE_FROM = 0.1
WEIGHTS = {'l2': 1.0, 'amplitude': 2.0, 'phase': 0.4, 'log': 0.1, 'ild': 0.02}


def start(path: Path = START) -> Field:
    """The anechoic field, for a range of distances."""
    model = export.load_field(path)
    model.range.copy_(torch.tensor(RANGE_M))
    return model


class Renderer:
    """Turns pieces of warped sound into ears with one filter each."""

    def __init__(self, model: Field) -> None:
        self.model = model
        self.hz = torch.arange(SIZE // 2 + 1) * (RATE_HZ / SIZE)

    def filters(self, head_pos: Tensor, forward: Tensor) -> tuple[Tensor, Tensor]:
        """Responses after the geometric warp, re, im [n, 2, SIZE / 2 + 1]."""
        model, r = self.model, self.model.basis.shape[0]
        o = model.outputs(field_features(head_pos, forward, model.range))
        w = torch.stack((o[:, :r], o[:, r:2 * r]), 1)
        gains = w * torch.exp(GAIN_LIMIT * torch.tanh(o[:, 2 * r + 2:] / GAIN_LIMIT)).unsqueeze(-1)
        ramp = -2 * math.pi * DELAY_LIMIT_S * torch.tanh(o[:, 2 * r:2 * r + 2]).unsqueeze(-1) * self.hz
        mixed = torch.fft.rfft(gains @ model.basis, SIZE)
        c, s = torch.cos(ramp), torch.sin(ramp)
        return mixed.real * c - mixed.imag * s, mixed.real * s + mixed.imag * c

    def __call__(self, x: Tensor, head_pos: Tensor, forward: Tensor) -> Tensor:
        """[n, 2, SIZE] -> [n, 2, PIECE]"""
        z = torch.fft.rfft(x)
        re, im = self.filters(head_pos, forward)
        y = torch.complex(z.real * re - z.imag * im, z.real * im + z.imag * re)
        return torch.fft.irfft(y, SIZE)[..., MARGIN:MARGIN + PIECE]


def short_logs(x: Tensor, floor: float) -> Tensor:
    """Log magnitudes of 512-sample Hann windows, half overlapped. [n, 2, 2048] -> [n, 2, 7, 257]"""
    z = torch.view_as_real(torch.fft.rfft(x.unfold(-1, 512, 256) * torch.hann_window(512)))
    return 0.5 * torch.log(z.square().sum(-1) + floor)


def piece_loss(got: Tensor, want: Tensor, loudness: float) -> Tensor:
    """Of a batch [n, 2, 2048]; loudness as in Pieces."""
    power = want.square().mean() + TINY
    (a, b), (c, d) = chunks.windowed(got), chunks.windowed(want)
    mine, true = torch.sqrt(a * a + b * b + TINY), torch.sqrt(c * c + d * d + TINY)
    strong = (c.abs() + d.abs() > PHASE_FROM * loudness) & (a.abs() + b.abs() > PHASE_FROM * loudness)
    angle = torch.atan2(b * c - a * d, a * c + b * d + TINY)
    phase = (angle.abs() * strong).sum() / (strong.sum() + 1)
    floor = (0.02 * loudness) ** 2
    logs = (short_logs(got, floor) - short_logs(want, floor)).abs().mean()
    level = torch.log((got.square().mean(-1) + 0.01 * power) / (want.square().mean(-1) + 0.01 * power))
    ild = 4.34 * (level[:, 0] - level[:, 1]).abs().mean()
    return (WEIGHTS['l2'] * (got - want).square().mean() / power
            + WEIGHTS['amplitude'] * (mine - true).abs().mean() / true.mean()
            + WEIGHTS['phase'] * phase + WEIGHTS['log'] * logs + WEIGHTS['ild'] * ild)


def calibrate(model: Field, sequences: list[Sequence]) -> None:
    """One delay for both ears (the best cross-correlation within 40 samples) and one gain, by least squares."""
    renderer, correlation, energy = Renderer(model), np.zeros(81), 0.0
    for sequence in sequences:
        with torch.no_grad():
            got = render(renderer, sequence)
        for ear in range(2):
            y, x = sequence.binaural[ear], got[ear]
            correlation += [float(np.dot(y[40:-40], x[40 - k:len(x) - 40 - k])) for k in range(-40, 41)]
            energy += float(np.dot(x, x))
    best = int(correlation.argmax())
    with torch.no_grad():
        model.offset_s += (best - 40) / RATE_HZ
        model.basis *= correlation[best] / energy


def render(renderer: Renderer, sequence: Sequence, ears: np.ndarray | None = None) -> np.ndarray:
    """Both ears of a whole sequence, filters crossfaded every 1024 samples, [2, T]. ears: chunks.warped, if at hand."""
    ears = chunks.warped(sequence, renderer.model) if ears is None else ears
    frames = ears.shape[1]
    hop = PIECE // 2
    count = frames // hop + 2
    padded = np.pad(ears, ((0, 0), (MARGIN + hop, MARGIN + (count + 1) * hop - frames)))
    starts = torch.arange(count) * hop
    head_pos, forward = head_poses(sequence.rows)
    row = np.clip((starts.numpy() - hop + PIECE // 2) / 400, 0, len(head_pos) - 1)
    pick = lambda v: torch.from_numpy(
        np.stack([np.interp(row, np.arange(len(v)), v[:, i]) for i in range(3)], -1)).float()
    with torch.no_grad():
        pieces = renderer(chunks.cut(torch.from_numpy(padded), starts, SIZE), pick(head_pos), pick(forward))
    pieces = pieces.numpy() * np.hanning(PIECE + 1)[:-1]
    out = np.zeros((2, (count + 1) * hop))
    for j in range(count):
        out[:, j * hop:j * hop + PIECE] += pieces[j]
    return out[:, hop:hop + frames]


def judge(renderer: Renderer, sequences: list[Sequence], ears: list[np.ndarray]) -> dict[str, float]:
    """The trio over sequences, whose warped ears are given."""
    return metrics.mean([metrics.trio(render(renderer, s, e), s.binaural) for s, e in zip(sequences, ears)])


def train(run: Run, seen: list[Sequence], unseen: list[Sequence],
          model: Field | None = None) -> tuple[Field, dict[str, float]]:
    """Fits a field to sequences, from `model` (the anechoic one if left out) on."""
    model = start() if model is None else model
    calibrate(model, seen)
    pieces: Pieces = chunks.prepare(seen, model)
    renderer = Renderer(model)
    ears = [chunks.warped(s, model) for s in unseen]
    before = {f'start_{key}': value for key, value in judge(renderer, unseen, ears).items()}

    def loss_of(generator: torch.Generator) -> Tensor:
        index = torch.randint(len(pieces.starts), (BATCH,), generator=generator)
        got = renderer(pieces.inputs(index), pieces.head_pos[index], pieces.forward[index])
        return piece_loss(got, pieces.targets(index), pieces.loudness)

    figures = fit(run, model, loss_of, lambda: judge(renderer, unseen, ears))
    model.orthogonalise()
    return model, {**before, **figures}
