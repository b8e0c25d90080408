"""The curves of a run: objective, held-out loss and metrics after every epoch.

It evaluates looks; it never decides whether a run goes on.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.training._looks import Look
from logitscope.training._models import Models

Metric: TypeAlias = Callable[[FloatArray, Objective], FloatArray]
"""`metric(z, objective)`: a number a column, from z (n_samples, n_columns) and the objective's targets and weights."""


class History(NamedTuple):
    """One row an epoch: row e belongs to the parameters after e epochs; shapes (n_epochs + 1, n_models)."""

    loss: FloatArray
    """Objective; with mini-batches, from row 1 on, the mean over the epoch's batches, each before its own update."""
    validation_loss: FloatArray | None
    """Loss on the held-out rows, without penalty."""
    metrics: dict[str, FloatArray]
    """Metrics on the training rows."""
    validation_metrics: dict[str, FloatArray]
    """Metrics on the held-out rows."""


class Curves:
    """Collects the curves of a run.

    Parameters
    ----------
    objective : Objective
    models : Models
    metrics : mapping of str to Metric
    held_out : Objective, optional
        The training loss on held-out rows.
    """

    def __init__(
        self, objective: Objective, models: Models, metrics: Mapping[str, Metric], held_out: Objective | None
    ) -> None:
        self._objective, self._models, self._metrics, self._held_out = objective, models, metrics, held_out
        self._loss: list[FloatArray] = []
        self._validation_loss: list[FloatArray] = []
        self._train: dict[str, list[FloatArray]] = {name: [] for name in metrics}
        self._validation: dict[str, list[FloatArray]] = {name: [] for name in metrics}

    def add(self, look: Look) -> tuple[FloatArray, FloatArray | None]:
        """Append a row to every curve; return each model's objective and held-out loss."""
        loss = self._models.sum(look.loss)
        self._loss.append(loss)
        if self._metrics:
            z = look.z if look.z is not None else self._objective.z(look.params)
            self._measure(self._train, z, self._objective)
        if self._held_out is None:
            return loss, None
        z = self._held_out.z(look.params)
        validation_loss = self._models.sum(self._held_out.mean_loss(z))
        self._validation_loss.append(validation_loss)
        self._measure(self._validation, z, self._held_out)
        return loss, validation_loss

    def _measure(self, curves: dict[str, list[FloatArray]], z: FloatArray, objective: Objective) -> None:
        for name, metric in self._metrics.items():
            curves[name].append(metric(z, objective))

    def history(self, n_rows: int) -> History:
        """Return the first rows of the curves: an interrupted run may have begun one more."""
        watched = self._held_out is not None
        return History(
            _stack(self._loss[:n_rows]),
            _stack(self._validation_loss[:n_rows]) if watched else None,
            {name: _stack(rows[:n_rows]) for name, rows in self._train.items()},
            {name: _stack(rows[:n_rows]) for name, rows in self._validation.items()} if watched else {},
        )


def _stack(rows: list[FloatArray]) -> FloatArray:
    return np.stack(rows) if rows else np.empty((0, 0))


__all__ = ["Curves", "History", "Metric"]
