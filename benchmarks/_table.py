"""Figures and results as Markdown.

It writes what it is given; it never rounds a verdict, and leaves no losing row out.
"""

import re
from collections.abc import Sequence
from datetime import date

from benchmarks._races import Figure, Result, Table

SAID = {"target": "reaches the target", "floor": "above the floor", "missed": "**misses the floor**"}


def headline(figures: Sequence[Figure]) -> str:
    """Return the table of everything promised: the one that the README shows."""
    rows = [
        [figure.name, shown(figure, figure.value), *(_limit(figure, limit) for limit in (figure.target, figure.floor)),
         SAID[figure.verdict]]
        for figure in figures
    ]  # fmt: skip
    lines = Table("", ["figure", "measured", "target", "floor", "verdict"], rows).markdown().strip().split("\n")
    return "\n".join(lines[2:]) + "\n"


def shown(figure: Figure, value: float) -> str:
    """Return a value with its unit."""
    digits = f"{value:.3g}" if abs(value) < 1000 else f"{value:,.0f}"
    return f"{digits}{figure.unit}" if figure.unit in ("×", "%") else f"{digits} {figure.unit}".strip()


def _limit(figure: Figure, value: float) -> str:
    return ("≥ " if figure.larger_is_better else "≤ ") + shown(figure, value)


def replaced(text: str, table: str) -> str:
    """Return a text with the headline in place of the first table below its heading "How fast"."""
    before, below = text.split("## How fast", 1)
    return before + "## How fast" + re.sub(r"(?:^\|.*\n)+", lambda _: table, below, count=1, flags=re.MULTILINE)


def page(results: Sequence[Result], machine: Sequence[str], *, is_quick: bool) -> str:
    """Return the whole page."""
    figures = [figure for result in results for figure in result.figures]
    parts = [
        "# Benchmarks",
        "Written by `python -m benchmarks`; do not edit."
        + (" **Tiny sizes (`--quick`): no figure counts.**" * is_quick),
        "\n".join(f"- {line}" for line in [*machine, f"Date: {date.today().isoformat()}."]),
        "The contestants of a race (of solvers: on one problem) alternate in one process and medians count. Nobody's"
        " time includes making or converting data."
        " *n*× means *n* times faster than the other.",
        "## Headline",
        headline(figures),
    ]
    for result in results:
        parts += [f"## {result.title}", *(f"{note}" for note in result.notes)]
        parts += [table.markdown() for table in result.tables]
    return "\n\n".join(part.strip() for part in parts) + "\n"


__all__ = ["headline", "page", "replaced", "shown"]
