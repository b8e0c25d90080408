"""The curves of a run: objective, held-out loss and metrics after every epoch.

It evaluates looks; it never decides whether a run goes on.
"""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

import numpy as np

from logitscope._typing import BoolArray, FloatArray, IntArray
from logitscope.objective import Objective
from logitscope.training._fleet import Fleet
from logitscope.training._looks import Look
from logitscope.training._models import Models

Metric: TypeAlias = Callable[[Objective, Models], Callable[[FloatArray], FloatArray]]
"""`metric(objective, models)` returns `measure(z)`: a number a model from z (n_samples, n_columns), for the objective's
targets and weights. What does not change from epoch to epoch is computed once, in the outer call."""


class History(NamedTuple):
    """One row an epoch: row e belongs to the parameters after e epochs; shapes (n_epochs + 1, n_models).

    After the row in which a model ended, while others went on, its last figures are repeated; NaN if it blew up.
    """

    loss: FloatArray
    """Objective; with mini-batches, from row 1 on, the mean over the epoch's batches, each before its own update."""
    validation_loss: FloatArray | None
    """Loss on the held-out rows, without penalty."""
    metrics: dict[str, FloatArray]
    """Metrics on the training rows."""
    validation_metrics: dict[str, FloatArray]
    """Metrics on the held-out rows."""


class Endings(NamedTuple):
    """Where the curves of models end."""

    n_rows: int
    """Rows of the table: an interrupted run may have begun one more."""
    n_own: IntArray
    """Rows of each model."""
    is_lost: BoolArray
    """Whether there is nothing to repeat."""


class Curve:
    """A row an epoch, of the models that were in the run then; rows may be appended together, end to end."""

    def __init__(self, fleet: Fleet) -> None:
        self._parts: list[tuple[Fleet, list[FloatArray]]] = []
        self._n_models = len(fleet.models)
        self.narrow(fleet)

    def narrow(self, fleet: Fleet) -> None:
        """Go on with rows of a smaller fleet."""
        rows: list[FloatArray] = []
        self._parts.append((fleet, rows))
        self.append = rows.append

    def table(self, endings: Endings) -> FloatArray:
        """Return the rows of all models, (n_rows, n_models)."""
        table = np.full((endings.n_rows, self._n_models), np.nan)
        first = 0
        for fleet, rows in self._parts:
            if rows:
                own = np.concatenate(rows).reshape(-1, len(fleet.models))[: endings.n_rows - first]
                table[first : first + len(own), fleet.index] = own
                first += len(own)
        for model in np.flatnonzero(endings.n_own < endings.n_rows):
            end = endings.n_own[model]
            table[end:, model] = np.nan if endings.is_lost[model] or end == 0 else table[end - 1, model]
        return table


class Curves:
    """Collects the curves of a run.

    Parameters
    ----------
    fleet : Fleet
    metrics : mapping of str to Metric
    """

    def __init__(self, fleet: Fleet, metrics: Mapping[str, Metric]) -> None:
        self._metrics = metrics
        self._loss, self._validation_loss = Curve(fleet), Curve(fleet)
        self._train = {name: Curve(fleet) for name in metrics}
        self._validation = {name: Curve(fleet) for name in metrics}
        self._look_at(fleet)

    def _look_at(self, fleet: Fleet) -> None:
        self._fleet, held_out = fleet, fleet.held_out
        self._measures = [
            (self._train[name], metric(fleet.objective, fleet.models)) for name, metric in self._metrics.items()
        ]
        self._held_out_measures = [
            (self._validation[name], metric(held_out, fleet.models))
            for name, metric in self._metrics.items()
            if held_out is not None
        ]

    def narrow(self, fleet: Fleet) -> None:
        """Go on with the models of a smaller fleet."""
        for curve in (self._loss, self._validation_loss, *self._train.values(), *self._validation.values()):
            curve.narrow(fleet)
        self._look_at(fleet)

    def add(self, look: Look) -> tuple[FloatArray, FloatArray | None]:
        """Append a row to every curve; return each model's objective and held-out loss."""
        models, held_out = self._fleet.models, self._fleet.held_out
        loss = models.sum(look.loss)
        self._loss.append(loss)
        if self._measures:
            z = look.z if look.z is not None else self._fleet.objective.z(look.params)
            for curve, measure in self._measures:
                curve.append(measure(z))
        if held_out is None:
            return loss, None
        z = held_out.z(look.params)
        validation_loss = models.sum(held_out.mean_loss(z))
        self._validation_loss.append(validation_loss)
        for curve, measure in self._held_out_measures:
            curve.append(measure(z))
        return loss, validation_loss

    def add_losses(self, losses: FloatArray) -> None:
        """Append the objectives of some steps, (n, 1), where nothing else is measured of one model of one column."""
        self._loss.append(losses[:, 0])

    def history(self, endings: Endings) -> History:
        """Return the curves as tables."""
        watched = self._fleet.held_out is not None
        return History(
            self._loss.table(endings),
            self._validation_loss.table(endings) if watched else None,
            {name: curve.table(endings) for name, curve in self._train.items()},
            {name: curve.table(endings) for name, curve in self._validation.items()} if watched else {},
        )


__all__ = ["Curve", "Curves", "Endings", "History", "Metric"]
