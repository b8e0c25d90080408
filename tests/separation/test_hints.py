"""The hint is a hint; the proof never proves what is not so."""

import numpy as np
import pytest

from logitscope.separation import find_separation, may_be_separated, proves_overlap


def _fit(X, y, n_iterations=40):
    """Newton's method, five lines; returns z and |y − p|."""
    A = np.c_[X, np.ones(len(X))]
    beta = np.zeros(A.shape[1])
    for _ in range(n_iterations):
        p = 1 / (1 + np.exp(-A @ beta))
        beta = beta + np.linalg.lstsq(A.T @ (A * (p * (1 - p))[:, None]), A.T @ (y - p))[0]
    return A @ beta, np.abs(y - 1 / (1 + np.exp(-A @ beta)))


@pytest.mark.parametrize("seed", range(10))
def test_an_optimum_proves_an_overlap(seed):
    rng = np.random.default_rng(seed)
    X, y = rng.standard_normal((200, 4)), rng.integers(0, 2, 200)
    z, pull = _fit(X, y)
    assert proves_overlap(X, y, pull)
    assert proves_overlap(X * [1e8, 1e-8, 1.0, 1e150] + [0, 0, 1e6, 0], y, pull)
    assert not may_be_separated(z, y)
    assert find_separation(X, y, pull=pull).kind == "none"


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("kind", ["complete", "quasi-complete"])
def test_no_numbers_prove_a_falsehood(kind, seed):
    rng = np.random.default_rng(seed)
    X = rng.standard_normal((60, 3))
    if kind == "complete":
        y = (X @ [1.0, 2.0, 3.0] > 0).astype(int)
    else:
        y, X[:, 2] = rng.integers(0, 2, 60), 0
        X[:3, 2], y[:3] = 1, 1
    _, pull = _fit(X, y, 8)
    for power in (0, 0.5, 1, 2):
        assert not proves_overlap(X, y, pull**power)
    assert not proves_overlap(X, y, rng.random(60))
    assert not proves_overlap(X, y, np.r_[np.zeros(3), pull[3:]])
    assert find_separation(X, y, pull=pull).kind == kind


def test_pulls_that_are_no_numbers_prove_nothing():
    X, y = [[0.0], [1.0]], [0, 1]
    assert not proves_overlap(X, y, [np.nan, np.inf])
    assert not proves_overlap(X, y, [0.0, 0.0])


def test_a_separated_fit_looks_so():
    X = np.arange(6.0)[:, None]
    z, _ = _fit(X, np.array([0, 0, 0, 1, 1, 1]), 10)
    assert may_be_separated(z, [0, 0, 0, 1, 1, 1])
    assert may_be_separated([12.0, 0.1, -0.1], [1, 0, 1])
    assert not may_be_separated([], [])
