"""Where the 50-digit Newton starts: local maxima of the likelihood in float64, and whether there is more than one.

Knows links in plain NumPy and SciPy, good to about ten digits; never imports the package under test.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.optimize import linprog
from scipy.special import expit, ndtr

CONCAVE = ("sigmoid", "tanh", "probit", "cloglog", "loglog")  # one maximum at most; the other three may have several


def _algebraic_tail(z: np.ndarray) -> np.ndarray:
    r = np.hypot(1, z)
    small = 0.5 / (r * (r + np.abs(z)))
    return np.where(z < 0, small, 1 - small)


def _softsign_tail(z: np.ndarray) -> np.ndarray:
    small = 0.5 / (1 + np.abs(z))
    return np.where(z < 0, small, 1 - small)


def _gumbel(z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    u = np.exp(np.minimum(z, 700))
    return -np.expm1(-u), np.exp(-u), u * np.exp(-u)


def _mirrored_gumbel(z: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    p, q, slope = _gumbel(-z)
    return q, p, slope


# p, q and dp/dz
_LINKS: dict[str, Callable[[np.ndarray], tuple[np.ndarray, np.ndarray, np.ndarray]]] = {
    "sigmoid": lambda z: (expit(z), expit(-z), expit(z) * expit(-z)),
    "tanh": lambda z: (expit(2 * z), expit(-2 * z), 2 * expit(2 * z) * expit(-2 * z)),
    "probit": lambda z: (ndtr(z), ndtr(-z), np.exp(-z * z / 2) / np.sqrt(2 * np.pi)),
    "cauchit": lambda z: (np.arctan2(1, -z) / np.pi, np.arctan2(1, z) / np.pi, 1 / (np.pi * (1 + z * z))),
    "cloglog": _gumbel,
    "loglog": _mirrored_gumbel,
    "softsign": lambda z: (_softsign_tail(z), _softsign_tail(-z), 0.5 / (1 + np.abs(z)) ** 2),
    "algebraic": lambda z: (_algebraic_tail(z), _algebraic_tail(-z), 0.5 / np.hypot(1, z) ** 3),
}


class Maximum(NamedTuple):
    params: np.ndarray  # (n_features + 1,), for the data as they are
    log_likelihood: float


def is_separable(X: np.ndarray, y: np.ndarray, weights: np.ndarray) -> bool:
    """Whether a direction has no row on its wrong side and one strictly on the right (Albert and Anderson 1984)."""
    present = weights > 0
    rows = np.column_stack([X, np.ones(len(X))])[present]
    signed = np.where(y[present] > 0, 1.0, -1.0)[:, np.newaxis] * rows / np.abs(rows).max(axis=0)
    result = linprog(-signed.sum(axis=0), A_ub=-signed, b_ub=np.zeros(len(signed)), bounds=(-1, 1), method="highs")
    return bool(result.fun < -1e-7)


def local_maxima(
    X: np.ndarray, y: np.ndarray, weights: np.ndarray, link: str, n_starts: int = 40, seed: int = 0
) -> list[Maximum]:
    """The distinct maxima that Fisher scoring finds from zero and, where the link needs it, from afar.

    The starts are random directions at random distances and exact fits of p + 1 random rows; best first.
    """
    keep = weights > 0
    X, y, weights = X[keep], y[keep], weights[keep]
    mean, scale = np.average(X, axis=0, weights=weights), X.std(axis=0)
    Z = np.column_stack([(X - mean) / scale, np.ones(len(X))])
    rng = np.random.default_rng(seed)
    starts = [np.zeros(Z.shape[1])]
    if link not in CONCAVE:
        for k in range(n_starts):
            if k % 2:
                rows = rng.choice(len(Z), size=Z.shape[1], replace=False, p=weights / weights.sum())
                starts.append(np.linalg.lstsq(Z[rows], 2.0 * (2 * y[rows] - 1), rcond=None)[0])
            else:
                starts.append(rng.normal(size=Z.shape[1]) * 10 ** rng.uniform(-1, 1.5))
    found: list[Maximum] = []
    for start in starts:
        maximum = _score(Z, y, weights, link, start)
        if maximum is not None and not any(_same(maximum, other) for other in found):
            found.append(maximum)
    found.sort(key=lambda maximum: -maximum.log_likelihood)
    return [Maximum(_unscaled(m.params, mean, scale), m.log_likelihood) for m in found]


def _same(a: Maximum, b: Maximum) -> bool:
    return bool(np.abs(a.params - b.params).max() < 1e-3 * (1 + np.abs(a.params).max()))


def _unscaled(params: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    coef = params[:-1] / scale
    return np.append(coef, params[-1] - coef @ mean)


def _log_likelihood(Z: np.ndarray, y: np.ndarray, weights: np.ndarray, link: str, params: np.ndarray) -> float:
    p, q, _ = _LINKS[link](Z @ params)
    return float(weights @ np.log(np.maximum(np.where(y > 0, p, q), 1e-300)))


def _score(
    Z: np.ndarray, y: np.ndarray, weights: np.ndarray, link: str, params: np.ndarray, n_iter: int = 1000
) -> Maximum | None:
    """Fisher scoring; None where it does not come to rest."""
    value = _log_likelihood(Z, y, weights, link, params)
    for _ in range(n_iter):
        p, q, slope = (np.maximum(part, 1e-300) for part in _LINKS[link](Z @ params))
        score = Z.T @ (weights * np.where(y > 0, slope / p, -slope / q))
        information = (Z.T * (weights * slope * (slope / p / q))) @ Z
        step = np.linalg.lstsq(information, score, rcond=1e-14)[0]
        if score @ step < 1e-18 * weights.sum():
            return Maximum(params, value)
        for _ in range(40):
            new = _log_likelihood(Z, y, weights, link, params + step)
            if new > value:
                break
            step = step / 2
        else:
            return Maximum(params, value) if score @ step < 1e-6 * weights.sum() else None
        params, value = params + step, new
    return None
