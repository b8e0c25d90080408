"""An output of which p and q are free: what a loss may see, without any activation."""

from dataclasses import dataclass

import numpy as np
import pytest


@dataclass(frozen=True)
class Seen:
    probability: np.ndarray
    complement: np.ndarray
    lower: float = 0.0
    upper: float = 1.0
    coupled: bool = False

    @property
    def value(self) -> np.ndarray:
        return self.lower + (self.upper - self.lower) * self.probability

    @property
    def log_probability(self) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(self.probability)

    @property
    def log_complement(self) -> np.ndarray:
        with np.errstate(divide="ignore"):
            return np.log(self.complement)


@pytest.fixture
def seen():
    def make(p, q=None, *, span=(0.0, 1.0), coupled=False) -> Seen:
        p = np.asarray(p, dtype=float)
        return Seen(p, 1 - p if q is None else np.asarray(q, dtype=float), *span, coupled)

    return make
