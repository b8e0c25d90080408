"""The contract, held by every activation in the registry, and the defaults of the base."""

import math
import pickle

import numpy as np
import pytest

from logitscope._exceptions import InvalidInputError
from logitscope.activations import ACTIVATIONS, Activation

QUANTITIES = (
    "value", "derivative", "second_derivative", "probability", "complement",
    "log_probability", "log_complement", "hazard", "complement_hazard",
)  # fmt: skip
POINTWISE = [phi for phi in ACTIVATIONS.values() if not phi.couples_columns]

every_activation = pytest.mark.parametrize("phi", ACTIVATIONS.values(), ids=repr)
every_pointwise = pytest.mark.parametrize("phi", POINTWISE, ids=repr)
every_quantity = pytest.mark.parametrize("quantity", QUANTITIES)


class Logistic(Activation):
    """Only what is required: everything else is a default."""

    name, lower, upper = "logistic", 0.0, 1.0

    def _value(self, z):
        return 1 / (1 + np.exp(-z))

    def _derivative(self, z):
        return self._value(z) * (1 - self._value(z))


@every_activation
@every_quantity
class TestArrays:
    @pytest.mark.parametrize("shape", [(), (1,), (3,), (4, 2), (2, 3, 2), (0, 2)])
    @pytest.mark.parametrize("dtype", [np.float64, np.float32])
    def test_keeps_shape_and_precision(self, phi, quantity, shape, dtype):
        got = getattr(phi, quantity)(np.linspace(-2, 2, math.prod(shape)).reshape(shape).astype(dtype))
        assert got.shape == shape
        assert got.dtype == dtype

    @pytest.mark.parametrize("z", [2, True, [[0, 1]], np.arange(3, dtype=np.int8), np.ones(2, np.float16)])
    def test_takes_other_real_types_to_float64(self, phi, quantity, z):
        got = getattr(phi, quantity)(z)
        assert got.dtype == np.float64
        np.testing.assert_array_equal(got, getattr(phi, quantity)(np.asarray(z, dtype=np.float64)))

    def test_leaves_the_input_alone(self, phi, quantity):
        z = np.linspace(-3, 3, 7)
        z.setflags(write=False)
        got = getattr(phi, quantity)(z)
        assert not np.shares_memory(got, z)

    def test_depends_on_the_numbers_not_on_the_memory_order(self, phi, quantity):
        z = np.random.default_rng(0).normal(0, 30, (40, 6))
        np.testing.assert_array_equal(getattr(phi, quantity)(np.asfortranarray(z)), getattr(phi, quantity)(z))

    def test_refuses_complex_numbers(self, phi, quantity):
        with pytest.raises(InvalidInputError, match=r"^`z` must be an array of real numbers; got dtype complex128\.$"):
            getattr(phi, quantity)(np.array([1j]))


@every_pointwise
@every_quantity
def test_nan_stays_nan_beside_numbers(phi, quantity):
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        got = getattr(phi, quantity)([np.nan, 0.0, np.nan, 800.0])
    np.testing.assert_array_equal(np.isnan(got), [True, False, True, False])


@every_pointwise
def test_limits(phi):
    z = np.array([-np.inf, np.inf])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        np.testing.assert_array_equal(phi.value(z), [phi.lower, phi.upper])
        np.testing.assert_array_equal(phi.derivative(z), 0)
        np.testing.assert_array_equal(phi.second_derivative(z), 0)
        np.testing.assert_array_equal(phi.probability(z), [0, 1])
        np.testing.assert_array_equal(phi.complement(z), [1, 0])
        np.testing.assert_array_equal(phi.log_probability(z), [-np.inf, 0])
        np.testing.assert_array_equal(phi.log_complement(z), [0, -np.inf])


# The limits of h where p → 0, and of −g where q → 0: the decay of the logarithm of that tail.
HAZARDS = {
    "sigmoid": (1, 1),
    "tanh": (2, 2),
    "probit": (np.inf, np.inf),
    "cauchit": (0, 0),
    "softsign": (0, 0),
    "algebraic": (0, 0),
    "cloglog": (1, np.inf),
    "loglog": (np.inf, 1),
    "hard": (0, 0),
}


@every_pointwise
def test_limits_of_the_hazards(phi):
    assert phi.name in HAZARDS, f"give the limits of h and −g of {phi.name!r} in HAZARDS here"
    (at_lower, at_upper), z = HAZARDS[phi.name], np.array([-np.inf, np.inf])
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        np.testing.assert_array_equal(phi.hazard(z), [at_lower, 0])
        np.testing.assert_array_equal(phi.complement_hazard(z), [0, -at_upper])


@every_pointwise
def test_midpoint_has_probability_one_half(phi):
    assert phi.probability(phi.midpoint) == pytest.approx(0.5, rel=1e-15)


@every_activation
def test_call_is_the_value_or_the_derivative(phi):
    z = np.linspace(-3, 3, 8).reshape(4, 2)
    np.testing.assert_array_equal(phi(z), phi.value(z))
    np.testing.assert_array_equal(phi(z, diff=True), phi.derivative(z))


@every_activation
def test_is_a_value(phi):
    copy = pickle.loads(pickle.dumps(phi))
    assert copy == phi
    assert hash(copy) == hash(phi)
    assert repr(phi) == f"{type(phi).__name__}()"
    assert sum(phi == other for other in ACTIVATIONS.values()) == 1
    with pytest.raises(AttributeError, match=rf"^`{type(phi).__name__}` is immutable; `name` cannot be set\.$"):
        phi.name = "other"


@pytest.mark.parametrize("name", ["sigmoid", "tanh", "probit", "cauchit", "softsign", "algebraic"])
def test_symmetric_activations_mirror_exactly(name):
    phi, z = ACTIVATIONS[name], np.random.default_rng(0).normal(0, 20, 200)
    np.testing.assert_array_equal(phi.complement(z), phi.probability(-z))
    np.testing.assert_array_equal(phi.complement_hazard(z), -phi.hazard(-z))
    np.testing.assert_array_equal(phi.derivative(z), phi.derivative(-z))


@every_quantity
def test_defaults_agree_with_the_sigmoid_where_p_is_free(quantity):
    z = np.linspace(-6, 6, 101)
    np.testing.assert_allclose(
        getattr(Logistic(), quantity)(z), getattr(ACTIVATIONS["sigmoid"], quantity)(z), rtol=1e-8, atol=1e-10
    )


def test_defaults_are_silent_and_0_where_p_is_0():
    with np.errstate(over="raise", invalid="raise", divide="raise"):
        assert Logistic().hazard(-1000.0) == 0
        assert Logistic().complement_hazard(1000.0) == 0
        assert Logistic().log_probability(-1000.0) == -np.inf
        np.testing.assert_array_equal(Logistic().second_derivative([-np.inf, np.inf]), 0)
