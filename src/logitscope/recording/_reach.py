"""How far one unit of ∂ℓ/∂z of a sample moves the parameters: η sᵢ/Σs ‖D x̃ᵢ‖, where it differs from step to step.

It knows rates, the optimizer's D and rows; it never knows z, a loss, or how a run was trained.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.sources import Source, mapped_row_norms, scaled_row_norms


class Reach(Protocol):
    """The reach of every sample at every record."""

    def array(self) -> FloatArray:
        """Return it, (n_records, n_samples, n_models)."""
        ...

    def records(self, chosen: IntArray) -> Reach:
        """Return that of some records."""
        ...

    def columns(self, part: slice) -> Reach:
        """Return that of some columns."""
        ...


@dataclass(frozen=True, eq=False)
class KeptReach:
    """A number a sample and record: told by another loop, read from a file, or smaller than what it derives from."""

    values: FloatArray

    def array(self) -> FloatArray:
        """Return it, (n_records, n_samples, n_models)."""
        return self.values

    def records(self, chosen: IntArray) -> KeptReach:
        """Return that of some records."""
        return KeptReach(self.values[chosen])

    def columns(self, part: slice) -> KeptReach:
        """Return that of some columns."""
        return KeptReach(self.values[..., part])


class Move(NamedTuple):
    """What one step multiplied the gradient by."""

    gain: float | FloatArray
    """η n/n_batch, and D where it is a number; a number or one a column of the step."""
    factor: Any
    """D where it is none: a diagonal (n_params, n_models), matrices (n_params, n_params, n_models), of coupled columns
    (n_params, n_models · n_params, n_models), or a callable that returns one of these or a number. Else None."""
    columns: IntArray | None = None
    """Columns of the run that the step is about; None is all. Of the others nothing moves."""

    def part(self, part: slice) -> Move:
        """Return what the step did to some columns of the run, which are counted from 0 again."""
        if self.columns is None:
            chosen: Any = part
            columns = None
        else:
            chosen = np.flatnonzero((self.columns >= part.start) & (self.columns < part.stop))
            columns = self.columns[chosen] - part.start
        return Move(_of(self.gain, chosen), None if self.factor is None else _later(self.factor, chosen), columns)


def _of(values: Any, chosen: Any) -> Any:
    """Return a number as it is, and of anything laid out by columns those chosen."""
    return values[..., chosen] if np.ndim(values) else values


def _later(factor: Any, chosen: Any) -> Any:
    if callable(factor):
        return lambda: _of(factor(), chosen)
    return _of(factor, chosen)


@dataclass(frozen=True, eq=False)
class RunRows:
    """The recorded rows of a run."""

    source: Source
    positions: IntArray | None
    """Positions in the source; None is every row in order."""
    share: FloatArray
    """sᵢ/Σs, (n_samples,)."""
    row_norm: FloatArray
    """‖x̃ᵢ‖, (n_samples,)."""
    fit_intercept: bool

    def norms(self, factor: Any, rows: IntArray | None) -> FloatArray:
        """Return ‖D x̃ᵢ‖ of some rows, (n_rows, n_models or 1)."""
        factor = np.asarray(factor() if callable(factor) else factor)
        if factor.ndim < 2:
            row_norm = self.row_norm if rows is None else self.row_norm[rows]
            norms: FloatArray = factor * row_norm[:, None]
            return norms
        batch = self.positions if rows is None else rows if self.positions is None else self.positions[rows]
        measure = scaled_row_norms if factor.ndim == 2 else mapped_row_norms
        return measure(self.source, factor, self.fit_intercept, batch)

    def fill(self, out: FloatArray, rows: IntArray | None, move: Move) -> None:
        """Write the reach of some rows (None: all of them) into that of a record, (n_samples, n_models)."""
        share = self.share if rows is None else self.share[rows]
        reach = move.gain * share[:, None] * self.norms(1.0 if move.factor is None else move.factor, rows)
        if move.columns is None:
            out[slice(None) if rows is None else rows] = reach
        else:
            out[np.ix_(np.arange(len(out)) if rows is None else rows, move.columns)] = reach


@dataclass(frozen=True, eq=False)
class StepReach:
    """Derived when asked for, from one number a sample that says in which step it was, and what each step did.

    It holds on to the rows of the run (to X) where D is not a number; files and pickles hold the reach itself.

    Parameters
    ----------
    rows : RunRows
    moves : sequence of sequences of Move
        The steps of every record.
    batch_of : ndarray of int, (n_records, n_samples), or None
        Which of the record's steps a sample was part of; None is full batches.
    n_models : int
    dtype : dtype
        Of the result: that in which z is kept.
    """

    rows: RunRows
    moves: Sequence[Sequence[Move]]
    batch_of: IntArray | None
    n_models: int
    dtype: Any

    def array(self) -> FloatArray:
        """Return it, (n_records, n_samples, n_models)."""
        out = np.zeros((len(self.moves), len(self.rows.share), self.n_models), self.dtype)
        with np.errstate(all="ignore"):  # of a run that blew up
            for record, moves in enumerate(self.moves):
                for rows, move in self._batches(record, moves):
                    self.rows.fill(out[record], rows, move)
        return out

    def _batches(self, record: int, moves: Sequence[Move]) -> list[tuple[IntArray | None, Move]]:
        """Return the rows of each step of a record, as positions among the recorded ones."""
        if self.batch_of is None:
            return [(None, moves[0])]
        number = self.batch_of[record]
        if all(move.factor is None and move.columns is None for move in moves):
            gains = np.stack([np.broadcast_to(move.gain, self.n_models) for move in moves])
            return [(None, Move(gains[number], None))]
        order = np.argsort(number, kind="stable")
        ends = np.cumsum(np.bincount(number, minlength=len(moves)))
        return list(zip(np.split(order, ends[:-1]), moves, strict=True))

    def records(self, chosen: IntArray) -> StepReach:
        """Return that of some records."""
        moves = [self.moves[record] for record in np.arange(len(self.moves))[chosen]]
        return replace(self, moves=moves, batch_of=None if self.batch_of is None else self.batch_of[chosen])

    def columns(self, part: slice) -> StepReach:
        """Return that of some columns."""
        moves = [[move.part(part) for move in moves] for moves in self.moves]
        return replace(self, moves=moves, n_models=part.stop - part.start)

    def __reduce__(self) -> Any:
        """Pickle as the reach itself: rows and the solver's callables stay where they are."""
        return KeptReach, (self.array(),)


__all__ = ["KeptReach", "Move", "Reach", "RunRows", "StepReach"]
