"""Rows of an array that is in memory, memory-mapped or CSR, handed out block by block and batch by batch.

It knows how rows are stored and drawn; it never knows what is computed from them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import FloatArray, IntArray
from logitscope.sources._base import Source
from logitscope.sources._sparse import neighbours

# A block is what one core's second-level cache holds: the rows are read once from memory for z and found hot again for
# Xᵀ grad_z.
BLOCK_BYTES = 2**20
_ROUND = 16  # rows: lines of the cache, and factors of a product, come out even
_OF_A_VIEW = 3  # blocks that nobody copies: the third level is hardly slower, and NumPy's calls are fewer
SPARSE_BLOCK_ENTRIES = 2**18  # of sparse rows more, since taking a block of them costs more


def dense(block: Any) -> FloatArray:
    """Return a block as an ndarray: itself, or its sparse rows written out."""
    rows: FloatArray = block if isinstance(block, np.ndarray) else block.toarray()
    return rows


def dense_blocks(source: Source, batch: IntArray | None = None) -> Iterator[tuple[slice, FloatArray]]:
    """Yield (positions, rows as an ndarray), so few at a time that sparse ones written out fit the cache too."""
    for positions, block in source.blocks(batch, cached_length(source.n_features)):
        yield positions, dense(block)


def cached_length(n_numbers: int, n_blocks: int = 1) -> int:
    """Return how many rows of so many float64 numbers make a block, or several."""
    return max(64, n_blocks * BLOCK_BYTES // max(1, n_numbers * 8))


def _evened(total: int, length: int) -> int:
    """Return the length of equal blocks, at most so long: a short one at the end would have as many calls."""
    if length < _ROUND or total == 0:
        return length
    whole = length - length % _ROUND
    return -(-total // -(-total // whole) // _ROUND) * _ROUND


@dataclass(frozen=True, eq=False)
class RowSource:
    """The rows of X that a run may see.

    Parameters
    ----------
    X : ndarray or CSR matrix of shape (n_rows, n_features), float32 or float64
        Never copied: blocks are views, or copies of one block where rows are picked.
    rows : ndarray of int, optional
        Which rows of X belong to the source, in order; by default all of them.

    Raises
    ------
    InvalidInputError
        If X holds no floating-point numbers: parameters are multiplied in the type of X.
    """

    X: Any
    rows: IntArray | None = None

    def __post_init__(self) -> None:
        if self.X.dtype.kind != "f":
            raise InvalidInputError(f"`X` must hold float32 or float64; got {self.X.dtype}. Use X.astype(float).")

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
    def n_read(self) -> int:
        """How many numbers a pass reads: of sparse rows the entries and their places; of picked ones, about."""
        whole = int(self.X.size if isinstance(self.X, np.ndarray) else 2 * self.X.nnz)
        return whole if self.rows is None else whole * len(self.rows) // max(1, self.X.shape[0])

    @property
    def sample_index(self) -> IntArray:
        """Index of each row of the source in X."""
        return np.arange(self.n_samples) if self.rows is None else self.rows

    def _length(self, is_view: bool) -> int:
        """Rows in a block, of views of X or of copies."""
        if isinstance(self.X, np.ndarray):  # float32 is often computed with in float64
            return cached_length(self.n_features, _OF_A_VIEW if is_view else 1)
        return max(64, SPARSE_BLOCK_ENTRIES * self.X.shape[0] // max(1, self.X.nnz))

    def blocks(
        self, batch: IntArray | None = None, at_most: int | None = None, are_copied: bool = False
    ) -> Iterator[tuple[slice, Any]]:
        """Yield (positions, X of these rows) in order; positions count within the batch.

        Parameters
        ----------
        batch : ndarray of int, optional
            Positions in the source; by default every row.
        at_most : int, optional
            Rows in a block, if it should be fewer than what suits the cache.
        are_copied : bool
            Whether the caller makes copies of the blocks, which are to stay small.
        """
        picked = self.rows if batch is None else batch if self.rows is None else self.rows[batch]
        total = self.n_samples if picked is None else len(picked)
        length = self._length(is_view=picked is None and not are_copied)
        length = length if at_most is None else min(length, at_most)
        if picked is None and total <= length:
            yield slice(0, total), self.X
            return
        length = _evened(total, length)
        for start in range(0, total, length):
            positions = slice(start, min(start + length, total))
            yield positions, self._neighbours(positions) if picked is None else self._picked(picked[positions])

    def _picked(self, rows: IntArray) -> Any:
        """X of rows that come from anywhere; `take` is several times faster, but would copy all of a Fortran array."""
        if isinstance(self.X, np.ndarray) and self.X.flags.c_contiguous:
            return self.X.take(rows, axis=0)
        return self.X[rows]

    def _neighbours(self, rows: slice) -> Any:
        """X of neighbouring rows, a view."""
        return self.X[rows] if isinstance(self.X, np.ndarray) else neighbours(self.X, rows)

    def part(self, start: int, stop: int) -> "RowSource":
        """Return the source of neighbouring rows; nothing of X is copied."""
        if start == 0 and stop >= self.n_samples:
            return self
        if self.rows is not None:
            return RowSource(self.X, self.rows[start:stop])
        return RowSource(self._neighbours(slice(start, stop)))

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


__all__ = ["RowSource", "cached_length", "dense", "dense_blocks"]
