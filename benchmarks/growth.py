"""How time grows with the size of the problem, and what memory training takes beyond X.

It compares us with ourselves; no other library takes part.
"""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import numpy as np

import logitscope as ls
from benchmarks._clock import once, race, readable, slope
from benchmarks._races import Figure, Result, Table
from logitscope.objective import Objective
from logitscope.optimizers import GradientDescent
from logitscope.pointwise import get_pointwise
from logitscope.sources import RowSource
from logitscope.training import iterate, train

SAMPLES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000)
FEATURES = (2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000)
MODELS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000)
FIXED_P, FIXED_N, FLEET_N = 20, 10_000, 1_000
MEMORY = (3_000_000, 28)


def run(quick: bool) -> Result:
    """Time an epoch at every size and fit the slopes; train once more in a fresh process for its memory."""
    rounds = 1 if quick else 7
    samples, features, models = ((50, 100), (2, 4), (1, 10, 20)) if quick else (SAMPLES, FEATURES, MODELS)
    of_n = [epoch(single(n, FIXED_P), rounds) for n in samples]
    of_p = [epoch(single(100 if quick else FIXED_N, p), rounds) for p in features]
    of_m = [epoch(fleet(50 if quick else FLEET_N, n_models), rounds) for n_models in models]
    beyond = [index for index, n_models in enumerate(models) if n_models >= 10]
    slopes = {
        f"n, {FIXED_P} features": slope(samples, of_n),
        "n_models, 10 and more": slope([models[i] for i in beyond], [of_m[i] for i in beyond]),
        "p": slope(features, of_p),
    }
    figures = [
        Figure(f"growth of an epoch with {name}: slope of log time", value, 1.0, 1.05, "", False, False)
        for name, value in slopes.items()
        if name != "p"
    ]
    n, p = (5_000, 28) if quick else MEMORY
    rows, memory = [], []
    for solver in ("gd", _fast()):
        peak, size = _peak(n, p, solver)
        limits = (0.05 * size + 64, 0.1 * size + 64)
        named = f"{n:,} × {p}, {solver}"
        rows.append([named, f"{size:,.0f} MB", f"{peak:,.0f} MB", *(f"≤ {limit:,.0f} MB" for limit in limits)])
        memory.append(Figure(f"peak memory beyond X, {named}", peak, *limits, "MB", False, False))
    tables = [
        _times(f"An epoch against n ({FIXED_P} features)", samples, of_n),
        _times(f"An epoch against p ({FIXED_N:,} samples)", features, of_p),
        _times(f"An epoch of ls.sweep against n_models ({FLEET_N:,} × 10)", models, of_m),
        Table("Slopes of log time", ["against", "slope"], [[name, f"{each:.3f}"] for name, each in slopes.items()]),
        Table("Peak memory beyond X", ["", "X", "beyond", "target", "floor"], rows),
    ]
    notes = ["Gradient descent, full batch: a step is an epoch. Medians of runs."]
    return Result("growth", "Growth and memory", notes, [*figures, *memory], tables)


def _times(title: str, sizes: Any, seconds: list[float]) -> Table:
    rows = [[f"{size:,}", readable(each), readable(each / size)] for size, each in zip(sizes, seconds, strict=True)]
    return Table(title, ["", "epoch", "epoch / size"], rows)


Run = Callable[[int], Any]
"""`run(n_epochs)`: train so long."""


def single(n: int, p: int) -> Run:
    """Return the training of one model, by gradient descent."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, p))
    y = (X[:, :1] + rng.logistic(size=(n, 1)) > 0).astype(np.float64)
    objective = Objective(RowSource(X), y, np.ones(n), get_pointwise("sigmoid", "cross_entropy"))
    optimizer, params = GradientDescent(learning_rate=0.1), np.zeros((p + 1, 1))
    return lambda n_epochs: train(
        objective, iterate(objective, optimizer, params), params, max_iter=n_epochs, tol=0.0
    )  # fmt: skip


def fleet(n: int, n_models: int) -> Run:
    """Return a sweep over as many rates."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, 10))
    y = (X[:, 0] + rng.logistic(size=n) > 0).astype(np.intp)
    grid = {"learning_rate": np.geomspace(0.01, 0.1, n_models).tolist()}
    return lambda n_epochs: ls.sweep(X, y, grid, max_iter=n_epochs, tol=0)


def epoch(go: Run, rounds: int) -> float:
    """Return the median seconds of an epoch: what more of them add, over runs that last long enough to be timed."""
    few = 2
    go(few)
    n_more = 3 if rounds == 1 else int(np.clip(0.05 / (once(lambda: go(few + 3)) / 3), 2, 2_000))
    times = race({"few": lambda: go(few), "many": lambda: go(few + n_more)}, rounds)
    return max(times["many"].median - times["few"].median, 1e-9) / n_more


def _fast() -> str:
    from benchmarks._contestants import SOLVER

    return SOLVER


def _peak(n: int, p: int, solver: str) -> tuple[float, float]:
    """Return peak memory of a fit beyond what the process held before it, and the size of X; MB."""
    command = [sys.executable, "-m", "benchmarks._peak", str(n), str(p), solver]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    found = json.loads(done.stdout)
    return found["beyond"], found["X"]


__all__ = ["FEATURES", "MODELS", "SAMPLES", "epoch", "fleet", "run", "single"]
