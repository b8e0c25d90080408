"""X and y at the boundary: scikit-learn's checks, and the sentence that says where the bad value is.

It knows arrays and tables of any kind; it never knows what a label means.
"""

from typing import Any

import numpy as np
from scipy.sparse import issparse
from sklearn.utils.validation import validate_data

from logitscope._exceptions import InvalidInputError
from logitscope.estimator._extremes import are_moderate, refuse_extremes
from logitscope.estimator._kinds import check_labels, check_table, short

_NOT_GIVEN = "no_validation"  # scikit-learn's word for a call without y; y=None is a mistake that it reports


def validated(estimator: Any, X: Any, y: Any = _NOT_GIVEN, *, reset: bool = False, soft: bool = False) -> Any:
    """Return X, or (X, y), checked: float32 or float64, dense or CSR in canonical form, finite, of one length.

    Parameters
    ----------
    estimator : LogisticRegression
        Its `n_features_in_` and `feature_names_in_` are set if `reset`, else compared.
    soft : bool
        Whether y may have several columns.

    Raises
    ------
    InvalidInputError
        Naming the row and column of the first value that cannot be used, or the lengths that differ; with `reset`,
        columns of numbers that cannot be computed with.
    ValueError
        scikit-learn's, for anything else.
    """
    has_labels = not (isinstance(y, str) and y == _NOT_GIVEN)
    if _is_plain(X, y if has_labels else None):
        if reset and y is not None:
            _see_unnamed(estimator, X)
        else:
            validate_data(estimator, X, y, reset=reset, skip_check_array=True)
        if reset:
            refuse_extremes(X, is_moderate=True)
        return (X, y) if has_labels else X
    check_table(X)
    if has_labels:
        y = check_labels(y)
    options: dict[str, Any] = {"dtype": [np.float64, np.float32], "accept_sparse": "csr", "reset": reset}
    if has_labels:
        options["multi_output"] = soft
    try:
        with np.errstate(over="ignore", invalid="ignore"):  # its first test for finite numbers sums them
            checked = validate_data(estimator, X, y, **options)
        X_checked = _canonical(checked[0] if has_labels else checked)
        if reset:
            refuse_extremes(X_checked)
        return (X_checked, checked[1]) if has_labels else X_checked
    except (TypeError, ValueError) as error:
        # Looked for only now: a second pass over good data would cost as much as an epoch.
        reason = _reason(X, y)
        if reason is None:
            raise
        raise InvalidInputError(reason) from error


def _see_unnamed(estimator: Any, X: Any) -> None:
    """Do what scikit-learn does of an array's names and width; looking for names takes it as long as a small fit."""
    estimator.n_features_in_ = X.shape[1]
    if hasattr(estimator, "feature_names_in_"):
        del estimator.feature_names_in_


def _canonical(X: Any) -> Any:
    """Return X with at most one entry a place: squares of entries are otherwise not those of what they sum to."""
    if not issparse(X) or X.has_canonical_format:
        return X
    X = X.copy()
    X.sum_duplicates()
    return X


def _is_plain(X: Any, y: Any) -> bool:
    """Whether X and y are arrays in which scikit-learn's conversions would change nothing, of one length, finite."""
    if type(X) is not np.ndarray or X.dtype not in (np.float64, np.float32) or X.ndim != 2 or 0 in X.shape:
        return False
    if y is not None:
        if type(y) is not np.ndarray or y.ndim != 1 or y.dtype.kind not in "biuf" or len(y) != len(X):
            return False
        if y.dtype.kind == "f" and not np.isfinite(y).all():
            return False
    return are_moderate(X)


def _reason(X: Any, y: Any) -> str | None:
    shape = np.shape(X)
    if len(shape) != 2:
        fix = " Reshape your data to (-1, 1) if it is one feature, to (1, -1) if it is one sample."
        return (
            f"`X` must have 2 dimensions, (n_samples, n_features); got {len(shape)}, shape {shape}."
            f"{fix if len(shape) < 2 else ''}"
        )
    if 0 in shape:
        axis = "0 sample(s)" if shape[0] == 0 else "0 feature(s)"
        return f"`X` must have rows and columns; got {axis} (shape={shape}) while a minimum of 1 is required."
    for column, dtype in enumerate(getattr(X, "dtypes", ())):
        if getattr(dtype, "fill_value", 0) != 0:
            return (
                f"`X` must have sparse columns whose fill value is 0; got {_shown(dtype.fill_value)} in column {column}"
                f" ({X.columns[column]!r}). Use X.sparse.to_dense()."
            )
    bad = _first_bad(X)
    if bad is not None:
        row, column, value = bad
        names = getattr(X, "columns", None)
        name = "" if names is None else f" ({names[column]!r})"
        return f"`X` must hold finite numbers; got {value} in row {row}, column {column}{name}."
    if y is None or isinstance(y, str):
        return None
    labels = np.asarray(y)
    bad_label = next((place for place, value in np.ndenumerate(labels) if _is_missing(value)), None)
    if bad_label is not None:
        place = f"index {bad_label[0]}" if labels.ndim == 1 else f"row {bad_label[0]}, column {bad_label[1]}"
        return f"`y` must not have missing or infinite labels; got {_shown(labels[bad_label])} at {place}."
    if labels.ndim > 0 and len(labels) != shape[0]:
        return f"`y` must have as many entries as `X` has rows, {shape[0]}; got {len(labels)}."
    if labels.ndim == 2 and labels.shape[1] > 1 and labels.dtype.kind == "f":
        return _no_probabilities(labels)
    if labels.ndim == 2 and labels.shape[1] > 1:
        return (
            "`y` must have shape (n_samples,), or rows of probabilities, of a floating type, that sum to 1;"
            f" got shape {labels.shape} of type {labels.dtype}."
        )
    return None


def _first_bad(X: Any) -> tuple[int, int, str] | None:
    """Row, column and text of the first entry of X that is no finite number."""
    if issparse(X):
        entries = X.tocoo()
        for place in np.flatnonzero(~np.isfinite(entries.data))[:1]:
            return int(entries.row[place]), int(entries.col[place]), _shown(entries.data[place])
        return None
    values = np.asarray(X)
    if values.dtype.kind not in "fOUS":
        return None
    for (row, column), value in np.ndenumerate(values):
        try:
            if np.isfinite(float(value)):
                continue
        except ValueError:
            return row, column, repr(value.item() if isinstance(value, np.generic) else value)
        except TypeError:
            if not _is_missing(value):
                return None
        return row, column, _shown(value)
    return None


def _is_missing(value: Any) -> bool:
    """Whether a label is NaN, infinite, None or pandas' NA."""
    if isinstance(value, float | np.floating):
        return not np.isfinite(value)
    if isinstance(value, np.datetime64 | np.timedelta64):
        return bool(np.isnat(value))
    return value is None or type(value).__name__ in ("NAType", "NaTType")


def _shown(value: Any) -> str:
    if isinstance(value, float | np.floating):
        return "NaN" if np.isnan(value) else str(float(value))
    if isinstance(value, np.datetime64 | np.timedelta64):
        return "NaT"
    return "NaN" if type(value).__name__ in ("NAType", "NaTType") else short(value)


def _no_probabilities(labels: Any) -> str:
    inside = ((labels >= 0) & (labels <= 1)).all(axis=1)
    row = int(np.flatnonzero(~(inside & np.isclose(labels.sum(axis=1), 1.0)))[0])
    return (
        "`y` must have shape (n_samples,), or rows of probabilities in [0, 1] that sum to 1;"
        f" got {labels[row].tolist()} in row {row}."
    )


__all__ = ["validated"]
