"""One seed of any kind as the one Generator of a run; it never draws.

Most runs of small data draw nothing, and to seed a generator takes as long as several steps: it waits to be asked.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np


def generator(random_state: Any) -> np.random.Generator:
    """Turn a random_state of any kind into the one Generator of a run."""
    if isinstance(random_state, np.random.Generator):
        return random_state
    if random_state is None:
        return np.random.default_rng()
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(random_state.randint(2**31))
    return np.random.default_rng(random_state)


class Seed:
    """A random_state of any kind, and its Generator.

    Parameters
    ----------
    random_state : int, Generator, RandomState or None
    """

    def __init__(self, random_state: Any) -> None:
        # Every run draws from a RandomState, whether it needs it or not: what others draw after it stays the same.
        is_shared = isinstance(random_state, np.random.RandomState)
        self._random_state = generator(random_state) if is_shared else random_state

    @cached_property
    def rng(self) -> np.random.Generator:
        """The one Generator of a run."""
        return generator(self._random_state)


__all__ = ["Seed", "generator"]
