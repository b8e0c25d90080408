import numpy as np
import pytest

from logitscope import LogisticRegression
from logitscope._exceptions import IncompatibleError, InvalidInputError
from logitscope.estimator._labels import hard_labels, is_soft, soft_labels

X = np.arange(6.0)[:, None]


@pytest.mark.parametrize(
    ("y", "expected"),
    [
        ([0, 1, 1], False),
        ([0.0, 1.0, 1.0], False),
        ([True, False], False),
        (["a", "b"], False),
        ([0.2, 1.0], True),
        ([0.2, 1.2], False),
        ([-0.1, 0.5], False),
        ([1.0, 2.5], False),
        ([0.5, np.nan], False),
        ([[0.5, 0.5], [0.0, 1.0]], True),
        ([[0.5, 0.6], [0.0, 1.0]], False),
        ([[1, 0], [0, 1]], False),
        ([], False),
        (np.array(["a", 0.5], dtype=object), False),
    ],
)
def test_what_counts_as_soft(y, expected):
    assert is_soft(y) is expected


def test_two_classes_are_one_column():
    labels = hard_labels(np.array(["no", "yes", "no"]), joint=False)
    assert labels.classes.tolist() == ["no", "yes"]
    assert labels.target.tolist() == [[0], [1], [0]]
    assert labels.codes.tolist() == [0, 1, 0]
    assert labels.positive is None


@pytest.mark.parametrize(("names", "joint"), [("acb", False), ("ba", True), ("cab", True)])
def test_other_classes_are_a_column_each(names, joint):
    y = np.array(list(names + names[0]))
    labels = hard_labels(y, joint)
    assert labels.target.tolist() == [[float(label == name) for name in sorted(names)] for label in y]
    assert labels.positive.tolist() == list(range(len(names)))


def test_soft_labels_keep_their_probabilities():
    one = soft_labels([0.25, 1.0], joint=False)
    assert one.target.tolist() == [[0.25], [1.0]]
    joint = soft_labels([0.25, 1.0], joint=True)
    assert joint.target.tolist() == [[0.75, 0.25], [0.0, 1.0]]
    pairs = soft_labels([[0.75, 0.25], [0.0, 1.0]], joint=False)
    assert pairs.target.tolist() == one.target.tolist()
    many = soft_labels([[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]], joint=False)
    assert many.target.tolist() == [[0.2, 0.3, 0.5], [1.0, 0.0, 0.0]]
    assert all(labels.is_soft for labels in (one, joint, pairs, many))


@pytest.mark.parametrize("label", [1, "yes", True])
def test_one_class(label):
    with pytest.raises(InvalidInputError) as caught:
        LogisticRegression().fit(X, [label] * 6)
    assert str(caught.value) == (
        f"`y` must hold at least two classes; got one class, {label!r}. (Rows of weight 0 do not count.)"
    )


def test_one_class_once_rows_of_weight_zero_are_gone():
    with pytest.raises(InvalidInputError) as caught:
        LogisticRegression().fit(X, [0, 0, 0, 1, 1, 1], sample_weight=[1, 1, 1, 0, 0, 0])
    assert str(caught.value) == (
        "`y` must hold at least two classes; got one class, 0. (Rows of weight 0 do not count.)"
    )


@pytest.mark.parametrize(("value", "index"), [(1.2, 2), (-0.1, 4)])
def test_soft_labels_outside(value, index):
    y = np.array([0.0, 1.0, 0.5, 0.25, 0.0, 1.0])
    y[index] = value
    with pytest.raises(InvalidInputError) as caught:
        LogisticRegression().fit(X, y)
    assert str(caught.value) == (
        f"`y` must hold class labels, or soft labels in [0, 1]; got {value} at index {index}."
        " (Unknown label type: continuous.)"
    )


def test_labels_that_classes_do_not_list():
    with pytest.raises(InvalidInputError) as caught:
        LogisticRegression().partial_fit(X, [0, 1, 2, 0, 1, 2], classes=[0, 1])
    assert str(caught.value) == "`y` must hold labels from `classes`, [0, 1]; got 2 at index 2."
    with pytest.raises(InvalidInputError) as caught:
        LogisticRegression().partial_fit(X, list("abcabc"), classes=["a", "c"])
    assert str(caught.value) == "`y` must hold labels from `classes`, ['a', 'c']; got 'b' at index 1."


def test_class_weight_needs_classes():
    with pytest.raises(IncompatibleError) as caught:
        LogisticRegression(class_weight="balanced").fit(X, np.linspace(0, 1, 6))
    assert str(caught.value) == (
        "Cannot use `class_weight` with soft labels: it needs rows of one class. Give `sample_weight`."
    )


def test_labels_at_the_ends_of_their_type():
    y = np.tile(np.array([-128, 127], dtype=np.int8), 20)
    X = np.random.default_rng(0).standard_normal((40, 2))
    clf = LogisticRegression(max_iter=5, tol=0).fit(X, y)
    assert clf.classes_.tolist() == [-128, 127]
    every = np.arange(-128, 128).astype(np.int8)
    joint = LogisticRegression("softmax", max_iter=1, tol=0).fit(np.tile(np.eye(256), (3, 1)), np.tile(every, 3))
    np.testing.assert_array_equal(joint.classes_, every)
    assert joint.predict(np.eye(256)).tolist() == every.tolist()
