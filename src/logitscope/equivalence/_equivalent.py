"""What a rewrite is: the new settings, and a table of what was changed and why.

It holds and prints what was found; it never derives anything.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, is_dataclass
from typing import Any, NamedTuple

import numpy as np

from logitscope._typing import ArrayLike, FloatArray


class Change(NamedTuple):
    """One row of the table."""

    name: str
    """The parameter, as `LogisticRegression` calls it."""
    before: Any
    after: Any
    why: str


@dataclass(frozen=True, eq=False, repr=False)
class Equivalent:
    """Settings under which the same run is made in other units.

    Attributes
    ----------
    settings : LogisticRegression or dict
        The new ones, of the kind that was given; what was given is not changed.
    changes : tuple of Change
        What differs, a row a parameter.
    slope : float
        k: parameters and z are k times as large as before.
    loss_scale : float
        s: the old loss is s times the new one.
    is_mirrored : bool
        Whether classes 0 and 1 change places, so that the new settings want labels 1 − y.
    is_exact : bool
        Whether every step coincides. If not, the optimum does: a solver finds its own steps.
    reason : str
        What coincides, and why.
    """

    settings: Any
    changes: tuple[Change, ...]
    slope: float
    loss_scale: float
    is_mirrored: bool
    is_exact: bool
    reason: str

    def map_params(self, params: ArrayLike) -> FloatArray:
        """Return what parameters (coefficients, intercepts or z) of the old run are in the new one: k times them."""
        return self.slope * np.asarray(params, dtype=np.float64)

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Return the table as text: headings, and cells row by row."""
        rows = [
            [row.name, _shown(row.before, row.after), _shown(row.after, row.before), row.why] for row in self.changes
        ]
        return ["parameter", "from", "to", "why"], rows

    def __str__(self) -> str:
        headings, cells = self.table()
        rows = [headings, *cells]
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = ["  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip() for row in rows]
        return "\n".join([*(lines if cells else ["nothing is to be changed"]), "", self.reason])

    def __repr__(self) -> str:
        names = ", ".join(change.name for change in self.changes) or "nothing"
        return f"Equivalent({names} changed; parameters × {self.slope:g}, {'exact' if self.is_exact else 'optimum'})"


def _shown(value: Any, other: Any) -> str:
    """Return a cell: a name, a number, or of an update rule what is not as in the other one."""
    if isinstance(value, str):
        return value
    if isinstance(value, float):
        return f"{value:.6g}"
    if isinstance(value, np.ndarray):
        return f"array of shape {value.shape}" if value.size > 3 else str(value.tolist())
    if is_dataclass(value) and hasattr(value, "learning_rate"):
        return _brief(value, other)
    name = getattr(value, "name", None)
    return name if isinstance(name, str) else repr(value)


def _brief(rule: Any, other: Any) -> str:
    """Return a rule with the fields that differ from the other's; from the defaults, if the other is a name."""
    reference = other if type(other) is type(rule) else type(rule)()
    parts = []
    for field in fields(rule):
        value, their = getattr(rule, field.name), getattr(reference, field.name)
        if is_dataclass(value) and hasattr(value, "learning_rate") and value != their:
            parts.append(f"{field.name}={_brief(value, their)}")
        elif not np.array_equal(value, their):
            parts.append(f"{field.name}={_shown(value, None)}")
    return f"{type(rule).__name__}({', '.join(parts)})"


__all__ = ["Change", "Equivalent"]
