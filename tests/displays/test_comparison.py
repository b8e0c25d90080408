from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest

import logitscope as ls
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
        largest_first = np.argsort(comparison.log(i).update_norm[-1])[::-1]
        np.testing.assert_allclose(np.sort(z), np.sort(comparison.log(i).z[-1][largest_first[: z.size]]))
        counts = [text.get_text() for text in display.axes_[1 + i].texts]
        assert counts == ([f"{30 - z.size} below"] if z.size < 30 else [])
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
    comparison.log(1).z[:] = np.nan
    display = ComparisonDisplay.from_comparison(comparison)
    notes = [label.get_text().split("\n", 1)[-1].replace("\n", " ").replace("\u00a0", " ") for label in display.labels_]
    assert notes == [
        "arm 0, η = 0.5",
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
        np.testing.assert_allclose(curves.reach[0, 1], np.median(comparison.log(0).row_norm) * 0.5 / 30)


def test_a_users_activation_and_loss_have_a_look(make_comparison):
    comparison = make_comparison(2)
    comparison.arms[0].activation, comparison.arms[0].loss = "mine", "my_loss"
    lines = ComparisonDisplay.from_comparison(comparison).line_
    assert lines[0].get_color() != lines[1].get_color()


def test_labels_and_titles_say_the_median_rate_of_the_seeds(make_comparison):
    comparison = make_comparison(2, 3)
    comparison.rates = np.array([[1.0, 2.794, 9.0], [0.5, 0.5, 0.5]])
    comparison.arms[1].label = "tanh, η = 0.5"
    display = ComparisonDisplay.from_comparison(comparison, title="moons · gd · rates: auto")
    expected = ["arm 0, η = 2.79", "tanh, η = 0.5"]
    assert [label.get_text().replace("\u00a0", " ") for label in display.labels_] == expected
    assert [axis.get_title(loc="left").replace("\u00a0", " ") for axis in display.axes_[1:]] == expected
    assert display.figure_.get_suptitle() == "moons · gd · rates: auto"
    assert display.axes_[1].get_ylabel() == "update norm after 95 epochs"


def test_the_title_stands_on_the_curves_of_own_axes(make_comparison):
    _, ax = plt.subplots()
    ComparisonDisplay.from_comparison(make_comparison(), ax=ax, title="moons")
    assert ax.get_title(loc="left") == "moons\nlog loss: median and range of 5 seeds"


def tall(comparison, i, factor):
    """Multiply what an arm's samples move the model."""
    comparison.log(i).learning_rate = comparison.log(i).learning_rate * factor
    comparison.log(i).row_norm = comparison.log(i).row_norm * factor


def test_an_arm_far_below_does_not_flatten_the_others(make_comparison):
    comparison = make_comparison(2)
    low = np.abs(comparison.log(0).update_norm[-1])
    tall(comparison, 1, 1e-12)
    display = ComparisonDisplay.from_comparison(comparison)
    bottom, top = display.axes_[1].get_ylim()
    assert np.log10(top / bottom) < 10
    assert bottom < low.min() < low.max() < top
    assert [text.get_text() for text in display.axes_[2].texts] == ["30 below"]
    assert not list(display.axes_[1].texts)


def test_an_arm_whose_numbers_ended_sets_no_scale(make_comparison):
    comparison = make_comparison(2)
    tall(comparison, 1, 1e30)
    comparison.curves["log_loss"][1, :, 5:] = np.nan
    display = ComparisonDisplay.from_comparison(comparison)
    assert display.axes_[1].get_ylim()[1] < 10
    assert [text.get_text() for text in display.axes_[2].texts] == ["30 above, not shown"]


@pytest.mark.parametrize(("wider", "shared"), [(2.0, True), (50.0, False)])
def test_an_arm_of_far_wider_z_has_limits_of_its_own(make_comparison, wider, shared):
    comparison = make_comparison(2)
    comparison.log(1).z = comparison.log(1).z * wider
    limits = [axis.get_xlim() for axis in ComparisonDisplay.from_comparison(comparison).axes_[1:]]
    assert (limits[0] == limits[1]) == shared


def test_the_side_is_told_from_the_midpoint_of_the_arms_own_activation():
    """A user's activation with the midpoint 2 and a name of ours."""

    class Shifted:
        name, lower, upper = "sigmoid", 0.0, 1.0
        value = staticmethod(lambda z: 1 / (1 + np.exp(2 - z)))
        derivative = staticmethod(lambda z: np.exp(2 - z) / (1 + np.exp(2 - z)) ** 2)

    X, y = ls.load_dataset("blobs", n_samples=60, random_state=1)[:2]
    comparison = ls.compare(X, y, activations=[Shifted()], seeds=1, max_iter=3, learning_rate=0.1)
    display = ComparisonDisplay.from_comparison(comparison)
    z, target = comparison.log(0).z[-1], comparison.log(0).target
    np.testing.assert_array_equal(display.wrong[0], (z > 2) != (target == 1))
    assert display.midpoints == (pytest.approx(2.0),)


@pytest.mark.parametrize(("loss", "has_curve"), [("cross_entropy", True), ("squared_error", False)])
def test_softmax_stands_at_the_margin_with_a_curve_only_where_it_is_exact(loss, has_curve):
    X, y = ls.load_dataset("iris")[:2]
    comparison = ls.compare(X, y, activations=["softmax", "sigmoid"], losses=[loss], seeds=1, max_iter=8)
    display = ComparisonDisplay.from_comparison(comparison)
    log = comparison.log(0)
    z, target = log.z[-1], log.target
    others = np.stack([np.logaddexp.reduce(np.delete(z, k, axis=1), axis=1) for k in range(3)], axis=1)
    np.testing.assert_allclose(display.update_z[0], (z - others).ravel(), rtol=1e-12)
    p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    np.testing.assert_array_equal(display.wrong[0], ((p > 0.5) != (target == 1)).ravel())
    assert [curves is not None for curves in display.theory] == [has_curve, True]
    labels = [axis.get_xlabel() for axis in display.axes_[1:]]
    assert labels == ["margin z − log Σ e^z of the others", "pre-activation z"]


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


def test_a_comparison_without_records_has_curves_alone(make_comparison):
    comparison = make_comparison()
    comparison.logs = (SimpleNamespace(epoch=np.arange(0)),)
    message = (
        r"^`comparison` must hold a record of updates; got none: its runs ended before their first step\. "
        r"With update_epoch=None the curves alone are drawn\.$"
    )
    with pytest.raises(_exceptions.InvalidInputError, match=message):
        ComparisonDisplay.from_comparison(comparison)
    assert len(ComparisonDisplay.from_comparison(comparison, update_epoch=None).axes_) == 1


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
