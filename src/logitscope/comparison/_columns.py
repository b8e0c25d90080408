"""Models laid out side by side as the columns of one run.

It says which columns a model takes and what they stand for; it never trains.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.comparison._arms import Arm
from logitscope.pointwise import ColumnGroups, Group


class Layout(NamedTuple):
    """Who sits where."""

    columns: list[slice]
    """Columns of each arm."""
    positive: IntArray
    """The class that each column stands for, (n_columns,)."""
    groups: ColumnGroups
    """The pairs of activation and loss."""

    @property
    def starts(self) -> list[int]:
        """First column of each arm."""
        return [part.start for part in self.columns]

    def per_column(self, values: Any) -> FloatArray:
        """Repeat a number an arm over the columns of the arm; an arm may have one for each of its columns."""
        widths = [part.stop - part.start for part in self.columns]
        return np.concatenate([np.full(width, value, np.float64) for width, value in zip(widths, values, strict=True)])

    def per_arm(self, values: FloatArray) -> FloatArray:
        """Return the median of a number a column over the columns of each arm."""
        if len(self.columns) == len(values):
            return values.copy()
        return np.array([np.median(values[part]) for part in self.columns])

    def targets(self, codes: IntArray) -> FloatArray:
        """Return 1 where a row is of a column's class, else 0: (n_samples, n_columns)."""
        return (codes[:, None] == self.positive).astype(np.float64)


def lay_out(arms: Sequence[Arm], n_classes: int) -> Layout:
    """Lay arms out from left to right; neighbours of the same pair share a group."""
    columns: list[slice] = []
    positive: list[int] = []
    groups: list[Group] = []
    for arm in arms:
        start, width = len(positive), arm.n_columns(n_classes)
        columns.append(slice(start, start + width))
        positive += [1] if width == 1 else range(width)
        if groups and groups[-1].pointwise == arm.pointwise and not arm.is_joint:
            groups[-1] = Group(arm.pointwise, slice(groups[-1].columns.start, start + width))
        else:
            groups.append(Group(arm.pointwise, columns[-1]))
    return Layout(columns, np.array(positive, dtype=np.intp), ColumnGroups(tuple(groups)))


__all__ = ["Layout", "lay_out"]
