"""Two cheap questions to ask of a fit before the full one.

It knows pre-activations, labels and pulls as arrays; it never knows which model they come from.
"""

import numpy as np

from logitscope._typing import ArrayLike
from logitscope.separation._find import checked
from logitscope.separation._overlap import overlaps
from logitscope.separation._rows import SignedRows


def may_be_separated(z: ArrayLike, y: ArrayLike, *, far: float = 10.0) -> bool:
    """Whether a fit looks as one on separated data does; a hint only, that costs one pass.

    True where every row is on its side, or some row is on its side by more than `far`. On separated data a fit
    that was let run ends so; one that was stopped early need not, and a good fit to overlapping data may.

    Parameters
    ----------
    z : array_like of shape (n_samples,)
        Pre-activations, on the scale of the logit.
    y : array_like of shape (n_samples,)
        Labels 0 and 1.
    far : float
        A margin (2y − 1) z; at 10 the probability of the other label is 5e-5.

    Examples
    --------
    >>> may_be_separated([-0.3, 0.2], [0, 1]), may_be_separated([-0.3, 0.2, 0.1], [0, 1, 0])
    (True, False)
    """
    margin = (2 * np.asarray(y, dtype=np.float64) - 1) * np.asarray(z, dtype=np.float64)
    return bool(margin.size and (margin.min() > 0 or margin.max() > far))


def proves_overlap(X: ArrayLike, y: ArrayLike, pull: ArrayLike, *, fit_intercept: bool = True) -> bool:
    """Whether the pulls at a fit prove that no direction separates; False proves nothing.

    At a maximum of the likelihood Σ pullᵢ (2yᵢ − 1) x̃ᵢ = 0 with pullᵢ = |∂ℓᵢ/∂zᵢ| > 0, and such numbers exist only
    if the classes overlap (Stiemke 1915). Near a maximum a correction makes the sum 0; the proof bounds it,
    rounding errors included. It costs one matrix product, holds for any activation and loss, and needs columns
    that are not collinear.

    Parameters
    ----------
    X : array_like or sparse of shape (n_samples, n_features)
        Finite features.
    y : array_like of shape (n_samples,)
        Labels 0 and 1.
    pull : array_like of shape (n_samples,)
        Numbers >= 0, such as |∂ℓ/∂z| times the sample weight.
    fit_intercept : bool
        Whether the hyperplane may have an offset.

    Examples
    --------
    >>> proves_overlap([[1.0], [2.0], [3.0], [4.0]], [0, 1, 0, 1], [0.26, 0.57, 0.57, 0.26])
    True
    """
    data, labels = checked(X, y)
    weights = np.asarray(pull, dtype=np.float64)
    return overlaps(SignedRows.of(data, labels, fit_intercept).A, weights)


__all__ = ["may_be_separated", "proves_overlap"]
