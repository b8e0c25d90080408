"""The pass of columns side by side over few rows with hard labels, which are turned beforehand to each pair's liking.

Nothing is turned back: a turned row times its slope is the row times the slope in z. Columns for which sums do not hold
are done as `Pass` does them, row by row; it never knows anything that `Pass` does not.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from logitscope._typing import BoolArray, FloatArray
from logitscope.objective._pass import TILE, Columns, Pass, Sums
from logitscope.pointwise import ClassSums, Readings, have_digits, readings

_FEW = 8  # parameters up to which products of single columns are faster than those of matrices


class Block(NamedTuple):
    """Rows that one reading takes: of one class, or of both where class 1 is class 0 turned round."""

    rows: FloatArray
    """turn · x̃, (n_rows, n_params)."""
    columns: FloatArray
    """The same, (n_params, n_rows)."""
    sum_up: ClassSums

    def add(self, params: FloatArray, loss: FloatArray, gradient: FloatArray) -> None:
        """Add the sums of the loss, (n_models,), and of its gradient, as `params`."""
        total, slope = self.sum_up(np.dot(self.rows, params), 0)
        loss += total
        if len(gradient) > _FEW:
            gradient += np.dot(self.columns, slope)
            return
        for own, column in zip(gradient, self.columns, strict=True):
            own += np.dot(column, slope)


class Tile(NamedTuple):
    """Columns of one pair, as many as the cache takes."""

    where: slice
    blocks: tuple[Block, ...]
    are_sure: bool
    """Whether sums are right wherever they are numbers."""


@dataclass(frozen=True, eq=False)
class TurnedPass:
    """Several columns and few rows that count the same, with labels 0 and 1 that all columns share.

    Parameters
    ----------
    x : ndarray of shape (n_samples, n_params)
        X, with a column of ones if there is an intercept.
    """

    given: Pass
    x: FloatArray

    @cached_property
    def _tiles(self) -> tuple[Tile, ...]:
        return tuple(tile for columns in self.given.columns for tile in self._divided(columns))

    def _divided(self, columns: Columns) -> Iterator[Tile]:
        """Yield the tiles of columns of one pair; none if it has no readings."""
        read = readings(columns.pointwise.activation, columns.pointwise.loss)
        if read is not None:
            blocks, width = tuple(self._blocks(read)), max(1, TILE // len(self.x))
            for start in range(columns.where.start, columns.where.stop, width):
                yield Tile(slice(start, min(start + width, columns.where.stop)), blocks, read.are_sure)

    def _blocks(self, read: Readings) -> Iterator[Block]:
        """Yield the rows as a pair reads them, those of both classes as one block where it reads them alike."""
        y, _ = self.given.labels.whole
        if read.zero.sum_up is read.one.sum_up:
            yield _block(self.x, np.where(y == 0, read.zero.turn, read.one.turn), read.zero.sum_up)
            return
        for label, (turn, sum_up) in enumerate((read.zero, read.one)):
            rows = self.x[y == label]
            if len(rows) > 0:
                yield _block(rows, np.full(len(rows), turn), sum_up)

    @cached_property
    def _are_sure(self) -> BoolArray:
        """Whether the sums of a column are right wherever they are numbers; False where there are none."""
        sure = np.zeros(self.given.n_models, dtype=bool)
        for tile in self._tiles:
            sure[tile.where] = tile.are_sure
        return sure

    def run(self, params: FloatArray) -> Sums:
        """Return sums over all rows."""
        loss, gradient = np.zeros(self.given.n_models), np.zeros(params.shape)
        for where, blocks, _ in self._tiles:
            for block in blocks:
                block.add(params[:, where], loss[where], gradient[:, where])
        # Columns without readings have a loss of 0 yet, which has no digits either.
        known = self._are_sure | have_digits(loss, len(self.x))
        known &= np.isfinite(gradient[0]) & (loss == loss)
        if not known.all():
            self._mend(~known, params, loss, gradient)
        return Sums(loss, gradient)

    def _mend(self, lost: BoolArray, params: FloatArray, loss: FloatArray, gradient: FloatArray) -> None:
        """Put the sums of `Pass` in place of those of columns for which there are none, or no right ones."""
        (y, sign), ones = self.given.labels.whole, np.ones(len(self.x))
        for columns in self.given.columns:
            own = np.flatnonzero(lost[columns.where]) + columns.where.start
            if len(own) > 0:
                terms = columns.row_by_row(np.dot(params[:, own].T, self.x.T), y, sign, ones)
                loss[own], gradient[:, own] = terms.loss, np.dot(terms.slope, self.x).T


def _block(x: FloatArray, turn: FloatArray, sum_up: ClassSums) -> Block:
    rows = np.ascontiguousarray(x * turn[:, None])
    return Block(rows, np.ascontiguousarray(rows.T), sum_up)


__all__ = ["TurnedPass"]
