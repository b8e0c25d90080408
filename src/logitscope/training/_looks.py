"""A run seen once an epoch.

It turns steps into looks; it never decides anything.
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.steps import Certificate, Step


class Look(NamedTuple):
    """A run after a whole number of epochs."""

    n_done: int
    """Epochs behind the parameters."""
    params: FloatArray
    loss: FloatArray
    """Objective of each column."""
    gradient: FloatArray
    """Gradient of its smooth part."""
    z: FloatArray | None
    """Pre-activations of all rows at the parameters; None if loss and gradient are means over the epoch's batches."""
    state: Any
    """The optimizer's state that goes with the parameters."""
    certificate: Certificate | None = None
    """What a solver knows of the parameters."""


def looks(steps: Iterator[Step], objective: Objective, on_step: Callable[[Step], None]) -> Iterator[Look]:
    """Yield one look an epoch, and show `on_step` every step that is made.

    With the full batch a step evaluates the objective at the parameters that the epochs before it led to: the look
    comes before the step is made, and if nobody asks for more, it never is. With mini-batches the look comes after
    the last batch and holds the means over the batches, each taken before its own update.
    """
    loss: Any = 0.0
    gradient: Any = 0.0
    for step in steps:
        if step.batch is None:
            seen = step.evaluation
            yield Look(step.epoch, step.params, seen.loss, seen.gradient, seen.z, step.state, step.certificate)
            on_step(step)
            continue
        on_step(step)
        part = len(step.batch) / objective.source.n_samples
        loss, gradient = loss + part * step.evaluation.loss, gradient + part * step.evaluation.gradient
        if step.ends_epoch:
            yield Look(step.epoch + 1, step.new_params, loss, gradient, None, step.new_state)
            loss, gradient = 0.0, 0.0


__all__ = ["Look", "looks"]
