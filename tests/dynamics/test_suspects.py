"""Wrong labels: what is ranked, what is suggested, and how many right ones are suspected."""

import math

import numpy as np
import pytest
from sklearn.datasets import make_blobs
from sklearn.metrics import average_precision_score

import logitscope as ls
from logitscope.dynamics._suspects import _evidence, _threshold


def fitted(X, y, activation="softmax", **settings):
    given = {"max_iter": 100, "tol": 0} | settings
    return ls.LogisticRegression(activation, record=True, **given).fit(ls.standardize(X).X, y).update_log_


def flipped(y, share, seed=0):
    rng, given = np.random.default_rng(seed), y.copy()
    wrong = rng.choice(len(y), round(share * len(y)), replace=False)
    given[wrong] = (y[wrong] + rng.integers(1, y.max() + 1, len(wrong))) % (y.max() + 1)
    return given, given != y


def test_the_evidence_is_the_mean_over_the_logarithm_of_the_epoch(log):
    """The trapezoidal rule in log(1 + epoch), one sample and record at a time."""
    time = [math.log(1 + epoch) for epoch in log.epoch]
    found = _evidence(log)
    for i in range(len(log.y)):
        for k in range(log.n_models):
            z = [log.z_columns[r, i, k] - log.midpoint(k) for r in range(log.n_records)]
            area = sum((time[r + 1] - time[r]) * (z[r] + z[r + 1]) / 2 for r in range(len(z) - 1))
            assert found[i, k + (log.n_models == 1)] == pytest.approx(area / time[-1], rel=1e-12, abs=1e-12)


def test_the_score_is_the_log_odds_of_another_label(log):
    found = ls.suspects(log)
    sharpest = np.argsort(found.score)
    np.testing.assert_array_equal(found.ranking, log.sample_index[np.argsort(-found.score, kind="stable")])
    np.testing.assert_array_equal(found.given, log.y)
    differs = found.given != found.suggested
    if log.n_models <= 2:
        np.testing.assert_array_equal(differs, found.score > 0)
    assert not differs[sharpest[0]]
    np.testing.assert_array_equal(found.is_suspect, differs & (found.score >= found.threshold))


@pytest.mark.parametrize("activation", ["softmax", "sigmoid", "tanh"])
@pytest.mark.parametrize("name", ["digits", "wine"])
def test_wrong_labels_are_found_and_mended(name, activation):
    X, y = ls.load_dataset(name)[:2]
    given, is_wrong = flipped(y, 0.1)
    found = ls.suspects(fitted(X, given, activation))
    assert average_precision_score(is_wrong, found.score) > 0.9
    assert found.is_suspect[is_wrong].mean() > 0.85
    assert (found.suggested[is_wrong] == y[is_wrong]).mean() > 0.85
    assert found.is_suspect[~is_wrong].mean() < 0.05
    if activation == "softmax":
        assert found.flipped_share == pytest.approx(0.1, abs=0.03)


def test_one_column_two_columns_and_tanh_find_the_same():
    X, y = ls.load_dataset("breast_cancer")[:2]
    given, _ = flipped(y, 0.1)
    sigmoid, softmax, tanh = (ls.suspects(fitted(X, given, phi)) for phi in ("sigmoid", "softmax", "tanh"))
    np.testing.assert_array_equal(sigmoid.ranking, softmax.ranking)
    np.testing.assert_allclose(sigmoid.score, tanh.score, rtol=1e-6)
    np.testing.assert_allclose(sigmoid.score, softmax.score, rtol=1e-6)


def overlapping(n, n_classes, seed):
    """Right labels of classes that overlap: Gaussian blobs, whose boundaries are straight."""
    centers = np.random.default_rng(seed).normal(size=(n_classes, 4)) * 1.2
    return make_blobs(n, centers=centers, random_state=seed)


@pytest.mark.parametrize("false_alarms", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("n_classes", [2, 4])
def test_right_labels_are_suspected_as_often_as_was_allowed(false_alarms, n_classes):
    shares = [
        ls.suspects(fitted(*overlapping(800, n_classes, seed)), false_alarms=false_alarms).is_suspect.mean()
        for seed in range(8)
    ]
    # Four standard errors of a share of 6,400 labels, and a tenth for the model that was itself estimated.
    assert np.mean(shares) <= 1.1 * false_alarms + 4 * math.sqrt(false_alarms / 6400)


@pytest.mark.parametrize("name", ["iris", "wine", "breast_cancer", "digits"])
def test_public_data_as_they_are_give_few_alarms(name):
    found = ls.suspects(fitted(*ls.load_dataset(name)[:2]), false_alarms=0.05)
    assert found.is_suspect.mean() <= 0.05 + 2 * math.sqrt(0.05 / len(found.score))


@pytest.mark.parametrize("share", [0.05, 0.2])
def test_right_labels_among_wrong_ones_are_not_suspected_more_often(share):
    alarms = []
    for seed in range(6):
        X, y = overlapping(800, 4, seed)
        given, is_wrong = flipped(y, share, seed)
        alarms.append(ls.suspects(fitted(X, given)).is_suspect[~is_wrong].mean())
    assert np.mean(alarms) <= 1.1 * 0.05 + 4 * math.sqrt(0.05 / 4800)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.3])
@pytest.mark.parametrize(("n", "spread"), [(200, 0.5), (200, 1.0), (1000, 0.5), (1000, 2.0)])
def test_few_labels_of_classes_that_overlap_much_give_few_alarms(n, spread, share):
    """Labels drawn from z itself. With the likeliest sharpness 15 to 19 % were suspected at (200, 0.5)."""
    rng, alarms = np.random.default_rng(0), []
    for _ in range(30):
        z = spread * rng.normal(size=n)
        right = rng.random(n) < 1 / (1 + np.exp(-z))
        is_wrong, recorder = rng.random(n) < share, ls.UpdateRecorder()
        recorder.observe(z, (right ^ is_wrong).astype(int))
        alarms.append(ls.suspects(recorder.log()).is_suspect[~is_wrong].mean())
    assert np.mean(alarms) <= 0.05


@pytest.mark.parametrize("false_alarms", [0.003, 0.05, 0.4, 0.99])
def test_the_threshold_is_the_least_score_that_keeps_the_share(false_alarms):
    odds = np.round(np.random.default_rng(0).normal(size=(60, 3)) * 2, 1)  # with ties
    cautious = odds / 2

    def expected(threshold):
        total = 0.0
        for row in odds.tolist():
            total += sum(1 / (1 + math.exp(-value / 2)) for value in row if -value >= threshold and value < max(row))
        return total / len(odds)

    candidates = sorted({-value for value in odds.ravel().tolist()})
    within = [value for value in candidates if expected(value) <= false_alarms]
    found = _threshold(odds, cautious, false_alarms)
    if not within:
        assert found == math.inf
    else:
        assert expected(found) == expected(min(within)) <= false_alarms


def test_a_log_of_somebody_elses_loop():
    X, y = ls.load_dataset("iris")[:2]
    X = ls.standardize(X).X
    given, is_wrong = flipped(y, 0.1)
    labels = np.array(["setosa", "versicolor", "virginica"])
    rng, recorder, W = np.random.default_rng(0), ls.UpdateRecorder(), np.zeros((5, 3))
    rows = np.column_stack([X, np.ones(len(X))])
    ids = np.arange(1000, 1000 + len(X))
    for epoch in range(40):
        batch = rng.choice(len(X), 60, replace=False)
        z = rows[batch] @ W
        recorder.observe(z, labels[given[batch]], ids=ids[batch], epoch=epoch)
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        W -= 0.5 * rows[batch].T @ (p - np.eye(3)[given[batch]]) / len(batch)
    found = ls.suspects(recorder.log(), classes=labels)
    assert average_precision_score(is_wrong, found.score) > 0.85
    assert set(found.ranking.tolist()) == set(ids.tolist())
    np.testing.assert_array_equal(found.given, labels[given])
    assert (found.suggested[is_wrong] == labels[y[is_wrong]]).mean() > 0.8  # two of the three overlap


def test_a_sample_that_was_never_seen_is_last_and_no_suspect():
    recorder, z, y = ls.UpdateRecorder(every=2), np.array([2.0, -2.0, 1.0, -3.0, 0.5]), np.array([1, 0, 0, 0, 1])
    for epoch, ids in enumerate([[0, 1, 2, 3], [4, 0], [0, 1, 2, 3]]):
        recorder.observe(z[ids], y[ids], ids=ids, epoch=epoch)
    found = ls.suspects(recorder.log())
    assert np.isnan(found.score).tolist() == [False] * 4 + [True]
    assert found.ranking[-1] == 4
    assert not found.is_suspect[4]


def test_table_and_text():
    X, y = ls.load_dataset("wine")[:2]
    given, _ = flipped(y, 0.1)
    found = ls.suspects(fitted(X, given), classes=["a", "b", "c"])
    table = found.to_pandas()
    assert table.columns.tolist() == ["given", "suggested", "score", "is_suspect"]
    assert table.index.tolist() == found.ranking.tolist()
    assert table["score"].is_monotonic_decreasing
    n = int(found.is_suspect.sum())
    lines = str(found).splitlines()
    assert lines[0] == (
        f"{n} of 178 labels are suspects: the log-odds that another label is right are at least {found.threshold:.3g},"
        " as expected of at most 5 % of right labels"
    )
    first = found.ranking[0]
    assert lines[1].startswith(
        f"  sample {first}: given {found.given[first]}, suggested {found.suggested[first]}, score "
    )
    assert lines[-1] == f"  and {n - 10} more"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"false_alarms": 0}, "`false_alarms` must be a number between 0 and 1; got 0."),
        ({"false_alarms": "few"}, "`false_alarms` must be a number between 0 and 1; got 'few'."),
        ({"classes": ["a"]}, "`classes` must list the 2 labels of the log, in order; got shape (1,)."),
    ],
)
def test_what_cannot_be_used(record, arguments, message):
    with pytest.raises(ValueError, match=r"^`") as caught:
        ls.suspects(record("tanh", "cross_entropy", 2), **arguments)
    assert str(caught.value) == message


def test_models_side_by_side_are_refused():
    z = np.zeros((1, 3, 2))
    from logitscope.pointwise import get_pointwise

    log = ls.UpdateLog(
        z, np.arange(1), np.arange(1), np.ones(1), np.ones(1), np.array([0.0, 1.0, 1.0]), np.ones(3), np.ones(3) / 3,
        np.arange(3), get_pointwise("sigmoid", "cross_entropy"),
    )  # fmt: skip
    with pytest.raises(ValueError, match=r"^`log` must be of one classifier; got 2 models side by side\."):
        ls.suspects(log)
