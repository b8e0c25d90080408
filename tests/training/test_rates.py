import re

import numpy as np
import pytest

from logitscope._exceptions import IncompatibleError, InvalidInputError
from logitscope.optimizers import OPTIMIZERS, GradientDescent, get_optimizer
from logitscope.training import fill_batch_size, fill_rate, largest_safe_rate

START = np.zeros((4, 1))


def largest_eigenvalue(data):
    X, _, weights = data
    rows = np.column_stack([X, np.ones(70)])
    return np.linalg.eigvalsh(rows.T @ (weights[:, None] * rows) / weights.sum())[-1]


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_the_automatic_rate_is_natural_at_the_curvature(problem, data, name):
    curvature = largest_eigenvalue(data)  # tanh with cross-entropy: 1 times it
    filled = fill_rate(get_optimizer(name), "auto", problem("tanh"), START, None)
    assert filled.learning_rate == pytest.approx(get_optimizer(name).natural_rate(curvature), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "scale", "exponent"),
    [
        ("gd", 1, 1),
        ("sgd", 1, 1),
        ("momentum", 1, 1),
        ("nesterov", 1, 1),
        ("adagrad", 0.5, 0.5),
        ("rmsprop", 0.05, 0.5),
        ("adam", 0.05, 0.5),
    ],
)
def test_natural_rates_of_ours(problem, data, name, scale, exponent):
    filled = fill_rate(get_optimizer(name), "auto", problem("tanh"), START, None)
    assert filled.learning_rate == pytest.approx(scale / largest_eigenvalue(data) ** exponent, rel=1e-9)


def test_every_column_has_a_rate_of_its_own(problem, data):
    from logitscope.pointwise import ColumnGroups, Group, get_pointwise

    groups = ColumnGroups(
        tuple(
            Group(get_pointwise(name, "cross_entropy"), slice(m, m + 1)) for m, name in enumerate(("tanh", "sigmoid"))
        )
    )
    filled = fill_rate(get_optimizer("gd"), "auto", problem(pointwise=groups, n_columns=2), np.zeros((4, 2)), None)
    np.testing.assert_allclose(filled.learning_rate, np.array([1, 4]) / largest_eigenvalue(data), rtol=1e-9)


def test_batches_are_slower(problem):
    rates = [fill_rate(get_optimizer("sgd"), "auto", problem(), START, size).learning_rate for size in (1, 8, 32, None)]
    assert rates == sorted(rates)
    assert rates[0] < rates[-1]


def test_a_given_rate_is_used(problem):
    assert fill_rate(get_optimizer("gd"), 0.3, problem(), START, None).learning_rate == 0.3
    rates = fill_rate(get_optimizer("gd"), [0.3, 0.1], problem(n_columns=2), np.zeros((4, 2)), None).learning_rate
    np.testing.assert_array_equal(rates, [0.3, 0.1])
    own = GradientDescent(0.2)
    assert fill_rate(own, "auto", problem(), START, None) is own


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf, "fast", None, True])
def test_a_rate_that_is_none(problem, wrong):
    message = f"`learning_rate` must be 'auto' or a finite number > 0; got {wrong!r}."
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        fill_rate(get_optimizer("gd"), wrong, problem(), START, None)


def test_two_rates(problem):
    message = (
        "Cannot use `learning_rate=0.1` with GradientDescent(learning_rate=0.2, schedule=Constant()): the optimizer has"
        " a rate of its own. Give it in one place."
    )
    with pytest.raises(IncompatibleError, match=f"^{re.escape(message)}$"):
        fill_rate(GradientDescent(0.2), 0.1, problem(), START, None)


def test_the_largest_safe_rate_is_2_over_the_curvature(problem, data):
    said = largest_safe_rate(GradientDescent(7.0), problem("tanh"), START)
    assert said == (
        f"Learning rate 7: the largest that the curvature bound allows is {2 / largest_eigenvalue(data):.3g};"
        " use that or less, or learning_rate='auto'"
    )


def test_as_many_rates_as_columns_or_one(problem):
    for optimizer, rate, got in ((get_optimizer("gd"), [0.1, 0.2], 2), (GradientDescent([0.1, 0.2, 0.3]), "auto", 3)):
        message = f"`learning_rate` must be one number, or one for each of the 1 columns; got {got}."
        with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
            fill_rate(optimizer, rate, problem(), START, None)


def test_rows_of_a_batch():
    assert fill_batch_size(get_optimizer("adam"), 70, 70) == 70
    assert fill_batch_size(get_optimizer("adam"), None, 70) is None
    assert fill_batch_size(get_optimizer("sgd"), None, 70) == 32
    assert fill_batch_size(get_optimizer("sgd"), None, 7) == 7
    message = "`batch_size` must be an integer from 1 to the number of training samples, 70; got 71."
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        fill_batch_size(get_optimizer("sgd"), 71, 70)
