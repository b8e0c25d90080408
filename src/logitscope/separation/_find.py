"""The question and its answer: from arrays in the user's units to a verdict in them.

It knows the order in which cheap proofs are tried before dear ones; it never knows why the question is asked.
"""

from fractions import Fraction
from typing import NamedTuple

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike, BoolArray, FloatArray, IntArray
from logitscope.separation._collinear import collinear_columns
from logitscope.separation._faces import partition
from logitscope.separation._overlap import overlaps, scout
from logitscope.separation._rows import Partition, SignedRows
from logitscope.separation._single import single_column
from logitscope.separation._verdict import Kind, Separation

_MANY_COLUMNS = 150
_SAMPLE = 4000  # rows of the first scout; an overlap of some rows is an overlap of all


def find_separation(
    X: ArrayLike, y: ArrayLike, *, fit_intercept: bool = True, pull: ArrayLike | None = None
) -> Separation:
    """Judge whether a hyperplane separates the rows of label 1 from those of label 0.

    Three steps, each tried only where the one before proves nothing. A logistic fit whose gradient is small
    enough proves an overlap, rounding errors included. Linear programs propose a direction or multipliers.
    The proposal is confirmed in exact integer arithmetic, or replaced by an exact simplex on the rows that bind.

    Parameters
    ----------
    X : array_like or sparse of shape (n_samples, n_features)
        Finite features, of the rows with positive weight only. Sparse matrices are made dense.
    y : array_like of shape (n_samples,)
        Labels 0 and 1 (or False and True).
    fit_intercept : bool
        Whether the hyperplane may have an offset.
    pull : array_like of shape (n_samples,), optional
        Numbers >= 0 near multipliers that prove an overlap, such as |∂ℓ/∂z| at the end of a fit. They can only
        shorten the way; the verdict does not depend on them.

    Returns
    -------
    Separation
        The verdict.

    Raises
    ------
    InvalidInputError
        If the shapes do not fit, an element is not finite, or a label is not 0 or 1.

    References
    ----------
    Albert and Anderson (1984), Biometrika 71, 1-10; Silvapulle (1981), JRSS B 43, 310-313; Konis (2007), Linear
    programming algorithms for detecting separated data in binary logistic regression models, Oxford.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[1.0], [2.0], [3.0], [3.0], [4.0]])
    >>> print(find_separation(X, np.array([0, 0, 0, 1, 1])))
    The classes are quasi-completely separated: label 1 wherever x0 > 3 and label 0 wherever x0 < 3; both labels
    only at equality (2 rows there, 3 not). The unpenalised likelihood has no maximum. Use a penalty (such as
    alpha=0.01) or penalty='firth', or leave out 'x0'.
    >>> find_separation(X, np.array([0, 1, 0, 1, 1])).kind
    'none'
    """
    data, labels = checked(X, y)
    if not data.size and not (fit_intercept and len(data)):  # no row, or no column: nothing can separate
        return Separation("none", fit_intercept=fit_intercept)
    rows = SignedRows.of(data, labels, fit_intercept)
    start = None if pull is None else np.asarray(pull, dtype=np.float64)
    if start is not None and overlaps(rows.A, start):
        return Separation("none", fit_intercept=fit_intercept)
    if _sample_overlaps(rows):
        return Separation("none", fit_intercept=fit_intercept)
    return _thorough(data, labels, fit_intercept)


class _Distinct(NamedTuple):
    """Rows that differ, and for every sample the one that it equals."""

    X: FloatArray
    y: FloatArray
    inverse: IntArray


def _thorough(X: FloatArray, y: FloatArray, fit_intercept: bool) -> Separation:
    """Judge with the collinear columns and the repeated rows left out."""
    collinear = collinear_columns(SignedRows.of(X, y, fit_intercept).A, int(fit_intercept))
    kept = np.setdiff1d(np.arange(X.shape[1]), collinear)
    if collinear.size and _sample_overlaps(SignedRows.of(X[:, kept], y, fit_intercept)):
        return Separation("none", collinear=collinear, fit_intercept=fit_intercept)
    distinct = _distinct(X[:, kept], y)
    rows = SignedRows.of(distinct.X, distinct.y, fit_intercept)
    overlap, params = scout(rows.A)
    if overlap:
        return Separation("none", collinear=collinear, fit_intercept=fit_intercept)
    found = _wide(rows, params) or partition(rows, _tightest(rows, params))
    if found.direction is None:
        return Separation("none", collinear=collinear, is_exact=found.is_exact, fit_intercept=fit_intercept)
    found = single_column(rows, found) or found
    return _verdict(rows, found, distinct, X, kept, collinear)


def _verdict(
    rows: SignedRows, found: Partition, distinct: _Distinct, X: FloatArray, kept: IntArray, collinear: IntArray
) -> Separation:
    """Translate a partition of the distinct rows into the units and indices of the user."""
    assert found.direction is not None
    exact = rows.user_direction(found.direction)
    slopes = [*exact[: len(kept)]]
    full = [*[exact[0] * 0] * X.shape[1], *exact[len(kept) :]]
    for j, slope in zip(kept, slopes, strict=True):
        full[j] = slope
    unit = max((abs(d) for d in full[: X.shape[1]]), default=exact[-1]) or abs(exact[-1])
    exact_direction = tuple(d / unit for d in full)
    is_separated: BoolArray = np.isin(distinct.inverse, found.separated)
    kind: Kind = "complete" if is_separated.all() else "quasi-complete"
    return Separation(
        kind,
        direction=np.array([_rounded(d) for d in exact_direction]),
        exact_direction=exact_direction if found.is_exact else None,
        columns=np.array([j for j, d in zip(kept, slopes, strict=True) if d], dtype=np.intp),
        separated=np.flatnonzero(is_separated),
        boundary=np.flatnonzero(~is_separated),
        collinear=collinear,
        is_exact=found.is_exact,
        fit_intercept=rows.fit_intercept,
    )


def checked(X: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return X dense in float64 and y as 0.0 and 1.0; refuse what is neither."""
    data = np.asarray(_dense(X), dtype=np.float64)
    labels = np.asarray(y, dtype=np.float64)
    if data.ndim != 2:
        raise InvalidInputError(f"`X` must have two dimensions; got {data.ndim}.")
    if labels.shape != (len(data),):
        raise InvalidInputError(
            f"`y` must have shape ({len(data)},), one label for each row of `X`; got {labels.shape}."
        )
    if not np.isfinite(data).all():
        i, j = np.argwhere(~np.isfinite(data))[0]
        raise InvalidInputError(f"`X` must be finite; got {data[i, j]} at row {i}, column {j}.")
    wrong = np.flatnonzero((labels != 0) & (labels != 1))
    if wrong.size:
        raise InvalidInputError(f"`y` must be 0 or 1; got {labels[wrong[0]]} at index {wrong[0]}.")
    return data, labels


def _dense(X: ArrayLike) -> ArrayLike:
    toarray = getattr(X, "toarray", None)
    if toarray is None:
        return X
    dense: FloatArray = toarray()
    return dense


def _sample_overlaps(rows: SignedRows) -> bool:
    """Whether a scout proves an overlap of a sample of the rows, or of all where they are few."""
    n, p = rows.A.shape
    if n <= p or not p:
        return False
    size = max(_SAMPLE, 20 * p)
    if n <= 2 * size:
        return scout(rows.A)[0]
    return scout(rows.A[np.random.default_rng(0).choice(n, size, replace=False)])[0]


def _wide(rows: SignedRows, params: FloatArray) -> Partition | None:
    """In many columns, a fit that separates completely is direction enough, though no short one."""
    every = np.arange(rows.n_rows)
    if rows.n_columns < _MANY_COLUMNS or not np.isfinite(params).all() or not params.any():
        return None
    short = [round(float(d) * 2**40) for d in params / np.abs(params).max()]
    direction = np.array(short, dtype=object)
    return Partition(direction, every) if np.all(rows.signs(direction, every) > 0) else None


def _distinct(X: FloatArray, y: FloatArray) -> _Distinct:
    """Group equal rows of equal label: a repetition changes no verdict."""
    table = np.column_stack([X, y]) + 0.0  # −0.0 and 0.0 are one value
    factors = np.random.default_rng(0).integers(1, 2**63, table.shape[1], dtype=np.uint64) | np.uint64(1)
    key = (table.view(np.uint64) * factors).sum(axis=1, dtype=np.uint64)  # modulo 2⁶⁴
    _, index, inverse = np.unique(key, return_index=True, return_inverse=True)
    if not np.array_equal(table[index][inverse], table):  # two rows with one key
        _, index, inverse = np.unique(table, axis=0, return_index=True, return_inverse=True)
    return _Distinct(X[index], y[index], inverse.reshape(-1))


def _tightest(rows: SignedRows, params: FloatArray) -> IntArray:
    """The rows that a fit puts deepest on the wrong side, or nearest to it on the right one."""
    length = np.sqrt(np.einsum("ij,ij->i", rows.A, rows.A)) + 1e-300
    order = np.argsort(rows.A @ params / length, kind="stable")
    return order[: 3 * rows.n_columns + 50]


def _rounded(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return float(np.copysign(np.finfo(np.float64).max, 1 if value > 0 else -1))


__all__ = ["checked", "find_separation"]
