"""Watches a run and makes its ledger; refuses runs of which there is none.

It reads steps; it cannot act on them, and it never knows why they were made.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError
from logitscope._typing import ArrayLike, FloatArray, IntArray
from logitscope.ledger._books import Books
from logitscope.ledger._ledger import Ledger
from logitscope.ledger._replay import Replayable
from logitscope.ledger._rule import is_linear, linear_rules
from logitscope.objective import Objective
from logitscope.optimizers import Optimizer
from logitscope.steps import Step

_TOLERANCE = 1e-3  # float32 data leave 1e-6; another rule or another start leaves 1


class LedgerRecorder:
    """An observer that keeps the account w_T = c·w₀ + Xᵀα of a run.

    It is made with the arguments of `iterate`, before the first step, and is one of the observers of `train`.
    ``LogisticRegression(ledger=True)`` makes its own.

    Parameters
    ----------
    objective : Objective
        With an ℓ₂ penalty or none.
    optimizer : Optimizer
        With its learning rate filled in; linear in the gradient, as are "gd", "sgd", "momentum" and "nesterov".
    params : ndarray of shape (n_params, n_models)
        Initial parameters.
    batch_size : int, optional
    rng : Generator, optional
        The generator of the run; a copy of it is kept for `Ledger.replay`.
    state : optional
        State of the optimizer to go on from. What it left in the parameters counts as initial.

    Raises
    ------
    IncompatibleError
        An ℓ₁ penalty, or a rule that is not linear in the gradient.

    Notes
    -----
    The gradient of a batch is Σ xᵢ dᵢ + λw with dᵢ = share · ∂ℓ/∂zᵢ. A rule that adds up past gradients with numbers
    that are the same for every parameter keeps w and its velocities in c·w₀ + Xᵀα, and the same rule, applied to d +
    λα in place of the gradient, makes α. The intercept is an unpenalised column of ones, with an account of its own
    where the penalty is not 0. A rule with a diagonal D_t has no α: w_T = c ⊙ w₀ + Σ aᵢ ⊙ xᵢ with aᵢ = −Σ_t η_t dᵢ D_t
    has a number per sample *and parameter*, and D_t is made of the gradients of all samples, so that even this split
    would hold only for a D_t held fixed.

    Examples
    --------
    >>> from logitscope.optimizers import Momentum
    >>> from logitscope.pointwise import get_pointwise
    >>> from logitscope.sources import RowSource
    >>> from logitscope.training import iterate, train
    >>> X, y = np.array([[1.0], [2.0], [-1.0]]), np.array([[1.0], [1.0], [0.0]])
    >>> objective = Objective(RowSource(X), y, np.ones(3), get_pointwise("sigmoid", "cross_entropy"))
    >>> optimizer, start = Momentum(learning_rate=0.5), np.zeros((2, 1))
    >>> recorder = LedgerRecorder(objective, optimizer, start)
    >>> result = train(objective, iterate(objective, optimizer, start), start, max_iter=50, observers=[recorder])
    >>> ledger = recorder.ledger()
    >>> bool(np.allclose(X.T @ ledger.alpha, result.params[0], rtol=1e-14))
    True
    """

    def __init__(
        self,
        objective: Objective,
        optimizer: Optimizer,
        params: FloatArray,
        *,
        batch_size: int | None = None,
        rng: np.random.Generator | None = None,
        state: Any = None,
    ) -> None:
        _refuse(objective, optimizer)
        state = optimizer.init(params) if state is None else state
        self._books = Books(objective, optimizer, state)
        self._objective, self._optimizer, self._start, self._state = objective, optimizer, params, state
        self._batch_size, self._rng = batch_size, copy.deepcopy(rng)
        self._params = params
        self._n_steps = np.zeros(objective.n_columns, dtype=np.intp)
        self._first_batch: IntArray | None = None

    @property
    def params(self) -> FloatArray:
        """Parameters after the last step seen, of which the ledger is the account; (n_params, n_models).

        Of several models in one run, the steps of those that end first go on past the parameters of their result.
        """
        return self._params

    def observe(self, step: Step) -> None:
        """Take note of a step."""
        columns = step.columns
        if self._first_batch is None and step.batch is not None:
            self._first_batch = step.batch.copy()
        if columns is None:
            self._params, self._n_steps = step.new_params, self._n_steps + 1
        else:  # those of models that have ended are left out
            self._params = self._params.copy()
            self._params[:, columns] = step.new_params
            self._n_steps[columns] += 1
        self._books.observe(step)

    def ledger(self, labels: ArrayLike | None = None) -> Ledger:
        """Return the account up to the last step seen.

        Parameters
        ----------
        labels : array_like of shape (n_samples,), optional
            How the classes of the rows of the source are called; by default the targets, or the column of the largest.

        Raises
        ------
        InvalidInputError
            Labels of another length; steps of another run, so that the account does not add up to the parameters; or
            parameters that are not finite.
        """
        self._books.catch_up()
        objective, p = self._objective, self._objective.source.n_features
        coefficients, intercept = self._books.coefficients, self._books.intercept
        held = np.array([self._start, *self._state[1:]])  # (n_slots, n_params, n_models)
        initial = np.einsum("mj,jpm->pm", coefficients.start[:, 0], held)
        if objective.fit_intercept:
            initial[p] = np.einsum("mj,jm->m", intercept.start[:, 0], held[:, p])
        ledger = Ledger(
            Replayable(
                objective,
                self._optimizer,
                self._start,
                self._state,
                self._batch_size,
                self._rng,
                self._n_steps.copy(),
                self._first_batch,
            ),
            self._params.copy(),
            _checked_labels(labels, objective),
            coefficients.alpha(),
            intercept.alpha() if objective.fit_intercept else np.zeros(objective.target.shape),
            coefficients.start[:, 0, 0].copy(),
            initial,
        )
        _require_sum(ledger)
        return ledger


def _refuse(objective: Objective, optimizer: Optimizer) -> None:
    rules = ", ".join(map(repr, linear_rules()))
    if not objective.penalty.is_smooth:
        raise IncompatibleError(
            "Cannot keep a ledger with an L1 penalty: its proximal map is not linear, so that the coefficients are no"
            " sum of rows, one number a sample. Use l1_ratio=0."
        )
    if not is_linear(optimizer, objective.n_columns):
        raise IncompatibleError(
            f"Cannot keep a ledger with {optimizer.name!r}: its update is not linear in the gradient. What divides each"
            " parameter by the size of its gradients, or clips them, leaves no one number a sample: it would take one"
            f" for every parameter, made of all other samples too. Use one of {rules}."
        )


def _checked_labels(labels: ArrayLike | None, objective: Objective) -> Any:
    if labels is None:
        return objective.target[:, 0] if objective.n_columns == 1 else objective.target.argmax(axis=1)
    checked = np.asarray(labels)
    if checked.shape != (objective.source.n_samples,):
        raise InvalidInputError(
            f"`labels` must have one label for each of the {objective.source.n_samples} rows; got shape"
            f" {checked.shape}."
        )
    return checked


def _require_sum(ledger: Ledger) -> None:
    if not np.isfinite(ledger.params).all():
        raise InvalidInputError(
            f"The steps seen must lead to finite parameters; got {ledger.params[~np.isfinite(ledger.params)][0]}. Use a"
            " smaller learning rate."
        )
    if not ledger.error <= _TOLERANCE:
        raise InvalidInputError(
            f"The steps seen must be those of the run that the recorder was made for; got an account that is off by"
            f" {ledger.error:.1g} of the parameters. Make the recorder with the arguments of `iterate`, before the"
            " first step, and show it every step."
        )


__all__ = ["LedgerRecorder"]
