import matplotlib.pyplot as plt
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from logitscope import _exceptions
from logitscope.displays._axes import EndLabel, axes_grid, label_ends, spread


@given(st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_spread_keeps_order_distance_and_page(centers):
    heights = np.full(len(centers), 0.1)
    placed = spread(centers, heights)
    ordered = np.sort(placed)
    assert (np.diff(ordered) >= 0.1 - 1e-9).all()
    assert ordered[0] >= 0.05 - 1e-9
    assert ordered[-1] <= 0.95 + 1e-9
    for i, a in enumerate(centers):
        for j, b in enumerate(centers):
            if a < b:
                assert placed[i] < placed[j]


def test_spread_leaves_alone_what_is_apart():
    np.testing.assert_allclose(spread([0.8, 0.2], [0.1, 0.1]), [0.8, 0.2])


def test_spread_moves_a_pair_equally():
    np.testing.assert_allclose(spread([0.50, 0.52], [0.1, 0.1]), [0.46, 0.56])


def test_label_ends_do_not_overlap(overlaps):
    _, ax = plt.subplots(layout="constrained")
    labels = [EndLabel(f"curve {i}\nwith two lines", 0.5 + 0.001 * i, "k") for i in range(5)]
    assert not overlaps(label_ends(ax, labels))


def test_a_single_axes_is_divided():
    figure, ax = plt.subplots(1, 2, layout="constrained")
    drawn, axes, _ = axes_grid(ax[1], 1, 3, figsize=(1, 1))
    assert drawn is figure
    assert len(axes) == 3
    assert not ax[1].axison


def test_wrong_number_of_axes_is_refused():
    _, ax = plt.subplots(1, 2)
    with pytest.raises(_exceptions.InvalidInputError, match=r"^`ax` must hold 3 axes, one a panel; got 2\.$"):
        axes_grid(ax, 1, 3, figsize=(1, 1))


def test_a_part_of_a_figure_is_refused():
    part, _ = plt.figure().subfigures(1, 2)
    message = r"^`ax` must be axes, or a whole figure without any; got a SubFigure\. .* ax=part\.subplots\(\)\.$"
    with pytest.raises(_exceptions.InvalidInputError, match=message):
        axes_grid(part, 1, 1, figsize=(1, 1))


def test_axes_that_cannot_be_divided_are_refused():
    ax = plt.figure().add_axes((0.1, 0.1, 0.8, 0.8))
    message = r"^`ax` must be 3 axes, or one axes of a grid, which can be divided; got an axes placed by hand\.$"
    with pytest.raises(_exceptions.InvalidInputError, match=message):
        axes_grid(ax, 1, 3, figsize=(1, 1))
