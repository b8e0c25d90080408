"""L-BFGS on well-conditioned coordinates, orthant-wise where a penalty has corners; columns that couple move together.

It knows the objective's value and gradient, and forms a Hessian only to confirm an optimum; it never knows who watches.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import ClassVar

import numpy as np

from logitscope._typing import BoolArray, FloatArray, IntArray
from logitscope.objective import Evaluation, Objective
from logitscope.solvers._convexity import is_coupled
from logitscope.solvers._coordinates import choose_coordinates
from logitscope.solvers._descent import relative_length
from logitscope.solvers._memory import Dot, Pair, remembered, two_loops
from logitscope.solvers._newton import certified, inverse_of
from logitscope.solvers._shared import balanced
from logitscope.sources import second_moment
from logitscope.steps import Certificate, Step

_EPS = float(np.finfo(float).eps)
_TRIALS = 40
_CLOSE = 1e-9
_EACH = 1e-12
_NOISE = 1e-13
_METRIC_LIMIT = 512
_DAMPING = 1e-4
_SHORT = 64  # steps that are kept whatever they cost


@dataclass(frozen=True)
class LBFGS:
    """update = −t H g, H from the last steps (Nocedal and Wright 2006, algorithm 7.4).

    Where the penalty has an ℓ₁ part, g is the smallest subgradient and no coordinate crosses 0 within a step: OWL-QN
    (Andrew and Gao 2007), which gives exact zeros.

    Parameters
    ----------
    memory : int, default=20
        Least number of steps remembered. Of few parameters it is up to twice as many as there are: short vectors are
        cheaply kept, and with a step for every direction the curvature is known.
    """

    memory: int = 20
    name: ClassVar[str] = "lbfgs"

    def steps(self, objective: Objective, params: FloatArray) -> Iterator[Step]:
        """Yield the steps from `params` on, one an epoch."""
        view = choose_coordinates(objective)
        inside, inner = view.objective, view.inward(params)
        dot = Dot(is_coupled(inside))
        bound = _bound(inside)
        memory = max(self.memory, min(2 * inside.n_params, _SHORT))
        history: list[Pair] = []
        free = metric = None
        evaluation = inside.evaluate(inner, with_grad_z=True)
        best = np.full(inside.n_columns, np.inf)
        stalled = np.zeros(inside.n_columns, dtype=np.intp)
        failed = np.zeros(inside.n_columns, dtype=np.intp)
        confirmed: Certificate | None = None
        for epoch in count():
            with np.errstate(all="ignore"):  # what is not finite is judged, not warned of
                gradient = inside.subgradient(inner, balanced(inside, inner, evaluation.gradient))
                moving = (inner != 0) | (gradient != 0)
                # What was learnt of other coordinates is forgotten.
                if free is None or not np.array_equal(moving, free):
                    free, metric, history = moving, _metric(bound, moving), []
                direction = np.where(free, two_loops(gradient, history, dot, partial(_product, metric)), 0.0)
                if not inside.penalty.is_smooth:  # a coordinate leaves 0 only towards where the objective falls
                    direction = np.where((inner == 0) & (direction * gradient > 0), 0.0, direction)
                slope = dot(direction, gradient)
                direction = np.where(slope < 0, direction, -gradient)
                slope = np.minimum(slope, 0.0)
                certificate, best, stalled = _certificate(
                    inside, inner, evaluation, gradient, direction, slope, best, stalled, failed
                )
                certificate, confirmed = _confirmed(inside, inner, evaluation, certificate, confirmed)
                known = bool(history) or metric is not None
                start = 1.0 if known else 1.0 / np.maximum(1.0, np.sqrt(dot(gradient, gradient)))
                slope = dot(direction, gradient)
                length, new_inner, new = _search(inside, inner, evaluation, gradient, direction, slope, start, dot)
            step = Step(epoch, epoch, True, None, evaluation, inner, new_inner, length, np.nan, None, None, certificate)
            yield view.step(step)
            failed = np.where(length == 0.0, failed + 1, 0)
            history = [*history, remembered(new_inner - inner, new.gradient - evaluation.gradient, dot)][-memory:]
            if (failed == 1).any():  # once more, from what is known without the past
                history = []
            inner, evaluation = new_inner, new


def _bound(objective: Objective) -> FloatArray | None:
    """An upper bound of the Hessian, one for each column: what L-BFGS starts from.

    κ Σ sᵢ x̃ᵢ x̃ᵢᵀ + ridge with the curvature bound κ of the pair (Böhning and Lindsay 1988).
    """
    p = objective.source.n_features
    if p > _METRIC_LIMIT:
        return None
    moment = second_moment(objective.source, objective.share(), objective.fit_intercept)
    ridge = np.broadcast_to(objective.penalty.curvature(), (p, objective.n_columns))
    bounds = np.stack([objective.bound(column).constant * moment for column in range(objective.n_columns)])
    bounds[:, np.arange(p), np.arange(p)] += ridge.T
    if not objective.penalty.is_smooth:  # the ℓ₁ part pulls along directions that rows do not see: they need a length
        bounds += _DAMPING * bounds * np.eye(bounds.shape[1])
    return bounds


def _metric(bounds: FloatArray | None, free: BoolArray) -> FloatArray | None:
    """Inverse of the bound among the coordinates that may move, 0 elsewhere."""
    if bounds is None:
        return None
    metric = np.zeros_like(bounds)
    for column, bound in enumerate(bounds):
        own = np.flatnonzero(free[:, column])
        metric[column][np.ix_(own, own)] = inverse_of(bound[np.ix_(own, own)])[0]
    return metric


def _product(metric: FloatArray | None, vector: FloatArray) -> FloatArray:
    """Return the product with one matrix a column, (n_columns, n_params, n_params); without one, the vector itself."""
    if metric is None:
        return vector
    return np.asarray(np.matmul(metric, vector.T[:, :, None])[:, :, 0].T)


def _search(
    objective: Objective,
    params: FloatArray,
    old: Evaluation,
    gradient: FloatArray,
    direction: FloatArray,
    slope: FloatArray,
    start: FloatArray | float,
    dot: Dot,
) -> tuple[FloatArray, FloatArray, Evaluation]:
    """Halve each column's step until the objective falls enough.

    Where rounding hides the fall, a gradient that has not turned round decides (Hager and Zhang 2005, eq. 4.1).
    """
    length = np.broadcast_to(np.asarray(start, dtype=np.float64), slope.shape).copy()
    loss = dot.total(old.loss)
    rounding = 8 * _EPS * np.abs(loss)
    for _ in range(_TRIALS):
        new_params = _moved(objective, params, gradient, length * direction)
        new = objective.evaluate(new_params, with_grad_z=True)
        new_loss = dot.total(new.loss)
        promised = dot(gradient, new_params - params)
        falls = new_loss <= loss + 1e-4 * promised
        new_slope = dot(direction, objective.subgradient(new_params, new.gradient))
        flat = (new_loss <= loss + rounding) & (new_slope <= -0.9998 * slope)
        good = falls | flat | (length == 0.0)
        if good.all():
            return length, new_params, new
        length = np.where(good, length, length / 2)
    length = np.where(good, length, 0.0)
    new_params = _moved(objective, params, gradient, length * direction)
    return length, new_params, objective.evaluate(new_params, with_grad_z=True)


def _moved(objective: Objective, params: FloatArray, gradient: FloatArray, update: FloatArray) -> FloatArray:
    """Parameters after an update that stops at 0 where a corner of the penalty is."""
    new = params + update
    if objective.penalty.is_smooth:
        return new
    p = objective.source.n_features
    orthant = np.where(params[:p] != 0, np.sign(params[:p]), -np.sign(gradient[:p]))
    new[:p] = np.where(new[:p] * orthant < 0, 0.0, new[:p])
    new[:p] = np.where((params[:p] == 0) & (gradient[:p] == 0), 0.0, new[:p])
    return new


def _certificate(
    objective: Objective,
    params: FloatArray,
    evaluation: Evaluation,
    gradient: FloatArray,
    direction: FloatArray,
    slope: FloatArray,
    best: FloatArray,
    stalled: IntArray,
    failed: IntArray,
) -> tuple[Certificate, FloatArray, IntArray]:
    assert evaluation.grad_z is not None  # asked for
    scale = np.maximum(objective.share() @ np.abs(evaluation.grad_z), np.finfo(float).tiny)
    residual = np.abs(gradient).max(axis=0, initial=0.0) / scale
    distance = relative_length(direction, params)
    stalled = np.where(residual < 0.5 * best, 0, stalled + 1)
    best = np.minimum(best, residual)
    close = (residual <= _CLOSE) & (distance <= _CLOSE)
    # The gradient of a column that a penalty all but fixes is below the rounding of others before its digits are right.
    each = (np.abs(direction) <= _EACH * np.abs(params)).all(axis=0)
    patience = np.where(residual <= _NOISE, 10, 50)  # ill-conditioned descents pause for long
    done = ((residual <= 4 * _EPS) & each) | (close & ((stalled >= patience) | (failed >= 1)))
    stuck: BoolArray = ~done & ((failed >= 2) | (distance == 0.0))
    return Certificate(residual, np.sqrt(-slope), distance, done, stuck), best, stalled


def _confirmed(
    objective: Objective, params: FloatArray, evaluation: Evaluation, own: Certificate, before: Certificate | None
) -> tuple[Certificate, Certificate | None]:
    """Ask one Hessian, where there is one, about columns that take themselves for optimal: a column at a time ends.

    A gradient can be small because samples are saturated, on the way to infinity or on a plateau.
    """
    if not (own.is_optimal.any() and not is_coupled(objective) and objective.penalty.is_smooth):
        return own, before
    if objective.source.n_features > _METRIC_LIMIT:
        return own, before
    asked = np.zeros_like(own.is_optimal) if before is None else before.is_optimal | before.is_stuck
    ends, known = own.is_optimal, before
    if known is None or (ends & ~asked).any():
        known = certified(objective, params, evaluation)
        known = known._replace(is_optimal=ends & known.is_optimal, is_stuck=ends & ~known.is_optimal)
    told = [np.where(ends, theirs, mine) for theirs, mine in zip(known[:3], own[:3], strict=True)]
    residual, decrement, distance = told
    stuck = own.is_stuck | (ends & known.is_stuck)
    return Certificate(residual, decrement, distance, ends & known.is_optimal, stuck), known


__all__ = ["LBFGS"]
