"""When each model of a run has ended, with which parameters, and why.

A model is one column, or neighbouring columns that are stopped together (one-vs-rest, softmax). It judges looks;
it never makes a step.
"""

from typing import NamedTuple

import numpy as np

from logitscope._typing import BoolArray, FloatArray, IntArray
from logitscope.objective import Objective
from logitscope.status import Status
from logitscope.steps import Stretch
from logitscope.training._fleet import Fleet
from logitscope.training._looks import Look
from logitscope.training._outcomes import Kept, Outcomes

# A descent that is too fast for a while, or a momentum that overshoots, stays within a few times its start.
DIVERGENCE_FACTOR = 1000.0
# Those that have ended leave when they are this share of the columns: it takes about one step's time to copy the rest.
LEAVING_SHARE = 1 / 8
# A squared norm between these is of finite numbers, with its digits.
_TINY, _HUGE = 1e-280, 1e300


class Validation(NamedTuple):
    """Held-out rows, watched at every epoch."""

    objective: Objective
    """The training loss on other rows, without penalty."""
    patience: int | None = None
    """Epochs without improvement after which a model stops; None only watches."""
    tol: float = 0.0
    """An improvement must exceed this."""


class Verdicts:
    """The state of judgement of every model that is still in a run.

    Parameters
    ----------
    fleet : Fleet
    params : ndarray of shape (n_params, n_columns)
        Initial parameters.
    tol : float
        Largest violation of the optimality conditions of a converged model; 0 never converges.
    validation : Validation, optional
    """

    def __init__(self, fleet: Fleet, params: FloatArray, tol: float, validation: Validation | None) -> None:
        n = len(fleet.models)
        self.outcomes = Outcomes(fleet.models, params)
        self.is_restored = False
        self._fleet, self._tol = fleet, tol
        self._validation = validation if validation is not None and validation.patience is not None else None
        self._open = np.ones(n, dtype=bool)
        self._n_looks = 0
        self._start: FloatArray | None = None
        self._limit: FloatArray = np.empty(0)
        self._lowest = self._best = Kept(np.full(n, np.inf), 0, params)
        # Most looks change nothing, and are waved through by what two reductions say.
        self._is_simple = fleet.models.are_columns or n == 1
        self._is_simple &= fleet.objective.penalty.is_smooth and self._validation is None
        self._lowest_loss = self._highest_loss = -np.inf
        self._lowest_seen: tuple[FloatArray, int, FloatArray] | None = None
        n_params = params.size if n == 1 else len(params)
        self._least_square = max(1.001 * n_params * tol * tol, _TINY) if tol > 0 else -1.0

    def narrow(self, fleet: Fleet) -> None:
        """Go on with the models of a smaller fleet; the others have ended."""
        columns = self._fleet.places(np.asarray(fleet.columns))
        models = np.searchsorted(self._fleet.index, fleet.index)
        self._fleet, self._open = fleet, self._open[models]
        self._lowest, self._best = self._lowest.take(models, columns), self._best.take(models, columns)
        if self._start is not None:
            self._start, self._limit = self._start[models], self._limit[models]
            self._note_extremes()

    def wanted(self) -> IntArray | None:
        """Return the run's columns to go on with, if enough have ended to be worth it; None leaves all as it is."""
        n_ended = len(self._open) - np.count_nonzero(self._open)
        if n_ended == 0 or n_ended < LEAVING_SHARE * len(self._open):
            return None
        marked = self._fleet.models.columns(self._open)
        return np.flatnonzero(marked) if self._fleet.columns is None else self._fleet.columns[marked]

    def judge(self, look: Look, loss: FloatArray, validation_loss: FloatArray | None) -> None:
        """Take a look into account and close every model for which it settles the matter."""
        self._n_looks += 1
        if self._is_simple and self._all_go_on(look, loss):
            return
        if self._start is None:
            self._start, self._limit = loss, DIVERGENCE_FACTOR * np.maximum(loss, 1.0)
        models = self._fleet.models
        if self._lowest_seen is not None:
            self._lowest, self._lowest_seen = Kept(*self._lowest_seen), None
        self._lowest = self._lowest.better(models, look, loss)
        self._note_extremes()
        residual = self._residual(look)
        if look.certificate is not None:  # a solver judges itself, in its own units
            ended = models.all(look.certificate.is_optimal | look.certificate.is_stuck) & (self._tol > 0)
            goes_on = ~ended & np.isfinite(residual)
        else:  # neither of these comparisons holds for NaN
            goes_on = (residual > self._tol) & (residual < np.inf) if self._tol > 0 else residual < np.inf
        risen = (loss > self._limit) & (loss < np.inf)
        closing = self._open & (~goes_on | risen | self._is_stale(look, validation_loss))
        for model in np.flatnonzero(closing).tolist():
            own = look.params[:, models.slices[model]]  # models that have ended may run on, perhaps to infinity
            if not (np.isfinite(residual[model]) and np.isfinite(own).all()):
                self._close(model, Status.NOT_FINITE, self._lowest, f" (epoch {look.n_done})")
            elif risen[model]:
                rise = f" (from {self._start[model]:.3g} to {loss[model]:.3g} at epoch {look.n_done})"
                self._close(model, Status.DIVERGED, self._lowest, rise)
            elif not goes_on[model]:
                figure, is_optimal = self._figure(look, model, residual)
                # A flat place is no optimum where a label has probability 0 (hard with cross-entropy).
                status = Status.CONVERGED if is_optimal and np.isfinite(loss[model]) else Status.STUCK
                self._close(model, status, _here(look, look.params), figure)
            else:
                self._close(model, Status.EARLY_STOPPED, self._best)

    @property
    def may_converge(self) -> bool:
        """Whether models end where they have converged, not only where they blow up."""
        return self._tol > 0

    @property
    def passes_steps(self) -> bool:
        """Whether `n_certain` can be asked: of one model of one column, of which nothing but its loss is watched."""
        return self._is_simple and self._fleet.objective.n_columns == 1

    def n_certain(self, stretch: Stretch) -> int:
        """Take looks at steps into account up to the first that is not certain to change nothing; say how many."""
        losses, gradients = stretch.evaluation.loss[:, 0], stretch.evaluation.gradient[:, :, 0]
        squares = np.vecdot(gradients, gradients)
        is_certain = (losses <= self._highest_loss) & (squares > self._least_square) & (squares < _HUGE)
        n = len(stretch) if is_certain.all() else int(is_certain.argmin())
        if n > 0 and losses[best := int(losses[:n].argmin())] < self._lowest_loss:
            self._lowest_loss = losses[best].item()
            self._lowest_seen = losses[best : best + 1], stretch.epoch + best, stretch.params[best]
        self._n_looks += n
        return n

    def close_open(self, status: Status, look: Look) -> None:
        """Close what is still open; early stopping restores the best parameters here too."""
        kept = _here(look, self._fleet.params(look)) if self._validation is None else self._best
        for model in np.flatnonzero(self._open).tolist():
            self._close(model, status, kept)

    def _all_go_on(self, look: Look, loss: FloatArray) -> bool:
        """Whether every model has certainly neither ended nor blown up: |g| over tol, the loss under its limit.

        Anything that is not certain, NaN included, is left to the long way: ‖g‖² > p tol² leaves no doubt of max |g|.
        """
        if look.certificate is not None:
            return False
        flat, least = look.gradient.ravel(), self._least_square
        square = flat.dot(flat)
        if not square < _HUGE:
            return False
        if len(loss) == 1:
            value = loss.item()
            if not (value <= self._highest_loss and square > least):
                return False
            if value < self._lowest_loss:
                self._lowest_loss, self._lowest_seen = value, (loss, look.n_done, look.params)
            return True
        if self._start is None or not (loss <= self._limit).all():
            return False
        if self._tol > 0 and not (np.einsum("ij,ij->j", look.gradient, look.gradient) > least).all():
            return False
        self._lowest = self._lowest.better(self._fleet.models, look, loss)
        return True

    def _note_extremes(self) -> None:
        """Keep the figures that the only model of a run is compared with as plain numbers."""
        self._lowest_loss, self._highest_loss = float(self._lowest.score[0]), float(self._limit[0])

    def _residual(self, look: Look) -> FloatArray:
        models, objective = self._fleet.models, self._fleet.objective
        if look.certificate is not None:
            return models.max(look.certificate.residual)
        residual = models.max(objective.residual(look.params, look.gradient))
        near = residual <= self._tol
        if look.seen is not None or not (self._tol > 0 and (self._open & near).any()):
            return residual
        # The mean over an epoch of moving parameters says that a pass is worth its price: to the models that it says it
        # of, so that a model ends as it does alone.
        exact = objective.evaluate(look.params).gradient
        return np.where(near, models.max(objective.residual(look.params, exact)), residual)

    def _figure(self, look: Look, model: int, residual: FloatArray) -> tuple[str, bool]:
        """Return the figures that a model which does not go on is told with, and whether it has converged."""
        if look.certificate is None:
            return f" ({residual[model]:.2g} <= {self._tol:g})", True
        own = self._fleet.models.slices[model]
        distance, gap = look.certificate.distance[own].max(), look.certificate.decrement[own].max() ** 2 / 2
        figure = f" (parameters to {distance:.0e}, objective to {gap:.0e}, gradient to {residual[model]:.0e})"
        return figure, not look.certificate.is_stuck[own].any()

    def _is_stale(self, look: Look, validation_loss: FloatArray | None) -> BoolArray | bool:
        if self._validation is None or validation_loss is None or self._validation.patience is None:
            return False
        self._best = self._best.better(self._fleet.models, look, validation_loss, self._validation.tol)
        stale: BoolArray | bool = look.n_done - self._best.n_done >= self._validation.patience
        return stale

    def _close(self, model: int, status: Status, kept: Kept, figure: str = "") -> None:
        self.outcomes.close(self._fleet, model, status, kept, self._n_looks, figure)
        self.is_restored |= kept is self._best or kept is self._lowest
        self._open[model] = False


def _here(look: Look, params: FloatArray) -> Kept:
    return Kept(look.loss, look.n_done, params)


__all__ = ["DIVERGENCE_FACTOR", "LEAVING_SHARE", "Validation", "Verdicts"]
