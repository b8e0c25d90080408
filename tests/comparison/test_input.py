"""What compare refuses, in whole sentences, before anything is trained."""

import re

import numpy as np
import pytest
from scipy.sparse import csr_array

import logitscope as ls
from logitscope._exceptions import IncompatibleError, InvalidInputError, UnknownNameError
from logitscope.comparison import _runs


@pytest.fixture(autouse=True)
def _never_trains(monkeypatch):
    def train(*args, **kwargs):
        raise AssertionError("training began")

    monkeypatch.setattr(_runs, "train", train)


OPTIMIZERS = ", ".join(map(repr, sorted(ls.OPTIMIZERS)))
ACTIVATIONS = ", ".join(map(repr, sorted(ls.ACTIVATIONS)))
LOSSES = ", ".join(map(repr, sorted(ls.LOSSES)))
SEEDS = "`seeds` must be an integer >= 1 or a sequence of integers; got "
CASES = {
    "unknown activation": ({"activations": ["tanhh"]}, f"`activation` must be one of {ACTIVATIONS}; got 'tanhh'."),
    "unknown loss": ({"losses": ["mse"]}, f"`loss` must be one of {LOSSES}; got 'mse'."),
    "one activation": ({"activations": "tanh"}, "`activations` must be a sequence of names or objects; got 'tanh'."),
    "no losses": ({"losses": []}, "`losses` must be a sequence of names or objects; got []."),
    "twice": ({"activations": ("tanh", "sigmoid", "tanh")}, "Arms of a comparison must differ; got 'tanh' twice."),
    "rate twice": (
        {"learning_rate": (0.1, 0.1), "losses": ("brier",)},
        "Arms of a comparison must differ; got 'sigmoid, η = 0.1' twice.",
    ),
    "no seeds": ({"seeds": 0}, SEEDS + "0."),
    "negative seeds": ({"seeds": -2}, SEEDS + "-2."),
    "empty seeds": ({"seeds": []}, SEEDS + "[]."),
    "half a seed": ({"seeds": [0, 1.5]}, SEEDS + "[0, 1.5]."),
    "a negative seed": ({"seeds": [0, -1]}, SEEDS + "[0, -1]."),
    "true": ({"seeds": True}, SEEDS + "True."),
    "text": ({"seeds": "01"}, SEEDS + "'01'."),
    "a float": ({"seeds": 5.0}, SEEDS + "5.0."),
    "seed twice": ({"seeds": [1, 2, 1]}, "`seeds` must differ: a run made twice has no spread; got 1 twice."),
    "solver": ({"solver": "lbgfs"}, f"`solver` must be one of {OPTIMIZERS}; got 'lbgfs'."),
    "no rates": (
        {"solver": "newton"},
        "Cannot use `solver='newton'` in a comparison: it needs no learning rate, and arms are compared at theirs, "
        f"side by side. Choose one of {OPTIMIZERS}.",
    ),
    "no rates, as an object": (
        {"solver": ls.SOLVERS["newton"]()},
        "Cannot use `solver='newton'` in a comparison: it needs no learning rate, and arms are compared at theirs, "
        f"side by side. Choose one of {OPTIMIZERS}.",
    ),
    "init": ({"init": "ones"}, "`init` must be one of 'normal', 'zeros'; got 'ones'."),
    "init array": ({"init": None}, "`init` must be one of 'normal', 'zeros'; got None."),
    "max_iter": ({"max_iter": 0}, "`max_iter` must be an integer >= 1; got 0."),
    "max_iter float": ({"max_iter": 10.0}, "`max_iter` must be an integer >= 1; got 10.0."),
    "batch_size": ({"batch_size": 0}, "`batch_size` must be an integer >= 1; got 0."),
    "batch_size true": ({"batch_size": True}, "`batch_size` must be an integer >= 1; got True."),
    "batch too large": (
        {"batch_size": 61},
        "`batch_size` must be an integer from 1 to the number of training samples, 60; got 61.",
    ),
    "test_size": ({"test_size": 1.0}, "`test_size` must be a number between 0 and 1; got 1.0."),
    "test_size int": ({"test_size": 20}, "`test_size` must be a number between 0 and 1; got 20."),
    "alpha": ({"alpha": -1.0}, "`alpha` must be finite and >= 0; got -1.0."),
    "target": ({"target_loss": "low"}, "`target_loss` must be a finite number; got 'low'."),
    "target nan": ({"target_loss": np.nan}, "`target_loss` must be a finite number; got nan."),
}


@pytest.mark.parametrize("case", CASES)
def test_settings(case, two):
    options, message = CASES[case]
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        ls.compare(*two, **options)


def test_unknown_names_are_of_their_own_kind(two):
    for options in ({"activations": ["x"]}, {"losses": ["x"]}, {"solver": "x"}):
        with pytest.raises(UnknownNameError):
            ls.compare(*two, **options)


def test_an_optimizer_with_its_own_rate(two):
    adam = ls.Adam(learning_rate=0.1)
    message = f"Cannot use {adam!r} in a comparison: the optimizer has a rate of its own. Give `learning_rate`."
    with pytest.raises(IncompatibleError, match=f"^{re.escape(message)}$"):
        ls.compare(*two, solver=adam)


def changed(array, place, value):
    out = np.array(array, dtype=object if isinstance(value, str) else None)
    out[place] = value
    return out


X_OK, Y_OK = np.arange(24.0).reshape(12, 2), np.array([0.0, 1.0] * 6)
DATA = {
    "nan": (changed(X_OK, (3, 1), np.nan), Y_OK, "`X` must hold finite numbers; got NaN in row 3, column 1."),
    "inf": (changed(X_OK, (0, 0), -np.inf), Y_OK, "`X` must hold finite numbers; got -inf in row 0, column 0."),
    "label nan": (
        X_OK,
        changed(Y_OK, 4, np.nan),
        "`y` must not have missing or infinite labels; got NaN at index 4.",
    ),
    "lengths": (X_OK, Y_OK[:-1], "`y` must have as many entries as `X` has rows, 12; got 11."),
    "one class": (X_OK, np.full(12, "a"), "`y` must hold at least two classes; got one class, 'a'."),
    "sparse": (
        csr_array(X_OK),
        Y_OK,
        "`X` must be a dense array to be compared on; got a sparse one. Use X.toarray().",
    ),
}


@pytest.mark.parametrize("case", DATA)
def test_data(case):
    X, y, message = DATA[case]
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        ls.compare(X, y)


@pytest.mark.parametrize(
    ("X", "y", "start"),
    [
        (X_OK, np.linspace(0, 1, 12), "`X` and `y` cannot be used: Unknown label type: continuous."),
        (X_OK[:0], Y_OK[:0], "`X` and `y` cannot be used: Found array with 0 sample(s)"),
        (
            X_OK[:, 0],
            Y_OK,
            "`X` must have two dimensions, (n_samples, n_features); got shape (12,). Of one feature, give"
            " X.reshape(-1, 1).",
        ),
        (changed(X_OK, (1, 1), "red"), Y_OK, "`X` and `y` cannot be used: could not convert string to float: 'red'"),
        (X_OK, None, "`X` and `y` cannot be used: "),
    ],
)
def test_data_that_scikit_learn_explains(X, y, start):
    with pytest.raises(InvalidInputError) as error:
        ls.compare(X, y)
    assert str(error.value).startswith(start)


def test_a_class_too_small_to_split(two):
    X, y = two
    y = np.where(np.arange(80) == 7, "rare", y)
    message = "`y` must hold two rows of every class, one to train on and one to hold out; got 1 of class 'rare'."
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        ls.compare(X, y)


def test_too_few_rows_to_hold_out(two):
    X, y = two
    rows = [*np.flatnonzero(y == "no")[:2], *np.flatnonzero(y == "yes")[:2]]
    message = (
        "`test_size` must leave rows of every class on both sides; got 0.25 of 4 rows, which holds out 1 for 2 classes."
    )
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        ls.compare(X[rows], y[rows])
