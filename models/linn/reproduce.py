# SPDX-License-Identifier: MIT
"""Trains all four models on their short schedules and holds them to what was recorded.

    python3 -m models.linn.reproduce            compares; ends with 1 where a figure is off by more than 2 %
    python3 -m models.linn.reproduce --write    records, in figures.json

Some minutes on one core. The figures depend on the models that are shipped (the room's training starts from the
anechoic field) and on the head's baked file: whoever changes those records anew.
"""
from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
RECORD = Path(__file__).parent / 'figures.json'
ORDER = ('kemar-field', 'kemar-dense', 'room-field', 'room-dense')
KEPT = {
    'kemar-field': ('held_lsd_db', 'held_itd_us', 'held_ild_db'),
    'kemar-dense': ('lsd_db', 'ild_db', 'itd_us'),
    'room-field': ('l2e3', 'amplitude', 'phase'),
    'room-dense': ('lsd_db', 'l2e3', 'amplitude', 'phase'),
}
WITHIN = 0.02
SEED = 1


def train(recipe: str, folder: Path) -> tuple[dict[str, float], float]:
    """One short schedule: its figures, and CPU seconds."""
    before = children_s()
    out = subprocess.run(
        [sys.executable, '-m', 'models.linn.train', '--recipe', recipe, '--reduced', '--seed', str(SEED), '--folder',
         str(folder), '--threads', '1'], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True).stdout
    return json.loads(out.strip().splitlines()[-1]), children_s() - before


def children_s() -> float:
    """CPU seconds of all programs that were run."""
    spent = resource.getrusage(resource.RUSAGE_CHILDREN)
    return spent.ru_utime + spent.ru_stime


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--write', action='store_true')
    parser.add_argument('--folder', type=Path, default=ROOT / '.build' / 'linn-reduced')
    parser.add_argument('recipes', nargs='*', default=ORDER, metavar='RECIPE')
    args = parser.parse_args()
    record = json.loads(RECORD.read_text())
    wrong = 0
    for recipe in [r for r in ORDER if r in args.recipes]:
        for stale in args.folder.glob(f'{recipe}*'):
            stale.unlink()
        figures, seconds = train(recipe, args.folder)
        got = {name: figures[name] for name in KEPT[recipe]}
        wanted = record['reduced'].get(recipe, {})
        for name, value in got.items():
            off = abs(value / wanted[name] - 1) if name in wanted else float('nan')
            wrong += not off <= WITHIN
            print(f'{recipe:12} {name:12} {value:9.4f}  recorded {wanted.get(name, float("nan")):9.4f}  '
                  f'{100 * off:5.2f} % off', flush=True)
        print(f'{recipe:12} {seconds:.0f} s of CPU', flush=True)
        if args.write:
            record['reduced'][recipe] = {'seed': SEED, 'cpu_s': round(seconds), **got}
            RECORD.write_text(json.dumps(record, indent=2) + '\n')
    if wrong and not args.write:
        raise SystemExit(f'{wrong} figures are off by more than {100 * WITHIN:.0f} %')


if __name__ == '__main__':
    main()
