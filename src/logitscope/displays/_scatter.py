"""One panel of update magnitude against z: the samples, the curve of theory behind them, and exact zeros.

It never knows how a sample came to its z, nor which epoch or run the panel is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import BoolArray, FloatArray
from logitscope.displays._style import CLASS_STYLES, FAINT, INK, point_size, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_N_GRID = 601
# Beyond this many samples the markers of a PDF or SVG are stored as an image.
_RASTERIZE_FROM = 2000
# Ratios of numbers near the smallest float have no digits left.
_TINY = 1e-290
# Reach of a sample in an update; D is what an optimizer scales each parameter with.
REACH, SCALED_REACH = "η sᵢ/Σs ‖(x, 1)‖", "η sᵢ/Σs ‖D (x, 1)‖"
# Share of the height of an axes that is kept free for the samples whose update is exactly 0.
_RUG = 0.12


class TheoryCurves(NamedTuple):
    """What theory says of a sample that has only a z, a label and a reach.

    The reach of a sample is its update divided by abs(∂ℓ/∂z): learning rate, weight and length of its row.

    Attributes
    ----------
    z : ndarray of shape (n_grid,)
        Pre-activations, ascending.
    grad_z : ndarray of shape (2, n_grid)
        abs(∂ℓ/∂z) for class 0 and for class 1.
    reach : ndarray of shape (n_panels, 3)
        Smallest, median and largest reach of the samples of each panel.
    """

    z: FloatArray
    grad_z: FloatArray
    reach: FloatArray


class Panel(NamedTuple):
    """Samples of one panel: z, update, class 1 or not, wrong side or not; each (n_samples,)."""

    z: FloatArray
    update: FloatArray
    positive: BoolArray
    wrong: BoolArray


class DrawnPanel(NamedTuple):
    """Artists of one panel; `points` and `peaks` are keyed by class, `points` also by wrong side or not."""

    points: dict[tuple[int, bool], Any]
    lines: tuple[Any, ...]
    bands: tuple[Any, ...]
    rug: Any
    rug_text: Any


def z_limits(z: FloatArray) -> tuple[float, float]:
    """Limits of z that hold all finite samples, and at least four units, so that the theory has a shape.

    Examples
    --------
    >>> z_limits(np.zeros(3))
    (-2.0, 2.0)
    """
    finite = z[np.isfinite(z)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    pad = max(0.05 * (high - low), 2.0 - 0.5 * (high - low))
    return low - pad, high + pad


def z_grid(z: FloatArray) -> FloatArray:
    """Ascending grid over the limits of z, finer within ±4, where the curves of theory bend.

    Examples
    --------
    >>> grid = z_grid(np.array([-500.0, 500.0]))
    >>> float(grid[0]), grid.size
    (-550.0, 1001)
    """
    low, high = z_limits(z)
    fine = np.linspace(-4.0, 4.0, 401)
    fine = fine[(fine > low) & (fine < high)]
    return np.union1d(np.linspace(low, high, _N_GRID), fine)


def z_label(class_names: Sequence[str] = (), *, joint: bool = False) -> str:
    """Label of the z axis, with the class that each end stands for where names are given and short."""
    name = "margin z − log Σ e^z of the others" if joint else "pre-activation z"
    if not class_names or max(map(len, class_names)) > 10:
        return name
    return f"← {class_names[0]}      {name}      {class_names[1]} →"


def mark_midpoint(ax: Axes, midpoint: float) -> None:
    """Draw the line between the two sides, if there is one."""
    if np.isfinite(midpoint):
        ax.axvline(midpoint, color="#BBBBBB", lw=0.8, zorder=0.5)


def sides(probability: FloatArray, target: FloatArray) -> tuple[BoolArray, BoolArray]:
    """Whether each sample is on the wrong side of p = ½, and whether it is undecided, on neither.

    The probability is judged, not z: not every midpoint is 0, and with coupled columns z alone does not tell.

    Examples
    --------
    >>> wrong, undecided = sides(np.array([0.2, 0.5, 0.9]), np.array([1.0, 1.0, 1.0]))
    >>> wrong.tolist(), undecided.tolist()
    ([True, False, False], [False, True, False])
    """
    return (probability - 0.5) * (target - 0.5) < 0, probability == 0.5


def column_of(values: Any, log: Any, column: int) -> FloatArray:
    """One column of a quantity of a log, (…, n_samples).

    Raises
    ------
    InvalidInputError
        The log has no such column.
    """
    n_columns = log.z.shape[2] if log.z.ndim == 3 else 1
    if not 0 <= column < n_columns:
        raise InvalidInputError(f"`column` must be in [0, {n_columns}), the columns of the log; got {column}.")
    chosen = np.asarray(values, dtype=np.float64)
    return chosen[..., column] if log.z.ndim == 3 else chosen


def title_of(log: Any, column: int) -> str:
    """Activation and loss of a column, and of several columns which one it is."""
    description = log.describe(column)
    parts = [description["activation"], readable(description["loss"])]
    if log.z.ndim == 3:
        parts.append(f"column {column}" if log.positive is None else f"class {int(log.positive[column])}")
    return " · ".join(parts)


def depends_on_z_alone(z: FloatArray, grad_z: FloatArray, target: FloatArray, log: Any, column: int) -> bool:
    """Whether the gradient of all samples with a hard label is what theory says at their z."""
    slope = np.abs(grad_z)
    z, target = np.broadcast_to(z, slope.shape), np.broadcast_to(target, slope.shape)
    usable = np.isfinite(z) & np.isfinite(slope) & ((target == 0) | (target == 1))
    z, slope, target = z[usable], slope[usable], target[usable]
    said = np.where(target == 1, log.theory(z, 1, column=column), log.theory(z, 0, column=column))
    return bool(slope.size and np.allclose(slope, np.abs(said), rtol=1e-6, atol=_TINY))


def tick_decades(ax: Axes) -> None:
    """Put ticks on a log axis of many decades, at round exponents (matplotlib's start anywhere)."""
    if ax.get_yscale() != "log":
        return
    from matplotlib.ticker import FixedLocator, NullLocator

    low, high = np.log10(ax.get_ylim())
    if np.floor(high) - np.ceil(low) >= 1:
        # Where two decades are in view only decades have numbers, and our minor ticks have no length: to lay out what
        # cannot be seen would take a sixth of the time that a figure takes.
        ax.yaxis.set_minor_locator(NullLocator())
    if high - low > 20:
        stride = next(step for step in (5, 10, 20, 25, 50, 100) if high - low <= 8 * step)
        exponents = np.arange(np.ceil(low / stride), np.floor(high / stride) + 1) * stride
        ax.yaxis.set_major_locator(FixedLocator((10.0**exponents).tolist()))


def reach_of(update: FloatArray, grad_z: FloatArray) -> FloatArray:
    """Smallest, median and largest ratio of update to abs(∂ℓ/∂z) over the samples that have one.

    Examples
    --------
    >>> reach_of(np.array([1.0, 4.0, 9.0, 0.0]), np.array([1.0, 2.0, 3.0, 0.0]))
    array([1., 2., 3.])
    """
    slope = np.abs(grad_z)
    usable = np.isfinite(update) & np.isfinite(slope) & (slope > _TINY) & (update > _TINY)
    if not usable.any():
        return np.full(3, np.nan)
    ratio = update[usable] / slope[usable]
    return np.array([ratio.min(), np.median(ratio), ratio.max()])


def update_limits(
    panels: Sequence[Panel],
    curves: TheoryCurves | None,
    *,
    yscale: str,
    decades: float = np.inf,
    ruling: Sequence[Panel] | None = None,
) -> tuple[float, float, float]:
    """Limits of the update that every panel shares, and the level below which the rug of exact zeros is set.

    Parameters
    ----------
    panels : sequence of Panel
        All panels that share y.
    curves : TheoryCurves or None
        Their median curves are kept inside the limits, up to ten times the largest sample.
    yscale : {"log", "linear"}
        The scale of y.
    decades : float
        How many decades a log scale spans at most; what is smaller belongs to the rug.
    ruling : sequence of Panel or None
        Those of the panels that set the scale; None: all.

    Returns
    -------
    bottom, floor, top : float
        Without a rug bottom equals floor on a log scale.

    Raises
    ------
    InvalidInputError
        `yscale` is neither.
    """
    if yscale not in ("log", "linear"):
        raise InvalidInputError(f"`yscale` must be one of 'linear', 'log'; got {yscale!r}.")
    everything = np.concatenate([panel.update for panel in panels])
    values = np.concatenate([panel.update for panel in ruling or panels])
    positive = values[np.isfinite(values) & (values > 0)]
    if positive.size == 0:
        positive = np.array([1.0])
    top = float(positive.max())
    if curves is not None:
        median = curves.reach[:, 1]
        peak = curves.grad_z[np.isfinite(curves.grad_z)].max() * median[np.isfinite(median)].max(initial=0.0)
        top = max(top, min(float(peak), 10.0 * top))  # a curve may explode (cloglog) where no sample is
    if yscale == "linear":
        return -_RUG * top if (everything == 0).any() else -0.03 * top, 0.0, 1.06 * top
    ceiling = np.log10(top)
    lowest = min(float(np.log10(positive.min())), ceiling - 1.5)
    is_capped = ceiling - lowest > decades
    lowest = max(lowest, ceiling - decades)
    pad = 0.04 * (ceiling - lowest)
    floor, ceiling = lowest - (0.0 if is_capped else pad), ceiling + pad
    # 10**-324 is 0, which a log axis cannot start from.
    edge = max(10.0**floor, 5e-324)
    bottom = floor - _RUG * (ceiling - floor) if (everything < edge).any() else floor
    return max(10.0**bottom, 5e-324), edge, 10.0**ceiling


def draw_panel(
    ax: Axes,
    panel: Panel,
    *,
    theory: tuple[FloatArray, FloatArray, FloatArray] | None,
    limits: tuple[float, float, float],
    crowd: int | None = None,
) -> DrawnPanel:
    """Draw one panel on axes whose scale and limits are final.

    Parameters
    ----------
    ax : Axes
        Where to draw.
    panel : Panel
        The samples. Those that are not finite have no place on the page: they are counted in a text.
    theory : tuple of ndarray or None
        z grid (n_grid,), abs(∂ℓ/∂z) (2, n_grid) and reach (3,).
    limits : tuple of float
        From `update_limits`.
    crowd : int or None
        Number of samples that sets the size of the markers; None: those of the panel.

    Returns
    -------
    DrawnPanel
    """
    lines, bands = _draw_theory(ax, theory, limits[1]) if theory is not None else ((), ())
    finite = np.isfinite(panel.z) & np.isfinite(panel.update)
    zero = finite & (panel.update == 0)
    below = finite & ~zero & (panel.update < limits[1])
    above = finite & (panel.update > limits[2])
    shown = finite & ~(zero | below | above)
    size, alpha = point_size(panel.z.size if crowd is None else crowd)
    points = {}
    for label, style in enumerate(CLASS_STYLES):
        for wrong in (False, True):
            chosen = shown & (panel.positive == bool(label)) & (panel.wrong == wrong)
            points[label, wrong] = ax.scatter(
                panel.z[chosen],
                panel.update[chosen],
                s=size * (1.5 if wrong else 1.0),
                marker=style.marker,
                facecolors="white" if wrong else style.color,
                edgecolors=style.color if wrong else "none",
                linewidths=0.9 if wrong else 0.0,
                alpha=max(alpha, 0.75) if wrong else alpha,
                zorder=4 if wrong else 3,
                rasterized=panel.z.size > _RASTERIZE_FROM,
            )
    rug = _draw_rug(ax, panel, zero | below, limits)
    text = _count_text({"exactly 0": zero, "below": below, "above, not shown": above, "not finite, not shown": ~finite})
    rug_text = None
    if text:
        # Between the last sample and the edge nothing else is ever drawn this low: the strip is kept for it.
        rug_text = ax.text(
            0.985,
            0.068,
            text,
            transform=ax.transAxes,
            ha="right",
            va="center",
            fontsize=7,
            color=INK,
            zorder=6,
        )
        rug_text.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 0.3, "alpha": 0.85})
    return DrawnPanel(points, lines, bands, rug, rug_text)


def _draw_theory(
    ax: Axes, theory: tuple[FloatArray, FloatArray, FloatArray], floor: float
) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
    grid, grad_z, (low, middle, high) = theory
    lines, bands = [], []
    for slope, style in zip(grad_z, CLASS_STYLES, strict=True):
        # Below the floor is the strip of the exact zeros, where the curves have no business.
        bottom, line, top = (slope * reach for reach in (low, middle, high))
        above = top >= floor
        bottom = np.where(bottom < floor, floor, bottom)
        bands.append(ax.fill_between(grid, bottom, top, where=above, color=style.color, alpha=0.11, lw=0, zorder=1))
        line = np.where(line >= floor, line, np.nan)
        lines += ax.plot(grid, line, color=style.color, lw=1.3, alpha=0.9, zorder=2)
    return tuple(lines), tuple(bands)


def _draw_rug(ax: Axes, panel: Panel, low: BoolArray, limits: tuple[float, float, float]) -> Any:
    """Ticks at the bottom for the samples whose update is exactly 0 or below the floor, one colour a class."""
    if not low.any():
        return None
    _, floor, _ = limits
    ax.axhline(floor, color=FAINT, lw=0.6, ls=(0, (2, 2)), zorder=1)
    colors = [CLASS_STYLES[int(positive)].color for positive in panel.positive[low]]
    return ax.vlines(panel.z[low], 0.0, 0.028, transform=ax.get_xaxis_transform(), colors=colors, lw=0.8, zorder=5)


def _count_text(counted: dict[str, BoolArray]) -> str:
    return "; ".join(f"{int(samples.sum())} {words}" for words, samples in counted.items() if samples.any())


def theory_peaks(curves: TheoryCurves) -> dict[int, float]:
    """Place of the largest abs(∂ℓ/∂z) of each class, for the classes where it lies inside the grid.

    A curve that is largest at the edge of the grid is monotone there: it has no peak, only a direction.

    Examples
    --------
    >>> z = np.linspace(-4, 4, 801)
    >>> bump = np.exp(-(z - 1) ** 2)
    >>> theory_peaks(TheoryCurves(z, np.array([bump, z + 4]), np.ones((1, 3))))
    {0: 1.0}
    """
    peaks = {}
    for label, slope in enumerate(curves.grad_z):
        if not np.isfinite(slope).any():
            continue
        at = int(np.nanargmax(slope))
        edge = max(slope[0], slope[-1])
        # Saturated cross-entropy is flat: its largest value may stand a rounding away from the edge.
        if 0 < at < slope.size - 1 and slope[at] > edge * (1 + 1e-3):
            peaks[label] = _vertex(curves.z[at - 1 : at + 2], slope[at - 1 : at + 2])
    return peaks


def _vertex(x: FloatArray, y: FloatArray) -> float:
    """Place of the maximum of the parabola through three points, the middle one the largest."""
    left, right = (y[1] - y[0]) / (x[1] - x[0]), (y[2] - y[1]) / (x[2] - x[1])
    curvature = (right - left) / (x[2] - x[0])
    if curvature == 0:
        return float(x[1])
    return round(float(0.5 * (x[0] + x[1] - left / curvature)), 6) + 0.0


def mark_peaks(ax: Axes, peaks: dict[int, float]) -> dict[int, Any]:
    """Small triangles on the upper edge of the axes, at the z where theory is largest."""
    return {
        label: ax.plot(
            [z],
            [1.0],
            marker=7,  # CARETDOWN: its tip touches the edge from above
            ms=6,
            color=CLASS_STYLES[label].color,
            transform=ax.get_xaxis_transform(),
            clip_on=False,
            ls="none",
            zorder=7,
        )[0]
        for label, z in peaks.items()
    }


def legend_handles(
    class_names: Sequence[str], *, theory: bool, peaks: dict[int, float], reach: str = REACH
) -> tuple[list[Any], list[str]]:
    """Handles and texts of the legend that one row of panels shares; `reach` is the formula of the reach, if any."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    handles: list[Any] = []
    texts: list[str] = []
    for name, style in zip(class_names, CLASS_STYLES, strict=True):
        for wrong in (False, True):
            handles.append(
                Line2D(
                    [],
                    [],
                    ls="none",
                    marker=style.marker,
                    ms=5.0,
                    mfc="white" if wrong else style.color,
                    mec=style.color,
                    mew=0.9,
                )
            )
            texts.append(f"{name}, {'wrong' if wrong else 'right'} side")
    if theory:
        handles += [Line2D([], [], color=FAINT, lw=1.3), Patch(facecolor=FAINT, alpha=0.3, lw=0)]
        texts += ["theory: |∂ℓ/∂z| × median reach", "smallest to largest reach" + (f" {reach}" if reach else "")]
    for label, z in peaks.items():
        handles.append(Line2D([], [], ls="none", marker=7, ms=6, color=CLASS_STYLES[label].color))
        texts.append(f"peak for {class_names[label]}: z = {z:.2f}".replace("-", "−"))
    return handles, texts


__all__ = [
    "REACH",
    "SCALED_REACH",
    "DrawnPanel",
    "Panel",
    "TheoryCurves",
    "column_of",
    "depends_on_z_alone",
    "draw_panel",
    "legend_handles",
    "mark_midpoint",
    "mark_peaks",
    "reach_of",
    "sides",
    "theory_peaks",
    "tick_decades",
    "update_limits",
    "z_grid",
    "z_label",
    "z_limits",
]
