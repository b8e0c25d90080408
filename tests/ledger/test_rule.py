import numpy as np
import pytest

from logitscope.ledger._rule import Rule, is_linear, linear_rules
from logitscope.optimizers import OPTIMIZERS, SGD, Adam, Clipped, InverseTime, Momentum, Nesterov


def test_gradient_descent_with_a_penalty_and_a_schedule():
    optimizer = SGD(learning_rate=0.5, schedule=InverseTime(decay=1.0))
    rule = Rule(optimizer, optimizer.init(np.zeros((3, 1))), decay=0.1, n_models=1)
    # α ← α − η/(1 + t) (d + λ α)
    np.testing.assert_allclose(rule.map(4), [[[1 - 0.1 * 0.1, -0.1]]], rtol=1e-15)


def test_nesterov_of_two_columns():
    eta, beta, decay = np.array([0.5, 0.2]), 0.9, np.array([0.0, 0.3])
    optimizer = Nesterov(learning_rate=eta, momentum=beta)
    rule = Rule(optimizer, optimizer.init(np.zeros((3, 2))), decay, n_models=2)
    for column in range(2):
        h, k = eta[column], decay[column]
        # v ← β v + d + λ α; α ← α − η (d + λ α + β v)
        expected = [[1 - h * k * (1 + beta), -h * beta**2, -h * (1 + beta)], [k, beta, 1]]
        np.testing.assert_allclose(rule.map(0)[column], expected, rtol=1e-14)


def test_the_rules_that_are_linear():
    assert linear_rules() == ("gd", "sgd", "momentum", "nesterov")
    assert set(linear_rules()) < set(OPTIMIZERS)


@pytest.mark.parametrize(
    "optimizer", [Adam(learning_rate=0.1), Clipped(SGD(learning_rate=0.1)), Clipped(Momentum(0.1), max_norm=1e12)]
)
def test_what_divides_or_clips_is_not(optimizer):
    assert not is_linear(optimizer, 1)


def test_a_rate_for_each_column_is():
    assert is_linear(Momentum(learning_rate=[0.1, 20.0]), 2)
