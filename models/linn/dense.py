# SPDX-License-Identifier: MIT
"""Form A, LINN-R2: the warp, then the implicit corrector asked at every time-frequency point.

    h = pose(p, q) * freq(f);   aL, phiL, aR, phiR = fuse(h);   G_e = exp(3 tanh(a_e / 3)) e^(j phi_e);   Y_e = W_e G_e

A complex gain that is a continuous function of pose and frequency. The pose part runs once a frame, the frequency part
is a table, the rest once a point.
"""
from __future__ import annotations

import torch
from torch import Tensor, nn

from .features import FREQUENCY_FEATURES, POSE_FEATURES, pose_features
from .frames import MOUTH
from .warp import Warp

FRAME = 1024
HOP = 512
GAIN_LIMIT = 3.0
"""Nepers."""


def perceptron(sizes: tuple[int, ...]) -> nn.ModuleList:
    """Linear layers from size to size."""
    return nn.ModuleList([nn.Linear(a, b) for a, b in zip(sizes, sizes[1:])])


def run(layers: nn.ModuleList, x: Tensor) -> Tensor:
    """SiLU after each layer but the last."""
    for layer in layers[:-1]:
        x = nn.functional.silu(layer(x))
    return layers[-1](x)


class Dense(nn.Module):
    """tensors: warp.*, pose.0-2, freq.0-2, fuse.0-2, offset_s [1], range [2] m, mouth [3] m."""

    def __init__(self, pose: tuple[int, ...] = (192, 192, 64), freq: tuple[int, ...] = (192, 192, 64),
                 fuse: tuple[int, ...] = (128, 64), warp_width: int = 64) -> None:
        super().__init__()
        self.warp = Warp(warp_width)
        self.pose = perceptron((POSE_FEATURES, *pose))
        self.freq = perceptron((FREQUENCY_FEATURES, *freq))
        self.fuse = perceptron((pose[-1], *fuse, 4))
        self.register_buffer('offset_s', torch.zeros(1))
        self.register_buffer('range', torch.tensor([0.2, 4.0]))
        self.register_buffer('mouth', torch.tensor(MOUTH))
        # Training starts from the warped signal.
        nn.init.zeros_(self.fuse[-1].weight)
        nn.init.zeros_(self.fuse[-1].bias)

    def outputs(self, poses: Tensor, frequencies: Tensor) -> Tensor:
        """Pose features [n, 19] and frequency features [F, 21] -> [n, F, 4]: aL, phiL, aR, phiR."""
        return run(self.fuse, run(self.pose, poses).unsqueeze(-2) * run(self.freq, frequencies))

    def forward(self, p: Tensor, q: Tensor, frequencies: Tensor) -> tuple[Tensor, Tensor]:
        """p [n, 3], q [n, 4], frequency features [F, 21] -> log gain [n, F, 2] nepers, phase [n, F, 2] radians."""
        o = self.outputs(pose_features(p, q, self.range), frequencies)
        return GAIN_LIMIT * torch.tanh(o[..., 0::2] / GAIN_LIMIT), o[..., 1::2]

    def parameter_count(self) -> int:
        """Trained numbers; 149,574 at full size."""
        return sum(t.numel() for t in self.parameters())


def window(dtype: torch.dtype) -> Tensor:
    """Square root of the periodic Hann window, [1024], for analysis and synthesis."""
    return torch.hann_window(FRAME, periodic=True, dtype=torch.float64).sqrt().to(dtype)


def correct(warped: Tensor, gain: Tensor) -> Tensor:
    """The corrected ears by overlap-add.

    warped [2, T], T a multiple of 512; gain [T / 512 + 1, 513, 2] complex: frame j is centred on sample 512 j
    -> [2, T]. At DC and Nyquist only the gain's real part counts.
    """
    frames = warped.shape[1] // HOP + 1
    w = window(warped.dtype)
    padded = nn.functional.pad(warped, (HOP, HOP))
    cut = padded.unfold(1, FRAME, HOP)[:, :frames] * w
    g = gain.permute(2, 0, 1).clone()
    g[..., 0] = g[..., 0].real + 0j
    g[..., -1] = g[..., -1].real + 0j
    y = torch.fft.irfft(torch.fft.rfft(cut) * g, FRAME) * w
    out = torch.zeros_like(padded)
    for j in range(frames):
        out[:, j * HOP:j * HOP + FRAME] += y[:, j]
    return out[:, HOP:-HOP]
