"""The loop, written once: a generator of the steps of a run.

It knows objective, source and optimizer by their interfaces; it never knows who watches it or when it will end.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterator
from itertools import count, islice, repeat
from typing import Any

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.objective import Objective, Trail
from logitscope.optimizers import Optimizer, constant_descent, counted, remembers, take_columns
from logitscope.sources import Source
from logitscope.steps import Step, Stretch


def iterate(
    objective: Objective,
    optimizer: Optimizer,
    params: FloatArray,
    *,
    batch_size: int | None = None,
    rng: np.random.Generator | None = None,
    state: Any = None,
) -> Generator[Step, IntArray | int | None, None]:
    """Yield the steps of a run, for as long as the caller wants them.

    Parameters
    ----------
    objective : Objective
    optimizer : Optimizer
        With its learning rate filled in.
    params : ndarray of shape (n_params, n_models)
        Initial parameters; not changed.
    batch_size : int, optional
        Rows in a batch, the last one may be smaller; None is the full batch.
    rng : Generator, optional
        Shuffles the rows anew each epoch; without it they come in order.
    state : optional
        State of the optimizer to go on from.

    Yields
    ------
    Step
        Every update, before the next one is computed. `send` columns of the run (increasing, some of those that the
        last step had) to go on with these alone: the others leave the product, and `Step.columns` says who stayed.
        `send` a number to be given so many steps together, as a `Stretch`, if they are of the full batch of small data:
        their losses then cost about as much as one. If they are not, the next step comes alone.

    Notes
    -----
    A run that blows up overflows as NumPy's floats do, and NumPy warns of it: put ``np.errstate(all="ignore")`` around
    a loop of your own to keep it quiet, as `train` does, once for a run.

    With an ℓ₁ penalty the steps are proximal, prox(w − η D g). A rule that adds up past gradients must not add up g,
    which is not 0 at the optimum, or it ends elsewhere: it is given the subgradient, and the ℓ₁ part of it, `corner`,
    is taken back before prox puts in that of the new parameters.

    Examples
    --------
    Five steps of gradient descent on two samples.

    >>> from logitscope.optimizers import GradientDescent
    >>> from logitscope.pointwise import get_pointwise
    >>> from logitscope.sources import RowSource
    >>> objective = Objective(RowSource(np.array([[1.0], [-1.0]])), np.array([[1.0], [0.0]]), np.ones(2),
    ...                       get_pointwise("tanh", "cross_entropy"))
    >>> for step in iterate(objective, GradientDescent(learning_rate=0.5), np.zeros((2, 1))):
    ...     if step.index == 5:
    ...         break
    >>> step.params.ravel()
    array([1.18083623, 0.        ])
    """
    state = optimizer.init(params) if state is None else state
    has_corners = not objective.penalty.is_smooth
    adds_up = has_corners and remembers(optimizer)
    columns: IntArray | None = None
    trail: Trail | None = None
    length = 0  # of a stretch; 0 is a step alone
    batches = enumerate(_batches(objective.source, batch_size, rng))
    for index, (epoch, ends_epoch, batch) in batches:
        if trail is not None and length:
            stretch = _stretch(trail, optimizer, epoch, params, state, length)
            params, state = stretch.params[-1], stretch.states[-1]
            deque(islice(batches, length - 1), maxlen=0)  # their epochs are gone too
            wanted, length = (yield stretch), 0  # type: ignore[misc]  # as asked
        else:
            evaluation = objective.evaluate(params, batch)
            smooth = evaluation.gradient
            gradient = objective.subgradient(params, smooth) if adds_up else smooth
            update, new_state = optimizer.update(gradient, state)
            rate, factor = optimizer.rate(state), optimizer.gradient_factor(new_state)
            new_params: FloatArray = params + update
            if has_corners:
                corner = gradient - smooth
                new_params = objective.shrink(new_params + rate * factor * corner, rate * factor)
            move = params, new_params, rate, factor, state, new_state
            params, state = new_params, new_state
            wanted = yield Step(epoch, index, ends_epoch, batch, evaluation, *move, None, columns)
        if isinstance(wanted, int):
            length = wanted
            if batch_size is None and (trail is None or len(trail) < length):
                trail = objective.trail(length if trail is None else 2 * length)  # they grow, if ever
        elif wanted is not None:
            kept = wanted if columns is None else np.searchsorted(columns, wanted)
            objective, params, columns, trail = objective.take(kept), params[:, kept], wanted, None
            optimizer, state = take_columns(optimizer, state, kept)


def _stretch(trail: Trail, optimizer: Optimizer, epoch: int, params: FloatArray, state: Any, length: int) -> Stretch:
    """Make steps together."""
    down = constant_descent(optimizer)
    if down is not None:  # nothing to remember but how many updates there were
        update, multiply = np.empty_like(params), np.multiply
        places, seen = trail.walk(params, lambda params, gradient: params + multiply(down, gradient, update), length)
        return Stretch(epoch, seen, places, counted(state, length), optimizer)
    states = [state]

    def advance(params: FloatArray, gradient: FloatArray) -> FloatArray:
        update, state = optimizer.update(gradient, states[-1])
        states.append(state)
        return params + update

    places, seen = trail.walk(params, advance, length)
    return Stretch(epoch, seen, places, states, optimizer)


def _batches(
    source: Source, batch_size: int | None, rng: np.random.Generator | None
) -> Iterator[tuple[int, bool, IntArray | None]]:
    """Yield epoch, whether the batch is the last one of it, and the batch, without end."""
    if batch_size is None:
        return zip(count(), repeat(True), repeat(None), strict=False)
    return _shuffled(source, batch_size, rng)


def _shuffled(
    source: Source, batch_size: int, rng: np.random.Generator | None
) -> Iterator[tuple[int, bool, IntArray | None]]:
    for epoch in count():
        batches = tuple(source.batches(batch_size, rng))
        last = len(batches) - 1
        for number, batch in enumerate(batches):
            yield epoch, number == last, batch


__all__ = ["iterate"]
