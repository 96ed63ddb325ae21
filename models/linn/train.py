# SPDX-License-Identifier: MIT
"""Trains the shipped models.

    python3 -m models.linn.train --recipe kemar-field|kemar-dense|room-field|room-dense [options]

Runs on the CPU; resumes where an interrupted run with the same plan stopped; writes checkpoint, log, curves and model
below --folder (.build/linn). The room recipes make their data there with simulate.py, unless --data names a folder of
BinauralSpeech's form (--test-data another, or --leave-one-out a sequence of the first, to be tested on).
"""
from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from . import data, export, kemar_dense, kemar_field, plot, room_dense, room_field, simulate
from .loop import Run

ROOT = Path(__file__).resolve().parents[2]
STEPS = {'kemar-field': 16000, 'kemar-dense': 28000, 'room-field': 1200, 'room-dense': 9000}
REDUCED = {'kemar-field': 1500, 'kemar-dense': 800, 'room-field': 120, 'room-dense': 600}
RATES = {'kemar-field': 3e-3, 'kemar-dense': 2e-3, 'room-field': 1e-3, 'room-dense': 2e-3}
TRAIN_SEQUENCES, TEST_SEQUENCES = 22, 8
REDUCED_TRAIN, REDUCED_TEST = 6, 2
HELD_OUT = 'measured directions i with i mod 5 = 4, in the order of MIT_KEMAR_normal_pinna.sofa'


def kemar_field_recipe(run: Run, out: Path, command: str, _: argparse.Namespace) -> dict[str, float]:
    """Form C, anechoic."""
    model, figures = kemar_field.train(run)
    bytes_written = export.save_field(
        out, model, 'LINN-F, KEMAR, anechoic', 'models/kemar/kemar.safetensors', kemar_field.LEAD_FRAMES,
        {'seed': str(run.seed), 'command': command, 'held_out': HELD_OUT})
    return {**figures, 'bytes': bytes_written}


def kemar_dense_recipe(run: Run, out: Path, command: str, _: argparse.Namespace) -> dict[str, float]:
    """Form A, anechoic."""
    model, figures = kemar_dense.train(run)
    bytes_written = export.save_dense(
        out, model, 'LINN-R2, KEMAR, anechoic', 'models/kemar/kemar.safetensors', 'none',
        {'seed': str(run.seed), 'command': command, 'held_out': HELD_OUT})
    return {**figures, 'bytes': bytes_written}


def recordings(args: argparse.Namespace) -> tuple[list[data.Sequence], list[data.Sequence], str]:
    """What to train on, what to test on, and where it is from."""
    if args.data is not None:
        found = data.sequences(args.data)
        if args.leave_one_out is not None:
            unseen = [s for s in found if s.name == args.leave_one_out]
            if not unseen:
                raise SystemExit(f'{args.leave_one_out} is none of {", ".join(s.name for s in found)}')
            return [s for s in found if s.name != args.leave_one_out], unseen, args.data.name
        return found, data.sequences(args.test_data) if args.test_data else found[-1:], args.data.name
    counts = (REDUCED_TRAIN, REDUCED_TEST) if args.reduced else (TRAIN_SEQUENCES, TEST_SEQUENCES)
    parts = []
    for split, count in zip(simulate.SPLITS, counts):
        paths = simulate.sequences(args.folder / 'simulated', split, args.data_seed, count)
        parts.append([data.read(p / 'mono.wav', p / 'binaural.wav', p / 'tx_positions.txt', p.name) for p in paths])
    return parts[0], parts[1], f'models/linn/simulate.py, seed {args.data_seed}'


def room_field_recipe(run: Run, out: Path, command: str, args: argparse.Namespace) -> dict[str, float]:
    """Form C, in a room."""
    seen, unseen, source = recordings(args)
    model, figures = room_field.train(run, seen, unseen)
    bytes_written = export.save_field(out, model, 'LINN-F, a room', source, kemar_field.LEAD_FRAMES,
                                      {'seed': str(run.seed), 'command': command})
    return {**figures, 'bytes': bytes_written}


def room_dense_recipe(run: Run, out: Path, command: str, args: argparse.Namespace) -> dict[str, float]:
    """Form A, in a room, taught by form C."""
    seen, unseen, source = recordings(args)
    own = args.folder / 'room-field.safetensors'
    teacher = args.teacher or (own if own.exists() else room_dense.TEACHER)
    start = args.folder / 'kemar-dense.safetensors'
    model, figures = room_dense.train(run, export.load_field(teacher), seen, unseen,
                                      start if start.exists() else room_dense.START)
    bytes_written = export.save_dense(out, model, 'LINN-R2, a room', f'room-field; {source}', 'inverse',
                                      {'seed': str(run.seed), 'command': command})
    return {**figures, 'bytes': bytes_written}


RECIPES = {'kemar-field': kemar_field_recipe, 'kemar-dense': kemar_dense_recipe, 'room-field': room_field_recipe,
           'room-dense': room_dense_recipe}


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--recipe', choices=sorted(RECIPES), required=True)
    parser.add_argument('--steps', type=int, help='of the schedule; left out: the recipe\'s')
    parser.add_argument('--reduced', action='store_true', help='the short schedule whose figures the cards hold')
    parser.add_argument('--stop', type=int, help='end after so many steps; call again without it to go on')
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--folder', type=Path, default=ROOT / '.build' / 'linn')
    parser.add_argument('--out', type=Path, help='the model; left out: FOLDER/RECIPE.safetensors')
    parser.add_argument('--data', type=Path, help='recordings to train on')
    parser.add_argument('--test-data', type=Path)
    parser.add_argument('--leave-one-out', metavar='NAME')
    parser.add_argument('--data-seed', type=int, default=1)
    parser.add_argument('--teacher', type=Path, help='field that teaches room-dense; left out: the folder\'s, or ours')
    parser.add_argument('--threads', type=int, default=1, help='more give slightly other numbers')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    steps = args.steps or (REDUCED if args.reduced else STEPS)[args.recipe]
    run = Run(args.recipe, args.seed, steps, RATES[args.recipe], args.folder, args.stop, max(20, steps // 50))
    out = args.out or args.folder / f'{args.recipe}.safetensors'
    command = f'python3 -m models.linn.train --recipe {args.recipe} --steps {steps} --seed {args.seed}'
    figures = RECIPES[args.recipe](run, out, command, args)
    for log in args.folder.glob(f'{args.recipe}*.jsonl'):
        plot.draw(log, log.with_suffix('.svg'))
    print(json.dumps({key: round(value, 4) for key, value in figures.items()}))


if __name__ == '__main__':
    main()
