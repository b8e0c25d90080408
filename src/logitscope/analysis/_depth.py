"""How a gradient fades on its way back through a stack of layers.

It stacks any activation; it never trains the stack.
"""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import FloatArray
from logitscope.activations import get_activation


def gradient_by_depth(
    activation: Any,
    n_layers: int = 20,
    width: int = 64,
    n_samples: int = 200,
    gain: float = 1.0,
    seed: int = 0,
) -> FloatArray:
    """Return how much of a gradient is left at each layer, going back from the last.

    Parameters
    ----------
    activation : str or object
        Elementwise; the same in every layer.
    n_layers, width, n_samples : int
        Layers of the stack, units in each, and random inputs.
    gain : float
        Weights are drawn from N(0, gain²/width), the initialisation of LeCun et al. 1998 at gain 1.
    seed : int
        The same draws for every activation.

    Returns
    -------
    ndarray of shape (n_layers + 1,)
        Root mean square of ∂L/∂(input of the last k layers) for k = 0 … n_layers, in units of ∂L/∂output.

    Raises
    ------
    InvalidInputError
        For softmax, whose layers are not elementwise, and for sizes below 1.

    Examples
    --------
    >>> bool(gradient_by_depth("sigmoid")[10] < 1e-3 * gradient_by_depth("tanh")[10])
    True
    """
    phi = get_activation(activation)
    if phi.couples_columns:
        raise InvalidInputError(f"`activation` must be elementwise to be stacked; got {phi.name!r}.")
    for name, size in (("n_layers", n_layers), ("width", width), ("n_samples", n_samples)):
        if isinstance(size, bool) or not isinstance(size, Integral) or size < 1:
            raise InvalidInputError(f"`{name}` must be an integer >= 1; got {size!r}.")
    rng = np.random.default_rng(seed)
    weights = rng.standard_normal((n_layers, width, width)) * (gain / np.sqrt(width))
    layer: FloatArray = rng.standard_normal((n_samples, width))
    local_derivatives = []
    for weight in weights:
        z = layer @ weight
        local_derivatives.append(phi.derivative(z))
        layer = phi.value(z)
    upstream = rng.standard_normal(layer.shape)
    left = [1.0]
    scale = np.sqrt(np.mean(upstream**2))
    for weight, local_derivative in zip(weights[::-1], local_derivatives[::-1], strict=True):
        upstream = (upstream * local_derivative) @ weight.T
        left.append(float(np.sqrt(np.mean(upstream**2)) / scale))
    return np.array(left)


__all__ = ["gradient_by_depth"]
