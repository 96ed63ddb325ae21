# SPDX-License-Identifier: MIT
"""Training curves of a log (JSONL) as one SVG: a line per figure, each scaled to its own range, which its label names.

    python3 -m models.linn.plot LOG.jsonl [-o CURVES.svg]
"""
from __future__ import annotations

import argparse
import json
from pathlib import Path

WIDTH, ROW, LEFT, GAP = 760, 92, 250, 14
SKIPPED = ('step', 'of', 'seconds')


def curves(entries: list[dict[str, float]], title: str) -> str:
    """SVG text of log entries, one strip per figure."""
    names = [name for name in entries[0] if name not in SKIPPED]
    last = max(entry['step'] for entry in entries)
    height = 40 + len(names) * ROW
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" '
             f'font-size="13"><rect width="100%" height="100%" fill="#fff"/>'
             f'<text x="12" y="24" font-weight="bold">{title}: {last} steps, {entries[-1]["seconds"]:.0f} s</text>']
    for i, name in enumerate(names):
        points = [(entry['step'], entry[name]) for entry in entries if name in entry]
        # The first entries dwarf the rest; the scale is that of the later ones.
        later = [value for _, value in points[1:]] or [points[0][1]]
        low, high = min(later), max(later)
        span = high - low or 1.0
        top, room = 40 + i * ROW, ROW - GAP
        xy = ' '.join(f'{LEFT + (WIDTH - LEFT - 16) * step / last:.1f},'
                      f'{top + room * (1 - min(max((value - low) / span, 0), 1)):.1f}' for step, value in points)
        parts.append(f'<text x="12" y="{top + 20}">{name}</text><text x="12" y="{top + 40}" fill="#666">'
                     f'{low:.4g} to {high:.4g}, last {points[-1][1]:.4g}</text>'
                     f'<polyline points="{xy}" fill="none" stroke="#0a6" stroke-width="1.6"/>'
                     f'<line x1="{LEFT}" y1="{top + room}" x2="{WIDTH - 16}" y2="{top + room}" stroke="#ddd"/>')
    return '\n'.join(parts) + '</svg>\n'


def draw(log: Path, out: Path) -> None:
    """Reads a log, writes its curves."""
    entries = [json.loads(line) for line in log.read_text().splitlines() if line]
    if entries:
        out.write_text(curves(entries, log.stem))


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('log', type=Path)
    parser.add_argument('-o', '--out', type=Path)
    args = parser.parse_args()
    draw(args.log, args.out or args.log.with_suffix('.svg'))


if __name__ == '__main__':
    main()
