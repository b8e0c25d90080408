"""Learning rates by rule: natural ones, and those at which two arms are the same run in other units.

It knows curvature bounds and exchange rates; it never trains, and never sees a held-out row.
"""

from collections.abc import Sequence

import numpy as np

from logitscope._exceptions import IncompatibleError
from logitscope._typing import FloatArray
from logitscope.comparison._arms import Arm
from logitscope.comparison._columns import Layout
from logitscope.equivalence import equivalent
from logitscope.objective import Objective
from logitscope.optimizers import Optimizer
from logitscope.pointwise import Pointwise


def rescaled_rate(one: Pointwise, other: Pointwise, optimizer: Optimizer) -> float | None:
    """Return what a rate of one pair is multiplied by in the other, if the two are rescalings of each other.

    The law is that of `logitscope.equivalent`, for the same labels: mirror images have none. A number of the rule that
    is in units of the gradient (Adam's ε, a clipping limit) has to be rewritten too for every step to coincide.
    """
    given = {"activation": one.activation, "loss": one.loss, "solver": optimizer, "learning_rate": 1.0, "tol": 0.0}
    try:
        rewrite = equivalent(given, other.activation, loss=other.loss)
    except IncompatibleError:
        return None
    return None if rewrite.is_mirrored else float(rewrite.settings["learning_rate"])


def matched_rates(
    arms: Sequence[Arm], optimizer: Optimizer, objective: Objective, layout: Layout, first: float
) -> FloatArray:
    """Return rates at which the arms make steps of the same size, (n_columns,), of which the first is given.

    An arm that is a rescaling of one before it gets the rate of the same run in its own units. For the others there is
    none: they get the first rate, times the ratio of the curvature bounds in z to the power that the rule wants.
    """
    bounds = np.array([objective.bound(start).constant for start in layout.starts])
    rates = first * (bounds[0] / bounds) ** optimizer.rate_exponent
    return layout.per_column(_in_own_units(rates, arms, optimizer))


def base_rates(arms: Sequence[Arm], optimizer: Optimizer, natural: FloatArray, layout: Layout) -> FloatArray:
    """Return one rate an arm to lay a grid of rates around, (n_arms,), from natural rates, (n_columns,).

    Rescalings get the same grid in their own units, so that they are the same models whatever rate is found best.
    """
    return _in_own_units(layout.per_arm(natural), arms, optimizer)


def _in_own_units(rates: FloatArray, arms: Sequence[Arm], optimizer: Optimizer) -> FloatArray:
    """Replace the rate of each arm that is a rescaling of one before it by the rate of that one, rewritten."""
    own = rates.copy()
    for index, arm in enumerate(arms):
        for earlier in range(index):
            factor = rescaled_rate(arms[earlier].pointwise, arm.pointwise, optimizer)
            if factor is not None:
                own[index] = factor * own[earlier]
                break
    return own


__all__ = ["base_rates", "matched_rates", "rescaled_rate"]
