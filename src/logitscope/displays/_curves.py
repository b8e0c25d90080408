"""Curves over epochs: a line, a band over seeds, and an honest end where a run leaves the scale.

It never knows which model made a curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import FloatArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# A curve above this many times the reference of `value_limits` has left the story that the others tell.
_OFF_SCALE = 2.0


class Band(NamedTuple):
    """Curves of several seeds in three lines, each (n_epochs,), and how many seeds are finite throughout."""

    low: FloatArray
    middle: FloatArray
    high: FloatArray
    n_seeds: int
    n_not_finite: int


class DrawnCurve(NamedTuple):
    """Artists of one curve, where its label belongs (y, data units) and what has to be said of it."""

    line: Any
    band: Any
    end: float
    note: str


def is_accuracy(metric: str) -> bool:
    """Whether larger is better.

    Examples
    --------
    >>> is_accuracy("test_accuracy"), is_accuracy("log_loss")
    (True, False)
    """
    return metric.endswith("accuracy")


def summarize(curves: FloatArray, *, band: str = "range", larger_is_better: bool = False) -> Band:
    """Median over seeds, and the smallest and largest value or the quartiles.

    Parameters
    ----------
    curves : ndarray of shape (n_seeds, n_epochs)
        NaN and infinities count as the worst possible value, so that a diverged seed cannot improve a median
        or a quartile. The range is that of the seeds that are finite: a band to infinity would hide the
        others.
    band : {"range", "quartiles"}
        What the band spans.
    larger_is_better : bool
        Whether the worst value is −inf instead of +inf.

    Returns
    -------
    Band

    Examples
    --------
    >>> summarize(np.array([[1.0, 1.0], [2.0, np.nan], [3.0, 9.0]])).middle
    array([2., 9.])
    """
    if band not in ("range", "quartiles"):
        raise InvalidInputError(f"`band` must be one of 'quartiles', 'range'; got {band!r}.")
    finite = np.isfinite(curves)
    values = np.where(finite, curves, -np.inf if larger_is_better else np.inf)
    # The quartiles are values that occurred: interpolating towards an infinity has no meaning.
    low, high = (
        (np.where(finite, curves, np.inf).min(axis=0), np.where(finite, curves, -np.inf).max(axis=0))
        if band == "range"
        else (
            np.quantile(values, 0.25, axis=0, method="lower"),
            np.quantile(values, 0.75, axis=0, method="higher"),
        )
    )
    n_not_finite = int((~finite).any(axis=1).sum())
    return Band(low, np.median(values, axis=0), high, curves.shape[0], n_not_finite)


def value_limits(curves: Sequence[FloatArray], *, log: bool = False) -> tuple[float, float]:
    """Limits of y that show every curve that stays comparable, and let one that explodes leave at the top.

    The reference is the largest first value, or the lowest maximum of the curves that are finite throughout
    if that is larger; values above twice the reference are off the scale.

    Parameters
    ----------
    curves : sequence of ndarray of shape (n_seeds, n_epochs)
        All curves of the axes.
    log : bool
        Whether y is logarithmic.

    Returns
    -------
    bottom, top : float

    Examples
    --------
    >>> bottom, top = value_limits([np.array([[0.7, 0.3]]), np.array([[0.7, 1e9]])])
    >>> round(top, 3)
    1.455
    """
    pool = np.concatenate([curve[np.isfinite(curve)] for curve in curves])
    if pool.size == 0:
        return (0.1, 1.0) if log else (0.0, 1.0)
    first = [row[np.isfinite(row)][:1] for curve in curves for row in curve]
    calm = [curve.max() for curve in curves if np.isfinite(curve).all()]
    reference = max([*np.concatenate(first).tolist(), *([min(calm)] if calm else [])])
    top = min(float(pool.max()), _OFF_SCALE * reference) if reference > 0 else float(pool.max())
    if log:
        positive = pool[pool > 0]
        bottom = float(positive.min()) if positive.size else 0.1 * top
        return (bottom / 1.15, top * 1.15) if top > 0 else (0.1, 1.0)
    bottom = float(min(pool.min(), top))
    pad = 0.05 * (top - bottom) or 0.05 * abs(top) or 0.05
    return bottom - pad, top + pad


def staggered(position: FloatArray, i: int, n_curves: int, *, n_marks: int = 7) -> list[int]:
    """Where curve `i` has its markers: evenly along x, and at other places than the other curves.

    Parameters
    ----------
    position : ndarray of shape (n_epochs,)
        Epochs in the scale of the axis, ascending.
    i, n_curves : int
        Which curve of how many.
    n_marks : int
        How many markers a curve gets at most.

    Returns
    -------
    list of int
        Indices into `position`.

    Examples
    --------
    >>> staggered(np.arange(9.0), 0, 2, n_marks=2), staggered(np.arange(9.0), 1, 2, n_marks=2)
    ([1, 5], [3, 7])
    """
    share = (np.arange(n_marks) + (i + 0.5) / n_curves) / n_marks
    wanted = position[0] + share * (position[-1] - position[0])
    nearest = np.abs(position[:, None] - wanted).argmin(axis=0)
    return sorted({int(index) for index in nearest})


def epoch_ticks(ax: Axes) -> None:
    """Put ticks on whole epochs only, written in full."""
    from matplotlib.ticker import FixedLocator, MaxNLocator, ScalarFormatter

    if ax.get_xscale() == "symlog":
        last = ax.get_xlim()[1]
        ticks = [0.0, *(step * 10.0**k for k in range(12) for step in (1, 2, 5) if step * 10.0**k <= last)]
        if len(ticks) > 11:
            ticks = [tick for tick in ticks if f"{tick:.0e}"[0] in "01"]
        ax.xaxis.set_major_locator(FixedLocator(ticks))
        ax.xaxis.set_major_formatter(ScalarFormatter())
    else:
        ax.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))


def draw_curve(
    ax: Axes,
    epochs: FloatArray,
    band: Band,
    *,
    color: str,
    dashes: Any = "-",
    marker: str = "",
    hollow: bool = False,
    width: float = 1.6,
    every: Sequence[int] | None = None,
    shade: float = 0.16,
    zorder: float = 3.0,
) -> DrawnCurve:
    """Draw median and band; a cross where the numbers end, an arrow head where the curve leaves the scale.

    Parameters
    ----------
    ax : Axes
        Its y limits must be final.
    epochs : ndarray of shape (n_epochs,)
        Positions on x.
    band : Band
        What to draw.
    color, dashes, marker, hollow : str, dash pattern, str, bool
        The style; `marker` repeats along the line, so that curves that coincide are both seen.
    width : float
        Line width in points.
    every : sequence of int or None
        Positions of the markers; None marks every epoch.
    shade : float
        Opacity of the band.
    zorder : float
        Drawing order.

    Returns
    -------
    DrawnCurve
    """
    bottom, top = ax.get_ylim()
    middle = np.where(np.isfinite(band.middle), band.middle, np.nan)
    (line,) = ax.plot(
        epochs,
        middle,
        color=color,
        linestyle=dashes,
        marker=marker or ("o" if epochs.size == 1 else ""),
        markersize=4.5,
        markerfacecolor="white" if hollow else color,
        markeredgewidth=0.9,
        linewidth=width,
        markevery=None if every is None else list(every),
        zorder=zorder,
    )
    fill = None
    if band.n_seeds > 1:
        # One page beyond the edge is as good as infinity, and has a position.
        span = top - bottom
        low, high = (np.clip(edge, bottom - span, top + span) for edge in (band.low, band.high))
        some = band.low <= band.high  # false where no seed is finite
        fill = ax.fill_between(epochs, low, high, where=some, color=color, alpha=shade, lw=0, zorder=zorder - 1)
    finite = np.flatnonzero(np.isfinite(middle))
    if finite.size == 0:
        return DrawnCurve(line, fill, top, "never finite")
    inside = np.flatnonzero((middle[finite] <= top) & (middle[finite] >= bottom))
    end = float(middle[finite[-1]])
    notes = []
    if end > top:
        left = epochs[finite[inside[-1] + 1 if inside.size else 0]]
        ax.plot([left], [top], "^", color=color, ms=7, clip_on=False, zorder=9)
        notes.append(f"off the scale from epoch {left:g}")
    elif finite[-1] + 1 < epochs.size:
        ax.plot([epochs[finite[-1]]], [end], "x", color=color, ms=7, mew=1.8, clip_on=False, zorder=9)
    if finite[-1] + 1 < epochs.size:
        notes.append(f"not finite from epoch {epochs[finite[-1] + 1]:g}")
    elif band.n_not_finite:
        notes.append(f"{band.n_not_finite} of {band.n_seeds} seeds not finite")
    return DrawnCurve(line, fill, end, ", ".join(notes))


__all__ = [
    "Band",
    "DrawnCurve",
    "draw_curve",
    "epoch_ticks",
    "is_accuracy",
    "staggered",
    "summarize",
    "value_limits",
]
