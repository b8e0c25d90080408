"""Exchange rates between two ways to write one model: of parameters, losses, gradients and penalties.

They are measured on the loss in z; nothing here knows a setting by its name.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError
from logitscope._typing import FloatArray
from logitscope.equivalence._rescaling import Rescaling
from logitscope.pointwise import Pointwise, curvature_bound

_TOLERANCE = 1e-10


class Units(NamedTuple):
    """What one unit of the old setting is in the new one: z′ = k z, w′ = k w, and ℓ = s ℓ′."""

    slope: float
    """k."""
    loss: float
    """s: how many times as large the old loss is."""

    @property
    def gradient(self) -> float:
        """|∇′F′| / |∇F| = 1 / (s |k|)."""
        return 1 / (self.loss * abs(self.slope))

    @property
    def curvature(self) -> float:
        """∇²F / ∇′²F′ = s k²: what a learning rate in units of 1/curvature is multiplied by."""
        return self.loss * self.slope**2


def measure(old: Pointwise, new: Pointwise, rescaling: Rescaling) -> Units:
    """Return the units of a pair whose activation is the target of `rescaling`, in those of a pair with its base.

    Raises
    ------
    IncompatibleError
        If the losses are not multiples of each other, as functions of the same probability.
    """
    k = rescaling.slope
    u = np.linspace(-4.0, 4.0, 41)
    u = np.concatenate([u, u * k])  # where either activation bends
    label = np.repeat([0.0, 0.3, 1.0], len(u))
    u = np.tile(u, 3)
    with np.errstate(all="ignore"):
        theirs, ours = old.value_and_grad(u / k, label), new.value_and_grad(u, _mirrored(label, rescaling))
    for s in (*(abs(rescaling.scale) ** power for power in (0, 2, 1)), _ratio(theirs.value, ours.value)):
        if _agree(theirs.value, s * ours.value) and _agree(theirs.grad_z, s * k * ours.grad_z):
            return Units(k, float(s))
    raise IncompatibleError(
        f"Cannot rewrite {old.activation.name} with {old.loss.name} as {new.activation.name} with {new.loss.name}:"
        " their losses are not multiples of each other at the same probability, so that no learning rate makes up for"
        " the difference."
    )


def _mirrored(label: FloatArray, rescaling: Rescaling) -> FloatArray:
    return 1 - label if rescaling.is_mirrored else label


def _ratio(theirs: FloatArray, ours: FloatArray) -> float:
    """Return the multiple that a loss of one's own may be, of which no power of the scale is."""
    usable = np.isfinite(theirs) & np.isfinite(ours) & (ours != 0)
    return float(np.median(theirs[usable] / ours[usable])) if usable.any() else np.nan


def _agree(one: FloatArray, other: FloatArray) -> bool:
    finite = np.abs(one[np.isfinite(one)])
    floor = _TOLERANCE * 1e-3 * float(finite.max(initial=0.0))
    return bool(np.allclose(one, other, rtol=_TOLERANCE, atol=floor, equal_nan=True))


def shares_curvature(old: Pointwise, new: Pointwise, units: Units) -> bool:
    """Whether the curvature bounds, which "auto" takes learning rates from, have the ratio s k² whatever the data."""
    ours, theirs = curvature_bound(new), curvature_bound(old)
    if ours.kind != theirs.kind or (ours.kind == "relative" and units.loss != 1.0):
        return False
    return bool(np.isclose(theirs.constant, units.curvature * ours.constant, rtol=1e-11, atol=0))


__all__ = ["Units", "measure", "shares_curvature"]
