"""A recorder's memory of what it was told, and of fits that it watched as scikit-learn's callback.

It knows a fit by the estimator, its tasks and the model handed over after each; it never imports scikit-learn.
"""

from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError
from logitscope._typing import FloatArray
from logitscope.activations import get_activation
from logitscope.recording._log import UpdateLog
from logitscope.recording._observed import Observations
from logitscope.recording._told import Batch, checked_batch
from logitscope.sources import RowSource, row_norms

if TYPE_CHECKING:
    from logitscope.recording._recorder import UpdateRecorder


class Memory:
    """What one recorder has seen; copies and pickles of the recorder begin with none of it."""

    def __init__(self) -> None:
        self.told: Observations | None = None
        self.latest: Observations | Fit | None = None
        self.fits: WeakKeyDictionary[Any, Fit] = WeakKeyDictionary()
        """The last fit of every estimator that is still in use: clones share their callbacks."""


class _Pair(NamedTuple):
    """What an estimator is trained with."""

    activation: Any
    loss: Any


class Fit:
    """One fit of somebody's estimator, seen through the hooks of `sklearn.callback`.

    Parameters
    ----------
    recorder : UpdateRecorder
    context : CallbackContext
        The task of the whole fit; those right below it are the iterations.
    """

    def __init__(self, recorder: "UpdateRecorder", estimator: Any, context: Any) -> None:
        self._recorder, self._root, self._name = recorder, context, type(estimator).__name__
        self._n_seen = 0
        self._told: Observations | None = None
        self._pair: _Pair | None = None
        self._classes: Any = None

    def end_task(self, context: Any, model: Any, X: Any, y: Any, metadata: Any) -> None:
        """Record z of a model that an iteration led to. The last task of a fit may hand over none."""
        if context.parent is not self._root or model is None or X is None or y is None:
            return
        epoch, self._n_seen = self._n_seen, self._n_seen + 1
        if epoch % self._recorder.every:
            return
        if not (hasattr(model, "decision_function") and hasattr(model, "classes_")):
            raise IncompatibleError(
                f"Cannot use `UpdateRecorder` with `{self._name}`: it needs a classifier with a decision_function."
            )
        if self._told is None:
            self._pair, self._classes = _pair_of(model), model.classes_
        z = _columns(model, X, self._pair)
        if self._told is None:
            batch = self._first(z, model, X, y, metadata or {})
        else:
            batch = checked_batch(z, self._coded(y), None, None, None)
        assert self._told is not None
        self._told.add(batch, epoch=epoch, step=epoch + 1)

    def end(self) -> None:
        """Let go of the fit's tasks; what was recorded stays."""
        self._root = None

    def log(self, activation: Any, loss: Any, classes: Any) -> UpdateLog:
        """Return what was recorded; see `UpdateRecorder.log`."""
        if self._told is None:
            raise InvalidInputError(
                f"Cannot make a log: `{self._name}` handed over no model after any iteration. Set the recorder on the"
                " estimator that is trained itself, pipeline[-1].set_callbacks(recorder) for example."
            )
        pair = _Pair(None, None) if self._pair is None else self._pair
        return self._told.log(
            pair.activation if activation is None else activation, pair.loss if loss is None else loss, classes
        )

    def _first(self, z: FloatArray, model: Any, X: Any, y: Any, metadata: Any) -> Batch:
        """Choose the samples and check the size before the first record."""
        rows = RowSource(X.tocsr() if hasattr(X, "tocsr") else np.asarray(X, dtype=np.float64))
        chosen = self._recorder.positions(rows, None)
        if self._root.max_subtasks:
            n_records = -(-self._root.max_subtasks // self._recorder.every)
            self._recorder.check_size(n_records, len(chosen), z.shape[1] if z.ndim == 2 else 1, 1)
        samples = None if self._recorder.samples is None else chosen
        self._told = Observations(1, samples, self._recorder.dtype, np.inf)
        norms = None
        if hasattr(model, "coef_"):
            norms = row_norms(rows, bool(getattr(model, "fit_intercept", True)))
        return checked_batch(z, self._coded(y), None, norms, metadata.get("sample_weight"))

    def _coded(self, y: Any) -> Any:
        """Labels of any kind as the places of their classes; probabilities as they are."""
        y, classes = np.asarray(y), np.asarray(self._classes)
        y = y[:, 0] if y.ndim == 2 and y.shape[1] == 1 else y
        if y.ndim == 2:
            return y[:, 1] if len(classes) == 2 and not _couples(self._pair) else y
        place = {label: position for position, label in enumerate(classes.tolist())}
        labels = [place.get(label) for label in y.tolist()]
        if None not in labels:
            return np.array(labels, dtype=np.float64)
        if len(classes) == 2 and y.dtype.kind == "f":  # soft labels
            return np.column_stack([1 - y, y]) if _couples(self._pair) else y
        raise InvalidInputError(f"`y` must hold the labels {classes.tolist()}; got {y.tolist()[labels.index(None)]!r}.")


def _pair_of(model: Any) -> _Pair | None:
    """Activation and loss of an estimator that has both as parameters; None is logistic regression."""
    parameters = model.get_params(deep=False)
    if {"activation", "loss"} <= parameters.keys():
        return _Pair(parameters["activation"], parameters["loss"])
    return None


def _couples(pair: _Pair | None) -> bool:
    return pair is not None and get_activation(pair.activation).couples_columns


def _columns(model: Any, X: Any, pair: _Pair | None) -> FloatArray:
    """Return z from a decision function, which is 0 at even odds."""
    if isinstance(X, np.ndarray) or hasattr(X, "tocsr"):
        model = _nameless(model)
    z: FloatArray = np.asarray(model.decision_function(X), dtype=np.float64)
    if pair is None:
        return z
    z = z + get_activation(pair.activation).midpoint
    # Two softmax columns are known up to what they have in common, which changes nothing.
    return np.column_stack([-z / 2, z / 2]) if z.ndim == 1 and _couples(pair) else z


def _nameless(model: Any) -> Any:
    """A model fitted on a table is handed over with its plain array: of names there is nothing to compare."""
    if not hasattr(model, "feature_names_in_"):
        return model
    double = object.__new__(type(model))
    double.__dict__.update({name: value for name, value in vars(model).items() if name != "feature_names_in_"})
    return double


__all__ = ["Fit", "Memory"]
