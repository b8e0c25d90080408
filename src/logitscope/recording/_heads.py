"""What is kept of records beside z: when each was made, its learning rate, and what D was on the gradient.

It knows numbers, or what returns the arrays; it never knows z.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Any, NamedTuple

import numpy as np

from logitscope._typing import FloatArray, IntArray


class _Part(NamedTuple):
    """Records that follow each other, of steps that do."""

    epoch: int
    """Of the first."""
    step: int
    """Updates made before the first."""
    rate: Sequence[Any]
    factor: Sequence[Any]
    """None where the reach itself is kept."""
    columns: IntArray | None
    """Which of the run's columns these are; None is all."""


class Heads:
    """The heads of records while these grow."""

    def __init__(self) -> None:
        self._parts: list[_Part] = []
        self._n = 0

    def __len__(self) -> int:
        return self._n

    @property
    def latest_epoch(self) -> int:
        """Epoch of the last record; -1 if there is none."""
        return self._parts[-1].epoch + len(self._parts[-1].rate) - 1 if self._parts else -1

    def add(
        self, epoch: int, step: int, rate: Sequence[Any], factor: Sequence[Any], columns: IntArray | None = None
    ) -> None:
        """Add records of steps that follow each other, given the epoch of the first and the updates made before it."""
        self._parts.append(_Part(epoch, step, rate, factor, columns))
        self._n += len(rate)  # last: of what an interrupt leaves out, nothing counts

    def table(self, n: int) -> "HeadTable":
        """Return what is known of the first n."""
        sizes = [len(part.rate) for part in self._parts]
        first = np.cumsum(sizes, dtype=np.intp) - np.array(sizes, dtype=np.intp)

        def running(numbers: list[int]) -> IntArray:
            counts: IntArray = np.repeat(np.array(numbers, dtype=np.intp) - first, sizes)[:n] + np.arange(n)
            return counts

        def chained(sequences: Iterable[Sequence[Any]]) -> list[Any]:
            return list(chain.from_iterable(sequences))[:n]

        return HeadTable(
            running([part.epoch for part in self._parts]),
            running([part.step for part in self._parts]),
            chained(part.rate for part in self._parts),
            chained(part.factor for part in self._parts),
            chained([part.columns] * len(part.rate) for part in self._parts),
        )


@dataclass(frozen=True)
class HeadTable:
    """What is known of records beside z, one entry a record."""

    epoch: IntArray
    step: IntArray
    rate: list[Any]
    factor: list[Any]
    columns: list[IntArray | None]

    @cached_property
    def are_whole(self) -> bool:
        """Whether all columns were there all the time."""
        return set(map(type, self.columns)) <= {type(None)}

    @cached_property
    def has_numbers(self) -> bool:
        """Whether D is a number all the time."""
        return set(map(type, self.factor)) <= {float} or all(map(_is_number, self.factor))

    @property
    def live(self) -> list[Any]:
        """Index of the columns of every record."""
        return [slice(None) if columns is None else columns for columns in self.columns]

    def rates(self, n_columns: int) -> FloatArray:
        """Return one rate a record, or one a record and column; 0 for columns that have left."""
        if self.are_whole:
            array = np.array(self.rate, dtype=np.float64)
            return array[:, 0] if array.ndim == 2 and n_columns == 1 else array
        rates = np.zeros((len(self.rate), n_columns))
        for record, (live, rate) in enumerate(zip(self.live, self.rate, strict=True)):
            rates[record, live] = rate
        return rates

    def factors(self) -> FloatArray:
        """Return D where it is a number, NaN elsewhere, (n_records,)."""
        if self.has_numbers:
            return np.array(self.factor, dtype=np.float64)
        return np.array([each if _is_number(each) else np.nan for each in self.factor], dtype=np.float64)


def _is_number(factor: Any) -> bool:
    return type(factor) is float or (factor is not None and not callable(factor) and np.ndim(factor) == 0)


__all__ = ["HeadTable", "Heads"]
