"""Drains the loop until every model has ended, and returns what came of each as a value.

It knows looks and verdicts; it never knows how a step is made.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.objective import Objective
from logitscope.sources import one_blas_thread
from logitscope.status import Status
from logitscope.steps import Certificate, Step
from logitscope.training._ahead import Ahead
from logitscope.training._curves import Curves, Endings, History, Metric
from logitscope.training._fleet import Fleet
from logitscope.training._looks import Look, looks
from logitscope.training._models import Models
from logitscope.training._observer import Observer
from logitscope.training._verdicts import Validation, Verdicts

_LARGE = 2**18  # pre-activations that take more memory than everything else beside X


class TrainingResult(NamedTuple):
    """What a run ended with. A model is one column, or several that are stopped together."""

    params: FloatArray
    """(n_params, n_columns)."""
    status: tuple[Status, ...]
    """One a model."""
    message: tuple[str, ...]
    """The status in a sentence, with its figures and what to do."""
    n_iter: IntArray
    """Epochs behind each model's parameters, (n_models,)."""
    history: History
    gradient_norm: FloatArray
    """Largest violation of the optimality conditions at these parameters, (n_models,)."""
    state: Any
    """The optimizer's state that goes with the parameters; None where those of an earlier epoch were restored, or where
    models had left the run."""
    certificate: Certificate | None = None
    """What a solver knew of its last parameters."""


def train(
    objective: Objective,
    steps: Iterator[Step],
    params: FloatArray,
    *,
    max_iter: int = 200,
    tol: float = 1e-6,
    is_batched: bool = False,
    models: Sequence[int] = (0,),
    validation: Validation | None = None,
    metrics: Mapping[str, Metric] = MappingProxyType({}),
    observers: Sequence[Observer] = (),
    should_stop: Callable[[Look], bool] | None = None,
    advice: Callable[[], str] = str,
) -> TrainingResult:
    """Drain the steps of a run until every model has ended, and say why each did.

    Parameters
    ----------
    objective : Objective
    steps : iterator of Step
        From `iterate`, or from a solver.
    params : ndarray of shape (n_params, n_columns)
        Where the steps start.
    max_iter : int
        Largest number of epochs.
    tol : float
        A model has converged when no optimality condition is violated by more; 0 runs every epoch.
    is_batched : bool
        Whether the steps are of mini-batches.
    models : sequence of int
        First column of each model; by default all columns are one model.
    validation : Validation, optional
        Rows whose loss is watched, and which may stop a model early.
    metrics : mapping of str to Metric
        Measured after every epoch on the training and on the held-out rows.
    observers : sequence of Observer
        They see every step that is made.
    should_stop : callable, optional
        Asked once an epoch, after the last one too; True ends the run with `Status.STOPPED`.
    advice : callable, optional
        Returns the sentence that a diverged run is told.

    Returns
    -------
    TrainingResult

    Notes
    -----
    Models that have ended leave the run once they are an eighth of its columns, if the steps are a generator that can
    go on without them, as `iterate` is. NumPy's warnings of overflow are quiet during a run: its status says it. BLAS
    has one thread meanwhile: its own cost more than they bring to products of blocks, and may change last bits.
    Full-batch steps of small data are made a few at a time where nobody asks anything at every epoch: the run is the
    same to all bits, but more steps may have been computed than belong to it: up to a quarter (or eight) where it
    converges, and with tol = 0 at most 128 where it blows up.
    """
    fleet = Fleet.everyone(
        objective, Models(models, objective.n_columns), None if validation is None else validation.objective
    )
    verdicts, curves = Verdicts(fleet, params, tol, validation), Curves(fleet, metrics)
    outcomes = verdicts.outcomes
    ending = Status.OUT_OF_EPOCHS if tol > 0 else Status.EPOCHS_DONE
    ahead: Ahead | None = None
    look, n_looks, wanted = Look(0, params, np.empty(0), np.empty(0), None, None), 0, None
    try:
        with one_blas_thread(), np.errstate(all="ignore"):
            if is_batched:  # no step will evaluate the objective where the run starts
                start = objective.evaluate(params)
                look = Look(0, params, start.loss, start.gradient, start, None)
                verdicts.judge(look, *curves.add(look))
                n_looks = 1
            is_asked = is_batched or metrics or validation or should_stop  # at every epoch
            if isinstance(steps, Generator) and verdicts.passes_steps and not is_asked:
                steps = ahead = Ahead(steps, fleet.objective.source.n_samples, max_iter, verdicts, curves, observers)
            seen = looks(steps, objective, _show(observers))
            while (following := next(seen, None) if wanted is None else _sent(seen, wanted)) is not None:
                if following.columns is not fleet.columns:
                    fleet = fleet.take(np.asarray(following.columns))
                    verdicts.narrow(fleet)
                    curves.narrow(fleet)
                verdicts.judge(following, *curves.add(following))
                look, n_looks = following, n_looks + 1  # at once: an interrupt falls before or after
                wants_to_stop = should_stop is not None and should_stop(look)
                if outcomes.n_open == 0 or look.n_done >= max_iter:
                    break
                if wants_to_stop:
                    ending = Status.STOPPED
                    break
                wanted = verdicts.wanted() if outcomes.n_open < len(fleet.models) else None
                if look.seen is not None and objective.source.n_samples * look.loss.size > _LARGE:
                    # Its z is not to be held while the next one is computed.
                    look, following = look._replace(seen=None), None
    except KeyboardInterrupt:
        ending = Status.INTERRUPTED
    if ahead is not None:
        look, n_looks = ahead.latest(look), n_looks + ahead.n_passed
    verdicts.close_open(ending, look)
    is_lost = np.array([status in (Status.DIVERGED, Status.NOT_FINITE) for status in outcomes.status])
    history = curves.history(Endings(n_looks, outcomes.n_looks, is_lost))
    return _result(objective, verdicts, history, tol, look, advice)


def _sent(seen: Generator[Look, IntArray | None, None], wanted: IntArray) -> Look | None:
    """Return the next look, at the wanted columns alone."""
    try:
        return seen.send(wanted)
    except StopIteration:
        return None


def _show(observers: Sequence[Observer]) -> Callable[[Step], None] | None:
    if len(observers) < 2:
        return observers[0].observe if observers else None

    def show(step: Step) -> None:
        for observer in observers:
            observer.observe(step)

    return show


def _result(
    objective: Objective,
    verdicts: Verdicts,
    history: History,
    tol: float,
    look: Look,
    advice: Callable[[], str],
) -> TrainingResult:
    outcomes = verdicts.outcomes
    if look.certificate is not None:  # of the objective that the solver had, in units that mean the same for all data
        residual = outcomes.models.max(look.certificate.residual)
    else:
        gradient = objective.evaluate(outcomes.params).gradient
        residual = outcomes.models.max(objective.residual(outcomes.params, gradient))
    message = list(outcomes.message)
    for model, status in enumerate(outcomes.status):
        if status is Status.OUT_OF_EPOCHS:
            far = _how_far(residual[model], tol, look, outcomes.models.slices[model])
            message[model] += f" ({far} after {look.n_done} epochs). {_hint(history.loss[:, model], advice, look)}"
        elif status in (Status.DIVERGED, Status.NOT_FINITE):
            message[model] += f". {advice()}".removesuffix(". ")
    return TrainingResult(
        outcomes.params,
        tuple(status for status in outcomes.status if status is not None),
        tuple(message),
        outcomes.n_iter,
        history,
        residual,
        # A momentum belongs to the parameters that it led to.
        None if verdicts.is_restored or look.columns is not None else look.state,
        look.certificate,
    )


def _how_far(residual: float, tol: float, look: Look, own: slice) -> str:
    if look.certificate is None:
        return f"{residual:.2g} > {tol:g}"
    return f"the next step would still change the parameters by {look.certificate.distance[own].max():.0e}"


def _hint(loss: FloatArray, advice: Callable[[], str], look: Look) -> str:
    """Say what to do about a run that was too short, or too fast: its objective went up within its last tenth."""
    late = loss[-max(len(loss) // 10, 2) :]
    with np.errstate(invalid="ignore"):  # the loss of hard may be infinite
        has_risen = len(late) > 1 and np.any(np.diff(late) > 1e-9 * np.abs(late[1:]))
    if has_risen and look.certificate is None:
        return f"The objective still goes up and down. {advice() or 'Lower the learning rate'}."
    return "Raise max_iter, standardise the features, or choose a faster solver."


__all__ = ["Observer", "TrainingResult", "train"]
