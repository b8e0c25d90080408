"""A few rows that stand for all: drawn with an eye on weights, in good units, and Newton's method on them.

It knows rows in memory; it never makes a step that anybody sees.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.objective import Objective
from logitscope.pointwise import TrainingForm, training_form
from logitscope.solvers._convexity import bend, is_coupled
from logitscope.solvers._frame import Frame, frame_of
from logitscope.solvers._hessians import joint_gram, ridge_of, softmax_of
from logitscope.solvers._line import FAR, best_length
from logitscope.solvers._preconditioner import Factor, Joint, PerColumn, Preconditioner, factorise, weakest_of
from logitscope.sources import dense, gram

_ITERATIONS = 30
_HALVINGS = 30
_FOR_UNITS = 4000  # rows that tell sizes of columns well enough
_EPS = float(np.finfo(float).eps)
TWINS = 0.8  # correlation of columns that say nearly the same
_TELLING, _SEEN = 10, 1e-4  # rows a parameter, and least squared pivot, from which a sample hides no direction
_SINGLE_FROM = 64  # columns from which products in float32 pay for the conversion


def draw(objective: Objective, n_rows: int, rng: np.random.Generator) -> IntArray | None:
    """Return positions of about `n_rows` rows, spread evenly over the order of the rows; None is all of them.

    One row is drawn from every stretch of rows, or of weights where these differ: a row that weighs as much as a
    hundred others comes a hundred times as often.
    """
    n = objective.source.n_samples
    if n_rows >= n:
        return None
    at = np.arange(n_rows) + rng.random(n_rows)
    if objective.is_uniform:
        return np.minimum((at * (n / n_rows)).astype(np.intp), n - 1)
    total = np.cumsum(objective.share())
    return np.minimum(np.searchsorted(total, at * (total[-1] / n_rows)), n - 1).astype(np.intp)


@dataclass(frozen=True, eq=False)
class Sample:
    """Rows of an objective in a frame.

    Attributes
    ----------
    objective : Objective
        Of all rows: the pointwise loss and the penalty are its.
    frame : Frame
    rows : ndarray of shape (n_rows, n_params)
        In the frame, the 1 of the intercept last.
    target : ndarray of shape (n_rows, n_columns)
    share : ndarray of shape (n_rows,)
        Weights that sum to 1.
    ridge : ndarray of shape (n_params, n_columns)
    is_everything : bool
        Whether it holds every row.
    """

    objective: Objective
    frame: Frame
    rows: FloatArray
    target: FloatArray
    share: FloatArray
    ridge: FloatArray
    is_everything: bool

    @cached_property
    def is_coupled(self) -> bool:
        """Whether softmax couples the columns."""
        return is_coupled(self.objective)

    @property
    def is_extreme(self) -> bool:
        """Whether columns lie too far from 0 to be read in the user's units, or are too small for their penalty."""
        return self.frame.is_far or not bool(np.isfinite(self.ridge).all())

    @cached_property
    def form(self) -> TrainingForm | None:
        """The fast form of every column's loss in z, where they share one."""
        if self.is_coupled or self.target.shape[1] != 1:
            return None
        pair, is_hard = self.objective.pointwise.column(0), bool(((self.target == 0) | (self.target == 1)).all())
        return training_form(pair.activation, pair.loss, is_hard)

    @cached_property
    def sign(self) -> FloatArray:
        """1 − 2 y, as the fast form takes it."""
        return 1.0 - 2.0 * self.target


def take_sample(objective: Objective, n_rows: int, rng: np.random.Generator, frame: Frame | None = None) -> Sample:
    """Draw rows, and choose a frame by them unless one is given."""
    positions = draw(objective, n_rows, rng)
    blocks = [dense(block) for _, block in objective.source.blocks(positions)]
    rows = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
    if positions is None:
        share, target = objective.share(), objective.target
    else:
        share, target = np.full(len(positions), 1.0 / len(positions)), objective.target[positions]
    lift = np.zeros((objective.n_params, 1))
    if frame is None:
        some = slice(None, None, len(rows) // _FOR_UNITS + 1)
        is_drawn = len(rows[some]) < objective.source.n_samples
        frame = frame_of(rows[some], share[some] / share[some].sum(), objective.fit_intercept, is_drawn)
        if len(frame.constant) and is_drawn:  # in these rows only, perhaps
            flat = frame.constant
            frame, lift[flat, 0] = _rare(objective, frame, flat)
    ridge = ridge_of(objective, frame)
    if positions is not None:
        ridge = ridge + lift
    return Sample(objective, frame, frame.rows(rows), target, share, ridge, positions is None)


def _rare(objective: Objective, frame: Frame, columns: IntArray) -> tuple[Frame, FloatArray]:
    """Return the frame for columns of which a sample sees one value only, and a bound of the curvature it misses."""
    mean, square = np.zeros(len(columns)), np.zeros(len(columns))
    for positions, block in objective.source.blocks():
        away = np.ldexp(dense(block[:, columns]) - frame.center[columns], -frame.exponent[columns])
        mean += objective.share()[positions] @ away
        square += objective.share()[positions] @ np.square(away)
    if objective.fit_intercept:
        square = np.maximum(square - np.square(mean), 0.0)
    size = np.frexp(np.sqrt(square))[1]
    center, exponent = frame.center.copy(), frame.exponent.copy()
    if objective.fit_intercept:
        center[columns] += np.ldexp(mean, exponent[columns])
    exponent[columns] += np.where(square > 0, size, 0)
    bound = max(objective.bound(column).constant for column in range(objective.n_columns))
    lift = bound * np.where(square > 0, square / np.ldexp(1.0, 2 * size), 0.0)
    return Frame(center, exponent, frame.fit_intercept, columns[square == 0.0]), lift


class Outcome(NamedTuple):
    """Where Newton's method on a sample ended."""

    params: FloatArray
    """In the frame."""
    preconditioner: Preconditioner | None
    """The Hessian of the sample close to there; None where it is not positive definite."""
    weakest: float
    """Least squared pivot of its factors."""
    has_converged: bool
    path: tuple[tuple[FloatArray, "Looked"], ...] = ()
    """Parameters on the way, with what was seen there, where the sample is everything: these are steps on all rows."""


class Looked(NamedTuple):
    value: FloatArray
    gradient: FloatArray
    z: FloatArray
    slope: FloatArray


def _terms(sample: Sample, z: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return ℓ and ∂ℓ/∂z, from the fast form where it holds."""
    if sample.form is not None:
        value, slope = sample.form(z, sample.target, sample.sign)
        if np.isfinite(sample.share @ value).all():
            return value, slope
    return sample.objective.pointwise.value_and_grad(z, sample.target)


def look_at(sample: Sample, params: FloatArray, z: FloatArray | None = None) -> Looked:
    """Return what the sample says at parameters in its frame, whose z may be known."""
    z = sample.rows @ params if z is None else z
    pulled = sample.ridge * params
    with np.errstate(all="ignore"):
        value, slope = _terms(sample, z)
        loss = sample.share @ value + (pulled * params).sum(axis=0) / 2
        gradient = sample.rows.T @ (sample.share[:, None] * slope) + pulled
    return Looked(loss, gradient, z, slope)


def _factors(sample: Sample, look: Looked, is_shrunk: bool = True) -> list[Factor | None]:
    single = sample.rows.shape[1] >= _SINGLE_FROM and not sample.is_everything
    rows = sample.rows.astype(np.float32) if single else sample.rows
    if sample.is_coupled:
        hessian = joint_gram(rows, softmax_of(look.z), sample.share)
        _lift_shared(hessian, sample)
        return [factorise(hessian)]
    found = []
    for column, curved in enumerate(bends(sample, look).T):
        weights = sample.share * curved
        hessian = gram(rows, weights)
        if is_shrunk and not sample.is_everything:
            hessian = _shrunk(hessian, weights)
        hessian[np.diag_indices(len(hessian))] += sample.ridge[:, column]
        found.append(factorise(hessian))
    return found


def bends(sample: Sample, look: Looked) -> FloatArray:
    """Return ∂²ℓ/∂z² of every row and column, where columns do not see each other."""
    pairs = map(sample.objective.pointwise.column, range(sample.target.shape[1]))
    columns = zip(pairs, look.z.T, sample.target.T, look.slope.T, strict=True)
    return np.stack([bend(*column) for column in columns], axis=1)


def noise_share(correlation: FloatArray, weights: FloatArray) -> float:
    """Return the part of the squared correlations that chance alone would make of so few rows, in [0, 1]."""
    size, seen = len(correlation), float(np.square(correlation).sum())
    total = float(weights.sum())
    by_chance = size * (size - 1) * float(weights @ weights) / max(total * total, np.finfo(float).tiny)
    return min(1.0, by_chance / seen) if seen > 0 else 1.0


def correlations(hessian: FloatArray) -> FloatArray:
    """Return the correlations that a Hessian holds, with 0 on the diagonal."""
    scale = 1.0 / np.sqrt(np.maximum(np.diagonal(hessian), np.finfo(float).tiny))
    out: FloatArray = hessian * scale * scale[:, None]
    np.fill_diagonal(out, 0.0)
    return out


def _shrunk(hessian: FloatArray, weights: FloatArray) -> FloatArray:
    """Return a Hessian of few rows with its correlations made smaller by what chance has added to them.

    Ledoit and Wolf (2004): of p columns and m rows, chance alone spreads the eigenvalues from (1 − √(p/m))² to
    (1 + √(p/m))². Where columns are not correlated at all, the diagonal is the better preconditioner. Two columns that
    say nearly the same are never chance: with less than all of their correlation, what sets them apart would look
    small.
    """
    correlation = correlations(hessian)
    if np.abs(correlation).max(initial=0.0) > TWINS:
        return hessian
    out = hessian * (1.0 - noise_share(correlation, weights))
    np.fill_diagonal(out, np.diagonal(hessian))
    return out


def _lift_shared(hessian: FloatArray, sample: Sample) -> None:
    """Add what a penalty adds, and curvature where softmax has none: the same parameters added to every class."""
    size, k = sample.ridge.shape
    lift = np.trace(hessian) / len(hessian) / k
    blocks = hessian.reshape(k, size, k, size)
    at = np.arange(size)
    for a in range(k):
        blocks[a, at, a, at] += sample.ridge[:, a]
        for b in range(k):
            blocks[a, at, b, at] += lift


def preconditioner_at(sample: Sample, params: FloatArray) -> Preconditioner | None:
    """Return the Hessian of a sample at parameters in its frame, None if it is not positive definite."""
    return _combined(sample, _factors(sample, look_at(sample, params)))


def unshrunk_at(sample: Sample, params: FloatArray) -> Preconditioner | None:
    """Return the Hessian of a sample without what guards against chance: no direction that X hardly sees is hidden.

    None if there are too few rows to tell, or digits, or if columns have only one value in them.
    """
    is_lifted = (sample.ridge != ridge_of(sample.objective, sample.frame)).any()
    if sample.is_coupled or is_lifted or len(sample.rows) < _TELLING * len(params):
        return None
    factors = _factors(sample, look_at(sample, params), is_shrunk=False)
    return None if weakest_of(factors) < _SEEN else _combined(sample, factors)


def _combined(sample: Sample, factors: list[Factor | None]) -> Preconditioner | None:
    known = [factor for factor in factors if factor is not None]
    if len(known) < len(factors):
        return None
    return Joint(known[0]) if sample.is_coupled else PerColumn(tuple(known))


def newton_on(sample: Sample, params: FloatArray, tolerance: float) -> Outcome:
    """Minimise the objective of a sample by Newton's method (Fisher scoring where its curvature has no one sign).

    Parameters
    ----------
    params : ndarray of shape (n_params, n_columns)
        Where to start, in the frame.
    tolerance : float
        It ends when no column's Newton decrement squared is above this share of its objective.
    """
    look = look_at(sample, params)
    coupled = sample.is_coupled
    solver: Preconditioner | None = None
    weakest = 1.0
    path = [(params, look)]
    for _ in range(_ITERATIONS):
        if not np.isfinite(look.value).all():
            return Outcome(params, None, 0.0, False)
        factors = _factors(sample, look)
        solver, weakest = _combined(sample, factors), weakest_of(factors)
        if solver is None:
            return Outcome(params, None, 0.0, False)
        direction = -solver.solve(look.gradient)
        slope = (direction * look.gradient).sum(axis=0)
        value = look.value
        if coupled:
            slope, value = np.full_like(slope, slope.sum()), np.full_like(value, value.sum())
        small = -slope <= tolerance * np.abs(value)
        if small.all():  # one more step comes for nothing: it squares the error
            return Outcome(params + direction, solver, weakest, True, tuple(path) if sample.is_everything else ())
        trial, new = _stepped(sample, params, look, direction, bool((-slope > FAR * np.abs(value)).any()))
        length = np.ones(len(slope))
        for _ in range(_HALVINGS):
            new_value = np.full_like(value, new.value.sum()) if coupled else new.value
            rises = ~(new_value <= value + 1e-3 * length * slope + 8 * _EPS * np.abs(value))
            if not rises.any():
                break
            length = np.where(rises, length / 2, length)
            trial = params + length * direction
            new = look_at(sample, trial)
        else:
            return Outcome(params, solver, weakest, False)
        params, look = trial, new
        path = [*path, (params, look)] if sample.is_everything else []
    return Outcome(params, solver, weakest, False)


def _stepped(
    sample: Sample, params: FloatArray, look: Looked, direction: FloatArray, is_far: bool
) -> tuple[FloatArray, Looked]:
    """Make the whole step; from far away, in the columns where that is better, one of the best length."""
    new = look_at(sample, params + direction)
    if not is_far:
        return params + direction, new
    moved, slope = new.z - look.z, (direction * new.gradient).sum(axis=0)
    slope = np.full_like(slope, slope.sum()) if sample.is_coupled else slope
    length = best_length(slope, bend_along(sample, new, direction, moved))
    other = look_at(sample, params + length * direction, look.z + length * moved)
    gain = new.value - other.value
    is_better = np.full(len(gain), gain.sum() > 0) if sample.is_coupled else gain > 0
    length = np.where(is_better, length, 1.0)
    return params + length * direction, Looked(
        *(np.where(is_better, one, whole) for one, whole in zip(other, new, strict=True))
    )


def bend_along(sample: Sample, look: Looked, direction: FloatArray, moved: FloatArray) -> FloatArray:
    """Return the second derivative of every column's objective, of coupled ones their sum, along a move and its z."""
    if sample.is_coupled:
        p = softmax_of(look.z)
        bent = p * moved * (moved - np.vecdot(p, moved)[:, None])
    else:
        bent = bends(sample, look) * np.square(moved)
    each: FloatArray = sample.share @ bent + (sample.ridge * np.square(direction)).sum(axis=0)
    return np.full_like(each, each.sum()) if sample.is_coupled else each


__all__ = [
    "TWINS",
    "Outcome",
    "Sample",
    "bend_along",
    "bends",
    "correlations",
    "draw",
    "look_at",
    "newton_on",
    "noise_share",
    "preconditioner_at",
    "take_sample",
    "unshrunk_at",
]
