"""What a race is and what comes of it: figures with a target and a floor, tables, and notes.

It holds the list of races; it never runs one.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Figure:
    """One number that is promised."""

    name: str
    value: float
    target: float
    floor: float
    unit: str = "×"
    is_ratio: bool = True
    """Whether it says how many times faster than somebody else we are."""
    larger_is_better: bool = True

    @property
    def verdict(self) -> str:
        """Whether the target is reached, or the floor, or neither."""
        if self._reaches(self.target):
            return "target"
        return "floor" if self._reaches(self.floor) else "missed"

    def _reaches(self, limit: float) -> bool:
        return self.value >= limit if self.larger_is_better else self.value <= limit


@dataclass(frozen=True)
class Table:
    """Cells that are shown as they are."""

    title: str
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]

    def markdown(self) -> str:
        """Return the table in Markdown: the first column to the left, the others to the right."""
        lines = [f"\n**{self.title}**\n", _line(self.headings), _line([":--", *["--:"] * (len(self.headings) - 1)])]
        return "\n".join([*lines, *map(_line, self.rows)]) + "\n"


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


@dataclass(frozen=True)
class Result:
    """What came of a race."""

    name: str
    title: str
    notes: list[str] = field(default_factory=list)
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)

    def plain(self) -> dict[str, Any]:
        """Return it as JSON can hold it."""
        return asdict(self)


def as_result(plain: dict[str, Any]) -> Result:
    """Return the result that `Result.plain` took apart."""
    figures = [Figure(**figure) for figure in plain["figures"]]
    return Result(plain["name"], plain["title"], plain["notes"], figures, [Table(**table) for table in plain["tables"]])


def _lazily(name: str) -> Callable[[bool], Result]:
    """Return a race that is imported when it is run: the threads of BLAS are set before NumPy is loaded."""

    def run(quick: bool) -> Result:
        result: Result = import_module(f"benchmarks.{name}").run(quick)
        return result

    return run


RACES: dict[str, Callable[[bool], Result]] = {
    name: _lazily(name)
    for name in (
        "step",
        "recording",
        "per_sample_gradients",
        "kernel",
        "solvers",
        "installed",
        "fleet",
        "inference",
        "growth",
        "startup",
    )
}

__all__ = ["RACES", "Figure", "Result", "Table", "as_result"]
