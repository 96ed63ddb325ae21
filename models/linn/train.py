# SPDX-License-Identifier: MIT
"""Trains the shipped models.

    python3 -m models.linn.train --recipe kemar-field|kemar-dense|room-field|room-dense [options]

Runs on the CPU; resumes where an interrupted run with the same plan stopped; writes checkpoint, log and model below
--folder (.build/linn).
"""
from __future__ import annotations

import argparse
import json
from pathlib import Path

import torch

from . import export, kemar_dense, kemar_field
from .loop import Run

ROOT = Path(__file__).resolve().parents[2]
STEPS = {'kemar-field': 8000, 'kemar-dense': 10000}
REDUCED = {'kemar-field': 1500, 'kemar-dense': 1500}
RATES = {'kemar-field': 3e-3, 'kemar-dense': 2e-3}
HELD_OUT = 'measured directions i with i mod 5 = 4, in the order of MIT_KEMAR_normal_pinna.sofa'


def kemar_field_recipe(run: Run, out: Path, command: str) -> dict[str, float]:
    """Form C, anechoic."""
    model, figures = kemar_field.train(run)
    bytes_written = export.save_field(
        out, model, 'LINN-F, KEMAR, anechoic', 'models/kemar/kemar.safetensors', kemar_field.LEAD_FRAMES,
        {'seed': str(run.seed), 'command': command, 'held_out': HELD_OUT})
    return {**figures, 'bytes': bytes_written}


def kemar_dense_recipe(run: Run, out: Path, command: str) -> dict[str, float]:
    """Form A, anechoic."""
    model, figures = kemar_dense.train(run)
    bytes_written = export.save_dense(
        out, model, 'LINN-R2, KEMAR, anechoic', 'models/kemar/kemar.safetensors', 'none',
        {'seed': str(run.seed), 'command': command, 'held_out': HELD_OUT})
    return {**figures, 'bytes': bytes_written}


RECIPES = {'kemar-field': kemar_field_recipe, 'kemar-dense': kemar_dense_recipe}


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
    parser.add_argument('--threads', type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    steps = args.steps or (REDUCED if args.reduced else STEPS)[args.recipe]
    run = Run(args.recipe, args.seed, steps, RATES[args.recipe], args.folder, args.stop, max(1, steps // 20))
    out = args.out or args.folder / f'{args.recipe}.safetensors'
    command = f'python3 -m models.linn.train --recipe {args.recipe} --steps {steps} --seed {args.seed}'
    figures = RECIPES[args.recipe](run, out, command)
    print(json.dumps({key: round(value, 4) for key, value in figures.items()}))


if __name__ == '__main__':
    main()
