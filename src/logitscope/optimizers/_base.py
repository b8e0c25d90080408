"""What every update rule is, and the arithmetic of learning rates that all of them share.

Update rules never know the data, the pre-activation, the loss or who records them.

Two instances show the pattern. Gradient descent has nothing to remember; momentum remembers a velocity::

    GradientDescent   state (step)             update = −η g
    Momentum          state (step, velocity)   v ← β v + g;  update = −η v
"""

from __future__ import annotations

from dataclasses import fields
from typing import Any, ClassVar, Protocol

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import FloatArray
from logitscope.optimizers._schedules import CONSTANT, Schedule
from logitscope.optimizers._validation import checked_learning_rate, require_schedule


class Optimizer(Protocol):
    """A rule that turns gradients into updates.

    Implementations are frozen dataclasses that can be made without arguments: what changes from step to step is in
    the state, a NamedTuple whose first field is `step`, the number of updates made, and whose others are arrays
    shaped as the parameters, in their dtype. The update is *added* to the parameters, is linear in the learning rate,
    and is 0 while all gradients are. Every rule works element by element, so that one column is treated exactly, bit
    for bit, as the same column among many.

    Attributes
    ----------
    name : str
        Name in the registry.
    default_batch_size : int or None
        Rows of a batch when the caller names no number; None is the full batch.
    rate_exponent : float
        k in `natural_rate` ∝ 1 / curvatureᵏ: 1.0 for rules whose update is proportional to the gradient, 0.5 for
        those that divide by its size, 0.0 for one whose learning rate has no units. `compare` scales matched learning
        rates with it; only with 1.0 and a full batch is a curvature bound a bound on the learning rate too.
    is_diagonal : bool
        Whether each parameter is scaled by itself: `gradient_factor` is laid out like the parameters, not a number.
    remembers : bool
        Whether the rule moves on past gradients alone, as momentum does while the gradient is 0. An object without
        these two is tried out instead: see `is_diagonal` and `remembers` of this package.
    learning_rate : float, ndarray of shape (n_models,) or None
        η > 0, one for all columns or one for each. None is left for the caller to fill.
    schedule : Schedule
        Multiplier of the learning rate for each step.

    Examples
    --------
    >>> import numpy as np
    >>> from logitscope.optimizers import Momentum
    >>> optimizer = Momentum(learning_rate=0.1, momentum=0.5)
    >>> params = np.array([[1.0], [2.0]])
    >>> state = optimizer.init(params)
    >>> for _ in range(2):
    ...     update, state = optimizer.update(2 * params, state)  # the gradient of w₁² + w₂²
    ...     params = params + update
    >>> params.ravel()
    array([0.54, 1.08])
    >>> state.step
    2
    """

    name: ClassVar[str]
    default_batch_size: ClassVar[int | None]
    rate_exponent: ClassVar[float]
    is_diagonal: ClassVar[bool]
    remembers: ClassVar[bool]

    @property
    def learning_rate(self) -> float | FloatArray | None:
        """Learning rate η, or None while it is left to the caller."""
        ...

    @property
    def schedule(self) -> Schedule:
        """Multiplier of the learning rate for each step."""
        ...

    def init(self, params: FloatArray) -> Any:
        """Return the state before the first update of `params`, (n_features + 1, n_models) or any shape."""
        ...

    def update(self, gradient: FloatArray, state: Any) -> tuple[FloatArray, Any]:
        """Return what to add to the parameters, and the next state.

        Parameters
        ----------
        gradient : ndarray, shaped as the parameters
            Gradient of the objective. It is not changed, and neither is `state`.
        state : NamedTuple
            From `init` or from the last call.

        Returns
        -------
        update : ndarray, shape and dtype of `gradient`
        state : NamedTuple

        Raises
        ------
        InvalidInputError
            If `learning_rate` is None.
        """
        ...

    def gradient_factor(self, state: Any) -> float | FloatArray:
        """Return D, the diagonal factor on the gradient of the update that returned `state`.

        The update was −η D g plus what earlier gradients left; η is not part of D. For the rules with a
        second moment, D is what the update divided by, in which g itself has its share.

        Raises
        ------
        InvalidInputError
            If D depends on past gradients and there are none.
        """
        ...

    def rate(self, state: Any) -> float | FloatArray:
        """Return the learning rate, schedule included, of the update that starts from `state`."""
        ...

    def natural_rate(self, curvature: float | FloatArray) -> float | FloatArray:
        """Return a learning rate that suits an objective whose curvature is at most `curvature` > 0.

        The scale is forced by the units: a step −η g needs η in units of 1 / curvature, a step that is
        normalised by gradients needs η in units of the parameters, 1 / √curvature at unit loss. The constant is the
        rule's own: c (w² + u²/10) / 2, started where it is 1, must be below 1/500 after 200 full-batch steps, for c
        from 1e-6 to 1e6. `learning_rate="auto"` is this.

        Parameters
        ----------
        curvature : float or ndarray of shape (n_models,)

        Returns
        -------
        float or ndarray of shape (n_models,)
            As `curvature`; proportional to 1 / curvature ** rate_exponent.
        """
        ...


def scheduled_rate(learning_rate: float | FloatArray | None, schedule: Schedule, step: int) -> float | FloatArray:
    """Return η · factor(step).

    Examples
    --------
    >>> from logitscope.optimizers import InverseTime
    >>> scheduled_rate(0.5, InverseTime(decay=1.0), 4)
    0.1
    """
    if learning_rate is None:
        raise InvalidInputError("`learning_rate` must be a number > 0 before the first update; got None.")
    if schedule is CONSTANT:
        return learning_rate
    if isinstance(learning_rate, np.ndarray):
        return learning_rate * schedule.factor(step)
    return float(learning_rate * schedule.factor(step))


def settle_rate(rule: Any) -> None:
    """Check a new rule's learning rate and schedule, and keep −η in `_down` where it is one number for every step."""
    rate = checked_learning_rate(rule.learning_rate)
    require_schedule(rule.schedule)
    object.__setattr__(rule, "learning_rate", rate)
    # An array: to read a number of Python's takes NumPy as long as to multiply hundreds by it.
    is_one = rule.schedule is CONSTANT and _tells_rate(type(rule))
    down = np.array(-rate) if is_one and isinstance(rate, float) else None
    object.__setattr__(rule, "_down", down)


def _tells_rate(kind: type) -> bool:
    """Whether a rule's rate is what its learning rate and schedule say: a method of ours, not of a user's class."""
    module: str = kind.rate.__module__  # type: ignore[attr-defined]
    return module.startswith(__package__)


def is_constant(rule: Any) -> bool:
    """Tell whether a rule is known to have one number as its learning rate at every step."""
    return getattr(rule, "_down", None) is not None


def descend(rule: Any, state: Any, direction: FloatArray) -> FloatArray:
    """Return −η · direction in the dtype of `direction`: float64 rates must not widen a float32 run."""
    down = getattr(rule, "_down", None)  # a rule of a user's may never have settled it
    if down is not None and direction.dtype == down.dtype:
        steps: FloatArray = down * direction
        return steps
    rate = rule.rate(state)
    if isinstance(rate, np.ndarray):
        rate = rate.astype(direction.dtype, copy=False)
    return -rate * direction


def inverse_root(constant: float, curvature: float | FloatArray) -> float | FloatArray:
    """Return constant / √curvature.

    Examples
    --------
    >>> inverse_root(0.05, 4.0)
    0.025
    """
    # numpy's square root for scalars too: it is correctly rounded, so that one column has the bits of many.
    rate = constant / np.sqrt(curvature)
    return rate if isinstance(rate, np.ndarray) else float(rate)


def require_updated(step: int) -> None:
    """Refuse a state that no gradient has entered."""
    if step == 0:
        raise InvalidInputError("`state` must be one that `update` returned; got the state of `init`.")


def same_fields(self: object, other: object) -> bool:
    """Compare two rules field by field; the generated comparison fails on arrays of learning rates."""
    return type(self) is type(other) and all(
        np.array_equal(getattr(self, field.name), getattr(other, field.name))
        for field in fields(self)  # type: ignore[arg-type]
    )


__all__ = [
    "Optimizer",
    "descend",
    "inverse_root",
    "is_constant",
    "require_updated",
    "same_fields",
    "scheduled_rate",
    "settle_rate",
]
