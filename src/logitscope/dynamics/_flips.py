"""Labels of which a share was flipped: how sharp are the classes, and how many labels are wrong.

It knows evidence for classes and given labels; it never knows where the evidence comes from.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray, IntArray

_FIRST_RATE, _LEAST_RATE, _N_RATES, _RATE_TOLERANCE = 0.05, 1e-9, 60, 1e-6
_GRID, _GOLDEN = 19, 14  # sharpnesses tried from e⁻⁴ to e⁵ of the typical evidence, then refined to 0.1 %
_DROP, _HALVINGS = 1.353, 6  # χ²₁/2 of a one-sided 95 % bound, which is sought to 1 %


class Flips(NamedTuple):
    """P(given label j) = (1 − ε) πⱼ + ε (1 − πⱼ)/(K − 1), with π = softmax(β v)."""

    sharpness: float
    """β."""
    flipped_share: float
    """ε, at most 1 − 1/K: beyond it a label would speak against itself."""
    least_sharpness: float
    """Lower 95 % bound of β, by its profile likelihood. Dull classes and few flips fit few labels almost as well as
    sharp classes and many flips: what must not be claimed too often is to be computed from this end."""


def log_odds(v: FloatArray, sharpness: float) -> FloatArray:
    """Return log πₖ − log(1 − πₖ) = βvₖ − log Σ_{j≠k} exp βvⱼ, of the shape of v: (n_samples, n_classes)."""
    z = sharpness * v
    is_top = np.arange(z.shape[1]) == z.argmax(axis=1)[:, None]
    top = z.max(axis=1, keepdims=True)
    second = np.where(is_top, -np.inf, z).max(axis=1, keepdims=True)
    e = np.exp(z - top)
    # The sum over the others: relative to the largest of them, so that none is lost by subtraction.
    others = np.where(is_top, -np.inf, z)
    rest_of_top = second + np.log(np.exp(others - second).sum(axis=1, keepdims=True))
    rest = top + np.log(np.maximum(e.sum(axis=1, keepdims=True) - np.where(is_top, 0.0, e), 1.0))
    odds: FloatArray = z - np.where(is_top, rest_of_top, rest)
    return odds


def fit_flips(v: FloatArray, given: IntArray) -> Flips:
    """Return β and ε of largest likelihood, and how small β may be.

    Parameters
    ----------
    v : ndarray of shape (n_samples, n_classes)
        Evidence for each class, in any unit.
    given : ndarray of int, (n_samples,)

    References
    ----------
    J. B. Copas, "Binary regression models for contaminated data", JRSS B 50 (1988), 225-265.
    """
    size = np.abs(v - v.mean(axis=1, keepdims=True))
    if not size.any():
        return Flips(1.0, 0.0, 1.0)  # no evidence at all
    typical = np.median(size[size > 0])  # of a mean, one row far out could make all others too dull for the grid

    own = np.take_along_axis(v, given[:, None], axis=1)[:, 0]
    others = v.copy()
    np.put_along_axis(others, given[:, None], -np.inf, axis=1)
    largest = others.max(axis=1)
    margin, others = (own - largest) / typical, (others - largest[:, None]) / typical

    def best(log_sharpness: float) -> tuple[float, float]:
        sharpness = np.exp(log_sharpness)
        with np.errstate(over="ignore"):  # of a row that is that far out, p is 0 or 1
            odds = sharpness * margin - np.log(np.exp(sharpness * others).sum(axis=1))
        return _best_rate(1 / (1 + np.exp(np.minimum(-odds, 700.0))), v.shape[1])

    grid = np.linspace(-4, 5, _GRID)
    on_grid = np.array([best(point)[0] for point in grid])
    center, step = grid[int(on_grid.argmax())], grid[1] - grid[0]
    at = _largest(lambda point: best(point)[0], center - step, center + step)
    largest_mean, rate = best(at)
    level = largest_mean - _DROP / len(v)
    # The likelihood may have two hills: the lowest point of the grid that is high enough, not the next one down.
    inside = min([at, *grid[on_grid >= level]])
    outside = inside - step
    for _ in range(_HALVINGS):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if best(middle)[0] >= level else (inside, middle)
    return Flips(float(np.exp(at) / typical), rate, float(np.exp(inside) / typical))


def _best_rate(p: FloatArray, n_classes: int) -> tuple[float, float]:
    """Largest mean log-likelihood in ε, and the ε: the slope of log(p + ε d) is Σ d/(p + ε d)."""
    p = np.maximum(p, 1e-300)
    d = (1 - p) / (n_classes - 1) - p
    if (d / p).mean() <= 0:
        return float(np.log(p).mean()), 0.0
    low, high, rate = _LEAST_RATE, 1 - 1 / n_classes, _FIRST_RATE
    for _ in range(_N_RATES):
        ratio = d / (p + rate * d)
        slope, curvature = ratio.mean(), np.square(ratio).mean()
        low, high = (rate, high) if slope > 0 else (low, rate)
        last = rate
        # Newton's step in log ε, where samples of p ≈ 0 (each a term log ε) have no curvature; else halve the bracket.
        bend = slope - rate * curvature
        newton = rate * np.exp(np.clip(-slope / bend, -20, 20)) if bend < 0 else np.nan
        rate = newton if low < newton < high else np.sqrt(low * high)
        if abs(rate - last) <= _RATE_TOLERANCE * rate:
            break
    return float(np.log(p + rate * d).mean()), float(rate)


def _largest(function: Callable[[float], float], low: float, high: float) -> float:
    """Place of the largest value between two points: golden section."""
    ratio = (np.sqrt(5) - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = function(left), function(right)
    for _ in range(_GOLDEN):
        if at_left >= at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = function(right)
    return float(low + high) / 2


__all__ = ["Flips", "fit_flips", "log_odds"]
