"""The figure of the README: how many times faster, with target and floor.

It draws ratios that were measured; it never measures.
"""

from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import Any

from matplotlib.figure import Figure as Canvas

from benchmarks._races import Figure

COLORS = {"target": "#1b7837", "floor": "#b8860b", "missed": "#b2182b"}
WORDS = {"target": "reaches its target", "floor": "above its floor only", "missed": "misses its floor"}


def draw(figures: Sequence[Figure], path: str | Path) -> Canvas:
    """Draw one bar a ratio on a logarithmic scale, from 1× (as fast) to the right, and write it."""
    shown = [figure for figure in figures if figure.is_ratio]
    canvas = Canvas(figsize=(8.0, 1.3 + 0.52 * len(shown)), layout="constrained")
    ax: Any = canvas.add_subplot()
    for place, figure in enumerate(shown):
        value = max(figure.value, 1e-2)
        ax.barh(place, value - 1.0, left=1.0, height=0.55, color=COLORS[figure.verdict])
        ax.plot([figure.floor] * 2, [place - 0.38, place + 0.38], color="black", lw=1.2, ls=(0, (1.5, 1.2)), zorder=3)
        ax.plot([figure.target] * 2, [place - 0.38, place + 0.38], color="black", lw=1.8, zorder=3)
        in_margin = ax.get_yaxis_transform()
        ax.text(1.01, place, f"{figure.value:.3g}×", transform=in_margin, va="center", fontsize=9)
    ax.set_xscale("log")
    largest = max([*(max(figure.value, figure.target) for figure in shown), 10.0])
    ax.set_xlim(min([*(figure.value for figure in shown), 1.0]) * 0.9, largest * 1.2)
    ax.axvline(1.0, color="black", lw=0.8)
    ax.set_yticks(range(len(shown)), [fill(figure.name, 46) for figure in shown], fontsize=8.5)
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter(lambda tick, _: f"{tick:g}×")
    ax.set_xlabel("times faster than the other, same machine, same data")
    ax.spines[["top", "right"]].set_visible(False)
    ax.tick_params(axis="y", length=0)
    handles = [ax.plot([], [], color="black", lw=1.8)[0]]
    handles += ax.plot([], [], color="black", lw=1.2, ls=(0, (1.5, 1.2)))
    labels = ["target", "floor"]
    for verdict in [each for each in COLORS if any(figure.verdict == each for figure in shown)]:
        handles.append(ax.barh([0], [0], color=COLORS[verdict])[0])
        labels.append(WORDS[verdict])
    canvas.legend(handles, labels, loc="outside lower center", ncols=len(labels), frameon=False, fontsize=8.5)
    canvas.savefig(path, dpi=150)
    return canvas


__all__ = ["draw"]
