"""Every ill-posed or invalid input, with the sentence that refuses it or the value that is mathematically right."""

# ruff: noqa: E501 (a table: a row a line)
import datetime
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from logitscope import LogisticRegression, Status
from logitscope._exceptions import RankWarning

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

rng = np.random.default_rng(0)
X = rng.standard_normal((40, 2)).round(4)
y = (X[:, 0] + rng.standard_normal(40) > 0).astype(int)
S = np.where(np.abs(X) > 0.3, X, 0.0)
ONE = np.ones(40)
TEXT = np.array(["no", "yes"])[y]
LONG = np.finfo(np.longdouble).eps < np.finfo(np.float64).eps  # elsewhere long doubles are doubles


def fit(X, y, sample_weight=None, *, solver="newton", **parameters):
    return LogisticRegression(solver=solver, **parameters).fit(X, y, sample_weight)


def with_value(array, value, at=3):
    array = np.array(array, dtype=None if array.dtype == object else np.result_type(array, np.asarray(value)))
    array[at] = value
    return array


PLAIN = fit(X, y)
SPARSE = fit(S, y)

MASK = "must not be a masked array: its mask would be lost. Leave the masked rows out, or fill them with"
ROUND = "Convert it with X.astype(float) if it may be rounded."
RESHAPE = "Reshape your data to (-1, 1) if it is one feature, to (1, -1) if it is one sample."
TABLE = "`X` must be an array, a table or a list of rows; got"
LABELS = "`y` must be an array or a list of labels; got"
KINDS = "`y` must hold labels that are text, numbers or truth values, in an array of their type; got objects such as"
CONVERT = "Convert it, for instance with y.astype(str). (Unknown label type: unknown.)"
MISSING = "`y` must not have missing or infinite labels; got"
TIME = "Subtract a start and divide by a unit, as in (X - start) / np.timedelta64(1, 'D')."
IS_TEXT = "It is text: use X.astype(float) if it is meant as a number."

# ---------------------------------------------------------------- X is refused

REFUSED_X = [
    (np.ma.masked_array(X, X > 1), f"`X` {MASK} X.filled(value)."),
    (np.ma.masked_array(X), f"`X` {MASK} X.filled(value)."),
    (list(np.ma.masked_array(X, X > 1)), f"`X` {MASK} X.filled(value)."),
    (X + 1j, "`X` must hold real numbers; got (0.1257+1j) in row 0, column 0. (Complex data not supported.)"),
    (X + 0j, "`X` must hold real numbers; got (0.1257+0j) in row 0, column 0. (Complex data not supported.)"),
    (
        X.astype("M8[s]"),
        f"`X` must hold numbers; got the time 1970-01-01T00:00:00 in row 0, column 0. {TIME}",
    ),
    (
        (100 * X).astype("m8[s]"),
        "`X` must hold numbers; got the duration 12 seconds in row 0, column 0. Divide by a unit, as in X /"
        " np.timedelta64(1, 'D').",
    ),
    (X.astype(str), f"`X` must hold finite numbers; got '0.1257' in row 0, column 0. {IS_TEXT}"),
    (X.astype("S6"), f"`X` must hold finite numbers; got b'0.1257' in row 0, column 0. {IS_TEXT}"),
    (np.array([["a", "b"]] * 40), "`X` must hold finite numbers; got 'a' in row 0, column 0."),
    (np.array([["1", "2"]] * 40, dtype=np.dtypes.StringDType()), f"`X` must hold finite numbers; got '1' in row 0, column 0. {IS_TEXT}"),
    (with_value(X.astype(object), "red", (2, 1)), "`X` must hold finite numbers; got 'red' in row 2, column 1."),
    (
        with_value(X.astype(object), 1 + 2j, (2, 1)),
        "`X` must hold real numbers; got (1+2j) in row 2, column 1. (Complex data not supported.)",
    ),
    (
        with_value(X.astype(object), datetime.date(2026, 1, 1), (2, 1)),
        f"`X` must hold numbers; got the time 2026-01-01 in row 2, column 1. {TIME}",
    ),
    (
        with_value(X.astype(object), len, (2, 1)),
        "`X` must hold numbers; got <built-in function len> in row 2, column 1. (float() argument must be a string or a"
        " real number.)",
    ),
    (with_value(X, np.nan, (2, 1)), "`X` must hold finite numbers; got NaN in row 2, column 1."),
    (with_value(X, np.inf, (2, 1)), "`X` must hold finite numbers; got inf in row 2, column 1."),
    (with_value(X.astype(object), None, (2, 1)), "`X` must hold finite numbers; got None in row 2, column 1."),
    (
        np.array([[2**53], [2**53 + 1]] * 20),
        f"`X` must hold numbers that float64 can hold; got 9007199254740993 in row 1, column 0. {ROUND}",
    ),
    (
        np.array([[2**63], [2**63 + 1]] * 20, dtype=np.uint64),
        f"`X` must hold numbers that float64 can hold; got 9223372036854775809 in row 1, column 0. {ROUND}",
    ),
    (
        with_value(X.astype(object), 10**400, (2, 1)),
        f"`X` must hold numbers that float64 can hold; got 10000000000000000000… (401 digits) in row 2, column 1. {ROUND}",
    ),
    (
        np.zeros(40, dtype=[("a", float), ("b", int)]),
        "`X` must be an array of numbers; got a structured array with fields 'a', 'b'."
        " Use numpy.lib.recfunctions.structured_to_unstructured(X).",
    ),
    (X[:, 0], f"`X` must have 2 dimensions, (n_samples, n_features); got 1, shape (40,). {RESHAPE}"),
    (pd.Series(X[:, 0]), f"`X` must have 2 dimensions, (n_samples, n_features); got 1, shape (40,). {RESHAPE}"),
    (X[:, :, None], "`X` must have 2 dimensions, (n_samples, n_features); got 3, shape (40, 2, 1)."),
    (3.0, f"`X` must have 2 dimensions, (n_samples, n_features); got 0, shape (). {RESHAPE}"),
    ([], f"`X` must have 2 dimensions, (n_samples, n_features); got 1, shape (0,). {RESHAPE}"),
    (range(40), f"`X` must have 2 dimensions, (n_samples, n_features); got 1, shape (40,). {RESHAPE}"),
    (None, f"{TABLE} None."),
    ("table.csv", f"{TABLE} 'table.csv'."),
    ({"a": [1, 2]}, f"{TABLE} a dict."),
    ({1, 2}, f"{TABLE} a set. Use list(X)."),
    ((row for row in X), f"{TABLE} a generator. Use list(X)."),
    (map(list, X), f"{TABLE} a map. Use list(X)."),
    (len, f"{TABLE} a builtin_function_or_method."),
    ([[1, 2], [3]], "`X` must have rows of one length; got 2 entries in row 0 and 1 in row 1."),
    (X[:0], "`X` must have rows and columns; got 0 sample(s) (shape=(0, 2)) while a minimum of 1 is required."),
    (X[:, :0], "`X` must have rows and columns; got 0 feature(s) (shape=(40, 0)) while a minimum of 1 is required."),
    (X[:39], "`y` must have as many entries as `X` has rows, 39; got 40."),
    # sparse
    (sp.csr_array((0, 2)), "`X` must have rows and columns; got 0 sample(s) (shape=(0, 2)) while a minimum of 1 is required."),
    (sp.csr_array((40, 0)), "`X` must have rows and columns; got 0 feature(s) (shape=(40, 0)) while a minimum of 1 is required."),
    (sp.csr_array(S * 1j), "`X` must hold real numbers; got 0.6404j in row 1, column 0. (Complex data not supported.)"),
    (sp.csr_array(with_value(S, np.nan, (2, 1))), "`X` must hold finite numbers; got NaN in row 2, column 1."),
    (sp.coo_array(X[:, 0]), f"`X` must have 2 dimensions, (n_samples, n_features); got 1, shape (40,). {RESHAPE}"),
    # tables
    (
        pd.DataFrame({"a": pd.Categorical(["1", "2"] * 20), "b": X[:, 1]}),
        f"`X` must hold finite numbers; got '1' in row 0, column 0 ('a'). {IS_TEXT}",
    ),
    (pd.DataFrame({"a": ["x"] * 40}), "`X` must hold finite numbers; got 'x' in row 0, column 0 ('a')."),
    (
        pd.DataFrame({"a": X[:, 0], "b": pd.date_range("2026", periods=40)}),
        f"`X` must hold numbers; got the time 2026-01-01T00:00:00.000000 in row 0, column 1 ('b'). {TIME}",
    ),
    (
        pd.DataFrame({"a": pd.array([1, None] * 20, dtype="Int64")}),
        "`X` must hold finite numbers; got NaN in row 1, column 0 ('a').",
    ),
    (
        pd.DataFrame({"a": pd.array([True, None] * 20, dtype="boolean"), "b": X[:, 1]}),
        "`X` must hold finite numbers; got NaN in row 1, column 0 ('a').",
    ),
    (
        pd.DataFrame({"a": pd.array([2**53 + 1, 0] * 20, dtype="Int64")}),
        f"`X` must hold numbers that float64 can hold; got 9007199254740993 in row 0, column 0 ('a'). {ROUND}",
    ),
    (pd.DataFrame(X, columns=["a", "a"]), "`X` must have columns of different names; got 'a' twice."),
    (
        pd.DataFrame(X, columns=["a", 1]),
        "Feature names are only supported if all input features have string names, but your input has ['int', 'str'] as"
        " feature name / column name types. If you want feature names to be stored and validated, you must convert them"
        " all to strings, by using X.columns = X.columns.astype(str) for example. Otherwise you can remove feature /"
        " column names from your input data, or convert them all to a non-string data type.",
    ),
    (
        pd.DataFrame({"a": pd.arrays.SparseArray(X[:, 0]), "b": pd.arrays.SparseArray(X[:, 1])}),
        "`X` must have sparse columns whose fill value is 0; got NaN in column 0 ('a'). Use X.sparse.to_dense().",
    ),
    # scales
    (
        X * 1e-320,
        "`X` must have columns of numbers that are 0 or not below 2.23e-308, where float64 loses digits; the largest of"
        " column 0 is 2.33e-320. Multiply the column by a power of two.",
    ),
    (
        np.where(X > 0, 1.7e308, -1.7e308),
        "`X` must have columns whose range float64 can hold; column 0 goes from -1.7e+308 to 1.7e+308. Divide the column"
        " by a power of two.",
    ),
]  # fmt: skip
if LONG:
    EPS = np.finfo(np.longdouble).eps
    REFUSED_X += [
        (
            np.ones((40, 1), dtype=np.longdouble) + EPS,
            f"`X` must hold numbers that float64 can hold; got 1.0000000000000000001 in row 0, column 0. {ROUND}",
        ),
        (
            X.astype(np.longdouble) * np.longdouble("1e4000"),
            f"`X` must hold numbers that float64 can hold; got {np.longdouble(X[0, 0]) * np.longdouble('1e4000')!s} in row 0,"
            f" column 0. {ROUND}",
        ),
        (
            sp.csr_array(np.ones((40, 1), dtype=np.longdouble) + EPS),
            f"`X` must hold numbers that float64 can hold; got 1.0000000000000000001 in row 0, column 0. {ROUND}",
        ),
    ]


def message_of(call, *arguments, **parameters):
    with pytest.raises((TypeError, ValueError)) as caught:
        call(*arguments, **parameters)
    return str(caught.value).strip()


@pytest.mark.parametrize(("bad", "expected"), REFUSED_X, ids=[text[:90] for _, text in REFUSED_X])
def test_x_is_refused(bad, expected):
    assert message_of(fit, bad, y) == expected


@pytest.mark.parametrize("indices", [7, -1])
@pytest.mark.parametrize("kind", ["csr", "csc", "coo"])
def test_indices_that_point_elsewhere(kind, indices):
    """Compiled code would follow them out of the array."""
    bad = getattr(sp, f"{kind}_array")(S)
    if kind == "coo":
        bad.col[5] = indices
    else:
        bad.indices[5] = 99 if (kind, indices) == ("csc", 7) else indices
    got, last = (99, 39) if (kind, indices) == ("csc", 7) else (indices, 39 if kind == "csc" else 1)
    assert message_of(fit, bad, y) == (
        f"`X` must be a well-formed sparse matrix, with indices from 0 to {last}; got {got} at entry 5."
    )


def test_indptr_that_does_not_fit():
    bad = sp.csr_array(S)
    bad.indptr[1] = 50
    assert message_of(fit, bad, y) == (
        "`X` must be a well-formed sparse matrix; got an indptr that does not fit its indices."
    )


@pytest.mark.filterwarnings("ignore:the matrix subclass:PendingDeprecationWarning")
def test_matrices():
    assert message_of(fit, np.matrix(X), y) == (
        "np.matrix is not supported. Please convert to a numpy array with np.asarray. For more information see:"
        " https://numpy.org/doc/stable/reference/generated/numpy.matrix.html"
    )


# ---------------------------------------------------------------- X of any kind gives the right value


def written(path, mode):
    memory = np.memmap(path, dtype=float, mode="w+", shape=X.shape)
    memory[:] = X
    memory.flush()
    return np.memmap(path, dtype=float, mode=mode, shape=X.shape)


def unaligned(tmp_path):
    return np.frombuffer(b"\0" + X.tobytes(), dtype=np.uint8)[1:].view(float).reshape(X.shape)


def read_only(tmp_path):
    array = X.copy()
    array.setflags(write=False)
    return array


def halves(kind):
    """Every entry of the first column in two halves at the same place."""
    values = np.concatenate([S[:, 0] / 2, S[:, 1], S[:, 0] / 2])
    rows, columns = np.tile(np.arange(40), 3), np.repeat([0, 1, 0], 40)
    if kind == "coo":
        return sp.coo_array((values, (rows, columns)), shape=(40, 2))
    order = np.argsort(rows, kind="stable")
    return sp.csr_array((values[order], columns[order], np.arange(0, 121, 3)), shape=(40, 2))


SAME_AS_PLAIN = {
    "object": lambda _: X.astype(object),
    "object with Fraction and Decimal": lambda _: np.array(
        [[Fraction(a), Decimal(float(b))] for a, b in X.tolist()], dtype=object
    ),
    "list": lambda _: X.tolist(),
    "tuples": lambda _: tuple(map(tuple, X.tolist())),
    "list of arrays": lambda _: list(X),
    "memoryview": lambda _: memoryview(X),
    "big-endian": lambda _: X.astype(">f8"),
    "longdouble": lambda _: X.astype(np.longdouble),
    "Fortran": lambda _: np.asfortranarray(X),
    "every other row": lambda _: np.repeat(X, 2, axis=0)[::2],
    "negative strides": lambda _: X[::-1, ::-1].copy()[::-1, ::-1],
    "read-only": read_only,
    "unaligned": unaligned,
    "memory-mapped": lambda path: written(path / "X", "r+"),
    "memory-mapped, read-only": lambda path: written(path / "X", "r"),
    "DataFrame": lambda _: pd.DataFrame(X),
    "DataFrame of Float64": lambda _: pd.DataFrame(X).astype("Float64"),
    "DataFrame of objects": lambda _: pd.DataFrame(X).astype(object),
    "DataFrame with another index": lambda _: pd.DataFrame(X, index=range(100, 140)),
    "DataFrame of sparse columns": lambda _: pd.DataFrame(
        {"a": pd.arrays.SparseArray(X[:, 0], fill_value=0), "b": pd.arrays.SparseArray(X[:, 1], fill_value=0)}
    ),
    "CSR": lambda _: sp.csr_array(X),
}


@pytest.mark.parametrize("kind", SAME_AS_PLAIN)
def test_x_of_any_kind(kind, tmp_path):
    clf = fit(SAME_AS_PLAIN[kind](tmp_path), y)
    np.testing.assert_allclose(clf.coef_, PLAIN.coef_, rtol=1e-12)
    assert clf.coef_.dtype == np.float64
    assert clf.status_ is Status.CONVERGED


SAME_AS_SPARSE = {
    "CSR": lambda: sp.csr_array(S),
    "CSR matrix": lambda: sp.csr_matrix(S),
    "explicit zeros": lambda: sp.csr_array((S.ravel(), np.tile([0, 1], 40), np.arange(0, 81, 2)), shape=(40, 2)),
    "unsorted indices": lambda: sp.csr_array(
        (S[:, ::-1].ravel(), np.tile([1, 0], 40), np.arange(0, 81, 2)), shape=(40, 2)
    ),
    "CSR with entries in halves": lambda: halves("csr"),
    "COO with entries in halves": lambda: halves("coo"),
    "longdouble": lambda: sp.csr_array(S.astype(np.longdouble)),
    "long indices": lambda: sp.csr_array(
        (sp.csr_array(S).data, sp.csr_array(S).indices.astype(np.int64), sp.csr_array(S).indptr.astype(np.int64)),
        shape=(40, 2),
    ),
    **{kind: lambda kind=kind: sp.csr_array(S).asformat(kind) for kind in ("csc", "coo", "lil", "dok", "bsr", "dia")},
}


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "auto", "gd"])
@pytest.mark.parametrize("kind", SAME_AS_SPARSE)
def test_sparse_of_any_kind(kind, solver):
    given = SAME_AS_SPARSE[kind]()
    before = [np.copy(getattr(given, name)) for name in ("data", "indices") if hasattr(given, name)]
    clf = fit(given, y, solver=solver, max_iter=500, record=solver == "gd")
    np.testing.assert_allclose(clf.coef_, SPARSE.coef_, rtol=1e-12 if solver != "gd" else 1e-3)
    if solver == "gd":  # norms of rows are squares of whole entries
        dense = fit(S, y, solver="gd", max_iter=500, record=True)
        np.testing.assert_allclose(clf.update_log_.update_norm, dense.update_log_.update_norm, rtol=1e-9, atol=1e-14)
    after = [getattr(given, name) for name in ("data", "indices") if hasattr(given, name)]
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new)


@pytest.mark.parametrize(
    ("given", "exact"),
    [
        ((10 * X).astype(int), (10 * X).astype(int).astype(float)),
        ((10 * np.abs(X)).astype(np.uint8), (10 * np.abs(X)).astype(np.uint8).astype(float)),
        (X > 0, (X > 0).astype(float)),
        (X.astype(np.float16), X.astype(np.float16).astype(float)),
        (sp.csr_array(X > 0), (X > 0).astype(float)),
        (sp.csr_array((10 * X).astype(int)), (10 * X).astype(int).astype(float)),
        (pd.DataFrame({"a": X[:, 0] > 0, "b": X[:, 1]}), np.column_stack([X[:, 0] > 0, X[:, 1]])),
        (pd.DataFrame({"a": pd.array(y[::-1], dtype="Int64")}), y[::-1, None].astype(float)),
        (pd.DataFrame({"a": pd.Categorical(y[::-1])}), y[::-1, None].astype(float)),
        (np.array([[2**60], [0]] * 20), np.array([[2.0**60], [0.0]] * 20)),
    ],
    ids=["int", "uint8", "bool", "float16", "CSR of bool", "CSR of int", "table of bool", "Int64", "categories", "2^60"],
)  # fmt: skip
def test_other_types_are_computed_with_as_float64(given, exact):
    clf, expected = fit(given, y), fit(exact, y)
    np.testing.assert_allclose(clf.coef_, expected.coef_, rtol=1e-12)
    assert clf.coef_.dtype == np.float64


# ---------------------------------------------------------------- y

REFUSED_Y = [
    (np.ma.masked_array(y), f"`y` {MASK} y.filled(value)."),
    (sp.csr_array(y[:, None]), "Sparse data was passed for y, but dense data is required. Use '.toarray()' to convert to a dense numpy array."),
    (None, "This LogisticRegression estimator requires y to be passed, but the target y is None."),
    (1, f"{LABELS} 1."),
    ("y", f"{LABELS} 'y'."),
    ({0: 1}, f"{LABELS} a dict."),
    ({0, 1}, f"{LABELS} a set. Use list(y)."),
    ((label for label in y), f"{LABELS} a generator. Use list(y)."),
    (iter(y), f"{LABELS} a iterator. Use list(y)."),
    (y[:39], "`y` must have as many entries as `X` has rows, 40; got 39."),
    (y[None], "`y` must have as many entries as `X` has rows, 40; got 1."),
    (y[:, None, None], "`y` must have shape (n_samples,); got shape (40, 1, 1)."),
    (y + 0j, "`y` must not be complex; got complex128. (Complex data not supported.)"),
    (np.zeros(40, dtype=[("a", int)]), "`y` must have one label a row; got a structured array. Choose one of its fields."),
    (np.where(X[:, 0] > 1, np.nan, y), f"{MISSING} NaN at index 3."),
    (np.where(X[:, 0] > 1, np.inf, y), f"{MISSING} inf at index 3."),
    (np.where(X[:, 0] > 1, np.datetime64("NaT"), np.array(["2025", "2026"], dtype="M8[D]")[y]), f"{MISSING} NaT at index 3."),
    (pd.Series(np.where(X[:, 0] > 1, None, y.astype(object)), dtype="Int64"), f"{MISSING} NaN at index 3."),
    (pd.Series(np.where(X[:, 0] > 1, None, y > 0), dtype="boolean"), f"{MISSING} NaN at index 3."),
    (pd.Series(pd.Categorical(np.where(X[:, 0] > 1, None, TEXT.astype(object)))), f"{MISSING} NaN at index 3."),
    (ONE, "`y` must hold at least two classes; got one class, 1.0. (Rows of weight 0 do not count.)"),
    (["a"] * 40, "`y` must hold at least two classes; got one class, 'a'. (Rows of weight 0 do not count.)"),
    (["a" * 10**5] * 40, f"`y` must hold at least two classes; got one class, '{'a' * 59}… (100002 characters). (Rows of weight 0 do not count.)"),
    ([1, "a"] * 20, "`y` must hold labels of one kind; got 1 at index 0 and 'a' at index 1."),
    (np.array([1, "a"] * 20, dtype=object), "`y` must hold labels of one kind; got 1 at index 0 and 'a' at index 1."),
    (np.array(["a", None] * 20, dtype=object), "`y` must hold labels of one kind; got 'a' at index 0 and None at index 1."),
    (np.array([datetime.date(2025, 1, 1), datetime.date(2026, 1, 1)])[1 - y], f"{KINDS} datetime.date(2025, 1, 1) at index 0. {CONVERT}"),
    (y.astype(object), f"{KINDS} 1 at index 0. {CONVERT}"),
    (pd.Series([(0, 1), (1, 2)] * 20), f"{KINDS} (0, 1) at index 0. {CONVERT}"),
    (np.array([b"a", b"b"])[y], "Support for labels represented as bytes is not supported. Convert the labels to a string or integer format."),
    (1.5 * y, "`y` must hold class labels, or soft labels in [0, 1]; got 1.5 at index 0. (Unknown label type: continuous.)"),
    (y - 0.5, "`y` must hold class labels, or soft labels in [0, 1]; got -0.5 at index 2. (Unknown label type: continuous.)"),
    (np.eye(2, dtype=int)[y], "`y` must have shape (n_samples,), or rows of probabilities, of a floating type, that sum to 1; got shape (40, 2) of type int64."),
    (np.full((40, 2), 0.45), "`y` must have shape (n_samples,), or rows of probabilities in [0, 1] that sum to 1; got [0.45, 0.45] in row 0."),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "expected"), REFUSED_Y, ids=[text[:90] for _, text in REFUSED_Y])
def test_y_is_refused(bad, expected):
    assert message_of(fit, X, bad) == expected


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (2 * y - 1, [-1, 1]),
        (y.astype(float), [0.0, 1.0]),
        (y.astype(bool), [False, True]),
        (y.astype(np.uint8), [0, 1]),
        (y.astype(np.float16), [0.0, 1.0]),
        (y.astype(np.longdouble), [0.0, 1.0]),
        (np.array([2**60, 2**60 + 1])[y], [2**60, 2**60 + 1]),
        (TEXT, ["no", "yes"]),
        (TEXT.tolist(), ["no", "yes"]),
        (TEXT.astype(object), ["no", "yes"]),
        (TEXT.astype(np.dtypes.StringDType()), ["no", "yes"]),
        (np.array(["a" * 10**5, "b" * 10**5])[y], ["a" * 10**5, "b" * 10**5]),
        (np.array(["", " "])[y], ["", " "]),
        (np.array(["2025-01-01", "2026-01-01"], dtype="M8[D]")[y], [datetime.date(2025, 1, 1), datetime.date(2026, 1, 1)]),
        (pd.Series(TEXT, dtype="category"), ["no", "yes"]),
        (pd.Series(pd.Categorical(TEXT, categories=["yes", "unused", "no"], ordered=True)), ["no", "yes"]),
        (pd.Series(TEXT, dtype="string"), ["no", "yes"]),
        (pd.Series(y, dtype="Int64"), [0, 1]),
        (pd.Series(y, dtype="boolean"), [0, 1]),
        (pd.Series(y, index=range(100, 140)), [0, 1]),
    ],
    ids=lambda value: None if isinstance(value, list) else type(value).__name__ + str(getattr(value, "dtype", ""))[:12],
)  # fmt: skip
def test_labels_of_any_kind_give_the_same_fit(labels, classes):
    clf = fit(X, labels)
    np.testing.assert_array_equal(clf.coef_, PLAIN.coef_)
    assert clf.classes_.tolist() == classes
    assert clf.predict(X).tolist() == np.array(classes, dtype=object)[PLAIN.predict(X)].tolist()


def test_as_many_classes_as_rows():
    clf = fit(X[:5], list("abcde"), alpha=0.1)
    assert clf.coef_.shape == (5, 2)
    assert clf.status_ is Status.CONVERGED


# ---------------------------------------------------------------- weights

REFUSED_WEIGHTS = [
    (with_value(ONE, -1.0), "`sample_weight` must hold finite numbers >= 0; got -1.0 at index 3."),
    (with_value(ONE, np.nan), "`sample_weight` must hold finite numbers >= 0; got nan at index 3."),
    (with_value(ONE, np.inf), "`sample_weight` must hold finite numbers >= 0; got inf at index 3."),
    (pd.Series(with_value(ONE.astype(object), None), dtype="Int64"), "`sample_weight` must hold finite numbers >= 0; got nan at index 3."),
    (0 * ONE, "`sample_weight` must have a weight > 0; got only zeros."),
    (y, "`y` must hold at least two classes; got one class, 1. (Rows of weight 0 do not count.)"),
    (1.7e308 * ONE, "`sample_weight` must give weights whose sum float64 can hold; got inf. Divide them: only ratios count."),
    (ONE[:39], "`sample_weight` must have one weight for each of the 40 rows; got 39."),
    (ONE[:, None], "`sample_weight` must have shape (n_samples,); got shape (40, 1)."),
    (np.ones((40, 2)), "`sample_weight` must have shape (n_samples,); got shape (40, 2)."),
    (np.ma.masked_array(ONE, X[:, 0] > 0), f"`sample_weight` {MASK} sample_weight.filled(value)."),
    (ONE + 0j, "`sample_weight` must hold real numbers; got (1+0j) at index 0. (Complex data not supported.)"),
    (["1"] * 40, "`sample_weight` must hold finite numbers; got '1' at index 0. It is text: use sample_weight.astype(float) if it is meant as a number."),
    (ONE.astype("m8[D]"), "`sample_weight` must hold numbers; got the duration 1 days at index 0. Divide by a unit, as in sample_weight / np.timedelta64(1, 'D')."),
    (sp.csr_array(ONE[:, None]), "`sample_weight` must be a dense array; got a sparse one. Use sample_weight.toarray().ravel()."),
    ({0: 1}, "`sample_weight` must be a number or an array of numbers; got a dict."),
    ((1.0 for _ in y), "`sample_weight` must be a number or an array of numbers; got a generator. Use list(sample_weight)."),
    ("balanced", "`sample_weight` must be a number or an array of numbers; got 'balanced'."),
]  # fmt: skip


@pytest.mark.parametrize(("bad", "expected"), REFUSED_WEIGHTS, ids=[text[:90] for _, text in REFUSED_WEIGHTS])
def test_weights_are_refused(bad, expected):
    assert message_of(fit, X, y, bad) == expected


FEWER = np.arange(40) % 3 > 0


@pytest.mark.parametrize(
    ("weights", "expected"),
    [
        (2.0, PLAIN),
        (ONE.astype(int), PLAIN),
        (ONE.astype(object), PLAIN),
        (ONE.astype(np.float16), PLAIN),
        (5e-324 * ONE, PLAIN),
        (1e-300 * ONE, PLAIN),
        (1e300 * ONE, PLAIN),
        (FEWER, fit(X[FEWER], y[FEWER])),
        (np.where(FEWER, 1.0, -0.0), fit(X[FEWER], y[FEWER])),
        (np.where(FEWER, 1.0, 5e-324), fit(X[FEWER], y[FEWER])),
        (np.arange(40), fit(np.repeat(X, np.arange(40), axis=0), np.repeat(y, np.arange(40)))),
    ],
    ids=["scalar", "int", "object", "float16", "subnormal", "1e-300", "1e300", "mask", "-0.0", "one subnormal", "counts"],
)  # fmt: skip
@pytest.mark.parametrize("solver", ["newton", "lbfgs", "auto"])
def test_weights_of_any_size(weights, expected, solver):
    np.testing.assert_allclose(fit(X, y, weights, solver=solver).coef_, expected.coef_, rtol=1e-9)


# ---------------------------------------------------------------- parameters

BOOLEANS = ("fit_intercept", "warm_start", "early_stopping", "shuffle")
SEED = "`random_state` must be None, an integer from 0 to 4294967295, a Generator or a RandomState; got"
WEIGHT = "`class_weight` must hold finite numbers >= 0; got"
REFUSED_PARAMETERS = [
    *(({name: value}, f"`{name}` must be True or False; got {value!r}.") for name in BOOLEANS for value in ("False", None, 0)),
    *(({"max_iter": value}, f"`max_iter` must be an integer >= 1; got {value!r}.") for value in (1.0, "5", None, -1, True, [5])),
    *(({"n_iter_no_change": value}, f"`n_iter_no_change` must be an integer >= 1; got {value!r}.") for value in (0, "1", 2.5)),
    *(({"tol": value}, f"`tol` must be a finite number >= 0; got {value!r}.") for value in ("a", None, -1, np.inf, [1], 1j, True)),
    *(({"alpha": value}, f"`alpha` must be a finite number >= 0; got {value!r}.") for value in ("a", None, -1, np.nan, [1.0])),
    *(({"l1_ratio": value}, f"`l1_ratio` must be a finite number from 0 to 1; got {value!r}.") for value in (2, -1, None, "x")),
    *(({"validation_fraction": value}, f"`validation_fraction` must be a number between 0 and 1; got {value!r}.") for value in (0, 1, "x", None)),
    *(({"verbose": value}, f"`verbose` must be an integer >= 0; got {value!r}.") for value in ("x", None, -1, 1.5)),
    *(({"random_state": value}, f"{SEED} {value!r}.") for value in (-1, 2**32, "a", 1.5, np.nan, True, [1, 2], np.random)),
    *(({"record": value}, f"`record` must be True, False or an UpdateRecorder; got {value!r}.") for value in (None, "x", 0)),
    *(({"class_weight": value}, f"`class_weight` must be 'balanced', a dict or None; got {value!r}.") for value in ("balancd", [1, 2], 3, True)),
    *(({"class_weight": {0: value, 1: 1}}, f"{WEIGHT} {value!r} for class 0.") for value in (-1, np.nan, np.inf, None, "a", 1j)),
    ({"class_weight": {0: 1, 2: 1}}, "`class_weight` must be of the classes [0, 1]; got 2."),
    ({"class_weight": {"0": 1, "1": 1}}, "`class_weight` must be of the classes [0, 1]; got '0'."),
    ({"class_weight": {0: 0, 1: 0}}, "`class_weight` must leave a weight > 0; got {0: 0, 1: 0}."),
    ({"class_weight": {0: 0, 1: 1}}, "`class_weight` must leave two classes with a weight > 0; got {0: 0, 1: 1}."),
    ({"class_weight": {0: 1e308, 1: 1e308}}, "`class_weight` must give weights whose sum float64 can hold; got inf. Divide them: only ratios count."),
    ({"solver": None, "max_iter": 1}, None),
    ({"init": np.ma.masked_array([0.0, 0.0, 0.0])}, f"`init` {MASK} init.filled(value)."),
    ({"init": [1, 2]}, "`init` must have shape (3, 1): a row a feature, then the intercept, a column a model; got (2, 1)."),
    ({"init": ["1", "2", "3"]}, "`init` must be 'zeros', 'normal' or an array of numbers; got ['1', '2', '3']."),
    ({"init": [1j, 0, 0]}, "`init` must be 'zeros', 'normal' or an array of numbers; got [1j, 0, 0]."),
    ({"init": [0, np.nan, 0]}, "`init` must hold finite numbers; got nan."),
    ({"penalty": "l2"}, "`penalty` must be None or 'firth'; got 'l2'. L2 and L1 are set by `alpha` and `l1_ratio`."),
    ({"on_separation": "error"}, "`on_separation` must be one of 'ignore', 'raise', 'warn'; got 'error'."),
]  # fmt: skip


@pytest.mark.parametrize(("parameters", "expected"), REFUSED_PARAMETERS, ids=lambda value: str(value)[:80])
def test_parameters_are_refused(parameters, expected):
    got = message_of(fit, X, y, **parameters)
    if expected is None:  # the sentence lists what an optimizer has
        assert got.startswith("`solver` must be a name or an object with `name`,")
        assert got.endswith(".")
    else:
        assert got == expected


@pytest.mark.parametrize(
    ("classes", "expected"),
    [
        (None, "`classes` must be given in the first call of partial_fit; got None."),
        (3, "`classes` must be an array or a list of labels; got 3."),
        ("ab", "`classes` must be an array or a list of labels; got 'ab'."),
        ({0, 1}, "`classes` must be an array or a list of labels; got a set. Use list(classes)."),
        ([[0, 1]], "`classes` must have shape (n_classes,); got shape (1, 2)."),
        ([[0], [0, 1]], "`classes` must have rows of one length; got 1 entries in row 0 and 2 in row 1."),
        ([0, "a"], "`classes` must hold labels of one kind; got 0 at index 0 and 'a' at index 1."),
        ([0.0, np.nan], "`classes` must not have missing labels; got nan at index 1."),
        ([0, None], "`classes` must not have missing labels; got None at index 1."),
        ([0], "`y` must hold at least two classes; got one class, 0. (Rows of weight 0 do not count.)"),
        (["0", "1"], "`y` must hold labels from `classes`, ['0', '1']; got 1 at index 0."),
    ],
)
def test_classes_are_refused(classes, expected):
    assert message_of(LogisticRegression().partial_fit, X, y, classes=classes) == expected


@pytest.mark.parametrize(
    ("observers", "expected"),
    [
        (3, "`observers` must be a list of objects with a method observe(step); got 3."),
        ([3], "`observers` must be objects with a method observe(step); got 3."),
    ],
)
def test_observers_are_refused(observers, expected):
    assert message_of(LogisticRegression().fit, X, y, observers=observers) == expected


def test_class_weights_may_name_a_class_that_is_absent():
    """As in a fold that lacks it; and those that are not named weigh 1."""
    expected = fit(X, y, np.where(y, 2.0, 1.0)).coef_
    np.testing.assert_array_equal(fit(X, y, class_weight={0: 1, 1: 2, 7: 3}).coef_, expected)
    np.testing.assert_array_equal(fit(X, y, class_weight={1: 2}).coef_, expected)


# ---------------------------------------------------------------- prediction

TABLE_AB = pd.DataFrame(X, columns=["a", "b"])
ON_TABLE = fit(TABLE_AB, y)
NAMES = "The feature names should match those that were passed during fit.\n"

REFUSED_AT_PREDICTION = [
    (TABLE_AB[["b", "a"]], f"{NAMES}Feature names must be in the same order as they were in fit."),
    (TABLE_AB[["a"]], f"{NAMES}Feature names seen at fit time, yet now missing:\n- b"),
    (TABLE_AB.assign(c=1.0), f"{NAMES}Feature names unseen at fit time:\n- c"),
    (
        TABLE_AB.rename(columns={"a": "z"}),
        f"{NAMES}Feature names unseen at fit time:\n- z\nFeature names seen at fit time, yet now missing:\n- a",
    ),
    (pd.DataFrame(X, columns=["a", "a"]), "`X` must have columns of different names; got 'a' twice."),
    (TABLE_AB[:0], "`X` must have rows and columns; got 0 sample(s) (shape=(0, 2)) while a minimum of 1 is required."),
    (TABLE_AB.astype(str), f"`X` must hold finite numbers; got '0.1257' in row 0, column 0 ('a'). {IS_TEXT}"),
    (TABLE_AB.mask(TABLE_AB > 1), "`X` must hold finite numbers; got NaN in row 3, column 0 ('a')."),
    (np.ma.masked_array(X, X > 1), f"`X` {MASK} X.filled(value)."),
    (None, f"{TABLE} None."),
]


@pytest.mark.parametrize("method", ["predict", "predict_proba", "predict_log_proba", "decision_function"])
@pytest.mark.parametrize(
    ("bad", "expected"), REFUSED_AT_PREDICTION, ids=[text[-40:] for _, text in REFUSED_AT_PREDICTION]
)
def test_predictions_are_refused(method, bad, expected):
    assert message_of(getattr(ON_TABLE, method), bad) == expected


def test_another_number_of_columns():
    assert message_of(PLAIN.predict, X[:, :1]) == (
        "X has 1 features, but LogisticRegression is expecting 2 features as input."
    )


def test_a_table_without_its_names_is_warned_of():
    with pytest.warns(
        UserWarning, match=r"^X does not have valid feature names, but LogisticRegression was fitted with"
    ):
        ON_TABLE.predict(X)
    with pytest.warns(
        UserWarning, match=r"^X has feature names, but LogisticRegression was fitted without feature names$"
    ):
        PLAIN.predict(TABLE_AB)


def test_z_that_overflows():
    clf = fit(10 * rng.standard_normal((40, 2)).round(3), y)
    clf.coef_ = np.array([[3.0, 3.0]])
    np.testing.assert_array_equal(clf.predict_proba([[1e307, 0.0], [-1e307, 0.0]]), [[0, 1], [1, 0]])
    assert message_of(clf.predict, [[0.0, 0.0], [1.7e308, -1.7e308]]) == (
        "`X` must hold numbers for which z = X W + b stays within the range of float64; row 1 does not."
    )


# ---------------------------------------------------------------- rank and scale

DETERMINED = (
    "are constant or depend on each other, so that their coefficients are not determined. Of all that fit alike, those of"
    " smallest norm (in columns of size 1) were taken. Leave columns out, or use a penalty."
)
A, B = PLAIN.coef_[0]

DEPENDENT = {
    "constant": (np.column_stack([X, 3 * ONE]), [A, B, 0], "3 of 4: columns 'x2'"),
    "zero": (np.column_stack([X, 0 * ONE]), [A, B, 0], "3 of 4: columns 'x2'"),
    "duplicate": (np.column_stack([X, X[:, 0]]), [A / 2, B, A / 2], "3 of 4: columns 'x0', 'x2'"),
    "all constant": (np.column_stack([ONE, 3 * ONE]), [0, 0], "1 of 3: columns 'x0', 'x1'"),
    "power of two": (np.column_stack([X, 2.0**40 * X[:, 0]]), [A / 2, B, A / 2 / 2.0**40], "3 of 4: columns 'x0', 'x2'"),
    "CSR": (sp.csr_array(np.column_stack([X, X[:, 0]])), [A / 2, B, A / 2], "3 of 4: columns 'x0', 'x2'"),
    "named": (pd.DataFrame({"age": X[:, 0], "kg": X[:, 1], "years": X[:, 0]}), [A / 2, B, A / 2], "3 of 4: columns 'age', 'years'"),
}  # fmt: skip


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "auto"])
@pytest.mark.parametrize("case", DEPENDENT)
def test_dependent_columns_get_the_answer_of_least_norm_and_a_warning(case, solver):
    columns, coef, rank = DEPENDENT[case]
    with pytest.warns(RankWarning) as caught:
        clf = fit(columns, y, solver=solver)
    assert str(caught[0].message) == f"LogisticRegression: the design has rank {rank} {DETERMINED}"
    np.testing.assert_allclose(clf.coef_[0], coef, rtol=1e-10, atol=1e-12)
    assert clf.rank_ == int(rank[0])
    assert clf.status_ is Status.CONVERGED


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "auto"])
def test_a_combination_of_columns(solver):
    """Of all w with X w the same, the one of least norm in units in which columns have size 1: powers of two."""
    third = X[:, 0] - 2 * X[:, 1]
    with pytest.warns(RankWarning, match="rank 3 of 4: columns 'x0', 'x1', 'x2' are constant or depend"):
        clf = fit(np.column_stack([X, third]), y, solver=solver)
    unit = np.exp2(np.floor(np.log2(np.column_stack([X, third]).std(axis=0))) + 1)
    w = unit * clf.coef_[0]  # in those units
    flat = np.array([1.0, -2.0, -1.0]) * unit  # X flat = 0
    assert abs(w @ flat) <= 1e-10 * np.linalg.norm(w) * np.linalg.norm(flat)
    np.testing.assert_allclose(
        [w[0] / unit[0] + w[2] / unit[2], w[1] / unit[1] - 2 * w[2] / unit[2]], [A, B], rtol=1e-9
    )


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "auto", "gd"])
def test_dependent_columns_with_a_penalty_share_it(solver):
    """Two halves of a column with penalty alpha are that column with alpha/2; a constant column gets nothing."""
    clf = fit(np.column_stack([X, X[:, 0]]), y, solver=solver, alpha=0.1, max_iter=5000, tol=1e-12)
    assert clf.coef_[0, 0] == pytest.approx(clf.coef_[0, 2], rel=1e-9)
    p = clf.predict_proba(np.column_stack([X, X[:, 0]]))[:, 1]
    np.testing.assert_allclose(X.T @ (p - y) / 40 + 0.1 * clf.coef_[0, :2], 0, atol=1e-10)


def test_fewer_rows_than_columns():
    wide = rng.standard_normal((5, 8))
    labels = [0, 1, 1, 0, 1]
    for solver in ("newton", "lbfgs"):
        with pytest.warns(RankWarning, match=r"^LogisticRegression: the design has rank 5 of 9: columns"):
            clf = fit(wide, labels, solver=solver)
        assert clf.status_ is Status.SEPARATED
        clf = fit(wide, labels, solver=solver, alpha=0.1)
        p = clf.predict_proba(wide)[:, 1]
        np.testing.assert_allclose(wide.T @ (p - labels) / 5 + 0.1 * clf.coef_[0], 0, atol=1e-10)
        assert clf.status_ is Status.CONVERGED


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "auto"])
@pytest.mark.parametrize("exponent", [[300, 300], [-300, -300], [300, -300], [307, -307], [8, 0]], ids=str)
def test_scales(exponent, solver):
    scale = 10.0 ** np.array(exponent)
    clf = fit(X * scale, y, solver=solver)
    np.testing.assert_allclose(clf.coef_ * scale, PLAIN.coef_, rtol=1e-12)
    np.testing.assert_allclose(clf.intercept_, PLAIN.intercept_, rtol=1e-12)
    assert clf.status_ is Status.CONVERGED


LARGE = (
    "`learning_rate` must be a number for columns this large: their squares leave the range of float64, so that 'auto'"
    " cannot be computed. Standardise the features, or use solver='newton'."
)


@pytest.mark.parametrize("solver", ["gd", "sgd", "momentum", "adam"])
@pytest.mark.parametrize("scale", [[1e300, 1e300], [1e300, 1e-300]], ids=str)
def test_descent_on_columns_that_are_too_large_is_refused(scale, solver):
    assert message_of(fit, X * scale, y, solver=solver) == LARGE


def test_coefficients_that_float32_cannot_hold():
    noise = np.random.default_rng(1).standard_normal(40)
    message = message_of(fit, (1.2e-38 * X).astype(np.float32), (X[:, 0] + 0.2 * noise > 0).astype(int))
    assert message.startswith(
        "`X` must be of a type that can hold the coefficients; float32 ends at 3.4e+38, they reach "
    )


class TestPolars:
    @pytest.fixture
    def pl(self):
        return pytest.importorskip("polars")

    def test_tables(self, pl):
        table = pl.DataFrame({"a": X[:, 0], "b": X[:, 1]})
        clf = fit(table, pl.Series(TEXT.tolist()))
        np.testing.assert_allclose(clf.coef_, PLAIN.coef_, rtol=1e-12)
        assert clf.feature_names_in_.tolist() == ["a", "b"]
        assert message_of(clf.predict, table.select("b", "a")) == REFUSED_AT_PREDICTION[0][1]

    def test_refusals(self, pl):
        assert message_of(fit, pl.DataFrame({"a": [None, *X[1:, 0].tolist()]}), y) == (
            "`X` must hold finite numbers; got NaN in row 0, column 0 ('a')."
        )
        assert message_of(fit, pl.DataFrame({"a": ["x"] * 40}), y) == (
            "`X` must hold finite numbers; got 'x' in row 0, column 0 ('a')."
        )
        assert message_of(fit, pl.DataFrame({"a": X[:, 0]}).lazy(), y) == f"{TABLE} a LazyFrame."
        assert message_of(fit, X, pl.Series([None, *y[1:].tolist()])) == f"{MISSING} NaN at index 0."
