"""For more columns than rows, with an ℓ₂ penalty: the optimum is a combination of the rows, w = Xᵀ a.

It knows the products of rows with each other; it never forms a matrix of columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._convexity import bend, is_convex, is_coupled
from logitscope.solvers._descent import Ending, descend, look, look_at_start
from logitscope.solvers._finish import Course, estimated, polish, to_accuracy
from logitscope.solvers._frame import same_units
from logitscope.solvers._memory import Dot
from logitscope.solvers._preconditioner import Factor, factorise
from logitscope.solvers._proof import rough_pull
from logitscope.sources import dense
from logitscope.steps import Certificate, Step

_ITERATIONS = 40
_HALVINGS = 30
_CANCELS = 100 * float(np.finfo(np.float32).eps)
_TOLERANCE = 1e-9  # of Newton's steps in row space: squared decrement, relative to the objective, of the problem in a


@dataclass(frozen=True, eq=False)
class _Inner:
    """One column at the optimum in row space.

    (α/w + K) is factorised as S⁻¹ B S⁻¹ with S = √w and B = α + S K S, w the curvature weights of the rows.
    """

    a: FloatArray
    b: float
    root: FloatArray
    factor: Factor


@dataclass(frozen=True)
class RowSpace:
    """Newton's method on the n coefficients of w = Xᵀ a, and then steps on X itself with its Hessian.

    By the representer theorem (Kimeldorf and Wahba 1971) the optimum of a loss of X w with an ℓ₂ penalty has this form.
    X is read once for the n × n products of its rows, every iteration takes n³/3 operations whatever the number of
    columns. Woodbury's identity carries the factor back to the space of w.

    Parameters
    ----------
    accuracy : float, optional
        Suboptimality, relative to the objective, at which to stop; by default at rounding, proved.
    """

    accuracy: float | None = None

    def course(self, objective: Objective, params: FloatArray, counter: Iterator[int]) -> Course:
        """Yield the steps; return where another solver may go on."""
        if objective.penalty.is_zero or not is_convex(objective) or is_coupled(objective):
            return params
        p = objective.source.n_features
        # Single precision is enough for a preconditioner, and for a start: the steps on X itself do the rest.
        X = np.empty((objective.source.n_samples, p), dtype=np.float32)
        for positions, block in objective.source.blocks():
            X[positions] = dense(block)
        gram = X @ X.T
        alpha = np.broadcast_to(np.asarray(objective.penalty.curvature(), dtype=np.float64), objective.n_columns)
        tolerance = _TOLERANCE if self.accuracy is None else max(self.accuracy / 10, _TOLERANCE)
        inner = [
            _solve(objective, gram, column, float(alpha[column]), tolerance) for column in range(objective.n_columns)
        ]
        found = [one for one in inner if one is not None]
        if len(found) < len(inner):
            return params
        frame = same_units(p, objective.fit_intercept)
        start = look_at_start(objective, frame, params)
        best = np.zeros_like(params)
        best[:p] = X.T @ np.stack([one.a for one in found], axis=1).astype(np.float32)
        if objective.fit_intercept:
            best[p] = [one.b for one in found]
        new = look(objective, frame, best)
        if not (new.seen.loss <= start.seen.loss).all():  # a warm start at the optimum
            new = start
        else:
            residual = np.abs(start.gradient).max(axis=0, initial=0.0) / rough_pull(objective, start.seen.z)
            unknown, no = np.full(len(found), np.nan), np.zeros(len(found), dtype=bool)
            certificate = Certificate(residual, unknown, unknown, no, no)
            n = next(counter)
            yield Step(
                n, n, True, None, start.seen, start.params, new.params, np.ones(len(found)), np.nan, None, None,
                certificate,
            )  # fmt: skip
        preconditioner = _Woodbury(X, alpha, tuple(found), objective.fit_intercept)
        if self.accuracy is not None:
            dot = Dot(is_joint=False)
            new, ending, state, direction = yield from descend(
                objective, frame, new, preconditioner, to_accuracy(self.accuracy, dot), counter,
                rough_pull(objective, new.seen.z), dot, is_patient=True,
            )  # fmt: skip
            if ending is Ending.STUCK:
                return new.params
            proof = "estimated by the Hessian in the space of the rows"
            return (yield from estimated(objective, frame, new, state, direction, counter, proof))
        return (yield from polish(objective, frame, new, preconditioner, counter))


def _solve(objective: Objective, gram: FloatArray, column: int, alpha: float, tolerance: float) -> _Inner | None:
    """Newton's method in (a, b): (α + S K S) q = S (K u/α − β), a ← −r/α + S q with u = r + α a, r the pulls.

    Its steps are factorised in single precision where α is not small beside S K S: q cancels u/α but for as much as
    that ratio. They turn a little then, and what they lead to does not.
    """
    single, gram = gram, gram.astype(np.float64)
    n, pair = len(gram), objective.pointwise.column(column)
    y, share = objective.target[:, column], np.asarray(objective.share())
    a, b = np.zeros(n), 0.0
    z = np.zeros(n)

    def value_at(z: FloatArray, a: FloatArray, fitted: FloatArray) -> float:
        return float(share @ pair.value(z[:, None], y[:, None])[:, 0]) + alpha / 2 * float(a @ fitted)

    fitted = np.zeros(n)  # K a
    value = value_at(z, a, fitted)
    for _ in range(_ITERATIONS):
        _, slope = pair.value_and_grad(z[:, None], y[:, None])
        pull = share * slope[:, 0]
        curved = share * bend(pair, z, y, slope[:, 0])
        root = np.sqrt(np.maximum(curved, 1e-14 * curved.max(initial=1e-300)))
        has_digits = alpha >= _CANCELS * float((np.square(root) * gram.diagonal()).max())
        factor = _factor(single if has_digits else gram, root, alpha)
        if factor is None:
            return None
        u = pull + alpha * a
        q = factor.solve(root * (gram @ u) / alpha)
        shift = 0.0
        if objective.fit_intercept:
            ones = factor.solve(root)
            shift = float((root @ q - pull.sum() / alpha) / (root @ ones))
            q = q - shift * ones
        step = root * q - u / alpha
        moved = gram @ step
        slope_along = float(pull @ (moved + shift)) + alpha * float(a @ moved)
        if not slope_along <= 0:  # uphill, or NaN: steps have lost their digits
            return None
        if -slope_along <= tolerance * abs(value):
            return _Inner(a + step, b + shift, root, factor)
        length = 1.0
        for _ in range(_HALVINGS):
            new = (z + length * (moved + shift), a + length * step, fitted + length * moved)
            new_value = value_at(*new)
            if new_value <= value + 1e-3 * length * slope_along + 1e-15 * abs(value):
                break
            length /= 2
        else:
            return _Inner(a, b, root, factor) if -slope_along <= 1e-12 * abs(value) else None
        z, a, fitted = new
        b, value = b + length * shift, new_value
    return None


def _factor(gram: FloatArray, root: FloatArray, alpha: float) -> Factor | None:
    """Return the factor of α + S K S, in the precision of K."""
    own = root.astype(gram.dtype, copy=False)
    B = gram * own
    B *= own[:, None]
    B[np.diag_indices(len(B))] += alpha
    return factorise(B)


@dataclass(frozen=True, eq=False)
class _Woodbury:
    """H⁻¹ g = (g − Xᵀ S B⁻¹ S X g)/α without intercept, by blocks with it."""

    X: FloatArray
    alpha: FloatArray
    inner: tuple[_Inner, ...]
    fit_intercept: bool

    def solve(self, gradient: FloatArray) -> FloatArray:
        """Return H⁻¹ g of every column."""
        p = self.X.shape[1]
        seen = np.asarray(self.X @ gradient[:p].astype(np.float32), dtype=np.float64)
        back = np.empty_like(seen)
        out = np.empty_like(gradient)
        for column, one in enumerate(self.inner):
            root, alpha = one.root, self.alpha[column]
            q = one.factor.solve(root * seen[:, column])
            if self.fit_intercept:
                # Schur complement of the intercept: Σw − (S1)ᵀ S K S B⁻¹ S 1 = α (S1)ᵀ B⁻¹ (S1).
                ones = one.factor.solve(root)
                coupled = gradient[p, column] - float(root @ q)
                shift = coupled / (alpha * float(root @ ones))
                q = q + alpha * shift * ones
                out[p, column] = shift
            back[:, column] = root * q
        out[:p] = (gradient[:p] - self.X.T @ back.astype(np.float32)) / self.alpha
        return out


__all__ = ["RowSpace"]
