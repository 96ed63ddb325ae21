# SPDX-License-Identifier: MIT
"""Recipe kemar-dense: form A on the anechoic dummy head, fitted to responses per direction and frequency.

First the warp network learns what geometry leaves of the delays, so that a response's onset is where the warp reads.
Then, with the warp fixed, the corrector learns the complex gain that is left. The gain must be a short filter for form
B: the frequency encoding's octaves above the sixth, which only longer filters need, have zero columns that stay zero,
and what the gain's impulse response has outside the 64 taps is penalised. Older rows, the quaternion and the distance
have zero columns, too: the measurement depends on none of them.
"""
from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from . import kemar, kemar_targets
from .dense import Dense
from .features import frequency_features, pose_features
from .frames import HEAD_CENTRE, RATE_HZ, SOUND_M_S, set_from_head
from .kemar_targets import MEASURED_AT_M, TAPS, Targets
from .losses import TINY, complex_error, lsd_db, speech_weight
from .loop import Run, fit
from .warp import geometric_field

GUARD_FRAMES = 8
"""Of the baked filters; the warp takes them in, so that the gain's response begins at zero."""
OFFSET_FRAMES = 13.16 + GUARD_FRAMES
DIRECTIONS, POINTS = 64, 40
LEAK_DIRECTIONS = 6
WARP_SHARE = 0.2
"""Of the steps go to the warp."""
OCTAVES_KEPT = 7


def keep_zero(parameter: torch.nn.Parameter, keep: Tensor) -> None:
    """Entries where keep is 0 become zero and stay so."""
    with torch.no_grad():
        parameter.mul_(keep)
    parameter.register_hook(lambda gradient: gradient * keep)


def build() -> Dense:
    """A full-size model with the columns above closed."""
    model = Dense()
    with torch.no_grad():
        model.mouth.zero_()
        model.offset_s.fill_(OFFSET_FRAMES / RATE_HZ)
        model.range.copy_(torch.tensor(kemar_targets.RANGE_M))
    for i, conv in enumerate(model.warp.conv):
        keep = torch.ones_like(conv.weight)
        keep[:, :, 0] = 0
        if i == 0:
            keep[:, 3:] = 0
        keep_zero(conv.weight, keep)
    keep = torch.ones_like(model.pose[0].weight)
    keep[:, 3:7] = 0
    keep_zero(model.pose[0].weight, keep)
    keep = torch.ones_like(model.freq[0].weight)
    keep[:, 1 + 2 * OCTAVES_KEPT:] = 0
    keep_zero(model.freq[0].weight, keep)
    return model


def rows_of(directions: Tensor, r: Tensor) -> Tensor:
    """Rows [n, 7] of points at distance r [n, 1] metres; facing does not count."""
    p = set_from_head(directions) * r + torch.tensor(HEAD_CENTRE)
    q = torch.zeros(len(p), 4)
    q[:, 3] = 1
    return torch.cat((p, q), -1)


def warp_delays(model: Dense, rows: Tensor, r: Tensor) -> Tensor:
    """Where the warp reads, [n, 2] frames beyond the way to the head's centre."""
    field = geometric_field(rows, model.mouth, model.offset_s) + model.warp(rows.unsqueeze(1)).squeeze(1)
    return -field - r * (RATE_HZ / SOUND_M_S)


def train_warp(run: Run, model: Dense, targets: Targets, held: Targets) -> dict[str, float]:
    """The delays, by mean absolute error, the interaural one counted twice."""
    def error(t: Targets, r: Tensor) -> Tensor:
        return warp_delays(model, rows_of(t.directions, r), r) - t.delays - GUARD_FRAMES

    def loss_of(generator: torch.Generator) -> Tensor:
        t = targets.pick(torch.randint(len(targets.directions), (256,), generator=generator))
        low, high = kemar_targets.RANGE_M
        late = error(t, low + (high - low) * torch.rand(len(t.directions), 1, generator=generator))
        return late.abs().mean() + 2 * (late[:, 0] - late[:, 1]).abs().mean()

    def evaluate() -> dict[str, float]:
        late = error(held, torch.full((len(held.directions), 1), MEASURED_AT_M))
        return {'held_itd_us': float((late[:, 0] - late[:, 1]).abs().mean() / 0.048),
                'held_delay_frames': float(late.abs().mean())}

    return fit(run, model.warp, loss_of, evaluate)


def train_gain(run: Run, model: Dense, pool: kemar.Responses, held: Targets) -> dict[str, float]:
    """The complex gain beyond the warp."""
    directions = torch.from_numpy(pool.directions).float()
    filters = torch.from_numpy(pool.filters).float()
    truths = torch.from_numpy(pool.delays).float()
    taps = torch.arange(filters.shape[-1])

    def warped(d: Tensor) -> Tensor:
        r = torch.full((len(d), 1), MEASURED_AT_M)
        with torch.no_grad():
            return warp_delays(model, rows_of(d, r), r)

    reads = warped(directions)
    taught = kemar_targets.tensors(pool.pick(np.arange(0, len(pool.directions), 40)))
    grid = kemar_targets.bins()
    grid_codes, grid_weight = frequency_features(grid), speech_weight(grid)

    def features(d: Tensor, r: Tensor) -> Tensor:
        q = torch.zeros(len(d), 4)
        return pose_features(set_from_head(d) * r, q, model.range)

    def gains(poses: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
        o = model.outputs(poses, codes).transpose(1, 2)
        return 3 * torch.tanh(o[:, 0::2] / 3), o[:, 1::2]

    def loss_of(generator: torch.Generator) -> Tensor:
        index = torch.randint(len(directions), (DIRECTIONS,), generator=generator)
        u = torch.rand(POINTS, generator=generator)
        hz = torch.cat((200 + 15800 * u[:30], 16000 + 8000 * u[30:32], 2500 * u[32:]))
        angle = -2 * math.pi / RATE_HZ * torch.outer(taps - GUARD_FRAMES, hz)
        true_re, true_im = filters[index] @ torch.cos(angle), filters[index] @ torch.sin(angle)
        late = truths[index] + GUARD_FRAMES - reads[index]
        ramp = -2 * math.pi / RATE_HZ * late.unsqueeze(-1) * hz
        want_re = true_re * torch.cos(ramp) - true_im * torch.sin(ramp)
        want_im = true_re * torch.sin(ramp) + true_im * torch.cos(ramp)
        power = want_re.square() + want_im.square() + 1e-7
        low, high = kemar_targets.RANGE_M
        r = low + (high - low) * torch.rand(DIRECTIONS, 1, generator=generator)
        poses = features(directions[index], r)
        a, phi = gains(poses, frequency_features(hz))
        d_re, d_im = torch.exp(a) * torch.cos(phi) - want_re, torch.exp(a) * torch.sin(phi) - want_im
        relative = torch.sqrt((d_re.square() + d_im.square()) / power + 1e-4).clamp_max(3)
        spectral = lsd_db((a - 0.5 * torch.log(power))[..., :30])
        speech = ((d_re.square() + d_im.square())[..., 32:].sum(-1) / power[..., 32:].sum(-1)).mean()
        a, phi = gains(poses[:LEAK_DIRECTIONS], grid_codes)
        weight = torch.sqrt(grid_weight)
        level = torch.exp(a) * weight
        h = torch.fft.irfft(torch.complex(level * torch.cos(phi), level * torch.sin(phi)))
        outside = h[..., TAPS - GUARD_FRAMES:-GUARD_FRAMES].square().sum(-1) / (h.square().sum(-1) + TINY)
        return spectral + 2 * relative[..., :30].mean() + 0.3 * relative[..., 30:32].mean() + 20 * speech \
            + 30 * outside.mean()

    def evaluate() -> dict[str, float]:
        result: dict[str, float] = {}
        for name, want in (('taught', taught), ('held', held)):
            read = warped(want.directions)
            a, phi = gains(features(want.directions, torch.tensor([[MEASURED_AT_M]])), grid_codes)
            back = -2 * math.pi / RATE_HZ * (read - want.delays).unsqueeze(-1) * grid
            re, im = torch.exp(a) * torch.cos(phi + back), torch.exp(a) * torch.sin(phi + back)
            # Onsets are compared through the phase of what is left, below 1.5 kHz.
            cross = torch.complex(re, im) * torch.complex(want.re, -want.im)
            low = slice(2, 9)
            slope = torch.angle((cross[..., low] * cross[..., 1:8].conj()).sum(-1)) / (2 * math.pi / RATE_HZ * 187.5)
            result |= kemar_targets.figures(re, im, want.delays - slope, want, name)
            power = want.re.square() + want.im.square()
            error = complex_error(re - want.re, im - want.im, power, grid_weight)
            result[f'{name}_speech_error_db'] = 10 * math.log10(float(error))
            h = torch.fft.irfft(torch.polar(torch.exp(a), phi) * torch.sqrt(grid_weight))
            outside = h[..., TAPS - GUARD_FRAMES:-GUARD_FRAMES].square().sum(-1) / h.square().sum(-1)
            result[f'{name}_outside_db'] = 10 * math.log10(float(outside.mean()))
        return result

    return fit(run, model, loss_of, evaluate)


def train(run: Run, pool: int = kemar_targets.POOL) -> tuple[Dense, dict[str, float]]:
    """Fits both stages. Gives the model and its figures."""
    torch.manual_seed(run.seed)
    targets, _, held = kemar_targets.prepare(run.seed, pool)
    model = build()
    warp_steps = max(2, int(run.steps * WARP_SHARE))
    train_warp(replace(run, name=f'{run.name}-warp', steps=warp_steps, report_every=max(1, warp_steps // 4)), model,
               targets, held)
    for parameter in model.warp.parameters():
        parameter.requires_grad_(False)
    if run.stop is not None and run.stop <= warp_steps:
        return model, {}
    gain_steps = run.steps - warp_steps
    stop = None if run.stop is None else run.stop - warp_steps
    return model, train_gain(replace(run, name=f'{run.name}-gain', steps=gain_steps, stop=stop), model,
                             kemar_targets.pool_responses(run.seed, pool), held)
