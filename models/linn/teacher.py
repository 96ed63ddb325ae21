# SPDX-License-Identifier: MIT
"""What the anechoic form C was taught, as a head that the engine loads.

    python3 -m models.linn.teacher OUT.safetensors

The training measurements, shortened to the taps that form C has (kemar_targets.shortened), with their delays: between
them the engine mixes filters and delays by the corners of the triangle around, as the teacher does (kemar.Teacher). So
`pinna render --renderer exact --hrtf OUT.safetensors` is the teacher itself, at every sample of a motion, and what
form C renders can be held to it. The held-out directions are not in it.
"""
from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

from . import kemar, kemar_targets, safetensors_io
from .lessons import GUARD_FRAMES

FULL_SCALE = 32767


def save(path: Path) -> int:
    """Writes it (models/FORMAT.md, the baked head). Gives its bytes."""
    taught = kemar_targets.shortened(kemar.split(kemar.load())[0])
    _, about = safetensors_io.load(kemar.HEAD)
    scales = np.abs(taught.filters).max(axis=-1) / FULL_SCALE
    return safetensors_io.save(path, {
        'directions': taught.directions.astype('<f4'),
        'filters': np.round(taught.filters / scales[..., None]).astype('<i2'),
        'scales': scales.astype('<f4'),
        'delays': (taught.delays - taught.delays.min()).astype('<f4'),
    }, {**{key: about[key] for key in ('license', 'citation')}, 'format': 'pinna-hrtf', 'version': '1',
        'sample_rate_hz': '48000', 'guard_frames': str(GUARD_FRAMES), 'name': 'what LINN-F of KEMAR was taught',
        'source': 'models/kemar/kemar.safetensors'})


if __name__ == '__main__':
    save(Path(sys.argv[1]))
