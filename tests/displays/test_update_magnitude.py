import matplotlib.pyplot as plt
import numpy as np
import pytest

from logitscope import LogisticRegression, _exceptions, load_dataset
from logitscope._exceptions import IncompatibleError
from logitscope.displays import TheoryCurves, UpdateMagnitudeDisplay
from logitscope.displays._scatter import theory_peaks, tick_decades


def offsets(display, panel=0, classes=(0, 1), sides=(False, True)):
    parts = [display.points_[panel][c, s].get_offsets() for c in classes for s in sides]
    return np.ma.getdata(np.concatenate(parts))


def sorted_rows(array):
    return array[np.lexsort(array.T)]


@pytest.mark.parametrize("quantity", ["update_norm", "gradient_norm", "grad_z"])
@pytest.mark.parametrize("yscale", ["log", "linear"])
def test_every_sample_is_a_point(make_log, quantity, yscale):
    log = make_log()
    display = UpdateMagnitudeDisplay.from_log(log, quantity=quantity, yscale=yscale, epochs=[0, 45])
    for panel, record in enumerate((0, 9)):
        expected = np.column_stack([log.z[record], np.abs(getattr(log, quantity)[record])])
        np.testing.assert_allclose(sorted_rows(offsets(display, panel)), sorted_rows(expected))
    assert display.ax_.get_yscale() == yscale


@pytest.mark.parametrize("solver", ["auto", "lbfgs"])
def test_of_steps_without_a_part_of_a_sample_the_gradient_is_shown(solver):
    X, y = load_dataset("moons", n_samples=60)[:2]
    log = LogisticRegression(solver=solver, record=True).fit(X, y).update_log_
    display = UpdateMagnitudeDisplay.from_log(log, epochs=[0])
    np.testing.assert_array_equal(display.update, log.gradient_norm[[0]])
    assert display.ax_.get_ylabel().startswith("gradient norm")
    assert len(offsets(display)) == len(log.y)
    plt.close(display.figure_)
    with pytest.raises(IncompatibleError) as caught:
        UpdateMagnitudeDisplay.from_log(log, quantity="update_norm")
    assert str(caught.value) == (
        "Cannot draw `quantity='update_norm'` of epoch 0, of which this log does not know it: the solver's step has no"
        " part that is a sample's, or the learning rate was not told. Leave quantity=None, which draws 'gradient_norm'"
        " then."
    )


def test_one_epoch_without_an_update_is_enough_for_all_panels(make_log):
    """A fast method that hands over to Newton's: no panel is empty, and all have the same axis."""

    class Late(type(make_log())):
        @property
        def update_norm(self):
            return np.where(self.epoch[:, None] < 20, np.nan, super().update_norm)

    log = Late()
    assert UpdateMagnitudeDisplay.from_log(log, epochs=[20, 45]).quantity == "update_norm"
    mixed = UpdateMagnitudeDisplay.from_log(log, epochs=[0, 45])
    assert mixed.quantity == "gradient_norm"
    np.testing.assert_array_equal(mixed.update, log.gradient_norm[[0, 9]])
    with pytest.raises(IncompatibleError, match="of epoch 15, of which"):
        UpdateMagnitudeDisplay.from_log(log, epochs=[15, 20], quantity="update_norm")


def test_classes_and_sides_are_told_apart(make_log):
    log = make_log()
    display = UpdateMagnitudeDisplay.from_log(log, epochs=[45])
    z = log.z[-1]
    for label in (0, 1):
        for wrong in (False, True):
            expected = z[(log.y == label) & (((z > 0) != (log.y == 1)) == wrong)]
            points = display.points_[0][label, wrong]
            np.testing.assert_allclose(np.sort(points.get_offsets()[:, 0]), np.sort(expected))
    filled, hollow = (display.points_[0][1, wrong].get_facecolor()[0][:3] for wrong in (False, True))
    np.testing.assert_array_equal(hollow, [1, 1, 1])
    assert not np.array_equal(filled, hollow)
    assert display.ax_.get_title(loc="left").endswith(f"{int(display.wrong.sum())} of 40 wrong")


def test_default_panels_are_first_midway_and_last(make_log):
    display = UpdateMagnitudeDisplay.from_log(make_log(n_records=101))
    np.testing.assert_array_equal(display.epochs, [0, 50, 500])
    assert len(display.axes_) == 3
    assert len({axis.get_ylim() for axis in display.axes_}) == 1
    assert len({axis.get_xlim() for axis in display.axes_}) == 1


def test_one_record_makes_one_panel(make_log):
    assert len(UpdateMagnitudeDisplay.from_log(make_log(n_records=1)).axes_) == 1


def test_theory_passes_through_points_of_median_reach(make_log):
    log = make_log()
    log.row_norm = np.full(40, 2.0)  # every sample has the same reach, so every point is on its curve
    display = UpdateMagnitudeDisplay.from_log(log, epochs=[45], yscale="linear")
    for label in (0, 1):
        x, y = display.line_[0][label].get_data()
        points = offsets(display, classes=(label,))
        np.testing.assert_allclose(np.interp(points[:, 0], x, y), points[:, 1], rtol=2e-3, atol=1e-7)


def test_points_lie_inside_the_band(make_log):
    log = make_log(loss="squared_error")
    display = UpdateMagnitudeDisplay.from_log(log, epochs=[45])
    low, middle, high = display.curves.reach[0]
    reach = log.row_norm * 0.5 / 40
    np.testing.assert_allclose([low, middle, high], [reach.min(), np.median(reach), reach.max()])


@pytest.mark.parametrize(("activation", "peak"), [("tanh", 0.5 * np.log(2)), ("sigmoid", np.log(2))])
def test_squared_error_peaks_off_zero(make_log, activation, peak):
    display = UpdateMagnitudeDisplay.from_log(make_log(activation, "squared_error"))
    assert display.peak_[1] == pytest.approx(-peak, abs=1e-4)
    assert display.peak_[0] == pytest.approx(peak, abs=1e-4)
    texts = [text.get_text() for text in display.legend_.get_texts()]
    assert f"peak for class 1: z = −{peak:.2f}" in texts


def test_cross_entropy_has_no_peak(make_log):
    display = UpdateMagnitudeDisplay.from_log(make_log("sigmoid", "cross_entropy"))
    assert display.peak_ == {}


def test_flat_theory_has_no_peak():
    z = np.linspace(-50, 50, 1001)
    assert theory_peaks(TheoryCurves(z, np.array([np.ones_like(z), 1 / (1 + np.exp(z))]), np.ones((1, 3)))) == {}


@pytest.mark.parametrize("yscale", ["log", "linear"])
def test_exact_zeros_are_shown_and_counted(yscale):
    z = np.array([[-3.0, -1.0, 1.0, 3.0]])
    update = np.array([[0.0, 0.1, 0.2, 0.0]])
    display = UpdateMagnitudeDisplay(z=z, update=update, y=[0, 0, 1, 1], epochs=[7]).plot(yscale=yscale)
    ticks = [segment[0][0] for segment in display.rug_[0].get_segments()]
    assert sorted(ticks) == [-3.0, 3.0]
    assert display.rug_text_[0].get_text() == "2 exactly 0"
    points = offsets(display)
    assert len(points) == 2
    # The strip of the rug is a tenth of the axes; no point may stand in it.
    heights = display.ax_.transAxes.inverted().transform(display.ax_.transData.transform(points))[:, 1]
    assert heights.min() > 0.1


@pytest.mark.parametrize(("bottom", "has_numbers"), [(0.3, True), (1e-3, False)])
def test_between_decades_there_is_only_what_has_a_number(bottom, has_numbers):
    _, plain = plt.subplots()
    _, ax = plt.subplots()
    for axis in (plain, ax):
        axis.set(yscale="log", ylim=(bottom, 1.0))
    tick_decades(ax)
    theirs, ours = ([text.get_text() for text in axis.get_yticklabels(minor=True)] for axis in (plain, ax))
    assert any(theirs) == has_numbers
    assert ours == (theirs if has_numbers else [])


def test_all_zeros_can_be_drawn():
    display = UpdateMagnitudeDisplay(z=[[1.0, 2.0]], update=[[0.0, 0.0]], y=[0, 1], epochs=[1]).plot()
    assert display.rug_text_[0].get_text() == "2 exactly 0"


def test_values_that_are_not_finite_are_counted():
    z, update = [[np.nan, np.inf, 1.0, 2.0]], [[np.nan, 0.1, 0.2, 0.0]]
    display = UpdateMagnitudeDisplay(z=z, update=update, y=[0, 1, 0, 1], epochs=[1]).plot()
    assert display.rug_text_[0].get_text() == "1 exactly 0; 2 not finite, not shown"
    assert len(offsets(display)) == 1


def test_tiny_updates_have_a_place():
    update = [[5e-324, 1e-300, 1e-3]]
    display = UpdateMagnitudeDisplay(z=[[-700.0, 300.0, 0.0]], update=update, y=[0, 1, 1], epochs=[1]).plot()
    bottom, top = display.ax_.get_ylim()
    assert 0 < bottom <= 5e-324
    assert top > 1e-3
    display.figure_.draw_without_rendering()


def test_a_column_of_several_is_chosen_and_named(make_log):
    log = make_log(n_models=3)
    display = UpdateMagnitudeDisplay.from_log(log, column=1, epochs=[45], class_names=("rest", "iris"))
    np.testing.assert_allclose(np.sort(offsets(display)[:, 0]), np.sort(log.z[-1, :, 1]))
    np.testing.assert_array_equal(display.y, log.target[:, 1])
    assert display.figure_.get_suptitle() == "tanh · cross-entropy · η = 0.5 · class iris against the rest"
    assert display.legend_.get_texts()[0].get_text() == "rest, right side"


@pytest.mark.parametrize(
    ("n_models", "column", "given", "names", "contrast"),
    [
        (1, 0, None, ("class 0", "class 1"), None),
        (1, 0, ("upper", "lower"), ("upper", "lower"), None),
        (2, 0, ("upper", "lower"), ("lower", "upper"), "class upper against class lower"),
        (3, 2, None, ("rest", "class 2"), "class 2 against the rest"),
        (3, 0, ("setosa", "versicolor", "virginica"), ("rest", "setosa"), "class setosa against the rest"),
    ],
)
def test_what_a_column_tells_apart_is_named(make_log, n_models, column, given, names, contrast):
    log = make_log(n_models=n_models)
    display = UpdateMagnitudeDisplay.from_log(log, column=column, class_names=given, title="iris")
    assert display.class_names == names
    assert display.contrast == contrast
    title = " ".join(display.figure_.get_suptitle().split())
    assert title == " · ".join(filter(None, ["iris", contrast]))


@pytest.mark.parametrize(
    ("z", "verdict"),
    [
        ([0.0, 0.0, 0.0, 0.0], "all undecided (z = 0)"),
        ([-1.0, 0.0, -2.0, 3.0], "1 of 4 wrong,\n1 undecided"),
        ([-1.0, -1.0, 2.0, 3.0], "0 of 4 wrong"),
    ],
)
def test_undecided_samples_are_counted_apart(z, verdict):
    display = UpdateMagnitudeDisplay(z=z, update=np.ones(4), y=[0, 0, 1, 1], epochs=[1]).plot()
    assert display.ax_.get_title(loc="left") == f"after 1 epoch: {verdict}"


def test_the_midpoint_is_where_the_sides_meet():
    log = (
        LogisticRegression("cloglog", max_iter=4, tol=0, record=True).fit([[-1.0], [0.3], [1.0]], [0, 1, 1]).update_log_
    )
    display = UpdateMagnitudeDisplay.from_log(log, epochs=[3])
    assert display.midpoint == pytest.approx(np.log(np.log(2)))
    np.testing.assert_array_equal(display.wrong[0], (log.z[3] > np.log(np.log(2))) != (log.y == 1))


@pytest.mark.parametrize(("loss", "has_curve"), [("cross_entropy", True), ("squared_error", False), ("focal", False)])
def test_softmax_stands_at_the_margin_with_a_curve_only_where_it_is_exact(loss, has_curve):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 2)), rng.integers(0, 3, 60)
    log = LogisticRegression("softmax", loss, max_iter=30, tol=0, record=True).fit(X, y).update_log_
    display = UpdateMagnitudeDisplay.from_log(log, column=1, epochs=[29])
    z = log.z[29]
    margin = z[:, 1] - np.logaddexp(z[:, 0], z[:, 2])
    np.testing.assert_allclose(display.z[0], margin, rtol=1e-12)
    np.testing.assert_array_equal(display.wrong[0], (margin > 0) != (y == 1))
    assert display.ax_.get_xlabel() == "← rest      margin z − log Σ e^z of the others      class 1 →"
    assert (display.curves is not None) == has_curve
    if has_curve:  # |∂ℓ/∂z| of a sample is the sigmoid of its margin, from its class's other side
        side = np.where(y == 1, -margin, margin)
        np.testing.assert_allclose(np.abs(log.grad_z[29][:, 1]), 1 / (1 + np.exp(-side)), rtol=1e-12)


def test_softmax_of_two_classes_has_a_curve_with_any_loss():
    X, y = np.linspace(-1, 1, 20)[:, None], np.arange(20) % 2
    log = LogisticRegression("softmax", "squared_error", max_iter=9, tol=0, record=True).fit(X, y).update_log_
    assert UpdateMagnitudeDisplay.from_log(log, epochs=[8]).curves is not None


@pytest.mark.parametrize(
    ("quantity", "factor", "text"),
    [
        ("update_norm", 1.0, "smallest to largest reach η sᵢ/Σs ‖(x, 1)‖"),
        ("update_norm", np.nan, "smallest to largest reach η sᵢ/Σs ‖D (x, 1)‖"),
        ("gradient_norm", 1.0, "smallest to largest reach ‖(x, 1)‖"),
        ("grad_z", 1.0, "smallest to largest reach"),
    ],
)
def test_the_legend_says_what_the_reach_is(make_log, quantity, factor, text):
    log = make_log()
    log.gradient_factor = log.gradient_factor * factor
    display = UpdateMagnitudeDisplay.from_log(log, quantity=quantity)
    assert text in [each.get_text() for each in display.legend_.get_texts()]


def test_markers_adapt_to_the_number_of_samples(make_log):
    few, many = (
        UpdateMagnitudeDisplay.from_log(make_log(n_samples=n), epochs=[45]).points_[0][1, False] for n in (500, 5000)
    )
    assert many.get_sizes()[0] < few.get_sizes()[0]
    assert many.get_alpha() < few.get_alpha()
    assert many.get_rasterized()
    assert not few.get_rasterized()


def test_legend_covers_no_data(make_log, overlaps):
    for epochs in ([45], [0, 5, 45]):
        display = UpdateMagnitudeDisplay.from_log(make_log(loss="squared_error"), epochs=epochs)
        assert not overlaps([display.legend_, *(axis.patch for axis in display.axes_)])


def test_own_axes_are_used(make_log):
    figure, axes = plt.subplots(1, 2)
    display = UpdateMagnitudeDisplay.from_log(make_log(), epochs=[0, 45], ax=axes)
    assert display.figure_ is figure
    assert list(display.axes_) == list(axes)


def test_one_own_axes_is_divided_with_a_place_for_the_legend(make_log, overlaps):
    _, axes = plt.subplots(1, 2, figsize=(12, 5), layout="constrained")
    display = UpdateMagnitudeDisplay.from_log(make_log(), epochs=[0, 45], ax=axes[1])
    assert len(display.axes_) == 2
    assert not overlaps([display.legend_, *(axis.patch for axis in display.axes_)])


def test_plot_returns_itself_and_draws_again(make_log):
    display = UpdateMagnitudeDisplay.from_log(make_log())
    first = display.figure_
    assert display.plot(yscale="linear") is display
    assert display.figure_ is not first


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"update": [[1.0]]}, r"^`update` must have the shape of `z`, \(1, 2\); got \(1, 1\)\.$"),
        ({"y": [0]}, r"^`y` must have one label a sample, shape \(2,\); got \(1,\)\.$"),
        ({"epochs": [1, 2]}, r"^`epochs` must have one entry a panel, shape \(1,\); got \(2,\)\.$"),
        (
            {"update": [[1.0, -2.0]]},
            r"^`update` must be ≥ 0, a magnitude; got -2\.0 at index \(0, 1\)\.$",
        ),
        ({"wrong": [[True]]}, r"^`wrong` must have the shape of `z`, \(1, 2\); got \(1, 1\)\.$"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(change, message):
    arguments = {"z": [[0.0, 1.0]], "update": [[1.0, 1.0]], "y": [0, 1], "epochs": [1]} | change
    with pytest.raises(_exceptions.InvalidInputError, match=message):
        UpdateMagnitudeDisplay(**arguments)


def test_a_log_without_records_is_refused():
    """A run that starts at its optimum ends before its first step."""
    log = LogisticRegression(record=True).fit(np.zeros((4, 1)), [0, 1, 0, 1]).update_log_
    assert log.n_records == 0
    with pytest.raises(
        _exceptions.InvalidInputError,
        match=r"^`log` must hold a record; got none: the run ended before its first step\.$",
    ):
        UpdateMagnitudeDisplay.from_log(log)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"epochs": [3]},
            r"^`epochs` must be recorded epochs, from 0 to 45; got 3, which the recorder did not keep\.$",
        ),
        (
            {"class_names": ["a", "b", "c"]},
            r"^`class_names` must hold 2 names; got 3\.$",
        ),
        ({"column": 1}, r"^`column` must be in \[0, 1\), the columns of the log; got 1\.$"),
        (
            {"quantity": "loss"},
            r"^`quantity` must be one of 'grad_z', 'gradient_norm', 'update_norm'; got 'loss'\.$",
        ),
        ({"yscale": "sqrt"}, r"^`yscale` must be one of 'linear', 'log'; got 'sqrt'\.$"),
    ],
)
def test_what_a_log_has_not_is_refused(make_log, arguments, message):
    with pytest.raises(_exceptions.InvalidInputError, match=message):
        UpdateMagnitudeDisplay.from_log(make_log(), **arguments)
