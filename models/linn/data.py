# SPDX-License-Identifier: MIT
"""Recordings of talkers: BinauralSpeech folders, simulated ones, and loose clips with thinned positions; one loader.

A sequence is a folder with mono.wav, binaural.wav and tx_positions.txt, or three files NAME.mono.wav,
NAME.binaural.wav and NAME.positions.txt. Positions hold 7 numbers a row, 120 rows a second; with 8 the first is the
row's index, rows may be missing, and are interpolated.
"""
from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from scipy.io import wavfile

from . import frames
from .frames import RATE_HZ, ROW_FRAMES


@dataclass
class Sequence:
    """mono [T], binaural [2, T] float32 at 48 kHz; rows [K, 7] float64, every 400 samples."""

    name: str
    mono: np.ndarray
    binaural: np.ndarray
    rows: np.ndarray


def read_wav(path: Path) -> np.ndarray:
    """[channels, T] float32. Raises ValueError where the rate is not 48 kHz."""
    rate, x = wavfile.read(path)
    if rate != RATE_HZ:
        raise ValueError(f'{path}: {rate} Hz; the rows are counted at {RATE_HZ} Hz')
    scale = {np.dtype('int16'): 2 ** 15, np.dtype('int32'): 2 ** 31}.get(x.dtype, 1)
    return (x.astype(np.float64) / scale).astype(np.float32).reshape(len(x), -1).T


def read_rows(path: Path) -> np.ndarray:
    """[K, 7], missing rows filled in: positions linear, quaternions normalised linear with aligned signs."""
    table = np.loadtxt(path, ndmin=2)
    if table.shape[1] == 7:
        return table
    if table.shape[1] != 8:
        raise ValueError(f'{path}: {table.shape[1]} numbers a row; 7 or, with an index, 8 are wanted')
    index, rows = table[:, 0], table[:, 1:].copy()
    for i in range(1, len(rows)):
        if rows[i, 3:] @ rows[i - 1, 3:] < 0:
            rows[i, 3:] *= -1
    every = np.arange(int(index[-1]) + 1)
    full = np.stack([np.interp(every, index, rows[:, i]) for i in range(7)], -1)
    full[:, 3:] /= np.linalg.norm(full[:, 3:], axis=1, keepdims=True)
    return full


def read(mono: Path, binaural: Path, positions: Path, name: str) -> Sequence:
    """One sequence; its parts are cut to the shortest, the last row holds where rows end a little early."""
    x, y, rows = read_wav(mono)[0], read_wav(binaural), read_rows(positions)
    length = min(len(x), y.shape[1]) // ROW_FRAMES
    if y.shape[0] != 2:
        raise ValueError(f'{binaural}: {y.shape[0]} channels')
    if len(rows) < length - RATE_HZ // ROW_FRAMES:
        raise ValueError(f'{positions}: ends more than a second before the sound')
    rows = np.concatenate((rows, np.repeat(rows[-1:], max(0, length - len(rows)), 0)))[:length]
    return Sequence(name, x[:length * ROW_FRAMES], y[:, :length * ROW_FRAMES], rows)


def sequences(folder: Path) -> list[Sequence]:
    """All below a folder, by name. Raises ValueError where there are none."""
    found = [read(path, path.with_name('binaural.wav'), path.with_name('tx_positions.txt'),
                  str(path.parent.relative_to(folder))) for path in sorted(folder.rglob('mono.wav'))]
    for path in sorted(folder.glob('*.mono.wav')):
        stem = path.name[:-len('.mono.wav')]
        found.append(read(path, path.with_name(f'{stem}.binaural.wav'), path.with_name(f'{stem}.positions.txt'), stem))
    if not found:
        raise ValueError(f'{folder}: holds no mono.wav and no NAME.mono.wav')
    return found


def head_poses(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Mouth positions and facing directions in head space, [K, 3] each, with the data set's mouth offset."""
    r = torch.from_numpy(rows)
    mouth = frames.mouth_from_ears(r, torch.tensor(frames.MOUTH, dtype=r.dtype))
    return frames.head_from_set(mouth).numpy(), frames.head_forward(r).numpy()
