"""A source seen in coordinates in which its columns are orthonormal, and the rank that this takes.

It knows columns and weights; it never knows what the rows are for.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.sources._equilibrated import EquilibratedSource
from logitscope.sources._rows import dense_blocks


class Spectrum(NamedTuple):
    """Singular values of the weighted design, and its right singular vectors.

    Attributes
    ----------
    values : ndarray of shape (n_features,)
        Decreasing.
    vectors : ndarray of shape (n_features, n_features)
        A column each.
    rank : int
        How many values are not rounding.
    center : ndarray of shape (n_features,)
        What the columns were moved by; 0 unless the rows are sparse.
    """

    values: FloatArray
    vectors: FloatArray
    rank: int
    center: FloatArray

    @property
    def condition(self) -> float:
        """Largest over smallest singular value among those that count."""
        return float(self.values[0] / self.values[self.rank - 1]) if self.rank else 1.0

    @property
    def basis(self) -> FloatArray:
        """B with X B orthonormal: V Σ⁻¹ over the values that count, (n_features, rank)."""
        basis: FloatArray = self.vectors[:, : self.rank] / self.values[: self.rank]
        return basis

    def dependent(self) -> tuple[int, ...]:
        """Columns that take part in linear dependences (constant ones included)."""
        part = np.abs(self.null_space).max(axis=1, initial=0.0)
        return tuple(np.flatnonzero(part > 1e-8).tolist())

    @property
    def null_space(self) -> FloatArray:
        """Directions in which the columns cancel, (n_features, n_features − rank)."""
        return self.vectors[:, self.rank :]


def spectrum(source: EquilibratedSource, share: FloatArray, center: bool) -> Spectrum:
    """Return the spectrum of √s X from a triangular factor that grows by one block at a time.

    Parameters
    ----------
    center : bool
        Whether columns are moved to mean 0 (there is an intercept, on which they may depend): those of sparse rows, and
        what rounding left of the means of dense ones.

    Notes
    -----
    Sequential TSQR (Demmel et al. 2012, section 2): unlike the eigenvalues of XᵀX, the singular values of the factor
    are right to ε times the largest, so that a rank of nearly collinear columns can be told.
    """
    p = source.n_features
    mean = np.zeros(p)
    if center:
        for positions, block in source.blocks():
            mean += share[positions] @ block
    factor = np.zeros((0, p))
    for positions, block in dense_blocks(source):
        rows = block - mean
        rows *= np.sqrt(share[positions])[:, None]
        factor = np.asarray(np.linalg.qr(np.vstack([factor, rows]), mode="r"))
    _, values, vectors = np.linalg.svd(factor, full_matrices=True)
    padded = np.zeros(p)
    padded[: len(values)] = values
    # A sum of n products has its rounding. Besides, entries are given to ε relative, so that what is left of one after
    # centring is only known to ε times its offset: that concerns the directions in which its column takes part.
    offset = np.abs(np.ldexp(source.units.offset, -source.units.exponent)) + np.abs(mean)
    eps = np.finfo(float).eps
    noise = eps * max(16.0, np.sqrt(source.n_samples * p)) * padded.max(initial=0.0)
    far = 16.0 * eps * np.sqrt(np.square(offset[:, None] * vectors.T).sum(axis=0))
    counts = padded > noise + far
    # Singular values decrease, and so must what counts of them.
    return Spectrum(padded, vectors.T, int(np.argmin(counts)) if not counts.all() else p, mean)


@dataclass(frozen=True, eq=False)
class RotatedSource:
    """The rows of a source, moved by a center, in the coordinates of a basis of its features."""

    source: EquilibratedSource
    basis: FloatArray
    center: FloatArray

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return self.source.n_samples

    @property
    def n_features(self) -> int:
        """Number of coordinates."""
        return int(self.basis.shape[1])

    @property
    def dtype(self) -> np.dtype[Any]:
        """float64."""
        return np.dtype(np.float64)

    @property
    def n_read(self) -> int:
        """How many numbers a pass reads."""
        return self.n_samples * self.n_features

    @property
    def sample_index(self) -> IntArray:
        """Index of each row in X."""
        return self.source.sample_index

    def blocks(
        self, batch: IntArray | None = None, at_most: int | None = None, are_copied: bool = False
    ) -> Iterator[tuple[slice, Any]]:
        """Yield (positions, rows in these coordinates)."""
        shift = self.center @ self.basis
        for positions, block in self.source.blocks(batch, at_most, are_copied=True):
            yield positions, block @ self.basis - shift

    def part(self, start: int, stop: int) -> "RotatedSource":
        """Return the source of neighbouring rows."""
        return replace(self, source=self.source.part(start, stop))

    def batches(self, batch_size: int | None, rng: np.random.Generator | None = None) -> Iterator[IntArray | None]:
        """Yield one epoch of batches."""
        return self.source.batches(batch_size, rng)

    def squares(self, block: Any) -> FloatArray:
        """Return the squared entries of a block."""
        return np.square(block)


__all__ = ["RotatedSource", "Spectrum", "spectrum"]
