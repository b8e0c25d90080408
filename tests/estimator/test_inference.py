"""`LogisticRegression.inference`: labels, names and weights of any kind, and what the estimator's settings forbid."""

import re
import warnings

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.sparse import csr_matrix

import logitscope as ls
from logitscope._exceptions import IncompatibleError

rng = np.random.default_rng(1)
X = rng.normal(size=(120, 2))
Y = (X[:, 0] + rng.normal(size=120) > 0).astype(int)
WEIGHTS = rng.integers(0, 4, 120)


def fit(*args, X=X, y=Y, weights=None, **how):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return ls.LogisticRegression(*args, **{"solver": "newton", **how}).fit(X, y, weights)


def test_names_labels_and_weights():
    table, labels = pd.DataFrame(X, columns=["dose", "age"]), np.where(Y == 1, "yes", "no")
    found = fit("probit", X=table, y=labels, weights=WEIGHTS).inference(table, labels, WEIGHTS, level=0.9)
    theirs = sm.GLM(
        Y,
        sm.add_constant(X, prepend=False),
        freq_weights=WEIGHTS,
        family=sm.families.Binomial(sm.families.links.Probit()),
    ).fit(tol=1e-14, tol_criterion="params")
    assert found.names == ("dose", "age", "intercept")
    assert found.n_observations == WEIGHTS.sum()
    np.testing.assert_allclose(found.standard_error, theirs.bse, rtol=1e-9)
    np.testing.assert_allclose(found.confidence_interval, theirs.conf_int(0.1), rtol=1e-8)
    assert "dose" in str(found)


def test_sparse_single_precision_saved_and_loaded(tmp_path):
    plain = fit().inference(X, Y)
    sparse = fit(X=csr_matrix(X)).inference(csr_matrix(X), Y)
    np.testing.assert_allclose(sparse.standard_error, plain.standard_error, rtol=1e-11)
    single = X.astype(np.float32)
    np.testing.assert_allclose(fit(X=single).inference(single, Y).standard_error, plain.standard_error, rtol=1e-6)
    fit().save(tmp_path / "model.npz")
    loaded = ls.LogisticRegression.load(tmp_path / "model.npz")
    np.testing.assert_array_equal(loaded.inference(X, Y).standard_error, plain.standard_error)


def test_proportions():
    successes, trials = np.array([3, 8, 11, 19]), np.full(4, 20)
    dose = np.arange(4.0)[:, None]
    found = fit("cloglog", X=dose, y=successes / 20, weights=trials).inference(dose, successes / 20, trials)
    theirs = sm.GLM(
        np.column_stack([successes, trials - successes]),
        sm.add_constant(dose, prepend=False),
        family=sm.families.Binomial(sm.families.links.CLogLog()),
    ).fit(tol=1e-14, tol_criterion="params")
    np.testing.assert_allclose(found.standard_error, theirs.bse, rtol=1e-9)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"alpha": 0.1}, "Cannot infer from a penalised fit: "),
        ({"penalty": "firth"}, "Cannot infer from a fit with `penalty='firth'`: "),
        ({"class_weight": "balanced"}, "Cannot infer from a fit with `class_weight`: "),
        ({"loss": "squared_error"}, "Cannot infer with loss 'squared_error': "),
        ({"solver": "gd", "max_iter": 3}, "Cannot infer from these coefficients: "),
        ({"activation": "softmax", "solver": "lbfgs"}, "Cannot infer with activation 'softmax': "),
    ],
)
def test_settings_without_a_theory_are_refused(how, message):
    with pytest.raises(IncompatibleError, match=f"^{re.escape(message)}"):
        fit(**how).inference(X, Y)


def test_other_data_are_refused():
    with pytest.raises(
        IncompatibleError, match="they must maximise the likelihood of the given X, y and sample_weight"
    ):
        fit().inference(X[:60], Y[:60])
    with pytest.raises(
        IncompatibleError, match="they must maximise the likelihood of the given X, y and sample_weight"
    ):
        fit(weights=WEIGHTS).inference(X, Y)


def test_three_classes_are_refused():
    y = Y + (X[:, 1] > 0)
    message = "Cannot infer from 3 columns: the theory is of one binary likelihood. For one-vs-rest, fit each class"
    with pytest.raises(IncompatibleError, match=f"^{re.escape(message)}"):
        fit(y=y).inference(X, y)
