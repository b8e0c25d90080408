"""L-BFGS that buys Hessians: on parabolas, where everything is known, and what it remembers."""

from typing import NamedTuple

import numpy as np
import pytest

from logitscope.solvers._memory import Dot, Quasi, remembered, two_loops
from logitscope.solvers._preconditioner import Factor, factorise
from logitscope.solvers._thrift import Thrift, descended

ACCURATE = Thrift(1e-8, 0.1, 8.0)


class Place(NamedTuple):
    params: np.ndarray
    loss: float
    gradient: np.ndarray


class Parabola:
    """1 + ½ (v − b)ᵀ H (v − b): a look counts, and so does a Hessian."""

    def __init__(self, size, condition, price, *, broken=False):
        rng = np.random.default_rng(0)
        self.best, self.price, self.broken = rng.standard_normal(size), price, broken
        turn, _ = np.linalg.qr(rng.standard_normal((size, size)))
        self.matrix = (turn * np.geomspace(1.0, condition, size)) @ turn.T
        self.n_looks = self.n_hessians = 0

    def look(self, params):
        self.n_looks += 1
        gradient = self.matrix @ (params - self.best)
        return Place(params, 1.0 + gradient @ (params - self.best) / 2, gradient)

    def farther(self, look, direction, whole):
        slope, length = direction @ look.gradient, -(direction @ look.gradient) / (direction @ self.matrix @ direction)
        assert slope < 0
        return length, self.look(look.params + length * direction)

    def diagonal(self, look):
        return self.matrix.diagonal()

    def metric(self, look):
        self.n_hessians += 1
        return None if self.broken else factorise(self.matrix)


def run(problem, thrift=ACCURATE):
    return descended(problem, problem.look(np.zeros(len(problem.best))), thrift)


def test_a_cheap_hessian_is_bought_a_dear_one_is_not():
    cheap, dear = Parabola(40, 50.0, 2.0), Parabola(40, 50.0, 1e6)
    for problem in (cheap, dear):
        found = run(problem)
        assert problem.look(found.params).loss - 1 < 1e-8
        assert found.is_close == (problem is cheap)
    assert cheap.n_hessians > dear.n_hessians == 0
    assert cheap.n_looks < dear.n_looks


def test_easy_data_need_no_hessian_though_it_is_not_dear():
    """Looks that are left cost less than it would, and so does what comes after."""
    problem = Parabola(40, 2.0, 9.0)
    assert not run(problem).is_close
    assert problem.n_hessians == 0


@pytest.mark.parametrize("price", [3.0, 10.0, 30.0])
@pytest.mark.parametrize("condition", [1.5, 20.0, 500.0, 1e4])
def test_what_is_spent_on_looks_is_of_the_order_of_the_hessian(price, condition):
    """Whatever the data are like: twice what it costs is enough, and never more than two are bought."""
    problem = Parabola(60, condition, price)
    found = run(problem)
    assert problem.look(found.params).loss - 1 < 1e-7
    assert problem.n_hessians <= 2
    assert problem.n_looks <= 2 * price + 12


def test_nowhere_to_go():
    assert run(Parabola(40, 1e3, 2.0, broken=True)) is None
    upside_down = Parabola(10, 10.0, 2.0)
    upside_down.matrix = -upside_down.matrix
    assert run(upside_down) is None


def test_vectors_are_remembered_as_columns_are():
    """One column of a few parameters is a matrix to `descend` and a vector here."""
    rng, dot = np.random.default_rng(1), Dot(is_joint=False)
    matrix = np.diag(rng.uniform(1.0, 9.0, 12))
    steps = [rng.standard_normal(12) for _ in range(5)]
    steps[2] *= -1.0
    changes = [matrix @ step for step in steps]
    changes[2] = -changes[2]  # the wrong way
    vectors = [remembered(s, y, dot) for s, y in zip(steps, changes, strict=True)]
    columns = [remembered(s[:, None], y[:, None], dot) for s, y in zip(steps, changes, strict=True)]
    assert vectors[2].rho == columns[2].rho.item() == 0.0
    gradient, solve = rng.standard_normal(12), lambda g: g / 4.0
    for known in (0, 1, 3, 5):
        one = two_loops(gradient, vectors[:known], dot, solve)
        other = two_loops(gradient[:, None], columns[:known], dot, solve)[:, 0]
        np.testing.assert_allclose(one, other, rtol=1e-12)
    exact = factorise(matrix)
    assert isinstance(exact, Factor)
    np.testing.assert_allclose(Quasi([], exact, dot).solve(gradient), gradient / np.diag(matrix), rtol=1e-12)
