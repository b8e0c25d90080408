"""To about the optimum on rows in float32, where a look costs a tenth of one at X, and from there on X itself.

It never knows beforehand how many looks a problem takes, so that it buys a Hessian only once those since the last one
have cost about as much, and those that are left would cost more. Nobody sees its steps; whoever comes next sees where
they led.
"""

from collections.abc import Generator, Iterator
from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._descent import look_at_start
from logitscope.solvers._few import FewLook, FewRows, rough_rows
from logitscope.solvers._finish import confirmed, jump, polish
from logitscope.solvers._line import FAR
from logitscope.solvers._memory import Dot, Pair, remembered, two_loops
from logitscope.solvers._preconditioner import Diagonal, Factor, PerColumn, factorise
from logitscope.steps import Step

_ITERATIONS = 200
_MEMORY = 10
_FALL = 1e-3  # of what the slope promises
_ROUNDING = 8 * float(np.finfo(np.float32).eps)
_MOST_PRODUCTS = 1e10  # in a Hessian: where it takes longer, other methods do without
# Entries of X, up to which a copy costs less than passes over it: of few rows a parameter, and of others, of which a
# sample tells much, to rounding or to an accuracy.
_FEW_ROWS, _MOST_OF_FEW, _MOST, _MOST_TOLD = 10, 2**22, 2**21, 700_000
# Nanoseconds: of a call of either kind, a look by the entry and the row, a Hessian by the product and the entry.
_CALLS, _ENTRY, _ROW, _PRODUCT, _SCALED = 5e4, 0.12, 10.0, 0.011, 0.2
_PATIENCE = 0.5  # of the price of a Hessian, spent on looks before it is bought
_AFTER = 2.0  # looks that are left with it
_PRODUCTS, _POLISHING = 8.0, 20.0  # looks that proofs by products and polishing without a Hessian cost
_FINE = 1e-9  # of the objective, which the steps in float64 square
_NEAR, _CLOSE = 0.1, 1e-4  # shares by which the objective may have fallen since its Hessian: to stop, and to polish
_FLATTER = 3.0  # as those who confirm it ask for
_STEADY = 3.0  # by how much worse the next step may be than the last one
# Least squared pivots, below which float32 does not tell columns apart, and those of unpenalised data to rounding.
_COLLINEAR, _COLLINEAR_UNPENALISED = 1e-3, 1e-2
_EACH = Dot(is_joint=False)


class _Metric(NamedTuple):
    """A Hessian or a diagonal, and what steps since then tell of it."""

    history: list[Pair]
    first: Diagonal | Factor

    def solve(self, gradient: FloatArray) -> FloatArray:
        """Return H⁻¹ g, (n_params,)."""
        return -two_loops(gradient, self.history, _EACH, self.first.solve)


class _Found(NamedTuple):
    """About the optimum in the frame, (n_params,), and the metric there."""

    params: FloatArray
    metric: _Metric
    is_exact: bool
    """Whether the metric holds the Hessian close to there."""


def rough(
    objective: Objective, params: FloatArray, counter: Iterator[int], accuracy: float | None
) -> Generator[Step, None, FloatArray | None]:
    """Yield a step to about the optimum, those from there on, and the proof.

    Parameters
    ----------
    accuracy : float or None
        Suboptimality, relative to the objective, at which to stop; None goes on to rounding.

    Returns
    -------
    ndarray or None
        The parameters; None if the data are not for this method, before any step.
    """
    n, size = objective.source.n_samples, objective.n_params
    if n * size * size > _MOST_PRODUCTS:
        return None
    to_rank = objective.penalty.is_zero and accuracy is None
    with np.errstate(all="ignore"):
        others = _MOST if accuracy is None else _MOST_TOLD
        rows = rough_rows(objective, _MOST_OF_FEW if n < _FEW_ROWS * size else others)
        if rows is None:
            return None
        first = rows.look(rows.frame.inward(params)[:, 0])
        found = _descended(rows, first, accuracy, _COLLINEAR_UNPENALISED if to_rank else _COLLINEAR)
    if found is None or (to_rank and not found.is_exact):
        return None
    frame, gradient, metric = rows.frame, first.gradient[:, None], PerColumn((found.metric,))
    start = look_at_start(objective, frame, params, lambda: gradient)
    point = yield from jump(
        objective, frame, start, found.params[:, None], counter, rows.pull(first), "rows in float32"
    )
    del start, first  # their z are not to be held while it goes on
    if accuracy is None:
        rank = objective.n_params if to_rank else None
        return (yield from polish(objective, frame, point, metric, counter, is_exact=found.is_exact, rank=rank))
    return (yield from confirmed(objective, frame, point, metric, rows.hessian_at, accuracy, counter, _EACH))


def _descended(rows: FewRows, look: FewLook, accuracy: float | None, least: float) -> _Found | None:
    """Go down, first from a diagonal, until the next step is good enough; None where float32 leads nowhere."""
    share, near, worth = (_FINE, _CLOSE, _POLISHING) if accuracy is None else (max(accuracy, _FINE), _NEAR, _PRODUCTS)
    metric, price = _Metric([], Diagonal(rows.diagonal(look))), _price(rows)
    built, squares = np.inf, [np.inf]  # the objective where the Hessian is of, and squared decrements since
    for _ in range(_ITERATIONS):
        direction = -metric.solve(look.gradient)
        square, loss = -np.dot(direction, look.gradient).item(), abs(look.loss)
        goal = share * loss / _FLATTER
        squares.append(square)
        is_there = square * (min(_STEADY * square / squares[-2], 1.0) if metric.history else 1.0) <= goal
        is_near = built - look.loss <= near * loss
        if is_there and (is_near or price > worth):
            return _Found(look.params + direction, metric, is_near)
        if not is_there and not _pays(price, squares[1:], goal):
            new = _stepped(rows, look, direction, square, is_first=not metric.history)
            if new.loss <= look.loss - _FALL * square + _ROUNDING * loss:
                pair = remembered(new.params - look.params, new.gradient - look.gradient, _EACH)
                metric = _Metric([*metric.history[1 - _MEMORY :], pair], metric.first)
                look = new
                continue
            if len(squares) == 2 and built < np.inf:
                return None
        factor = factorise(rows.hessian(look))
        if factor is None or factor.weakest < least:
            return None
        metric, built, squares = _Metric([], factor), look.loss, [np.inf]
    return None


def _stepped(rows: FewRows, look: FewLook, direction: FloatArray, square: float, is_first: bool) -> FewLook:
    """Make the whole step, or the first one from far away in the best length where that is better."""
    whole = rows.look(look.params + direction)
    is_far = is_first and square > FAR * abs(look.loss)
    return rows.farther(look, direction, whole)[1] if is_far else whole


def _pays(price: float, squares: list[float], goal: float) -> bool:
    """Whether a Hessian costs less than the looks that are left, at the rate of those since the last one."""
    since = len(squares) - 1
    if since < _PATIENCE * price:
        return False
    rate = (squares[-1] / squares[0]) ** (1 / since)
    return rate >= 1.0 or np.log(goal / squares[-1]) / np.log(rate) > price + _AFTER


def _price(rows: FewRows) -> float:
    """Return how many looks a Hessian costs."""
    n, p = rows.x.shape
    hessian = _CALLS + _PRODUCT * (n * p * p + p**3) + _SCALED * n * p
    return max(2.0, hessian / (_CALLS + n * (_ENTRY * p + _ROW)))


__all__ = ["rough"]
