"""Readings: how the rows of each class are turned so that their losses and slopes take the fewest operations.

Where class 1 at z is class 0 at −z, every row can be of class 0. A reading knows one class; it never knows which rows.
"""

from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray
from logitscope.activations import Activation
from logitscope.losses import CrossEntropy, Loss
from logitscope.pointwise._fused import class_sides
from logitscope.pointwise._sides import SYMMETRIC, Side, by_class
from logitscope.pointwise._sums import CLOGLOG, ZERO, ClassSums


class Reading(NamedTuple):
    """A class in u = turn · z."""

    turn: float
    """1 or −1."""
    sum_up: ClassSums
    """Of u; ∂ℓ is that in u."""


class Readings(NamedTuple):
    """Both classes of a pair."""

    zero: Reading
    one: Reading
    are_sure: bool
    """Whether sums are right wherever they are numbers; else `have_digits` must be asked."""


def readings(activation: Activation, loss: Loss) -> Readings | None:
    """Return the readings of a pair; None if there are none."""
    if type(loss) is CrossEntropy and type(activation) in _OF_SUMS:
        return _OF_SUMS[type(activation)]
    sides = class_sides(activation, loss)
    if sides is None:
        return None
    zero, one = map(_row_by_row, sides)
    if type(activation) in SYMMETRIC:
        return _symmetric(zero, are_sure=True)
    return Readings(Reading(1.0, zero), Reading(1.0, one), are_sure=True)


def _row_by_row(side: Side) -> ClassSums:
    def sum_up(u: FloatArray, axis: int) -> tuple[FloatArray, FloatArray]:
        value, slope = side(u)
        return np.add.reduce(value, axis=axis), slope

    return sum_up


def _symmetric(zero: ClassSums, are_sure: bool = False) -> Readings:
    return Readings(Reading(1.0, zero), Reading(-1.0, zero), are_sure)


_OF_SUMS: dict[type, Readings] = {activation: _symmetric(zero) for activation, zero in ZERO.items()} | by_class(
    {
        "cloglog": Readings(Reading(1.0, CLOGLOG[0]), Reading(1.0, CLOGLOG[1]), False),
        "loglog": Readings(Reading(-1.0, CLOGLOG[1]), Reading(-1.0, CLOGLOG[0]), False),
    }
)

__all__ = ["Reading", "Readings", "readings"]
