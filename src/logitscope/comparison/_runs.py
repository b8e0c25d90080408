"""One seed of a comparison: all arms as columns of one run.

It splits, lays columns out and trains; it never compares.
"""

from dataclasses import dataclass
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError, RecordTooLargeError
from logitscope._typing import FloatArray, IntArray
from logitscope.comparison._arms import Arm
from logitscope.objective import Objective
from logitscope.optimizers import Optimizer, get_optimizer
from logitscope.penalties import ElasticNet
from logitscope.pointwise import ColumnGroups, Group
from logitscope.recording import Recorded, Recording, UpdateLog, UpdateRecorder
from logitscope.sources import RowSource
from logitscope.training import (
    Models,
    TrainingResult,
    Validation,
    accuracy,
    fill_rate,
    iterate,
    log_loss,
    train,
)


@dataclass(frozen=True)
class Settings:
    """What all arms and seeds of a comparison share; see `compare`."""

    X: Any
    y: Any
    solver: Any
    batch_size: int | None
    max_iter: int
    alpha: float
    fit_intercept: bool
    init: str
    test_size: float
    standardize: bool
    learning_rate: Any

    def __post_init__(self) -> None:
        if self.init not in ("zeros", "normal"):
            raise InvalidInputError(f"`init` must be one of 'normal', 'zeros'; got {self.init!r}.")
        if isinstance(self.max_iter, bool) or not isinstance(self.max_iter, int) or self.max_iter < 1:
            raise InvalidInputError(f"`max_iter` must be an integer >= 1; got {self.max_iter!r}.")
        if not (isinstance(self.test_size, float) and 0 < self.test_size < 1):
            raise InvalidInputError(f"`test_size` must be a number between 0 and 1; got {self.test_size!r}.")


class SeedRun(NamedTuple):
    """What one seed gave."""

    result: TrainingResult
    log: UpdateLog
    columns: list[slice]
    """Columns of each arm."""
    rates: FloatArray
    """Learning rate of each arm, (n_arms,); the mean over its columns."""
    seconds: float


class _Split(NamedTuple):
    train: FloatArray
    train_codes: IntArray
    test: FloatArray
    test_codes: IntArray
    n_classes: int
    rows: IntArray


def run_seed(settings: Settings, arms: tuple[Arm, ...], seed: int) -> SeedRun:
    """Train all arms with one seed."""
    rng = np.random.default_rng(seed)
    split = _split(settings, seed)
    columns, positive, groups = _lay_out(arms, split.n_classes)
    penalty = ElasticNet(float(settings.alpha))
    objective, held_out = (
        Objective(
            RowSource(X), _targets(codes, positive), np.ones(len(X)), groups, with_penalty, settings.fit_intercept
        )
        for X, codes, with_penalty in (
            (split.train, split.train_codes, penalty),
            (split.test, split.test_codes, ElasticNet()),
        )
    )
    params = _initial(settings.init, objective, columns, rng)
    optimizer, batch_size = _optimizer(settings, arms, objective, columns, params)
    models = Models([part.start for part in columns], objective.n_columns)
    recording = _recording(settings, objective, split, positive, batch_size, optimizer, rng)
    started = perf_counter()
    result = train(
        objective,
        iterate(objective, optimizer, params, batch_size=batch_size, rng=rng),
        params,
        max_iter=settings.max_iter,
        tol=0.0,
        is_batched=batch_size is not None,
        models=[part.start for part in columns],
        validation=Validation(held_out),
        metrics={"accuracy": accuracy(models), "log_loss": log_loss(models)},
        observers=[recording],
    )
    rates = np.broadcast_to(np.asarray(optimizer.learning_rate, dtype=np.float64), (objective.n_columns,))
    return SeedRun(
        result,
        recording.log(),
        columns,
        np.array([rates[part].mean() for part in columns]),
        perf_counter() - started,
    )


def _split(settings: Settings, seed: int) -> _Split:
    from sklearn.model_selection import train_test_split
    from sklearn.utils import check_X_y

    X, y = check_X_y(settings.X, settings.y, dtype=np.float64)
    classes, codes = np.unique(y, return_inverse=True)
    if len(classes) < 2:
        raise InvalidInputError(f"`y` must hold at least two classes; got one class, {classes.tolist()[0]!r}.")
    try:
        rows, test_rows = train_test_split(
            np.arange(len(X)), test_size=settings.test_size, stratify=codes, random_state=seed
        )
    except ValueError as error:
        raise InvalidInputError(
            f"`test_size` must leave rows of every class on both sides; got {settings.test_size} of {len(X)} rows"
            f" ({error})"
        ) from error
    rows = np.sort(rows)
    train_X, test_X = X[rows], X[test_rows]
    if settings.standardize:
        from logitscope.datasets import standardize

        scaled = standardize(train_X)
        train_X, test_X = scaled.X, (test_X - scaled.mean) / scaled.scale
    return _Split(train_X, codes[rows], test_X, codes[test_rows], len(classes), rows)


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


def _targets(codes: IntArray, positive: IntArray) -> FloatArray:
    return (codes[:, None] == positive).astype(np.float64)


def _initial(init: str, objective: Objective, columns: list[slice], rng: np.random.Generator) -> FloatArray:
    """Zeros, or one draw that all arms share."""
    params = np.zeros((objective.n_params, objective.n_columns))
    if init == "normal":
        widest = max(part.stop - part.start for part in columns)
        drawn = 0.1 * rng.standard_normal((objective.n_params, widest))
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
    if batch_size is not None and not (isinstance(batch_size, int) and 1 <= batch_size <= n):
        raise InvalidInputError(
            f"`batch_size` must be an integer from 1 to the number of training samples, {n}; got {batch_size!r}."
        )
    if optimizer.learning_rate is not None:
        raise IncompatibleError(
            f"Cannot use {optimizer!r} in a comparison: the optimizer has a rate of its own. Give `learning_rate`."
        )
    if settings.learning_rate == "matched":
        rates = _matched(optimizer, objective, columns, params, batch_size)
    elif settings.learning_rate == "auto":
        rates = np.asarray(optimizer.natural_rate(objective.curvature(params, batch_size)))
    else:
        rates = np.concatenate(
            [np.full(part.stop - part.start, arm.rate) for arm, part in zip(arms, columns, strict=True)]
        )
    return fill_rate(optimizer, rates, objective, params, batch_size), batch_size


def _matched(
    optimizer: Optimizer,
    objective: Objective,
    columns: list[slice],
    params: FloatArray,
    batch_size: int | None,
) -> FloatArray:
    """The first arm's natural rate, times the ratio of the curvature bounds in z to the optimizer's power."""
    first = columns[0].start
    natural = np.asarray(optimizer.natural_rate(objective.curvature(params, batch_size)))[first]
    bounds = np.array([objective.bound(column).constant for column in range(objective.n_columns)])
    matched: FloatArray = natural * (bounds[first] / bounds) ** optimizer.rate_exponent
    return matched


def _recording(
    settings: Settings,
    objective: Objective,
    split: _Split,
    positive: IntArray,
    batch_size: int | None,
    optimizer: Optimizer,
    rng: np.random.Generator,
) -> Recording:
    """Record every epoch, or as many as fit."""
    varies = batch_size is not None or optimizer.rate_exponent != 1.0
    run = Recorded(
        objective.source, objective.pointwise, split.train_codes.astype(np.float64), objective.weights,
        objective.row_norm, objective.n_columns, settings.max_iter, settings.fit_intercept, positive, varies,
    )  # fmt: skip
    every = 1
    while True:
        try:
            return UpdateRecorder(every=every, max_bytes=2**29).begin(run, rng)
        except RecordTooLargeError:
            if every > settings.max_iter:
                raise
            every *= 2


__all__ = ["SeedRun", "Settings", "run_seed"]
