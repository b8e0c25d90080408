from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from logitscope import LogisticRegression, _exceptions, training_dynamics
from logitscope.displays import DataMapDisplay

START = {
    "variability": np.array([0.1, 0.2, 0.3, 0.4]),
    "confidence": np.array([0.9, 0.5, 0.4, 0.1]),
    "correctness": np.array([1.0, 0.5, 0.4, 0.0]),
}
END = (np.array([0.1, 0.2, 0.3, 0.0]), np.array([0.9, 0.7, 0.4, 0.5]), np.array([1.0, 1.0, 0.4, 0.5]))


def test_every_sample_stands_at_its_scores():
    display = DataMapDisplay(**START, title="one run").plot()
    np.testing.assert_array_equal(
        display.points_.get_offsets(), np.column_stack([START["variability"], START["confidence"]])
    )
    np.testing.assert_array_equal(display.points_.get_array(), START["correctness"])
    assert display.points_.get_clim() == (0, 1)
    assert display.arrows_ is None
    assert display.longest_ is None
    assert display.legend_ is None
    assert display.figure_.get_suptitle() == "one run"


def test_arrows_lead_from_the_first_run_to_the_second():
    display = DataMapDisplay(**START, to=END, names=("sigmoid", "cauchit"), n_longest=1).plot()
    np.testing.assert_array_equal(display.points_.get_offsets(), np.column_stack(END[:2]))
    np.testing.assert_array_equal(display.points_.get_array(), END[2])
    (longest,) = np.column_stack([display.longest_.XY, display.longest_.U, display.longest_.V])
    np.testing.assert_allclose(longest, [0.4, 0.1, -0.4, 0.4])
    (other,) = np.column_stack([display.arrows_.XY, display.arrows_.U, display.arrows_.V])
    np.testing.assert_allclose(other, [0.2, 0.5, 0.0, 0.2], atol=1e-15)
    # The x axis ends at 0.4, so that a whole axis to the left and 0.4 up is √(1 + 0.4²).
    np.testing.assert_allclose(display.move, [0, 0.2, 0, np.hypot(1, 0.4)], atol=1e-15)
    texts = [text.get_text() for text in display.legend_.get_texts()]
    assert texts == ["sigmoid → cauchit, the 1 longest moves", "the other moves"]


def test_the_same_scores_have_no_arrows():
    display = DataMapDisplay(**START, to=tuple(START.values())).plot()
    assert display.longest_ is None
    assert not display.move.any()


def test_marked_samples_get_a_ring():
    display = DataMapDisplay(**START, marked=[3, 1], marked_name="flipped").plot()
    np.testing.assert_array_equal(display.ring_.get_offsets(), [[0.4, 0.1], [0.2, 0.5]])
    assert [text.get_text() for text in display.legend_.get_texts()] == ["flipped"]


def test_all_points_and_arrows_are_inside():
    display = DataMapDisplay(**START, to=END).plot()
    (left, right), (bottom, top) = display.ax_.get_xlim(), display.ax_.get_ylim()
    assert left < 0 < 0.4 < right
    assert bottom < 0 < 1 < top


def test_scores_of_two_runs_and_own_axes():
    _, ax = plt.subplots()
    after = SimpleNamespace(**dict(zip(START, END, strict=True)))
    display = DataMapDisplay.from_dynamics(SimpleNamespace(**START), after, names=("a", "b"), title="moves", ax=ax)
    assert display.ax_ is ax
    assert ax.get_title(loc="left") == "moves"
    assert display.longest_.N == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"confidence": [0.5]},
            r"^`confidence` must have one value a sample, shape \(4,\); got \(1,\)\.$",
        ),
        ({"to": END[:2]}, r"^`to` must hold variability, confidence and correctness; got 2 arrays\.$"),
        (
            {"to": (*END[:2], [1.0])},
            r"^`to` must have one value a sample, shape \(4,\); got \(1,\)\.$",
        ),
        ({"marked": [1, 4]}, r"^`marked` must hold positions from 0 to 3; got 4\.$"),
        ({"marked": [-1]}, r"^`marked` must hold positions from 0 to 3; got -1\.$"),
        ({"marked": [True] * 4}, r"^`marked` must hold positions of samples, as integers; got \[True, .*\]\.$"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(arguments, message):
    with pytest.raises(_exceptions.InvalidInputError, match=message):
        DataMapDisplay(**(START | arguments))


def test_training_dynamics_are_scores():
    X, y = np.random.default_rng(0).normal(size=(40, 2)), np.arange(40) % 2
    log = LogisticRegression(max_iter=10, tol=0, record=True).fit(X, y).update_log_
    display = DataMapDisplay.from_dynamics(training_dynamics(log))
    own = np.where(y == 1, log.probability, 1 - log.probability)
    np.testing.assert_allclose(display.points_.get_offsets(), np.column_stack([own.std(axis=0), own.mean(axis=0)]))
