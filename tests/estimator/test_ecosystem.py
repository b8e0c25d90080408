"""The estimator among scikit-learn's own tools, with the solver that is certified."""

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.calibration import CalibratedClassifierCV
from sklearn.feature_selection import RFE, SelectFromModel
from sklearn.linear_model import LogisticRegression as Reference
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from logitscope import LogisticRegression


@pytest.fixture
def data():
    rng = np.random.default_rng(3)
    X = rng.standard_normal((240, 5))
    y = np.where(X @ [2.0, -1.0, 0.0, 0.0, 0.5] + rng.logistic(size=240) > 0, "yes", "no")
    return X, y


def reference(alpha, n):
    return Reference(C=1 / (alpha * n), tol=1e-10, max_iter=1000)


def test_calibration_is_that_of_the_same_optimum(data):
    X, y = data
    ours = CalibratedClassifierCV(LogisticRegression(solver="newton", alpha=0.01), cv=3).fit(X, y)
    theirs = CalibratedClassifierCV(reference(0.01, 160), cv=3).fit(X, y)
    np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), atol=1e-5)


def test_elimination_and_selection(data):
    X, y = data
    lasso = LogisticRegression(solver="lbfgs", alpha=0.05, l1_ratio=1.0)
    kept = SelectFromModel(lasso, threshold=1e-12).fit(X, y).get_support()
    np.testing.assert_array_equal(kept, lasso.fit(X, y).coef_[0] != 0)
    assert 0 < kept.sum() < 5
    ranking = RFE(LogisticRegression(solver="newton"), n_features_to_select=2).fit(X, y)
    assert ranking.get_support().tolist() == [True, True, False, False, False]


def test_a_grid_finds_what_scikit_learn_finds(data):
    X, y = data
    alphas = [1e-3, 1e-2, 1e-1, 1.0]
    pipeline = make_pipeline(StandardScaler(), LogisticRegression(solver="newton"))
    ours = GridSearchCV(pipeline, {"logisticregression__alpha": alphas}, scoring="neg_log_loss", cv=3).fit(X, y)
    theirs = GridSearchCV(
        make_pipeline(StandardScaler(), reference(1.0, 160)),
        {"logisticregression__C": [1 / (alpha * 160) for alpha in alphas]},
        scoring="neg_log_loss",
        cv=3,
    ).fit(X, y)
    np.testing.assert_allclose(ours.cv_results_["mean_test_score"], theirs.cv_results_["mean_test_score"], rtol=1e-6)


def test_weights_are_routed(data):
    X, y = data
    weights = np.where(y == "yes", 3.0, 1.0)
    with sklearn.config_context(enable_metadata_routing=True):
        clf = (
            LogisticRegression(solver="newton")
            .set_fit_request(sample_weight=True)
            .set_score_request(sample_weight=True)
        )
        result = cross_validate(
            clf, X, y, params={"sample_weight": weights}, cv=3, return_estimator=True, return_indices=True
        )
    for fold, rows in zip(result["estimator"], result["indices"]["train"], strict=True):
        alone = LogisticRegression(solver="newton").fit(X[rows], y[rows], weights[rows])
        np.testing.assert_array_equal(fold.coef_, alone.coef_)


def test_the_page_of_a_notebook_shows_it(data):
    X, y = data
    frame = pd.DataFrame(X, columns=list("abcde"))
    clf = LogisticRegression(solver="newton").fit(frame, y)
    page = clf._repr_html_()
    assert "LogisticRegression" in page
    assert "newton" in page
    assert clf.feature_names_in_.tolist() == list("abcde")
