"""What a source of rows is, wherever the rows lie and in whatever units they are seen.

It never knows what is computed from the rows.
"""

from collections.abc import Iterator
from typing import Any, Protocol

import numpy as np

from logitscope._typing import FloatArray, IntArray


class Source(Protocol):
    """Rows that a run may see, in blocks and in batches."""

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        ...

    @property
    def n_features(self) -> int:
        """Number of columns."""
        ...

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of the numbers."""
        ...

    @property
    def n_read(self) -> int:
        """How many numbers a pass reads, about: of sparse rows the entries and their places."""
        ...

    @property
    def sample_index(self) -> IntArray:
        """Index of each row in X, (n_samples,)."""
        ...

    def blocks(
        self, batch: IntArray | None = None, at_most: int | None = None, are_copied: bool = False
    ) -> Iterator[tuple[slice, Any]]:
        """Yield (positions in the batch, rows) in order, `at_most` at a time; without a batch, every row.

        `are_copied` says that the caller makes a copy of each block: they are to stay small.
        """
        ...

    def part(self, start: int, stop: int) -> "Source":
        """Return the source of neighbouring rows; nothing of X is copied."""
        ...

    def batches(self, batch_size: int | None, rng: np.random.Generator | None = None) -> Iterator[IntArray | None]:
        """Yield one epoch of batches: positions, or one None for the full batch."""
        ...

    def squares(self, block: Any) -> FloatArray:
        """Return the squared entries of a block, as an array of its kind, in float64."""
        ...


__all__ = ["Source"]
