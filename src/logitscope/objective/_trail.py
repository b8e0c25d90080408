"""The objective at steps that follow each other, of data so small that several losses cost as many calls as one.

Each step is given its gradient when it is made; the losses of all are worked out together. It never knows the rule by
which one step leads to the next.
"""

import math

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective._evaluation import Evaluation
from logitscope.objective._small import SmallPass


class Trail:
    """Where a run is for the next few steps.

    Parameters
    ----------
    given : SmallPass
        With odds e: ℓ = log(1 + e).
    length : int
        Number of steps.
    """

    def __init__(self, given: SmallPass, length: int) -> None:
        assert given.odds is not None
        self._given, self._rows, self._odds_of = given, given.rows, given.odds
        n, n_params = given.x.shape
        self._turned = given.turned
        self._u, self._odds, self._gradient = np.empty((length, n)), np.empty((length, n)), np.empty((length, n_params))
        self._here = zip(self._u, self._odds, self._gradient, strict=True)

    def gradient(self, params: FloatArray) -> FloatArray:
        """Return the gradient at the next parameters; the bits are those of `SmallPass.run`."""
        rows, (u, odds, gradient) = self._rows, next(self._here)
        self._turned.dot(params[:, 0], u)
        _, slope = self._odds_of(u, odds)
        slope.dot(rows.turned, gradient)
        np.divide(gradient, rows.divisor, gradient)
        if math.isnan(gradient.item(-1)):
            gradient[:] = self._given.run(params).gradient[:, 0]
            odds[0] = math.nan  # so is the loss
        return gradient[:, None]

    def evaluation(self) -> Evaluation:
        """Return what is known at all of them side by side: the first axis counts the steps."""
        z = self._u * self._rows.sign
        z += 0.0  # no row is at −0
        values = np.log1p(self._odds, out=self._odds)
        loss = np.vecdot(values, self._rows.share)
        for lost in np.flatnonzero(np.isnan(loss)):
            loss[lost] = self._given.loss(z[lost])
        return Evaluation(loss[:, None], self._gradient[:, :, None], z[:, :, None])


__all__ = ["Trail"]
