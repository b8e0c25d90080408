"""Labels as the pass over the rows wants them: models first, the sign beside them, and one copy for equal columns.

It knows labels in [0, 1]; it never knows z.
"""

from collections.abc import Iterator
from functools import cached_property

import numpy as np

from logitscope._typing import FloatArray, IntArray

_KEPT = 2**21  # entries up to which labels are kept models first; of larger data, a tile at a time


class Labels:
    """Labels of all columns.

    Parameters
    ----------
    target : ndarray of shape (n_samples, n_models)
    dtype : dtype
        Type of the numbers that they are multiplied with.
    """

    def __init__(self, target: FloatArray, dtype: np.dtype[np.floating]) -> None:
        first = target[:, :1]
        is_one = target.strides[1] == 0 or all(np.array_equal(first[:, 0], column) for column in target.T[1:])
        self.are_shared = is_one
        """Whether every column has the same labels, so that they are (n_samples,)."""
        self._target = target[:, 0] if is_one else target.T
        self._dtype = dtype

    @cached_property
    def are_hard(self) -> bool:
        """Whether every label is 0 or 1."""
        return all(bool(((piece == 0) | (piece == 1)).all()) for piece in self._pieces())

    def are_one_hot(self, models: slice) -> bool:
        """Whether every row has its 1 in one of these columns, and 0 in the others."""
        if self.are_shared:
            return self.are_hard and models.stop - models.start == 1 and bool((self._target == 1).all())
        return self.are_hard and all(bool((piece[models].sum(axis=0) == 1).all()) for piece in self._pieces())

    def _pieces(self) -> Iterator[FloatArray]:
        """Yield the labels of some rows at a time."""
        step = 2**16
        return (self._target[..., at : at + step] for at in range(0, self._target.shape[-1], step))

    @cached_property
    def _kept(self) -> tuple[FloatArray, FloatArray] | None:
        if self._target.size > _KEPT:
            return None
        return self.whole

    @cached_property
    def whole(self) -> tuple[FloatArray, FloatArray]:
        """Labels and signs of all rows and columns."""
        labels = np.ascontiguousarray(self._target, dtype=self._dtype)
        return labels, 1 - 2 * labels

    def of(self, rows: slice | IntArray, models: slice | int) -> tuple[FloatArray, FloatArray]:
        """Return y and 1 − 2y of some rows, (n_rows,) where they are one, else (n_models, n_rows)."""
        picked = rows if self.are_shared else (models, rows)
        if self._kept is not None:
            return self._kept[0][picked], self._kept[1][picked]
        labels = np.ascontiguousarray(self._target[picked], dtype=self._dtype)
        sign = np.multiply(labels, -2.0)
        sign += 1.0
        return labels, sign


__all__ = ["Labels"]
