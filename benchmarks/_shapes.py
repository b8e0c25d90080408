"""The problems that solvers race on; made here, from seeds, before any clock runs.

They are all penalised as scikit-learn does by default, C = 1: α = 1/n. It never knows who solves them.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks._objective import Problem


def _labels(rng: Any, z: Any) -> Any:
    return (z + rng.logistic(size=len(z)) > 0).astype(np.intp)


def dense(n: int, p: int, *, correlation: float = 0.0, spread: float = 0.0, intercept: bool = True) -> Any:
    """Normal features, with neighbours correlated as ρ^|i−j|, in units that differ by up to 10^±spread."""

    def make() -> Problem:
        rng = np.random.default_rng(n + p)
        X = rng.standard_normal((n, p))
        for column in range(1, p if correlation else 0):
            X[:, column] *= np.sqrt(1 - correlation**2)
            X[:, column] += correlation * X[:, column - 1]
        y = _labels(rng, X @ (2.0 * rng.standard_normal(p) / np.sqrt(p)) - 0.5)
        if spread:
            X *= 10.0 ** rng.uniform(-spread, spread, p)
        return Problem(X, y, 2, 1.0 / n, intercept)

    return make


def sparse(n: int, p: int, density: float) -> Any:
    """A CSR matrix of positive entries, as counts are, without an intercept."""

    def make() -> Problem:
        from scipy.sparse import random_array

        rng = np.random.default_rng(n + p)
        X = random_array((n, p), density=density, format="csr", rng=rng, data_sampler=rng.exponential)
        X.indices, X.indptr = X.indices.astype(np.int32), X.indptr.astype(np.int32)
        return Problem(X, _labels(rng, X @ rng.standard_normal(p)), 2, 1.0 / n, False)

    return make


def many_classes(n: int, p: int, n_classes: int) -> Any:
    """Normal features, classes drawn from the softmax of a linear model."""

    def make() -> Problem:
        rng = np.random.default_rng(n + p)
        X = rng.standard_normal((n, p))
        z = X @ (2.0 * rng.standard_normal((p, n_classes)) / np.sqrt(p))
        return Problem(X, (z + rng.gumbel(size=z.shape)).argmax(axis=1), n_classes, 1.0 / n, True)

    return make


def digits() -> Problem:
    """scikit-learn's digits, features in [0, 1]."""
    from sklearn.datasets import load_digits

    X, y = load_digits(return_X_y=True)
    return Problem(np.ascontiguousarray(X / 16.0), y, 10, 1.0 / len(y), True)


SHAPES: dict[str, Callable[[], Problem]] = {
    "1,000 × 5": dense(1_000, 5),
    "1,000 × 5, no intercept": dense(1_000, 5, intercept=False),
    "2,000 × 100": dense(2_000, 100),
    "1,000 × 300": dense(1_000, 300),
    "10,000 × 50, correlated 0.95": dense(10_000, 50, correlation=0.95),
    "100,000 × 30": dense(100_000, 30),
    "100,000 × 30, no intercept": dense(100_000, 30, intercept=False),
    "100,000 × 30, correlated 0.99": dense(100_000, 30, correlation=0.99),
    "50,000 × 40, units 1e-3 to 1e3": dense(50_000, 40, spread=3.0),
    "100,000 × 200": dense(100_000, 200),
    "1,000,000 × 28": dense(1_000_000, 28),
    "3,000,000 × 5": dense(3_000_000, 5),
    "20,000 × 500": dense(20_000, 500),
    "10,000 × 2,000": dense(10_000, 2_000),
    "500 × 5,000": dense(500, 5_000),
    "20,000 × 50,000 CSR, 0.1 %, no intercept": sparse(20_000, 50_000, 0.001),
    "digits, 10 classes": digits,
    "50,000 × 64, 10 classes": many_classes(50_000, 64, 10),
}
QUICK: dict[str, Callable[[], Problem]] = {
    "60 × 3": dense(60, 3),
    "50 × 80 CSR, no intercept": sparse(50, 80, 0.1),
    "60 × 4, 3 classes": many_classes(60, 4, 3),
}

__all__ = ["QUICK", "SHAPES", "dense", "digits", "many_classes", "sparse"]
