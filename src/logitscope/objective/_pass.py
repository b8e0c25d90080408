"""One pass over the rows: z, loss and gradient of every column while a block of X is in cache.

Models come first: z, losses and slopes are (n_models, n_rows), so that a group of columns is one contiguous tile and
rows are summed along memory. The pass knows rows, labels, shares and the loss in z; it never knows a penalty.

Rows are split into parts that do not depend on the number of threads, and sums are added in the order of the parts: the
same data give the same bits, however many threads there are. Only threads of BLAS itself, where nobody has held it to
one, may change last bits.
"""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.objective._labels import Labels
from logitscope.pointwise import (
    ColumnGroups,
    ColumnwiseLoss,
    Pointwise,
    SummingForm,
    TrainingForm,
    have_digits,
    summing_form,
    training_form,
    unsure_form,
)
from logitscope.sources import Source, hold_freed_memory, in_parts, turned

TILE = 50_000  # entries of a tile: half a dozen temporaries of it stay in the cache, and calls are few
_TILE_MODELS = 128


class Columns(NamedTuple):
    """Neighbouring columns of one pair, as many as a tile takes; coupled columns stay together."""

    pointwise: Pointwise
    form: TrainingForm | None
    summing: SummingForm | None
    """Where all rows count the same."""
    where: slice

    @property
    def own(self) -> slice | int:
        """The columns, or the one column: of vectors, since products of matrices with one column are slower."""
        return self.where if self.where.stop - self.where.start > 1 else self.where.start

    def terms(self, z: FloatArray, y: FloatArray, sign: FloatArray, weight: FloatArray) -> "Terms":
        """Return ∂ℓ/∂z, as z, its sum over the rows and that of ℓ: from the fastest form that holds."""
        if self.summing is None:
            return self.row_by_row(z, y, sign, weight)
        loss, slope = self.summing(z, y, sign)
        return self._mended(Terms(slope, loss, np.dot(slope, weight)), self.row_by_row, z, y, sign, weight)

    def row_by_row(self, z: FloatArray, y: FloatArray, sign: FloatArray, weight: FloatArray) -> "Terms":
        """Loss by loss: from the fast form, and where it does not hold from the exact one."""
        if self.form is None:
            return self._exact(z, y, sign, weight)
        value, slope = self.form(z, y, sign)
        terms = Terms(slope, np.dot(value, weight), np.dot(slope, weight))
        return self._mended(terms, self._exact, z, y, sign, weight)

    def _mended(
        self, terms: "Terms", by: "Form", z: FloatArray, y: FloatArray, sign: FloatArray, weight: FloatArray
    ) -> "Terms":
        """Put another form's in place of the terms of models for which this one does not hold."""
        known = terms.loss + terms.total
        lost = known != known
        if not lost.any():
            return terms
        if z.ndim == 1 or self.pointwise.activation.couples_columns:
            return by(z, y, sign, weight)
        own_y, own_sign = (y, sign) if y.ndim == 1 else (y[lost], sign[lost])
        for own, new in zip(terms, by(z[lost], own_y, own_sign, weight), strict=True):
            own[lost] = new
        return terms

    def _exact(self, z: FloatArray, y: FloatArray, sign: FloatArray, weight: FloatArray) -> "Terms":
        """The forms that hold everywhere, in float64; they take models last."""
        last = np.ascontiguousarray(z.T, dtype=np.float64)
        value, slope = self.pointwise.exact(last, np.broadcast_to(y, z.shape).T.astype(np.float64))
        own = slope.T.astype(z.dtype)
        return Terms(own, np.dot(value.T.astype(z.dtype), weight), np.dot(own, weight))


class Terms(NamedTuple):
    """∂ℓ/∂z of a tile, and weighted sums over its rows."""

    slope: FloatArray
    loss: Any
    total: Any
    """Of the slopes."""


Form: TypeAlias = Callable[[FloatArray, FloatArray, FloatArray, FloatArray], Terms]
"""(z, y, sign, weight) ↦ its terms."""


class Sums(NamedTuple):
    """Loss, (n_models,), and gradient, (n_params, n_models), summed over rows."""

    loss: FloatArray
    gradient: FloatArray


class Part(NamedTuple):
    """Rows that one thread goes through."""

    source: Source
    offset: int
    """Where they start among all rows, without a batch."""
    batch: IntArray | None
    z: FloatArray
    """To be filled, (n_models, n_rows)."""
    slopes: FloatArray | None
    """To be filled too, if they are wanted."""

    def places(self, rows: slice) -> slice | IntArray:
        """Return where some of them are among all rows."""
        if self.batch is not None:
            return self.batch[rows]
        return slice(self.offset + rows.start, self.offset + rows.stop)


@dataclass(frozen=True, eq=False)
class Pass:
    """Everything that a pass needs but the parameters.

    Parameters
    ----------
    source : Source
    labels : Labels
    weights : ndarray of shape (n_samples,) or None
        What each row counts; None if all count 1.
    pointwise : ColumnwiseLoss
    n_models : int
    """

    source: Source
    labels: Labels
    weights: FloatArray | None
    pointwise: ColumnwiseLoss
    n_models: int

    def __post_init__(self) -> None:
        hold_freed_memory()

    @cached_property
    def columns(self) -> tuple[Columns, ...]:
        """The columns, in tiles."""
        return tuple(self._tiles())

    def _tiles(self) -> Iterator[Columns]:
        whole = self.pointwise
        groups = whole.groups if isinstance(whole, ColumnGroups) else [(whole.column(0), slice(0, self.n_models))]
        for pair, where in groups:
            is_joint = pair.activation.couples_columns
            is_hard = self.labels.are_one_hot(where) if is_joint else self.labels.are_hard
            form = training_form(pair.activation, pair.loss, is_hard)
            width = where.stop - where.start if is_joint else _TILE_MODELS
            summing = summing_form(pair.activation, pair.loss, is_hard) if self.weights is None else None
            for start in range(where.start, where.stop, width):
                yield Columns(pair, form, summing, slice(start, min(start + width, where.stop)))

    @cached_property
    def length(self) -> int:
        """Rows of a tile, at most."""
        widest = max(columns.where.stop - columns.where.start for columns in self.columns)
        return max(64, TILE // widest)

    def run(self, params: FloatArray, batch: IntArray | None, z: FloatArray, slopes: FloatArray | None) -> Sums:
        """Fill z, and the slopes if wanted, each (n_models, n_batch), and return sums over the batch."""

        def some(rows: slice, source: Source) -> Sums:
            own = None if slopes is None else slopes[:, rows]
            part = Part(source, rows.start, None if batch is None else batch[rows], z[:, rows], own)
            alone = None if self._unsure is None else self._sums_of_one(self._unsure, params, part)
            return self._sums(params, part) if alone is None else alone

        return _added(self.in_parts(some, z.shape[1], batch))

    def in_parts(self, some: Callable[[slice, Source], Any], n: int, batch: IntArray | None) -> list[Any]:
        """Return `some(rows, source)` of every part, in order."""

        def own(rows: slice) -> Any:
            return some(rows, self.source.part(rows.start, rows.stop) if batch is None else self.source)

        width = self.source.n_read / max(1, self.source.n_samples) + self.n_models
        return in_parts(own, n, width, self.source.n_features)

    def _sums(self, params: FloatArray, part: Part) -> Sums:
        """One part, a tile at a time."""
        source, z, slopes = part.source, part.z, part.slopes
        p, has_intercept = source.n_features, len(params) > source.n_features
        own_params = params.astype(source.dtype, copy=False)
        loss, gradient = np.zeros(self.n_models), np.zeros(params.shape)
        for rows, block in source.blocks(part.batch, self.length):
            where = part.places(rows)
            weight = self.weight(where)
            for columns in self.columns:
                own = columns.own
                tile = _z(block, own_params[:, own], z[own, rows])
                slope, own_loss, total = columns.terms(tile, *self.labels.of(where, own), weight)
                if slopes is not None:
                    slopes[own, rows] = slope
                if self.weights is not None:
                    slope *= weight
                loss[own] += own_loss
                gradient[:p, own] += _back(slope, block)
                if has_intercept:
                    gradient[p, own] += total
        return Sums(loss, gradient)

    @cached_property
    def _unsure(self) -> SummingForm | None:
        """Of one column whose rows count the same."""
        if self.n_models > 1 or self.weights is not None:
            return None
        pair = self.columns[0].pointwise
        return unsure_form(pair.activation, pair.loss, self.labels.are_hard)

    def _sums_of_one(self, add_up: SummingForm, params: FloatArray, part: Part) -> Sums | None:
        """The same for one column, in as few calls as can be: threads wait for each other where Python runs.

        None if the sum has not all its digits: that is asked once, of the whole part.
        """
        source, z, slopes, ones = part.source, part.z, part.slopes, self._ones
        p, own_params = source.n_features, params[:, 0].astype(source.dtype, copy=False)
        loss, total, gradient = np.zeros(()), 0.0, np.zeros(len(params))
        for rows, block in source.blocks(part.batch, self.length):
            own_loss, slope = add_up(_z(block, own_params, z[0, rows]), *self.labels.of(part.places(rows), 0))
            if slopes is not None:
                slopes[0, rows] = slope
            loss = loss + own_loss
            total += np.dot(slope, ones[: len(slope)])
            gradient[:p] += _back(slope, block)
        if not have_digits(loss, z.shape[1]) or math.isnan(total):
            return None
        gradient[p:] = total
        return Sums(np.array([loss]), gradient[:, None])

    def weight(self, rows: slice | IntArray) -> FloatArray:
        """Return what some rows count, at most a tile of them."""
        if self.weights is not None:
            return self.weights[rows]
        return self._ones[: len(rows) if isinstance(rows, np.ndarray) else rows.stop - rows.start]

    @cached_property
    def _ones(self) -> FloatArray:
        return np.ones(self.length, self.source.dtype)  # a batch may hold more rows than there are, repeated

    def back(self, slopes: FloatArray, n_params: int) -> FloatArray:
        """Return X̃ᵀ slopes, (n_params, n_models), of slopes of every row, (n_models, n_samples)."""

        def some(rows: slice, source: Source) -> FloatArray:
            own, gradient = slopes[:, rows].astype(source.dtype, copy=False), np.zeros((n_params, len(slopes)))
            for positions, block in source.blocks():
                gradient[: source.n_features] += _back(own[:, positions], block)
            if n_params > source.n_features:
                gradient[-1] = own.sum(axis=1)
            return gradient

        added: FloatArray = sum(self.in_parts(some, slopes.shape[1], None))
        return added

    def z(self, params: FloatArray, z: FloatArray) -> None:
        """Fill z of every row, (n_models, n_samples)."""

        def some(rows: slice, source: Source) -> None:
            part, own_params = z[:, rows], params.astype(source.dtype, copy=False)
            for positions, block in source.blocks(None, self.length):
                _z(block, own_params, part[:, positions])

        self.in_parts(some, z.shape[1], None)

    def loss(self, z: FloatArray) -> FloatArray:
        """Return the loss summed over every row, (n_models,), given z, (n_models, n_samples)."""

        def some(rows: slice, source: Source) -> FloatArray:
            total = np.zeros(self.n_models)
            for start in range(rows.start, rows.stop, self.length):
                where = slice(start, min(start + self.length, rows.stop))
                for columns in self.columns:
                    own = columns.own
                    tile = z[own, where].astype(self.source.dtype, copy=False)
                    total[own] += columns.terms(tile, *self.labels.of(where, own), self.weight(where)).loss
            return total

        added: FloatArray = sum(self.in_parts(some, z.shape[1], None))
        return added


def _z(block: Any, params: FloatArray, out: FloatArray) -> FloatArray:
    """Fill `out` with X W + b, models first, and return it in the type of X: a mixed product would copy X."""
    p = block.shape[1]
    if not isinstance(block, np.ndarray):
        z = np.ascontiguousarray((block @ params[:p]).T)
    elif out.dtype != block.dtype:
        z = np.dot(params[:p].T, block.T)
    elif out.ndim == 1:
        z = np.dot(block, params[:p], out=out)
    else:
        z = np.matmul(params[:p].T, block.T, out=out)
    if len(params) > p:
        z += params[p] if out.ndim == 1 else params[p][:, None]
    if z is not out:
        out[...] = z
    return z


def _back(slope: FloatArray, block: Any) -> Any:
    """Return Xᵀ slope, models last; the slopes have them first."""
    return np.dot(slope, block).T if isinstance(block, np.ndarray) else turned(block) @ slope.T


def _added(sums: list[Sums]) -> Sums:
    loss, gradient = sums[0]
    for each in sums[1:]:
        loss += each.loss
        gradient += each.gradient
    return Sums(loss, gradient)


__all__ = ["TILE", "Columns", "Pass", "Sums"]
