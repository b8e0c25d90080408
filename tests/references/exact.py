"""Maximum-likelihood binary fits in mpmath: links, score, both informations, Newton; penalised fits and softmax too.

Knows the data as exact rationals (every double is one) and the textbook formulas; never imports the package under test.
"""

from collections.abc import Callable, Sequence
from typing import NamedTuple

import mpmath
import numpy as np
from mpmath import mp, mpf


class Point(NamedTuple):
    """A link at one z."""

    p: mpf  # probability of y = 1
    q: mpf  # 1 - p, in its own formula
    slope: mpf  # dp/dz
    bend: mpf  # d²p/dz²


def _sigmoid(z: mpf) -> Point:
    e = mp.exp(-abs(z))
    large, small = 1 / (1 + e), e / (1 + e)
    p, q = (large, small) if z >= 0 else (small, large)
    return Point(p, q, p * q, p * q * (q - p))


def _tanh(z: mpf) -> Point:
    p, q, slope, bend = _sigmoid(2 * z)
    return Point(p, q, 2 * slope, 4 * bend)


def _probit(z: mpf) -> Point:
    density = mp.npdf(z)
    return Point(mp.ncdf(z), mp.ncdf(-z), density, -z * density)


def _cauchit(z: mpf) -> Point:
    density = 1 / (mp.pi * (1 + z * z))
    return Point(mp.atan2(1, -z) / mp.pi, mp.atan2(1, z) / mp.pi, density, -2 * z * mp.pi * density**2)


def _cloglog(z: mpf) -> Point:
    u = mp.exp(z)
    q = mp.exp(-u)
    return Point(-mp.expm1(-u), q, u * q, u * (1 - u) * q)


def _loglog(z: mpf) -> Point:
    p, q, slope, bend = _cloglog(-z)
    return Point(q, p, slope, -bend)


def _softsign(z: mpf) -> Point:
    u = 1 / (1 + abs(z))
    sign = mp.sign(z)
    p, q = (1 - u / 2, u / 2) if z >= 0 else (u / 2, 1 - u / 2)
    return Point(p, q, u**2 / 2, -sign * u**3)


def _algebraic(z: mpf) -> Point:
    r = mp.sqrt(1 + z * z)
    large, small = (r + abs(z)) / (2 * r), 1 / (2 * r * (r + abs(z)))
    p, q = (large, small) if z >= 0 else (small, large)
    return Point(p, q, 1 / (2 * r**3), -3 * z / (2 * r**5))


LINKS: dict[str, Callable[[mpf], Point]] = {
    "sigmoid": _sigmoid,
    "tanh": _tanh,
    "probit": _probit,
    "cauchit": _cauchit,
    "cloglog": _cloglog,
    "loglog": _loglog,
    "softsign": _softsign,
    "algebraic": _algebraic,
}


_BITS = 600  # after the binary point of every vector that meets the data: far below the last of mp's 80 digits


class Design:
    """Rows of positive weight, the column of ones last. Only the labels 0 and 1.

    Every double is an integer over a power of two, so that products with the data are sums of Python integers: exact,
    and ten times as fast as sums of mpf.
    """

    def __init__(self, X: np.ndarray, y: np.ndarray, weights: np.ndarray) -> None:
        present = weights > 0
        columns = [*X[present].T.tolist(), [1.0] * int(present.sum())]
        ratios = [[value.as_integer_ratio() for value in column] for column in columns]
        self.denominators = [max(below for _, below in column) for column in ratios]
        self.X = np.array(
            [
                [above * (common // below) for above, below in column]
                for column, common in zip(ratios, self.denominators, strict=True)
            ],
            dtype=object,
        ).T
        self.y = [int(value) for value in y[present]]
        self.weights = [mpf(value) for value in weights[present].tolist()]
        self.size = len(columns)

    def z(self, params: Sequence[mpf]) -> list[mpf]:
        scaled = [w / common for w, common in zip(params, self.denominators, strict=True)]
        return [mp.ldexp(value, -_BITS) for value in self.X @ _fixed(scaled)]

    def transposed_times(self, values: Sequence[mpf]) -> mpmath.matrix:
        """Xᵀ values."""
        products = zip(_fixed(values) @ self.X, self.denominators, strict=True)
        return mp.matrix([mp.ldexp(value, -_BITS) / common for value, common in products])

    def gram(self, values: Sequence[mpf]) -> mpmath.matrix:
        """Xᵀ diag(values) X."""
        products = (self.X * _fixed(values)[:, np.newaxis]).T @ self.X
        gram = mp.matrix(self.size)
        for j in range(self.size):
            for k in range(self.size):
                gram[j, k] = mp.ldexp(products[j, k], -_BITS) / (self.denominators[j] * self.denominators[k])
        return gram


def _fixed(values: Sequence[mpf]) -> np.ndarray:
    return np.array([int(mp.nint(mp.ldexp(value, _BITS))) for value in values], dtype=object)


class Evaluation(NamedTuple):
    log_likelihood: mpf  # Σ s log(p or q): no binomial coefficients
    score: mpmath.matrix  # its gradient
    expected: mpmath.matrix  # Fisher information Σ s p′²/(pq) x xᵀ
    observed: mpmath.matrix  # minus the Hessian


def evaluate(design: Design, link: str, params: Sequence[mpf]) -> Evaluation:
    log_likelihood, score, expected, observed = mpf(0), [], [], []
    for z, y, s in zip(design.z(params), design.y, design.weights, strict=True):
        p, q, slope, bend = LINKS[link](z)
        own, sign = (p, 1) if y else (q, -1)
        log_likelihood += s * mp.log(own)
        score.append(sign * s * slope / own)
        expected.append(s * slope**2 / (p * q))
        observed.append(s * ((slope / own) ** 2 - sign * bend / own))
    return Evaluation(log_likelihood, design.transposed_times(score), design.gram(expected), design.gram(observed))


def log_likelihood(design: Design, link: str, params: Sequence[mpf]) -> mpf:
    """The value alone, for step-halving: no Gram matrices."""
    rows = zip(design.z(params), design.y, design.weights, strict=True)
    return mp.fsum(s * mp.log(LINKS[link](z).p if y else LINKS[link](z).q) for z, y, s in rows)


def newton_step(information: mpmath.matrix, score: mpmath.matrix) -> mpmath.matrix:
    return mp.lu_solve(information, score)


def relative_size(step: Sequence[mpf], params: Sequence[mpf]) -> mpf:
    """The largest |step_j| / |params_j|: about the number of correct digits, as a power of ten."""
    return max(abs(s) / abs(w) for s, w in zip(step, params, strict=True))


def maximise(
    design: Design, link: str, start: Sequence[float], gradient: float = 1e-45
) -> tuple[list[mpf], Evaluation]:
    """Newton from a start that is already good, until no component of the score exceeds `gradient`."""
    params, before = [mpf(value) for value in start], mp.inf
    while True:
        at = evaluate(design, link, params)
        step = newton_step(at.observed, at.score)
        size = relative_size(step, params)
        if max(abs(g) for g in at.score) < gradient and size < gradient:
            return params, at
        if size > before / 10:  # near a maximum every step squares the error; on a plain nothing moves
            raise ArithmeticError(f"no maximum near the start: Newton steps of {mp.nstr(size, 3)}")
        params, before = [w + s for w, s in zip(params, step, strict=True)], size


def standard_errors(information: mpmath.matrix) -> list[mpf]:
    """√ of the diagonal of the inverse; the Cholesky factor proves that the information is positive definite."""
    size = information.rows
    mp.cholesky(information)
    inverse = information**-1
    return [mp.sqrt(inverse[j, j]) for j in range(size)]
