"""The pass in tiles, in threads and in float32 against one product of the whole, in the loss's plain form."""

import copy
import multiprocessing
import os
import pickle
import tracemalloc
import warnings

import numpy as np
import pytest
from scipy import sparse

from logitscope.activations import ACTIVATIONS
from logitscope.losses import LOSSES
from logitscope.objective import Objective, _pass, _small
from logitscope.penalties import ElasticNet
from logitscope.pointwise import ColumnGroups, Group, get_pointwise
from logitscope.sources import RowSource, _rows, _threads, one_blas_thread

ELEMENTWISE = [name for name, phi in ACTIVATIONS.items() if not phi.couples_columns]
N, P = 333, 5
rng = np.random.default_rng(0)
X = rng.normal(size=(N, P))
HARD, SOFT = rng.integers(0, 2, N).astype(float), rng.choice([0.0, 0.3, 1.0], N)
WEIGHTS = rng.uniform(0.1, 5.0, N)


@pytest.fixture(params=["one tile", "many tiles", "threads"])
def cut(request, monkeypatch):
    """Data of this size cut as data of any size are."""
    if request.param != "one tile":
        monkeypatch.setattr(_rows, "BLOCK_BYTES", 1)
        monkeypatch.setattr(_rows, "SPARSE_BLOCK_ENTRIES", 1)
        monkeypatch.setattr(_pass, "_TILE_MODELS", 2)
        monkeypatch.setattr(_small, "LIMIT", 0)
    if request.param == "threads":
        monkeypatch.setattr(_threads, "_READ", 50)
        monkeypatch.setattr(_threads, "n_threads", lambda: 3)


def plainly(X, target, weights, pair, params, penalty):
    """Value, gradient, z and ∂ℓ/∂z from two products and the forms that hold everywhere."""
    z = X @ params[:P] + params[P]
    value, slope = pair.value(z, target), pair.grad_z(z, target)
    share = weights / weights.sum()
    rows = np.column_stack([X, np.ones(len(X))])
    gradient = rows.T @ (share[:, None] * slope)
    gradient[:P] += penalty.gradient(params[:P])
    return share @ value + penalty.value(params[:P]), gradient, z, slope


def check(objective, params, expected, rtol=1e-12, atol=1e-14):
    for got, known in zip(objective.evaluate(params, with_grad_z=True), expected, strict=True):
        np.testing.assert_allclose(got, known, rtol=rtol, atol=atol)
    np.testing.assert_allclose(objective.value(params), expected[0], rtol=rtol)
    np.testing.assert_allclose(objective.z(params), expected[2], rtol=rtol, atol=atol)


@pytest.mark.parametrize("labels", [HARD, SOFT], ids=["hard", "soft"])
@pytest.mark.parametrize("weights", [np.ones(N), WEIGHTS], ids=["uniform", "weighted"])
@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_every_pair(activation, loss, weights, labels, cut):
    pair, penalty = get_pointwise(activation, loss), ElasticNet(0.3, 0.25)
    size = 0.05 if activation == "hard" else 1.0  # beyond its corners the loss is infinite
    for n_models in (1, 3):
        params = size * rng.normal(size=(P + 1, n_models))
        target = np.repeat(labels[:, None], n_models, axis=1)
        if n_models == 3:
            target[:, 2] = target[::-1, 2]
        expected = plainly(X, target, weights, pair, params, penalty)
        check(Objective(RowSource(X), target, weights, pair, penalty), params, expected)


@pytest.mark.parametrize("wrap", [np.asarray, sparse.csr_array, sparse.csr_matrix])
def test_softmax_beside_others(wrap, cut):
    groups = ColumnGroups(
        (
            Group(get_pointwise("softmax", "cross_entropy"), slice(0, 3)),
            Group(get_pointwise("probit", "cross_entropy"), slice(3, 8)),
            Group(get_pointwise("softmax", "brier"), slice(8, 11)),
        )
    )
    one_hot = np.eye(3)[rng.integers(0, 3, N)]
    target = np.column_stack([one_hot, *[HARD] * 5, one_hot])
    params = rng.normal(size=(P + 1, 11))
    thin = X * (rng.uniform(size=X.shape) < 0.4)
    expected = plainly(thin, target, WEIGHTS, groups, params, ElasticNet())
    objective = Objective(RowSource(wrap(thin)), target, WEIGHTS, groups)
    check(objective, params, expected)
    columns = np.array([0, 1, 2, 5, 6])
    got = objective.take(columns).evaluate(params[:, columns])
    for part, known in zip(tuple(got)[:3], expected[:3], strict=True):
        np.testing.assert_allclose(part, known[..., columns], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("weights", [np.ones(N), WEIGHTS], ids=["uniform", "weighted"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "algebraic", "softsign", "cloglog", "hard", "softmax"])
def test_a_column_that_overflows_is_right_and_disturbs_no_other(activation, weights, cut):
    pair = get_pointwise(activation, "cross_entropy")
    target = np.column_stack([HARD, 1 - HARD]) if activation == "softmax" else np.tile(HARD[:, None], 2)
    params = 0.05 * rng.normal(size=(P + 1, 2))
    params[:, 1] *= 1e5
    with np.errstate(all="ignore"):
        expected = plainly(X, target, weights, pair, params, ElasticNet())
    check(Objective(RowSource(X), target, weights, pair), params, expected)
    alone = params[:, [1]]
    if activation != "softmax":
        got = Objective(RowSource(X), target[:, :1], weights, pair).evaluate(alone)
        np.testing.assert_allclose(got.loss, expected[0][1:], rtol=1e-12)
        np.testing.assert_allclose(got.gradient, expected[1][:, 1:], rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("size", [1e-3, 1.0, 5.0, 20.0, 60.0])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "algebraic", "softsign"])
def test_the_sum_of_small_losses_keeps_its_digits(activation, size, cut):
    """Beside a column of ordinary losses, one whose labels are all right: adding 1 to their odds loses the odds."""
    pair = get_pointwise(activation, "cross_entropy")
    direction = rng.normal(size=(P + 1, 1))
    far = np.sign(X @ direction[:P] + direction[P])
    params = np.hstack([direction, np.vstack([np.zeros((P, 1)), [[size]]])])
    target = np.column_stack([(far[:, 0] > 0).astype(float), np.ones(N)])
    expected = plainly(X, target, np.ones(N), pair, params, ElasticNet())
    check(Objective(RowSource(X), target, np.ones(N), pair), params, expected)
    for alone in ([0], [1]):
        expected = plainly(X, target[:, alone], np.ones(N), pair, params[:, alone], ElasticNet())
        check(Objective(RowSource(X), target[:, alone], np.ones(N), pair), params[:, alone], expected)


def test_rows_that_are_all_right_beside_others(cut):
    """Of one column, a part whose losses are nearly 0 and one whose are not: each keeps its digits."""
    pair, params = get_pointwise("sigmoid", "cross_entropy"), rng.normal(size=(P + 1, 1))
    rows = np.concatenate([20.0 * X, X])
    target = np.concatenate([(20.0 * X @ params[:P] + params[P] > 0).astype(float), HARD[:, None]])
    expected = plainly(rows, target, np.ones(2 * N), pair, params, ElasticNet())
    check(Objective(RowSource(rows), target, np.ones(2 * N), pair), params, expected)


def test_the_number_of_threads_changes_no_bit(monkeypatch):
    monkeypatch.setattr(_threads, "_READ", 50)
    monkeypatch.setattr(_small, "LIMIT", 0)
    objective = Objective(RowSource(X), HARD[:, None], WEIGHTS, get_pointwise("sigmoid", "cross_entropy"))
    params, seen = rng.normal(size=(P + 1, 1)), []
    for n_threads in (1, 2, 5):
        monkeypatch.setattr(_threads, "n_threads", lambda n=n_threads: n)
        seen.append(objective.evaluate(params))
    for other in seen[1:]:
        for got, first in zip(tuple(other)[:3], tuple(seen[0])[:3], strict=True):
            np.testing.assert_array_equal(got, first)


@pytest.mark.parametrize("weights", [np.ones(N), WEIGHTS], ids=["uniform", "weighted"])
def test_float32_is_trained_in_float32(weights, cut):
    target = np.column_stack([HARD, 1 - HARD])
    params, pair = rng.normal(size=(P + 1, 2)), get_pointwise("sigmoid", "cross_entropy")
    expected = plainly(X, target, weights, pair, params, ElasticNet())
    objective = Objective(RowSource(X.astype(np.float32)), target, weights, pair)
    check(objective, params, expected, rtol=1e-4, atol=1e-5)
    assert objective.evaluate(params).loss.dtype == np.float64


def test_equal_weights_and_labels_cost_nothing():
    """Of 300,000 rows: z, and less than a tenth of it besides."""
    n = 300_000
    big, y = rng.normal(size=(n, 2)), rng.integers(0, 2, (n, 1)).astype(float)
    objective = Objective(RowSource(big), y, np.broadcast_to(1.0, n), get_pointwise("sigmoid", "cross_entropy"))
    params = np.zeros((3, 1))
    objective.evaluate(params)
    tracemalloc.start()
    evaluation = objective.evaluate(params)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < evaluation.z.nbytes + 2.5e6
    assert objective.share().strides == (0,)
    assert evaluation.grad_z is None


def test_one_thread_of_blas_and_as_it_was():
    from threadpoolctl import threadpool_info

    def threads():
        return [each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"]

    before = threads()
    with one_blas_thread():
        assert set(threads()) <= {1}
    assert threads() == before


def test_runs_that_overlap_leave_blas_as_it_was():
    """The first to come is the first to go."""
    from threadpoolctl import threadpool_info, threadpool_limits

    def threads():
        return {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}

    with threadpool_limits(2, user_api="blas"):
        before = threads()
        first, second = one_blas_thread(), one_blas_thread()
        first.__enter__()
        second.__enter__()
        first.__exit__(None, None, None)
        assert threads() <= {1}
        second.__exit__(None, None, None)
        assert threads() == before


def test_a_loss_that_only_the_plain_form_has_is_no_infinity(cut):
    """At −727, exp underflows to a number of three digits; at 1e17, Mills' ratio vanishes in 1 − R."""
    for activation, z, loss, slope in (("cloglog", -727.0, 727.0, -1.0), ("probit", -1e17, 5e33, -1e17)):
        objective = Objective(
            RowSource(np.ones((N, 1))), np.ones((N, 1)), WEIGHTS, get_pointwise(activation, "cross_entropy")
        )
        evaluation = objective.evaluate(np.array([[z], [0.0]]))
        np.testing.assert_allclose(evaluation.loss, loss, rtol=1e-12)
        np.testing.assert_allclose(evaluation.gradient, slope, rtol=1e-12)


@pytest.mark.parametrize("labels", [[1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [1.0, 1.0, 1.0]])
def test_softmax_of_labels_that_are_no_one_class(labels, cut):
    """They are 0 and 1, but not one 1 a row: ℓ is −Σ y log p all the same."""
    pair, target = get_pointwise("softmax", "cross_entropy"), np.tile(labels, (N, 1))
    target[0] = labels  # rows of one class do not make up for it
    params = rng.normal(size=(P + 1, 3))
    expected = plainly(X, target, WEIGHTS, pair, params, ElasticNet())
    check(Objective(RowSource(X), target, WEIGHTS, pair), params, expected)


def test_a_batch_may_repeat_rows(cut):
    """More of them than there are: the mean over the batch, each row with its share."""
    batch, params = rng.integers(0, N, 3 * N), rng.normal(size=(P + 1, 1))
    pair = get_pointwise("tanh", "cross_entropy")
    _, _, z, slope = plainly(X, HARD[:, None], np.ones(N), pair, params, ElasticNet())
    evaluation = Objective(RowSource(X), HARD[:, None], np.ones(N), pair).evaluate(params, batch)
    np.testing.assert_allclose(evaluation.gradient[:P, 0], X[batch].T @ slope[batch, 0] / len(batch), atol=1e-14)
    np.testing.assert_allclose(evaluation.loss, pair.value(z, HARD[:, None])[batch].mean(), rtol=1e-12)


def test_an_objective_that_was_used_can_be_pickled(cut):
    for activation, n_models in (("sigmoid", 1), ("cloglog", 3)):
        params, target = rng.normal(size=(P + 1, n_models)), np.repeat(HARD[:, None], n_models, axis=1)
        objective = Objective(
            RowSource(X), target, WEIGHTS, get_pointwise(activation, "cross_entropy"), ElasticNet(0.1)
        )
        before = objective.evaluate(params)
        for other in (pickle.loads(pickle.dumps(objective)), copy.copy(objective), copy.deepcopy(objective)):
            after = other.evaluate(params)
            np.testing.assert_array_equal(after.loss, before.loss)
            np.testing.assert_array_equal(after.gradient, before.gradient)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
def test_a_forked_process_has_threads_of_its_own(monkeypatch):
    monkeypatch.setattr(_threads, "_READ", 50)
    monkeypatch.setattr(_small, "LIMIT", 0)
    monkeypatch.setattr(_threads, "n_threads", lambda: 3)
    objective = Objective(RowSource(X), HARD[:, None], WEIGHTS, get_pointwise("sigmoid", "cross_entropy"))
    params = rng.normal(size=(P + 1, 1))
    expected = objective.evaluate(params).loss[0]  # the pool of this process has threads now
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forking with threads: it is what is tested
        with multiprocessing.get_context("fork").Pool(1) as pool:
            assert pool.apply_async(_loss, (objective, params)).get(60) == expected


def _loss(objective, params):
    return objective.evaluate(params).loss[0]


def test_threads_can_be_lowered(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert _threads.n_threads() == 1
    monkeypatch.setenv("OMP_NUM_THREADS", "1000")
    assert 1 <= _threads.n_threads() <= (os.cpu_count() or 1)
