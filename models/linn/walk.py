# SPDX-License-Identifier: MIT
"""How a talker walks round a head: smooth random motion, recorded by a marker as in BinauralSpeech.

The marker's offsets are wrong by a few centimetres, as a real set's are: geometry from the rows alone is late or early
by some samples, and learning that is what the warp is for.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from scipy.interpolate import CubicSpline

from . import frames
from .frames import ROWS_HZ

NEAREST_M, FARTHEST_M = 0.45, 1.7


@dataclass
class Walk:
    """Truth at 120 Hz, head space: mouth [K, 3] metres, forward [K, 3] unit; and what was recorded: rows [K, 7]."""

    mouth: np.ndarray
    forward: np.ndarray
    rows: np.ndarray


def smooth_noise(count: int, seconds: float, rng: np.random.Generator) -> np.ndarray:
    """[count] at 120 Hz: a cubic spline through normal numbers that many seconds apart."""
    knots = int(count / (seconds * ROWS_HZ)) + 5
    start = rng.uniform(1, 2)
    return CubicSpline(np.arange(knots), rng.standard_normal(knots))(start + np.arange(count) / (seconds * ROWS_HZ))


def wander(count: int, rng: np.random.Generator) -> Walk:
    """A walk of so many rows."""
    t = np.arange(count) / ROWS_HZ
    drift = rng.choice((-1, 1)) * rng.uniform(0.1, 0.5)
    turn = rng.uniform(0, 2 * np.pi) + drift * t + 0.8 * smooth_noise(count, 4, rng)
    reach = 0.5 + 0.5 * np.tanh(0.9 * smooth_noise(count, 3, rng))
    r = NEAREST_M + (FARTHEST_M - NEAREST_M) * reach
    height = rng.uniform(-0.12, 0.12) + 0.05 * smooth_noise(count, 2, rng)
    mouth = np.stack((r * np.sin(turn), height, -r * np.cos(turn)), -1)
    towards = np.arctan2(-mouth[:, 0], mouth[:, 2])
    yaw = -(towards + rng.uniform(-0.6, 0.6) + 0.7 * smooth_noise(count, 2.5, rng))
    pitch = 0.12 * smooth_noise(count, 1.5, rng)
    # Engine quaternions: yaw about +y after pitch about +x, identity faces -z.
    cy, sy, cp, sp = np.cos(yaw / 2), np.sin(yaw / 2), np.cos(pitch / 2), np.sin(pitch / 2)
    q = np.stack((cy * sp, sy * cp, -sy * sp, cy * cp), -1)
    forward = np.stack((-np.sin(yaw) * np.cos(pitch), np.sin(pitch), -np.cos(yaw) * np.cos(pitch)), -1)
    rows_q = np.stack((-q[:, 2], q[:, 0], q[:, 1], q[:, 3]), -1)
    return Walk(mouth, forward, recorded(mouth, rows_q, rng))


def recorded(mouth: np.ndarray, rows_q: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Rows [K, 7]: the marker sits a little off, the tracker jitters by 1 mm and 0.2 degrees."""
    offset = np.array(frames.MOUTH) + np.array((-0.02, 0.0, 0.015)) + rng.normal(0, 0.008, 3)
    head = np.array((0.015, 0.004, 0.01))
    to = torch.from_numpy
    rows = frames.rows_from_head(to(mouth), to(rows_q), to(offset)).numpy()
    rows[:, :3] += head + rng.normal(0, 0.001, (len(rows), 3))
    jitter = rng.normal(0, 0.0017, (len(rows), 3))
    rows[:, 3:6] += jitter
    rows[:, 3:] /= np.linalg.norm(rows[:, 3:], axis=1, keepdims=True)
    return rows
