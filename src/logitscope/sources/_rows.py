"""Rows of an array that is in memory, memory-mapped or CSR, handed out block by block and batch by batch.

It knows how rows are stored and drawn; it never knows what is computed from them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from logitscope._typing import FloatArray, IntArray

# A block is what one core's second-level cache holds with room to spare: the rows are read once from memory
# for z and found hot again for Xᵀ grad_z.
BLOCK_BYTES = 2**19


def dense(block: Any) -> FloatArray:
    """Return a block as an ndarray: itself, or its sparse rows written out."""
    rows: FloatArray = block if isinstance(block, np.ndarray) else block.toarray()
    return rows


@dataclass(frozen=True, eq=False)
class RowSource:
    """The rows of X that a run may see.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_rows, n_features), float32 or float64
        Never copied: blocks are views, or copies of one block where rows are picked.
    rows : ndarray of int, optional
        Which rows of X belong to the source, in order; by default all of them.
    """

    X: Any
    rows: IntArray | None = None

    @property
    def n_samples(self) -> int:
        """Number of rows in the source."""
        return int(self.X.shape[0]) if self.rows is None else len(self.rows)

    @property
    def n_features(self) -> int:
        """Number of columns of X."""
        return int(self.X.shape[1])

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers in X."""
        dtype: np.dtype[Any] = np.dtype(self.X.dtype)
        return dtype

    @property
    def sample_index(self) -> IntArray:
        """Index of each row of the source in X."""
        return np.arange(self.n_samples) if self.rows is None else self.rows

    @property
    def block_length(self) -> int:
        """Rows in a block."""
        return max(64, BLOCK_BYTES // max(1, self.n_features * self.dtype.itemsize))

    def blocks(self, batch: IntArray | None = None) -> Iterator[tuple[slice, Any]]:
        """Yield (positions, X of these rows) in order; positions count within the batch.

        Parameters
        ----------
        batch : ndarray of int, optional
            Positions in the source; by default every row.
        """
        picked = self.rows if batch is None else batch if self.rows is None else self.rows[batch]
        total = self.n_samples if picked is None else len(picked)
        length = self.block_length
        if picked is None and total <= length:
            yield slice(0, total), self.X
            return
        for start in range(0, total, length):
            positions = slice(start, min(start + length, total))
            yield positions, self.X[positions if picked is None else picked[positions]]

    def batches(self, batch_size: int | None, rng: np.random.Generator | None = None) -> Iterator[IntArray | None]:
        """Yield one epoch of batches: positions in the source, or one None for the full batch.

        Parameters
        ----------
        batch_size : int or None
            Rows in a batch; the last one may be smaller. None: all rows in one.
        rng : Generator, optional
            Shuffles the rows; without it they come in order.
        """
        if batch_size is None:
            yield None
            return
        order = np.arange(self.n_samples) if rng is None else rng.permutation(self.n_samples)
        for start in range(0, self.n_samples, batch_size):
            yield order[start : start + batch_size]

    def squares(self, block: Any) -> FloatArray:
        """Return the squared entries of a block, as an array of its kind, in float64."""
        if isinstance(block, np.ndarray):
            return np.square(block, dtype=np.float64)
        squared: FloatArray = block.astype(np.float64).power(2)
        return squared


__all__ = ["RowSource", "dense"]
