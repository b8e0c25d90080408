import re
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np
import pytest

from logitscope import _exceptions
from logitscope.displays import CLASS_STYLES, LedgerDisplay

TERMS = np.array([0.9, -0.7, 0.4, -0.2, 0.1])
LABELS = np.array(["cat", "dog", "cat", "cat", "dog"])


class StubLedger:
    """Five samples of which the first is the largest; columns of "cat", or of "dog"."""

    def __init__(self, n_columns=1, initial=0.25, labels=LABELS):
        self.labels, self.initial = labels, initial
        self.alpha = np.zeros(5) if n_columns == 1 else np.zeros((5, n_columns))

    def top(self, x, k=10, column=None):
        best = slice(0, k)
        return SimpleNamespace(
            index=np.array([12, 4, 7, 30, 1])[best],
            term=TERMS[best],
            label=self.labels[best],
            target=(LABELS == "cat").astype(float)[best],
            rest=TERMS[k:].sum(),
            initial=self.initial,
            z=TERMS.sum() + self.initial,
            column=0 if column is None else column,
        )


def widths(bars):
    return [bar.get_width() for bar in bars]


def test_a_bar_a_sample_and_a_bar_a_sum():
    display = LedgerDisplay.from_ledger(StubLedger(), [1.0], k=3)
    np.testing.assert_array_equal(widths(display.bars_), TERMS[:3])
    ticks = [text.get_text() for text in display.ax_.get_yticklabels()]
    assert ticks == ["sample 12", "sample 4", "sample 7"]
    assert display.ax_.get_ylim()[0] > display.ax_.get_ylim()[1]  # the first is on top
    np.testing.assert_allclose(widths(display.sums_.values()), [0.6, -0.1, 0.25, 0.75])
    below = [text.get_text() for text in display.axes_[1].get_yticklabels()]
    assert below == ["these 3", "the other 2", "the start", "z(x)"]
    numbers = [text.get_text() for text in display.ax_.texts]
    assert numbers == ["+0.9", "−0.7", "+0.4"]
    assert display.figure_.get_suptitle() == "Who made z(x) = +0.75"
    assert display.ax_.get_xlabel() == "← dog      term of the sample in z(x)      cat →"
    assert display.axes_[1].get_xlabel() == "sum, on a scale of its own"


def test_colours_and_hatches_are_labels_not_signs():
    display = LedgerDisplay.from_ledger(StubLedger(), [1.0], k=4)
    from matplotlib.colors import to_hex

    own = [True, False, True, True]
    assert [to_hex(bar.get_facecolor()).upper() for bar in display.bars_] == [CLASS_STYLES[int(c)].color for c in own]
    assert [bar.get_hatch() is None for bar in display.bars_] == own
    assert [text.get_text() for text in display.legend_.get_texts()] == ["labelled cat", "labelled dog"]


def test_several_columns_say_whose_z_it_is():
    assert LedgerDisplay.from_ledger(StubLedger(3), [1.0]).figure_.get_suptitle() == "Who made z(x) = +0.75 of cat"


@pytest.mark.parametrize(
    ("labels", "names"),
    [
        (np.array(["cat", "dog", "cat", "cat", "eel"]), ("another class", "cat")),
        (np.array([0.9, 0.1, 0.8, 0.7, 0.2]), ("another class", "y > ½")),
        (np.array([1, -1, 1, 1, -1]), ("class -1", "class 1")),
    ],
)
def test_sides_of_more_than_one_label(labels, names):
    assert LedgerDisplay.from_ledger(StubLedger(labels=labels), [1.0]).names == names


def test_a_start_that_left_nothing_has_no_bar():
    display = LedgerDisplay.from_ledger(StubLedger(initial=0.0), [1.0], k=3)
    assert list(display.sums_) == ["shown", "rest", "z"]


def test_nothing_overlaps(overlaps):
    display = LedgerDisplay.from_ledger(StubLedger(), [1.0])
    assert not overlaps([*display.ax_.texts, *display.ax_.get_yticklabels(), display.legend_])
    assert not overlaps([*display.axes_[1].texts, *display.axes_[1].get_yticklabels()])


def test_own_axes_two_or_one_divided():
    _, axes = plt.subplots(2, 1)
    display = LedgerDisplay.from_ledger(StubLedger(), [1.0], ax=axes, title="mine")
    assert list(display.axes_) == list(axes)
    assert axes[0].get_title(loc="left") + axes[0].get_title() == "mine"
    figure, grid = plt.subplots(1, 2)
    display = LedgerDisplay.from_ledger(StubLedger(), [1.0], ax=grid[0])
    assert display.figure_ is figure
    assert not grid[0].axison


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"index": []}, "`index` must have shape (k,), k ≥ 1; got (0,)."),
        ({"term": [1.0]}, "`term` must have one value a sample, shape (2,); got (1,)."),
        ({"is_own": [True]}, "`is_own` must have one value a sample, shape (2,); got (1,)."),
        ({"names": ["a"]}, "`names` must hold 2 names, of the other class and of the column's; got ['a']."),
    ],
)
def test_what_does_not_fit_is_refused(arguments, message):
    with pytest.raises(_exceptions.InvalidInputError, match=f"^{re.escape(message)}$"):
        LedgerDisplay(**({"index": [3, 4], "term": [1.0, 2.0], "is_own": [True, False]} | arguments))


def test_axes_that_cannot_be_used_are_refused():
    display = LedgerDisplay(index=[3], term=[1.0], is_own=[True])
    figure, axes = plt.subplots(3)
    with pytest.raises(
        _exceptions.InvalidInputError, match=r"^`ax` must hold 2 axes, of samples and of sums; got 3\.$"
    ):
        display.plot(axes)
    message = "`ax` must be 2 axes, or one axes of a grid, which can be divided; got an axes placed by hand."
    with pytest.raises(_exceptions.InvalidInputError, match=f"^{re.escape(message)}$"):
        display.plot(figure.add_axes((0, 0, 1, 1)))
