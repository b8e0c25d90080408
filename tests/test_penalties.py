import math
import pickle

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import minimize, minimize_scalar

from logitscope._exceptions import InvalidInputError
from logitscope.penalties import ElasticNet

finite = st.floats(-10, 10, allow_subnormal=False)
share = st.floats(0, 1, allow_subnormal=False)
strength = st.floats(0, 5, allow_subnormal=False)


@pytest.fixture
def coef():
    return np.random.default_rng(5).normal(size=(7, 3))


def loop_value(alpha, l1_ratio, column):
    return sum(alpha * (l1_ratio * abs(w) + (1 - l1_ratio) / 2 * w * w) for w in column)


def test_value_is_the_formula_for_every_column(coef):
    alpha = [0.0, 0.3, 2.0]
    expected = [loop_value(a, 0.7, coef[:, k]) for k, a in enumerate(alpha)]
    np.testing.assert_allclose(ElasticNet(alpha, 0.7).value(coef), expected, rtol=1e-14)


@pytest.mark.parametrize("n_features", [1, 9, 300])
def test_one_column_is_the_same_column_among_many(n_features):
    coef = np.random.default_rng(6).normal(size=(n_features, 5))
    alpha = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    many = ElasticNet(alpha, 0.3)
    for k in range(5):
        one, column = ElasticNet(alpha[k], 0.3), coef[:, [k]]
        assert one.value(column)[0] == many.value(coef)[k]
        np.testing.assert_array_equal(one.gradient(column)[:, 0], many.gradient(coef)[:, k])
        np.testing.assert_array_equal(one.prox(column, 0.5)[:, 0], many.prox(coef, 0.5)[:, k])
        residual = many.residual(coef, coef[::-1])
        np.testing.assert_array_equal(one.residual(column, column[::-1])[:, 0], residual[:, k])


def test_gradient_is_the_slope_of_the_smooth_part(coef):
    alpha, step = np.array([0.5, 1.0, 2.0]), 1e-5
    gradient = ElasticNet(alpha, 0.25).gradient(coef)
    ridge = ElasticNet(alpha * 0.75, 0.0)
    for j in range(7):
        shift = np.zeros_like(coef)
        shift[j] = step
        slope = (ridge.value(coef + shift) - ridge.value(coef - shift)) / (2 * step)
        np.testing.assert_allclose(gradient[j], slope, rtol=1e-7, atol=1e-9)


def test_curvature_is_the_slope_of_the_gradient(coef):
    penalty = ElasticNet([0.5, 1.0, 2.0], 0.25)
    np.testing.assert_allclose(penalty.gradient(coef + 1) - penalty.gradient(coef), [[0.375, 0.75, 1.5]] * 7)
    np.testing.assert_array_equal(penalty.curvature(), [0.375, 0.75, 1.5])
    assert ElasticNet(2.0, 0.25).curvature() == 1.5


@settings(max_examples=60, deadline=None)
@given(w=finite, alpha=strength, l1_ratio=share, step=st.floats(0.01, 3))
def test_prox_is_the_minimizer_that_scipy_finds(w, alpha, l1_ratio, step):
    def objective(u):
        return (u - w) ** 2 / 2 + step * alpha * l1_ratio * abs(u)

    u = float(ElasticNet(alpha, l1_ratio).prox(np.array([[w]]), step)[0, 0])
    found = minimize_scalar(objective, bounds=(-11, 11), method="bounded", options={"xatol": 1e-10})
    assert objective(u) <= found.fun + 1e-12
    assert u == pytest.approx(found.x, abs=2e-5)


@settings(max_examples=60, deadline=None)
@given(a=finite, b=finite, alpha=strength, l1_ratio=share)
def test_prox_never_increases_distances(a, b, alpha, l1_ratio):
    low, high = ElasticNet(alpha, l1_ratio).prox(np.array([[a], [b]]), 0.7).ravel()
    assert abs(low - high) <= abs(a - b) + 1e-12


@pytest.mark.parametrize(
    ("step", "expected"),
    [
        (1.0, [[0.5, 0.0], [0.0, -1.0]]),
        (np.array([1.0, 0.5]), [[0.5, 0.0], [0.0, -1.5]]),
        (np.array([[2.0, 0.1], [0.25, 4.0]]), [[0.0, 0.1], [-0.25, 0.0]]),
    ],
)
def test_prox_with_a_step_for_all_a_column_and_a_coefficient(step, expected):
    penalty = ElasticNet(alpha=2.0, l1_ratio=0.5)  # thresholds: the steps themselves
    coef = np.array([[1.5, 0.2], [-0.5, -2.0]])
    np.testing.assert_allclose(penalty.prox(coef, step), expected, rtol=1e-14)


def test_residual_vanishes_at_the_minimum_of_a_quadratic_and_only_there():
    """½ (w − c)ᵀ H (w − c) + penalty, minimized by SciPy over the split w = u − v with u, v ≥ 0."""
    rng = np.random.default_rng(8)
    root = rng.normal(size=(6, 6))
    hessian, center, penalty = root @ root.T + np.eye(6), rng.normal(size=6), ElasticNet(4.0, 0.6)

    def objective(parts):
        w = parts[:6] - parts[6:]
        smooth_gradient = hessian @ (w - center) + 4.0 * 0.4 * w
        value = (w - center) @ hessian @ (w - center) / 2 + 4.0 * (0.6 * parts.sum() + 0.2 * w @ w)
        return value, np.concatenate([smooth_gradient, -smooth_gradient]) + 2.4

    found = minimize(objective, np.ones(12), jac=True, bounds=[(0, None)] * 12, options={"ftol": 1e-16, "gtol": 1e-10})
    w = np.where(np.abs(found.x[:6] - found.x[6:]) < 1e-9, 0.0, found.x[:6] - found.x[6:])[:, None]
    assert 0 < np.count_nonzero(w) < 6

    def residual(w):
        return penalty.residual(w, hessian @ (w - center[:, None]) + penalty.gradient(w))

    np.testing.assert_allclose(residual(w), 0.0, atol=2e-5)
    assert np.abs(residual(w + 0.1)).min() > 1e-2


def test_residual_at_zero_is_what_the_corner_does_not_absorb():
    zero = np.zeros((4, 1))
    gradient = np.array([[0.9], [-1.0], [1.5], [-4.0]])
    residual = ElasticNet(alpha=2.0, l1_ratio=0.5).residual(zero, gradient)
    np.testing.assert_allclose(residual, [[0.0], [0.0], [0.5], [-3.0]])


@pytest.mark.parametrize(
    ("penalty", "is_zero", "is_smooth"),
    [
        (ElasticNet(), True, True),
        (ElasticNet(0.0, 1.0), True, True),
        (ElasticNet([0.0, 0.0], 1.0), True, True),
        (ElasticNet(1.0), False, True),
        (ElasticNet([0.0, 1.0]), False, True),
        (ElasticNet(1.0, 1.0), False, False),
        (ElasticNet([0.0, 1.0], 0.1), False, False),
    ],
)
def test_what_kind_of_penalty_it_is(penalty, is_zero, is_smooth):
    assert penalty.is_zero is is_zero
    assert penalty.is_smooth is is_smooth


@pytest.mark.parametrize("alpha", [0.5, [0.5, 1.0, 2.0], np.float64(0.5)])
def test_float32_stays_float32_and_inputs_are_unchanged(coef, alpha):
    coef = coef.astype(np.float32)
    before = coef.copy()
    penalty = ElasticNet(alpha, 0.5)
    results = (
        penalty.value(coef),
        penalty.gradient(coef),
        penalty.prox(coef, np.full(3, 0.5)),
        penalty.residual(coef, coef),
    )
    assert [array.dtype for array in results] == [np.float32] * 4
    assert [array.shape for array in results] == [(3,), (7, 3), (7, 3), (7, 3)]
    np.testing.assert_array_equal(coef, before)


def test_prox_gives_no_negative_zero():
    assert not np.signbit(ElasticNet(1.0, 1.0).prox(np.array([[-0.5], [-0.0]]), 1.0)).any()


def test_nan_is_not_thresholded_away():
    assert np.isnan(ElasticNet(1.0, 1.0).prox(np.array([[math.nan]]), 1.0)).all()


def test_pickle_equality_and_hash():
    penalty = ElasticNet([0.5, 1.0], 0.5)
    assert pickle.loads(pickle.dumps(penalty)) == penalty
    assert hash(penalty) == hash(ElasticNet(np.array([0.5, 1.0]), 0.5))
    assert penalty != ElasticNet([0.5, 2.0], 0.5)
    assert penalty != ElasticNet([0.5, 1.0], 0.0)
    assert penalty != 1
    assert repr(ElasticNet(1, 0)) == "ElasticNet(alpha=1.0, l1_ratio=0.0)"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"alpha": -1}, "`alpha` must be finite and >= 0; got -1."),
        ({"alpha": math.nan}, "`alpha` must be finite and >= 0; got nan."),
        ({"alpha": math.inf}, "`alpha` must be finite and >= 0; got inf."),
        ({"alpha": "1"}, "`alpha` must be a number >= 0, or one for each model; got '1'."),
        ({"alpha": None}, "`alpha` must be a number >= 0, or one for each model; got None."),
        ({"alpha": True}, "`alpha` must be a number >= 0, or one for each model; got True."),
        ({"alpha": []}, "`alpha` must be a number >= 0, or one for each model; got []."),
        ({"alpha": [[1.0]]}, "`alpha` must be a number >= 0, or one for each model; got [[1.0]]."),
        (
            {"alpha": [[1], [1, 2]]},
            "`alpha` must be a number >= 0, or one for each model; got [[1], [1, 2]].",
        ),
        ({"alpha": [0, -2]}, "`alpha` must be finite and >= 0 for every model; got -2.0 for model 1."),
        ({"l1_ratio": 1.5}, "`l1_ratio` must be a number in [0, 1]; got 1.5."),
        ({"l1_ratio": -0.1}, "`l1_ratio` must be a number in [0, 1]; got -0.1."),
        ({"l1_ratio": math.nan}, "`l1_ratio` must be a number in [0, 1]; got nan."),
        ({"l1_ratio": [0.5]}, "`l1_ratio` must be a number in [0, 1]; got [0.5]."),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(InvalidInputError) as caught:
        ElasticNet(**arguments)
    assert str(caught.value) == message
