"""A figure that becomes a file and nothing else: no window knows it, and it is laid out and drawn once.

It never knows what is drawn.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from logitscope.displays._axes import settle

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def blank(dpi: float) -> Figure:
    """Return an empty figure for a display to fill: ``display.plot(blank(150))``.

    It is made without pyplot, which looks after windows: there are none, nothing has to be closed, and a process that
    only writes files starts sooner.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(dpi=dpi)
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, path: Path) -> None:
    """Write a filled figure as it stands at its own resolution; afterwards its layout is fixed.

    ``savefig`` alone would go through all artists twice, the first time for the layout.
    """
    settle(figure)
    figure.set_layout_engine("none")
    figure.savefig(path, dpi=figure.dpi)


__all__ = ["blank", "save"]
