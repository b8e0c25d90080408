"""Steps made together and judged together, against the same run a step at a time."""

from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

import numpy as np
import pytest

from logitscope.objective import Objective, _small
from logitscope.optimizers import SGD, Adam, GradientDescent, InverseTime, Momentum
from logitscope.pointwise import get_pointwise
from logitscope.recording import Recorded, UpdateRecorder
from logitscope.sources import RowSource
from logitscope.status import Status
from logitscope.steps import Step, Stretch
from logitscope.training import iterate, train


class Watcher:
    """Sees steps one by one, and has them one by one."""

    def __init__(self, stop_at=None):
        self.steps, self.stop_at = [], stop_at

    def observe(self, step):
        self.steps.append(step)
        if step.index == self.stop_at:
            raise KeyboardInterrupt


def problem(separable=False, **others):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 2))
    y = (X[:, :1] + (0 if separable else 1) * rng.normal(size=(80, 1)) > 0).astype(float)
    return Objective(RowSource(X), y, np.ones(80), get_pointwise("sigmoid", "cross_entropy"), **others)


def outcome(objective, optimizer, *, alone=False, start=None, **how):
    """A run, or the same one a step at a time: whoever asks at every epoch has it so."""
    start = np.zeros((3, 1)) if start is None else start
    question = {"should_stop": lambda look: False} if alone else {}
    return train(objective, iterate(objective, optimizer, start), start, **how, **question)


def assert_same(one, other):
    assert (one.status, one.message, one.n_iter.tolist()) == (other.status, other.message, other.n_iter.tolist())
    np.testing.assert_array_equal(one.params, other.params)
    np.testing.assert_array_equal(one.history.loss, other.history.loss)
    assert (one.state is None) == (other.state is None)
    assert one.state is None or one.state[0] == other.state[0]


@pytest.mark.parametrize("optimizer", [GradientDescent(0.3), Momentum(0.1), Adam(0.05), SGD(2.0)])
@pytest.mark.parametrize(
    ("how", "status"),
    [
        ({"tol": 0.0, "max_iter": 300}, Status.EPOCHS_DONE),
        ({"tol": 0.0, "max_iter": 9}, Status.EPOCHS_DONE),
        ({"tol": 1e-4, "max_iter": 5000}, Status.CONVERGED),
        ({"tol": 1e-30, "max_iter": 100}, Status.OUT_OF_EPOCHS),
    ],
)
def test_runs_end_as_they_do_a_step_at_a_time(optimizer, how, status):
    together = outcome(problem(), optimizer, **how)
    assert together.status == (status,)
    assert_same(together, outcome(problem(), optimizer, alone=True, **how))


def relayed(steps, lengths):
    """The same steps, with what is asked of them kept."""
    wanted = None
    while True:
        lengths.append(wanted or 1)
        wanted = yield steps.send(wanted)


@pytest.mark.parametrize(
    ("tol", "expected"), [(0.0, [1, *[128] * 7, 103]), (1e-30, [1, 8, 8, 8, 8, 8, 10, 12, 15, 19])]
)
def test_steps_drawn_at_once_are_few_where_some_may_be_in_vain(tol, expected):
    lengths, start = [], np.zeros((3, 1))
    steps = relayed(iterate(problem(), GradientDescent(0.3), start), lengths)
    train(problem(), steps, start, tol=tol, max_iter=1000)
    assert lengths[: len(expected)] == expected
    assert sum(lengths) == 1001  # the last look makes no step


class SignsState(NamedTuple):
    step: int
    gradient: np.ndarray


@dataclass(frozen=True)
class Signs:
    """A rule of a user's that keeps the gradient as it was handed over: halve the step where it changes its sign."""

    learning_rate: float | None = None

    def init(self, params):
        return SignsState(0, np.zeros_like(params))

    def update(self, gradient, state):
        changes = np.sign(gradient) * np.sign(state.gradient) < 0
        return -self.learning_rate * np.where(changes, 0.5, 1.0) * gradient, SignsState(state.step + 1, gradient)

    def gradient_factor(self, state):
        return 1.0

    def rate(self, state):
        return self.learning_rate / (1 + state.step)


def test_a_rule_may_keep_the_gradient():
    how = {"tol": 0.0, "max_iter": 300, "start": np.array([[3.0], [-2.0], [1.0]])}
    together, alone = (outcome(problem(), Signs(9.0), alone=alone, **how) for alone in (False, True))
    assert_same(together, alone)
    np.testing.assert_array_equal(together.state.gradient, alone.state.gradient)


def test_a_stretch_tells_what_its_steps_do():
    optimizer = Adam(0.05, schedule=InverseTime(decay=0.5))
    steps = iterate(problem(), optimizer, np.zeros((3, 1)))
    next(steps)
    stretch = steps.send(6)
    alone = list(islice(iterate(problem(), optimizer, np.zeros((3, 1))), 1, 7))
    assert stretch.rates(4) == [step.rate for step in alone[:4]]
    np.testing.assert_allclose(stretch.rates(4), [0.05 / (1 + 0.5 * epoch) for epoch in range(1, 5)], rtol=1e-15)
    for at, step in enumerate(alone):
        np.testing.assert_array_equal(stretch.factors(6)[at](), step.factor)
        np.testing.assert_array_equal(stretch[at].factor, step.factor)
        assert (stretch[at].rate, stretch[at].state.step, stretch[at].new_state.step) == (step.rate, at + 1, at + 2)


class Rising:
    """A schedule that is gentle for a while."""

    def __init__(self, size):
        self.size = size

    def factor(self, step):
        return 1.0 if step < 150 else self.size


@pytest.mark.parametrize(("size", "status"), [(1e7, Status.DIVERGED), (1e308, Status.NOT_FINITE)])
def test_a_run_that_blows_up_is_caught_at_its_step(size, status):
    optimizer = GradientDescent(5.0, schedule=Rising(size))
    together = outcome(problem(), optimizer, tol=0.0, max_iter=400)
    assert together.status == (status,)
    with np.errstate(all="ignore"):  # by hand, until the loss is far above its start of log 2
        losses = (step.evaluation.loss[0] for step in iterate(problem(), optimizer, np.zeros((3, 1))))
        epoch = next(epoch for epoch, loss in enumerate(losses) if not loss <= 1000)
    assert epoch > 150
    assert f"epoch {epoch})" in together.message[0]
    assert len(together.history.loss) == epoch + 1
    assert_same(together, outcome(problem(), optimizer, alone=True, tol=0.0, max_iter=400))


def test_whoever_watches_sees_every_step_and_none_that_is_not_made():
    watcher = Watcher()
    together = outcome(problem(), GradientDescent(0.3), tol=1e-4, max_iter=5000, observers=[watcher])
    alone = islice(iterate(problem(), GradientDescent(0.3), np.zeros((3, 1))), len(watcher.steps))
    assert [step.index for step in watcher.steps] == list(range(together.n_iter[0]))
    for step, known in zip(watcher.steps, alone, strict=True):
        assert (step.epoch, step.ends_epoch, step.rate, step.factor) == (known.epoch, True, 0.3, 1.0)
        for name in ("params", "new_params", "z"):
            np.testing.assert_array_equal(getattr(step, name), getattr(known, name))
        np.testing.assert_array_equal(step.evaluation.loss, known.evaluation.loss)


@pytest.mark.parametrize("at", [0, 3, 40, 123])
def test_an_interruption_keeps_what_was_learnt(at):
    result = outcome(problem(), Momentum(0.1), tol=0.0, max_iter=300, observers=[Watcher(at)])
    known = outcome(problem(), Momentum(0.1), tol=0.0, max_iter=at, alone=True)
    assert (result.status, result.n_iter[0]) == ((Status.INTERRUPTED,), at)
    np.testing.assert_array_equal(result.params, known.params)
    np.testing.assert_array_equal(result.history.loss, known.history.loss)
    assert result.state.step == at


@pytest.mark.parametrize(
    "recorder",
    [UpdateRecorder(), UpdateRecorder(every=3), UpdateRecorder(samples=[1, 5, 7]), UpdateRecorder(dtype="float32")],
    ids=str,
)
@pytest.mark.parametrize("optimizer", [GradientDescent(0.3), Adam(0.05)])
def test_a_record_is_the_same(optimizer, recorder):
    logs = []
    for alone in (False, True):
        objective = problem()
        facts = (objective.source, objective.pointwise, objective.target[:, 0], objective.weights, objective.row_norm)
        recording = recorder.begin(Recorded(*facts, 1, 200))
        outcome(objective, optimizer, alone=alone, tol=0.0, max_iter=200, observers=[recording])
        logs.append(recording.log())
    for name in ("z", "epoch", "step", "learning_rate", "update_norm"):
        np.testing.assert_array_equal(getattr(logs[0], name), getattr(logs[1], name))


@pytest.mark.parametrize("n", [4, 8])
def test_of_few_samples_the_reach_is_kept_rather_than_what_it_follows_from(n):
    rng = np.random.default_rng(1)
    logs = []
    X, y = rng.normal(size=(n, 2)), np.arange(n)[:, None] % 2.0
    for alone in (False, True):
        objective = Objective(RowSource(X), y, np.ones(n), get_pointwise("sigmoid", "cross_entropy"))
        facts = (objective.source, objective.pointwise, y[:, 0], objective.weights, objective.row_norm)
        recording = UpdateRecorder().begin(Recorded(*facts, 1, 60, varies=True))
        outcome(objective, Adam(0.05), alone=alone, tol=0.0, max_iter=60, observers=[recording])
        logs.append(recording.log())
    np.testing.assert_array_equal(logs[0].z, logs[1].z)
    np.testing.assert_array_equal(logs[0].update_norm, logs[1].update_norm)


def test_steps_are_made_together_where_they_were_asked_for(monkeypatch):
    steps = iterate(problem(), GradientDescent(0.3), np.zeros((3, 1)))
    assert isinstance(next(steps), Step)
    stretch = steps.send(5)
    assert isinstance(stretch, Stretch)
    assert (stretch.epoch, len(stretch), stretch[4].index) == (1, 5, 5)
    assert next(steps).index == 6
    batched = iterate(problem(), SGD(0.3), np.zeros((3, 1)), batch_size=16)
    next(batched)
    assert isinstance(batched.send(5), Step)
    monkeypatch.setattr(_small, "LIMIT", 0)
    large = iterate(problem(), GradientDescent(0.3), np.zeros((3, 1)))
    next(large)
    assert isinstance(large.send(5), Step)
