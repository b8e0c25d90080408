"""Parameters that no run could use, each with its whole message."""

import numpy as np
import pytest

import logitscope as ls
from logitscope import LogisticRegression
from logitscope._exceptions import IncompatibleError, InvalidInputError, UnknownNameError
from logitscope.solvers import Auto

X = np.array([[0.0], [1.0], [2.0], [3.0]])
y = np.array([0, 1, 0, 1])

# One sentence of this kind is held literally by the tests of each registry.
ACTIVATIONS, LOSSES, SOLVERS = (
    ", ".join(map(repr, sorted(names))) for names in (ls.ACTIVATIONS, ls.LOSSES, [*ls.OPTIMIZERS, *ls.SOLVERS])
)


def message(**parameters):
    with pytest.raises(InvalidInputError) as caught:
        LogisticRegression(**parameters).fit(X, y)
    return str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "need"),
    [
        ("max_iter", 0, "an integer >= 1; got 0."),
        ("max_iter", 2.5, "an integer >= 1; got 2.5."),
        ("max_iter", True, "an integer >= 1; got True."),
        ("n_iter_no_change", -1, "an integer >= 1; got -1."),
        ("batch_size", 0, "an integer >= 1; got 0."),
        ("batch_size", -3, "an integer >= 1; got -3."),
        ("batch_size", "all", "an integer >= 1; got 'all'."),
        ("batch_size", 5, "an integer from 1 to the number of training samples, 4; got 5."),
        ("tol", -1e-3, "a finite number >= 0; got -0.001."),
        ("tol", np.nan, "a finite number >= 0; got nan."),
        ("alpha", -1, "a finite number >= 0; got -1."),
        ("alpha", np.inf, "a finite number >= 0; got inf."),
        ("alpha", 10**309, f"a finite number >= 0; got {10**309}."),
        ("alpha", "strong", "a finite number >= 0; got 'strong'."),
        ("l1_ratio", 1.1, "a finite number from 0 to 1; got 1.1."),
        ("validation_fraction", 1, "a number between 0 and 1; got 1."),
        ("validation_fraction", 0.0, "a number between 0 and 1; got 0.0."),
        ("learning_rate", 0, "'auto' or a finite number > 0; got 0."),
        ("learning_rate", -0.5, "'auto' or a finite number > 0; got -0.5."),
        ("learning_rate", np.nan, "'auto' or a finite number > 0; got nan."),
        ("learning_rate", "fast", "'auto' or a finite number > 0; got 'fast'."),
        ("record", "yes", "True, False or an UpdateRecorder; got 'yes'."),
        ("record", 1, "True, False or an UpdateRecorder; got 1."),
        ("activation", "tahn", f"one of {ACTIVATIONS}; got 'tahn'."),
        ("loss", "hinge", f"one of {LOSSES}; got 'hinge'."),
        ("solver", "bfgs", f"one of {SOLVERS}; got 'bfgs'."),
        ("init", "ones", "one of 'normal', 'zeros'; got 'ones'."),
    ],
)
def test_bad_value(name, value, need):
    assert message(**{name: value}) == f"`{name}` must be {need}"


def test_unknown_names_have_their_own_error():
    for parameters in ({"activation": "tahn"}, {"loss": "hinge"}, {"solver": "bfgs"}, {"init": "ones"}):
        with pytest.raises(UnknownNameError):
            LogisticRegression(**parameters).fit(X, y)


def test_objects_that_lack_something():
    class Half:
        lower, upper = 0.0, 1.0

        def __repr__(self):
            return "Half()"

    assert message(activation=Half()) == (
        "`activation` must be a name, an Activation, or an object with `value`, `derivative`, `lower` and `upper`;"
        " got Half(), which lacks `value`, `derivative`."
    )
    assert message(solver=ls.Adam) == "`solver` must be a name or an instance; got the class Adam. Write Adam()."
    assert message(solver=Auto) == "`solver` must be a name or an instance; got the class Auto. Write Auto()."


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        (
            {"solver": "newton", "batch_size": 2},
            "Cannot use `batch_size=2` with `solver='newton'`: it needs all rows at every step."
            " Leave batch_size=None or choose an optimizer.",
        ),
        (
            {"solver": "newton", "learning_rate": 0.1},
            "Cannot use `learning_rate=0.1` with `solver='newton'`: it finds its own step."
            " Leave learning_rate='auto' or choose an optimizer.",
        ),
        (
            {"solver": ls.GradientDescent(learning_rate=0.1), "learning_rate": 0.2},
            "Cannot use `learning_rate=0.2` with GradientDescent(learning_rate=0.1, schedule=Constant()): the optimizer"
            " has a rate of its own. Give it in one place.",
        ),
        (
            {"solver": "newton", "activation": "softmax", "loss": "brier"},
            "Cannot use `solver='newton'` with softmax and another loss than cross-entropy, of which it has no Hessian."
            " Choose loss='cross_entropy', an elementwise activation (one-vs-rest) or solver='lbfgs'.",
        ),
        (
            {"solver": "newton", "alpha": 0.1, "l1_ratio": 0.5},
            "Cannot use `solver='newton'` with `l1_ratio` > 0: it needs a smooth penalty. Choose solver='lbfgs'.",
        ),
    ],
)
def test_parts_that_do_not_fit_together(parameters, expected):
    with pytest.raises(IncompatibleError) as caught:
        LogisticRegression(**parameters).fit(X, y)
    assert str(caught.value) == expected


def test_a_learning_rate_for_each_column_fits_the_columns():
    assert message(learning_rate=[0.1, 0.2, 0.3]) == (
        "`learning_rate` must be one number, or one for each of the 1 columns; got 3."
    )


@pytest.mark.parametrize("value", [np.int64(3), np.float32(0.5), np.bool_(True)])
def test_numpy_scalars_are_numbers(value):
    name = {"i": "max_iter", "f": "alpha", "b": "record"}[value.dtype.kind]
    LogisticRegression(tol=0, **{"max_iter": 2, name: value}).fit(X, y)
