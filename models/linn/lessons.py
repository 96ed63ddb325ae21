# SPDX-License-Identifier: MIT
"""Teaching form A pose by pose: what a teacher (a measurement, or form C) answers, without any sound.

First the warp network learns what geometry leaves of the delays, so that a response's onset is where the warp reads.
Then, with the warp fixed, the corrector learns the complex gain that is left. The gain must be a short filter for form
B: the frequency encoding's octaves above the sixth, which only longer filters need, have zero columns that stay zero,
and what form B's window takes of the gain's impulse response is penalised. Older rows have zero columns, too: a teacher
answers for one pose, and a warp without memory follows a moving one without lag.
"""
from __future__ import annotations

import math
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from . import itd
from .dense import GAIN_LIMIT, Dense
from .features import frequency_features, pose_features
from .frames import HEAD_CENTRE, RATE_HZ, like, mouth_from_ears, unit_quaternion
from .losses import TINY, lsd_db, speech_weight
from .loop import Run, fit
from .warp import geometric_field, rows_in_range

GUARD_FRAMES = 8
"""Of the teacher's filters; the warp takes them in, so that the gain's response begins at zero."""
FIR_TAPS, FIR_RISE, FIR_FALL = 76, 4, 12
"""Of form B's window (src/render/pn_linn_fir.c)."""
LEAK_BINS = 257
"""Twice as many as form B asks at: on its own grid what rings longer folds back into the window, and is not seen."""
POSES, POINTS = 64, 40
LEAK_POSES = 6
LAG_POSES = 16
LAG_WEIGHT = 1.5
LAG_CLAMP_FRAMES = 4.0
WARP_BATCH = 256
WARP_SHARE = 0.3
"""Of the steps go to the warp."""
ROUNDS = ((0.22, 0.5, 160.0), (0.18, 0.3, 480.0))
"""Polishing: (share of the steps, share of the rate, weight on what form B would lose)."""
FIRST = (1.0, 30.0, 120.0)
"""Weights on the spectral distance, the error where speech is, and what form B would lose, before polishing."""
OCTAVES_KEPT = 7
GRID_HZ = itd.STEP_HZ
JUDGED_HZ = torch.arange(200, 16000, 46.875)


@dataclass
class Lessons:
    """rows [N, 7]; filters [N, 2, L] with GUARD_FRAMES before their onset; delays [N, 2] frames from the mouth; whole
    [N, 2, M]: whose levels are wanted, where the filters were shortened."""

    rows: Tensor
    filters: Tensor
    delays: Tensor
    whole: Tensor

    def pick(self, index: Tensor) -> Lessons:
        """Some of them."""
        return Lessons(self.rows[index], self.filters[index], self.delays[index], self.whole[index])


def keep_zero(parameter: torch.nn.Parameter, keep: Tensor) -> None:
    """Entries where keep is 0 become zero and stay so."""
    with torch.no_grad():
        parameter.mul_(keep)
    parameter.register_hook(lambda gradient: gradient * keep)


def close_columns(model: Dense, facing_counts: bool) -> None:
    """Shuts what the lessons say nothing about; without facing also the quaternion's columns."""
    for i, conv in enumerate(model.warp.conv):
        keep = torch.ones_like(conv.weight)
        keep[:, :, 0] = 0
        if i == 0 and not facing_counts:
            keep[:, 3:] = 0
        keep_zero(conv.weight, keep)
    keep = torch.ones_like(model.freq[0].weight)
    keep[:, 1 + 2 * OCTAVES_KEPT:] = 0
    keep_zero(model.freq[0].weight, keep)
    if not facing_counts:
        keep = torch.ones_like(model.pose[0].weight)
        keep[:, 3:7] = 0
        keep_zero(model.pose[0].weight, keep)


def reads(model: Dense, rows: Tensor) -> Tensor:
    """How many frames ago the warp reads, [N, 2], standing still."""
    seen = rows_in_range(rows, model.mouth, model.range)
    return -geometric_field(rows, model.mouth, model.offset_s) - model.warp(seen.unsqueeze(1)).squeeze(1)


def late_error(model: Dense, lessons: Lessons) -> Tensor:
    """Frames that the warp reads late, [N, 2]."""
    return reads(model, lessons.rows) - lessons.delays - GUARD_FRAMES


def delay_figures(model: Dense, lessons: Lessons) -> dict[str, float]:
    """ITD error in us and delay error in frames of the warp alone."""
    late = late_error(model, lessons)
    return {'warp_itd_us': float((late[:, 0] - late[:, 1]).abs().mean() / 0.048),
            'warp_delay_frames': float(late.abs().mean())}


def teach_warp(run: Run, model: Dense, lessons: Lessons, unseen: Lessons) -> dict[str, float]:
    """The delays, by mean absolute error, the interaural one counted twice."""
    def loss_of(generator: torch.Generator) -> Tensor:
        late = late_error(model, lessons.pick(torch.randint(len(lessons.rows), (WARP_BATCH,), generator=generator)))
        return late.abs().mean() + 2 * (late[:, 0] - late[:, 1]).abs().mean()

    return fit(run, model.warp, loss_of, lambda: delay_figures(model, unseen))


def poses_of(model: Dense, rows: Tensor) -> Tensor:
    """Pose features of rows, [N, 19]."""
    return pose_features(mouth_from_ears(rows, model.mouth), unit_quaternion(rows[:, 3:]), model.range)


def gains(model: Dense, poses: Tensor, codes: Tensor) -> tuple[Tensor, Tensor]:
    """Log gain (nepers) and phase (radians), [N, 2, F] each."""
    o = model.outputs(poses, codes).transpose(1, 2)
    return GAIN_LIMIT * torch.tanh(o[:, 0::2] / GAIN_LIMIT), o[:, 1::2]


def wanted(filters: Tensor, late: Tensor, hz: Tensor) -> tuple[Tensor, Tensor]:
    """What the gain should be, re, im [N, 2, F]: the filter without its guard, after a warp that is `late` [N, 2]."""
    taps = torch.arange(filters.shape[-1]) - GUARD_FRAMES
    angle = -2 * math.pi / RATE_HZ * torch.outer(taps, hz)
    re, im = filters @ torch.cos(angle), filters @ torch.sin(angle)
    ramp = 2 * math.pi / RATE_HZ * late.unsqueeze(-1) * hz
    c, s = torch.cos(ramp), torch.sin(ramp)
    return re * c - im * s, re * s + im * c


def lags_of(lessons: Lessons) -> Tensor:
    """Interaural lags of what is taught, [N] frames (itd.Cross)."""
    envelopes = itd.Envelopes()
    found = []
    for filters, delays in zip(lessons.filters.split(512), lessons.delays.split(512)):
        z = torch.view_as_real(torch.fft.rfft(filters, itd.FRAMES))
        found.append(envelopes(z[..., 0], z[..., 1], delays).lags())
    return torch.cat(found)


def power_of(filters: Tensor, hz: Tensor) -> Tensor:
    """[N, 2, L] -> [N, 2, F]"""
    angle = 2 * math.pi / RATE_HZ * torch.outer(torch.arange(filters.shape[-1]), hz)
    return (filters @ torch.cos(angle)).square() + (filters @ torch.sin(angle)).square()


def fir_window() -> Tensor:
    """[FIR_TAPS] of form B: half-Hann over the first and the last, flat between."""
    rise = lambda over: torch.sin(math.pi / 2 * (torch.arange(over) + 0.5) / over).square()
    return torch.cat((rise(FIR_RISE), torch.ones(FIR_TAPS - FIR_RISE - FIR_FALL), rise(FIR_FALL).flip(0)))


def outside_taps(a: Tensor, phi: Tensor, weight: Tensor) -> Tensor:
    """Energy that a gain loses by form B's window, relative, weighted over frequency.

    a (nepers), phi [..., LEAK_BINS] at even steps from 0 to 24 kHz -> [...]. At DC and Nyquist only the gain's real
    part counts, as in both forms.
    """
    re, im = torch.exp(a) * torch.cos(phi), torch.exp(a) * torch.sin(phi)
    h = torch.roll(torch.fft.irfft(torch.complex(re, im)), GUARD_FRAMES, -1)
    window = torch.nn.functional.pad(fir_window(), (0, h.shape[-1] - FIR_TAPS))
    lost = torch.fft.rfft(h * (1 - window))
    power = (re.square() + im.square()) * weight
    return ((lost.real.square() + lost.imag.square()) * weight).sum(-1) / (power.sum(-1) + TINY)


def teach_gain(run: Run, model: Dense, lessons: Lessons, unseen: Lessons,
               weights: tuple[float, float, float] = FIRST) -> dict[str, float]:
    """The complex gain beyond the warp."""
    with torch.no_grad():
        late, late_unseen = late_error(model, lessons), late_error(model, unseen)
        poses, poses_unseen = poses_of(model, lessons.rows), poses_of(model, unseen.rows)
    grid = torch.arange(129) * GRID_HZ
    codes, weight = frequency_features(grid), speech_weight(grid)
    low, envelopes = codes[:itd.LOW_BINS], itd.Envelopes()
    fine = torch.linspace(0, RATE_HZ / 2, LEAK_BINS)
    fine_codes, fine_weight = frequency_features(fine), speech_weight(fine)
    lag = lags_of(lessons)
    true_re, true_im = wanted(unseen.filters, late_unseen, grid)
    reads_unseen = unseen.delays + GUARD_FRAMES + late_unseen
    judged_codes = frequency_features(JUDGED_HZ)
    judged = 0.5 * torch.log(power_of(unseen.whole, JUDGED_HZ) + 1e-9)

    def loss_of(generator: torch.Generator) -> Tensor:
        index = torch.randint(len(poses), (POSES,), generator=generator)
        u = torch.rand(POINTS, generator=generator)
        hz = torch.cat((200 + 15800 * u[:30], 16000 + 8000 * u[30:32], 2500 * u[32:]))
        want_re, want_im = wanted(lessons.filters[index], late[index], hz)
        power = want_re.square() + want_im.square() + 1e-7
        a, phi = gains(model, poses[index], frequency_features(hz))
        d_re, d_im = torch.exp(a) * torch.cos(phi) - want_re, torch.exp(a) * torch.sin(phi) - want_im
        lost = d_re.square() + d_im.square()
        relative = torch.sqrt(lost / power + 1e-4).clamp_max(3)
        level = 0.5 * torch.log(power_of(lessons.whole[index], hz[:30]) + 1e-7)
        spectral = lsd_db(a[..., :30] - level)
        speech = (lost[..., 32:].sum(-1) / power[..., 32:].sum(-1)).mean()
        outside = outside_taps(*gains(model, poses[index[:LEAK_POSES]], fine_codes), fine_weight).mean()
        few = index[LEAK_POSES:LEAK_POSES + LAG_POSES]
        a, phi = gains(model, poses[few], low)
        heard = envelopes(torch.exp(a) * torch.cos(phi), torch.exp(a) * torch.sin(phi), lessons.delays[few] + late[few])
        lags = heard.late_by(lag[few]).clamp(-LAG_CLAMP_FRAMES, LAG_CLAMP_FRAMES).abs().mean()
        return (weights[0] * spectral + 2 * relative[..., :30].mean() + 0.3 * relative[..., 30:32].mean()
                + weights[1] * speech + weights[2] * outside + LAG_WEIGHT * lags)

    true_lags = itd.lags(true_re, true_im, reads_unseen)

    def evaluate() -> dict[str, float]:
        a, phi = gains(model, poses_unseen, codes)
        re, im = torch.exp(a) * torch.cos(phi), torch.exp(a) * torch.sin(phi)
        power = true_re.square() + true_im.square()
        band = slice(2, 86)
        lsd = lsd_db(gains(model, poses_unseen, judged_codes)[0] - judged)
        error = (((re - true_re).square() + (im - true_im).square()) * weight).sum(-1) / (power * weight).sum(-1)
        level = 10 * torch.log10(((re.square() + im.square())[..., band]).sum(-1) / power[..., band].sum(-1))
        return {'lsd_db': float(lsd), 'ild_db': float((level[:, 0] - level[:, 1]).abs().mean()),
                'itd_us': float(itd.error_us((re, im, reads_unseen), true_lags).mean()),
                'speech_error_db': 10 * math.log10(float(error.mean())),
                'outside_db': 10 * math.log10(float(
                    outside_taps(*gains(model, poses_unseen, fine_codes), fine_weight).mean()))}

    return fit(run, model, loss_of, evaluate)


def teach(run: Run, model: Dense, lessons: Lessons, unseen: Lessons,
          polish: tuple[float, float], rounds: int = len(ROUNDS)) -> dict[str, float]:
    """The stages one after the other; run.steps counts those of the warp and of the first round of the gain.

    polish: the first two weights of FIRST, for so many of the ROUNDS after it.
    """
    warp_steps = max(2, int(run.steps * WARP_SHARE))
    figures = teach_warp(replace(run, name=f'{run.name}-warp', steps=warp_steps, rate=2 * run.rate,
                                 report_every=max(1, warp_steps // 4)), model, lessons, unseen)
    if run.stop is not None and run.stop <= warp_steps:
        return figures
    for parameter in model.warp.parameters():
        parameter.requires_grad_(False)
    stop = None if run.stop is None else run.stop - warp_steps
    gain = replace(run, name=f'{run.name}-gain', steps=run.steps - warp_steps, stop=stop)
    figures |= teach_gain(gain, model, lessons, unseen)
    if stop is not None and stop < gain.steps:
        return figures
    for i, (share, factor, outside) in enumerate(ROUNDS[:rounds]):
        last = replace(run, name=f'{run.name}-polish{i or ""}', steps=max(2, int(run.steps * share)),
                       rate=run.rate * factor, stop=None)
        figures |= teach_gain(last, model, lessons, unseen, (*polish, outside))
    return figures


def row_of(p: Tensor, q: Tensor) -> Tensor:
    """Rows [N, 7] of mouths at p (from midway between the ears, data set axes) for a model whose mouth is zero."""
    return torch.cat((p + like(HEAD_CENTRE, p), q), -1)
