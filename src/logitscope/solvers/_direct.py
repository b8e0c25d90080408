"""Newton's method on all of a few rows, in whole steps, or from far away in ones of the best length.

It never searches: where a step leads up, and where the Hessian has no digits to spare, it leaves the data to those that
take their time. It shows no step before it has come to the end: nobody is to see a way that is given up.
"""

from collections.abc import Generator, Iterator
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._descent import relative_length, step_between
from logitscope.solvers._few import FewLook, FewRows, few_rows
from logitscope.solvers._finish import FLATTER, is_far, last_step
from logitscope.solvers._line import FAR, square_at_least
from logitscope.steps import Certificate, Step

_ITERATIONS = 30
_FALL = 1e-3  # of what the slope promises
_EPS = float(np.finfo(float).eps)
_FINE = 1e-9  # squared decrement, of the objective, from which the step that follows leaves next to nothing
_CLOSE, _ROUNDING = 1e-10, 16 * _EPS  # relative lengths of a step: at which 10 digits are right, and of rounding
_STALE = 2.0  # factor by which a Hessian may be too large along a step
_SMALL = 1e-6  # a gradient above this share of its terms is no rounding
# Least squared pivots, below which another method has more digits: of unpenalised data to rounding, and of all others.
_COLLINEAR, _COLLINEAR_ELSE = 1e-2, 1e-9


class _Place(NamedTuple):
    """Where a method is."""

    path: tuple[FewLook, ...]
    """What it has looked at, from the start to here."""
    lengths: tuple[float, ...]
    """Of the steps between, in those of Newton."""
    lower: FloatArray
    """Cholesky factor of a Hessian close to there."""
    weakest: float
    """Least squared pivot of it."""
    step: FloatArray
    """Newton's, with that Hessian, (n_params,)."""
    square: float
    """Squared decrement; of an accuracy, at most so much."""
    distance: float
    """Length of the step relative to the parameters."""

    @property
    def look(self) -> FewLook:
        """At this place."""
        return self.path[-1]


def direct(
    objective: Objective, params: FloatArray, counter: Iterator[int], accuracy: float | None
) -> Generator[Step, None, FloatArray | None]:
    """Yield the steps to the optimum, one a look at the rows, and the proof that it is one.

    Parameters
    ----------
    accuracy : float or None
        Suboptimality, relative to the objective, at which to stop; None goes on to rounding.

    Returns
    -------
    ndarray or None
        The parameters; None if the data are not for this method, before any step.
    """
    rows = few_rows(objective)
    if rows is None:
        return None
    first = rows.look(rows.frame.inward(params)[:, 0])
    to_rounding, is_penalised = accuracy is None, not objective.penalty.is_zero
    end = _descended(rows, first, accuracy)
    least = _COLLINEAR if to_rounding and not is_penalised else _COLLINEAR_ELSE
    if end is None or end.weakest < least:
        return None
    if to_rounding:
        end = _polished(rows, end)
    rank = objective.n_params if to_rounding and not is_penalised else None
    certificate = _certificate(rows, end, rank)
    if to_rounding and not (end.distance <= _CLOSE and certificate.residual.item() <= _SMALL):
        return None
    here = rows.point(first)
    for (look, new), length in zip(pairwise(end.path), end.lengths, strict=True):
        there = rows.point(new)
        yield step_between(here, there, rows.pull(look), counter, np.array([length]))
        here = there
    yield last_step(here, end.step[:, None], certificate, rows.frame, counter)
    return here.params


def _descended(rows: FewRows, look: FewLook, accuracy: float | None) -> _Place | None:
    """Go down until a step is short, and that step too: it squares the error; then until the accuracy is reached."""
    from scipy.linalg.lapack import dposv

    tolerance = _FINE if accuracy is None else max(0.3 * accuracy**0.5, _FINE)
    path, lengths = [look], []
    for _ in range(_ITERATIONS):
        hessian = rows.hessian(look)
        lower, step, fault = dposv(hessian, look.gradient, lower=1)
        if fault:
            return None
        square = np.dot(step, look.gradient).item()
        length, new = 1.0, rows.look(look.params - step)
        if square > FAR * look.loss:
            length, new = rows.farther(look, -step, new)
        if not new.loss <= look.loss - _FALL * square + 8 * _EPS * abs(look.loss):
            return None
        path.append(new)
        lengths.append(length)
        if square <= tolerance * abs(look.loss):
            weakest = (np.square(lower.diagonal()) / hessian.diagonal()).min().item()
            end = _placed(tuple(path), tuple(lengths), lower, weakest)
            if accuracy is None:
                return end
            bent = rows.bend_along(new, end.step)
            square = square_at_least(end.square, bent).item()
            is_near = square <= _STALE * end.square and FLATTER * square / 2 <= accuracy * abs(new.loss)
            if is_near and not is_far(np.dot(rows.x, end.step)):
                return end._replace(square=square)
        look = new
    return None


def _polished(rows: FewRows, place: _Place) -> _Place:
    """Go on with the Hessian that is there, as long as steps get shorter."""
    for _ in range(_ITERATIONS):
        if place.distance <= _ROUNDING:
            break
        look = rows.look(place.look.params + place.step)
        new = _placed((*place.path, look), (*place.lengths, 1.0), place.lower, place.weakest)
        if not new.distance < place.distance:
            break
        place = new
    return place


def _placed(path: tuple[FewLook, ...], lengths: tuple[float, ...], lower: FloatArray, weakest: float) -> _Place:
    from scipy.linalg.lapack import dpotrs

    look = path[-1]
    step = -dpotrs(lower, look.gradient, lower=1)[0]
    square = max(-np.dot(step, look.gradient).item(), 0.0)
    distance = relative_length(step[:, None], look.params[:, None]).item()
    return _Place(path, lengths, lower, weakest, step, square, distance)


def _certificate(rows: FewRows, end: _Place, rank: int | None) -> Certificate:
    residual = np.abs(end.look.gradient).max(keepdims=True) / rows.pull(end.look)
    yes, decrement = np.ones(1, dtype=bool), np.array([end.square**0.5])
    return Certificate(residual, decrement, np.array([end.distance]), yes, ~yes, rank, (), "Hessian of all rows")


__all__ = ["direct"]
