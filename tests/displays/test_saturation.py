import matplotlib.pyplot as plt
import numpy as np
import pytest

from logitscope import LogisticRegression, _exceptions
from logitscope.displays import SaturationDisplay

WRONG = np.array([[0, 0, 0, 0], [1, 1, 0, 0], [1, 0, 0, 0]], dtype=bool)
STOPPED = np.array([[0, 0, 0, 0], [0, 1, 0, 1], [1, 1, 1, 0]], dtype=bool)
UNDECIDED = np.array([[1, 1, 1, 1], [0, 0, 0, 0], [0, 0, 0, 0]], dtype=bool)
SHARES = {
    "wrong_stopped": [0, 0.25, 0.25],
    "wrong_moving": [0, 0.25, 0],
    "undecided": [1, 0, 0],
    "right_moving": [0, 0.25, 0.25],
    "right_stopped": [0, 0.25, 0.5],
}


def make(**settings):
    given = {"epochs": [0, 1, 5], "wrong": WRONG, "stopped": STOPPED, "undecided": UNDECIDED} | settings
    return SaturationDisplay(**given)


def upper_edge(layer, x):
    vertices = layer.get_paths()[0].vertices
    return vertices[np.isclose(vertices[:, 0], x), 1].max()


@pytest.mark.parametrize("xscale", ["symlog", "linear"])
def test_layers_are_the_shares_and_sum_to_one(xscale):
    display = make().plot(xscale=xscale)
    assert display.ax_.get_xscale() == xscale
    below = np.zeros(3)
    for name, share in SHARES.items():
        np.testing.assert_array_equal(display.share[name], share)
        below = below + share
        for x, top in zip([0, 1, 5], below, strict=True):
            assert upper_edge(display.layers_[name], x) == pytest.approx(top)
    np.testing.assert_array_equal(below, 1)


def test_what_is_left_is_counted_in_the_margin(overlaps):
    display = make().plot()
    texts = {name: text.get_text() for name, text in display.texts_.items()}
    assert texts == {
        "wrong_stopped": "1 wrong, stopped",
        "right_moving": "1 right, moving",
        "right_stopped": "2 right, stopped",
    }
    assert not overlaps(list(display.texts_.values()))


def test_undecided_samples_have_a_name_where_there_are_any():
    assert "undecided" in [text.get_text() for text in make().plot().legend_.get_texts()]
    assert "undecided" not in [text.get_text() for text in make(undecided=None).plot().legend_.get_texts()]


def test_a_log_is_judged_by_the_slope_at_even_odds(make_log):
    log = make_log("tanh", "squared_error", n_records=10)
    log.z *= 3
    display = SaturationDisplay.from_log(log, threshold=0.05)
    slope = np.abs(2 * (np.tanh(log.z) - (2 * log.y - 1)) / np.cosh(log.z) ** 2)
    np.testing.assert_array_equal(display.stopped, slope <= 0.05 * 2)  # at z = 0 it is 2 for either label
    np.testing.assert_array_equal(display.wrong, log.z * (2 * log.y - 1) < 0)
    np.testing.assert_array_equal(display.undecided[0], True)
    assert display.legend_.get_title().get_text() == "stopped: |∂ℓ/∂z| below 5 % of its value at p = ½"
    assert display.figure_.get_suptitle() == "tanh · squared error"
    several = SaturationDisplay.from_log(make_log(n_models=3), column=2)
    assert several.figure_.get_suptitle() == "tanh · cross-entropy · class 2"


def test_cross_entropy_lets_no_wrong_sample_stop():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2)) * 5
    y = X[:, 0] > 0
    y[:20] = ~y[:20]
    lost = {}
    for loss in ("cross_entropy", "squared_error"):
        log = LogisticRegression("tanh", loss, max_iter=500, tol=0, record=True).fit(X, y).update_log_
        lost[loss] = SaturationDisplay.from_log(log).share["wrong_stopped"][-1]
    assert lost["cross_entropy"] == 0 < lost["squared_error"]


def test_one_column_of_several(make_log):
    log = make_log(n_models=3)
    display = SaturationDisplay.from_log(log, column=1)
    np.testing.assert_array_equal(display.wrong, (log.z[..., 1] * (2 * log.target[:, 1] - 1)) < 0)


def test_softmax_has_a_middle_too():
    X, y = np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) % 3
    log = LogisticRegression("softmax", max_iter=5, tol=0, record=True).fit(X, y).update_log_
    display = SaturationDisplay.from_log(log, column=2)
    np.testing.assert_array_equal(display.wrong, (log.probability[..., 2] - 0.5) * np.where(y == 2, 1, -1) < 0)


def test_own_axes():
    _, ax = plt.subplots()
    assert make(title="mine").plot(ax).ax_ is ax
    assert ax.get_title(loc="left") == "mine"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": []}, r"^`epochs` must have shape \(n_records,\), n_records ≥ 1; got \(0,\)\.$"),
        (
            {"wrong": WRONG[:2]},
            r"^`wrong` must have shape \(n_records, n_samples\) = \(3, n_samples\); got \(2, 4\)\.$",
        ),
        ({"stopped": STOPPED[:, :2]}, r"^`stopped` must have the shape of `wrong`, \(3, 4\); got \(3, 2\)\.$"),
        ({"undecided": [True]}, r"^`undecided` must have the shape of `wrong`, \(3, 4\); got \(1,\)\.$"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(settings, message):
    with pytest.raises(_exceptions.InvalidInputError, match=message):
        make(**settings)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"threshold": 1.0}, r"^`threshold` must be in \(0, 1\), a share; got 1\.0\.$"),
        ({"column": 1}, r"^`column` must be in \[0, 1\), the columns of the log; got 1\.$"),
        ({"xscale": "log"}, r"^`xscale` must be one of 'linear', 'symlog'; got 'log'\.$"),
    ],
)
def test_settings_are_checked(make_log, settings, message):
    with pytest.raises(_exceptions.InvalidInputError, match=message):
        SaturationDisplay.from_log(make_log(), **settings)


def test_an_empty_log_is_refused(make_log):
    message = r"^`log` must hold a record; got none: the run ended before its first step\.$"
    with pytest.raises(_exceptions.InvalidInputError, match=message):
        SaturationDisplay.from_log(make_log(n_records=0))
