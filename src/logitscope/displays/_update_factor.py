"""The factors of an update as stacked logarithms: what the loss sends back, what the activation lets through, ‖x‖.

It never knows where the factors come from, only that they multiply.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError
from logitscope._typing import ArrayLike, BoolArray, FloatArray
from logitscope.displays._axes import axes_grid, head_figure, place_legend
from logitscope.displays._curves import epoch_ticks
from logitscope.displays._given import check_given
from logitscope.displays._scatter import column_of, sides, title_of, z_grid
from logitscope.displays._style import INK, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

# Teal, rose and grey: apart in hue and lightness, and none of them the colour of a class or of sigmoid and tanh.
FACTORS = {
    "upstream": ("upstream |∂ℓ/∂a|", "#3E9C8F"),
    "local_derivative": ("local derivative |φ′(z)|", "#D98AA5"),
    "row_norm": ("row ‖(x, 1)‖", "#BDBDBD"),
}


class UpdateFactorDisplay:
    """upstream × local derivative × ‖x‖ as a stack of logarithms, and their product as a line.

    A factor above 1 is a layer above 0, one below 1 a layer below; the line is the sum of the layers. Where a loss
    makes up for a flat activation, the layers grow apart and the line stays.

    Parameters
    ----------
    x : array_like of shape (n_x,)
        Ascending: pre-activations z, or epochs.
    upstream, local_derivative, row_norm : array_like of shape (n_panels, n_x)
        Magnitudes. A 0 or an infinity has no logarithm: there the layers have a gap.
    product : array_like of shape (n_panels, n_x) or None
        The gradient norm; None multiplies. Forms that survive saturation know it where the factors are 0 and ∞.
    panels : sequence of str of length n_panels
        What each panel shows.
    xlabel : str
    xscale : {"linear", "symlog"}
    title : str or None

    Attributes
    ----------
    figure_ : Figure
    ax_ : Axes
    axes_ : ndarray of Axes, shape (n_panels,)
    layers_ : list of dict
        One dict a panel: factor to its two layers, above and below 0.
    line_ : list of Line2D
        log₁₀ of the product.
    legend_ : Legend

    Raises
    ------
    InvalidInputError
        The shapes do not fit, or a magnitude is negative.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> display = UpdateFactorDisplay(
    ...     x=[0.0, 1.0], upstream=[[10.0, 100.0]], local_derivative=[[0.1, 0.01]], row_norm=[[1.0, 1.0]], panels=["a"]
    ... ).plot()
    >>> display.line_[0].get_ydata()
    array([0., 0.])
    >>> plt.close(display.figure_)
    """

    figure_: Figure
    ax_: Axes
    axes_: Any
    layers_: list[dict[str, Any]]
    line_: list[Any]
    legend_: Legend

    def __init__(
        self,
        *,
        x: ArrayLike,
        upstream: ArrayLike,
        local_derivative: ArrayLike,
        row_norm: ArrayLike,
        product: ArrayLike | None = None,
        panels: Sequence[str] = ("",),
        xlabel: str = "pre-activation z",
        xscale: Literal["linear", "symlog"] = "linear",
        title: str | None = None,
    ) -> None:
        self.x = np.asarray(x, dtype=np.float64)
        self.panels = tuple(panels)
        shape = (len(self.panels), self.x.size)
        self.upstream = _magnitude("upstream", upstream, shape)
        self.local_derivative = _magnitude("local_derivative", local_derivative, shape)
        self.row_norm = _magnitude("row_norm", row_norm, shape)
        factors = np.stack([self.upstream, self.local_derivative, self.row_norm])
        with np.errstate(all="ignore"):
            self._logs = np.log10(np.where((factors > 0) & np.isfinite(factors), factors, np.nan))
            whole = None if product is None else _magnitude("product", product, shape)
            self._log_product = (
                self._logs.sum(axis=0) if whole is None else np.log10(np.where(whole > 0, whole, np.nan))
            )
        self.xlabel = xlabel
        self.xscale = xscale
        self.title = title

    @classmethod
    def from_log(
        cls,
        log: Any,
        *,
        over: Literal["z", "epoch"] = "z",
        column: int = 0,
        class_names: Sequence[str] = ("class 0", "class 1"),
        title: str | None = None,
        ax: Any = None,
    ) -> UpdateFactorDisplay:
        """Draw the factors of a recorded run.

        Parameters
        ----------
        log : UpdateLog
            As in `clf.update_log_`.
        over : {"z", "epoch"}
            "z": what theory says over the range of z of the last record, a panel a class, with the median ‖(x, 1)‖.
            "epoch": geometric means over samples, a panel for those that end on the right side and one for those that
            end on the wrong one; samples of which a factor is 0 or ∞ are left out of that epoch's mean.
        column : int
            Which column of a log of several.
        class_names : sequence of str
            Names of class 0 and class 1.
        title : str or None
            None: activation and loss, and the class of a column of several.
        ax : None, Figure, Axes or sequence of Axes
            See `plot`.

        Returns
        -------
        UpdateFactorDisplay
            Drawn.

        Raises
        ------
        InvalidInputError
            The log is empty, or has no such column; `over` is neither.
        IncompatibleError
            A column of softmax, whose gradient is no product of two factors.
        """
        if over not in ("z", "epoch"):
            raise InvalidInputError(f"`over` must be one of 'epoch', 'z'; got {over!r}.")
        check_given("log", log)
        if len(log.epoch) == 0:
            raise InvalidInputError("`log` must hold a record; got none: the run ended before its first step.")
        if log.is_joint(column):
            raise IncompatibleError(
                "Cannot split the update of a softmax column: its gradient is a sum over columns, not a product of"
                " upstream and local derivative. Fit one class against the rest."
            )
        named = title_of(log, column) if title is None else title
        if over == "z":
            return cls._over_z(log, column, class_names, named).plot(ax)
        return cls._over_epochs(log, column, named).plot(ax)

    @classmethod
    def _over_z(cls, log: Any, column: int, class_names: Sequence[str], title: str) -> UpdateFactorDisplay:
        z = column_of(log.z, log, column)[-1]
        grid, pair = z_grid(z), log.pointwise.column(column)
        labels = [np.full_like(grid, label) for label in (0.0, 1.0)]
        norm = np.full((2, grid.size), float(np.median(log.row_norm)))
        with np.errstate(all="ignore"):
            upstream = np.abs([pair.upstream(grid, label) for label in labels])
        slope = np.abs([log.theory(grid, label, column=column) for label in (0.0, 1.0)])
        return cls(
            x=grid,
            upstream=upstream,
            local_derivative=np.broadcast_to(np.abs(pair.activation.derivative(grid)), norm.shape),
            row_norm=norm,
            product=slope * norm,
            panels=tuple(class_names),
            title=title,
        )

    @classmethod
    def _over_epochs(cls, log: Any, column: int, title: str) -> UpdateFactorDisplay:
        with np.errstate(all="ignore"):
            upstream = np.abs(column_of(log.upstream, log, column))
            local = np.abs(column_of(log.local_derivative, log, column))
            factors = np.stack([upstream, local, np.broadcast_to(log.row_norm, local.shape)])
            logs = np.log(factors)
        usable = np.isfinite(logs).all(axis=0)
        target = column_of(log.target, log, column)
        wrong, _ = sides(column_of(log.probability, log, column)[-1], target)
        groups = {"on the right side at the end": ~wrong, "on the wrong side at the end": wrong}
        groups = {name: members for name, members in groups.items() if members.any()}
        means = np.stack([_geometric_mean(logs, usable & members) for members in groups.values()], axis=1)
        return cls(
            x=log.epoch,
            upstream=means[0],
            local_derivative=means[1],
            row_norm=means[2],
            panels=[f"{int(members.sum())} samples {name}" for name, members in groups.items()],
            xlabel="epochs made",
            xscale="symlog",
            title=title,
        )

    def plot(self, ax: Any = None) -> UpdateFactorDisplay:
        """Draw.

        Parameters
        ----------
        ax : None, Figure, Axes or sequence of Axes
            None makes a figure, an empty one is sized and filled. A sequence has one axes a panel; one Axes is divided.

        Returns
        -------
        UpdateFactorDisplay
            Itself.
        """
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        n_panels = len(self.panels)
        with look():
            width = 6.4 if n_panels == 1 else min(4.4 * n_panels, 13.0)
            figure, axes, host = axes_grid(ax, 1, n_panels, figsize=(width, 3.9), sharey=True, legend_row=True)
            self.layers_, self.line_ = [], []
            for i, axis in enumerate(axes):
                self._draw(axis, i)
            axes[0].set_ylabel("factors of the gradient norm")
            handles: list[Any] = [Patch(facecolor=color) for _, color in FACTORS.values()]
            handles.append(Line2D([], [], color=INK, lw=1.8))
            texts = [*(text for text, _ in FACTORS.values()), "their product ‖∂ℓ/∂(w, b)‖"]
            self.legend_ = place_legend(figure, host, handles, texts, ncols=4 if width > 8 else 2)
            if host is None and self.title:
                head_figure(figure, self.title)
            elif self.title:
                axes[0].set_title(f"{self.title}\n{self.panels[0]}")
        self.figure_, self.ax_ = figure, axes[0]
        self.axes_ = np.array(axes, dtype=object)
        return self

    def _draw(self, axis: Axes, i: int) -> None:
        from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

        layers: dict[str, Any] = {}
        above, below = np.zeros(self.x.size), np.zeros(self.x.size)
        for (name, (_, color)), logs in zip(FACTORS.items(), self._logs[:, i], strict=True):
            up, down = above + np.maximum(logs, 0.0), below + np.minimum(logs, 0.0)
            layers[name] = tuple(
                axis.fill_between(self.x, start, end, color=color, lw=0.0, zorder=2)
                for start, end in ((above, up), (below, down))
            )
            above, below = up, down
        (line,) = axis.plot(self.x, self._log_product[i], color=INK, lw=1.8, zorder=4)
        axis.axhline(0.0, color="#666666", lw=0.7, zorder=3)
        self.layers_.append(layers)
        self.line_.append(line)
        axis.set_xscale(self.xscale, **({"linthresh": 1.0} if self.xscale == "symlog" else {}))
        if self.x.size > 1:
            axis.set_xlim(self.x[0], self.x[-1])
        if self.xscale == "symlog":
            epoch_ticks(axis)
        axis.set_xlabel(self.xlabel)
        axis.set_title(self.panels[i])
        low, high = axis.dataLim.intervaly
        fine = np.log10(np.outer(10.0 ** np.arange(-3, 4), [1, 2, 5]).ravel())
        whole = MaxNLocator(integer=True)
        axis.yaxis.set_major_locator(FixedLocator(fine.tolist()) if high - low < 2.5 else whole)
        axis.yaxis.set_major_formatter(FuncFormatter(lambda value, _: _power_of_ten(value)))


def _magnitude(name: str, values: ArrayLike, shape: tuple[int, int]) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != shape:
        raise InvalidInputError(f"`{name}` must have shape (n_panels, n_x) = {shape}; got {array.shape}.")
    if (array < 0).any():
        first = tuple(int(i) for i in np.argwhere(array < 0)[0])
        raise InvalidInputError(f"`{name}` must be ≥ 0, a magnitude; got {array[first]} at index {first}.")
    return array


def _geometric_mean(logs: FloatArray, members: BoolArray) -> FloatArray:
    """Of each factor over the members of each record, (3, n_records); NaN where there is none."""
    n_members = members.sum(axis=1)
    total = np.where(members, logs, 0.0).sum(axis=2)
    return np.where(n_members > 0, np.exp(total / np.maximum(n_members, 1)), np.nan)


def _power_of_ten(exponent: float) -> str:
    """Write 10 to a power: as a power where it is whole and far from 0.

    Examples
    --------
    >>> _power_of_ten(0.0), _power_of_ten(-3.0), _power_of_ten(float(np.log10(0.2)))
    ('1', '$10^{-3}$', '0.2')
    """
    whole = round(exponent)
    return f"{10.0**exponent:.3g}" if abs(exponent) < 2 or whole != exponent else f"$10^{{{whole}}}$"


__all__ = ["FACTORS", "UpdateFactorDisplay"]
