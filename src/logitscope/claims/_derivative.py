"""Claims about the derivative of tanh: its forms, its peak, and what it shares with the sigmoid.

References are computed in 60 decimal digits; nothing here trains.
"""

from collections.abc import Callable
from decimal import Decimal, localcontext

import numpy as np

from logitscope._typing import FloatArray
from logitscope.activations import ACTIVATIONS, get_activation
from logitscope.claims._verdict import Verdict


def _exact_derivative(z: FloatArray) -> FloatArray:
    """tanh′(z) = 4/(eᶻ + e⁻ᶻ)² in 60 digits, rounded once."""
    with localcontext() as context:
        context.prec = 60
        return np.array([float(4 / (Decimal(x).exp() + (-Decimal(x)).exp()) ** 2) for x in z.tolist()])


def _worst(values: FloatArray, truth: FloatArray) -> float:
    return float(np.max(np.abs(values - truth) / np.abs(truth)))


_FORMS_IN_A: tuple[Callable[[FloatArray], FloatArray], ...] = (
    lambda z: 1 - np.tanh(z) ** 2,
    lambda z: (1 + np.tanh(z)) * (1 - np.tanh(z)),
)


def _quotient(z: FloatArray) -> FloatArray:
    """4/(eᶻ + e⁻ᶻ)², as written."""
    return 4 / (np.exp(z) + np.exp(-z)) ** 2


def s1_three_forms() -> Verdict:
    """1 − tanh² z = (1 + tanh z)(1 − tanh z) = 4/(eᶻ + e⁻ᶻ)²: equal on paper, not in floating point."""
    tanh = get_activation("tanh")
    near, tail = np.linspace(-3, 3, 301), np.linspace(19.1, 340, 301)  # tanh rounds to 1 from 19.06 on
    far = np.concatenate([-tail, tail])
    exact = {"near": _exact_derivative(near), "far": _exact_derivative(far)}
    middle = max(_worst(form(near), exact["near"]) for form in (*_FORMS_IN_A, _quotient))
    lost = max(float(np.max(form(far) / exact["far"])) for form in _FORMS_IN_A)
    written = _worst(_quotient(far), exact["far"])
    ours = max(_worst(tanh.derivative(z), exact[place]) for place, z in (("near", near), ("far", far)))
    return Verdict(
        "d tanh/dz = 1 - tanh² z = (1 + tanh z)(1 - tanh z) = 4/(eᶻ + e⁻ᶻ)²",
        middle < 1e-13 and ours < 1e-15 and written < 1e-14 and lost < 1e-2,
        f"|z| <= 3: forms agree to {middle:.0e}; 19.1 <= |z| <= 340: the first two keep {lost:.0%} of the value, the "
        f"last is right to {written:.0e}, tanh.derivative to {ours:.0e}",
    )


def s3_second_derivative() -> Verdict:
    """tanh″ z = −8(e²ᶻ − 1)e²ᶻ/(e²ᶻ + 1)³ is 0 at 0 and ±∞; every tanh′ peaks with 1 at 0."""
    tanh = get_activation("tanh")
    z = np.linspace(-5, 5, 1001)[1::2]  # without 0, where relative errors have no meaning
    u = np.exp(2 * z)
    formula = _worst(tanh.second_derivative(z), -8 * (u - 1) * u / (u + 1) ** 3)
    ends = np.abs(tanh.second_derivative(np.array([-np.inf, 0.0, np.inf]))).max()
    grid = np.linspace(-6, 6, 12001)
    slopes = {name: phi.derivative(grid) for name, phi in ACTIVATIONS.items() if not phi.couples_columns}
    peaks = {
        name: (float(grid[np.argmax(slope)]), float(slope.max()))
        for name, slope in slopes.items()
        if np.count_nonzero(slope == slope.max()) == 1  # hard has a plateau: 1 on all of [-1, 1]
    }
    at_zero = all(abs(at) < 1e-3 for at, _ in peaks.values())  # cloglog and loglog too, skewed as they are
    _, height = peaks["tanh"]
    tails = float(tanh.derivative(np.array([-np.inf, np.inf])).max())
    return Verdict(
        "tanh″ z = -8(e²ᶻ - 1)e²ᶻ/(e²ᶻ + 1)³ is 0 at 0 and ±∞; tanh′ has its maximum 1 at 0 and its infimum 0 at ±∞",
        formula < 1e-12 and ends == 0 and at_zero and height == 1 and tails == 0,
        f"formula to {formula:.0e}; φ″ at -∞, 0, ∞: {ends:g}; peaks at |z| <= 0.001 for all {len(peaks)} smooth "
        f"activations, tanh: {height:g}",
    )


def s5_rescaled_sigmoid() -> Verdict:
    """Tanh x = 2σ(2x) − 1; the text's first definition, (1 − e⁻ˣ)/(1 + e⁻ˣ), is tanh(x/2)."""
    tanh, sigmoid = get_activation("tanh"), get_activation("sigmoid")
    x = np.linspace(-30, 30, 2001)
    identity = float(np.max(np.abs(tanh(x) - (2 * sigmoid(2 * x) - 1))))
    first = (1 - np.exp(-x)) / (1 + np.exp(-x))
    half, full = float(np.max(np.abs(first - tanh(x / 2)))), float(np.max(np.abs(first - tanh(x))))
    ranges = (tanh.lower, tanh.upper, sigmoid.lower, sigmoid.upper) == (-1, 1, 0, 1)
    return Verdict(
        "tanh x = 2σ(2x) - 1, range (-1, 1) against (0, 1)  [(1 - e⁻ˣ)/(1 + e⁻ˣ) is tanh(x/2), a misprint]",
        identity < 5e-16 and half < 1e-14 and full > 0.1 and ranges,
        f"largest difference {identity:.0e}; the misprint differs from tanh(x/2) by {half:.0e}, from tanh x by "
        f"{full:.2f}",
    )


def s6_four_times() -> Verdict:
    """The derivative of tanh peaks at 1, four times the sigmoid's 1/4."""
    tanh, sigmoid = (float(get_activation(name).derivative(0.0)) for name in ("tanh", "sigmoid"))
    return Verdict(
        "tanh′ peaks at 1, four times the sigmoid's 1/4",
        tanh == 1 and sigmoid == 0.25,
        f"tanh′(0) = {tanh:g}, σ′(0) = {sigmoid:g}, ratio {tanh / sigmoid:g}",
    )


def s9_calling_style() -> Verdict:
    """``tanh(x, diff=False)``: the value, or the derivative."""
    tanh = get_activation("tanh")
    x = np.linspace(-2, 2, 41)
    value = float(np.max(np.abs(tanh(x) - np.tanh(x))))
    same = bool(np.array_equal(tanh(x, diff=True), tanh.derivative(x)))
    slope = float(np.max(np.abs(tanh(x, diff=True) - (np.tanh(x + 1e-6) - np.tanh(x - 1e-6)) / 2e-6)))
    return Verdict(
        "tanh(x, diff=False) is the value, tanh(x, diff=True) the derivative",
        value < 1e-15 and same and slope < 1e-8,
        f"value to {value:.0e}, derivative against differences to {slope:.0e}",
    )


__all__ = [
    "s1_three_forms",
    "s3_second_derivative",
    "s5_rescaled_sigmoid",
    "s6_four_times",
    "s9_calling_style",
]
