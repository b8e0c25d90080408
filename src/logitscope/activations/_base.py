"""The contract of an activation: φ, its derivatives and what it says as a probability, as functions of z.

An activation never knows labels, weights, data or any loss.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike, FloatArray


class Activation(ABC):
    """A nondecreasing function φ of the pre-activation z, with everything that training asks of it.

    Every method takes `z`, array_like of any shape, most often (n_samples, n_models), and returns a new
    array of that shape (a NumPy scalar for a number), computed in float64: float32 in gives float32 out,
    rounded once; any other real type gives float64. NaN gives NaN, ±inf the limit. No method emits a
    floating-point warning. A dtype that is not real raises `InvalidInputError`.

    Subclasses set `name`, `lower`, `upper` and implement `_value` and `_derivative` on float64 arrays of
    one dimension or more, which they must not write to. Every other hook has a default that is right but
    loses its digits in saturation, and is overridden where a form exists that keeps them.

    Attributes
    ----------
    name : str
        The name in the registry.
    lower, upper : float
        The infimum and the supremum of φ.
    midpoint : float
        The z where the probability is 1/2.
    couples_columns : bool
        Whether the last axis of z holds the classes of one sample, so that one column sees the others.

    Examples
    --------
    >>> from logitscope.activations import get_activation
    >>> phi = get_activation("sigmoid")
    >>> phi
    Sigmoid()
    >>> print(phi.lower, phi.upper, phi.midpoint)
    0.0 1.0 0.0
    """

    name: str
    lower: float
    upper: float
    couples_columns: bool = False

    @property
    def midpoint(self) -> float:
        """The z where the probability is 1/2."""
        return 0.0

    def __call__(self, z: ArrayLike, diff: bool = False) -> FloatArray:
        """Return φ(z), or φ′(z) if `diff`.

        Examples
        --------
        >>> from logitscope.activations import get_activation
        >>> print(get_activation("tanh")(0.0), get_activation("tanh")(0.0, diff=True))
        0.0 1.0
        """
        return self.derivative(z) if diff else self.value(z)

    def value(self, z: ArrayLike) -> FloatArray:
        """Return a = φ(z), between `lower` and `upper`.

        Examples
        --------
        >>> from logitscope.activations import get_activation
        >>> get_activation("sigmoid").value([[-1000.0, 0.0, 1000.0]])
        array([[0. , 0.5, 1. ]])
        """
        return _evaluate(self._value, z)

    def derivative(self, z: ArrayLike) -> FloatArray:
        """Return φ′(z) ≥ 0, per unit of z.

        Examples
        --------
        >>> from logitscope.activations import get_activation
        >>> print(f"{get_activation('tanh').derivative(300.0):.4e}")  # 1 - tanh(z)**2 is 0 from z = 19 on
        1.0602e-260
        """
        return _evaluate(self._derivative, z)

    def second_derivative(self, z: ArrayLike) -> FloatArray:
        """Return φ″(z), per squared unit of z.

        Examples
        --------
        >>> from logitscope.activations import get_activation
        >>> print(get_activation("softsign").second_derivative(1.0))
        -0.25
        """
        return _evaluate(self._second_derivative, z)

    def probability(self, z: ArrayLike) -> FloatArray:
        """Return p = (φ(z) − lower) / (upper − lower), the probability of class 1, in [0, 1].

        Examples
        --------
        >>> from logitscope.activations import get_activation
        >>> print(f"{get_activation('tanh').probability(-300.0):.4e}")
        2.6504e-261
        """
        return _evaluate(self._probability, z)

    def complement(self, z: ArrayLike) -> FloatArray:
        """Return q = 1 − p, the probability of class 0, with the digits that the subtraction would lose.

        Examples
        --------
        >>> from logitscope.activations import get_activation
        >>> print(f"{get_activation('sigmoid').complement(700.0):.4e}")
        9.8597e-305
        """
        return _evaluate(self._complement, z)

    def log_probability(self, z: ArrayLike) -> FloatArray:
        """Return log p ≤ 0, finite where p underflows.

        Examples
        --------
        >>> from logitscope.activations import get_activation
        >>> print(get_activation("sigmoid").log_probability(-1000.0))
        -1000.0
        """
        return _evaluate(self._log_probability, z)

    def log_complement(self, z: ArrayLike) -> FloatArray:
        """Return log(1 − p) ≤ 0, finite where 1 − p underflows.

        Examples
        --------
        >>> from logitscope.activations import get_activation
        >>> print(get_activation("sigmoid").log_complement(1000.0))
        -1000.0
        """
        return _evaluate(self._log_complement, z)

    def hazard(self, z: ArrayLike) -> FloatArray:
        """Return h = d log p / dz = p′/p ≥ 0; 0 where p is 0 over an interval.

        Examples
        --------
        >>> from logitscope.activations import get_activation
        >>> print(get_activation("sigmoid").hazard(-1000.0))
        1.0
        """
        return _evaluate(self._hazard, z)

    def complement_hazard(self, z: ArrayLike) -> FloatArray:
        """Return g = d log(1 − p) / dz = −p′/(1 − p) ≤ 0; 0 where 1 − p is 0 over an interval.

        Examples
        --------
        >>> from logitscope.activations import get_activation
        >>> print(get_activation("tanh").complement_hazard(1000.0))
        -2.0
        """
        return _evaluate(self._complement_hazard, z)

    @abstractmethod
    def _value(self, z: FloatArray) -> FloatArray: ...

    @abstractmethod
    def _derivative(self, z: FloatArray) -> FloatArray: ...

    def _second_derivative(self, z: FloatArray) -> FloatArray:
        # The step balances the error of truncation, h², against that of rounding, ε/h.
        step = np.cbrt(np.finfo(np.float64).eps) * np.maximum(1.0, np.abs(z))
        left, right = z - step, z + step
        slope = (self._derivative(right) - self._derivative(left)) / (right - left)
        return np.where(np.isinf(z), 0.0, slope)

    def _probability(self, z: FloatArray) -> FloatArray:
        return (self._value(z) - self.lower) / (self.upper - self.lower)

    def _complement(self, z: FloatArray) -> FloatArray:
        return (self.upper - self._value(z)) / (self.upper - self.lower)

    def _log_probability(self, z: FloatArray) -> FloatArray:
        p, q = self._probability(z), self._complement(z)
        return np.where(p < q, np.log(p), np.log1p(-q))

    def _log_complement(self, z: FloatArray) -> FloatArray:
        p, q = self._probability(z), self._complement(z)
        return np.where(q < p, np.log(q), np.log1p(-p))

    def _hazard(self, z: FloatArray) -> FloatArray:
        p = self._probability(z)
        return np.where(p == 0.0, 0.0, self._derivative(z) / ((self.upper - self.lower) * p))

    def _complement_hazard(self, z: FloatArray) -> FloatArray:
        q = self._complement(z)
        return np.where(q == 0.0, 0.0, -self._derivative(z) / ((self.upper - self.lower) * q))

    def __setattr__(self, attribute: str, value: object) -> None:
        raise AttributeError(f"`{type(self).__name__}` is immutable; `{attribute}` cannot be set.")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __eq__(self, other: object) -> bool:
        # One with parameters of its own is equal only to itself, unless it says otherwise (a frozen dataclass does).
        return self is other or (type(self) is type(other) and not vars(self) and not vars(other))

    def __hash__(self) -> int:
        return hash(type(self))


def _evaluate(hook: Callable[[FloatArray], FloatArray], z: ArrayLike) -> FloatArray:
    """Apply a hook in float64, silently, and give back the shape and the precision of `z`."""
    given = np.asarray(z)
    if given.dtype.kind not in "fiub":
        raise InvalidInputError(f"`z` must be an array of real numbers; got dtype {given.dtype}.")
    z64: FloatArray = np.atleast_1d(given.astype(np.float64, copy=False))
    # Branches are taken by `np.where`: the one not taken may overflow or divide by zero.
    with np.errstate(all="ignore"):
        result: FloatArray = hook(z64)
        if given.dtype == np.float32:
            result = result.astype(np.float32)
    shaped: FloatArray = result.reshape(given.shape)[()]
    return shaped


__all__ = ["Activation"]
