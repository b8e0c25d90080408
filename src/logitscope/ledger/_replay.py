"""A run once more, with samples left out or labelled otherwise, beside what the account says of that.

It repeats what the run did, batch by batch; it never knows why it was done.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError, InvalidTypeError
from logitscope._typing import FloatArray, IntArray
from logitscope.ledger._books import Books
from logitscope.objective import Objective
from logitscope.optimizers import Optimizer
from logitscope.steps import Step
from logitscope.training import iterate


class Replayable(NamedTuple):
    """A run as it was started, and how far it went."""

    objective: Objective
    optimizer: Optimizer
    params: FloatArray
    """Initial parameters."""
    state: Any
    """The optimizer's state before the first step."""
    batch_size: int | None
    rng: np.random.Generator | None
    """A copy of the run's generator as it was before the first step."""
    n_steps: IntArray
    """Steps made in each column, (n_models,)."""
    first_batch: IntArray | None
    """By which the run is known again."""

    def steps(self, objective: Objective) -> Iterator[Step]:
        """Yield as many steps as the run had, with another objective in its place."""
        steps = iterate(
            objective,
            self.optimizer,
            self.params,
            batch_size=self.batch_size,
            rng=copy.deepcopy(self.rng),
            state=self.state,
        )
        for step in islice(steps, int(self.n_steps.max())):
            if step.index == 0 and not _same_batch(step.batch, self.first_batch):
                raise IncompatibleError(
                    "Cannot replay: the batches are not those of the run. Give the `LedgerRecorder` the run's own"
                    " batch_size and rng, before the first step."
                )
            yield step

    def final_params(self, objective: Objective) -> FloatArray:
        """Return the parameters that the run would have ended with on another objective."""
        params = self.params.copy()
        for step in self.steps(objective):
            ends = self.n_steps == step.index + 1
            params[:, ends] = step.new_params[:, ends]
        return params


class Replay(NamedTuple):
    """z of every training sample in a run, in its replay, and as the account says of it; (n_samples[, n_models])."""

    index: IntArray  # type: ignore[assignment]  # hides tuple.index
    """Rows of X that were dropped or flipped."""
    params: FloatArray
    """Parameters of the replay, (n_params, n_models)."""
    before: FloatArray
    """z in the run."""
    account: FloatArray
    """z as the account says: the changed samples' own terms are taken out or exchanged, all others' stay."""
    after: FloatArray
    """z in the replay."""

    @property
    def error(self) -> FloatArray:
        """`account` − `after`: how far the account's first-order answer was from the truth."""
        return self.account - self.after

    @property
    def relative_error(self) -> float:
        """‖account − after‖ / ‖after − before‖ over all samples: 1 is no better than to expect no change."""
        moved = np.linalg.norm(self.after - self.before)
        return float(np.linalg.norm(self.error) / moved) if moved > 0 else 0.0

    def __str__(self) -> str:
        moved, said, n = self.after - self.before, self.account - self.before, len(self.index)
        return (
            f"{n} sample{'s' * (n != 1)} changed: z moved by up to {np.abs(moved).max():.3g} (root mean square"
            f" {_rms(moved):.3g}); the account said by up to {np.abs(said).max():.3g} ({_rms(said):.3g}), and is off by"
            f" {_rms(self.error):.3g}, {self.relative_error:.2g} times the movement."
        )

    def __repr__(self) -> str:
        return f"Replay({len(self.index)} of {len(self.before)} samples, relative_error={self.relative_error:.2g})"


def replayed(
    run: Replayable, params: FloatArray, alpha: FloatArray, beta: FloatArray, drop: Sequence[int], flip: Any
) -> Replay:
    """Train again without some samples or with other labels; see `Ledger.replay`.

    Parameters
    ----------
    run : Replayable
    params : ndarray of shape (n_params, n_models)
        What the run ended with.
    alpha, beta : ndarray of shape (n_samples, n_models)
        Its account.
    drop, flip
        As in `Ledger.replay`.
    """
    objective = run.objective
    dropped = _positions("drop", drop, objective)
    flipped = _positions("flip", flip, objective)
    if len(np.unique([*dropped, *flipped])) < len(dropped) + len(flipped):
        raise InvalidInputError("`drop` and `flip` must name each row once; got one that is named twice.")
    weights, target = objective.weights.copy(), objective.target.copy()
    weights[dropped] = 0.0
    if not weights.any():
        raise InvalidInputError("`drop` must leave a row; got all of them.")
    if len(flipped):
        target[flipped] = _flipped(objective.target[flipped], flip)
    own_alpha, own_beta = -alpha[dropped], -beta[dropped]
    if len(flipped):
        books = Books(replace(objective, target=target), run.optimizer, run.state, reads_slopes=False)
        for step in run.steps(objective):  # the path that the run took, read with the new labels
            books.observe(step)
        books.catch_up()
        own_alpha = np.concatenate([own_alpha, books.coefficients.alpha()[flipped] - alpha[flipped]])
        if objective.fit_intercept:
            own_beta = np.concatenate([own_beta, books.intercept.alpha()[flipped] - beta[flipped]])
    changed = np.concatenate([dropped, flipped])
    said, p = params.copy(), objective.source.n_features
    for positions, block in objective.source.blocks(changed):
        said[:p] += block.T @ own_alpha[positions]
    if objective.fit_intercept:
        said[p] += own_beta.sum(axis=0)
    after = run.final_params(replace(objective, weights=weights, target=target))
    z = [objective.z(each) for each in (params, said, after)]
    return Replay(
        objective.source.sample_index[changed],
        after,
        *(each[:, 0] if each.shape[1] == 1 else each for each in z),
    )


def _positions(name: str, rows: Any, objective: Objective) -> IntArray:
    """Return where rows of X lie in the source."""
    if not isinstance(rows, Iterable):
        raise InvalidTypeError(f"`{name}` must hold rows of X, as integers; got {rows!r}. Write [{rows!r}] for one.")
    wanted = np.asarray(list(rows))
    if wanted.size == 0:
        return np.empty(0, dtype=np.intp)
    index = objective.source.sample_index
    if wanted.dtype.kind not in "iu" or wanted.ndim != 1:
        raise InvalidInputError(f"`{name}` must hold rows of X, as integers; got {rows!r}.")
    missing = wanted[~np.isin(wanted, index)]
    if len(missing):
        raise InvalidInputError(
            f"`{name}` must hold rows of X that were trained on; got {missing[0]}. Rows of weight 0 and rows held out"
            " for validation are not trained on."
        )
    order = np.argsort(index)
    return order[np.searchsorted(index, wanted, sorter=order)]


def _flipped(target: FloatArray, flip: Any) -> FloatArray:
    """Return the targets of the flipped rows: the other class, or that of the columns that a dict names."""
    if not isinstance(flip, Mapping):
        if target.shape[1] > 2:
            raise InvalidInputError(
                f"`flip` must be a dict from rows to the column of their new class where there are {target.shape[1]}"
                f" columns; got {flip!r}."
            )
        return 1 - target
    columns = np.asarray(list(flip.values()))
    n_classes = max(2, target.shape[1])
    if columns.dtype.kind not in "iu" or ((columns < 0) | (columns >= n_classes)).any():
        raise InvalidInputError(f"`flip` must map rows to integers from 0 to {n_classes - 1}; got {flip!r}.")
    if target.shape[1] == 1:
        return columns[:, None].astype(np.float64)
    return np.eye(n_classes)[columns]


def _same_batch(batch: IntArray | None, other: IntArray | None) -> bool:
    if batch is None or other is None:
        return batch is other
    return np.array_equal(batch, other)


def _rms(values: FloatArray) -> float:
    return float(np.sqrt(np.mean(np.square(values))))


__all__ = ["Replay", "Replayable", "replayed"]
