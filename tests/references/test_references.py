"""The stored references are themselves tested: against their own equations in mpmath, and against statsmodels."""

import warnings

import numpy as np
import pytest
from mpmath import mp, mpf

from tests.references import exact, penalised
from tests.references.load import cases, left_out, penalised_cases
from tests.references.make_references import reference

SMALL = [case for case in cases() if case.X.size < 7000]
CONCAVE = ["sigmoid", "tanh", "probit", "cloglog", "loglog"]


@pytest.fixture(autouse=True)
def fifty_digits():
    with mp.workdps(50):
        yield


def parsed(case, key="params"):
    return [mpf(value) for value in case.written[key]]


def relative(got, expected):
    return max(abs(g / e - 1) for g, e in zip(got, expected, strict=True))


def test_every_activation_has_references_on_ten_data_sets_or_the_reason_is_stored():
    names = {case.name for case in cases()}
    assert len(names) >= 18
    for activation in exact.LINKS:
        have = {case.name for case in cases(activation)}
        missing = {key.split()[0] for key in left_out() if key.split()[1] == activation}
        assert len(have) >= 10
        assert have | missing == names | {"breast_cancer_30"}
    for activation in CONCAVE:
        assert {case.name for case in cases(activation)} == names


@pytest.mark.parametrize("link", exact.LINKS)
@pytest.mark.parametrize("z", ["-6.5", "-0.3", "0.7", "3.25"])
def test_the_links_are_consistent(link, z):
    point = exact.LINKS[link](mpf(z))
    assert abs(point.p + point.q - 1) < 1e-48
    for formula, order in [(point.slope, 1), (point.bend, 2)]:
        difference = mp.diff(lambda x: exact.LINKS[link](x).p, mpf(z), order)
        assert abs(formula - difference) < 1e-20 * abs(formula)


@pytest.mark.parametrize("case", SMALL, ids=str)
def test_the_score_vanishes_at_the_stored_params(case):
    design = exact.Design(case.X, case.y, case.weights)
    params = parsed(case)
    at = exact.evaluate(design, case.activation, params)
    step = exact.newton_step(at.observed, at.score)
    assert exact.relative_size(step, params) < 1e-24  # half a unit of the 25th digit
    assert relative(exact.standard_errors(at.observed), parsed(case, "se_observed")) < 1e-20
    assert relative(exact.standard_errors(at.expected), parsed(case, "se_expected")) < 1e-20
    assert abs(at.log_likelihood / mpf(case.written["log_likelihood"]) - 1) < 1e-24


@pytest.mark.parametrize("case", cases("tanh"), ids=str)
def test_tanh_is_the_sigmoid_of_twice_z(case):
    (sigmoid,) = cases("sigmoid", data=case.name)
    for key in ("params", "se_expected", "se_observed"):
        assert relative([2 * value for value in parsed(case, key)], parsed(sigmoid, key)) < 1e-23
    assert case.log_likelihood == sigmoid.log_likelihood


def statsmodels_fit(case):
    """statsmodels' tightest, on standardised columns, handed back in the units of the data."""
    from statsmodels.discrete import discrete_model
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    links = families.links
    link = {
        "sigmoid": links.Logit,
        "probit": links.Probit,
        "cauchit": links.Cauchy,
        "cloglog": links.CLogLog,
        "loglog": links.LogLog,
    }[case.activation]()
    discrete = {"sigmoid": discrete_model.Logit, "probit": discrete_model.Probit}.get(case.activation)
    keep = case.weights > 0
    y, weights = case.y[keep], case.weights[keep]
    mean, scale = case.X[keep].mean(axis=0), case.X[keep].std(axis=0)
    X = np.column_stack([(case.X[keep] - mean) / scale, np.ones(keep.sum())])
    back = np.diag(np.append(1 / scale, 1.0))
    back[-1, :-1] = -mean / scale
    model = GLM(y, X, family=families.Binomial(link), freq_weights=weights)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # in passing, and where its tolerance is below its rounding
        params = model.fit(tol=1e-10, tol_criterion="params", maxiter=100).params
        for _ in range(3):  # IRLS is only linear where the link is not canonical: Newton with statsmodels' derivatives
            params = params - np.linalg.solve(model.hessian(params, observed=True), model.score(params))
        expected, observed = (-model.hessian(params, observed=which) for which in (False, True))
        if discrete and (weights == 1).all():  # GLM's own loses digits where p rounds to 0 or 1; it takes weights
            observed = -discrete(y, X).hessian(params)
        log_likelihood = model.loglike(params)
    errors = [np.sqrt(np.diag(back @ np.linalg.inv(matrix) @ back.T)) for matrix in (expected, observed)]
    return back @ params, *errors, log_likelihood


@pytest.mark.parametrize("case", cases("sigmoid", "probit", "cauchit", "cloglog", "loglog"), ids=str)
def test_statsmodels_agrees(case):
    params, expected, observed, log_likelihood = statsmodels_fit(case)
    reference = np.append(case.coef, case.intercept)
    # the interactions in star98 have a condition number of 4e2; the normal equations square it
    tolerance = 5e-11 if case.name == "star98" else 1e-12
    assert (np.abs(params - reference) / (np.abs(reference) + case.se_expected)).max() < tolerance
    np.testing.assert_allclose(expected, case.se_expected, rtol=1e-9)
    np.testing.assert_allclose(observed, case.se_observed, rtol=1e-9)
    np.testing.assert_allclose(log_likelihood, case.log_likelihood, rtol=1e-14)


@pytest.mark.parametrize("case", cases("sigmoid"), ids=str)
def test_both_informations_are_one_for_the_canonical_link(case):
    assert relative(parsed(case, "se_expected"), parsed(case, "se_observed")) < 1e-24


def test_one_case_is_made_again_digit_for_digit():
    assert reference("spector", "cauchit") == cases("cauchit", data="spector")[0].written


def test_what_has_no_reference_says_why():
    reasons = left_out()
    assert reference("breast_cancer_30", "sigmoid") == reasons["breast_cancer_30 sigmoid"]
    assert reference("spector", "softsign") == reasons["spector softsign"]


@pytest.mark.parametrize("name", [name for name, p in penalised.PROBLEMS.items() if p.data != "star98"])
def test_penalised_params_satisfy_the_optimality_conditions(name):
    problem = penalised.PROBLEMS[name]
    (case,) = (case for case in penalised_cases() if case.name == name)
    design = exact.Design(*problem.load())
    margin = penalised.prove(problem, design, parsed(case), tolerance=1e-19)
    assert (margin > 0) == (problem.l1_ratio > 0)
    assert abs(penalised.objective(problem, design, parsed(case)) - mpf(case.written["objective"])) < 1e-24


def test_softmax_params_satisfy_the_optimality_conditions():
    *_, case = penalised_cases()
    slope, _, value = penalised.softmax_gradient(*penalised.iris_rows(), parsed(case))
    assert max(abs(g) for g in slope) < 1e-22
    assert abs(value - mpf(case.written["objective"])) < 1e-24
