import math

import numpy as np
import pytest

from logitscope._exceptions import InvalidInputError
from logitscope.optimizers import OPTIMIZERS, AdaGrad, Adam, Constant, Momentum, Nesterov, RMSprop

RATE = "`learning_rate` must be a number > 0, or one for each model; got {}."
POSITIVE = "`learning_rate` must be finite and > 0; got {}."
SCHEDULE = "`schedule` must be an object with a method `factor(step)`, as `Constant()` is; got {}."
SHARE = "`{}` must be a number in [0, 1); got {}."


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize(
    ("learning_rate", "message"),
    [
        (0, POSITIVE.format("0.0")),
        (-1, POSITIVE.format("-1.0")),
        (math.inf, POSITIVE.format("inf")),
        (math.nan, POSITIVE.format("nan")),
        (np.array(-2.0), POSITIVE.format("-2.0")),
        (True, RATE.format("True")),
        ("auto", RATE.format("'auto'")),
        ([], RATE.format("[]")),
        ([True], RATE.format("[True]")),
        ([[0.1]], RATE.format("[[0.1]]")),
        ([[0.1], [0.1, 0.2]], RATE.format("[[0.1], [0.1, 0.2]]")),
        (1j, RATE.format("1j")),
        ([1, 0, -1], "`learning_rate` must be finite and > 0 for every model; got 0.0 for model 1."),
        ([1, math.nan], "`learning_rate` must be finite and > 0 for every model; got nan for model 1."),
    ],
)
def test_learning_rates_that_are_refused(name, learning_rate, message):
    with pytest.raises(InvalidInputError) as caught:
        OPTIMIZERS[name](learning_rate=learning_rate)
    assert str(caught.value) == message


@pytest.mark.parametrize("name", OPTIMIZERS)
@pytest.mark.parametrize("learning_rate", [1, 0.5, np.float32(0.5), np.int64(3), np.array(0.5)])
def test_numbers_of_any_kind_become_floats(name, learning_rate):
    optimizer = OPTIMIZERS[name](learning_rate=learning_rate)
    assert type(optimizer.learning_rate) is float
    assert optimizer.learning_rate == float(learning_rate)


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_schedules_that_are_refused(name):
    with pytest.raises(InvalidInputError) as caught:
        OPTIMIZERS[name](schedule="cosine")
    assert str(caught.value) == SCHEDULE.format("'cosine'")
    with pytest.raises(InvalidInputError) as caught:
        OPTIMIZERS[name](schedule=Constant)
    assert str(caught.value) == SCHEDULE.format(repr(Constant))


@pytest.mark.parametrize(
    ("rule", "argument"),
    [(Momentum, "momentum"), (Nesterov, "momentum"), (RMSprop, "decay"), (Adam, "beta1"), (Adam, "beta2")],
)
@pytest.mark.parametrize("value", [1, -0.1, math.nan, "0.9", None, True])
def test_shares_that_are_refused(rule, argument, value):
    with pytest.raises(InvalidInputError) as caught:
        rule(**{argument: value})
    assert str(caught.value) == SHARE.format(argument, repr(value))


@pytest.mark.parametrize("rule", [AdaGrad, RMSprop, Adam])
@pytest.mark.parametrize("value", [0, -1e-8, math.inf])
def test_epsilons_that_are_refused(rule, value):
    with pytest.raises(InvalidInputError) as caught:
        rule(epsilon=value)
    assert str(caught.value) == f"`epsilon` must be a number > 0 and finite; got {value!r}."


@pytest.mark.parametrize("rule", [AdaGrad, RMSprop, Adam])
def test_no_gradient_factor_before_a_gradient(rule):
    optimizer = rule(learning_rate=1.0)
    with pytest.raises(InvalidInputError) as caught:
        optimizer.gradient_factor(optimizer.init(np.zeros((2, 1))))
    assert str(caught.value) == "`state` must be one that `update` returned; got the state of `init`."
