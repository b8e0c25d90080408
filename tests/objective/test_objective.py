"""The objective against loops over plain numbers, and its derivatives against differences."""

import math
import tracemalloc

import numpy as np
import pytest
from scipy import sparse, stats

from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import ColumnGroups, Group, get_pointwise
from logitscope.sources import RowSource, _rows

N, P, M = 150, 4, 2
rng = np.random.default_rng(0)
X = rng.normal(size=(N, P))
TARGET = np.column_stack([rng.integers(0, 2, N), rng.choice([0.0, 0.3, 1.0], N)]).astype(float)
WEIGHTS = rng.uniform(0.1, 5.0, N)
PARAMS = rng.normal(size=(P + 1, M))

LOSS_OF_ONE = {
    ("tanh", "cross_entropy"): lambda z, y: y * math.log1p(math.exp(-2 * z)) + (1 - y) * math.log1p(math.exp(2 * z)),
    ("tanh", "squared_error"): lambda z, y: (math.tanh(z) - (2 * y - 1)) ** 2 / 2,
    ("probit", "brier"): lambda z, y: (stats.norm.cdf(z) - y) ** 2,
    ("cauchit", "cross_entropy"): lambda z, y: -y * stats.cauchy.logcdf(z) - (1 - y) * stats.cauchy.logsf(z),
    ("sigmoid", "focal"): lambda z, y: sum(
        share * (1 + math.exp(s * z)) ** -2 * math.log1p(math.exp(-s * z)) for share, s in ((y, 1), (1 - y, -1))
    ),
}


def make(pair=("tanh", "cross_entropy"), X=X, rows=None, **others) -> Objective:
    chosen = slice(None) if rows is None else rows
    given = {"penalty": ElasticNet(alpha=[0.3, 0.02], l1_ratio=0.25), **others}
    return Objective(RowSource(X, rows), TARGET[chosen], WEIGHTS[chosen], get_pointwise(*pair), **given)


def by_loop(pair, params, rows, *, alpha=(0.3, 0.02), l1_ratio=0.25, intercept=True):
    values = []
    for m in range(params.shape[1]):
        total = weight = 0.0
        for i in rows:
            z = sum(X[i, j] * params[j, m] for j in range(P)) + (params[P, m] if intercept else 0.0)
            total += WEIGHTS[i] * LOSS_OF_ONE[pair](z, TARGET[i, m])
            weight += WEIGHTS[i]
        l1, l2 = (sum(abs(w) ** k for w in params[:P, m]) for k in (1, 2))
        values.append(total / weight + alpha[m] * (l1_ratio * l1 + (1 - l1_ratio) / 2 * l2))
    return np.array(values)


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("pair", LOSS_OF_ONE, ids="-".join)
def test_value_is_the_weighted_mean_plus_penalty(pair, intercept):
    params = PARAMS if intercept else PARAMS[:P]
    objective, expected = make(pair, fit_intercept=intercept), by_loop(pair, params, range(N), intercept=intercept)
    np.testing.assert_allclose(objective.value(params), expected, rtol=1e-12)
    np.testing.assert_allclose(objective.evaluate(params).loss, expected, rtol=1e-12)


def test_a_batch_is_the_mean_of_its_own_rows_weighted_as_among_all():
    batch = rng.permutation(N)[:37]
    objective = make(penalty=ElasticNet())
    evaluation = objective.evaluate(PARAMS, batch, with_grad_z=True)
    np.testing.assert_allclose(evaluation.z, X[batch] @ PARAMS[:P] + PARAMS[P], rtol=1e-12)
    alone = Objective(RowSource(X[batch]), TARGET[batch], WEIGHTS[batch], objective.pointwise).evaluate(
        PARAMS, with_grad_z=True
    )
    heavier = WEIGHTS[batch].mean() / WEIGHTS.mean()
    np.testing.assert_allclose(evaluation.loss, heavier * alone.loss, rtol=1e-12)
    np.testing.assert_allclose(evaluation.gradient, heavier * alone.gradient, rtol=1e-12)
    np.testing.assert_allclose(evaluation.grad_z, alone.grad_z, rtol=1e-12)


@pytest.mark.parametrize("size", [1, 3, 64])
def test_the_full_batch_is_the_mean_of_its_batches(size):
    objective = make(penalty=ElasticNet())
    batches = list(objective.source.batches(size, np.random.default_rng(0)))
    gradient = sum(len(batch) / N * objective.evaluate(PARAMS, batch).gradient for batch in batches)
    np.testing.assert_allclose(objective.evaluate(PARAMS).gradient, gradient, rtol=1e-11)


@pytest.mark.parametrize("l1_ratio", [0.0, 0.25])
@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("pair", LOSS_OF_ONE, ids="-".join)
def test_gradient_and_hessian_by_differences(pair, intercept, l1_ratio):
    params = PARAMS if intercept else PARAMS[:P]
    penalty = ElasticNet([0.3, 0.02], l1_ratio)
    objective, step = make(pair, fit_intercept=intercept, penalty=penalty), 1e-5
    gradient = objective.evaluate(params).gradient
    for j in range(len(params)):
        shift = np.zeros_like(params)
        shift[j] = step
        up, down = objective.evaluate(params + shift), objective.evaluate(params - shift)
        corner = l1_ratio * np.array([0.3, 0.02]) * np.sign(params[j]) * (j < P)  # not in the smooth part
        np.testing.assert_allclose(gradient[j] + corner, (up.loss - down.loss) / (2 * step), rtol=1e-6, atol=1e-9)
        for m in range(M):
            bend = (up.gradient - down.gradient)[:, m] / (2 * step)
            np.testing.assert_allclose(objective.hessian(params, m)[:, j], bend, rtol=1e-6, atol=1e-8)


def test_gradient_of_softmax_by_differences():
    target, params, step = np.eye(3)[rng.integers(0, 3, N)], rng.normal(size=(P + 1, 3)), 1e-5
    for loss in ("cross_entropy", "squared_error", "focal"):
        objective = Objective(RowSource(X), target, WEIGHTS, get_pointwise("softmax", loss), ElasticNet(0.1))
        gradient = objective.evaluate(params).gradient
        for place in np.ndindex(params.shape):
            shift = np.zeros_like(params)
            shift[place] = step
            rise = (objective.value(params + shift) - objective.value(params - shift)).sum()
            assert gradient[place] == pytest.approx(rise / (2 * step), rel=1e-6, abs=1e-9)


def stored(kind, tmp_path):
    if kind == "memmap":
        np.save(tmp_path / "X.npy", X)
        return np.load(tmp_path / "X.npy", mmap_mode="r")
    if kind == "read-only":
        frozen = X.copy()
        frozen.setflags(write=False)
        return frozen
    return {"csr": sparse.csr_matrix, "csr array": sparse.csr_array, "Fortran": np.asfortranarray}[kind](X)


@pytest.mark.parametrize("block_bytes", [None, 1])
@pytest.mark.parametrize("picked", [False, True])
@pytest.mark.parametrize("kind", ["csr", "csr array", "Fortran", "memmap", "read-only"])
def test_storage_and_blocks_do_not_matter(kind, picked, block_bytes, tmp_path, monkeypatch):
    rows = rng.permutation(N)[:131] if picked else None
    plain = make(rows=rows)
    expected, hessian, batch = (
        plain.evaluate(PARAMS, with_grad_z=True),
        plain.hessian(PARAMS, 1),
        np.arange(100, 20, -1),
    )
    part, value, curvature = (
        plain.evaluate(PARAMS, batch, with_grad_z=True),
        plain.value(PARAMS),
        plain.curvature(PARAMS),
    )
    if block_bytes is not None:
        monkeypatch.setattr(_rows, "BLOCK_BYTES", block_bytes)
        monkeypatch.setattr(_rows, "SPARSE_BLOCK_ENTRIES", block_bytes)
    objective = make(X=stored(kind, tmp_path), rows=rows)
    for got, known in zip(objective.evaluate(PARAMS, with_grad_z=True), expected, strict=True):
        np.testing.assert_allclose(got, known, rtol=1e-12)
    for got, known in zip(objective.evaluate(PARAMS, batch, with_grad_z=True), part, strict=True):
        np.testing.assert_allclose(got, known, rtol=1e-12)
    np.testing.assert_allclose(objective.hessian(PARAMS, 1), hessian, rtol=1e-11)
    np.testing.assert_allclose(objective.value(PARAMS), value, rtol=1e-13)
    np.testing.assert_allclose(objective.curvature(PARAMS), curvature, rtol=1e-12)


@pytest.mark.parametrize("wrap", [np.asarray, sparse.csr_array])
def test_float32_data_are_as_good_as_float32(wrap):
    objectives = make(), make(X=wrap(X.astype(np.float32)))
    exact, single = (objective.evaluate(PARAMS, with_grad_z=True) for objective in objectives)
    assert {array.dtype for array in single} == {np.dtype(np.float64)}
    for got, known in zip(single, exact, strict=True):
        np.testing.assert_allclose(got, known, rtol=1e-4, atol=1e-5)


def test_inputs_are_left_alone():
    copies = [array.copy() for array in (X, TARGET, WEIGHTS, PARAMS)]
    objective = make()
    objective.evaluate(PARAMS)
    objective.hessian(PARAMS, 0)
    objective.curvature(PARAMS)
    for array, copy in zip((X, TARGET, WEIGHTS, PARAMS), copies, strict=True):
        np.testing.assert_array_equal(array, copy)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("picked", [False, True])
def test_x_is_never_held_twice(dtype, order, picked):
    big = np.asarray(rng.standard_normal((15_000, 200), dtype=np.float32), dtype=dtype, order=order)
    rows = np.arange(14_000) if picked else None
    n = 14_000 if picked else 15_000
    objective = Objective(RowSource(big, rows), np.zeros((n, 1)), np.ones(n), get_pointwise("sigmoid", "cross_entropy"))
    params = np.zeros((201, 1))
    tracemalloc.start()
    objective.evaluate(params)
    objective.value(params)
    objective.hessian(params, 0)
    objective.curvature(params)
    objective.evaluate(params, rng.permutation(n)[: n // 2])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 0.5 * big.nbytes


def test_columns_are_what_they_are_alone():
    """To rounding: BLAS may order the sums of one column differently."""
    pairs = [("tanh", "cross_entropy"), ("probit", "brier")]
    groups = ColumnGroups(tuple(Group(get_pointwise(*pair), slice(m, m + 1)) for m, pair in enumerate(pairs)))
    both = Objective(RowSource(X), TARGET, WEIGHTS, groups, ElasticNet([0.3, 0.02]))
    together = both.evaluate(PARAMS)
    for m, pair in enumerate(pairs):
        alone = Objective(RowSource(X), TARGET[:, [m]], WEIGHTS, get_pointwise(*pair), ElasticNet([0.3, 0.02][m]))
        evaluation = alone.evaluate(PARAMS[:, [m]])
        np.testing.assert_allclose(together.loss[m], evaluation.loss[0], rtol=1e-14)
        np.testing.assert_allclose(together.gradient[:, m], evaluation.gradient[:, 0], rtol=1e-12, atol=1e-15)
        np.testing.assert_allclose(both.hessian(PARAMS, m), alone.hessian(PARAMS[:, [m]], 0), rtol=1e-12)
        assert both.bound(m) == alone.bound(0)


def test_residual_is_the_violation_of_the_kkt_conditions():
    objective = make(penalty=ElasticNet(alpha=0.5, l1_ratio=1.0))
    params = np.array([[0.0, 1.0], [0.0, -2.0], [3.0, 0.0], [0.0, 0.0], [7.0, -7.0]])
    gradient = np.array([[0.4, -0.5], [-0.9, 0.6], [-0.5, 0.1], [0.5, -0.5], [0.01, -0.02]])
    # column 0: |−0.9| − 0.5; column 1: 0.6 − 0.5 at a negative coefficient; the intercept is free
    np.testing.assert_allclose(objective.residual(params, gradient), [0.4, 0.1], rtol=1e-14)
    gradient[4, 0] = -3.0
    np.testing.assert_allclose(objective.residual(params, gradient)[0], 3.0)
    smooth = make(penalty=ElasticNet(alpha=0.5))
    np.testing.assert_array_equal(smooth.residual(params, gradient), [3.0, 0.6])


@pytest.mark.parametrize("intercept", [True, False])
def test_curvature_is_the_bound_times_the_largest_eigenvalue(intercept):
    objective = make(("sigmoid", "cross_entropy"), penalty=ElasticNet([0.3, 0.02], 0.25), fit_intercept=intercept)
    rows = np.column_stack([X, np.ones(N)]) if intercept else X
    largest = np.linalg.eigvalsh(rows.T @ (WEIGHTS[:, None] * rows) / WEIGHTS.sum())[-1]
    params = PARAMS if intercept else PARAMS[:P]
    expected = largest / 4 + 0.75 * np.array([0.3, 0.02])
    np.testing.assert_allclose(objective.curvature(params), expected, rtol=1e-12)


def test_curvature_of_batches_goes_from_the_longest_row_to_the_mean():
    objective = make(("sigmoid", "cross_entropy"), penalty=ElasticNet())
    longest = (WEIGHTS / WEIGHTS.mean() * (1 + (X**2).sum(axis=1))).max() / 4
    curvatures = [objective.curvature(PARAMS, size)[0] for size in (1, 10, 100, N)]
    assert curvatures[0] == pytest.approx(longest, rel=1e-12)
    assert curvatures[-1] == objective.curvature(PARAMS)[0]
    assert np.all(np.diff(curvatures) < 0)


def test_a_row_twice_is_a_row_of_weight_2():
    twice = np.concatenate([np.arange(N), [3, 3, 8]])
    more = Objective(RowSource(X[twice]), TARGET[twice], np.ones(len(twice)), make().pointwise)
    weights = np.bincount(twice).astype(float)
    weighted = Objective(RowSource(X), TARGET, weights, make().pointwise)
    np.testing.assert_allclose(more.value(PARAMS), weighted.value(PARAMS), rtol=1e-13)
    np.testing.assert_allclose(more.evaluate(PARAMS).gradient, weighted.evaluate(PARAMS).gradient, rtol=1e-12)
    np.testing.assert_allclose(more.curvature(PARAMS), weighted.curvature(PARAMS), rtol=1e-12)


def test_overflow_is_silent_and_visible():
    objective = make(("cloglog", "cross_entropy"))
    evaluation = objective.evaluate(np.full((P + 1, M), 1e200))
    assert np.isinf(evaluation.loss).all()
    assert np.isinf(objective.value(np.full((P + 1, M), 1e3))).all()
