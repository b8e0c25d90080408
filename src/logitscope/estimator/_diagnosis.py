"""What can be said of a finished fit: how close it is to an optimum, the rank of the design, and whether there is one.

It reads an objective and a result; it never changes either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from logitscope._typing import FloatArray
from logitscope.objective import Objective
from logitscope.separation import Separation, may_be_separated
from logitscope.solvers import certify
from logitscope.status import Status
from logitscope.training import TrainingResult

# Beyond this many multiplications a certificate that nobody asked for would cost more than the fit.
_AFFORDABLE = 2e8
_SEPARATION_LIMIT = 2e7


@dataclass(frozen=True)
class Certificate:
    """What is known of the coefficients of a fit.

    Figures are in coordinates in which columns have size 1, so that they mean the same for data in any units; for
    several columns they are those of the worst.

    Attributes
    ----------
    residual : float
        Largest violation of the optimality (KKT) conditions, relative to the size of the terms that cancel in it.
    gap : float
        λ²/2 with λ the Newton decrement: how far the objective is above its minimum. NaN where it was not computed.
    distance : float
        Relative length of a Newton step: how many digits of the coefficients are right. NaN where not computed.
    rank, n_params : int
        Rank of the design (with the intercept), and what it would be if no column depended on others. The rank is -1
        where it was not computed.
    dependent : tuple of int
        Columns that take part in linear dependences.
    """

    residual: float
    gap: float
    distance: float
    rank: int
    n_params: int
    dependent: tuple[int, ...]

    def __str__(self) -> str:
        rank = "" if self.rank < 0 else f", rank {self.rank} of {self.n_params}"
        return (
            f"gradient {self.residual:.1e} of its terms, objective within {self.gap:.1e} of its minimum, "
            f"coefficients to {self.distance:.1e}{rank}"
        )


def certificate(objective: Objective, result: TrainingResult, is_solver: bool) -> Certificate:
    """Return the certificate of a result.

    Parameters
    ----------
    is_solver : bool
        Whether a solver chose coordinates for it: what they dropped must be told, whatever it costs.
    """
    n, p = objective.source.n_samples, objective.source.n_features
    affordable = n * (p + 1) ** 2 * objective.n_columns <= _AFFORDABLE
    known = result.certificate
    rank, dependent = (None, ()) if known is None else (known.rank, known.dependent)
    if known is None and (affordable or is_solver):
        with np.errstate(all="ignore"):  # parameters may be anywhere
            known, rank, dependent = certify(objective, result.params)
    return Certificate(
        residual=float(known.residual.max()) if known is not None else float(result.gradient_norm.max()),
        gap=float(known.decrement.max()) ** 2 / 2 if known is not None else np.nan,
        distance=float(known.distance.max()) if known is not None else np.nan,
        rank=-1 if rank is None else rank,
        n_params=p + objective.fit_intercept,
        dependent=dependent,
    )


def separations(objective: Objective, result: TrainingResult, is_thorough: bool) -> list[tuple[int, Separation]]:
    """Return the columns whose classes are separated, with the verdicts.

    Parameters
    ----------
    is_thorough : bool
        Whether to look even where the fit gives no hint: after a solver that did not reach an optimum.
    """
    n, p = objective.source.n_samples, objective.source.n_features
    if not objective.penalty.is_zero or n * p > _SEPARATION_LIMIT:
        return []
    z = objective.z(result.params)
    converged = result.status[0] is Status.CONVERGED
    found = []
    for column in range(objective.n_columns):
        pair = objective.pointwise.column(column)
        if pair.activation.name == "hard":  # reaches probability 1 at a finite z: there may be an optimum
            continue
        y, margin = objective.target[:, column], z[:, column] - pair.activation.midpoint
        is_hinted = _is_hard_labelled(y) and may_be_separated(margin, y)
        if not (is_hinted or (is_thorough and not converged)):
            continue
        from logitscope.inference import judge_separation  # few fits have anything to judge

        verdict = judge_separation(objective, result.params, column)
        if verdict:
            found.append((column, verdict))
    return found


def _is_hard_labelled(y: FloatArray) -> bool:
    return bool(((y == 0) | (y == 1)).all())


def rank_sentence(known: Certificate, names: Sequence[str]) -> str:
    """Say which columns depend on each other."""
    shown = ", ".join(repr(names[j]) for j in known.dependent[:6])
    more = f" and {len(known.dependent) - 6} more" if len(known.dependent) > 6 else ""
    return (
        f"the design has rank {known.rank} of {known.n_params}: columns {shown}{more} are constant or depend on each"
        " other, so that their coefficients are not determined. Of all that fit alike, those of smallest norm (in"
        " columns of size 1) were taken. Leave columns out, or use a penalty."
    )


def separation_sentence(
    found: list[tuple[int, Separation]], names: Sequence[str], classes: FloatArray, positive: Any
) -> str:
    """Say which classes are separated, how, and what to do."""
    column, verdict = found[0]
    sentence = verdict.sentence(list(names))
    if positive is None:
        label = f"label 1 is class {classes[1]!s}"
    else:
        label = f"label 1 is class {classes[int(positive[column])]!s}, 0 the rest"
        if len(found) > 1:
            more = "1 more class" if len(found) == 2 else f"{len(found) - 1} more classes"
            label += f"; the same holds of {more}"
    return f"{sentence} ({label})"


__all__ = ["Certificate", "certificate", "rank_sentence", "separation_sentence", "separations"]
