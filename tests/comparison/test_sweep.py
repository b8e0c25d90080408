"""A grid as one fleet: every model is the run that the estimator makes alone, and the table says what came of it."""

import re
import warnings
from itertools import product

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split

import logitscope as ls
from logitscope._exceptions import IncompatibleError, InvalidInputError, RecordTooLargeError
from logitscope.comparison import _sweep
from logitscope.objective import Objective
from logitscope.optimizers import GradientDescent
from logitscope.status import Status


def alone(result, index, X, y):
    """The estimator with the settings that the sweep says lead to the same run."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of runs that diverge or do not converge
        return ls.LogisticRegression(**result.model(index).estimator).fit(X, y)


def check_against_alone(result, X, y):
    for index in range(len(result)):
        clf, model = alone(result, index, X, y), result.model(index)
        np.testing.assert_allclose(model.coef, clf.coef_, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(model.intercept, clf.intercept_, rtol=1e-10, atol=1e-12)
        status = result.status[index]
        assert (result.n_iter[index], status) == (clf.n_iter_, clf.status_)
        curve, own = result.curves["loss"][1:, index], clf.loss_curve_
        np.testing.assert_allclose(curve[: len(own)], own, rtol=1e-12)
        lost = status in (Status.DIVERGED, Status.NOT_FINITE)
        np.testing.assert_array_equal(curve[len(own) :], np.nan if lost else curve[len(own) - 1])
        p = clf.predict_proba(X)
        assert result.scores["log_loss"][index] == pytest.approx(log_loss(y, p), rel=1e-9, abs=1e-12)
        assert result.scores["accuracy"][index] == pytest.approx(accuracy_score(y, clf.predict(X)), rel=1e-12)


@pytest.mark.parametrize("squad_bytes", [1, 2**17])
@pytest.mark.parametrize(
    ("grid", "options"),
    [
        (
            {"activation": ["sigmoid", "cloglog", "tanh"], "learning_rate": [0.5, 40.0, 1e200, "auto"]},
            {"max_iter": 60, "tol": 1e-2},
        ),
        ({"loss": ["brier", "focal"], "alpha": [0.0, 0.01, 0.3], "seed": [0, 7]}, {"solver": "momentum", "tol": 1e-3}),
        ({"alpha": [0.001, 0.1], "learning_rate": [0.01, 0.1]}, {"solver": "adam", "l1_ratio": 0.5, "max_iter": 80}),
        (
            {"seed": [3, 1, 2], "learning_rate": [0.05, 0.2]},
            {"solver": "sgd", "batch_size": 16, "max_iter": 20, "random_state": 4, "fit_intercept": False},
        ),
    ],
)
def test_every_model_is_the_run_of_the_estimator_alone(two, grid, options, squad_bytes, monkeypatch):
    monkeypatch.setattr(_sweep, "SQUAD_BYTES", squad_bytes)
    monkeypatch.setattr(_sweep, "_FEWEST_COLUMNS", 3)
    X, y = ls.standardize(two[0])[0], two[1]
    result = ls.sweep(X, y, grid, **options)
    assert len(result) == np.prod([len(values) for values in grid.values()])
    check_against_alone(result, X, y)


@pytest.mark.parametrize("squad_bytes", [1, 2**17])
def test_three_classes(three, squad_bytes, monkeypatch):
    """One-vs-rest and softmax: as many columns a model as classes."""
    monkeypatch.setattr(_sweep, "SQUAD_BYTES", squad_bytes)
    monkeypatch.setattr(_sweep, "_FEWEST_COLUMNS", 6)
    X, y = three
    grid = {"activation": ["tanh", "softmax"], "learning_rate": [0.3, 2.0], "seed": [0, 1]}
    result = ls.sweep(X, y, grid, max_iter=300, tol=1e-3)
    assert result.params.shape == (3, 24)
    assert Status.CONVERGED in result.status
    check_against_alone(result, X, y)


def test_a_mixture_of_endings_in_one_fleet(two):
    X, y = ls.standardize(two[0])[0], two[1]
    grid = {"activation": ["cloglog", "sigmoid"], "learning_rate": [1e-3, 1.0, 30.0, 1e200]}
    result = ls.sweep(X, y, grid, max_iter=100, tol=1e-2)
    assert {Status.CONVERGED, Status.DIVERGED, Status.NOT_FINITE, Status.OUT_OF_EPOCHS} <= set(result.status)
    assert all(message.startswith(str(status)) for status, message in zip(result.status, result.message, strict=True))


def test_points_are_in_the_order_of_the_grid_whatever_the_dict(two):
    grid = {"seed": [5, 1], "alpha": [0.1, 0.0], "activation": ["tanh", "sigmoid"]}
    result = ls.sweep(*two, grid, max_iter=2)
    expected = [
        {"activation": activation, "alpha": alpha, "seed": seed}
        for activation, alpha, seed in product(["tanh", "sigmoid"], [0.1, 0.0], [5, 1])
    ]
    assert list(result.settings) == expected
    assert repr(result) == "Sweep(8 models: 2 activation x 2 alpha x 2 seed)"


def test_held_out_rows_choose_the_best(two):
    X, y = ls.standardize(two[0])[0], two[1]
    grid = {"alpha": [10.0, 1.0, 0.1, 0.01, 0.0], "learning_rate": [0.1]}
    result = ls.sweep(X, y, grid, validation_fraction=0.3, random_state=11, max_iter=50)
    kept, held = train_test_split(np.arange(len(y)), test_size=0.3, stratify=y, random_state=11)
    kept = np.sort(kept)
    fits = [alone(result, index, X[kept], y[kept]) for index in range(5)]
    expected = [log_loss(y[held], clf.predict_proba(X[held])) for clf in fits]
    np.testing.assert_allclose(result.scores["validation_log_loss"], expected, rtol=1e-9)
    right = [accuracy_score(y[held], clf.predict(X[held])) for clf in fits]
    np.testing.assert_allclose(result.scores["validation_accuracy"], right)
    assert result.criterion == "validation_log_loss"
    np.testing.assert_array_equal(result.ranking(), np.argsort(expected))
    best = result.best
    assert best.settings == result.settings[int(np.argmin(expected))]
    np.testing.assert_allclose(best.coef, fits[best.index].coef_, rtol=1e-10)
    given = ls.sweep(X[kept], y[kept], grid, X_val=X[held], y_val=y[held], max_iter=50)
    np.testing.assert_allclose(given.scores["validation_log_loss"], expected, rtol=1e-9)


def test_without_held_out_rows_training_chooses(two):
    result = ls.sweep(*two, {"alpha": [1.0, 0.0]}, max_iter=20)
    assert (result.criterion, result.best.index) == ("log_loss", 1)
    assert result.best.estimator["alpha"] == 0.0
    with pytest.raises(IndexError):
        result.model(2)
    assert result.model(-1).index == 1


@pytest.mark.parametrize("solver", ["gd", "sgd"])
def test_measures_of_every_epoch_end_where_the_scores_are(two, solver):
    X, y = ls.standardize(two[0])[0], two[1]
    grid = {"activation": ["sigmoid", "cloglog"], "learning_rate": [0.1, 0.02]}
    how = {"validation_fraction": 0.25, "max_iter": 15, "tol": 0.0, "solver": solver}
    quick, full = (ls.sweep(X, y, grid, measure_every_epoch=each, **how) for each in (False, True))
    assert set(quick.curves) == {"loss"}
    names = ("log_loss", "accuracy", "validation_log_loss", "validation_accuracy")
    assert set(full.curves) == {"loss", *names}
    np.testing.assert_array_equal(quick.params, full.params)
    for name in names:
        assert full.curves[name].shape == (16, 4)
        np.testing.assert_allclose(full.curves[name][-1], quick.scores[name], rtol=1e-12)


def test_the_table(two):
    result = ls.sweep(*two, {"activation": ["tanh", "sigmoid"], "alpha": [0.0, 0.5]}, max_iter=5, tol=0.0)
    table = result.to_pandas()
    assert table.columns.tolist() == [
        "activation", "alpha", "rate", "status", "n_iter", "final_loss", "log_loss", "accuracy",
    ]  # fmt: skip
    assert table["activation"].tolist() == ["tanh", "tanh", "sigmoid", "sigmoid"]
    assert table["alpha"].tolist() == [0.0, 0.5, 0.0, 0.5]
    assert (table["n_iter"] == 5).all()
    assert (table["status"] == "epochs_done").all()
    np.testing.assert_allclose(table["final_loss"], result.curves["loss"][-1])
    lines = str(result).splitlines()
    assert " ".join(lines[0].split()) == "activation alpha rate status n iter final loss log loss accuracy"
    assert len(lines) == 5
    order = table["log_loss"].to_numpy().argsort(kind="stable")
    assert [line.split()[:2] for line in lines[1:]] == [
        [table["activation"][m], f"{table['alpha'][m]:g}"] for m in order
    ]
    losses = ls.sweep(*two, {"loss": ["brier", "focal"], "activation": ["tanh", "sigmoid"]}, max_iter=1)
    for row, settings in zip(losses.rows(), losses.settings, strict=True):
        assert {name: row[name] for name in settings} == settings
    long = str(ls.sweep(*two, {"seed": range(50)}, max_iter=1)).splitlines()
    assert len(long) == 22
    assert long[-1] == "... and 30 more, by log loss"


def test_objects_stand_for_names(two):
    focal = ls.Focal(gamma=1.0)
    result = ls.sweep(
        *two, {"loss": [focal, ls.Focal(gamma=3.0)], "activation": [ls.get_activation("tanh")]}, max_iter=3
    )
    assert result.settings[0]["loss"] is focal
    check_against_alone(result, *two)


@pytest.mark.parametrize(("call", "n_done"), [(19, 5), (14, 0), (13, 0)])  # a squad makes 11 evaluations and one more
def test_an_interrupted_sweep_is_what_was_made(two, monkeypatch, call, n_done):
    monkeypatch.setattr(_sweep, "SQUAD_BYTES", 1)
    monkeypatch.setattr(_sweep, "_FEWEST_COLUMNS", 2)
    X, y = ls.standardize(two[0])[0], two[1]
    calls, grid = [], {"learning_rate": [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]}
    whole = ls.sweep(X, y, grid, max_iter=10, tol=0.0)
    original = Objective.evaluate

    def impatient(self, *args, **kwargs):
        calls.append(self.n_columns)
        if len(calls) == call:
            raise KeyboardInterrupt
        return original(self, *args, **kwargs)

    monkeypatch.setattr(Objective, "evaluate", impatient)
    result = ls.sweep(X, y, grid, max_iter=10, tol=0.0)
    assert result.status == (Status.EPOCHS_DONE,) * 2 + (Status.INTERRUPTED,) * 4
    assert result.n_iter.tolist() == [10, 10, n_done, n_done, 0, 0]
    np.testing.assert_array_equal(result.params[:, :2], whole.params[:, :2])
    np.testing.assert_array_equal(result.params[:, 4:], 0.0)
    n_seen = 0 if call == 13 else n_done + 1
    np.testing.assert_array_equal(result.curves["loss"][:n_seen, 2:4], whole.curves["loss"][:n_seen, 2:4])
    assert np.isnan(result.curves["loss"][:, 2:4]).any() == (call == 13)
    np.testing.assert_allclose(result.curves["loss"][:, 4:], np.log(2.0), rtol=1e-14)


def test_a_sweep_interrupted_before_anything_was_seen_is_none(two, monkeypatch):
    def impatient(self, *args, **kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(Objective, "evaluate", impatient)
    with pytest.raises(KeyboardInterrupt):
        ls.sweep(*two, {"learning_rate": [0.1]})


NUMBERS = {"learning_rate": "'auto' or finite numbers > 0", "alpha": "finite numbers >= 0", "seed": "integers >= 0"}
KEYS = "'activation', 'alpha', 'learning_rate', 'loss', 'seed'"
REFUSED = {
    "no dict": (["tanh"], {}, "`grid` must be a dict of lists, such as {'alpha': [0.0, 0.1]}; got ['tanh']."),
    "empty": (
        {}, {}, "`grid` must name one of 'activation', 'loss', 'learning_rate', 'alpha', 'seed'; got an empty dict."
    ),
    "key": ({"C": [1.0]}, {}, f"The keys of `grid` must be among {KEYS}; got 'C'."),
    "text": ({"activation": "tanh"}, {}, "`grid['activation']` must be a list of at least one value; got 'tanh'."),
    "number": ({"alpha": 0.1}, {}, "`grid['alpha']` must be a list of at least one value; got 0.1."),
    "no values": ({"seed": []}, {}, "`grid['seed']` must be a list of at least one value; got []."),
    "twice": ({"seed": [1, 2, 1]}, {}, "`grid['seed']` must hold different values; got 1 twice."),
    "name twice": ({"loss": ["brier"] * 2}, {}, "`grid['loss']` must hold different values; got 'brier' twice."),
    "solver": (
        {"alpha": [0.1]}, {"solver": "newton"},
        "Cannot use `solver='newton'` in a sweep: it needs no learning rate, and its models are trained side by side,"
        " each at its own. Choose one of 'adagrad', 'adam', 'gd', 'momentum', 'nesterov', 'rmsprop', 'sgd'.",
    ),
    "epochs": ({"alpha": [0.1]}, {"max_iter": 0}, "`max_iter` must be an integer >= 1; got 0."),
    "batch": ({"alpha": [0.1]}, {"batch_size": 2.5}, "`batch_size` must be an integer >= 1; got 2.5."),
    "large batch": (
        {"alpha": [0.1]}, {"batch_size": 81},
        "`batch_size` must be an integer from 1 to the number of training samples, 80; got 81.",
    ),
    "tol": ({"alpha": [0.1]}, {"tol": -1.0}, "`tol` must be a finite number >= 0; got -1.0."),
    "random_state": ({"alpha": [0.1]}, {"random_state": None}, "`random_state` must be an integer >= 0; got None."),
    "l1_ratio": ({"alpha": [0.1]}, {"l1_ratio": 2}, "`l1_ratio` must be a number in [0, 1]; got 2."),
    "fraction": (
        {"alpha": [0.1]}, {"validation_fraction": 1.5},
        "`validation_fraction` must be a number between 0 and 1; got 1.5.",
    ),
    "both": (
        {"alpha": [0.1]}, {"validation_fraction": 0.5, "X_val": [[0.0]], "y_val": [0]},
        "`validation_fraction` must be None where X_val and y_val are given; got 0.5.",
    ),
    "one": ({"alpha": [0.1]}, {"X_val": [[0.0] * 3]}, "`y_val` must be given with X_val; got None."),
    "width": (
        {"alpha": [0.1]}, {"X_val": [[0.0], [1.0]], "y_val": ["no", "yes"]},
        "`X_val` must have the 3 columns of `X`; got 1.",
    ),
    "class": (
        {"alpha": [0.1]}, {"X_val": [[0.0] * 3] * 2, "y_val": ["no", "maybe"]},
        "`y_val` must hold classes of `y`; got 'maybe' at index 1.",
    ),
    "bytes": ({"alpha": [0.1]}, {"max_bytes": 0}, "`max_bytes` must be a number > 0; got 0."),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused(two, case):
    grid, options, message = REFUSED[case]
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        ls.sweep(*two, grid, **options)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        *product(["learning_rate"], [0.0, -1.0, np.nan, np.inf, "fast", None, True]),
        *product(["alpha"], [-1.0, np.nan, "auto", None, False]),
        *product(["seed"], [-1, 1.5, "a", None, True]),
    ],
)
def test_values_that_are_refused(two, key, value):
    message = f"`grid[{key!r}]` must hold {NUMBERS[key]}; got {value!r} at index 1."
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        ls.sweep(*two, {key: [1, value]})


@pytest.mark.parametrize(("key", "registry"), [("activation", ls.ACTIVATIONS), ("loss", ls.LOSSES)])
def test_names_that_are_unknown(two, key, registry):
    with pytest.raises(InvalidInputError, match=f"^`{key}` must be one of .*; got 'nonsense'"):
        ls.sweep(*two, {key: ["nonsense"]})


def test_a_rate_of_the_optimizers_own(two):
    X, y = ls.standardize(two[0])[0], two[1]
    result = ls.sweep(X, y, {"alpha": [0.0, 0.1]}, solver=GradientDescent(0.2), max_iter=5)
    np.testing.assert_array_equal(result.rates, 0.2)
    must = (
        r"^Cannot use `grid\['learning_rate'\]` with .*: the optimizer has a rate of its own\. Give it in one place\.$"
    )
    for rates in ([0.1], ["auto"], ["auto", 0.1]):
        with pytest.raises(IncompatibleError, match=must):
            ls.sweep(X, y, {"learning_rate": rates}, solver=GradientDescent(0.2))


def test_more_than_memory_allows(two):
    message = (
        "`max_bytes` must allow the curves: 2,000 models x 1,001 epochs x 5 x 8 bytes = 80,080,000 bytes; got"
        " 1,000,000. Sweep over parts of the grid, or fewer epochs."
    )
    with pytest.raises(RecordTooLargeError, match=f"^{re.escape(message)}$"):
        ls.sweep(*two, {"seed": range(2000)}, max_iter=1000, max_bytes=10**6, measure_every_epoch=True)


def test_a_sparse_array(two):
    message = "`X` must be a dense array to be compared on; got a sparse one. Use X.toarray()."
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        ls.sweep(csr_array(two[0]), two[1], {"alpha": [0.0]})


def test_single_precision_stays_what_it_is():
    """Half the memory, and the runs that the estimator makes of the same data."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((400, 3)).astype(np.float32)
    y = (X[:, 0] + rng.logistic(size=400) > 0).astype(int)
    result = ls.sweep(X, y, {"alpha": [0.0, 0.1], "activation": ["sigmoid", "probit"]}, max_iter=30, tol=0)
    for index in range(len(result)):
        clf, model = alone(result, index, X, y), result.model(index)
        np.testing.assert_allclose(model.coef, clf.coef_, rtol=2e-6)
        double = ls.LogisticRegression(**model.estimator).fit(X.astype(np.float64), y)
        assert np.abs(result.curves["loss"][1:, index] - double.loss_curve_).max() > 0


def test_a_rate_that_is_too_large_is_said_to_be(two):
    """More epochs would not help a model whose objective goes up and down."""
    result = ls.sweep(*two, {"learning_rate": [0.01, 8.0]}, max_iter=60)
    assert result.status == (ls.Status.OUT_OF_EPOCHS,) * 2
    assert "Raise max_iter" in result.message[0]
    assert result.message[1].endswith("The objective still goes up and down. Lower the learning rate.")
