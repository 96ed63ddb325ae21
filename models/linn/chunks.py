# SPDX-License-Identifier: MIT
"""Sound for training form C: sequences warped by geometry once, then cut into pieces that one filter fits.

A piece is 2048 samples of target with a margin around the input; within it the delay moves as geometry says, sample by
sample, and only what the network adds stands still.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .data import Sequence, head_poses
from .field import Field
from .frames import RATE_HZ, ROW_FRAMES, SOUND_M_S
from .room import sinc_read

PIECE = 2048
MARGIN = 128
"""Input frames before and after a piece: the taps and what the network may add to the delay."""
SIZE = PIECE + 2 * MARGIN
HOP = 1024


@dataclass
class Pieces:
    """warped, target [2, T] of all sequences, with margins; starts [n] of pieces; poses at their centres."""

    warped: Tensor
    target: Tensor
    starts: Tensor
    head_pos: Tensor
    forward: Tensor
    loudness: float
    """Mean of |re| + |im| of the targets' windowed spectra: the phase error's threshold counts in it."""

    def inputs(self, index: Tensor) -> Tensor:
        """[n, 2, SIZE]"""
        return cut(self.warped, self.starts[index], SIZE)

    def targets(self, index: Tensor) -> Tensor:
        """[n, 2, PIECE]"""
        return cut(self.target, self.starts[index] + MARGIN, PIECE)


def cut(x: Tensor, starts: Tensor, length: int) -> Tensor:
    """Pieces of [2, T] -> [n, 2, length]."""
    return x[:, starts.unsqueeze(1) + torch.arange(length)].transpose(0, 1)


def geometric_delay(field: Field, head_pos: np.ndarray) -> np.ndarray:
    """Frames to each ear as the field's geometry has it, offset included. [K, 3] -> [K, 2]."""
    p = torch.from_numpy(head_pos).float()
    with torch.no_grad():
        beyond = field.geometric_s(p) + field.offset_s
    return (beyond.numpy() + np.linalg.norm(head_pos, axis=1, keepdims=True) / SOUND_M_S) * RATE_HZ


def warped(sequence: Sequence, field: Field, inverse_law: bool = True) -> np.ndarray:
    """Both ears' signals after geometry and the distance law, [2, T] float32."""
    head_pos, _ = head_poses(sequence.rows)
    delay = geometric_delay(field, head_pos)
    t = np.arange(len(sequence.mono))
    at = np.arange(len(delay)) * ROW_FRAMES
    near = float(field.range[0])
    law = 1 / np.maximum(np.interp(t, at, np.linalg.norm(head_pos, axis=1)), near) if inverse_law else 1.0
    x = sequence.mono.astype(np.float64)
    return np.stack([sinc_read(x, t - np.interp(t, at, delay[:, e]), 16) * law for e in range(2)]).astype(np.float32)


def prepare(sequences: list[Sequence], field: Field) -> Pieces:
    """Warps and cuts all of it."""
    parts: dict[str, list[np.ndarray]] = {'warped': [], 'target': [], 'starts': [], 'head_pos': [], 'forward': []}
    offset = 0
    for sequence in sequences:
        ears = warped(sequence, field)
        frames = ears.shape[1]
        pad = ((0, 0), (MARGIN, MARGIN))
        parts['warped'].append(np.pad(ears, pad))
        parts['target'].append(np.pad(sequence.binaural, pad))
        starts = np.arange(0, frames - PIECE + 1, HOP)
        head_pos, forward = head_poses(sequence.rows)
        row = (starts + PIECE // 2) / ROW_FRAMES
        pick = lambda v: np.stack([np.interp(row, np.arange(len(v)), v[:, i]) for i in range(3)], -1)
        ahead = pick(forward)
        parts['starts'].append(starts + offset)
        parts['head_pos'].append(pick(head_pos))
        parts['forward'].append(ahead / np.linalg.norm(ahead, axis=1, keepdims=True))
        offset += frames + 2 * MARGIN
    join = lambda name, axis, kind: torch.from_numpy(np.concatenate(parts[name], axis).astype(kind))
    pieces = Pieces(join('warped', 1, np.float32), join('target', 1, np.float32), join('starts', 0, np.int64),
                    join('head_pos', 0, np.float32), join('forward', 0, np.float32), 0.0)
    some = torch.arange(0, len(pieces.starts), max(1, len(pieces.starts) // 500))
    re, im = windowed(pieces.targets(some))
    pieces.loudness = float((re.abs() + im.abs()).mean())
    return pieces


def windowed(x: Tensor, length: int = 1920) -> tuple[Tensor, Tensor]:
    """Spectra of the metrics' frame: Hann of 1,920 in the middle of 2048. [..., 2048] -> re, im [..., 1025]."""
    w = torch.hann_window(length)
    z = torch.fft.rfft(x * torch.nn.functional.pad(w, ((PIECE - length) // 2,) * 2))
    return z.real, z.imag
