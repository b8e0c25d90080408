"""The record of one run while it grows: z as it comes, and beside it what each step did.

It sees steps as they are made; it cannot act on them, and it never knows why they were made.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np

from logitscope._exceptions import RecordTooLargeError
from logitscope._typing import FloatArray, IntArray
from logitscope.pointwise import ColumnwiseLoss
from logitscope.recording._batches import BatchMoves
from logitscope.recording._heads import Heads, HeadTable
from logitscope.recording._log import UpdateLog
from logitscope.recording._reach import KeptReach, Move, Reach, RunRows, StepReach
from logitscope.sources import Source


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
    def factor(self) -> Any:
        """What D is on the gradient: a number, a diagonal, a matrix a column, or a callable that returns one."""

    @property
    def columns(self) -> IntArray | None:
        """Which of the run's columns these are; None is all."""


class SeenStretch(Protocol):
    """What a recorder sees of full-batch steps that follow each other."""

    @property
    def epoch(self) -> int:
        """Epoch of the first, and number of updates made before it."""

    @property
    def evaluation(self) -> Any:
        """With z of all, (n_steps, n_samples, n_models)."""

    @property
    def states(self) -> Sequence[Any]:
        """The optimizer's, one more than steps: before each, and after the last."""

    def rates(self, n: int) -> list[Any]:
        """Learning rates of the first n."""

    def factors(self, n: int) -> list[Any]:
        """What D is on the gradient in the first n, numbers or callables that hold on to the states."""

    def __getitem__(self, at: int) -> SeenStep:
        """One of them."""


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
    is_open_ended: bool = False
    """Whether the run ends of itself, mostly long before `max_iter`: a solver's."""
    varies: bool = False
    """Whether a sample's reach differs from step to step in a way that may cost another number a sample and record:
    with mini-batches, or with an optimizer that scales each parameter."""
    soft_target: FloatArray | None = None
    """Probabilities that every column is trained on, (n_samples, n_columns), where `labels` do not tell them."""


class Recording:
    """The record of one run while it grows: an observer of steps.

    Notes
    -----
    A full batch costs one copy of z and one entry of a list. Whatever else the log tells is worked out when it is
    asked; what that follows from is kept as it was handed over, unless the reach itself takes less memory.

    There is room for `n_records`. That of a solver is doubled when it is full, up to `most`; while it is copied, the
    old room is there too.
    """

    def __init__(
        self, every: int, dtype: Any, run: Recorded, positions: IntArray | None, n_records: int, most: int
    ) -> None:
        self._every, self._run, self._positions, self._most = every, run, positions, most
        n_samples = run.source.n_samples if positions is None else len(positions)
        self._z = _reserved((n_records, n_samples, run.n_columns), np.dtype(dtype))
        self._reach: FloatArray | None = None
        self._batches: BatchMoves | None = None
        self._heads = Heads()
        self._is_partial = False

    def observe(self, step: SeenStep) -> None:
        """Keep z of the recorded samples of this step, as it was when their update was computed."""
        if step.epoch % self._every:
            return
        if step.batch is not None:
            self._observe_batch(step)
            return
        z, factor, columns = step.z, step.factor, step.columns
        n = len(self._heads)
        if n == len(self._z):
            self._grow()
        out = self._z[n]
        if type(factor) is not float and np.ndim(factor) > 1:
            factor = self._smaller(factor, step)
        if self._positions is not None:
            z = z[self._positions]
        if columns is None:
            out[...] = z
        else:
            out[:, columns] = z
        # Last, because an interrupt may come at any time: a record without its head does not count.
        self._heads.add(step.epoch, step.index, [step.rate], [factor], columns)

    def observe_all(self, stretch: SeenStretch, n: int) -> None:
        """Observe the first n >= 1 of full-batch steps, together where D is kept as it is handed over."""
        factors = stretch.factors(n)
        if self._every > 1 or (callable(factors[0]) and self._is_large(_n_bytes(stretch.states[1]))):
            for at in range(n):
                self.observe(stretch[at])
            return
        first, z = len(self._heads), stretch.evaluation.z[:n]
        self._z[first : first + n] = z if self._positions is None else z[:, self._positions]
        self._heads.add(stretch.epoch, stretch.epoch, stretch.rates(n), factors)

    def _observe_batch(self, step: SeenStep) -> None:
        batch, columns = step.batch, step.columns
        assert batch is not None
        if self._batches is None:
            run = self._run
            self._batches = BatchMoves(self._rows, run.source.n_samples, self._z.shape, self._z.dtype)
        self._is_partial = True  # until the epoch is whole
        if self._heads.latest_epoch != step.epoch:
            self._heads.add(step.epoch, step.index, [step.rate], [step.factor], columns)
        record = len(self._heads) - 1
        members, kept = self._batches.find(batch)
        z = step.z if kept is None else step.z[kept]
        if columns is None:
            self._z[record][members] = z
        else:
            self._z[record][members[:, None], columns] = z
        self._batches.add(record, members, len(batch), step)
        self._is_partial = not step.ends_epoch

    def _grow(self) -> None:
        """Make room for as many records again, as far as there may be."""
        n = min(2 * len(self._z), self._most)
        if n == len(self._z):
            raise RecordTooLargeError(
                f"`max_bytes` must allow the record: the {n} that fit, of {self._z[0].nbytes:,} bytes and more, are not"
                " enough for this run. Record fewer epochs (`every`), fewer `samples`, or with dtype='float32'."
            )
        self._z = _prolonged(self._z, n)
        self._reach = None if self._reach is None else _prolonged(self._reach, n)

    @cached_property
    def _rows(self) -> RunRows:
        run = self._run
        share: FloatArray = self._chosen(run.weights) / run.weights.sum()
        return RunRows(run.source, self._positions, share, self._chosen(run.row_norm), run.fit_intercept)

    def _chosen(self, of_every_row: Any) -> Any:
        """Return what is known of every row for the recorded ones; of all of them, the array itself."""
        return of_every_row if self._positions is None else of_every_row[self._positions]

    def _is_large(self, n_bytes: int) -> bool:
        return n_bytes > self._z[0].nbytes

    def _smaller(self, factor: FloatArray, step: SeenStep) -> FloatArray | None:
        """Return D, or None if it is larger than the reach that follows from it, which is then kept."""
        if not self._is_large(factor.nbytes):
            return factor
        if self._reach is None:
            self._reach = np.empty(self._z.shape, self._z.dtype)
        move = Move(step.rate, factor, step.columns)
        reach = StepReach(self._rows, [[move]], None, self._run.n_columns, self._z.dtype)
        self._reach[len(self._heads)] = reach.array()[0]
        return None

    def log(self, lost: IntArray | None = None) -> UpdateLog:
        """Return what was recorded so far. An epoch that was broken off is not part of it.

        Parameters
        ----------
        lost : ndarray of int, optional
            Columns of models that blew up: z is NaN in the records after their last step. Other columns that ended
            before the run stay where they are, and nothing moves them (rate 0).
        """
        n, run, rows = len(self._heads) - self._is_partial, self._run, self._rows
        heads = self._heads.table(n)
        self._prolong(heads, lost)
        return UpdateLog(
            z_columns=self._z[:n],
            epoch=heads.epoch,
            step=heads.step,
            learning_rate=heads.rates(run.n_columns),
            gradient_factor=heads.factors(),
            y=np.array(self._chosen(run.labels)),  # a copy: they may be the caller's own
            row_norm=rows.row_norm,
            share=rows.share,
            sample_index=self._chosen(run.source.sample_index),
            pointwise=run.pointwise,
            positive=run.positive,
            own_reach=self._own_reach(heads),
            soft_target=None if run.soft_target is None else self._chosen(run.soft_target),
        )

    def _prolong(self, heads: HeadTable, lost: IntArray | None) -> None:
        """Fill in the columns that left the run, in the records after their last."""
        if heads.are_whole:
            return
        n, last = len(heads.epoch), np.full(self._run.n_columns, -1)
        for record, live in enumerate(heads.live):
            last[live] = record
        for record in np.unique(last[last < n - 1]).tolist():
            ended, later = np.flatnonzero(last == record), self._z[record + 1 : n]
            later[..., ended] = self._z[record][:, ended] if record >= 0 else np.nan
            if lost is not None:
                later[..., np.intersect1d(ended, lost)] = np.nan

    def _own_reach(self, heads: HeadTable) -> Reach | None:
        """Return what the reach follows from where rate and D as numbers do not tell it."""
        if self._batches is not None:
            return self._batches.reach(len(heads.epoch))
        if heads.has_numbers:
            return None
        derived = [record for record, factor in enumerate(heads.factor) if factor is not None]
        moves = [[move] for move in map(Move, heads.rate, heads.factor, heads.columns)]
        reach = StepReach(self._rows, moves, None, self._run.n_columns, self._z.dtype)
        if self._reach is None:
            return reach
        self._reach[derived] = reach.records(np.array(derived, dtype=np.intp)).array()
        return KeptReach(self._reach[: len(heads.epoch)])


_HUGE_PAGE = 2**21


def _reserved(shape: tuple[int, ...], dtype: np.dtype[Any]) -> FloatArray:
    """Return an array that is reserved, not touched: pages that a run ends before reaching cost nothing.

    To touch a page for the first time costs more than to fill it. NumPy asks the system for huge ones from 4 MiB on,
    and only what lies between multiples of their size can have them: there a small record begins.
    """
    n_bytes = math.prod(shape) * dtype.itemsize
    if n_bytes < _HUGE_PAGE:
        return np.empty(shape, dtype)
    memory = np.empty(max(n_bytes, 2 * _HUGE_PAGE) + _HUGE_PAGE, np.uint8)
    start = -memory.ctypes.data % _HUGE_PAGE
    array: FloatArray = memory[start : start + n_bytes].view(dtype).reshape(shape)
    return array


def _prolonged(records: FloatArray, n: int) -> FloatArray:
    """Return room for n records, of which the first are these."""
    out = _reserved((n, *records.shape[1:]), records.dtype)
    out[: len(records)] = records
    return out


def _n_bytes(state: Any) -> int:
    """Size of the arrays and numbers of an optimizer's state."""
    return sum(map(_n_bytes, state)) if isinstance(state, tuple) else np.asarray(state).nbytes


__all__ = ["Recorded", "Recording", "SeenStep"]
