"""One seed of a comparison: all arms as columns of one run.

It lays columns out and trains; it never compares.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import perf_counter
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError, RecordTooLargeError, unknown_name
from logitscope._typing import FloatArray
from logitscope.comparison._arms import Arm
from logitscope.comparison._checks import check_count, check_optimizer
from logitscope.comparison._columns import Layout, lay_out
from logitscope.comparison._rates import matched_rates
from logitscope.comparison._scores import class_log_loss
from logitscope.datasets._split import Data, Split, split
from logitscope.objective import Objective
from logitscope.optimizers import Optimizer, get_optimizer, is_diagonal
from logitscope.penalties import ElasticNet
from logitscope.recording import Recorded, Recording, UpdateLog, UpdateRecorder
from logitscope.sources import RowSource
from logitscope.training import TrainingResult, Validation, accuracy, fill_batch_size, fill_rate, iterate, train

if TYPE_CHECKING:
    from logitscope.comparison._tuning import Tuned


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
    init_scale: float = 1.0
    """What drawn initial values are multiplied by: an arm in other units starts at the same place."""

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
    tuned: Tuned | None = None
    """The search that the rates are from, if there was one."""


def run_seed(settings: Settings, data: Data, arms: tuple[Arm, ...], seed: int) -> SeedRun:
    """Train all arms with one seed."""
    rows = split(data, settings.test_size, settings.standardize, seed)
    layout = lay_out(arms, data.n_classes)
    objective = training_objective(settings, rows, layout)
    held_out = _objective(settings, rows.test, layout.targets(rows.test_codes), layout, ElasticNet())
    order = np.random.default_rng(seed)
    params = initial_params(settings, objective.n_params, layout, order)
    optimizer, batch_size = make_optimizer(settings, objective)
    rates = _rates(settings, arms, optimizer, objective, layout, params, batch_size)
    optimizer = fill_rate(optimizer, rates, objective, params, batch_size)
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
    log = recording.log()
    return SeedRun(
        seed,
        result,
        replace(log, sample_index=rows.rows[log.sample_index]),  # rows of the X that was given
        layout.columns,
        layout.per_arm(rates),
        seconds,
    )


def training_objective(settings: Settings, rows: Split, layout: Layout) -> Objective:
    """Return the objective of all arms side by side, penalties included, on the training rows of a seed."""
    penalty = ElasticNet(_strengths(settings.alpha, layout))
    return _objective(settings, rows.train, layout.targets(rows.train_codes), layout, penalty)


def _objective(settings: Settings, X: FloatArray, target: FloatArray, layout: Layout, penalty: ElasticNet) -> Objective:
    return Objective(RowSource(X), target, np.ones(len(X)), layout.groups, penalty, settings.fit_intercept)


def strength_of(alpha: Any, arm: int) -> float:
    """Return the penalty's strength for one arm."""
    strengths = np.atleast_1d(np.asarray(ElasticNet(alpha).alpha))
    return float(strengths[arm if len(strengths) > 1 else 0])


def _strengths(alpha: Any, layout: Layout) -> Any:
    """Return the penalty's strength, one for all columns or one for each."""
    checked = ElasticNet(alpha).alpha
    if np.ndim(checked) == 0:
        return checked
    n_arms = len(layout.columns)
    if np.size(checked) != n_arms:
        raise InvalidInputError(f"`alpha` must be one number, or one an arm, {n_arms}; got {np.size(checked)}.")
    return layout.per_column(checked)


def initial_params(settings: Settings, n_params: int, layout: Layout, order: np.random.Generator) -> FloatArray:
    """Return zeros, or draws in which the k-th column of every arm is the same: (n_params, n_columns).

    `order` is the seed's generator, whose own draws are the order of batches. The values come from a second stream:
    what an arm draws must not depend on which other arms there are, nor move the batches.
    """
    params = np.zeros((n_params, len(layout.positive)))
    if settings.init == "normal":
        rng, widest = order.spawn(1)[0], max(part.stop - part.start for part in layout.columns)
        drawn = 0.1 * rng.standard_normal((widest, n_params)).T  # column by column: a wider arm adds some
        for part in layout.columns:
            params[:, part] = drawn[:, : part.stop - part.start]
    return settings.init_scale * params


def make_optimizer(settings: Settings, objective: Objective) -> tuple[Optimizer, int | None]:
    """Return the update rule, without its rate, and the rows in a batch.

    Raises
    ------
    IncompatibleError
        A rule with a rate of its own.
    """
    optimizer = get_optimizer(settings.solver)
    batch_size = fill_batch_size(optimizer, settings.batch_size, objective.source.n_samples)
    if optimizer.learning_rate is not None:
        raise IncompatibleError(
            f"Cannot use {optimizer!r} in a comparison: the optimizer has a rate of its own. Give `learning_rate`."
        )
    return optimizer, batch_size


def natural_rates(optimizer: Optimizer, objective: Objective, params: FloatArray, batch_size: int | None) -> FloatArray:
    """Return the rate of each column that its own curvature bound suggests, (n_columns,)."""
    rates: FloatArray = np.asarray(optimizer.natural_rate(objective.curvature(params, batch_size)), dtype=np.float64)
    return rates


def _rates(
    settings: Settings,
    arms: tuple[Arm, ...],
    optimizer: Optimizer,
    objective: Objective,
    layout: Layout,
    params: FloatArray,
    batch_size: int | None,
) -> FloatArray:
    """Return the rate of each column: the arm's own, or by the rule."""
    if arms[0].rate is not None:
        return layout.per_column([arm.rate for arm in arms])
    natural = natural_rates(optimizer, objective, params, batch_size)
    if settings.learning_rate == "matched":
        return matched_rates(arms, optimizer, objective, layout, float(natural[0]))
    return natural


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


__all__ = [
    "SeedRun",
    "Settings",
    "initial_params",
    "make_optimizer",
    "natural_rates",
    "run_seed",
    "strength_of",
    "training_objective",
]
