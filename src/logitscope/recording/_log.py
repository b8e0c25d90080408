"""The log of a run: z of every recorded sample and step, and everything that follows from it.

Nothing but z is kept (and, where steps differ, what the reach of a sample follows from); the rest is derived when asked
for. It never knows how the run was trained.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from logitscope._exceptions import InvalidInputError, require_pandas
from logitscope._typing import ArrayLike, FloatArray, IntArray
from logitscope.pointwise import ColumnwiseLoss, Pointwise, signs_of
from logitscope.recording._reach import Reach
from logitscope.sources import hold_freed_memory

TILE = 2**15  # numbers: the temporaries of a tile stay in a cache, and NumPy's calls are few


@dataclass(frozen=True, eq=False, repr=False)
class UpdateLog:
    """Where every sample stood on the z axis, and how large its update was, at every recorded step.

    Derived columns have the shape of `z`: (n_records, n_samples), or (n_records, n_samples, n_models) if the run had
    several columns. They are computed when asked for and not kept.

    Attributes
    ----------
    z_columns : ndarray of shape (n_records, n_samples, n_models)
        Pre-activations at the moment each sample's update was computed.
    epoch, step : ndarray of int, (n_records,)
        Epoch of the record, from 0, and number of updates made before its first step.
    learning_rate : ndarray of shape (n_records,) or (n_records, n_models)
        η at the first step of the record; NaN where it is not known, as `update_norm` is then.
    gradient_factor : ndarray of shape (n_records,)
        The optimizer's factor on the current gradient: 1, 1 + momentum for Nesterov, NaN where it differs by parameter.
    y : ndarray of shape (n_samples,)
        Labels in [0, 1], or class indices if the columns stand for classes.
    row_norm : ndarray of shape (n_samples,)
        ‖x̃ᵢ‖ = √(‖xᵢ‖² + 1); without the 1 if no intercept was fitted.
    share : ndarray of shape (n_samples,)
        sᵢ/Σs: the sample's weight in the mean over all rows.
    sample_index : ndarray of int, (n_samples,)
        Row of each sample in the X that was given to fit.
    pointwise : ColumnwiseLoss
        The loss in z of every column.
    positive : ndarray of int, (n_models,), or None
        The class that each column stands for.
    own_reach : Reach or None
        η sᵢ/Σs ‖D x̃ᵢ‖ of the sample's own step where rate and factor of the record do not tell it: with mini-batches,
        or with a D that scales each parameter. It is worked out when asked for, from the rows of the run where D is
        not a number: such a log keeps X in memory (and must find it unchanged) until it is saved or pickled.
    soft_target : ndarray of shape (n_samples, n_models), or None
        Probabilities that the columns were trained on, where `y` does not tell them: soft labels of several columns.

    Examples
    --------
    >>> import logitscope as ls
    >>> X, y = [[0.0], [1.0], [2.0]], [0, 1, 0]
    >>> clf = ls.LogisticRegression("tanh", max_iter=3, tol=0, record=True).fit(X, y)
    >>> log = clf.update_log_
    >>> log
    UpdateLog(3 records x 3 samples, tanh with cross_entropy, epochs 0 to 2)
    >>> log.grad_z[0]
    array([ 1., -1.,  1.])
    """

    z_columns: FloatArray
    epoch: IntArray
    step: IntArray
    learning_rate: FloatArray
    gradient_factor: FloatArray
    y: FloatArray
    row_norm: FloatArray
    share: FloatArray
    sample_index: IntArray
    pointwise: ColumnwiseLoss
    positive: IntArray | None = None
    own_reach: Reach | None = None
    soft_target: FloatArray | None = None

    @property
    def n_records(self) -> int:
        """Number of recorded epochs."""
        return int(self.z_columns.shape[0])

    @property
    def n_models(self) -> int:
        """Number of columns."""
        return int(self.z_columns.shape[2])

    def _flat(self, columns: FloatArray) -> FloatArray:
        """Drop the axis of columns if there is only one."""
        return columns[..., 0] if self.n_models == 1 else columns

    @property
    def _targets(self) -> FloatArray:
        if self.soft_target is not None:
            return self.soft_target
        if self.positive is None:
            return np.broadcast_to(self.y[:, None], (len(self.y), self.n_models))
        targets: FloatArray = (self.y[:, None] == self.positive).astype(np.float64)
        return targets

    @property
    def target(self) -> FloatArray:
        """Label in [0, 1] of each column, (n_samples,) or (n_samples, n_models)."""
        return self._flat(self._targets)

    @property
    def z(self) -> FloatArray:
        """Pre-activation z."""
        return self._flat(self.z_columns)

    @property
    def margin(self) -> FloatArray:
        """Place on the z axis: z, or for coupled columns logit p = zₖ − log Σ_{j≠k} exp zⱼ, which alone sets p."""

        def position(pair: Any, z: FloatArray) -> FloatArray:
            if not pair.activation.couples_columns:
                return z
            with np.errstate(all="ignore"):
                logit: FloatArray = pair.activation.log_probability(z) - pair.activation.log_complement(z)
            return logit

        return self._by_group(position)

    @property
    def activation_output(self) -> FloatArray:
        """A = φ(z)."""
        return self._by_group(lambda pair, z: pair.activation.value(z))

    @property
    def probability(self) -> FloatArray:
        """P, the probability of class 1 (of the column's class)."""
        return self._by_group(lambda pair, z: pair.activation.probability(z))

    @property
    def local_derivative(self) -> FloatArray:
        """φ′(z)."""
        return self._by_group(lambda pair, z: pair.activation.derivative(z))

    @property
    def loss(self) -> FloatArray:
        """ℓ; coupled columns hold terms that sum to the sample's loss."""
        return self._flat(self.pointwise.value(self._z64, self._targets))

    @property
    def upstream(self) -> FloatArray:
        """∂ℓ/∂a, what the loss sends back."""
        return self._by_group(lambda pair, z, y: pair.upstream(z, y), self._targets)

    @property
    def grad_z(self) -> FloatArray:
        """∂ℓ/∂z."""
        return self._flat(self._grad_columns)

    @property
    def gradient_norm(self) -> FloatArray:
        """‖∂ℓᵢ/∂(w, b)‖ = |∂ℓ/∂z| ‖x̃ᵢ‖: what the sample alone would ask for, before weights and learning rate."""
        return self._flat(self._size(self.row_norm[None, :, None]))

    @property
    def update_norm(self) -> FloatArray:
        """Norm of the sample's own term in the update, η sᵢ/Σs ‖D x̃ᵢ‖ |∂ℓ/∂z|."""
        return self._flat(self._size(self._reach))

    @property
    def reach(self) -> FloatArray:
        """η sᵢ/Σs ‖D x̃ᵢ‖: how far one unit of ∂ℓ/∂z moves the parameters."""
        return self._flat(np.broadcast_to(self._reach, self.z_columns.shape))

    @property
    def _z64(self) -> FloatArray:
        return self.z_columns.astype(np.float64, copy=False)

    @property
    def _grad_columns(self) -> FloatArray:
        # The form that training uses, several times faster; its slope has the same digits wherever z is.
        targets = self._targets if self.n_models == 1 else np.broadcast_to(self._targets, self.z_columns.shape)
        return self.pointwise.value_and_grad(self._z64, targets).grad_z

    def _size(self, of_a_unit: FloatArray) -> FloatArray:
        """|∂ℓ/∂z| times something, (n_records or 1, n_samples, n_models or 1), a tile at a time."""
        signs = self._signs
        if signs is None:
            size = self._grad_columns
            with np.errstate(invalid="ignore"):  # a run that blew up
                return np.multiply(np.abs(size, out=size), of_a_unit, out=size)
        hold_freed_memory()
        size = np.empty(self.z_columns.shape)
        is_same = len(of_a_unit) == 1
        with np.errstate(all="ignore"):
            for records, rows in self._tiles():
                z = self.z_columns[records, rows].astype(np.float64, copy=False)
                slope = self.pointwise.fill(Pointwise.grad_size, z, signs[rows])
                np.multiply(slope, of_a_unit[0 if is_same else records, rows], out=size[records, rows])
        return size

    def _tiles(self) -> Iterator[tuple[slice, slice]]:
        """Yield records and samples, so few at a time that what is derived on the way stays in a cache."""
        n_samples = len(self.y)
        n_rows = max(1, min(TILE // self.n_models, n_samples))
        n_records = max(1, TILE // (n_rows * self.n_models))
        for row in range(0, n_samples, n_rows):
            for record in range(0, self.n_records, n_records):
                yield slice(record, record + n_records), slice(row, row + n_rows)

    @cached_property
    def _signs(self) -> FloatArray | None:
        """1 − 2y of each column, if all labels are 0 or 1: kept, for it is the same at every record."""
        return signs_of(self._targets)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle and copy what was given, and nothing that was derived from it."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def _reach(self) -> FloatArray:
        if self.own_reach is not None:
            return self.own_reach.array().astype(np.float64, copy=False)
        rate = (
            self.learning_rate.reshape(self.n_records, 1, 1 if self.learning_rate.ndim == 1 else self.n_models)
            * self.gradient_factor[:, None, None]
        )
        reach: FloatArray = rate * (self.share * self.row_norm)[:, None]
        return reach

    def _by_group(self, evaluate: Any, *others: FloatArray) -> FloatArray:
        return self._flat(self.pointwise.fill(evaluate, self._z64, *others))

    @property
    def accuracy(self) -> FloatArray:
        """Weighted share of the recorded samples whose class was the one predicted, (n_records,).

        One column predicts class 1 where its probability exceeds 1/2; several are taken as the classes of one model,
        of which the largest z is predicted. With mini-batches a sample is judged as its own batch saw it.
        """
        z, target = self.z_columns, self._targets
        if self.n_models == 1:
            right = (z[..., 0] > self.midpoint()) == (target[:, 0] > 0.5)
        else:
            right = z.argmax(axis=2) == target.argmax(axis=1)
        share: FloatArray = right @ (self.share / self.share.sum())
        return share

    def theory(self, z: ArrayLike, label: float, column: int = 0) -> FloatArray:
        """Return |∂ℓ/∂z| on a grid of z, for one label: the curve behind the points.

        For softmax it is the curve of two classes, of which z is the margin (see `margin`). With cross-entropy it holds
        for any number of classes; with other losses of more than two, the gradient depends on more than the margin.
        """
        pair = self.pointwise.column(column)
        grid = np.asarray(z, dtype=np.float64)
        if pair.activation.couples_columns:
            two = np.stack([grid, np.zeros_like(grid)], axis=-1)
            return np.abs(pair.grad_z(two, np.array([label, 1 - label])))[..., 0]
        return np.abs(pair.grad_z(grid, np.full_like(grid, label)))

    def describe(self, column: int = 0) -> dict[str, str]:
        """Return the names of a column's activation and loss."""
        pair = self.pointwise.column(column)
        return {"activation": pair.activation.name, "loss": pair.loss.name}

    def is_joint(self, column: int = 0) -> bool:
        """Return whether a column shares one probability with others (softmax)."""
        return self.pointwise.column(column).activation.couples_columns

    def midpoint(self, column: int = 0) -> float:
        """Return the place on the z axis where p = ½."""
        return float(self.pointwise.column(column).activation.midpoint)

    def to_pandas(self, epoch: int | None = None) -> Any:
        """Return the log as a long table: one row per record, sample and column.

        Parameters
        ----------
        epoch : int, optional
            Only the record of this epoch.

        Raises
        ------
        InvalidInputError
            An epoch that was not recorded.
        MissingDependencyError
            Without pandas.
        """
        pd = require_pandas()
        log = self if epoch is None else self.at_epoch(epoch)
        record, sample, column = (axis.ravel() for axis in np.indices(log.z_columns.shape))
        table = {
            "epoch": log.epoch[record],
            "step": log.step[record],
            "sample": log.sample_index[sample],
            "column": column,
            "y": log.y[sample],
            "target": log._targets[sample, column],
        }
        for name in DERIVED:
            table[name] = getattr(log, name).ravel()
        return pd.DataFrame(table)

    def at_epoch(self, epoch: int) -> UpdateLog:
        """Return the log of one recorded epoch.

        Raises
        ------
        InvalidInputError
            An epoch that was not recorded.
        """
        record = np.flatnonzero(self.epoch == epoch)
        if len(record) == 0:
            recorded = f"{self.epoch[0]} to {self.epoch[-1]}" if self.n_records else "of which there is none"
            every = f" by {self.epoch[1] - self.epoch[0]}" if self.n_records > 1 else ""
            raise InvalidInputError(f"`epoch` must be a recorded epoch, {recorded}{every}; got {epoch!r}.")
        return self.take(record)

    def take(self, records: ArrayLike) -> UpdateLog:
        """Return the log of some records, so that nothing is derived of the others.

        Parameters
        ----------
        records : array_like of int
            Counted from 0, or with -1 from the last.

        Returns
        -------
        UpdateLog

        Raises
        ------
        InvalidInputError
            What is no record.

        Examples
        --------
        >>> import logitscope as ls
        >>> clf = ls.LogisticRegression(max_iter=100, tol=0, record=True).fit([[0.0], [1.0], [2.0]], [0, 1, 0])
        >>> clf.update_log_.take([0, -1]).epoch
        array([ 0, 99])
        """
        n = self.n_records
        try:
            wanted = np.asarray(records)
        except ValueError:  # lists of several lengths
            wanted = np.zeros((0, 0))
        is_index = wanted.ndim == 1 and (wanted.dtype.kind in "iu" or wanted.size == 0)
        if not is_index or (wanted.size and not (wanted.min() >= -n and wanted.max() < n)):
            raise InvalidInputError(f"`records` must be a list of integers from {-n} to {n - 1}; got {records!r}.")
        chosen = np.arange(n)[wanted.astype(np.intp)]
        by_record = ("z_columns", "epoch", "step", "learning_rate", "gradient_factor")
        kept = {name: getattr(self, name)[chosen] for name in by_record}
        reach = self.own_reach
        return replace(self, **kept, own_reach=None if reach is None else reach.records(chosen))

    def save(self, path: str | Path) -> None:
        """Write the log as one .npz file of plain arrays and a JSON text, with a checksum; see `load`."""
        from logitscope.recording._files import save_log

        save_log(self, path)

    @classmethod
    def load(cls, path: str | Path, **own: Any) -> UpdateLog:
        """Read a log that `save` wrote. Nothing in a file is ever executed.

        Parameters
        ----------
        path : str or Path
        **own : objects by name
            Activations and losses of your own that the log was made with: files hold names, never code.

        Raises
        ------
        FileFormatError
            A file that is not such a log, that was cut short or damaged, or that a newer logitscope wrote.
        InvalidInputError
            An object of your own that the log was made with and that is not given.
        """
        from logitscope.recording._files import load_log

        return load_log(path, own)

    def __repr__(self) -> str:
        names = self.describe()
        models = f" x {self.n_models} columns" if self.n_models > 1 else ""
        epochs = f"epochs {self.epoch[0]} to {self.epoch[-1]}" if self.n_records else "no epochs"
        return (
            f"UpdateLog({self.n_records} records x {len(self.y)} samples{models}, "
            f"{names['activation']} with {names['loss']}, {epochs})"
        )


DERIVED = (
    "z",
    "activation_output",
    "probability",
    "loss",
    "upstream",
    "local_derivative",
    "grad_z",
    "gradient_norm",
    "update_norm",
)


__all__ = ["DERIVED", "UpdateLog"]
