"""Learning rates that an objective allows.

It reads the curvature of the objective; it never makes a step.
"""

from dataclasses import replace
from numbers import Real
from typing import Any

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError
from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.optimizers import Optimizer


def fill_rate(
    optimizer: Optimizer, learning_rate: Any, objective: Objective, params: FloatArray, batch_size: int | None
) -> Optimizer:
    """Return the optimizer with its learning rate filled in.

    Parameters
    ----------
    learning_rate : "auto", float or array of shape (n_columns,)
        "auto" is the optimizer's natural rate at the curvature L of the objective: 1/L for plain descent, which with
        the full batch cannot diverge.
    batch_size : int or None
        Rows in a batch; smaller batches have a larger L.

    Raises
    ------
    InvalidInputError
        A learning rate that is not a number > 0 or "auto", or several that are not one a column.
    IncompatibleError
        If the optimizer has a learning rate of its own too.
    """
    is_auto = isinstance(learning_rate, str) and learning_rate == "auto"
    if optimizer.learning_rate is not None:
        if not is_auto:
            raise IncompatibleError(
                f"Cannot use `learning_rate={learning_rate!r}` with {optimizer!r}: the optimizer has a rate of its own."
                " Give it in one place."
            )
        return _fitting(optimizer, objective)
    if is_auto:
        rate: Any = optimizer.natural_rate(_curvature(objective, params, batch_size))
        rate = float(rate[0]) if np.size(rate) == 1 else rate
    elif not _is_positive(learning_rate):
        raise InvalidInputError(f"`learning_rate` must be 'auto' or a finite number > 0; got {learning_rate!r}.")
    else:
        rate = learning_rate
    filled: Optimizer = replace(optimizer, learning_rate=rate)  # type: ignore[type-var]
    return _fitting(filled, objective)


def _fitting(optimizer: Optimizer, objective: Objective) -> Optimizer:
    """Refuse as many rates as are neither one nor one a column."""
    n_rates = np.size(np.asarray(optimizer.learning_rate))
    if n_rates not in (1, objective.n_columns):
        raise InvalidInputError(
            f"`learning_rate` must be one number, or one for each of the {objective.n_columns} columns; got {n_rates}."
        )
    return optimizer


def _curvature(objective: Objective, params: FloatArray, batch_size: int | None) -> FloatArray:
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            curvature = objective.curvature(params, batch_size)
            usable = bool(np.isfinite(curvature).all())
    except np.linalg.LinAlgError:
        usable = False
    if not usable:
        raise InvalidInputError(
            "`learning_rate` must be a number for columns this large: their squares leave the range of float64, so that"
            " 'auto' cannot be computed. Standardise the features, or use solver='newton'."
        )
    return curvature


def _is_positive(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, Real | np.ndarray | list | tuple):
        return False
    numbers = np.asarray(value, dtype=np.float64)
    return bool(np.all(np.isfinite(numbers) & (numbers > 0)))


def largest_safe_rate(
    optimizer: Optimizer, objective: Objective, params: FloatArray, batch_size: int | None = None
) -> str:
    """Say which learning rate the curvature bound allows: 2/L for plain descent with the full batch."""
    rate = float(np.max(np.asarray(optimizer.learning_rate)))
    if optimizer.rate_exponent != 1.0 or batch_size is not None:
        return f"Learning rate {rate:.3g} is too large here: use a smaller one, or learning_rate='auto'"
    safe = 2 / float(np.max(objective.curvature(params)))
    return (
        f"Learning rate {rate:.3g}: the largest that the curvature bound allows is {safe:.3g};"
        " use that or less, or learning_rate='auto'"
    )


__all__ = ["fill_rate", "largest_safe_rate"]
