"""The audit of a hand-derived gradient: is it the slope of its own loss, and if not, what was forgotten?

It compares with differences of the value alone, never with another derivation.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from logitscope._typing import FloatArray
from logitscope.activations import AuditReport, Finding
from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import Pointwise, get_pointwise
from logitscope.sources import RowSource

# No round numbers: a clipped or piecewise activation may have a corner there.
_Z = np.array([-2.37, -1.61, -0.83, -0.31, 0.0437, 0.29, 0.71, 1.37, 2.59])
_LABELS = (0.0, 0.3, 1.0)
_TOLERANCE = 1e-6
_ALPHA = 0.37

PointwiseGradient = Callable[[FloatArray, FloatArray], FloatArray]
ModelGradient = Callable[[FloatArray, FloatArray, FloatArray, float, float], tuple[FloatArray, float]]


def check_gradient(
    activation: Any,
    loss: Any,
    *,
    grad_z: PointwiseGradient | None = None,
    gradient: ModelGradient | None = None,
) -> AuditReport:
    """Audit the gradient of an activation with a loss, or one that you derived by hand for that pair.

    Parameters
    ----------
    activation, loss : str or object
        As for `get_activation` and `get_loss`.
    grad_z : callable, optional
        Your ``grad_z(z, y)``: ∂ℓ/∂z per sample, labels in [0, 1], both (n_samples,); for softmax (n_samples, 2). By
        default logitscope's own.
    gradient : callable, optional
        Your ``gradient(X, y, coef, intercept, alpha) -> (grad_coef, grad_intercept)`` of the mean loss plus
        ``alpha / 2 * |coef|²``, the intercept not penalised; y holds 0 and 1. For softmax it is that of class 1
        against a class whose z is 0. By default logitscope's own.

    Returns
    -------
    AuditReport
        One `Finding` a check. Where a gradient is wrong, and the difference is one of the usual ones (a factor n or a
        sign, a derivative taken of the wrong quantity, a penalty turned round or put on the intercept), it says so.

    Notes
    -----
    z stays within ±3, where differences of the loss can be trusted; what an activation does in saturation is
    `check_activation`'s to say.

    Examples
    --------
    >>> import numpy as np
    >>> print(check_gradient("tanh", "squared_error"))
    tanh with squared_error passes every check
      ok    grad_z: it is the slope of the loss in z (largest relative error ...)
      ok    gradient: it is the slope of mean loss plus penalty (largest relative error ...)
    >>> forgets_the_derivative = lambda z, y: np.tanh(z) - (2 * y - 1)
    >>> print(check_gradient("tanh", "squared_error", grad_z=forgets_the_derivative))
    tanh with squared_error fails
      FAIL  grad_z: at z = ..., y = ... it is ...; differences of the loss give ... (it is the upstream gradient
      alone: the factor φ′(z) is missing)
      ok    gradient: it is the slope of mean loss plus penalty (largest relative error ...)
    """
    pair = get_pointwise(activation, loss)
    findings = (
        _check_grad_z(pair, grad_z or pair.grad_z),
        _check_model(pair, gradient or _own_gradient(pair)),
    )
    name = f"{pair.activation.name} with {pair.loss.name}"
    return AuditReport(name, findings)


def _difference(value: Callable[[float], float], at: float) -> float:
    """Richardson's extrapolation of central differences, good to about ten digits."""
    h = 1e-3 * max(1.0, abs(at))
    wide, narrow = ((value(at + s) - value(at - s)) / (2 * s) for s in (2 * h, h))
    return (4 * narrow - wide) / 3


def _columns(pair: Pointwise, z: FloatArray, y: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Put z beside a second class at 0 if the activation couples columns."""
    if not pair.activation.couples_columns:
        return z, y
    return np.stack([z, np.zeros_like(z)], axis=-1), np.stack([y, 1 - y], axis=-1)


def _check_grad_z(pair: Pointwise, grad_z: PointwiseGradient) -> Finding:
    z, y = (grid.ravel() for grid in np.meshgrid(_Z, _LABELS))
    inside = np.isfinite(pair.value(*_columns(pair, z, y)).reshape(len(z), -1).sum(axis=1))
    z, y = z[inside], y[inside]

    def loss_at(zi: float, yi: float) -> float:
        return float(pair.value(*_columns(pair, np.array([zi]), np.array([yi]))).sum())

    truth = np.array([_difference(lambda s, yi=yi: loss_at(s, yi), zi) for zi, yi in zip(z, y, strict=True)])  # type: ignore[misc]
    own = np.asarray(grad_z(*_columns(pair, z, y)), dtype=np.float64)
    own = own[..., 0] if pair.activation.couples_columns and own.ndim == 2 else own
    good = "it is the slope of the loss in z"
    return _judge("grad_z", own, truth, good, lambda i: f"at z = {z[i]:g}, y = {y[i]:g}", _usual_slips(pair, z, y))


def _usual_slips(pair: Pointwise, z: FloatArray, y: FloatArray) -> dict[str, FloatArray]:
    """What ∂ℓ/∂z looks like when something was forgotten, by what it was."""
    phi = pair.activation
    if phi.couples_columns:
        return {}
    upstream, local_derivative, a, p = pair.upstream(z, y), phi.derivative(z), phi.value(z), phi.probability(z)
    in_place_of_slope = {
        "it is the upstream gradient alone: the factor φ′(z) is missing": np.ones_like(z),
        "the factor φ′(z) counts twice": local_derivative**2,
        "φ′ was taken of a instead of z": phi.derivative(a),
        "the local derivative is 1 − a², which is tanh's": 1 - a**2,
        "the local derivative is 1 − z²: the formula wants a, not z": 1 - z**2,
        "the local derivative is 1 − p²: the formula wants a, not the probability": 1 - p**2,
        "the local derivative is 1 − tanh² a: the activation was applied twice": 1 - np.tanh(a) ** 2,
        "the local derivative is a (1 − a), which is the sigmoid's": a * (1 - a),
        "the local derivative is z (1 − z): the formula wants a, not z": z * (1 - z),
    }
    # A slope that is right explains nothing: with a wrong loss of a user's own, 1 − a² is no slip of tanh.
    slope = np.array([_difference(lambda s: float(phi.value(s)), zi) for zi in z])
    slips = {
        name: upstream * wrong
        for name, wrong in in_place_of_slope.items()
        if np.any(_relative(wrong, slope) > _TOLERANCE)
    }
    slips["it is the local derivative alone: the factor ∂ℓ/∂a is missing"] = local_derivative
    slips["it is a − y, which belongs to the sigmoid with cross-entropy"] = a - y
    if (phi.lower, phi.upper) != (0, 1):
        slips["the labels are 0 and 1, and the loss wants lower and upper"] = (a - y) * local_derivative
    return slips


def _own_gradient(pair: Pointwise) -> ModelGradient:
    def gradient(
        X: FloatArray, y: FloatArray, coef: FloatArray, intercept: float, alpha: float
    ) -> tuple[FloatArray, float]:
        params = _params(pair, coef, intercept)
        slope = _objective(pair, X, y, alpha).evaluate(params).gradient
        return slope[:-1, 0], float(slope[-1, 0])

    return gradient


def _params(pair: Pointwise, coef: FloatArray, intercept: float) -> FloatArray:
    column = np.append(coef, intercept)
    return np.stack([column, np.zeros_like(column)], axis=1) if pair.activation.couples_columns else column[:, None]


def _objective(pair: Pointwise, X: FloatArray, y: FloatArray, alpha: float) -> Objective:
    target = np.stack([y, 1 - y], axis=1) if pair.activation.couples_columns else y[:, None]
    return Objective(RowSource(X), target, np.ones(len(X)), pair, ElasticNet(alpha))


def _check_model(pair: Pointwise, gradient: ModelGradient) -> Finding:
    rng = np.random.default_rng(0)
    X = 0.3 * rng.standard_normal((23, 3))  # z stays within the ±1 where even a clipped line has a slope
    y = (rng.random(23) < 0.5).astype(np.float64)
    coef, intercept = np.array([0.31, -0.27, 0.19]), 0.23
    theta = np.append(coef, intercept)

    def value(params: FloatArray) -> float:
        return float(_objective(pair, X, y, _ALPHA).value(_params(pair, params[:-1], params[-1])).sum())

    truth = np.array(
        [_difference(lambda s, j=j: value(np.where(np.arange(4) == j, s, theta)), theta[j]) for j in range(4)]  # type: ignore[misc]
    )
    grad_coef, grad_intercept = gradient(X, y, coef, intercept, _ALPHA)
    own = np.append(np.asarray(grad_coef, dtype=np.float64).ravel(), np.asarray(grad_intercept, dtype=np.float64))
    place = ("coef[0]", "coef[1]", "coef[2]", "intercept")
    penalty, on_b = np.append(_ALPHA * coef, 0.0), np.append(np.zeros(3), _ALPHA * intercept)
    mean, n = truth - penalty, len(X)
    forgotten = {
        "the sign of the penalty is flipped": mean - penalty,
        "the sign of the loss is flipped, and the penalty's is not": penalty - mean,
        "the penalty is missing": mean,
        "the penalty counts twice: its ½ is missing": mean + 2 * penalty,
        "the penalty is divided by n": mean + penalty / n,
        "the intercept is penalised": truth + on_b,
        "the 1/n of the mean is missing: the loss is summed": n * mean + penalty,
        "the 1/n of the mean counts twice": mean / n + penalty,
    }
    rows = np.column_stack([X, np.ones(n)])
    slips = _usual_slips(pair, X @ coef + intercept, y)
    forgotten |= {name: rows.T @ grad_z / n + penalty for name, grad_z in slips.items()}
    good = "it is the slope of mean loss plus penalty"
    return _judge("gradient", own, truth, good, lambda i: f"of {place[i]}", forgotten)


def _judge(
    check: str,
    own: FloatArray,
    truth: FloatArray,
    good: str,
    where: Callable[[int], str],
    forgotten: dict[str, FloatArray],
) -> Finding:
    if own.shape != truth.shape:
        return Finding(check, False, f"it has shape {own.shape}; it must have shape {truth.shape}", np.inf)
    error = _relative(own, truth)
    worst = int(np.argmax(error))
    figure = float(error[worst])
    if figure <= _TOLERANCE:
        return Finding(check, True, f"{good} (largest relative error {figure:.1e})", figure)
    why = _explanation(own, truth, forgotten)
    message = f"{where(worst)} it is {own[worst]:.6g}; differences of the loss give {truth[worst]:.6g}"
    return Finding(check, False, message + (f" ({why})" if why else ""), figure)


def _explanation(own: FloatArray, truth: FloatArray, forgotten: dict[str, FloatArray]) -> str | None:
    """Name the slip that gives just these numbers, or these numbers up to a factor."""
    factor = _constant_factor(own, truth)
    if factor is not None:
        return "the sign is flipped" if _is_one(-factor) else f"it is {factor:.6g} times the right one"
    factors = {name: _constant_factor(own, wrong) for name, wrong in forgotten.items()}
    exact = next((name for name, factor in factors.items() if factor is not None and _is_one(factor)), None)
    if exact is not None:
        return exact
    for name, factor in factors.items():
        if factor is not None:
            return name + (", and the sign is flipped" if _is_one(-factor) else f", times {factor:.6g}")
    return None


def _relative(own: FloatArray, truth: FloatArray) -> FloatArray:
    """Error relative to the value, or to the scale of all values where one is small; NaN counts as infinite."""
    scale = np.maximum(np.abs(truth), 1e-3 * np.abs(truth).max())
    with np.errstate(all="ignore"):
        error: FloatArray = np.abs(own - truth) / np.maximum(scale, 1e-12)
    return np.where(np.isnan(error), np.inf, error)


def _constant_factor(own: FloatArray, other: FloatArray) -> float | None:
    """Return c if own = c · other."""
    with np.errstate(all="ignore"):
        factor = float(own @ other / (other @ other))
        is_multiple = np.isfinite(factor) and factor != 0 and np.all(_relative(own, factor * other) <= _TOLERANCE)
    return factor if is_multiple else None


def _is_one(factor: float) -> bool:
    return abs(factor - 1) < _TOLERANCE


__all__ = ["check_gradient"]
