"""Decision, probability, its logarithm and the predicted class say the same, in saturation too."""

import numpy as np
import pytest

import logitscope as ls
from logitscope import LogisticRegression

Z = np.r_[-800.0, -40.0, -17.0, -3.0, -1.0, -0.5, -0.36, 0.0, 0.3, 0.4, 1.0, 3.0, 17.0, 40.0, 800.0]
ELEMENTWISE = [name for name in ls.ACTIVATIONS if name != "softmax"]


def fitted(activation, n_classes, n_features):
    """A model whose z can be set: coef_ is written by hand."""
    X = np.random.default_rng(0).normal(size=(6 * n_classes, n_features))
    return LogisticRegression(activation, "squared_error", max_iter=1, tol=0).fit(X, np.arange(len(X)) % n_classes)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("activation", ls.ACTIVATIONS)
def test_two_classes(activation, dtype):
    clf = fitted(activation, 2, 1)
    clf.coef_, clf.intercept_ = np.ones((1, 1), dtype), np.zeros(1, dtype)
    X = Z[:, None].astype(dtype)
    phi = ls.get_activation("sigmoid" if activation == "softmax" else activation)
    p, log_p = clf.predict_proba(X), clf.predict_log_proba(X)
    assert p.dtype == log_p.dtype == clf.decision_function(X).dtype == dtype
    np.testing.assert_array_equal(p, np.column_stack([phi.complement(X[:, 0]), phi.probability(X[:, 0])]))
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_allclose(clf.decision_function(X), Z - phi.midpoint, rtol=1e-5)
    sure = np.abs(Z - phi.midpoint) > 1e-6
    np.testing.assert_array_equal(clf.predict(X)[sure], p.argmax(axis=1)[sure])
    np.testing.assert_array_equal(clf.predict(X)[sure], log_p.argmax(axis=1)[sure])
    np.testing.assert_array_equal(clf.predict(X), clf.decision_function(X) > 0)
    inside = p > np.finfo(dtype).tiny
    np.testing.assert_allclose(log_p[inside], np.log(p[inside]), rtol=1e-4, atol=1e-6)
    np.testing.assert_array_equal(log_p[:, 1], phi.log_probability(X[:, 0]))  # keeps what log p has lost


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("activation", ls.ACTIVATIONS)
def test_many_classes(activation, dtype):
    clf = fitted(activation, 3, 3)
    clf.coef_, clf.intercept_ = np.eye(3, dtype=dtype), np.zeros(3, dtype)
    X = np.stack(np.meshgrid(Z, Z, Z), axis=-1).reshape(-1, 3).astype(dtype)
    p, log_p, z = clf.predict_proba(X), clf.predict_log_proba(X), clf.decision_function(X)
    assert p.dtype == log_p.dtype == z.dtype == dtype
    assert p.shape == log_p.shape == z.shape == X.shape
    assert ((p >= 0) & (p <= 1)).all()
    assert (log_p <= 0).all()
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-6)
    np.testing.assert_array_equal(p, np.exp(log_p))
    rows = np.arange(len(X))
    np.testing.assert_array_equal(z[rows, clf.predict(X)], z.max(axis=1))
    np.testing.assert_allclose(p[rows, clf.predict(X)], p.max(axis=1), rtol=1e-6)


@pytest.mark.parametrize("activation", ELEMENTWISE)
def test_one_vs_rest_probabilities_are_divided_by_their_sum(activation):
    clf = fitted(activation, 3, 3)
    clf.coef_, clf.intercept_ = np.eye(3), np.zeros(3)
    X = np.random.default_rng(1).uniform(-0.9, 3, size=(50, 3))
    p = ls.get_activation(activation).probability(X)
    np.testing.assert_allclose(clf.predict_proba(X), p / p.sum(axis=1, keepdims=True), rtol=1e-12)


def test_every_class_ruled_out_leaves_all_alike():
    clf = fitted("hard", 3, 3)
    clf.coef_, clf.intercept_ = np.eye(3), np.zeros(3)
    np.testing.assert_allclose(clf.predict_proba([[-2.0, -3.0, -1.5]]), [[1 / 3, 1 / 3, 1 / 3]], rtol=1e-15)


def test_softmax_of_two_classes_is_the_sigmoid_of_their_difference():
    X, y, *_ = ls.load_dataset("moons", n_samples=50, random_state=0)
    clf = LogisticRegression("softmax", tol=0, max_iter=50, record=True).fit(X, y)
    last = LogisticRegression("softmax", tol=0, max_iter=51, record=True).fit(X, y).update_log_.z[-1]
    assert clf.coef_.shape == (1, 2)
    np.testing.assert_allclose(clf.decision_function(X), last[:, 1] - last[:, 0], rtol=1e-12)
    expected = np.exp(last) / np.exp(last).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(clf.predict_proba(X), expected, rtol=1e-12)


def test_cloglog_decides_at_even_odds():
    clf = fitted("cloglog", 2, 1)
    clf.coef_, clf.intercept_ = np.ones((1, 1)), np.zeros(1)
    even = np.log(np.log(2))
    assert clf.predict([[even - 1e-9], [even + 1e-9]]).tolist() == [0, 1]
    np.testing.assert_allclose(clf.predict_proba([[even]]), [[0.5, 0.5]], rtol=1e-15)
    assert clf.decision_function([[even]])[0] == pytest.approx(0, abs=1e-16)
