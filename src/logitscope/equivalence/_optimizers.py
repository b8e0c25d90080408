"""An update rule rewritten for gradients and parameters in other units, and the proof that it is the same rule.

It treats a rule as a black box: what a law says of it is tried on gradients of all sizes. It never knows which rule
it is, so that one of the user's own is held to the same proof.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError
from logitscope._typing import FloatArray
from logitscope.equivalence._units import Units
from logitscope.optimizers import Optimizer

GRADIENT_FIELDS = ("epsilon", "max_norm")
"""Hyper-parameters that are in units of the gradient wherever a rule has one of this name."""


class RewrittenRule(NamedTuple):
    """A rule in new units."""

    optimizer: Any
    """Of the same class, with its fields in units of the gradient rewritten; its learning rate is not touched."""
    rate: float
    """What its learning rate is multiplied by."""
    degree: int
    """How its update grows with the gradients: 1 as they do, 0 not at all."""


def rewrite_rule(optimizer: Optimizer, units: Units) -> RewrittenRule:
    """Return the rule whose updates are k times those of `optimizer` for gradients that are 1/(s k) times as large.

    A rule whose update is of degree h in the gradients needs η′ = η |k| (s |k|)ʰ: s k² η for plain descent, |k| η for
    the rules that divide the size of the gradient out, whose ε is rewritten with it.

    Raises
    ------
    IncompatibleError
        If no such law holds for the rule.
    """
    if not is_dataclass(optimizer) or not hasattr(optimizer, "learning_rate"):
        raise IncompatibleError(f"Cannot rewrite {optimizer!r}: it needs to be a dataclass with `learning_rate`.")
    old: Any = replace(optimizer, learning_rate=1.0)
    with np.errstate(all="ignore"):
        gradients = list(_gradients())
        expected = [_steps(old, sequence) for sequence in gradients]
        for power in (1, 2, 0):  # 2: of the squared gradient
            new: Any = _rewritten(old, units.gradient**power)
            for degree in (1, 0, -1):
                rate = abs(units.slope) * units.gradient**-degree
                if _holds(replace(new, learning_rate=rate), gradients, expected, units):
                    own = optimizer.learning_rate
                    return RewrittenRule(replace(new, learning_rate=own), rate, degree)
            if new == old:  # it has no such field: the other powers say the same
                break
    raise IncompatibleError(
        f"Cannot rewrite {optimizer!r}: its updates for gradients {units.gradient:g} times as large are not the same"
        " updates in other units, at any learning rate. A number in it has units of its own; the fields that can"
        f" be rewritten are {', '.join(f'`{name}`' for name in GRADIENT_FIELDS)}."
    )


def _rewritten(rule: Any, factor: float) -> Any:
    """Return the rule with what is in units of the gradient multiplied, in a rule within it too."""
    changed: dict[str, Any] = {}
    for field in fields(rule):
        value = getattr(rule, field.name)
        if field.name in GRADIENT_FIELDS and isinstance(value, Real):
            changed[field.name] = float(value) * factor
        elif is_dataclass(value) and callable(getattr(value, "update", None)):
            changed[field.name] = _rewritten(value, factor)
    return replace(rule, **changed) if changed and factor != 1.0 else rule


def _gradients() -> Iterator[FloatArray]:
    """Yield sequences of six gradients each, from 1e-12 to 1e6: any ε or limit is met from both sides."""
    rng = np.random.default_rng(0)
    for size in 10.0 ** np.arange(-10, 5, 2):
        spread = 10.0 ** rng.uniform(-2, 2, (6, 4, 1))
        yield size * spread * rng.standard_normal((6, 4, 2))


def _steps(rule: Any, gradients: FloatArray) -> list[tuple[FloatArray, FloatArray]]:
    """Return the updates, and the step sizes η D that a proximal step is made with."""
    state, steps = rule.init(np.zeros(gradients.shape[1:])), []
    for gradient in gradients:
        rate = rule.rate(state)
        update, state = rule.update(gradient, state)
        steps.append((update, np.asarray(rate * rule.gradient_factor(state))))
    return steps


def _holds(new: Any, gradients: list[FloatArray], expected: list[Any], units: Units) -> bool:
    """Whether the updates for gradients in the new units are the expected ones, k times as large."""
    inverse = np.copysign(units.gradient, units.slope)
    for sequence, steps in zip(gradients, expected, strict=True):
        for (update, size), (own, own_size) in zip(steps, _steps(new, inverse * sequence), strict=True):
            floor = 1e-14 * float(np.abs(own).max())  # a velocity may cancel
            if not np.allclose(units.slope * update, own, rtol=1e-11, atol=floor):
                return False
            if not np.allclose(units.curvature * size, own_size, rtol=1e-11, atol=0):
                return False
    return True


__all__ = ["GRADIENT_FIELDS", "RewrittenRule", "rewrite_rule"]
