# SPDX-License-Identifier: MIT
"""Recipe room-dense: form A taught by the room's form C, pose by pose.

Form C has heard the room; form A learns what it answers along the training walks and around them. That costs minutes
where training the dense network on sound costs hours of CPU, and keeps both forms one model: the residual between them
is what they are compared by.
"""
from __future__ import annotations

from pathlib import Path

import numpy as np
import torch

from . import export, lessons, metrics
from .data import Sequence, head_poses
from .dense import HOP, Dense, correct
from .features import frequency_features
from .field import Field
from .frames import MOUTH, RATE_HZ, ROW_FRAMES, SOUND_M_S, poses_at
from .lessons import GUARD_FRAMES, Lessons
from .loop import Run
from .room import sinc_read
from .warp import geometric_field, rows_in_range

START = Path(__file__).parent / 'kemar-dense.safetensors'
TEACHER = Path(__file__).parent / 'room-field.safetensors'
POOL = 24000
NEAREST_M, FARTHEST_M = 0.35, 2.5


def around(rng: np.random.Generator, count: int) -> np.ndarray:
    """Rows [count, 7] anywhere that a talker may stand and face."""
    turn, r = rng.uniform(0, 2 * np.pi, count), rng.uniform(NEAREST_M, FARTHEST_M, count)
    height = r * np.tan(np.radians(rng.uniform(-25, 25, count)))
    yaw, pitch = rng.uniform(0, 2 * np.pi, count), rng.normal(0, 0.15, count)
    q = np.stack((np.sin(yaw / 2) * np.sin(pitch / 2), np.cos(yaw / 2) * np.sin(pitch / 2),
                  np.sin(yaw / 2) * np.cos(pitch / 2), np.cos(yaw / 2) * np.cos(pitch / 2)), -1)
    return np.concatenate((np.stack((r * np.cos(turn), r * np.sin(turn), height - 0.05), -1), q), -1)


def taught_by(field: Field, rows: np.ndarray) -> Lessons:
    """What the field answers at rows [N, 7]."""
    head_pos, forward = (torch.from_numpy(v).float() for v in head_poses(rows))
    with torch.no_grad():
        gains, delays, _ = field(head_pos, forward)
        way = head_pos.norm(dim=-1, keepdim=True) * (RATE_HZ / SOUND_M_S)
        filters = gains @ field.basis
        return Lessons(torch.from_numpy(rows).float(), filters, delays * RATE_HZ + way, filters)


def build(field: Field, taught: Lessons, start: Path = START) -> Dense:
    """The anechoic form A, with a geometry that is right on average."""
    model = export.load_dense(start)
    with torch.no_grad():
        model.mouth.copy_(torch.tensor(MOUTH))
        model.offset_s.zero_()
        model.range.copy_(field.range)
        late = -geometric_field(taught.rows, model.mouth, model.offset_s) - taught.delays - GUARD_FRAMES
        model.offset_s.fill_(-float(late.mean()) / RATE_HZ)
    lessons.close_columns(model, facing_counts=True)
    return model


def render(model: Dense, sequence: Sequence, inverse_law: bool) -> np.ndarray:
    """Both ears of a sequence, [2, T]: the warp between its rows with a long kernel, then the corrector."""
    rows = torch.from_numpy(sequence.rows).float()
    t = np.arange(len(sequence.mono) // HOP * HOP)
    at = np.arange(len(rows)) * ROW_FRAMES
    with torch.no_grad():
        seen = rows_in_range(rows, model.mouth, model.range)
        field = (geometric_field(rows, model.mouth, model.offset_s) + model.warp(seen)).numpy()
        p, q = poses_at(rows, model.mouth, torch.arange(len(t) // HOP + 1) * HOP)
        codes = frequency_features(torch.arange(513) * (RATE_HZ / 1024))
        a, phi = (torch.cat(part) for part in zip(*(model(*pair, codes) for pair in zip(p.split(64), q.split(64)))))
        r = np.linalg.norm(head_poses(sequence.rows)[0], axis=1)
        law = 1 / np.maximum(np.interp(t, at, r), float(model.range[0])) if inverse_law else 1.0
        x = sequence.mono.astype(np.float64)
        ears = np.stack([sinc_read(x, t + np.interp(t, at, field[:, e]), 16) * law for e in range(2)])
        out = correct(torch.from_numpy(ears.astype(np.float32)), torch.polar(torch.exp(a), phi)).numpy()
    return np.pad(out, ((0, 0), (0, len(sequence.mono) - out.shape[1])))


def train(run: Run, field: Field, seen: list[Sequence], unseen: list[Sequence], start: Path = START,
          pool: int = POOL) -> tuple[Dense, dict[str, float]]:
    """Teaches form A what the field answers. Gives it and its figures on unseen walks."""
    torch.manual_seed(run.seed)
    rng = np.random.default_rng(run.seed)
    walked = np.concatenate([s.rows for s in seen])
    rows = np.concatenate((walked[rng.choice(len(walked), pool // 2)], around(rng, pool - pool // 2)))
    taught = taught_by(field, rows)
    model = build(field, taught, start)
    test = taught_by(field, np.concatenate([s.rows[::60] for s in unseen]))
    figures = lessons.teach(run, model, taught, test, (1.0, 120.0), rounds=2)
    with torch.no_grad():
        figures |= metrics.mean([metrics.trio(render(model, s, True), s.binaural) for s in unseen])
    return model, figures
