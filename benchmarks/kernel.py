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
    with own_threads():
        own = n_threads()
    notes = [
        f"GB/s. The plain read is one stream, `numpy.dot(x, x)` of the flat array. The pass has {own} threads of its"
        " own here, as it has for any user; *alone*: the caller's only."
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
        "read": lambda: np.dot(flat, flat),
        "pass": own_threads()(lambda: objective.evaluate(params)),
        "alone": lambda: objective.evaluate(params),
    }
    read, fused, alone = (X.nbytes / time.median for time in race(contestants, rounds).values())
    return read, fused, alone


@contextmanager
def own_threads() -> Iterator[None]:
    """Lift the limit that races have, off the threads that are not of BLAS."""
    limit = os.environ.pop("OMP_NUM_THREADS", None)
    try:
        yield
    finally:
        if limit is not None:
            os.environ["OMP_NUM_THREADS"] = limit


__all__ = ["QUICK", "SHAPES", "own_threads", "run", "speeds"]
