"""A source seen in units in which its columns are centred and of size 1, block by block.

Scales are powers of two, so that scaling is exact and data in other powers of two give the same bits. It knows columns
and weights; it never knows what the rows are for.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from logitscope._numerics import scaled
from logitscope._typing import BoolArray, FloatArray, IntArray
from logitscope.sources._base import Source


@dataclass(frozen=True, eq=False)
class Units:
    """How columns are seen: x′ = (x − offset)/2^exponent, and what that makes of parameters.

    Attributes
    ----------
    offset : ndarray of shape (n_features,)
    exponent : ndarray of int, (n_features,)
    is_constant : ndarray of bool, (n_features,)
        Columns whose values are all the same.
    """

    offset: FloatArray
    exponent: IntArray
    is_constant: BoolArray

    def params(self, params: FloatArray) -> FloatArray:
        """Return parameters in the units of the data from parameters in these: w = w′/2ᵏ, b = b′ − Σ offset w."""
        p = len(self.offset)
        out = params.copy()
        out[:p] = np.ldexp(params[:p], -self.exponent[:, None])
        for column in range(params.shape[1]) if len(params) > p else ():
            # The sum cancels where columns lie far from 0: it is taken exactly but for the products.
            terms = (-self.offset * out[:p, column]).tolist()
            out[p, column] = math.fsum([params[p, column], *terms])
        return out

    def inverse_params(self, params: FloatArray) -> FloatArray:
        """Return parameters in these units from parameters in the units of the data."""
        p = len(self.offset)
        out = params.copy()
        out[:p] = np.ldexp(params[:p], self.exponent[:, None])
        for column in range(params.shape[1]) if len(params) > p else ():
            out[p, column] = math.fsum([params[p, column], *(self.offset * params[:p, column]).tolist()])
        return out

    def gradient(self, gradient: FloatArray) -> FloatArray:
        """Return a gradient in the units of the data from one in these: ∂/∂w = 2ᵏ ∂/∂w′ + offset ∂/∂b′."""
        p = len(self.offset)
        out = gradient.copy()
        out[:p] = np.ldexp(gradient[:p], self.exponent[:, None])
        if len(gradient) > p:
            out[:p] += self.offset[:, None] * gradient[p]
        return out


@dataclass(frozen=True, eq=False)
class EquilibratedSource:
    """The rows of a source in other units; nothing of X is copied but the block in hand.

    Parameters
    ----------
    source : Source
    units : Units
    """

    source: Source
    units: Units

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
        """float64, whatever the type of the data."""
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
        """Yield (positions, rows in these units)."""
        for positions, block in self.source.blocks(batch, at_most, are_copied=True):
            yield positions, self._seen(block)

    def part(self, start: int, stop: int) -> "EquilibratedSource":
        """Return the source of neighbouring rows."""
        return replace(self, source=self.source.part(start, stop))

    def batches(self, batch_size: int | None, rng: np.random.Generator | None = None) -> Iterator[IntArray | None]:
        """Yield one epoch of batches."""
        return self.source.batches(batch_size, rng)

    def squares(self, block: Any) -> FloatArray:
        """Return the squared entries of a block."""
        return self.source.squares(block)

    def _seen(self, block: Any) -> Any:
        units = self.units
        if isinstance(block, np.ndarray):
            own = np.subtract(block, units.offset, dtype=np.float64)
            return scaled(own, -units.exponent, out=own)
        own = block.astype(np.float64)  # sparse rows are not centred: their zeros must stay
        own.data = np.ldexp(own.data, -units.exponent[own.indices])
        return own


def equilibrate(source: Source, share: FloatArray, center: bool) -> EquilibratedSource:
    """Return the source in units in which columns have weighted mean 0 and standard deviation in [1/2, 1).

    Parameters
    ----------
    source : Source
    share : ndarray of shape (n_samples,)
        Weights that sum to 1.
    center : bool
        Whether columns may be moved (there is an intercept to take it up). Sparse rows never are.

    Notes
    -----
    Statistics are computed with the largest entry of a column scaled to [1/2, 1), so that columns of 1e±300 neither
    overflow nor vanish.
    """
    p = source.n_features
    lowest, highest = np.full(p, np.inf), np.full(p, -np.inf)
    is_dense = True
    for _, block in source.blocks():
        is_dense = isinstance(block, np.ndarray)
        low, high = (block.min(axis=0), block.max(axis=0)) if is_dense else _sparse_range(block)
        lowest, highest = np.minimum(lowest, low), np.maximum(highest, high)
    size = np.frexp(np.maximum(np.abs(lowest), np.abs(highest)))[1].astype(np.intp)
    is_constant = lowest == highest
    mean = np.zeros(p)
    if center and is_dense:
        for positions, block in source.blocks():
            mean += share[positions] @ scaled(block.astype(np.float64), -size)
        mean = np.where(is_constant, np.ldexp(lowest, -size), mean)
    square = np.zeros(p)
    for positions, block in source.blocks():
        if is_dense:
            square += share[positions] @ np.square(scaled(block.astype(np.float64), -size) - mean)
        else:
            own = block.astype(np.float64)
            own.data = np.square(np.ldexp(own.data, -size[own.indices]))
            square += share[positions] @ own
    spread = np.frexp(np.sqrt(square))[1].astype(np.intp)
    exponent = size + np.where(square > 0, spread, 0)
    return EquilibratedSource(source, Units(np.ldexp(mean, size), exponent, is_constant))


def _sparse_range(block: Any) -> tuple[FloatArray, FloatArray]:
    return (
        np.asarray(block.min(axis=0).todense(), dtype=np.float64).ravel(),
        np.asarray(block.max(axis=0).todense(), dtype=np.float64).ravel(),
    )


__all__ = ["EquilibratedSource", "Units", "equilibrate"]
