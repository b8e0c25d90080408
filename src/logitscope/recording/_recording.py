"""The record of one run while it grows.

It sees steps as they are made; it cannot act on them, and it never knows why they were made.
"""

from __future__ import annotations

from typing import Any, NamedTuple, Protocol

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.pointwise import ColumnwiseLoss
from logitscope.recording._log import UpdateLog
from logitscope.sources import Source, mapped_row_norms, scaled_row_norms


class SeenStep(Protocol):
    """What a recorder sees of a step."""

    @property
    def epoch(self) -> int:
        """Epoch, from 0."""

    @property
    def index(self) -> int:
        """Number of updates made before it."""

    @property
    def ends_epoch(self) -> bool:
        """Whether it is the last step of its epoch."""

    @property
    def batch(self) -> IntArray | None:
        """Positions in the source; None is every row in order."""

    @property
    def z(self) -> FloatArray:
        """Pre-activations of the batch, (n_batch, n_models)."""

    @property
    def rate(self) -> float | FloatArray:
        """Learning rate."""

    @property
    def factor(self) -> float | FloatArray:
        """The optimizer's diagonal D on the gradient."""


class Recorded(NamedTuple):
    """What a record is of: the fixed facts of a run."""

    source: Source
    pointwise: ColumnwiseLoss
    labels: FloatArray
    """y of every row of the source, (n_samples,): labels in [0, 1], or class indices if `positive` is given."""
    weights: FloatArray
    """(n_samples,)."""
    row_norm: FloatArray
    """‖x̃ᵢ‖, (n_samples,)."""
    n_columns: int
    max_iter: int
    """Largest number of epochs."""
    fit_intercept: bool = True
    positive: IntArray | None = None
    """The class that each column stands for, (n_columns,)."""
    varies: bool = False
    """Whether a sample's reach differs from step to step in a way that costs another number per sample and record:
    with mini-batches, or with an optimizer that scales each parameter."""
    soft_target: FloatArray | None = None
    """Probabilities that every column is trained on, (n_samples, n_columns), where `labels` do not tell them."""

    def share(self, batch: IntArray | None) -> FloatArray:
        """Return how much each row of a batch counts, as in the objective: sᵢ/Σs over all rows, times n/n_batch."""
        share: FloatArray = self.weights / self.weights.sum()
        return share if batch is None else share[batch] * (len(self.weights) / len(batch))


class Recording:
    """The record of one run while it grows: an observer of steps."""

    def __init__(self, every: int, dtype: Any, run: Recorded, positions: IntArray, n_records: int) -> None:
        self._every, self._run, self._positions = every, run, positions
        shape = (n_records, len(positions), run.n_columns)
        # Reserved, not touched: pages that a run ends before reaching cost nothing.
        self._z = np.empty(shape, dtype)
        self._reach = np.empty(shape, dtype) if run.varies else None
        self._takes_all = len(positions) == run.source.n_samples
        self._place = np.full(run.source.n_samples, -1, dtype=np.intp)
        self._place[positions] = np.arange(len(positions))
        self._is_partial = False
        self._epochs: list[int] = []
        self._steps: list[int] = []
        self._rates: list[Any] = []
        self._factors: list[float] = []

    def observe(self, step: SeenStep) -> None:
        """Keep z of the recorded samples of this step, as it was when their update was computed."""
        if step.epoch % self._every:
            return
        self._is_partial = True  # until the epoch is whole: an interrupt may come at any time
        if not self._epochs or self._epochs[-1] != step.epoch:
            self._epochs.append(step.epoch)
            self._steps.append(step.index)
            self._rates.append(step.rate)
            self._factors.append(float(step.factor) if np.ndim(step.factor) == 0 else np.nan)
        self._keep(len(self._epochs) - 1, step)
        self._is_partial = not step.ends_epoch

    def _keep(self, record: int, step: SeenStep) -> None:
        z = step.z
        if step.batch is None:
            self._z[record] = z if self._takes_all else z[self._positions]
            if self._reach is not None:
                reach = self._reach_of(step)
                self._reach[record] = reach if self._takes_all else reach[self._positions]
            return
        place = self._place[step.batch]
        kept = place >= 0
        self._z[record, place[kept]] = z[kept]
        if self._reach is not None:
            self._reach[record, place[kept]] = self._reach_of(step)[kept]

    def _reach_of(self, step: SeenStep) -> FloatArray:
        """η sᵢ/Σs ‖D x̃ᵢ‖: how far one unit of grad_z moves the parameters, (n_batch, n_models or 1)."""
        run = self._run
        if np.ndim(step.factor) == 2:
            norms = scaled_row_norms(run.source, np.asarray(step.factor), run.fit_intercept, step.batch)
        elif np.ndim(step.factor) == 3:
            norms = mapped_row_norms(run.source, np.asarray(step.factor), run.fit_intercept)
        else:
            norms = step.factor * (run.row_norm if step.batch is None else run.row_norm[step.batch])[:, None]
        reach: FloatArray = step.rate * run.share(step.batch)[:, None] * norms
        return reach

    def log(self) -> UpdateLog:
        """Return what was recorded so far. An epoch that was broken off is not part of it."""
        n, chosen, run = len(self._epochs) - self._is_partial, self._positions, self._run
        return UpdateLog(
            z_columns=self._z[:n],
            epoch=np.asarray(self._epochs[:n], dtype=np.intp),
            step=np.asarray(self._steps[:n], dtype=np.intp),
            learning_rate=_rates(self._rates[:n], run.n_columns),
            gradient_factor=np.asarray(self._factors[:n], dtype=np.float64),
            y=run.labels[chosen],
            row_norm=run.row_norm[chosen],
            share=run.share(None)[chosen],
            sample_index=run.source.sample_index[chosen],
            pointwise=run.pointwise,
            positive=run.positive,
            reach_columns=None if self._reach is None else self._reach[:n],
            soft_target=None if run.soft_target is None else run.soft_target[chosen],
        )


def _rates(rates: list[Any], n_columns: int) -> FloatArray:
    """One rate a record, or one a record and column."""
    array = np.asarray(rates, dtype=np.float64)
    return array[:, 0] if array.ndim == 2 and n_columns == 1 else array


__all__ = ["Recorded", "Recording", "SeenStep"]
