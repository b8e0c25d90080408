"""Firth's penalised likelihood for logistic regression: Jeffreys' prior, under which estimates are always finite.

It knows the objective's rows, labels and weights; it never knows who watches.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import ClassVar, NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError
from logitscope._typing import BoolArray, FloatArray
from logitscope.activations._sigmoid import Sigmoid
from logitscope.activations._tanh import Tanh
from logitscope.losses import CrossEntropy
from logitscope.objective import Evaluation, Objective
from logitscope.solvers._coordinates import choose_coordinates
from logitscope.solvers._information import design, information_factor, information_weights
from logitscope.solvers._newton import how_far
from logitscope.steps import Certificate, Step

_HALVINGS = 50
_REACH = 10.0  # columns have size 1: a z of 10 is a probability of 5e-5
_EPS = float(np.finfo(float).eps)
_CLOSE = 1e-10
_FLOOR = 16 * _EPS
_TENSOR_LIMIT = 128  # parameters up to which the curvature of the prior is worth its n k³ operations


class _Look(NamedTuple):
    """One column at some parameters."""

    value: float
    gradient: FloatArray
    """Of the penalised objective, (n_params,)."""
    inverse: FloatArray
    """What the gradient is multiplied by, (n_params, n_params)."""


@dataclass(frozen=True)
class Firth:
    """update = −t H⁻¹ g for the mean loss − (log det I(β) − log det I(0))/(2 Σ s), t halved until it falls.

    I(β) = Σ sᵢ wᵢ x̃ᵢ x̃ᵢᵀ is the Fisher information, wᵢ = p q for the sigmoid. The gradient is that of Heinze and
    Schemper (2002, eq. 2): −(1/Σ s) Σ (sᵢ (yᵢ − pᵢ) + hᵢ (½ − pᵢ)) x̃ᵢ, with hᵢ the leverage of row i in √(s w) x̃.
    H is the Hessian of this objective where it is positive definite (and there are at most 128 parameters), otherwise
    I(β)/Σ s, as in Firth (1993). The sum of weights counts: weights are read as numbers of equal rows.

    Notes
    -----
    The prior is taken relative to β = 0, where log det I is largest. So the objective is ≥ 0 and does not depend on
    the units of the columns. Tanh is the sigmoid at 2z, and Jeffreys' prior does not depend on the units of z either:
    coefficients are half of the sigmoid's. Evaluations hold the penalised loss and gradient, but the z and grad_z of
    the samples' own losses, as with any penalty. Where columns are collinear, I is that of the directions which X
    sees, and the answer is the one of smallest norm in equilibrated units.

    Examples
    --------
    Completely separated labels have finite estimates:

    >>> import numpy as np
    >>> from itertools import islice
    >>> from logitscope.pointwise import get_pointwise
    >>> from logitscope.sources import RowSource
    >>> X, y = np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([[0.0], [0.0], [1.0], [1.0]])
    >>> objective = Objective(RowSource(X), y, np.ones(4), get_pointwise("sigmoid", "cross_entropy"))
    >>> *_, last = islice(Firth().steps(objective, np.zeros((2, 1))), 10)
    >>> print(last.certificate.is_optimal[0], last.params[:, 0])
    True [ 1.30990297 -3.27475741]
    """

    name: ClassVar[str] = "firth"

    def steps(self, objective: Objective, params: FloatArray) -> Iterator[Step]:
        """Yield the steps from `params` on, one an epoch, without end.

        Raises
        ------
        IncompatibleError
            For anything but the cross-entropy of sigmoid or tanh, and with another penalty.
        """
        _require(objective)
        view = choose_coordinates(objective)
        inside, inner = view.objective, view.inward(params)
        origin = _log_det(inside, np.zeros((inside.n_params, inside.n_columns)))
        previous = np.full(inside.n_columns, np.inf)
        failed = np.zeros(inside.n_columns, dtype=bool)
        for epoch in count():
            seen = inside.evaluate(inner, with_grad_z=True)
            looks = [_look(inside, seen, column, origin) for column in range(inside.n_columns)]
            value = np.array([look.value for look in looks])
            gradient = np.stack([look.gradient for look in looks], axis=-1)
            inverse = np.stack([look.inverse for look in looks], axis=-1)
            evaluation = Evaluation(value, gradient, seen.z, seen.grad_z)
            direction = -np.einsum("ijm,jm->im", inverse, gradient)
            certificate = _certificate(inside, inner, evaluation, direction, previous, failed)
            length = _halved(inside, inner, evaluation, direction, certificate.decrement, origin)
            new_inner = inner + length * direction
            step = Step(
                epoch, epoch, True, None, evaluation, inner, new_inner, length, inverse, None, None, certificate
            )
            yield view.step(step)
            inner, previous, failed = new_inner, certificate.distance, length == 0.0


def _require(objective: Objective) -> None:
    for column in range(objective.n_columns):
        pair = objective.pointwise.column(column)
        phi, loss = pair.activation, pair.loss
        if not (isinstance(phi, Sigmoid | Tanh) and isinstance(loss, CrossEntropy)):
            raise IncompatibleError(
                f"Cannot use `penalty='firth'` with activation {phi.name!r} and loss {loss.name!r}: it needs the"
                " likelihood of logistic regression. Choose activation='sigmoid' or 'tanh' with loss='cross_entropy'."
            )
    if not objective.penalty.is_zero:
        raise IncompatibleError(
            "Cannot use `penalty='firth'` with `alpha` > 0: Jeffreys' prior is the penalty. Set alpha=0."
        )


def _units(objective: Objective, column: int) -> float:
    """Return c with p = σ(c z)."""
    return 2.0 if isinstance(objective.pointwise.column(column).activation, Tanh) else 1.0


def _factor(objective: Objective, z: FloatArray, column: int) -> FloatArray:
    return information_factor(objective, information_weights(objective, z, column))


def _log_det_of(factor: FloatArray) -> float:
    with np.errstate(divide="ignore"):
        return 2.0 * float(np.log(np.abs(np.diag(factor))).sum())


def _log_det(objective: Objective, params: FloatArray) -> FloatArray:
    """Return log det I(β)/Σ s of every column, (n_models,)."""
    z = objective.z(params)
    return np.array([_log_det_of(_factor(objective, z, column)) for column in range(objective.n_columns)])


def _value(objective: Objective, params: FloatArray, origin: FloatArray) -> FloatArray:
    prior = (_log_det(objective, params) - origin) / (2 * objective.weights.sum())
    return objective.value(params) - prior


def _look(objective: Objective, seen: Evaluation, column: int, origin: FloatArray) -> _Look:
    total, units = float(objective.weights.sum()), _units(objective, column)
    phi, z = objective.pointwise.column(column).activation, seen.z[:, column]
    weights = information_weights(objective, seen.z, column)
    factor = information_factor(objective, weights)
    value = float(seen.loss[column]) - (_log_det_of(factor) - float(origin[column])) / (2 * total)
    k = objective.n_params
    if not np.isfinite(value):
        return _Look(value, seen.gradient[:, column], np.full((k, k), np.nan))
    p, q = phi.probability(z), phi.complement(z)
    basis = np.linalg.inv(factor)  # x̃ᵀ basis are the rows in coordinates in which I is the identity
    pull, bend = np.zeros(k), np.zeros((k, k))
    tensor = np.zeros((k, k * k)) if k <= _TENSOR_LIMIT else None
    for positions, rows in design(objective):
        own = rows @ basis
        share = weights[positions] / total
        leverage = share * np.einsum("ij,ij->i", own, own)
        slope = units * (q - p)[positions]  # w′/w
        pull += own.T @ (leverage * slope)
        if tensor is not None:
            bend += own.T @ ((leverage * units**2 * (1 - 6 * p * q)[positions])[:, None] * own)  # w″/w
            tensor += (own * (share * slope)[:, None]).T @ (own[:, :, None] * own[:, None, :]).reshape(len(own), -1)
    gradient = seen.gradient[:, column] - factor.T @ pull / 2
    # ∂² of −log det I/(2 Σ s), with ∂ₐI = Σ s w′ₐ x̃ x̃ᵀ: −½ tr(I⁻¹ ∂ₐ∂_b I) + ½ tr(I⁻¹ ∂ₐI I⁻¹ ∂_b I).
    curved = np.eye(k) if tensor is None else np.eye(k) - bend / 2 + total * tensor @ tensor.T / 2
    values, vectors = np.linalg.eigh((curved + curved.T) / 2)
    if values[0] <= 1e-3:  # not where Newton's direction can be trusted to descend: Fisher scoring
        return _Look(value, gradient, basis @ basis.T)
    root = basis @ vectors / np.sqrt(values)
    return _Look(value, gradient, root @ root.T)


def _certificate(
    objective: Objective,
    params: FloatArray,
    evaluation: Evaluation,
    direction: FloatArray,
    previous: FloatArray,
    failed: BoolArray,
) -> Certificate:
    """Judge as Newton's method does; the scale of the gradient is that of its terms."""
    residual, distance = how_far(objective, params, evaluation, direction)
    violation = np.abs(evaluation.gradient).max(axis=0, initial=0.0)
    decrement = np.sqrt(np.maximum(-np.einsum("im,im->m", direction, evaluation.gradient), 0.0))
    done = (distance <= _FLOOR) | ((distance <= _CLOSE) & (distance >= previous / 2)) | (violation == 0.0)
    return Certificate(residual, decrement, distance, done, failed & ~done)


def _halved(
    objective: Objective,
    params: FloatArray,
    evaluation: Evaluation,
    direction: FloatArray,
    decrement: FloatArray,
    origin: FloatArray,
) -> FloatArray:
    """Halve each column's step until the penalised objective falls as far as a thousandth of the slope promises.

    No step begins longer than `_REACH`, or than twice the parameters: where every p is 0 or 1 the information vanishes,
    and its inverse is of no use as a length.
    """
    reach, size = (np.sqrt(np.square(each).sum(axis=0)) for each in (direction, params))
    with np.errstate(divide="ignore"):
        length = np.minimum(1.0, np.maximum(_REACH, 2 * size) / reach)
    rounding = 8 * _EPS * (1 + np.abs(evaluation.loss))  # near the optimum, rounding decides which value is larger
    for _ in range(_HALVINGS):
        value = _value(objective, params + length * direction, origin)
        rises = ~(value <= evaluation.loss - length * 1e-3 * decrement**2 + rounding)
        if not rises.any():
            return length
        length = np.where(rises, length / 2, length)
    return np.where(rises, 0.0, length)


__all__ = ["Firth"]
