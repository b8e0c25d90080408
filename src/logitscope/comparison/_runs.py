"""One seed of a comparison: all arms as columns of one run.

It lays columns out and trains; it never compares.
"""

from dataclasses import dataclass, replace
from numbers import Integral, Real
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError, RecordTooLargeError, unknown_name
from logitscope._typing import FloatArray, IntArray
from logitscope.comparison._arms import Arm
from logitscope.comparison._data import Data, Split, split
from logitscope.comparison._scores import class_log_loss
from logitscope.objective import Objective
from logitscope.optimizers import OPTIMIZERS, Optimizer, get_optimizer
from logitscope.penalties import ElasticNet
from logitscope.pointwise import ColumnGroups, Group
from logitscope.recording import Recorded, Recording, UpdateLog, UpdateRecorder
from logitscope.solvers import SOLVERS, Solver
from logitscope.sources import RowSource
from logitscope.training import Models, TrainingResult, Validation, accuracy, fill_rate, iterate, train


@dataclass(frozen=True)
class Settings:
    """What all arms and seeds of a comparison share; see `compare`."""

    solver: Any
    batch_size: int | None
    max_iter: int
    alpha: Any
    fit_intercept: bool
    init: str
    test_size: float
    standardize: bool
    learning_rate: Any
    max_bytes: int
    """For the record of one seed."""

    def __post_init__(self) -> None:
        if isinstance(self.solver, Solver) or (isinstance(self.solver, str) and self.solver in SOLVERS):
            name = self.solver if isinstance(self.solver, str) else self.solver.name
            raise IncompatibleError(
                f"Cannot use `solver={name!r}` in a comparison: it needs no learning rate, and arms are compared at"
                f" theirs, side by side. Choose one of {', '.join(map(repr, sorted(OPTIMIZERS)))}."
            )
        if isinstance(self.solver, str) and self.solver not in OPTIMIZERS:
            raise unknown_name("solver", self.solver, OPTIMIZERS)
        if not isinstance(self.init, str) or self.init not in ("zeros", "normal"):
            raise unknown_name("init", self.init, ("zeros", "normal"))
        for name in ("max_iter", "batch_size"):
            value = getattr(self, name)
            if name == "batch_size" and value is None:
                continue
            if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
                raise InvalidInputError(f"`{name}` must be an integer >= 1; got {value!r}.")
        if isinstance(self.test_size, bool) or not (isinstance(self.test_size, Real) and 0 < self.test_size < 1):
            raise InvalidInputError(f"`test_size` must be a number between 0 and 1; got {self.test_size!r}.")


class SeedRun(NamedTuple):
    """What one seed gave."""

    seed: int
    result: TrainingResult
    log: UpdateLog
    columns: list[slice]
    """Columns of each arm."""
    rates: FloatArray
    """Learning rate of each arm, (n_arms,); the median over its columns."""
    seconds: float


def run_seed(settings: Settings, data: Data, arms: tuple[Arm, ...], seed: int) -> SeedRun:
    """Train all arms with one seed."""
    rows = split(data, settings.test_size, settings.standardize, seed)
    columns, positive, groups = _lay_out(arms, data.n_classes)
    penalty = ElasticNet(_strengths(settings.alpha, columns))
    objective, held_out = (
        Objective(
            RowSource(X), _targets(codes, positive), np.ones(len(X)), groups, with_penalty, settings.fit_intercept
        )
        for X, codes, with_penalty in (
            (rows.train, rows.train_codes, penalty),
            (rows.test, rows.test_codes, ElasticNet()),
        )
    )
    # Two streams: what an arm draws must not depend on which other arms there are, nor move the batches.
    order = np.random.default_rng(seed)
    params = _initial(settings.init, objective, columns, order.spawn(1)[0])
    optimizer, batch_size = _optimizer(settings, arms, objective, columns, params)
    models = Models([part.start for part in columns], objective.n_columns)
    recording = _recording(settings, objective, rows, positive, batch_size, optimizer)
    started = perf_counter()
    result = train(
        objective,
        iterate(objective, optimizer, params, batch_size=batch_size, rng=order),
        params,
        max_iter=settings.max_iter,
        tol=0.0,
        is_batched=batch_size is not None,
        models=[part.start for part in columns],
        validation=Validation(held_out),
        metrics={"accuracy": accuracy(models), "log_loss": class_log_loss(models)},
        observers=[recording],
    )
    seconds = perf_counter() - started
    rates = np.broadcast_to(np.asarray(optimizer.learning_rate, dtype=np.float64), (objective.n_columns,))
    log = recording.log()
    return SeedRun(
        seed,
        result,
        replace(log, sample_index=rows.rows[log.sample_index]),  # rows of the X that was given
        columns,
        np.array([np.median(rates[part]) for part in columns]),
        seconds,
    )


def _lay_out(arms: tuple[Arm, ...], n_classes: int) -> tuple[list[slice], IntArray, ColumnGroups]:
    """Return the columns of each arm, the class of each column, and the pairs side by side."""
    columns: list[slice] = []
    positive: list[int] = []
    groups: list[Group] = []
    for arm in arms:
        start, width = len(positive), arm.n_columns(n_classes)
        columns.append(slice(start, start + width))
        positive += [1] if width == 1 else range(width)
        if groups and groups[-1].pointwise == arm.pointwise and not arm.is_joint:
            groups[-1] = Group(arm.pointwise, slice(groups[-1].columns.start, start + width))
        else:
            groups.append(Group(arm.pointwise, columns[-1]))
    return columns, np.array(positive, dtype=np.intp), ColumnGroups(tuple(groups))


def _per_column(values: Any, columns: list[slice]) -> FloatArray:
    """Repeat a number an arm over the columns of the arm."""
    return np.repeat(np.asarray(values, dtype=np.float64), [part.stop - part.start for part in columns])


def _strengths(alpha: Any, columns: list[slice]) -> Any:
    """Return the penalty's strength, one for all columns or one for each."""
    checked = ElasticNet(alpha).alpha
    if np.ndim(checked) == 0:
        return checked
    if np.size(checked) != len(columns):
        raise InvalidInputError(f"`alpha` must be one number, or one an arm, {len(columns)}; got {np.size(checked)}.")
    return _per_column(checked, columns)


def _targets(codes: IntArray, positive: IntArray) -> FloatArray:
    return (codes[:, None] == positive).astype(np.float64)


def _initial(init: str, objective: Objective, columns: list[slice], rng: np.random.Generator) -> FloatArray:
    """Zeros, or draws in which the k-th column of every arm is the same."""
    params = np.zeros((objective.n_params, objective.n_columns))
    if init == "normal":
        widest = max(part.stop - part.start for part in columns)
        drawn = 0.1 * rng.standard_normal((widest, objective.n_params)).T  # column by column: a wider arm adds some
        for part in columns:
            params[:, part] = drawn[:, : part.stop - part.start]
    return params


def _optimizer(
    settings: Settings, arms: tuple[Arm, ...], objective: Objective, columns: list[slice], params: FloatArray
) -> tuple[Optimizer, int | None]:
    optimizer, n = get_optimizer(settings.solver), objective.source.n_samples
    batch_size = settings.batch_size
    if batch_size is None and optimizer.default_batch_size is not None:
        batch_size = min(optimizer.default_batch_size, n)
    if batch_size is not None and batch_size > n:
        raise InvalidInputError(
            f"`batch_size` must be an integer from 1 to the number of training samples, {n}; got {batch_size!r}."
        )
    if optimizer.learning_rate is not None:
        raise IncompatibleError(
            f"Cannot use {optimizer!r} in a comparison: the optimizer has a rate of its own. Give `learning_rate`."
        )
    if arms[0].rate is not None:
        rates = _per_column([arm.rate for arm in arms], columns)
    else:
        rates = np.asarray(optimizer.natural_rate(objective.curvature(params, batch_size)))
        if settings.learning_rate == "matched":
            rates = _matched(optimizer, objective, rates[0])
    return fill_rate(optimizer, rates, objective, params, batch_size), batch_size


def _matched(optimizer: Optimizer, objective: Objective, first: float) -> FloatArray:
    """The first column's natural rate, times the ratio of the curvature bounds in z to the optimizer's power."""
    bounds = np.array([objective.bound(column).constant for column in range(objective.n_columns)])
    matched: FloatArray = first * (bounds[0] / bounds) ** optimizer.rate_exponent
    return matched


def _recording(
    settings: Settings,
    objective: Objective,
    rows: Split,
    positive: IntArray,
    batch_size: int | None,
    optimizer: Optimizer,
) -> Recording:
    """Record every epoch, or as many as fit."""
    start = np.ones((objective.n_params, objective.n_columns))
    _, state = optimizer.update(start, optimizer.init(start))
    varies = batch_size is not None or np.ndim(optimizer.gradient_factor(state)) > 0
    run = Recorded(
        source=objective.source,
        pointwise=objective.pointwise,
        labels=rows.train_codes.astype(np.float64),
        weights=objective.weights,
        row_norm=objective.row_norm,
        n_columns=objective.n_columns,
        max_iter=settings.max_iter,
        fit_intercept=settings.fit_intercept,
        positive=positive,
        varies=varies,
    )
    every = 1
    while True:
        try:
            return UpdateRecorder(every=every, max_bytes=settings.max_bytes).begin(run)
        except RecordTooLargeError:
            if every > settings.max_iter:
                raise
            every *= 2


__all__ = ["SeedRun", "Settings", "run_seed"]
