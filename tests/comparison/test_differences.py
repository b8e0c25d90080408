"""Paired differences: intervals and tests against SciPy and brute force, and what is said of them in words."""

from itertools import product

import numpy as np
import pytest
from scipy import stats

import logitscope as ls
from logitscope._exceptions import UnknownNameError
from logitscope.comparison._paired import (
    bootstrap_interval,
    holm,
    is_real,
    minus,
    paired_interval,
    sign_test,
)  # fmt: skip

VALUES = np.array([0.3, -0.1, 0.25, 0.6, 0.05])


def test_the_bootstrap_is_that_of_every_resample():
    """5⁵ resamples, each as likely; 10 000 drawn ones come close."""
    means = [np.mean(one) for one in product(VALUES, repeat=5)]
    np.testing.assert_allclose(bootstrap_interval(VALUES), np.quantile(means, [0.025, 0.975]), atol=0.011)
    assert bootstrap_interval(VALUES) == bootstrap_interval(VALUES)


def test_the_bootstrap_is_scipys():
    rng = np.random.default_rng(3)
    values = rng.standard_normal(40)
    low, high = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=20_000, random_state=rng
    ).confidence_interval
    np.testing.assert_allclose(bootstrap_interval(values), (low, high), atol=0.02)


@pytest.mark.parametrize(
    "values", [VALUES, -VALUES, VALUES[:1], np.zeros(4), np.r_[VALUES, 0.0, 0.0], np.r_[1, np.inf]]
)
def test_the_sign_test_is_the_binomial_one(values):
    n = int((values != 0).sum())
    expected = stats.binomtest(int((values > 0).sum()), n).pvalue if n else 1.0
    assert sign_test(values) == pytest.approx(expected, rel=1e-14)


def test_ties_of_rounding_are_left_out():
    assert sign_test(np.array([1e-12, -1e-12, 1.0, 1.0, 1.0]), floor=1e-9) == stats.binomtest(3, 3).pvalue


def test_holm_is_that_of_statsmodels():
    multipletests = pytest.importorskip("statsmodels.stats.multitest").multipletests
    rng = np.random.default_rng(0)
    for size in (1, 2, 7):
        p = rng.uniform(size=size) ** 2
        np.testing.assert_allclose(holm(p.tolist()), multipletests(p, method="holm")[1], rtol=1e-12)
    assert holm([]) == []


def test_one_seed_and_infinite_values_have_no_interval():
    for values in (VALUES[:1], np.array([1.0, np.inf])):
        assert np.isnan([*paired_interval(values, 0.25), *bootstrap_interval(values)]).all()
    np.testing.assert_array_equal(minus(np.array([np.inf, 2.0]), np.array([np.inf, 1.5])), [0, 0.5])
    assert not is_real(np.full(3, 1e-12), (0.9e-12, 1.1e-12), np.ones(3))


def test_one_model_in_two_units_is_no_difference(two):
    result = ls.compare(*two, learning_rate="matched", seeds=4, max_iter=30)
    found = result.differences()
    assert len(found) == 1
    assert found[0].verdict == "no difference: the same in every seed, to rounding"
    assert not found[0].is_real
    assert found[0].sign_p == 1.0
    assert "no difference: the same in every seed, to rounding" in str(result)
    assert found.table()[1] == [["tanh − sigmoid", "0", "", "", "", found[0].verdict]]


def test_an_arm_that_is_clearly_worse_is_said_to_be(two):
    result = ls.compare(*two, activations=["tanh"], learning_rate=(0.5, 1e-4), seeds=5, max_iter=40)
    (pair,) = result.differences().pairs
    ends = result.curves["test_log_loss"][:, :, -1]
    values = ends[1] - ends[0]
    np.testing.assert_array_equal(pair.values, values)
    reach = stats.t.ppf(0.975, 4) * values.std(ddof=1) * np.sqrt(1 / 5 + 0.25 / 0.75)
    np.testing.assert_allclose(pair.interval, (values.mean() - reach, values.mean() + reach), rtol=1e-12)
    assert pair.interval[0] > 0
    assert pair.sign_p == stats.binomtest(5, 5).pvalue
    assert pair.verdict == f"tanh, η = 0.0001 higher by {values.mean():.2g}"
    accuracy = result.differences("test_accuracy")[0]
    assert accuracy.verdict.startswith("no difference") or "lower by" in accuracy.verdict
    assert pair.verdict in str(result)


def test_noise_is_no_difference(two):
    result = ls.compare(*two, activations=["tanh", "probit"], learning_rate="tuned", seeds=5, max_iter=40)
    (pair,) = result.differences().pairs
    low, high = pair.interval
    assert low < 0 < high
    assert pair.verdict == "no difference"


def test_pairs_and_their_order(two):
    names = ("sigmoid", "probit", "cauchit")
    result = ls.compare(*two, activations=names, seeds=3, max_iter=10)
    pairs = [(pair.first, pair.second) for pair in result.differences().pairs]
    assert pairs == [("sigmoid", "probit"), ("sigmoid", "cauchit"), ("probit", "cauchit")]
    against = result.differences("log_loss", against="probit")
    assert [(pair.first, pair.second) for pair in against.pairs] == [("probit", "sigmoid"), ("probit", "cauchit")]
    np.testing.assert_array_equal(against[1].second_values, result.curves["log_loss"][2, :, -1])
    for pair, p in zip(against.pairs, holm([pair.sign_p for pair in against.pairs]), strict=True):
        assert pair.sign_p_holm == p
    assert "adjusted for 2 pairs (Holm)" in str(against)
    assert repr(against).startswith("Differences(log_loss; 2 pairs, ")
    many = ls.compare(*two, activations=(*names, "hard", "softsign"), seeds=2, max_iter=3)
    assert [pair.first for pair in many.shown_differences().pairs] == ["sigmoid"] * 4


def test_epochs_to_a_target_that_some_never_reach(two):
    result = ls.compare(*two, activations=["tanh"], learning_rate=(0.5, 1e-6), seeds=3, max_iter=30)
    pair = result.differences("epochs_to_target")[0]
    assert np.isinf(pair.values).all()
    assert pair.verdict == "not finite in every seed"
    assert not pair.is_real


def test_one_seed_or_one_arm_has_none_to_show(two):
    result = ls.compare(*two, activations=["tanh", "probit"], seeds=1, max_iter=3)
    assert result.differences()[0].verdict == "one seed shows nothing"
    assert result.shown_differences() is None
    assert ls.compare(*two, activations=["tanh"], seeds=2, max_iter=3).shown_differences() is None


def test_to_pandas(two):
    pd = pytest.importorskip("pandas")
    found = ls.compare(*two, seeds=2, max_iter=4).differences()
    pd.testing.assert_frame_equal(found.to_pandas(), pd.DataFrame(found.rows()))
    row = found.rows()[0]
    assert (row["first"], row["second"], row["metric"]) == ("sigmoid", "tanh", "test_log_loss")
    assert (row["low"], row["high"]) == found[0].interval


def test_unknown_names_are_refused(two):
    result = ls.compare(*two, seeds=2, max_iter=2)
    with pytest.raises(UnknownNameError, match=r"^`metric` must be one of .*'epochs_to_target'.*; got 'auc'\.$"):
        result.differences("auc")
    with pytest.raises(UnknownNameError, match=r"^`against` must be one of 'sigmoid', 'tanh'; got 'relu'\.$"):
        result.differences(against="relu")


def test_one_notion_of_real(two):
    """`explain` at rates that are matched already finds what the table says."""
    result = ls.compare(*two, activations=["tanh", "cauchit"], learning_rate="matched", seeds=5, max_iter=60)
    explained, pair = result.explain("tanh", "cauchit").differences[0], result.differences()[0]
    np.testing.assert_allclose(explained.real, pair.values, rtol=1e-9)
    np.testing.assert_allclose(explained.interval, pair.interval, rtol=1e-9)
    assert explained.is_real == pair.is_real


def test_one_arm_alone(two):
    result = ls.compare(*two, activations=["tanh"], seeds=2, max_iter=3)
    assert str(result.differences()) == "one arm alone: there is nothing to compare it with"
