"""The table and the curves, recomputed plainly from the arms' logs and the rows."""

import re
import sys

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, log_loss

import logitscope as ls
from logitscope._exceptions import MissingDependencyError
from logitscope.losses import Focal

NAMES = ("tanh", "softmax", "cloglog", "hard")


def predicted(name, z):
    """Class probabilities of one z row at a time, as a textbook writes them."""
    if name == "softmax":
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)
    p = {
        "tanh": lambda: 1 / (1 + np.exp(-2 * z)),
        "cloglog": lambda: 1 - np.exp(-np.exp(z)),
        "hard": lambda: (1 + np.clip(z, -1, 1)) / 2,
    }[name]()
    return np.column_stack([1 - p, p]) if p.shape[1] == 1 else p / p.sum(axis=1, keepdims=True)


@pytest.mark.parametrize("data", ["two", "three"])
def test_curves_against_scikit_learn(data, request):
    X, y = request.getfixturevalue(data)
    result = ls.compare(
        X, y, activations=NAMES, losses=("brier",), seeds=2, max_iter=6, init="normal", learning_rate=0.05
    )
    classes, n_columns = np.unique(y), 1 if data == "two" else 3
    for seed in range(2):
        for arm, name in enumerate(NAMES):
            log = result.log(arm, seed)
            for epoch in (0, 3, 5):
                z = log.z_columns[epoch]
                assert z.shape[1] == (n_columns if name != "softmax" else len(classes))
                p, codes = predicted(name, z), log.y.astype(int)
                at = (arm, seed, epoch)
                assert result.curves["accuracy"][at] == pytest.approx(accuracy_score(codes, p.argmax(axis=1)))
                own = -np.mean(np.log(p[np.arange(len(codes)), codes]))
                assert result.curves["log_loss"][at] == pytest.approx(own, rel=1e-9)
                assert own == pytest.approx(log_loss(codes, p), rel=1e-9)
    assert set(result.curves) == {"loss", "log_loss", "accuracy", "test_log_loss", "test_accuracy"}
    assert all(curve.shape == (4, 2, 7) for curve in result.curves.values())
    np.testing.assert_array_equal(result.epochs, range(7))


def test_held_out_curves(three, rows_of_seed):
    result = ls.compare(*three, activations=("probit",), seeds=[4], max_iter=5)
    rows = rows_of_seed(*three, 4)
    clf = ls.LogisticRegression("probit", max_iter=5, tol=0).fit(rows.X, rows.y)
    p = clf.predict_proba(rows.X_test)
    assert result.curves["test_log_loss"][0, 0, -1] == pytest.approx(log_loss(rows.y_test, p), rel=1e-9)
    assert result.curves["test_accuracy"][0, 0, -1] == pytest.approx(clf.score(rows.X_test, rows.y_test))


def test_one_vs_rest_and_softmax_start_alike(three):
    result = ls.compare(*three, activations=("sigmoid", "tanh", "softmax"), seeds=1, max_iter=1)
    np.testing.assert_allclose(result.curves["log_loss"][:, 0, 0], np.log(3), rtol=1e-12)


def test_rows_against_plain_recomputation(three):
    result = ls.compare(
        *three, activations=("tanh", "softmax"), losses=("cross_entropy", "brier"), seeds=3, max_iter=30
    )
    start = np.median(result.curves["log_loss"][:, :, 0])
    lowest = min(np.median(result.curves["log_loss"][arm, :, -1]) for arm in range(4))
    assert result.target_loss == pytest.approx(0.1 * start + 0.9 * lowest, rel=1e-12)
    for arm, row in enumerate(result.rows()):
        first, largest, median, stopped = [], [], [], []
        for seed in range(3):
            curve = result.curves["log_loss"][arm, seed].tolist()
            first.append(next((epoch for epoch, loss in enumerate(curve) if loss <= result.target_loss), np.inf))
            log, columns = result.logs[seed], result.columns[arm]
            # One sample at a time: η/n · |∂ℓ/∂z| · ‖(x, 1)‖ in every column of the arm, which are different parameters.
            step = result.rates[arm, seed] / len(log.row_norm)
            grad_z = log.grad_z[:, :, columns]
            norms = np.array([
                [step * np.linalg.norm(one) * norm for one, norm in zip(record, log.row_norm, strict=True)]
                for record in grad_z
            ])  # fmt: skip
            np.testing.assert_allclose(result.update_norms(arm, seed), norms, rtol=1e-10)
            largest.append(norms[-1].max())
            median.append(np.median(norms[-1]))
            stopped.append(np.mean([norms[-1, i] <= 0.01 * norms[:, i].max() for i in range(norms.shape[1])]))
        assert row["epochs_to_target"] == np.median(first)
        assert row["n_reached"] == np.isfinite(first).sum()
        assert row["largest_update"] == pytest.approx(np.median(largest), rel=1e-9)
        assert row["median_update"] == pytest.approx(np.median(median), rel=1e-9)
        assert row["stopped"] == np.median(stopped)
        ends = {name: curve[arm, :, -1] for name, curve in result.curves.items()}
        assert row["final_loss"] == np.median(ends["loss"])
        assert row["log_loss"] == np.median(ends["log_loss"])
        assert row["test_log_loss"] == np.median(ends["test_log_loss"])
        accuracies = ends["test_accuracy"].tolist()
        mean = sum(accuracies) / 3
        assert row["test_accuracy_mean"] == pytest.approx(mean)
        assert row["test_accuracy_std"] == pytest.approx(np.sqrt(sum((a - mean) ** 2 for a in accuracies) / 2))
        assert row["learning_rate"] == np.median(result.rates[arm])
        assert row["seconds"] == pytest.approx(np.median(result.seconds) / 4)
        assert (row["arm"], row["activation"], row["loss"]) == (
            result.arms[arm].label, result.arms[arm].activation, result.arms[arm].loss,
        )  # fmt: skip
        assert (row["status"], row["n_failed"]) == ("epochs_done", 0)


def test_a_sample_has_stopped_in_the_same_way_in_all_units(two):
    result = ls.compare(*two, learning_rate="matched", seeds=2, max_iter=150)
    sigmoid, tanh = result.rows()
    assert 0 < sigmoid["stopped"] == tanh["stopped"] < 1
    # The updates themselves are in units of w, and the legend says so.
    assert sigmoid["largest_update"] == pytest.approx(2 * tanh["largest_update"], rel=1e-9)
    assert "half as large for tanh as for the sigmoid" in str(result)


def test_a_target_of_ones_own(two):
    result = ls.compare(*two, activations=("tanh",), seeds=2, max_iter=20, target_loss=0.5)
    assert result.target_loss == 0.5
    assert ("epochs to 0.5", "first epoch with that log loss") in result.legend()
    curve = result.curves["log_loss"][0]
    for seed, epoch in enumerate(result.epochs_to_target()[0].astype(int)):
        assert curve[seed, epoch] <= 0.5 < curve[seed, epoch - 1]
    np.testing.assert_array_equal(ls.compare(*two, seeds=2, max_iter=3, target_loss=0.01).epochs_to_target(), np.inf)
    np.testing.assert_array_equal(ls.compare(*two, seeds=2, max_iter=3, target_loss=1.0).epochs_to_target(), 0)


def test_the_log_of_an_arm_with_mini_batches(three):
    result = ls.compare(*three, activations=("tanh", "softmax"), solver="sgd", batch_size=20, seeds=1, max_iter=3)
    whole = result.logs[0]
    for arm, columns in enumerate(result.columns):
        own = result.log(arm)
        assert own.describe() == {"activation": result.arms[arm].activation, "loss": "cross_entropy"}
        for name in ("z", "grad_z", "update_norm", "target", "loss", "upstream"):
            np.testing.assert_array_equal(getattr(own, name), getattr(whole, name)[..., columns])
        z, update, target = result.scatter(arm, 1)
        np.testing.assert_array_equal(z, whole.z[1][:, columns].ravel())
        np.testing.assert_array_equal(update, whole.update_norm[1][:, columns].ravel())
        np.testing.assert_array_equal(target, whole.target[:, columns].ravel())
    z = np.linspace(-2, 2, 5)
    np.testing.assert_allclose(result.theory(0, z, 1), 1 - np.tanh(z), rtol=1e-12)
    np.testing.assert_allclose(result.theory(1, z, 0), 1 / (1 + np.exp(-z)), rtol=1e-12)


def test_labels():
    X, y = [[0.0], [1.0], [2.0], [3.0]] * 3, [0, 0, 1, 1] * 3
    labels = lambda **options: [arm.label for arm in ls.compare(X, y, seeds=1, max_iter=1, **options).arms]  # noqa: E731
    assert labels(activations=("tanh",)) == ["tanh"]
    assert labels(activations=("tanh",), losses=("squared_error",), learning_rate=(0.5, 1e-7)) == [
        "tanh, η = 0.5",
        "tanh, η = 1e-07",
    ]
    assert labels(activations=("tanh",), losses=(Focal(1.0), Focal(3.0), "brier")) == [
        "tanh, Focal(gamma=1.0)",
        "tanh, Focal(gamma=3.0)",
        "tanh, brier",
    ]


def test_text(two):
    result = ls.compare(*two, losses=("cross_entropy", "squared_error"), seeds=2, max_iter=5)
    headings, cells = result.table()
    lines = str(result).splitlines()
    assert len(cells) == 4
    assert all(len(row) == len(headings) for row in cells)
    assert headings[2] == f"epochs to {result.target_loss:.3g}"
    assert headings[5] == "test accuracy"
    for line, row in zip(lines, [headings, *cells], strict=False):
        assert re.split(r"  +", line) == row
    assert lines[5] == ""
    assert [name for name, _ in result.legend() if name] == [
        "η", headings[2], "final loss", "log loss", "±", "update", "stopped", "time",
    ]  # fmt: skip
    legend = result.legend()
    assert "over 2 seeds" in dict(legend)["±"]
    assert dict(legend)[headings[2]].endswith(": 90% of the way from the start to the best arm's final one")
    assert repr(result) == (
        "Comparison(sigmoid, cross entropy, sigmoid, squared error, tanh, cross entropy, tanh, squared error; 2 seeds)"
    )


def test_text_of_one_seed_has_no_spread(two):
    result = ls.compare(*two, seeds=1, max_iter=5)
    assert "±" not in str(result)
    assert np.isnan(result.rows()[0]["test_accuracy_std"])


def test_to_pandas(two):
    pd = pytest.importorskip("pandas")
    result = ls.compare(*two, seeds=2, max_iter=4)
    pd.testing.assert_frame_equal(result.to_pandas(), pd.DataFrame(result.rows()))
    assert list(result.to_pandas()["arm"]) == ["sigmoid", "tanh"]


def test_to_pandas_without_pandas(two, monkeypatch):
    result = ls.compare(*two, seeds=1, max_iter=1)
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingDependencyError, match=r"^to_pandas needs pandas: pip install 'logitscope\[pandas\]'\.$"):
        result.to_pandas()


def test_progress(two):
    seen = []
    ls.compare(*two, seeds=[5, 1, 3], max_iter=1, progress=seen.append)
    assert seen == [1, 2, 3]
