# SPDX-License-Identifier: MIT
"""What a room and a chain do to a talker, offline: image sources through a measured head, a diffuse tail, colouration.

    y_e(t) = sum over images of (1 / r_i) [A_e(d_i) * walls_i * directivity_i * x](t - r_i / c - tau_e(d_i)) + late_e(t)

The direct sound is read from the signal at exact, continuously moving delays (32-point Kaiser sinc) and then filtered;
reflections are responses that change from block to block under overlapping windows [Allen and Berkley 1979]. One head
in one place of one room, as in the data set that this imitates.
"""
from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.signal import butter, fftconvolve, lfilter, sosfilt

from . import kemar
from .frames import RATE_HZ, ROW_FRAMES, SOUND_M_S

HOP = 512
FFT = 256
GUARD = 8
EARLY_FRAMES = 2048
CHUNK = 8192
ROOM_M = (5.6, 2.8, 4.3)
"""Width (x), height (y), depth (z)."""
HEAD_M = (2.5, 1.45, 2.3)
"""The head's centre from the corner at the left, floor and front; it faces the front wall (-z)."""
WALLS = ((0.72, 0.55), (0.70, 0.50), (0.60, 0.30), (0.65, 0.35), (0.72, 0.50), (0.68, 0.45))
"""Pressure reflection at low and high frequencies: left, right, floor, ceiling, front, back."""
WALL_HZ = 2000.0
ORDER = 2
T60_S = ((250, 0.42), (1000, 0.36), (4000, 0.28), (12000, 0.2))
TAIL_FROM_S = 0.02
DIRECTIVITY_HZ = 1200.0
BEHIND_LOW, BEHIND_HIGH = 0.7, 0.18
"""Talker's pressure straight behind, relative to ahead."""


@dataclass
class Image:
    """Reflection count and sign per axis, and what its walls do: gain low, gain high."""

    flip: np.ndarray
    shift: np.ndarray
    low: float
    high: float


def images(order: int) -> list[Image]:
    """Image sources up to an order; the first is the source itself. Position of an image: flip * p + shift."""
    found = []
    for nx in range(-order, order + 1):
        for ny in range(-order, order + 1):
            for nz in range(-order, order + 1):
                if abs(nx) + abs(ny) + abs(nz) > order:
                    continue
                low = high = 1.0
                for axis, n in enumerate((nx, ny, nz)):
                    near, far = WALLS[2 * axis], WALLS[2 * axis + 1]
                    a, b = (abs(n) + 1) // 2, abs(n) // 2
                    first, second = (near, far) if n < 0 else (far, near)
                    low *= first[0] ** a * second[0] ** b
                    high *= first[1] ** a * second[1] ** b
                n = np.array((nx, ny, nz))
                flip = np.where(n % 2 == 0, 1.0, -1.0)
                # In room axes, an even image is p + n L, an odd one (n + 1) L - p.
                shift = np.where(n % 2 == 0, n, n + 1) * np.array(ROOM_M)
                found.append(Image(flip, shift, low, high))
    found.sort(key=lambda image: (image.low != 1.0, -image.low))
    return found


def shelf(low: np.ndarray, high: np.ndarray, corner_hz: float) -> np.ndarray:
    """Causal first-order responses [..., 129] from a low to a high gain: high + (low - high) / (1 + s / w)."""
    w = np.exp(-2 * np.pi * corner_hz / RATE_HZ)
    z = np.exp(-2j * np.pi * np.arange(FFT // 2 + 1) / FFT)
    low_pass = (1 - w) / (1 - w * z)
    return np.asarray(high)[..., None] + (np.asarray(low) - np.asarray(high))[..., None] * low_pass


def sinc_read(x: np.ndarray, at: np.ndarray, points: int = 32) -> np.ndarray:
    """x between its samples at positions `at`, zero outside; Kaiser (beta 9) sinc from a table of 512 phases."""
    phases = 512
    n = np.arange(points) - points // 2 + 1
    offsets = np.arange(phases + 1)[:, None] / phases
    distance = n[None] - offsets
    table = np.sinc(distance) * np.i0(9 * np.sqrt(np.maximum(1 - (distance / (points / 2)) ** 2, 0))) / np.i0(9)
    padded = np.concatenate((np.zeros(points), x, np.zeros(points)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, points)
    low = np.floor(at).astype(np.int64)
    phase = (at - low) * phases
    a = np.floor(phase).astype(np.int64)
    b = (phase - a)[:, None]
    start = np.clip(low + points - points // 2 + 1, 0, len(windows) - 1)
    out = np.empty(len(at))
    for part in np.array_split(np.arange(len(at)), max(1, len(at) // CHUNK)):
        kernel = (1 - b[part]) * table[a[part]] + b[part] * table[np.minimum(a[part] + 1, phases)]
        out[part] = np.einsum('np,np->n', windows[start[part]], kernel)
    return out


def chunks(x: np.ndarray) -> list[np.ndarray]:
    """Pieces that fit the cache."""
    return np.array_split(x, max(1, len(x) // 64))


class Room:
    """The head and its room; fixed, whatever is said in it."""

    def __init__(self, anechoic: bool) -> None:
        head = kemar.load()
        self.teacher = kemar.Teacher(head)
        self.spectra = head.spectra().astype(np.complex64)
        self.delays = head.delays
        self.images = images(0 if anechoic else ORDER)
        self.walls = np.stack([shelf(np.float64(i.low), np.float64(i.high), WALL_HZ) for i in self.images])
        self.anechoic = anechoic
        rng = np.random.default_rng(77)
        self.tail = None if anechoic else diffuse_tail(rng)

    def paths(self, mouth: np.ndarray, forward: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Spectra [n, images, 2, 129] (guard included) and delays [n, images, 2] in frames, of mouths [n, 3]."""
        flip = np.stack([i.flip for i in self.images])
        shift = np.stack([i.shift for i in self.images])
        at = np.array(HEAD_M)
        seen = flip * (mouth[:, None] + at) + shift - at
        r = np.linalg.norm(seen, axis=-1)
        d = seen / r[..., None]
        corners, weights = self.teacher.weights(d.reshape(-1, 3))
        shape = (*d.shape[:2], 2)
        spectra = np.einsum('nc,ncek->nek', weights.astype(np.float32), self.spectra[corners]).reshape(*shape, -1)
        delays = np.einsum('nc,nce->ne', weights, self.delays[corners]).reshape(shape)
        ahead = -(flip * forward[:, None] * d).sum(-1)
        back = 0.5 - 0.5 * ahead
        mouthpiece = shelf(1 + (BEHIND_LOW - 1) * back, 1 + (BEHIND_HIGH - 1) * back, DIRECTIVITY_HZ)
        gain = (self.walls[None] * mouthpiece / r[..., None]).astype(np.complex64)
        return spectra * gain[:, :, None], delays + r[..., None] * (RATE_HZ / SOUND_M_S)

    def listen(self, x: np.ndarray, mouth: np.ndarray, forward: np.ndarray) -> np.ndarray:
        """Both ears [2, T] of a talker x [T] who moves (rows at 120 Hz, head space)."""
        frames = len(x)
        blocks = frames // HOP + 2
        centres = np.minimum(np.arange(blocks) * HOP / ROW_FRAMES, len(mouth) - 1)
        pick = lambda v: np.stack([np.interp(centres, np.arange(len(v)), v[:, i]) for i in range(3)], -1)
        ahead = pick(forward)
        ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
        parts = [self.paths(*pair) for pair in zip(chunks(pick(mouth)), chunks(ahead))]
        spectra, delays = (np.concatenate(both) for both in zip(*parts))
        out = self.direct(x, spectra[:, 0], delays[:, 0])
        if not self.anechoic:
            out += self.reflected(x, spectra[:, 1:], delays[:, 1:])
            out += np.stack([fftconvolve(x, ear)[:frames] for ear in self.tail])
        return out

    def direct(self, x: np.ndarray, spectra: np.ndarray, delays: np.ndarray) -> np.ndarray:
        """The straight way: exact moving delays, then filters crossfaded from block to block."""
        frames, blocks = len(x), len(delays)
        out = np.zeros((2, (blocks + 2) * HOP))
        window = np.hanning(2 * HOP + 1)[:-1]
        for ear in range(2):
            delay = np.interp(np.arange(frames), np.arange(blocks) * HOP, delays[:, ear])
            read = sinc_read(x, np.arange(frames) - delay)
            padded = np.concatenate((np.zeros(HOP), read, np.zeros((blocks + 2) * HOP - frames)))
            cut = np.lib.stride_tricks.sliding_window_view(padded, 2 * HOP)[::HOP][:blocks] * window
            taps = np.fft.irfft(spectra[:, ear], FFT)
            wet = np.fft.irfft(np.fft.rfft(cut, 4 * HOP) * np.fft.rfft(taps, 4 * HOP), 4 * HOP)
            add_blocks(out[ear], wet)
        return out[:, HOP:HOP + frames]

    def reflected(self, x: np.ndarray, spectra: np.ndarray, delays: np.ndarray) -> np.ndarray:
        """The images beyond the first: a response per block."""
        frames, blocks = len(x), len(delays)
        padded = np.concatenate((np.zeros(HOP), x, np.zeros((blocks + 2) * HOP - frames)))
        cut = np.lib.stride_tricks.sliding_window_view(padded, 2 * HOP)[::HOP][:blocks] * np.hanning(2 * HOP + 1)[:-1]
        size = 2 * EARLY_FRAMES
        out = np.zeros((2, blocks * HOP + size))
        whole = np.floor(delays)
        ramp = np.exp(-2j * np.pi / FFT * np.arange(FFT // 2 + 1) * (delays - whole)[..., None])
        # Room for what the fraction smears ahead of the first tap.
        taps = np.roll(np.fft.irfft(spectra * ramp, FFT), 16, -1)
        start = whole.astype(int) - 16
        for block in range(blocks):
            response = np.zeros((2, EARLY_FRAMES + FFT))
            for image in range(delays.shape[1]):
                for ear in range(2):
                    at = start[block, image, ear]
                    if 0 <= at < EARLY_FRAMES:
                        response[ear, at:at + FFT] += taps[block, image, ear]
            wet = np.fft.irfft(np.fft.rfft(cut[block], size) * np.fft.rfft(response[:, :size - 2 * HOP], size), size)
            out[:, block * HOP:block * HOP + size] += wet
        return out[:, HOP:HOP + frames]


def add_blocks(out: np.ndarray, wet: np.ndarray) -> None:
    """Overlap-add of blocks [n, m] a hop apart, in place; what sticks out at the end is dropped."""
    for block, part in enumerate(wet):
        room = out[block * HOP:block * HOP + len(part)]
        room += part[:len(room)]


def diffuse_tail(rng: np.random.Generator) -> np.ndarray:
    """[2, T] noise that decays in octaves, its low frequencies alike at both ears as in a diffuse field."""
    frames = int(0.5 * RATE_HZ)
    t = np.arange(frames) / RATE_HZ
    common, *ears = rng.standard_normal((3, frames))
    tail = np.zeros((2, frames))
    edges = (60, 500, 2000, 7000, 18000)
    for (_, seconds), low, high in zip(T60_S, edges, edges[1:]):
        sos = butter(2, (low, high), 'bandpass', fs=RATE_HZ, output='sos')
        alike = np.exp(-((low * high) ** 0.5 / 500) ** 2)
        for ear in range(2):
            noise = np.sqrt(alike) * common + np.sqrt(1 - alike) * ears[ear]
            tail[ear] += sosfilt(sos, noise) * 10 ** (-3 * t / seconds)
    rise = np.clip((t - TAIL_FROM_S) / 0.02, 0, 1)
    return 0.009 * tail * rise


def close_microphone(x: np.ndarray) -> np.ndarray:
    """What the talker's own microphone, 5 cm from the mouth, records: 7 samples late, more presence, less low end."""
    late = np.concatenate((np.zeros(7), x[:-7]))
    y = sosfilt(butter(1, 90, 'highpass', fs=RATE_HZ, output='sos'), late)
    presence = sosfilt(butter(1, (2500, 6500), 'bandpass', fs=RATE_HZ, output='sos'), y)
    return y + 0.35 * presence


def ear_microphones(y: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """What the head's microphones add: a broad dip, a falling top, and pink noise 62 dB below full scale."""
    dip = sosfilt(butter(1, (600, 1500), 'bandpass', fs=RATE_HZ, output='sos'), y, axis=-1)
    coloured = y - 0.2 * dip
    coloured = 0.75 * coloured + 0.25 * sosfilt(butter(1, 7000, fs=RATE_HZ, output='sos'), coloured, axis=-1)
    white = rng.standard_normal(y.shape)
    pink = lfilter((0.049922, -0.095993, 0.050613, -0.004409), (1, -2.494956, 2.017266, -0.522190), white, axis=-1)
    return coloured + 10 ** (-62 / 20) * pink / np.sqrt(np.mean(pink ** 2)) * 0.3
