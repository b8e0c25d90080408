"""One function that measures every solver's result, and a reference optimum: nothing of it is any contestant's code.

Mean log loss + α/2 ‖w‖², the intercept free: sigmoid for two classes, softmax for more. float64, sums in long double.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
from scipy.special import logsumexp

_DIRECT = 2100  # parameters up to which the Hessian of two classes is written out
_ROWS = 1 << 16


class Problem(NamedTuple):
    """Data, penalty, and whether there is an intercept."""

    X: Any
    """ndarray or CSR matrix of shape (n, p)."""
    y: Any
    """Classes 0, 1, …, (n,)."""
    n_classes: int
    alpha: float
    fit_intercept: bool

    @property
    def n_columns(self) -> int:
        """Columns of the parameters: one for two classes."""
        return 1 if self.n_classes == 2 else self.n_classes

    def blocks(self) -> Iterator[tuple[Any, Any]]:
        """Yield rows and their classes."""
        for start in range(0, len(self.y), _ROWS):
            yield self.X[start : start + _ROWS], self.y[start : start + _ROWS]


def objective(problem: Problem, params: Any) -> float:
    """Return the objective at parameters (p [+ 1], n_columns), the intercept last."""
    total = np.longdouble(0)
    for rows, y in problem.blocks():
        z = _z(problem, rows, params)
        if problem.n_columns == 1:
            losses = np.logaddexp(0.0, np.where(y == 1, -z[:, 0], z[:, 0]))
        else:
            losses = logsumexp(z, axis=1) - z[np.arange(len(y)), y]
        total += losses.sum(dtype=np.longdouble)
    coef = params[: problem.X.shape[1]].astype(np.longdouble)
    return float(total / len(problem.y) + problem.alpha / 2 * np.sum(coef * coef))


def _z(problem: Problem, rows: Any, params: Any) -> Any:
    p = problem.X.shape[1]
    z = rows @ params[:p]
    return z + params[p] if problem.fit_intercept else z


def _probabilities(problem: Problem, rows: Any, params: Any) -> Any:
    z = _z(problem, rows, params)
    if problem.n_columns == 1:
        return np.exp(-np.logaddexp(0.0, -z))
    return np.exp(z - logsumexp(z, axis=1, keepdims=True))


def _back(problem: Problem, rows: Any, weighted: Any) -> Any:
    """X̃ᵀ of something a row."""
    product = rows.T @ weighted
    return np.vstack([product, weighted.sum(axis=0)]) if problem.fit_intercept else product


def _ridge(problem: Problem, params: Any) -> Any:
    out = problem.alpha * params
    if problem.fit_intercept:
        out[-1] = 0.0
    return out


def gradient(problem: Problem, params: Any) -> Any:
    """Return the gradient, laid out like the parameters."""
    out = np.zeros_like(params)
    for rows, y in problem.blocks():
        slope = _probabilities(problem, rows, params)
        if problem.n_columns == 1:
            slope[:, 0] -= y
        else:
            slope[np.arange(len(y)), y] -= 1.0
        out += _back(problem, rows, slope)
    return out / len(problem.y) + _ridge(problem, params)


def curved(problem: Problem, params: Any, direction: Any) -> Any:
    """Return the Hessian times a direction."""
    out = np.zeros_like(params)
    for rows, _ in problem.blocks():
        p, moved = _probabilities(problem, rows, params), _z(problem, rows, direction)
        bent = p * (1 - p) * moved if problem.n_columns == 1 else p * (moved - (p * moved).sum(axis=1, keepdims=True))
        out += _back(problem, rows, bent)
    return out / len(problem.y) + _ridge(problem, direction)


def polish(problem: Problem, params: Any, n_steps: int = 30) -> Any:
    """Return the optimum by Newton steps, each taken only as far as the objective falls, until none lowers it."""
    best = objective(problem, params)
    for _ in range(n_steps):
        slope = gradient(problem, params)
        step, length = _newton_step(problem, params, slope), 1.0
        while length > 1e-3:
            moved = params - length * step
            value = objective(problem, moved)
            if value < best:
                break
            length /= 2
        else:
            break
        is_done = best - value <= 1e-15 * abs(best)
        params, best = moved, value
        if is_done:
            break
    return params


def _newton_step(problem: Problem, params: Any, slope: Any) -> Any:
    if problem.n_columns == 1 and params.size <= _DIRECT and isinstance(problem.X, np.ndarray):
        return np.linalg.solve(_hessian(problem, params), slope)
    return _conjugate_gradients(problem, params, slope)


def _hessian(problem: Problem, params: Any) -> Any:
    hessian = np.zeros((params.size, params.size))
    for rows, _ in problem.blocks():
        p = _probabilities(problem, rows, params)
        full = np.column_stack([rows, np.ones(len(rows))]) if problem.fit_intercept else rows
        hessian += full.T @ (p * (1 - p) * full)
    hessian /= len(problem.y)
    hessian[np.diag_indices(problem.X.shape[1])] += problem.alpha  # the first p: the intercept is free
    return hessian


def _conjugate_gradients(problem: Problem, params: Any, slope: Any, n_iter: int = 300) -> Any:
    """Solve for the Newton step with the diagonal as preconditioner (Nocedal & Wright 2006, algorithm 5.3)."""
    scale = 1.0 / _diagonal(problem, params)
    step, residual = np.zeros_like(slope), slope.copy()
    direction = scale * residual
    size = first = np.vdot(residual, direction)
    for _ in range(n_iter):
        if size <= 1e-12 * first:
            break
        bent = curved(problem, params, direction)
        length = size / np.vdot(direction, bent)
        step, residual = step + length * direction, residual - length * bent
        fitted = scale * residual
        size, before = np.vdot(residual, fitted), size
        direction = fitted + size / before * direction
    return step


def _diagonal(problem: Problem, params: Any) -> Any:
    out = np.zeros_like(params)
    for rows, _ in problem.blocks():
        p = _probabilities(problem, rows, params)
        squared = np.square(rows) if isinstance(rows, np.ndarray) else rows.power(2)
        out += _back(problem, squared, p * (1 - p))
    out = out / len(problem.y) + problem.alpha
    return np.maximum(out, 1e-300)


def suboptimality(problem: Problem, params: Any, optimum: float) -> float:
    """Return (F − F*)/F*, not below 0."""
    return max(objective(problem, params) - optimum, 0.0) / abs(optimum)


__all__ = ["Problem", "curved", "gradient", "objective", "polish", "suboptimality"]
