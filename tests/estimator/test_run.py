"""Weights, splits, warm starts and initial values: how a run is put together."""

import numpy as np
import pytest

import logitscope as ls
from logitscope import LogisticRegression, Status, UpdateRecorder
from logitscope._exceptions import IncompatibleError, InvalidInputError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SOLVERS = [*ls.OPTIMIZERS, *ls.SOLVERS]


def message(data, sample_weight=None, **parameters):
    with pytest.raises(InvalidInputError) as caught:
        LogisticRegression(**parameters).fit(*data, sample_weight=sample_weight)
    return str(caught.value)


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (np.r_[np.ones(7), -2.0, np.ones(52)], "`sample_weight` must hold finite numbers >= 0; got -2.0 at index 7."),
        (np.r_[np.nan, np.ones(59)], "`sample_weight` must hold finite numbers >= 0; got nan at index 0."),
        (np.r_[np.ones(59), np.inf], "`sample_weight` must hold finite numbers >= 0; got inf at index 59."),
        (np.zeros(60), "`sample_weight` must have a weight > 0; got only zeros."),
        (np.ones(59), "`sample_weight` must have one weight for each of the 60 rows; got 59."),
        (np.ones((60, 2)), "`sample_weight` must have shape (n_samples,); got shape (60, 2)."),
    ],
)
def test_bad_weights(moons, weights, expected):
    assert message(moons, weights) == expected


@pytest.mark.parametrize(
    ("class_weight", "expected"),
    [
        ({0: 1, 1: -1}, "`class_weight` must hold finite numbers >= 0; got -1 for class 1."),
        ({0: np.nan, 1: 1}, "`class_weight` must hold finite numbers >= 0; got nan for class 0."),
        ({0: 0, 1: 0}, "`class_weight` must leave a weight > 0; got {0: 0, 1: 0}."),
    ],
)
def test_bad_class_weights(moons, class_weight, expected):
    assert message(moons, class_weight=class_weight) == expected


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_row_of_weight_zero_is_absent(three, solver, early_stopping, dtype):
    X, y = three[0].astype(dtype), three[1]
    weights = np.random.default_rng(0).integers(0, 3, len(y)).astype(float)
    used = weights > 0
    X, labels = X.copy(), y.astype(object)
    X[~used] = 1e6
    labels[~used] = "nowhere else"
    labels[used] = np.array(["a", "b", "c"])[y[used]]
    clf = LogisticRegression(
        solver=solver, early_stopping=early_stopping, max_iter=8, random_state=4, alpha=0.01, class_weight="balanced"
    )
    clf.fit(X, labels.astype(str), sample_weight=weights)
    coef, intercept, curve = clf.coef_, clf.intercept_, clf.loss_curve_
    clf.fit(X[used], labels[used].astype(str), sample_weight=weights[used])
    np.testing.assert_array_equal(coef, clf.coef_)
    np.testing.assert_array_equal(intercept, clf.intercept_)
    np.testing.assert_array_equal(curve, clf.loss_curve_)
    assert clf.classes_.tolist() == ["a", "b", "c"]


def test_weights_are_repetitions(moons):
    X, y = moons
    weights = np.random.default_rng(0).integers(1, 4, len(y))
    weighted = LogisticRegression(max_iter=30).fit(X, y, sample_weight=weights)
    repeated = LogisticRegression(max_iter=30).fit(np.repeat(X, weights, axis=0), np.repeat(y, weights))
    np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-12)
    np.testing.assert_allclose(weighted.loss_curve_, repeated.loss_curve_, rtol=1e-12)


def test_class_weights_are_sample_weights(three):
    X, y = three
    y = np.minimum(y, 1)
    by_hand = np.where(y == 0, len(y) / (2 * (y == 0).sum()), len(y) / (2 * (y == 1).sum()))
    balanced = LogisticRegression(class_weight="balanced").fit(X, y)
    np.testing.assert_allclose(balanced.coef_, LogisticRegression().fit(X, y, by_hand).coef_, rtol=1e-12)
    given = LogisticRegression(class_weight={0: 3.0, 1: 0.5}).fit(X, y, sample_weight=np.arange(1, 91))
    weights = np.arange(1, 91) * np.where(y == 0, 3.0, 0.5)
    np.testing.assert_array_equal(given.coef_, LogisticRegression().fit(X, y, weights).coef_)


def test_early_stopping_holds_out_a_row_of_every_class(three):
    clf = LogisticRegression(early_stopping=True, validation_fraction=0.01, record=True, random_state=0, max_iter=3)
    clf.fit(*three)
    assert clf.update_log_.z.shape == (3, 87, 3)
    held = np.setdiff1d(np.arange(90), clf.update_log_.sample_index)
    assert sorted(three[1][held]) == [0, 1, 2]


def test_early_stopping_restores_the_best_parameters(moons):
    X, y = moons
    val = slice(0, 20)
    clf = LogisticRegression(
        solver="adam", learning_rate=0.5, early_stopping=True, n_iter_no_change=5, max_iter=300, tol=1e-12
    )
    clf.fit(X[20:], y[20:], X_val=X[val], y_val=y[val])
    assert clf.status_ is Status.EARLY_STOPPED
    best = int(np.argmin(clf.validation_loss_curve_))
    assert clf.n_iter_ == best + 1
    assert len(clf.validation_loss_curve_) == len(clf.loss_curve_) == clf.n_iter_ + 5
    p = clf.predict_proba(X[val])[np.arange(20), y[val]]
    assert -np.log(p).mean() == pytest.approx(clf.validation_loss_curve_[best], rel=1e-12)
    assert clf.score(X[val], y[val]) == pytest.approx(clf.validation_accuracy_curve_[best])


def test_a_class_too_small_to_split():
    X, y = np.arange(9.0)[:, None], [0, 0, 0, 0, 1, 1, 1, 1, 2]
    assert message((X, y), early_stopping=True).startswith(
        "`validation_fraction` must leave rows of every class on both sides; got 0.1 of 9 rows (The least populated"
    )
    assert message((X, y), early_stopping=True).endswith("). Give more data, another fraction, or X_val and y_val.")


def test_warm_start_goes_on(moons):
    whole = LogisticRegression(max_iter=20, tol=0).fit(*moons)
    parts = LogisticRegression(max_iter=10, tol=0, warm_start=True).fit(*moons)
    first = parts.loss_curve_
    parts.set_params(learning_rate=parts.learning_rate_).fit(*moons)
    np.testing.assert_allclose(parts.coef_, whole.coef_, rtol=1e-13)
    np.testing.assert_allclose(np.r_[first, parts.loss_curve_], whole.loss_curve_, rtol=1e-13)
    cold = LogisticRegression(max_iter=10, tol=0).fit(*moons).fit(*moons)
    np.testing.assert_array_equal(cold.loss_curve_, first)


def test_warm_start_needs_the_same_problem(moons, three):
    X, y = three
    clf = LogisticRegression(warm_start=True, max_iter=2).fit(X, y)
    with pytest.raises(IncompatibleError) as caught:
        clf.fit(X, np.array(["a", "b", "c"])[y])
    assert str(caught.value) == (
        "Cannot use `warm_start=True` with classes ['a', 'b', 'c']: the last fit had [0, 1, 2]. Set warm_start=False."
    )
    with pytest.raises(IncompatibleError) as caught:
        clf.fit(X[:, :2], y)
    assert str(caught.value) == (
        "Cannot go on from parameters of shape (5, 3): these data need (3, 3). Fit with warm_start=False."
    )


def test_initial_values(moons):
    X, y = moons
    start = np.array([[0.5], [-1.0], [2.0]])
    given = LogisticRegression(init=start, max_iter=1, learning_rate=1e-300, tol=0).fit(X, y)
    np.testing.assert_array_equal(np.r_[given.coef_[0], given.intercept_], start[:, 0])
    flat = LogisticRegression(init=start[:, 0], max_iter=1, learning_rate=1e-300, tol=0).fit(X, y)
    np.testing.assert_array_equal(flat.coef_, given.coef_)
    normal = [LogisticRegression(init="normal", random_state=s, max_iter=2).fit(X, y).coef_ for s in (0, 0, 1)]
    np.testing.assert_array_equal(normal[0], normal[1])
    assert not np.array_equal(normal[0], normal[2])


def test_bad_initial_values(moons):
    assert message(moons, init=np.zeros((2, 1))) == (
        "`init` must have shape (3, 1): a row a feature, then the intercept, a column a model; got (2, 1)."
    )
    assert message(moons, init=np.zeros(3), fit_intercept=False) == (
        "`init` must have shape (2, 1): a row a feature, a column a model; got (3, 1)."
    )
    assert message(moons, init=[0.0, np.inf, 0.0]) == "`init` must hold finite numbers; got inf."
    assert message(moons, init=["a", "b"]) == (
        "`init` must be 'zeros', 'normal' or an array of numbers; got ['a', 'b']."
    )


@pytest.mark.parametrize(
    "make", [lambda: 5, lambda: np.random.default_rng(5), lambda: np.random.RandomState(5), lambda: np.int64(5)]
)
def test_a_random_state_repeats(moons, make):
    first, second = (LogisticRegression(solver="sgd", random_state=make(), max_iter=3).fit(*moons) for _ in "12")
    np.testing.assert_array_equal(first.coef_, second.coef_)


def test_unshuffled_batches_need_no_seed(moons):
    first, second = (LogisticRegression(solver="sgd", shuffle=False, max_iter=3).fit(*moons) for _ in "12")
    np.testing.assert_array_equal(first.coef_, second.coef_)


@pytest.mark.parametrize("record", [False, True, UpdateRecorder(samples=2)])
def test_every_run_draws_once_from_a_shared_random_state(record):
    """Whether it is recorded, and whether it needs a seed at all, is not to be seen by the runs after it."""
    X, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([0, 1, 0, 1])
    shared, twice = np.random.RandomState(3), np.random.RandomState(3)
    LogisticRegression(random_state=shared, max_iter=2, tol=0.0, record=record).fit(X, y)
    twice.randint(2**31)
    assert shared.randint(2**31) == twice.randint(2**31)
