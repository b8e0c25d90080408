"""Claims about the derivative of tanh: its forms, its peak, and what it shares with the sigmoid.

References are computed in 60 decimal digits; nothing here trains.
"""

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


def s1_three_forms() -> Verdict:
    """1 − tanh² z = (1 + tanh z)(1 − tanh z) = 4/(eᶻ + e⁻ᶻ)²: equal on paper, not in floating point."""
    tanh = get_activation("tanh")
    near, far = np.linspace(-3, 3, 301), np.concatenate([np.linspace(18.9, 340, 301), -np.linspace(18.9, 340, 301)])
    t = np.tanh(near)
    middle = max(_worst(1 - t**2, _exact_derivative(near)), _worst((1 + t) * (1 - t), _exact_derivative(near)))
    ours = max(_worst(tanh.derivative(z), _exact_derivative(z)) for z in (near, far))
    t = np.tanh(far)
    lost = max(float(np.mean(1 - t**2 == 0)), float(np.mean((1 + t) * (1 - t) == 0)))
    return Verdict(
        "d tanh/dz = 1 - tanh² z = (1 + tanh z)(1 - tanh z) = 4/(eᶻ + e⁻ᶻ)²",
        middle < 1e-13 and ours < 1e-15 and lost > 0.9,
        f"|z| <= 3: forms agree to {middle:.0e}; 19 <= |z| <= 340: the first two are exactly 0 for {lost:.0%} of z, "
        f"the last is right to {ours:.0e}",
    )


def s3_second_derivative() -> Verdict:
    """tanh″ z = −8(e²ᶻ − 1)e²ᶻ/(e²ᶻ + 1)³ is 0 at 0 and ±∞; every tanh′ peaks with 1 at 0."""
    tanh = get_activation("tanh")
    z = np.linspace(-5, 5, 1001)[1::2]
    u = np.exp(2 * z)
    formula = _worst(tanh.second_derivative(z), -8 * (u - 1) * u / (u + 1) ** 3)
    ends = np.abs(tanh.second_derivative(np.array([-np.inf, 0.0, np.inf]))).max()
    grid = np.linspace(-6, 6, 12001)
    peaks = {
        name: (float(grid[np.argmax(phi.derivative(grid))]), float(phi.derivative(grid).max()))
        for name, phi in ACTIVATIONS.items()
        if not phi.couples_columns and name != "hard"  # hard: 1 on all of [-1, 1]
    }
    symmetric = all(abs(at) < 1e-3 for name, (at, _) in peaks.items())
    at, height = peaks["tanh"]
    tails = float(tanh.derivative(np.array([-np.inf, np.inf])).max())
    return Verdict(
        "tanh″ z = -8(e²ᶻ - 1)e²ᶻ/(e²ᶻ + 1)³ is 0 at 0 and ±∞; tanh′ has its maximum 1 at 0 and its infimum 0 at ±∞",
        formula < 1e-12 and ends == 0 and abs(at) < 1e-3 and height == 1 and tails == 0 and symmetric,
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
        f"largest difference {identity:.0e}; the misprint differs from tanh(x/2) by {half:.0e}, from tanh x by {full:.2f}",
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


__all__ = ["s1_three_forms", "s3_second_derivative", "s5_rescaled_sigmoid", "s6_four_times", "s9_calling_style"]
