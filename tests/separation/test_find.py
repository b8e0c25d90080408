"""Verdicts against known ones, against enumeration in rationals, and against their own invariances."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from logitscope._exceptions import InvalidInputError
from logitscope.separation import find_separation

C, Q, N = "complete", "quasi-complete", "none"
LINE = np.arange(10.0)[:, None]
HALF = np.r_[np.zeros(5), np.ones(5)].astype(int)
GRID = np.array([[a, b] for a in range(4) for b in range(4)], dtype=float)
RNG = np.random.default_rng(3)
CLOUD = RNG.standard_normal((40, 3))
NOISE = RNG.integers(0, 2, 40)


def gap(width, *, at=5.0, n=10):
    """Two runs of a line that leave `width` between them (overlap by it where negative)."""
    low, high = at - np.arange(n) / n, at + width + np.arange(n) / n
    return np.r_[low, high][:, None], np.r_[np.zeros(n), np.ones(n)].astype(int)


def one_hot(levels, n_levels):
    return np.eye(n_levels)[np.asarray(levels)]


def with_row(X, y, row, label):
    return np.vstack([X, row]), np.append(y, label)


def plane_gap(width):
    """Rows on both sides of x + 2y = 3, the nearest at ± width / 2 along x; needs both columns."""
    side = np.array([[3.0, 0.0], [1.0, 1.0], [-1.0, 2.0], [5.0, -1.0]])
    return np.vstack([side - np.array([width / 2, 0]), side + np.array([width / 2, 0])]), np.r_[
        np.zeros(4), np.ones(4)
    ].astype(int)


LEVELS = np.tile(np.arange(4), 6)
CELL = np.where(LEVELS == 2, 1, np.arange(24) // 4 % 2)  # level 2 has no label 0
# Lesaffre and Albert (1989): quasi-complete through one group of a discrete covariate.
TREATED = np.repeat([0.0, 1.0, 2.0], 6)[:, None]
HEALED = np.r_[0, 0, 0, 0, 0, 0, 0, 1, 0, 1, 1, 0, 1, 1, 1, 1, 1, 1]
# The shape of the endometrial data (Heinze and Schemper 2002): NV = 1 occurs with HG = 1 only.
_r = np.random.default_rng(79)
ENDOMETRIAL = np.column_stack(
    [np.r_[np.zeros(66), np.ones(13)], _r.integers(0, 50, 79), _r.integers(27, 362, 79) / 100]
)
GRADE = np.r_[_r.integers(0, 2, 66), np.ones(13, dtype=int)]

CASES = {
    "a line cut in half": (LINE, HALF, C),
    "labels swapped": (LINE, 1 - HALF, C),
    "alternating labels": (LINE, np.arange(10) % 2, N),
    "one exchange at the cut": (LINE, np.r_[0, 0, 0, 0, 1, 0, 1, 1, 1, 1], N),
    "a tie at the cut": (np.r_[LINE[:5], LINE[4:]], np.r_[np.zeros(5), np.ones(6)], Q),
    "two ties": (np.array([[0.0], [0], [1], [1], [2]]), [0, 1, 0, 1, 1], N),
    "two rows": (np.array([[0.0], [1]]), [0, 1], C),
    "two equal rows": (np.array([[1.0], [1]]), [0, 1], N),
    "one row": (np.array([[3.0, 4.0]]), [1], C),
    "one class": (CLOUD, np.ones(40), C),
    "a constant column alone": (np.full((4, 1), 7.0), [0, 1, 0, 1], N),
    "a constant column beside a cut": (np.c_[LINE, np.full(10, 0.1)], HALF, C),
    "a duplicated column, overlap": (np.c_[CLOUD, CLOUD[:, 1]], NOISE, N),
    "a duplicated column, cut": (np.c_[LINE, LINE], HALF, C),
    "a sum of columns, overlap": (np.c_[CLOUD, CLOUD[:, 0] + CLOUD[:, 1]], NOISE, N),
    "a sum of columns, cut": (np.c_[CLOUD, CLOUD[:, 0] + CLOUD[:, 1]], CLOUD[:, 0] > CLOUD[:, 1], C),
    "duplicated rows, overlap": (np.r_[CLOUD, CLOUD], np.r_[NOISE, NOISE], N),
    "duplicated rows, cut": (np.r_[LINE, LINE], np.r_[HALF, HALF], C),
    "exclusive or": (np.array([[0.0, 0], [1, 1], [0, 1], [1, 0]]), [0, 0, 1, 1], N),
    "and": (np.array([[0.0, 0], [1, 0], [0, 1], [1, 1]]), [0, 0, 0, 1], C),
    "grid cut by a diagonal": (GRID, GRID.sum(axis=1) > 3, C),
    "grid with a mixed diagonal": (GRID, np.where(GRID.sum(axis=1) == 3, GRID[:, 0] % 2, GRID.sum(axis=1) > 3), Q),
    "grid with a monotone diagonal": (GRID, np.where(GRID.sum(axis=1) == 3, GRID[:, 0] > 1, GRID.sum(axis=1) > 3), C),
    "grid with one exchange": (*with_row(GRID, GRID.sum(axis=1) > 3, [3.0, 3.0], 0), N),
    "an empty cell, all levels and intercept": (one_hot(LEVELS, 4), CELL, Q),
    "an empty cell, one level dropped": (one_hot(LEVELS, 4)[:, 1:], CELL, Q),
    "full cells": (one_hot(LEVELS, 4), np.arange(24) // 4 % 2, N),
    "an empty cell beside noise": (np.c_[one_hot(LEVELS, 4), CLOUD[:24]], CELL, Q),
    "Lesaffre-Albert, three groups": (TREATED, HEALED, Q),
    "Lesaffre-Albert, two exceptions": (
        *with_row(*with_row(TREATED, HEALED, [2.0], 0), [0.0], 1),
        N,
    ),
    "endometrial-like": (ENDOMETRIAL, GRADE, Q),
    "endometrial-like, one exception": (*with_row(ENDOMETRIAL, GRADE, [1.0, 20.0, 1.5], 0), N),
    "fewer rows than columns": (RNG.standard_normal((10, 25)), np.arange(10) % 2, C),
    "as many rows as columns and intercept": (RNG.standard_normal((12, 11)), np.arange(12) % 2, C),
    "an offset of 1e6, cut": (LINE + 1e6, HALF, C),
    "an offset of 1e6, tie": (np.r_[LINE[:5], LINE[4:]] + 1e6, np.r_[np.zeros(5), np.ones(6)], Q),
    "an offset of 1e6, overlap": (CLOUD + 1e6, NOISE, N),
    "an offset of -1e12, cut": (LINE - 1e12, HALF, C),
    "both columns needed, gap 1e-6": (*plane_gap(1e-6), C),
    "both columns needed, gap 1e-12": (*plane_gap(1e-12), C),
    "both columns needed, gap 0": (*plane_gap(0.0), N),
    "both columns needed, overlap 1e-12": (*plane_gap(-1e-12), C),  # the labels exchange sides
}
CASES |= {f"a gap of {w:g}": (*gap(w), C) for w in (1e-6, 1e-9, 1e-11, 1e-12, 1e-13)}
CASES |= {f"an overlap of {w:g}": (*gap(-w), N) for w in (1e-6, 1e-9, 1e-11, 1e-12, 1e-13)}
CASES["a gap of 0"] = (*gap(0.0), Q)
for _scale in (1e8, 1e-8, 1e150, 1e-150, 1e300, 1e-300):
    CASES[f"scale {_scale:g}, cut"] = (LINE * _scale, HALF, C)
    CASES[f"scale {_scale:g}, overlap"] = (CLOUD * _scale, NOISE, N)
    CASES[f"scale {_scale:g}, one column of an empty cell"] = (one_hot(LEVELS, 4) * [1, 1, _scale, 1], CELL, Q)
CASES["scales 1e150 and 1e-150 together"] = (GRID * [1e150, 1e-150], GRID.sum(axis=1) > 3, C)


def certifies(found, X, y, fit_intercept=True):
    """Check a direction row by row in rationals."""
    delta = found.exact_direction
    for i, (x, label) in enumerate(zip(np.asarray(X, dtype=float).tolist(), y, strict=True)):
        z = sum((Fraction(a) * d for a, d in zip(x, delta, strict=False)), Fraction(0))
        value = (2 * int(label) - 1) * (z + (delta[-1] if fit_intercept else 0))
        assert (value > 0) if i in set(found.separated.tolist()) else (value == 0)


@pytest.mark.parametrize("name", CASES)
def test_known_verdicts(name):
    X, y, kind = CASES[name]
    found = find_separation(X, y)
    assert (found.kind, found.is_exact, bool(found)) == (kind, True, kind != N)
    if found:
        certifies(found, X, y)
        assert sorted([*found.separated, *found.boundary]) == list(range(len(X)))
        assert set(found.columns) == {j for j in range(X.shape[1]) if found.exact_direction[j]}
        assert np.isfinite(found.direction).all()


def test_there_are_enough_cases():
    assert len(CASES) >= 60
    assert min(sum(kind == k for *_, kind in CASES.values()) for k in (C, Q, N)) >= 12


@pytest.mark.parametrize("name", CASES)
def test_verdict_does_not_depend_on_units_order_or_labels(name):
    X, y, _ = CASES[name]
    X, y = np.asarray(X, dtype=float), np.asarray(y, dtype=int)
    found = find_separation(X, y)
    order = np.random.default_rng(1).permutation(len(X))
    powers = 2.0 ** np.random.default_rng(2).integers(-12, 12, X.shape[1])
    scaled, permuted, swapped = (
        find_separation(X * powers, y),
        find_separation(X[order], y[order]),
        find_separation(X, 1 - y),
    )
    assert scaled.kind == permuted.kind == swapped.kind == found.kind
    assert set(order[permuted.separated]) == set(found.separated) == set(scaled.separated) == set(swapped.separated)
    if found:
        certifies(scaled, X * powers, y)


small = st.integers(1, 3).flatmap(
    lambda p: st.integers(1, 9).flatmap(
        lambda n: st.tuples(
            arrays(np.int64, (n, p), elements=st.integers(-3, 3)), arrays(np.int64, n, elements=st.integers(0, 1))
        )
    )
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(small, st.booleans())
def test_integer_grids_against_enumeration(judge, problem, fit_intercept):
    X, y = problem
    found = find_separation(X, y, fit_intercept=fit_intercept)
    kind, separated = judge(X, y, fit_intercept)
    assert (found.kind, set(found.separated.tolist())) == (kind, separated)
    if found:
        certifies(found, X, y, fit_intercept)


@settings(max_examples=100, deadline=None, derandomize=True)
@given(small, st.integers(18, 40), st.integers(0, 8), st.sampled_from([-1, 1]))
def test_nudged_grids_against_enumeration(judge, problem, bits, row, sign):
    """One element off the grid by 4e-6 to 9e-13: ties become gaps or overlaps."""
    X, y = problem
    X = X.astype(float)
    X[row % len(X), 0] += sign * 2.0**-bits
    found = find_separation(X, y)
    assert (found.kind, set(found.separated.tolist())) == judge(X, y)


@pytest.mark.parametrize("seed", range(20))
def test_random_overlap_is_never_accused(seed):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 4, (60, 4)).astype(float)
    y = rng.integers(0, 2, 60)
    X[1], y[:2] = X[0], [0, 1]
    # Each label at the same five points, which span: no direction can tell them apart.
    points = np.vstack([np.zeros(4), np.eye(4)])
    X, y = np.vstack([X, points, points]), np.r_[y, np.zeros(5), np.ones(5)]
    assert find_separation(X * 10.0 ** rng.integers(-9, 9, 4), y).kind == N


def test_one_column_is_named_where_one_suffices():
    X = np.c_[CLOUD, np.where(NOISE, 2.0, 1.0)]
    found = find_separation(X, NOISE)
    assert found.columns.tolist() == [3]
    np.testing.assert_array_equal(found.direction, [0, 0, 0, 1, -1.5])


def test_an_empty_cell_names_its_column_and_its_rows():
    found = find_separation(np.c_[one_hot(LEVELS, 4)[:, 1:], CLOUD[:24]], CELL)
    assert found.columns.tolist() == [1]
    np.testing.assert_array_equal(found.separated, np.flatnonzero(LEVELS == 2))
    assert (found.n_separated, found.n_boundary) == (6, 18)


def test_collinear_columns_are_named_and_left_out():
    X = np.c_[CLOUD, CLOUD[:, 0] + 0.1 * CLOUD[:, 1], np.ones(40)]
    found = find_separation(X, NOISE)
    assert found.kind == N
    assert found.collinear.size == 2
    assert 4 in found.collinear


def test_without_intercept_the_cut_goes_through_zero():
    X = np.arange(1.0, 11.0)[:, None]
    assert find_separation(X, HALF, fit_intercept=False).kind == N
    found = find_separation(X - 5.5, HALF, fit_intercept=False)
    assert found.kind == C
    np.testing.assert_array_equal(found.direction, [1.0])
    assert find_separation(np.vstack([X - 5.5, [[0.0]]]), np.append(HALF, 1), fit_intercept=False).kind == Q


def test_sparse_and_dense_agree():
    from scipy.sparse import csr_array

    X = one_hot(LEVELS, 4)
    assert find_separation(csr_array(X), CELL).exact_direction == find_separation(X, CELL).exact_direction


def test_many_rows():
    """A sample of the rows decides an overlap; a single row outside it can make or break a separation."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((20_000, 5))
    z = X @ [1.0, -1.0, 2.0, 0.5, 0.0] + 0.3
    assert find_separation(X, rng.random(20_000) < 1 / (1 + np.exp(-z))).kind == N
    y = z > 0
    assert find_separation(X, y).kind == C
    y[np.argmax(z)] = False
    assert find_separation(X, y).kind == N
    X[:, 4] = 0
    X[77, 4] = 1
    found = find_separation(X, rng.random(20_000) < 1 / (1 + np.exp(-z)))
    assert (found.kind, found.columns.tolist(), found.separated.tolist()) == (Q, [4], [77])


def test_too_wide_for_rationals():
    """Beyond 100 columns a tie is judged within the tolerance of the program, and says so."""
    X = np.eye(130)[np.tile(np.arange(130), 4)]
    y = np.repeat([0, 1], 260)
    y[X[:, 5] == 1] = 1
    found = find_separation(X, y)
    assert (found.kind, found.is_exact, found.exact_direction) == (Q, False, None)
    np.testing.assert_array_equal(found.separated, np.flatnonzero(X[:, 5]))
    assert "within the tolerance" in str(found)


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        ([1.0, 2.0], [0, 1], "`X` must have two dimensions; got 1."),
        ([[1.0], [2.0]], [0], "`y` must have shape (2,), one label for each row of `X`; got (1,)."),
        ([[1.0], [np.nan]], [0, 1], "`X` must be finite; got nan at row 1, column 0."),
        ([[1.0], [2.0]], [0, 2], "`y` must be 0 or 1; got 2.0 at index 1."),
    ],
)
def test_refusals(X, y, message):
    with pytest.raises(InvalidInputError) as error:
        find_separation(X, y)
    assert str(error.value) == message


def test_inputs_stay_as_they_are():
    X, y = CLOUD.copy(), NOISE.copy()
    X.flags.writeable = y.flags.writeable = False
    find_separation(X, y)
    find_separation(np.asfortranarray(LINE), HALF.astype(bool))
