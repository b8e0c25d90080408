"""When steps are over: they are short and get no shorter, or what is left of them is the rounding of the gradient.

It knows lengths of steps; it never knows what is minimised.
"""

from typing import NamedTuple

import numpy as np

from logitscope._typing import BoolArray, FloatArray, IntArray

_EPS = float(np.finfo(float).eps)
_CLOSE, _ROUNDING = 1e-10, 16 * _EPS  # relative lengths: of 10 digits, and below which there is none to win
_SMALL = 1e-6  # a gradient above this share of its terms is no rounding
# Of columns that all but depend on each other no step has more digits than another.
_STALE = 5  # steps that are no shorter
_KNOWN = 1e-4  # relative length at which there are digits at all
_ROUNDED = 64 * _EPS  # share of its terms at which a gradient is rounding


class Progress(NamedTuple):
    """What steps so far have come to, each of shape (n_columns,)."""

    last: FloatArray
    """Relative length of the last."""
    best: FloatArray
    """That of the shortest."""
    n_stale: IntArray
    """Steps since it was halved."""

    def after(self, distance: FloatArray) -> "Progress":
        """Return it after one more step of this relative length."""
        n_stale = np.where(distance < self.best / 2, 0, self.n_stale + 1)
        return Progress(distance, np.fmin(self.best, distance), n_stale)

    def is_over(self, distance: FloatArray, residual: FloatArray) -> BoolArray:
        """Return whether the next step, of this relative length, can make nothing better."""
        # Of a gradient that is rounding a single step may be short by chance.
        is_rounding_twice = (distance <= _ROUNDING) & (self.last <= _CLOSE)
        is_short = is_rounding_twice | ((distance <= _CLOSE) & (distance >= self.last / 2))
        is_rounding = (self.n_stale >= _STALE) & (distance <= _KNOWN) & (residual <= _ROUNDED)
        return np.asarray((is_short & (residual <= _SMALL)) | is_rounding)


def no_progress(n_columns: int) -> Progress:
    """Return what is known before the first step."""
    never = np.full(n_columns, np.inf)
    return Progress(never, never, np.zeros(n_columns, dtype=np.intp))


__all__ = ["Progress", "no_progress"]
