"""One step of a run, as everybody sees it: loops and solvers yield it, recorders and verdicts read it.

It holds what was computed; it never knows who computed it.
"""

from typing import Any, NamedTuple

from logitscope._typing import FloatArray, IntArray
from logitscope.objective import Evaluation


class Step(NamedTuple):
    """One update, seen at the moment it is made. Its arrays are read, never written."""

    epoch: int
    """Epoch that the step belongs to, from 0."""
    index: int  # type: ignore[assignment]  # hides tuple.index
    """Number of updates made before it."""
    ends_epoch: bool
    batch: IntArray | None
    """Positions in the source; None is every row in order."""
    evaluation: Evaluation
    """Objective, gradient, z and grad_z of the batch at `params`."""
    params: FloatArray
    """Parameters before the update, (n_params, n_models)."""
    new_params: FloatArray
    """Parameters after it."""
    rate: float | FloatArray
    """Learning rate η, schedule included; (n_models,) if it differs by column."""
    factor: float | FloatArray
    """What the current gradient is multiplied by besides −η: a number, a diagonal laid out like the parameters, or a
    matrix a column, (n_params, n_params, n_models)."""
    state: Any
    """The optimizer's state before the update."""
    new_state: Any
    """The optimizer's state after it."""

    @property
    def z(self) -> FloatArray:
        """Pre-activations of the batch, (n_batch, n_models)."""
        return self.evaluation.z


__all__ = ["Step"]
