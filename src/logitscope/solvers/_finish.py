"""The last part of every fast method: down to rounding, the proof, and the way on where there is none.

It knows an objective, a point and a preconditioner; it never knows which method came there.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import replace
from functools import partial
from itertools import count

import numpy as np

from logitscope._typing import BoolArray, FloatArray
from logitscope.objective import Objective
from logitscope.solvers._convexity import is_convex, is_coupled
from logitscope.solvers._coordinates import SPECTRUM_LIMIT
from logitscope.solvers._descent import (
    Ending,
    Goal,
    Point,
    Renewal,
    State,
    descend,
    look,
    relative_length,
    step_between,
)
from logitscope.solvers._double import DoubleSource
from logitscope.solvers._frame import Frame
from logitscope.solvers._hessians import HessianProduct, hessian_size
from logitscope.solvers._lbfgs import LBFGS
from logitscope.solvers._memory import Dot, Pair
from logitscope.solvers._newton import MOST_INVERTED, Newton
from logitscope.solvers._preconditioner import Preconditioner
from logitscope.solvers._proof import ENOUGH, mean_pull, newton_step, rough_pull
from logitscope.solvers._truncated import Truncated
from logitscope.steps import Certificate, Step

_FINE = 1e-12  # 12 digits of the parameters; small problems go on to rounding
_CLOSE = 1e-10
_SMALL = 1e-6  # a gradient above this share of its terms is no rounding
_CHEAP = 2e6  # entries of X below which another pass costs next to nothing
_ROUNDS, _STEPS = 4, 10  # proofs that turn into one more descent, or step
_ROUNDING = 8 * float(np.finfo(float).eps)
_ROUGHLY = 0.1  # relative error of Newton's step that tells a gap where products are dear
_SOON_INVERTED = 200  # size of a Hessian that takes no time to invert
_IMPATIENT, _PATIENT = 60, 120  # steps of a descent, from which on Newton's method is taken for the rest
_LEFT = 0.1  # share of a gap that a step leaves, at most, which falls as much as Newton's model says
# By how much a gap may exceed ½ the squared decrement, of the Hessian there: e and more where a loss falls off
# exponentially. There a step moves z by 1, by 1/p of a row; by more where a steep row hides what the others still pull.
FLATTER, _FAR = 6.0, 1.25

Course = Generator[Step, None, FloatArray]
"""Steps of a method; it returns parameters from which another goes on, if it has to, or is asked to after the end."""
HessianAt = Callable[[FloatArray], Callable[[FloatArray], FloatArray]]
"""z of all rows, (n_samples, n_columns), ↦ (v ↦ H v) there."""


def to_accuracy(accuracy: float, dot: Dot, safety: float = 2.0) -> Goal:
    """Return the goal of a suboptimality of at most `accuracy` of the objective, as far as can be estimated."""

    def goal(state: State) -> BoolArray:
        return np.asarray(safety * np.square(state.decrement) / 2 <= accuracy * np.abs(dot.total(state.loss)))

    return goal


def to_rounding(objective: Objective) -> Goal:
    """Return the goal of parameters that no step makes better."""
    cheap = objective.source.n_samples * objective.n_params <= _CHEAP
    fine = 16 * float(np.finfo(float).eps) if cheap else _FINE

    def goal(state: State) -> BoolArray:
        stays = (state.distance <= _CLOSE) & (state.distance >= state.previous / 2)
        return np.asarray((state.distance <= fine) | stays)

    return goal


def last_step(
    point: Point, direction: FloatArray, certificate: Certificate, frame: Frame, counter: Iterator[int]
) -> Step:
    """Return the step that tells an optimum; the whole step that it holds is made only if somebody goes on."""
    n, k = next(counter), point.inner.shape[1]
    new = frame.outward(point.inner + direction)
    return Step(n, n, True, None, point.seen, point.params, new, np.ones(k), np.nan, None, None, certificate)


def told(
    objective: Objective,
    point: Point,
    decrement: FloatArray,
    direction: FloatArray,
    proof: str,
    rank: int | None = None,
    scale: FloatArray | None = None,
) -> Certificate:
    """Return the certificate of an optimum; `scale` is what its gradient is relative to, where it is known."""
    scale = mean_pull(objective, point.seen.z) if scale is None else scale
    residual = np.abs(point.gradient).max(axis=0, initial=0.0) / scale
    yes = np.ones(len(scale), dtype=bool)
    return Certificate(residual, decrement, relative_length(direction, point.inner), yes, ~yes, rank, (), proof)


def estimated(
    objective: Objective,
    frame: Frame,
    point: Point,
    state: State,
    direction: FloatArray,
    counter: Iterator[int],
    proof: str,
) -> Course:
    """Tell an optimum to the accuracy that was asked for."""
    known = told(objective, point, state.decrement, direction, proof, scale=rough_pull(objective, point.seen.z))
    yield last_step(point, direction, known, frame, counter)
    return point.params


def is_far(moved: FloatArray) -> bool:
    """Whether a step moves the z of a row so far that its curvature may change by more than `FLATTER` allows for."""
    return bool(np.abs(moved).max() > _FAR)


def confirmed(
    objective: Objective,
    frame: Frame,
    point: Point,
    preconditioner: Preconditioner,
    accuracy: float,
    counter: Iterator[int],
    dot: Dot,
    hessian_at: HessianAt | None = None,
    told_by: str = "all rows",
) -> Course:
    """Tell an optimum to an accuracy by the Hessian where it is, after Newton's steps if need be.

    Parameters
    ----------
    hessian_at : callable, optional
        By default from X.
    told_by : str
        Whose Hessian that is.
    """
    hessian_at = hessian_at or partial(HessianProduct, objective, frame)
    enough = _ROUGHLY if is_coupled(objective) else ENOUGH
    goal, proof = to_accuracy(accuracy, dot, FLATTER), f"products with the Hessian of {told_by}"
    for _ in range(_STEPS):
        found = newton_step(hessian_at(point.seen.z), point.gradient, preconditioner, dot, enough)
        state = State(point.seen.loss, found.decrement, found.decrement, found.decrement)
        is_near = found.is_positive and goal(state).all()
        if is_near and not is_far(objective.z(frame.outward(found.direction))):
            return (yield from estimated(objective, frame, point, state, found.direction, counter, proof))
        new = look(objective, frame, point.inner + found.direction)
        rise = new.seen.loss - point.seen.loss - _ROUNDING * np.abs(point.seen.loss)
        if not found.is_positive or (dot.total(rise) > 0).any():
            break
        yield step_between(point, new, rough_pull(objective, point.seen.z), counter, np.ones(len(new.seen.loss)))
        promised = np.square(found.decrement) / 2
        is_known = np.abs(dot.total(point.seen.loss - new.seen.loss) - promised) <= _LEFT * promised
        point = new
        state = State(new.seen.loss, _LEFT**0.5 * found.decrement, found.decrement, found.decrement)
        if is_known.all() and goal(state).all():  # what was promised has come: what is left is a part of it
            direction = -preconditioner.solve(point.gradient)
            return (yield from estimated(objective, frame, point, state, direction, counter, proof))
    return point.params


def polish(
    objective: Objective,
    frame: Frame,
    point: Point,
    preconditioner: Preconditioner,
    counter: Iterator[int],
    *,
    is_exact: bool = False,
    rank: int | None = None,
    memory: int = 10,
    history: list[Pair] | None = None,
    renew: Renewal | None = None,
) -> Course:
    """Go down to rounding, and prove it.

    Parameters
    ----------
    is_exact : bool
        Whether the preconditioner is the Hessian of all rows close to the optimum, positive definite: Newton's step is
        then known without further products.
    rank : int, optional
        Of the design, if it is known.

    Notes
    -----
    Where a preconditioner of positive definite samples and a convex loss meet, the Hessian is positive definite too.
    """
    if objective.source.dtype != np.float64:
        objective = replace(objective, source=DoubleSource(objective.source))
        point = look(objective, frame, point.inner)
    dot = Dot(is_coupled(objective))
    scale = rough_pull(objective, point.seen.z)
    goal = to_rounding(objective)
    for _ in range(_ROUNDS):
        course = descend(
            objective, frame, point, preconditioner, goal, counter, scale, dot, memory, is_patient=True,
            at_most=most_steps(objective), history=history, renew=renew,
        )  # fmt: skip
        del point  # the z of where it began is not to be held while it goes on
        point, ending, state, _ = yield from course
        if ending is not Ending.REACHED and not bool((state.distance <= _CLOSE).all()):
            return point.params
        if is_exact:
            newton, decrement, proof = -preconditioner.solve(point.gradient), state.decrement, "Hessian of all rows"
        else:
            product = HessianProduct(objective, frame, point.seen.z)
            found = newton_step(product, point.gradient, preconditioner, dot)
            newton, decrement, proof = found.direction, found.decrement, "products with the Hessian of all rows"
            if not found.is_positive:
                return point.params
        certificate = told(objective, point, decrement, newton, proof, rank)
        if (certificate.distance <= _CLOSE).all() and (certificate.residual <= _SMALL).all():
            yield last_step(point, newton, certificate, frame, counter)
            return point.params
        new = look(objective, frame, point.inner + newton)
        yield step_between(point, new, scale, counter, np.ones(len(scale)))
        point = new
    return point.params


def jump(
    objective: Objective,
    frame: Frame,
    start: Point,
    inner: FloatArray,
    counter: Iterator[int],
    scale: FloatArray,
    told_by: str = "a sample of the rows",
) -> Generator[Step, None, Point]:
    """Make the step from the start to what is about the optimum, in the columns where it leads down.

    `told_by` says what the gradient at the start is known by, if not by all rows.
    """
    new = look(objective, frame, inner)
    falls = new.seen.loss < start.seen.loss
    if is_coupled(objective):
        falls = np.full_like(falls, new.seen.loss.sum() < start.seen.loss.sum())
    is_told = bool(np.isnan(start.seen.gradient).any())
    if not falls.any():
        return look(objective, frame, start.inner) if is_told else start
    if not falls.all():
        new = look(objective, frame, np.where(falls, inner, start.inner))
    yield step_between(start, new, scale, counter, falls.astype(np.float64), told_by if is_told else "")
    return new


def most_steps(objective: Objective) -> int | None:
    """Return how many steps a patient descent may take; None where Newton's method is no way out."""
    size = hessian_size(objective)
    if not (is_convex(objective) and (is_coupled(objective) or size <= MOST_INVERTED)):
        return None
    return _PATIENT if size > _SOON_INVERTED else _IMPATIENT


def hand_over(objective: Objective, params: FloatArray, counter: Iterator[int]) -> Iterator[Step]:
    """Yield the steps of a slower solver that works in coordinates of its own, from where a fast one gave up."""
    for step in _slower(objective, params):
        n = next(counter)
        yield step._replace(epoch=n, index=n)


def _slower(objective: Objective, params: FloatArray) -> Iterator[Step]:
    is_smooth, coupled = objective.penalty.is_smooth, is_coupled(objective)
    if is_smooth and not coupled and objective.source.n_features <= SPECTRUM_LIMIT:
        yield from Newton().steps(objective, params)
        return
    if is_smooth and coupled and is_convex(objective):
        params = yield from _of_classes(objective, params)
    yield from LBFGS().steps(objective, params)


def _of_classes(objective: Objective, params: FloatArray) -> Course:
    """Yield the steps of Newton's method; return where it cannot go on, as where every row is certain."""
    size = hessian_size(objective)
    if size > _SOON_INVERTED:
        params = yield from Truncated().steps(objective, params, count())
    if size <= MOST_INVERTED:
        for step in Newton().steps(objective, params):
            params = step.params
            if step.certificate is not None and step.certificate.is_stuck.any():
                break
            yield step
    return params


__all__ = [
    "Course",
    "HessianAt",
    "confirmed",
    "estimated",
    "hand_over",
    "is_far",
    "jump",
    "last_step",
    "most_steps",
    "polish",
    "to_accuracy",
    "to_rounding",
    "told",
]
