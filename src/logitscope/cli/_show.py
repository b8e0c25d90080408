"""Tables and progress bars on a terminal, plain text in a pipe.

It prints what it is given; it never computes.
"""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any


def console() -> Any:
    """Return a console on stdout that wraps nothing away when it is not a terminal."""
    from rich.console import Console

    return Console() if sys.stdout.isatty() else Console(width=200, no_color=True, highlight=False)


def print_table(title: str, headings: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table; numbers are aligned to the right."""
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title, style="bold"), title_justify="left", box=_box(), pad_edge=False)
    for index, heading in enumerate(headings):
        table.add_column(Text(heading), justify="left" if index == 0 else "right")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console().print(table)


def print_facts(title: str, facts: Sequence[tuple[str, str]]) -> None:
    """Print names and values, one a line."""
    from rich.text import Text

    width = max(len(name) for name, _ in facts)
    out = console()
    out.print(Text(title, style="bold"))
    for name, value in facts:
        out.print(Text(f"  {name.ljust(width)}  {value}"), soft_wrap=True)


def print_files(paths: Sequence[Any]) -> None:
    """Say which files were written."""
    from rich.text import Text

    console().print(Text("wrote " + ", ".join(str(path) for path in paths)), soft_wrap=True)


def _box() -> Any:
    from rich import box

    return box.SIMPLE_HEAD


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


__all__ = ["console", "print_facts", "print_files", "print_table", "progress"]
