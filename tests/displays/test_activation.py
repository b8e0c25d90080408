import matplotlib.pyplot as plt
import numpy as np
import pytest

from logitscope import _exceptions
from logitscope.activations import ACTIVATIONS
from logitscope.displays import ActivationDisplay

POINTWISE = [name for name, activation in ACTIVATIONS.items() if not activation.couples_columns]


def test_tanh_and_sigmoid_are_drawn_as_they_are():
    z = np.linspace(-5, 5, 101)
    display = ActivationDisplay.from_names(["tanh", "sigmoid"], z=z)
    np.testing.assert_allclose(display.line_["tanh"].get_ydata(), np.tanh(z), rtol=1e-14, atol=1e-15)
    slope = display.lines_[1]["sigmoid"].get_ydata()
    np.testing.assert_allclose(slope, 0.25 / np.cosh(z / 2) ** 2, rtol=1e-14)
    curvature = display.lines_[2]["tanh"].get_ydata()
    expected = -8 * (np.exp(2 * z) - 1) * np.exp(2 * z) / (np.exp(2 * z) + 1) ** 3
    np.testing.assert_allclose(curvature, expected, rtol=1e-11, atol=1e-15)


def test_slope_of_tanh_peaks_at_four_times_that_of_sigmoid():
    display = ActivationDisplay.from_names()
    assert display.peak_ == {"sigmoid": (0.0, 0.25), "tanh": (0.0, 1.0)}
    texts = {text.get_text() for text in display.axes_[1].texts}
    assert texts == {"1  tanh", "1/4  sigmoid"}


def test_the_peak_of_a_plateau_is_its_middle():
    assert ActivationDisplay.from_names(["hard"]).peak_ == {"hard": (0.0, 1.0)}


def test_all_pointwise_activations_fit_in_one_figure(overlaps):
    display = ActivationDisplay.from_names(POINTWISE)
    assert list(display.line_) == POINTWISE
    assert not overlaps(list(display.axes_[1].texts))
    assert not overlaps([display.legend_, *(axis.patch for axis in display.axes_)])


def test_own_axes_are_used():
    figure, axes = plt.subplots(1, 3)
    assert ActivationDisplay.from_names(ax=axes).figure_ is figure


def test_softmax_is_refused():
    message = (
        r"^Cannot draw 'softmax' against z: the figure needs a function of one z, and 'softmax' couples the "
        r"columns\.$"
    )
    with pytest.raises(_exceptions.IncompatibleError, match=message):
        ActivationDisplay.from_names(["softmax"])


def test_an_unknown_name_is_refused():
    with pytest.raises(_exceptions.UnknownNameError, match=r"^`activation` must be one of .*; got 'tan'"):
        ActivationDisplay.from_names(["tan"])


def test_curves_that_do_not_fit_are_refused():
    good = {"f": [0.0, 1.0]}
    with pytest.raises(
        _exceptions.InvalidInputError,
        match=r"^`derivatives` must have an entry for every name; got none for 'f'\.$",
    ):
        ActivationDisplay(z=[0, 1], values=good, derivatives={}, second_derivatives=good, names=["f"])
    with pytest.raises(
        _exceptions.InvalidInputError,
        match=r"^`values` must have the shape of `z`, \(3,\); got \(2,\) for 'f'\.$",
    ):
        ActivationDisplay(z=[0, 1, 2], values=good, derivatives=good, second_derivatives=good, names=["f"])
