# SPDX-License-Identifier: MIT
"""Parity vectors: inputs and outputs of each stage, float32 from an evaluation in double, for the tests in C.

    python3 -m models.linn.vectors --random tests/golden/linn      random weights (committed)
    python3 -m models.linn.vectors MODEL.safetensors -o VECTORS.safetensors [--frames 49152]
"""
from __future__ import annotations

import argparse
import math
from pathlib import Path

import numpy as np
import torch

from . import export, safetensors_io
from .dense import HOP, Dense, correct, run
from .features import field_features, frequency_features, pose_features
from .field import Field, spectra
from .frames import ROW_FRAMES, poses_at, rows_from_head
from .warp import geometric_field, rows_in_range, warp

RANDOM_SEED = 20
SHORT_FRAMES = 12 * HOP


def random_units(count: int, generator: torch.Generator) -> torch.Tensor:
    """[count, 3] evenly spread unit vectors."""
    v = torch.randn(count, 3, generator=generator, dtype=torch.float64)
    return v / v.norm(dim=-1, keepdim=True)


def rounded(t: torch.Tensor) -> torch.Tensor:
    """To float32 and back: what the file will hold is what is evaluated."""
    return t.float().double()


def as_pairs(z: torch.Tensor) -> np.ndarray:
    """Complex [...] -> float32 [..., 2]: real, imaginary."""
    return torch.view_as_real(z.resolve_conj()).detach().numpy().astype('<f4')


def as_f32(t: torch.Tensor) -> np.ndarray:
    """To a float32 array."""
    return t.detach().numpy().astype('<f4')


def field_vectors(model: Field, generator: torch.Generator) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """head_pos, forward -> features, outputs, gains, delays_s, and the first four responses at k 187.5 Hz, k 0..128."""
    model = model.double()
    count = 64
    r = torch.rand(count, 1, generator=generator, dtype=torch.float64) * 6 + 0.1
    head_pos = random_units(count, generator) * r
    axes = torch.eye(3, dtype=torch.float64)
    head_pos[:6] = torch.cat((axes, -axes)) * 1.25
    head_pos = rounded(head_pos)
    forward = rounded(random_units(count, generator))
    gains, delays, outputs = model(head_pos, forward)
    hz = torch.arange(129, dtype=torch.float64) * 187.5
    few = 8
    return {
        'head_pos': as_f32(head_pos), 'forward': as_f32(forward),
        'features': as_f32(field_features(head_pos, forward, model.range)),
        'outputs': as_f32(outputs), 'gains': as_f32(gains), 'delays_s': as_f32(delays),
        'responses': as_pairs(spectra(model, gains[:few], delays[:few], hz)),
    }, {'format': 'pinna-linn-field-vectors', 'response_hz_step': '187.5'}


def walk(frames: int, model: Dense, generator: torch.Generator) -> torch.Tensor:
    """Rows [K, 7] of a talker who wanders round the head, in and out of the model's range."""
    count = -(-frames // ROW_FRAMES) + 1
    t = torch.arange(count, dtype=torch.float64) / 120
    start = 2 * math.pi * float(torch.rand(1, generator=generator))
    angle = start + 1.5 * t
    r = 1.2 + 0.9 * torch.sin(2.1 * t + 1)
    head_pos = torch.stack((r * torch.sin(angle), 0.3 * torch.sin(1.3 * t), -r * torch.cos(angle)), -1)
    q = torch.randn(4, generator=generator, dtype=torch.float64) + torch.stack(
        (torch.sin(t), torch.cos(0.7 * t), torch.sin(2 * t + 1), torch.cos(t)), -1)
    return rounded(rows_from_head(head_pos, q, model.mouth))


def dense_vectors(model: Dense, frames: int,
                  generator: torch.Generator) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """The whole of form A on noise with a moving talker.

    rows [K, 7] -> rows_in_range (what the warp network sees), neural_field, warp_field (both held 400 samples);
    mono -> warped; per STFT frame j (centred on sample 512 j): frame_p, frame_q (between the rows), pose_features,
    pose_code; freq_code at `bins`; outputs and gain for the frames `few` at `bins`; audio.
    """
    model = model.double()
    rows = walk(frames, model, generator)
    seen = rows_in_range(rows, model.mouth, model.range)
    neural = model.warp(seen)
    field = geometric_field(rows, model.mouth, model.offset_s) + neural
    noise = torch.randn(frames, generator=generator, dtype=torch.float64)
    mono = rounded(0.1 * noise * (0.5 + 0.5 * torch.sin(torch.arange(frames, dtype=torch.float64) / 3000)))
    warped = torch.from_numpy(warp(mono.numpy(), field.detach().numpy()))
    at = torch.arange(frames // HOP + 1) * HOP
    p, q = poses_at(rows, model.mouth, at)
    hz = torch.arange(513, dtype=torch.float64) * 48000 / 1024
    codes = frequency_features(hz)
    log_gain, phase = model(p, q, codes)
    gain = torch.polar(torch.exp(log_gain), phase)
    bins = torch.cat((torch.arange(0, 16), torch.arange(16, 512, 16), torch.tensor([511, 512])))
    few = torch.tensor([0, len(at) // 2, len(at) - 1])
    features = pose_features(p, q, model.range)
    return {
        'rows': as_f32(rows), 'rows_in_range': as_f32(seen), 'neural_field': as_f32(neural),
        'warp_field': as_f32(field), 'mono': as_f32(mono), 'warped': as_f32(warped), 'frame_p': as_f32(p),
        'frame_q': as_f32(q), 'pose_features': as_f32(features), 'pose_code': as_f32(run(model.pose, features)),
        'bins': bins.numpy().astype('<i4'), 'freq_features': as_f32(codes[bins]),
        'freq_code': as_f32(run(model.freq, codes[bins])), 'few': few.numpy().astype('<i4'),
        'outputs': as_f32(model.outputs(features[few], codes[bins])),
        'gain': as_pairs(gain[few][:, bins]), 'audio': as_f32(correct(warped, gain)),
    }, {'format': 'pinna-linn-dense-vectors'}


def random_field(generator: torch.Generator) -> Field:
    """A narrow field with default weights and decaying random bases."""
    torch.manual_seed(RANDOM_SEED)
    model = Field(32, 8, 48)
    with torch.no_grad():
        taps = torch.randn(8, 48, generator=generator) * torch.exp(-torch.arange(48) / 12.0)
        model.basis.copy_(taps)
        model.mlp[2].weight.mul_(3)
        model.offset_s.fill_(0.3e-3)
        model.range.copy_(torch.tensor([0.25, 3.0]))
    return model


def random_dense() -> Dense:
    """A narrow form A with default weights; its last layer is not zero, and its mouth is not the data set's."""
    torch.manual_seed(RANDOM_SEED)
    model = Dense((32, 32, 16), (32, 32, 16), (32, 16), 16)
    with torch.no_grad():
        last = model.fuse[-1]
        torch.nn.init.uniform_(last.weight, -2, 2)
        torch.nn.init.uniform_(last.bias, -0.5, 0.5)
        model.warp.out.weight.mul_(8)
        model.offset_s.fill_(-0.2e-3)
        model.range.copy_(torch.tensor([0.4, 1.8]))
        model.mouth.copy_(torch.tensor([0.05, 0.01, -0.12]))
    return model


def write_random(folder: Path) -> None:
    """Both models and their vectors."""
    generator = torch.Generator().manual_seed(RANDOM_SEED)
    field, dense = random_field(generator), random_dense()
    export.save_field(folder / 'random-field.safetensors', field, 'random field', 'random weights', 8)
    export.save_dense(folder / 'random-dense.safetensors', dense, 'random dense', 'random weights', 'none')
    safetensors_io.save(folder / 'random-field-vectors.safetensors', *field_vectors(field, generator))
    safetensors_io.save(folder / 'random-dense-vectors.safetensors', *dense_vectors(dense, SHORT_FRAMES, generator))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('model', nargs='?', type=Path)
    parser.add_argument('-o', '--out', type=Path)
    parser.add_argument('--frames', type=int, default=96 * HOP)
    parser.add_argument('--random', type=Path, metavar='FOLDER')
    args = parser.parse_args()
    if args.random is not None:
        write_random(args.random)
        return
    if args.model is None or args.out is None:
        parser.error('give a model and -o, or --random')
    generator = torch.Generator().manual_seed(RANDOM_SEED)
    kind = safetensors_io.load(args.model)[1]['format']
    if kind == 'pinna-linn-field':
        vectors = field_vectors(export.load_field(args.model), generator)
    else:
        vectors = dense_vectors(export.load_dense(args.model), args.frames // HOP * HOP, generator)
    safetensors_io.save(args.out, *vectors)


if __name__ == '__main__':
    main()
