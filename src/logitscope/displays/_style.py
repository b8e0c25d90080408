"""The one look of every figure: colours, dashes, markers, fonts and how names are written.

It never knows what is drawn, and holds no data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


class LineStyle(NamedTuple):
    """How one line looks: every pair of styles differs in more than its hue, for print without colour."""

    color: str
    dashes: Any
    marker: str


class ClassStyle(NamedTuple):
    """How the samples of one class look; the right side of the midpoint is filled, the wrong side hollow."""

    color: str
    marker: str


# Okabe & Ito (2008), "Color universal design", less its yellow (too pale for a line on white), extended by
# wine, olive and indigo of Tol (2021), "Colour schemes". The pair that is compared most, sigmoid and tanh,
# has the pair of colours that all common forms of colour blindness keep apart best.
ACTIVATION_STYLES: dict[str, LineStyle] = {
    "sigmoid": LineStyle("#0072B2", "-", "o"),
    "tanh": LineStyle("#D55E00", (0, (6, 1.6)), "^"),
    "probit": LineStyle("#009E73", (0, (4, 1.4, 1, 1.4)), "s"),
    "cauchit": LineStyle("#CC79A7", (0, (1.2, 1.2)), "D"),
    "softsign": LineStyle("#56B4E9", (0, (8, 1.4, 1, 1.4, 1, 1.4)), "v"),
    "algebraic": LineStyle("#E69F00", (0, (3, 1.4)), "P"),
    "cloglog": LineStyle("#333333", (0, (5, 1.4, 2, 1.4)), "<"),
    "loglog": LineStyle("#882255", (0, (2, 1.2)), ">"),
    "hard": LineStyle("#999933", (0, (10, 2)), "X"),
    "softmax": LineStyle("#332288", "-", "h"),
}
_LEFTOVER_STYLES = (
    LineStyle("#44AA99", (0, (7, 1.5, 3, 1.5)), "p"),
    LineStyle("#661100", (0, (2.5, 1.2, 1, 1.2)), "*"),
    LineStyle("#AA4499", (0, (4, 3)), "d"),
    LineStyle("#6699CC", (0, (9, 3)), "8"),
    LineStyle("#777777", (0, (1, 2.5)), "H"),
)

LOSS_DASHES: dict[str, Any] = {
    "cross_entropy": "-",
    "squared_error": (0, (5, 1.8)),
    "brier": (0, (5, 1.5, 1, 1.5)),
    "focal": (0, (1.2, 1.2)),
}
_LEFTOVER_DASHES = ((0, (8, 1.5, 2, 1.5)), (0, (3, 1.2, 3, 3)), (0, (2, 3)))

# Purple and gold: kept apart by every common form of colour blindness and by lightness, and neither is the
# colour of sigmoid or tanh, so that a figure with both encodings has no colour that means two things.
CLASS_STYLES = (ClassStyle("#5E4FA2", "o"), ClassStyle("#C28A00", "^"))

INK = "#222222"
FAINT = "#8A8A8A"

_LOOK = {
    "figure.dpi": 120,
    "font.size": 9.0,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titlepad": 7.0,
    "axes.labelsize": 9.0,
    "axes.labelcolor": INK,
    "axes.edgecolor": "#666666",
    "axes.linewidth": 0.7,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.grid.which": "major",
    "grid.color": "#E9E9E9",
    "grid.linewidth": 0.6,
    "text.color": INK,
    "xtick.color": "#444444",
    "ytick.color": "#444444",
    "xtick.labelsize": 8.0,
    "ytick.labelsize": 8.0,
    "xtick.major.size": 3.0,
    "ytick.major.size": 3.0,
    "ytick.minor.size": 0.0,
    "legend.frameon": False,
    "legend.fontsize": 8.0,
    "figure.titlesize": 11.0,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "hatch.linewidth": 0.4,
}


def look() -> AbstractContextManager[None]:
    """Context in which axes and artists get our look; the caller's settings come back after it."""
    import matplotlib

    context: AbstractContextManager[None] = matplotlib.rc_context(_LOOK)
    return context


def activation_styles(names: Iterable[str]) -> dict[str, LineStyle]:
    """Style of each activation: fixed for those in `ACTIVATION_STYLES`, the next leftover for any other.

    Parameters
    ----------
    names : iterable of str
        Names of activations, in the order of the figure.

    Returns
    -------
    dict of str to LineStyle
        One entry a name.

    Examples
    --------
    >>> styles = activation_styles(["tanh", "mine"])
    >>> styles["tanh"].color, styles["mine"].color
    ('#D55E00', '#44AA99')
    """
    return _with_leftovers(names, ACTIVATION_STYLES, _LEFTOVER_STYLES)


def loss_dashes(names: Iterable[str]) -> dict[str, Any]:
    """Dash pattern of each loss: fixed for those in `LOSS_DASHES`, the next leftover for any other.

    Parameters
    ----------
    names : iterable of str
        Names of losses, in the order of the figure.

    Returns
    -------
    dict of str to dash pattern
        One entry a name.

    Examples
    --------
    >>> loss_dashes(["mine", "cross_entropy"])
    {'mine': (0, (8, 1.5, 2, 1.5)), 'cross_entropy': '-'}
    """
    return _with_leftovers(names, LOSS_DASHES, _LEFTOVER_DASHES)


def _with_leftovers(names: Iterable[str], fixed: Mapping[str, Any], leftovers: Sequence[Any]) -> dict[str, Any]:
    unique = list(dict.fromkeys(names))
    others = [name for name in unique if name not in fixed]
    leftover = {name: leftovers[i % len(leftovers)] for i, name in enumerate(others)}
    return {name: fixed[name] if name in fixed else leftover[name] for name in unique}


def lighten(color: str, fraction: float) -> str:
    """Mix a colour with white; `fraction` in [0, 1] is the share of white.

    Examples
    --------
    >>> lighten("#000000", 0.5)
    '#808080'
    """
    channels = (int(color[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(c + (255 - c) * fraction):02x}" for c in channels)


def readable(name: str) -> str:
    """Write an identifier for people.

    Examples
    --------
    >>> readable("cross_entropy"), readable("squared_error"), readable("test_log_loss")
    ('cross-entropy', 'squared error', 'test log loss')
    """
    return "cross-entropy" if name == "cross_entropy" else name.replace("_", " ")


def after(n_epochs: int) -> str:
    """Write when something was seen, by the epochs that were made before.

    Examples
    --------
    >>> after(1), after(118)
    ('after 1 epoch', 'after 118 epochs')
    """
    return f"after {n_epochs} epoch{'' if n_epochs == 1 else 's'}"


def rate_text(learning_rate: float | Sequence[float] | None) -> str:
    """Write a learning rate, or nothing if there is none to write.

    Examples
    --------
    >>> rate_text(0.25), rate_text(None)
    ('η = 0.25', '')
    """
    if learning_rate is None or np.ndim(learning_rate) > 0:
        return ""
    return f"η = {float(np.asarray(learning_rate)):.3g}"


def point_size(n_samples: int) -> tuple[float, float]:
    """Area (points squared) and opacity of a scatter's markers: smaller and lighter the more samples.

    Examples
    --------
    >>> point_size(100)[0] > point_size(5000)[0]
    True
    """
    crowding = np.sqrt(max(n_samples, 1) / 500.0)
    return float(np.clip(15.0 / crowding, 4.0, 26.0)), float(np.clip(0.7 / crowding, 0.2, 0.85))


__all__ = [
    "ACTIVATION_STYLES",
    "CLASS_STYLES",
    "FAINT",
    "INK",
    "LOSS_DASHES",
    "ClassStyle",
    "LineStyle",
    "activation_styles",
    "after",
    "lighten",
    "look",
    "loss_dashes",
    "point_size",
    "rate_text",
    "readable",
]
