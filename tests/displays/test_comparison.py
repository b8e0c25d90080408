from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from logitscope import _exceptions
from logitscope.displays import ComparisonDisplay


@pytest.mark.parametrize("n_arms", [1, 2, 4, 9])
@pytest.mark.parametrize("n_seeds", [1, 5])
def test_median_band_and_panels(make_comparison, overlaps, n_arms, n_seeds):
    comparison = make_comparison(n_arms, n_seeds)
    display = ComparisonDisplay.from_comparison(comparison)
    for i, line in enumerate(display.line_):
        np.testing.assert_allclose(line.get_ydata(), np.median(comparison.curves["log_loss"][i], axis=0))
        np.testing.assert_array_equal(line.get_xdata(), comparison.epochs)
    assert [band is not None for band in display.band_] == [n_seeds > 1] * n_arms
    assert len(display.axes_) == 1 + n_arms
    for i, points in enumerate(display.points_):
        z = np.concatenate([scatter.get_offsets()[:, 0] for scatter in points.values()])
        np.testing.assert_allclose(np.sort(z), np.sort(comparison.z[i]))
    assert not overlaps(display.labels_)
    assert not overlaps([display.legend_, *(axis.patch for axis in display.axes_)])


def test_band_spans_the_seeds(make_comparison):
    comparison = make_comparison(2, 5)
    display = ComparisonDisplay.from_comparison(comparison, metric="accuracy", update_epoch=None)
    vertices = display.band_[1].get_paths()[0].vertices
    for epoch in (0, 10, 20):
        at = vertices[vertices[:, 0] == epoch, 1]
        curve = comparison.curves["accuracy"][1, :, epoch]
        assert at.min() == pytest.approx(curve.min())
        assert at.max() == pytest.approx(curve.max())
    assert display.legend_ is None


def test_colour_is_activation_and_dashes_are_loss(make_comparison):
    lines = ComparisonDisplay.from_comparison(make_comparison(4), update_epoch=None).line_
    assert lines[0].get_color() == lines[2].get_color()
    assert lines[0].get_color() != lines[1].get_color()
    assert lines[0].get_linestyle() == lines[1].get_linestyle() == "-"
    assert lines[2].get_linestyle() == lines[3].get_linestyle() == "--"
    assert lines[0].get_marker() != lines[1].get_marker()


def test_curves_that_coincide_are_both_seen(make_comparison):
    comparison = make_comparison(2, 1)
    comparison.curves["log_loss"][1] = comparison.curves["log_loss"][0]
    first, second = ComparisonDisplay.from_comparison(comparison, update_epoch=None).line_
    assert first.get_linewidth() > second.get_linewidth()
    assert set(first.get_markevery()) - set(second.get_markevery())


def test_repeated_pairs_differ(make_comparison):
    lines = ComparisonDisplay.from_comparison(make_comparison(9), update_epoch=None).line_
    looks = {(line.get_color(), line.get_linestyle(), line.get_markerfacecolor()) for line in lines}
    assert len(looks) == 9


def test_diverged_arms_and_seeds_are_said_and_do_not_set_the_scale(make_comparison):
    comparison = make_comparison(3, 5)
    loss = comparison.curves["log_loss"]
    loss[1, :, 5:] = np.exp(np.arange(16) * 20.0)
    loss[1, :, 10:] = np.nan
    loss[2, :2, 7:] = np.inf
    comparison.z[1] = np.nan
    display = ComparisonDisplay.from_comparison(comparison)
    notes = [label.get_text().split("\n", 1)[-1].replace("\n", " ") for label in display.labels_]
    assert notes == [
        "arm 0",
        "off the scale from epoch 6, not finite from epoch 10",
        "2 of 5 seeds not finite",
    ]
    assert display.ax_.get_ylim()[1] < 2
    texts = [text.get_text() for text in display.axes_[2].texts]
    assert texts == ["30 not finite, not shown"]


def test_long_labels_are_wrapped_and_do_not_overlap(make_comparison, overlaps):
    comparison = make_comparison(4, 1)
    for arm in comparison.arms:
        arm.label = "a user's own activation with a remarkably long name that goes on and on, η = 0.25"
    display = ComparisonDisplay.from_comparison(comparison)
    assert all("\n" in label.get_text() for label in display.labels_)
    assert "η = 0.25" in display.labels_[0].get_text().replace("\u00a0", " ")
    assert not overlaps(display.labels_)
    assert not overlaps([axis._left_title for axis in display.axes_[1:]])


def test_theory_is_drawn_at_the_median_reach(make_comparison):
    comparison = make_comparison(2)
    display = ComparisonDisplay.from_comparison(comparison)
    for curves in display.theory:
        np.testing.assert_allclose(curves.reach[0, 1], np.median(comparison.row_norm))


def test_a_users_activation_and_loss_have_a_look(make_comparison):
    comparison = make_comparison(2)
    comparison.theory = lambda i, z, label: np.abs(1 / (1 + np.exp(-z)) - label)
    comparison.arms[0].activation, comparison.arms[0].loss = "mine", "my_loss"
    lines = ComparisonDisplay.from_comparison(comparison).line_
    assert lines[0].get_color() != lines[1].get_color()


def test_one_own_axes_gets_the_curves_alone(make_comparison):
    _, ax = plt.subplots()
    display = ComparisonDisplay.from_comparison(make_comparison(), ax=ax)
    assert display.ax_ is ax
    assert len(display.axes_) == 1


def test_own_axes_for_everything(make_comparison):
    _, axes = plt.subplots(1, 3)
    display = ComparisonDisplay.from_comparison(make_comparison(), ax=axes)
    assert list(display.axes_) == list(axes)


def test_wrong_number_of_axes_is_refused(make_comparison):
    _, axes = plt.subplots(1, 2)
    with pytest.raises(_exceptions.InvalidInputError, match=r"^`ax` must hold 1 or 3 axes; got 2\.$"):
        ComparisonDisplay.from_comparison(make_comparison(), ax=axes)


def test_unknown_metric_is_refused(make_comparison):
    with pytest.raises(
        _exceptions.InvalidInputError, match=r"^`metric` must be one of 'accuracy', 'log_loss'; got 'auc'\.$"
    ):
        ComparisonDisplay.from_comparison(make_comparison(), metric="auc")


def test_arrays_that_do_not_fit_are_refused():
    arm = SimpleNamespace(label="a", activation="tanh", loss="brier")
    with pytest.raises(
        _exceptions.InvalidInputError,
        match=r"^`curves` must have shape \(n_arms, n_seeds, n_epochs \+ 1\) = \(1, n_seeds, 2\); "
        r"got \(1, 2\)\.$",
    ):
        ComparisonDisplay(epochs=[0, 1], arms=[arm], curves=[[1.0, 2.0]])
    with pytest.raises(_exceptions.InvalidInputError, match=r"^`update_z` must have one array an arm, 1; got 2\.$"):
        ComparisonDisplay(epochs=[0], arms=[arm], curves=[[[1.0]]], update_z=[[0], [0]], update=[[0]], target=[[0]])
    with pytest.raises(_exceptions.InvalidInputError, match=r"^`target` must be given with `update_z`; got None\.$"):
        ComparisonDisplay(epochs=[0], arms=[arm], curves=[[[1.0]]], update_z=[[0]], update=[[0]])
