"""Which parameters are rewritten to what, and which cannot be."""

import inspect
import re
from dataclasses import dataclass, field

import numpy as np
import pytest

import logitscope as ls
from logitscope._exceptions import IncompatibleError, InvalidInputError, UnknownNameError
from logitscope.equivalence._settings import DEFAULTS


def test_defaults_are_those_of_the_estimator():
    signature = inspect.signature(ls.LogisticRegression).parameters
    assert {name: signature[name].default for name in DEFAULTS} == DEFAULTS


@pytest.mark.parametrize(
    ("loss", "solver", "expected"),
    [  # by hand: tanh z = 2σ(2z) − 1, so k = 2, and s = 1 or, of the squared error of the output, 4
        ("cross_entropy", "gd", {"learning_rate": 0.4, "alpha": 0.02, "tol": 5e-7}),
        ("squared_error", "momentum", {"learning_rate": 1.6, "alpha": 0.005, "tol": 1.25e-7}),
        ("brier", "adagrad", {"learning_rate": 0.2, "alpha": 0.02, "tol": 5e-7, "epsilon": 5e-9}),
        ("squared_error", "adam", {"learning_rate": 0.2, "alpha": 0.005, "tol": 1.25e-7, "epsilon": 1.25e-9}),
    ],
)
def test_a_table_by_hand(loss, solver, expected):
    settings = {"activation": "tanh", "loss": loss, "solver": solver, "learning_rate": 0.1, "alpha": 0.08}
    before = dict(settings)
    new = ls.equivalent(settings)
    assert settings == before
    epsilon = getattr(new.settings["solver"], "epsilon", None)
    assert {name: new.settings[name] for name in ("learning_rate", "alpha", "tol")} == pytest.approx(
        {name: value for name, value in expected.items() if name != "epsilon"}, rel=1e-15
    )
    assert epsilon == expected.get("epsilon")
    assert set(new.settings) == {*settings, "tol"}
    assert new.map_params([[1.0, -2.0]]).tolist() == [[2.0, -4.0]]


def test_the_two_parts_of_an_elastic_net():
    settings = {"activation": "tanh", "alpha": 0.1, "l1_ratio": 0.3, "learning_rate": 0.1}
    new = ls.equivalent(settings).settings
    assert new["alpha"] * new["l1_ratio"] == pytest.approx(0.03 / 2, rel=1e-15)
    assert new["alpha"] * (1 - new["l1_ratio"]) == pytest.approx(0.07 / 4, rel=1e-15)
    lasso = ls.equivalent(settings | {"l1_ratio": 1.0}).settings
    assert (lasso["alpha"], lasso["l1_ratio"]) == (0.05, 1.0)


def test_a_model_is_cloned_and_left_as_it_was():
    clf = ls.LogisticRegression("tanh", learning_rate=0.1, init=np.ones((3, 1)), random_state=4)
    before = clf.get_params()
    new = ls.equivalent(clf).settings
    assert isinstance(new, ls.LogisticRegression)
    assert clf.get_params() == before
    assert (new.activation, new.learning_rate, new.random_state) == ("sigmoid", 0.4, 4)
    assert new.init.tolist() == [[2.0]] * 3


def test_there_and_back_again():
    settings = {"activation": "tanh", "solver": ls.Clipped(ls.Adam(), max_norm=3.0), "learning_rate": 0.1, "alpha": 0.3}
    there = ls.equivalent(settings | {"l1_ratio": 0.25}, "sigmoid").settings
    back = ls.equivalent(there, "tanh").settings
    assert back["solver"] == settings["solver"]
    assert [back[name] for name in ("learning_rate", "alpha", "l1_ratio", "tol")] == pytest.approx(
        [0.1, 0.3, 0.25, 1e-6], rel=1e-14
    )


def test_nothing_changes_where_nothing_has_to():
    new = ls.equivalent({"activation": "probit", "init": "normal"}, "probit")
    assert new.changes == ()
    assert str(new).splitlines()[0] == "nothing is to be changed"


def test_the_table_is_printed():
    settings = {"activation": "tanh", "solver": "adam", "learning_rate": 0.1}
    text = str(ls.equivalent(settings))
    assert [re.split(r"\s{2,}", line)[:3] for line in text.splitlines()[:5]] == [
        ["parameter", "from", "to"],
        ["activation", "tanh", "sigmoid"],
        ["learning_rate", "0.1", "0.2"],
        ["solver", "adam", "Adam(epsilon=5e-09)"],
        ["tol", "1e-06", "5e-07"],
    ]
    assert text.splitlines()[-1] == "Every step coincides: w and z of sigmoid are 2 times those of tanh."
    rule = ls.Clipped(ls.Adam(beta1=0.5), max_norm=2.0)
    rewritten = ls.equivalent(settings | {"solver": rule})
    (row,) = [row for row in rewritten.table()[1] if row[0] == "solver"]
    assert row[1:3] == [
        "Clipped(optimizer=Adam(epsilon=1e-08), max_norm=2)",
        "Clipped(optimizer=Adam(epsilon=5e-09), max_norm=1)",
    ]
    assert repr(rewritten) == "Equivalent(activation, learning_rate, solver, tol changed; parameters × 2, exact)"


@dataclass(frozen=True)
class Squared:
    """A loss of one's own: (a − t)⁴, of degree 4 in units of a."""

    name: str = "fourth"

    def value(self, a, t):
        return (a - t) ** 4

    def derivative(self, a, t):
        return 4 * (a - t) ** 3


@dataclass(frozen=True)
class Margin(Squared):
    """log(1 + exp(−at)): of a product of outputs, which no shift leaves alone."""

    def value(self, a, t):
        return np.log1p(np.exp(-a * t))

    def derivative(self, a, t):
        return -t / (1 + np.exp(a * t))


def test_a_loss_of_ones_own_is_measured():
    new = ls.equivalent({"activation": "tanh", "loss": Squared(), "learning_rate": 0.1})
    assert new.loss_scale == pytest.approx(16, rel=1e-12)
    assert new.settings["learning_rate"] == pytest.approx(6.4, rel=1e-12)


@dataclass(frozen=True)
class Signs:
    """A rule of one's own: the sign of the gradient, or nothing below a threshold of a name of its own."""

    learning_rate: float | None = None
    threshold: float = 0.0
    schedule: object = field(default_factory=ls.Constant)
    name = "signs"
    default_batch_size = None
    rate_exponent = 0.5

    def init(self, params):
        return (0,)

    def update(self, gradient, state):
        return -self.learning_rate * np.sign(gradient) * (np.abs(gradient) > self.threshold), (state[0] + 1,)

    def gradient_factor(self, state):
        return 1.0

    def rate(self, state):
        return self.learning_rate

    def natural_rate(self, curvature):
        return 0.05 / np.sqrt(curvature)


SETTINGS = {"activation": "tanh", "learning_rate": 0.1}
RULE = "Cannot rewrite Signs(learning_rate=None, threshold="


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"init": "normal"}, "Cannot rewrite `init='normal'`: it draws the same numbers in any units, and 2 times as"),
        (
            {"early_stopping": True},
            "Cannot rewrite `tol` with `early_stopping=True`: it is in units of the gradient, × 0.5, and in units of"
            " the held-out loss, × 1. Set tol=0.",
        ),
        (
            {"loss": "squared_error", "solver": "adam", "learning_rate": "auto"},
            "Cannot rewrite `learning_rate='auto'` of tanh with squared_error for sigmoid: for adam it would change by"
            " a factor 4, and 2 is needed.",
        ),
        (
            {"loss": Margin()},
            "Cannot rewrite tanh with fourth as sigmoid with fourth: their losses are not multiples of each other",
        ),
        ({"solver": Signs(threshold=1e-3)}, RULE + "0.001, "),
        (
            {"loss": "squared_error", "penalty": "firth"},
            "Cannot rewrite `penalty='firth'`: it needs the loss as it is.",
        ),
    ],
)
def test_what_cannot_be_rewritten_says_why(more, message):
    with pytest.raises(IncompatibleError) as caught:
        ls.equivalent(SETTINGS | more)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"early_stopping": True}, "Cannot rewrite `early_stopping=True` for a mirror image"),
        ({"class_weight": {1: 2.0}}, "Cannot rewrite `class_weight={1: 2.0}` for a mirror image"),
    ],
)
def test_what_a_mirror_image_cannot_keep(more, message):
    with pytest.raises(IncompatibleError) as caught:
        ls.equivalent({"activation": "loglog", "tol": 0} | more, "cloglog")
    assert str(caught.value).startswith(message)


def test_early_stopping_without_a_tolerance_is_kept():
    assert ls.equivalent(SETTINGS | {"early_stopping": True, "tol": 0}).settings["early_stopping"] is True


def test_a_fitted_warm_start_is_refused():
    X, y = ls.load_dataset("moons", n_samples=50, random_state=0)[:2]
    clf = ls.LogisticRegression("tanh", warm_start=True, max_iter=2, tol=0)
    ls.equivalent(clf)
    with pytest.raises(IncompatibleError, match=r"^Cannot rewrite a fitted model with `warm_start=True`"):
        ls.equivalent(clf.fit(X, y))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((3,), "`settings` must be a LogisticRegression or a dict of its parameters; got 3."),
        (
            ({"activatio": "tanh"},),
            "`settings` must name parameters of LogisticRegression; got 'activatio'. They are "
            + ", ".join(map(repr, sorted(ls.LogisticRegression().get_params())))
            + ".",
        ),
        ((SETTINGS, "sigmoid", ["tanh"]), "`rescalings` must be a list of Rescaling; got 'tanh' in it."),
        ((SETTINGS, "sigmoid", 3), "`rescalings` must be a list of Rescaling; got 3."),
    ],
)
def test_what_is_no_setting(arguments, message):
    settings, *others = arguments
    names = dict(zip(("activation", "rescalings"), others, strict=False))
    with pytest.raises(InvalidInputError) as caught:
        ls.equivalent(settings, **names)
    assert str(caught.value) == message


def test_unknown_solver():
    with pytest.raises(UnknownNameError, match=r"^`solver` must be one of 'adagrad', .*; got 'sag'\.$"):
        ls.equivalent(SETTINGS | {"solver": "sag"})
