"""Separation by enumeration of extreme rays in rationals: slow, short, and with nothing of the package in it."""

from fractions import Fraction
from itertools import combinations

import pytest


@pytest.fixture(scope="session")
def judge():
    """The oracle, as a function of X, y and fit_intercept."""
    return _judge


def _judge(X, y, fit_intercept=True):
    """Return the kind and the set of rows that some direction separates strictly.

    Modulo {δ : Aδ = 0}, the cone {δ : Aδ ≥ 0} is pointed; each extreme ray is 0 on rank − 1 independent rows.
    """
    rows = [
        [(2 * int(t) - 1) * Fraction(v) for v in [*map(float, x), *([1.0] if fit_intercept else [])]]
        for x, t in zip(X, y, strict=True)
    ]
    keep = _independent(list(map(list, zip(*rows, strict=True))))
    rows = [[row[j] for j in keep] for row in rows]
    distinct = [list(r) for r in dict.fromkeys(map(tuple, rows))]
    rank, separated = len(keep), set()
    if not rank:
        return "none", separated
    for tight in combinations(distinct, rank - 1):
        ray = _null_vector([list(r) for r in tight], rank)
        if ray is None:
            continue
        values = [sum(a * d for a, d in zip(row, ray, strict=True)) for row in rows]
        for sign in (1, -1):
            if all(sign * v >= 0 for v in values):
                separated |= {i for i, v in enumerate(values) if v}
    kind = "none" if not separated else "complete" if len(separated) == len(rows) else "quasi-complete"
    return kind, separated


def _reduce(rows):
    """Gauss–Jordan; returns the reduced rows and their pivots."""
    reduced, pivots = [], []
    for row in rows:
        row = list(row)
        for r, p in zip(reduced, pivots, strict=True):
            row = [a - row[p] * b for a, b in zip(row, r, strict=True)]
        p = next((j for j, a in enumerate(row) if a), None)
        if p is None:
            continue
        row = [a / row[p] for a in row]
        reduced = [[a - r[p] * b for a, b in zip(r, row, strict=True)] for r in reduced]
        reduced.append(row)
        pivots.append(p)
    return reduced, pivots


def _independent(columns):
    chosen = []
    for j, column in enumerate(columns):
        if len(_reduce([columns[k] for k in chosen] + [column])[0]) > len(chosen):
            chosen.append(j)
    return chosen


def _null_vector(rows, rank):
    """The vector that is 0 on rank − 1 rows, unless they are dependent."""
    reduced, pivots = _reduce(rows)
    if len(reduced) < rank - 1:
        return None
    free = next(j for j in range(rank) if j not in pivots)
    ray = [Fraction(0)] * rank
    ray[free] = Fraction(1)
    for r, p in zip(reduced, pivots, strict=True):
        ray[p] = -r[free]
    return ray
