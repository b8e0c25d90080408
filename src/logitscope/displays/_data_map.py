"""The data map: how sure a run was of each sample's own label, against how much it changed its mind.

It never knows how the scores were computed, nor which run they come from.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike, FloatArray, IntArray
from logitscope.displays._axes import axes_grid, head_figure
from logitscope.displays._given import check_given
from logitscope.displays._style import INK, look, point_size

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

# From always wrong to always right, by way of a grey: the vermilion and the blue of `SaturationDisplay`.
_COLORS = ("#A63600", "#BDB5AE", "#3B78A8")
_VISIBLE = 0.01  # moves shorter than this share of the axes are points


class DataMapDisplay:
    """Every sample at its variability and confidence over a run, coloured by correctness (Swayamdipta et al. 2020).

    With the scores of a second run of the same samples, an arrow leads from where each sample was to where it is; the
    longest are drawn in ink. At the bottom are the samples that the run is sure to have wrong; often their label is.
    Variability tells what went to and fro only in runs that do (mini-batches): one from zeros by full batches moves
    every sample from ½ to its place, so that the surest vary most.

    Parameters
    ----------
    variability : array_like of shape (n_samples,)
        Standard deviation over epochs of the probability of the sample's own label, in [0, ½].
    confidence : array_like of shape (n_samples,)
        Mean over epochs of that probability, in [0, 1].
    correctness : array_like of shape (n_samples,)
        Share of the epochs in which the sample was on the right side, in [0, 1].
    to : sequence of three array_like or None
        Variability, confidence and correctness of the second run; the points stand there.
    names : sequence of str
        Names of the two runs, such as their activations.
    n_longest : int
        How many of the longest arrows are in ink.
    marked : array_like of int or None
        Positions of samples that get a ring, such as those whose labels were flipped.
    marked_name : str
        What the ring means, for the legend.
    title : str or None

    Attributes
    ----------
    move : ndarray of shape (n_samples,)
        Length of each arrow as drawn, confidence and variability each in units of its axis; 0 without a second run.
    figure_ : Figure
    ax_ : Axes
    points_ : PathCollection
        One point a sample.
    arrows_, longest_ : Quiver or None
        The faint arrows and those in ink.
    ring_ : PathCollection or None
    colorbar_ : Colorbar
    legend_ : Legend or None

    Raises
    ------
    InvalidInputError
        The shapes do not fit.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> display = DataMapDisplay(variability=[0.1, 0.3], confidence=[0.9, 0.5], correctness=[1.0, 0.4]).plot()
    >>> display.points_.get_offsets().tolist()
    [[0.1, 0.9], [0.3, 0.5]]
    >>> plt.close(display.figure_)
    """

    figure_: Figure
    ax_: Axes
    points_: Any
    arrows_: Any
    longest_: Any
    ring_: Any
    colorbar_: Any
    legend_: Any

    def __init__(
        self,
        *,
        variability: ArrayLike,
        confidence: ArrayLike,
        correctness: ArrayLike,
        to: Sequence[ArrayLike] | None = None,
        names: Sequence[str] = ("before", "after"),
        n_longest: int = 20,
        marked: ArrayLike | None = None,
        marked_name: str = "marked",
        title: str | None = None,
    ) -> None:
        first = {"variability": variability, "confidence": confidence, "correctness": correctness}
        n_samples = np.size(np.asarray(variability))
        self.start = np.stack([_scores(name, values, n_samples) for name, values in first.items()])
        if to is not None and len(to) != 3:
            raise InvalidInputError(f"`to` must hold variability, confidence and correctness; got {len(to)} arrays.")
        self.end = self.start if to is None else np.stack([_scores("to", values, n_samples) for values in to])
        self.reach = float(np.nanmax(np.concatenate([self.start[0], self.end[0]]), initial=1e-3))
        sideways, upwards = (self.end - self.start)[:2]
        self.move = np.hypot(sideways / self.reach, upwards)
        self.names = tuple(names)
        self.n_longest = n_longest
        self.marked = None if marked is None else _positions(marked, n_samples)
        self.marked_name = marked_name
        self.title = title

    @classmethod
    def from_dynamics(
        cls,
        scores: Any,
        to: Any = None,
        *,
        names: Sequence[str] = ("before", "after"),
        n_longest: int = 20,
        marked: ArrayLike | None = None,
        marked_name: str = "marked",
        title: str | None = None,
        ax: Any = None,
    ) -> DataMapDisplay:
        """Draw the scores of one run, or of two runs of the same samples.

        Parameters
        ----------
        scores, to : TrainingDynamics or None
            From `training_dynamics(log)`: any object with `variability`, `confidence` and `correctness`.
        names, n_longest, marked, marked_name, title
            As in the class.
        ax : None, Figure or Axes
            See `plot`.

        Returns
        -------
        DataMapDisplay
            Drawn.
        """
        check_given("scores", scores)
        if to is not None:
            check_given("scores", to, "to")
        return cls(
            variability=scores.variability,
            confidence=scores.confidence,
            correctness=scores.correctness,
            to=None if to is None else (to.variability, to.confidence, to.correctness),
            names=names,
            n_longest=n_longest,
            marked=marked,
            marked_name=marked_name,
            title=title,
        ).plot(ax)

    def plot(self, ax: Any = None) -> DataMapDisplay:
        """Draw.

        Parameters
        ----------
        ax : None, Figure or Axes
            None makes a figure, an empty one is sized and filled.

        Returns
        -------
        DataMapDisplay
            Itself.
        """
        from matplotlib.colors import LinearSegmentedColormap

        shades = LinearSegmentedColormap.from_list("correctness", _COLORS)
        with look():
            figure, (axis,), host = axes_grid(ax, 1, 1, figsize=(6.6, 5.0))
            self._limit(axis)
            variability, confidence, correctness = self.end
            size, alpha = point_size(confidence.size)
            self.points_ = axis.scatter(
                variability, confidence, c=correctness, cmap=shades, vmin=0.0, vmax=1.0, s=1.3 * size,
                alpha=max(alpha, 0.75), edgecolors="white", linewidths=0.3, zorder=3,
            )  # fmt: skip
            self._point(axis)
            self.ring_ = None
            if self.marked is not None:
                self.ring_ = axis.scatter(
                    variability[self.marked], confidence[self.marked], s=4.5 * size, facecolors="none",
                    edgecolors=INK, linewidths=0.9, zorder=5,
                )  # fmt: skip
            self.colorbar_ = figure.colorbar(self.points_, ax=axis, shrink=0.7, pad=0.02, aspect=22)
            self.colorbar_.set_label("correctness: share of epochs on the right side")
            self.colorbar_.solids.set_alpha(1.0)
            self.colorbar_.outline.set_visible(False)
            axis.set(xlabel="variability of p(own label) over epochs", ylabel="confidence: mean p(own label)")
            self.legend_ = self._explain(axis)
            if host is None and self.title:
                head_figure(figure, self.title)
            elif self.title:
                axis.set_title(self.title)
        self.figure_, self.ax_ = figure, axis
        return self

    def _limit(self, axis: Axes) -> None:
        """All samples sideways, all probabilities upwards."""
        axis.set_xlim(-0.03 * self.reach, 1.05 * self.reach)
        axis.set_ylim(-0.03, 1.03)
        axis.axhline(0.5, color="#BBBBBB", lw=0.8, zorder=0.5)

    def _point(self, axis: Axes) -> None:
        """Draw the arrows, faint ones under the points and the longest over them."""
        self.arrows_ = self.longest_ = None
        moving = self.move > _VISIBLE
        if not moving.any():
            return
        order = np.argsort(-self.move, kind="stable")[: self.n_longest]
        longest = moving & np.isin(np.arange(self.move.size), order)

        def draw(chosen: Any, color: str, width: float, zorder: float) -> Any:
            (x, y), (to_x, to_y) = self.start[:2, chosen], self.end[:2, chosen]
            return axis.quiver(
                x, y, to_x - x, to_y - y, angles="xy", scale_units="xy", scale=1.0, color=color, units="dots",
                width=width, headwidth=4.5, headlength=6.0, headaxislength=5.0, zorder=zorder,
            )  # fmt: skip

        if (moving & ~longest).any():
            self.arrows_ = draw(moving & ~longest, "#C9C9C9", 0.8, 2)
        if longest.any():
            self.longest_ = draw(longest, INK, 1.2, 4)

    def _explain(self, axis: Axes) -> Any:
        from matplotlib.lines import Line2D

        handles: list[Any] = []
        texts: list[str] = []
        if self.longest_ is not None:
            handles.append(Line2D([], [], color=INK, lw=1.0, marker=">", ms=4, markevery=[1]))
            texts.append(f"{self.names[0]} → {self.names[1]}, the {int(self.longest_.N)} longest moves")
        if self.arrows_ is not None:
            handles.append(Line2D([], [], color="#C9C9C9", lw=1.0))
            texts.append("the other moves")
        if self.ring_ is not None:
            handles.append(Line2D([], [], ls="none", marker="o", ms=7, mfc="none", mec=INK, mew=0.9))
            texts.append(self.marked_name)
        if not handles:
            return None
        return axis.legend(handles, texts, loc="upper left", bbox_to_anchor=(0.0, -0.13), borderaxespad=0.0, ncols=2)


def _scores(name: str, values: ArrayLike, n_samples: int) -> FloatArray:
    array = np.asarray(values, dtype=np.float64)
    if array.shape != (n_samples,):
        raise InvalidInputError(f"`{name}` must have one value a sample, shape ({n_samples},); got {array.shape}.")
    return array


def _positions(marked: ArrayLike, n_samples: int) -> IntArray:
    given = np.asarray(marked)
    if given.size == 0:
        return np.empty(0, dtype=np.intp)
    if given.ndim != 1 or given.dtype.kind not in "iu":
        raise InvalidInputError(f"`marked` must hold positions of samples, as integers; got {marked!r}.")
    outside = given[(given < 0) | (given >= n_samples)]
    if len(outside):
        raise InvalidInputError(f"`marked` must hold positions from 0 to {n_samples - 1}; got {outside[0]}.")
    return given.astype(np.intp)


__all__ = ["DataMapDisplay"]
