# SPDX-License-Identifier: MIT
"""Recipe kemar-dense: form A on the anechoic dummy head, taught by the measurement. Facing has closed columns."""
from __future__ import annotations

import numpy as np
import torch

from . import kemar, kemar_targets, lessons
from .dense import Dense
from .frames import RATE_HZ, SOUND_M_S, set_from_head
from .kemar_targets import MEASURED_AT_M
from .lessons import GUARD_FRAMES, Lessons
from .loop import Run

OFFSET_FRAMES = 13.16 + GUARD_FRAMES
"""What straight lines to ears at +-8 cm leave of KEMAR's delays on average."""


def build() -> Dense:
    """A full-size model of a point source."""
    model = Dense()
    with torch.no_grad():
        model.mouth.zero_()
        model.offset_s.fill_(OFFSET_FRAMES / RATE_HZ)
        model.range.copy_(torch.tensor(kemar_targets.RANGE_M))
    lessons.close_columns(model, facing_counts=False)
    return model


def from_responses(responses: kemar.Responses, whole: kemar.Responses, r: np.ndarray) -> Lessons:
    """Responses, and the same not shortened, as lessons at distances r [N, 1] metres."""
    to = lambda x: torch.from_numpy(np.ascontiguousarray(x, dtype=np.float32))
    q = torch.zeros(len(r), 4)
    q[:, 3] = 1
    return Lessons(lessons.row_of(set_from_head(to(responses.directions)) * to(r), q), to(responses.filters),
                   to(responses.delays + r * (RATE_HZ / SOUND_M_S)), to(whole.filters))


def train(run: Run, pool: int = kemar_targets.POOL) -> tuple[Dense, dict[str, float]]:
    """Fits both stages. Gives the model and its figures at the held-out measurements."""
    torch.manual_seed(run.seed)
    taught, whole = kemar_targets.pool_responses(run.seed, pool)
    r = np.random.default_rng(run.seed).uniform(*kemar_targets.RANGE_M, (len(taught.directions), 1))
    held = kemar.split(kemar.load())[1]
    model = build()
    far = np.full((len(held.directions), 1), MEASURED_AT_M)
    return model, lessons.teach(run, model, from_responses(taught, whole, r), from_responses(held, held, far),
                                (4.0, 30.0))
