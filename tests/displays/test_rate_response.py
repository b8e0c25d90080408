import matplotlib.pyplot as plt
import numpy as np
import pytest

from logitscope import _exceptions
from logitscope.displays import ACTIVATION_STYLES, RateResponseDisplay

RATES = np.array([0.1, 1.0, 10.0, 100.0])
# Two arms, three seeds.
SCORES = np.array([
    [[0.6, 0.3, 0.2, 0.4], [0.6, 0.32, 0.25, 0.5], [0.6, 0.28, 0.3, 0.6]],
    [[0.5, 0.2, 0.4, np.nan], [0.5, 0.25, 0.5, np.inf], [0.5, 0.3, 0.6, np.nan]],
])  # fmt: skip


def make(**settings):
    return RateResponseDisplay(**({"learning_rates": RATES, "scores": SCORES, "names": ("sigmoid", "tanh")} | settings))


def test_a_curve_is_the_median_over_seeds_and_a_band_their_range():
    display = make().plot()
    np.testing.assert_array_equal(display.lines_["sigmoid"].get_xdata(), RATES)
    np.testing.assert_array_equal(display.lines_["sigmoid"].get_ydata(), [0.6, 0.3, 0.25, 0.5])
    np.testing.assert_array_equal(display.lines_["tanh"].get_ydata(), [0.5, 0.25, 0.5, np.nan])
    low, high = display.bands_["sigmoid"].get_paths()[0].vertices[:, 1].min(), SCORES[0].max()
    assert low == 0.2
    assert display.bands_["sigmoid"].get_paths()[0].vertices[:, 1].max() == high
    assert display.ax_.get_xscale() == "log"
    assert display.ax_.get_ylabel() == "test log loss"
    assert display.lines_["tanh"].get_color() == ACTIVATION_STYLES["tanh"].color


def test_the_chosen_rate_is_ringed_on_the_curve():
    display = make(chosen=[1.0, 10**0.5]).plot()
    assert [float(v[0]) for v in display.chosen_["sigmoid"].get_data()] == [1.0, 0.3]
    # Half way between 1 and 10 on the scale of the axis.
    np.testing.assert_allclose(display.chosen_["tanh"].get_ydata(), [0.375])
    assert display.labels_["sigmoid"].get_text() == "sigmoid: 0.3 at η = 1"
    assert display.labels_["tanh"].get_text() == "tanh: 0.375 at η = 3.16"
    assert [text.get_text() for text in display.legend_.get_texts()] == ["the rate that was chosen"]


def test_without_a_choice_the_best_is_said(overlaps):
    display = make().plot()
    assert display.chosen_ == {}
    assert display.legend_ is None
    assert display.labels_["sigmoid"].get_text() == "sigmoid: best 0.25 at η = 10"
    assert display.labels_["tanh"].get_text() == "tanh: best 0.25 at η = 1"
    assert not overlaps(list(display.labels_.values()))


def test_of_an_accuracy_the_largest_is_best():
    display = make(scores=1 - SCORES, metric="test_accuracy").plot()
    assert display.labels_["sigmoid"].get_text() == "sigmoid: best 0.75 at η = 10"
    bottom, top = display.ax_.get_ylim()
    assert bottom < 0.4 < 0.8 < top


def test_one_run_a_rate_and_rates_of_each_arm_their_own():
    display = make(scores=SCORES[:, 0], learning_rates=[RATES, 2 * RATES]).plot()
    np.testing.assert_array_equal(display.lines_["tanh"].get_xdata(), 2 * RATES)
    assert display.bands_["sigmoid"] is None


def test_a_loss_that_explodes_leaves_the_others_in_sight():
    scores = np.array([[0.7, 0.3, 0.4, 0.5], [0.7, 0.2, 5.0, 1e6]])
    display = make(scores=scores).plot()
    assert display.ax_.get_ylim()[1] < 2


def test_the_scale_is_that_of_rates_at_which_something_is_learned():
    scores = np.array([[0.7, 0.3, 9.0, 1e3, 1e6], [0.6, 0.2, 0.4, 1e4, np.inf]])
    display = make(scores=scores, learning_rates=[1.0, 10.0, 100.0, 1e3, 1e4]).plot()
    np.testing.assert_allclose(display.ax_.get_ylim(), (0.2 - 0.06 * 0.5, 0.7 + 0.3 * 0.5))
    assert display.ax_.get_xlim()[1] == 600.0  # a little beyond 100, the last rate with a curve in sight


def test_a_chosen_rate_at_which_nothing_is_finite_is_said():
    display = make(scores=np.array([[0.6, 0.3, 0.2, 0.4], [0.5, np.nan, np.nan, np.nan]]), chosen=[1.0, 10.0]).plot()
    assert display.labels_["tanh"].get_text() == "tanh: not finite"


def test_an_arm_that_is_never_finite_is_said():
    display = make(scores=np.array([[0.6, 0.3, 0.2, 0.4], [np.nan] * 4])).plot()
    assert display.labels_["tanh"].get_text() == "tanh: never finite"


def test_own_axes_and_scale():
    _, ax = plt.subplots()
    display = make(title="rates").plot(ax, yscale="log", band="quartiles")
    assert display.ax_ is ax
    assert ax.get_yscale() == "log"
    assert ax.get_title(loc="left") == "rates"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"scores": SCORES[:1]},
            r"^`scores` must have shape \(2, n_rates\) or \(2, n_seeds, n_rates\), a row an arm; got \(1, 3, 4\)\.$",
        ),
        (
            {"learning_rates": RATES[:3]},
            r"^`learning_rates` must have shape \(4,\) or \(2, 4\), as `scores`; got \(3,\)\.$",
        ),
        (
            {"learning_rates": [1.0, 0.5, 2.0, 3.0]},
            r"^`learning_rates` must ascend, from above 0; got \[1\.0, 0\.5, 2\.0, 3\.0\]\.$",
        ),
        (
            {"learning_rates": [0.0, 0.5, 2.0, 3.0]},
            r"^`learning_rates` must ascend, from above 0; got \[0\.0, 0\.5, 2\.0, 3\.0\]\.$",
        ),
        ({"chosen": [1.0]}, r"^`chosen` must have shape \(2,\), a rate an arm; got \(1,\)\.$"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(settings, message):
    with pytest.raises(_exceptions.InvalidInputError, match=message):
        make(**settings)


def test_unknown_scale_is_refused():
    with pytest.raises(_exceptions.InvalidInputError, match=r"^`yscale` must be one of 'linear', 'log'; got 'sqrt'\.$"):
        make().plot(yscale="sqrt")
