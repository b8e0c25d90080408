"""What of a difference is units and what is real: against runs made by hand, and for pairs that have no rewrite."""

import re

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import log_loss

import logitscope as ls
from logitscope._exceptions import InvalidInputError, UnknownNameError
from logitscope.comparison._paired import paired_interval

ARMS = {"activations": ("tanh", "sigmoid"), "learning_rate": 0.1, "seeds": 3, "max_iter": 30}


def test_the_rewritten_arm_is_the_run_by_hand(two, rows_of_seed):
    """4 times the rate, a quarter of the penalty, on the same rows."""
    result = ls.compare(*two, **ARMS, alpha=0.04)
    explained = result.explain("tanh", "sigmoid")
    losses, accuracy = explained.differences[:2]
    for position, seed in enumerate(result.seeds):
        rows = rows_of_seed(*two, seed)
        for name, rate, alpha, found in (
            ("tanh", 0.1, 0.04, losses.first),
            ("sigmoid", 0.1, 0.04, losses.second),
            ("sigmoid", 0.4, 0.01, losses.rewritten),
        ):
            clf = ls.LogisticRegression(name, learning_rate=rate, alpha=alpha, max_iter=30, tol=0)
            clf.fit(rows.X, rows.y)
            assert found[position] == pytest.approx(log_loss(rows.y_test, clf.predict_proba(rows.X_test)), rel=1e-12)
        assert accuracy.rewritten[position] == pytest.approx(clf.score(rows.X_test, rows.y_test))
    assert losses.as_given.mean() > 0.01
    np.testing.assert_allclose(losses.units + losses.real, losses.as_given, rtol=1e-12)
    np.testing.assert_allclose(losses.real, 0, atol=1e-15)
    assert [rates.tolist() for rates in explained.rates] == [[0.1] * 3, [0.1] * 3, [0.4] * 3]


@pytest.mark.parametrize("more", [{}, {"init": "normal", "batch_size": 16}, {"alpha": [0.03, 0.1]}], ids=str)
@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
@pytest.mark.parametrize("name", ls.OPTIMIZERS)
def test_units_alone_never_make_a_winner(name, loss, more, two):
    result = ls.compare(*two, **ARMS, losses=[loss], solver=name, **more)
    explained = result.explain("tanh", "sigmoid")
    assert explained.is_reparametrisation
    assert np.abs(explained.differences[0].as_given).max() > 1e-4
    assert explained.largest_gap < 1e-10
    assert explained.winner is None
    assert "there is no difference but of units, and nobody wins." in explained.verdict
    back = result.explain("sigmoid", "tanh")
    assert back.largest_gap < 1e-10
    assert back.winner is None


@pytest.mark.parametrize("rule", ["auto", "matched"])
def test_several_classes_and_rates_by_rule(rule, three):
    result = ls.compare(*three, activations=("tanh", "sigmoid"), learning_rate=rule, seeds=2, max_iter=20, alpha=0.1)
    explained = result.explain("tanh", "sigmoid")
    assert explained.largest_gap < 1e-12
    assert explained.winner is None


def test_a_rate_that_warms_up(two):
    class WarmUp:
        def factor(self, step):
            return min(1.0, (step + 1) / 10)

    solver = ls.Clipped(ls.Momentum(schedule=WarmUp()), max_norm=0.05)
    explained = ls.compare(*two, **ARMS, solver=solver).explain("tanh", "sigmoid")
    assert explained.rates[2] == pytest.approx([0.4] * 3, rel=1e-15)
    assert explained.largest_gap < 1e-12


def test_two_losses_that_are_multiples_are_units_too(two):
    """½(a − t)² of tanh is 2 (p − y)²."""
    result = ls.compare(*two, **ARMS, losses=["squared_error", "brier"])
    explained = result.explain("tanh, squared error", "sigmoid, brier")
    assert explained.rewrite.loss_scale == 2.0
    assert explained.rates[2] == pytest.approx([0.8] * 3)
    assert explained.largest_gap < 1e-12


def test_two_models_are_compared_at_matched_rates(two):
    """The curvature bounds in z are 1 for tanh and 1/4 for the sigmoid, with cross-entropy; ½(p − y)²: 0.0770."""
    result = ls.compare(*two, **ARMS, losses=["cross_entropy", "squared_error"])
    explained = result.explain("tanh, cross entropy", "sigmoid, squared error")
    assert explained.rewrite is None
    assert explained.reason.startswith("Cannot rewrite tanh with cross_entropy as sigmoid with squared_error: ")
    assert explained.rates[2] == pytest.approx([0.1 / 0.0770293] * 3, rel=1e-4)
    figures = explained.differences[0]
    expected = stats.t.ppf(0.975, 2) * np.std(figures.real, ddof=1) * np.sqrt(1 / 3 + 1 / 3)
    assert figures.interval == pytest.approx((figures.real.mean() - expected, figures.real.mean() + expected))
    is_clear = figures.interval[0] > 0 or figures.interval[1] < 0
    assert (explained.winner is not None) == is_clear


def test_a_real_difference_has_a_winner():
    """Rows far on their own side, where the tails of the activation are all that counts."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((400, 2))
    y = (X[:, 0] + 0.3 * rng.standard_normal(400) > 0).astype(int)
    result = ls.compare(X, y, activations=("tanh", "cauchit"), learning_rate=0.5, seeds=6, max_iter=100)
    explained = result.explain("cauchit", "tanh")
    _, high = explained.differences[0].interval
    assert high < 0  # the tails of cauchit are too heavy for rows that are told apart so well
    assert explained.winner == "tanh"
    assert explained.verdict.endswith("tanh is ahead after 100 epochs, at these rates.")
    assert result.explain("tanh", "cauchit").winner == "tanh"


def test_mirror_images_are_two_models_of_the_same_labels(two):
    explained = ls.compare(*two, **ARMS | {"activations": ("loglog", "cloglog")}).explain("loglog", "cloglog")
    assert explained.rewrite is None
    assert explained.reason.startswith("Cannot rewrite loglog as cloglog for the same labels: they are mirror images")


def test_softmax_beside_one_vs_rest(three):
    explained = ls.compare(*three, **ARMS | {"activations": ("softmax", "sigmoid")}).explain("sigmoid", "softmax")
    assert explained.rewrite is None
    assert explained.rates[2] == pytest.approx([0.1 * 0.25 / 0.5] * 3)


def test_one_seed_has_no_interval_and_no_winner(two):
    explained = ls.compare(*two, **ARMS | {"seeds": 1, "activations": ("tanh", "cauchit")}).explain("tanh", "cauchit")
    assert np.isnan(explained.differences[0].interval).all()
    assert explained.winner is None


def test_it_prints_as_a_table(two):
    explained = ls.compare(*two, **ARMS).explain("tanh", "sigmoid")
    lines = str(explained).splitlines()
    headings = (
        "mean over seeds|tanh|sigmoid|sigmoid rewritten|difference|of it units|real|95 % interval of what is real"
    )
    assert re.split(r"\s{2,}", lines[0]) == headings.split("|")
    assert lines[1].split() == ["learning", "rate", "0.1", "0.1", "0.4"]
    assert lines[-1] == explained.verdict
    assert repr(explained) == "Explanation(tanh, sigmoid; units)"
    row = explained.rows()[0]
    assert row["first"] == explained.differences[0].first.mean()


def test_a_target_that_is_not_reached_is_no_number(two):
    result = ls.compare(*two, **ARMS, target_loss=0.01)
    epochs = result.explain("tanh", "sigmoid").differences[-1]
    assert np.isinf(epochs.first).all()
    assert (epochs.as_given.tolist(), epochs.real.tolist()) == ([0.0] * 3, [0.0] * 3)
    assert "not reached" in str(result.explain("tanh", "sigmoid"))


def test_labels_are_checked(two):
    result = ls.compare(*two, **ARMS | {"seeds": 1})
    with pytest.raises(UnknownNameError) as caught:
        result.explain("tanh", "sigmoidal")
    assert str(caught.value) == "`second` must be one of 'sigmoid', 'tanh'; got 'sigmoidal'."
    with pytest.raises(InvalidInputError) as caught:
        result.explain("tanh", "tanh")
    assert str(caught.value) == "`first` and `second` must be two arms; got 'tanh' twice."


@pytest.mark.parametrize("test_size", [0.1, 0.5])
def test_the_interval_is_the_corrected_one(test_size):
    d = np.array([0.3, -0.1, 0.4, 0.2])
    spread = np.sqrt(sum((x - 0.2) ** 2 for x in d) / 3 * (1 / 4 + test_size / (1 - test_size)))
    expected = stats.t.interval(0.9, 3, loc=0.2, scale=spread)
    assert paired_interval(d, test_size, 0.9) == pytest.approx(expected)
    assert np.isnan(paired_interval(d[:1], test_size)).all()
    assert np.isnan(paired_interval(np.array([0.1, np.inf]), test_size)).all()
