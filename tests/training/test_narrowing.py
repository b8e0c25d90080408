"""Columns that have ended leave the run, and those that go on do not notice."""

from itertools import islice

import numpy as np
import pytest

from logitscope.optimizers import OPTIMIZERS, Exponential, GradientDescent
from logitscope.penalties import ElasticNet
from logitscope.pointwise import ColumnGroups, Group, get_pointwise
from logitscope.status import Status
from logitscope.training import Validation, accuracy, iterate, train

PAIRS = [("sigmoid", "cross_entropy"), ("tanh", "focal"), ("cloglog", "cross_entropy"), ("probit", "brier")]
START = np.random.default_rng(7).normal(size=(4, 4), scale=0.3)


def side_by_side(names):
    return ColumnGroups(tuple(Group(get_pointwise(*pair), slice(m, m + 1)) for m, pair in enumerate(names)))


class Widths:
    """How many columns each step had, and which."""

    def __init__(self):
        self.seen, self.columns = [], []

    def observe(self, step):
        assert step.params.shape == step.new_params.shape == step.evaluation.gradient.shape
        assert step.z.shape[1] == step.params.shape[1] == len(step.evaluation.loss)
        self.seen.append(step.params.shape[1])
        self.columns.append(None if step.columns is None else step.columns.tolist())


@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_sent_columns_go_on_alone(problem, name, batch_size):
    """Every rule, with a rate and a penalty a column: the rest of the run is that of the columns one by one."""
    rates, alphas = np.array([0.1, 0.02, 0.003, 0.3]), np.array([0.01, 0.0, 0.2, 0.05])
    rule, schedule = OPTIMIZERS[name], Exponential(0.01)
    objective = problem(pointwise=side_by_side(PAIRS), n_columns=4, penalty=ElasticNet(alphas, 0.5))
    how = {"batch_size": batch_size}
    steps = iterate(objective, rule(rates, schedule=schedule), START, **how, rng=np.random.default_rng(2))
    path = list(islice(steps, 10))
    path += [steps.send(np.array([0, 2, 3])), *islice(steps, 9)]
    path += [steps.send(np.array([0, 3])), *islice(steps, 9)]
    assert [None if step.columns is None else step.columns.tolist() for step in path] == (
        [None] * 10 + [[0, 2, 3]] * 10 + [[0, 3]] * 10
    )
    assert [step.index for step in path] == list(range(30))
    for column, pair in enumerate(PAIRS):
        alone = iterate(
            problem(*pair, penalty=ElasticNet(float(alphas[column]), 0.5)),
            rule(float(rates[column]), schedule=schedule), START[:, [column]], **how, rng=np.random.default_rng(2),
        )  # fmt: skip
        for step, own in zip(path, alone, strict=False):
            there = list(range(4)) if step.columns is None else step.columns.tolist()
            if column in there:
                place = there.index(column)
                np.testing.assert_allclose(step.new_params[:, place], own.new_params[:, 0], rtol=1e-12, atol=1e-15)
                np.testing.assert_allclose(step.evaluation.loss[place], own.evaluation.loss[0], rtol=1e-12)


@pytest.mark.parametrize("batch_size", [None, 35])
def test_the_ended_leave_and_every_ending_is_that_of_a_run_alone(problem, run, batch_size):
    names = ("cloglog", "sigmoid", "cloglog", "sigmoid", "tanh")
    rates = np.array([1e200, 0.5, 12.0, 0.0005, 0.05])
    groups = side_by_side([(name, "cross_entropy") for name in names])
    how = {"max_iter": 60, "tol": 2e-2, "metrics": {"accuracy": accuracy}, "batch_size": batch_size}
    widths = Widths()
    together = run(
        problem(pointwise=groups, n_columns=5), GradientDescent(rates), models=range(5), observers=[widths],
        validation=Validation(problem(pointwise=groups, n_columns=5, rows=slice(0, 20))), **how,
    )  # fmt: skip
    assert {Status.NOT_FINITE, Status.DIVERGED, Status.OUT_OF_EPOCHS} <= set(together.status)
    assert (widths.seen[0], widths.columns[0]) == (5, None)
    assert widths.seen == sorted(widths.seen, reverse=True)
    assert 3 in widths.columns[-1]
    assert widths.seen[-1] < 4
    history, n_rows = together.history, len(together.history.loss)
    tables = (
        history.loss,
        history.validation_loss,
        history.metrics["accuracy"],
        history.validation_metrics["accuracy"],
    )
    for m, name in enumerate(names):
        alone = run(
            problem(name), GradientDescent(rates[m]), validation=Validation(problem(name, rows=slice(0, 20))), **how
        )
        assert (alone.status[0], alone.n_iter[0]) == (together.status[m], together.n_iter[m])
        assert alone.message[0] == together.message[m]
        np.testing.assert_allclose(together.params[:, m], alone.params[:, 0], rtol=1e-9, atol=1e-15)
        np.testing.assert_allclose(together.gradient_norm[m], alone.gradient_norm[0], rtol=1e-9)
        own = alone.history
        theirs = (own.loss, own.validation_loss, own.metrics["accuracy"], own.validation_metrics["accuracy"])
        is_lost = alone.status[0] in (Status.DIVERGED, Status.NOT_FINITE)
        for table, curve in zip(tables, theirs, strict=True):
            assert table.shape == (n_rows, 5)
            np.testing.assert_allclose(table[: len(curve), m], curve[:, 0], rtol=1e-9)
            after = table[len(curve) :, m]
            np.testing.assert_array_equal(after, np.nan if is_lost else table[len(curve) - 1, m])


def test_the_last_one_is_judged_by_its_own_figures(problem, run):
    """The first leaves after an epoch; the second blows up alone, far above its own start."""
    rates, start = np.array([1e200, 12.0]), np.column_stack([np.full(4, 0.9), np.zeros(4)])
    together = run(
        problem("cloglog", n_columns=2), GradientDescent(rates), start=start, models=range(2), max_iter=500, tol=1e-6
    )
    alone = run(problem("cloglog"), GradientDescent(12.0), max_iter=500, tol=1e-6)
    assert together.status == (Status.NOT_FINITE, Status.DIVERGED)
    assert (together.n_iter[1], together.message[1]) == (alone.n_iter[0], alone.message[0])
    np.testing.assert_allclose(together.params[:, 1], alone.params[:, 0], rtol=1e-12)
    np.testing.assert_allclose(together.history.loss[:, 1], alone.history.loss[:, 0], rtol=1e-9)


def test_a_model_of_several_columns_leaves_as_one(problem, run):
    """Columns 0–1, 2 and 3–5: the first model has one column that is done long before the other."""
    rates = np.array([0.5, 0.1, 0.5, 0.004, 0.004, 0.004])
    widths, how = Widths(), {"max_iter": 400, "tol": 3e-2}
    together = run(problem(n_columns=6), GradientDescent(rates), models=[0, 2, 3], observers=[widths], **how)
    assert list(dict.fromkeys(map(str, widths.columns))) == ["None", "[0, 1, 3, 4, 5]", "[3, 4, 5]"]
    for index, part in enumerate((slice(0, 2), slice(2, 3), slice(3, 6))):
        width = part.stop - part.start
        alone = run(problem(n_columns=width), GradientDescent(rates[part]), **how)
        assert (alone.status[0], alone.n_iter[0]) == (together.status[index], together.n_iter[index])
        np.testing.assert_allclose(together.params[:, part], alone.params, rtol=1e-12)
        np.testing.assert_allclose(together.history.loss[: len(alone.history.loss), index], alone.history.loss[:, 0])


def test_early_stopped_models_keep_their_best(problem, run):
    rates, held_out = np.array([1.0, 0.3, 0.05, 0.0001]), slice(0, 20)
    how = {"max_iter": 300, "tol": 0.0}
    together = run(
        problem(n_columns=4, rows=slice(20, 28)), GradientDescent(rates), models=range(4),
        validation=Validation(problem(n_columns=4, rows=held_out), patience=10), **how,
    )  # fmt: skip
    assert set(together.status) == {Status.EARLY_STOPPED, Status.EPOCHS_DONE}
    for m, rate in enumerate(rates):
        alone = run(
            problem(rows=slice(20, 28)), GradientDescent(rate),
            validation=Validation(problem(rows=held_out), patience=10), **how,
        )  # fmt: skip
        assert (alone.status[0], alone.n_iter[0]) == (together.status[m], together.n_iter[m])
        np.testing.assert_allclose(together.params[:, m], alone.params[:, 0], rtol=1e-12)


@pytest.mark.parametrize("wrap", [iter, lambda steps: (step for step in steps)], ids=["iterator", "deaf generator"])
def test_steps_that_cannot_narrow_run_on_as_they_are(problem, wrap):
    objective, start = problem(n_columns=3), np.zeros((4, 3))
    optimizer = GradientDescent(np.array([0.5, 0.4, 0.001]))
    how = {"max_iter": 200, "tol": 2e-2, "models": range(3)}

    class Deaf:
        def __init__(self):
            self._steps = iterate(objective, optimizer, start)

        def __iter__(self):
            return self

        def __next__(self):
            return next(self._steps)

    result = train(objective, wrap(Deaf()), start, **how)
    narrowed = train(objective, iterate(objective, optimizer, start), start, **how)
    assert result.status == narrowed.status
    np.testing.assert_allclose(result.params, narrowed.params, rtol=1e-12)
    np.testing.assert_allclose(result.history.loss, narrowed.history.loss, rtol=1e-12)
    assert result.state.step == 200
    assert narrowed.state is None


@pytest.mark.parametrize("batch_size", [None, 16])
def test_an_interruption_after_some_have_left(problem, run, batch_size):
    rates = np.array([0.5, 0.001, 0.5, 0.002])

    class Impatient(Widths):
        def observe(self, step):
            super().observe(step)
            if step.epoch == 150 and step.ends_epoch:
                raise KeyboardInterrupt

    watcher, how = Impatient(), {"models": range(4), "tol": 3e-2, "batch_size": batch_size}
    result = run(problem(n_columns=4), GradientDescent(rates), observers=[watcher], max_iter=500, **how)
    assert [status for status in result.status if status is Status.INTERRUPTED]
    assert watcher.seen[-1] < 4
    whole = run(problem(n_columns=4), GradientDescent(rates), max_iter=150, **how)
    np.testing.assert_allclose(result.params, whole.params, rtol=1e-12)
    np.testing.assert_array_equal(result.history.loss, whole.history.loss)
    np.testing.assert_array_equal(result.n_iter, whole.n_iter)


@pytest.mark.parametrize("batch_size", [None, 16])
def test_an_interruption_while_some_are_leaving(problem, run, batch_size):
    """It falls after the run has narrowed and before the narrower look is looked at."""

    def impatient(objective, models):
        def measure(z):
            if z.shape[1] == 3:
                raise KeyboardInterrupt
            return z.mean(axis=0)

        return measure

    rates = np.array([0.002, 0.5, 0.001, 0.003])
    how = {"models": range(4), "tol": 3e-2, "batch_size": batch_size}
    result = run(problem(n_columns=4), GradientDescent(rates), metrics={"mean": impatient}, max_iter=500, **how)
    n_done = int(result.n_iter[0])
    assert result.status[0] is result.status[2] is result.status[3] is Status.INTERRUPTED
    assert result.status[1] is Status.CONVERGED
    assert 0 < n_done < 500
    whole = run(problem(n_columns=4), GradientDescent(rates), max_iter=n_done, **how)
    np.testing.assert_array_equal(result.params, whole.params)
    np.testing.assert_array_equal(result.history.loss, whole.history.loss)
    assert len(result.history.metrics["mean"]) == len(result.history.loss)


def test_a_mean_over_batches_that_is_small_speaks_for_its_own_model_alone(problem, run):
    """With mini-batches a pass for the exact gradient is made for who seems to be there: nobody else ends by it."""
    alphas, how = np.array([1.0, 1.0, 0.3]), {"batch_size": 7, "max_iter": 60, "tol": 0.03}
    rates = np.array([0.5, 0.03, 0.1])
    together = run(
        problem(n_columns=3, penalty=ElasticNet(alphas, 0.5)), GradientDescent(rates), models=range(3), **how
    )
    for m, (alpha, rate) in enumerate(zip(alphas, rates, strict=True)):
        alone = run(problem(penalty=ElasticNet(float(alpha), 0.5)), GradientDescent(float(rate)), **how)
        assert (together.status[m], together.n_iter[m]) == (alone.status[0], alone.n_iter[0])
