"""Some models of a sweep, trained together as the columns of one run.

It lays columns out and trains them; it never ranks them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError
from logitscope._typing import FloatArray, IntArray
from logitscope.comparison._checks import check_count, check_optimizer
from logitscope.comparison._columns import Layout, lay_out
from logitscope.comparison._grid import Point
from logitscope.comparison._scores import class_log_loss
from logitscope.objective import Objective
from logitscope.optimizers import Optimizer, get_optimizer
from logitscope.penalties import ElasticNet
from logitscope.sources import RowSource
from logitscope.steps import Step
from logitscope.training import (
    Metric,
    Models,
    TrainingResult,
    Validation,
    accuracy,
    fill_batch_size,
    fill_rate,
    iterate,
    train,
)

METRICS: dict[str, Metric] = {"log_loss": class_log_loss, "accuracy": accuracy}


@dataclass(frozen=True)
class Common:
    """What all models of a sweep share; see `sweep`. The names are those of `LogisticRegression`, save the last."""

    solver: Any
    batch_size: int | None
    max_iter: int
    tol: float
    l1_ratio: float
    fit_intercept: bool
    random_state: int
    measure_every_epoch: bool

    def __post_init__(self) -> None:
        check_optimizer(self.solver, "a sweep", "its models are trained side by side, each at its own")
        check_count("max_iter", self.max_iter)
        if self.batch_size is not None:
            check_count("batch_size", self.batch_size)
        if isinstance(self.tol, bool) or not (isinstance(self.tol, Real) and 0 <= float(self.tol) < np.inf):
            raise InvalidInputError(f"`tol` must be a finite number >= 0; got {self.tol!r}.")
        seed = self.random_state
        if isinstance(seed, bool) or not isinstance(seed, Integral) or int(seed) < 0:
            raise InvalidInputError(f"`random_state` must be an integer >= 0; got {seed!r}.")

    def shared(self) -> dict[str, Any]:
        """Return the settings of every model, in the words of `LogisticRegression`."""
        return {field.name: getattr(self, field.name) for field in fields(self)[:-1]}


class Labelled(NamedTuple):
    """Rows, and the class of each, 0 … n_classes − 1."""

    X: FloatArray
    codes: IntArray


class Rows(NamedTuple):
    """The rows of a sweep."""

    train: Labelled
    held_out: Labelled | None
    n_classes: int


class Squad(NamedTuple):
    """What came of some models."""

    result: TrainingResult
    columns: list[slice]
    """Columns of each model."""
    start: FloatArray
    """Initial values, (n_params, n_columns)."""
    rates: FloatArray
    """Learning rate of each model, (n_models,)."""
    scores: dict[str, FloatArray]
    """Figures of the parameters that each model ended with, (n_models,) each."""


def run_squad(
    members: list[Point],
    rows: Rows,
    common: Common,
    has_rates: bool,
    is_over: bool,
    start: FloatArray | None = None,
) -> Squad:
    """Train some models; `is_over` leaves them at their start, as an interrupted sweep does.

    `start` holds initial values, (n_params, n_columns), in place of those that the seeds of the members draw.
    """
    layout = lay_out([point.arm for point in members], rows.n_classes)
    penalty = ElasticNet(layout.per_column([point.alpha for point in members]), common.l1_ratio)
    objective = _objective(rows.train, layout, penalty, common)
    held_out = None if rows.held_out is None else _objective(rows.held_out, layout, ElasticNet(), common)
    params = _initial(members, layout, objective) if start is None else start
    optimizer = get_optimizer(common.solver)
    batch_size = fill_batch_size(optimizer, common.batch_size, objective.source.n_samples)
    optimizer = _with_rates(optimizer, members if has_rates else [], layout, objective, params, batch_size)
    rng = np.random.default_rng(common.random_state)
    steps = iterate(objective, optimizer, params, batch_size=batch_size, rng=rng)
    result = train(
        objective,
        _interrupted(steps) if is_over else steps,
        params,
        max_iter=common.max_iter,
        tol=float(common.tol),
        is_batched=batch_size is not None,
        models=layout.starts,
        validation=Validation(held_out) if held_out is not None and common.measure_every_epoch else None,
        metrics=METRICS if common.measure_every_epoch else {},
    )
    rates = np.broadcast_to(np.asarray(optimizer.learning_rate, dtype=np.float64), (objective.n_columns,))
    return Squad(
        result,
        layout.columns,
        params,
        layout.per_arm(rates),
        _scores(objective, held_out, layout, result.params),
    )


def _interrupted(steps: Iterator[Step]) -> Iterator[Step]:
    """Yield the first step and end as Ctrl-C does."""
    yield next(steps)
    raise KeyboardInterrupt


def _objective(rows: Labelled, layout: Layout, penalty: ElasticNet, common: Common) -> Objective:
    X, codes = rows
    return Objective(
        RowSource(X), layout.targets(codes), np.ones(len(X)), layout.groups, penalty, bool(common.fit_intercept)
    )


def _initial(members: list[Point], layout: Layout, objective: Objective) -> FloatArray:
    """Zeros, or what `LogisticRegression(init="normal", random_state=seed)` draws."""
    params = np.zeros((objective.n_params, objective.n_columns))
    drawn: dict[int, FloatArray] = {}
    for point, part in zip(members, layout.columns, strict=True):
        if point.seed is None:
            continue
        if point.seed not in drawn:
            shape = (objective.n_params, part.stop - part.start)  # the same for all: they share their activation
            drawn[point.seed] = 0.1 * np.random.default_rng(point.seed).standard_normal(shape)
        params[:, part] = drawn[point.seed]
    return params


def _with_rates(
    optimizer: Optimizer,
    members: list[Point],
    layout: Layout,
    objective: Objective,
    params: FloatArray,
    batch_size: int | None,
) -> Optimizer:
    """Fill in the rate of every column: as members name it, and the natural one for "auto"."""
    named = [np.nan if point.arm.rate is None else float(point.arm.rate) for point in members]
    if named and optimizer.learning_rate is not None:
        raise IncompatibleError(
            f"Cannot use `grid['learning_rate']` with {optimizer!r}: the optimizer has a rate of its own."
            " Give it in one place."
        )
    if np.isnan(named).all():
        return fill_rate(optimizer, "auto", objective, params, batch_size)
    rates = layout.per_column(named)
    if np.isnan(rates).any():
        natural = fill_rate(optimizer, "auto", objective, params, batch_size).learning_rate
        rates = np.where(np.isnan(rates), np.asarray(natural, dtype=np.float64), rates)
    return fill_rate(optimizer, rates, objective, params, batch_size)


def _scores(
    objective: Objective, held_out: Objective | None, layout: Layout, params: FloatArray
) -> dict[str, FloatArray]:
    """Measure the models that a run ended with."""
    models = Models(layout.starts, objective.n_columns)
    scores: dict[str, FloatArray] = {"loss": models.sum(objective.value(params))}
    for prefix, seen in (("", objective), ("validation_", held_out)):
        if seen is not None:
            z = seen.z(params)
            scores |= {prefix + name: metric(seen, models)(z) for name, metric in METRICS.items()}
    return scores


__all__ = ["METRICS", "Common", "Labelled", "Rows", "Squad", "run_squad"]
