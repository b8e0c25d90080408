"""What was found: the kind of separation, the direction, the rows and columns that take part, as a sentence.

It knows finished verdicts; it never knows how they were reached.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import FloatArray, IntArray

Kind: TypeAlias = Literal["none", "quasi-complete", "complete"]

_NAMED = 6  # columns that a sentence spells out


@dataclass(frozen=True, eq=False)
class Separation:
    """The verdict on one binary problem (Albert and Anderson 1984).

    A direction δ separates when (2yᵢ − 1) x̃ᵢᵀδ ≥ 0 for every row and > 0 for at least one. The separation is
    *complete* when one δ has > 0 for every row, *quasi-complete* otherwise. Either way the likelihood grows along
    δ without end, and no finite coefficients maximise it.

    Attributes
    ----------
    kind : {"none", "quasi-complete", "complete"}
        The verdict.
    direction : ndarray of shape (n_features + 1,) or (n_features,), or None
        δ in the units of the data, its last element the intercept's where one is fitted. Of all separating
        directions it has > 0 for as many rows as possible. Rounded to float: where a gap is of the order of
        the rounding of the data, only `exact_direction` separates.
    exact_direction : tuple of Fraction or None
        The same direction as exact rationals, against which every row was checked; None where `is_exact` is False.
    columns : ndarray of shape (n_columns,)
        Indices of the features with a part in `direction`, in ascending order; the intercept is not counted.
    separated : ndarray of shape (n_separated,)
        Indices of the rows with > 0. When the kind is not "none", the others are `boundary`.
    boundary : ndarray of shape (n_samples - n_separated,)
        Indices of the rows that every separating direction has at exactly 0.
    collinear : ndarray of shape (n_collinear,)
        Indices of features that equal a combination of the others up to rounding. They were left out, since they
        can add nothing but their rounding errors.
    is_exact : bool
        Whether the verdict is proved for the exact values of the floats (of the columns not in `collinear`);
        False when the problem was too large for rationals and the verdict holds within the tolerance of the LP.

    Examples
    --------
    >>> import numpy as np
    >>> from logitscope.separation import find_separation
    >>> X = np.array([[1.0, 4.0], [2.0, 1.0], [3.0, 3.0], [4.0, 2.0]])
    >>> found = find_separation(X, np.array([0, 0, 1, 1]))
    >>> found.kind, found.direction
    ('complete', array([ 1. ,  0. , -2.5]))
    >>> print(found.sentence(["dose", "age"]))
    The classes are completely separated: label 1 exactly where dose > 2.5. The unpenalised likelihood has no
    maximum. Use a penalty (such as alpha=0.01) or penalty='firth', or leave out 'dose'.
    """

    kind: Kind
    direction: FloatArray | None = None
    exact_direction: tuple[Fraction, ...] | None = None
    columns: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    separated: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    boundary: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    collinear: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.intp))
    is_exact: bool = True
    fit_intercept: bool = True

    def __bool__(self) -> bool:
        """Whether the classes are separated."""
        return self.kind != "none"

    def __str__(self) -> str:
        return self.sentence()

    @property
    def n_separated(self) -> int:
        """How many rows the direction puts strictly on their side."""
        return int(self.separated.size)

    @property
    def n_boundary(self) -> int:
        """How many rows lie on the hyperplane."""
        return int(self.boundary.size)

    def sentence(self, feature_names: Sequence[str] | None = None) -> str:
        """Say which direction separates, which columns take part, and what to do.

        Parameters
        ----------
        feature_names : sequence of str of shape (n_features,), optional
            Names of the features; x0, x1, … when absent.

        Raises
        ------
        InvalidInputError
            If there are not as many names as features.
        """
        if self.direction is None:
            return "The classes overlap: no direction separates them."
        n_features = self.direction.size - self.fit_intercept
        if feature_names is not None and len(feature_names) != n_features:
            raise InvalidInputError(
                f"`feature_names` must have {n_features} names, one for each feature; got {len(feature_names)}."
            )
        names = [f"x{j}" for j in range(n_features)] if feature_names is None else list(feature_names)
        hedge = "" if self.is_exact else " (within the tolerance of the linear program)"
        return (
            f"The classes are {_ADVERBS[self.kind]} separated{hedge}: {self._rule(names)}. "
            f"The unpenalised likelihood has no maximum. {self._remedy(names)}"
        )

    def _rule(self, names: list[str]) -> str:
        """The half-spaces in words."""
        if not self.columns.size:  # the intercept alone: one class only
            return f"every row has label {int(self._delta()[-1] > 0)}"
        left, sign, cut = self._inequality(names)
        if self.kind == "complete":
            return f"label 1 exactly where {left} {sign} {cut}"
        back = {">": "<", "<": ">"}[sign]
        return (
            f"label 1 wherever {left} {sign} {cut} and label 0 wherever {left} {back} {cut}; both labels only at "
            f"equality ({_count(self.n_boundary, 'row')} there, {self.n_separated} not)"
        )

    def _inequality(self, names: list[str]) -> tuple[str, str, str]:
        """The left side, > or <, and the right side, scaled so that one column reads as itself."""
        delta = self._delta()
        weights = delta[self.columns]
        cut = -float(delta[-1]) if self.fit_intercept else 0.0
        if weights.size == 1:
            sign = ">" if weights[0] > 0 else "<"
            return names[self.columns[0]], sign, _number(cut / float(weights[0]))
        shown = self.columns[:_NAMED]
        terms = [f"{_number(w)}·{names[j]}" for w, j in zip(weights, shown, strict=False)]
        more = self.columns.size - shown.size
        left = " + ".join(terms) + (f" + … ({_count(more, 'more column')})" if more else "")
        return left.replace("+ -", "− "), ">", _number(cut)

    def _delta(self) -> FloatArray:
        assert self.direction is not None
        return self.direction

    def _remedy(self, names: list[str]) -> str:
        remedy = "Use a penalty (such as alpha=0.01) or penalty='firth'"
        if not self.columns.size:
            return f"{remedy}, or give rows of both labels."
        listed = [repr(str(names[j])) for j in self.columns[:_NAMED]]
        if len(listed) == 1:
            return f"{remedy}, or leave out {listed[0]}."
        more = self.columns.size - len(listed)
        rest = f" and {_count(more, 'more column')}" if more else ""
        return f"{remedy}, or leave out one of the columns that take part: {', '.join(listed)}{rest}."


_ADVERBS = {"complete": "completely", "quasi-complete": "quasi-completely"}


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" + ("" if n == 1 else "s")


def _number(value: float) -> str:
    """Six digits, and a zero without a sign."""
    return f"{float(value) + 0.0:.6g}"


__all__ = ["Kind", "Separation"]
