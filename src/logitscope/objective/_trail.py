"""The objective at steps that follow each other, of data so small that several losses cost as many calls as one.

Each step is given its gradient when it is made; the losses of all are worked out together. It never knows the rule by
which one step leads to the next.
"""

from collections.abc import Callable, Generator
from math import isnan, nan
from typing import Any

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective._evaluation import Evaluation
from logitscope.objective._small import SmallPass


class Trail:
    """Where a run is for the next few steps, and, when these are evaluated, for the next few again.

    Parameters
    ----------
    given : SmallPass
        With odds e: ℓ = log(1 + e).
    length : int
        Number of steps until they are evaluated, at most.
    """

    gradient: Callable[[FloatArray], FloatArray]
    """Return the gradient at the next parameters, a new array; the bits are those of `SmallPass.run`."""

    def __init__(self, given: SmallPass, length: int) -> None:
        self._given = given
        self._u, self._odds = np.empty((length, len(given.x))), np.empty((length, len(given.x)))
        self._places = list(zip(self._u, self._u[:, :, None], self._odds, strict=True))  # to make a view takes its time
        self._start()

    def __len__(self) -> int:
        return len(self._places)

    def _start(self) -> None:
        self._n_gone, self._gradient = 0, np.empty((len(self), self._given.x.shape[1], 1))
        walk = self._walk()
        next(walk)  # to where it waits for parameters
        self.gradient = walk.send

    def _walk(self) -> Generator[Any, FloatArray, None]:
        """Answer parameters with gradients; what does not change between them is looked up once."""
        given, rows, divide = self._given, self._given.rows, np.divide
        slope, sums, odds_of = np.empty(len(given.x)), np.empty(given.x.shape[1]), given.odds
        assert odds_of is not None
        fill_u, fill_sums, column = given.turned.dot, slope.dot, sums[:, None]
        params = yield
        for (u, u_column, odds), gradient in zip(self._places, self._gradient, strict=True):
            fill_u(params, u_column)
            odds_of(u, odds, slope)
            fill_sums(rows.turned, sums)
            divide(column, rows.divisor, gradient)
            if isnan(gradient.item(-1)):  # where the fast forms do not hold
                gradient[:] = given.run(params).gradient
                odds[0] = nan  # so is the loss
            self._n_gone += 1
            params = yield gradient

    def evaluation(self) -> Evaluation:
        """Return what is known at the steps gone, side by side in new arrays: the first axis counts them."""
        n, rows, gradient = self._n_gone, self._given.rows, self._gradient
        self._start()
        z = self._u[:n] * rows.sign
        z += 0.0  # no row is at −0
        values = np.log1p(self._odds[:n], out=self._odds[:n])
        loss = np.vecdot(values, rows.share)
        for lost in np.flatnonzero(np.isnan(loss)):
            loss[lost] = self._given.loss(z[lost])
        return Evaluation(loss[:, None], gradient[:n], z[:, :, None])


__all__ = ["Trail"]
