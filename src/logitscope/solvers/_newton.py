"""Newton's method on well-conditioned coordinates, with Fisher scoring where the Hessian is indefinite.

It knows the objective's gradient and Hessian; it never knows who watches.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import ClassVar, NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError
from logitscope._typing import BoolArray, FloatArray
from logitscope.objective import Evaluation, Objective
from logitscope.pointwise import Pointwise
from logitscope.solvers._convexity import is_convex, is_coupled
from logitscope.solvers._coordinates import SPECTRUM_LIMIT, choose_coordinates
from logitscope.solvers._descent import better_start, relative_length
from logitscope.solvers._hessians import hessian_size, joint_hessian
from logitscope.solvers._memory import Dot
from logitscope.solvers._progress import Progress, no_progress
from logitscope.solvers._shared import balanced, centred
from logitscope.solvers._truncated import Truncated
from logitscope.steps import Certificate, Step

_HALVINGS = 50
_EPS = float(np.finfo(float).eps)
MOST_INVERTED = 1000  # size of a Hessian that is inverted in a second
_CONFIRMED = 1e-10  # Newton's step where another method can do no better
_SMALL = 1e-6  # a gradient above this share of its terms is no rounding
_FLAT = 1e-14  # eigenvalues below this share of the largest are rounding


class _Direction(NamedTuple):
    """Newton's direction of every column, and the matrix that made it from the gradient."""

    value: FloatArray
    inverse: FloatArray
    """One a column, (n_params, n_params, n_columns); of coupled columns (n_params, n_columns · n_params, n_columns)."""
    decrement: FloatArray
    is_minimum: BoolArray
    """Whether the Hessian is positive definite beyond rounding: on plateaus and saddles a short step proves nothing."""


@dataclass(frozen=True)
class Newton:
    """update = −t H⁻¹ g with t halved until the objective falls (Boyd and Vandenberghe 2004, algorithm 9.5).

    Where H is not positive definite (squared error, Cauchy tails), the expected Hessian takes its place: Fisher scoring
    of a likelihood, Gauss-Newton of a squared error. Softmax's H is one matrix of all classes together. It ends when no
    step makes the parameters better: one of relative length below 1e-10, no shorter than half of the one before; or
    where the gradient is rounding, and five steps were no shorter.
    """

    name: ClassVar[str] = "newton"

    def steps(self, objective: Objective, params: FloatArray) -> Iterator[Step]:
        """Yield the steps from `params` on, one an epoch; of very many parameters of all classes, without their matrix.

        Raises
        ------
        IncompatibleError
            For softmax with another loss than cross-entropy, and for an L1 penalty.
        """
        _require(objective)
        counter = count()
        params = yield from better_start(objective, params, counter)
        if is_coupled(objective) and hessian_size(objective) > MOST_INVERTED:
            yield from Truncated().steps(objective, params, counter, is_last=True)
            return
        view = choose_coordinates(objective)
        inner, inside = view.inward(params), view.objective
        failed = np.zeros(objective.n_columns, dtype=bool)
        progress = no_progress(objective.n_columns)
        for epoch in counter:
            evaluation = inside.evaluate(inner, with_grad_z=True)
            with np.errstate(all="ignore"):  # what is not finite is judged, not warned of
                direction = _direction(inside, inner, evaluation)
                certificate = _certificate(inside, inner, evaluation, direction, failed, progress)
                length = _halved(inside, inner, direction, evaluation)
                new_inner = centred(inside, inner + length * direction.value)
            step = Step(
                epoch, epoch, True, None, evaluation, inner, new_inner, length, direction.inverse, None, None,
                certificate,
            )  # fmt: skip
            yield view.step(step)
            inner, failed, progress = new_inner, length == 0.0, progress.after(certificate.distance)


def certified(objective: Objective, params: FloatArray, evaluation: Evaluation) -> Certificate:
    """Return what one Hessian says of parameters that another method takes for an optimum, in its coordinates."""
    direction = _direction(objective, params, evaluation)
    never = np.zeros(objective.n_columns, dtype=bool)
    known = _certificate(objective, params, evaluation, direction, never, no_progress(objective.n_columns))
    close = (known.distance <= _CONFIRMED) & (known.residual <= _SMALL)
    return known._replace(is_optimal=close & _proven(objective, evaluation, direction), is_stuck=never)


def _require(objective: Objective) -> None:
    if is_coupled(objective) and not is_convex(objective):
        raise IncompatibleError(
            "Cannot use `solver='newton'` with softmax and another loss than cross-entropy, of which it has no Hessian."
            " Choose loss='cross_entropy', an elementwise activation (one-vs-rest) or solver='lbfgs'."
        )
    if not objective.penalty.is_smooth:
        raise IncompatibleError(
            "Cannot use `solver='newton'` with `l1_ratio` > 0: it needs a smooth penalty. Choose solver='lbfgs'."
        )


def _direction(objective: Objective, params: FloatArray, evaluation: Evaluation) -> _Direction:
    if is_coupled(objective):
        return _joint_direction(objective, balanced(objective, params, evaluation.gradient), evaluation.z)
    inverses, least = [], np.empty(objective.n_columns)
    for column in range(objective.n_columns):
        inverse, least[column] = inverse_of(objective.hessian(params, column))
        if least[column] <= -1e-10:
            inverse, _ = inverse_of(objective.hessian(params, column, expected=True))
        inverses.append(inverse)
    inverse = np.stack(inverses, axis=-1)
    value = -np.einsum("ijm,jm->im", inverse, evaluation.gradient)
    decrement = np.sqrt(np.maximum(-np.einsum("im,im->m", value, evaluation.gradient), 0.0))
    return _Direction(value, inverse, decrement, least > _FLAT)


def _joint_direction(objective: Objective, gradient: FloatArray, z: FloatArray) -> _Direction:
    """Return the direction of columns that see each other, and for each what its gradient does to all of them.

    What classes share is left out of the matrix: of every row it cancels, and only the penalty's own pull moves it.
    """
    size, k = gradient.shape
    inverse, least = inverse_of(joint_hessian(objective, z))
    blocks = inverse.reshape(k, size, k, size)
    blocks = blocks - blocks.mean(axis=0)
    blocks = blocks - blocks.mean(axis=2, keepdims=True)
    value = -(blocks.reshape(inverse.shape) @ gradient.T.ravel()).reshape(k, size).T
    square = max(-float(np.vdot(value, gradient)), 0.0)
    maps = blocks.transpose(1, 2, 3, 0).reshape(size, k * size, k)
    return _Direction(value, maps, np.full(k, square**0.5), np.full(k, least > _FLAT))


def inverse_of(hessian: FloatArray) -> tuple[FloatArray, float]:
    """Return |H|⁻¹ and the least eigenvalue relative to the largest; flat directions are raised to a share of it.

    Both in units in which the diagonal is about 1: a column that a penalty all but fixes has a curvature of its own.
    """
    if not np.isfinite(hessian).all():
        return np.full_like(hessian, np.nan), np.nan
    diagonal = np.abs(np.diagonal(hessian))
    unit = np.frexp(np.sqrt(np.where(diagonal > 0, diagonal, diagonal.max(initial=0.0))))[1].astype(np.intp)
    scaled = np.ldexp(np.ldexp(hessian, -unit), -unit[:, None])
    values, vectors = np.linalg.eigh((scaled + scaled.T) / 2)
    largest = float(np.abs(values).max(initial=0.0))
    least = float(values.min(initial=np.inf)) / largest if largest > 0 else float(not len(values))
    inverse: FloatArray
    if least > _FLAT:  # elimination keeps the digits of entries that are tiny among others, eigenvectors do not
        inverse = np.linalg.inv(scaled)
        inverse = (inverse + inverse.T) / 2
    else:
        floor = max(_FLAT * largest, float(np.finfo(float).tiny))
        inverse = (vectors / np.maximum(np.abs(values), floor)) @ vectors.T
    return np.ldexp(np.ldexp(inverse, -unit), -unit[:, None]), least


def _certificate(
    objective: Objective,
    params: FloatArray,
    evaluation: Evaluation,
    direction: _Direction,
    failed: BoolArray,
    progress: Progress,
) -> Certificate:
    residual, distance = how_far(objective, params, evaluation, direction.value)
    violation = np.abs(evaluation.gradient).max(axis=0, initial=0.0)
    if is_coupled(objective):  # classes end together, when the last is there
        residual, distance, violation = (np.full_like(each, each.max()) for each in (residual, distance, violation))
    ends = progress.is_over(distance, residual) | (violation == 0.0)
    done = ends & _proven(objective, evaluation, direction)
    stuck = (ends | failed | (distance == 0.0)) & ~done
    return Certificate(residual, direction.decrement, distance, done, stuck)


def how_far(
    objective: Objective, params: FloatArray, evaluation: Evaluation, direction: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the largest gradient relative to the terms that cancel in it, and the step relative to the parameters."""
    assert evaluation.grad_z is not None  # asked for
    scale = objective.share() @ _terms(objective, evaluation)
    violation = np.abs(evaluation.gradient).max(axis=0, initial=0.0)
    with np.errstate(over="ignore"):  # where no sample pulls, a penalty's pull is infinitely larger
        residual = violation / np.maximum(scale, np.finfo(float).tiny)
    return residual, relative_length(direction, params)


def _terms(objective: Objective, evaluation: Evaluation) -> FloatArray:
    """Return the size of the terms that cancel in the gradient; a soft label that is met exactly has such terms too."""
    is_hard = (objective.target == 0) | (objective.target == 1)
    if is_hard.all() or is_coupled(objective):
        return np.abs(np.asarray(evaluation.grad_z))
    sizes: FloatArray = objective.pointwise.fill(Pointwise.term_size, evaluation.z, objective.target)
    return sizes


def _proven(objective: Objective, evaluation: Evaluation, direction: _Direction) -> BoolArray:
    """Whether a short step means a minimum: not on a plateau (every sample saturated), nor at a saddle.

    Of wide data that are not penalised the rank is not known, and flat directions may be those that X does not see.
    """
    is_wide = objective.penalty.is_zero and objective.source.n_features > SPECTRUM_LIMIT
    return direction.is_minimum | (evaluation.loss == 0.0) | is_wide


def _halved(objective: Objective, params: FloatArray, direction: _Direction, evaluation: Evaluation) -> FloatArray:
    """Halve each column's step until its objective falls as far as a thousandth of the slope promises."""
    total = Dot(is_coupled(objective)).total
    length, loss = np.ones(objective.n_columns), total(evaluation.loss)
    promised = 1e-3 * direction.decrement**2
    rounding = 8 * _EPS * np.abs(loss)  # near the optimum, rounding decides which of two values is larger
    for _ in range(_HALVINGS):
        new = total(objective.value(params + length * direction.value))
        rises = ~(new <= loss - length * promised + rounding)
        if not rises.any():
            return length
        length = np.where(rises, length / 2, length)
    return np.where(rises, 0.0, length)


__all__ = ["MOST_INVERTED", "Newton", "certified", "how_far", "inverse_of"]
