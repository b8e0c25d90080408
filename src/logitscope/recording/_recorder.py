"""Watches a run and keeps z of every recorded sample: one number per sample, column and record.

It sees steps as they are made; it cannot act on them, and it never knows why they were made.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any, NamedTuple, Protocol

import numpy as np

from logitscope._exceptions import InvalidInputError, RecordTooLargeError
from logitscope._typing import FloatArray, IntArray
from logitscope.pointwise import ColumnwiseLoss
from logitscope.recording._log import UpdateLog
from logitscope.sources import RowSource, mapped_row_norms, scaled_row_norms

DEFAULT_MAX_BYTES = 2 * 2**30


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

    source: RowSource
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


@dataclass(frozen=True, eq=False)
class UpdateRecorder:
    """What to record of a run.

    Parameters
    ----------
    every : int, default=1
        Record every so many epochs, from the first on.
    samples : int or array_like of int, optional
        Which samples: indices of rows of X, or how many to draw (with the run's seed). By default all that are
        trained on.
    dtype : "float64" or "float32", default="float64"
        Type in which z is kept.
    max_bytes : int, default=2 GiB
        A record that would need more is refused before the first epoch.

    Examples
    --------
    >>> UpdateRecorder(every=10, samples=100).every
    10
    """

    every: int = 1
    samples: Any = None
    dtype: Any = "float64"
    max_bytes: int = DEFAULT_MAX_BYTES

    def __post_init__(self) -> None:
        if isinstance(self.every, bool) or not isinstance(self.every, int | np.integer) or self.every < 1:
            raise InvalidInputError(f"`every` must be an integer >= 1 (epochs between records); got {self.every!r}.")
        if not _is_float(self.dtype):
            raise InvalidInputError(f"`dtype` must be 'float32' or 'float64'; got {self.dtype!r}.")
        if isinstance(self.max_bytes, bool) or not isinstance(self.max_bytes, Real) or not self.max_bytes > 0:
            raise InvalidInputError(f"`max_bytes` must be a number > 0; got {self.max_bytes!r}.")
        _check_samples(self.samples)

    def begin(self, run: Recorded, rng: np.random.Generator | None = None) -> Recording:
        """Reserve the memory of a run's record.

        Parameters
        ----------
        run : Recorded
        rng : Generator, optional
            Draws the samples when `samples` is a number.

        Raises
        ------
        InvalidInputError
            Samples that are not trained on.
        RecordTooLargeError
            If the record would need more than `max_bytes`.
        """
        positions = self._positions(run.source, rng)
        n_records = -(-run.max_iter // self.every)
        self._check_size(n_records, len(positions), run.n_columns, 1 + run.varies)
        return Recording(self, run, positions, n_records)

    def _positions(self, source: RowSource, rng: np.random.Generator | None) -> IntArray:
        """Positions in the source of the samples to record, in increasing order of their index in X."""
        n, index = source.n_samples, source.sample_index
        if self.samples is None:
            return np.arange(n)
        if isinstance(self.samples, int | np.integer):
            if not 1 <= self.samples <= n:
                raise InvalidInputError(
                    f"`samples` must be a number from 1 to the {n} samples trained on; got {self.samples!r}."
                )
            generator = np.random.default_rng(0) if rng is None else rng
            return np.sort(generator.choice(n, size=int(self.samples), replace=False))
        wanted = np.unique(np.asarray(self.samples).astype(np.intp).ravel())
        missing = wanted[~np.isin(wanted, index)]
        if len(wanted) == 0 or len(missing):
            got = "none" if len(wanted) == 0 else f"{missing[0]}"
            raise InvalidInputError(
                f"`samples` must be indices of samples that are trained on; got {got}. Rows of weight 0 and rows held"
                " out for validation are not trained on."
            )
        return np.flatnonzero(np.isin(index, wanted))

    def _check_size(self, n_records: int, n_samples: int, n_columns: int, n_numbers: int) -> None:
        width = np.dtype(self.dtype).itemsize
        a_record = n_samples * n_columns * width * n_numbers
        total = n_records * a_record
        if total <= self.max_bytes:
            return
        arithmetic = f"{n_records} records x {n_samples} samples x {n_columns} columns x {n_numbers * width} bytes"
        fitting = self.max_bytes // a_record
        if fitting:
            advice = f"UpdateRecorder(every={self.every * -(-n_records // fitting)}) would fit"
        else:
            advice = "Even one record does not fit: record fewer `samples`"
        halving = "; dtype='float32' halves the size." if width == 8 else "."
        raise RecordTooLargeError(
            f"`max_bytes` must allow the record: {arithmetic} = {total:,} bytes; got {self.max_bytes:,}."
            f" {advice}{halving}"
        )


def _rates(rates: list[Any], n_columns: int) -> FloatArray:
    """One rate a record, or one a record and column."""
    array = np.asarray(rates, dtype=np.float64)
    return array[:, 0] if array.ndim == 2 and n_columns == 1 else array


def _is_float(dtype: Any) -> bool:
    try:
        return dtype is not None and np.dtype(dtype) in (np.float32, np.float64)
    except TypeError:
        return False


def _check_samples(samples: Any) -> None:
    """Refuse what is neither a number nor indices: a mask of truth values would read as rows 0 and 1."""
    if samples is None:
        return
    array = np.asarray(samples)
    if array.dtype.kind not in "iu" and array.size:
        raise InvalidInputError(f"`samples` must be a number of samples or their indices; got {samples!r}.")


class Recording:
    """The record of one run while it grows: an observer of steps."""

    def __init__(self, recorder: UpdateRecorder, run: Recorded, positions: IntArray, n_records: int) -> None:
        self._every, self._run, self._positions = recorder.every, run, positions
        shape = (n_records, len(positions), run.n_columns)
        # Reserved, not touched: pages that a run ends before reaching cost nothing.
        self._z = np.empty(shape, recorder.dtype)
        self._reach = np.empty(shape, recorder.dtype) if run.varies else None
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


__all__ = ["DEFAULT_MAX_BYTES", "Recorded", "Recording", "SeenStep", "UpdateRecorder"]
