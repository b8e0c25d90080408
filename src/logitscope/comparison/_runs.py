"""One seed of a comparison: all arms as columns of one run.

It lays columns out and trains; it never compares.
"""

from dataclasses import dataclass, replace
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError, RecordTooLargeError, unknown_name
from logitscope._typing import FloatArray
from logitscope.comparison._arms import Arm
from logitscope.comparison._checks import check_count, check_optimizer
from logitscope.comparison._columns import Layout, lay_out
from logitscope.comparison._data import Data, Split, split
from logitscope.comparison._scores import class_log_loss
from logitscope.objective import Objective
from logitscope.optimizers import Optimizer, get_optimizer, is_diagonal
from logitscope.penalties import ElasticNet
from logitscope.recording import Recorded, Recording, UpdateLog, UpdateRecorder
from logitscope.sources import RowSource
from logitscope.training import TrainingResult, Validation, accuracy, fill_batch_size, fill_rate, iterate, train


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
        check_optimizer(self.solver, "a comparison", "arms are compared at theirs, side by side")
        if not isinstance(self.init, str) or self.init not in ("zeros", "normal"):
            raise unknown_name("init", self.init, ("zeros", "normal"))
        check_count("max_iter", self.max_iter)
        if self.batch_size is not None:
            check_count("batch_size", self.batch_size)


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
    layout = lay_out(arms, data.n_classes)
    penalty = ElasticNet(_strengths(settings.alpha, layout))
    objective, held_out = (
        Objective(
            RowSource(X), layout.targets(codes), np.ones(len(X)), layout.groups, with_penalty, settings.fit_intercept
        )
        for X, codes, with_penalty in (
            (rows.train, rows.train_codes, penalty),
            (rows.test, rows.test_codes, ElasticNet()),
        )
    )
    # Two streams: what an arm draws must not depend on which other arms there are, nor move the batches.
    order = np.random.default_rng(seed)
    params = _initial(settings.init, objective, layout, order.spawn(1)[0])
    optimizer, batch_size = _optimizer(settings, arms, objective, layout, params)
    recording = _recording(settings, objective, rows, layout, batch_size, optimizer)
    started = perf_counter()
    result = train(
        objective,
        iterate(objective, optimizer, params, batch_size=batch_size, rng=order),
        params,
        max_iter=settings.max_iter,
        tol=0.0,
        is_batched=batch_size is not None,
        models=layout.starts,
        validation=Validation(held_out),
        metrics={"accuracy": accuracy, "log_loss": class_log_loss},
        observers=[recording],
    )
    seconds = perf_counter() - started
    rates = np.broadcast_to(np.asarray(optimizer.learning_rate, dtype=np.float64), (objective.n_columns,))
    log = recording.log()
    return SeedRun(
        seed,
        result,
        replace(log, sample_index=rows.rows[log.sample_index]),  # rows of the X that was given
        layout.columns,
        layout.per_arm(rates),
        seconds,
    )


def _strengths(alpha: Any, layout: Layout) -> Any:
    """Return the penalty's strength, one for all columns or one for each."""
    checked = ElasticNet(alpha).alpha
    if np.ndim(checked) == 0:
        return checked
    n_arms = len(layout.columns)
    if np.size(checked) != n_arms:
        raise InvalidInputError(f"`alpha` must be one number, or one an arm, {n_arms}; got {np.size(checked)}.")
    return layout.per_column(checked)


def _initial(init: str, objective: Objective, layout: Layout, rng: np.random.Generator) -> FloatArray:
    """Zeros, or draws in which the k-th column of every arm is the same."""
    params = np.zeros((objective.n_params, objective.n_columns))
    if init == "normal":
        widest = max(part.stop - part.start for part in layout.columns)
        drawn = 0.1 * rng.standard_normal((widest, objective.n_params)).T  # column by column: a wider arm adds some
        for part in layout.columns:
            params[:, part] = drawn[:, : part.stop - part.start]
    return params


def _optimizer(
    settings: Settings, arms: tuple[Arm, ...], objective: Objective, layout: Layout, params: FloatArray
) -> tuple[Optimizer, int | None]:
    optimizer = get_optimizer(settings.solver)
    batch_size = fill_batch_size(optimizer, settings.batch_size, objective.source.n_samples)
    if optimizer.learning_rate is not None:
        raise IncompatibleError(
            f"Cannot use {optimizer!r} in a comparison: the optimizer has a rate of its own. Give `learning_rate`."
        )
    if arms[0].rate is not None:
        rates = layout.per_column([arm.rate for arm in arms])
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
    layout: Layout,
    batch_size: int | None,
    optimizer: Optimizer,
) -> Recording:
    """Record every epoch, or as many as fit."""
    varies = batch_size is not None or is_diagonal(optimizer)
    run = Recorded(
        source=objective.source,
        pointwise=objective.pointwise,
        labels=rows.train_codes.astype(np.float64),
        weights=objective.weights,
        row_norm=objective.row_norm,
        n_columns=objective.n_columns,
        max_iter=settings.max_iter,
        fit_intercept=settings.fit_intercept,
        positive=layout.positive,
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
