"""What influence cannot be measured of, and why.

It reads an objective and the arguments; it computes nothing.
"""

from collections.abc import Sequence
from typing import Any

from logitscope._exceptions import IncompatibleError, InvalidInputError, unknown_name
from logitscope.activations._hard import Hard
from logitscope.losses import CrossEntropy
from logitscope.objective import Objective

_MOST_FREE = 2000  # parameters of one problem: its curvature is a matrix of their square
_MOST_ENTRIES = 100_000_000  # of dfbeta, 0.8 GB


def refuse_unsmooth(objective: Objective) -> None:
    """Refuse what has no quadratic at its optimum, or one that is too large."""
    for j in range(objective.n_columns):
        pair = objective.pointwise.column(j)
        if isinstance(pair.activation, Hard):
            raise IncompatibleError(
                "Cannot measure influence with activation 'hard': its kinks have no curvature. Choose a smooth"
                " activation."
            )
        if pair.activation.couples_columns and not isinstance(pair.loss, CrossEntropy):
            raise IncompatibleError(
                f"Cannot measure influence with activation 'softmax' and loss {pair.loss.name!r}: it needs the"
                " curvature of the loss in all columns together, which is there for loss='cross_entropy'."
            )
    if not objective.penalty.is_smooth:
        raise IncompatibleError(
            "Cannot measure influence on a fit with an L1 penalty: leaving a sample out may free a coefficient from 0,"
            " which no curvature foretells. Fit with l1_ratio=0."
        )
    coupled = objective.pointwise.column(0).activation.couples_columns
    free = objective.n_params * (objective.n_columns - 1 if coupled else 1)
    entries = objective.source.n_samples * objective.n_params * objective.n_columns
    if free > _MOST_FREE or entries > _MOST_ENTRIES:
        raise IncompatibleError(
            f"Cannot measure influence of {objective.source.n_samples} samples on {free} parameters that share one"
            f" curvature: it needs at most {_MOST_FREE} of them, and {_MOST_ENTRIES} changes in all. Fit with fewer"
            " features" + (", or one class against the rest." if coupled else ", or to fewer rows.")
        )


def refuse_unknown(objective: Objective, names: Sequence[str] | None, information: Any) -> None:
    """Refuse arguments that mean nothing for this objective."""
    if information not in ("expected", "observed"):
        raise unknown_name("information", information, ("expected", "observed"))
    loss = objective.pointwise.column(0).loss
    if information == "expected" and not isinstance(loss, CrossEntropy):
        raise IncompatibleError(
            f"Cannot take the expected information of loss {loss.name!r}: it is no log-likelihood of labels."
            " Set information='observed'."
        )
    if names is not None and len(names) != objective.source.n_features:
        raise InvalidInputError(
            f"`names` must have {objective.source.n_features} names, one for each feature; got {len(names)}."
        )


__all__ = ["refuse_unknown", "refuse_unsmooth"]
