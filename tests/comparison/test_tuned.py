"""Tuned rates: what a plain loop of single fits chooses, of training rows alone, for each arm and seed."""

import numpy as np
import pytest
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split

import logitscope as ls
from logitscope import comparison
from logitscope._exceptions import InvalidInputError
from logitscope.comparison import _runs, _tuning
from logitscope.status import Status

GRID = [2.0**k for k in range(-3, 14)]
HARMLESS = (Status.EPOCHS_DONE, Status.CONVERGED, Status.SEPARATED)


def by_hand(X, y, seed, name, **options):
    """Return the rates tried, the log loss of each and the best rate, from one `LogisticRegression` a rate."""
    train, _ = train_test_split(np.arange(len(X)), test_size=0.25, stratify=y, random_state=seed)
    X, y = X[np.sort(train)], y[np.sort(train)]
    scaled = (X - X.mean(axis=0)) / X.std(axis=0)
    probe = ls.LogisticRegression(name, **options | {"max_iter": 1}).fit(scaled, y)
    rates = np.median(probe.learning_rate_) * np.array(GRID)
    kept, held = train_test_split(np.arange(len(X)), test_size=0.25, stratify=y, random_state=seed)
    kept = np.sort(kept)
    mean, spread = X[kept].mean(axis=0), X[kept].std(axis=0)
    scores = []
    for rate in rates:
        clf = ls.LogisticRegression(name, learning_rate=rate, tol=0, random_state=seed, **options)
        clf.fit((X[kept] - mean) / spread, y[kept])
        p = clf.predict_proba((X[held] - mean) / spread)
        scores.append(log_loss(y[held], p) if clf.status_ in HARMLESS else np.inf)
    return rates, np.array(scores), rates[int(np.argmin(scores))]


@pytest.mark.filterwarnings("ignore")  # of single fits: out of epochs, diverged
@pytest.mark.parametrize("options", [{}, {"solver": "sgd", "batch_size": 9, "alpha": 0.02}], ids=str)
@pytest.mark.parametrize("name", ["sigmoid", "cauchit", "cloglog"])
def test_the_rate_is_the_best_of_single_fits(name, options, two):
    options = {"max_iter": 25, **options}
    result = ls.compare(*two, activations=[name], learning_rate="tuned", seeds=2, **options)
    response = result.rate_response
    for seed in range(2):
        rates, scores, best = by_hand(*two, seed, name, **options)
        np.testing.assert_allclose(response.tried[0, seed], rates, rtol=1e-9)
        calm = np.array(GRID) <= 16  # beyond, a change of the rate by 1e-13 is another run
        np.testing.assert_allclose(response.scores[0, seed][calm], scores[calm], rtol=1e-6)
        np.testing.assert_array_equal(np.isinf(response.scores[0, seed]), np.isinf(scores))
        assert result.rates[0, seed] == pytest.approx(best, rel=1e-9)
    np.testing.assert_array_equal(response.chosen, result.rates)


@pytest.mark.filterwarnings("ignore")  # of single fits: out of epochs, diverged
def test_of_several_classes(three):
    result = ls.compare(*three, activations=["softmax", "tanh"], learning_rate="tuned", seeds=1, max_iter=20)
    for arm, name in enumerate(["softmax", "tanh"]):
        _, scores, best = by_hand(*three, 0, name, max_iter=20)
        calm = np.array(GRID) <= 16
        np.testing.assert_allclose(result.rate_response.scores[arm, 0][calm], scores[calm], rtol=1e-6)
        assert result.rates[arm, 0] == pytest.approx(best, rel=1e-9)


def test_test_rows_choose_nothing(two, rows_of_seed, monkeypatch):
    """Other features in the test rows, then other labels too, leave every rate and score as it was."""
    X, y = two
    options = {"activations": ("tanh", "probit"), "learning_rate": "tuned", "seeds": [1], "max_iter": 15}
    before = ls.compare(X, y, **options)
    other = X + 1e3
    train = rows_of_seed(X, y, 1).index
    other[train] = X[train]
    after = ls.compare(other, y, **options)
    np.testing.assert_array_equal(after.rates, before.rates)
    np.testing.assert_array_equal(after.rate_response.scores, before.rate_response.scores)
    assert not np.allclose(after.curves["test_log_loss"], before.curves["test_log_loss"])

    # Labels are what the rows are split by: they are turned after the split, in the search as in the runs.
    def turned(data, share, is_scaled, seed):
        rows = split(data, share, is_scaled, seed)
        return rows._replace(test_codes=1 - rows.test_codes) if len(data.X) == len(X) else rows

    split = _tuning.split
    for module in (_tuning, _runs):
        monkeypatch.setattr(module, "split", turned)
    after = ls.compare(X, y, **options)
    np.testing.assert_array_equal(after.rates, before.rates)
    np.testing.assert_array_equal(after.rate_response.scores, before.rate_response.scores)
    assert not np.allclose(after.curves["test_log_loss"], before.curves["test_log_loss"])


def test_every_arm_is_then_trained_on_all_training_rows_at_its_rate(two):
    options = {"activations": ("sigmoid", "cauchit"), "max_iter": 15}
    tuned = ls.compare(*two, learning_rate="tuned", seeds=[4], **options)
    for arm in range(2):
        alone = ls.compare(*two, learning_rate=float(tuned.rates[arm, 0]), seeds=[4], **options)
        np.testing.assert_allclose(tuned.curves["log_loss"][arm], alone.curves["log_loss"][arm], rtol=1e-9)
    assert [arm.label for arm in tuned.arms] == ["sigmoid", "cauchit"]
    assert [arm.rate for arm in tuned.arms] == [None, None]


@pytest.mark.parametrize(
    ("solver", "loss", "factor"),
    [("gd", "cross_entropy", 4), ("gd", "squared_error", 16), ("adam", "squared_error", 2), ("momentum", "brier", 4)],
)
def test_rescaled_arms_are_the_same_model_at_their_tuned_rates(solver, loss, factor, two):
    result = ls.compare(*two, losses=[loss], solver=solver, learning_rate="tuned", seeds=3, max_iter=30)
    np.testing.assert_allclose(result.rates[0], factor * result.rates[1], rtol=1e-12)
    for name in ("test_log_loss", "test_accuracy"):  # ε of Adam is as it is
        sigmoid, tanh = result.curves[name]
        np.testing.assert_allclose(sigmoid, tanh, rtol=1e-9 if solver != "adam" else 1e-4)


def test_a_seed_chooses_for_itself(two):
    options = {"learning_rate": "tuned", "max_iter": 10, "init": "normal"}
    every, alone = ls.compare(*two, seeds=3, **options), ls.compare(*two, seeds=[2], **options)
    np.testing.assert_array_equal(every.rate_response.scores[:, 2], alone.rate_response.scores[:, 0])
    np.testing.assert_array_equal(every.rates[:, 2], alone.rates[:, 0])


def test_arms_beside_it_change_nothing(two):
    options = {"learning_rate": "tuned", "max_iter": 10, "init": "normal", "seeds": 1}
    few = ls.compare(*two, activations=["tanh"], **options)
    many = ls.compare(*two, activations=["softmax", "tanh", "hard"], **options)
    np.testing.assert_allclose(many.rate_response.tried[1], few.rate_response.tried[0], rtol=1e-12)
    assert many.rates[1, 0] == pytest.approx(few.rates[0, 0], rel=1e-12)


def test_of_rates_alike_the_smallest_is_taken(two, monkeypatch):
    scores = np.array([3.0, 1.0 + 1e-12, 1.0, 2.0] + [np.inf] * 13)
    monkeypatch.setattr(_tuning, "_scores", lambda points, *rest: [scores[: len(points)]])
    result = ls.compare(*two, activations=["tanh"], learning_rate="tuned", seeds=1, max_iter=2)
    assert result.rate_response.best[0, 0] == 1


def test_the_legend_says_where_the_grid_ends(two, monkeypatch):
    monkeypatch.setattr(_tuning, "_scores", lambda points, *rest: [np.r_[np.arange(17.0), -np.arange(17.0)]])
    result = ls.compare(*two, activations=["tanh", "probit"], learning_rate="tuned", seeds=2, max_iter=2)
    words = [sentence for _, sentence in result.legend()]
    assert "the smallest was best for tanh in 2 of 2 seeds; one beyond may be better" in words
    assert "the largest was best for probit in 2 of 2 seeds; one beyond may be better" in words
    assert any("of 17 rates, 1/8 to 8192 times the arm's natural one, the best on 25% of" in line for line in words)


def test_the_response_is_a_table(two):
    response = ls.compare(*two, learning_rate="tuned", seeds=2, max_iter=3).rate_response
    rows = response.rows()
    assert len(rows) == 2 * 2 * 17
    assert [row["learning_rate"] for row in rows if row["is_chosen"]] == response.chosen.ravel().tolist()
    assert rows[20]["validation_log_loss"] == response.scores[0, 1, 3]
    np.testing.assert_array_equal(response.rates, np.median(response.tried, axis=1))
    assert repr(response) == "RateResponse(2 arms, 2 seeds, 17 rates)"
    assert ls.compare(*two, seeds=1, max_iter=1).rate_response is None


def test_too_few_rows_to_tune_on(two):
    X, y = two
    rows = [*np.flatnonzero(y == "no")[:3], *np.flatnonzero(y == "yes")[:3]]
    with pytest.raises(InvalidInputError) as error:
        ls.compare(X[rows], y[rows], learning_rate="tuned", seeds=1, test_size=0.5)
    assert str(error.value) == (
        "`learning_rate` must be 'auto', 'matched' or numbers for rows this few: 'tuned' holds out 25% of the 3"
        " training rows, and some of every class must be left on both sides."
    )


def test_ctrl_c_in_a_search_keeps_the_complete_seeds(two, monkeypatch):
    squad, begun = _tuning.run_squad, []

    def third(*args, **kwargs):
        begun.append(None)
        found = squad(*args, **kwargs)
        if len(begun) < 5:  # two arms a seed
            return found
        return found._replace(result=found.result._replace(status=(Status.INTERRUPTED,) * 17))

    monkeypatch.setattr(_tuning, "run_squad", third)
    result = ls.compare(*two, learning_rate="tuned", seeds=4, max_iter=4)
    assert result.is_interrupted
    assert result.seeds == (0, 1)
    assert result.rate_response.scores.shape == (2, 2, 17)
    begun.extend([None] * 5)
    with pytest.raises(KeyboardInterrupt):
        ls.compare(*two, learning_rate="tuned", seeds=4, max_iter=4)


def test_the_display_shows_the_response(two):
    plt = pytest.importorskip("matplotlib.pyplot")
    result = ls.compare(*two, learning_rate="tuned", seeds=3, max_iter=10)
    display = ls.RateResponseDisplay.from_comparison(result, title="rates")
    np.testing.assert_array_equal(display.learning_rates, result.rate_response.rates)
    np.testing.assert_array_equal(display.scores, result.rate_response.scores)
    places = [sorted(best)[1] for best in result.rate_response.best.tolist()]  # of three seeds
    ringed = [rates[place] for rates, place in zip(result.rate_response.rates.tolist(), places, strict=True)]
    assert display.chosen.tolist() == ringed == [row["learning_rate"] for row in result.rows()]
    with pytest.raises(InvalidInputError, match=r"^`comparison` must have tuned rates; compare with learning_rate="):
        ls.RateResponseDisplay.from_comparison(ls.compare(*two, seeds=1, max_iter=1))
    plt.close("all")


def test_the_public_grid_is_the_documented_one():
    np.testing.assert_array_equal(_tuning.MULTIPLES, GRID)
    assert "17 rates, 1/8 to 8192 times its natural one" in comparison.compare.__doc__
