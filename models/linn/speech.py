# SPDX-License-Identifier: MIT
"""Talkers: espeak-ng reads random sentences with voices, pitches and speeds that differ between training and test.

espeak-ng speaks at 22.05 kHz; what lies above 10 kHz is noise that follows the loudness of the octave below, so that
the models hear the whole band.
"""
from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from scipy.io import wavfile
from scipy.signal import butter, resample_poly, sosfilt

RATE_HZ = 48000
VOICES = {
    'train': ('en-us+m1', 'en-us+m3', 'en-gb+f2', 'en-gb-x-rp+m2', 'en-us+f1', 'en-gb-scotland+m4', 'en-029+f4',
              'en-gb-x-gbclan+f3', 'en-us+m7', 'en-gb+m6'),
    'test': ('en-us+m5', 'en-gb+f5', 'en-gb-x-gbcwmd+m8', 'en-gb-x-rp+f1'),
}
SUBJECTS = ('the old farmer', 'a quiet teacher', 'my younger sister', 'the tall sailor', 'nobody in town', 'our guide',
            'a patient doctor', 'the gardener', 'every singer', 'the night watchman', 'a careful driver', 'the baker')
VERBS = ('carried', 'sold', 'remembered', 'painted', 'found', 'counted', 'borrowed', 'described', 'opened', 'forgot',
         'measured', 'watched', 'fixed')
OBJECTS = ('seven green boxes', 'the broken clock', 'a basket of fish', 'the shortest path', 'an empty jar',
           'the answer', 'thirty letters', 'a heavy suitcase', 'the yellow bridge', 'those photographs',
           'a chess board')
PLACES = ('near the river', 'before sunrise', 'in the kitchen', 'on the second floor', 'after the storm',
          'with great joy', 'behind the station', 'during the winter', 'at the harbour', 'for the first time',
          'under the table')


def sentence(rng: np.random.Generator) -> str:
    """A sentence that nobody has said before."""
    return f'{rng.choice(SUBJECTS)} {rng.choice(VERBS)} {rng.choice(OBJECTS)} {rng.choice(PLACES)}. '.capitalize()


def spoken(text: str, voice: str, speed: int, pitch: int) -> np.ndarray:
    """[T] at 48 kHz. Raises RuntimeError where espeak-ng is missing or fails."""
    program = shutil.which('espeak-ng')
    if program is None:
        raise RuntimeError('espeak-ng is missing: install Debian\'s package espeak-ng')
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'speech.wav'
        command = [program, '-v', voice, '-s', str(speed), '-p', str(pitch), '-w', str(path), text]
        done = subprocess.run(command, capture_output=True, check=False)
        if done.returncode != 0 or not path.exists():
            raise RuntimeError(f'espeak-ng failed: {done.stderr.decode(errors="replace").strip()}')
        rate, samples = wavfile.read(path)
    return resample_poly(samples.astype(np.float64) / 32768, RATE_HZ // 150, rate // 150)


def with_top(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Noise above 10 kHz, as loud as the octave below at each moment, less 4 dB."""
    band = sosfilt(butter(2, (5000, 10000), 'bandpass', fs=RATE_HZ, output='sos'), x)
    envelope = np.sqrt(np.maximum(sosfilt(butter(1, 60, fs=RATE_HZ, output='sos'), band * band), 0))
    noise = sosfilt(butter(4, 10000, 'highpass', fs=RATE_HZ, output='sos'), rng.standard_normal(len(x)))
    return x + 0.6 * envelope * noise


def talk(frames: int, split: str, rng: np.random.Generator) -> np.ndarray:
    """[frames] of one voice of a split, pauses included; rms 0.05 over the whole."""
    voice = str(rng.choice(VOICES[split]))
    speed, pitch = int(rng.integers(140, 190)), int(rng.integers(25, 75))
    parts: list[np.ndarray] = []
    have = 0
    while have < frames:
        text = ''.join(sentence(rng) for _ in range(6))
        part = np.concatenate((spoken(text, voice, speed, pitch), np.zeros(int(RATE_HZ * rng.uniform(0.1, 0.5)))))
        parts.append(part)
        have += len(part)
    x = with_top(np.concatenate(parts)[:frames], rng)
    return x * (0.05 / np.sqrt(np.mean(x * x)))
