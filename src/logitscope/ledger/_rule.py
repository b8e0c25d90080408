"""An update rule as the linear map that it is: one small matrix a step and column.

It applies the rule to unit vectors in place of parameters, so that it knows no rule by name; it never knows the data.
"""

from functools import cache
from typing import Any

import numpy as np

from logitscope._typing import FloatArray
from logitscope.optimizers import OPTIMIZERS, Optimizer


def is_linear(optimizer: Optimizer, n_models: int) -> bool:
    """Whether updates are sums of past gradients times numbers: tried on two sequences of gradients and their sum.

    The second sequence is 10⁵ times as large: what a rule divides by, or clips, shows.
    """
    shape = (4, n_models)
    if any(getattr(part, "shape", None) != shape for part in optimizer.init(np.zeros(shape))[1:]):
        return False  # a state within a state, as of a rule that is clipped
    rng = np.random.default_rng(0)
    one, other = rng.standard_normal((2, 3, *shape)) * np.array([1.0, 1e5]).reshape(2, 1, 1, 1)
    apart = _updates(optimizer, one) + _updates(optimizer, other)
    together = _updates(optimizer, one + other)
    return bool(np.allclose(together, apart, rtol=1e-9, atol=1e-9 * np.abs(apart).max()))


def _updates(optimizer: Optimizer, gradients: FloatArray) -> FloatArray:
    state = optimizer.init(gradients[0])
    updates = []
    for gradient in gradients:
        update, state = optimizer.update(gradient, state)
        updates.append(update)
    return np.array(updates)


@cache
def linear_rules() -> tuple[str, ...]:
    """Names of the rules in the registry of which an account can be kept."""
    return tuple(name for name, rule in OPTIMIZERS.items() if is_linear(rule(learning_rate=1.0), 1))  # type: ignore[call-arg]


class Rule:
    """What one step of an optimizer does to a sample's numbers: x ← M x + u d.

    x holds what the sample has in the parameters (α) and in each array of the optimizer's state (its velocity); d is
    the sample's share of the batch times its ∂ℓ/∂z. M takes in the ℓ₂ penalty, as α decays like the coefficients.

    Parameters
    ----------
    optimizer : Optimizer
        Linear in the gradient.
    state : NamedTuple
        A state of it.
    decay : float or ndarray of shape (n_models,)
        Second derivative λ of the penalty.
    n_models : int

    Examples
    --------
    Momentum: v ← β v + d + λ α and α ← α − η v.

    >>> from logitscope.optimizers import Momentum
    >>> optimizer = Momentum(learning_rate=0.1, momentum=0.9)
    >>> rule = Rule(optimizer, optimizer.init(np.zeros((1, 1))), decay=0.5, n_models=1)
    >>> rule.map(0)[0].round(3)
    array([[ 0.95, -0.09, -0.1 ],
           [ 0.5 ,  0.9 ,  1.  ]])
    """

    def __init__(self, optimizer: Optimizer, state: Any, decay: float | FloatArray, n_models: int) -> None:
        self.n_slots = len(state)  # the parameters take the place of the step count
        units = np.repeat(np.eye(self.n_slots + 1)[:, :, None], n_models, axis=2)
        self._params, self._others = units[0], units[1:-1]
        self._gradient = units[-1] + decay * units[0]
        self._optimizer, self._state_type = optimizer, type(state)

    def map(self, count: int) -> FloatArray:
        """Return M and u side by side, (n_models, n_slots, n_slots + 1), for the step after `count` steps."""
        update, after = self._optimizer.update(self._gradient, self._state_type(count, *self._others))
        columns: FloatArray = np.array([self._params + update, *after[1:]]).transpose(2, 0, 1)
        return columns


__all__ = ["Rule", "is_linear", "linear_rules"]
