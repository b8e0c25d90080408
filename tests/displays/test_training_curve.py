from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from logitscope import LogisticRegression, _exceptions
from logitscope.displays import TrainingCurveDisplay

TRAIN = np.array([0.7, 0.5, 0.3, 0.2])
VALIDATION = np.array([0.7, 0.4, 0.5, 0.6])


def test_curves_of_an_estimator():
    estimator = SimpleNamespace(
        loss_curve_=TRAIN,
        validation_loss_curve_=VALIDATION,
        accuracy_curve_=1 - TRAIN,
        validation_accuracy_curve_=1 - VALIDATION,
        activation="tanh",
        loss="cross_entropy",
    )
    display = TrainingCurveDisplay.from_estimator(estimator)
    np.testing.assert_array_equal(display.line_.get_xdata(), [1, 2, 3, 4])
    expected = {
        "train_loss": TRAIN,
        "validation_loss": VALIDATION,
        "train_accuracy": 1 - TRAIN,
        "validation_accuracy": 1 - VALIDATION,
    }
    assert set(display.lines_) == set(expected)
    for name, curve in expected.items():
        np.testing.assert_array_equal(display.lines_[name].get_ydata(), curve)
    assert display.figure_.get_suptitle() == "tanh · cross-entropy"
    assert [axis.get_ylabel() for axis in display.axes_] == ["loss", "accuracy"]
    assert display.labels_["validation_loss"].get_text() == "validation 0.6\nbest 0.4 at epoch 2"


def test_no_accuracy_makes_one_panel():
    estimator = SimpleNamespace(loss_curve_=TRAIN, validation_loss_curve_=None, accuracy_curve_=None)
    display = TrainingCurveDisplay.from_estimator(estimator)
    assert len(display.axes_) == 1
    assert list(display.lines_) == ["train_loss"]
    assert display.labels_["train_loss"].get_text() == "training 0.2"


def test_labels_at_the_same_height_do_not_overlap(overlaps):
    display = TrainingCurveDisplay(epochs=[1, 2], train_loss=[0.7, 0.5], validation_loss=[0.7, 0.5]).plot()
    assert not overlaps(list(display.labels_.values()))


def test_divergence_is_said():
    display = TrainingCurveDisplay(epochs=[1, 2, 3, 4], train_loss=[0.7, 0.5, np.nan, np.nan]).plot()
    assert display.labels_["train_loss"].get_text() == "training 0.5\nnot finite from epoch 3"


def test_one_epoch_is_a_point():
    display = TrainingCurveDisplay(epochs=[1], train_loss=[0.5]).plot()
    assert display.line_.get_marker() == "o"
    display.figure_.draw_without_rendering()


def test_log_scale_and_own_axes():
    _, ax = plt.subplots()
    display = TrainingCurveDisplay(epochs=[1, 2], train_loss=[1.0, 1e-6]).plot(ax, yscale="log")
    assert display.ax_ is ax
    assert ax.get_yscale() == "log"
    assert ax.get_ylim()[0] < 1e-6


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"epochs": []}, r"^`epochs` must have shape \(n_epochs,\), n_epochs ≥ 1; got \(0,\)\.$"),
        (
            {"validation_loss": [1.0]},
            r"^`validation_loss` must have one value an epoch, shape \(4,\); got \(1,\)\.$",
        ),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(_exceptions.InvalidInputError, match=message):
        TrainingCurveDisplay(**({"epochs": [1, 2, 3, 4], "train_loss": TRAIN} | arguments))


def test_an_estimator_that_is_not_fitted_is_refused():
    message = r"^`estimator` must have a `loss_curve_`; got namespace\(\), which has none\. Call fit first\.$"
    with pytest.raises(_exceptions.InvalidInputError, match=message):
        TrainingCurveDisplay.from_estimator(SimpleNamespace())


def test_a_run_without_epochs_is_refused():
    clf = LogisticRegression().fit(np.zeros((4, 1)), [0, 1, 0, 1])
    message = (
        r"^`estimator` must have made an epoch; got none: the run ended before its first step, and its "
        r"`loss_curve_` is empty\.$"
    )
    with pytest.raises(_exceptions.InvalidInputError, match=message):
        TrainingCurveDisplay.from_estimator(clf)


def test_unknown_scale_is_refused():
    with pytest.raises(_exceptions.InvalidInputError, match=r"^`yscale` must be one of 'linear', 'log'; got 'sqrt'\.$"):
        TrainingCurveDisplay(epochs=[1], train_loss=[1.0]).plot(yscale="sqrt")
