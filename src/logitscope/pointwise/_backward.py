"""The backward pass as a call: upstream, local derivative and their product, for any activation and loss.

It checks labels at the boundary; it never knows where z came from.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike, FloatArray
from logitscope.activations import Activation, get_activation
from logitscope.losses import Loss, get_loss
from logitscope.pointwise._pair import ActivationOutput, Pointwise


class Backward(NamedTuple):
    """The factors of one backward pass, each of the shape that z and the labels have in common.

    `grad_z` is upstream × local_derivative, from the form that survives saturation: where the two factors are
    ∞ and 0, it still has the right value.
    """

    upstream: FloatArray
    local_derivative: FloatArray
    grad_z: FloatArray


def backward(
    z: ArrayLike,
    y: ArrayLike,
    activation: str | Activation | Any = "tanh",
    loss: str | Loss | Any = "squared_error",
    *,
    upstream: ArrayLike | None = None,
) -> Backward:
    """Return the factors of ∂ℓ/∂z = ∂ℓ/∂a · φ′(z), whatever the loss.

    Parameters
    ----------
    z : array_like of any shape, most often (n_samples,) or (n_samples, n_models)
        Pre-activations; for softmax (n_samples, n_classes) or (n_classes,), the last axis holding the classes.
    y : array_like, of a shape that broadcasts against z
        Labels in [0, 1] (soft labels included). Not used when `upstream` is given.
    activation, loss : str or object
        Names in `ACTIVATIONS` and `LOSSES`, or objects of that kind.
    upstream : array_like, of a shape that broadcasts against z, optional
        ∂ℓ/∂a from anywhere, in place of a loss.

    Returns
    -------
    Backward
        `upstream` (∂ℓ/∂a), `local_derivative` (φ′(z); for softmax the diagonal of the Jacobian) and `grad_z`, each
        float64 of the shape that z has in common with `y` or `upstream`; numbers for numbers.

    Raises
    ------
    InvalidInputError
        A label outside [0, 1] (NaN included).

    Examples
    --------
    A confidently wrong sample (y = 1 at z = −400): both factors are useless, their product is not.

    >>> upstream, local_derivative, grad_z = backward(-400.0, 1.0, "tanh", "cross_entropy")
    >>> print(upstream, local_derivative, grad_z)
    -inf 0.0 -2.0
    >>> print(backward(0.5, 1.0, "tanh", "squared_error").grad_z)
    -0.42301...
    """
    phi = get_activation(activation)
    z = np.asarray(z, dtype=np.float64)
    if upstream is not None:
        z, sent = np.broadcast_arrays(z, np.asarray(upstream, dtype=np.float64))
        local_derivative = phi.derivative(z)
        grad = _through_softmax(phi.probability(z), sent) if phi.couples_columns else sent * local_derivative
        return Backward(sent[()], local_derivative, grad)
    y = np.asarray(y, dtype=np.float64)
    if not np.all((y >= 0) & (y <= 1)):
        first = np.flatnonzero(~((y >= 0) & (y <= 1)).ravel())[0]
        raise InvalidInputError(
            f"`y` must lie in [0, 1]; got {float(y.ravel()[first])!r} at index {first}. "
            "Labels of tanh are given as 0 and 1 too: they stand for lower and upper."
        )
    pointwise = Pointwise(phi, get_loss(loss))
    z, y = np.broadcast_arrays(z, y)
    return Backward(
        pointwise.loss.derivative(ActivationOutput(phi, z), y)[()],
        phi.derivative(z),
        pointwise.grad_z(z, y)[()],
    )


def _through_softmax(p: FloatArray, upstream: FloatArray) -> FloatArray:
    """Jᵀu with J = diag(p) − p pᵀ, as p_j Σ_k p_k (u_j − u_k): a constant u gives 0."""
    pull = sum(p[..., [k]] * (upstream - upstream[..., [k]]) for k in range(p.shape[-1]))
    grad: FloatArray = p * pull
    return grad


__all__ = ["Backward", "backward"]
