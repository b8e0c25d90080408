"""What the tests of comparisons share: small data, and the rows that a seed trains on."""

from typing import NamedTuple

import numpy as np
import pytest
from sklearn.model_selection import train_test_split


class Rows(NamedTuple):
    X: np.ndarray
    y: np.ndarray
    X_test: np.ndarray
    y_test: np.ndarray
    index: np.ndarray


def _rows_of_seed(X, y, seed, test_size=0.25, scale=True):
    train, test = train_test_split(np.arange(len(X)), test_size=test_size, stratify=y, random_state=seed)
    train = np.sort(train)
    mean, spread = (X[train].mean(axis=0), X[train].std(axis=0)) if scale else (0.0, 1.0)
    return Rows((X[train] - mean) / spread, y[train], (X[test] - mean) / spread, y[test], train)


@pytest.fixture
def rows_of_seed():
    """The split by the public recipe: stratified with the seed, training rows in order, scaled by their own moments."""
    return _rows_of_seed


@pytest.fixture
def two():
    """Two overlapping classes with string labels, three features of different scale."""
    rng = np.random.default_rng(5)
    # Not balanced: at 0 the intercept's gradient would be rounding alone, which AdaGrad and Adam divide by itself.
    y = np.repeat(["no", "yes"], [47, 33])
    X = (rng.standard_normal((80, 3)) + 0.8 * (y == "yes")[:, None]) * [1.0, 10.0, 0.1] + [0.0, 3.0, -1.0]
    order = rng.permutation(80)
    return X[order], y[order]


@pytest.fixture
def three():
    rng = np.random.default_rng(6)
    y = np.repeat([3, 5, 8], 30)
    X = rng.standard_normal((90, 2)) + np.repeat([[0.0, 1.5], [1.5, -1.0], [-1.5, -1.0]], 30, axis=0)
    order = rng.permutation(90)
    return X[order], y[order]
