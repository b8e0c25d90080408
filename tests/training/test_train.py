"""Why runs end, with which parameters, and that watching one cannot change it."""

import re
from itertools import pairwise

import numpy as np
import pytest

from logitscope.activations import ACTIVATIONS
from logitscope.losses import LOSSES
from logitscope.objective import Objective
from logitscope.optimizers import Adam, GradientDescent, get_optimizer
from logitscope.penalties import ElasticNet
from logitscope.pointwise import ColumnGroups, Group, curvature_bound, get_pointwise
from logitscope.sources import RowSource
from logitscope.status import Status
from logitscope.training import (
    Validation,
    accuracy,
    fill_rate,
    iterate,
    largest_safe_rate,
    train,
)

PAIRS = [(activation, loss) for activation in ACTIVATIONS for loss in LOSSES]
BOUNDED = [pair for pair in PAIRS if curvature_bound(get_pointwise(*pair)).kind != "none"]


def datasets():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    overlapping = (X[:, 0] + rng.normal(size=60) > 0).astype(int)
    yield X * [1, 30, 0.01], overlapping, rng.uniform(0.1, 10, 60)  # unlike scales, unlike weights
    yield X[:9], (X[:9, 0] > 0).astype(int), np.ones(9)  # separable
    yield X + 8.0, 1 - overlapping, np.ones(60)  # far from the origin


@pytest.mark.parametrize("pair", BOUNDED, ids="-".join)
def test_automatic_rate_never_increases_the_objective(pair, run):
    for (X, y, weights), scale in zip(datasets(), (0.0, 0.5, 2.0), strict=True):
        n_columns = 2 if pair[0] == "softmax" else 1
        target = np.eye(2)[y] if n_columns == 2 else y[:, None].astype(float)
        objective = Objective(RowSource(X), target, weights, get_pointwise(*pair), ElasticNet(0.01, 0.5))
        start = scale * np.random.default_rng(1).normal(size=(4, n_columns))
        optimizer = fill_rate(get_optimizer("gd"), "auto", objective, start, None)
        history = run(objective, optimizer, start=start, max_iter=60, tol=0.0).history
        loss = history.loss[:, 0]
        assert len(loss) == 61
        assert np.all(np.diff(loss) <= 1e-14 * loss[:-1])
        assert loss[-1] < loss[0]


def test_twice_the_automatic_rate_may_not_be_exceeded(run):
    """The bound is tight: on two samples at the steepest place, 2.1/L goes up."""
    objective = Objective(
        RowSource(np.array([[1.0], [1.0]])), np.array([[1.0], [0.0]]), np.ones(2),
        get_pointwise("tanh", "cross_entropy"), fit_intercept=False,
    )  # fmt: skip
    start = np.array([[1e-4]])
    (curvature,) = objective.curvature(start)
    losses = [
        run(objective, GradientDescent(share / curvature), start=start, max_iter=3, tol=0.0).history.loss
        for share in (1.9, 2.1)
    ]
    assert losses[0][-1] < losses[0][0]
    assert losses[1][-1] > losses[1][0]


def test_convergence_is_to_the_tolerance(problem, run):
    result = run(problem(), GradientDescent(0.5), max_iter=5000, tol=1e-4)
    assert result.status == (Status.CONVERGED,)
    assert result.gradient_norm[0] <= 1e-4 < run(
        problem(), GradientDescent(0.5), max_iter=result.n_iter[0] - 1, tol=0.0
    ).gradient_norm[0]  # fmt: skip
    assert result.message == (f"{Status.CONVERGED} ({result.gradient_norm[0]:.2g} <= 0.0001)",)
    assert len(result.history.loss) == result.n_iter[0] + 1
    assert result.history.loss[-1, 0] == pytest.approx(problem().value(result.params)[0], rel=1e-14)


def test_starting_at_the_optimum_makes_no_step(problem, run):
    best = run(problem(), GradientDescent(0.5), max_iter=5000, tol=1e-6).params
    seen = []

    class Watcher:
        def observe(self, step):
            seen.append(step)

    again = run(problem(), GradientDescent(0.5), start=best, tol=1e-6, observers=[Watcher()])
    assert (again.status, again.n_iter[0], seen) == ((Status.CONVERGED,), 0, [])
    np.testing.assert_array_equal(again.params, best)


def test_out_of_epochs_says_what_to_do(problem, run):
    result = run(problem(), GradientDescent(0.01), max_iter=3, tol=1e-6)
    message = (
        f"{Status.OUT_OF_EPOCHS} ({result.gradient_norm[0]:.2g} > 1e-06 after 3 epochs). Raise max_iter,"
        " standardise the features, or choose a faster solver."
    )
    assert (result.status, result.message) == ((Status.OUT_OF_EPOCHS,), (message,))
    assert run(problem(), GradientDescent(0.01), max_iter=3, tol=0.0).status == (Status.EPOCHS_DONE,)


@pytest.mark.parametrize("batch_size", [None, 16])
def test_zero_epochs_return_the_start(problem, run, batch_size):
    start = np.ones((4, 1))
    result = run(problem(), Adam(0.1), start=start, batch_size=batch_size, max_iter=1, tol=0.0)
    assert result.n_iter.tolist() == [1]
    assert result.history.loss.shape == (2, 1)
    assert result.history.loss[0, 0] == pytest.approx(problem().value(start)[0], rel=1e-14)


def diverging(problem, run, **how):
    objective, start = problem("cloglog"), np.zeros((4, 1))
    optimizer = GradientDescent(12.0)
    return run(objective, optimizer, advice=lambda: largest_safe_rate(optimizer, objective, start), **how)


def test_divergence_is_caught_at_its_step_with_advice(problem, data, run):
    X, y, weights = data
    rows, share, w = np.column_stack([X, np.ones(70)]), weights / weights.sum(), np.zeros(4)
    losses = []
    while not losses or losses[-1] <= 1000 * max(losses[0], 1):  # by hand, until it is far above its start
        u = np.exp(rows @ w)
        p = -np.expm1(-u)
        losses.append(share @ np.where(y == 1, -np.log(p), u))
        w = w - 12.0 * rows.T @ (share * np.where(y == 1, -u * np.exp(-u) / p, u))
    result = diverging(problem, run)
    epoch, best = len(losses) - 1, int(np.argmin(losses))
    # κ = 1: ℓ″ ≤ 1 + ℓ; the search for κ adds less than 2 in a thousand
    largest = np.linalg.eigvalsh(rows.T @ (share[:, None] * rows))[-1] + losses[0] * (rows**2).sum(axis=1).max()
    message = (
        r"diverged: the objective rose far above its start; the parameters of the best epoch were kept"
        rf" \(from {losses[0]:.3g} to {re.escape(f'{losses[-1]:.3g}')} at epoch {epoch}\)\. Learning rate 12:"
        r" the largest that the curvature bound allows is ([\d.]+); use that or less, or learning_rate='auto'"
    )
    assert result.status == (Status.DIVERGED,)
    match = re.fullmatch(message, result.message[0])
    assert match, result.message[0]
    assert float(match[1]) == pytest.approx(2 / largest, rel=5e-3)
    assert result.n_iter.tolist() == [best]
    assert len(result.history.loss) == epoch + 1
    assert problem("cloglog").value(result.params)[0] == pytest.approx(losses[best], rel=1e-12)


@pytest.mark.parametrize("batch_size", [None, 16])
def test_leaving_the_floats_is_a_status_and_not_a_warning(problem, run, batch_size):
    validation = Validation(problem("cloglog", rows=slice(0, 20)), patience=5)
    metrics = {"accuracy": accuracy}
    result = run(
        problem("cloglog"), GradientDescent(1e200), batch_size=batch_size, validation=validation, metrics=metrics,
        advice=lambda: "Advice",
    )  # fmt: skip
    assert result.status == (Status.NOT_FINITE,)
    assert result.message == (f"{Status.NOT_FINITE} (epoch 1). Advice",)
    np.testing.assert_array_equal(result.params, 0)
    assert result.n_iter.tolist() == [0]


def test_no_advice_leaves_no_dangling_full_stop(problem, run):
    result = run(problem("cloglog"), GradientDescent(1e200))
    assert result.message == (f"{Status.NOT_FINITE} (epoch 1)",)


def test_a_flat_place_with_an_infinite_loss_is_no_success(run):
    objective = Objective(
        RowSource(np.array([[3.0], [4.0]])), np.zeros((2, 1)), np.ones(2), get_pointwise("hard", "cross_entropy")
    )
    result = run(objective, GradientDescent(0.1), start=np.ones((2, 1)))
    assert result.status == (Status.STUCK,)
    assert not result.status[0].is_success


def test_models_end_one_by_one_and_the_ended_ones_do_no_harm(problem, run):
    pairs = ("cloglog", "sigmoid", "cloglog", "sigmoid")
    rates = np.array([1e200, 0.5, 12.0, 0.0005])
    groups = ColumnGroups(
        tuple(Group(get_pointwise(name, "cross_entropy"), slice(m, m + 1)) for m, name in enumerate(pairs))
    )
    how = {"max_iter": 300, "tol": 1e-2}
    together = run(problem(pointwise=groups, n_columns=4), GradientDescent(rates), models=[0, 1, 2, 3], **how)
    assert together.status == (Status.NOT_FINITE, Status.CONVERGED, Status.DIVERGED, Status.OUT_OF_EPOCHS)
    for m, name in enumerate(pairs):
        alone = run(problem(name), GradientDescent(rates[m]), **how)
        assert (alone.status[0], alone.n_iter[0]) == (together.status[m], together.n_iter[m])
        assert alone.message[0] == together.message[m]
        np.testing.assert_allclose(together.params[:, m], alone.params[:, 0], rtol=1e-9)


def test_early_stopping_restores_the_best(problem, run):
    held_out = problem(rows=slice(0, 20))
    how = {"max_iter": 500, "tol": 0.0}
    objective, optimizer = problem(rows=slice(20, 28)), GradientDescent(1.0)  # 8 rows: it overfits
    watched = run(objective, optimizer, validation=Validation(held_out), **how)
    curve = watched.history.validation_loss[:, 0]
    best = int(np.argmin(curve))
    assert 0 < best < 490
    stopped = run(objective, optimizer, validation=Validation(held_out, patience=10), **how)
    assert stopped.status == (Status.EARLY_STOPPED,)
    assert stopped.message == (str(Status.EARLY_STOPPED),)
    assert stopped.n_iter.tolist() == [best]
    assert len(stopped.history.loss) == best + 11
    at_best = run(objective, optimizer, max_iter=best, tol=0.0)
    np.testing.assert_array_equal(stopped.params, at_best.params)
    assert held_out.value(stopped.params)[0] == pytest.approx(curve[best], rel=1e-13)
    # out of epochs before patience is out: the best is restored too
    short = run(objective, optimizer, validation=Validation(held_out, patience=1000), max_iter=best + 5, tol=0.0)
    np.testing.assert_array_equal(short.params, at_best.params)


def test_should_stop_is_asked_once_an_epoch(problem, run):
    asked = []

    def third(look):
        asked.append(look.n_done)
        return len(asked) == 3

    result = run(problem(), GradientDescent(0.1), should_stop=third)
    assert asked == [0, 1, 2]
    assert (result.status, result.n_iter[0]) == ((Status.STOPPED,), 2)
    two = run(problem(), GradientDescent(0.1), max_iter=2, tol=0.0)
    np.testing.assert_array_equal(result.params, two.params)


@pytest.mark.parametrize("batch_size", [None, 16])
def test_an_interruption_keeps_what_was_learnt(problem, run, batch_size):
    per_epoch = 1 if batch_size is None else 5

    class Impatient:
        def observe(self, step):
            if step.index == 7 * per_epoch:
                raise KeyboardInterrupt

    how = {"batch_size": batch_size, "tol": 0.0}
    result = run(problem(), Adam(0.05), observers=[Impatient()], **how)
    seven = run(problem(), Adam(0.05), max_iter=7, **how)
    assert (result.status, result.n_iter[0]) == ((Status.INTERRUPTED,), 7)
    np.testing.assert_array_equal(result.params, seven.params)
    np.testing.assert_array_equal(result.history.loss, seven.history.loss)
    assert result.state.step == seven.state.step == 7 * per_epoch


@pytest.mark.parametrize("batch_size", [None, 16])
def test_a_run_that_is_watched_is_the_same_run(problem, run, batch_size):
    class Watcher:
        def __init__(self):
            self.steps = []

        def observe(self, step):
            self.steps.append(step)

    watcher, how = Watcher(), {"batch_size": batch_size, "max_iter": 20, "tol": 0.0}
    metrics = {"accuracy": accuracy}
    watched = run(
        problem("tanh", penalty=ElasticNet(0.01, 0.5)), Adam(0.1), observers=[watcher], metrics=metrics,
        validation=Validation(problem("tanh")), should_stop=lambda look: False, **how,
    )  # fmt: skip
    alone = run(problem("tanh", penalty=ElasticNet(0.01, 0.5)), Adam(0.1), **how)
    np.testing.assert_array_equal(watched.params, alone.params)
    np.testing.assert_array_equal(watched.history.loss, alone.history.loss)
    assert len(watcher.steps) == (20 if batch_size is None else 100)
    assert [step.index for step in watcher.steps] == list(range(len(watcher.steps)))
    assert all(a.new_params is b.params for a, b in pairwise(watcher.steps))


def test_history_of_batches_is_the_weighted_mean_over_the_epoch(problem):
    objective, params = problem(), np.zeros((4, 1))
    steps = iterate(objective, Adam(0.1), params, batch_size=16)  # in order: no generator
    result = train(objective, steps, params, is_batched=True, max_iter=2, tol=0.0)
    fresh, expected = iterate(objective, Adam(0.1), params, batch_size=16), [objective.value(params)[0]]
    for _ in range(2):
        epoch = [next(fresh) for _ in range(5)]
        parts = [len(step.batch) for step in epoch]
        expected.append(np.average([step.evaluation.loss[0] for step in epoch], weights=parts))
    np.testing.assert_allclose(result.history.loss[:, 0], expected, rtol=1e-13)


def test_convergence_on_batches_is_judged_on_all_rows(problem, run):
    objective = problem(penalty=ElasticNet(0.1))
    result = run(objective, GradientDescent(0.02), batch_size=64, max_iter=500, tol=2e-2)
    assert result.status == (Status.CONVERGED,)
    assert np.abs(objective.evaluate(result.params).gradient).max() <= 2e-2


def test_a_run_that_is_too_fast_is_not_told_to_run_on(problem):
    objective, params = problem(), np.zeros((4, 1))
    optimizer = GradientDescent(200.0)
    result = train(
        objective,
        iterate(objective, optimizer, params),
        params,
        max_iter=40,
        advice=lambda: largest_safe_rate(optimizer, objective, params),
    )
    safe = 2 / objective.curvature(params)[0]
    assert result.message[0].endswith(
        "after 40 epochs). The objective still goes up and down. Learning rate 200: the largest that the curvature"
        f" bound allows is {safe:.3g}; use that or less, or learning_rate='auto'."
    )
