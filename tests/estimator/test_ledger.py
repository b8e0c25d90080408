"""The ledger of an estimator's run: whose terms its predictions are made of."""

import re

import numpy as np
import pytest

import logitscope as ls
from logitscope import _exceptions

X, Y = ls.load_dataset("iris")[:2]
X = X - X.mean(axis=0)
TWO = Y < 2


def fitted(X, y, activation="sigmoid", **settings):
    settings = {"solver": "momentum", "tol": 0, "max_iter": 50, "learning_rate": 0.1, "random_state": 0} | settings
    return ls.LogisticRegression(activation, ledger=True, on_separation="ignore", **settings).fit(X, y)


@pytest.mark.parametrize("batch_size", [None, 16])
@pytest.mark.parametrize("alpha", [0.0, 0.01])
@pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
def test_predictions_are_sums_of_terms(batch_size, alpha, activation):
    clf = fitted(X, Y, activation, batch_size=batch_size, alpha=alpha, init="normal")
    split = clf.ledger_.contribution(X)
    np.testing.assert_allclose(
        split.terms.sum(axis=1) + split.initial, clf.decision_function(X), rtol=1e-11, atol=1e-12
    )
    assert clf.ledger_.error < 1e-12


def test_labels_are_those_of_the_user():
    names = np.array(["one", "two"])[Y[TWO]]
    clf = fitted(X[TWO], names)
    top = clf.ledger_.top(X[0], k=5)
    np.testing.assert_array_equal(top.label, names[top.index])
    np.testing.assert_allclose(top.z, clf.decision_function(X[:1])[0], rtol=1e-12)


def test_rows_of_weight_0_have_no_account():
    weights = np.ones(100)
    weights[::3] = 0
    clf = ls.LogisticRegression(ledger=True, tol=0, on_separation="ignore").fit(X[TWO], Y[TWO], weights)
    np.testing.assert_array_equal(clf.ledger_.sample_index, np.flatnonzero(weights))


def test_soft_labels_name_themselves():
    soft = np.clip(Y[TWO] + 0.1 * np.sin(np.arange(100)), 0.05, 0.95)
    clf = fitted(X[TWO], soft)
    top = clf.ledger_.top(X[0], k=3)
    np.testing.assert_array_equal(top.label, soft[top.index])


def test_a_replay_is_the_fit_without_the_row():
    keep = np.arange(150) != 70
    clf, without = fitted(X, Y, "softmax"), fitted(X[keep], Y[keep], "softmax")
    replay = clf.ledger_.replay(drop=[70])
    np.testing.assert_allclose(replay.params[:4].T, without.coef_, rtol=1e-10)


def test_a_warm_start_starts_from_the_last_parameters():
    clf = fitted(X[TWO], Y[TWO], alpha=0.1, warm_start=True)
    before = clf.coef_.copy()
    clf.fit(X[TWO], Y[TWO])
    ledger = clf.ledger_
    np.testing.assert_allclose(ledger.initial[:4].T, ledger.decay * before, rtol=1e-12)
    np.testing.assert_allclose(ledger.decay * before + ledger.alpha @ X[TWO], clf.coef_, rtol=1e-11)


def test_a_part_of_a_stream_has_an_account_of_its_own():
    clf = ls.LogisticRegression(solver="momentum", ledger=True, learning_rate=0.1, alpha=0.01)
    for part in (slice(0, 70), slice(70, 100)):
        clf.partial_fit(X[TWO][part], Y[TWO][part], classes=[0, 1])
    split = clf.ledger_.contribution(X[TWO])
    assert split.terms.shape == (100, 30)
    np.testing.assert_allclose(split.terms.sum(axis=1) + split.initial, clf.decision_function(X[TWO]), rtol=1e-11)


def test_a_ledger_changes_nothing_and_goes_with_the_next_fit():
    clf = fitted(X[TWO], Y[TWO], batch_size=8)
    coef = clf.coef_.copy()
    clf.set_params(ledger=False).fit(X[TWO], Y[TWO])
    np.testing.assert_array_equal(clf.coef_, coef)
    assert not hasattr(clf, "ledger_")


def test_a_file_holds_no_ledger(tmp_path):
    clf = fitted(X[TWO], Y[TWO])
    clf.save(tmp_path / "m.npz")
    again = ls.LogisticRegression.load(tmp_path / "m.npz")
    assert again.ledger is True
    assert not hasattr(again, "ledger_")


def test_a_run_that_blew_up_says_why_there_is_none():
    with pytest.warns(match="diverged"):
        clf = fitted(1e3 * X[TWO], np.tile([0, 1], 50), "tanh", loss="squared_error", alpha=1.0, learning_rate=1e3)
    assert not hasattr(clf, "ledger_")
    assert clf.status_message_.endswith(
        ". There is no `ledger_`: the parameters are not those that the last step led to."
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"solver": "newton", "learning_rate": "auto"},
            "Cannot use `ledger=True` with `solver='newton'`: all samples together make each of its steps, so that none"
            " is a sum of the samples' own. Use 'gd', 'sgd', 'momentum' or 'nesterov'.",
        ),
        (
            {"solver": "lbfgs", "learning_rate": "auto"},
            "Cannot use `ledger=True` with `solver='lbfgs'`: all samples together make each of its steps, so that none"
            " is a sum of the samples' own. Use 'gd', 'sgd', 'momentum' or 'nesterov'.",
        ),
        (
            {"early_stopping": True},
            "Cannot use `ledger=True` with `early_stopping=True`: the parameters of an earlier epoch are restored, and"
            " the account is of the last step. Set early_stopping=False and max_iter to the epoch that was best.",
        ),
        (
            {"alpha": 0.1, "l1_ratio": 0.5},
            "Cannot keep a ledger with an L1 penalty: its proximal map is not linear, so that the coefficients are no"
            " sum of rows, one number a sample. Use l1_ratio=0.",
        ),
        *(
            (
                {"solver": name},
                f"Cannot keep a ledger with {name!r}: its update is not linear in the gradient. What divides each"
                " parameter by the size of its gradients, or clips them, leaves no one number a sample: it would take"
                " one for every parameter, made of all other samples too. Use one of 'gd', 'sgd', 'momentum',"
                " 'nesterov'.",
            )
            for name in ("adam", "adagrad", "rmsprop")
        ),
    ],
)
def test_runs_without_an_account_are_refused(settings, message):
    with pytest.raises(_exceptions.IncompatibleError, match=f"^{re.escape(message)}$"):
        fitted(X, Y, **settings)


def test_a_ledger_is_kept_or_not():
    with pytest.raises(_exceptions.InvalidInputError, match=r"^`ledger` must be True or False; got 'yes'\.$"):
        ls.LogisticRegression(ledger="yes").fit(X, Y)


@pytest.mark.parametrize(("name", "parameter"), [("ledger_", "ledger"), ("update_log_", "record")])
def test_what_was_not_asked_for_is_missed_in_words(name, parameter):
    clf = ls.LogisticRegression(max_iter=2, tol=0).fit([[0.0], [1.0], [2.0]], [0, 1, 0])
    assert not hasattr(clf, name)
    with pytest.raises(AttributeError) as caught:
        getattr(clf, name)
    assert str(caught.value) == (
        f"`{name}` must be asked for before the fit; got {parameter}=False. Set {parameter}=True and fit."
    )
    with pytest.raises(AttributeError) as caught:
        getattr(clf.set_params(**{parameter: True}), name)
    assert str(caught.value) == (
        f"'LogisticRegression' object has no attribute {name!r}: there is none without a fit that made it."
    )
