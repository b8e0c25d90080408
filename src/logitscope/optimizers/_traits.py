"""What a run needs to know of an update rule beforehand, and the rule for some of its columns.

It reads what rules declare, and tries out only rules of a user that declare nothing; it never makes a step of a run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.optimizers._base import Optimizer, is_constant
from logitscope.optimizers._constant import constant_descent


def is_diagonal(optimizer: Optimizer) -> bool:
    """Tell whether the rule scales each parameter by itself, as those with a second moment do.

    Examples
    --------
    >>> from logitscope.optimizers import Adam, Momentum
    >>> is_diagonal(Adam()), is_diagonal(Momentum())
    (True, False)
    """
    if hasattr(optimizer, "is_diagonal"):
        return bool(optimizer.is_diagonal)
    _, state, tried = _first_step(optimizer)
    return np.ndim(tried.gradient_factor(state)) > 0


def remembers(optimizer: Optimizer) -> bool:
    """Tell whether the rule moves on past gradients alone, as momentum and Adam do.

    Examples
    --------
    >>> from logitscope.optimizers import AdaGrad, Adam
    >>> remembers(Adam()), remembers(AdaGrad())
    (True, False)
    """
    if hasattr(optimizer, "remembers"):
        return bool(optimizer.remembers)
    update, state, tried = _first_step(optimizer)
    update, _ = tried.update(np.zeros_like(update), state)
    return bool(np.any(update))


def _first_step(optimizer: Any) -> tuple[Any, Any, Optimizer]:
    """Make a step of size 1 from rest, with a gradient of ones."""
    tried = replace(optimizer, learning_rate=1.0)
    start = np.ones((2, 1))
    return *tried.update(start, tried.init(start)), tried


def rates(optimizer: Any, states: Sequence[Any]) -> list[float | FloatArray]:
    """Return the learning rates of the updates that start from these states.

    Examples
    --------
    >>> from logitscope.optimizers import GradientDescent, InverseTime
    >>> optimizer = GradientDescent(0.5, schedule=InverseTime(decay=1.0))
    >>> state = optimizer.init(np.zeros((2, 1)))
    >>> rates(optimizer, [state, state._replace(step=1)])
    [0.5, 0.25]
    """
    if is_constant(optimizer):
        return [optimizer.learning_rate] * len(states)
    rate = optimizer.rate
    return [rate(state) for state in states]


def factors(optimizer: Any, states: Sequence[Any]) -> list[Any]:
    """Return D of the updates that led to these states: numbers, or what returns the arrays and holds on to the states.

    Examples
    --------
    >>> from logitscope.optimizers import Momentum
    >>> optimizer = Momentum(0.5)
    >>> _, state = optimizer.update(np.ones((2, 1)), optimizer.init(np.ones((2, 1))))
    >>> factors(optimizer, [state])
    [1.0]
    """
    factor = optimizer.gradient_factor
    if constant_descent(optimizer) is not None:
        return [factor(states[0])] * len(states)
    if np.ndim(factor(states[0])) == 0:
        return [factor(state) for state in states]
    return [partial(factor, state) for state in states]


def take_columns(optimizer: Any, state: Any, columns: IntArray) -> tuple[Optimizer, Any]:
    """Return the rule and its state for some of the columns, to go on with these alone.

    Parameters
    ----------
    optimizer : Optimizer
    state : NamedTuple
        A number of steps, and arrays whose last axis is the columns.
    columns : ndarray of int
        Positions of the columns that stay.
    """
    if np.ndim(optimizer.learning_rate) > 0:
        optimizer = replace(optimizer, learning_rate=optimizer.learning_rate[columns])
    fields = (field[..., columns] if np.ndim(field) > 0 else field for field in state)
    return optimizer, type(state)(*fields)


__all__ = ["factors", "is_diagonal", "rates", "remembers", "take_columns"]
