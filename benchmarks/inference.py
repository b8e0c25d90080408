"""Maximum likelihood with standard errors, against statsmodels: nothing is penalised, and both answers must agree.

There is no promise on it; it is shown because people ask.
"""

from typing import Any

import numpy as np

import logitscope as ls
from benchmarks._clock import optional, race, readable
from benchmarks._races import Result, Table

SHAPES = ((1_000, 5), (20_000, 30))
QUICK = ((80, 2),)


def run(quick: bool) -> Result:
    """Time the fit and the standard errors of both, in turns."""
    notes = [
        "Fit and standard errors of all coefficients. Ours also proves that a maximum exists and certifies the digits"
        " of the coefficients."
    ]
    rows: list[list[str]] = []
    models: Any = optional("statsmodels.api", notes)
    if models is not None:
        for n, p in QUICK if quick else SHAPES:
            rows.append(_row(models, n, p, 1 if quick else 9))
    table = Table("Maximum likelihood with standard errors", ["", "logitscope", "statsmodels", "ratio"], rows)
    return Result("inference", "Standard errors", notes, [], [table])


def _row(models: Any, n: int, p: int, rounds: int) -> list[str]:
    rng = np.random.default_rng(n)
    X = rng.standard_normal((n, p))
    y = (X @ rng.standard_normal(p) / np.sqrt(p) + rng.logistic(size=n) > 0).astype(np.intp)
    design = np.column_stack([np.ones(n), X])

    def ours() -> Any:
        clf = ls.LogisticRegression(solver="newton").fit(X, y)
        return clf.inference(X, y).standard_error

    def theirs() -> Any:
        return models.Logit(y, design).fit(method="newton", tol=1e-10, disp=0).bse

    np.testing.assert_allclose(np.sort(np.ravel(ours())), np.sort(theirs()), rtol=1e-6)
    times = race({"ours": ours, "theirs": theirs}, rounds)
    mine, other = times["ours"].median, times["theirs"].median
    return [f"{n:,} × {p}", readable(mine), readable(other), f"{other / mine:.2f}×"]


__all__ = ["run"]
