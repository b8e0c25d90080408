"""Symmetric positive definite stand-ins for the Hessian, factorised: what a quasi-Newton method starts from.

They know matrices; they never know where those came from.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from logitscope._typing import FloatArray

_LEAST_PIVOT = 50.0  # squared, in units of rounding
_INVERT_BELOW = 128  # up to here a product with the inverse is several times cheaper than two triangular solves


class Preconditioner(Protocol):
    """Solves P d = g."""

    def solve(self, gradient: FloatArray) -> FloatArray:
        """Return P⁻¹ g, laid out like the parameters."""
        ...


@dataclass(frozen=True, eq=False)
class Diagonal:
    """P is diagonal: `values` > 0, laid out like the parameters."""

    values: FloatArray

    def solve(self, gradient: FloatArray) -> FloatArray:
        """Return P⁻¹ g."""
        return np.asarray(gradient / self.values)


@dataclass(frozen=True, eq=False)
class Corrected:
    """P is diagonal, D, but in the span of U, where it is M: P⁻¹ = D⁻¹ + U (M⁻¹ − (UᵀDU)⁻¹) Uᵀ.

    Attributes
    ----------
    diagonal : Diagonal
    basis : ndarray of shape (n_params, size)
        U, the same for every column.
    correction : ndarray of shape (n_columns · size, n_columns · size)
        What stands between U and Uᵀ, column after column.
    """

    diagonal: Diagonal
    basis: FloatArray
    correction: FloatArray

    def solve(self, gradient: FloatArray) -> FloatArray:
        """Return P⁻¹ g."""
        inside = self.correction @ (gradient.T @ self.basis).ravel()
        return self.diagonal.solve(gradient) + self.basis @ inside.reshape(gradient.shape[1], -1).T


@dataclass(frozen=True, eq=False)
class PerColumn:
    """One matrix a column of the run."""

    factors: tuple[Preconditioner, ...]

    def solve(self, gradient: FloatArray) -> FloatArray:
        """Return P⁻¹ g."""
        out = np.empty_like(gradient)
        for column, factor in enumerate(self.factors):
            out[:, column] = factor.solve(gradient[:, column])
        return out


@dataclass(frozen=True, eq=False)
class Shared:
    """One matrix that is every column's."""

    factor: "Factor"

    def solve(self, gradient: FloatArray) -> FloatArray:
        """Return P⁻¹ g."""
        return self.factor.solve(gradient)


@dataclass(frozen=True, eq=False)
class Joint:
    """One matrix for all columns together, column after column."""

    factor: Preconditioner

    def solve(self, gradient: FloatArray) -> FloatArray:
        """Return P⁻¹ g."""
        return self.factor.solve(gradient.T.ravel()).reshape(gradient.T.shape).T


@dataclass(frozen=True, eq=False)
class Factor:
    """A Cholesky factor of a matrix with unit diagonal, or its inverse where that is small.

    Attributes
    ----------
    scale : ndarray of shape (n,)
        1/√ of the diagonal: columns that a penalty all but fixes have a curvature of their own.
    inverse : ndarray or None
    lower : ndarray or None
    weakest : float
        Least squared pivot: 1 − R² of the column that the columns before it explain best; small if nearly collinear.
    """

    scale: FloatArray
    inverse: FloatArray | None
    lower: FloatArray | None
    weakest: float

    def solve(self, vector: FloatArray) -> FloatArray:
        """Return the solution for one right-hand side, (n,), or for several, (n, n_sides)."""
        if self.inverse is not None:
            return np.asarray(self.inverse @ vector)
        from scipy.linalg.lapack import dpotrs, spotrs

        solve = spotrs if self.scale.dtype == np.float32 else dpotrs
        scale = self.scale if vector.ndim == 1 else self.scale[:, None]
        return np.asarray(solve(self.lower, scale * vector, lower=1)[0] * scale, dtype=np.float64)


def factorise(matrix: FloatArray) -> Factor | None:
    """Return the factor of a symmetric matrix, in its precision; None if not positive definite beyond rounding."""
    from scipy.linalg.lapack import dpotrf, dtrtri, spotrf, strtri

    potrf, trtri = (spotrf, strtri) if matrix.dtype == np.float32 else (dpotrf, dtrtri)
    diagonal = matrix.diagonal()
    with np.errstate(all="ignore"):
        scale = 1.0 / np.sqrt(diagonal)
    if not (scale.max(initial=0.0) < np.inf and scale.min(initial=1.0) > 0):  # neither of which NaN is
        return None
    unit = matrix * scale
    unit *= scale[:, None]
    lower, fault = potrf(unit.T, lower=1, clean=1, overwrite_a=1)  # of a symmetric matrix, in the order of LAPACK
    if fault:
        return None
    weakest = float(lower.diagonal().min(initial=1.0)) ** 2
    if not weakest > _LEAST_PIVOT * np.finfo(matrix.dtype).eps:
        return None
    if len(matrix) > _INVERT_BELOW:
        return Factor(scale, None, lower, weakest)
    half = trtri(lower, lower=1)[0] * scale
    return Factor(scale, half.T @ half, None, weakest)


def per_column(matrices: Iterable[FloatArray]) -> PerColumn | None:
    """Return the factors of one matrix a column; None if one is not positive definite beyond rounding."""
    factors = [factorise(matrix) for matrix in matrices]
    known = [factor for factor in factors if factor is not None]
    return PerColumn(tuple(known)) if len(known) == len(factors) else None


def weakest_of(factors: Sequence[Any]) -> float:
    """Return the least squared pivot of several factors."""
    return min((0.0 if factor is None else factor.weakest for factor in factors), default=1.0)


__all__ = [
    "Corrected",
    "Diagonal",
    "Factor",
    "Joint",
    "PerColumn",
    "Preconditioner",
    "Shared",
    "factorise",
    "per_column",
    "weakest_of",
]
