import re
from dataclasses import replace

import numpy as np
import pytest
from scipy import sparse

from logitscope import _exceptions
from logitscope.ledger import LedgerRecorder
from logitscope.objective import Objective
from logitscope.optimizers import (
    SGD,
    Adam,
    Constant,
    Cosine,
    Exponential,
    GradientDescent,
    InverseTime,
    Momentum,
    Nesterov,
    StepDecay,
)
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.sources import RowSource
from logitscope.training import iterate, train

RULES = [GradientDescent, SGD, Momentum, Nesterov]
SCHEDULES = [Constant(), InverseTime(0.01), Exponential(0.002), StepDecay(0.5, 100), Cosine(500)]


def account_of(ledger, X):
    """c·w₀ + Xᵀα, and b₀'s part + Σβ, added up in the test."""
    n = len(X)
    alpha, beta = ledger.alpha.reshape(n, -1), ledger.beta.reshape(n, -1)
    return np.vstack([X.T @ alpha, beta.sum(axis=0)])


def relative(difference, reference):
    return np.max(np.linalg.norm(difference, axis=0) / np.linalg.norm(reference, axis=0))


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("batch_size", [None, 1, 8, 60])
@pytest.mark.parametrize("alpha", [0.0, 0.03])
@pytest.mark.parametrize("n_columns", [1, 3])
def test_the_weights_are_their_account_after_1000_steps(data, problem, start, kept, rule, batch_size, alpha, n_columns):
    objective = problem(n_columns=n_columns, alpha=alpha)
    params = start(objective)
    recorder = kept(objective, rule(learning_rate=0.02), params, 1000, batch_size)
    ledger = recorder.ledger()
    account = account_of(ledger, data.X)
    account[:4] += ledger.decay * params[:4]
    account[4] += params[4]  # the intercept is not decayed
    assert relative(account - recorder.params, recorder.params) < 1e-12
    assert ledger.error < 1e-12


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: type(schedule).__name__)
def test_schedules(data, problem, start, kept, rule, schedule):
    objective = problem("tanh", "squared_error", alpha=0.03)
    params = start(objective)
    ledger = kept(objective, rule(learning_rate=0.02, schedule=schedule), params, 1000, 8).ledger()
    account = account_of(ledger, data.X) + np.vstack([ledger.decay * params[:4], params[4]])
    assert relative(account - ledger.params, ledger.params) < 1e-12


@pytest.mark.parametrize("activation", ["softmax", "cauchit", "cloglog"])
@pytest.mark.parametrize("loss", ["cross_entropy", "focal"])
def test_activations_losses_and_a_rate_and_a_penalty_for_each_column(data, problem, start, kept, activation, loss):
    objective = problem(activation, loss, n_columns=3, penalty=ElasticNet([0.0, 0.01, 0.1]))
    params = 0.1 * start(objective)
    ledger = kept(objective, Momentum(learning_rate=[0.001, 0.002, 0.0005]), params, 1000, 8).ledger()
    account = account_of(ledger, data.X) + np.vstack([ledger.decay * params[:4], params[4]])
    assert relative(account - ledger.params, ledger.params) < 1e-12
    assert ledger.decay[0] == 1.0


def test_momentum_on_every_number_by_hand(data, problem, start, kept):
    """α itself, not only what it adds up to: v and α of each sample, written out."""
    objective = problem(alpha=0.05)
    X, y, s = data.X, (data.codes > 0).astype(float), data.weights
    params, eta, beta, decay, n, size = start(objective), 0.1, 0.8, 0.05, 60, 8
    ledger = kept(objective, Momentum(learning_rate=eta, momentum=beta), params, 100, size).ledger()
    rng = np.random.default_rng(7)
    w, b, c, e = params[:4, 0].copy(), params[4, 0], 1.0, 0.0
    (a, v), (a_b, v_b), order = np.zeros((2, n)), np.zeros((2, n)), []
    for _ in range(100):
        if len(order) == 0:
            order = rng.permutation(n)
        batch, order = order[:size], order[size:]
        d = np.zeros(n)
        p = 1 / (1 + np.exp(-(X[batch] @ w + b)))
        d[batch] = s[batch] / s.sum() * n / len(batch) * (p - y[batch])
        v, v_b, e = beta * v + d + decay * a, beta * v_b + d, beta * e + decay * c
        a, a_b, c = a - eta * v, a_b - eta * v_b, c - eta * e
        w, b = c * params[:4, 0] + X.T @ a, params[4, 0] + a_b.sum()
    np.testing.assert_allclose(ledger.alpha, a, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(ledger.beta, a_b, rtol=1e-11, atol=1e-14)
    np.testing.assert_allclose(ledger.decay, c, rtol=1e-13)
    np.testing.assert_allclose(ledger.params[:, 0], [*w, b], rtol=1e-11)


def test_without_a_penalty_one_number_does_for_both(problem, start, kept):
    objective = problem()
    ledger = kept(objective, Nesterov(learning_rate=0.1), start(objective), 50, 8).ledger()
    np.testing.assert_array_equal(ledger.alpha, ledger.beta)
    assert ledger.decay == 1.0


def test_without_an_intercept(data, problem, start, kept):
    objective = problem(alpha=0.1, fit_intercept=False)
    params = start(objective)
    ledger = kept(objective, Momentum(learning_rate=0.1), params, 200, 8).ledger()
    assert relative(data.X.T @ ledger.alpha[:, None] + ledger.decay * params - ledger.params, ledger.params) < 1e-12
    np.testing.assert_array_equal(ledger.beta, np.zeros(60))


def test_the_velocity_of_a_run_that_goes_on_counts_as_its_start(data, problem, start, kept):
    objective = problem(alpha=0.02)
    optimizer = Momentum(learning_rate=0.05)
    params = start(objective)
    *_, (first, state) = (
        (step.new_params, step.new_state)
        for step, _ in zip(iterate(objective, optimizer, params), range(30), strict=False)
    )
    ledger = kept(objective, optimizer, first, 200, 8, state).ledger()
    assert relative(account_of(ledger, data.X) + ledger.initial - ledger.params, ledger.params) < 1e-12
    assert ledger.error < 1e-12


def test_float32_rows_leave_their_rounding(data, problem, start, kept):
    objective = problem(dtype=np.float32, alpha=0.01)
    params = start(objective)
    ledger = kept(objective, Momentum(learning_rate=0.05), params, 500, 8).ledger()
    assert 1e-12 < ledger.error < 1e-5


def test_sparse_rows(data, kept):
    X = sparse.csr_array(np.where(np.abs(data.X) > 0.8, data.X, 0.0))
    target = (data.codes > 0).astype(float)[:, None]
    objective = Objective(RowSource(X), target, data.weights, get_pointwise("sigmoid", "cross_entropy"))
    ledger = kept(objective, Momentum(learning_rate=0.1), np.zeros((5, 1)), 300, 8).ledger()
    assert relative(account_of(ledger, X.toarray()) - ledger.params, ledger.params) < 1e-12
    x = data.X[0]
    np.testing.assert_allclose(ledger.contribution(x).terms, X @ x * ledger.alpha + ledger.beta, rtol=1e-14)


def test_a_run_that_is_watched_is_the_same_run(problem, start):
    objective, optimizer = problem(alpha=0.01), Momentum(learning_rate=0.1)
    params = start(objective)

    def run(observers):
        steps = iterate(objective, optimizer, params, batch_size=8, rng=np.random.default_rng(0))
        return train(objective, steps, params, max_iter=20, tol=0, is_batched=True, observers=observers).params

    recorder = LedgerRecorder(objective, optimizer, params, batch_size=8, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(run([recorder]), run([]))
    np.testing.assert_array_equal(recorder.params, run([]))


def test_slopes_are_computed_where_the_step_does_not_hold_them(problem, start, kept):
    objective, optimizer = problem("tanh", "squared_error"), Momentum(learning_rate=0.05)
    params = start(objective)
    whole, without = (LedgerRecorder(objective, optimizer, params) for _ in range(2))
    for step, _ in zip(iterate(objective, optimizer, params), range(50), strict=False):
        whole.observe(step)
        without.observe(step._replace(evaluation=replace(step.evaluation, grad_z=None)))
    np.testing.assert_allclose(without.ledger().alpha, whole.ledger().alpha, rtol=1e-12)


def test_no_step_is_an_account_too(problem, start):
    objective = problem(alpha=0.1)
    params = start(objective)
    ledger = LedgerRecorder(objective, SGD(learning_rate=0.1), params).ledger()
    np.testing.assert_array_equal(ledger.alpha, np.zeros(60))
    assert (ledger.decay, ledger.error) == (1.0, 0.0)


def test_an_l1_penalty_is_refused(problem):
    with pytest.raises(_exceptions.IncompatibleError) as error:
        LedgerRecorder(problem(penalty=ElasticNet(0.1, 0.5)), SGD(learning_rate=0.1), np.zeros((5, 1)))
    assert str(error.value) == (
        "Cannot keep a ledger with an L1 penalty: its proximal map is not linear, so that the coefficients are no sum"
        " of rows, one number a sample. Use l1_ratio=0."
    )


def test_a_rule_that_is_not_linear_is_refused(problem):
    with pytest.raises(_exceptions.IncompatibleError) as error:
        LedgerRecorder(problem(), Adam(learning_rate=0.1), np.zeros((5, 1)))
    assert str(error.value) == (
        "Cannot keep a ledger with 'adam': its update is not linear in the gradient. What divides each parameter by the"
        " size of its gradients, or clips them, leaves no one number a sample: it would take one for every parameter,"
        " made of all other samples too. Use one of 'gd', 'sgd', 'momentum', 'nesterov'."
    )


def test_steps_of_another_run_are_refused(problem, start):
    objective = problem()
    params = start(objective)
    recorder = LedgerRecorder(objective, Momentum(learning_rate=0.1), params)
    for step, _ in zip(iterate(objective, SGD(learning_rate=0.1), params), range(20), strict=False):
        recorder.observe(step)
    with pytest.raises(_exceptions.InvalidInputError) as error:
        recorder.ledger()
    assert str(error.value).startswith(
        "The steps seen must be those of the run that the recorder was made for; got an account that is off by "
    )
    assert str(error.value).endswith(
        " of the parameters. Make the recorder with the arguments of `iterate`, before the first step, and show it"
        " every step."
    )


def test_parameters_that_are_not_finite_have_no_account(problem, start, kept):
    objective = problem("cloglog")
    recorder = kept(objective, SGD(learning_rate=1e300), start(objective), 5)
    with pytest.raises(_exceptions.InvalidInputError) as error:
        recorder.ledger()
    assert re.fullmatch(
        r"The steps seen must lead to finite parameters; got (nan|-?inf)\. Use a smaller learning rate\.",
        str(error.value),
    )


def test_labels_of_another_length_are_refused(problem):
    recorder = LedgerRecorder(problem(), SGD(learning_rate=0.1), np.zeros((5, 1)))
    with pytest.raises(_exceptions.InvalidInputError) as error:
        recorder.ledger(labels=["a", "b"])
    assert str(error.value) == "`labels` must have one label for each of the 60 rows; got shape (2,)."
