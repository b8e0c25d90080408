"""Update magnitude against z as a film: one frame a recorded epoch, in axes that stand still.

It never knows how a panel is drawn, only when.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np

from logitscope._exceptions import InvalidInputError, MissingDependencyError
from logitscope.displays._given import check_given
from logitscope.displays._style import look
from logitscope.displays._update_magnitude import UpdateMagnitudeDisplay

_MOST_FRAMES = 60


def animate_updates(
    log: Any,
    path: str | Path,
    *,
    epochs: Sequence[int] | None = None,
    fps: int = 10,
    quantity: Literal["update_norm", "gradient_norm", "grad_z"] | None = None,
    column: int = 0,
    yscale: Literal["log", "linear"] = "log",
    class_names: Sequence[str] | None = None,
    title: str | None = None,
) -> Path:
    """Write the update of every sample against its z, over the epochs, as a GIF or an MP4.

    Parameters
    ----------
    log : UpdateLog
        As in `clf.update_log_`.
    path : str or Path
        Ends in .gif, or in .mp4 where ffmpeg is installed.
    epochs : sequence of int or None
        Recorded epochs, a frame each. None: at most 60, close together at first, where training is fast.
    fps : int
        Frames a second, ≥ 1. The last frame stays for a second.
    quantity, column, yscale, class_names, title
        As in `UpdateMagnitudeDisplay.from_log`.

    Returns
    -------
    Path
        Where it was written.

    Raises
    ------
    InvalidInputError
        Another suffix, a rate that is not above 0, or what `UpdateMagnitudeDisplay.from_log` refuses.
    MissingDependencyError
        An .mp4 without ffmpeg.

    Examples
    --------
    >>> import tempfile
    >>> import logitscope as ls
    >>> clf = ls.LogisticRegression(max_iter=3, tol=0, record=True).fit([[0.0], [1.0], [2.0]], [0, 1, 0])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     print(animate_updates(clf.update_log_, f"{folder}/updates.gif").name)
    updates.gif
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    check_given("log", log)
    path = Path(path)
    if not fps >= 1:
        raise InvalidInputError(f"`fps` must be ≥ 1; got {fps!r}.")
    writer = _writer(path, fps)
    if not path.parent.is_dir():
        raise InvalidInputError(f"`path` must lie in a folder that exists; got {str(path)!r}.")
    chosen = _spread_out(np.asarray(log.epoch)) if epochs is None else epochs
    display = UpdateMagnitudeDisplay.of_log(
        log, epochs=chosen, quantity=quantity, column=column, class_names=class_names, title=title
    )
    limits, panels = display.limits(yscale), display.panels()
    with look():
        figure = Figure(figsize=(6.4, 4.8), layout="constrained")
        FigureCanvasAgg(figure)
        axis = figure.add_subplot()
        with writer.saving(figure, str(path), figure.dpi):
            for i, panel in enumerate(panels):
                axis.clear()
                display.draw_panel(axis, i, panel, limits, yscale)
                if i == 0:
                    display.dress(figure, axis)
                    figure.draw_without_rendering()
                    figure.set_layout_engine("none")  # or the axes would move with the width of a number
                    labels = axis.get_xlabel(), axis.get_ylabel()
                axis.set(xlabel=labels[0], ylabel=labels[1])
                axis.set_title(axis.get_title(loc="left").replace("\n", " "))  # there is room for one line
                for _ in range(fps if i == len(panels) - 1 else 1):
                    writer.grab_frame()
    return path


def _writer(path: Path, fps: int) -> Any:
    from matplotlib.animation import FFMpegWriter, PillowWriter

    if path.suffix == ".gif":
        return PillowWriter(fps=fps)
    if path.suffix != ".mp4":
        raise InvalidInputError(f"`path` must end in .gif or .mp4; got {str(path)!r}.")
    if not FFMpegWriter.isAvailable():
        raise MissingDependencyError("An .mp4 needs ffmpeg, a program that was not found. Install it, or write a .gif.")
    return FFMpegWriter(fps=fps)


def _spread_out(recorded: Any) -> list[int]:
    """At most 60 recorded epochs, the first and the last among them, evenly on a logarithmic scale.

    Examples
    --------
    >>> _spread_out(np.arange(4)), len(_spread_out(np.arange(1000)))
    ([0, 1, 2, 3], 49)
    """
    n = len(recorded)
    if n <= _MOST_FRAMES:
        return [int(epoch) for epoch in recorded]
    rows = np.unique(np.round(np.geomspace(1, n, _MOST_FRAMES)).astype(int)) - 1
    return [int(epoch) for epoch in recorded[rows]]


__all__ = ["animate_updates"]
