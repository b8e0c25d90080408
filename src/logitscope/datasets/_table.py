"""Rows of fields as a dataset: which column holds the labels, which classes are they, are the rest numbers.

Nothing here knows separators or quotes; no value is guessed, and what is no number is refused with its line.
"""

import os
import re
from itertools import chain
from numbers import Integral
from pathlib import Path

import numpy as np

from logitscope._exceptions import DatasetError
from logitscope._typing import FloatArray, IntArray
from logitscope.datasets._base import Dataset
from logitscope.datasets._fields import MISSING, Fields, has_decimal_comma, is_number, read_fields

MISSING_LABELS = MISSING - {"none", "."}  # which are words for a class, unlike the others
MOST_FRACTIONS = 20  # a target with more different fractional numbers is a measurement, not a class


def read_table(path: str | os.PathLike[str], target: str | int | None = None) -> Dataset:
    """Read a table of numbers with one column of labels.

    Fields are separated by commas, semicolons or tabs, in UTF-8. The first row is the header if some column
    has text there and numbers below, or if it holds the name `target`. Columns of a file without a header are
    called x0, x1, ….

    Parameters
    ----------
    path : str or path
    target : str, int or None
        Name of the column of labels, or its index from 0 (from −1 backwards); the last one if None. Text that
        is no column's name and reads as an integer is an index.

    Returns
    -------
    Dataset
        Classes are numbered in the order of their labels: by value if all are numbers, as text otherwise.

    Raises
    ------
    DatasetError
        If the file cannot be read as such a table; the message names line and column, and what would help.
    """
    table = read_fields(path, target)
    column = _target_column(table, target)
    labels = [row[column].strip() for row in table.rows]
    y, target_names = _encode(table, column, labels)
    X = _numbers(table, column)
    feature_names = tuple(name for index, name in enumerate(table.names) if index != column)
    description = f"{Path(path).name}: {len(y)} rows, target {table.names[column]!r}."
    return Dataset(X, y, feature_names, target_names, description)


def _target_column(table: Fields, target: str | int | None) -> int:
    n_columns = len(table.names)
    if target is None:
        return n_columns - 1
    if isinstance(target, str) and target in table.names:
        return table.names.index(target)
    is_index = isinstance(target, Integral) and not isinstance(target, bool)
    if is_index or (isinstance(target, str) and re.fullmatch(r"-?\d+", target)):
        index = int(target)
        if -n_columns <= index < n_columns:
            return index % n_columns
    header = "" if table.has_header else " (there is no header)"
    raise DatasetError(
        f"`target` must be a column of {table.path}{header}: an index from 0 to {n_columns - 1} or one of "
        f"{', '.join(map(repr, table.names))}; got {target!r}."
    )


def _encode(table: Fields, column: int, labels: list[str]) -> tuple[IntArray, tuple[str, ...]]:
    """Class codes, and the names of the classes in order."""
    distinct = set(labels)
    missing = next((label for label in labels if label.lower() in MISSING_LABELS), None)
    if missing is not None:
        raise table.error(
            labels.index(missing),
            column,
            f"the label is missing (got {missing!r}). Remove the row or label it.",
        )
    if all(map(_is_exact_number, distinct)):  # "1" and "1.0" are one class
        canonical = {label: _number_name(float(label)) for label in distinct}
        names = tuple(sorted(set(canonical.values()), key=float))
    else:
        canonical = {label: label for label in distinct}
        names = tuple(sorted(distinct))
    _require_classes(table, column, names, len(labels))
    codes = {name: code for code, name in enumerate(names)}
    code_of = {label: codes[name] for label, name in canonical.items()}
    return np.array([code_of[label] for label in labels], dtype=np.intp), names


def _is_exact_number(label: str) -> bool:
    """Tell a number from text and from long identifiers, which floats would merge."""
    return is_number(label) and abs(float(label)) < 2**53


def _number_name(value: float) -> str:
    return str(int(value)) if value.is_integer() else repr(value)


def _require_classes(table: Fields, column: int, names: tuple[str, ...], n_rows: int) -> None:
    place = f"{table.path}, column {table.names[column]!r}"
    others = f"Name the column of labels with `target=`: {', '.join(map(repr, table.names))}."
    if len(names) == 1:
        raise DatasetError(f"{place}: the target has one class, {names[0]!r}, and two are needed. {others}")
    measured = len(names) > MOST_FRACTIONS and all(map(is_number, names)) and not _are_integers(names)
    if measured or len(names) > max(2, n_rows / 2):
        raise DatasetError(
            f"{place}: the target has {len(names)} different values in {n_rows} rows, which are no classes. {others}"
        )


def _are_integers(names: tuple[str, ...]) -> bool:
    return all(float(name).is_integer() for name in names)


def _numbers(table: Fields, target_column: int) -> FloatArray:
    """All columns but the target as numbers, (n_samples, n_features)."""
    features = [row[:target_column] + row[target_column + 1 :] for row in table.rows]
    n_samples, n_features = len(features), len(features[0])
    try:
        X = np.fromiter(
            map(float, chain.from_iterable(features)), dtype=np.float64, count=n_samples * n_features
        ).reshape(n_samples, n_features)
    except ValueError:
        raise _first_refused(table, target_column) from None
    # float() also reads nan, inf and 1_000; the search for the last takes time, and is rarely needed.
    has_more = table.text.count("_") > "".join(table.names).count("_")
    if not np.isfinite(X).all() or (has_more and any("_" in field for row in features for field in row)):
        raise _first_refused(table, target_column)
    return X


def _first_refused(table: Fields, target_column: int) -> DatasetError:
    """Find the first field that is no finite number, row by row."""
    for row, fields in enumerate(table.rows):
        for column, field in enumerate(fields):
            if column != target_column and not is_number(field):
                return table.error(row, column, _refusal(field.strip()))
    raise AssertionError("no field is refused")  # pragma: no cover


def _refusal(field: str) -> str:
    if field.lower() in MISSING:
        return f"the value is missing (got {field!r}). Remove the row or fill in a number."
    if has_decimal_comma(field):
        return f"a feature must be a number; got {field!r}. Write decimals with a point."
    if _reads_as_float(field):
        return f"a feature must be finite; got {field!r}. Remove the row or replace the value."
    return (
        f"a feature must be a number; got {field!r}. Encode the column as numbers or remove it; if it holds "
        "the labels, name it with `target=`."
    )


def _reads_as_float(field: str) -> bool:
    """Tell -nan, inf and 1e999 from text."""
    try:
        float(field)
    except ValueError:
        return False
    return "_" not in field


__all__ = ["read_table"]
