"""The expected information of a column's likelihood, as a triangular factor that grows by one block of rows at a time.

It knows an objective and its z; it never knows a step, nor what the information is used for.
"""

from collections.abc import Iterator

import numpy as np

from logitscope._numerics import times
from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.sources import dense_blocks


def design(objective: Objective) -> Iterator[tuple[slice, FloatArray]]:
    """Yield (positions, rows x̃ as a dense array), with the 1 of the intercept last where there is one."""
    for positions, rows in dense_blocks(objective.source):
        yield positions, np.column_stack([rows, np.ones(len(rows))]) if objective.fit_intercept else rows


def information_weights(objective: Objective, z: FloatArray, column: int = 0) -> FloatArray:
    """Return sᵢ/Σs · p′²/(p q) of every row, (n_samples,): what one row of that z is expected to tell.

    It is −h g with the hazards h = p′/p and g = −p′/q, which keeps its digits where p or q underflows.
    """
    phi = objective.pointwise.column(column).activation
    return objective.share() * -times(phi.hazard(z[:, column]), phi.complement_hazard(z[:, column]))


def information_factor(objective: Objective, weights: FloatArray) -> FloatArray:
    """Return R, upper triangular, with RᵀR = Σ weightsᵢ x̃ᵢ x̃ᵢᵀ, of shape (n_params, n_params).

    Notes
    -----
    By orthogonal steps from √weights x̃ (sequential TSQR, Demmel et al. 2012, section 2): the product would square the
    condition number, which near separation is large in any coordinates.
    """
    root = np.sqrt(weights)
    factor = np.zeros((0, objective.n_params))
    for positions, rows in design(objective):
        factor = np.asarray(np.linalg.qr(np.vstack([factor, root[positions, None] * rows]), mode="r"))
    return np.pad(factor, ((0, objective.n_params - len(factor)), (0, 0)))


__all__ = ["design", "information_factor", "information_weights"]
