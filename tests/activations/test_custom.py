import math
import pickle

import numpy as np
import pytest

import logitscope as ls
from logitscope._exceptions import InvalidInputError
from logitscope.activations import get_activation


class Shifted:
    """The sigmoid of z − 2, in the range (−3, 5)."""

    lower, upper = -3, 5

    def value(self, z):
        return -3 + 8 / (1 + np.exp(2 - z))

    def derivative(self, z):
        return 8 * np.exp(2 - z) / (1 + np.exp(2 - z)) ** 2


class Named(Shifted):
    name = "own"

    def log_probability(self, z):
        return -np.logaddexp(0, 2 - z)

    def __eq__(self, other):
        return type(self) is type(other)

    def __hash__(self):
        return 1


def test_scales_the_value_to_a_probability():
    phi, z = get_activation(Shifted()), np.linspace(-4, 6, 21)
    expected = get_activation("sigmoid")
    np.testing.assert_allclose(phi.probability(z), expected.probability(z - 2), rtol=1e-13)
    np.testing.assert_allclose(phi.complement(z), expected.complement(z - 2), rtol=1e-13)
    np.testing.assert_allclose(phi.hazard(z), expected.hazard(z - 2), rtol=1e-12)
    np.testing.assert_allclose(phi.complement_hazard(z), expected.complement_hazard(z - 2), rtol=1e-12)
    np.testing.assert_allclose(phi.second_derivative(z), 8 * expected.second_derivative(z - 2), atol=1e-8)


def test_midpoint_is_where_the_probability_is_one_half():
    assert get_activation(Shifted()).midpoint == pytest.approx(2, rel=1e-15)


def test_midpoint_is_nan_where_there_is_none():
    class Low(Shifted):
        def value(self, z):
            return np.full_like(z, -2.5)

    assert math.isnan(get_activation(Low()).midpoint)


def test_uses_the_methods_that_the_object_has():
    assert get_activation(Shifted()).log_probability(-1000.0) == -np.inf
    assert get_activation(Named()).log_probability(-1000.0) == -1002


def test_name():
    assert get_activation(Shifted()).name == "Shifted"
    assert get_activation(Named()).name == "own"
    assert repr(get_activation(Named())) == "CustomActivation(name='own')"


def test_is_a_value():
    phi = get_activation(Named())
    assert pickle.loads(pickle.dumps(phi)) == phi == get_activation(Named())
    assert phi != get_activation(Shifted())
    assert phi != get_activation("sigmoid")


def test_single_precision_and_the_users_warnings():
    with np.errstate(over="raise"):
        got = get_activation(Shifted()).value(np.float32([-1000, 2]))
    assert got.dtype == np.float32
    np.testing.assert_array_equal(got, [-3, 1])


def test_an_object_that_writes_to_z_cannot_reach_the_callers():
    class Writes(Shifted):
        def value(self, z):
            z *= 0
            return z

    z = np.ones(3)
    get_activation(Writes()).value(z)
    np.testing.assert_array_equal(z, 1)


def own(**methods):
    """An activation named Mine, which is `Shifted` but for these methods."""
    return type("Mine", (Shifted,), methods)


@pytest.mark.parametrize("method", ["value", "derivative"])
@pytest.mark.parametrize(
    ("function", "message"),
    [
        (
            lambda self, z: z if z > 0 else 0.0,
            "must work on arrays, here of shape (3, 2); got ValueError: The truth value of an array with more than one "
            "element is ambiguous. Use a.any() or a.all(). Use np.where in place of `if`, and np.exp of math.exp.",
        ),
        (lambda self, z: np.sum(z), "must return an array of the shape of z, (3, 2); got ()."),
        (lambda self, z: None, "must return an array of the shape of z, (3, 2); got None: is there no `return`?"),
        (lambda self, z: z / z, "must return finite numbers for finite z; got nan at z = 0.0."),
        (lambda self, z: np.where(z > 2, np.inf, z), "must return finite numbers for finite z; got inf at z = 3.0."),
    ],
)
@pytest.mark.parametrize("use", ["fit", "check_activation", "check_gradient", "backward", "compare"])
def test_a_function_that_does_not_work_is_named(method, function, message, use):
    phi, X, y = own(**{method: function})(), [[-1.0], [0.5], [1.0], [2.0]], [0, 1, 0, 1]
    uses = {
        "fit": lambda: ls.LogisticRegression(phi).fit(X, y),
        "check_activation": lambda: ls.check_activation(phi),
        "check_gradient": lambda: ls.check_gradient(phi, "cross_entropy"),
        "backward": lambda: ls.backward(0.5, 1.0, phi),
        "compare": lambda: ls.compare(X, y, activations=[phi], seeds=1, max_iter=1, test_size=0.5),
    }
    with pytest.raises(InvalidInputError) as error:
        uses[use]()
    assert str(error.value) == f"`{method}` of activation 'Mine' {message}"


def test_what_the_users_function_raised_is_the_cause():
    def value(self, z):
        return math.exp(z)

    with pytest.raises(
        InvalidInputError, match=r"^`value` of activation 'Mine' must work on arrays.* TypeError: "
    ) as e:
        get_activation(own(value=value)())
    assert isinstance(e.value.__cause__, TypeError)


def test_a_class_in_place_of_its_instance_is_refused():
    with pytest.raises(InvalidInputError) as error:
        get_activation(Shifted)
    assert str(error.value) == f"`activation` must be an object; got its class, {Shifted!r}. Write Shifted()."
    bare = type("Bare", (), {"value": Shifted.value, "derivative": Shifted.derivative})
    with pytest.raises(InvalidInputError, match=r"which lacks `lower`, `upper`\. Write Bare\(\)\.$"):
        get_activation(bare)


def test_a_class_of_static_methods_is_an_object_too():
    class Static:
        lower, upper = -1, 1
        value = staticmethod(np.tanh)
        derivative = staticmethod(lambda z: np.cosh(z) ** -2)

    assert get_activation(Static).probability(0.0) == 0.5


@pytest.mark.parametrize(("lower", "upper"), [(1, 0), (0, 0), (0, np.inf), (np.nan, 1)])
def test_a_range_that_is_none_is_refused(lower, upper):
    own = Shifted()
    own.lower, own.upper = lower, upper
    with pytest.raises(InvalidInputError) as error:
        get_activation(own)
    assert str(error.value) == (
        "`lower` and `upper` of activation 'Shifted' must be finite numbers, lower < upper; "
        f"got {float(lower)} and {float(upper)}."
    )
