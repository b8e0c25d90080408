"""The ledger of a run: every prediction as one term a training sample, plus what is left of the start.

It reads the rows again when it is asked; it never trains, except where a replay is asked for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike, FloatArray, IntArray
from logitscope.ledger._replay import Replay, Replayable, replayed
from logitscope.sources import Source


class Contribution(NamedTuple):
    """Predictions split into terms. Axes of one row x given as (n_features,), and of a single column, are left out."""

    terms: FloatArray
    """What each sample put in, ([n_x,] n_samples[, n_models])."""
    initial: Any
    """What is left of the initial parameters, ([n_x][, n_models])."""
    z: Any
    """Their sum, ([n_x][, n_models]): x·w + b."""

    def __str__(self) -> str:
        if np.ndim(self.z):
            return repr(self)
        speaks_for = self.terms > 0
        return (
            f"z = {self.z:+.4g}: {speaks_for.sum()} samples put in {self.terms[speaks_for].sum():+.4g}, the other"
            f" {(~speaks_for).sum()} {self.terms[~speaks_for].sum():+.4g}; {self.initial:+.4g} is left of the start."
        )

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name}: {np.shape(values)}" for name, values in self._asdict().items())
        return f"Contribution({shapes})"


class Top(NamedTuple):
    """The samples that made a prediction, the largest term first."""

    index: IntArray  # type: ignore[assignment]  # hides tuple.index
    """Rows of X, (k,)."""
    term: FloatArray
    """What each put into z, (k,)."""
    label: Any
    """Their labels, (k,)."""
    target: FloatArray
    """What they were trained on in this column, (k,): 1 is its own class, 0 any other."""
    rest: float
    """Sum of the terms of all other samples."""
    initial: float
    """What is left of the initial parameters."""
    z: float
    """Sum of all of this."""
    column: int
    """The column that z is of."""

    def __str__(self) -> str:
        terms = [f"{term:+.4g}" for term in self.term]
        rows = [
            ("sample", "label", "term in z"),
            *zip(map(str, self.index), map(str, self.label), terms, strict=True),
        ]
        widths = [max(map(len, cells)) for cells in zip(*rows, strict=True)]
        lines = ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in rows]
        return "\n".join(
            [
                f"z = {self.z:+.4g} in column {self.column}, made by",
                *lines,
                f"all other samples {self.rest:+.4g}, left of the start {self.initial:+.4g}",
            ]
        )

    def __repr__(self) -> str:
        return f"Top({len(self.index)} samples, z={self.z:.4g}, column={self.column})"


@dataclass(frozen=True, eq=False, repr=False)
class Ledger:
    """The exact account of a run, w = decay · w₀ + Xᵀ alpha and b = decay_b · b₀ + Σ beta, one number a sample.

    Made by `LedgerRecorder.ledger`, or as ``LogisticRegression(ledger=True).fit(X, y).ledger_``. It keeps the rows of X
    that were trained on (by reference), for `contribution` and `replay`.

    Attributes
    ----------
    alpha : ndarray of shape (n_samples,) or (n_samples, n_models)
        What each sample has in the coefficients, in units of 1 over those of X.
    beta : ndarray of the same shape
        What each sample has in the intercept: `alpha` without a penalty, as only coefficients decay; 0 without an
        intercept.
    decay : float or ndarray of shape (n_models,)
        c: what is left of the initial coefficients; 1 without a penalty.
    initial : ndarray of shape (n_params, n_models)
        What is left of the start in the parameters: decay · w₀ and b₀, and in a run that was continued what its
        first velocity came to.
    params : ndarray of shape (n_params, n_models)
        The parameters that this is the account of.
    sample_index : ndarray of int, (n_samples,)
        Row of X of each sample.
    labels : ndarray of shape (n_samples,)
    error : float
        Largest ‖w_T − (c·w₀ + Xᵀα)‖ of a column, the intercept included, relative to the parameters w_T: rounding.
        Parameters that cancel (below a millionth of their terms) are measured by their terms.

    Examples
    --------
    >>> import logitscope as ls
    >>> X, y = ls.load_dataset("iris")[:2]
    >>> clf = ls.LogisticRegression(solver="momentum", ledger=True, tol=0).fit(X[:100], y[:100])
    >>> split = clf.ledger_.contribution(X[0])
    >>> split.terms.shape, bool(np.isclose(split.terms.sum() + split.initial, clf.decision_function(X[:1])[0]))
    ((100,), True)
    >>> top = clf.ledger_.top(X[0], k=3)
    >>> top.label
    array([1, 0, 1])
    """

    _run: Replayable
    params: FloatArray
    labels: Any
    _alpha: FloatArray
    _beta: FloatArray
    _decay: FloatArray
    initial: FloatArray
    error: float = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "error", _error(self))

    def __getstate__(self) -> dict[str, Any]:
        # An objective computes again what it has at hand, and not all of that can be pickled.
        return self.__dict__ | {"_run": self._run._replace(objective=replace(self._run.objective))}

    def __repr__(self) -> str:
        n, m = self._alpha.shape
        return f"Ledger({n} samples x {m} columns, {self._run.optimizer.name}, {self._run.n_steps.max()} steps)"

    @property
    def alpha(self) -> FloatArray:
        """What each sample has in the coefficients, (n_samples[, n_models])."""
        return _without_single_column(self._alpha)

    @property
    def beta(self) -> FloatArray:
        """What each sample has in the intercept, (n_samples[, n_models])."""
        return _without_single_column(self._beta)

    @property
    def decay(self) -> Any:
        """What is left of the initial coefficients, a number or (n_models,)."""
        return _without_single_column(self._decay)

    @property
    def sample_index(self) -> IntArray:
        """Row of X of each sample, (n_samples,)."""
        return self._source.sample_index

    @property
    def _source(self) -> Source:
        return self._run.objective.source

    def contribution(self, x: ArrayLike) -> Contribution:
        """Split z(x) = x·w + b into one term a training sample, and what is left of the start.

        Parameters
        ----------
        x : array_like of shape (n_features,) or (n_x, n_features)
            Any rows, of the training data or not.

        Returns
        -------
        Contribution
            ``terms`` (x·xᵢ αᵢ + βᵢ), ``initial`` and their sum ``z``. For two classes z > 0 speaks for class 1;
            with several columns each has its own. Two classes of softmax are two columns, whose difference counts.

        Raises
        ------
        InvalidInputError
            Rows of another length, or numbers that are not finite.
        """
        rows = self._checked(x)
        terms = self._terms(rows)
        initial = self._initial_of(rows)
        parts = (terms, initial, terms.sum(axis=1) + initial)
        single = np.ndim(x) == 1
        return Contribution(*(_without_single_column(part[0] if single else part)[()] for part in parts))

    def top(self, x: ArrayLike, k: int = 10, column: int | None = None) -> Top:
        """Name the samples with the largest terms in z(x), of either sign.

        Parameters
        ----------
        x : array_like of shape (n_features,)
        k : int
            How many; all if there are fewer.
        column : int, optional
            Whose z; by default that of the largest z.

        Returns
        -------
        Top
        """
        if np.ndim(x) != 1:
            raise InvalidInputError(
                f"`x` must be one row, of shape ({self._source.n_features},); got shape {np.shape(x)}."
            )
        if not isinstance(k, Integral) or isinstance(k, bool) or k < 1:
            raise InvalidInputError(f"`k` must be an integer >= 1; got {k!r}.")
        m = self._alpha.shape[1]
        if column is not None and (not isinstance(column, Integral) or isinstance(column, bool) or not 0 <= column < m):
            raise InvalidInputError(f"`column` must be an integer from 0 to {m - 1}; got {column!r}.")
        rows = self._checked(x)
        initial, z = self._initial_of(rows)[0], (rows @ self.params[: rows.shape[1]])[0] + self._intercept(self.params)
        chosen = int(np.argmax(z)) if column is None else int(column)
        terms = self._terms(rows, slice(chosen, chosen + 1))[0, :, 0]
        order = np.argsort(-np.abs(terms), kind="stable")
        best, others = order[:k], order[k:]
        rest = float(terms[others].sum())
        return Top(
            self.sample_index[best],
            terms[best],
            self.labels[best],
            self._run.objective.target[best, chosen],
            rest,
            float(initial[chosen]),
            float(terms[best].sum() + rest + initial[chosen]),
            chosen,
        )

    def replay(self, drop: Sequence[int] = (), flip: Any = ()) -> Replay:
        """Train again without some samples, or with other labels, and compare with what the account says.

        The initial values, the order of the batches, their sizes and the learning rate are those of the run. A dropped
        sample has weight 0 in the batches that it was in, which with the full batch is a run without it.

        Parameters
        ----------
        drop : sequence of int
            Rows of X.
        flip : sequence of int, or dict of int to int
            Rows of X that get the other of two classes; with more columns a dict from rows to the column of their new
            class.

        Returns
        -------
        Replay
            z of every training sample before, after, and as the account says at first order, with all other samples'
            terms as they were: a dropped sample's terms are taken out, a flipped one's are those that the new label
            would have made along the path that the run took.

        Raises
        ------
        InvalidInputError
            Rows that were not trained on, that are named twice, or that leave nothing.
        IncompatibleError
            If the recorder did not know the order of the batches.
        """
        return replayed(self._run, self.params, self._alpha, self._beta, drop, flip)

    def _checked(self, x: ArrayLike) -> FloatArray:
        rows, p = np.asarray(x, dtype=np.float64), self._source.n_features
        if rows.ndim not in (1, 2) or rows.shape[-1] != p:
            raise InvalidInputError(f"`x` must have shape ({p},) or (n_x, {p}), as X; got shape {rows.shape}.")
        if not np.isfinite(rows).all():
            raise InvalidInputError(f"`x` must hold finite numbers; got {rows[~np.isfinite(rows)][0]}.")
        return np.atleast_2d(rows)

    def _terms(self, rows: FloatArray, columns: slice = slice(None)) -> FloatArray:
        """Terms of samples, (n_x, n_samples, n_columns)."""
        alpha, beta = self._alpha[:, columns], self._beta[:, columns]
        terms = np.empty((len(rows), *alpha.shape))
        for positions, block in self._source.blocks():
            product = np.asarray((block @ rows.T).T)
            terms[:, positions] = product[:, :, None] * alpha[positions] + beta[positions]
        return terms

    def _initial_of(self, rows: FloatArray) -> FloatArray:
        product: FloatArray = rows @ self.initial[: rows.shape[1]] + self._intercept(self.initial)
        return product

    def _intercept(self, params: FloatArray) -> FloatArray | float:
        return params[-1] if self._run.objective.fit_intercept else 0.0


def _without_single_column(array: FloatArray) -> Any:
    return array[..., 0] if array.shape[-1] == 1 else array


def _error(ledger: Ledger) -> float:
    """Relative difference between the parameters and their account."""
    total, size = ledger.initial.copy(), np.abs(ledger.initial)
    alpha, beta, p = ledger._alpha, ledger._beta, ledger._source.n_features
    with np.errstate(all="ignore"):
        for positions, block in ledger._source.blocks():
            total[:p] += block.T @ alpha[positions]
            size[:p] += abs(block).T @ np.abs(alpha[positions])
        if ledger._run.objective.fit_intercept:
            total[p] += beta.sum(axis=0)
            size[p] += np.abs(beta).sum(axis=0)
        norms = [np.linalg.norm(array, axis=0) for array in (total - ledger.params, ledger.params, size)]
        scale = np.maximum(norms[1], 1e-6 * norms[2])
        return float(np.max(np.divide(norms[0], scale, out=np.zeros_like(scale), where=scale != 0)))


__all__ = ["Contribution", "Ledger", "Top"]
