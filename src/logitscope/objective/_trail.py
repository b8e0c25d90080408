"""The objective at steps that follow each other, of data so small that several losses cost as many calls as one.

Each step is given its gradient when it is made; the losses of all are worked out together. It never knows the rule by
which one step leads to the next.
"""

from collections.abc import Callable
from math import nan

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective._evaluation import Evaluation
from logitscope.objective._small import SmallPass
from logitscope.pointwise import Odds


class Trail:
    """Room for what is known at a few steps, filled again and again.

    Parameters
    ----------
    given : SmallPass
    odds : Odds
        e of ℓ = log(1 + e).
    length : int
        Number of steps that are made together, at most.
    """

    def __init__(self, given: SmallPass, odds: Odds, length: int) -> None:
        self._given, self._odds_of = given, odds
        self._u, self._odds = np.empty((length, len(given.x))), np.empty((length, len(given.x)))
        self._places = list(zip(self._u, self._u[:, :, None], self._odds, strict=True))  # to make a view takes its time

    def __len__(self) -> int:
        return len(self._places)

    def walk(
        self, params: FloatArray, advance: Callable[[FloatArray, FloatArray], FloatArray], n_steps: int
    ) -> tuple[list[FloatArray], Evaluation]:
        """Make steps.

        Parameters
        ----------
        params : ndarray of shape (n_params, 1)
            Where the first step starts.
        advance : callable
            (params, gradient) ↦ the next parameters. The gradient is not written again; its bits are those of
            `SmallPass.run`.
        n_steps : int

        Returns
        -------
        places : list of ndarray of shape (n_params, 1)
            Parameters before every step, and after the last.
        evaluation : Evaluation
            What is known at the steps, side by side in new arrays: the first axis counts them.
        """
        given, rows, divide = self._given, self._given.rows, np.divide
        turned, divisor, odds_of = rows.turned, rows.divisor, self._odds_of
        slope, sums, gradients = np.empty(len(given.x)), np.empty(given.x.shape[1]), np.empty((n_steps, len(params), 1))
        fill_u, fill_sums, column, places = given.rows_in_u.dot, slope.dot, sums[:, None], [params]
        for (u, u_column, odds), gradient in zip(self._places[:n_steps], gradients, strict=True):
            fill_u(params, u_column)
            odds_of(u, odds, slope)
            fill_sums(turned, sums)
            divide(column, divisor, gradient)
            if (last := gradient.item(-1)) != last:  # NaN, where the fast forms do not hold
                gradient[:] = given.run(params).gradient
                odds[0] = nan  # so is the loss
            params = advance(params, gradient)
            places.append(params)
        return places, self._evaluation(gradients)

    def _evaluation(self, gradients: FloatArray) -> Evaluation:
        n, rows = len(gradients), self._given.rows
        z = self._u[:n] * rows.sign
        z += 0.0  # no row is at −0
        values = np.log1p(self._odds[:n], out=self._odds[:n])
        loss = np.vecdot(values, rows.share)
        for lost in np.flatnonzero(np.isnan(loss)):
            loss[lost] = self._given.loss(z[lost])
        return Evaluation(loss[:, None], gradients, z[:, :, None])


__all__ = ["Trail"]
