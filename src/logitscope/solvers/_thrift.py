"""L-BFGS that buys a Hessian where looks would cost more: it starts from a diagonal, which is known for nothing.

It knows looks, prices and metrics of vectors of parameters; it never knows rows. Where steps lead nowhere, it says so.
"""

from typing import NamedTuple, Protocol, TypeVar

import numpy as np

from logitscope._typing import FloatArray
from logitscope.solvers._line import FAR
from logitscope.solvers._memory import Dot, Quasi, remembered
from logitscope.solvers._preconditioner import Diagonal, Preconditioner

_ITERATIONS = 200
_MEMORY = 10
_A_TRY, _TRIES = 5.0, 5  # looks of a Hessian's price for each shorter step, and how many there are at most
_FALL = 1e-3  # of what the slope promises
_ROUNDING = 8 * float(np.finfo(np.float32).eps)
_PATIENCE = 0.5  # of the price of a Hessian, spent on looks before it is bought
_ANOTHER = 0.01  # share by which the objective has to have fallen for its Hessian to be another one
_AFTER = 2.0  # looks that are left with it
_STEADY = 3.0  # by how much worse the next step may be than the last one
_VECTORS = Dot(is_joint=False)


class Look(Protocol):
    """The objective at parameters, which are one vector."""

    @property
    def params(self) -> FloatArray:
        """Where it is."""
        ...

    @property
    def loss(self) -> float:
        """Of the objective."""
        ...

    @property
    def gradient(self) -> FloatArray:
        """Of the objective."""
        ...


_Look = TypeVar("_Look", bound=Look)


class Problem(Protocol[_Look]):
    """What is to be minimised, in float32."""

    @property
    def price(self) -> float:
        """How many looks a Hessian costs."""
        ...

    def look(self, params: FloatArray, /) -> _Look:
        """Look at parameters."""
        ...

    def farther(self, look: _Look, direction: FloatArray, whole: _Look, /) -> tuple[float, _Look]:
        """Return the better of the whole step and one of the best length, and its length."""
        ...

    def diagonal(self, look: _Look, /) -> FloatArray:
        """Return about the diagonal of the Hessian."""
        ...

    def metric(self, look: _Look, /) -> Preconditioner | None:
        """Return the Hessian, or what of it is worth its price; None if float32 cannot tell it."""
        ...


class Thrift(NamedTuple):
    """How far to go.

    Attributes
    ----------
    share : float
        Of the objective, that the squared decrement is to be at the end.
    near : float
        Share by which the objective may have fallen since its Hessian was taken, for it to count as that at the end.
    worth : float
        Looks that are spent after the end unless there is such a Hessian.
    """

    share: float
    near: float
    worth: float


class Found(NamedTuple):
    """About the optimum, and the metric there."""

    params: FloatArray
    metric: Quasi
    is_close: bool
    """Whether the metric holds the Hessian of close to there."""


def descended(problem: Problem[_Look], look: _Look, thrift: Thrift) -> Found | None:
    """Go down until the next step is good enough; None where float32 leads nowhere."""
    metric = Quasi([], Diagonal(problem.diagonal(look)), _VECTORS)
    built, squares = np.inf, [np.inf]  # the objective where the Hessian is of, and squared decrements since
    for _ in range(_ITERATIONS):
        direction = -metric.solve(look.gradient)
        square, loss = -np.dot(direction, look.gradient).item(), abs(look.loss)
        goal = thrift.share * loss
        squares.append(square)
        is_close = built - look.loss <= thrift.near * loss
        rate = min(_STEADY * square / squares[-2], 1.0) if is_close and metric.history else 1.0
        is_there = square * rate <= goal
        if is_there and (is_close or problem.price > thrift.worth):
            return Found(look.params + direction, metric, is_close)
        is_another = built - look.loss > _ANOTHER * loss
        if not is_there and not (is_another and _pays(problem.price, squares[1:], goal)):
            new = _stepped(problem, look, direction, square, is_first=not metric.history)
            if new is not None:
                pair = remembered(new.params - look.params, new.gradient - look.gradient, _VECTORS)
                metric, look = metric._replace(history=[*metric.history[1 - _MEMORY :], pair]), new
                continue
            is_fresh = len(squares) == 2 and built < np.inf
            if is_fresh:
                return None
        bought = problem.metric(look)
        if bought is None:
            return None
        metric, built, squares = Quasi([], bought, _VECTORS), look.loss, [np.inf]
    return None


def _stepped(
    problem: Problem[_Look], look: _Look, direction: FloatArray, square: float, is_first: bool
) -> _Look | None:
    """Make the whole step, or the first one from far away in the best length where that is better; None if it rises.

    Before a dear Hessian is bought, shorter ones are tried.
    """
    loss, length = abs(look.loss), 1.0
    for _ in range(1 + min(int(problem.price / _A_TRY), _TRIES)):
        new = problem.look(look.params + length * direction)
        if length == 1.0 and is_first and square > FAR * loss:
            _, new = problem.farther(look, direction, new)
        if new.loss <= look.loss - _FALL * length * square + _ROUNDING * loss:
            return new
        length /= 4.0
    return None


def _pays(price: float, squares: list[float], goal: float) -> bool:
    """Whether a Hessian costs less than the looks that are left, at the rate of those since the last one."""
    since = len(squares) - 1
    if since < _PATIENCE * price:
        return False
    rate = (squares[-1] / squares[0]) ** (1 / since)
    return bool(rate >= 1.0 or np.log(goal / squares[-1]) / np.log(rate) > price + _AFTER)


__all__ = ["Found", "Look", "Problem", "Thrift", "descended"]
