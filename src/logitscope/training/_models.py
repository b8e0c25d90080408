"""Which columns of a run make one model, and figures of models from figures of columns.

It only counts columns; it never knows what is in them.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from logitscope._typing import BoolArray, FloatArray, IntArray


class Models:
    """Neighbouring columns that are one model: stopped together, and one loss (one-vs-rest, softmax).

    Parameters
    ----------
    starts : sequence of int
        First column of each model.
    n_columns : int

    Examples
    --------
    >>> models = Models([0, 2], 3)
    >>> models.sum(np.array([1.0, 2.0, 5.0]))
    array([3., 5.])
    >>> models.take(np.array([1])).slices
    [slice(0, 1, None)]
    """

    def __init__(self, starts: Sequence[int], n_columns: int) -> None:
        self._starts = np.asarray(starts, dtype=np.intp)
        self._sizes = np.diff([*starts, n_columns])
        self.are_columns = len(self._starts) == n_columns
        """Whether every model is one column, so that there is nothing to sum."""

    def __len__(self) -> int:
        return len(self._starts)

    def sum(self, columns: FloatArray) -> FloatArray:
        """Sum over each model's columns."""
        if self.are_columns:
            return columns
        total: FloatArray = np.add.reduceat(columns, self._starts)
        return total

    def max(self, columns: FloatArray) -> FloatArray:
        """Largest value among each model's columns."""
        if self.are_columns:
            return columns
        largest: FloatArray = np.maximum.reduceat(columns, self._starts)
        return largest

    def all(self, columns: BoolArray) -> BoolArray:
        """Whether it holds of all of a model's columns."""
        if self.are_columns:
            return columns
        held: BoolArray = np.logical_and.reduceat(columns, self._starts)
        return held

    def columns(self, chosen: BoolArray) -> BoolArray:
        """Mark the columns of the chosen models."""
        if self.are_columns:
            return chosen
        marked: BoolArray = np.repeat(chosen, self._sizes)
        return marked

    def take(self, index: IntArray) -> "Models":
        """Return the chosen models, when their columns alone are left."""
        sizes = self._sizes[index]
        ends = np.cumsum(sizes)
        return Models((ends - sizes).tolist(), int(sizes.sum()))

    @cached_property
    def slices(self) -> list[slice]:
        """Columns of each model."""
        return [slice(int(start), int(start + size)) for start, size in zip(self._starts, self._sizes, strict=True)]


__all__ = ["Models"]
