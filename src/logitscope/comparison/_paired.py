"""What paired differences over seeds show: intervals of their mean, a sign test, and when a difference is real.

It knows numbers and the share of rows held out; it never knows what differs.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import comb

import numpy as np

from logitscope._typing import FloatArray

ROUNDING = 1e-9  # of the figure: differences below are those of two orders of summation, whatever their interval
N_RESAMPLES = 10_000


def paired_interval(differences: FloatArray, test_size: float, level: float = 0.95) -> tuple[float, float]:
    """Return the corrected resampled t interval of the mean difference; NaN of fewer than two seeds.

    Nadeau and Bengio (2003), section 3: random splits of one table share rows, so that the variance of their mean is
    (1/n + n_test/n_train) s², not s²/n.

    Parameters
    ----------
    differences : ndarray of shape (n_seeds,)
        One a seed, of two arms on the same split.
    test_size : float
        Share of rows held out, in (0, 1).
    level : float
        Coverage, in (0, 1).

    Examples
    --------
    >>> import numpy as np
    >>> low, high = paired_interval(np.array([0.1, 0.2, 0.3]), test_size=0.25)
    >>> print(f"{low:.3f} {high:.3f}")  # 0.2 ± 4.303 · 0.1 · √(1/3 + 1/3)
    -0.151 0.551
    """
    from scipy.stats import t

    n = len(differences)
    if n < 2 or not np.isfinite(differences).all():
        return np.nan, np.nan
    mean, spread = float(np.mean(differences)), float(np.std(differences, ddof=1))
    reach = float(t.ppf((1 + level) / 2, n - 1)) * spread * np.sqrt(1 / n + test_size / (1 - test_size))
    return mean - reach, mean + reach


def bootstrap_interval(differences: FloatArray, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile bootstrap interval of the mean difference; NaN of fewer than two seeds.

    `N_RESAMPLES` resamples of the seeds, always the same ones. It takes the seeds for independent, which splits that
    share rows are not, and of five seeds it is too short even if they were: `paired_interval` decides.

    Examples
    --------
    >>> import numpy as np
    >>> bootstrap_interval(np.array([0.25, 0.25, 0.25]))
    (0.25, 0.25)
    """
    n = len(differences)
    if n < 2 or not np.isfinite(differences).all():
        return np.nan, np.nan
    drawn = np.random.default_rng(0).integers(n, size=(N_RESAMPLES, n))
    low, high = np.quantile(differences[drawn].mean(axis=1), ((1 - level) / 2, (1 + level) / 2))
    return float(low), float(high)


def sign_test(differences: FloatArray, floor: float = 0.0) -> float:
    """Return the exact two-sided p-value of as many signs alike, if either sign were as likely; 1 of none.

    Parameters
    ----------
    differences : ndarray of shape (n_seeds,)
        May be infinite.
    floor : float
        Differences up to this are ties, which are left out.

    Examples
    --------
    >>> import numpy as np
    >>> sign_test(np.array([1.0, 2.0, 0.5, 3.0, 1.0]))  # 2 / 2⁵: the least that five seeds can give
    0.0625
    """
    n_above, n_below = int(np.sum(differences > floor)), int(np.sum(differences < -floor))
    n = n_above + n_below
    tail = sum(comb(n, k) for k in range(min(n_above, n_below) + 1))
    return float(min(1.0, 2 * tail / 2**n))


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values adjusted for how many there are (Holm, 1979): the chance of one false alarm among all.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.5])
    [0.03, 0.08, 0.5]
    """
    adjusted, largest = [1.0] * len(p_values), 0.0
    for rank, index in enumerate(sorted(range(len(p_values)), key=lambda index: p_values[index])):
        largest = max(largest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = largest
    return adjusted


def rounding_floor(reference: FloatArray) -> float:
    """Return the size up to which a difference is one of rounding, from the figures that differ."""
    usable = np.abs(reference[np.isfinite(reference)])
    return ROUNDING * float(np.mean(usable)) if usable.size else 0.0


def is_real(differences: FloatArray, interval: tuple[float, float], reference: FloatArray) -> bool:
    """Whether the interval of the mean difference excludes 0, and the mean is more than rounding."""
    low, high = interval
    return bool((low > 0 or high < 0) and abs(float(np.mean(differences))) > rounding_floor(reference))


def minus(one: FloatArray, other: FloatArray) -> FloatArray:
    """Return one minus the other; 0 where both are infinite: neither got there."""
    with np.errstate(invalid="ignore"):
        return np.where(one == other, 0.0, one - other)


__all__ = [
    "N_RESAMPLES",
    "ROUNDING",
    "bootstrap_interval",
    "holm",
    "is_real",
    "minus",
    "paired_interval",
    "rounding_floor",
    "sign_test",
]
