"""What recording costs: the same run with a record and without, per epoch.

Both run the same number of epochs from the same start; nothing of the log is read while the clock runs.
"""

from typing import Any, NamedTuple

import numpy as np

import logitscope as ls
from benchmarks._clock import once, readable
from benchmarks._races import Figure, Result, Table


class Case(NamedTuple):
    """A run to be recorded."""

    n: int
    p: int
    n_epochs: int
    rounds: int
    settings: dict[str, Any]
    target: float | None = None
    """None: no promise, but shown."""


CASES = (
    Case(500, 2, 1000, 15, {}, 1.08),
    Case(100_000, 30, 50, 11, {}, 1.05),
    Case(1_000_000, 28, 20, 9, {}, 1.05),
    Case(500, 2, 500, 7, {"solver": "adam"}),
    Case(500, 2, 200, 7, {"solver": "sgd", "batch_size": 50}),
    Case(100_000, 30, 30, 7, {"solver": "adam"}),
    Case(100_000, 30, 3, 7, {"solver": "sgd", "batch_size": 256}),
    Case(100_000, 30, 50, 7, {"solver": "lbfgs", "tol": 1e-8}),
)
QUICK = (Case(50, 2, 5, 1, {}, 1.08), Case(50, 2, 3, 1, {"solver": "sgd", "batch_size": 10}))


def run(quick: bool) -> Result:
    """Time every case, recorded and not, in turns."""
    figures, rows = [], []
    for case in QUICK if quick else CASES:
        off, on = _seconds(case)
        ratio = float(np.median(on / off))
        name = ", ".join(f"{key} {value}" for key, value in case.settings.items()) or "gd"
        shape = f"{case.n:,} × {case.p}"
        rows.append([f"{shape}, {name}", readable(np.median(off)), readable(np.median(on)), f"{ratio:.3f}"])
        if case.target is not None:
            named = f"recorded against not, per epoch, {shape}"
            figures.append(Figure(named, ratio, case.target, 1.15, is_ratio=False, larger_is_better=False))
    title = "An epoch with and without a record"
    return Result(
        "recording",
        title,
        [
            "Medians over pairs of runs that follow each other. A record is z of every sample at every epoch. Before"
            " each run, with a record or without, as much memory as the record needs is touched and freed."
        ],
        figures,
        [Table(title, ["", "not recorded", "recorded", "ratio"], rows)],
    )


def _make_resident(n_bytes: int) -> None:
    """Have the machine hold so much free memory.

    A virtual machine may give free pages back to its host within seconds; to touch one anew then costs tens of times
    what a page of the machine's own does, whoever asks for it.
    """
    np.empty(n_bytes // 8).fill(1.0)


def _seconds(case: Case) -> tuple[Any, Any]:
    """Return seconds an epoch without and with a record, (rounds,) each."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((case.n, case.p))
    y = (X @ rng.standard_normal(case.p) + rng.logistic(size=case.n) > 0).astype(np.intp)
    recorder = ls.UpdateRecorder(max_bytes=2**34)
    settings = {"tol": 0.0, "max_iter": case.n_epochs, "random_state": 0} | case.settings
    off, on = (ls.LogisticRegression(record=record, **settings) for record in (False, recorder))
    out: tuple[list[float], list[float]] = ([], [])
    for number in range(case.rounds + 1):
        for clf, seconds in zip((off, on), out, strict=True):
            _make_resident(8 * case.n * (case.n_epochs + 4))
            elapsed = once(lambda clf=clf: clf.fit(X, y))
            if number:
                seconds.append(elapsed / clf.n_iter_)
        del on.update_log_
    return np.array(out[0]), np.array(out[1])


__all__ = ["run"]
