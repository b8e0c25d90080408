"""Which hyper-parameters an update rule may have, and the sentence for those it may not.

Nothing here knows what a rule does with them.
"""

from __future__ import annotations

from numbers import Integral, Real

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import FloatArray


def checked_learning_rate(learning_rate: object) -> float | FloatArray | None:
    """Return a positive float, a read-only array (n_models,) of them, or None; refuse anything else."""
    if learning_rate is None:
        return None
    if is_number(learning_rate):
        return _positive_rate(float(learning_rate))  # type: ignore[arg-type]
    try:
        rates = np.array(learning_rate)
    except ValueError:  # a ragged list
        rates = np.array(None)
    if rates.dtype.kind not in "fiu" or rates.ndim > 1 or rates.size == 0:
        raise InvalidInputError(f"`learning_rate` must be a number > 0, or one for each model; got {learning_rate!r}.")
    if rates.ndim == 0:
        return _positive_rate(float(rates))
    rates = rates.astype(np.float64)
    refused = np.flatnonzero(~((rates > 0) & np.isfinite(rates)))
    if refused.size:
        raise InvalidInputError(
            f"`learning_rate` must be finite and > 0 for every model; "
            f"got {float(rates[refused[0]])!r} for model {refused[0]}."
        )
    rates.setflags(write=False)
    return rates


def require_number(name: str, value: object, *, low: float, high: float = np.inf, open_low: bool = False) -> None:
    """Refuse what is no number in [low, high), or in (low, high) with `open_low`."""
    if is_number(value) and low <= value < high and not (open_low and value == low):  # type: ignore[operator]
        return
    if high < np.inf:
        bounds = f"in {'(' if open_low else '['}{low:g}, {high:g})"
    else:
        bounds = f"{'>' if open_low else '>='} {low:g} and finite"
    raise InvalidInputError(f"`{name}` must be a number {bounds}; got {value!r}.")


def require_count(name: str, value: object) -> None:
    """Refuse what is no integer of 1 or more."""
    if not isinstance(value, Integral) or isinstance(value, bool) or value < 1:
        raise InvalidInputError(f"`{name}` must be an integer >= 1; got {value!r}.")


def require_schedule(schedule: object) -> None:
    """Refuse what has no `factor(step)`."""
    if isinstance(schedule, type) or not callable(getattr(schedule, "factor", None)):
        raise InvalidInputError(
            f"`schedule` must be an object with a method `factor(step)`, as `Constant()` is; got {schedule!r}."
        )


def is_number(value: object) -> bool:
    """Tell whether `value` is a real number, which a truth value is not."""
    return isinstance(value, Real) and not isinstance(value, (bool, np.bool_))


def _positive_rate(rate: float) -> float:
    if not 0 < rate < np.inf:
        raise InvalidInputError(f"`learning_rate` must be finite and > 0; got {rate!r}.")
    return rate


__all__ = ["checked_learning_rate", "require_count", "require_number", "require_schedule"]
