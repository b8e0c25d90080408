"""The audit of an activation, above all of a user's own: is it what it says, and where are its digits lost?

It never knows the formula that is meant; every check compares the activation with itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from logitscope._typing import FloatArray
from logitscope.activations._base import Activation
from logitscope.activations._custom import CustomActivation

# Where p is free; no round numbers, where a user's function may have a corner.
_NEAR = np.arange(-7.8125, 8.0, 0.5)
# Into saturation, on multiples of 2⁻¹⁰, so that the stencil of `_noise` has no rounding of its own.
_FAR = np.round(np.geomspace(1.9, 690.0, 250) * 1024.0) / 1024.0
_EVERYWHERE = np.concatenate([-_FAR[::-1], np.linspace(-1.9, 1.9, 77)[1:-1], _FAR])
_ROUNDING = 8.0 * float(np.finfo(np.float64).eps)
_DIGITS = 6


@dataclass(frozen=True)
class Finding:
    """What one check found: its name, its verdict, a sentence, and the figure that the verdict rests on."""

    check: str
    passed: bool
    message: str
    figure: float

    def __str__(self) -> str:
        return f"{'ok  ' if self.passed else 'FAIL'}  {self.check}: {self.message}"


@dataclass(frozen=True)
class AuditReport:
    """What an audit of `name` found, a `Finding` a check."""

    name: str
    findings: tuple[Finding, ...]

    @property
    def passed(self) -> bool:
        """Whether every check passed."""
        return all(finding.passed for finding in self.findings)

    def __str__(self) -> str:
        verdict = "passes every check" if self.passed else "fails"
        return "\n".join([f"{self.name} {verdict}", *(f"  {finding}" for finding in self.findings)])


def check_activation(activation: Any) -> AuditReport:
    """Audit an activation, and say in words what is wrong with it.

    Parameters
    ----------
    activation : str, Activation or object
        As for `get_activation`. Of softmax the first of two columns is audited, the other held at 0.

    Returns
    -------
    AuditReport
        One `Finding` a check: range, limits, monotone, derivative (against Richardson's differences of the
        value, or the complex step where `value` takes complex z), sign, probability, quantities (those that
        follow from others) and saturation: whether φ′ has at least 6 digits wherever it is not 0.

    Raises
    ------
    InvalidInputError
        If the object is no activation at all.

    Examples
    --------
    >>> import numpy as np
    >>> class Naive:
    ...     lower, upper = -1.0, 1.0
    ...     value = staticmethod(np.tanh)
    ...     derivative = staticmethod(lambda z: 1 - np.tanh(z) ** 2)
    >>> report = check_activation(Naive())
    >>> report.passed
    False
    >>> print(report)
    Naive fails
      ok    range: the value stays within [-1, 1]
      ok    limits: the value comes to the ends of the range at z = -1e+300 and 1e+300
      ok    monotone: the value never falls
      ok    derivative: it agrees with the complex step of the value
      ok    sign: the derivative is finite and never negative
      ok    probability: p + q = 1, and p = (value - lower) / (upper - lower)
      ok    quantities: the second derivative, the logarithms and the hazards follow from the others
      FAIL  saturation: the derivative keeps fewer than 6 digits from z = 12.3 on
            and is exactly 0 from z = 19.3 on; write it without subtracting from a number near 1
    """
    from logitscope.activations import get_activation  # the registry, which this module is part of

    phi = get_activation(activation)
    with np.errstate(all="ignore"):
        findings = tuple(check(_OneColumn(phi)) for check in _CHECKS)
    return AuditReport(phi.name, findings)


class _OneColumn:
    """The quantities of an activation as functions of one z; if columns are coupled, of two, the other 0."""

    def __init__(self, phi: Activation) -> None:
        self._phi, self.lower, self.upper = phi, phi.lower, phi.upper
        self.span = phi.upper - phi.lower
        self.source = phi.source if isinstance(phi, CustomActivation) else None

    def __call__(self, quantity: str, z: FloatArray) -> FloatArray:
        ask: Callable[[FloatArray], FloatArray] = getattr(self._phi, quantity)
        if self._phi.couples_columns:
            return ask(np.stack([z, np.zeros_like(z)], axis=-1))[..., 0]
        return ask(z)


def _finding(check: str, excess: FloatArray, limit: float, good: str, bad: Callable[[int], str]) -> Finding:
    """Pass if no `excess` is above `limit` or NaN; otherwise describe the worst."""
    excess = np.where(np.isnan(excess), np.inf, excess)
    worst = int(np.argmax(excess))
    passed = bool(excess[worst] <= limit)
    return Finding(check, passed, good if passed else bad(worst), float(excess[worst]))


def _check_range(phi: _OneColumn) -> Finding:
    z = _EVERYWHERE
    a = phi("value", z)
    return _finding(
        "range",
        np.maximum(phi.lower - a, a - phi.upper),
        _ROUNDING * phi.span,
        f"the value stays within [{phi.lower:g}, {phi.upper:g}]",
        lambda i: f"the value at z = {z[i]:.4g} is {a[i]:.4g}, outside [{phi.lower:g}, {phi.upper:g}]",
    )


def _check_limits(phi: _OneColumn) -> Finding:
    z, limits = np.array([-1e300, 1e300]), np.array([phi.lower, phi.upper])
    a = phi("value", z)
    return _finding(
        "limits",
        np.abs(a - limits) / phi.span,
        1e-6,
        "the value comes to the ends of the range at z = -1e+300 and 1e+300",
        lambda i: f"the value at z = {z[i]:g} is {a[i]:.4g}; it should be {limits[i]:g}",
    )


def _check_monotone(phi: _OneColumn) -> Finding:
    z = _EVERYWHERE
    a = phi("value", z)
    return _finding(
        "monotone",
        -np.diff(a),
        _ROUNDING * phi.span,
        "the value never falls",
        lambda i: f"the value falls from {a[i]:.4g} at z = {z[i]:.4g} to {a[i + 1]:.4g} at z = {z[i + 1]:.4g}",
    )


def _check_derivative(phi: _OneColumn) -> Finding:
    z = _NEAR
    expected, tolerance, method, gives = _differences(phi, "value", z), 1e-7, "differences", "give"
    exact = _complex_step(phi.source, z)
    # A value that is not analytic, such as one with abs(z), takes complex z and gives a wrong slope.
    if exact is not None and np.allclose(exact, expected, rtol=1e-5, atol=1e-7 * phi.span):
        expected, tolerance, method, gives = exact, 1e-11, "the complex step", "gives"
    got = phi("derivative", z)
    return _finding(
        "derivative",
        np.abs(got - expected) / np.max(np.abs(expected)),
        tolerance,
        f"it agrees with {method} of the value",
        lambda i: f"at z = {z[i]:g} it is {got[i]:.4g}; {method} of the value {gives} {expected[i]:.4g}",
    )


def _check_sign(phi: _OneColumn) -> Finding:
    z = _EVERYWHERE
    slope = phi("derivative", z)
    return _finding(
        "sign",
        np.where(np.isfinite(slope), -slope, np.inf),
        0.0,
        "the derivative is finite and never negative",
        lambda i: f"the derivative at z = {z[i]:.4g} is {slope[i]:.4g}; it should be finite and not negative",
    )


def _check_probability(phi: _OneColumn) -> Finding:
    z = _EVERYWHERE
    p, q = phi("probability", z), phi("complement", z)
    scaled = (phi("value", z) - phi.lower) / phi.span
    return _finding(
        "probability",
        np.maximum(np.abs(p + q - 1.0), np.abs(p - scaled)),
        _ROUNDING,
        "p + q = 1, and p = (value - lower) / (upper - lower)",
        lambda i: f"at z = {z[i]:.4g} p is {p[i]:.4g} and q is {q[i]:.4g}; the value says p = {scaled[i]:.4g}",
    )


def _check_quantities(phi: _OneColumn) -> Finding:
    certain = np.minimum(phi("probability", _NEAR), phi("complement", _NEAR)) < 1e-8
    z = _NEAR if np.all(certain) else _NEAR[~certain]
    p, q, slope = phi("probability", z), phi("complement", z), phi("derivative", z) / phi.span
    expected = {
        "second_derivative": _differences(phi, "derivative", z),
        "log_probability": np.log(p),
        "log_complement": np.log(q),
        "hazard": slope / p,
        "complement_hazard": -slope / q,
    }
    got = {quantity: phi(quantity, z) for quantity in expected}
    excess = {name: np.abs(got[name] - exact) / np.max(np.abs(exact) + 1e-30) for name, exact in expected.items()}
    name = max(excess, key=lambda name: float(np.max(np.nan_to_num(excess[name], nan=np.inf))))
    return _finding(
        "quantities",
        excess[name],
        1e-6,
        "the second derivative, the logarithms and the hazards follow from the others",
        lambda i: f"`{name}` at z = {z[i]:g} is {got[name][i]:.4g}; it should be {expected[name][i]:.4g}",
    )


def _check_saturation(phi: _OneColumn) -> Finding:
    # The upper side first: a value in (0, 1) keeps its digits near 0 and loses them near 1.
    losses = [loss for sign in (1.0, -1.0) if (loss := _lost_digits(phi, sign)) is not None]
    if losses:
        return losses[0]
    return Finding("saturation", True, f"the derivative keeps {_DIGITS} digits wherever it is not 0", np.inf)


def _lost_digits(phi: _OneColumn, sign: float) -> Finding | None:
    """The finding about one side, if the derivative is noise, or 0 too early, from some z on."""
    z = sign * _FAR
    slope = phi("derivative", z)
    zero = np.flatnonzero(slope == 0.0)
    first_zero = int(zero[0]) if zero.size else len(z)
    noisy = np.flatnonzero(_noise(phi, z)[:first_zero] > 10.0**-_DIGITS)
    until = f" and is exactly 0 from z = {z[first_zero]:.3g} on" if zero.size else ""
    if noisy.size:
        message = (
            f"the derivative keeps fewer than {_DIGITS} digits from z = {z[noisy[0]]:.3g} on{until}; "
            "write it without subtracting from a number near 1"
        )
        return Finding("saturation", False, message, float(z[noisy[0]]))
    # A decay is cut off, and it is neither a corner, whose slope is not small, nor near underflow.
    if zero.size and 1e-250 < (before := slope[first_zero - 1]) < 1e-20:
        message = (
            f"the derivative falls from {before:.1g} to exactly 0 at z = {z[first_zero]:.3g}; "
            "write it in exp(-abs(z)), which cannot overflow"
        )
        return Finding("saturation", False, message, float(z[first_zero]))
    return None


def _noise(phi: _OneColumn, z: FloatArray) -> FloatArray:
    """The relative noise of the derivative: fourth differences keep noise and drop what is smooth.

    Source: Moré and Wild, Estimating computational noise, SIAM J. Sci. Comput. 33 (2011), section 3. √70 is
    the norm of the coefficients. The step is small against 1/700, the steepest decay of log φ′ in float64.
    """
    stencil = z + np.arange(-2.0, 3.0)[:, np.newaxis] * 2.0**-15
    slopes = phi("derivative", stencil)
    fourth = np.array([1.0, -4.0, 6.0, -4.0, 1.0]) @ slopes / np.sqrt(70.0)
    noise: FloatArray = np.where(slopes[2] > 1e-290, np.abs(fourth) / slopes[2], 0.0)
    return noise


def _differences(phi: _OneColumn, quantity: str, z: FloatArray) -> FloatArray:
    """Central differences, extrapolated once (Richardson): the error is O(h⁴) + O(ε/h)."""

    def central(h: float) -> FloatArray:
        return (phi(quantity, z + h) - phi(quantity, z - h)) / (2.0 * h)

    return (4.0 * central(2.0**-11) - central(2.0**-10)) / 3.0


def _complex_step(source: Any, z: FloatArray) -> FloatArray | None:
    """Im φ(z + ih)/h, which subtracts nothing, if the value takes complex z (Squire and Trapp 1998)."""
    if source is None:
        return None
    try:
        result = np.asarray(source.value(z + 1e-20j))
    except Exception:  # a user's function may refuse in any way; differences remain
        return None
    return result.imag / 1e-20 if result.dtype.kind == "c" and result.shape == z.shape else None


_CHECKS = (
    _check_range,
    _check_limits,
    _check_monotone,
    _check_derivative,
    _check_sign,
    _check_probability,
    _check_quantities,
    _check_saturation,
)

__all__ = ["AuditReport", "Finding", "check_activation"]
