import matplotlib.pyplot as plt
import numpy as np
import pytest

from logitscope.displays._curves import draw_curve, staggered, summarize, value_limits


def draw(values, limits=(0.0, 1.0)):
    _, ax = plt.subplots()
    ax.set_ylim(*limits)
    curves = np.atleast_2d(np.asarray(values, dtype=float))
    return draw_curve(ax, np.arange(curves.shape[1], dtype=float), summarize(curves), color="#123456")


def test_a_diverged_seed_cannot_improve_a_median():
    curves = np.array([[0.1, np.nan], [0.2, 0.5], [0.3, 0.6]])
    band = summarize(curves)
    np.testing.assert_array_equal(band.middle, [0.2, 0.6])
    np.testing.assert_array_equal(band.low, [0.1, 0.5])
    np.testing.assert_array_equal(band.high, [0.3, 0.6])
    assert band.n_not_finite == 1
    np.testing.assert_array_equal(summarize(curves, larger_is_better=True).middle, [0.2, 0.5])


def test_quartiles_are_values_that_occurred():
    curves = np.array([[1.0], [2.0], [4.0], [8.0], [np.inf]])
    band = summarize(curves, band="quartiles")
    assert (band.low[0], band.middle[0], band.high[0]) == (2.0, 4.0, 8.0)


def test_unknown_band_is_refused():
    with pytest.raises(ValueError, match=r"^`band` must be one of 'quartiles', 'range'; got 'std'\.$"):
        summarize(np.ones((1, 2)), band="std")


def test_limits_show_all_calm_curves():
    bottom, top = value_limits([np.array([[0.1, 0.9]]), np.array([[0.1, 0.05]])])
    assert bottom < 0.05
    assert top > 0.1


def test_limits_of_a_single_rising_curve_show_it_in_full():
    assert value_limits([np.array([[0.01, 0.5, 3.0]])])[1] > 3.0


def test_limits_without_a_finite_value():
    assert value_limits([np.full((2, 3), np.nan)]) == (0.0, 1.0)


def test_limits_of_a_log_axis_are_positive():
    bottom, top = value_limits([np.array([[0.5, 0.0, 1e-9]])], log=True)
    assert 0 < bottom < 1e-9
    assert top > 0.5


def test_a_curve_whose_numbers_end_says_so():
    drawn = draw([0.5, 0.4, np.nan, np.nan])
    assert drawn.note == "not finite from epoch 2"
    assert drawn.end == 0.4
    crosses = [line for line in drawn.line.axes.lines if line.get_marker() == "x"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in crosses] == [(1.0, 0.4)]


def test_a_curve_that_leaves_the_scale_says_so():
    drawn = draw([0.5, 0.8, 5.0, 1e300, np.inf])
    assert drawn.note == "off the scale from epoch 2, not finite from epoch 4"
    heads = [line for line in drawn.line.axes.lines if line.get_marker() == "^"]
    assert [(line.get_xdata()[0], line.get_ydata()[0]) for line in heads] == [(2.0, 1.0)]


def test_a_curve_that_was_never_finite_says_so():
    assert draw([np.nan, np.nan]).note == "never finite"


def test_seeds_that_end_are_counted():
    drawn = draw([[0.5, 0.4], [0.5, np.nan], [0.5, 0.3]])
    assert drawn.note == "1 of 3 seeds not finite"
    assert drawn.band is not None


def test_one_seed_has_no_band():
    assert draw([0.5, 0.4]).band is None


def test_markers_of_different_curves_stand_apart():
    position = np.arange(100.0)
    marks = [set(staggered(position, i, 4)) for i in range(4)]
    assert all(len(each) == 7 for each in marks)
    assert len(set.union(*marks)) == 28
