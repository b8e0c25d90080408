"""One activation with one loss, read in the pre-activation z: value and gradient of every sample and column.

It takes the stable form of every gradient, fused where one exists; it never knows the data X or the parameters.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from typing import Any, NamedTuple, Protocol

import numpy as np

from logitscope._numerics import times
from logitscope._typing import FloatArray, IntArray
from logitscope.activations import Activation, get_activation
from logitscope.losses import Loss, get_loss
from logitscope.pointwise._fused import odds_of, training_form


class ValueAndGrad(NamedTuple):
    """ℓ and ∂ℓ/∂z, each of the shape of z."""

    value: FloatArray
    grad_z: FloatArray


class ColumnwiseLoss(Protocol):
    """What the objective and the log need: a loss in z for all columns of a run."""

    def value(self, z: FloatArray, y: FloatArray) -> FloatArray:
        """ℓ of every sample and column; coupled columns hold terms that sum to the sample's loss."""

    def grad_z(self, z: FloatArray, y: FloatArray) -> FloatArray:
        """∂ℓ/∂z."""

    def value_and_grad(self, z: FloatArray, y: FloatArray) -> ValueAndGrad:
        """Both, sharing what they have in common."""

    def column(self, index: int) -> "Pointwise":
        """Return the pair that column `index` is trained with."""

    def take(self, columns: IntArray) -> "ColumnwiseLoss":
        """Return the loss of some columns, in that order."""

    def fill(self, evaluate: Callable[..., FloatArray], *arrays: FloatArray) -> FloatArray:
        """Return `evaluate(pair, *arrays)` of every group of columns, put together along the last axis."""


class ActivationOutput:
    """An activation's output at z, each view of it computed when asked for and kept."""

    def __init__(self, activation: Activation, z: FloatArray) -> None:
        self._activation, self._z = activation, z
        self.lower, self.upper, self.coupled = activation.lower, activation.upper, activation.couples_columns

    @cached_property
    def value(self) -> FloatArray:
        return self._activation.value(self._z)

    @cached_property
    def probability(self) -> FloatArray:
        return self._activation.probability(self._z)

    @cached_property
    def complement(self) -> FloatArray:
        return self._activation.complement(self._z)

    @cached_property
    def log_probability(self) -> FloatArray:
        return self._activation.log_probability(self._z)

    @cached_property
    def log_complement(self) -> FloatArray:
        return self._activation.log_complement(self._z)


_UNDERFLOW = 1e-290  # a probability below it has p″/p with lost digits soon: p″ of cloglog is p·700²


def exchanged(sent: FloatArray, p: FloatArray) -> FloatArray:
    """Σ_{k≠j} (v_j p_k − p_j v_k): what column j takes from every other, pair by pair.

    Σ_k p_k = 1 makes it v_j − p_j Σ_k v_k. In pairs, columns with the same v and p cancel exactly, and do not hide
    what comes from a column that is 1e-300 of them.
    """
    taken = np.zeros(np.broadcast_shapes(sent.shape, p.shape))
    for k in range(p.shape[-1]):
        taken += sent * p[..., [k]] - p * sent[..., [k]]
    return taken


@dataclass(frozen=True)
class Pointwise:
    """One activation with one loss.

    Parameters
    ----------
    activation : Activation
    loss : Loss

    Notes
    -----
    ∂ℓ/∂z = A h + B g, with the loss's slopes A, B in log p, log q and the activation's hazards h, g. For softmax,
    where ∂log p_k/∂z_j = δ_kj − p_j, it is Σ_{k≠j} (A_j p_k − p_j A_k) with A the slopes of the whole loss.
    """

    activation: Activation
    loss: Loss

    def column(self, index: int) -> "Pointwise":
        """Return itself: every column is trained with the same pair."""
        return self

    def take(self, columns: IntArray) -> "Pointwise":
        """Return itself: every column is trained with the same pair."""
        return self

    def fill(self, evaluate: Callable[..., FloatArray], *arrays: FloatArray) -> FloatArray:
        """Return `evaluate(self, *arrays)`."""
        return evaluate(self, *arrays)

    def upstream(self, z: FloatArray, y: FloatArray) -> FloatArray:
        """∂ℓ/∂a, of the shape of z."""
        return self.loss.derivative(ActivationOutput(self.activation, z), y)

    def value(self, z: FloatArray, y: FloatArray) -> FloatArray:
        """ℓ, of the shape of z."""
        return self.loss.value(ActivationOutput(self.activation, z), y)

    def grad_z(self, z: FloatArray, y: FloatArray) -> FloatArray:
        """∂ℓ/∂z, of the shape of z."""
        return self._gradient(ActivationOutput(self.activation, z), z, y)

    def value_and_grad(self, z: FloatArray, y: FloatArray) -> ValueAndGrad:
        """ℓ and ∂ℓ/∂z, in one fused pass where there is one."""
        is_joint = self.activation.couples_columns
        is_hard = bool(((y == 0) | (y == 1)).all()) and not (is_joint and (y.sum(axis=-1) != 1).any())
        form = training_form(self.activation, self.loss, is_hard)
        if form is None:
            return self.exact(z, y)
        first, labels = (np.moveaxis(each, -1, 0) if is_joint else each for each in (z, y))
        with np.errstate(all="ignore"):
            value, slope = form(first, labels, 1.0 - 2.0 * labels)
        if not (np.isfinite(value).all() and np.isfinite(slope).all()):
            return self.exact(z, y)
        if is_joint:
            value, slope = np.moveaxis(value, 0, -1), np.moveaxis(slope, 0, -1)
        return ValueAndGrad(value, slope)

    def grad_size(self, z: FloatArray, sign: FloatArray) -> FloatArray:
        """|∂ℓ/∂z| of labels 0 and 1, of the shape of z, without the loss where a form leaves it out.

        `sign` is 1 − 2y, and broadcasts against z. Floating-point warnings are the caller's to silence.
        """
        odds = odds_of(self.activation, self.loss)
        if odds is not None:
            own = sign * z
            _, size = odds(own, out=own)
            if not isnan(np.vdot(size, size)):
                return size
        size = self.value_and_grad(z, np.broadcast_to(0.5 - 0.5 * sign, z.shape)).grad_z
        return np.abs(size, out=size)

    def exact(self, z: FloatArray, y: FloatArray) -> ValueAndGrad:
        """ℓ and ∂ℓ/∂z from the forms that hold for every z and every loss."""
        output = ActivationOutput(self.activation, z)
        return ValueAndGrad(self.loss.value(output, y), self._gradient(output, z, y))

    def _gradient(self, output: ActivationOutput, z: FloatArray, y: FloatArray) -> FloatArray:
        slopes = self.loss.log_slopes(output, y)
        if self.activation.couples_columns:
            p, q = output.probability, output.complement
            with np.errstate(all="ignore"):
                total = slopes.p - times(slopes.q, p / q)
            return exchanged(total, p)
        return times(slopes.p, self.activation.hazard(z)) + times(slopes.q, self.activation.complement_hazard(z))

    def term_size(self, z: FloatArray, y: FloatArray) -> FloatArray:
        """|A h| + |B g|, of the shape of z: what cancels in ∂ℓ/∂z of a soft label (elementwise activations only)."""
        slopes = self.loss.log_slopes(ActivationOutput(self.activation, z), y)
        h, g = self.activation.hazard(z), self.activation.complement_hazard(z)
        return np.abs(times(slopes.p, h)) + np.abs(times(slopes.q, g))

    def curvature(self, z: FloatArray, y: FloatArray) -> FloatArray:
        """∂²ℓ/∂z² of each column, of the shape of z (elementwise activations only).

        A h′ + B g′ + A_p h² + 2 A_q h g + B_q g² with h′ = p″/p − h² and g′ = −p″/q − g². Where p or q is about to
        underflow, p″/p loses its digits and then is 0/0: there, differences of ∂ℓ/∂z, which has them all.
        """
        output = ActivationOutput(self.activation, z)
        a, b = self.loss.log_slopes(output, y)
        pp, pq, qq = self.loss.log_curvatures(output, y)
        h, g = self.activation.hazard(z), self.activation.complement_hazard(z)
        bend = self.activation.second_derivative(z) / (self.activation.upper - self.activation.lower)
        with np.errstate(all="ignore"):
            h_slope = bend / output.probability - h * h
            g_slope = -bend / output.complement - g * g
            curved = times(pp, h * h) + 2 * times(pq, h * g) + times(qq, g * g)
            curved = curved + times(a, h_slope) + times(b, g_slope)
        saturated = np.minimum(output.probability, output.complement) < _UNDERFLOW
        if not saturated.any():
            return curved
        return np.where(saturated, self.differenced_curvature(z, y, 1e-5), curved)

    def differenced_curvature(self, z: FloatArray, y: FloatArray, step: float) -> FloatArray:
        """∂²ℓ/∂z² by central differences of ∂ℓ/∂z over `step` · max(1, |z|), of the shape of z."""
        reach = step * np.maximum(1.0, np.abs(z))
        left, right = z - reach, z + reach
        with np.errstate(all="ignore"):
            slope: FloatArray = (self.grad_z(right, y) - self.grad_z(left, y)) / (right - left)
        return slope


def signs_of(y: FloatArray) -> FloatArray | None:
    """Return 1 − 2y of labels that are all 0 or 1, as `Pointwise.grad_size` wants them; None if some are not."""
    return 1.0 - 2.0 * y if ((y == 0) | (y == 1)).all() else None


def get_pointwise(activation: str | Activation | Any, loss: str | Loss | Any) -> Pointwise:
    """Return the pair of an activation and a loss, each by name or as an object."""
    return Pointwise(get_activation(activation), get_loss(loss))


__all__ = ["ColumnwiseLoss", "Pointwise", "ValueAndGrad", "get_pointwise", "signs_of"]
