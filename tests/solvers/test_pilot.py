"""What a few rows tell of the Hessian, against dense matrices and the objective itself."""

from dataclasses import replace

import numpy as np
import pytest

from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.solvers._pilot import block_of, blocks_of, diagonal_at, has_structure
from logitscope.solvers._preconditioner import Corrected, Diagonal
from logitscope.solvers._sample import look_at, take_sample
from logitscope.sources import RowSource

K = 3


def problem(correlation=0.0, activation="softmax"):
    rng = np.random.default_rng(3)
    X = 3.0 + 2.0 * (rng.standard_normal((400, 5)) + correlation * rng.standard_normal((400, 1)))
    codes = rng.integers(0, K if activation == "softmax" else 2, 400)
    target = np.eye(K)[codes] if activation == "softmax" else codes[:, None].astype(float)
    weights = np.broadcast_to(1.0, 400)
    pair = get_pointwise(activation, "cross_entropy")
    return Objective(RowSource(X), target, weights, pair, ElasticNet(0.1, 0.0), True)


def hessian(objective, sample, inner):
    """Of softmax, by central differences of the objective's own gradient, column after column, in the frame."""
    frame, step = sample.frame, 1e-5
    out = np.empty((inner.size, inner.size))
    for j in range(inner.size):
        way = np.zeros(inner.size)
        way[j] = step
        way = way.reshape(K, -1).T
        ends = [
            frame.gradient(objective.evaluate(frame.outward(inner + sign * way)).gradient).T.ravel() for sign in (-1, 1)
        ]
        out[:, j] = (ends[1] - ends[0]) / (2 * step)
    return out


def everything(objective):
    return take_sample(objective, 400, np.random.default_rng(0))


def test_a_sample_that_is_certain_of_every_class_has_no_correction():
    objective = problem()
    sure = 1e6 * np.eye(6, K) + 1e7 * np.eye(6, K, K - 1)[:, ::-1]
    sure[-1] = 1e9 * np.arange(K)
    assert isinstance(diagonal_at(everything(objective), sure), Diagonal)


def test_corrected_is_the_hessian_in_the_span_of_the_parameters():
    objective = problem()
    sample = everything(objective)
    rng = np.random.default_rng(1)
    inner = rng.standard_normal((6, K))
    found = diagonal_at(sample, inner)
    assert isinstance(found, Corrected)
    exact, diagonal = hessian(objective, sample, inner), np.diag(found.diagonal.values.T.ravel())
    assert np.allclose(np.diagonal(exact), np.diagonal(diagonal), rtol=1e-6)
    # P = D but for U ⊗ 1, where it is the Hessian (and the same added to every class, of which softmax knows nothing).
    U = np.kron(np.eye(K), found.basis)
    inverse = np.column_stack([found.solve(e.reshape(K, -1).T).T.ravel() for e in np.eye(exact.shape[0])])
    assert np.allclose(inverse, inverse.T, rtol=1e-9, atol=1e-9)
    assert np.linalg.eigvalsh(inverse)[0] > 0
    inside = U.T @ np.linalg.inv(inverse) @ U
    differences = np.kron(np.array([[1.0, -1.0, 0.0], [0.0, 1.0, -1.0]]), np.eye(found.basis.shape[1]))
    assert np.allclose(differences @ inside @ differences.T, differences @ U.T @ exact @ U @ differences.T, rtol=1e-5)
    assert np.allclose(found.basis.T @ found.basis, np.eye(found.basis.shape[1]))


def test_no_correction_at_zero_nor_of_one_column():
    objective = problem()
    assert isinstance(diagonal_at(everything(objective), np.zeros((6, K))), Diagonal)
    one = problem(activation="sigmoid")
    assert isinstance(diagonal_at(everything(one), np.ones((6, 1))), Diagonal)


def test_blocks_are_the_diagonal_blocks_of_the_hessian():
    objective = problem(correlation=1.0)
    sample = everything(objective)
    inner = np.random.default_rng(2).standard_normal((6, K))
    exact = hessian(objective, sample, inner)
    gradient = np.random.default_rng(5).standard_normal((6, K))
    solved = blocks_of(sample, inner).first.solve(gradient)  # but for what classes share
    at_zero = hessian(objective, sample, np.zeros((6, K)))
    shared = block_of(sample, np.zeros((6, K))).solve(gradient)
    for j in range(K):
        own = slice(6 * j, 6 * j + 6)
        np.testing.assert_allclose(exact[own, own] @ solved[:, j], gradient[:, j], atol=1e-3)  # in single precision
        np.testing.assert_allclose(at_zero[own, own] @ shared[:, j], gradient[:, j], atol=1e-3)


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_a_sample_of_everything_sees_the_objective(activation):
    objective = problem(activation=activation)
    sample = everything(objective)
    inner = np.random.default_rng(4).standard_normal((6, objective.n_columns))
    seen = objective.evaluate(sample.frame.outward(inner))
    looked = look_at(sample, inner)
    np.testing.assert_allclose(looked.value, seen.loss, rtol=1e-12)
    np.testing.assert_allclose(looked.z, seen.z, rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(sample.frame.gradient_outward(looked.gradient), seen.gradient, rtol=1e-10, atol=1e-12)


def test_structure():
    assert has_structure(everything(problem(correlation=1.0)))
    assert not has_structure(everything(problem()))


def test_one_pair_of_twins_is_structure():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((2000, 300))
    alone = replace(problem(activation="sigmoid"), source=RowSource(X), target=np.zeros((2000, 1)))
    alone = replace(alone, weights=np.broadcast_to(1.0, 2000))
    assert not has_structure(everything(alone))
    X[:, 3] = -X[:, 251] + 0.1 * rng.standard_normal(2000)
    assert has_structure(everything(alone))
