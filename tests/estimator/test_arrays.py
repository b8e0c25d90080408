"""Bad arrays get a sentence that says where."""

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array, csr_matrix

from logitscope import LogisticRegression
from logitscope._exceptions import InvalidInputError

X = np.arange(12.0).reshape(4, 3)
y = np.array([0, 1, 0, 1])


def with_value(value, dtype=float):
    bad = X.astype(dtype)
    bad[2, 1] = value
    return bad


@pytest.mark.parametrize(
    ("bad", "got"),
    [
        (with_value(np.nan), "NaN in row 2, column 1."),
        (with_value(np.inf), "inf in row 2, column 1."),
        (with_value(-np.inf, np.float32), "-inf in row 2, column 1."),
        (with_value(np.nan).tolist(), "NaN in row 2, column 1."),
        (csr_array(with_value(np.nan)), "NaN in row 2, column 1."),
        (csr_matrix(with_value(np.inf)), "inf in row 2, column 1."),
        (with_value(None, object), "None in row 2, column 1."),
        (with_value("red", object), "'red' in row 2, column 1."),
        (np.array([["v", "1"], ["2", "x"], ["3", "4"], ["5", "6"]]), "'v' in row 0, column 0."),
        (pd.DataFrame(with_value(np.nan), columns=list("abc")), "NaN in row 2, column 1 ('b')."),
        (pd.DataFrame({"a": [1, 2, 3, 4], "b": ["u", "v", "w", "x"]}), "'u' in row 0, column 1 ('b')."),
    ],
)
def test_first_bad_entry_is_named(bad, got):
    with pytest.raises(InvalidInputError) as caught:
        LogisticRegression().fit(bad, y)
    assert str(caught.value) == f"`X` must hold finite numbers; got {got}"


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
def test_first_bad_entry_is_named_in_predictions(method):
    clf = LogisticRegression(tol=0, max_iter=1).fit(X, y)
    with pytest.raises(InvalidInputError) as caught:
        getattr(clf, method)(with_value(np.nan))
    assert str(caught.value) == "`X` must hold finite numbers; got NaN in row 2, column 1."


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        ([0, 1, np.nan, 1], "`y` must not have missing or infinite labels; got NaN at index 2."),
        ([0, 1, 0, np.inf], "`y` must not have missing or infinite labels; got inf at index 3."),
        (
            np.array(["a", None, "b", "b"], dtype=object),
            "`y` must hold labels of one kind; got 'a' at index 0 and None at index 1.",
        ),
        (
            np.array(["a", np.nan, "b", "b"], dtype=object),
            "`y` must not have missing or infinite labels; got NaN at index 1.",
        ),
        (
            pd.Series(["a", "b", pd.NA, "b"], dtype="string"),
            "`y` must not have missing or infinite labels; got NaN at index 2.",
        ),
        (
            [[0.5, 0.5], [1.0, 0.0], [0.0, 1.0], [np.nan, 0.5]],
            "`y` must not have missing or infinite labels; got NaN at row 3, column 0.",
        ),
        ([0, 1, 0], "`y` must have as many entries as `X` has rows, 4; got 3."),
        (
            [[0.5, 0.5], [1.0, 0.0], [0.5, 0.6], [0.0, 1.0]],
            "`y` must have shape (n_samples,), or rows of probabilities in [0, 1] that sum to 1;"
            " got [0.5, 0.6] in row 2.",
        ),
        (
            [[0.5, 0.5], [1.5, -0.5], [0.5, 0.5], [0.0, 1.0]],
            "`y` must have shape (n_samples,), or rows of probabilities in [0, 1] that sum to 1;"
            " got [1.5, -0.5] in row 1.",
        ),
    ],
)
def test_bad_labels(labels, message):
    with pytest.raises(InvalidInputError) as caught:
        LogisticRegression().fit(X, labels)
    assert str(caught.value) == message


@pytest.mark.parametrize(("shape", "axis"), [((0, 3), "sample"), ((4, 0), "feature")])
def test_empty_data(shape, axis):
    with pytest.raises(InvalidInputError) as caught:
        LogisticRegression().fit(np.empty(shape), y[: shape[0]])
    assert str(caught.value) == (
        f"`X` must have rows and columns; got 0 {axis}(s) (shape={shape}) while a minimum of 1 is required."
    )


def test_scikit_learns_own_messages_are_kept():
    clf = LogisticRegression(tol=0, max_iter=1).fit(X, y)
    with pytest.raises(ValueError, match=r"^X has 2 features, but LogisticRegression is expecting 3 features"):
        clf.predict(X[:, :2])


def test_good_data_are_not_searched(monkeypatch):
    monkeypatch.setattr("logitscope.estimator._arrays._reason", lambda *_: pytest.fail("searched"))
    LogisticRegression(tol=0, max_iter=1).fit(X, y)
