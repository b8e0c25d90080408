"""float32 rows seen in float64, block by block: the last digits of an optimum are below the rounding of float32.

It knows types; it never knows what the rows are for.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.sources import Source


@dataclass(frozen=True, eq=False)
class DoubleSource:
    """The rows of a source in float64; nothing of X is copied but the block in hand."""

    source: Source

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return self.source.n_samples

    @property
    def n_features(self) -> int:
        """Number of columns."""
        return self.source.n_features

    @property
    def dtype(self) -> np.dtype[Any]:
        """float64."""
        return np.dtype(np.float64)

    @property
    def n_read(self) -> int:
        """How many numbers a pass reads."""
        return self.source.n_read

    @property
    def sample_index(self) -> IntArray:
        """Index of each row in X."""
        return self.source.sample_index

    def blocks(
        self, batch: IntArray | None = None, at_most: int | None = None, are_copied: bool = False
    ) -> Iterator[tuple[slice, Any]]:
        """Yield (positions, rows in float64)."""
        for positions, block in self.source.blocks(batch, at_most, are_copied=True):
            yield positions, block.astype(np.float64)

    def part(self, start: int, stop: int) -> "DoubleSource":
        """Return the source of neighbouring rows."""
        return DoubleSource(self.source.part(start, stop))

    def batches(self, batch_size: int | None, rng: np.random.Generator | None = None) -> Iterator[IntArray | None]:
        """Yield one epoch of batches."""
        return self.source.batches(batch_size, rng)

    def squares(self, block: Any) -> FloatArray:
        """Return the squared entries of a block."""
        return self.source.squares(block)


__all__ = ["DoubleSource"]
