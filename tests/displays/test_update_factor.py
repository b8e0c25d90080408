import matplotlib.pyplot as plt
import numpy as np
import pytest

from logitscope import LogisticRegression, _exceptions
from logitscope.displays import UpdateFactorDisplay

GIVEN = {
    "x": [0.0, 1.0],
    "upstream": [[10.0, 100.0]],
    "local_derivative": [[0.1, 0.001]],
    "row_norm": [[2.0, 2.0]],
}


def edges(layer, x):
    vertices = layer.get_paths()[0].vertices
    heights = vertices[np.isclose(vertices[:, 0], x), 1]
    return heights.min(), heights.max()


@pytest.fixture
def log():
    X = np.random.default_rng(0).normal(size=(80, 2))
    y = X[:, 0] + np.random.default_rng(1).normal(size=80) > 0
    return LogisticRegression("tanh", "squared_error", max_iter=30, tol=0, record=True).fit(X, y).update_log_


def test_layers_are_stacked_logarithms():
    display = UpdateFactorDisplay(**GIVEN).plot()
    up, _ = display.layers_[0]["upstream"]
    np.testing.assert_allclose(edges(up, 1.0), [0, 2])
    up, _ = display.layers_[0]["row_norm"]
    np.testing.assert_allclose(edges(up, 1.0), [2, 2 + np.log10(2)])
    _, down = display.layers_[0]["local_derivative"]
    np.testing.assert_allclose(edges(down, 1.0), [-3, 0])
    np.testing.assert_allclose(display.line_[0].get_ydata(), np.log10([2, 0.2]))


def test_a_zero_has_no_logarithm_but_the_product_may_be_known():
    given = GIVEN | {"local_derivative": [[0.1, 0.0]], "upstream": [[10.0, np.inf]]}
    np.testing.assert_allclose(UpdateFactorDisplay(**given).plot().line_[0].get_ydata(), [np.log10(2), np.nan])
    display = UpdateFactorDisplay(**given, product=[[2.0, 4.0]]).plot()
    np.testing.assert_allclose(display.line_[0].get_ydata(), np.log10([2, 4]))
    display.figure_.draw_without_rendering()


def test_over_z_it_is_theory(log):
    display = UpdateFactorDisplay.from_log(log)
    z = display.x
    for panel, t in enumerate((-1, 1)):
        np.testing.assert_allclose(display.upstream[panel], np.abs(np.tanh(z) - t), rtol=1e-12)
        expected = np.abs((np.tanh(z) - t) / np.cosh(z) ** 2) * np.median(log.row_norm)
        np.testing.assert_allclose(10 ** display.line_[panel].get_ydata(), expected, rtol=1e-9)
    np.testing.assert_allclose(display.local_derivative[0], 1 / np.cosh(z) ** 2, rtol=1e-9)
    assert [axis.get_title(loc="left") for axis in display.axes_] == ["class 0", "class 1"]
    assert display.figure_.get_suptitle() == "tanh · squared error"


def test_over_epochs_it_is_the_geometric_mean_of_each_side(log):
    display = UpdateFactorDisplay.from_log(log, over="epoch")
    np.testing.assert_array_equal(display.x, log.epoch)
    wrong = (log.z[-1] > 0) != (log.y == 1)
    for panel, members in enumerate((~wrong, wrong)):
        z, t = log.z[:, members], 2 * log.y[members] - 1
        upstream = np.exp(np.log(np.abs(np.tanh(z) - t)).mean(axis=1))
        np.testing.assert_allclose(display.upstream[panel], upstream, rtol=1e-9)
        product = np.exp(np.log(log.gradient_norm[:, members]).mean(axis=1))
        np.testing.assert_allclose(10 ** display.line_[panel].get_ydata(), product, rtol=1e-9)
        assert display.panels[panel].startswith(f"{members.sum()} samples on the ")
    assert display.axes_[0].get_xscale() == "symlog"


def test_samples_without_a_factor_are_left_out_of_their_mean():
    """Hard tanh is flat beyond ±1: its samples there have a derivative of exactly 0."""
    X = np.array([[0.1], [0.2], [3.0], [-0.1]])
    log = LogisticRegression("hard", "squared_error", max_iter=60, tol=0, record=True).fit(X, [0, 1, 1, 0]).update_log_
    flat = log.local_derivative[-1] == 0
    assert flat.any()
    display = UpdateFactorDisplay.from_log(log, over="epoch")
    assert display.local_derivative[0][-1] == 1


def test_a_single_axes_is_divided(log):
    _, ax = plt.subplots()
    display = UpdateFactorDisplay.from_log(log, ax=ax, title="mine")
    assert len(display.axes_) == 2
    assert display.axes_[0].get_title(loc="left") == "mine\nclass 0"


def test_one_side_makes_one_panel():
    log = LogisticRegression(max_iter=3, tol=0, record=True).fit([[-1.0], [1.0]], [0, 1]).update_log_
    display = UpdateFactorDisplay.from_log(log, over="epoch")
    assert display.panels == ("2 samples on the right side at the end",)


def test_powers_of_ten_are_written_as_people_do(log):
    display = UpdateFactorDisplay(x=[0, 1], upstream=[[1, 1e6]], local_derivative=[[1, 1e-6]], row_norm=[[1, 1]]).plot()
    display.figure_.draw_without_rendering()
    texts = [label.get_text() for label in display.ax_.get_yticklabels()]
    assert {"1", "$10^{-4}$", "$10^{4}$"} <= set(texts)
    narrow = UpdateFactorDisplay(x=[0, 1], upstream=[[1, 3]], local_derivative=[[1, 0.3]], row_norm=[[1, 1]]).plot()
    narrow.figure_.draw_without_rendering()
    assert {"0.5", "1", "2"} <= {label.get_text() for label in narrow.ax_.get_yticklabels()}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"upstream": [[1.0]]}, r"^`upstream` must have shape \(n_panels, n_x\) = \(1, 2\); got \(1, 1\)\.$"),
        ({"row_norm": [[1.0, -2.0]]}, r"^`row_norm` must be ≥ 0, a magnitude; got -2\.0 at index \(0, 1\)\.$"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(settings, message):
    with pytest.raises(_exceptions.InvalidInputError, match=message):
        UpdateFactorDisplay(**(GIVEN | settings))


def test_settings_are_checked(log, make_log):
    with pytest.raises(_exceptions.InvalidInputError, match=r"^`over` must be one of 'epoch', 'z'; got 'x'\.$"):
        UpdateFactorDisplay.from_log(log, over="x")
    with pytest.raises(_exceptions.InvalidInputError, match=r"^`log` must hold a record; got none"):
        UpdateFactorDisplay.from_log(make_log(n_records=0))


def test_softmax_is_refused():
    X, y = np.random.default_rng(0).normal(size=(30, 2)), np.arange(30) % 3
    log = LogisticRegression("softmax", max_iter=2, tol=0, record=True).fit(X, y).update_log_
    message = (
        r"^Cannot split the update of a softmax column: its gradient is a sum over columns, not a product of upstream"
        r" and local derivative\. Fit one class against the rest\.$"
    )
    with pytest.raises(_exceptions.IncompatibleError, match=message):
        UpdateFactorDisplay.from_log(log)
