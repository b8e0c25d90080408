"""Who stopped moving over the epochs, on the right and on the wrong side.

It never knows how the samples were trained, only who is wrong and who has stopped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike
from logitscope.displays._axes import EndLabel, axes_grid, head_figure, label_ends, place_legend
from logitscope.displays._curves import epoch_ticks
from logitscope.displays._given import check_given
from logitscope.displays._scatter import column_of, sides, title_of
from logitscope.displays._style import look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

# Blue for the right side and vermilion for the wrong one, full where a sample has stopped: lightness tells moving from
# stopped, for print without colour too.
# The third entry is the ink of the group's words, dark enough to be read on white.
GROUPS: dict[str, tuple[str, str, str]] = {
    "wrong_stopped": ("wrong, stopped", "#A63600", "#A63600"),
    "wrong_moving": ("wrong, moving", "#FDC9A4", "#B8621B"),
    "undecided": ("undecided", "#E4E4E4", "#777777"),
    "right_moving": ("right, moving", "#D3E4F1", "#5C88AB"),
    "right_stopped": ("right, stopped", "#3B78A8", "#3B78A8"),
}


class SaturationDisplay:
    """Share of the samples that are right or wrong, and moving or stopped, at every epoch.

    A right sample that stopped has been learnt. A wrong one that stopped is lost: it is on the wrong side and no
    longer moves the model. What a layer shows is the share of samples in it; the layers sum to 1.

    Parameters
    ----------
    epochs : array_like of shape (n_records,)
        Epochs that were made, ascending.
    wrong, stopped : array_like of bool, (n_records, n_samples)
        Whether each sample was on the wrong side of p = ½, and whether it had stopped.
    undecided : array_like of bool, (n_records, n_samples), or None
        Samples on neither side, as all are at the start of a run from zeros.
    rule : str
        What stopped means, for the legend; "" says nothing.
    title : str or None

    Attributes
    ----------
    share : dict of str to ndarray of shape (n_records,)
        Share of samples in "wrong_stopped", "wrong_moving", "undecided", "right_moving", "right_stopped".
    figure_ : Figure
    ax_ : Axes
    layers_ : dict of str to PolyCollection
        The layers, from the bottom.
    texts_ : dict of str to Text
        The last count of each group that is not empty, in the right margin.
    legend_ : Legend

    Raises
    ------
    InvalidInputError
        The shapes do not fit.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> wrong = [[True, True], [True, False]]
    >>> display = SaturationDisplay(epochs=[0, 1], wrong=wrong, stopped=[[False, False], [True, False]]).plot()
    >>> display.share["wrong_stopped"]
    array([0. , 0.5])
    >>> plt.close(display.figure_)
    """

    figure_: Figure
    ax_: Axes
    layers_: dict[str, Any]
    texts_: dict[str, Any]
    legend_: Legend

    def __init__(
        self,
        *,
        epochs: ArrayLike,
        wrong: ArrayLike,
        stopped: ArrayLike,
        undecided: ArrayLike | None = None,
        rule: str = "",
        title: str | None = None,
    ) -> None:
        self.epochs = np.asarray(epochs, dtype=np.float64)
        self.wrong = np.asarray(wrong, dtype=bool)
        self.stopped = np.asarray(stopped, dtype=bool)
        self.undecided = np.zeros_like(self.wrong) if undecided is None else np.asarray(undecided, dtype=bool)
        if self.epochs.ndim != 1 or self.epochs.size == 0:
            raise InvalidInputError(f"`epochs` must have shape (n_records,), n_records ≥ 1; got {self.epochs.shape}.")
        if self.wrong.ndim != 2 or self.wrong.shape[0] != self.epochs.size or self.wrong.shape[1] == 0:
            raise InvalidInputError(
                f"`wrong` must have shape (n_records, n_samples) = ({self.epochs.size}, n_samples);"
                f" got {self.wrong.shape}."
            )
        for name, flags in (("stopped", self.stopped), ("undecided", self.undecided)):
            if flags.shape != self.wrong.shape:
                raise InvalidInputError(
                    f"`{name}` must have the shape of `wrong`, {self.wrong.shape}; got {flags.shape}."
                )
        self.rule = rule
        self.title = title
        right = ~self.wrong & ~self.undecided
        groups = {
            "wrong_stopped": self.wrong & self.stopped,
            "wrong_moving": self.wrong & ~self.stopped,
            "undecided": self.undecided & ~self.wrong,
            "right_moving": right & ~self.stopped,
            "right_stopped": right & self.stopped,
        }
        self.share = {name: group.mean(axis=1) for name, group in groups.items()}

    @classmethod
    def from_log(
        cls,
        log: Any,
        *,
        threshold: float = 0.01,
        column: int = 0,
        xscale: Literal["symlog", "linear"] = "symlog",
        title: str | None = None,
        ax: Any = None,
    ) -> SaturationDisplay:
        """Draw an update log.

        Parameters
        ----------
        log : UpdateLog
            As in `clf.update_log_`.
        threshold : float
            A sample has stopped where abs(∂ℓ/∂z) is at most this share of what it is at p = ½, for its own label: the
            place where every run from zeros starts. In (0, 1).
        column : int
            Which column of a log of several.
        xscale, ax
            See `plot`.
        title : str or None
            None: activation and loss, and the class of a column of several.

        Returns
        -------
        SaturationDisplay
            Drawn.

        Raises
        ------
        InvalidInputError
            The log is empty, the column does not exist, or the threshold is not in (0, 1).
        """
        check_given("log", log)
        if len(log.epoch) == 0:
            raise InvalidInputError("`log` must hold a record; got none: the run ended before its first step.")
        if not 0 < threshold < 1:
            raise InvalidInputError(f"`threshold` must be in (0, 1), a share; got {threshold!r}.")
        z, target = column_of(log.margin, log, column), column_of(log.target, log, column)
        middle = 0.0 if log.is_joint(column) else log.midpoint(column)
        at_half = np.array([float(log.theory(np.array([middle]), label, column=column)[0]) for label in (0.0, 1.0)])
        slope = np.abs(column_of(log.grad_z, log, column))
        wrong, undecided = sides(column_of(log.probability, log, column), np.broadcast_to(target, z.shape))
        return cls(
            epochs=log.epoch,
            wrong=wrong,
            undecided=undecided,
            stopped=slope <= threshold * ((1 - target) * at_half[0] + target * at_half[1]),
            rule=f"stopped: |∂ℓ/∂z| below {100 * threshold:g} % of its value at p = ½",
            title=title_of(log, column) if title is None else title,
        ).plot(ax, xscale=xscale)

    def plot(self, ax: Any = None, *, xscale: Literal["symlog", "linear"] = "symlog") -> SaturationDisplay:
        """Draw.

        Parameters
        ----------
        ax : None, Figure or Axes
            None makes a figure, an empty one is sized and filled.
        xscale : {"symlog", "linear"}
            Scale of the epochs; "symlog" is logarithmic and has a 0.

        Returns
        -------
        SaturationDisplay
            Itself.
        """
        from matplotlib.patches import Patch
        from matplotlib.ticker import PercentFormatter

        if xscale not in ("symlog", "linear"):
            raise InvalidInputError(f"`xscale` must be one of 'linear', 'symlog'; got {xscale!r}.")
        with look():
            figure, (axis,), host = axes_grid(ax, 1, 1, figsize=(6.4, 3.7))
            stacked = axis.stackplot(
                self.epochs,
                *self.share.values(),
                colors=[color for _, color, _ in GROUPS.values()],
                edgecolor="white",
                linewidth=0.5,
            )
            self.layers_ = dict(zip(self.share, stacked, strict=True))
            axis.grid(visible=False)
            if xscale == "symlog":
                axis.set_xscale("symlog", linthresh=1.0)
            if self.epochs.size > 1:
                axis.set_xlim(self.epochs[0], self.epochs[-1])
            axis.set_ylim(0.0, 1.0)
            epoch_ticks(axis)
            axis.yaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
            axis.set(xlabel="epochs made", ylabel="share of the samples")
            self.texts_ = self._count(axis)
            # From the top layer to the bottom one, as the eye reads the figure.
            names = [name for name in list(GROUPS)[::-1] if name != "undecided" or self.undecided.any()]
            handles = [Patch(facecolor=GROUPS[name][1]) for name in names]
            self.legend_ = place_legend(figure, host, handles, [GROUPS[name][0] for name in names], ncols=len(names))
            self.legend_.set_title(self.rule)
            self.legend_.get_title().set_fontsize(8)
            if host is None and self.title:
                head_figure(figure, self.title)
            elif self.title:
                axis.set_title(self.title)
        self.figure_, self.ax_ = figure, axis
        return self

    def _count(self, axis: Axes) -> dict[str, Any]:
        """Write how many samples of each group the last record has, beside its layer."""
        n = self.wrong.shape[1]
        labels, base = {}, 0.0
        for name, share in self.share.items():
            count = round(float(share[-1]) * n)
            if count:
                text, _, ink = GROUPS[name]
                labels[name] = EndLabel(f"{count} {text}", base + float(share[-1]) / 2, ink)
            base += float(share[-1])
        return dict(zip(labels, label_ends(axis, list(labels.values())), strict=True))


__all__ = ["GROUPS", "SaturationDisplay"]
