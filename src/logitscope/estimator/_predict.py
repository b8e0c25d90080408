"""Probabilities from z, for one column or many.

It knows the activation and z; it never knows how z came about.
"""

from typing import Any

import numpy as np

from logitscope._typing import FloatArray
from logitscope.activations import Activation, get_activation


def _binary(activation: Any) -> Activation:
    """Return the activation of a single column; two softmax classes are a sigmoid of their difference."""
    phi = get_activation(activation)
    return get_activation("sigmoid") if phi.couples_columns else phi


def midpoint(activation: Any) -> float:
    """Return the z of even odds: 0 but for the skewed links."""
    return get_activation(activation).midpoint


def probabilities(activation: Any, z: FloatArray) -> FloatArray:
    """Return the probability of each class from z of shape (n_samples, 1) or (n_samples, n_classes)."""
    if z.shape[1] == 1:
        phi = _binary(activation)
        return np.column_stack([phi.complement(z[:, 0]), phi.probability(z[:, 0])])
    return np.exp(log_probabilities(activation, z))


def log_probabilities(activation: Any, z: FloatArray) -> FloatArray:
    """Return the logarithms of `probabilities`."""
    if z.shape[1] == 1:
        phi = _binary(activation)
        return np.column_stack([phi.log_complement(z[:, 0]), phi.log_probability(z[:, 0])])
    log_p = get_activation(activation).log_probability(z)
    with np.errstate(invalid="ignore"):
        top = log_p.max(axis=1, keepdims=True)
        shifted = np.where(np.isneginf(top), 0.0, log_p - top)  # every class ruled out: all alike
    normalised: FloatArray = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    return normalised.astype(z.dtype, copy=False)


__all__ = ["log_probabilities", "midpoint", "probabilities"]
