# SPDX-License-Identifier: MIT
"""Recipe kemar-field: form C on an anechoic dummy head, fitted to responses rather than to sound.

SVD of the aligned responses gives the first bases; then everything is fitted to log-spectral distance, complex error
(weighted for speech, and relative), delays, levels, and what is heard of both ears' differences. The columns of the
distance and facing features are zero and stay so: the measurement has neither.
"""
from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from . import itd, kemar, kemar_targets
from .features import field_features
from .field import DELAY_LIMIT_S, GAIN_LIMIT, Field
from .frames import RATE_HZ
from .kemar_targets import MEASURED_AT_M, Targets
from .losses import band_ild_db, complex_error, lsd_db, magnitude, speech_weight
from .loop import Run, fit

HIDDEN, BASES = 80, 16
BATCH = 128
LEAD_FRAMES = 8
EAR_M = 0.1
"""At this half distance the straight lines leave the least interaural delay to learn (1.6 frames rms)."""
OFFSET_FRAMES = 13.05
POLISH_SHARE = 0.25
LAG_CLAMP_FRAMES = 4.0
UNSEEN = slice(3, 8)
"""1/r, ln r and the three facing features."""


def build(train: kemar.Responses) -> Field:
    """A field whose bases are the strongest components of the training responses."""
    model = Field(HIDDEN, BASES, kemar_targets.TAPS)
    filters = train.filters[:, :, :kemar_targets.TAPS].reshape(-1, kemar_targets.TAPS)
    _, strength, shapes = np.linalg.svd(filters, full_matrices=False)
    with torch.no_grad():
        scaled = shapes[:BASES] * strength[:BASES, None] / math.sqrt(len(filters))
        model.basis.copy_(torch.from_numpy(scaled.astype(np.float32)))
        model.ears.copy_(torch.tensor([[-EAR_M, 0, 0], [EAR_M, 0, 0]]))
        model.offset_s.fill_(OFFSET_FRAMES / RATE_HZ)
        model.range.copy_(torch.tensor(kemar_targets.RANGE_M))
        model.mlp[0].weight[:, UNSEEN] = 0
    return model


def render(model: Field, features: Tensor, geometric_s: Tensor, turn: tuple[Tensor, Tensor]) -> tuple[Tensor, ...]:
    """Aligned responses re, im [n, 2, 129] and delays [n, 2] frames. turn: cos, sin [taps, 129]."""
    o = model.outputs(features)
    r = model.basis.shape[0]
    w = torch.stack((o[:, :r], o[:, r:2 * r]), 1)
    gains = w * torch.exp(GAIN_LIMIT * torch.tanh(o[:, 2 * r + 2:] / GAIN_LIMIT)).unsqueeze(-1)
    delays = model.offset_s + geometric_s + DELAY_LIMIT_S * torch.tanh(o[:, 2 * r:2 * r + 2])
    return gains @ (model.basis @ turn[0]), gains @ (model.basis @ turn[1]), delays * RATE_HZ


def train(run: Run, pool: int = kemar_targets.POOL) -> tuple[Field, dict[str, float]]:
    """Fits the model. Gives it and its figures on training and held-out measurements."""
    torch.manual_seed(run.seed)
    targets, seen, held = kemar_targets.prepare(run.seed, pool)
    model = build(kemar.shortened(kemar.split(kemar.load())[0], kemar_targets.TAPS))
    hz, band = kemar_targets.bins(), kemar_targets.judged()
    weight, envelopes = speech_weight(hz), itd.Envelopes()
    angle = -2 * math.pi / RATE_HZ * torch.outer(torch.arange(kemar_targets.TAPS), hz)
    turn = torch.cos(angle), torch.sin(angle)

    def view(t: Targets) -> tuple[Tensor, Tensor]:
        head_pos = t.directions * MEASURED_AT_M
        features = field_features(head_pos, -t.directions, model.range)
        features[:, UNSEEN] = 0
        return features, model.geometric_s(head_pos)

    taught = targets.pick(torch.arange(0, len(targets.directions), 40))
    judged = {'taught': taught, 'train': seen, 'held': held}
    views = {'all': view(targets), **{name: view(t) for name, t in judged.items()}}

    def loss_of(generator: torch.Generator, speech: float = 30.0) -> Tensor:
        index = torch.randint(len(targets.directions), (BATCH,), generator=generator)
        want = targets.pick(index)
        re, im, delays = render(model, views['all'][0][index], views['all'][1][index], turn)
        true = magnitude(want.re, want.im)[..., band]
        got = magnitude(re, im)[..., band]
        d_re, d_im = re - want.re, im - want.im
        power = want.re.square() + want.im.square()
        off = (kemar_targets.levels(re.square() + im.square()) - kemar_targets.levels(power)).abs()
        relative = (magnitude(d_re, d_im)[..., band] / (true + 1e-3)).clamp_max(4).mean()
        late = delays - want.delays
        heard = envelopes(re, im, delays).late_by(want.lags).clamp(-LAG_CLAMP_FRAMES, LAG_CLAMP_FRAMES)
        ild = (band_ild_db(got.square()) - band_ild_db(true.square())).abs().mean()
        return (lsd_db(torch.log(got / true)) + 0.5 * relative + speech * complex_error(d_re, d_im, power, weight)
                + 0.2 * late.abs().mean() + 0.2 * (late[:, 0] - late[:, 1]).abs().mean() + 0.2 * ild
                + 0.5 * off.mean(dim=(0, 1)) @ kemar_targets.LEVEL_WEIGHTS + 0.5 * heard.abs().mean())

    def evaluate() -> dict[str, float]:
        result: dict[str, float] = {}
        for name, want in judged.items():
            re, im, delays = render(model, *views[name], turn)
            result |= kemar_targets.figures(re, im, delays, want, name)
            power = want.re.square() + want.im.square()
            error = complex_error(re - want.re, im - want.im, power, weight)
            result[f'{name}_speech_error_db'] = 10 * math.log10(float(error))
        return result

    figures = fit(run, model, loss_of, evaluate)
    if run.stop is not None and run.stop < run.steps:
        return model, figures
    # Form A agrees with its targets more closely than this; the two are to sound alike.
    last = replace(run, name=f'{run.name}-polish', steps=max(2, int(run.steps * POLISH_SHARE)), rate=run.rate / 3,
                   stop=None)
    figures = fit(last, model, lambda generator: loss_of(generator, 120.0), evaluate)
    model.orthogonalise()
    return model, figures
