# SPDX-License-Identifier: MIT
"""The measured head: models/kemar as truth, its held-out directions, and an interpolating teacher between the others.

The baked head is the measurement windowed to 2.9 ms (0.20 dB LSD, 3 us, 0.06 dB from it: models/kemar/CARD.md), taken
apart into delays and aligned filters. Held out is every measurement whose index in MIT_KEMAR_normal_pinna.sofa leaves
HELD_OUT_REMAINDER when divided by five; nothing here looks at them but `truth`. Mirrored directions are no copies of
one another for a network that has separate outputs for each ear, and no mirroring is used in training.
"""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.spatial import ConvexHull, cKDTree

from . import safetensors_io

HEAD = Path(__file__).resolve().parents[1] / 'kemar' / 'kemar.safetensors'
MEASURED = 710
FIFTH = 5
HELD_OUT_REMAINDER = 4
FFT_FRAMES = 256
FILL_ABOVE_Y = -0.75
"""Filled directions count as training data only below this: those nearer the lowest ring lean on its held-out ones."""


@dataclass
class Responses:
    """Directions [N, 3] (head space, unit), aligned filters [N, 2, L] and delays [N, 2] in frames at 48 kHz."""

    directions: np.ndarray
    filters: np.ndarray
    delays: np.ndarray

    def pick(self, index: np.ndarray) -> Responses:
        """Some of them."""
        return Responses(self.directions[index], self.filters[index], self.delays[index])

    def spectra(self) -> np.ndarray:
        """Aligned filters' spectra [N, 2, 129] complex128."""
        return np.fft.rfft(self.filters, FFT_FRAMES)


def load(path: Path = HEAD) -> Responses:
    """The baked head."""
    tensors, _ = safetensors_io.load(path)
    directions = tensors['directions'].astype(np.float64)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    filters = tensors['filters'].astype(np.float64) * tensors['scales'].astype(np.float64)[..., None]
    return Responses(directions, filters, tensors['delays'].astype(np.float64))


def split(head: Responses) -> tuple[Responses, Responses]:
    """Training and held-out responses."""
    index = np.arange(len(head.directions))
    measured = index < MEASURED
    held = measured & (index % FIFTH == HELD_OUT_REMAINDER)
    train = (measured & ~held) | (~measured & (head.directions[:, 1] < FILL_ABOVE_Y))
    return head.pick(index[train]), head.pick(index[held])


class Teacher:
    """Between training directions: aligned filters and delays mixed by the corners of the triangle around."""

    def __init__(self, train: Responses) -> None:
        self.train = train
        self.triangles = ConvexHull(train.directions).simplices
        self.inverse = np.linalg.inv(train.directions[self.triangles].transpose(0, 2, 1))
        self.nodes = cKDTree(train.directions)
        around = [np.flatnonzero((self.triangles == i).any(1)) for i in range(len(train.directions))]
        most = max(len(a) for a in around)
        self.around = np.stack([np.resize(a, most) for a in around])

    def weights(self, directions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Corner indices [n, 3] and weights [n, 3] that sum to one: of the triangles at the two nearest nodes, the
        one that holds the direction best."""
        nearest = self.nodes.query(directions, 2)[1]
        candidates = self.around[nearest].reshape(len(directions), -1)
        w = np.einsum('ntij,nj->nti', self.inverse[candidates], directions)
        best = w.min(axis=2).argmax(axis=1)
        row = np.arange(len(directions))
        chosen = np.maximum(w[row, best], 0)
        return self.triangles[candidates[row, best]], chosen / chosen.sum(axis=1, keepdims=True)

    def at(self, directions: np.ndarray) -> Responses:
        """Interpolated responses at unit directions [n, 3]."""
        corners, weights = self.weights(directions)
        return Responses(
            directions,
            np.einsum('nc,ncel->nel', weights, self.train.filters[corners]),
            np.einsum('nc,nce->ne', weights, self.train.delays[corners]),
        )


def random_directions(count: int, rng: np.random.Generator) -> np.ndarray:
    """[count, 3] unit vectors, evenly spread."""
    v = rng.standard_normal((count, 3))
    return v / np.linalg.norm(v, axis=1, keepdims=True)


def shortened(responses: Responses, taps: int) -> Responses:
    """The same responses with filters of `taps` taps that come closest in relative spectral error to 16 kHz.

    Weighted least squares per filter: min over h of sum_k |H_k - T_k|^2 / (|T_k|^2 + floor). Plain truncation at 64
    taps costs 1.05 dB of LSD, this half.
    """
    target = responses.spectra()
    k = np.arange(FFT_FRAMES // 2 + 1)
    basis = np.exp(-2j * np.pi / FFT_FRAMES * np.outer(k, np.arange(taps)))
    power = np.abs(target) ** 2
    weight = 1 / (power + 1e-3 * power.mean(-1, keepdims=True))
    weight[..., k > 16000 / 48000 * FFT_FRAMES] *= 0.1
    stacked = np.concatenate((basis.real, basis.imag))
    filters = np.zeros((*target.shape[:2], taps))
    for i in np.ndindex(*target.shape[:2]):
        w = np.concatenate((weight[i], weight[i]))
        wanted = np.concatenate((target[i].real, target[i].imag))
        gram = (stacked * w[:, None]).T @ stacked
        gram += 1e-6 * np.trace(gram) / taps * np.eye(taps)
        filters[i] = np.linalg.solve(gram, (stacked * w[:, None]).T @ wanted)
    return Responses(responses.directions, filters, responses.delays)
