"""Newton's method on a sample of rows, whose Hessian makes the steps on all rows good ones.

It knows how many rows are worth drawing; it never knows who watches.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from typing import ClassVar

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import FloatArray, IntArray
from logitscope.objective import Objective
from logitscope.solvers._accuracy import check_accuracy
from logitscope.solvers._convexity import is_convex, is_coupled, is_ours
from logitscope.solvers._costs import Costs
from logitscope.solvers._descent import (
    Ending,
    Goal,
    Point,
    Renewal,
    State,
    better_start,
    descend,
    look,
    look_at_start,
)
from logitscope.solvers._finish import (
    FLATTER,
    Course,
    HessianAt,
    confirmed,
    estimated,
    hand_over,
    is_far,
    jump,
    most_steps,
    polish,
    to_accuracy,
)
from logitscope.solvers._frame import Frame
from logitscope.solvers._hessians import HessianProduct, exact_hessians
from logitscope.solvers._memory import Dot, Pair, Quasi
from logitscope.solvers._pilot import block_of, blocks_of, diagonal_at, has_structure
from logitscope.solvers._preconditioner import Preconditioner, per_column
from logitscope.solvers._proof import rough_pull
from logitscope.solvers._sample import (
    Outcome,
    Sample,
    draw,
    look_at,
    newton_on,
    preconditioner_at,
    take_sample,
    unshrunk_at,
)
from logitscope.solvers._whole import walked, whole
from logitscope.sources import RowSource, dense
from logitscope.steps import Step

_GROWTH = 8
_PILOT_PASSES = 1.0  # passes that a sample may cost without asking whether it is worth it
_PILOT_NS = 1e6
_PILOT_ROWS = 500  # that tell sizes of columns, and whether any are correlated
_PILOT_ROWS_COUPLED = 4000  # of classes, pairs are told apart
_START_SHARE = 8  # of the rows, on which steps cost that much less
_WORTH_A_START, _WORTH_A_START_COUPLED = 200, 64  # rows a parameter; passes of classes are dear
_MOST_PASSES = 60.0  # that Newton's method may cost; L-BFGS alone is done by then
_BLOCK_ROWS = 20  # a column
_SAMPLE_BYTES = 2**24
_NEARLY = 1e-6  # share of the objective from which on the Hessian of all rows is worth its price
_EXACT_PASSES = 8.0  # passes that the Hessian of all rows may cost
_EXACT_NS = 5e7
_COLLINEAR = 1e-2  # squared pivots: a condition of the design of about 10, from which on digits are lost
_COLLINEAR_PENALISED = 1e-9


@dataclass(frozen=True)
class Subsampled:
    """L-BFGS on all rows from the optimum of a random sample of them, with the Hessian there as its first matrix.

    Samples grow by a factor of 8, each solved by Newton's method from where the last one ended, up to the number of
    rows with which the whole run is cheapest. The optimum of m rows is about p/(2m) above that of all, and every pass
    over all rows leaves about p/m of a gap (Erdogdu and Montanari 2015; Xu, Roosta and Mahoney 2020). Where the
    Hessian of all rows costs no more than a few passes, it replaces the sample's near the optimum.

    Parameters
    ----------
    accuracy : float, optional
        Suboptimality, relative to the objective, at which to stop, between 0 and 1. By default it goes on until no step
        makes the parameters better, and proves the optimum by the Hessian of all rows.
    seed : int, default=0
        Of the sample: equal calls draw equal rows.

    Raises
    ------
    InvalidInputError
        Of another accuracy or seed.

    Notes
    -----
    Data that are nearly collinear, far from 0 or separated, objectives that are not convex where it cannot prove a
    minimum, and everything else that it finds hard go to `Newton` or `LBFGS` within the same run.
    """

    accuracy: float | None = None
    seed: int = 0
    name: ClassVar[str] = "subsampled"

    def __post_init__(self) -> None:
        check_accuracy(self.accuracy)
        if isinstance(self.seed, bool) or not isinstance(self.seed, int | np.integer) or self.seed < 0:
            raise InvalidInputError(f"`seed` must be an integer >= 0; got {self.seed!r}.")

    def steps(self, objective: Objective, params: FloatArray) -> Iterator[Step]:
        """Yield the steps from `params` on, one a pass over all rows."""
        counter = count()
        params = rest = yield from better_start(objective, params, counter)
        if objective.penalty.is_smooth and is_ours(objective) and objective.source.n_features > 0:
            rest = yield from self.course(objective, params, counter)
        yield from hand_over(objective, rest, counter)

    def course(self, objective: Objective, params: FloatArray, counter: Iterator[int]) -> Course:
        """Yield the steps of the fast method."""
        rng = np.random.default_rng(self.seed)
        coupled = is_coupled(objective)
        costs = Costs(objective.source.n_samples, objective.n_params, objective.n_columns, coupled)
        nearly = _NEARLY if self.accuracy is None else self.accuracy
        size = costs.sample_size(nearly, _rarest(objective))
        price = costs.newton(size)
        if (
            price > max(_PILOT_PASSES * costs.a_pass, _PILOT_NS)
            and is_convex(objective)
            and not objective.penalty.is_zero
        ):
            pilot = take_sample(
                objective, min(_PILOT_ROWS_COUPLED if coupled and self.accuracy else _PILOT_ROWS, costs.n), rng
            )
            is_plain = not has_structure(pilot)
            if not pilot.is_extreme and (is_plain or coupled or price > _MOST_PASSES * costs.a_pass):
                if not is_plain:  # enough rows that their Hessian tells structure from chance
                    pilot = take_sample(objective, _BLOCK_ROWS * objective.n_params, rng, pilot.frame)
                return (yield from self._plain(objective, pilot, params, counter, is_plain, rng))
        sample, found = self._grown(objective, params, size, rng)
        if sample is None or found.preconditioner is None or self._is_collinear(objective, found):
            return params
        dot = Dot(coupled)
        if self.accuracy is not None and sample.is_everything and is_convex(objective) and not params.any():
            goal = to_accuracy(self.accuracy, dot, FLATTER)
            done = yield from whole(sample, found, goal, counter, dot)
            if done is not None:
                return done
        start = look_at_start(objective, sample.frame, params, partial(_told, sample, params))
        scale = rough_pull(objective, start.seen.z)
        before = yield from walked(sample, found, start, scale, counter)
        first = jump(objective, sample.frame, before, found.params, counter, scale)
        frame, preconditioner = sample.frame, found.preconditioner
        del start, before, found
        point = yield from first
        rank = objective.n_params if objective.penalty.is_zero and not coupled else None
        exact = sample.is_everything and is_convex(objective)
        affordable = not coupled and costs.hessian(costs.n) <= max(_EXACT_NS, _EXACT_PASSES * costs.a_pass)
        # The Hessian of all rows at the optimum of a sample is as good as there: digits come by the thousand a pass.
        is_close = sample.is_everything or (affordable and is_convex(objective))
        if self.accuracy is not None or (affordable and not is_close):
            goal = to_accuracy(nearly, dot, 2.0 * _doubt(objective, sample))
            while True:
                course = descend(
                    objective, frame, point, preconditioner, goal, counter, scale, dot, is_patient=sample.is_everything
                )
                del point  # the z of where it began is not to be held while it goes on
                point, ending, _, _ = yield from course
                if ending is not Ending.POOR:
                    break
                better = _better(sample, point, rng)
                if better is None:
                    break
                sample, preconditioner = better
            if ending is Ending.STUCK:
                return point.params
            if self.accuracy is not None and ending is Ending.REACHED and is_convex(objective):
                known = None if exact else _newton_by(sample, point, goal, dot)
                if known is not None:
                    proof = "estimated by the Hessian of a sample of rows"
                    return (yield from estimated(objective, frame, point, *known, counter, proof))
                return (yield from confirmed(objective, frame, point, preconditioner, self.accuracy, counter, dot))
        if not exact and affordable:
            hessians = per_column(exact_hessians(objective, frame, point.seen.z))
            if hessians is None:
                return point.params
            preconditioner, exact = hessians, True
        if not exact and not is_convex(objective):
            return point.params
        last = polish(objective, frame, point, preconditioner, counter, is_exact=exact, rank=rank)
        del point
        return (yield from last)

    def _plain(
        self,
        objective: Objective,
        pilot: Sample,
        params: FloatArray,
        counter: Iterator[int],
        is_plain: bool,
        rng: np.random.Generator,
    ) -> Course:
        """Yield the steps from a diagonal, enough where columns are not correlated, or from one block for all."""
        frame, dot = pilot.frame, Dot(is_coupled(objective))
        worth = _WORTH_A_START_COUPLED if is_coupled(objective) else _WORTH_A_START
        has_start = objective.source.n_samples >= worth * objective.n_params * objective.n_columns
        point = look_at_start(objective, frame, params, partial(_told, pilot, params) if has_start else None)
        preconditioner = diagonal_at(pilot, point.inner) if is_plain else block_of(pilot, point.inner)
        if preconditioner is None:
            return params
        # What the curvature of one column becomes, the remembered steps tell; that of classes has too many directions.
        # Down to rounding, the corrected diagonal is worse than the plain one.
        is_worth_it = is_coupled(objective) and not (is_plain and self.accuracy is None)
        renew = partial(diagonal_at if is_plain else blocks_of, pilot) if is_worth_it else None
        history: list[Pair] = []
        hessian_at, told_by = None, "all rows"
        if has_start:
            part, positions = _part_of(objective, rng)
            inner = _started(part, frame, point.inner, preconditioner, dot, history, renew)
            if self.accuracy is not None:  # its rows are enough to tell
                hessian_at, told_by = _hessian_of(part, frame, positions), "a part of the rows"
            del part
            scale = rough_pull(objective, point.seen.z)
            point = yield from jump(objective, frame, point, inner, counter, scale)
            preconditioner = (renew and renew(point.inner)) or preconditioner
        if self.accuracy is not None:
            scale, goal = rough_pull(objective, point.seen.z), to_accuracy(self.accuracy, dot, 4.0)
            point, ending, _, _ = yield from descend(
                objective, frame, point, preconditioner, goal, counter, scale, dot, is_patient=True,
                at_most=most_steps(objective), history=history, renew=renew,
            )  # fmt: skip
            if ending is not Ending.REACHED:
                return point.params
            metric = Quasi(history, preconditioner, dot)
            return (
                yield from confirmed(objective, frame, point, metric, self.accuracy, counter, dot, hessian_at, told_by)
            )
        return (yield from polish(objective, frame, point, preconditioner, counter, history=history, renew=renew))

    def _is_collinear(self, objective: Objective, found: Outcome) -> bool:
        """Whether coordinates that are rotated too would give more digits."""
        rounded = objective.penalty.is_zero and self.accuracy is None
        return found.weakest < (_COLLINEAR if rounded else _COLLINEAR_PENALISED)

    def _grown(
        self, objective: Objective, params: FloatArray, size: int, rng: np.random.Generator
    ) -> tuple[Sample | None, Outcome]:
        """Return the largest sample and its optimum."""
        n = objective.source.n_samples
        while True:
            if size * objective.n_params * 8 > _SAMPLE_BYTES and size > 5 * objective.n_params:
                size = max(_SAMPLE_BYTES // (8 * objective.n_params), 5 * objective.n_params)
            sample = take_sample(objective, size, rng)
            if sample.is_extreme:
                return None, Outcome(params, None, 0.0, False)
            inner = sample.frame.inward(params)
            for part in _parts(sample):
                found = newton_on(part, inner, _tolerance(part, self.accuracy))
                if found.has_converged:
                    inner = found.params
            if found.has_converged or sample.is_everything or size >= n:
                return sample, found
            if size * _GROWTH * objective.n_params * 8 > _SAMPLE_BYTES and size * _GROWTH < n:
                return None, found
            size *= _GROWTH


def _rarest(objective: Objective) -> float:
    """Return the least share of a label, over columns."""
    mean = objective.mean_target
    return float(np.minimum(mean, 1 - mean).min(initial=0.5))


def _parts(sample: Sample) -> Iterator[Sample]:
    """Yield samples of the sample, the smallest first, and itself last."""
    n, p = sample.rows.shape
    stride = _GROWTH
    while n // (stride * _GROWTH) > 20 * p + 200:
        stride *= _GROWTH
    while stride > 1:
        if n // stride > 10 * p + 200:
            share = sample.share[::stride]
            yield Sample(
                sample.objective, sample.frame, sample.rows[::stride], sample.target[::stride], share / share.sum(),
                sample.ridge, False,
            )  # fmt: skip
        stride //= _GROWTH
    yield sample


def _tolerance(sample: Sample, accuracy: float | None) -> float:
    """Return how well a sample is worth solving: as asked for if it is everything, else below its own error.

    The last step squares what is left.
    """
    n, p = sample.rows.shape
    if sample.is_everything:
        return 1e-9 if accuracy is None else max(0.3 * np.sqrt(accuracy), 1e-9)
    return 0.1 * p / n


def _doubt(objective: Objective, sample: Sample) -> float:
    """Return by what the Hessian of a sample may be too large in some direction (Marchenko and Pastur 1967)."""
    return float(1.0 / max(1.0 - np.sqrt(objective.n_params / len(sample.rows)), 0.3) ** 2)


def _told(sample: Sample, params: FloatArray) -> FloatArray:
    """Return the gradient at parameters, in the frame, as a sample tells it."""
    return look_at(sample, sample.frame.inward(params)).gradient


def _part_of(objective: Objective, rng: np.random.Generator) -> tuple[Objective, IntArray]:
    """Return the objective of a part of the rows, and which these are."""
    n_rows = objective.source.n_samples // _START_SHARE
    positions = draw(objective, n_rows, rng)
    assert positions is not None  # they are a part
    rows = np.empty((n_rows, objective.source.n_features), dtype=objective.source.dtype)
    for at, block in objective.source.blocks(positions):
        rows[at] = dense(block)
    part = replace(
        objective, source=RowSource(rows), target=objective.target[positions], weights=np.broadcast_to(1.0, n_rows)
    )
    return part, positions


def _hessian_of(part: Objective, frame: Frame, positions: IntArray) -> HessianAt:
    """Return z of all rows ↦ (v ↦ H v) of a part of them."""
    return lambda z: HessianProduct(part, frame, z[positions])


def _started(
    part: Objective,
    frame: Frame,
    inner: FloatArray,
    preconditioner: Preconditioner,
    dot: Dot,
    history: list[Pair],
    renew: Renewal | None,
) -> FloatArray:
    """Return about the optimum of a part of the rows, found as that of all will be; steps are left in `history`."""
    point = look(part, frame, inner)
    # Below what a part can tell of all rows: steps cost little here, and what they tell of the curvature stays.
    gap = 0.1 * part.n_params * part.n_columns / part.source.n_samples
    course = descend(
        part, frame, point, preconditioner, to_accuracy(gap, dot), count(), np.ones(inner.shape[1]), dot,
        is_patient=True, history=history, renew=renew,
    )  # fmt: skip
    while True:
        try:
            next(course)
        except StopIteration as end:
            return np.asarray(end.value[0].inner)


def _newton_by(sample: Sample, point: Point, goal: Goal, dot: Dot) -> tuple[State, FloatArray] | None:
    """Return what a sample tells of the end, and Newton's step there; None if it does not tell that it is the end."""
    hessian = unshrunk_at(sample, point.inner)
    if hessian is None:
        return None
    step = -hessian.solve(point.gradient)
    decrement = np.sqrt(np.maximum(-dot(step, point.gradient), 0.0))
    state = State(point.seen.loss, decrement, decrement, decrement)
    return (state, step) if goal(state).all() and not is_far(sample.rows @ step) else None


def _better(sample: Sample, point: Point, rng: np.random.Generator) -> tuple[Sample, Preconditioner] | None:
    """Return a larger sample with its Hessian at a point; None if there is none."""
    n, size = sample.objective.source.n_samples, len(sample.rows)
    larger = min(n, size * _GROWTH, _SAMPLE_BYTES // (8 * sample.objective.n_params))
    if larger < 2 * size and larger < n:
        return None
    sample = take_sample(sample.objective, larger, rng, sample.frame)
    found = preconditioner_at(sample, point.inner)
    return None if found is None else (sample, found)


__all__ = ["Subsampled"]
