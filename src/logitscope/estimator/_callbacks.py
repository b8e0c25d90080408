"""scikit-learn's callbacks on our estimator: a task for the fit, one for every epoch below it.

All contact with `sklearn.callback`, which is experimental, is here; it never knows what a callback does. Without
callbacks nothing of it is called, and without the module the estimator works as before.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from logitscope.estimator._labels import Labels
from logitscope.estimator._run import Run
from logitscope.estimator._weights import checked_weights
from logitscope.status import Status
from logitscope.steps import Step
from logitscope.training import History, Look, TrainingResult

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # another scikit-learn: no set_callbacks, and everything else as always

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands in for a mixin that this scikit-learn lacks."""

    def with_callbacks(method: Any) -> Any:
        """Return the method as it is."""
        return method


class Given(NamedTuple):
    """What fit was given, as the callbacks see it: a scorer wants labels and column names."""

    X: Any
    y: Any
    sample_weight: Any


def are_set(estimator: Any) -> bool:
    """Whether somebody wants to be called."""
    return bool(vars(estimator).get("_skl_callbacks"))


@with_callbacks  # type: ignore[untyped-decorator]
def finish(estimator: Any, run: Run, labels: Labels, given: Given, observers: Sequence[Any]) -> TrainingResult:
    """Drain a run under the eyes of the estimator's callbacks, and let the estimator adopt the result."""
    estimator.classes_ = labels.classes  # callbacks make their scorers at setup
    told: dict[str, Any] = {"estimator": estimator, "X": given.X, "y": given.y, "metadata": None}
    if given.sample_weight is not None:
        told["metadata"] = {"sample_weight": checked_weights(given.sample_weight, given.X)}
    fit = estimator._init_callback_context(max_subtasks=run.max_iter)
    fit.call_on_fit_task_begin(**told)
    epochs = _Epochs(fit, told, estimator, run, labels)
    result = run.finish([*observers, epochs], epochs.should_stop)
    epochs.abandon()
    estimator._adopt(labels, run, result)
    fit.call_on_fit_task_end(**told, reconstruction_attributes=dict)
    return result


class _Epochs:
    """Begins a task with the first step of an epoch, and ends it with the look at its parameters."""

    def __init__(self, fit: Any, told: dict[str, Any], estimator: Any, run: Run, labels: Labels) -> None:
        self._fit, self._told, self._estimator, self._run, self._labels = fit, told, estimator, run, labels
        self._task: Any = None
        self._losses = [np.nan]

    def observe(self, step: Step) -> None:
        """Begin the task of an epoch."""
        if self._task is None:
            look = Look.at(step) if step.batch is None else Look.at(step)._replace(seen=None)
            self._task = self._fit.subcontext(task_name="epoch")
            self._task.call_on_fit_task_begin(**self._told, reconstruction_attributes=lambda: self._attributes(look))

    def should_stop(self, look: Look) -> bool:
        """End the task of an epoch, and say whether a callback has asked to stop."""
        if look.n_done > 0:
            self._losses.append(float(look.loss.sum()))
        if self._task is None:
            return False
        task, self._task = self._task, None
        return bool(task.call_on_fit_task_end(**self._told, reconstruction_attributes=lambda: self._attributes(look)))

    def abandon(self) -> None:
        """End the task of an epoch that was broken off: no model belongs to it."""
        if self._task is not None:
            self._task.call_on_fit_task_end(estimator=self._estimator)

    def _attributes(self, look: Look) -> dict[str, Any]:
        """Return what fit would have set had the run been stopped here; computed only if a callback asks for it."""
        before = vars(self._estimator)
        stale = [name for name in before if _is_fitted(name)]  # what an earlier fit left
        double = object.__new__(type(self._estimator))
        double.__dict__.update({name: value for name, value in before.items() if name not in stale})
        double._adopt(self._labels, self._run, self._result(look))
        fresh = {name: value for name, value in vars(double).items() if _is_fitted(name) or name in _STATE}
        return dict.fromkeys(stale) | fresh

    def _result(self, look: Look) -> TrainingResult:
        objective = self._run.objective
        params = look.params.copy()  # a callback may write in what it is given
        if look.certificate is not None:
            residual = look.certificate.residual
        else:
            gradient = look.gradient if look.seen is not None else objective.evaluate(params).gradient
            residual = objective.residual(params, gradient)
        return TrainingResult(
            params,
            (Status.STOPPED,),
            (str(Status.STOPPED),),
            np.array([look.n_done]),
            History(np.array(self._losses[: look.n_done + 1])[:, None], None, {}, {}),
            residual.max(keepdims=True),
            look.state,
            look.certificate,
        )


_STATE = ("_params", "_state")
_OF_DATA = ("classes_", "n_features_in_", "feature_names_in_")


def _is_fitted(name: str) -> bool:
    return name.endswith("_") and not name.startswith("_") and name not in _OF_DATA


__all__ = ["CallbackSupportMixin", "Given", "are_set", "finish"]
