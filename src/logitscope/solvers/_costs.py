"""What passes and Hessians cost, as far as it decides between methods: nanoseconds of one core, measured roughly.

It knows shapes; it never knows numbers of a problem. Wrong constants cost time, never digits.
"""

from typing import NamedTuple

import numpy as np

_READ = 0.6  # ns an entry of X, for both products while the block is in cache
_POINT = 7.0  # ns a sample and column, for the loss and its slope
_FLOP = 1 / 60  # ns
_SCALE = 0.7  # ns an entry, for rows times weights
_PASS = 1.5e5  # ns of a step, however few the rows
_CALL = 5e4  # ns of an iteration on a sample
_DRAW = 60.0  # ns a row of a sample, which comes from anywhere in memory
_COPY = 6.0  # ns an entry of a sample, to bring it into good units
# Of rows in float32, which the cache holds: ns of a call, an entry looked at, a point, a product and an entry scaled.
_ROUGH_CALL, _ROUGH_READ, _ROUGH_POINT, _ROUGH_PRODUCT, _ROUGH_SCALED = 5e4, 0.12, 10.0, 0.011, 0.2
_LOOKS = 3.0  # Hessians that Newton's method takes on the last, largest sample


class Costs(NamedTuple):
    """Prices for one shape of problem.

    Attributes
    ----------
    n, p, k : int
        Rows, parameters of a column, columns.
    coupled : bool
        Whether the Hessian is one for all columns together.
    """

    n: int
    p: int
    k: int
    coupled: bool

    @property
    def a_pass(self) -> float:
        """Value and gradient over all rows."""
        return _PASS + self.n * (_READ * self.p + _POINT * self.k * (1 + self.coupled) + 4 * self.p * self.k * _FLOP)

    def hessian(self, n_rows: int) -> float:
        """Hessians of all columns over some rows, factorised."""
        blocks = self.k * (self.k + 1) / 2 if self.coupled else self.k
        size = self.p * (self.k if self.coupled else 1)
        return (
            _CALL
            + blocks * n_rows * self.p * (self.p * _FLOP * (1 + self.coupled) + _SCALE)
            + ((1 if self.coupled else self.k) * size**3 / 3 * _FLOP * 2)
        )

    def newton(self, n_rows: int) -> float:
        """Newton's method on a sample, of rows that are drawn unless they are all."""
        if n_rows >= self.n:
            return 2 * _LOOKS * self.hessian(n_rows)
        return n_rows * (_DRAW + _COPY * self.p) + _LOOKS * self.hessian(n_rows)

    def sample_size(self, gap: float, rate: float) -> int:
        """Return the number of rows of the sample with which the whole run is cheapest.

        Parameters
        ----------
        gap : float
            Relative suboptimality to reach.
        rate : float
            Share of the rarer label: a sample knows little of a class of which it holds few.

        Notes
        -----
        The optimum of a sample of m rows is p/(2 m) above that of all (in units of the log-likelihood of one row), and
        each pass with its Hessian makes the gap smaller by about p/m.
        """
        least = 5 * self.p + 200
        if self.n <= least or self.hessian(self.n) <= 2 * _PASS:  # whatever the sample, it is a matter of calls
            return self.n
        known = self.p / max(4 * rate * (1 - rate), 1e-6)
        sizes = np.unique(np.minimum(np.geomspace(min(least, self.n), self.n, 16).astype(int), self.n))
        price = [self._price(int(m), known, gap) for m in sizes]
        return int(sizes[int(np.argmin(price))])

    def _price(self, m: int, known: float, gap: float) -> float:
        if m >= self.n:
            return self.newton(m) + self.a_pass
        factor = min(known / m, 0.7)
        passes = max(np.log(gap) / np.log(factor) - 1.0, 1.0)
        return self.newton(m) + (passes + 1) * self.a_pass


def looks_of_a_hessian(n_rows: int, n_params: int, n_classes: int = 1) -> float:
    """Return how many looks at rows in float32 cost as much as the Hessian of every class, by one core."""
    n, p = n_rows, n_params
    hessian = _ROUGH_CALL + _ROUGH_PRODUCT * (n * p * p + p**3) + _ROUGH_SCALED * n * p
    look = _ROUGH_CALL + n * n_classes * (_ROUGH_READ * p + _ROUGH_POINT)
    return max(2.0, n_classes * hessian / look)


__all__ = ["Costs", "looks_of_a_hessian"]
