"""How the learning rate changes with the step: a multiplier for every step, counted from 0.

A schedule never knows the learning rate that it multiplies, nor the gradient.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

from logitscope.optimizers._validation import require_count, require_number


class Schedule(Protocol):
    """A multiplier of the learning rate for each step."""

    def factor(self, step: int) -> float:
        """Multiplier >= 0 for the update after `step` earlier updates (1 for the first, by convention)."""
        ...


@dataclass(frozen=True)
class Constant:
    """The learning rate as it is.

    Examples
    --------
    >>> Constant().factor(1000)
    1.0
    """

    def factor(self, step: int) -> float:
        """Return 1.0."""
        return 1.0


@dataclass(frozen=True)
class InverseTime:
    """1 / (1 + decay · step).

    The rates sum to infinity and their squares do not, as Robbins and Monro (1951) ask for stochastic
    descent to converge.

    Examples
    --------
    >>> InverseTime(decay=0.01).factor(100)
    0.5
    """

    decay: float = 1e-3

    def __post_init__(self) -> None:
        require_number("decay", self.decay, low=0)

    def factor(self, step: int) -> float:
        """Return 1 / (1 + decay · step)."""
        return 1.0 / (1.0 + self.decay * step)


@dataclass(frozen=True)
class Exponential:
    """exp(−decay · step), so that 1 / decay is the number of steps to 1/e of the learning rate.

    Examples
    --------
    >>> round(Exponential(decay=0.01).factor(100), 4)
    0.3679
    """

    decay: float = 1e-3

    def __post_init__(self) -> None:
        require_number("decay", self.decay, low=0)

    def factor(self, step: int) -> float:
        """Return exp(−decay · step)."""
        return math.exp(-self.decay * step)


@dataclass(frozen=True)
class StepDecay:
    """A staircase: the learning rate is multiplied by `drop` after every `every` steps.

    Examples
    --------
    >>> [StepDecay(drop=0.5, every=10).factor(step) for step in (0, 9, 10, 20)]
    [1.0, 1.0, 0.5, 0.25]
    """

    drop: float = 0.5
    every: int = 100

    def __post_init__(self) -> None:
        require_number("drop", self.drop, low=0, open_low=True)
        require_count("every", self.every)

    def factor(self, step: int) -> float:
        """Return drop ** ⌊step / every⌋."""
        return float(self.drop ** (step // self.every))


@dataclass(frozen=True)
class Cosine:
    """Half a cosine from 1 at the first step to `final` at `n_steps`, and `final` from there on.

    Loshchilov and Hutter (2017), eq. 5, without the restarts.

    Examples
    --------
    >>> [round(Cosine(n_steps=100).factor(step), 4) for step in (0, 50, 100, 150)]
    [1.0, 0.5, 0.0, 0.0]
    """

    n_steps: int = 1000
    final: float = 0.0

    def __post_init__(self) -> None:
        require_count("n_steps", self.n_steps)
        require_number("final", self.final, low=0)

    def factor(self, step: int) -> float:
        """Return final + (1 − final) · (1 + cos(π · step / n_steps)) / 2."""
        passed = min(step / self.n_steps, 1.0)
        return self.final + (1.0 - self.final) * (1.0 + math.cos(math.pi * passed)) / 2


CONSTANT = Constant()  # the default of every rule

SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "inverse_time": InverseTime,
    "exponential": Exponential,
    "step_decay": StepDecay,
    "cosine": Cosine,
}


__all__ = [
    "CONSTANT",
    "SCHEDULES",
    "Constant",
    "Cosine",
    "Exponential",
    "InverseTime",
    "Schedule",
    "StepDecay",
]
