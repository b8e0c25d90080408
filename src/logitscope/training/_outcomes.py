"""How each model of a run has ended: with which parameters, after how many epochs, and why.

It keeps all models of a run, whoever has left it since; it never decides when one has ended.
"""

from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.status import Status
from logitscope.training._fleet import Fleet
from logitscope.training._looks import Look
from logitscope.training._models import Models


class Kept(NamedTuple):
    """The best seen so far: a score and the parameters that had it, per model of a fleet."""

    score: FloatArray
    n_done: int | IntArray
    """Epochs behind the parameters: of all models alike, or of each."""
    params: FloatArray

    def better(self, models: Models, look: Look, score: FloatArray, tol: float = 0.0) -> "Kept":
        """Return what is kept after one more look. Arrays are replaced, never written."""
        improved = score < self.score - tol
        if improved.all():
            return Kept(score, look.n_done, look.params)
        if not improved.any():
            return self
        return Kept(
            np.where(improved, score, self.score),
            np.where(improved, look.n_done, self.n_done),
            np.where(models.columns(improved), look.params, self.params),
        )

    def take(self, models: IntArray, columns: IntArray) -> "Kept":
        """Return what is kept of some models."""
        n_done = self.n_done[models] if isinstance(self.n_done, np.ndarray) else self.n_done
        return Kept(self.score[models], n_done, self.params[:, columns])


class Outcomes:
    """The endings of all models of a run.

    Parameters
    ----------
    models : Models
    params : ndarray of shape (n_params, n_columns)
        Initial parameters.
    """

    def __init__(self, models: Models, params: FloatArray) -> None:
        n = len(models)
        self.models, self.params = models, params.copy()
        self.status: list[Status | None] = [None] * n
        self.message = [""] * n
        self.n_iter = np.zeros(n, dtype=np.intp)
        self.n_looks = np.zeros(n, dtype=np.intp)
        """Looks that each model had when it ended, the last one included."""
        self.n_open = n

    def close(self, fleet: Fleet, model: int, status: Status, kept: Kept, n_looks: int, figure: str = "") -> None:
        """End a model of the fleet with what is kept of it."""
        index = int(fleet.index[model])
        own = kept.params[:, fleet.models.slices[model]]
        if own.dtype != self.params.dtype:
            self.params = self.params.astype(np.result_type(own, self.params))
        self.params[:, self.models.slices[index]] = own
        self.status[index], self.message[index] = status, f"{status}{figure}"
        self.n_iter[index] = kept.n_done[model] if isinstance(kept.n_done, np.ndarray) else kept.n_done
        self.n_looks[index] = n_looks
        self.n_open -= 1


__all__ = ["Kept", "Outcomes"]
