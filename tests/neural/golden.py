# SPDX-License-Identifier: MIT
"""What the metrics of `pinna eval` should say about signals that anybody can make: an independent second opinion.

    /usr/bin/python3 tests/neural/golden.py > tests/neural/golden.json

Needs numpy and scipy (Debian: python3-scipy). Everything is written from the definitions with numpy's and scipy's own
transforms, filters and resampler, in double precision, and shares no line with the JavaScript that it checks. The
signals are integer noise through a one-pole filter, so that both languages make the same samples to the last bit.
"""
from __future__ import annotations

import json
import sys

import numpy as np
from scipy.signal import butter, get_window, hilbert, resample_poly, sosfilt

Ears = np.ndarray


def noise(seed: int, frames: int) -> np.ndarray:
    """Uniform noise in [-1, 1) by a linear congruence modulo 2^32."""
    out = np.empty(frames)
    state = seed
    for n in range(frames):
        state = (state * 1664525 + 1013904223) % 2**32
        out[n] = state / 2147483648 - 1
    return out


def smoothed(x: np.ndarray) -> np.ndarray:
    """One pole at 0.75."""
    out = np.empty_like(x)
    last = 0.0
    for n, sample in enumerate(x):
        last = 0.75 * last + 0.25 * sample
        out[n] = last
    return out


def delayed(x: np.ndarray, frames: int) -> np.ndarray:
    return np.concatenate([np.zeros(frames), x[: len(x) - frames]])


def recordings(frames: int) -> tuple[Ears, Ears]:
    """A reference and an output [2, frames]: one sound that swells, later and quieter at one ear, with a pause."""
    n = np.arange(frames)
    swell = 0.05 + 0.95 * np.abs((n % 12000) / 6000 - 1)
    swell[(n >= 20000) & (n < 26000)] *= 0.0001
    sound = smoothed(noise(1, frames)) * swell
    hiss = noise(2, frames) * 0.001
    other = noise(3, frames) * 0.002
    reference = np.stack([sound + hiss, 0.625 * delayed(sound, 13) + hiss])
    output = np.stack([0.875 * delayed(sound, 2) + other, 0.75 * delayed(sound, 9)])
    return reference.astype(np.float32).astype(float), output.astype(np.float32).astype(float)


def responses(frames: int) -> tuple[Ears, Ears]:
    """Two pairs of decaying responses [2, frames]."""
    def response(seed: int, onset: int, gain: float) -> np.ndarray:
        decay = gain / (1 + np.arange(frames) / 8) ** 2
        return delayed(noise(seed, frames) * decay, onset)

    reference = np.stack([response(11, 30, 1.0), response(12, 47, 0.5)])
    error = np.stack([response(13, 30, 0.125), response(14, 47, 0.125)])
    output = np.stack([delayed(reference[0], 1), reference[1]]) * 0.875 + error
    return reference.astype(np.float32).astype(float), output.astype(np.float32).astype(float)


def stft(x: Ears, size: int, hop: int, window: int) -> np.ndarray:
    """[2, frames, size / 2 + 1], centred, reflected."""
    taper = np.zeros(size)
    begin = (size - window) // 2
    taper[begin: begin + window] = get_window("hann", window, fftbins=True)
    padded = np.pad(x, ((0, 0), (size // 2, size // 2)), mode="reflect")
    starts = np.arange(0, x.shape[1] + 1, hop)
    return np.stack([np.fft.rfft(padded[:, s: s + size] * taper) for s in starts], axis=1)


def angle_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.abs(np.angle(np.exp(1j * (np.angle(a) - np.angle(b)))))


def binaural_speech(y: Ears, p: Ears) -> dict[str, float]:
    a, b = stft(y, 2048, 480, 1920), stft(p, 2048, 480, 1920)
    loud_a, loud_b = np.abs(a.real) + np.abs(a.imag), np.abs(b.real) + np.abs(b.imag)
    threshold = 0.2 * loud_a.mean()
    keep = (loud_a > threshold) & (loud_b > threshold)
    return {
        "l2x1000": 1000 * np.mean((y - p) ** 2),
        "amplitude": np.mean(np.abs(np.abs(a) - np.abs(b))),
        "phaseRad": angle_between(a, b)[keep].mean(),
    }


def mrstft(y: Ears, p: Ears) -> dict[str, float]:
    convergence, log = [], []
    for shape in [(1024, 120, 600), (2048, 240, 1200), (512, 50, 240)]:
        a, b = (np.sqrt(np.maximum(np.abs(stft(x, *shape)) ** 2, 1e-8)) for x in (y, p))
        convergence.append(np.linalg.norm(a - b) / np.linalg.norm(a))
        log.append(np.mean(np.abs(np.log(a) - np.log(b))))
    return {
        "mrstft": np.mean(convergence) + np.mean(log),
        "mrstftConvergence": np.mean(convergence),
        "mrstftLog": np.mean(log),
    }


def lag_of(left: np.ndarray, right: np.ndarray, rate: int, white: bool) -> float:
    """Microseconds by which the left ear is later."""
    size = 1
    while size < 2 * len(left):
        size *= 2
    cross = np.fft.rfft(left, size) * np.conj(np.fft.rfft(right, size))
    cross[-1] = 0
    if white:
        weight = np.abs(cross)
        heard = weight > 1e-12 * weight.max()
        cross = np.where(heard, cross / np.where(heard, weight, 1), 0)
    fine = np.fft.irfft(cross, 4 * size)
    most = round(0.001 * rate * 4)
    lags = np.arange(-most, most + 1)
    return 1e6 * lags[np.argmax(fine[lags])] / (4 * rate)


def interaural(y: Ears, p: Ears, rate: int) -> dict[str, float]:
    frame, hop = round(0.04 * rate), round(0.02 * rate)
    starts = range(0, y.shape[1] - frame + 1, hop)
    energy = [np.mean(y[:, s: s + frame] ** 2, axis=1).sum() for s in starts]
    ratio = lambda x: np.subtract(*(10 * np.log10(np.mean(x**2, axis=1) + 1e-10)))
    level, plain, phat = [], [], []
    for s, e in zip(starts, energy):
        if e > 1e-4 * max(energy):
            a, b = y[:, s: s + frame], p[:, s: s + frame]
            level.append(abs(ratio(a) - ratio(b)))
            plain.append(abs(lag_of(*a, rate, False) - lag_of(*b, rate, False)))
            phat.append(abs(lag_of(*a, rate, True) - lag_of(*b, rate, True)))
    return {
        "ildDb": np.mean(level),
        "itdUs": np.mean(plain),
        "itdPhatUs": np.mean(phat),
        "energyRatioDb": abs(ratio(y) - ratio(p)),
    }


def stft_distance(y: Ears, p: Ears, rate: int) -> dict[str, float]:
    a, b = (stft(resample_poly(x, 16000, rate, axis=1), 512, 160, 400) for x in (y, p))
    difference = a - b
    parts = np.stack([difference.real, difference.imag])
    return {
        "stft": sum(np.mean(parts[:, e] ** 2) for e in (0, 1)),
        "magCoded": sum(np.mean(np.abs(difference[e]) ** 2) for e in (0, 1)),
        "magNamed": sum(np.mean((np.abs(a[e]) - np.abs(b[e])) ** 2) for e in (0, 1)),
        "dPhaseRad": angle_between(a[0] - a[1], b[0] - b[1]).mean(),
    }


def envelope(y: Ears, p: Ears) -> dict[str, float]:
    return {"env": sum(np.sqrt(np.mean((np.abs(hilbert(y[e])) - np.abs(hilbert(p[e]))) ** 2)) for e in (0, 1))}


def snr(y: Ears, p: Ears) -> dict[str, float]:
    y, p = y / np.abs(y).max(), p / np.abs(p).max()
    return {"snrDb": 10 * np.log10((np.mean(y**2) + 1e-4) / (np.mean((y - p) ** 2) + 1e-4))}


def hrtf(y: Ears, p: Ears, rate: int) -> dict[str, float]:
    size = 1024
    while size < y.shape[1]:
        size *= 2
    hz = np.fft.rfftfreq(size, 1 / rate)
    level = lambda h: np.maximum(20 * np.log10(np.abs(h)), -200)

    def band(low: float, high: float) -> list[tuple[np.ndarray, np.ndarray]]:
        keep = (hz >= low - 1e-6) & (hz <= high + 1e-6)
        return [(np.fft.rfft(y[e], size)[keep], np.fft.rfft(p[e], size)[keep]) for e in (0, 1)]

    lsd = lambda pairs: np.mean([np.sqrt(np.mean((level(a) - level(b)) ** 2)) for a, b in pairs])
    narrow = band(200, 16000)

    def itd(x: Ears) -> float:
        length = 2
        while length < 2 * x.shape[1]:
            length *= 2
        sections = butter(10, 3000, fs=rate, output="sos")
        padded = np.zeros((2, length))
        padded[:, : x.shape[1]] = x
        envelopes = np.abs(hilbert(sosfilt(sections, padded)))
        envelopes[:, length // 2:] = 0
        cross = np.fft.rfft(envelopes[0]) * np.conj(np.fft.rfft(envelopes[1]))
        cross[-1] = 0
        fine = np.fft.irfft(cross, 8 * length)
        most = int(0.0015 * rate * 8)
        lags = np.arange(-most, most + 1)
        return 1e6 * lags[np.argmax(fine[lags])] / (8 * rate)

    ild = lambda x: np.subtract(*(10 * np.log10(np.sum(x**2, axis=1))))
    return {
        "lsdDb": lsd(narrow),
        "lsdWideDb": lsd(band(20, 20000)),
        "sdeDb": np.mean([np.mean(np.abs(level(a) - level(b))) for a, b in narrow]),
        "lreComplexDb": np.mean([np.mean(level(a - b) - level(a)) for a, b in narrow]),
        "lreRelative": sum(np.sum(np.abs(level(a) - level(b))) for a, b in narrow)
        / sum(np.sum(np.abs(level(a))) for a, _ in narrow),
        "rmse": np.sqrt(np.mean((y - p) ** 2)),
        "mae": np.mean(np.abs(y - p)),
        "sdrDb": 10 * np.log10(np.sum(y**2) / np.sum((y - p) ** 2)),
        "pcc": np.mean([np.corrcoef(np.abs(a), np.abs(b))[0, 1] for a, b in narrow]),
        "itdDifferenceUs": abs(itd(y) - itd(p)),
        "ildDifferenceDb": abs(ild(y) - ild(p)),
    }


def main() -> None:
    cases = []
    # A length without small factors: the envelope transforms the whole of it.
    for rate, frames in [(48000, 50021), (44100, 40000)]:
        y, p = recordings(frames)
        cases.append({"kind": "recordings", "sampleRateHz": rate, "frames": frames, "metrics": {
            **binaural_speech(y, p), **mrstft(y, p), **interaural(y, p, rate), **stft_distance(y, p, rate),
            **envelope(y, p), **snr(y, p)}})
    y, p = responses(700)
    cases.append({"kind": "responses", "sampleRateHz": 48000, "frames": 700, "metrics": hrtf(y, p, 48000)})
    json.dump(cases, sys.stdout, indent=1, default=float)
    print()


main()
