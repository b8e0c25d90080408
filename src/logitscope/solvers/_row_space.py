"""For more columns than rows, with an ℓ₂ penalty: the optimum is a combination of the rows, w = Xᵀ a.

It knows the products of rows with each other; it never forms a matrix of columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.pointwise import Pointwise
from logitscope.solvers._convexity import bend, is_convex, is_coupled
from logitscope.solvers._descent import Ending, descend, look, look_at_start
from logitscope.solvers._finish import Course, estimated, polish, to_accuracy
from logitscope.solvers._frame import same_units
from logitscope.solvers._line import FAR, best_length
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


class _Place(NamedTuple):
    """Where a problem in the rows is, or a move there: z, the coefficients a of w = Xᵀ a, and K a, each (n_rows,)."""

    z: FloatArray
    a: FloatArray
    fitted: FloatArray

    def after(self, length: float, move: "_Place") -> "_Place":
        """Return the end of so much of a move."""
        return _Place(*(own + length * moved for own, moved in zip(self, move, strict=True)))


@dataclass(frozen=True, eq=False)
class _RowProblem:
    """Σ sᵢ ℓ(zᵢ) + α aᵀK a/2 of one column."""

    pair: Pointwise
    y: FloatArray
    share: FloatArray
    alpha: float

    def value(self, at: _Place) -> float:
        """Return the objective."""
        losses = self.pair.value(at.z[:, None], self.y[:, None])[:, 0]
        return float(self.share @ losses) + self.alpha / 2 * float(at.a @ at.fitted)

    def pull_and_bend(self, at: _Place) -> tuple[FloatArray, FloatArray]:
        """Return what every row adds to the slope and to the curvature in its z."""
        slope = self.pair.value_and_grad(at.z[:, None], self.y[:, None])[1][:, 0]
        return self.share * slope, self.share * bend(self.pair, at.z, self.y, slope)

    def slope(self, at: _Place, pull: FloatArray, move: _Place) -> float:
        """Return the slope along a move, given the pulls there."""
        return float(pull @ move.z) + self.alpha * float(at.a @ move.fitted)

    def after(self, at: _Place, value: float, move: _Place, slope: float) -> tuple[float, _Place, float] | None:
        """Return the length of a step that falls enough, its end and the objective there: the whole move, or half.

        From far away the length is the best one, if that is better than the whole.
        """
        length, new = 1.0, at.after(1.0, move)
        new_value = self.value(new)
        if -slope > FAR * abs(value):
            pull, bent = self.pull_and_bend(new)
            curvature = float(bent @ np.square(move.z)) + self.alpha * float(move.a @ move.fitted)
            best = float(best_length(self.slope(new, pull, move), curvature))
            other = at.after(best, move)
            if (other_value := self.value(other)) < new_value:
                length, new, new_value = best, other, other_value
        for _ in range(_HALVINGS):
            if new_value <= value + 1e-3 * min(length, 1.0) * slope + 1e-15 * abs(value):
                return length, new, new_value
            length /= 2
            new = at.after(length, move)
            new_value = self.value(new)
        return None


def _solve(objective: Objective, gram: FloatArray, column: int, alpha: float, tolerance: float) -> _Inner | None:
    """Newton's method in (a, b): (α + S K S) q = S (K u/α − β), a ← −r/α + S q with u = r + α a, r the pulls.

    Its steps are factorised in single precision where α is not small beside S K S: q cancels u/α but for as much as
    that ratio. They turn a little then, and what they lead to does not.
    """
    single, gram = gram, gram.astype(np.float64)
    pair, y = objective.pointwise.column(column), objective.target[:, column]
    rows = _RowProblem(pair, y, np.asarray(objective.share()), alpha)
    at, b = _Place(*np.zeros((3, len(gram)))), 0.0
    value = rows.value(at)
    for _ in range(_ITERATIONS):
        pull, bent = rows.pull_and_bend(at)
        root = np.sqrt(np.maximum(bent, 1e-14 * bent.max(initial=1e-300)))
        has_digits = alpha >= _CANCELS * float((np.square(root) * gram.diagonal()).max())
        factor = _factor(single if has_digits else gram, root, alpha)
        if factor is None:
            return None
        u = pull + alpha * at.a
        q = factor.solve(root * (gram @ u) / alpha)
        shift = 0.0
        if objective.fit_intercept:
            ones = factor.solve(root)
            shift = float((root @ q - pull.sum() / alpha) / (root @ ones))
            q = q - shift * ones
        step = root * q - u / alpha
        moved = gram @ step
        move = _Place(moved + shift, step, moved)
        slope = rows.slope(at, pull, move)
        if not slope <= 0:  # uphill, or NaN: steps have lost their digits
            return None
        if -slope <= tolerance * abs(value):
            return _Inner(at.a + step, b + shift, root, factor)
        made = rows.after(at, value, move, slope)
        if made is None:
            return _Inner(at.a, b, root, factor) if -slope <= 1e-12 * abs(value) else None
        length, at, value = made
        b += length * shift
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
