"""A log read piece by piece, as one classifier: which class a sample was given, and how clearly z says so.

A part is a few megabytes, whatever the size of the log; it never knows which scores are made of it.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError, InvalidTypeError
from logitscope._typing import BoolArray, FloatArray, IntArray
from logitscope.pointwise import ColumnwiseLoss
from logitscope.recording import UpdateLog

_N_VALUES = 2**18  # of z in a part: what is derived from it stays in the cache


def check_log(log: Any) -> UpdateLog:
    """Return the log of one classifier with at least one record, or say why it is none.

    Raises
    ------
    InvalidTypeError
        Something that is no log.
    InvalidInputError
        A log without records or samples.
    IncompatibleError
        A log of several models side by side.
    """
    if not isinstance(log, UpdateLog):
        raise InvalidTypeError(
            f"`log` must be an UpdateLog; got {type(log).__name__}."
            " Fit with record=True and take update_log_, or take UpdateRecorder.log()."
        )
    if not log.n_records or not len(log.y):
        raise InvalidInputError(f"`log` must hold a record of a sample; got {log.n_records} x {len(log.y)}.")
    if log.n_models > 1 and log.positive is None and log.soft_target is None:
        raise IncompatibleError(
            f"`log` must be of one classifier; got {log.n_models} models side by side. Record each by itself."
        )
    return log


class Part(NamedTuple):
    """All records of some samples."""

    z: FloatArray
    """(n_records, n_samples, n_models)."""
    seen: BoolArray
    """Whether a sample has a z in a record, (n_records, n_samples)."""
    given: IntArray
    """The class that each sample was given, (n_samples,)."""
    midpoint: FloatArray
    """z of p = ½ in each column, (n_models,)."""
    pointwise: ColumnwiseLoss

    @property
    def centered(self) -> FloatArray:
        """Distance of z from p = ½, (n_records, n_samples, n_models)."""
        centered: FloatArray = self.z - self.midpoint
        return centered

    @property
    def margin(self) -> FloatArray:
        """How far z of the given class is above the largest other one, (n_records, n_samples).

        One column stands for two classes whose z differ by what it says.
        """
        z = self.centered
        if z.shape[2] == 1:
            return np.where(self.given == 1, z[..., 0], -z[..., 0])
        own = self._of_given(z)
        np.put_along_axis(z, self.given[None, :, None], -np.inf, axis=2)
        with np.errstate(invalid="ignore"):  # two z that overflowed: no difference
            margin: FloatArray = own - z.max(axis=2)
        return margin

    @property
    def probability(self) -> FloatArray:
        """P of the given class, (n_records, n_samples), as its own column says it."""
        if self.z.shape[2] > 1:
            return self._of_given(self.pointwise.fill(lambda pair, z: pair.activation.probability(z), self.z))
        activation, z = self.pointwise.column(0).activation, self.z[..., 0]
        p = np.empty(z.shape)
        for label, probability in enumerate((activation.complement, activation.probability)):
            p[:, self.given == label] = probability(z[:, self.given == label])
        return p

    def _of_given(self, values: FloatArray) -> FloatArray:
        return np.take_along_axis(values, self.given[None, :, None], axis=2)[..., 0]


def by_sample(log: UpdateLog) -> Iterator[Part]:
    """Yield some samples at a time, with all their records."""
    given, midpoint = given_class(log), midpoints(log)
    length = max(1, _N_VALUES // (log.n_records * log.n_models))
    for start in range(0, len(log.y), length):
        rows = slice(start, start + length)
        z = np.ascontiguousarray(log.z_columns[:, rows], dtype=np.float64)
        seen = np.asarray(~np.isnan(z).any(axis=2))
        yield Part(z, seen, given[rows], midpoint, log.pointwise)


def by_record(log: UpdateLog) -> Iterator[UpdateLog]:
    """Yield the log of one record after the other."""
    for epoch in log.epoch:
        yield log.at_epoch(int(epoch))


def targets(log: UpdateLog) -> FloatArray:
    """Label in [0, 1] of each column, (n_samples, n_models)."""
    return log.target.reshape(len(log.y), log.n_models)


def given_class(log: UpdateLog) -> IntArray:
    """The class that each sample was given, (n_samples,): of soft labels the likelier one."""
    target = targets(log)
    return (target[:, 0] > 0.5).astype(np.intp) if log.n_models == 1 else target.argmax(axis=1)


def midpoints(log: UpdateLog) -> FloatArray:
    """Return z of p = ½ in each column, (n_models,); 0 for softmax."""
    return np.array([log.midpoint(column) for column in range(log.n_models)])


def norm_over_columns(values: FloatArray) -> FloatArray:
    """√Σₖ values² over the last axis."""
    if values.shape[-1] == 1:
        return np.abs(values[..., 0])
    return np.sqrt(np.einsum("...k,...k->...", values, values))


__all__ = [
    "Part",
    "by_record",
    "by_sample",
    "check_log",
    "given_class",
    "midpoints",
    "norm_over_columns",
    "targets",
]
