"""The account of every sample while a run goes on, brought up to date once per pass over the rows.

It knows small maps and the slopes that were pushed in; it never knows the loss, the data or the optimizer.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray, IntArray


class Window(NamedTuple):
    """Some consecutive steps: what they do to a sample's numbers, and what they push in."""

    maps: Sequence[FloatArray]
    """M and u of each step, (n_models, n_slots, n_slots + 1)."""
    positions: IntArray | None
    """Sample of every row that the steps saw, (n_rows,); None is all samples in order, by one step."""
    n_rows: Sequence[int]
    """How many rows each step saw."""
    slope: FloatArray
    """The row's share of its batch times ∂ℓ/∂z, (n_rows, n_models)."""


class Account:
    """x of every sample under x ← M x + u d, with d = 0 for samples outside the batch.

    A batch changes all samples: the velocity that earlier batches left goes on, and the penalty decays every α. The
    steps of a window are therefore read from its end, where P = M_K ⋯ M_{s+1} is what happens to a push after step s:
    x is P u d summed over the pushes, and P once for what was there before. That is O(batch) a step and O(n_samples)
    once a window, without the inverse of any M, which a velocity that decays would make ill-conditioned.

    Parameters
    ----------
    n_slots, n_samples, n_models : int
    """

    def __init__(self, n_slots: int, n_samples: int, n_models: int) -> None:
        self.slots: FloatArray = np.zeros((n_models, n_slots, n_samples))
        """x of every sample; the first slot is α."""
        self.start: FloatArray = np.tile(np.eye(n_slots), (n_models, 1, 1))
        """What the slots hold of those that the run started with, (n_models, n_slots, n_slots)."""
        self._spare: FloatArray = np.zeros_like(
            self.slots
        )  # memory that is written anew each time costs more than the sums

    def alpha(self) -> FloatArray:
        """Return what every sample has in the parameters, (n_samples, n_models)."""
        return np.ascontiguousarray(self.slots[:, 0].T)

    def settle(self, window: Window) -> None:
        """Bring the account to the end of a window."""
        product: FloatArray = np.broadcast_to(np.eye(self.slots.shape[1]), self.start.shape)
        pushes = np.empty((len(window.maps), *self.slots.shape[:2]))
        for number in reversed(range(len(window.maps))):
            after: FloatArray = product @ window.maps[number]
            pushes[number], product = after[:, :, -1], after[:, :, :-1]
        self.start = product @ self.start
        if self.slots.shape[1] > 1 or (product != 1).any():  # plain descent without a penalty leaves all as it was
            self.slots, self._spare = np.matmul(product, self.slots, out=self._spare), self.slots
        for column, slope in enumerate(window.slope.T):
            for slot, into in enumerate(self.slots[column]):
                if window.positions is None:
                    into += pushes[0, column, slot] * slope
                else:  # a sample may come twice
                    np.add.at(into, window.positions, np.repeat(pushes[:, column, slot], window.n_rows) * slope)


__all__ = ["Account", "Window"]
