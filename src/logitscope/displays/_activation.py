"""Activations side by side: value, first and second derivative.

It never knows what an activation is used for.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError
from logitscope._typing import ArrayLike, FloatArray
from logitscope.displays._axes import EndLabel, axes_grid, label_ends, place_legend
from logitscope.displays._style import INK, activation_styles, look

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.legend import Legend

_PANELS = (
    ("value φ(z)", "values"),
    ("slope φ′(z)", "derivatives"),
    ("curvature φ″(z)", "second_derivatives"),
)


class ActivationDisplay:
    """Value, derivative and second derivative of activations; every slope's peak has its height written out.

    Parameters
    ----------
    z : array_like of shape (n_points,)
        Pre-activations, ascending.
    values, derivatives, second_derivatives : mapping of str to array_like of shape (n_points,)
        One entry a name.
    names : iterable of str
        What to draw, in this order.

    Attributes
    ----------
    figure_ : Figure
    axes_ : ndarray of Axes, shape (3,)
        Value, derivative, second derivative.
    ax_ : Axes
        The value.
    line_ : dict of str to Line2D
        The lines of the value.
    lines_ : list of dict of str to Line2D
        The lines of the three panels.
    peak_ : dict of str to tuple of float
        z and height of the maximum of the derivative; the middle of the plateau where the maximum is one.
    legend_ : Legend

    Raises
    ------
    InvalidInputError
        A name has no curve, or a curve has not one value a point.

    Examples
    --------
    >>> import matplotlib.pyplot as plt
    >>> display = ActivationDisplay.from_names(["sigmoid", "tanh"])
    >>> display.peak_
    {'sigmoid': (0.0, 0.25), 'tanh': (0.0, 1.0)}
    >>> plt.close(display.figure_)
    """

    figure_: Figure
    ax_: Axes
    axes_: Any
    line_: dict[str, Any]
    lines_: list[dict[str, Any]]
    peak_: dict[str, tuple[float, float]]
    legend_: Legend

    def __init__(
        self,
        *,
        z: ArrayLike,
        values: Mapping[str, ArrayLike],
        derivatives: Mapping[str, ArrayLike],
        second_derivatives: Mapping[str, ArrayLike],
        names: Iterable[str],
    ) -> None:
        self.z = np.asarray(z, dtype=np.float64)
        self.names = tuple(names)
        self.values = self._curves("values", values)
        self.derivatives = self._curves("derivatives", derivatives)
        self.second_derivatives = self._curves("second_derivatives", second_derivatives)

    def _curves(self, argument: str, curves: Mapping[str, ArrayLike]) -> dict[str, FloatArray]:
        missing = [name for name in self.names if name not in curves]
        if missing:
            raise InvalidInputError(f"`{argument}` must have an entry for every name; got none for {missing[0]!r}.")
        arrays: dict[str, FloatArray] = {name: np.asarray(curves[name], dtype=np.float64) for name in self.names}
        for name, array in arrays.items():
            if array.shape != self.z.shape:
                raise InvalidInputError(
                    f"`{argument}` must have the shape of `z`, {self.z.shape}; got {array.shape} for {name!r}."
                )
        return arrays

    @classmethod
    def from_names(
        cls, names: Sequence[Any] = ("sigmoid", "tanh"), *, z: ArrayLike | None = None, ax: Any = None
    ) -> ActivationDisplay:
        """Draw activations by name; an activation object is accepted as well.

        Parameters
        ----------
        names : sequence of str or Activation
            What to draw, in this order.
        z : array_like of shape (n_points,) or None
            Pre-activations; None: 1201 points from −6 to 6.
        ax : None, Figure, Axes or sequence of three Axes
            Where to draw; see `plot`.

        Returns
        -------
        ActivationDisplay
            Drawn.

        Raises
        ------
        UnknownNameError
            There is no such activation.
        IncompatibleError
            An activation couples columns (softmax), so that it is no function of one z.
        """
        from logitscope.activations import get_activation

        grid = np.linspace(-6.0, 6.0, 1201) if z is None else np.asarray(z, dtype=np.float64)
        activations = {}
        for name in names:
            activation = get_activation(name)
            if activation.couples_columns:
                raise IncompatibleError(
                    f"Cannot draw {activation.name!r} against z: the figure needs a function of one z, and "
                    f"{activation.name!r} couples the columns."
                )
            activations[activation.name] = activation
        return cls(
            z=grid,
            values={name: activation.value(grid) for name, activation in activations.items()},
            derivatives={name: activation.derivative(grid) for name, activation in activations.items()},
            second_derivatives={name: act.second_derivative(grid) for name, act in activations.items()},
            names=activations,
        ).plot(ax)

    def plot(self, ax: Any = None) -> ActivationDisplay:
        """Draw.

        Parameters
        ----------
        ax : None, Figure, Axes or sequence of three Axes
            None makes a figure, an empty one is sized and filled. A single Axes is divided.

        Returns
        -------
        ActivationDisplay
            Itself.
        """
        styles = activation_styles(self.names)
        self.peak_ = {name: _peak(self.z, self.derivatives[name]) for name in self.names}
        with look():
            figure, axes, host = axes_grid(ax, 1, 3, figsize=(10.8, 3.4), legend_row=True)
            self.lines_ = []
            for axis, (label, attribute) in zip(axes, _PANELS, strict=True):
                curves = getattr(self, attribute)
                lines = {}
                for name in self.names:
                    style = styles[name]
                    (lines[name],) = axis.plot(self.z, curves[name], color=style.color, ls=style.dashes)
                self.lines_.append(lines)
                axis.axhline(0.0, color="#BBBBBB", lw=0.8, zorder=0.5)
                axis.axvline(0.0, color="#BBBBBB", lw=0.8, zorder=0.5)
                axis.set_xlim(self.z[0], self.z[-1])
                axis.set_xlabel("pre-activation z")
                axis.set_title(label)
            handles, texts = list(self.lines_[0].values()), list(self.names)
            n_columns = min(len(self.names), 6 if host is None else 3)
            self.legend_ = place_legend(figure, host, handles, texts, ncols=n_columns, handlelength=3.2)
            self._label_peaks(axes[1], {name: style.color for name, style in styles.items()})
        self.figure_, self.ax_ = figure, axes[0]
        self.axes_ = np.array(axes, dtype=object)
        self.line_ = self.lines_[0]
        return self

    def _label_peaks(self, axis: Axes, colors: Mapping[str, str]) -> None:
        """Dot every peak, lead it to the right margin and write its height there once."""
        heights: dict[float, list[str]] = {}
        for name, (_, height) in self.peak_.items():
            if np.isfinite(height):
                heights.setdefault(round(height, 6), []).append(name)
        labels = []
        for height, names in heights.items():
            color = colors[names[0]] if len(names) == 1 else INK
            for name in names:
                at = self.peak_[name][0]
                axis.plot([at], [height], "o", ms=4.5, color=colors[name], zorder=5)
                axis.plot([at, self.z[-1]], [height, height], color=color, lw=0.7, ls=(0, (1, 2)), zorder=1)
            text = textwrap.fill(f"{_fraction(height)}  {', '.join(names)}", 24)
            labels.append(EndLabel(text, height, color))
        axis.margins(y=0.08)
        label_ends(axis, labels)


def _peak(z: FloatArray, slope: FloatArray) -> tuple[float, float]:
    """Place and height of the maximum; the middle of the plateau where there is one."""
    if not np.isfinite(slope).any():
        return float("nan"), float("nan")
    height = float(np.nanmax(slope))
    plateau = np.flatnonzero(slope >= height - 1e-12 * abs(height))
    return float(0.5 * (z[plateau[0]] + z[plateau[-1]])) + 0.0, height


def _fraction(height: float) -> str:
    """Write a height as a fraction where it is a simple one.

    Examples
    --------
    >>> _fraction(0.25), _fraction(1.0), _fraction(0.3183)
    ('1/4', '1', '0.318')
    """
    fraction = Fraction(height).limit_denominator(8)
    return str(fraction) if abs(float(fraction) - height) < 1e-9 else f"{height:.3f}"


__all__ = ["ActivationDisplay"]
