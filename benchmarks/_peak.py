"""Peak memory of one fit, in a process that does nothing else.

It prints one line of JSON, MB; it never times anything.
"""

import json
import resource
import sys
from contextlib import suppress
from pathlib import Path

import numpy as np

import logitscope as ls

STATUS = Path("/proc/self/status")


def measure(n: int, p: int, solver: str) -> dict[str, float]:
    """Fit once and return the peak beyond what was held before, and the size of X."""
    rng = np.random.default_rng(0)
    X = np.empty((n, p))
    for start in range(0, n, 100_000):  # made in blocks: making it must not be the peak
        X[start : start + 100_000] = rng.standard_normal((min(100_000, n - start), p))
    y = (X[:, 0] > 0.3).astype(np.intp)
    y[::7] = 1 - y[::7]
    settings = {"max_iter": 3, "tol": 0.0, "learning_rate": 0.1} if solver == "gd" else {"alpha": 1e-6}
    small = ls.LogisticRegression(solver=solver, **settings)
    small.fit(X[:200], y[:200])  # code that a fit loads is no memory of this fit
    before = _held()
    _forget_peak()
    ls.LogisticRegression(solver=solver, **settings).fit(X, y)
    return {"beyond": max(_peak() - before, 0.0), "X": X.nbytes / 1e6}


def _held() -> float:
    return _read("VmRSS") if STATUS.exists() else _peak()


def _peak() -> float:
    if STATUS.exists():
        return _read("VmHWM")
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6


def _read(name: str) -> float:
    line = next(line for line in STATUS.read_text().splitlines() if line.startswith(name))
    return int(line.split()[1]) * 1024 / 1e6


def _forget_peak() -> None:
    """Let the peak begin anew where the system can; elsewhere it is that of making X, which is made in blocks."""
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


if __name__ == "__main__":
    print(json.dumps(measure(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3])))
