"""Runs that are compared: their training curves over seeds, and each run's update against z.

It never knows how the runs differ, only their labels and arrays.
"""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike, FloatArray
from logitscope.displays._axes import EndLabel, head_figure, label_ends, own_figure, place_legend
from logitscope.displays._curves import (
    draw_curve,
    epoch_ticks,
    is_accuracy,
    staggered,
    summarize,
    value_limits,
)
from logitscope.displays._scatter import (
    REACH,
    SCALED_REACH,
    Panel,
    TheoryCurves,
    depends_on_z_alone,
    draw_panel,
    legend_handles,
    mark_midpoint,
    reach_of,
    sides,
    tick_decades,
    update_limits,
    z_grid,
    z_label,
    z_limits,
)
from logitscope.displays._style import (
    LineStyle,
    activation_styles,
    after,
    lighten,
    look,
    loss_dashes,
    rate_text,
    readable,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

# Characters of a label in the margin; points that a bold character of a panel's title takes on average.
_LABEL_WIDTH = 30
_CHARACTER = 5.4
# What the panels share: an arm far below the others must not flatten them, one far wider must not squeeze them.
_DECADES = 8.0
_WIDER = 5.0


class ComparisonDisplay:
    """Training curves of several arms in one axes and, below, update against z, one panel an arm.

    The line is the median over seeds, the band their range or quartiles. Colour and marker stand for the
    activation, dashes for the loss; further arms of the same pair are paler and, every second time, have
    hollow markers. Lines get thinner and markers are staggered, so that arms that coincide are all seen. A
    run whose numbers end has a cross there, one that leaves the scale an arrow head; both are said in the
    label.

    Parameters
    ----------
    epochs : array_like of shape (n_epochs + 1,)
        Epochs, from 0, the state before training.
    arms : sequence
        Objects with `label`, `activation` and `loss`, all strings; n_arms of them.
    curves : array_like of shape (n_arms, n_seeds, n_epochs + 1)
        Values of the metric; NaN and infinities are allowed.
    metric : str
        Name of the metric; names that end in "accuracy" are better the larger they are.
    update_z, update, target : sequence of n_arms array_like of shape (n_samples,), or None
        Pre-activations, update norms and labels in [0, 1] of one moment of each arm. None: curves only.
    wrong : as `update_z`, of bool, or None
        Samples on the wrong side of p = ½; None: by the side of the midpoint on which z is.
    theory : sequence of TheoryCurves or None, one an arm
        What theory says; `reach` has one row. None draws none.
    update_epoch : int or None
        Epochs made before the updates, for their axis label.
    rates : sequence of float or None, one an arm
        Learning rates, for the labels that do not say them.
    midpoints : sequence of float or None, one an arm
        The z where p = ½; None: 0.
    joint : sequence of bool or None, one an arm
        Whether `update_z` is the margin of coupled columns, `UpdateLog.margin`; None: no arm's is.
    class_names : sequence of str
        Names of class 0 and class 1.
    title : str or None
        Title of the figure.
    reach : str
        Formula of the reach, for the legend.

    Attributes
    ----------
    figure_ : Figure
    ax_ : Axes
        The curves.
    axes_ : ndarray of Axes, shape (1,) or (1 + n_arms,)
        The curves, then one axes an arm.
    line_ : list of Line2D
        The median of each arm.
    band_ : list
        The band of each arm, None for one seed.
    labels_ : list of Annotation
        The text at the end of each arm's line.
    points_ : list of dict
        One dict an arm: (class, wrong side) to the scatter.
    legend_ : Legend or None
        The legend of the update panels.

    Raises
    ------
    InvalidInputError
        The shapes do not fit.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> from types import SimpleNamespace
    >>> arm = SimpleNamespace(label="tanh", activation="tanh", loss="cross_entropy")
    >>> display = ComparisonDisplay(epochs=[0, 1], arms=[arm], curves=[[[0.7, 0.5]]]).plot()
    >>> display.line_[0].get_ydata()
    array([0.7, 0.5])
    >>> plt.close(display.figure_)
    """

    figure_: Figure
    ax_: Axes
    axes_: Any
    line_: list[Any]
    band_: list[Any]
    labels_: list[Any]
    points_: list[dict[tuple[int, bool], Any]]
    legend_: Legend | None

    def __init__(
        self,
        *,
        epochs: ArrayLike,
        arms: Sequence[Any],
        curves: ArrayLike,
        metric: str = "log_loss",
        update_z: Sequence[ArrayLike] | None = None,
        update: Sequence[ArrayLike] | None = None,
        target: Sequence[ArrayLike] | None = None,
        wrong: Sequence[ArrayLike] | None = None,
        theory: Sequence[TheoryCurves | None] | None = None,
        update_epoch: int | None = None,
        rates: Sequence[float] | None = None,
        midpoints: Sequence[float] | None = None,
        joint: Sequence[bool] | None = None,
        class_names: Sequence[str] = ("class 0", "class 1"),
        title: str | None = None,
        reach: str = REACH,
    ) -> None:
        self.epochs = np.asarray(epochs, dtype=np.float64)
        self.arms = tuple(arms)
        self.curves = np.asarray(curves, dtype=np.float64)
        self.metric = metric
        n_arms = len(self.arms)
        if self.curves.ndim != 3 or self.curves.shape[::2] != (n_arms, self.epochs.size):
            raise InvalidInputError(
                "`curves` must have shape (n_arms, n_seeds, n_epochs + 1) = "
                f"({n_arms}, n_seeds, {self.epochs.size}); "
                f"got {self.curves.shape}."
            )
        if update_z is not None and (update is None or target is None):
            missing = "update" if update is None else "target"
            raise InvalidInputError(f"`{missing}` must be given with `update_z`; got None.")
        self.update_z = _per_arm("update_z", update_z, n_arms)
        self.update = _per_arm("update", update, n_arms)
        self.target = _per_arm("target", target, n_arms)
        self.wrong = None if wrong is None else _per_arm("wrong", wrong, n_arms)
        self.theory = tuple(theory) if theory is not None else (None,) * n_arms
        self.update_epoch = update_epoch
        self.rates = tuple(rates) if rates is not None else (None,) * n_arms
        self.midpoints = tuple(midpoints) if midpoints is not None else (0.0,) * n_arms
        self.joint = tuple(joint) if joint is not None else (False,) * n_arms
        self.class_names = tuple(class_names)
        self.title = title
        self.reach = reach

    @classmethod
    def from_comparison(
        cls,
        comparison: Any,
        *,
        metric: str = "log_loss",
        update_epoch: int | None = -1,
        band: Literal["range", "quartiles"] = "range",
        xscale: Literal["linear", "symlog"] = "symlog",
        yscale: Literal["linear", "log"] = "linear",
        update_yscale: Literal["linear", "log"] = "log",
        title: str | None = None,
        ax: Any = None,
    ) -> ComparisonDisplay:
        """Draw the result of `compare`.

        Parameters
        ----------
        comparison : Comparison
            From `compare`.
        metric : str
            A key of its `curves`.
        update_epoch : int or None
            Position in its `epochs` of the updates to show, −1 for the last; None: curves only.
        band, xscale, yscale, update_yscale, ax
            See `plot`.
        title : str or None
            Title of the figure.

        Returns
        -------
        ComparisonDisplay
            Drawn.

        Raises
        ------
        InvalidInputError
            The comparison has no such metric, or no record to show updates of.
        """
        if metric not in comparison.curves:
            allowed = ", ".join(repr(name) for name in sorted(comparison.curves))
            raise InvalidInputError(f"`metric` must be one of {allowed}; got {metric!r}.")
        arms = comparison.arms
        common = {
            "epochs": comparison.epochs,
            "arms": arms,
            "curves": comparison.curves[metric],
            "metric": metric,
            "rates": np.median(comparison.rates, axis=1).tolist(),
            "title": title,
        }
        if update_epoch is None:
            display = cls(**common)
        else:
            if len(comparison.logs[0].epoch) == 0:
                raise InvalidInputError(
                    "`comparison` must hold a record of updates; got none: its runs ended before their first step. "
                    "With update_epoch=None the curves alone are drawn."
                )
            logs = [comparison.log(i) for i in range(len(arms))]
            z, update, grad_z, probability = (
                [np.asarray(getattr(log, name)[update_epoch], dtype=np.float64) for log in logs]
                for name in ("margin", "update_norm", "grad_z", "probability")
            )
            targets = [np.broadcast_to(log.target, each.shape) for log, each in zip(logs, z, strict=True)]
            grids = [z_grid(np.array(limits)) for limits in _x_limits(z)]
            scaled = any(np.isnan(log.gradient_factor).any() for log in logs)
            display = cls(
                **common,
                update_z=z,
                update=update,
                target=targets,
                wrong=[sides(p, target)[0] for p, target in zip(probability, targets, strict=True)],
                theory=[_arm_theory(*each) for each in zip(logs, grids, z, update, grad_z, targets, strict=True)],
                update_epoch=int(comparison.logs[0].epoch[update_epoch]),
                midpoints=[log.midpoint() for log in logs],
                joint=[log.is_joint() for log in logs],
                class_names=("rest", "own class") if any(each.ndim > 1 for each in z) else ("class 0", "class 1"),
                reach=SCALED_REACH if scaled else REACH,
            )
        return display.plot(ax, band=band, xscale=xscale, yscale=yscale, update_yscale=update_yscale)

    def plot(
        self,
        ax: Any = None,
        *,
        band: Literal["range", "quartiles"] = "range",
        xscale: Literal["linear", "symlog"] = "symlog",
        yscale: Literal["linear", "log"] = "linear",
        update_yscale: Literal["linear", "log"] = "log",
    ) -> ComparisonDisplay:
        """Draw.

        Parameters
        ----------
        ax : None, Figure, Axes or sequence of Axes
            None makes a figure, an empty one is sized and filled. One Axes gets the curves alone. A sequence holds the
            axes of the curves and one an arm.
        band : {"range", "quartiles"}
            What the bands span over seeds.
        xscale : {"linear", "symlog"}
            Scale of the epochs; symlog is linear up to epoch 1, so that epoch 0 has a place.
        yscale : {"linear", "log"}
            Scale of the metric.
        update_yscale : {"linear", "log"}
            Scale of the updates.

        Returns
        -------
        ComparisonDisplay
            Itself.
        """
        with look():
            figure, curve_axis, arm_axes, owned = self._layout(ax)
            base = activation_styles(arm.activation for arm in self.arms)
            drawn = self._draw_curves(curve_axis, band, xscale, yscale)
            self.line_ = [curve.line for curve in drawn]
            self.band_ = [curve.band for curve in drawn]
            self.points_, self.legend_ = [], None
            if arm_axes:
                self._draw_updates(arm_axes, [base[arm.activation] for arm in self.arms], update_yscale)
                self._add_legend(figure, arm_axes[0], owned)
            if self.title and owned:
                head_figure(figure, self.title)
            elif self.title:
                curve_axis.set_title("\n".join(filter(None, [self.title, curve_axis.get_title(loc="left")])))
            labels = [
                EndLabel(_wrapped(self._label(i), drawn[i].note), drawn[i].end, base[arm.activation].color)
                for i, arm in enumerate(self.arms)
            ]
            self.labels_ = label_ends(curve_axis, labels)
        self.figure_, self.ax_ = figure, curve_axis
        self.axes_ = np.array([curve_axis, *arm_axes], dtype=object)
        return self

    def _label(self, i: int) -> str:
        """What an arm is called, with its learning rate unless the name has it."""
        label = str(self.arms[i].label)
        return label if "η = " in label else ", ".join(filter(None, [label, rate_text(self.rates[i])]))

    def _layout(self, ax: Any) -> tuple[Figure, Axes, list[Axes], bool]:
        n_arms = len(self.arms)
        n_panels = n_arms if self.update_z else 0
        n_columns = n_panels if n_panels <= 4 else int(np.ceil(np.sqrt(n_panels)))
        n_rows = -(-n_panels // n_columns) if n_panels else 0
        curve_height = max(2.8, 0.42 * n_arms)
        width = max(7.2, min(3.0 * n_columns, 12.0))
        figure = own_figure(ax, (width, curve_height + 2.3 * n_rows + 0.7 * bool(n_rows)))
        if figure is None:
            given = list(np.asarray(ax, dtype=object).ravel())
            if len(given) not in (1, 1 + n_panels):
                raise InvalidInputError(f"`ax` must hold 1 or {1 + n_panels} axes; got {len(given)}.")
            return given[0].figure, given[0], given[1:], False
        grid = figure.add_gridspec(1 + n_rows, max(n_columns, 1), height_ratios=[curve_height, *[2.3] * n_rows])
        curve_axis = figure.add_subplot(grid[0, :])
        arm_axes: list[Axes] = []
        same_z = bool(self.update_z) and len(set(_x_limits(self.update_z))) == 1 and len(set(self.joint)) == 1
        for i in range(n_panels):
            place = grid[1 + i // n_columns, i % n_columns]
            first = arm_axes[0] if arm_axes else None
            arm_axes.append(figure.add_subplot(place, sharex=first if same_z else None, sharey=first))
            if i % n_columns:
                arm_axes[-1].tick_params(labelleft=False)
            if same_z and i + n_columns < n_panels:
                arm_axes[-1].tick_params(labelbottom=False)
        return figure, curve_axis, arm_axes, True

    def _draw_curves(self, axis: Axes, band: str, xscale: str, yscale: str) -> list[Any]:
        styles, hollow = _arm_styles(self.arms)
        axis.set_yscale(yscale)
        axis.set_ylim(*value_limits(list(self.curves), log=yscale == "log"))
        if xscale == "symlog":
            axis.set_xscale("symlog", linthresh=1.0, linscale=0.35)
        axis.set_xlim(self.epochs[0], self.epochs[-1] if self.epochs.size > 1 else self.epochs[0] + 1)
        n_arms = len(self.arms)
        position = axis.transData.transform(np.column_stack([self.epochs, np.ones_like(self.epochs)]))[:, 0]
        drawn = []
        for i, (curves, style) in enumerate(zip(self.curves, styles, strict=True)):
            drawn.append(
                draw_curve(
                    axis,
                    self.epochs,
                    summarize(curves, band=band, larger_is_better=is_accuracy(self.metric)),
                    color=style.color,
                    dashes=style.dashes,
                    marker=style.marker,
                    hollow=hollow[i],
                    width=2.6 - 1.2 * i / max(n_arms - 1, 1),
                    every=staggered(position, i, n_arms),
                    shade=0.16 * min(1.0, 3 / n_arms),
                    zorder=3.0 + 0.01 * i,
                )
            )
        epoch_ticks(axis)
        axis.set_xlabel("epoch (log scale)" if xscale == "symlog" else "epoch")
        axis.set_ylabel(readable(self.metric))
        n_seeds = self.curves.shape[1]
        if n_seeds > 1:
            span = "range" if band == "range" else "quartiles"
            axis.set_title(f"{readable(self.metric)}: median and {span} of {n_seeds} seeds")
        return drawn

    def _draw_updates(self, axes: list[Axes], styles: list[LineStyle], yscale: str) -> None:
        panels = []
        for i, (z, update, target) in enumerate(zip(self.update_z, self.update, self.target, strict=True)):
            wrong = (z - self.midpoints[i]) * (target - 0.5) < 0 if self.wrong is None else self.wrong[i].astype(bool)
            panels.append(Panel(z, update, target > 0.5, wrong))
        # The updates of a run whose numbers have ended are no scale for the others.
        calm = [i for i in range(len(panels)) if np.isfinite(self.curves[i, 0, -1])] or list(range(len(panels)))
        merged = _merged([curves for i in calm if (curves := self.theory[i]) is not None])
        ruling = [panels[i] for i in calm]
        limits = update_limits(panels, merged, yscale=yscale, decades=_DECADES, ruling=ruling)
        x_limits = _x_limits(self.update_z)
        n_columns = len({axis.get_position().x0 for axis in axes}) if len(axes) > 1 else 1
        width = axes[0].figure.canvas.figure.get_figwidth()
        when = "" if self.update_epoch is None else f" {after(self.update_epoch)}"
        for i, (axis, panel, curves) in enumerate(zip(axes, panels, self.theory, strict=True)):
            axis.set_yscale(yscale)
            axis.set_ylim(limits[0], limits[2])
            axis.set_xlim(*x_limits[i])
            tick_decades(axis)
            mark_midpoint(axis, self.midpoints[i])
            theory = None if curves is None else (curves.z, curves.grad_z, curves.reach[0])
            crowd = 2 * panel.z.size  # the panels are small
            self.points_.append(draw_panel(axis, panel, theory=theory, limits=limits, crowd=crowd).points)
            title = textwrap.fill(_unbroken(self._label(i)), _title_width(width, n_columns))
            axis.set_title(title, color=styles[i].color, fontsize=8.5, fontweight="bold")
            if i % n_columns == 0:
                axis.set_ylabel(f"update norm{when}")
            if i + n_columns >= len(axes) or len(set(self.joint)) > 1:
                names = ("0", "1") if self.class_names == ("class 0", "class 1") else ()
                axis.set_xlabel(z_label(() if self.joint[i] else names, joint=self.joint[i]))

    def _add_legend(self, figure: Figure, axis: Axes, owned: bool) -> None:
        theory = any(curves is not None for curves in self.theory)
        handles, texts = legend_handles(self.class_names, theory=theory, peaks={}, reach=self.reach)
        self.legend_ = place_legend(figure, None if owned else axis, handles, texts, ncols=3 if owned else 2)


def _x_limits(z: Sequence[FloatArray]) -> list[tuple[float, float]]:
    """Limits of z of each panel: the same for all, unless one would be several times as wide as another."""
    own = [z_limits(each) for each in z]
    widths = [high - low for low, high in own]
    if max(widths) > _WIDER * min(widths):
        return own
    return [z_limits(np.concatenate([each.ravel() for each in z]))] * len(own)


def _per_arm(name: str, arrays: Sequence[ArrayLike] | None, n_arms: int) -> list[FloatArray]:
    if arrays is None:
        return []
    if len(arrays) != n_arms:
        raise InvalidInputError(f"`{name}` must have one array an arm, {n_arms}; got {len(arrays)}.")
    return [np.asarray(array, dtype=np.float64).ravel() for array in arrays]


def _arm_styles(arms: Sequence[Any]) -> tuple[list[LineStyle], list[bool]]:
    """Colour and marker by activation, dashes by loss; a repeated pair is paler, every other one hollow."""
    base, dashes = activation_styles(arm.activation for arm in arms), loss_dashes(arm.loss for arm in arms)
    seen: dict[tuple[str, str], int] = {}
    styles, hollow = [], []
    for arm in arms:
        repeat = seen.get((arm.activation, arm.loss), 0)
        seen[arm.activation, arm.loss] = repeat + 1
        style = base[arm.activation]
        color = lighten(style.color, min(0.2 * repeat, 0.5))
        styles.append(LineStyle(color, dashes[arm.loss], style.marker))
        hollow.append(repeat % 2 == 1)
    return styles, hollow


def _wrapped(label: str, note: str) -> str:
    return "\n".join([*textwrap.wrap(_unbroken(label), _LABEL_WIDTH), *textwrap.wrap(note, _LABEL_WIDTH)])


def _unbroken(label: str) -> str:
    """Keep "η = 1" on one line: its spaces do not break."""
    return label.replace(" = ", "\u00a0=\u00a0")


def _title_width(width: float, n_columns: int) -> int:
    """Characters that fit above one panel; of the figure's inches the labels of the curves take about two."""
    inches = (width - 2.2) / n_columns
    return max(int(inches * 72 / _CHARACTER), 12)


def _arm_theory(
    log: Any, grid: FloatArray, z: FloatArray, update: FloatArray, grad_z: FloatArray, target: FloatArray
) -> TheoryCurves | None:
    """abs(∂ℓ/∂z) of an arm and its samples' reach; None where the gradient depends on more than the margin."""
    if log.is_joint() and not depends_on_z_alone(z, grad_z, target, log, 0):
        return None
    slopes = np.abs(np.array([log.theory(grid, label) for label in (0, 1)]))
    return TheoryCurves(grid, slopes, reach_of(update.ravel(), grad_z.ravel())[None])


def _merged(curves: Sequence[TheoryCurves]) -> TheoryCurves | None:
    """The curve that reaches highest stands for all where only the limits are wanted."""
    if not curves:
        return None
    return max(curves, key=lambda each: float(np.nan_to_num(np.nanmax(each.grad_z) * each.reach[0, 1])))


__all__ = ["ComparisonDisplay"]
