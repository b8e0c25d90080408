"""The adapter that lets a user's own object stand wherever an activation's name does.

It never knows what the user's function is, and repairs nothing: what is wrong, `check_activation` says.
"""

from __future__ import annotations

import inspect
import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import FloatArray
from logitscope.activations._base import Activation

REQUIRED = ("value", "derivative", "lower", "upper")

# (n_samples, n_models), as in training, which starts at 0.
_PROBE = np.array([[-2.0, -0.5], [0.0, 0.25], [1.0, 3.0]])


@dataclass(frozen=True, eq=True, repr=False)
class CustomActivation(Activation):
    """An activation whose quantities are those of a user's object.

    Parameters
    ----------
    source : object
        Has methods `value(z)` and `derivative(z)` from float64 arrays to arrays of the same shape, and
        numbers `lower` and `upper`. It may have `name`, and any other of the methods of `Activation`;
        those that it lacks are derived from `value` and `derivative`, and lose digits in saturation.

    Raises
    ------
    InvalidInputError
        If something required is missing, the range is not two finite numbers in order, a class is given where its
        instance is meant, or `value` or `derivative` does not turn an array near 0 into finite numbers.

    Examples
    --------
    >>> class Arctan:
    ...     lower, upper = -1.0, 1.0
    ...     value = staticmethod(lambda z: 2 / np.pi * np.arctan(z))
    ...     derivative = staticmethod(lambda z: 2 / np.pi / (1 + z**2))
    >>> phi = CustomActivation(Arctan())
    >>> phi
    CustomActivation(name='Arctan')
    >>> print(phi.probability(1.0))
    0.75
    """

    source: Any

    def __post_init__(self) -> None:
        missing = [f"`{part}`" for part in REQUIRED if not hasattr(self.source, part)]
        is_class = isinstance(self.source, type)
        write = f" Write {self.source.__name__}()." if is_class else ""
        if missing:
            raise InvalidInputError(
                "`activation` must be a name, an Activation, or an object with `value`, `derivative`, "
                f"`lower` and `upper`; got {self.source!r}, which lacks {', '.join(missing)}.{write}"
            )
        if is_class and not (_takes_z_alone(self.source.value) and _takes_z_alone(self.source.derivative)):
            raise InvalidInputError(f"`activation` must be an object; got its class, {self.source!r}.{write}")
        if not (math.isfinite(self.lower) and math.isfinite(self.upper) and self.lower < self.upper):
            raise InvalidInputError(
                f"`lower` and `upper` of activation {self.name!r} must be finite numbers, lower < upper; "
                f"got {self.lower} and {self.upper}."
            )
        # Here, and not in training: from there on a NaN is blamed on whatever meets it first.
        for quantity in ("value", "derivative"):
            result = getattr(self, quantity)(_PROBE)
            if not np.isfinite(result).all():
                i, j = np.argwhere(~np.isfinite(result))[0]
                raise InvalidInputError(
                    f"`{quantity}` of activation {self.name!r} must return finite numbers for finite z; "
                    f"got {result[i, j]} at z = {_PROBE[i, j]}."
                )

    @property
    def name(self) -> str:  # type: ignore[override]
        """The object's `name`, or else that of its class (or of itself, if it is a class or a module)."""
        own = getattr(self.source, "name", None) or getattr(self.source, "__name__", None)
        return str(own or type(self.source).__name__)

    @property
    def lower(self) -> float:  # type: ignore[override]
        """The infimum of φ, as the object gives it."""
        return float(self.source.lower)

    @property
    def upper(self) -> float:  # type: ignore[override]
        """The supremum of φ, as the object gives it."""
        return float(self.source.upper)

    @cached_property
    def midpoint(self) -> float:
        """The z where the probability is 1/2, by bisection; NaN if it is not crossed within ±1e300."""
        left, right = -1.0, 1.0
        while self.probability(left) > 0.5 and left > -1e300:
            left *= 2.0
        while self.probability(right) < 0.5 and right < 1e300:
            right *= 2.0
        if not self.probability(left) <= 0.5 <= self.probability(right):
            return math.nan
        while left < (middle := 0.5 * (left + right)) < right:
            if self.probability(middle) < 0.5:
                left = middle
            else:
                right = middle
        return right

    def _ask(self, quantity: str, z: FloatArray) -> FloatArray:
        """Call the object's own method, or the default where it has none."""
        own = getattr(self.source, quantity, None)
        if own is None:
            default: FloatArray = getattr(Activation, f"_{quantity}")(self, z)
            return default
        try:
            returned = own(z.copy())
            result = np.asarray(returned, dtype=np.float64)
        except Exception as error:  # a user's function may fail in any way
            raise InvalidInputError(
                f"`{quantity}` of activation {self.name!r} must work on arrays, here of shape {z.shape}; "
                f"got {type(error).__name__}: {str(error).rstrip('.')}. "
                "Use np.where in place of `if`, and np.exp of math.exp."
            ) from error
        if returned is None or result.shape != z.shape:
            got = "None: is there no `return`?" if returned is None else f"{result.shape}."
            raise InvalidInputError(
                f"`{quantity}` of activation {self.name!r} must return an array of the shape of z, {z.shape}; got {got}"
            )
        return result

    def _value(self, z: FloatArray) -> FloatArray:
        return self._ask("value", z)

    def _derivative(self, z: FloatArray) -> FloatArray:
        return self._ask("derivative", z)

    def _second_derivative(self, z: FloatArray) -> FloatArray:
        return self._ask("second_derivative", z)

    def _probability(self, z: FloatArray) -> FloatArray:
        return self._ask("probability", z)

    def _complement(self, z: FloatArray) -> FloatArray:
        return self._ask("complement", z)

    def _log_probability(self, z: FloatArray) -> FloatArray:
        return self._ask("log_probability", z)

    def _log_complement(self, z: FloatArray) -> FloatArray:
        return self._ask("log_complement", z)

    def _hazard(self, z: FloatArray) -> FloatArray:
        return self._ask("hazard", z)

    def _complement_hazard(self, z: FloatArray) -> FloatArray:
        return self._ask("complement_hazard", z)

    def __repr__(self) -> str:
        return f"CustomActivation(name={self.name!r})"


def _takes_z_alone(method: Any) -> bool:
    """Whether a method of a class can be called without an instance (it is static, a class method, or lacks self)."""
    try:
        inspect.signature(method).bind(_PROBE)
    except TypeError:
        return False
    except ValueError:  # written in C, without a signature
        return True
    return True


__all__ = ["CustomActivation"]
