"""Where things stand on the page: the axes of a figure, and labels beside lines that do not collide.

It never knows what the axes show.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike, FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend


class EndLabel(NamedTuple):
    """A text to be set in the right margin, level with `y` (data units)."""

    text: str
    y: float
    color: str


def own_figure(ax: Any, figsize: tuple[float, float]) -> Figure | None:
    """Return the figure that is ours to fill, of this size in inches; None: `ax` is the caller's axes.

    Raises
    ------
    InvalidInputError
        A figure that has axes already.
    """
    if ax is None:
        import matplotlib.pyplot as plt

        return plt.figure(figsize=figsize, layout="constrained")
    if not hasattr(ax, "set_size_inches"):
        if hasattr(ax, "add_subplot"):
            raise InvalidInputError(
                f"`ax` must be axes, or a whole figure without any; got a {type(ax).__name__}. Give axes of its own:"
                " ax=part.subplots()."
            )
        return None
    figure: Figure = ax
    if figure.axes:
        raise InvalidInputError(f"`ax` must be axes, or a figure without any; got a figure with {len(figure.axes)}.")
    figure.set_size_inches(figsize)
    figure.set_layout_engine("constrained")
    return figure


def axes_grid(
    ax: Any,
    n_rows: int,
    n_columns: int,
    *,
    figsize: tuple[float, float],
    sharey: bool = False,
    legend_row: bool = False,
) -> tuple[Figure, list[Axes], Axes | None]:
    """Figure and axes to draw on: new ones, the caller's, or the caller's single axes divided.

    Parameters
    ----------
    ax : None, Figure, Axes or sequence of Axes
        None makes a figure, an empty one is sized and filled. A sequence must hold n_rows * n_columns axes. One is
        used as it is if one is enough; otherwise it is turned off and its place is divided.
    n_rows, n_columns : int
        The grid.
    figsize : tuple of float
        Width and height of a figure that is ours, in inches.
    legend_row : bool
        Whether the divided place of an Axes keeps a row for a legend.
    sharey : bool
        Whether all axes share y; x is always shared.

    Returns
    -------
    figure : Figure
    axes : list of Axes
        Row by row.
    host : Axes or None
        Where a legend goes in the caller's figure (`place_legend`); None: the figure is ours.

    Raises
    ------
    InvalidInputError
        The axes are too few or too many, or cannot be divided.
    """
    n_axes = n_rows * n_columns
    own = own_figure(ax, figsize)
    if own is not None:
        return own, list(own.subplots(n_rows, n_columns, sharex=True, sharey=sharey, squeeze=False).ravel()), None
    if np.ndim(ax) > 0:
        axes = list(np.asarray(ax, dtype=object).ravel())
        if len(axes) != n_axes:
            raise InvalidInputError(f"`ax` must hold {n_axes} axes, one a panel; got {len(axes)}.")
        return axes[0].figure, axes, axes[0]
    if n_axes == 1:
        return ax.figure, [ax], ax
    place = ax.get_subplotspec()
    if place is None:
        raise InvalidInputError(
            f"`ax` must be {n_axes} axes, or one axes of a grid, which can be divided; got an axes placed by hand."
        )
    ax.set_axis_off()
    outer = place.subgridspec(1 + legend_row, 1, height_ratios=[1.0, 0.3][: 1 + legend_row])
    grid = outer[0].subgridspec(n_rows, n_columns).subplots(sharex=True, sharey=sharey, squeeze=False)
    axes = list(grid.ravel())
    if not legend_row:
        return ax.figure, axes, axes[0]
    host = ax.figure.add_subplot(outer[1])
    host.set_axis_off()
    return ax.figure, axes, host


def head_figure(figure: Figure, title: str) -> None:
    """Write the title of our own figure, on as many lines as its width asks for."""
    n_characters = int(figure.get_figwidth() * 72.0 / 6.1)  # points that a bold character takes on average
    text = textwrap.fill(title, n_characters, break_long_words=False)
    figure.suptitle(text, x=0.01, ha="left", fontsize=10.5, fontweight="bold")


def place_legend(
    figure: Figure, host: Axes | None, handles: Sequence[Any], texts: Sequence[str], **style: Any
) -> Legend:
    """Set a legend where it covers no data: below our own figure, or below the caller's axes."""
    if host is None:
        return figure.legend(handles, texts, loc="outside lower center", **style)
    anchor = (0.0, -0.2) if host.axison else (0.0, 1.0)
    return host.legend(handles, texts, loc="upper left", bbox_to_anchor=anchor, borderaxespad=0.0, **style)


def spread(centers: ArrayLike, heights: ArrayLike) -> FloatArray:
    """Move labels apart as little as possible so that none overlaps its neighbour.

    Least-squares displacement under "centres at least half the two heights apart", which is isotonic
    regression of the centres less their stacked offsets (pool adjacent violators), then moved back into [0,
    1] if it fits.

    Parameters
    ----------
    centers : array_like of shape (n_labels,)
        Wanted centres, as fractions of the axes.
    heights : array_like of shape (n_labels,)
        Heights in the same unit.

    Returns
    -------
    ndarray of shape (n_labels,)
        Centres, in the order given; ties keep their order, the first on top.

    Examples
    --------
    >>> spread([0.5, 0.5], [0.1, 0.1])
    array([0.55, 0.45])
    """
    center = np.asarray(centers, dtype=np.float64)
    height = np.asarray(heights, dtype=np.float64)
    order = np.lexsort((-np.arange(center.size), center))
    half = height[order] / 2
    offset = np.concatenate([[0.0], np.cumsum(half[:-1] + half[1:])])
    blocks: list[tuple[float, int]] = []
    for wanted in center[order] - offset:
        mean, size = float(wanted), 1
        while blocks and blocks[-1][0] > mean:
            previous, count = blocks.pop()
            mean, size = (previous * count + mean * size) / (count + size), count + size
        blocks.append((mean, size))
    placed = np.concatenate([np.full(size, mean) for mean, size in blocks]) + offset
    placed = _pushed_inside(placed, half)
    result = np.empty_like(placed)
    result[order] = placed
    return result


def _pushed_inside(placed: FloatArray, half: FloatArray) -> FloatArray:
    """Ascending centres, pushed down from the top edge and then up from the bottom edge if they stick out."""
    ceiling = 1.0
    inside = placed.copy()
    for i in range(inside.size - 1, -1, -1):
        inside[i] = min(inside[i], ceiling - half[i])
        ceiling = inside[i] - half[i]
    floor = 0.0
    for i in range(inside.size):
        inside[i] = max(inside[i], floor + half[i])
        floor = inside[i] + half[i]
    return inside


def settle(figure: Figure) -> None:
    """Lay a figure out now, without the price of drawing it; a figure without a layout is as it will be."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)


def label_ends(ax: Axes, labels: Sequence[EndLabel], *, size: float = 8.0) -> list[Any]:
    """Write each label in the right margin, level with its line's end, joined to it where it had to move.

    Parameters
    ----------
    ax : Axes
        Its limits and scale must be final.
    labels : sequence of EndLabel
        A `y` outside the limits stands at the edge.
    size : float
        Font size in points.

    Returns
    -------
    list of matplotlib.text.Annotation
        One a label.
    """
    return label_all_ends({ax: labels}, size=size)[0]


def label_all_ends(labels: Mapping[Axes, Sequence[EndLabel]], *, size: float = 8.0) -> list[list[Any]]:
    """Write the labels of several axes of a figure, as `label_ends` does; the figure is laid out once for all."""
    figures = {ax.figure.canvas.figure for ax, texts in labels.items() if texts}  # the canvas knows the whole figure
    for figure in figures:
        settle(figure)  # gives the height of the axes, which the spacing needs
    return [_labelled(ax, texts, size) for ax, texts in labels.items()]


def _labelled(ax: Axes, labels: Sequence[EndLabel], size: float) -> list[Any]:
    """Write the labels of axes whose height is settled."""
    if not labels:
        return []
    height_points = ax.get_window_extent().height / ax.figure.dpi * 72.0
    data = np.array([[ax.get_xlim()[1], label.y] for label in labels])
    wanted = ax.transAxes.inverted().transform(ax.transData.transform(data))[:, 1]
    wanted = np.clip(wanted, 0.0, 1.0)
    heights = [(1.25 * label.text.count("\n") + 1.45) * size / height_points for label in labels]
    placed = spread(wanted, heights)
    return [
        ax.annotate(
            label.text,
            xy=(1.0, at),
            xytext=(12.0, (to - at) * height_points),
            xycoords="axes fraction",
            textcoords="offset points",
            va="center",
            ha="left",
            color=label.color,
            fontsize=size,
            linespacing=1.15,
            annotation_clip=False,
            arrowprops={
                "arrowstyle": "-",
                "color": label.color,
                "lw": 0.7,
                "shrinkA": 1.0,
                "shrinkB": 0.0,
                "relpos": (0.0, 0.5),
            },
        )
        for label, at, to in zip(labels, wanted, placed, strict=True)
    ]


__all__ = [
    "EndLabel",
    "axes_grid",
    "head_figure",
    "label_all_ends",
    "label_ends",
    "own_figure",
    "place_legend",
    "settle",
    "spread",
]
