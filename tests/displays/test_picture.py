import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.image import imread

from logitscope import _exceptions
from logitscope.displays import (
    ActivationDisplay,
    LedgerDisplay,
    SaturationDisplay,
    TrainingCurveDisplay,
    UpdateMagnitudeDisplay,
)
from logitscope.displays._picture import blank, save

CURVES = {"epochs": np.arange(1, 30), "train_loss": 1 / np.arange(1, 30), "validation_accuracy": np.arange(1, 30) / 30}


@pytest.fixture(params=["update magnitude", "training curves"])
def draw(request, make_log):
    if request.param == "update magnitude":
        return UpdateMagnitudeDisplay.of_log(make_log()).plot
    return TrainingCurveDisplay(**CURVES, title="a run").plot


def test_the_file_is_what_savefig_writes(draw, tmp_path):
    save(draw(blank(150)).figure_, tmp_path / "ours.png")
    with plt.rc_context({"figure.dpi": 150}):
        draw().figure_.savefig(tmp_path / "theirs.png", dpi=150)
    ours, theirs = imread(tmp_path / "ours.png"), imread(tmp_path / "theirs.png")
    assert ours.shape == theirs.shape
    assert np.abs(ours - theirs).max() < 0.05  # labels are placed at 120 dots an inch there: a twentieth of a dot


def test_no_window_knows_the_figure(draw):
    before = plt.get_fignums()
    draw(blank(100))
    assert plt.get_fignums() == before


@pytest.mark.parametrize(
    "display",
    [
        ActivationDisplay.from_names(("sigmoid",)),
        LedgerDisplay(index=[0], term=[1.0], is_own=[True], rest=0.5, initial=0.0, n_others=0),
        SaturationDisplay(epochs=[0, 1], wrong=[[True], [False]], stopped=[[False], [True]]),
        TrainingCurveDisplay(**CURVES),
    ],
    ids=lambda display: type(display).__name__,
)
def test_an_empty_figure_is_filled_and_a_full_one_refused(display):
    own, given = display.plot().figure_, Figure()
    assert display.plot(given).figure_ is given
    assert len(given.axes) == len(own.axes)
    np.testing.assert_array_equal(given.get_size_inches(), own.get_size_inches())
    message = rf"^`ax` must be axes, or a figure without any; got a figure with {len(own.axes)}\.$"
    with pytest.raises(_exceptions.InvalidInputError, match=message):
        display.plot(given)
