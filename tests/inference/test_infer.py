"""Inference against statsmodels, 50-digit formulas and closed forms, in units that hurt."""

import re

import mpmath
import numpy as np
import pytest
import statsmodels.api as sm
from mpmath import mp, mpf

from logitscope._exceptions import IncompatibleError, InvalidInputError
from logitscope.activations import ACTIVATIONS
from logitscope.inference import infer
from logitscope.inference._separation import _pulls
from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.solvers import Newton
from logitscope.sources import RowSource
from logitscope.training import train


def sigmoid(z):
    p = 1 / (1 + mp.exp(-z))
    return p, p * (1 - p), p * (1 - p) * (1 - 2 * p)


def tanh(z):
    p, slope, bend = sigmoid(2 * z)
    return p, 2 * slope, 4 * bend


def probit(z):
    return mp.ncdf(z), mp.npdf(z), -z * mp.npdf(z)


def cauchit(z):
    return mpf(1) / 2 + mp.atan(z) / mp.pi, 1 / (mp.pi * (1 + z * z)), -2 * z / (mp.pi * (1 + z * z) ** 2)


def softsign(z):
    u = 1 / (1 + abs(z))
    return (1 + z * u) / 2, u**2 / 2, -mp.sign(z) * u**3


def algebraic(z):
    r = mp.sqrt(1 + z * z)
    return (1 + z / r) / 2, 1 / (2 * r**3), -3 * z / (2 * r**5)


def cloglog(z):
    u = mp.exp(z)
    return 1 - mp.exp(-u), u * mp.exp(-u), u * (1 - u) * mp.exp(-u)


def loglog(z):
    v = mp.exp(-z)
    return mp.exp(-v), v * mp.exp(-v), v * (v - 1) * mp.exp(-v)


LINKS = {f.__name__: f for f in (sigmoid, tanh, probit, cauchit, softsign, algebraic, cloglog, loglog)}
SMOOTH = [name for name in ACTIVATIONS if name not in ("hard", "softmax")]


def reference(name, X, y, weights, params):
    """The maximum near `params`, log L, and both covariance matrices, from 60 digits."""
    with mp.workdps(60):
        rows = [[*map(mpf, row), mpf(1)] for row in X.tolist()]
        beta, k = mp.matrix(params.tolist()), len(params)
        for _ in range(5):
            value, score, expected, observed = mpf(0), mp.matrix(k, 1), mp.matrix(k), mp.matrix(k)
            for row, label, s in zip(rows, y.tolist(), weights.tolist(), strict=True):
                p, slope, bend = LINKS[name](mp.fdot(row, beta))
                q, t = 1 - p, mpf(label)
                value += s * (t * mp.log(p) + (1 - t) * mp.log(q))
                x = mp.matrix(row)
                score += s * slope * (t / p - (1 - t) / q) * x
                expected += s * slope**2 / (p * q) * (x * x.T)
                h, g = slope / p, slope / q
                observed += s * (t * (h**2 - bend / p) + (1 - t) * (g**2 + bend / q)) * (x * x.T)
            step = mp.lu_solve(observed, score)
            beta += step
            if max(abs(d / b) for d, b in zip(step, beta, strict=True)) < mpf(10) ** -30:
                break
        inverses = [np.array((m**-1).tolist(), dtype=float) for m in (expected, observed)]
        return np.array([float(b) for b in beta]), float(value), *inverses


rng = np.random.default_rng(0)
# Multiples of 2⁻¹⁰, so that 1e6 is added without rounding.
BASE = np.round(rng.normal(size=(60, 3)) * 1024) / 1024
LATENT = BASE @ [1.0, -0.7, 0.3] + 0.4
Y = (LATENT + 1.5 * rng.normal(size=60) > 0).astype(float)
COUNTS = rng.integers(1, 4, 60).astype(float)


def make(X, y, weights=None, activation="sigmoid", loss="cross_entropy", alpha=0.0, intercept=True):
    weights = np.ones(len(y)) if weights is None else weights
    pair = get_pointwise(activation, loss)
    return Objective(RowSource(X), np.asarray(y, float)[:, None], weights, pair, ElasticNet(alpha), intercept)


def fitted(*args, **how):
    objective = make(*args, **how)
    start = np.zeros((objective.n_params, 1))
    return objective, train(objective, Newton().steps(objective, start), start, max_iter=200).params


def inferred(*args, **how):
    return infer(*fitted(*args, **how))


@pytest.mark.parametrize("activation", SMOOTH)
def test_every_activation_against_60_digits(activation):
    """Columns of 1e8, 1e-8 and 1e6 away from 0, frequency weights, and proportions among the labels."""
    X = BASE * [1e8, 1e-8, 1.0] + [0.0, 0.0, 1e6]
    y = np.where(np.arange(60) % 7 == 0, 0.25 + 0.5 * Y, Y)
    objective, params = fitted(X, y, COUNTS, activation)
    found = infer(objective, params)
    beta, value, expected, observed = reference(activation, X, y, COUNTS, params[:, 0])
    np.testing.assert_allclose(found.estimate, beta, rtol=1e-9)
    np.testing.assert_allclose(found.expected.standard_error, np.sqrt(np.diag(expected)), rtol=1e-10)
    np.testing.assert_allclose(found.observed.standard_error, np.sqrt(np.diag(observed)), rtol=1e-10)
    for ours, theirs in ((found.expected.covariance, expected), (found.observed.covariance, observed)):
        size = np.sqrt(np.outer(np.diag(theirs), np.diag(theirs)))
        np.testing.assert_allclose(ours / size, theirs / size, rtol=0, atol=1e-10)
    assert found.log_likelihood == pytest.approx(value, rel=1e-12)
    assert found.distance < 1e-7


@pytest.mark.parametrize("name", ["Logit", "Probit"])
def test_discrete_models_of_statsmodels(name):
    data = sm.datasets.spector.load_pandas()
    theirs = getattr(sm, name)(data.endog, sm.add_constant(data.exog, prepend=False)).fit(disp=0, tol=1e-14)
    objective, params = fitted(data.exog.to_numpy(), data.endog, activation={"Logit": "sigmoid"}.get(name, "probit"))
    found = infer(objective, params, names=list(data.exog.columns), level=0.9, information="observed")
    assert found.names == ("GPA", "TUCE", "PSI", "intercept")
    for ours, wanted in [
        (found.estimate, theirs.params),
        (found.standard_error, theirs.bse),
        (found.z, theirs.tvalues),
        (found.p_value, theirs.pvalues),
        (found.confidence_interval, theirs.conf_int(0.1)),
        (found.covariance, theirs.cov_params()),
    ]:
        np.testing.assert_allclose(ours, wanted, rtol=1e-9)
    scalars = (
        found.log_likelihood, found.null_log_likelihood, found.aic, found.bic, found.mcfadden_r2,
        found.likelihood_ratio, found.likelihood_ratio_p_value,
    )  # fmt: skip
    wanted = (
        theirs.llf, theirs.llnull, theirs.aic, theirs.bic, theirs.prsquared, theirs.llr, theirs.llr_pvalue,
    )  # fmt: skip
    np.testing.assert_allclose(scalars, wanted, rtol=1e-9)  # their null model ends at 1e-11


@pytest.mark.parametrize(
    ("activation", "link"),
    [("sigmoid", "Logit"), ("probit", "Probit"), ("cloglog", "CLogLog"), ("loglog", "LogLog"), ("cauchit", "Cauchy")],
)
def test_generalised_linear_models_of_statsmodels(activation, link):
    """Real data of 6366 women; GLM's default is the expected information, its hessian gives the observed one."""
    data = sm.datasets.fair.load_pandas()
    X, y = data.exog.iloc[::5].to_numpy(), (data.endog.iloc[::5].to_numpy() > 0).astype(float)
    counts = np.arange(len(y)) % 3 + 1.0
    found = inferred(X, y, counts, activation)
    family = sm.families.Binomial(getattr(sm.families.links, link)())
    model = sm.GLM(y, sm.add_constant(X, prepend=False), family=family, freq_weights=counts)
    theirs = model.fit(start_params=found.estimate, tol=1e-14, tol_criterion="params")
    observed = np.linalg.inv(-model.hessian(found.estimate, observed=True))
    np.testing.assert_allclose(found.estimate, theirs.params, rtol=1e-9)
    np.testing.assert_allclose(found.standard_error, theirs.bse, rtol=1e-9)
    np.testing.assert_allclose(found.observed.standard_error, np.sqrt(np.diag(observed)), rtol=1e-9)
    np.testing.assert_allclose(found.p_value, theirs.pvalues, rtol=1e-7)
    np.testing.assert_allclose(
        [found.deviance, found.null_deviance, found.log_likelihood, found.aic, found.n_observations],
        [theirs.deviance, theirs.null_deviance, theirs.llf, theirs.aic, counts.sum()],
        rtol=1e-11,
    )


def test_two_by_two_table():
    """log odds ratio log(ad/bc) with variance 1/a + 1/b + 1/c + 1/d (Woolf 1955)."""
    a, b, c, d = 31, 12, 7, 44
    found = inferred(np.array([[1.0], [1.0], [0.0], [0.0]]), [1, 0, 1, 0], np.array([a, b, c, d], dtype=float))
    np.testing.assert_allclose(found.estimate, [np.log(a * d / (b * c)), np.log(c / d)], rtol=1e-13)
    np.testing.assert_allclose(
        found.standard_error, np.sqrt([1 / a + 1 / b + 1 / c + 1 / d, 1 / c + 1 / d]), rtol=1e-13
    )
    assert (found.n_observations, found.n_parameters) == (94, 2)


@pytest.mark.parametrize("activation", ["sigmoid", "cauchit"])
def test_a_weight_counts_rows_and_a_proportion_splits_one(activation):
    repeated = np.repeat(np.arange(60), COUNTS.astype(int))
    weighted, rows = inferred(BASE, Y, COUNTS, activation), inferred(BASE[repeated], Y[repeated], None, activation)
    y = np.where(np.arange(60) % 2 == 0, 1 / 3, Y)
    grouped = inferred(BASE, y, 3 * np.ones(60), activation)
    halves = np.tile(BASE, (2, 1))
    counted = inferred(halves, np.repeat([1.0, 0.0], 60), np.concatenate([3 * y, 3 - 3 * y]) + 1e-300, activation)
    for one, other in ((weighted, rows), (grouped, counted)):
        for name in ("estimate", "standard_error", "covariance", "z"):
            np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-9, atol=1e-16)
        np.testing.assert_allclose(one.observed.standard_error, other.observed.standard_error, rtol=1e-11)
        np.testing.assert_allclose([one.aic, one.bic, one.mcfadden_r2], [other.aic, other.bic, other.mcfadden_r2])


@pytest.mark.parametrize("activation", ["sigmoid", "softsign"])
def test_powers_of_two_change_no_bit_and_the_largest_columns_do_not_overflow(activation):
    plain = inferred(BASE, Y, COUNTS, activation)
    exponent = np.array([600, -600, 20])
    other = inferred(np.ldexp(BASE, exponent), Y, COUNTS, activation)
    for name in ("expected", "observed"):
        ours, theirs = getattr(plain, name).standard_error, getattr(other, name).standard_error
        np.testing.assert_array_equal(ours, np.append(np.ldexp(theirs[:3], exponent), theirs[3]))
    np.testing.assert_array_equal(plain.p_value, other.p_value)


def test_without_an_intercept():
    found = inferred(BASE, Y, intercept=False)
    theirs = sm.GLM(Y, BASE, family=sm.families.Binomial()).fit(tol=1e-14, tol_criterion="params")
    np.testing.assert_allclose(found.standard_error, theirs.bse, rtol=1e-9)
    assert found.null_log_likelihood == pytest.approx(-60 * np.log(2), rel=1e-14)
    assert (found.names, found.n_parameters, found.n_null_parameters) == (("x0", "x1", "x2"), 3, 0)


def test_near_separation_keeps_its_digits():
    """One row out of place among 40: probabilities down to 1e-12."""
    x = np.linspace(-5, 5, 40)
    y = (x > 0).astype(float)
    y[[19, 20]] = 1.0, 0.0
    objective, params = fitted(np.column_stack([x, x**2]), y)
    found = infer(objective, params)
    _, _, expected, _ = reference("sigmoid", objective.source.X, y, np.ones(40), params[:, 0])
    np.testing.assert_allclose(found.standard_error, np.sqrt(np.diag(expected)), rtol=1e-11)


def test_collinear_columns_have_no_figures_and_the_others_have_theirs():
    doubled = np.column_stack([BASE, BASE[:, 1], BASE[:, 1] * 3])
    found, plain = inferred(doubled, Y, COUNTS), inferred(BASE, Y, COUNTS)
    np.testing.assert_array_equal(np.isnan(found.estimate), [False, True, False, True, True, False])
    kept = [0, 2, 5]
    np.testing.assert_allclose(found.standard_error[kept], plain.standard_error[[0, 2, 3]], rtol=1e-11)
    np.testing.assert_allclose(found.covariance[np.ix_(kept, kept)], plain.covariance[np.ix_([0, 2, 3], [0, 2, 3])])
    assert found.bic == pytest.approx(plain.bic, rel=1e-12)
    assert found.notes == ("not identified, since columns are collinear: 'x1', 'x3', 'x4'; their figures are NaN",)


@pytest.mark.parametrize("extra", [np.full(60, 7.0), 4.0 - BASE[:, 2]], ids=["constant", "moved"])
def test_a_column_that_is_collinear_with_the_intercept_takes_it_along(extra):
    found, plain = inferred(np.column_stack([BASE, extra]), Y), inferred(BASE, Y)
    lost = np.isnan(found.standard_error)
    assert lost[3:].all()
    assert not lost[:2].any()
    np.testing.assert_allclose(found.standard_error[:2], plain.standard_error[:2], rtol=1e-11)


def test_a_far_offset_is_no_reason_to_refuse():
    """At 1e12 the rounding of b alone is worth 1e-3 standard errors: nothing nearer can be written down."""
    found = inferred(BASE + 1e12, Y)
    rounded = inferred((BASE + 1e12) - 1e12, Y)
    np.testing.assert_allclose(found.standard_error[:3], rounded.standard_error[:3], rtol=1e-9)


def test_a_loose_fit_is_polished_and_its_distance_told():
    objective, params = fitted(BASE, Y)
    exact = infer(objective, params)
    moved = infer(objective, params + 2e-5 * exact.standard_error[:, None])
    assert 1e-6 < moved.distance < 1e-4
    np.testing.assert_allclose(moved.standard_error, exact.standard_error, rtol=1e-12)
    assert moved.log_likelihood == pytest.approx(exact.log_likelihood, rel=1e-14)


def test_notes_tell_of_weights_that_are_no_counts():
    assert inferred(BASE, Y, COUNTS / 2).notes == (
        "sample weights are read as numbers of observations, though some are no whole numbers",
    )
    assert inferred(BASE, Y, COUNTS).notes == ()


NOT_PENALISED = (
    "Cannot infer from a penalised fit: a penalty biases the coefficients, which standard errors do not show."
    " Fit with alpha=0."
)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"alpha": 0.1}, NOT_PENALISED),
        (
            {"loss": "focal"},
            "Cannot infer with loss 'focal': it is no log-likelihood of labels. Fit with loss='cross_entropy'.",
        ),
        (
            {"loss": "brier"},
            "Cannot infer with loss 'brier': it is no log-likelihood of labels. Fit with loss='cross_entropy'.",
        ),
        (
            {"activation": "hard"},
            "Cannot infer with activation 'hard': its likelihood has kinks and probabilities of 0, so that estimates"
            " are not asymptotically normal. Choose a smooth activation.",
        ),
        (
            {"activation": "softmax"},
            "Cannot infer with activation 'softmax': its columns share one likelihood, of which only the differences"
            " are determined. For two classes activation='sigmoid' is the same model.",
        ),
    ],
)
def test_models_without_a_theory_are_refused(how, message):
    with pytest.raises(IncompatibleError, match=f"^{re.escape(message)}$"):
        infer(make(BASE, Y, **how), np.zeros((4, 1)))


def test_several_columns_are_refused():
    objective = Objective(RowSource(BASE), np.column_stack([Y, 1 - Y]), COUNTS, get_pointwise("tanh", "cross_entropy"))
    message = (
        "Cannot infer from 2 columns: the theory is of one binary likelihood. For one-vs-rest, fit each class against"
        " the rest on its own (y == label)."
    )
    with pytest.raises(IncompatibleError, match=f"^{re.escape(message)}$"):
        infer(objective, np.zeros((4, 2)))


@pytest.mark.parametrize("activation", ["sigmoid", "cauchit"])
def test_separated_classes_are_refused_by_name(activation):
    y = (BASE[:, 1] > 0.1).astype(float)
    message = "Cannot infer from separated classes. The classes are completely separated: label 1 exactly where age > "
    with pytest.raises(IncompatibleError, match=f"^{re.escape(message)}"):
        infer(make(BASE, y, activation=activation), np.array([[0.0], [40.0], [0.0], [-4.0]]), names=["a", "age", "c"])


def test_proportions_of_0_and_1_are_separated_too():
    X, y = np.arange(5.0)[:, None], np.array([0.0, 0.0, 0.5, 1.0, 1.0])
    with pytest.raises(IncompatibleError, match="quasi-completely separated: label 1 wherever x0 > 2 and"):
        infer(make(X, y, 10 * np.ones(5)), np.array([[30.0], [-60.0]]))


@pytest.mark.parametrize("start", [0.0, 1e-3, 1e4])
def test_parameters_that_are_no_maximum_are_refused(start):
    objective, params = fitted(BASE, Y)
    with pytest.raises(IncompatibleError, match=r"^Cannot infer from these coefficients: .* solver='newton'\.$"):
        infer(objective, params * (1 + start) + (1 if start == 0 else 0))


def test_how_far_they_are_is_told():
    objective, params = fitted(BASE, Y)
    error = infer(objective, params).standard_error
    message = (
        "Cannot infer from these coefficients: they must maximise the likelihood of the given X, y and sample_weight;"
        " got coefficients 0.001 standard errors away from the maximum. Give the data of the fit, and fit with"
        " solver='newton'."
    )
    covariance = infer(objective, params).covariance
    direction = covariance[:, [0]] / error[0]  # one standard error of x0, the others along
    with pytest.raises(IncompatibleError, match=f"^{re.escape(message)}$"):
        infer(objective, params + 1e-3 * direction)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"level": 1.0}, "`level` must be a number between 0 and 1; got 1.0."),
        ({"level": "0.95"}, "`level` must be a number between 0 and 1; got '0.95'."),
        ({"information": "fisher"}, "`information` must be one of 'expected', 'observed'; got 'fisher'."),
        ({"names": ["a"]}, "`names` must have 3 names, one for each feature; got 1."),
    ],
)
def test_invalid_arguments(how, message):
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        infer(make(BASE, Y), np.zeros((4, 1)), **how)


def test_reference_formulas_are_derivatives():
    """The oracle itself: slopes and bends are the derivatives of p."""
    for link in LINKS.values():
        for z in (-1.3, 0.4, 2.2):
            with mp.workdps(50):
                p, slope, bend = link(mpf(z))
                taylor = mpmath.taylor(lambda t, link=link: link(t)[0], mpf(z), 2)
                assert mp.almosteq(taylor[0], p, rel_eps=mpf(10) ** -20)
                assert mp.almosteq(taylor[1], slope, rel_eps=mpf(10) ** -15)
                assert mp.almosteq(2 * taylor[2], bend, rel_eps=mpf(10) ** -10)


def test_the_pulls_of_a_class_among_others():
    """Of softmax they are p and 1 − p of the class among all; rows are never taken for classes."""
    rng = np.random.default_rng(0)
    X, codes = rng.normal(size=(50, 3)), rng.integers(0, 3, 50)
    objective = Objective(
        RowSource(X), np.eye(3)[codes], np.ones(50), get_pointwise("softmax", "cross_entropy"), ElasticNet()
    )
    z = objective.z(rng.normal(size=(4, 3)))
    slopes = objective.pointwise.column(0).grad_z(z, objective.target)
    for column in range(3):
        one, zero = _pulls(objective, z, column)
        own = np.where(objective.target[:, column] == 1, one, zero)
        np.testing.assert_allclose(own, np.abs(slopes[:, column]), rtol=1e-12)
