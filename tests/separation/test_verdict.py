"""The sentences, whole."""

import numpy as np
import pytest

from logitscope._exceptions import InvalidInputError
from logitscope.separation import Separation, find_separation

REMEDY = "Use a penalty (such as alpha=0.01) or penalty='firth'"
NO_MAXIMUM = "The unpenalised likelihood has no maximum."


def test_overlap():
    found = find_separation([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1])
    assert str(found) == "The classes overlap: no direction separates them."
    assert not found


def test_falling_column_by_name():
    found = find_separation([[0.0], [1.0], [2.0], [3.0]], [1, 1, 0, 0])
    assert found.sentence(["age"]) == (
        f"The classes are completely separated: label 1 exactly where age < 1.5. {NO_MAXIMUM} "
        f"{REMEDY}, or leave out 'age'."
    )


def test_quasi_complete_counts_its_rows():
    found = find_separation([[0.0], [1.0], [1.0], [3.0], [4.0]], [0, 0, 1, 1, 1])
    assert str(found) == (
        "The classes are quasi-completely separated: label 1 wherever x0 > 1 and label 0 wherever x0 < 1; both labels "
        f"only at equality (2 rows there, 3 not). {NO_MAXIMUM} {REMEDY}, or leave out 'x0'."
    )


def test_two_columns():
    found = find_separation([[0.0, 0], [1, 0], [0, 1], [1, 1]], [0, 0, 0, 1])
    assert str(found) == (
        f"The classes are completely separated: label 1 exactly where 1·x0 + 1·x1 > 1.5. {NO_MAXIMUM} {REMEDY}, "
        "or leave out one of the columns that take part: 'x0', 'x1'."
    )


def test_one_class():
    found = find_separation([[0.0], [1.0]], [0, 0])
    assert str(found) == (
        f"The classes are completely separated: every row has label 0. {NO_MAXIMUM} "
        f"{REMEDY}, or give rows of both labels."
    )


def test_many_columns_are_counted():
    found = Separation("complete", direction=np.r_[np.ones(8), 0.0], columns=np.arange(8))
    assert str(found) == (
        "The classes are completely separated: label 1 exactly where 1·x0 + 1·x1 + 1·x2 + 1·x3 + 1·x4 + 1·x5 + … "
        f"(2 more columns) > 0. {NO_MAXIMUM} {REMEDY}, or leave out one of the columns that take part: 'x0', 'x1', "
        "'x2', 'x3', 'x4', 'x5' and 2 more columns."
    )


def test_names_must_fit():
    found = find_separation([[0.0], [1.0]], [0, 1])
    with pytest.raises(InvalidInputError) as error:
        found.sentence(["a", "b"])
    assert str(error.value) == "`feature_names` must have 1 names, one for each feature; got 2."
