"""The points of a grid: every activation with every loss, learning rate, penalty and seed that is named.

It checks and multiplies settings; it never knows data.
"""

import math
from collections.abc import Iterable, Mapping
from itertools import product
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import InvalidInputError, UnknownNameError
from logitscope.activations import get_activation
from logitscope.comparison._arms import Arm
from logitscope.losses import get_loss
from logitscope.pointwise import Pointwise

# In this order neighbours share activation and loss, and with them the work on their columns.
DEFAULTS: dict[str, Any] = {
    "activation": "sigmoid",
    "loss": "cross_entropy",
    "learning_rate": "auto",
    "alpha": 0.0,
    "seed": None,
}


class Point(NamedTuple):
    """One model of a sweep."""

    settings: dict[str, Any]
    """What the grid says of it, in the words of the grid."""
    arm: Arm
    """Its pair of activation and loss, and its learning rate; None stands for "auto"."""
    alpha: float
    seed: int | None
    """Draws its initial values; None starts from zeros."""


def count_points(grid: Any) -> int:
    """Return how many combinations a grid has."""
    return math.prod(len(values) for values in _values(grid).values())


def make_points(grid: Any) -> tuple[Point, ...]:
    """Return every combination of a grid, the last of `DEFAULTS` fastest.

    Raises
    ------
    InvalidInputError
        What is no grid, with the key and the value that cannot be used.
    """
    values = _values(grid)
    pairs = [
        (activation, loss, Pointwise(get_activation(activation), get_loss(loss)))
        for activation, loss in product(values["activation"], values["loss"])
    ]
    points = []
    for (activation, loss, pair), rate, alpha, seed in product(
        pairs, values["learning_rate"], values["alpha"], values["seed"]
    ):
        settings = dict(zip(DEFAULTS, (activation, loss, rate, alpha, seed), strict=True))
        named = {key: value for key, value in settings.items() if key in grid}
        label = ", ".join(f"{key} = {value}" for key, value in named.items())
        points.append(Point(named, Arm(label, pair, None if rate == "auto" else rate), alpha, seed))
    return tuple(points)


def _values(grid: Any) -> dict[str, list[Any]]:
    """Return the values of every key, checked."""
    if not isinstance(grid, Mapping):
        raise InvalidInputError(f"`grid` must be a dict of lists, such as {{'alpha': [0.0, 0.1]}}; got {grid!r}.")
    for key in grid:
        if key not in DEFAULTS:
            allowed = ", ".join(map(repr, sorted(DEFAULTS)))
            raise UnknownNameError(f"The keys of `grid` must be among {allowed}; got {key!r}.")
    if not grid:
        raise InvalidInputError(f"`grid` must name one of {', '.join(map(repr, DEFAULTS))}; got an empty dict.")
    return {key: _checked(key, grid[key]) if key in grid else [default] for key, default in DEFAULTS.items()}


def _checked(key: str, given: Any) -> list[Any]:
    """Return the values of one key: at least one, each usable, no two alike."""
    is_list = isinstance(given, Iterable) and not isinstance(given, str | bytes | Mapping)
    values = list(given) if is_list else []
    if not values:
        raise InvalidInputError(f"`grid[{key!r}]` must be a list of at least one value; got {given!r}.")
    if key not in _NUMBERS:
        parts = [_PARTS[key](value) for value in values]  # refuses what it does not know
        _refuse_twins(key, parts, values)
        return values
    must, is_usable, kind = _NUMBERS[key]
    for index, value in enumerate(values):
        if not is_usable(value):
            raise InvalidInputError(f"`grid[{key!r}]` must hold {must}; got {value!r} at index {index}.")
    numbers = [value if isinstance(value, str) else kind(value) for value in values]
    _refuse_twins(key, numbers, values)
    return numbers


def _refuse_twins(key: str, values: list[Any], given: list[Any]) -> None:
    """Refuse two values alike; `given` is what they were written as."""
    if key in _NUMBERS and len(set(values)) == len(values):
        return
    for index, value in enumerate(values):
        if value in values[:index]:
            raise InvalidInputError(f"`grid[{key!r}]` must hold different values; got {given[index]!r} twice.")


def _is_number(value: Any) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool | np.bool_) and bool(np.isfinite(float(value)))


def _is_rate(value: Any) -> bool:
    return value == "auto" if isinstance(value, str) else _is_number(value) and value > 0


def _is_strength(value: Any) -> bool:
    return _is_number(value) and value >= 0


def _is_seed(value: Any) -> bool:
    return isinstance(value, Integral) and not isinstance(value, bool | np.bool_) and int(value) >= 0


_PARTS = {"activation": get_activation, "loss": get_loss}
_NUMBERS = {
    "learning_rate": ("'auto' or finite numbers > 0", _is_rate, float),
    "alpha": ("finite numbers >= 0", _is_strength, float),
    "seed": ("integers >= 0", _is_seed, int),
}

__all__ = ["DEFAULTS", "Point", "make_points"]
