"""Tables and progress bars on a terminal, plain text in a pipe.

It prints what it is given; it never computes.
"""

import sys
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

PROSE = 100  # columns that a sentence takes at most
_ENDLESS = 10_000  # columns of a pipe


def console(width: int | None = None) -> Any:
    """Return a console on stdout: as wide as the terminal, or of any width in a pipe."""
    from rich.console import Console

    if sys.stdout.isatty():
        return Console(width=width)
    return Console(width=width or _ENDLESS, no_color=True, highlight=False)


def print_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table, aligned to the right; numbers are never shortened.

    Where the console is too narrow, rows and columns change places, and as many rows as fit stand side by side.
    """
    room = console().width
    for heads, cells in _blocks(headings, rows, room):
        table = _table(heads, cells)
        console(max(room, _width(table))).print("", table, "", sep="\n")


def _blocks(
    headings: Sequence[str], rows: Sequence[Sequence[str]], room: int
) -> Iterator[tuple[Sequence[str], Sequence[Sequence[str]]]]:
    """Yield the table if it fits, else its rows as columns: as many at once as fit, and at least one."""
    if _width(_table(headings, rows)) <= room:
        yield headings, rows
        return
    waiting = list(rows)
    while waiting:
        n = next((n for n in range(len(waiting), 1, -1) if _width(_turned(headings, waiting[:n])) <= room), 1)
        yield _turn(headings, waiting[:n])
        waiting = waiting[n:]


def _turn(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> tuple[Sequence[str], Sequence[Sequence[str]]]:
    first, *others = zip(headings, *rows, strict=True)
    return first, others


def _turned(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    return _table(*_turn(headings, rows))


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> Any:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False, show_edge=False)
    for index, heading in enumerate(headings):
        table.add_column(Text(heading), justify="left" if index == 0 else "right", no_wrap=True)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    return table


def _width(table: Any) -> int:
    """Return how wide a table is where there is room."""
    out = console(_ENDLESS)
    width: int = out.measure(table).maximum
    return width


def counted(n: int, word: str) -> str:
    """Return a number with what it counts.

    Examples
    --------
    >>> counted(1, "feature"), counted(2, "feature")
    ('1 feature', '2 features')
    """
    return f"{n} {word}" if n == 1 else f"{n} {word}s"


def print_facts(title: str, facts: Sequence[tuple[str, str]]) -> None:
    """Print names and values: one a line in a pipe, wrapped beside the names on a terminal.

    A value without a name goes on with the one before.
    """
    from rich.text import Text

    out = console()
    indent = max(len(name) for name, _ in facts) + 4
    out.print(Text(title, style="bold"))
    for name, value in _beside(facts, min(out.width, PROSE + indent) - indent) if sys.stdout.isatty() else facts:
        out.print(Text(f"  {name}".ljust(indent) + value), soft_wrap=True)


def _beside(facts: Sequence[tuple[str, str]], width: int) -> Iterator[tuple[str, str]]:
    """Yield the facts with values in lines of this width, of which the first has the name."""
    whole: list[tuple[str, str]] = []
    for name, value in facts:
        whole = [*whole, (name, value)] if name else [*whole[:-1], (whole[-1][0], f"{whole[-1][1]} {value}")]
    for name, value in whole:
        first, *others = wrapped(value, width)
        yield name, first
        yield from (("", line) for line in others)


def wrapped(text: str, width: int, indent: int = 0) -> list[str]:
    """Return the lines of a sentence that is indented by so many columns, without the indent."""
    return textwrap.wrap(text, max(width - indent, 20), break_long_words=False, break_on_hyphens=False) or [""]


def print_files(paths: Sequence[Any]) -> None:
    """Say which files were written."""
    from rich.text import Text

    console().print(Text("wrote " + ", ".join(str(path) for path in paths)), soft_wrap=True)


@contextmanager
def progress(label: str, total: int, quiet: bool) -> Iterator[Any]:
    """Yield a function that takes how much is done: a bar on a terminal, nothing in a pipe."""
    if quiet or not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=total)
        yield lambda done: bar.update(task, completed=done)


class Ticker:
    """Moves a progress bar: an observer of steps."""

    def __init__(self, tick: Any) -> None:
        self._tick = tick

    def observe(self, step: Any) -> None:
        """Count epochs."""
        if step.ends_epoch:
            self._tick(step.epoch + 1)


__all__ = ["PROSE", "Ticker", "console", "print_facts", "print_files", "print_table", "progress", "wrapped"]
