"""Preconditioned L-BFGS on all rows, one pass a step: trial steps of length 1 are looked at with value and gradient.

It knows an objective, a frame and a preconditioner; it never knows how good the last is meant to be, but notices when
it is poor.
"""

from collections.abc import Callable, Generator, Iterator
from enum import Enum
from typing import NamedTuple

import numpy as np

from logitscope._typing import BoolArray, FloatArray
from logitscope.losses import CrossEntropy
from logitscope.objective import Evaluation, Objective
from logitscope.solvers._convexity import is_convex, is_coupled
from logitscope.solvers._frame import Frame, same_units
from logitscope.solvers._memory import Dot, Pair, remembered, two_loops
from logitscope.solvers._preconditioner import Preconditioner
from logitscope.solvers._proof import rough_pull
from logitscope.solvers._shared import balanced, centred
from logitscope.steps import Certificate, Step

_EPS = float(np.finfo(float).eps)
_SAME = 16 * _EPS  # of parameters
_TRIALS = 30
_POOR = 0.3  # a pass that leaves more of the gap than this
_PATIENCE = 2  # such passes in a row
_FAR = 0.1  # share of the objective by which it has to fall for the Hessian to be another one


class Point(NamedTuple):
    """Parameters with what one pass says of them."""

    params: FloatArray
    inner: FloatArray
    """In the frame."""
    seen: Evaluation
    """In the user's units."""
    gradient: FloatArray
    """In the frame."""


class Ending(Enum):
    """Why a descent ended."""

    REACHED = "every column is within the goal"
    POOR = "the preconditioner is poor"
    STUCK = "no step lowers the objective"


class State(NamedTuple):
    """What a goal is asked about; one entry a column."""

    loss: FloatArray
    decrement: FloatArray
    """√(gᵀ P⁻¹ g), of the remembered Hessian or of the preconditioner alone, whichever is larger."""
    distance: FloatArray
    """Length of the step, relative to the parameters."""
    previous: FloatArray
    """Distance before the last step."""


Goal = Callable[[State], BoolArray]
Renewal = Callable[[FloatArray], Preconditioner | None]
"""The preconditioner at parameters in the frame."""


def look(objective: Objective, frame: Frame, inner: FloatArray) -> Point:
    """Evaluate the objective, reading X once; what classes share is taken away."""
    inner = centred(objective, inner)
    params = frame.outward(inner)
    seen = objective.evaluate(params)
    return Point(params, inner, seen, frame.gradient(balanced(objective, params, seen.gradient)))


def point_of(frame: Frame, inner: FloatArray, loss: FloatArray, gradient: FloatArray, z: FloatArray) -> Point:
    """Return a point from what is known of it in the frame, each a column a model."""
    return Point(frame.outward(inner), inner, Evaluation(loss, frame.gradient_outward(gradient), z), gradient)


def step_between(
    start: Point, end: Point, scale: FloatArray, counter: Iterator[int], length: FloatArray, proof: str = ""
) -> Step:
    """Return the step from one point to another that is known already; nobody knows a decrement.

    Parameters
    ----------
    scale : ndarray of shape (n_columns,)
        What the gradient at the start is relative to.
    proof : str
        By what the residual is known, if it is not all rows.
    """
    residual = np.abs(start.gradient).max(axis=0, initial=0.0) / scale
    unknown, no = np.full(len(scale), np.nan), np.zeros(len(scale), dtype=bool)
    distance = relative_length(end.inner - start.inner, end.inner)
    certificate = Certificate(residual, unknown, distance, no, no, proof=proof)
    n = next(counter)
    return Step(n, n, True, None, start.seen, start.params, end.params, length, np.nan, None, None, certificate)


def look_at_start(
    objective: Objective, frame: Frame, params: FloatArray, told: Callable[[], FloatArray] | None = None
) -> Point:
    """Evaluate the objective where a run starts; at 0, of cross-entropy, X is read for one product at most.

    There z is 0 and the loss and its slope are linear in the label, so that two values tell them all.

    Parameters
    ----------
    told : callable, optional
        Returns the gradient in the frame as a sample tells it, for whoever only wants to know how large it is; that of
        all rows is then NaN.
    """
    pairs = [objective.pointwise.column(column) for column in range(objective.n_columns)]
    if params.any() or is_coupled(objective) or not all(type(pair.loss) is CrossEntropy for pair in pairs):
        return look(objective, frame, frame.inward(params))
    at_zero = [pair.value_and_grad(np.zeros((2, 1)), np.array([[0.0], [1.0]])) for pair in pairs]
    loss, slope = (np.stack(each, axis=1)[:, :, 0] for each in zip(*at_zero, strict=True))
    if told is None:
        slopes = slope[0][:, None] + (slope[1] - slope[0])[:, None] * objective.target.T
        slopes *= 1.0 / slopes.shape[1] if objective.is_uniform else objective.share()
        gradient = objective.back(slopes.T)
    else:
        gradient = np.full_like(params, np.nan)
    z = np.broadcast_to(0.0, objective.target.shape)
    seen = Evaluation(loss[0] + (loss[1] - loss[0]) * objective.mean_target, gradient, z)
    return Point(params, frame.inward(params), seen, frame.gradient(gradient) if told is None else told())


def better_start(objective: Objective, params: FloatArray, counter: Iterator[int]) -> Generator[Step, None, FloatArray]:
    """Make the step, if there is one, to where classes share nothing, or to 0 if that is lower; return where it led.

    Far away every row is certain of its class, and no Hessian tells the way back.
    """
    if not (is_coupled(objective) and is_convex(objective) and params.any()):
        return params
    frame = same_units(objective.source.n_features, objective.fit_intercept)
    end = look(objective, frame, params)
    if not end.seen.loss.sum() <= np.log(objective.n_columns):  # that of 0, whatever the labels
        end = look(objective, frame, np.zeros_like(params))
    if np.abs(end.params - params).max() <= _SAME * np.abs(params).max():
        return params
    seen = objective.evaluate(params)
    start = Point(params, params, seen, seen.gradient)
    yield step_between(start, end, rough_pull(objective, seen.z), counter, np.ones(objective.n_columns))
    return end.params


def relative_length(direction: FloatArray, inner: FloatArray) -> FloatArray:
    """Return the length of a direction relative to the parameters, (n_columns,)."""
    return np.sqrt(np.square(direction).sum(axis=0)) / np.maximum(np.sqrt(np.square(inner).sum(axis=0)), 1e-3)


def descend(
    objective: Objective,
    frame: Frame,
    point: Point,
    preconditioner: Preconditioner,
    goal: Goal,
    counter: Iterator[int],
    scale: FloatArray,
    dot: Dot,
    memory: int = 10,
    is_patient: bool = False,
    at_most: int | None = None,
    history: list[Pair] | None = None,
    renew: Renewal | None = None,
) -> Generator[Step, None, tuple[Point, Ending, State, FloatArray]]:
    """Yield steps until every column is within the goal; return where, why, how far, and the next direction.

    Parameters
    ----------
    counter : iterator of int
        Numbers of the steps of the run.
    scale : ndarray of shape (n_columns,)
        Σ sᵢ |∂ℓ/∂zᵢ|/Σ s, what gradients are relative to.
    is_patient : bool
        Whether to go on with a poor preconditioner.
    at_most : int, optional
        Steps, after which the preconditioner is called poor.
    history : list of Pair, optional
        Steps that are remembered from before; those that are remembered at the end are left in it.
    renew : callable, optional
        Asked for another preconditioner once the objective has fallen far since the last one, and is not about to fall
        as far again.
    """
    history = [] if history is None else history
    k = point.inner.shape[1]
    previous, gap, n_poor, n_failed = np.full(k, np.inf), np.inf, 0, 0
    never, n_steps = np.zeros(k, dtype=bool), 0
    built = dot.total(point.seen.loss).sum()
    while True:
        with np.errstate(all="ignore"):
            plain = preconditioner.solve(point.gradient)
            direction = two_loops(point.gradient, history, dot, preconditioner.solve) if history else -plain
            slope = dot(direction, point.gradient)
            if not (slope < 0).all():
                direction = np.where(slope < 0, direction, -plain)
                slope = np.minimum(dot(direction, point.gradient), 0.0)
            along = dot(plain, point.gradient)
            larger = np.maximum(-slope, along)
            state = State(point.seen.loss, np.sqrt(larger), relative_length(direction, point.inner), previous)
            is_there = dot.together(goal(state))
        if (along < 0).any():  # no preconditioner any more: rounding has made it indefinite
            return point, Ending.STUCK, state, direction
        if is_there.all():
            return point, Ending.REACHED, state, direction
        loss = dot.total(point.seen.loss).sum()
        if renew is not None and built - loss > _FAR * loss and larger.sum() / 2 < _FAR * loss:
            preconditioner, built = renew(point.inner) or preconditioner, loss
            continue
        total = float(np.where(is_there, 0.0, larger).sum())
        n_poor = n_poor + 1 if total > _POOR * gap else 0
        gap = total
        if (n_poor >= _PATIENCE and not is_patient) or n_steps == at_most:
            return point, Ending.POOR, state, direction
        if n_failed >= 2 or not np.isfinite(direction).all():
            return point, Ending.STUCK, state, direction
        if is_there.any():
            direction = np.where(is_there, 0.0, direction)
        length, new = searched(objective, frame, point, direction, np.where(is_there, 0.0, slope), dot)
        residual = np.abs(point.gradient).max(axis=0, initial=0.0) / scale
        certificate = Certificate(residual, state.decrement, state.distance, never, never)
        n = next(counter)
        yield Step(n, n, True, None, point.seen, point.params, new.params, length, np.nan, None, None, certificate)
        n_steps += 1
        history.append(remembered(new.inner - point.inner, new.gradient - point.gradient, dot))
        del history[:-memory]
        if (length[~is_there] == 0.0).any():
            n_failed += 1
            history.clear()
        point, previous = new, state.distance


def searched(
    objective: Objective, frame: Frame, old: Point, direction: FloatArray, slope: FloatArray, dot: Dot
) -> tuple[FloatArray, Point]:
    """Halve each column's step until its objective falls enough; the whole step nearly always does.

    Where rounding hides the fall, a gradient that has not turned round decides (Hager and Zhang 2005, eq. 4.1).
    """
    length = np.ones(len(slope))
    loss = dot.total(old.seen.loss)
    rounding = 8 * _EPS * np.abs(loss)
    for _ in range(_TRIALS):
        new = look(objective, frame, old.inner + length * direction)
        new_loss, new_slope = dot.total(new.seen.loss), dot(direction, new.gradient)
        flat = (new_loss <= loss + rounding) & (new_slope <= -0.9998 * slope)
        good = (new_loss <= loss + 1e-4 * length * slope) | flat | (length == 0.0)
        if good.all():
            return length, new
        length = np.where(good, length, length / 2)
    length = np.where(good, length, 0.0)
    return length, look(objective, frame, old.inner + length * direction)


__all__ = [
    "Ending",
    "Goal",
    "Point",
    "Renewal",
    "State",
    "better_start",
    "descend",
    "look",
    "look_at_start",
    "point_of",
    "relative_length",
    "searched",
    "step_between",
]
