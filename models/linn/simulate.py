# SPDX-License-Identifier: MIT
"""Makes data in BinauralSpeech's form from what is free: talkers who walk round a dummy head in a room.

    python3 -m models.linn.simulate --out DIR [--seed 1] [--minutes 10] [--split train|test] [--anechoic]

Each sequence is a folder with mono.wav, binaural.wav (16 bit, 48 kHz) and tx_positions.txt (120 rows a second of
x y z qx qy qz qw). The same seed gives the same bytes. The splits share the room and the head, and nothing else: not
the voices, nor the sentences, nor the walks, nor the talkers' offsets.
"""
from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

import numpy as np
from scipy.io import wavfile

from . import walk
from .frames import RATE_HZ, ROW_FRAMES
from .room import Room, close_microphone, ear_microphones
from .speech import talk

SPLITS = ('train', 'test')
SEQUENCE_S = 15.0
LEVEL = 1.2
"""The talker's rms times this is what a head hears from a metre away, about as in BinauralSpeech."""


def sequence(room: Room, split: str, seed: int, index: int,
             seconds: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """mono [T], binaural [2, T], rows [K, 7]."""
    rng = np.random.default_rng((seed, SPLITS.index(split), index))
    rows = int(round(seconds * RATE_HZ / ROW_FRAMES))
    frames = rows * ROW_FRAMES
    speech = talk(frames, split, rng)
    way = walk.wander(rows, rng)
    ears = ear_microphones(LEVEL * room.listen(speech, way.mouth, way.forward), rng)
    return close_microphone(speech), ears, way.rows


def as_pcm(x: np.ndarray) -> np.ndarray:
    """16 bits."""
    return np.round(np.clip(x, -1, 1 - 2 ** -15) * 32768).astype('<i2')


def write(folder: Path, mono: np.ndarray, ears: np.ndarray, rows: np.ndarray) -> None:
    """One sequence's three files."""
    folder.mkdir(parents=True, exist_ok=True)
    wavfile.write(folder / 'mono.wav', RATE_HZ, as_pcm(mono))
    wavfile.write(folder / 'binaural.wav', RATE_HZ, as_pcm(ears).T)
    np.savetxt(folder / 'tx_positions.txt', rows, '%.7f')


def sequences(folder: Path, split: str, seed: int, count: int, seconds: float = SEQUENCE_S, anechoic: bool = False,
              first: int = 0) -> list[Path]:
    """Writes the sequences that are not there yet; gives their folders."""
    room: Room | None = None
    started = time.monotonic()
    paths = [folder / f'{split}-{seed}-{index:04d}' for index in range(first, first + count)]
    for done, (index, path) in enumerate(zip(range(first, first + count), paths), 1):
        if not (path / 'tx_positions.txt').exists():
            room = room or Room(anechoic)
            write(path, *sequence(room, split, seed, index, seconds))
            print(f'{split} {done}/{count}  {time.monotonic() - started:.0f} s', file=sys.stderr)
    return paths


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--out', type=Path, required=True)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--minutes', type=float, default=10)
    parser.add_argument('--split', choices=SPLITS, default='train')
    parser.add_argument('--seconds', type=float, default=SEQUENCE_S, help='of one sequence')
    parser.add_argument('--anechoic', action='store_true')
    parser.add_argument('--first', type=int, default=0, help='index of the first sequence')
    args = parser.parse_args()
    count = max(1, int(round(args.minutes * 60 / args.seconds)))
    sequences(args.out, args.split, args.seed, count, args.seconds, args.anechoic, args.first)


if __name__ == '__main__':
    main()
