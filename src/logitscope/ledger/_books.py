"""The accounts of all samples, kept step by step: of each step the z of its batch, once a pass the accounts.

It sees steps; it cannot act on them, and it never knows what is asked of the accounts.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.ledger._account import Account, Window
from logitscope.ledger._rule import Rule
from logitscope.objective import Objective
from logitscope.optimizers import Optimizer
from logitscope.pointwise import Pointwise, signs_of
from logitscope.steps import Step

_BLOCK = 2**14  # rows whose slopes are computed at a time: the temporaries stay in the cache


class Books:
    """An observer that keeps one account for the coefficients and, where a penalty decays them, one for the intercept.

    Parameters
    ----------
    objective : Objective
        Its labels and weights are those of the accounts.
    optimizer : Optimizer
        Linear in the gradient.
    state : NamedTuple
        Its state before the first step.
    reads_slopes : bool
        Whether the steps are of this very objective, so that their ∂ℓ/∂z, where they hold it, is its own.
    """

    def __init__(self, objective: Objective, optimizer: Optimizer, state: Any, reads_slopes: bool = True) -> None:
        n, m, decay = objective.source.n_samples, objective.n_columns, objective.penalty.curvature()
        self._objective, self._reads_slopes = objective, reads_slopes
        has_two = bool(np.any(decay)) and objective.fit_intercept
        self._rules = [Rule(optimizer, state, part, m) for part in ((decay, 0.0) if has_two else (decay,))]
        self._accounts = [Account(rule.n_slots, n, m) for rule in self._rules]
        self._signs = _signs(objective)
        self._seen: list[_Seen] = []
        self._n_rows = 0

    def observe(self, step: Step) -> None:
        """Take note of a step. The accounts are brought up to date once the steps have seen as many rows as there are.

        Where the columns of models that have ended leave a run, their accounts stay as they are.
        """
        columns = step.columns
        maps, z = [rule.map(step.state[0]) for rule in self._rules], step.z
        grad_z: FloatArray | None = step.evaluation.grad_z if self._reads_slopes else None
        if columns is not None:
            maps = [_standing_still(part, columns) for part in maps]
            z, grad_z = np.zeros((len(z), self._objective.n_columns)), None
            z[:, columns] = step.z
        if step.batch is None:
            self._settle([_Seen(maps, None, z)], grad_z)
            return
        self._seen.append(_Seen(maps, step.batch.copy(), z.copy()))  # copies: a step's arrays may serve again
        self._n_rows += len(z)
        if self._n_rows >= self._objective.source.n_samples:
            self.catch_up()

    def catch_up(self) -> None:
        """Bring the accounts to the last step seen."""
        if self._seen:
            self._settle(self._seen)
            self._seen, self._n_rows = [], 0

    @property
    def coefficients(self) -> Account:
        """What every sample has in the coefficients."""
        return self._accounts[0]

    @property
    def intercept(self) -> Account:
        """What every sample has in the intercept; the same account without a penalty."""
        return self._accounts[-1]

    def _settle(self, seen: list[_Seen], grad_z: FloatArray | None = None) -> None:
        objective = self._objective
        batches = [one.batch for one in seen if one.batch is not None]
        if batches:
            positions, z = np.concatenate(batches), np.concatenate([one.z for one in seen])
            share, target = np.concatenate([objective.share(batch) for batch in batches]), objective.target[positions]
        else:
            positions, z = None, seen[0].z
            share, target = objective.share(), objective.target
        with np.errstate(all="ignore"):  # a run that blows up says so itself
            if grad_z is None:
                signs = self._signs if self._signs is None or positions is None else self._signs[positions]
                grad_z = _slopes(objective, z, target, signs)
            slope, n_rows = share[:, None] * grad_z, [len(one.z) for one in seen]
            for number, account in enumerate(self._accounts):
                account.settle(Window([one.maps[number] for one in seen], positions, n_rows, slope))


class _Seen(NamedTuple):
    """What the accounts need of a step."""

    maps: list[FloatArray]
    """One an account."""
    batch: IntArray | None
    z: FloatArray


def _standing_still(maps: FloatArray, columns: IntArray) -> FloatArray:
    """Return the maps with the identity in all columns but these."""
    still = np.zeros_like(maps)
    still[:, :, :-1] = np.eye(maps.shape[1])
    still[columns] = maps[columns]
    return still


def _signs(objective: Objective) -> FloatArray | None:
    """Return 1 − 2y, if all labels are 0 or 1 and tell the sign of ∂ℓ/∂z; None if not."""
    pair = objective.pointwise
    if not isinstance(pair, Pointwise) or pair.activation.couples_columns:
        return None
    return signs_of(objective.target)


def _slopes(objective: Objective, z: FloatArray, target: FloatArray, signs: FloatArray | None) -> FloatArray:
    """Return ∂ℓ/∂z block by block: the temporaries stay in the cache, and the loss is left out where it can be."""
    pair, out = objective.pointwise, np.empty_like(z)
    for start in range(0, len(z), _BLOCK):
        rows = slice(start, start + _BLOCK)
        if signs is None:
            out[rows] = pair.value_and_grad(z[rows], target[rows]).grad_z
        else:
            np.multiply(pair.fill(Pointwise.grad_size, z[rows], signs[rows]), signs[rows], out=out[rows])
    return out


__all__ = ["Books"]
