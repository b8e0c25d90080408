"""Every derived column against formulas written out, one sample and one column at a time."""

import math
import sys
from itertools import chain

import numpy as np
import pytest

import logitscope as ls
from logitscope import LogisticRegression, UpdateRecorder
from logitscope._exceptions import InvalidInputError, MissingDependencyError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

COLUMNS = ("z", "activation_output", "probability", "loss", "upstream", "local_derivative", "grad_z")


def sigmoid(z):
    return 1 / (1 + math.exp(-z))


# activation -> a, dφ/dz, p, and loss -> ℓ, ∂ℓ/∂a: the textbook forms, good while z is small.
OUTPUT = {
    "sigmoid": lambda z: (sigmoid(z), sigmoid(z) * (1 - sigmoid(z)), sigmoid(z)),
    "tanh": lambda z: (math.tanh(z), 1 - math.tanh(z) ** 2, (1 + math.tanh(z)) / 2),
    "cloglog": lambda z: (1 - math.exp(-math.exp(z)), math.exp(z - math.exp(z)), 1 - math.exp(-math.exp(z))),
    "algebraic": lambda z: (z / math.hypot(1, z), (1 + z * z) ** -1.5, (1 + z / math.hypot(1, z)) / 2),
}
WIDTH = {"sigmoid": 1, "tanh": 2, "cloglog": 1, "algebraic": 2}


def loss_of(loss, p, y, width):
    if loss == "cross_entropy":
        return -y * math.log(p) - (1 - y) * math.log(1 - p), ((1 - y) / (1 - p) - y / p) / width
    if loss == "squared_error":
        return 0.5 * (width * (p - y)) ** 2, width * (p - y)
    return (p - y) ** 2, 2 * (p - y) / width


def elementwise(activation, loss, z, y):
    a, slope, p = OUTPUT[activation](z)
    value, upstream = loss_of(loss, p, y, WIDTH[activation])
    return z, a, p, value, upstream, slope, upstream * slope


def softmax_row(loss, z, y):
    """Rows of the same quantities for softmax: grad_z is pₖ − yₖ, or Jᵀ(p − y) for squared error."""
    e = [math.exp(value) for value in z]
    p = [value / sum(e) for value in e]
    rows = []
    for k in range(len(z)):
        diagonal = p[k] * (1 - p[k])
        if loss == "cross_entropy":
            value, upstream = -y[k] * math.log(p[k]), -y[k] / p[k]
            grad = p[k] - y[k]
        else:
            value, upstream = 0.5 * (p[k] - y[k]) ** 2, p[k] - y[k]
            grad = sum((p[j] - y[j]) * p[j] * ((j == k) - p[k]) for j in range(len(z)))
        rows.append((z[k], p[k], p[k], value, upstream, diagonal, grad))
    return rows


class Reference:
    """Trains by plain loops over epochs, batches and samples, and keeps what each sample did."""

    def __init__(self, activation, loss, solver, X, target, weights, rate, batches, intercept=True):
        n, self.n_columns = target.shape
        rows = [[*row, 1.0] if intercept else list(row) for row in X.tolist()]
        W = np.zeros((len(rows[0]), self.n_columns))
        velocity, m, v, g2, t = np.zeros_like(W), np.zeros_like(W), np.zeros_like(W), np.zeros_like(W), 0
        self.records = []
        for epoch in batches:
            record = {name: np.empty((n, self.n_columns)) for name in (*COLUMNS, "gradient_norm", "update_norm")}
            for batch in epoch:
                total = sum(weights) / n * len(batch)  # what the batch would weigh if it were like all rows
                gradient = np.zeros_like(W)
                for i in batch:
                    for k, values in enumerate(self.sample(activation, loss, rows[i], W, target[i])):
                        for name, value in zip(COLUMNS, values, strict=True):
                            record[name][i, k] = value
                        for j, x in enumerate(rows[i]):
                            gradient[j, k] += weights[i] / total * values[-1] * x
                t += 1
                factor = np.ones_like(W)
                if solver in ("gd", "sgd"):
                    update = -rate * gradient
                elif solver == "momentum":
                    velocity = 0.9 * velocity + gradient
                    update = -rate * velocity
                elif solver == "nesterov":
                    velocity = 0.9 * velocity + gradient
                    update, factor = -rate * (gradient + 0.9 * velocity), factor * 1.9
                elif solver == "adam":
                    m, v = 0.9 * m + 0.1 * gradient, 0.999 * v + 0.001 * gradient**2
                    root = np.sqrt(v / (1 - 0.999**t)) + 1e-8
                    update, factor = -rate * m / (1 - 0.9**t) / root, 0.1 / (1 - 0.9**t) / root
                elif solver == "adagrad":
                    g2 = g2 + gradient**2
                    factor = 1 / (np.sqrt(g2) + 1e-8)
                    update = -rate * factor * gradient
                for i in batch:
                    for k in range(self.n_columns):
                        slope = record["grad_z"][i, k]
                        term = [rate * weights[i] / total * factor[j, k] * slope * x for j, x in enumerate(rows[i])]
                        record["update_norm"][i, k] = math.sqrt(math.fsum(part * part for part in term))
                        record["gradient_norm"][i, k] = math.sqrt(math.fsum((slope * x) ** 2 for x in rows[i]))
                W = W + update
            self.records.append(record)

    def sample(self, activation, loss, row, W, y):
        z = [math.fsum(row[j] * W[j, k] for j in range(len(row))) for k in range(self.n_columns)]
        if activation == "softmax":
            return softmax_row(loss, z, y)
        return [elementwise(activation, loss, z[k], y[k]) for k in range(self.n_columns)]


class Batches:
    """Observes which rows were in which batch."""

    def __init__(self):
        self.epochs = []

    def observe(self, step):
        if len(self.epochs) == step.epoch:
            self.epochs.append([])
        self.epochs[-1].append(step.batch.tolist())


def check(log, reference):
    for name in (*COLUMNS, "gradient_norm", "update_norm"):
        expected = np.stack([record[name] for record in reference.records])
        expected = expected[..., 0] if reference.n_columns == 1 else expected
        scale = np.abs(expected).max()
        np.testing.assert_allclose(getattr(log, name), expected, rtol=1e-12, atol=1e-14 * scale, err_msg=name)


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error", "brier"])
@pytest.mark.parametrize("activation", OUTPUT)
@pytest.mark.parametrize("weighted", [False, True])
def test_binary(two, activation, loss, weighted):
    X, y = two
    weights = np.random.default_rng(0).uniform(0.1, 3, len(y)) if weighted else np.ones(len(y))
    clf = LogisticRegression(activation, loss, learning_rate=0.3, max_iter=6, tol=0, record=True)
    log = clf.fit(X, y, sample_weight=weights).update_log_
    check(log, Reference(activation, loss, "gd", X, y[:, None], weights, 0.3, [[range(23)]] * 6))
    assert log.z.shape == (6, 23)
    np.testing.assert_array_equal(log.learning_rate, np.full(6, 0.3))
    np.testing.assert_array_equal(log.step, np.arange(6))
    np.testing.assert_array_equal(log.y, y)
    np.testing.assert_allclose(log.row_norm, [math.hypot(*row, 1) for row in X], rtol=1e-14)
    np.testing.assert_allclose(log.share, weights / weights.sum(), rtol=1e-14)


@pytest.mark.parametrize("activation", ["tanh", "softmax"])
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_several_columns(three, activation, loss):
    X, y = three
    weights = np.random.default_rng(0).uniform(0.1, 3, len(y))
    clf = LogisticRegression(activation, loss, learning_rate=0.2, max_iter=5, tol=0, record=True)
    log = clf.fit(X, np.array(["a", "b", "c"])[y], sample_weight=weights).update_log_
    check(log, Reference(activation, loss, "gd", X, np.eye(3)[y], weights, 0.2, [[range(26)]] * 5))
    assert log.z.shape == (5, 26, 3)
    np.testing.assert_array_equal(log.y, y)
    np.testing.assert_array_equal(log.target, np.eye(3)[y])


@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_soft_labels_of_several_columns(three, activation, tmp_path):
    X, _ = three
    p = np.random.default_rng(1).dirichlet([1, 1, 1], size=len(X))
    clf = LogisticRegression(activation, learning_rate=0.2, max_iter=4, tol=0, record=True).fit(X, p)
    reference = Reference(activation, "cross_entropy", "gd", X, p, np.ones(26), 0.2, [[range(26)]] * 4)
    check(clf.update_log_, reference)
    clf.update_log_.save(tmp_path / "log")
    check(ls.UpdateLog.load(tmp_path / "log"), reference)


def test_soft_labels_of_softmax_with_two_classes(two):
    X, _ = two
    p = np.random.default_rng(1).uniform(size=23)
    clf = LogisticRegression("softmax", learning_rate=0.2, max_iter=4, tol=0, record=True).fit(X, p)
    target = np.column_stack([1 - p, p])
    check(clf.update_log_, Reference("softmax", "cross_entropy", "gd", X, target, np.ones(23), 0.2, [[range(23)]] * 4))


@pytest.mark.parametrize("intercept", [True, False])
@pytest.mark.parametrize("solver", ["gd", "sgd", "momentum", "nesterov", "adam", "adagrad"])
@pytest.mark.parametrize("batch_size", [None, 4])
def test_every_optimizer(two, solver, batch_size, intercept):
    X, y = two
    weights = np.random.default_rng(0).uniform(0.1, 3, len(y))
    batches = Batches()
    clf = LogisticRegression(
        "tanh", solver=solver, batch_size=batch_size, learning_rate=0.05, max_iter=5, tol=0, record=True,
        random_state=3, fit_intercept=intercept,
    )  # fmt: skip
    if batch_size is None and solver != "sgd":
        clf.fit(X, y, sample_weight=weights)
        epochs = [[range(23)]] * 5
    else:
        clf.fit(X, y, sample_weight=weights, observers=[batches])
        epochs = batches.epochs
        assert {len(epoch) for epoch in epochs} == {1 if batch_size is None else 6}
        assert all(sorted(chain.from_iterable(epoch)) == list(range(23)) for epoch in epochs)
    check(clf.update_log_, Reference("tanh", "cross_entropy", solver, X, y[:, None], weights, 0.05, epochs, intercept))


def test_newton(two):
    """The sample's own term in t H⁻¹ g, with H from central differences of the gradient of a plain sum."""
    X, y = two
    log = LogisticRegression(solver="newton", alpha=0.1, max_iter=3, tol=0, record=True).fit(X, y).update_log_
    rows = np.column_stack([X, np.ones(23)])
    for record in range(3):
        p = np.array([sigmoid(z) for z in log.z[record]])
        hessian = sum(p[i] * (1 - p[i]) * np.outer(rows[i], rows[i]) for i in range(23)) / 23
        hessian += np.diag([0.1, 0.1, 0.1, 0.0])
        terms = [log.learning_rate[record] * np.linalg.solve(hessian, rows[i] * (p[i] - y[i])) / 23 for i in range(23)]
        np.testing.assert_allclose(log.update_norm[record], [np.linalg.norm(term) for term in terms], rtol=1e-11)
    assert log.learning_rate.shape == (3,)
    # Without the penalty's own term, the terms add up to the step.
    coef = LogisticRegression(solver="newton", alpha=0.1, max_iter=1, tol=0).fit(X, y)
    first = log.at_epoch(0)
    assert first.learning_rate[0] == 1.0
    p0 = np.full(23, 0.5)
    hessian = (rows.T * (p0 * (1 - p0))) @ rows / 23 + np.diag([0.1, 0.1, 0.1, 0.0])
    step = -np.linalg.solve(hessian, rows.T @ (p0 - y) / 23)
    np.testing.assert_allclose(np.r_[coef.coef_[0], coef.intercept_], step, rtol=1e-11)


def test_schedules_are_in_the_rate(two):
    rule = ls.GradientDescent(learning_rate=0.4, schedule=ls.Exponential(0.5))
    log = LogisticRegression(solver=rule, max_iter=4, tol=0, record=True).fit(*two).update_log_
    np.testing.assert_allclose(log.learning_rate, 0.4 * np.exp(-0.5 * np.arange(4)), rtol=1e-14)
    expected = log.learning_rate[:, None] / 23 * log.gradient_norm
    np.testing.assert_allclose(log.update_norm, expected, rtol=1e-13)


def test_reach_is_update_per_gradient(three):
    log = LogisticRegression(solver="adam", max_iter=3, tol=0, record=True).fit(*three).update_log_
    np.testing.assert_allclose(log.reach * np.abs(log.grad_z), log.update_norm, rtol=1e-14)


@pytest.mark.parametrize("tile", [1, 7, 100])
def test_sizes_do_not_depend_on_tiles(two, three, tile, monkeypatch):
    monkeypatch.setattr("logitscope.recording._log.TILE", tile)
    for rows in (two, three):
        log = LogisticRegression(solver="adam", max_iter=5, tol=0, record=True).fit(*rows).update_log_
        norm = log.row_norm if log.n_models == 1 else log.row_norm[:, None]
        np.testing.assert_allclose(log.gradient_norm, np.abs(log.grad_z) * norm, rtol=1e-13)
        np.testing.assert_allclose(log.update_norm, np.abs(log.grad_z) * log.reach, rtol=1e-13)


def test_one_rate_a_column(three):
    X, y = three
    log = LogisticRegression(learning_rate=[0.1, 0.2, 0.4], max_iter=2, tol=0, record=True).fit(X, y).update_log_
    np.testing.assert_array_equal(log.learning_rate, [[0.1, 0.2, 0.4]] * 2)
    np.testing.assert_allclose(log.update_norm, log.gradient_norm * np.array([0.1, 0.2, 0.4]) / 26, rtol=1e-13)


def test_theory_is_the_curve_behind_the_points(two, three):
    log = LogisticRegression("tanh", "squared_error", max_iter=4, tol=0, record=True).fit(*two).update_log_
    for label in (0, 1):
        there = log.y == label
        np.testing.assert_allclose(log.theory(log.z[2][there], label), np.abs(log.grad_z[2][there]), rtol=1e-13)
    assert log.describe() == {"activation": "tanh", "loss": "squared_error"}
    soft = LogisticRegression("softmax", max_iter=2, tol=0, record=True).fit(*three).update_log_
    np.testing.assert_allclose(soft.theory([-1.0, 2.0], 1, column=2), [1 - sigmoid(-1), 1 - sigmoid(2)], rtol=1e-14)


class TestTable:
    def test_columns_and_rows(self, three):
        clf = LogisticRegression(max_iter=6, tol=0, record=UpdateRecorder(every=2, samples=[4, 9])).fit(*three)
        log = clf.update_log_
        table = log.to_pandas()
        assert table.columns.tolist() == [
            "epoch", "step", "sample", "column", "y", "target", "z", "activation_output", "probability", "loss",
            "upstream", "local_derivative", "grad_z", "gradient_norm", "update_norm",
        ]  # fmt: skip
        assert len(table) == 3 * 2 * 3
        row = table[(table.epoch == 4) & (table["sample"] == 9) & (table.column == 1)]
        for name in ("z", "loss", "update_norm"):
            assert row[name].item() == getattr(log, name)[2, 1, 1]
        assert row.y.item() == three[1][9]
        assert row.target.item() == (three[1][9] == 1)

    def test_one_epoch(self, two):
        log = LogisticRegression(solver="adam", max_iter=6, tol=0, record=UpdateRecorder(every=2)).fit(*two).update_log_
        table = log.to_pandas(epoch=4)
        assert table.epoch.unique().tolist() == [4]
        np.testing.assert_array_equal(table.update_norm, log.update_norm[2])
        np.testing.assert_array_equal(log.at_epoch(4).update_norm, log.update_norm[[2]])
        with pytest.raises(InvalidInputError) as caught:
            log.to_pandas(epoch=3)
        assert str(caught.value) == "`epoch` must be a recorded epoch, 0 to 4 by 2; got 3."

    def test_without_pandas(self, two, monkeypatch):
        log = LogisticRegression(max_iter=1, tol=0, record=True).fit(*two).update_log_
        monkeypatch.setitem(sys.modules, "pandas", None)
        with pytest.raises(MissingDependencyError) as caught:
            log.to_pandas()
        assert str(caught.value) == "to_pandas needs pandas: pip install 'logitscope[pandas]'."


@pytest.mark.parametrize("solver", ["gd", "adam"])
def test_a_log_without_records(two, solver):
    log = LogisticRegression(solver=solver, tol=1e9, record=True).fit(*two).update_log_
    assert log.z.shape == log.update_norm.shape == (0, 23)
    assert repr(log) == "UpdateLog(0 records x 23 samples, sigmoid with cross_entropy, no epochs)"
    assert len(log.to_pandas()) == 0
    with pytest.raises(InvalidInputError) as caught:
        log.at_epoch(0)
    assert str(caught.value) == "`epoch` must be a recorded epoch, of which there is none; got 0."


def test_representation(three):
    log = LogisticRegression("tanh", max_iter=3, tol=0, record=True).fit(*three).update_log_
    assert repr(log) == "UpdateLog(3 records x 26 samples x 3 columns, tanh with cross_entropy, epochs 0 to 2)"


def test_the_margin_is_what_a_probability_depends_on():
    rng = np.random.default_rng(2)
    X, y = rng.normal(size=(30, 2)), rng.integers(0, 3, 30)
    joint = ls.LogisticRegression("softmax", max_iter=5, tol=0, record=True).fit(X, y).update_log_
    others = np.logaddexp(joint.z[..., 1], joint.z[..., 2])
    np.testing.assert_allclose(joint.margin[..., 0], joint.z[..., 0] - others, rtol=1e-12)
    np.testing.assert_allclose(joint.probability, 1 / (1 + np.exp(-joint.margin)), rtol=1e-12)
    assert (joint.is_joint(), joint.midpoint()) == (True, 0.0)
    apart = ls.LogisticRegression("cloglog", max_iter=5, tol=0, record=True).fit(X, y).update_log_
    np.testing.assert_array_equal(apart.margin, apart.z)
    assert not apart.is_joint(1)
    assert apart.midpoint(1) == pytest.approx(np.log(np.log(2)))


@pytest.mark.parametrize("how", [{}, {"solver": "adam"}, {"batch_size": 5, "random_state": 0}, {"solver": "newton"}])
def test_some_records_alone(two, how):
    """What is derived of them is what is derived of all, row by row."""
    log = LogisticRegression(max_iter=6, tol=0, alpha=0.1, record=True, **how).fit(*two).update_log_
    some = log.take([4, 0, -1])
    assert some.epoch.tolist() == [4, 0, 5]
    for name in (*COLUMNS, "margin", "gradient_norm", "update_norm", "learning_rate"):
        np.testing.assert_array_equal(getattr(some, name), getattr(log, name)[[4, 0, 5]])
    assert log.take([]).n_records == 0
    for wrong in ([6], [-7], [0.5], 0, [[0]], [[0], [1, 2]], "ab", [True]):
        with pytest.raises(InvalidInputError) as caught:
            log.take(wrong)
        assert str(caught.value) == f"`records` must be a list of integers from -6 to 5; got {wrong!r}."
