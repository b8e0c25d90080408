"""Influence against statsmodels, against textbook formulas in a few lines, and against fits without the sample."""

import numpy as np
import pandas as pd
import pytest
import scipy.optimize
import statsmodels.api as sm

import logitscope as ls
from logitscope import _exceptions
from logitscope.influence import measure_influence
from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.sources import RowSource
from logitscope.status import Status

links = sm.families.links
LINKS = {
    "sigmoid": links.Logit,
    "probit": links.Probit,
    "cauchit": links.Cauchy,
    "cloglog": links.CLogLog,
    "loglog": links.LogLog,
}


def overlapping(n=120, p=3, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    return X, (rng.random(n) < 1 / (1 + np.exp(-X[:, 0] + 0.5 * X[:, 1] - 0.2))).astype(float)


def fit(X, y, weight=None, activation="sigmoid", **settings):
    return ls.LogisticRegression(activation, solver="newton", **settings).fit(X, y, weight)


def spearman(a, b):
    return np.corrcoef(np.argsort(np.argsort(a)), np.argsort(np.argsort(b)))[0, 1]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("activation", LINKS)
def test_equals_statsmodels(activation, weighted):
    X, y = overlapping()
    weight = np.random.default_rng(1).integers(1, 4, len(y)).astype(float) if weighted else None
    design = np.column_stack([X, np.ones(len(y))])
    model = sm.GLM(y, design, family=sm.families.Binomial(LINKS[activation]()), var_weights=weight)
    reference = model.fit(tol=1e-14, tol_criterion="params", maxiter=500)
    expected = reference.get_influence(observed=False)
    found = fit(X, y, weight, activation).influence(X, y, weight)
    for name, value in {
        "leverage": expected.hat_matrix_diag,
        "pearson_residual": reference.resid_pearson,
        "studentized_residual": expected.resid_studentized,
        "cooks_distance": expected.cooks_distance[0],
        "dfbeta": expected.d_params,
        "dfbetas": expected.dfbetas,
        "d_probability": expected.d_fittedvalues,
        "standard_error": reference.bse,
    }.items():
        np.testing.assert_allclose(
            getattr(found, name), value, rtol=1e-8, atol=1e-8 * np.abs(value).max(), err_msg=name
        )


@pytest.mark.parametrize("activation", ["sigmoid", "probit", "cloglog"])
def test_observed_information_equals_that_of_statsmodels(activation):
    X, y = overlapping()
    design = np.column_stack([X, np.ones(len(y))])
    model = sm.GLM(y, design, family=sm.families.Binomial(LINKS[activation]()))
    expected = model.fit(tol=1e-14, tol_criterion="params", maxiter=500).get_influence(observed=True)
    found = fit(X, y, activation=activation).influence(X, y, information="observed")
    np.testing.assert_allclose(found.leverage, expected.hat_matrix_diag, rtol=1e-8)
    np.testing.assert_allclose(found.studentized_residual, expected.resid_studentized, rtol=1e-8)


def without(i, X, y, beta, alpha):
    """One Newton step from beta on Σ_{j≠i} ℓⱼ + n alpha/2 ‖w‖², for the sigmoid with cross-entropy."""
    n, q = len(y), len(beta)
    kept = np.arange(n) != i
    D = np.column_stack([X, np.ones(n)])[kept]
    p = 1 / (1 + np.exp(-D @ beta))
    ridge = n * alpha * np.diag(np.arange(q) < q - 1)
    return beta - np.linalg.solve(D.T * (p * (1 - p)) @ D + ridge, D.T @ (p - y[kept]) + ridge @ beta)


@pytest.mark.parametrize("alpha", [0.0, 0.05])
def test_leave_one_out_is_one_newton_step(alpha):
    X, y = overlapping()
    clf = fit(X, y, alpha=alpha)
    found = clf.influence(X, y)
    beta = np.append(clf.coef_, clf.intercept_)
    steps = np.array([without(i, X, y, beta, alpha) for i in range(len(y))])
    np.testing.assert_allclose(found.leave_one_out.params, steps, rtol=1e-9)
    z = np.einsum("ij,ij->i", np.column_stack([X, np.ones(len(y))]), steps)
    np.testing.assert_allclose(found.leave_one_out.z, z, rtol=1e-9)
    np.testing.assert_allclose(found.leave_one_out.loss, np.logaddexp(0, np.where(y == 1, -z, z)), rtol=1e-9)
    np.testing.assert_allclose(found.dfbeta, beta - steps, atol=1e-12)


def test_leave_one_out_of_a_squared_error_takes_its_own_curvature():
    X, y = overlapping()
    clf = fit(X, y, activation="tanh", loss="squared_error")
    found = clf.influence(X, y, information="observed")
    D, t = np.column_stack([X, np.ones(len(y))]), 2 * y - 1

    def gradient(beta, kept):
        a = np.tanh(D[kept] @ beta)
        return D[kept].T @ ((a - t[kept]) * (1 - a * a))

    beta = scipy.optimize.root(gradient, found.params, args=(np.arange(len(y)),), tol=1e-14).x
    for i in (0, 17, 63):
        kept = np.delete(np.arange(len(y)), i)
        hessian = np.column_stack([
            (gradient(beta + h, kept) - gradient(beta - h, kept)) / 2e-5 for h in 1e-5 * np.eye(len(beta))
        ])  # fmt: skip
        step = -np.linalg.solve(hessian, gradient(beta, kept))
        np.testing.assert_allclose(found.leave_one_out.params[i] - beta, step, rtol=1e-5, atol=1e-9)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "probit", "cauchit", "softsign", "cloglog"])
def test_exact_leave_one_out_is_a_fit_without_the_sample(activation):
    X, y = overlapping()
    found = fit(X, y, activation=activation).influence(X, y)
    refits = found.exact_leave_one_out([5, 50])
    assert refits.status == (Status.CONVERGED,) * 2
    for i, params, z in zip((5, 50), refits.params, refits.z, strict=True):
        clf = fit(np.delete(X, i, 0), np.delete(y, i), activation=activation)
        np.testing.assert_allclose(params, np.append(clf.coef_, clf.intercept_), rtol=1e-7)
        np.testing.assert_allclose(z, (clf.coef_ @ X[i] + clf.intercept_)[0], rtol=1e-7)


def test_exact_leave_one_out_keeps_the_total_penalty():
    linear_model = pytest.importorskip("sklearn.linear_model")
    X, y = overlapping()
    found = fit(X, y, alpha=0.1).influence(X, y)
    kept = np.arange(len(y)) != 7
    theirs = linear_model.LogisticRegression(C=1 / (0.1 * len(y)), tol=1e-12, solver="newton-cholesky")
    theirs.fit(X[kept], y[kept])
    refit = found.exact_leave_one_out(7).params[0]
    np.testing.assert_allclose(refit, np.append(theirs.coef_, theirs.intercept_), rtol=1e-7)


@pytest.mark.parametrize(("n_features", "alpha"), [(3, 0.0), (30, 0.01)])
def test_one_step_ranks_samples_as_fits_without_them_do(n_features, alpha):
    """breast_cancer, standardised: unpenalised on three features, penalised on all."""
    X, y = ls.load_dataset("breast_cancer")[:2]
    X = ls.standardize(X).X[:, :n_features]
    found = fit(X, y, alpha=alpha).influence(X, y)
    chosen = np.arange(0, len(y), 3)
    exact = np.linalg.norm(found.exact_leave_one_out(chosen).params - found.params, axis=1)
    one_step = np.linalg.norm(found.leave_one_out.params[chosen] - found.params, axis=1)
    assert spearman(exact, one_step) >= 0.99


def brute_softmax(X, codes, beta, i, alpha):
    """One joint Newton step without sample i, and tr CᵢQᵢ, from Kronecker products."""
    n, k = len(codes), beta.shape[1]
    D, Y = np.column_stack([X, np.ones(n)]), np.eye(k)[codes]
    P = np.exp(D @ beta)
    P /= P.sum(axis=1, keepdims=True)
    bends = [np.diag(p) - np.outer(p, p) for p in P]
    ridge = n * alpha * np.kron(np.diag(np.arange(D.shape[1]) < X.shape[1]), np.eye(k))
    M = sum(np.kron(np.outer(d, d), bend) for d, bend in zip(D, bends, strict=True)) + ridge
    own = np.kron(D[i][:, None], np.eye(k))
    leverage = np.trace(bends[i] @ own.T @ np.linalg.pinv(M) @ own)
    gradient = (D.T @ (P - Y)).ravel() + ridge @ beta.ravel() - own @ (P - Y)[i]
    left = M - own @ bends[i] @ own.T
    return beta - (np.linalg.pinv(left, rcond=1e-12) @ gradient).reshape(beta.shape), leverage


@pytest.mark.parametrize("alpha", [0.0, 0.02])
def test_softmax_takes_the_joint_curvature(alpha):
    X, _ = overlapping(90)
    codes = np.argmax(X[:, :3] + np.random.default_rng(2).gumbel(size=(90, 3)), axis=1)
    clf = ls.LogisticRegression("softmax", solver="lbfgs", alpha=alpha, tol=1e-12, max_iter=500).fit(X, codes)
    found = clf.influence(X, codes)
    for i in (0, 40, 89):
        step, leverage = brute_softmax(X, codes, found.params, i, alpha)
        moved = step - step.mean(axis=1, keepdims=True) + found.params.mean(axis=1, keepdims=True)
        np.testing.assert_allclose(found.leave_one_out.params[i], moved, rtol=1e-6, atol=1e-8)
        np.testing.assert_allclose(found.leverage[i], leverage, rtol=1e-7)
    refit = found.exact_leave_one_out(40)
    kept = np.arange(90) != 40
    other = ls.LogisticRegression("softmax", solver="lbfgs", alpha=alpha * 90 / 89, tol=1e-12, max_iter=500)
    other.fit(X[kept], codes[kept])
    centered = refit.params[0] - refit.params[0].mean(axis=1, keepdims=True)
    np.testing.assert_allclose(centered[:-1].T, other.coef_ - other.coef_.mean(axis=0), rtol=1e-4, atol=1e-6)
    if alpha == 0:
        assert found.leverage.sum() == pytest.approx(2 * 4)


def test_softmax_of_two_classes_is_the_sigmoid():
    X, y = overlapping()
    one = fit(X, y).influence(X, y)
    two = ls.LogisticRegression("softmax", solver="lbfgs", tol=1e-12).fit(X, y).influence(X, y)
    for name in ("leverage", "cooks_distance"):
        np.testing.assert_allclose(getattr(two, name), getattr(one, name), rtol=1e-8)
    np.testing.assert_allclose(two.pearson_residual, np.abs(one.pearson_residual), rtol=1e-8)
    np.testing.assert_allclose(two.studentized_residual, np.abs(one.studentized_residual), rtol=1e-8)
    np.testing.assert_allclose(two.dfbeta[..., 1] - two.dfbeta[..., 0], one.dfbeta, atol=1e-10)
    np.testing.assert_allclose(two.d_probability[:, 1], one.d_probability, atol=1e-10)


def test_one_against_the_rest_is_a_problem_a_column():
    X, _ = overlapping(150)
    codes = np.argmax(X[:, :3] + np.random.default_rng(2).gumbel(size=(150, 3)), axis=1)
    found = fit(X, codes).influence(X, codes)
    assert found.dfbeta.shape == (150, 4, 3)
    for k in range(3):
        alone = fit(X, codes == k).influence(X, codes == k)
        for name in ("leverage", "cooks_distance", "dfbetas", "studentized_residual", "d_probability"):
            np.testing.assert_allclose(getattr(found, name)[..., k], getattr(alone, name), rtol=1e-8, atol=1e-12)
    refits = found.exact_leave_one_out([3])
    alone = fit(np.delete(X, 3, 0), np.delete(codes == 1, 3))
    np.testing.assert_allclose(refits.params[0, :, 1], np.append(alone.coef_, alone.intercept_), rtol=1e-7)


def test_tanh_is_the_sigmoid_at_half_the_coefficients():
    X, y = overlapping()
    sigmoid, tanh = (fit(X, y, activation=name).influence(X, y) for name in ("sigmoid", "tanh"))
    np.testing.assert_allclose(tanh.leverage, sigmoid.leverage, rtol=1e-9)
    np.testing.assert_allclose(tanh.dfbeta, sigmoid.dfbeta / 2, rtol=1e-7, atol=1e-12)


def test_units_and_offsets_of_the_data_do_not_matter():
    X, y = overlapping()
    plain = fit(X, y).influence(X, y)
    moved = X * [1e-6, 1.0, 1e6] + [0.0, 1e6, 0.0]
    found = fit(moved, y).influence(moved, y)
    np.testing.assert_allclose(found.cooks_distance, plain.cooks_distance, rtol=1e-7)
    np.testing.assert_allclose(found.dfbeta[:, :3] * [1e-6, 1.0, 1e6], plain.dfbeta[:, :3], rtol=1e-6, atol=1e-9)


def test_rows_of_weight_0_are_absent():
    X, y = overlapping()
    weight = np.ones(len(y))
    weight[[2, 9]] = 0
    found = fit(X, y, weight).influence(X, y, weight)
    kept = np.delete(np.arange(len(y)), [2, 9])
    alone = fit(X[kept], y[kept]).influence(X[kept], y[kept])
    np.testing.assert_array_equal(found.sample_index, kept)
    np.testing.assert_allclose(found.cooks_distance, alone.cooks_distance, rtol=1e-9)
    np.testing.assert_allclose(found.exact_leave_one_out([10]).params, alone.exact_leave_one_out([8]).params, rtol=1e-9)


def test_sparse_rows_are_as_dense_ones():
    sparse = pytest.importorskip("scipy.sparse")
    X, y = overlapping()
    X[X < 0.5] = 0
    dense, found = fit(X, y).influence(X, y), fit(sparse.csr_matrix(X), y).influence(sparse.csr_matrix(X), y)
    np.testing.assert_allclose(found.cooks_distance, dense.cooks_distance, rtol=1e-8)


def test_a_proportion_is_its_counts_in_one_row():
    """7 of 20 and 15 of 25: both rows hold one of two parameters alone."""
    X, y, weight = np.array([[0.0], [1.0]]), np.array([0.35, 0.6]), np.array([20.0, 25.0])
    found = fit(X, y, weight).influence(X, y, weight)
    np.testing.assert_allclose(found.leverage, [1, 1])


def test_a_sample_that_alone_holds_a_coefficient_has_no_fit_without_it():
    X, y = overlapping(60, 2)
    marked = np.zeros(60)
    marked[[4, 30]] = 1
    y[4], y[30] = 0, 1  # without one of them the other is told apart by the mark alone
    X = np.column_stack([X, marked])
    refits = fit(X, y).influence(X, y).exact_leave_one_out([4, 5])
    assert refits.status[1] is Status.CONVERGED
    assert refits.status[0] is not Status.CONVERGED
    assert np.isnan(refits.params[0]).all()
    assert np.isnan(refits.z[0])


def test_a_looser_fit_is_brought_to_the_optimum():
    X, y = overlapping()
    exact = fit(X, y).influence(X, y)
    loose = ls.LogisticRegression(max_iter=5000, tol=1e-5).fit(X, y).influence(X, y)
    np.testing.assert_allclose(loose.dfbeta, exact.dfbeta, rtol=1e-6, atol=1e-12)


NOT_OPTIMAL = (
    r"^Cannot measure influence at these coefficients: they must minimise the objective of the given X, y and"
    r" sample_weight; a Newton step moves them by \S+ standard errors and \S+ of their length\. Separated classes have"
    r" no minimum \(fit with alpha > 0\); else give the data of the fit, and fit with solver='newton'\.$"
)


def test_coefficients_that_are_not_at_a_minimum_are_refused():
    X, y = overlapping()
    with pytest.warns(UserWarning, match="out of epochs"):
        clf = ls.LogisticRegression(max_iter=3, tol=1e-9).fit(X, y)
    with pytest.raises(_exceptions.IncompatibleError, match=NOT_OPTIMAL):
        clf.influence(X, y)
    with pytest.raises(_exceptions.IncompatibleError, match=NOT_OPTIMAL):
        fit(X, y).influence(X[::-1], y)


@pytest.mark.parametrize("activation", ["sigmoid", "probit", "cauchit", "softsign", "cloglog"])
@pytest.mark.parametrize("solver", ["newton", "gd", "lbfgs"])
def test_separated_classes_are_refused(activation, solver):
    X = np.linspace(-2, 2, 20)[:, None]
    clf = ls.LogisticRegression(activation, solver=solver, on_separation="ignore", max_iter=400, tol=0)
    with pytest.raises(_exceptions.IncompatibleError, match=r"^Cannot measure influence at these coefficients.*"):
        clf.fit(X, X[:, 0] > 0).influence(X, X[:, 0] > 0)


def test_separation_that_the_fit_saw_is_said():
    X = np.linspace(-2, 2, 20)[:, None]
    with pytest.warns(UserWarning, match="separated"):
        clf = fit(X, X[:, 0] > 0)
    with pytest.raises(
        _exceptions.IncompatibleError, match=r"^Cannot measure influence on a fit to separated classes\. .*'?x0'?"
    ):
        clf.influence(X, X[:, 0] > 0)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"solver": "lbfgs", "alpha": 0.1, "l1_ratio": 0.5},
            r"^Cannot measure influence on a fit with an L1 penalty: leaving a sample out may free a coefficient from"
            r" 0, which no curvature foretells\. Fit with l1_ratio=0\.$",
        ),
        (
            {"solver": "newton", "penalty": "firth"},
            r"^Cannot measure influence on a fit with `penalty='firth'`: every sample changes that penalty too\. Fit"
            r" with penalty=None, and with alpha > 0 if the classes are separated\.$",
        ),
        (
            {"activation": "hard", "alpha": 0.1, "tol": 0, "max_iter": 5},
            r"^Cannot measure influence with activation 'hard': its kinks have no curvature\. Choose a smooth"
            r" activation\.$",
        ),
        (
            {"activation": "softmax", "loss": "brier", "solver": "lbfgs"},
            r"^Cannot measure influence with activation 'softmax' and loss 'brier': it needs the curvature of the loss"
            r" in all columns together, which is there for loss='cross_entropy'\.$",
        ),
        (
            {"loss": "squared_error", "solver": "newton"},
            r"^Cannot take the expected information of loss 'squared_error': it is no log-likelihood of labels\. Set"
            r" information='observed'\.$",
        ),
    ],
)
def test_what_has_no_smooth_minimum_is_refused(settings, message):
    X, y = overlapping()
    clf = ls.LogisticRegression(**settings).fit(X, y)
    with pytest.raises(_exceptions.IncompatibleError, match=message):
        clf.influence(X, y)


def test_a_curvature_that_is_too_large_is_refused_before_it_is_made():
    X = np.zeros((3, 2500))
    wide = Objective(
        RowSource(X), np.array([[0.0], [1], [1]]), np.ones(3), get_pointwise("sigmoid", "cross_entropy"),
        ElasticNet(0.1),
    )  # fmt: skip
    message = (
        r"^Cannot measure influence of 3 samples on 2501 parameters that share one curvature: it needs at most 2000 of"
        r" them, and 100000000 changes in all\. Fit with fewer features, or to fewer rows\.$"
    )
    with pytest.raises(_exceptions.IncompatibleError, match=message):
        measure_influence(wide, np.zeros((2501, 1)))


def test_arguments_are_checked():
    X, y = overlapping()
    clf = fit(X, y)
    with pytest.raises(
        _exceptions.UnknownNameError, match=r"^`information` must be one of 'expected', 'observed'; got 'fisher'\.$"
    ):
        clf.influence(X, y, information="fisher")
    found = clf.influence(X, y)
    with pytest.raises(
        _exceptions.InvalidInputError, match=r"^`samples` must be rows of X of weight > 0, from 0 to 119; got 120\.$"
    ):
        found.exact_leave_one_out([3, 120])
    with pytest.raises(
        _exceptions.InvalidInputError, match=r"^`samples` must be rows of X, as whole numbers; got 'x'\.$"
    ):
        found.exact_leave_one_out("x")


def test_tables():
    X, y = overlapping()
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    found = fit(frame, y).influence(frame, y)
    assert found.names == ("a", "b", "c", "intercept")
    table = found.to_pandas()
    assert len(table) == len(y)
    np.testing.assert_array_equal(table["dfbetas_b"], found.dfbetas[:, 1])
    np.testing.assert_array_equal(table["z_without"], found.leave_one_out.z)
    lines = str(found).splitlines()
    assert lines[0] == (
        "Influence of 120 samples on 4 parameters, activation 'sigmoid' with cross_entropy, expected information"
    )
    assert lines[3].split()[0] == str(np.argmax(found.cooks_distance))
    assert len(lines) == 3 + 10
    assert repr(found) == "Influence(120 samples, 4 parameters, expected)"


def test_a_table_of_several_columns_has_a_row_each():
    X, _ = overlapping(150)
    codes = np.argmax(X[:, :3] + np.random.default_rng(2).gumbel(size=(150, 3)), axis=1)
    table = fit(X, codes).influence(X, codes).to_pandas()
    assert list(table["column"][:4]) == [0, 1, 2, 0]
    assert len(table) == 450
    assert "of 150 samples on 12 parameters" in str(fit(X, codes).influence(X, codes))


def test_collinear_columns_are_measured_in_what_they_determine():
    X, y = overlapping()
    twice = np.column_stack([X, 2 * X[:, 0]])
    with pytest.warns(_exceptions.RankWarning):
        found = fit(twice, y).influence(twice, y)
    alone = fit(X, y).influence(X, y)
    np.testing.assert_allclose(found.leverage, alone.leverage, rtol=1e-8)
    np.testing.assert_allclose(found.cooks_distance, alone.cooks_distance, rtol=1e-8)
    np.testing.assert_allclose(found.leave_one_out.z, alone.leave_one_out.z, rtol=1e-8)
    np.testing.assert_allclose(found.dfbeta[:, 0] + 2 * found.dfbeta[:, 3], alone.dfbeta[:, 0], atol=1e-10)


def test_more_features_than_samples_need_a_penalty():
    X, y = overlapping(40, 60)
    clf = fit(X, y, alpha=0.1)
    found = clf.influence(X, y)
    beta = np.append(clf.coef_, clf.intercept_)
    step = without(11, X, y, beta, 0.1)
    np.testing.assert_allclose(found.leave_one_out.params[11], step, rtol=1e-7, atol=1e-10)
    assert found.leverage.sum() < 40


def test_no_intercept():
    X, y = overlapping()
    found = fit(X, y, fit_intercept=False).influence(X, y)
    reference = sm.GLM(y, X, family=sm.families.Binomial()).fit(tol=1e-14, tol_criterion="params")
    expected = reference.get_influence(observed=False)
    np.testing.assert_allclose(found.dfbeta, expected.d_params, rtol=1e-8, atol=1e-11)
    assert found.names == ("x0", "x1", "x2")


def test_single_precision_data():
    X, y = overlapping()
    single, double = X.astype(np.float32), X.astype(np.float32).astype(float)
    np.testing.assert_allclose(
        fit(single, y).influence(single, y).cooks_distance,
        fit(double, y).influence(double, y).cooks_distance,
        rtol=1e-4,
    )
