"""Exact algebra against its definitions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from logitscope.separation._integers import exact_product, gordan, null_space, primitive

matrices = st.tuples(st.integers(1, 7), st.integers(1, 4)).flatmap(
    lambda shape: arrays(np.int64, shape, elements=st.integers(-5, 5))
)


def _rank(A):
    rows, rank = [[Fraction(int(a)) for a in row] for row in A], 0
    for j in range(A.shape[1]):
        pivot = next((i for i in range(rank, len(rows)) if rows[i][j]), None)
        if pivot is None:
            continue
        rows[rank], rows[pivot] = rows[pivot], rows[rank]
        for i in range(rank + 1, len(rows)):
            factor = rows[i][j] / rows[rank][j]
            rows[i] = [a - factor * b for a, b in zip(rows[i], rows[rank], strict=True)]
        rank += 1
    return rank


@settings(max_examples=200, deadline=None, derandomize=True)
@given(matrices)
def test_gordan_proves_what_it_says(A):
    found = gordan(A.astype(object))
    if found.direction is not None:
        assert all(v > 0 for v in A.astype(object) @ found.direction)
    else:  # the supporting rows are minimally dependent, with positive multipliers
        S = A[found.support]
        assert _rank(S) == len(S) - 1
        kernel, _ = null_space(S.T.astype(object))
        assert kernel.shape[1] == 1
        assert all(v > 0 for v in kernel[:, 0]) or all(v < 0 for v in kernel[:, 0])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(matrices)
def test_null_space_is_all_of_it(B):
    N, rows = null_space(B.astype(object))
    assert not (B.astype(object) @ N).any()
    assert N.shape[1] == B.shape[1] - _rank(B)
    assert len(rows) == _rank(B) == _rank(B[rows])
    assert _rank(N) == N.shape[1]


def test_integers_of_any_length():
    A = np.array([[10**40, 1], [-(10**40), 0], [-1, 10**60]], dtype=object)
    direction = gordan(A[[0, 2]]).direction
    assert all(v > 0 for v in A[[0, 2]] @ direction)
    assert null_space(A[:2])[0].shape == (2, 0)


def test_exact_product_leaves_64_bits_when_it_must():
    A, b = np.array([[2**61, 1]]), np.array([3, 1], dtype=object)
    assert exact_product(A, b).tolist() == [3 * 2**61 + 1]
    assert exact_product(np.array([[2, 3]]), b).tolist() == [9]


@pytest.mark.parametrize(("v", "expected"), [([6, -9], [2, -3]), ([0, 0], [0, 0]), ([5], [1])])
def test_primitive(v, expected):
    assert primitive(np.array(v, dtype=object)).tolist() == expected
