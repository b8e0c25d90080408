"""Clipping: another rule, which is given no gradient that is longer than a limit.

It never knows what the rule within it does with the gradient.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, NamedTuple

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import FloatArray
from logitscope.optimizers._base import Optimizer, require_updated, same_fields
from logitscope.optimizers._schedules import Schedule
from logitscope.optimizers._validation import checked_learning_rate, require_number


class ClippedState(NamedTuple):
    """Number of updates made, what was left of the last gradient, and the state of the rule within.

    `kept` is shaped as the parameters, one number a column: 1 where the gradient was short enough.
    """

    step: int
    kept: FloatArray
    inner: tuple[Any, ...]


@dataclass(frozen=True)
class Clipped:
    """update = that of another rule on g · min(1, max_norm/‖g‖), with ‖g‖ the norm of each column of the gradient.

    Pascanu, Mikolov and Bengio (2013), algorithm 1. The norm is that of one model, intercept and penalty included,
    so that a model is trained among others as it is alone.

    Parameters
    ----------
    optimizer : Optimizer
        The rule within, such as ``Momentum()``.
    max_norm : float
        > 0, in units of the gradient.
    learning_rate : float, array_like of shape (n_models,) or None
        η > 0 of the rule within; given here or there, not in both.

    Raises
    ------
    InvalidInputError
        If `optimizer` is no object with the methods of an update rule, or there are two learning rates.

    Examples
    --------
    >>> import numpy as np
    >>> from logitscope.optimizers import GradientDescent
    >>> optimizer = Clipped(GradientDescent(learning_rate=1.0), max_norm=1.0)
    >>> update, state = optimizer.update(np.array([[3.0], [-4.0]]), optimizer.init(np.zeros((2, 1))))
    >>> update.ravel()
    array([-0.6,  0.8])
    """

    optimizer: Optimizer
    max_norm: float = 1.0
    learning_rate: float | FloatArray | None = None

    is_diagonal: ClassVar[bool] = True  # what is kept of a gradient differs by column

    __eq__ = same_fields

    def __post_init__(self) -> None:
        rule = self.optimizer
        if isinstance(rule, type | str) or not callable(getattr(rule, "gradient_factor", None)):
            raise InvalidInputError(f"`optimizer` must be an update rule, such as Momentum(); got {rule!r}.")
        require_number("max_norm", self.max_norm, low=0, open_low=True)
        rate = checked_learning_rate(self.learning_rate)
        if rule.learning_rate is not None:
            if rate is not None:
                raise InvalidInputError(
                    f"`learning_rate` must be given in one place; got {rate!r} beside that of {rule!r}."
                )
            rate = rule.learning_rate
            # The rate is held here alone: whoever fills or replaces it does so in one place.
            object.__setattr__(self, "optimizer", replace(rule, learning_rate=None))  # type: ignore[type-var]
        object.__setattr__(self, "learning_rate", rate)

    @cached_property
    def _rule(self) -> Optimizer:
        """The rule within, with its learning rate."""
        filled: Optimizer = replace(self.optimizer, learning_rate=self.learning_rate)  # type: ignore[type-var]
        return filled

    @property
    def name(self) -> str:
        """Name of the rule within, and that it is clipped."""
        return f"clipped {self.optimizer.name}"

    @property
    def default_batch_size(self) -> int | None:
        """That of the rule within."""
        return self.optimizer.default_batch_size

    @property
    def rate_exponent(self) -> float:
        """That of the rule within, which it is wherever nothing is clipped."""
        return self.optimizer.rate_exponent

    @cached_property
    def remembers(self) -> bool:
        """Whether the rule within moves on past gradients alone, as momentum does."""
        rule: Optimizer = replace(self.optimizer, learning_rate=1.0)  # type: ignore[type-var]
        one = np.ones((1, 1))
        _, state = rule.update(one, rule.init(one))
        update, _ = rule.update(np.zeros_like(one), state)
        return bool(np.any(update))

    @property
    def schedule(self) -> Schedule:
        """That of the rule within."""
        return self.optimizer.schedule

    def init(self, params: FloatArray) -> ClippedState:
        """Return the state before the first update."""
        return ClippedState(0, np.ones_like(params), tuple(self._rule.init(params)))

    def update(self, gradient: FloatArray, state: ClippedState) -> tuple[FloatArray, ClippedState]:
        """Return the update of the rule within on the clipped gradient, and the next state."""
        kept = self._kept(gradient)
        update, inner = self._rule.update(kept * gradient, self._within(state))
        return update, ClippedState(state.step + 1, kept, tuple(inner))

    def gradient_factor(self, state: ClippedState) -> FloatArray:
        """Return min(1, max_norm/‖g‖) times the factor of the rule within, shaped as the parameters."""
        require_updated(state.step)
        return state.kept * self._rule.gradient_factor(self._within(state))

    def rate(self, state: ClippedState) -> float | FloatArray:
        """Return the learning rate of the next update."""
        return self._rule.rate(self._within(state))

    def natural_rate(self, curvature: float | FloatArray) -> float | FloatArray:
        """Return that of the rule within: clipping only makes steps shorter."""
        return self.optimizer.natural_rate(curvature)

    def _within(self, state: ClippedState) -> Any:
        return type(self._rule.init(state.kept))(*state.inner)

    def _kept(self, gradient: FloatArray) -> FloatArray:
        """What is left of every column's gradient, shaped as the gradient and of its type."""
        # One row a model in memory: the order of a sum down the columns would depend on their number. The largest
        # entry is taken out: squares of gradients that are in range may not be.
        rows = np.ascontiguousarray(gradient.reshape(len(gradient), -1).T)
        largest = np.abs(rows).max(axis=1, initial=np.finfo(gradient.dtype).tiny)
        unit = rows / largest[:, None]
        norm = largest * np.sqrt((unit * unit).sum(axis=1))
        kept = (self.max_norm / np.maximum(norm, self.max_norm)).astype(gradient.dtype)
        return np.broadcast_to(kept, gradient.shape).copy()


__all__ = ["Clipped", "ClippedState"]
