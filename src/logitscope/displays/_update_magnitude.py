"""Update magnitude against z: one panel an epoch, every sample a point, the theory behind the points.

It never knows how the samples were trained, only their z, their update and their class.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError
from logitscope._typing import ArrayLike, BoolArray, FloatArray
from logitscope.displays._axes import axes_grid, head_figure, place_legend
from logitscope.displays._given import check_given
from logitscope.displays._scatter import (
    REACH,
    SCALED_REACH,
    DrawnPanel,
    Panel,
    TheoryCurves,
    depends_on_z_alone,
    draw_panel,
    legend_handles,
    mark_midpoint,
    mark_peaks,
    reach_of,
    sides,
    theory_peaks,
    tick_decades,
    update_limits,
    z_grid,
    z_label,
    z_limits,
)
from logitscope.displays._style import after, look, rate_text, readable

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

    A filled marker is a sample on the right side of p = ½ (its class is the more probable one) or on neither, a
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
        Epochs that were made before each panel.
    curves : TheoryCurves or None
        What theory says; None draws none.
    wrong, undecided : array_like of bool, as `z`, or None
        Samples on the wrong side of p = ½, and on neither. None: by the side of the midpoint on which z is.
    midpoint : float
        The z where p = ½.
    joint : bool
        Whether z is the margin of a column that is coupled with others, `UpdateLog.margin`.
    quantity : str
        A key of `QUANTITIES`, or a label for the y axis.
    activation, loss : str or None
        For the title.
    learning_rate : float or None
        For the title.
    contrast : str or None
        For the title: what the column tells apart, if it is one of several.
    class_names : sequence of str
        Names of class 0 and class 1.
    title : str or None
        Title of the figure, before `contrast`; None: activation, loss and learning rate.
    reach : str
        Formula of the reach, for the legend.

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
    'after 10 epochs: 1 of 4 wrong'
    >>> plt.close(display.figure_)
    """

    figure_: Figure
    ax_: Axes
    axes_: Any
    points_: list[dict[tuple[int, bool], Any]]
    line_: list[tuple[Any, ...]]
    band_: list[tuple[Any, ...]]
    rug_: list[Any]
    rug_text_: list[Any]
    peak_: dict[int, float]
    legend_: Legend

    def __init__(
        self,
        *,
        z: ArrayLike,
        update: ArrayLike,
        y: ArrayLike,
        epochs: ArrayLike,
        curves: TheoryCurves | None = None,
        wrong: ArrayLike | None = None,
        undecided: ArrayLike | None = None,
        midpoint: float = 0.0,
        joint: bool = False,
        quantity: str = "update_norm",
        activation: str | None = None,
        loss: str | None = None,
        learning_rate: float | None = None,
        contrast: str | None = None,
        class_names: Sequence[str] = ("class 0", "class 1"),
        title: str | None = None,
        reach: str = REACH,
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
        ahead = np.sign(self.z - midpoint)
        self.wrong = self._marked("wrong", wrong, ahead * np.where(self.y > 0.5, 1, -1) < 0)
        self.undecided = self._marked("undecided", undecided, ahead == 0)
        self.midpoint = midpoint
        self.joint = joint
        self.quantity = quantity
        self.activation = activation
        self.loss = loss
        self.learning_rate = learning_rate
        self.contrast = contrast
        self.class_names = tuple(class_names)
        self.title = title
        self.reach = reach
        self.peak_ = theory_peaks(curves) if curves is not None else {}

    def _marked(self, name: str, given: ArrayLike | None, otherwise: BoolArray) -> BoolArray:
        marked: BoolArray = otherwise if given is None else np.atleast_2d(np.asarray(given, dtype=bool))
        if marked.shape != self.z.shape:
            raise InvalidInputError(f"`{name}` must have the shape of `z`, {self.z.shape}; got {marked.shape}.")
        return marked

    @classmethod
    def from_log(
        cls,
        log: Any,
        *,
        epochs: Sequence[int] | None = None,
        quantity: Literal["update_norm", "gradient_norm", "grad_z"] | None = None,
        column: int = 0,
        yscale: Literal["log", "linear"] = "log",
        class_names: Sequence[str] | None = None,
        title: str | None = None,
        ax: Any = None,
    ) -> UpdateMagnitudeDisplay:
        """Draw recorded epochs of an update log.

        Parameters
        ----------
        log : UpdateLog
            As in `clf.update_log_`.
        epochs : sequence of int or None
            Recorded epochs to show; None: the first record, the last, and the one midway on a logarithmic
            scale.
        quantity : {"update_norm", "gradient_norm", "grad_z"} or None
            What stands on the y axis; of grad_z the magnitude. None: update_norm, or gradient_norm where steps have no
            part that is a sample's, as those of "auto" and "lbfgs".
        column : int
            Which column of a log of several, in [0, n_models).
        yscale : {"log", "linear"}
            Scale of the y axis.
        class_names : sequence of str or None
            Names of all classes, by their code; of a column that tells one class from the rest, names of the rest
            and of that class will do. None: class 0, class 1, …
        title : str or None
            None: activation, loss and learning rate. What a column of several tells apart is added to either.
        ax : None, Figure, Axes or sequence of Axes
            Where to draw; see `plot`.

        Returns
        -------
        UpdateMagnitudeDisplay
            Drawn.

        Raises
        ------
        InvalidInputError
            The log is empty, an epoch was not recorded, the column does not exist, or the quantity is none of the three
            or not known of the epochs.
        """
        return cls.of_log(
            log, epochs=epochs, quantity=quantity, column=column, class_names=class_names, title=title
        ).plot(ax, yscale=yscale)

    @classmethod
    def of_log(
        cls,
        log: Any,
        *,
        epochs: Sequence[int] | None = None,
        quantity: Literal["update_norm", "gradient_norm", "grad_z"] | None = None,
        column: int = 0,
        class_names: Sequence[str] | None = None,
        title: str | None = None,
    ) -> UpdateMagnitudeDisplay:
        """Return what `from_log` draws, not yet drawn; its parameters."""
        check_given("log", log)
        if len(log.epoch) == 0:
            raise InvalidInputError("`log` must hold a record; got none: the run ended before its first step.")
        if quantity is not None and quantity not in QUANTITIES:
            allowed = ", ".join(repr(name) for name in sorted(QUANTITIES))
            raise InvalidInputError(f"`quantity` must be one of {allowed}; got {quantity!r}.")
        n_columns = log.z.shape[2] if log.z.ndim == 3 else 1
        if not 0 <= column < n_columns:
            raise InvalidInputError(f"`column` must be in [0, {n_columns}), the columns of the log; got {column}.")
        log = log.take(_recorded_rows(np.asarray(log.epoch), epochs))
        joint, z = log.is_joint(column), _column(log.margin, column)
        drawn, update = _sizes(log, quantity, column)
        target = np.asarray(log.target, dtype=np.float64)
        target = target[:, column] if target.ndim == 2 else target
        wrong, undecided = sides(_column(log.probability, column), target)
        description = log.describe(column)
        rate = np.asarray(log.learning_rate, dtype=np.float64)
        rates = np.unique(rate[:, column] if rate.ndim == 2 else rate)
        names, contrast = _names(log, column, n_columns, class_names)
        return cls(
            z=z,
            update=update,
            y=target,
            epochs=np.asarray(log.epoch),
            curves=_log_theory(log, z, update, target, column),
            wrong=wrong,
            undecided=undecided,
            midpoint=log.midpoint(column),
            joint=joint,
            quantity=drawn,
            activation=description["activation"],
            loss=description["loss"],
            learning_rate=float(rates[0]) if rates.size == 1 else None,
            contrast=contrast,
            class_names=names,
            title=title,
            reach=_reach_formula(log, drawn),
        )

    def plot(self, ax: Any = None, *, yscale: Literal["log", "linear"] = "log") -> UpdateMagnitudeDisplay:
        """Draw.

        Parameters
        ----------
        ax : None, Figure, Axes or sequence of Axes
            None makes a figure, an empty one is sized and filled. A sequence holds one axes a panel. A single Axes is
            divided if there are more panels.
        yscale : {"log", "linear"}
            Scale of the y axis. On either one, exact zeros stand in a strip of their own.

        Returns
        -------
        UpdateMagnitudeDisplay
            Itself.
        """
        n_panels = self.z.shape[0]
        panels, limits = self.panels(), self.limits(yscale)
        width = 6.4 if n_panels == 1 else min(3.2 * n_panels, 13.0)
        with look():
            size = (width, 3.7)
            figure, axes, host = axes_grid(ax, 1, n_panels, figsize=size, sharey=True, legend_row=True)
            drawn = [
                self.draw_panel(axis, i, panel, limits, yscale)
                for i, (axis, panel) in enumerate(zip(axes, panels, strict=True))
            ]
            self._label(axes, alone=n_panels == 1 or (host is None and not self.joint))
            self.legend_ = self._explain(figure, host, n_panels)
            if host is None:
                head_figure(figure, self._title())
        self.figure_, self.ax_ = figure, axes[0]
        self.axes_ = np.array(axes, dtype=object)
        self.points_ = [panel.points for panel in drawn]
        self.line_ = [panel.lines for panel in drawn]
        self.band_ = [panel.bands for panel in drawn]
        self.rug_ = [panel.rug for panel in drawn]
        self.rug_text_ = [panel.rug_text for panel in drawn]
        return self

    def panels(self) -> list[Panel]:
        """Return the samples of every panel."""
        positive = self.y > 0.5
        return [
            Panel(z, update, positive, wrong) for z, update, wrong in zip(self.z, self.update, self.wrong, strict=True)
        ]

    def limits(self, yscale: str) -> tuple[float, float, float]:
        """Return the limits that all panels share, see `update_limits`."""
        return update_limits(self.panels(), self.curves, yscale=yscale)

    def dress(self, figure: Figure, axis: Axes) -> None:
        """Give a figure of one panel its labels, its legend and its title; the panel is drawn by `draw_panel`."""
        self._label([axis], alone=True)
        self.legend_ = self._explain(figure, None, 1)
        head_figure(figure, self._title())

    def _label(self, axes: Sequence[Axes], *, alone: bool) -> None:
        axes[0].set_ylabel(QUANTITIES.get(self.quantity, self.quantity))
        for axis in axes:
            axis.set_xlabel(z_label(self.class_names if alone else (), joint=self.joint))

    def _explain(self, figure: Figure, host: Axes | None, n_panels: int) -> Legend:
        theory = self.curves is not None
        handles, texts = legend_handles(self.class_names, theory=theory, peaks=self.peak_, reach=self.reach)
        in_one_row = (len(texts) + 1) // 2 if host is None else 2
        widest = 3 if len(texts) <= 6 else 2
        return place_legend(figure, host, handles, texts, ncols=widest if n_panels == 1 else in_one_row)

    def draw_panel(
        self, axis: Axes, i: int, panel: Panel, limits: tuple[float, float, float], yscale: str
    ) -> DrawnPanel:
        """Draw panel `i` on axes that are empty."""
        axis.set_yscale(yscale)
        axis.set_ylim(limits[0], limits[2])
        tick_decades(axis)
        axis.set_xlim(*z_limits(self.z))
        mark_midpoint(axis, self.midpoint)
        theory = None
        if self.curves is not None:
            theory = (self.curves.z, self.curves.grad_z, self.curves.reach[i])
        drawn = draw_panel(axis, panel, theory=theory, limits=limits)
        mark_peaks(axis, self.peak_)
        axis.set_title(f"{after(self.epochs[i])}: {self._verdict(i)}", fontsize=9, pad=10.0 if self.peak_ else None)
        return drawn

    def _verdict(self, i: int) -> str:
        n, n_wrong, n_undecided = self.z.shape[1], int(self.wrong[i].sum()), int(self.undecided[i].sum())
        if n_undecided == n:
            return "all undecided (z = 0)" if not self.joint and (self.z[i] == 0).all() else "all undecided (p = ½)"
        return f"{n_wrong} of {n} wrong" + (f",\n{n_undecided} undecided" if n_undecided else "")

    def _title(self) -> str:
        names = [self.activation or "", readable(self.loss) if self.loss else "", rate_text(self.learning_rate)]
        parts = [*(names if self.title is None else [self.title]), self.contrast or ""]
        return " · ".join(part for part in parts if part)


def _column(values: Any, column: int) -> FloatArray:
    """One column of a recorded quantity, (n_records, n_samples)."""
    own: FloatArray = np.asarray(values, dtype=np.float64)
    return own[..., column] if own.ndim == 3 else own


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


def _log_theory(log: Any, z: FloatArray, update: FloatArray, target: FloatArray, column: int) -> TheoryCurves | None:
    """abs(∂ℓ/∂z) on a grid over all panels, and the reach of the samples of each panel.

    None for coupled columns whose gradient depends on more than the margin: no curve is theirs.
    """
    grad_z = _column(log.grad_z, column)
    if log.is_joint(column) and not depends_on_z_alone(z, grad_z, target, log, column):
        return None
    grid = z_grid(z)
    slopes = np.array([log.theory(grid, label, column=column) for label in (0, 1)])
    reach = np.array([reach_of(u, g) for u, g in zip(update, grad_z, strict=True)])
    return TheoryCurves(grid, np.abs(slopes), reach)


def _sizes(log: Any, quantity: str | None, column: int) -> tuple[str, FloatArray]:
    """Return what to draw, and the size of it."""
    name = "update_norm" if quantity is None else quantity
    size = np.abs(_column(getattr(log, name), column))
    is_seen = np.isfinite(_column(log.z, column))  # of a run that blew up, nothing is
    is_unknown = (is_seen & np.isnan(size)).any(axis=1) & ~(is_seen & ~np.isnan(size)).any(axis=1)
    if name != "update_norm" or not is_unknown.any():
        return name, size
    if quantity is None:
        return "gradient_norm", np.abs(_column(log.gradient_norm, column))
    raise IncompatibleError(
        f"Cannot draw `quantity='update_norm'` of epoch {log.epoch[is_unknown][0]}, of which this log does not know it:"
        " the solver's step has no part that is a sample's, or the learning rate was not told. Leave quantity=None,"
        " which draws 'gradient_norm' then."
    )


def _reach_formula(log: Any, quantity: str) -> str:
    if quantity == "update_norm":
        return SCALED_REACH if np.isnan(log.gradient_factor).any() else REACH
    return "‖(x, 1)‖" if quantity == "gradient_norm" else ""


def _names(
    log: Any, column: int, n_columns: int, class_names: Sequence[str] | None
) -> tuple[tuple[str, str], str | None]:
    """Names of the two sides of a column, and what it tells apart if there are several."""
    n_classes = max(2, n_columns if log.positive is None else int(np.max(log.positive)) + 1)
    names = tuple(class_names or (f"class {code}" for code in range(n_classes)))
    if len(names) not in (2, n_classes):
        allowed = " or ".join(map(str, sorted({2, n_classes})))
        raise InvalidInputError(f"`class_names` must hold {allowed} names; got {len(names)}.")
    own = (1 if n_columns == 1 else column) if log.positive is None else int(log.positive[column])
    if n_classes == 2:
        two, other = (names[1 - own], names[own]), _as_class(names[1 - own])
    else:
        two = (names[0], names[1]) if len(names) == 2 else ("rest", names[own])
        other = f"the {two[0]}" if two[0] == "rest" else two[0]
    return two, f"{_as_class(two[1])} against {other}" if n_columns > 1 else None


def _as_class(name: str) -> str:
    return name if name.startswith("class ") else f"class {name}"


__all__ = ["QUANTITIES", "UpdateMagnitudeDisplay"]
