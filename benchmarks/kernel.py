"""The fused pass: how many bytes of X a second it reads, against a plain read of the same array.

The plain read is one stream, the dot product of the array with itself; the pass gives objective, gradient and z.
"""

import os
import subprocess
import sys

import numpy as np

from benchmarks._clock import race
from benchmarks._races import Figure, Result, Table
from logitscope.objective import Objective
from logitscope.pointwise import get_pointwise
from logitscope.sources import RowSource

SHAPES = ((1_000_000, 28), (100_000, 200))
QUICK = ((500, 4), (200, 10))


def run(quick: bool) -> Result:
    """Time both on every shape, with one thread and with all."""
    figures, rows = [], []
    for n, p in QUICK if quick else SHAPES:
        for dtype in ("float64", "float32"):
            read, fused = speeds(n, p, dtype, 1 if quick else 15)
            share = fused / read
            rows.append([f"{n:,} × {p}, {dtype}", f"{read / 1e9:.1f}", f"{fused / 1e9:.1f}", f"{share:.2f}"])
            if dtype == "float64":
                name = f"fused gradient pass against a plain read, bytes a second, {n:,} × {p}"
                figures.append(Figure(name, share, 0.7, 0.5, is_ratio=False))
    rows += _with_all_threads(quick)
    title = "Bytes of X a second"
    notes = ["The plain read is `numpy.dot(x, x)` of the flat array. GB/s; *threads*: BLAS and OpenMP unlimited."]
    return Result("kernel", "The fused pass", notes, figures, [Table(title, ["", "read", "pass", "share"], rows)])


def speeds(n: int, p: int, dtype: str, rounds: int) -> tuple[float, float]:
    """Return bytes a second of the plain read and of the pass."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, p), dtype=dtype)
    y = (rng.random((n, 1)) > 0.5).astype(np.float64)
    objective = Objective(RowSource(X), y, np.ones(n), get_pointwise("sigmoid", "cross_entropy"))
    params, flat = 0.1 * rng.standard_normal((p + 1, 1)), X.ravel()
    times = race({"read": lambda: np.dot(flat, flat), "pass": lambda: objective.evaluate(params)}, rounds)
    return X.nbytes / times["read"].median, X.nbytes / times["pass"].median


def _with_all_threads(quick: bool) -> list[list[str]]:
    """Return the rows of float64 again, from a process that may start as many threads as it likes."""
    free = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    code = (
        "from benchmarks.kernel import SHAPES, QUICK, speeds\n"
        f"for n, p in {'QUICK' if quick else 'SHAPES'}: print(n, p, *speeds(n, p, 'float64', {1 if quick else 15}))"
    )
    done = subprocess.run([sys.executable, "-c", code], env=free, capture_output=True, text=True, check=True)
    rows = []
    for line in done.stdout.splitlines():
        n, p, read, fused = (float(word) for word in line.split())
        shape = f"{int(n):,} × {int(p)}, float64, threads"
        rows.append([shape, f"{read / 1e9:.1f}", f"{fused / 1e9:.1f}", f"{fused / read:.2f}"])
    return rows


__all__ = ["QUICK", "SHAPES", "run", "speeds"]
