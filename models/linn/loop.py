# SPDX-License-Identifier: MIT
"""The training loop: AdamW, warm-up and cosine, clipped gradients, checkpoints that resume exactly, a log in JSONL."""
from __future__ import annotations

import json
import math
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import torch

WARM_UP = 100
LAST_RATE = 1e-3
"""Of the first; the cosine ends there."""


@dataclass
class Run:
    """What a recipe asks of the loop. `stop` ends early (a later call with a larger one goes on from there)."""

    name: str
    seed: int
    steps: int
    rate: float
    folder: Path
    stop: int | None = None
    report_every: int = 250
    weight_decay: float = 1e-4


def rate_at(step: int, steps: int) -> float:
    """Factor of the learning rate: linear warm-up, then half a cosine."""
    warm = min(1.0, (step + 1) / min(WARM_UP, max(1, steps // 10)))
    return warm * (LAST_RATE + (1 - LAST_RATE) * (0.5 + 0.5 * math.cos(math.pi * step / steps)))


def fit(run: Run, model: torch.nn.Module, loss_of: Callable[[torch.Generator], torch.Tensor],
        evaluate: Callable[[], dict[str, float]]) -> dict[str, float]:
    """Minimises loss_of, which draws its batch from the generator it is given. Gives the last evaluation.

    Resumes from run.folder/NAME.pt where it stands; the log is run.folder/NAME.jsonl. Raises FloatingPointError when
    the loss is not finite.
    """
    torch.manual_seed(run.seed)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimiser = torch.optim.AdamW(parameters, lr=run.rate, weight_decay=run.weight_decay, betas=(0.9, 0.99))
    generator = torch.Generator().manual_seed(run.seed)
    run.folder.mkdir(parents=True, exist_ok=True)
    checkpoint, log = run.folder / f'{run.name}.pt', run.folder / f'{run.name}.jsonl'
    first, seconds = 0, 0.0
    if checkpoint.exists():
        state = torch.load(checkpoint)
        if state['plan'] == (run.seed, run.steps, run.rate):
            model.load_state_dict(state['model'])
            optimiser.load_state_dict(state['optimiser'])
            generator.set_state(state['generator'])
            first, seconds = state['step'], state['seconds']
    if first == 0:
        log.unlink(missing_ok=True)
    last = min(run.steps, run.stop or run.steps)
    started = time.monotonic()
    figures: dict[str, float] = {}
    for step in range(first, last):
        for group in optimiser.param_groups:
            group['lr'] = run.rate * rate_at(step, run.steps)
        loss = loss_of(generator)
        if not torch.isfinite(loss):
            raise FloatingPointError(f'{run.name}: the loss of step {step} is not finite')
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(parameters, 5.0)
        optimiser.step()
        if (step + 1) % run.report_every == 0 or step + 1 == last or step == 0:
            with torch.no_grad():
                figures = evaluate()
            spent = seconds + time.monotonic() - started
            entry = {'step': step + 1, 'of': run.steps, 'seconds': round(spent, 1), 'loss': round(loss.item(), 5),
                     **{key: round(value, 4) for key, value in figures.items()}}
            with log.open('a') as file:
                file.write(json.dumps(entry) + '\n')
            text = '  '.join(f'{key} {value:.3f}' for key, value in figures.items())
            print(f'{run.name} {step + 1}/{run.steps}  {spent:.0f} s  loss {loss.item():.4f}  {text}', file=sys.stderr,
                  flush=True)
            torch.save({'plan': (run.seed, run.steps, run.rate), 'step': step + 1, 'seconds': spent,
                        'model': model.state_dict(), 'optimiser': optimiser.state_dict(),
                        'generator': generator.get_state()}, checkpoint)
    if not figures:
        with torch.no_grad():
            figures = evaluate()
    return figures
