"""From an objective and its optimum to an `Inference`, or to the reason why there is none.

It knows which assumptions the theory makes; it never knows an estimator.
"""

from collections.abc import Sequence
from numbers import Real
from typing import Any, Literal

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError, unknown_name
from logitscope._typing import BoolArray, FloatArray
from logitscope.activations._hard import Hard
from logitscope.inference._maximum import Maximum, climb
from logitscope.inference._result import Inference, Uncertainty
from logitscope.inference._separation import judge_separation
from logitscope.losses import CrossEntropy
from logitscope.objective import Objective
from logitscope.solvers import Coordinates, choose_coordinates

# Coefficients may be this far from the maximum, in standard errors: z statistics are then right to 4 decimals.
_FARTHEST = 1e-4
_EPS = float(np.finfo(float).eps)


def infer(
    objective: Objective,
    params: FloatArray,
    *,
    names: Sequence[str] | None = None,
    level: float = 0.95,
    information: Literal["expected", "observed"] = "expected",
) -> Inference:
    """Return standard errors, tests and intervals of a binary maximum-likelihood fit.

    The covariance is the inverse of the expected information Σ sᵢ p′²/(p q) x̃ᵢ x̃ᵢᵀ, or of the observed one, the
    Hessian of −log L; both are returned. For the sigmoid and tanh they are the same. They are taken where log L is
    largest: a few Newton steps in orthonormal coordinates remove what rounding (or a loose tolerance) left over, and
    the way back to the units of the data is a product, so that columns of any scale and offset keep their digits.

    Parameters
    ----------
    objective : Objective
        One column, cross-entropy, without penalty. Its weights are *frequency* weights: a row of weight 2 counts as
        two equal observations, and log L = Σ sᵢ log Lᵢ. A soft label y is a proportion: the row counts as s y
        observations of class 1 and s (1 − y) of class 0, as in grouped binomial data.
    params : ndarray of shape (n_params, 1)
        Where the fit ended.
    names : sequence of str of shape (n_features,), optional
        Names of the features; x0, x1, … when absent.
    level : float, default=0.95
        Coverage of the confidence intervals, in (0, 1).
    information : {"expected", "observed"}, default="expected"
        Which standard errors the z statistics, p values and intervals use.

    Returns
    -------
    Inference
        Where columns are collinear, those that take part are not identified: their figures (and the intercept's, if
        it takes part) are NaN, a note names them, and the others are right.

    Raises
    ------
    IncompatibleError
        Where the theory does not hold: a penalty, a loss that is no likelihood, several columns, softmax, the hard
        activation, separated classes, parameters that are not at a maximum.
    InvalidInputError
        A level, information or number of names that cannot be used.

    References
    ----------
    McCullagh and Nelder (1989), Generalized Linear Models, section 4.4; Efron and Hinkley (1978), Biometrika 65.

    Examples
    --------
    >>> import numpy as np
    >>> from logitscope.pointwise import get_pointwise
    >>> from logitscope.sources import RowSource
    >>> X = np.array([[0.0], [1.0]])  # 3 of 10 and 6 of 10: the log odds ratio is log(6·7/(4·3)) = 1.2528
    >>> grouped = Objective(
    ...     RowSource(X), np.array([[0.3], [0.6]]), np.array([10.0, 10.0]), get_pointwise("sigmoid", "cross_entropy")
    ... )
    >>> found = infer(grouped, np.log([[3.5], [3 / 7]]), names=["treated"])
    >>> found.standard_error  # √(1/3 + 1/7 + 1/6 + 1/4) and √(1/3 + 1/7)
    array([0.94491118, 0.69006556])
    """
    _require(objective)
    _check(objective, names, level, information)
    named = tuple(names) if names is not None else tuple(f"x{j}" for j in range(objective.source.n_features))
    _refuse_separation(objective, params, named)
    view = choose_coordinates(objective)
    start = view.inward(params)
    maximum = climb(view.objective, start)
    farthest = _FARTHEST + _rounding(view, params, maximum)
    if not maximum.start_distance <= farthest:
        raise IncompatibleError(
            "Cannot infer from these coefficients: they must maximise the likelihood of the given X, y and"
            f" sample_weight; got coefficients {_far(maximum.start_distance)}. Give the data of the fit, and fit with"
            " solver='newton'."
        )
    return _assemble(objective, view, maximum, params, named, float(level), information)


def _require(objective: Objective) -> None:
    pair = objective.pointwise.column(0)
    if pair.activation.couples_columns:
        raise IncompatibleError(
            "Cannot infer with activation 'softmax': its columns share one likelihood, of which only the differences"
            " are determined. For two classes activation='sigmoid' is the same model."
        )
    if objective.n_columns != 1:
        raise IncompatibleError(
            f"Cannot infer from {objective.n_columns} columns: the theory is of one binary likelihood. For one-vs-rest,"
            " fit each class against the rest on its own (y == label)."
        )
    if isinstance(pair.activation, Hard):
        raise IncompatibleError(
            "Cannot infer with activation 'hard': its likelihood has kinks and probabilities of 0, so that estimates"
            " are not asymptotically normal. Choose a smooth activation."
        )
    if not isinstance(pair.loss, CrossEntropy):
        raise IncompatibleError(
            f"Cannot infer with loss {pair.loss.name!r}: it is no log-likelihood of labels. Fit with"
            " loss='cross_entropy'."
        )
    if not objective.penalty.is_zero:
        raise IncompatibleError(
            "Cannot infer from a penalised fit: a penalty biases the coefficients, which standard errors do not"
            " show. Fit with alpha=0."
        )


def _check(objective: Objective, names: Sequence[str] | None, level: Any, information: Any) -> None:
    if not (isinstance(level, Real) and not isinstance(level, bool) and 0 < float(level) < 1):
        raise InvalidInputError(f"`level` must be a number between 0 and 1; got {level!r}.")
    if information not in ("expected", "observed"):
        raise unknown_name("information", information, ("expected", "observed"))
    if names is not None and len(names) != objective.source.n_features:
        raise InvalidInputError(
            f"`names` must have {objective.source.n_features} names, one for each feature; got {len(names)}."
        )


def _refuse_separation(objective: Objective, params: FloatArray, names: Sequence[str]) -> None:
    """Refuse separated classes; a proportion has rows on both sides."""
    found = judge_separation(objective, params)
    if found:
        raise IncompatibleError(f"Cannot infer from separated classes. {found.sentence(names)}")


def _rounding(view: Coordinates, params: FloatArray, maximum: Maximum) -> float:
    """How many standard errors the rounding of w and b in the user's units is worth.

    Where columns lie far from 0, b is a difference of large numbers: no coefficients in floating point are nearer.
    """
    if not view.objective.fit_intercept:
        return 0.0
    offset = view.units.offset
    size = float(np.abs(params[-1, 0])) + float(np.abs(offset * params[: len(offset), 0]).sum())
    return 4 * _EPS * size * float(np.linalg.norm(maximum.factor[:, -1])) * np.sqrt(maximum.total)


def _far(distance: float) -> str:
    return f"{distance:.2g} standard errors away from the maximum" if np.isfinite(distance) else "at no maximum"


def _unidentified(view: Coordinates) -> BoolArray:
    """Which of the user's parameters a direction that X does not see has a part in, (n_params,)."""
    spectrum, units = view.spectrum, view.units
    moved = np.zeros(len(units.offset) + view.objective.fit_intercept, dtype=bool)
    if spectrum is None or spectrum.rank == len(units.offset):
        return moved
    null = spectrum.null_space
    moved[: len(units.offset)] = np.abs(null).max(axis=1) > 1e-8
    if view.objective.fit_intercept:
        offset = np.ldexp(units.offset, -units.exponent)
        moved[-1] = bool((np.abs(offset @ null) > 1e-10 * (np.abs(offset) @ np.abs(null))).any())
    return moved


def _assemble(
    objective: Objective,
    view: Coordinates,
    maximum: Maximum,
    params: FloatArray,
    names: tuple[str, ...],
    level: float,
    information: Literal["expected", "observed"],
) -> Inference:
    lost = _unidentified(view)
    jacobian = view.jacobian
    pair, weights = objective.pointwise.column(0), objective.weights
    estimate = np.where(lost, np.nan, params[:, 0])
    named = (*names, "intercept") if objective.fit_intercept else names
    return Inference(
        names=named,
        activation=pair.activation.name,
        level=level,
        information=information,
        estimate=estimate,
        expected=Uncertainty.of(jacobian @ maximum.root_expected, lost),
        observed=Uncertainty.of(jacobian @ maximum.root_observed, lost),
        log_likelihood=-maximum.total * maximum.loss,
        null_log_likelihood=-maximum.total * _null_loss(objective),
        n_observations=maximum.total,
        n_parameters=view.objective.n_params,
        n_null_parameters=int(objective.fit_intercept),
        distance=maximum.start_distance,
        notes=_notes(named, lost, weights),
    )


def _null_loss(objective: Objective) -> float:
    """The mean loss with the intercept alone (any activation fits the mean), or at z = 0 where there is none."""
    if not objective.fit_intercept:
        return float(objective.mean_loss(np.zeros_like(objective.target))[0])
    p, q = (float(objective.share() @ label) for label in (objective.target[:, 0], 1 - objective.target[:, 0]))
    return -(p * float(np.log(p)) + q * float(np.log(q)))


def _notes(names: Sequence[str], lost: BoolArray, weights: FloatArray) -> tuple[str, ...]:
    notes = []
    if lost.any():
        listed = ", ".join(repr(name) for name, is_lost in zip(names, lost, strict=True) if is_lost)
        notes.append(f"not identified, since columns are collinear: {listed}; their figures are NaN")
    if not np.array_equal(weights, np.round(weights)):
        notes.append("sample weights are read as numbers of observations, though some are no whole numbers")
    return tuple(notes)


__all__ = ["infer"]
