"""When each model of a run has ended, with which parameters, and why.

A model is one column, or neighbouring columns that are stopped together (one-vs-rest, softmax). It judges looks;
it never makes a step.
"""

from typing import NamedTuple

import numpy as np

from logitscope._typing import BoolArray, FloatArray, IntArray
from logitscope.objective import Objective
from logitscope.status import Status
from logitscope.training._looks import Look
from logitscope.training._models import Models

# A descent that is too fast for a while, or a momentum that overshoots, stays within a few times its start.
DIVERGENCE_FACTOR = 1000.0


class Validation(NamedTuple):
    """Held-out rows, watched at every epoch."""

    objective: Objective
    """The training loss on other rows, without penalty."""
    patience: int | None = None
    """Epochs without improvement after which a model stops; None only watches."""
    tol: float = 0.0
    """An improvement must exceed this."""


class Kept(NamedTuple):
    """The best seen so far: a score and the parameters that had it, per model."""

    score: FloatArray
    n_done: IntArray
    params: FloatArray

    def better(self, models: Models, look: Look, score: FloatArray, tol: float = 0.0) -> "Kept":
        """Return what is kept after one more look. Arrays are replaced, never written."""
        improved = score < self.score - tol
        if improved.all():
            return Kept(score, np.full(len(score), look.n_done), look.params)
        if not improved.any():
            return self
        columns = models.columns(improved)
        return Kept(
            np.where(improved, score, self.score),
            np.where(improved, look.n_done, self.n_done),
            np.where(columns, look.params, self.params),
        )


class Verdicts:
    """The state of judgement of every model.

    Parameters
    ----------
    objective : Objective
    models : Models
    params : ndarray of shape (n_params, n_columns)
        Initial parameters.
    tol : float
        Largest violation of the optimality conditions of a converged model; 0 never converges.
    validation : Validation, optional
    """

    def __init__(
        self,
        objective: Objective,
        models: Models,
        params: FloatArray,
        tol: float,
        validation: Validation | None,
    ) -> None:
        n = len(models)
        self._objective, self.models, self._tol, self._validation = objective, models, tol, validation
        self.params = params
        self.status: list[Status | None] = [None] * n
        self.message = [""] * n
        self.n_iter = np.zeros(n, dtype=np.intp)
        self.open = np.ones(n, dtype=bool)
        self.is_restored = False
        self._start: FloatArray | None = None
        self._lowest = self._best = Kept(np.full(n, np.inf), np.zeros(n, dtype=np.intp), params)

    def judge(self, look: Look, loss: FloatArray, validation_loss: FloatArray | None) -> None:
        """Take a look into account and close every model for which it settles the matter."""
        if self._start is None:
            self._start, self._limit = loss, DIVERGENCE_FACTOR * np.maximum(loss, 1.0)
        self._lowest = self._lowest.better(self.models, look, loss)
        residual = self._residual(look)
        if look.certificate is not None:  # a solver judges itself, in its own units
            ended = self.models.all(look.certificate.is_optimal | look.certificate.is_stuck) & (self._tol > 0)
            goes_on = ~ended & np.isfinite(residual)
        else:  # neither of these comparisons holds for NaN
            goes_on = (residual > self._tol) & (residual < np.inf) if self._tol > 0 else residual < np.inf
        risen = (loss > self._limit) & (loss < np.inf)
        closing = self.open & (~goes_on | risen | self._is_stale(look, validation_loss))
        if not closing.any():
            return
        for model in np.flatnonzero(closing).tolist():
            own = look.params[:, self.models.slices[model]]  # models that have ended run on, perhaps to infinity
            if not (np.isfinite(residual[model]) and np.isfinite(own).all()):
                self._close(model, Status.NOT_FINITE, self._lowest, f" (epoch {look.n_done})")
            elif risen[model]:
                rise = f" (from {self._start[model]:.3g} to {loss[model]:.3g} at epoch {look.n_done})"
                self._close(model, Status.DIVERGED, self._lowest, rise)
            elif not goes_on[model]:
                figure, is_optimal = self._figure(look, model, residual)
                # A flat place is no optimum where a label has probability 0 (hard with cross-entropy).
                status = Status.CONVERGED if is_optimal and np.isfinite(loss[model]) else Status.STUCK
                self._close(model, status, _here(look, len(self.models)), figure)
            else:
                self._close(model, Status.EARLY_STOPPED, self._best)

    def close_open(self, status: Status, look: Look) -> None:
        """Close what is still open; early stopping restores the best parameters here too."""
        restores = self._validation is not None and self._validation.patience is not None
        kept = self._best if restores else _here(look, len(self.models))
        for model in np.flatnonzero(self.open).tolist():
            self._close(model, status, kept)

    def _residual(self, look: Look) -> FloatArray:
        if look.certificate is not None:
            return self.models.max(look.certificate.residual)
        residual = self.models.max(self._objective.residual(look.params, look.gradient))
        if look.z is not None or not (self._tol > 0 and (self.open & (residual <= self._tol)).any()):
            return residual
        # The mean over an epoch of moving parameters says that a pass is worth its price.
        exact = self._objective.evaluate(look.params).gradient
        return self.models.max(self._objective.residual(look.params, exact))

    def _figure(self, look: Look, model: int, residual: FloatArray) -> tuple[str, bool]:
        """Return the figures that a model which does not go on is told with, and whether it has converged."""
        if look.certificate is None:
            return f" ({residual[model]:.2g} <= {self._tol:g})", True
        own = self.models.slices[model]
        distance, gap = look.certificate.distance[own].max(), look.certificate.decrement[own].max() ** 2 / 2
        figure = f" (parameters to {distance:.0e}, objective to {gap:.0e}, gradient to {residual[model]:.0e})"
        return figure, not look.certificate.is_stuck[own].any()

    def _is_stale(self, look: Look, validation_loss: FloatArray | None) -> BoolArray | bool:
        if self._validation is None or validation_loss is None or self._validation.patience is None:
            return False
        self._best = self._best.better(self.models, look, validation_loss, self._validation.tol)
        stale: BoolArray = look.n_done - self._best.n_done >= self._validation.patience
        return stale

    def _close(self, model: int, status: Status, kept: Kept, figure: str = "") -> None:
        chosen = np.zeros_like(self.open)
        chosen[model] = True
        self.params = np.where(self.models.columns(chosen), kept.params, self.params)
        self.status[model], self.message[model] = status, f"{status}{figure}"
        self.n_iter[model] = kept.n_done[model]
        self.is_restored |= kept is self._best or kept is self._lowest
        self.open[model] = False


def _here(look: Look, n_models: int) -> Kept:
    return Kept(np.zeros(n_models), np.full(n_models, look.n_done), look.params)


__all__ = ["DIVERGENCE_FACTOR", "Kept", "Validation", "Verdicts"]
