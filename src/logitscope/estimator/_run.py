"""One estimator's run: objective, optimizer, recorder and validation, put together from its parameters.

It knows every part by its constructor; it never knows scikit-learn's attributes of a fitted estimator.
"""

import copy
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.model_selection import train_test_split

from logitscope._exceptions import IncompatibleError, InvalidInputError, InvalidTypeError
from logitscope._typing import FloatArray, IntArray
from logitscope.activations import get_activation
from logitscope.estimator._checks import is_solver, refuse_batches, refuse_ledger, resolve_solver
from logitscope.estimator._kinds import check_vector
from logitscope.estimator._labels import Labels
from logitscope.estimator._random import Seed
from logitscope.ledger import LedgerRecorder
from logitscope.objective import Objective
from logitscope.optimizers import is_diagonal
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.recording import Recorded, Recording, UpdateRecorder
from logitscope.solvers import Firth, Newton
from logitscope.sources import RowSource
from logitscope.steps import Step
from logitscope.training import (
    History,
    Look,
    TrainingResult,
    Validation,
    accuracy,
    fill_batch_size,
    fill_rate,
    iterate,
    largest_safe_rate,
    train,
)


def is_joint(activation: Any) -> bool:
    """Whether the activation takes all classes together (softmax)."""
    return get_activation(activation).couples_columns


@dataclass
class Run:
    """A run that is ready to start."""

    objective: Objective
    params: FloatArray
    steps: Iterator[Step]
    is_batched: bool
    learning_rate: Any
    validation: Validation | None
    recording: Recording | None
    is_joint: bool
    max_iter: int
    tol: float
    advice: Any
    is_solver: bool = False
    ledger: LedgerRecorder | None = None
    ends_at_zero: bool = False
    """Whether to end when nothing of the objective is left: the classes are separated, and somebody will say so."""

    @property
    def dtype(self) -> Any:
        """Type of the data, which the coefficients take on."""
        return self.objective.source.dtype

    def finish(self, observers: Sequence[Any], should_stop: Callable[[Look], bool] | None = None) -> TrainingResult:
        """Drain the steps; `should_stop` is asked after every epoch."""
        metrics = {} if self.validation is None else {"accuracy": accuracy}  # of a record it can be derived
        recorders = [watcher for watcher in (self.recording, self.ledger) if watcher is not None]
        ends_at_zero = self.ends_at_zero
        return train(
            self.objective,
            self.steps,
            self.params,
            max_iter=self.max_iter,
            tol=self.tol,
            is_batched=self.is_batched,
            validation=self.validation,
            metrics=metrics,
            observers=[*recorders, *observers],
            advice=self.advice,
            should_stop=_any_of(should_stop, self._has_vanished if ends_at_zero else None),
        )

    def _has_vanished(self, look: Look) -> bool:
        """Whether no row has a loss left: a solver on separated data, on its way to infinity."""
        if look.seen is None or not np.all(look.loss < 1e-13):
            return False
        return bool(np.all(self.objective.pointwise.value(look.seen.z, self.objective.target) < 1e-8))


def _any_of(*questions: Callable[[Look], bool] | None) -> Callable[[Look], bool] | None:
    """Ask every question, whatever the others answer: callbacks want to see every epoch."""
    asked = [question for question in questions if question is not None]

    def wants_to_stop(look: Look) -> bool:
        answers = [question(look) for question in asked]
        return any(answers)

    return wants_to_stop if asked else None


def prepare(
    settings: Any,
    X: Any,
    labels: Labels,
    weights: FloatArray,
    *,
    start: FloatArray | None = None,
    state: Any = None,
    held_out: tuple[Any, FloatArray, FloatArray] | None = None,
    epochs: int | None = None,
) -> Run:
    """Put a run together: the learning rate is found here, so that BLAS should have one thread.

    Parameters
    ----------
    settings : LogisticRegression
        Its parameters are read.
    X, labels, weights
        Checked data; rows of weight 0 are left out of the source.
    start, state : optional
        Parameters and optimizer state to go on from.
    held_out : (X, target, weights), optional
        Rows to watch.
    epochs : int, optional
        In place of max_iter, for one part of a stream: no tolerance, no split.
    """
    seed = Seed(settings.random_state)
    rows, validation_rows = used_rows(weights), None
    if settings.early_stopping and held_out is None and epochs is None:
        used = np.arange(len(weights)) if rows is None else rows
        rows, validation_rows = _split(used, labels, settings.validation_fraction, seed.rng)
    objective = objective_of(settings, X, labels.target, weights, rows)
    params = _initial(settings.init, objective, seed) if start is None else _continued(start, objective)
    solver = resolve_solver(settings.solver)
    steps, rate, is_batched, varies, advice, ledger = _steps(settings, solver, objective, params, seed, state)
    owns_steps, activation = is_solver(solver), objective.pointwise.column(0).activation
    max_iter = settings.max_iter if epochs is None else epochs
    recording = None
    if settings.record is not False:
        codes = labels.codes if rows is None else labels.codes[rows]
        recorder = settings.record if isinstance(settings.record, UpdateRecorder) else UpdateRecorder()
        recording = recorder.begin(
            Recorded(
                objective.source, objective.pointwise, codes, objective.weights, objective.row_norm,
                objective.n_columns, max_iter, settings.fit_intercept, labels.positive,
                is_open_ended=owns_steps, varies=varies, soft_target=objective.target if labels.is_soft else None,
            ),
            # Drawing samples from the run's own generator would change its batches.
            copy.deepcopy(seed.rng) if isinstance(recorder.samples, int | np.integer) else None,
        )  # fmt: skip
    return Run(
        objective=objective,
        params=params,
        steps=steps,
        is_batched=is_batched,
        learning_rate=rate,
        validation=_validation(settings, objective, X, labels, weights, validation_rows, held_out),
        recording=recording,
        ledger=ledger,
        is_joint=activation.couples_columns,
        max_iter=max_iter,
        tol=settings.tol if epochs is None else 0.0,
        advice=advice,
        is_solver=owns_steps,
        ends_at_zero=owns_steps
        and objective.penalty.is_zero
        and settings.on_separation != "ignore"
        and activation.name != "hard",  # reaches 0 at finite coefficients
    )


def objective_of(settings: Any, X: Any, target: FloatArray, weights: FloatArray, rows: IntArray | None) -> Objective:
    """Return the objective that an estimator's settings make of some rows of checked data; None is all of them."""
    return Objective(
        RowSource(X, rows),
        target if rows is None else target[rows],
        weights if rows is None else weights[rows],
        get_pointwise(settings.activation, settings.loss),
        ElasticNet(float(settings.alpha), float(settings.l1_ratio)),
        bool(settings.fit_intercept),
    )


def used_rows(weights: FloatArray) -> IntArray | None:
    """Return the rows that count; None is all of them."""
    if weights.strides[0] == 0 or (weights > 0).all():
        return None
    return np.flatnonzero(weights > 0)


def _split(used: IntArray, labels: Labels, fraction: float, rng: np.random.Generator) -> tuple[IntArray, IntArray]:
    """Hold rows out, the same share of every class."""
    classes = labels.codes[used].round()
    n_held = max(math.ceil(fraction * len(used)), len(np.unique(classes)))
    try:
        rows, held = train_test_split(used, test_size=n_held, stratify=classes, random_state=int(rng.integers(2**31)))
    except ValueError as error:
        raise InvalidInputError(
            f"`validation_fraction` must leave rows of every class on both sides; got {fraction} of {len(used)} rows"
            f" ({str(error).rstrip('.')}). Give more data, another fraction, or X_val and y_val."
        ) from error
    return np.sort(rows), np.sort(held)


def _validation(
    settings: Any,
    objective: Objective,
    X: Any,
    labels: Labels,
    weights: FloatArray,
    rows: IntArray | None,
    held_out: tuple[Any, FloatArray, FloatArray] | None,
) -> Validation | None:
    patience = settings.n_iter_no_change if settings.early_stopping else None
    if rows is not None:
        source, target, weight = RowSource(X, rows), labels.target[rows], weights[rows]
    elif held_out is not None:
        source, target, weight = RowSource(held_out[0]), held_out[1], held_out[2]
    else:
        return None
    watched = Objective(source, target, weight, objective.pointwise, fit_intercept=objective.fit_intercept)
    return Validation(watched, patience, settings.tol)


def _initial(init: Any, objective: Objective, seed: Seed) -> FloatArray:
    shape = (objective.n_params, objective.n_columns)
    if isinstance(init, str):
        return np.zeros(shape) if init == "zeros" else 0.1 * seed.rng.standard_normal(shape)
    try:
        given = np.array(check_vector("init", init), dtype=np.float64)
    except InvalidTypeError:
        raise
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"`init` must be 'zeros', 'normal' or an array of numbers; got {init!r}.") from error
    given = given[:, None] if given.ndim == 1 else given
    if given.shape != shape:
        then = ", then the intercept" if objective.fit_intercept else ""
        raise InvalidInputError(
            f"`init` must have shape {shape}: a row a feature{then}, a column a model; got {given.shape}."
        )
    if not np.isfinite(given).all():
        raise InvalidInputError(f"`init` must hold finite numbers; got {given[~np.isfinite(given)][0]}.")
    return given


def _continued(start: FloatArray, objective: Objective) -> FloatArray:
    if start.shape != (objective.n_params, objective.n_columns):
        raise IncompatibleError(
            f"Cannot go on from parameters of shape {start.shape}: these data need"
            f" {(objective.n_params, objective.n_columns)}. Fit with warm_start=False."
        )
    return start


def _steps(
    settings: Any, solver: Any, objective: Objective, params: FloatArray, seed: Seed, state: Any
) -> tuple[Iterator[Step], Any, bool, bool, Any, LedgerRecorder | None]:
    """Return the steps, the learning rate, and whether they are batched and scale parameters one by one."""
    if settings.ledger:
        refuse_ledger(solver, settings.early_stopping)
    if settings.penalty == "firth":
        if not isinstance(solver, Newton):
            raise IncompatibleError(
                f"Cannot use `penalty='firth'` with `solver={settings.solver!r}`: it needs Newton's steps."
                " Set solver='newton'."
            )
        solver = Firth()
    if is_solver(solver):
        refuse_batches(solver, settings.batch_size, settings.learning_rate)
        return solver.steps(objective, params), np.nan, False, True, str, None
    batch_size = fill_batch_size(solver, settings.batch_size, objective.source.n_samples)
    optimizer = fill_rate(solver, settings.learning_rate, objective, params, batch_size)
    order = seed.rng if settings.shuffle and batch_size is not None else None
    ledger = None
    if settings.ledger:
        ledger = LedgerRecorder(objective, optimizer, params, batch_size=batch_size, rng=order, state=state)
    steps = iterate(objective, optimizer, params, batch_size=batch_size, rng=order, state=state)
    return (
        steps,
        optimizer.learning_rate,
        batch_size is not None,
        batch_size is not None or is_diagonal(optimizer),
        lambda: largest_safe_rate(optimizer, objective, params, batch_size),
        ledger,
    )


def set_ledger(estimator: Any, labels: Labels, run: Run, result: TrainingResult) -> None:
    """Set the ledger of a fitted estimator, or say why there is none."""
    if hasattr(estimator, "ledger_"):
        del estimator.ledger_
    if run.ledger is None:
        return
    if not np.array_equal(run.ledger.params, result.params):  # a run that blew up, or was broken off between epochs
        estimator.status_message_ += f"{'' if estimator.status_message_.endswith('.') else '.'} {_NO_LEDGER}"
        return
    codes = labels.codes[run.objective.source.sample_index]
    estimator.ledger_ = run.ledger.ledger(codes if labels.is_soft else labels.classes[codes.astype(np.intp)])


_NO_LEDGER = "There is no `ledger_`: the parameters are not those that the last step led to."


def set_curves(estimator: Any, history: History) -> None:
    """Set the curves of a fitted estimator, one entry an epoch, from after the first."""
    curves = {
        "loss_curve_": history.loss,
        "validation_loss_curve_": history.validation_loss,
        "accuracy_curve_": history.metrics.get("accuracy"),
        "validation_accuracy_curve_": history.validation_metrics.get("accuracy"),
    }
    for name, curve in curves.items():
        setattr(estimator, name, None if curve is None else curve[1:, 0])


__all__ = ["Run", "is_joint", "objective_of", "prepare", "set_curves", "set_ledger", "used_rows"]
