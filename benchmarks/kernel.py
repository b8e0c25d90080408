"""The fused pass: how many bytes of X a second it reads, against a plain read of the same array.

The plain read is one stream, the dot product of the array with itself; the pass gives objective, gradient and z. BLAS
has one thread; the pass spreads tiles over as many threads of its own as it does for any user, and is shown with no
thread but the caller's too.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from benchmarks._clock import race
from benchmarks._races import Figure, Result, Table
from logitscope.objective import Objective
from logitscope.pointwise import get_pointwise
from logitscope.sources import RowSource, n_threads

SHAPES = ((1_000_000, 28), (100_000, 200))
QUICK = ((500, 4), (200, 10))
IN_A_ROW = 5


def run(quick: bool) -> Result:
    """Time both on every shape."""
    figures, rows = [], []
    for n, p in QUICK if quick else SHAPES:
        for dtype in ("float64", "float32"):
            read, fused, alone = speeds(n, p, dtype, 1 if quick else 15)
            shown = [f"{speed / 1e9:.1f}" for speed in (read, fused, alone)]
            rows.append([f"{n:,} × {p}, {dtype}", *shown, f"{fused / read:.2f}", f"{alone / read:.2f}"])
            if dtype == "float64":
                name = f"fused gradient pass against a plain read, bytes a second, {n:,} × {p}"
                figures.append(Figure(name, fused / read, 0.7, 0.5, is_ratio=False))
    notes = [
        f"GB/s, of {IN_A_ROW} calls in a row. The plain read is one stream, `numpy.dot(x, x)` of the flat array. The"
        f" pass has {n_threads()} threads of its own here, as it has for any user; *alone*: the caller's only."
    ]
    table = Table("Bytes of X a second", ["", "read", "pass", "alone", "pass / read", "alone / read"], rows)
    return Result("kernel", "The fused pass", notes, figures, [table])


def speeds(n: int, p: int, dtype: str, rounds: int) -> tuple[float, float, float]:
    """Return bytes a second of the plain read, and of the pass with threads and without."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((n, p), dtype=dtype)
    y = (rng.random((n, 1)) > 0.5).astype(np.float64)
    objective = Objective(RowSource(X), y, np.ones(n), get_pointwise("sigmoid", "cross_entropy"))
    params, flat = 0.1 * rng.standard_normal((p + 1, 1)), X.ravel()
    contestants: dict[str, Callable[[], Any]] = {
        "read": in_a_row(lambda: np.dot(flat, flat)),
        "pass": in_a_row(lambda: objective.evaluate(params)),
        "alone": one_thread()(in_a_row(lambda: objective.evaluate(params))),
    }
    read, fused, alone = (IN_A_ROW * X.nbytes / time.median for time in race(contestants, rounds).values())
    return read, fused, alone


def in_a_row(call: Callable[[], Any]) -> Callable[[], None]:
    """Return some calls that follow each other, as those of a run do: a processor that slept is slow to begin."""

    def calls() -> None:
        for _ in range(IN_A_ROW):
            call()

    return calls


@contextmanager
def one_thread() -> Iterator[None]:
    """Allow no thread but the caller's."""
    os.environ["OMP_NUM_THREADS"] = "1"
    try:
        yield
    finally:
        del os.environ["OMP_NUM_THREADS"]


__all__ = ["IN_A_ROW", "QUICK", "SHAPES", "in_a_row", "one_thread", "run", "speeds"]
