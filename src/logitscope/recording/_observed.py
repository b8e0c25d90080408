"""The record of a training loop that is not ours, told call by call: z and y of a batch, by sample.

It knows samples by their ids and epochs by their numbers; it never knows who trains, with which library or rule.
"""

from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError, RecordTooLargeError
from logitscope._typing import FloatArray, IntArray
from logitscope.pointwise import get_pointwise
from logitscope.recording._log import UpdateLog
from logitscope.recording._reach import KeptReach
from logitscope.recording._told import Batch, codes, is_number

_SAME = 1e-5  # a norm that was summed in float32, in another order, is still the same


class _Part(NamedTuple):
    """What one call adds to a record."""

    places: IntArray
    z: FloatArray
    reach: FloatArray | None


class _Record:
    """One recorded epoch."""

    def __init__(self, epoch: int, step: int, rate: float) -> None:
        self.epoch, self.step, self.rate = epoch, step, rate
        self.parts: list[_Part] = []


class _Facts:
    """One value a sample, which may be told again but not otherwise. Room is doubled, so that a sample costs O(1)."""

    def __init__(self, name: str, advice: str, tolerance: float = 0.0) -> None:
        self._name, self._advice, self._tolerance = name, advice, tolerance
        self._values: Any = None

    def check(self, ids: IntArray, places: IntArray, new: Any) -> None:
        """Refuse a value that differs from the one told before; NaN tells nothing."""
        if self._values is None:
            return
        if new.dtype != self._values.dtype or new.shape[1:] != self._values.shape[1:]:
            raise InvalidInputError(f"`{self._name}` must be of one kind and shape in every call; got another.")
        known = places >= 0
        old, again = self._values[places[known]], new[known]
        differs = old != again
        if new.dtype != object:
            differs &= ~(np.abs(old - again) <= self._tolerance * np.abs(old)) & ~(np.isnan(old) | np.isnan(again))
        wrong = np.flatnonzero(differs.any(axis=1) if differs.ndim > 1 else differs)
        if len(wrong):
            first = wrong[0]
            raise InvalidInputError(
                f"`{self._name}` of a sample must stay the same; got {_shown(again[first])} for id"
                f" {ids[known][first]}, and {_shown(old[first])} before. {self._advice}"
            )

    def put(self, places: IntArray, new: Any, n: int) -> None:
        """Keep values; the samples are n by now."""
        old = np.empty((0, *new.shape[1:]), new.dtype) if self._values is None else self._values
        if len(old) < n:
            self._values = np.full((max(n, 2 * len(old)), *new.shape[1:]), np.nan, dtype=new.dtype)
            self._values[: len(old)] = old
        if new.dtype != object and new.ndim == 1:
            told = ~np.isnan(new)
            places, new = places[told], new[told]
        self._values[places] = new

    def of(self, places: IntArray) -> Any:
        """Values of some samples."""
        return np.empty(0) if self._values is None else self._values[places]


class Observations:
    """What was told of one training loop.

    Parameters
    ----------
    every, samples, dtype, max_bytes
        As in `UpdateRecorder`; `samples` are ids.
    """

    def __init__(self, every: int, samples: IntArray | None, dtype: Any, max_bytes: float) -> None:
        self._every, self._samples, self._dtype, self._max_bytes = every, samples, dtype, max_bytes
        self._place: dict[int, int] = {}
        self._is_in_order = True  # ids 0, 1, 2, … in this order: no need to look them up
        self._y = _Facts("y", "Give samples with other labels other ids.")
        self._row_norm = _Facts("row_norm", "Leave it out where the features are trained themselves.", _SAME)
        self._weight = _Facts("sample_weight", "The log has one weight a sample.", _SAME)
        self._epoch_of = _Facts("epoch", "")
        self._epoch, self._n_calls, self._bytes = -1, 0, 0
        self._n_columns = 0
        self._records: list[_Record] = []

    def add(
        self, batch: Batch, *, epoch: int | None = None, learning_rate: float | None = None, step: int | None = None
    ) -> None:
        """Take in one call. Nothing is kept of a call that is refused.

        Parameters
        ----------
        batch : Batch
        epoch : int, optional
            By default a new one begins when a sample comes again.
        learning_rate : float, optional
        step : int, optional
            Number of updates behind z; by default every call before this one was an update.
        """
        if self._n_columns and batch.z.shape[1] != self._n_columns:
            raise InvalidInputError(
                f"`z` must have as many columns in every call, {self._n_columns}; got {batch.z.shape[1]}."
            )
        ids, places = self._find(batch)
        epoch = self._epoch_for(epoch, ids, places)
        told = ((self._y, batch.y), (self._row_norm, batch.row_norm), (self._weight, batch.weight))
        for facts, new in told:
            facts.check(ids, places, new)
        kept = np.ones(len(ids), dtype=bool) if self._samples is None else np.isin(ids, self._samples)
        is_due = epoch % self._every == 0
        if is_due:
            self._reserve(int(kept.sum()) * (self._n_columns or batch.z.shape[1]), learning_rate is not None, epoch)
        places = self._enter(ids, places)
        n = len(self._place)
        for facts, new in told:
            facts.put(places, new, n)
        self._epoch_of.put(places, np.full(len(places), float(epoch)), n)
        if is_due:
            if not self._records or self._records[-1].epoch != epoch:
                rate = np.nan if learning_rate is None else learning_rate
                self._records.append(_Record(epoch, self._n_calls if step is None else step, rate))
            reach = None if learning_rate is None else self._reach(places, learning_rate)[kept].astype(self._dtype)
            self._records[-1].parts.append(_Part(places[kept], batch.z[kept].astype(self._dtype), reach))
        self._epoch, self._n_columns = epoch, batch.z.shape[1]
        self._n_calls += 1

    def _find(self, batch: Batch) -> tuple[IntArray, IntArray]:
        """Return the batch's ids, and the place of each, -1 for a new one."""
        n = len(batch.z)
        if batch.ids is None:
            if self._n_calls and n != len(self._place):
                raise InvalidInputError(
                    f"`ids` must be given where a call does not hold all samples; got {n} of {len(self._place)}"
                    " without ids."
                )
            ids: IntArray = np.arange(n)
            if self._is_in_order:
                return ids, ids if self._place else np.full(n, -1)
        else:
            ids = batch.ids
        return ids, np.array([self._place.get(identity, -1) for identity in ids.tolist()], dtype=np.intp)

    def _enter(self, ids: IntArray, places: IntArray) -> IntArray:
        """Give new ids a place."""
        fresh = np.flatnonzero(places < 0)
        if len(fresh) == 0:
            return places
        n = len(self._place)
        new = np.arange(n, n + len(fresh))
        self._is_in_order = self._is_in_order and bool((ids[fresh] == new).all())
        self._place.update(zip(ids[fresh].tolist(), new.tolist(), strict=True))
        places = places.copy()
        places[fresh] = new
        return places

    def _epoch_for(self, epoch: int | None, ids: IntArray, places: IntArray) -> int:
        """Return the epoch that a call belongs to: without a number, a new one when a sample comes again."""
        known = places >= 0
        current = max(self._epoch, 0)
        again = np.flatnonzero(self._epoch_of.of(places[known]) == (current if epoch is None else epoch))
        if epoch is None:
            return current + 1 if len(again) else current
        if not is_number(epoch, np.integer) or epoch < 0:
            raise InvalidInputError(f"`epoch` must be an integer >= 0; got {epoch!r}.")
        if epoch < self._epoch:
            raise InvalidInputError(
                f"`epoch` must not fall; got {epoch} after {self._epoch}. A new run needs a new UpdateRecorder."
            )
        if len(again):
            raise InvalidInputError(
                f"`ids` must occur once in an epoch; got {ids[known][again[0]]} again in epoch {epoch}."
                " Count `epoch` up, or leave it out."
            )
        return int(epoch)

    def _reserve(self, n_values: int, has_reach: bool, epoch: int) -> None:
        n_bytes = self._bytes + n_values * np.dtype(self._dtype).itemsize * (1 + has_reach)
        if n_bytes > self._max_bytes:
            raise RecordTooLargeError(
                f"`max_bytes` must allow the record: {n_bytes:,} bytes by epoch {epoch}; got {self._max_bytes:,}."
                " Record fewer epochs (`every`), fewer `samples`, or with dtype='float32'."
            )
        self._bytes = n_bytes

    def _reach(self, places: IntArray, learning_rate: float) -> FloatArray:
        """η sᵢ/Σs ‖x̃ᵢ‖ in the mean over this call."""
        weight = self._weights(places)
        reach: FloatArray = learning_rate * (weight / weight.sum()) * self._row_norm.of(places)
        return reach

    def _weights(self, places: IntArray) -> FloatArray:
        weight = self._weight.of(places)
        return np.where(np.isnan(weight), 1.0, weight)

    def log(self, activation: Any, loss: Any, classes: Any) -> UpdateLog:
        """Return what was told so far; see `UpdateRecorder.log`."""
        if not self._records:
            raise InvalidInputError("Cannot make a log: no epoch that `every` asks for was observed.")
        n_columns = self._n_columns
        activation = ("sigmoid" if n_columns == 1 else "softmax") if activation is None else activation
        pointwise = get_pointwise(activation, "cross_entropy" if loss is None else loss)
        if pointwise.activation.couples_columns and n_columns == 1:
            raise IncompatibleError(
                f"Cannot use `{pointwise.activation.name}` with one column of z: it needs a column a class."
            )
        ids = np.fromiter(self._place, dtype=np.intp, count=len(self._place))
        chosen = np.argsort(ids) if self._samples is None else self._chosen(ids)
        y, target = codes(self._y.of(np.arange(len(ids))), n_columns, classes)
        z, reach = self._columns(chosen, len(ids))
        weights = self._weights(np.arange(len(ids)))
        return UpdateLog(
            z_columns=z,
            epoch=np.array([record.epoch for record in self._records], dtype=np.intp),
            step=np.array([record.step for record in self._records], dtype=np.intp),
            learning_rate=np.array([record.rate for record in self._records]),
            gradient_factor=np.ones(len(self._records)),
            y=y[chosen],
            row_norm=self._row_norm.of(chosen),
            share=(weights / weights.sum())[chosen],
            sample_index=ids[chosen],
            pointwise=pointwise,
            positive=np.arange(n_columns) if n_columns > 1 else None,
            own_reach=None if reach is None else KeptReach(reach),
            soft_target=None if target is None else target[chosen],
        )

    def _chosen(self, ids: IntArray) -> IntArray:
        samples = np.unique(np.asarray(self._samples))
        missing = samples[~np.isin(samples, ids)]
        if len(missing):
            raise InvalidInputError(f"`samples` must be ids that were observed; got {missing[0]}.")
        return np.array([self._place[identity] for identity in samples.tolist()], dtype=np.intp)

    def _columns(self, chosen: IntArray, n: int) -> tuple[FloatArray, FloatArray | None]:
        """Put the parts together; what was not told of an epoch is NaN."""
        shape = (len(self._records), len(chosen), self._n_columns)
        z = np.full(shape, np.nan, dtype=self._dtype)
        has_reach = any(part.reach is not None for record in self._records for part in record.parts)
        reach = np.full(shape, np.nan, dtype=self._dtype) if has_reach else None
        column_of = np.empty(n, dtype=np.intp)
        column_of[chosen] = np.arange(len(chosen))
        for index, record in enumerate(self._records):
            for part in record.parts:
                z[index, column_of[part.places]] = part.z
                if reach is not None and part.reach is not None:
                    reach[index, column_of[part.places]] = part.reach[:, None]
        return z, reach


def _shown(value: Any) -> str:
    return repr(value.tolist() if isinstance(value, np.ndarray | np.generic) else value)


__all__ = ["Observations"]
