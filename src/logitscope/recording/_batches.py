"""What the mini-batches of a run did to their samples, while the run goes on.

It keeps a small number a sample and what each batch did, or the reach itself where that takes less memory. It never
knows z, nor why a batch holds what it holds.
"""

from typing import Any

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.recording._reach import KeptReach, Move, Reach, RunRows, StepReach

_MOVE_BYTES = 104  # a tuple of three, a number, and its place in a list


class BatchMoves:
    """The mini-batches of every record.

    Parameters
    ----------
    rows : RunRows
        The recorded rows.
    n_source : int
        Rows that are trained on, recorded or not.
    shape : (n_records, n_samples, n_models)
    dtype : dtype
        Of the reach.
    """

    def __init__(self, rows: RunRows, n_source: int, shape: tuple[int, ...], dtype: Any) -> None:
        self._rows, self._n_source, self._shape, self._dtype = rows, n_source, shape, dtype
        self._place: IntArray | None = None
        if rows.positions is not None:
            self._place = np.full(n_source, -1, dtype=np.intp)
            self._place[rows.positions] = np.arange(len(rows.positions))
        self._moves: list[list[Move]] = []
        self._batch_of: IntArray | None = None
        self._kept: FloatArray | None = None

    def find(self, batch: IntArray) -> tuple[IntArray, IntArray | None]:
        """Return the places of a batch's recorded samples, and which of the batch these are (None: all)."""
        if self._place is None:
            return batch, None
        place = self._place[batch]
        kept = np.flatnonzero(place >= 0)
        return place[kept], kept

    def add(self, record: int, members: IntArray, n_batch: int, step: Any) -> None:
        """Take in one step.

        Parameters
        ----------
        record : int
        members : ndarray of int
            Places of its recorded samples.
        n_batch : int
            Rows of the batch, recorded or not.
        step : SeenStep
        """
        # Each row counts as in the objective: sᵢ/Σs over all rows, times n/n_batch.
        gain, factor = step.rate * (self._n_source / n_batch), step.factor
        if type(factor) is float or not (callable(factor) or np.ndim(factor) > 1):
            gain, factor = gain * factor, None
        move = Move(gain, factor, step.columns)
        if self._batch_of is None and self._kept is None:
            self._choose(move, n_batch)
        if self._kept is not None:
            self._rows.fill(self._kept[record], members, move)
            return
        assert self._batch_of is not None
        if len(self._moves) == record:
            self._moves.append([])
        self._batch_of[record][members] = len(self._moves[record])
        self._moves[record].append(move)

    def _choose(self, move: Move, n_batch: int) -> None:
        """Reserve what takes less memory."""
        n_batches = -(-self._n_source // n_batch)
        kind = np.min_scalar_type(n_batches - 1)
        n_samples, n_models = self._shape[1:]
        derived = n_batches * (_MOVE_BYTES + getattr(move.factor, "nbytes", 0)) + n_samples * kind.itemsize
        if derived < n_samples * n_models * np.dtype(self._dtype).itemsize:
            self._batch_of = np.empty(self._shape[:2], kind)
        else:
            self._kept = np.zeros(self._shape, self._dtype)

    def reach(self, n_records: int) -> Reach:
        """Return the reach of the first records."""
        if self._batch_of is None:
            return KeptReach(np.zeros((0, *self._shape[1:])) if self._kept is None else self._kept[:n_records])
        moves = self._moves[:n_records]
        return StepReach(self._rows, moves, self._batch_of[:n_records], self._shape[2], self._dtype)


__all__ = ["BatchMoves"]
