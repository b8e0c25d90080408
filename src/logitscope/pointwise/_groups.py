"""Different pairs of activation and loss side by side in the columns of one run.

It hands each group of columns to its pair; it never knows what a column stands for.
"""

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.pointwise._pair import Pointwise, ValueAndGrad


class Group(NamedTuple):
    """Neighbouring columns that are trained with the same pair."""

    pointwise: Pointwise
    columns: slice


@dataclass(frozen=True)
class ColumnGroups:
    """Different pairs side by side: `groups` cover the columns of a run from left to right."""

    groups: tuple[Group, ...]

    @property
    def n_columns(self) -> int:
        """Number of columns that the groups cover."""
        return self.groups[-1].columns.stop if self.groups else 0

    def _index(self, column: int) -> int:
        """Which group a column belongs to."""
        stops = [group.columns.stop for group in self.groups]
        return bisect_right(stops, column)

    def column(self, index: int) -> Pointwise:
        """Return the pair that column `index` is trained with."""
        return self.groups[self._index(index)].pointwise

    def take(self, columns: IntArray) -> "ColumnGroups":
        """Return the groups of some columns, in that order; coupled columns must be taken together."""
        taken: list[Group] = []
        previous = -1
        for position, column in enumerate(np.arange(self.n_columns)[columns].tolist()):
            index = self._index(column)
            start = taken.pop().columns.start if index == previous else position
            taken.append(Group(self.groups[index].pointwise, slice(start, position + 1)))
            previous = index
        return ColumnGroups(tuple(taken))

    def fill(self, evaluate: Callable[..., FloatArray], *arrays: FloatArray) -> FloatArray:
        """Return `evaluate(pair, *arrays)` of every group of columns, put together along the last axis."""
        shape = np.broadcast_shapes(*(array.shape for array in arrays))
        out = np.empty(shape)
        for pair, columns in self.groups:
            out[..., columns] = evaluate(pair, *(array[..., columns] for array in arrays))
        return out

    def value(self, z: FloatArray, y: FloatArray) -> FloatArray:
        """ℓ, of the shape of z."""
        return self.fill(Pointwise.value, z, y)

    def grad_z(self, z: FloatArray, y: FloatArray) -> FloatArray:
        """∂ℓ/∂z, of the shape of z."""
        return self.fill(Pointwise.grad_z, z, y)

    def value_and_grad(self, z: FloatArray, y: FloatArray) -> ValueAndGrad:
        """ℓ and ∂ℓ/∂z."""
        value, grad = np.empty(z.shape), np.empty(z.shape)
        for pointwise, columns in self.groups:
            value[..., columns], grad[..., columns] = pointwise.value_and_grad(z[..., columns], y[..., columns])
        return ValueAndGrad(value, grad)


__all__ = ["ColumnGroups", "Group"]
