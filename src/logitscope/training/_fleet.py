"""The models that are still in a run, side by side as columns.

It says who is there; it never knows how anybody does.
"""

from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.objective import Objective
from logitscope.training._looks import Look
from logitscope.training._models import Models


class Fleet(NamedTuple):
    """Models in a run. Those that have ended may leave it, so that the others go on alone."""

    objective: Objective
    """Of the columns that are there."""
    models: Models
    index: IntArray  # type: ignore[assignment]  # hides tuple.index
    """Which of the run's models are there, increasing."""
    held_out: Objective | None
    """The training loss on other rows, for the columns that are there."""
    columns: IntArray | None = None
    """Which of the run's columns are there; None is all of them."""

    @classmethod
    def everyone(cls, objective: Objective, models: Models, held_out: Objective | None) -> "Fleet":
        """Return the fleet that a run begins with."""
        return cls(objective, models, np.arange(len(models)), held_out)

    def take(self, columns: IntArray) -> "Fleet":
        """Return the fleet of those that have these of the run's columns."""
        places = self.places(columns)
        first = np.array([part.start for part in self.models.slices])
        models = np.flatnonzero(np.isin(first, places))
        return Fleet(
            self.objective.take(places),
            self.models.take(models),
            self.index[models],
            None if self.held_out is None else self.held_out.take(places),
            columns,
        )

    def places(self, columns: IntArray) -> IntArray:
        """Return where these of the run's columns are in this fleet."""
        if self.columns is None:
            return columns
        places: IntArray = np.searchsorted(self.columns, columns)
        return places

    def params(self, look: Look) -> FloatArray:
        """Return the parameters of a look at these columns, or at more: an interrupt may fall before the next look."""
        if look.columns is self.columns or self.columns is None:
            return look.params
        places = self.columns if look.columns is None else np.searchsorted(look.columns, self.columns)
        return look.params[:, places]


__all__ = ["Fleet"]
