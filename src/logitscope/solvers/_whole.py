"""The way of a sample that holds every row: what was seen of it is the objective itself.

It knows a sample and where Newton's method on it ended; it never reads the source again.
"""

from collections.abc import Generator, Iterator

import numpy as np

from logitscope._typing import FloatArray
from logitscope.solvers._convexity import is_coupled
from logitscope.solvers._descent import Goal, Point, State, point_of, relative_length, step_between
from logitscope.solvers._finish import is_far, last_step, told
from logitscope.solvers._line import square_at_least
from logitscope.solvers._memory import Dot
from logitscope.solvers._sample import Outcome, Sample, bend_along, look_at
from logitscope.steps import Step


def whole(
    sample: Sample, found: Outcome, goal: Goal, counter: Iterator[int], dot: Dot
) -> Generator[Step, None, FloatArray | None]:
    """Yield the steps from 0 to where Newton's method ended, and the proof that it is within the goal.

    Returns
    -------
    ndarray or None
        The parameters; None if they are not within the goal, before any step.
    """
    assert found.preconditioner is not None  # asked by the caller
    zero = np.zeros_like(found.params)
    first, last = look_at(sample, zero), look_at(sample, found.params)
    direction = -found.preconditioner.solve(last.gradient)
    moved = sample.rows @ direction
    bent = bend_along(sample, last, direction, moved)
    square = np.maximum(-dot(direction, last.gradient), 0.0)
    decrement = np.sqrt(square_at_least(square, bent))
    distance = relative_length(direction, found.params)
    is_there = goal(State(last.value, decrement, distance, np.full_like(distance, np.inf)))
    if is_far(moved) or not (is_there.all() and (last.value <= first.value).all()):
        return None
    start = point_of(sample.frame, zero, first.value, first.gradient, first.z)
    point = point_of(sample.frame, found.params, last.value, last.gradient, last.z)
    scale = sample.share @ np.abs(first.slope)
    before = yield from walked(sample, found, start, scale, counter)
    yield step_between(before, point, scale, counter, np.ones(len(scale)))
    scale = np.maximum(sample.share @ np.abs(last.slope), np.finfo(float).tiny)
    yield last_step(
        point, direction, told(sample.objective, point, decrement, direction, "Hessian of all rows", scale=scale),
        sample.frame, counter,
    )  # fmt: skip
    return point.params


def walked(
    sample: Sample, found: Outcome, start: Point, scale: FloatArray, counter: Iterator[int]
) -> Generator[Step, None, Point]:
    """Yield the steps that Newton's method made on the sample, if it is everything; return where the last led.

    It may have begun at the optimum of a part of the sample, above the start.
    """
    point, total = start, Dot(is_coupled(sample.objective)).total
    for params, seen in found.path:
        if np.array_equal(params, point.inner) or not (total(seen.value) <= total(point.seen.loss)).all():
            continue
        new = point_of(sample.frame, params, seen.value, seen.gradient, seen.z)
        yield step_between(point, new, scale, counter, np.ones(len(scale)))
        point = new
    return point


__all__ = ["walked", "whole"]
