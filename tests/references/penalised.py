"""Penalised optima in mpmath: ridge, elastic net on a proven active set, softmax with ridge.

Knows the objective of the package's documentation and its optimality conditions; never imports the package.

The objective is the weighted mean of −log(probability of the label) plus
alpha (l1_ratio |w|₁ + (1 − l1_ratio)/2 |w|₂²); intercepts are free.
It is convex: a zero (sub)gradient proves the optimum.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from mpmath import mp, mpf
from sklearn.datasets import load_iris

from tests.references.data import DATASETS, Data
from tests.references.exact import Design, evaluate, log_likelihood

_Value = Callable[[list[mpf]], mpf]


@dataclass(frozen=True)
class Problem:
    data: str
    alpha: float
    l1_ratio: float = 0.0
    n_rows: int | None = None  # the first rows only

    def load(self) -> Data:
        return Data(*(part[: self.n_rows] for part in DATASETS[self.data]()))


PROBLEMS = {
    "ridge": Problem("spector", 0.1),
    "ridge, separable and badly scaled": Problem("breast_cancer_30", 1e-3),
    "ridge, weighted": Problem("star98", 1e-4),
    "ridge, fewer rows than columns": Problem("breast_cancer_30", 0.01, n_rows=20),
    "lasso": Problem("fair_pt", 0.01, 1.0),
    "elastic net": Problem("diabetes_sex", 0.25, 0.5),
    "elastic net, separable and badly scaled": Problem("breast_cancer_30", 0.1, 0.9),
}
SOFTMAX_ALPHA = 0.01  # three-class iris


def smooth(problem: Problem, design: Design, params: list[mpf]) -> mpf:
    """Mean loss plus ridge."""
    ridge = mpf(problem.alpha) * (1 - mpf(problem.l1_ratio))
    penalty = ridge / 2 * mp.fsum(params[:-1], squared=True)
    return -log_likelihood(design, "sigmoid", params) / mp.fsum(design.weights) + penalty


def objective(problem: Problem, design: Design, params: list[mpf]) -> mpf:
    lasso = mpf(problem.alpha) * mpf(problem.l1_ratio)
    return smooth(problem, design, params) + lasso * mp.fsum(params[:-1], absolute=True)


def gradient(problem: Problem, design: Design, params: list[mpf]) -> tuple[list[mpf], mp.matrix]:
    """Gradient and Hessian of the smooth part."""
    at = evaluate(design, "sigmoid", params)
    total, ridge = mp.fsum(design.weights), mpf(problem.alpha) * (1 - mpf(problem.l1_ratio))
    slope, hessian = [-g / total for g in at.score], at.observed / total
    for j, w in enumerate(params[:-1]):
        slope[j] += ridge * w
        hessian[j, j] += ridge
    return slope, hessian


def solve(problem: Problem) -> tuple[list[mpf], mpf]:
    """Params and objective; the active set is found with 30 digits and proven with all of them."""
    design = Design(*problem.load())
    size = design.size
    lasso = mpf(problem.alpha) * mpf(problem.l1_ratio)
    signs = [0] * (size - 1)
    params = [mpf(0)] * size
    if not lasso:
        params = _restricted(problem, design, params, signs, range(size), mpf("1e-45"))
        return params, objective(problem, design, params)
    for _ in range(200):
        active = [j for j in range(size - 1) if signs[j]] + [size - 1]
        with mp.workdps(30):
            params = _restricted(problem, design, params, signs, active, mpf("1e-20"))
        wrong = [j for j in active[:-1] if signs[j] * params[j] < 0]
        if wrong:
            for j in wrong:
                signs[j], params[j] = 0, mpf(0)
            continue
        slope = gradient(problem, design, params)[0]
        excess = {j: abs(slope[j]) / lasso for j in range(size - 1) if not signs[j]}
        worst = max(excess, key=excess.__getitem__, default=None)
        if worst is None or excess[worst] <= 1:
            params = _restricted(problem, design, params, signs, active, mpf("1e-45"))
            prove(problem, design, params)
            return params, objective(problem, design, params)
        signs[worst] = -int(mp.sign(slope[worst]))
    raise ArithmeticError("no active set found")


def prove(problem: Problem, design: Design, params: list[mpf], tolerance: float = 1e-44) -> mpf:
    """The largest |gradient| / (alpha l1_ratio) among the zeros, after checking every optimality condition."""
    slope, _ = gradient(problem, design, params)
    lasso = mpf(problem.alpha) * mpf(problem.l1_ratio)
    largest = mpf(0)
    for g, w in zip(slope[:-1], params[:-1], strict=True):
        if w or not lasso:
            assert abs(g + lasso * mp.sign(w)) < tolerance
        else:
            largest = max(largest, abs(g) / lasso)
    assert abs(slope[-1]) < tolerance
    assert largest < 1
    return largest


def _restricted(
    problem: Problem, design: Design, params: list[mpf], signs: list[int], active: list[int], tolerance: mpf
) -> list[mpf]:
    """The optimum over the `active` coordinates with the L1 term linear along `signs`: damped Newton."""
    lasso, active = mpf(problem.alpha) * mpf(problem.l1_ratio), list(active)
    linear = [lasso * sign for sign in signs] + [mpf(0)]

    def value(at: list[mpf]) -> mpf:
        return smooth(problem, design, at) + mp.fdot(linear, at)

    for _ in range(100):
        slope, hessian = gradient(problem, design, params)
        slope = mp.matrix([slope[j] + linear[j] for j in active])
        if mp.norm(slope, mp.inf) < tolerance:
            return params
        block = mp.matrix([[hessian[j, k] for k in active] for j in active])
        step = [mpf(0)] * len(params)
        for j, s in zip(active, -mp.lu_solve(block, slope), strict=True):
            step[j] = s
        params = _damped(value, params, step, mp.norm(slope))
    raise ArithmeticError("Newton did not settle")


def _damped(value: _Value, params: list[mpf], step: list[mpf], norm: mpf) -> list[mpf]:
    """The first of params + step, + step/2, … that does not rise; the whole step once the gradient is small."""
    before = value(params) if norm > 1e-6 else None
    while True:
        moved = [w + s for w, s in zip(params, step, strict=True)]
        if before is None or value(moved) <= before:
            return moved
        step = [s / 2 for s in step]


# Softmax: params[k * size + j], k the class and j the column, intercept last in each class.


def iris() -> tuple[np.ndarray, np.ndarray]:
    X, y = load_iris(return_X_y=True)
    return X, y


def iris_rows() -> tuple[list[list[mpf]], list[int]]:
    X, y = iris()
    return [[mpf(value) for value in row] + [mpf(1)] for row in X.tolist()], [int(label) for label in y]


def softmax_gradient(rows: list[list[mpf]], labels: list[int], params: list[mpf]) -> tuple[list[mpf], mp.matrix, mpf]:
    """Gradient, Hessian and value of the mean loss plus ridge plus half the square of the intercepts' sum.

    The last term is 0 at the optimum and picks one of the equivalent intercepts: those that sum to 0.
    """
    n_classes, size, n = max(labels) + 1, len(rows[0]), len(rows)
    length = n_classes * size
    slope, hessian, value = [mpf(0)] * length, mp.zeros(length), mpf(0)
    for row, label in zip(rows, labels, strict=True):
        z = [mp.fdot(row, params[k * size : (k + 1) * size]) for k in range(n_classes)]
        exponentials = [mp.exp(v - max(z)) for v in z]
        total = mp.fsum(exponentials)
        p = [e / total for e in exponentials]
        value -= mp.log(p[label]) / n
        outer = [[x * x2 / n for x2 in row] for x in row]
        for k in range(n_classes):
            for j, x in enumerate(row):
                slope[k * size + j] += (p[k] - (k == label)) * x / n
            for m in range(n_classes):
                factor = p[k] * ((k == m) - p[m])
                for j in range(size):
                    for i in range(size):
                        hessian[k * size + j, m * size + i] += factor * outer[j][i]
    alpha = mpf(SOFTMAX_ALPHA)
    intercepts = [k * size + size - 1 for k in range(n_classes)]
    together = mp.fsum(params[j] for j in intercepts)
    for j in range(length):
        if j in intercepts:
            slope[j] += together
            for i in intercepts:
                hessian[j, i] += 1
        else:
            slope[j] += alpha * params[j]
            hessian[j, j] += alpha
            value += alpha / 2 * params[j] ** 2
    return slope, hessian, value + together**2 / 2


def solve_softmax() -> tuple[list[mpf], mpf]:
    rows, labels = iris_rows()
    params = [mpf(0)] * ((max(labels) + 1) * len(rows[0]))
    for _ in range(100):
        slope, hessian, value = softmax_gradient(rows, labels, params)
        norm = mp.norm(mp.matrix(slope), mp.inf)
        if norm < 1e-45:
            return params, value
        step = list(-mp.lu_solve(hessian, mp.matrix(slope)))
        params = _damped(lambda at: softmax_gradient(rows, labels, at)[2], params, step, norm)
    raise ArithmeticError("Newton did not settle")
