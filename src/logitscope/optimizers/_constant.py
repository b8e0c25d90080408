"""Gradient descent at one rate: its updates without the states in between, which differ by a count alone.

It never makes an update.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from logitscope._typing import FloatArray
from logitscope.optimizers._gradient_descent import SGD, GradientDescent, GradientDescentState


class _Counted(Sequence[GradientDescentState]):
    """States that differ in the number of updates alone, made when they are looked at."""

    def __init__(self, steps: range) -> None:
        self._steps = steps

    def __len__(self) -> int:
        return len(self._steps)

    def __getitem__(self, at: Any) -> Any:
        steps = self._steps[at]
        return _Counted(steps) if isinstance(steps, range) else GradientDescentState(steps)


def constant_descent(rule: Any) -> FloatArray | None:
    """Return −η where every update of a rule is −η g with one number η, as an array of no dimensions; else None."""
    return rule._down if type(rule) in (GradientDescent, SGD) else None  # not of a class that a user derives


def counted(state: GradientDescentState, n: int) -> Sequence[GradientDescentState]:
    """Return the states before n updates of a `constant_descent`, and after the last."""
    return _Counted(range(state.step, state.step + n + 1))


__all__ = ["constant_descent", "counted"]
