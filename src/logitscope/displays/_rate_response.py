"""What a learning rate does to the end of a run: final loss or accuracy against the rate, one curve an arm.

It never knows how a run was made, nor who chose a rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike, FloatArray
from logitscope.displays._axes import EndLabel, axes_grid, head_figure, label_ends, place_legend
from logitscope.displays._curves import draw_curve, is_accuracy, summarize
from logitscope.displays._style import FAINT, LineStyle, activation_styles, look, readable

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend


class RateResponseDisplay:
    """Final loss or accuracy against the learning rate, one curve an arm, with the rate that was chosen.

    A comparison of arms at one rate is a comparison of rates; the curves show what each arm can do, and how wide the
    range of rates is in which it does. Median and band are over seeds. A curve that leaves the scale ends in an arrow
    head, one whose runs were not finite in a cross.

    Parameters
    ----------
    learning_rates : array_like of shape (n_rates,) or (n_arms, n_rates)
        Ascending, > 0.
    scores : array_like of shape (n_arms, n_rates) or (n_arms, n_seeds, n_rates)
        Held-out loss or accuracy at the end of each run; NaN or ±inf where a run was not finite.
    names : sequence of str of length n_arms
        Of the arms; those of activations have their own colours.
    chosen : array_like of shape (n_arms,) or None
        Rate that each arm was given in the comparison; NaN marks none.
    metric : str
        What the scores are: "test_log_loss" is written "test log loss", and larger is better if it ends in
        "accuracy".
    title : str or None

    Attributes
    ----------
    figure_ : Figure
    ax_ : Axes
    lines_ : dict of str to Line2D
        Name to the median curve.
    bands_ : dict of str to PolyCollection or None
    chosen_ : dict of str to Line2D
        Name to the ring at the chosen rate, at the height of the curve there.
    labels_ : dict of str to Annotation
        The texts in the right margin: each arm's name and what it reaches at the rate that was chosen, or at its best.
    legend_ : Legend or None
        What the ring means; None where no rate was chosen.

    Raises
    ------
    InvalidInputError
        The shapes do not fit, or the rates do not ascend from above 0.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> display = RateResponseDisplay(
    ...     learning_rates=[0.1, 1.0, 10.0], scores=[[0.6, 0.3, np.nan]], names=["tanh"], chosen=[1.0]
    ... ).plot()
    >>> display.labels_["tanh"].get_text()
    'tanh: 0.3 at η = 1'
    >>> plt.close(display.figure_)
    """

    figure_: Figure
    ax_: Axes
    lines_: dict[str, Any]
    bands_: dict[str, Any]
    chosen_: dict[str, Any]
    labels_: dict[str, Any]
    legend_: Legend | None

    def __init__(
        self,
        *,
        learning_rates: ArrayLike,
        scores: ArrayLike,
        names: Sequence[str],
        chosen: ArrayLike | None = None,
        metric: str = "test_log_loss",
        title: str | None = None,
    ) -> None:
        self.names = tuple(names)
        n_arms = len(self.names)
        scores = np.asarray(scores, dtype=np.float64)
        self.scores: FloatArray = scores[:, None, :] if scores.ndim == 2 else scores
        if n_arms == 0 or self.scores.ndim != 3 or len(self.scores) != n_arms or 0 in self.scores.shape:
            raise InvalidInputError(
                f"`scores` must have shape ({n_arms}, n_rates) or ({n_arms}, n_seeds, n_rates), a row an arm;"
                f" got {scores.shape}."
            )
        n_rates = self.scores.shape[2]
        rates = np.asarray(learning_rates, dtype=np.float64)
        if rates.shape not in ((n_rates,), (n_arms, n_rates)):
            raise InvalidInputError(
                f"`learning_rates` must have shape ({n_rates},) or ({n_arms}, {n_rates}), as `scores`;"
                f" got {rates.shape}."
            )
        self.learning_rates: FloatArray = np.broadcast_to(rates, (n_arms, n_rates))
        if not ((self.learning_rates[:, :1] > 0).all() and (np.diff(self.learning_rates, axis=1) > 0).all()):
            raise InvalidInputError(f"`learning_rates` must ascend, from above 0; got {rates.tolist()}.")
        self.chosen = np.full(n_arms, np.nan) if chosen is None else np.asarray(chosen, dtype=np.float64)
        if self.chosen.shape != (n_arms,):
            raise InvalidInputError(f"`chosen` must have shape ({n_arms},), a rate an arm; got {self.chosen.shape}.")
        self.metric = metric
        self.title = title

    @classmethod
    def from_comparison(
        cls,
        comparison: Any,
        *,
        yscale: Literal["linear", "log"] = "linear",
        band: Literal["range", "quartiles"] = "range",
        title: str | None = None,
        ax: Any = None,
    ) -> RateResponseDisplay:
        """Draw what ``compare(..., learning_rate="tuned")`` found, with the median rate that each arm was given.

        Parameters
        ----------
        comparison : Comparison
            From `compare`.
        yscale, band, ax
            See `plot`.
        title : str or None
            Title of the figure.

        Returns
        -------
        RateResponseDisplay

        Raises
        ------
        InvalidInputError
            A comparison whose rates were not tuned.

        Examples
        --------
        >>> import logitscope as ls
        >>> import matplotlib.pyplot as plt
        >>> X, y = ls.load_dataset("moons", n_samples=100, random_state=0)[:2]
        >>> result = ls.compare(X, y, learning_rate="tuned", seeds=2, max_iter=20)
        >>> display = RateResponseDisplay.from_comparison(result)
        >>> display.ax_.get_ylabel()
        'validation log loss'
        >>> plt.close(display.figure_)
        """
        response = comparison.rate_response
        if response is None:
            raise InvalidInputError("`comparison` must have tuned rates; compare with learning_rate='tuned'.")
        return cls(
            learning_rates=response.rates,
            scores=response.scores,
            names=[arm.label for arm in comparison.arms],
            chosen=response.typical,
            metric=response.metric,
            title=title,
        ).plot(ax, yscale=yscale, band=band)

    def plot(
        self,
        ax: Any = None,
        *,
        yscale: Literal["linear", "log"] = "linear",
        band: Literal["range", "quartiles"] = "range",
    ) -> RateResponseDisplay:
        """Draw.

        Parameters
        ----------
        ax : None, Figure or Axes
            None makes a figure, an empty one is sized and filled.
        yscale : {"linear", "log"}
            Scale of the scores.
        band : {"range", "quartiles"}
            What the band over seeds spans.

        Returns
        -------
        RateResponseDisplay
            Itself.
        """
        if yscale not in ("linear", "log"):
            raise InvalidInputError(f"`yscale` must be one of 'linear', 'log'; got {yscale!r}.")
        styles = activation_styles(self.names)
        with look():
            figure, (axis,), host = axes_grid(ax, 1, 1, figsize=(6.8, 4.2))
            axis.set_xscale("log")
            axis.set_yscale(yscale)
            axis.set_ylim(*self._limits(log=yscale == "log", band=band))
            axis.set_xlim(self.learning_rates.min() / 1.3, self._last_rate(axis.get_ylim()[1]))
            self.lines_, self.bands_, self.chosen_ = {}, {}, {}
            labels = []
            for i, name in enumerate(self.names):
                summary = summarize(self.scores[i], band=band, larger_is_better=is_accuracy(self.metric))
                style = styles[name]
                drawn = draw_curve(
                    axis, self.learning_rates[i], summary, color=style.color, dashes=style.dashes, marker=style.marker
                )
                self.lines_[name], self.bands_[name] = drawn.line, drawn.band
                drawn.line.set_markersize(3.2)
                labels.append(self._marked(axis, i, summary.middle, style))
            axis.set(xlabel="learning rate η", ylabel=readable(self.metric))
            self.labels_ = dict(zip(self.names, label_ends(axis, labels), strict=True))
            self.legend_ = self._explain(figure, host)
            if host is None and self.title:
                head_figure(figure, self.title)
            elif self.title:
                axis.set_title(self.title)
        self.figure_, self.ax_ = figure, axis
        return self

    def _limits(self, *, log: bool, band: str) -> tuple[float, float]:
        """Limits that show every curve where it is good; a loss that explodes leaves at the top."""
        if is_accuracy(self.metric):
            finite = self.scores[np.isfinite(self.scores)]
            low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
            pad = 0.06 * (high - low) or 0.05
            return (low / 1.05, high * 1.05) if log and low > 0 else (low - pad, high + pad)
        # From the lowest loss to that of hardly any training, at the smallest rate; rates far too large would fill the
        # axes with nothing else.
        lows, highs = [], []
        for scores in self.scores:
            summary = summarize(scores, band=band)
            usable = np.flatnonzero(np.isfinite(summary.middle))
            if usable.size:
                lows.append(float(summary.low[usable].min()))
                ends = summary.high[[usable[0], int(np.argmin(summary.middle))]]
                highs += [*ends[np.isfinite(ends)], float(summary.middle.min())]
        if not lows:
            return 0.1, 1.0
        low, high = min(lows), max(highs)
        if log and low > 0:
            decades = np.log10(high / low) or 0.1
            return low / 10 ** (0.06 * decades), high * 10 ** (0.3 * decades)
        pad = high - low or 0.1
        return low - 0.06 * pad, high + 0.3 * pad

    def _last_rate(self, top: float) -> float:
        """Where to end: a little beyond the rates at which every curve has left the scale for good."""
        largest = float(self.learning_rates.max()) * 1.3
        if is_accuracy(self.metric):
            return largest
        middles = np.array([summarize(scores).middle for scores in self.scores])
        seen = self.learning_rates[middles <= top]
        return min(largest, 6 * float(seen.max(initial=0.0))) or largest

    def _marked(self, axis: Axes, i: int, middle: FloatArray, style: LineStyle) -> EndLabel:
        """Ring the chosen rate; return the words for the margin."""
        name, rates = self.names[i], self.learning_rates[i]
        usable = np.isfinite(middle)
        if not usable.any():
            return EndLabel(f"{name}: never finite", axis.get_ylim()[1], style.color)
        chosen = float(self.chosen[i])
        if np.isfinite(chosen):
            # On the line between the rates that were tried, as it is drawn: straight in log η.
            score = float(np.interp(np.log(chosen), np.log(rates), middle))
            (self.chosen_[name],) = axis.plot(
                [chosen], [score], marker="o", ms=9.5, mfc="none", mec=style.color, mew=1.6, ls="none", zorder=8
            )
            axis.axvline(chosen, color=style.color, lw=0.7, ls=(0, (1.5, 2.5)), zorder=1)
            words = f"{name}: {score:.3g} at η = {chosen:.3g}" if np.isfinite(score) else f"{name}: not finite"
        else:
            best = int(np.nanargmax(middle) if is_accuracy(self.metric) else np.nanargmin(middle))
            words = f"{name}: best {middle[best]:.3g} at η = {rates[best]:.3g}"
        return EndLabel(words, float(middle[np.flatnonzero(usable)[-1]]), style.color)

    def _explain(self, figure: Figure, host: Axes | None) -> Legend | None:
        from matplotlib.lines import Line2D

        if not self.chosen_:
            return None
        ring = Line2D([], [], ls="none", marker="o", ms=8, mfc="none", mec=FAINT, mew=1.5)
        return place_legend(figure, host, [ring], ["the rate that was chosen"])


__all__ = ["RateResponseDisplay"]
