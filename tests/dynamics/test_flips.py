"""The contaminated model: its likelihood against a search by SciPy, its odds against mpmath."""

import math

import mpmath
import numpy as np
import pytest
from scipy.optimize import brentq, minimize, minimize_scalar

from logitscope.dynamics._flips import fit_flips, log_odds


def drawn(n, n_classes, sharpness, share, seed):
    rng = np.random.default_rng(seed)
    v = rng.normal(size=(n, n_classes)) * 2
    p = np.exp(sharpness * v)
    p /= p.sum(axis=1, keepdims=True)
    y = (rng.random(n)[:, None] > np.cumsum(p, axis=1)).sum(axis=1)
    flipped = rng.random(n) < share
    return v, np.where(flipped, (y + rng.integers(1, n_classes, n)) % n_classes, y)


def minus_log_likelihood(parameters, v, y):
    sharpness, share = math.exp(parameters[0]), parameters[1]
    total = 0.0
    for row, label in zip(v, y, strict=True):
        p = math.exp(sharpness * row[label]) / sum(math.exp(sharpness * value) for value in row)
        total -= math.log((1 - share) * p + share * (1 - p) / (len(row) - 1))
    return total


@pytest.mark.parametrize(("n_classes", "share"), [(2, 0.1), (3, 0.0), (4, 0.2)])
def test_it_is_the_largest_likelihood(n_classes, share):
    v, y = drawn(300, n_classes, 1.5, share, seed=n_classes)
    found = fit_flips(v, y)
    best = minimize(minus_log_likelihood, [0.0, 0.05], (v, y), "L-BFGS-B", bounds=[(-3, 3), (0, 1 - 1 / n_classes)])
    got = minus_log_likelihood([math.log(found.sharpness), found.flipped_share], v, y)
    assert got <= best.fun + 1e-4
    assert found.flipped_share == pytest.approx(best.x[1], abs=2e-3)


def test_it_finds_what_was_drawn():
    found = fit_flips(*drawn(20_000, 5, 1.5, 0.15, seed=0))
    assert found.flipped_share == pytest.approx(0.15, abs=0.01)
    assert found.sharpness == pytest.approx(1.5, rel=0.05)


def test_the_unit_of_the_evidence_does_not_matter():
    v, y = drawn(500, 3, 1.0, 0.1, seed=5)
    one, other = fit_flips(v, y), fit_flips(1e6 * v, y)
    assert other.flipped_share == pytest.approx(one.flipped_share, rel=1e-6)
    assert other.sharpness * 1e6 == pytest.approx(one.sharpness, rel=1e-6)


def test_the_least_sharpness_is_where_the_profile_likelihood_falls():
    """By half the 90 % quantile of χ²₁, whose signed root is a one-sided 95 %."""
    v, y = drawn(200, 3, 0.5, 0.1, seed=2)
    found = fit_flips(v, y)

    def profile(log_sharpness):
        return minimize_scalar(
            lambda share: minus_log_likelihood((log_sharpness, share), v, y), bounds=(0, 2 / 3), method="bounded"
        ).fun

    best = minus_log_likelihood((math.log(found.sharpness), found.flipped_share), v, y)
    bound = brentq(
        lambda point: profile(point) - best - 2.7055 / 2,
        math.log(found.sharpness) - 3,
        math.log(found.sharpness),
        xtol=1e-3,
    )
    assert math.log(found.least_sharpness) == pytest.approx(bound, abs=0.01)


@pytest.mark.parametrize("size", [1e3, 1e8, 1e300])
def test_one_row_far_out_does_not_matter(size):
    v, y = drawn(500, 3, 1.0, 0.1, seed=5)
    far = np.vstack([v, size * np.eye(3)[:1]])
    one, other = fit_flips(v, y), fit_flips(far, np.append(y, 0))
    np.testing.assert_allclose(other, one, rtol=0.02)


def test_without_evidence_there_are_no_flips():
    assert fit_flips(np.zeros((4, 3)), np.array([0, 1, 2, 0])) == (1.0, 0.0, 1.0)


def test_odds_keep_their_digits():
    rows = np.array([[0.0, 1.0, 2.0], [40.0, 0.0, -1.0], [-700.0, 3.0, 3.0], [5.0, 5.0, 5.0], [900.0, -900.0, 0.0]])
    with mpmath.workdps(50):
        z = [[2 * mpmath.mpf(value) for value in row] for row in rows.tolist()]
        others = [[sum(mpmath.exp(v) for j, v in enumerate(row) if j != k) for k in range(3)] for row in z]
        expected = [
            [float(row[k] - mpmath.log(rest[k])) for k in range(3)] for row, rest in zip(z, others, strict=True)
        ]
    np.testing.assert_allclose(log_odds(rows, 2.0), expected, rtol=1e-13, atol=1e-13)
