"""Tables as text: cells in line, numbers as people read them.

It never knows what the cells mean.
"""

from collections.abc import Sequence


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return one line a row, with cells of a column as wide as the widest.

    Examples
    --------
    >>> aligned([["arm", "η"], ["sigmoid", "0.5"]])
    ['arm      η', 'sigmoid  0.5']
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def fixed(loss: float) -> str:
    """Return a loss with four decimals, or three digits if it is large."""
    return f"{loss:.4f}" if loss < 1e4 else f"{loss:.3g}"


__all__ = ["aligned", "fixed"]
