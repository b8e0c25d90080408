"""Which activations are the same function in other units: φ(z) = c·φ′(kz) + d, as declared and verified.

It knows functions of z; it never knows a loss, a penalty or an update rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError
from logitscope._typing import FloatArray
from logitscope.activations import Activation, get_activation

_TOLERANCE = 1e-12  # of the range of a: what different ways to compute one function may differ by


@dataclass(frozen=True)
class Rescaling:
    """target(z) = scale · base(slope · z) + shift, verified where it is declared.

    A negative slope (with a negative scale) is a mirror image: the probability of class 1 under the one is that of
    class 0 under the other.

    Parameters
    ----------
    base, target : str, Activation or object
        Activations, as in `get_activation`; not softmax, whose classes share one probability.
    slope : float
        k ≠ 0, finite.
    scale : float
        c ≠ 0, finite.
    shift : float
        d, finite.

    Raises
    ------
    InvalidInputError
        If the equation does not hold to 1e-12 of the range, of the values as of its ends.

    Examples
    --------
    >>> Rescaling("sigmoid", "tanh", slope=2, scale=2, shift=-1)
    Rescaling(tanh(z) = 2·sigmoid(2z) - 1)
    >>> Rescaling("sigmoid", "tanh", slope=1, scale=2, shift=-1)
    Traceback (most recent call last):
    logitscope._exceptions.InvalidInputError: `slope`, `scale` and `shift` must make tanh(z) = 2·sigmoid(z) - 1; ...
    """

    base: Any
    target: Any
    slope: float
    scale: float = 1.0
    shift: float = 0.0

    def __post_init__(self) -> None:
        for name in ("slope", "scale", "shift"):
            value = getattr(self, name)
            is_number = isinstance(value, Real) and not isinstance(value, bool) and np.isfinite(float(value))
            if not is_number or (name != "shift" and value == 0):
                raise InvalidInputError(
                    f"`{name}` must be a finite number{'' if name == 'shift' else ' other than 0'}; got {value!r}."
                )
            object.__setattr__(self, name, float(value))
        for name in ("base", "target"):
            phi = get_activation(getattr(self, name))
            if phi.couples_columns:
                raise InvalidInputError(
                    f"`{name}` must be an activation of one z; got {phi.name!r}, whose classes share one probability."
                )
            object.__setattr__(self, name, phi)
        self._verify()

    def _verify(self) -> None:
        base, target = self.base, self.target
        width = target.upper - target.lower
        ends = sorted(self.scale * end + self.shift for end in (base.lower, base.upper))
        if not np.allclose(ends, (target.lower, target.upper), rtol=0, atol=_TOLERANCE * width):
            raise InvalidInputError(
                f"`slope`, `scale` and `shift` must make {self.equation}; but the range of {target.name} is"
                f" ({target.lower:g}, {target.upper:g}), and the right-hand side has ({ends[0]:g}, {ends[1]:g})."
            )
        z = _everywhere(self.slope)
        left, right = target.value(z), self.scale * base.value(self.slope * z) + self.shift
        off = np.abs(left - right)
        worst = int(np.argmax(np.where(np.isnan(off), np.inf, off)))
        if not off[worst] <= _TOLERANCE * width:
            raise InvalidInputError(
                f"`slope`, `scale` and `shift` must make {self.equation}; but at z = {z[worst]:.4g} the left-hand side"
                f" is {left[worst]:.6g}, and the right-hand side {right[worst]:.6g}."
            )

    @property
    def equation(self) -> str:
        """What it says, such as ``tanh(z) = 2·sigmoid(2z) - 1``."""
        factor = {1.0: "", -1.0: "-"}
        outer = factor.get(self.scale, f"{self.scale:g}·")
        inner = factor.get(self.slope, f"{self.slope:g}")
        shift = f" {'-' if self.shift < 0 else '+'} {abs(self.shift):g}" if self.shift else ""
        return f"{self.target.name}(z) = {outer}{self.base.name}({inner}z){shift}"

    @property
    def is_mirrored(self) -> bool:
        """Whether classes 0 and 1 change places."""
        return self.slope < 0

    def inverse(self) -> Rescaling:
        """Return base(z) = (target(z / slope) − shift) / scale."""
        return Rescaling(self.target, self.base, 1 / self.slope, 1 / self.scale, -self.shift / self.scale)

    def then(self, other: Rescaling) -> Rescaling:
        """Return the target of `other`, whose base is this target, as a rescaling of this base."""
        shift = other.scale * self.shift + other.shift
        return Rescaling(self.base, other.target, self.slope * other.slope, self.scale * other.scale, shift)

    def __repr__(self) -> str:
        return f"Rescaling({self.equation})"


def _everywhere(slope: float) -> FloatArray:
    """Return z at which either side bends, and at which both are saturated."""
    grid = np.concatenate([np.linspace(-8.0, 8.0, 321), [-700.0, -100.0, -20.0, 20.0, 100.0, 700.0]])
    return np.concatenate([grid, grid / slope])


RESCALINGS: tuple[Rescaling, ...] = (
    Rescaling("sigmoid", "tanh", slope=2.0, scale=2.0, shift=-1.0),
    Rescaling("cloglog", "loglog", slope=-1.0, scale=-1.0, shift=1.0),
)
"""What is known of the activations of the registry."""


def find_rescaling(base: Activation, target: Activation, declared: Sequence[Rescaling]) -> Rescaling:
    """Return target as a rescaling of base, through as few others as possible.

    Raises
    ------
    IncompatibleError
        If no chain of known and declared rescalings leads from one to the other.
    """
    if base == target and not base.couples_columns:
        return Rescaling(base, target, 1.0)
    known = [*declared, *RESCALINGS]
    edges = [edge for rescaling in known for edge in (rescaling, rescaling.inverse())]
    reached = [edge for edge in edges if edge.base == base]
    for found in reached:  # grows while it is read: breadth first
        if found.target == target:
            return found
        beyond = [found.then(edge) for edge in edges if edge.base == found.target]
        reached += [new for new in beyond if new.target != base and all(new.target != old.target for old in reached)]
    raise IncompatibleError(
        f"Cannot rewrite activation {target.name!r} as {base.name!r}: it needs c, d and k with {target.name}(z) ="
        f" c·{base.name}(kz) + d. Known are {', '.join(known_one.equation for known_one in known)};"
        " declare your own with `Rescaling`."
    )


__all__ = ["RESCALINGS", "Rescaling", "find_rescaling"]
