"""Update magnitude against z: one panel an epoch, every sample a point, the theory behind the points.

It never knows how the samples were trained, only their z, their update and their class.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike, FloatArray
from logitscope.displays._axes import axes_grid, place_legend
from logitscope.displays._scatter import (
    DrawnPanel,
    Panel,
    TheoryCurves,
    draw_panel,
    legend_handles,
    mark_peaks,
    reach_of,
    theory_peaks,
    tick_decades,
    update_limits,
    z_grid,
    z_label,
    z_limits,
)
from logitscope.displays._style import look, rate_text, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

QUANTITIES = {
    "update_norm": "update norm ‖Δ(w, b)‖",
    "gradient_norm": "gradient norm ‖∂ℓ/∂(w, b)‖",
    "grad_z": "|∂ℓ/∂z|",
}


class UpdateMagnitudeDisplay:
    """How much each sample moved the model, against where the sample stood.

    A filled marker is a sample on the right side of the midpoint (its class is the more probable one), a
    hollow marker one on the wrong side. The line is abs(∂ℓ/∂z) times the median reach of the samples, the
    band runs from the smallest to the largest reach; the reach of a sample is its update divided by
    abs(∂ℓ/∂z). Samples whose update is exactly 0 are ticks on the lower edge, with their number.

    Parameters
    ----------
    z : array_like of shape (n_panels, n_samples) or (n_samples,)
        Pre-activations.
    update : array_like, as `z`
        Magnitudes, ≥ 0.
    y : array_like of shape (n_samples,)
        Classes 0 and 1; a soft label belongs to the class that it is nearer to.
    epochs : array_like of shape (n_panels,)
        Epoch of each panel.
    curves : TheoryCurves or None
        What theory says; None draws none.
    wrong : array_like of bool, as `z`, or None
        Samples on the wrong side; None: those whose z has not the sign of their class.
    quantity : str
        A key of `QUANTITIES`, or a label for the y axis.
    activation, loss : str or None
        For the title.
    learning_rate : float or None
        For the title.
    column : int or None
        For the title: which column of several this is.
    class_names : sequence of str
        Names of class 0 and class 1.

    Attributes
    ----------
    figure_ : Figure
    axes_ : ndarray of Axes, shape (n_panels,)
    ax_ : Axes
        The first panel.
    points_ : list of dict
        One dict a panel: (class, wrong side) to the scatter.
    line_ : list of tuple
        The theoretical curves of each panel, class 0 and class 1.
    band_ : list of tuple
        The bands behind them.
    rug_, rug_text_ : list
        Exact zeros and their number; None in a panel that has none.
    peak_ : dict of int to float
        Class to the z where its theoretical curve is largest, if it has a peak.
    legend_ : Legend

    Raises
    ------
    InvalidInputError
        The shapes do not fit, or a magnitude is negative.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> z = np.array([[-1.0, 0.5, 2.0, -2.0]])
    >>> y = np.array([0, 1, 1, 1])
    >>> display = UpdateMagnitudeDisplay(z=z, update=abs(1 / (1 + np.exp(-z)) - y), y=y, epochs=[10]).plot()
    >>> display.ax_.get_title(loc="left")
    'epoch 10: 1 of 4 wrong'
    >>> plt.close(display.figure_)
    """

    figure_: "Figure"
    ax_: "Axes"
    axes_: Any
    points_: list[dict[tuple[int, bool], Any]]
    line_: list[tuple[Any, ...]]
    band_: list[tuple[Any, ...]]
    rug_: list[Any]
    rug_text_: list[Any]
    peak_: dict[int, float]
    legend_: "Legend"

    def __init__(
        self,
        *,
        z: ArrayLike,
        update: ArrayLike,
        y: ArrayLike,
        epochs: ArrayLike,
        curves: TheoryCurves | None = None,
        wrong: ArrayLike | None = None,
        quantity: str = "update_norm",
        activation: str | None = None,
        loss: str | None = None,
        learning_rate: float | None = None,
        column: int | None = None,
        class_names: Sequence[str] = ("class 0", "class 1"),
    ) -> None:
        self.z = np.atleast_2d(np.asarray(z, dtype=np.float64))
        self.update = np.atleast_2d(np.asarray(update, dtype=np.float64))
        self.y = np.asarray(y, dtype=np.float64)
        self.epochs = np.atleast_1d(np.asarray(epochs))
        self.curves = curves
        if self.update.shape != self.z.shape:
            raise InvalidInputError(f"`update` must have the shape of `z`, {self.z.shape}; got {self.update.shape}.")
        if self.y.shape != self.z.shape[1:]:
            raise InvalidInputError(f"`y` must have one label a sample, shape {self.z.shape[1:]}; got {self.y.shape}.")
        if self.epochs.shape != self.z.shape[:1]:
            raise InvalidInputError(
                f"`epochs` must have one entry a panel, shape {self.z.shape[:1]}; got {self.epochs.shape}."
            )
        if (self.update < 0).any():
            first = tuple(int(i) for i in np.argwhere(self.update < 0)[0])
            raise InvalidInputError(f"`update` must be ≥ 0, a magnitude; got {self.update[first]} at index {first}.")
        positive = self.y > 0.5
        self.wrong = (
            (np.sign(self.z) * np.where(positive, 1, -1)) < 0
            if wrong is None
            else np.atleast_2d(np.asarray(wrong, dtype=bool))
        )
        if self.wrong.shape != self.z.shape:
            raise InvalidInputError(f"`wrong` must have the shape of `z`, {self.z.shape}; got {self.wrong.shape}.")
        self.quantity = quantity
        self.activation = activation
        self.loss = loss
        self.learning_rate = learning_rate
        self.column = column
        self.class_names = tuple(class_names)

    @classmethod
    def from_log(
        cls,
        log: Any,
        *,
        epochs: Sequence[int] | None = None,
        quantity: Literal["update_norm", "gradient_norm", "grad_z"] = "update_norm",
        column: int = 0,
        yscale: Literal["log", "linear"] = "log",
        class_names: Sequence[str] = ("class 0", "class 1"),
        ax: Any = None,
    ) -> "UpdateMagnitudeDisplay":
        """Draw recorded epochs of an update log.

        Parameters
        ----------
        log : UpdateLog
            As in `clf.update_log_`.
        epochs : sequence of int or None
            Recorded epochs to show; None: the first record, the last, and the one midway on a logarithmic
            scale.
        quantity : {"update_norm", "gradient_norm", "grad_z"}
            What stands on the y axis; of grad_z the magnitude.
        column : int
            Which column of a log of several, in [0, n_models).
        yscale : {"log", "linear"}
            Scale of the y axis.
        class_names : sequence of str
            Names of class 0 and class 1.
        ax : None, Axes or sequence of Axes
            Where to draw; see `plot`.

        Returns
        -------
        UpdateMagnitudeDisplay
            Drawn.

        Raises
        ------
        InvalidInputError
            An epoch was not recorded, the column does not exist or the quantity is none of the three.
        """
        if quantity not in QUANTITIES:
            allowed = ", ".join(repr(name) for name in sorted(QUANTITIES))
            raise InvalidInputError(f"`quantity` must be one of {allowed}; got {quantity!r}.")
        n_columns = log.z.shape[2] if log.z.ndim == 3 else 1
        if not 0 <= column < n_columns:
            raise InvalidInputError(f"`column` must be in [0, {n_columns}), the columns of the log; got {column}.")
        rows = _recorded_rows(np.asarray(log.epoch), epochs)
        z = _column(log.z, rows, column)
        update = np.abs(_column(getattr(log, quantity), rows, column))
        target = np.asarray(log.target, dtype=np.float64)
        target = target[:, column] if target.ndim == 2 else target
        # The probability, not z, knows the side: not every midpoint is 0. A tie is not wrong.
        wrong = (_column(log.probability, rows, column) - 0.5) * (target - 0.5) < 0
        description = log.describe(column)
        rate = np.asarray(log.learning_rate, dtype=np.float64)[rows]
        rates = np.unique(rate[:, column] if rate.ndim == 2 else rate)
        return cls(
            z=z,
            update=update,
            y=target,
            epochs=np.asarray(log.epoch)[rows],
            curves=_log_theory(log, rows, z, update, column),
            wrong=wrong,
            quantity=quantity,
            activation=description["activation"],
            loss=description["loss"],
            learning_rate=float(rates[0]) if rates.size == 1 else None,
            column=column if n_columns > 1 else None,
            class_names=class_names,
        ).plot(ax, yscale=yscale)

    def plot(self, ax: Any = None, *, yscale: Literal["log", "linear"] = "log") -> "UpdateMagnitudeDisplay":
        """Draw.

        Parameters
        ----------
        ax : None, Axes or sequence of Axes
            None makes a figure. A sequence holds one axes a panel. A single Axes is divided if there are more
            panels.
        yscale : {"log", "linear"}
            Scale of the y axis. On either one, exact zeros stand in a strip of their own.

        Returns
        -------
        UpdateMagnitudeDisplay
            Itself.
        """
        n_panels = self.z.shape[0]
        positive = self.y > 0.5
        panels = [Panel(self.z[i], self.update[i], positive, self.wrong[i]) for i in range(n_panels)]
        limits = update_limits(panels, self.curves, yscale=yscale)
        width = 5.4 if n_panels == 1 else min(3.2 * n_panels, 13.0)
        with look():
            size = (width, 3.7)
            figure, axes, host = axes_grid(ax, 1, n_panels, figsize=size, sharey=True, legend_row=True)
            self.peak_ = theory_peaks(self.curves) if self.curves is not None else {}
            drawn = [
                self._draw(axis, i, panel, limits, yscale)
                for i, (axis, panel) in enumerate(zip(axes, panels, strict=True))
            ]
            axes[0].set_ylabel(QUANTITIES.get(self.quantity, self.quantity))
            roomy = host is None or n_panels == 1
            for axis in axes:
                axis.set_xlabel(z_label(self.class_names) if roomy else "pre-activation z")
            handles, texts = legend_handles(self.class_names, theory=self.curves is not None, peaks=self.peak_)
            widest = 3 if len(texts) <= 6 else 2
            in_one_row = (len(texts) + 1) // 2 if host is None else 2
            n_columns = widest if n_panels == 1 else in_one_row
            self.legend_ = place_legend(figure, host, handles, texts, ncols=n_columns)
            if host is None:
                figure.suptitle(self._title(), x=0.01, ha="left", fontsize=10.5, fontweight="bold")
        self.figure_, self.ax_ = figure, axes[0]
        self.axes_ = np.array(axes, dtype=object)
        self.points_ = [panel.points for panel in drawn]
        self.line_ = [panel.lines for panel in drawn]
        self.band_ = [panel.bands for panel in drawn]
        self.rug_ = [panel.rug for panel in drawn]
        self.rug_text_ = [panel.rug_text for panel in drawn]
        return self

    def _draw(self, axis: "Axes", i: int, panel: Panel, limits: tuple[float, float, float], yscale: str) -> DrawnPanel:
        axis.set_yscale(yscale)
        axis.set_ylim(limits[0], limits[2])
        tick_decades(axis)
        axis.set_xlim(*z_limits(self.z))
        axis.axvline(0.0, color="#BBBBBB", lw=0.8, zorder=0.5)
        theory = None
        if self.curves is not None:
            theory = (self.curves.z, self.curves.grad_z, self.curves.reach[i])
        drawn = draw_panel(axis, panel, theory=theory, limits=limits)
        mark_peaks(axis, self.peak_)
        n_wrong = int(panel.wrong.sum())
        head = f"epoch {self.epochs[i]}: {n_wrong} of {panel.z.size} wrong"
        axis.set_title(head, fontsize=9, pad=10.0 if self.peak_ else None)
        return drawn

    def _title(self) -> str:
        parts = [
            self.activation or "",
            readable(self.loss) if self.loss else "",
            rate_text(self.learning_rate),
            "" if self.column is None else f"column {self.column}",
        ]
        return " · ".join(part for part in parts if part)


def _column(values: Any, rows: Sequence[int], column: int) -> FloatArray:
    """Rows of one column of a recorded quantity, (n_rows, n_samples)."""
    chosen = np.asarray(values, dtype=np.float64)[list(rows)]
    return chosen[..., column] if chosen.ndim == 3 else chosen


def _recorded_rows(recorded: Any, epochs: Sequence[int] | None) -> list[int]:
    """Positions of the wanted epochs; of an epoch that was recorded at several steps, the last."""
    if epochs is None:
        n_records = len(recorded)
        # Training is fast at first: the record midway in the logarithm shows what the other two do not.
        return sorted({0, round(float(np.sqrt(n_records - 1))), n_records - 1})
    rows = []
    for epoch in epochs:
        found = np.flatnonzero(recorded == epoch)
        if found.size == 0:
            raise InvalidInputError(
                f"`epochs` must be recorded epochs, from {recorded[0]} to {recorded[-1]}; got {epoch}, "
                "which the recorder did not keep."
            )
        rows.append(int(found[-1]))
    return rows


def _log_theory(log: Any, rows: Sequence[int], z: FloatArray, update: FloatArray, column: int) -> TheoryCurves:
    """abs(∂ℓ/∂z) on a grid over all panels, and the reach of the samples of each panel."""
    grid = z_grid(z)
    slopes = np.array([log.theory(grid, label, column=column) for label in (0, 1)])
    grad_z = _column(log.grad_z, rows, column)
    reach = np.array([reach_of(u, g) for u, g in zip(update, grad_z, strict=True)])
    return TheoryCurves(grid, np.abs(slopes), reach)


__all__ = ["QUANTITIES", "UpdateMagnitudeDisplay"]
