"""What is declared a rescaling is one, and chains of them are found."""

import numpy as np
import pytest

import logitscope as ls
from logitscope._exceptions import IncompatibleError, InvalidInputError
from logitscope.equivalence import RESCALINGS
from logitscope.equivalence._rescaling import find_rescaling

PHI = ls.ACTIVATIONS


class Stretched:
    lower, upper = -3.0, 1.0

    def value(self, z):
        return 2 * np.tanh(np.asarray(z) / 5) - 1

    def derivative(self, z):
        return 2 / 5 / np.cosh(np.asarray(z) / 5) ** 2


@pytest.mark.parametrize("rescaling", RESCALINGS, ids=str)
def test_what_is_known_holds_and_so_does_its_inverse(rescaling):
    z = np.linspace(-30, 30, 301)
    for one in (rescaling, rescaling.inverse(), rescaling.inverse().inverse()):
        right = one.scale * one.base.value(one.slope * z) + one.shift
        width = one.target.upper - one.target.lower
        np.testing.assert_allclose(one.target.value(z), right, rtol=0, atol=4e-16 * width)


def test_a_chain_through_what_was_declared():
    own = ls.get_activation(Stretched())
    declared = [ls.Rescaling("tanh", own, slope=0.2, scale=2, shift=-1)]
    found = find_rescaling(PHI["sigmoid"], own, declared)  # 2·(2σ(2z/5) − 1) − 1
    assert (found.slope, found.scale, found.shift) == (0.4, 4.0, -3.0)
    back = find_rescaling(own, PHI["sigmoid"], declared)
    assert (back.slope, back.scale, back.shift) == (2.5, 0.25, 0.75)


def test_an_activation_is_its_own():
    same = find_rescaling(PHI["probit"], PHI["probit"], [])
    assert (same.slope, same.scale, same.shift) == (1.0, 1.0, 0.0)


def test_equations_read_as_they_are_written():
    assert repr(RESCALINGS[0]) == "Rescaling(tanh(z) = 2·sigmoid(2z) - 1)"
    assert RESCALINGS[1].equation == "loglog(z) = -cloglog(-z) + 1"
    assert RESCALINGS[0].inverse().equation == "sigmoid(z) = 0.5·tanh(0.5z) + 0.5"
    assert [one.is_mirrored for one in RESCALINGS] == [False, True]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("sigmoid", "tanh", 0), "`slope` must be a finite number other than 0; got 0."),
        (("sigmoid", "tanh", 2, np.nan), "`scale` must be a finite number other than 0; got nan."),
        (("sigmoid", "tanh", 2, 2, "1"), "`shift` must be a finite number; got '1'."),
        (
            ("softmax", "tanh", 2),
            "`base` must be an activation of one z; got 'softmax', whose classes share one probability.",
        ),
        (
            ("sigmoid", "tanh", 2),
            "`slope`, `scale` and `shift` must make tanh(z) = sigmoid(2z); but the range of tanh is (-1, 1),"
            " and the right-hand side has (0, 1).",
        ),
        (
            ("sigmoid", "probit", 1.7),
            "`slope`, `scale` and `shift` must make probit(z) = sigmoid(1.7z); but at z = 2.029 the left-hand side"
            " is 0.978792, and the right-hand side 0.969231.",
        ),
    ],
)
def test_what_is_no_rescaling_is_refused(arguments, message):
    with pytest.raises(InvalidInputError) as caught:
        ls.Rescaling(*arguments)
    assert str(caught.value) == message


def test_what_is_related_to_nothing_is_refused():
    with pytest.raises(IncompatibleError) as caught:
        find_rescaling(PHI["sigmoid"], PHI["probit"], [])
    assert str(caught.value) == (
        "Cannot rewrite activation 'probit' as 'sigmoid': it needs c, d and k with probit(z) = c·sigmoid(kz) + d."
        " Known are tanh(z) = 2·sigmoid(2z) - 1, loglog(z) = -cloglog(-z) + 1; declare your own with `Rescaling`."
    )
