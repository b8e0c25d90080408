"""Watches a run and keeps z of every recorded sample: one number per sample, column and record.

It sees steps as they are made; it cannot act on them, and it never knows why they were made.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from numbers import Real
from typing import Any

import numpy as np

from logitscope._exceptions import InvalidInputError, RecordTooLargeError
from logitscope._typing import IntArray
from logitscope.recording._hooks import Fit, Memory
from logitscope.recording._log import UpdateLog
from logitscope.recording._observed import Observations
from logitscope.recording._recording import Recorded, Recording
from logitscope.recording._told import checked_batch, checked_rate
from logitscope.sources import Source

DEFAULT_MAX_BYTES = 2 * 2**30
_AT_FIRST = 32  # records of a solver: most are done by then


@dataclass(frozen=True, eq=False)
class UpdateRecorder:
    """What to record of a run: of ours, of scikit-learn's, or of a training loop of your own.

    - ``LogisticRegression(record=UpdateRecorder(...))`` records every update, in `update_log_`.
    - As a callback it watches estimators that support `sklearn.callback` and hand over a model after each iteration,
      such as ``sklearn.linear_model.LogisticRegression(solver="lbfgs")``: see `log`.
    - `observe` is told of any other training loop, batch by batch.

    Copies (clones, pickles) hold the settings and none of what was recorded.

    Parameters
    ----------
    every : int, default=1
        Record every so many epochs, from the first on.
    samples : int or array_like of int, optional
        Which samples: indices of rows of X, or how many to draw (with the run's seed). By default all that are
        trained on. For `observe` they are ids.
    dtype : "float64" or "float32", default="float64"
        Type in which z is kept.
    max_bytes : int, default=2 GiB
        A record that would need more is refused before the first epoch; that of a solver, which ends when it is done,
        at the epoch that does not fit, and then there is no fit. It is z, and with mini-batches, solvers and
        optimizers that scale each parameter at most another number a sample, from which `update_norm` is derived.

    Examples
    --------
    >>> UpdateRecorder(every=10, samples=100).every
    10

    scikit-learn's own logistic regression under the microscope:

    >>> import logitscope as ls
    >>> from sklearn.linear_model import LogisticRegression
    >>> X, y = ls.load_dataset("iris")[:2]
    >>> recorder = UpdateRecorder()
    >>> clf = LogisticRegression(max_iter=500).set_callbacks(recorder).fit(X, y)
    >>> log = recorder.log(clf)
    >>> log.z.shape == (clf.n_iter_[0], 150, 3)
    True
    >>> bool(np.all(log.z[-1] == clf.decision_function(X)))
    True

    A training loop of your own (here perceptron-like, with mini-batches of two):

    >>> w, recorder = np.zeros(2), UpdateRecorder()
    >>> X, y = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0], [-1.0, 0.0]]), np.array([1, 0, 1, 0])
    >>> for epoch in range(3):
    ...     for ids in ([0, 1], [2, 3]):
    ...         z = X[ids] @ w
    ...         recorder.observe(z, y[ids], ids=ids, learning_rate=0.5, row_norm=np.linalg.norm(X[ids], axis=1))
    ...         w += 0.5 * X[ids].T @ (y[ids] - 1 / (1 + np.exp(-z))) / 2
    >>> log = recorder.log(activation="sigmoid")
    >>> log
    UpdateLog(3 records x 4 samples, sigmoid with cross_entropy, epochs 0 to 2)
    >>> log.update_norm[0]  # η/2 · ‖x‖ · |∂ℓ/∂z|
    array([0.125     , 0.125     , 0.1767767 , 0.11719766])
    """

    every: int = 1
    samples: Any = None
    dtype: Any = "float64"
    max_bytes: int = DEFAULT_MAX_BYTES

    def __post_init__(self) -> None:
        if isinstance(self.every, bool) or not isinstance(self.every, int | np.integer) or self.every < 1:
            raise InvalidInputError(f"`every` must be an integer >= 1 (epochs between records); got {self.every!r}.")
        if not _is_float(self.dtype):
            raise InvalidInputError(f"`dtype` must be 'float32' or 'float64'; got {self.dtype!r}.")
        if isinstance(self.max_bytes, bool) or not isinstance(self.max_bytes, Real) or not self.max_bytes > 0:
            raise InvalidInputError(f"`max_bytes` must be a number > 0; got {self.max_bytes!r}.")
        _check_samples(self.samples)
        self.__dict__["_memory"] = Memory()  # no field: neither a setting nor part of copies and files

    def __getstate__(self) -> dict[str, Any]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _memory=Memory())

    def observe(
        self,
        z: Any,
        y: Any,
        *,
        ids: Any = None,
        epoch: int | None = None,
        learning_rate: float | None = None,
        row_norm: Any = None,
        sample_weight: Any = None,
    ) -> None:
        """Be told of one update of a training loop that is not ours; see `log` for the outcome.

        Parameters
        ----------
        z : array_like of shape (n_batch,) or (n_batch, n_columns)
            Pre-activations (logits, raw scores) that the update is computed from. Tensors are read if NumPy can.
        y : array_like of shape (n_batch,) or (n_batch, n_columns)
            Labels of any kind, or targets in [0, 1] of every column. They stay the same for a sample.
        ids : array_like of int, (n_batch,), optional
            Which samples these are, each once. By default the call holds all samples, in order.
        epoch : int, optional
            It must not fall, and may skip numbers. By default a new epoch begins when a sample comes again.
        learning_rate : float, optional
            η of this update. Unknown, `update_norm` is NaN.
        row_norm : float or array_like of shape (n_batch,), optional
            ‖x̃ᵢ‖, √(‖xᵢ‖² + 1) where there is an intercept. It stays the same for a sample and need be told only once.
            Unknown, `gradient_norm` and `update_norm` are NaN.
        sample_weight : float or array_like of shape (n_batch,), optional
            sᵢ in the weighted mean over the batch, as for `row_norm`; 1 by default.

        Raises
        ------
        InvalidInputError
            Arrays that do not fit together or to earlier calls. Nothing is kept of a call that is refused.
        RecordTooLargeError
            If the record would outgrow `max_bytes`.

        Notes
        -----
        A sample that does not come in an epoch has z NaN in its record. `update_norm` is that of plain gradient
        descent on the mean loss of the batch, η sᵢ/Σs ‖x̃ᵢ‖ |∂ℓ/∂z|; for a loss that is summed, give η times n_batch.
        """
        if self.samples is not None and np.ndim(self.samples) == 0:
            raise InvalidInputError(
                f"`samples` must be ids for `observe`, which does not know them beforehand; got {self.samples!r}."
            )
        memory = self._memory
        told = memory.told or Observations(self.every, self.samples, self.dtype, self.max_bytes)
        told.add(
            checked_batch(z, y, ids, row_norm, sample_weight), epoch=epoch, learning_rate=checked_rate(learning_rate)
        )
        memory.told = memory.latest = told

    def log(self, estimator: Any = None, *, activation: Any = None, loss: Any = None, classes: Any = None) -> UpdateLog:
        """Return what was observed, or recorded as a callback, so far.

        Parameters
        ----------
        estimator : estimator, optional
            Whose last fit. By default whatever was seen last: clones share their callbacks, so that after a search it
            is the fit of the best estimator. Logs of estimators that are no longer in use are forgotten, and fits in
            other processes (``n_jobs=2``) leave none here.
        activation, loss : str or object, optional
            What z is read with. By default the estimator's own; else "sigmoid" for one column, "softmax" for several,
            and "cross_entropy".
        classes : array_like, optional
            Labels in the order of the columns. By default numbers in [0, 1] (integers below the number of columns)
            stand for themselves, and others are sorted.

        Returns
        -------
        UpdateLog
            Of an estimator, z is that *after* each iteration, when the model is handed over: record 0 has `step` 1. Its
            learning rate is not known: `update_norm` is NaN, everything else is right.

        Raises
        ------
        InvalidInputError
            If nothing was recorded, or the labels do not tell the classes.
        """
        seen = self._memory.latest if estimator is None else self._memory.fits.get(estimator)
        if seen is None:
            whose = "" if estimator is None else f" of this {type(estimator).__name__}"
            raise InvalidInputError(
                f"Cannot make a log: nothing was recorded{whose} in this process. Call `observe`, or set the recorder"
                " as a callback and fit. (With `record=`, the log is the estimator's `update_log_`.)"
            )
        return seen.log(activation, loss, classes)

    def setup(self, estimator: Any, context: Any) -> None:
        """Begin to watch a fit; called by scikit-learn."""
        fit = Fit(self, estimator, context)
        self._memory.fits[estimator] = self._memory.latest = fit

    def teardown(self, estimator: Any, context: Any) -> None:
        """End to watch a fit; called by scikit-learn."""
        self._memory.fits[estimator].end()

    def on_fit_task_begin(self, estimator: Any, context: Any) -> None:
        """Nothing is to be seen before an iteration; called by scikit-learn."""

    def on_fit_task_end(
        self,
        estimator: Any,
        context: Any,
        *,
        X: Any = None,
        y: Any = None,
        metadata: Any = None,
        fitted_estimator: Any = None,
    ) -> None:
        """Record z of the model that an iteration led to; called by scikit-learn."""
        self._memory.fits[estimator].end_task(context, fitted_estimator, X, y, metadata)

    @property
    def _memory(self) -> Memory:
        memory: Memory = self.__dict__["_memory"]
        return memory

    def begin(self, run: Recorded, rng: np.random.Generator | None = None) -> Recording:
        """Reserve the memory of a run's record.

        Parameters
        ----------
        run : Recorded
        rng : Generator, optional
            Draws the samples when `samples` is a number.

        Raises
        ------
        InvalidInputError
            Samples that are not trained on.
        RecordTooLargeError
            If the record would need more than `max_bytes`.
        """
        positions = None if self.samples is None else self.positions(run.source, rng)
        n_samples = run.source.n_samples if positions is None else len(positions)
        most = -(-run.max_iter // self.every)
        if not run.is_open_ended:
            self.check_size(most, n_samples, run.n_columns, 1 + run.varies)
            return Recording(self.every, self.dtype, run, positions, most, most)
        fitting = int(self.max_bytes // max(self._record_bytes(n_samples, run.n_columns, 1 + run.varies), 1))
        most = min(most, fitting)
        if most == 0:
            self.check_size(1, n_samples, run.n_columns, 1 + run.varies)
        return Recording(self.every, self.dtype, run, positions, min(most, _AT_FIRST), most)

    def positions(self, source: Source, rng: np.random.Generator | None) -> IntArray:
        """Return the positions in the source of the samples to record, in increasing order of their index in X."""
        n, index = source.n_samples, source.sample_index
        if self.samples is None:
            return np.arange(n)
        if isinstance(self.samples, int | np.integer):
            if not 1 <= self.samples <= n:
                raise InvalidInputError(
                    f"`samples` must be a number from 1 to the {n} samples trained on; got {self.samples!r}."
                )
            generator = np.random.default_rng(0) if rng is None else rng
            return np.sort(generator.choice(n, size=int(self.samples), replace=False))
        wanted = np.unique(np.asarray(self.samples).astype(np.intp).ravel())
        missing = wanted[~np.isin(wanted, index)]
        if len(wanted) == 0 or len(missing):
            got = "none" if len(wanted) == 0 else f"{missing[0]}"
            raise InvalidInputError(
                f"`samples` must be indices of samples that are trained on; got {got}. Rows of weight 0 and rows held"
                " out for validation are not trained on."
            )
        return np.flatnonzero(np.isin(index, wanted))

    def check_size(self, n_records: int, n_samples: int, n_columns: int, n_numbers: int) -> None:
        """Refuse a record of more than `max_bytes`."""
        width = np.dtype(self.dtype).itemsize
        a_record = self._record_bytes(n_samples, n_columns, n_numbers)
        total = n_records * a_record
        if total <= self.max_bytes:
            return
        arithmetic = f"{n_records} records x {n_samples} samples x {n_columns} columns x {n_numbers * width} bytes"
        fitting = self.max_bytes // a_record
        if fitting:
            advice = f"UpdateRecorder(every={self.every * -(-n_records // fitting)}) would fit"
        else:
            advice = "Even one record does not fit: record fewer `samples`"
        halving = "; dtype='float32' halves the size." if width == 8 else "."
        raise RecordTooLargeError(
            f"`max_bytes` must allow the record: {arithmetic} = {total:,} bytes; got {self.max_bytes:,}."
            f" {advice}{halving}"
        )

    def _record_bytes(self, n_samples: int, n_columns: int, n_numbers: int) -> int:
        return int(n_samples * n_columns * n_numbers * np.dtype(self.dtype).itemsize)


def _is_float(dtype: Any) -> bool:
    try:
        return dtype is not None and np.dtype(dtype) in (np.float32, np.float64)
    except TypeError:
        return False


def _check_samples(samples: Any) -> None:
    """Refuse what is neither a number nor indices: a mask of truth values would read as rows 0 and 1."""
    if samples is None:
        return
    array = np.asarray(samples)
    if array.dtype.kind not in "iu" and array.size:
        raise InvalidInputError(f"`samples` must be a number of samples or their indices; got {samples!r}.")


__all__ = ["DEFAULT_MAX_BYTES", "UpdateRecorder"]
