"""Fits without one sample each, from a start that is close.

It knows an objective and which rows to leave out; it never knows what the fits are compared with.
"""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError
from logitscope._typing import FloatArray, IntArray
from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.solvers import LBFGS, Newton, Solver
from logitscope.sources import RowSource
from logitscope.status import Status
from logitscope.training import train

_ENOUGH = {"newton": 100, "lbfgs": 2000}


class Refits(NamedTuple):
    """Fits without one sample each."""

    samples: IntArray
    """Rows of X that were left out, (n_chosen,)."""
    params: FloatArray
    """(n_chosen, n_params) or (n_chosen, n_params, n_columns); NaN where there is no optimum."""
    z: FloatArray
    """Pre-activation of the sample that was left out, (n_chosen,) or (n_chosen, n_columns)."""
    status: tuple[Status, ...]
    """Why each fit ended."""


def refit_without(objective: Objective, starts: FloatArray, params: FloatArray, samples: Any) -> Refits:
    """Fit without each of the samples, which are given as rows of X.

    Parameters
    ----------
    objective : Objective
        With a source of rows of one X.
    starts : ndarray of shape (n_samples, n_params, n_columns)
        Where the fit without each sample starts; where it is NaN, at `params`.
    params : ndarray of shape (n_params, n_columns)
    samples : int or array_like of int
    """
    chosen = np.atleast_1d(np.asarray(samples))
    if chosen.ndim != 1 or chosen.dtype.kind not in "iu":
        raise InvalidInputError(f"`samples` must be rows of X, as whole numbers; got {samples!r}.")
    index = objective.source.sample_index
    absent = np.flatnonzero(~np.isin(chosen, index))
    if len(absent):
        raise InvalidInputError(
            f"`samples` must be rows of X of weight > 0, from {index[0]} to {index[-1]}; got {chosen[absent[0]]}."
        )
    out = np.full((len(chosen), *params.shape), np.nan)
    z = np.full((len(chosen), objective.n_columns), np.nan)
    status = []
    for k, row in enumerate(chosen):
        i = int(np.flatnonzero(index == row)[0])
        start = starts[i] if np.isfinite(starts[i]).all() else params
        fitted, ended = _fit(_without(objective, i), start)
        status.append(ended)
        if ended is Status.CONVERGED:
            out[k] = fitted
            z[k] = _one(objective, i).z(fitted)[0]
    flat = objective.n_columns == 1
    return Refits(chosen, out[..., 0] if flat else out, z[:, 0] if flat else z, tuple(status))


def _fit(objective: Objective, start: FloatArray) -> tuple[FloatArray, Status]:
    solver: Solver = LBFGS() if objective.pointwise.column(0).activation.couples_columns else Newton()
    steps = solver.steps(objective, start)
    result = train(objective, steps, start, max_iter=_ENOUGH[solver.name], tol=1e-8)
    return result.params, result.status[0]


def _without(objective: Objective, i: int) -> Objective:
    """The objective less one sample; the penalty keeps its strength against the sum of the other losses."""
    kept = np.delete(np.arange(objective.source.n_samples), i)
    total = float(objective.weights.sum())
    penalty, weights = objective.penalty, objective.weights[kept]
    stronger = ElasticNet(penalty.alpha * (total / float(weights.sum())), penalty.l1_ratio)
    return replace(_picked(objective, kept), penalty=stronger)


def _one(objective: Objective, i: int) -> Objective:
    return _picked(objective, np.array([i]))


def _picked(objective: Objective, positions: IntArray) -> Objective:
    source = objective.source
    if not isinstance(source, RowSource):
        raise IncompatibleError(
            f"Cannot fit again without a sample of a {type(source).__name__}: it needs rows that can be picked, those"
            " of a RowSource."
        )
    return replace(
        objective,
        source=RowSource(source.X, source.sample_index[positions]),
        target=objective.target[positions],
        weights=objective.weights[positions],
    )


__all__ = ["Refits", "refit_without"]
