# SPDX-License-Identifier: MIT
"""Models to files that the engine reads, and back (models/FORMAT.md)."""
from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from . import safetensors_io
from .dense import FRAME, HOP, Dense
from .field import Field

LICENSE = 'free use with citation'
KEMAR = ('W. G. Gardner and K. D. Martin, HRTF Measurements of a KEMAR Dummy-Head Microphone, MIT Media Lab Perceptual '
         'Computing Technical Report 280, 1994')


def tensors_of(model: torch.nn.Module) -> dict[str, np.ndarray]:
    """Parameters and buffers as float32 arrays, by name."""
    return {name: t.detach().numpy().astype('<f4') for name, t in model.state_dict().items()}


def about(name: str, source: str, extra: dict[str, str]) -> dict[str, str]:
    """Metadata that both formats have; extra is for people (held-out rule, seed, command) and is not read."""
    return {'version': '1', 'sample_rate_hz': '48000', 'name': name, 'license': LICENSE, 'citation': KEMAR,
            'source': source, **extra}


def save_field(path: str | Path, model: Field, name: str, source: str, lead_frames: int,
               extra: dict[str, str] | None = None) -> int:
    """Writes form C. lead_frames: frames of guard before the basis filters' onset. Gives the file's bytes."""
    metadata = {'format': 'pinna-linn-field', 'lead_frames': str(lead_frames), **about(name, source, extra or {})}
    return safetensors_io.save(path, tensors_of(model), metadata)


def save_dense(path: str | Path, model: Dense, name: str, source: str, distance_law: str,
               extra: dict[str, str] | None = None) -> int:
    """Writes form A. distance_law `inverse`: the input was scaled by one over the distance in training; or `none`."""
    metadata = {'format': 'pinna-linn-dense', 'frame': str(FRAME), 'hop': str(HOP), 'distance_law': distance_law,
                **about(name, source, extra or {})}
    return safetensors_io.save(path, tensors_of(model), metadata)


def load_field(path: str | Path) -> Field:
    """The model of a file."""
    tensors, metadata = safetensors_io.load(path)
    if metadata.get('format') != 'pinna-linn-field':
        raise ValueError(f'{path}: not a field model')
    bases, taps = tensors['basis'].shape
    model = Field(tensors['mlp.0.bias'].shape[0], bases, taps)
    model.load_state_dict({name: torch.from_numpy(t) for name, t in tensors.items()})
    return model


def load_dense(path: str | Path) -> Dense:
    """The model of a file."""
    tensors, metadata = safetensors_io.load(path)
    if metadata.get('format') != 'pinna-linn-dense':
        raise ValueError(f'{path}: not a dense model')

    def widths(part: str, count: int) -> tuple[int, ...]:
        return tuple(tensors[f'{part}.{i}.bias'].shape[0] for i in range(count))

    model = Dense(widths('pose', 3), widths('freq', 3), widths('fuse', 2), tensors['warp.out.weight'].shape[1])
    model.load_state_dict({name: torch.from_numpy(t) for name, t in tensors.items()})
    return model
