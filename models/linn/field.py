# SPDX-License-Identifier: MIT
"""Form C, LINN-F: one small network on the pose gives what a few shared filters are mixed of, and the delays.

    y_e(t) = sum over k of gain_e[k] (basis_k * x)(t - delay_e)

It is the implicit corrector factorised: G(f; pose) = sum of b_r(pose) t_r(f). The inverse Fourier transform is linear,
so that of each t_r is taken once, and no transform and no per-bin network is left at run time.
"""
from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from .features import FIELD_FEATURES, field_features
from .frames import SOUND_M_S

GAIN_LIMIT = math.log(10) / 20 * 12
"""Nepers: the common gain of an ear stays within +-12 dB."""
DELAY_LIMIT_S = 0.5e-3


class Field(nn.Module):
    """tensors: mlp.0, mlp.1, mlp.2 (weight [out, in], bias), basis [R, M] taps, ears [2, 3] m, offset_s [1], range."""

    def __init__(self, hidden: int = 80, bases: int = 16, taps: int = 64) -> None:
        super().__init__()
        self.mlp = nn.ModuleList([
            nn.Linear(FIELD_FEATURES, hidden), nn.Linear(hidden, hidden), nn.Linear(hidden, 2 * bases + 4),
        ])
        self.basis = nn.Parameter(torch.zeros(bases, taps))
        self.register_buffer('ears', torch.tensor([[-0.0875, 0.0, 0.0], [0.0875, 0.0, 0.0]]))
        self.register_buffer('offset_s', torch.zeros(1))
        self.register_buffer('range', torch.tensor([0.2, 4.0]))

    def outputs(self, features: Tensor) -> Tensor:
        """[..., 40] -> [..., 2 R + 4]: w_L[R], w_R[R], t_L, t_R, a_L, a_R."""
        x = nn.functional.silu(self.mlp[0](features))
        x = nn.functional.silu(self.mlp[1](x))
        return self.mlp[2](x)

    def forward(self, head_pos: Tensor, forward: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """head_pos, forward [..., 3] -> gains [..., 2, R], delays [..., 2] seconds, raw outputs [..., 2 R + 4]."""
        o = self.outputs(field_features(head_pos, forward, self.range))
        bases = self.basis.shape[0]
        w = torch.stack((o[..., :bases], o[..., bases:2 * bases]), -2)
        t, a = o[..., 2 * bases:2 * bases + 2], o[..., 2 * bases + 2:]
        gains = w * torch.exp(GAIN_LIMIT * torch.tanh(a / GAIN_LIMIT)).unsqueeze(-1)
        return gains, self.offset_s + self.geometric_s(head_pos) + DELAY_LIMIT_S * torch.tanh(t), o

    def orthogonalise(self) -> None:
        """The same function with orthonormal bases, the strongest first: whatever a renderer does to each of them with
        some error is then not summed up from terms that cancel."""
        with torch.no_grad():
            u, strength, shapes = torch.linalg.svd(self.basis.double(), full_matrices=False)
            turn = u * strength
            last, bases = self.mlp[2], self.basis.shape[0]
            for ear in range(2):
                rows = slice(ear * bases, (ear + 1) * bases)
                last.weight[rows] = (turn.T @ last.weight[rows].double()).float()
                last.bias[rows] = (turn.T @ last.bias[rows].double()).float()
            self.basis.copy_(shapes.float())

    def geometric_s(self, head_pos: Tensor) -> Tensor:
        """Straight-line delay to each ear beyond that to the head's centre, seconds. [..., 3] -> [..., 2]."""
        length = head_pos.norm(dim=-1, keepdim=True)
        r = torch.minimum(torch.maximum(length, self.range[0]), self.range[1])
        to_ears = (head_pos / length * r).unsqueeze(-2) - self.ears
        return (to_ears.norm(dim=-1) - r) / SOUND_M_S

    def weight_bytes(self) -> int:
        """Bytes of all tensors, float32."""
        return 4 * sum(t.numel() for t in [*self.parameters(), *self.buffers()])


def spectra(field: Field, gains: Tensor, delays_s: Tensor, frequency_hz: Tensor, rate_hz: float = 48000) -> Tensor:
    """Both ears' responses, complex [..., 2, F], at the given frequencies [F]."""
    n = torch.arange(field.basis.shape[1], dtype=gains.dtype)
    angle = -2 * math.pi / rate_hz * frequency_hz.unsqueeze(0) * n.unsqueeze(1)
    mixed = gains @ field.basis
    re, im = mixed @ torch.cos(angle), mixed @ torch.sin(angle)
    ramp = -2 * math.pi * delays_s.unsqueeze(-1) * frequency_hz
    c, s = torch.cos(ramp), torch.sin(ramp)
    return torch.complex(re * c - im * s, re * s + im * c)
