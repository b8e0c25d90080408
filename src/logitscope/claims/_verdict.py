"""What measuring a claim gives.

A verdict never knows how it was measured.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Verdict:
    """A claim, whether it holds, and the figures that say so.

    Attributes
    ----------
    statement : str
        What is claimed.
    holds : bool
        Whether every figure is within its bound.
    figure : str
        The figures, with their bounds.
    """

    statement: str
    holds: bool
    figure: str


__all__ = ["Verdict"]
