"""The samples that made a prediction: their terms in its z, and what these and all others come to.

It never knows how the terms were kept, only what they are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike, BoolArray, FloatArray
from logitscope.displays._axes import head_figure, own_figure
from logitscope.displays._given import check_given
from logitscope.displays._style import CLASS_STYLES, FAINT, INK, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SUMS_HEIGHT = 0.27  # inches a bar
_HATCH = "////"


class LedgerDisplay:
    """The largest terms of z(x), one a training sample, and the sums that z is made of.

    Above, a bar a sample, the largest first; to the right it speaks for the class of the column, to the left against
    it. Its colour is its own label: a sample may speak for the other class, where x lies on the other side of the data.
    Below, on a scale of its own, what these samples and all others come to.

    Parameters
    ----------
    index : array_like of int, (k,)
        Rows of X.
    term : array_like of shape (k,)
        What each sample has in z(x).
    is_own : array_like of bool, (k,)
        Whether each is labelled with the class of the column.
    rest : float
        Sum of the terms of all other samples.
    initial : float
        What is left of the initial parameters.
    n_others : int or None
        How many other samples there are.
    names : sequence of two str
        The other class (or classes), and that of the column.
    title : str or None

    Attributes
    ----------
    z : float
        Sum of all terms.
    figure_ : Figure
    axes_ : ndarray of Axes, (2,)
        Samples, sums.
    ax_ : Axes
        The samples.
    bars_ : BarContainer
        A bar a sample, from the top.
    sums_ : dict of str to Rectangle
        "shown", "rest", "initial" (if it is not 0) and "z".
    legend_ : Legend

    Raises
    ------
    InvalidInputError
        The shapes do not fit.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> display = LedgerDisplay(index=[7, 2], term=[0.8, -0.3], is_own=[True, False], rest=0.1).plot()
    >>> round(display.z, 3)
    0.6
    >>> plt.close(display.figure_)
    """

    figure_: Figure
    ax_: Axes
    axes_: Any
    bars_: Any
    sums_: dict[str, Any]
    legend_: Any

    def __init__(
        self,
        *,
        index: ArrayLike,
        term: ArrayLike,
        is_own: ArrayLike,
        rest: float = 0.0,
        initial: float = 0.0,
        n_others: int | None = None,
        names: Sequence[str] = ("class 0", "class 1"),
        title: str | None = None,
    ) -> None:
        self.index: Any = np.asarray(index)
        self.term: FloatArray = np.asarray(term, dtype=np.float64)
        self.is_own: BoolArray = np.asarray(is_own, dtype=bool)
        if self.index.ndim != 1 or self.index.size == 0:
            raise InvalidInputError(f"`index` must have shape (k,), k ≥ 1; got {self.index.shape}.")
        for name, values in (("term", self.term), ("is_own", self.is_own)):
            if values.shape != self.index.shape:
                raise InvalidInputError(
                    f"`{name}` must have one value a sample, shape {self.index.shape}; got {values.shape}."
                )
        if len(names) != 2:
            raise InvalidInputError(
                f"`names` must hold 2 names, of the other class and of the column's; got {names!r}."
            )
        self.rest, self.initial, self.n_others = float(rest), float(initial), n_others
        self.names, self.title = tuple(names), title
        self.z = float(self.term.sum()) + self.rest + self.initial

    @classmethod
    def from_ledger(
        cls,
        ledger: Any,
        x: ArrayLike,
        *,
        k: int = 10,
        column: int | None = None,
        class_names: Sequence[str] | None = None,
        title: str | None = None,
        ax: Any = None,
    ) -> LedgerDisplay:
        """Draw who made the prediction of one row.

        Parameters
        ----------
        ledger : Ledger
            As in ``LogisticRegression(ledger=True).fit(X, y).ledger_``.
        x : array_like of shape (n_features,)
        k : int
            How many samples to show.
        column : int, optional
            Whose z; by default that of the largest z.
        class_names : sequence of two str, optional
            The other class, and that of the column; by default their labels.
        title : str or None
            None: z(x), and whose it is if there are several columns.
        ax : None, Figure, Axes or sequence of two Axes
            See `plot`.

        Returns
        -------
        LedgerDisplay
            Drawn.
        """
        check_given("ledger", ledger)
        every = ledger.top(x, k=len(ledger.labels), column=column)
        top = ledger.top(x, k=k, column=every.column)
        names = tuple(class_names or (_name(every.label[(every.target > 0.5) == own], own) for own in (False, True)))
        whose = f" of {names[1]}" if np.ndim(ledger.alpha) == 2 and len(names) == 2 else ""
        return cls(
            index=top.index,
            term=top.term,
            is_own=top.target > 0.5,
            rest=top.rest,
            initial=top.initial,
            n_others=len(every.index) - len(top.index),
            names=names,
            title=f"Who made z(x) = {_signed(top.z)}{whose}" if title is None else title,
        ).plot(ax)

    def plot(self, ax: Any = None) -> LedgerDisplay:
        """Draw.

        Parameters
        ----------
        ax : None, Figure, Axes or sequence of two Axes
            None makes a figure, an empty one is sized and filled; a single Axes of a grid is divided.

        Returns
        -------
        LedgerDisplay
            Itself.
        """
        sums = self._sums()
        with look():
            figure, (above, below), is_ours = _two_axes(ax, len(self.index), len(sums))
            colors = [CLASS_STYLES[int(own)].color for own in self.is_own]
            self.bars_ = _draw_bars(above, self.term, [f"sample {row}" for row in self.index], colors)
            for bar, own in zip(self.bars_, self.is_own, strict=True):  # told apart in print without colour too
                bar.set(hatch=None if own else _HATCH, edgecolor="white")
            other, own = self.names
            above.set_xlabel(f"← {other}      term of the sample in z(x)      {own} →")
            inks = [INK if name == "z" else FAINT for name in sums]
            bars = _draw_bars(
                below, np.array([value for _, value in sums.values()]), [t for t, _ in sums.values()], inks
            )
            self.sums_ = dict(zip(sums, bars, strict=True))
            below.set_xlabel("sum, on a scale of its own")
            self.legend_ = self._explain(above)
            if self.title and is_ours:
                head_figure(figure, self.title)
            elif self.title:
                above.set_title(self.title, pad=22.0)
        self.figure_, self.ax_, self.axes_ = figure, above, np.array([above, below], dtype=object)
        return self

    def _sums(self) -> dict[str, tuple[str, float]]:
        """Text and value of each bar of the lower axes, from the top."""
        k = len(self.index)
        others = "all others" if self.n_others is None else f"the other {self.n_others}"
        sums = {
            "shown": (f"these {k}" if k > 1 else "this sample", float(self.term.sum())),
            "rest": (others, self.rest),
        }
        if self.initial != 0.0:
            sums["initial"] = ("the start", self.initial)
        return sums | {"z": ("z(x)", self.z)}

    def _explain(self, axis: Axes) -> Any:
        """Say which colour is which class, above the bars: among them there may be no free place."""
        from matplotlib.patches import Patch

        sides = [own for own in (True, False) if (self.is_own == own).any()]
        handles = [
            Patch(facecolor=CLASS_STYLES[int(own)].color, hatch=None if own else _HATCH, edgecolor="white")
            for own in sides
        ]
        texts = [f"labelled {self.names[int(own)]}" for own in sides]
        return axis.legend(handles, texts, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, borderaxespad=0.2)


def _draw_bars(axis: Axes, values: FloatArray, texts: Sequence[str], colors: Sequence[str]) -> Any:
    """Draw horizontal bars from the top, each with its number at its end."""
    rows = np.arange(len(values))
    bars = axis.barh(rows, values, height=0.72, color=colors, linewidth=0.0)
    axis.set_yticks(rows, texts)
    axis.set_ylim(len(values) - 0.4, -0.6)
    axis.bar_label(bars, [_signed(value) for value in values], padding=3, fontsize=8)
    axis.axvline(0.0, color=INK, lw=0.8)
    axis.grid(visible=False, axis="y")
    axis.tick_params(axis="y", length=0)
    low, high = min(values.min(), 0.0), max(values.max(), 0.0)
    room = 0.16 * ((high - low) or 1.0)  # for the numbers
    axis.set_xlim(low - room * (low < 0) - 0.02 * (low == 0), high + room)
    return bars


def _two_axes(ax: Any, n_samples: int, n_sums: int) -> tuple[Figure, list[Axes], bool]:
    """Figure, the axes of samples and of sums, and whether the figure is ours; each axes has a scale of its own."""
    ratios = [n_samples + 1, n_sums + 1]
    figure = own_figure(ax, (6.4, 1.6 + _SUMS_HEIGHT * sum(ratios)))
    if figure is not None:
        return figure, list(figure.subplots(2, 1, height_ratios=ratios)), True
    if np.ndim(ax) > 0:
        axes = list(np.asarray(ax, dtype=object).ravel())
        if len(axes) != 2:
            raise InvalidInputError(f"`ax` must hold 2 axes, of samples and of sums; got {len(axes)}.")
        return axes[0].figure, axes, False
    place = ax.get_subplotspec()
    if place is None:
        raise InvalidInputError(
            "`ax` must be 2 axes, or one axes of a grid, which can be divided; got an axes placed by hand."
        )
    ax.set_axis_off()
    grid = place.subgridspec(2, 1, height_ratios=ratios)
    return ax.figure, [ax.figure.add_subplot(part) for part in grid], False


def _name(labels: Any, is_own: bool) -> str:
    """What the samples on one side of a column are called."""
    different = np.unique(labels)
    if len(different) == 1:
        label = f"{different[0]}"
        return f"class {label}" if label.lstrip("-").isdigit() else label
    return "y > ½" if is_own else "another class"


def _signed(value: float) -> str:
    return f"{value:+.3g}".replace("-", "−") if value else "0"


__all__ = ["LedgerDisplay"]
