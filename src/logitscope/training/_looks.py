"""A run seen once an epoch.

It turns steps into looks and hands on which columns are still wanted; it never decides anything.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from typing import Any, NamedTuple

from logitscope._typing import FloatArray, IntArray
from logitscope.objective import Evaluation, Objective
from logitscope.steps import Certificate, Step


class Look(NamedTuple):
    """A run after a whole number of epochs."""

    n_done: int
    """Epochs behind the parameters."""
    params: FloatArray
    loss: FloatArray
    """Objective of each column."""
    gradient: Any
    """Gradient of its smooth part; None of a solver, whose certificate tells what is to know."""
    seen: Evaluation | None
    """All rows at the parameters; None if loss and gradient are means over the epoch's batches."""
    state: Any
    """The optimizer's state that goes with the parameters."""
    certificate: Certificate | None = None
    """What a solver knows of the parameters."""
    columns: IntArray | None = None
    """Which of the run's columns are seen; None is all of them."""

    @property
    def z(self) -> FloatArray | None:
        """Pre-activations of all rows at the parameters, if all were seen."""
        return None if self.seen is None else self.seen.z

    @classmethod
    def at(cls, step: Step) -> Look:
        """Return the look at the parameters of a full-batch step, before it is made."""
        seen, told = step.evaluation, step.certificate
        gradient = seen.gradient if told is None else None
        return cls(step.epoch, step.params, seen.loss, gradient, seen, step.state, told, step.columns)


def looks(
    steps: Iterator[Step], objective: Objective, on_step: Callable[[Step], None] | None = None
) -> Generator[Look, IntArray | None, None]:
    """Yield one look an epoch, and show `on_step`, if somebody watches, every step that is made.

    With the full batch a step evaluates the objective at the parameters that the epochs before it led to: the look
    comes before the step is made, and if nobody asks for more, it never is. With mini-batches the look comes after
    the last batch and holds the means over the batches, each taken before its own update.

    What a look is answered with (columns that are still wanted) is sent to the steps, if they are a generator.
    """
    n_samples = objective.source.n_samples
    loss: Any = 0.0
    gradient: Any = 0.0
    wanted: IntArray | None = None
    step = next(steps, None)
    while step is not None:
        seen = step.evaluation
        if step.batch is None:
            wanted = yield Look.at(step)
            if on_step is not None:
                on_step(step)
        else:
            if on_step is not None:
                on_step(step)
            part = len(step.batch) / n_samples
            loss, gradient = loss + part * seen.loss, gradient + part * seen.gradient
            if step.ends_epoch:
                wanted = yield Look(
                    step.epoch + 1, step.new_params, loss, gradient, None, step.new_state, None, step.columns
                )
                loss, gradient = 0.0, 0.0
        del step, seen  # its z is not needed while the next one is computed
        step, wanted = next(steps, None) if wanted is None else _ask(steps, wanted), None


def _ask(steps: Iterator[Step], wanted: IntArray) -> Step | None:
    """Return the next step, with fewer columns if the steps know how."""
    if not isinstance(steps, Generator):
        return next(steps, None)
    try:
        step: Step = steps.send(wanted)
    except StopIteration:
        return None
    return step


__all__ = ["Look", "looks"]
