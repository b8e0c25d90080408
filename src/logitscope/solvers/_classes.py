"""All rows of softmax in float32, in good units: classes come first, so that rows are summed along memory.

They know an objective and probabilities; they never know what is done with a Hessian, nor who chooses a direction.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.solvers._convexity import is_convex, is_coupled
from logitscope.solvers._costs import looks_of_a_hessian
from logitscope.solvers._few import rough_features
from logitscope.solvers._frame import Frame
from logitscope.solvers._hessians import softmax_bent, softmax_of
from logitscope.solvers._line import farther
from logitscope.solvers._preconditioner import Factor, factorise


class ClassLook(NamedTuple):
    """Objective and gradient at parameters in the frame, class after class, with z and the probabilities of rows."""

    params: FloatArray
    loss: float
    gradient: FloatArray
    z: FloatArray
    """Less the largest of each row, (n_classes, n_rows)."""
    probability: FloatArray


class Blocks(NamedTuple):
    """One Hessian a class: what couples them is left to the steps."""

    factors: tuple[Factor, ...]
    inverses: FloatArray | None
    """Of all of them, where they are small, (n_classes, n_params, n_params)."""

    def solve(self, gradient: FloatArray) -> FloatArray:
        """Return H⁻¹ g, class after class."""
        own = gradient.reshape(len(self.factors), -1)
        if self.inverses is None:
            return np.concatenate([factor.solve(each) for factor, each in zip(self.factors, own, strict=True)])
        return np.matmul(self.inverses, own[:, :, None]).astype(np.float64).ravel()


class ClassRows(NamedTuple):
    """All rows in the units of a frame, with the 1 of the intercept last where there is one."""

    frame: Frame
    x: FloatArray
    y: FloatArray
    """One-hot labels, (n_classes, n_rows)."""
    share: FloatArray
    size: FloatArray
    """Σ sᵢ xᵢ²/Σ s of every column, (n_params,)."""
    ridge: FloatArray
    """(n_classes, n_params)."""

    @property
    def price(self) -> float:
        """How many looks the Hessians of all classes cost."""
        n, p = self.x.shape
        return looks_of_a_hessian(n, p, len(self.y))

    def look(self, params: FloatArray) -> ClassLook:
        """Read the rows once."""
        own = params.reshape(self.ridge.shape)
        z = self._z(own)
        probability = np.exp(z)
        total = np.add.reduce(probability, axis=0)
        probability /= total
        loss = np.log(total) - np.add.reduce(z * self.y, axis=0)
        pulled = self.ridge * own
        slope = probability - self.y
        slope *= self.share
        gradient = np.dot(slope, self.x) + pulled
        mean = np.dot(self.share, loss) + np.vdot(pulled, own) / 2
        return ClassLook(params, mean.item(), gradient.ravel(), z, probability)

    def _z(self, own: FloatArray) -> FloatArray:
        z = np.dot(own.astype(np.float32), self.x.T)
        z -= np.maximum.reduce(z, axis=0)
        return z

    def farther(self, look: ClassLook, direction: FloatArray, whole: ClassLook) -> tuple[float, ClassLook]:
        """Return the length of a step and its end: the best length where that is better than the whole step."""
        own = direction.reshape(self.ridge.shape)
        moved = np.dot(own.astype(np.float32), self.x.T)
        bent = np.vdot(self._bent(whole.probability, moved), moved) + np.vdot(self.ridge * own, own)
        return farther(self.look, look, direction, whole, bent.item())

    def _bent(self, probability: FloatArray, moved: FloatArray) -> FloatArray:
        """Return how ∂ℓ/∂z changes, weighted, where z moves."""
        return softmax_bent(probability, moved.copy()) * self.share

    def hessian_at(self, z: FloatArray) -> Callable[[FloatArray], FloatArray]:
        """Return v ↦ H v, (n_params, n_classes), where z, (n_rows, n_classes), is known."""
        probability = softmax_of(z.T, axis=0).astype(np.float32)

        def product(v: FloatArray) -> FloatArray:
            moved = np.dot(v.T.astype(np.float32), self.x.T)
            out: FloatArray = np.dot(self._bent(probability, moved), self.x) + self.ridge * v.T
            return out.T

        return product

    def diagonal(self, look: ClassLook) -> FloatArray:
        """Return about the diagonal of the Hessian, class after class: that of mean curvature."""
        bent = np.dot(look.probability * (1 - look.probability), self.share)
        return (bent[:, None] * self.size + self.ridge).ravel()

    def metric(self, look: ClassLook) -> Blocks | None:
        """Return a Hessian a class; None where float32 cannot tell it."""
        found = tuple(map(factorise, self._hessians(look)))
        factors = tuple(factor for factor in found if factor is not None)
        if len(factors) < len(found):
            return None
        inverses = [factor.inverse for factor in factors]
        known = [inverse for inverse in inverses if inverse is not None]
        return Blocks(factors, np.stack(known) if len(known) == len(inverses) else None)

    def _hessians(self, look: ClassLook) -> list[FloatArray]:
        out = []
        for own, ridge in zip(look.probability, self.ridge, strict=True):
            half = self.x.T * np.sqrt(self.share * own * (1 - own))
            hessian = np.dot(half, half.T)
            hessian.flat[:: len(hessian) + 1] += ridge
            out.append(hessian)
        return out


def class_rows(objective: Objective, at_most: int) -> ClassRows | None:
    """Return the rows of softmax with a penalty, of up to so many entries of X, in float32; None of others."""
    if objective.source.n_samples * objective.n_params > at_most or not (
        is_coupled(objective) and is_convex(objective)
    ):
        return None
    y = objective.target
    is_hard = bool((y * y == y).all() and (y.sum(axis=1) == 1).all())
    if objective.penalty.is_zero or not objective.penalty.is_smooth or not is_hard:
        return None
    found = rough_features(objective)
    if found is None:
        return None
    frame, x, size, ridge = found
    labels = np.ascontiguousarray(y.T, dtype=np.float32)
    return ClassRows(frame, x, labels, objective.share().astype(np.float32), size, ridge.T)


__all__ = ["Blocks", "ClassLook", "ClassRows", "class_rows"]
