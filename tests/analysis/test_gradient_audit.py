"""The audit of gradients: right ones pass, and every slip seen in the wild is caught and named."""

import numpy as np
import pytest

import logitscope as ls
from logitscope.activations import ACTIVATIONS
from logitscope.analysis import check_gradient
from logitscope.losses import LOSSES, Focal


def finding(report, check):
    return next(found for found in report.findings if found.check == check)


def reason(report, check):
    """What stands in the last bracket of a failure."""
    found = finding(report, check)
    assert not found.passed, str(report)
    assert not report.passed
    return found.message[found.message.rindex("give") :].partition(" (")[2].removesuffix(")")


@pytest.mark.parametrize("loss", [*LOSSES.values(), Focal(0.5)], ids=repr)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_pair_of_the_registries_passes(activation, loss):
    report = check_gradient(activation, loss)
    assert report.passed, str(report)
    assert [found.check for found in report.findings] == ["grad_z", "gradient"]
    assert max(found.figure for found in report.findings) < 1e-8


# Right by hand, written as in a textbook and not as in the package: y in {0, 1}, t = 2y − 1 for tanh.
def sigmoid(z):
    return 1 / (1 + np.exp(-z))


RIGHT = {
    ("sigmoid", "cross_entropy"): lambda z, y: sigmoid(z) - y,
    ("sigmoid", "squared_error"): lambda z, y: (sigmoid(z) - y) * sigmoid(z) * (1 - sigmoid(z)),
    ("sigmoid", "brier"): lambda z, y: 2 * (sigmoid(z) - y) * sigmoid(z) * (1 - sigmoid(z)),
    ("tanh", "cross_entropy"): lambda z, y: np.tanh(z) - (2 * y - 1),
    ("tanh", "squared_error"): lambda z, y: (np.tanh(z) - (2 * y - 1)) * (1 - np.tanh(z) ** 2),
    ("tanh", "brier"): lambda z, y: (np.tanh(z) - (2 * y - 1)) / 2 * (1 - np.tanh(z) ** 2),
}


def of_model(grad_z, *, mean=True, penalty=1.0, on_intercept=False, sign=1.0, penalty_over_n=False):
    """Return a gradient of the whole model around ∂ℓ/∂z, with one thing at a time done wrong."""

    def gradient(X, y, coef, intercept, alpha):
        delta = sign * grad_z(X @ coef + intercept, y)
        n = len(y)
        grad_coef = X.T @ delta / (n if mean else 1) + penalty * alpha * coef / (n if penalty_over_n else 1)
        grad_intercept = delta.sum() / (n if mean else 1) + (alpha * intercept if on_intercept else 0)
        return grad_coef, grad_intercept

    return gradient


@pytest.mark.parametrize(("activation", "loss"), RIGHT)
def test_a_right_gradient_by_hand_passes(activation, loss):
    grad_z = RIGHT[activation, loss]
    report = check_gradient(activation, loss, grad_z=grad_z, gradient=of_model(grad_z))
    assert report.passed, str(report)


def test_a_right_gradient_of_softmax_by_hand_passes():
    def grad_z(z, y):
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True) - y

    report = check_gradient(
        "softmax", "cross_entropy", grad_z=grad_z, gradient=of_model(RIGHT["sigmoid", "cross_entropy"])
    )
    assert report.passed, str(report)
    assert reason(check_gradient("softmax", "cross_entropy", grad_z=lambda z, y: -grad_z(z, y)), "grad_z") == (
        "the sign is flipped"
    )


MODEL_SLIPS = {
    "the 1/n of the mean is missing: the loss is summed": {"mean": False},
    "the sign of the penalty is flipped": {"penalty": -1.0},
    "the penalty is missing": {"penalty": 0.0},
    "the penalty counts twice: its ½ is missing": {"penalty": 2.0},
    "the penalty is divided by n": {"penalty_over_n": True},
    "the intercept is penalised": {"on_intercept": True},
    "the sign of the loss is flipped, and the penalty's is not": {"sign": -1.0},
    "the sign is flipped": {"sign": -1.0, "penalty": -1.0},
}


@pytest.mark.parametrize(("activation", "loss"), RIGHT)
@pytest.mark.parametrize("name", MODEL_SLIPS)
def test_slips_of_the_model_are_named(activation, loss, name):
    wrong = of_model(RIGHT[activation, loss], **MODEL_SLIPS[name])
    report = check_gradient(activation, loss, gradient=wrong)
    assert reason(report, "gradient") == name
    assert finding(report, "grad_z").passed


def test_a_mean_divided_twice_is_named():
    right = RIGHT["tanh", "squared_error"]
    report = check_gradient("tanh", "squared_error", gradient=of_model(lambda z, y: right(z, y) / len(y)))
    assert reason(report, "gradient") == "the 1/n of the mean counts twice"


a, t = np.tanh, lambda y: 2 * y - 1
MISSING = "it is the upstream gradient alone: the factor φ′(z) is missing"
POINTWISE_SLIPS = [
    ("tanh", "squared_error", lambda z, y: a(z) - t(y), MISSING),
    ("tanh", "squared_error", lambda z, y: t(y) - a(z), MISSING + ", and the sign is flipped"),
    ("sigmoid", "squared_error", lambda z, y: sigmoid(z) - y, MISSING),
    (
        "tanh",
        "squared_error",
        lambda z, y: 1 - a(z) ** 2,
        "it is the local derivative alone: the factor ∂ℓ/∂a is missing",
    ),
    ("tanh", "squared_error", lambda z, y: (a(z) - t(y)) * (1 - a(z) ** 2) ** 2, "the factor φ′(z) counts twice"),
    ("tanh", "squared_error", lambda z, y: (a(z) - t(y)) * (1 - a(a(z)) ** 2), "φ′ was taken of a instead of z"),
    (
        "tanh",
        "squared_error",
        lambda z, y: (a(z) - t(y)) * (1 - z**2),
        "the local derivative is 1 − z²: the formula wants a, not z",
    ),
    (
        "tanh",
        "squared_error",
        lambda z, y: (a(z) - t(y)) * (1 - ((1 + a(z)) / 2) ** 2),
        "the local derivative is 1 − p²: the formula wants a, not the probability",
    ),
    (
        "sigmoid",
        "squared_error",
        lambda z, y: (sigmoid(z) - y) * (1 - sigmoid(z) ** 2),
        "the local derivative is 1 − a², which is tanh's",
    ),
    (
        "sigmoid",
        "squared_error",
        lambda z, y: (sigmoid(z) - y) * z * (1 - z),
        "the local derivative is z (1 − z): the formula wants a, not z",
    ),
    (
        "tanh",
        "squared_error",
        lambda z, y: (a(z) - t(y)) * a(z) * (1 - a(z)),
        "the local derivative is a (1 − a), which is the sigmoid's",
    ),
    (
        "tanh",
        "squared_error",
        lambda z, y: a(z) - y,
        "it is a − y, which belongs to the sigmoid with cross-entropy",
    ),
    (
        "tanh",
        "cross_entropy",
        lambda z, y: a(z) - y,
        "it is a − y, which belongs to the sigmoid with cross-entropy",
    ),
    (
        "tanh",
        "squared_error",
        lambda z, y: (a(z) - y) * (1 - a(z) ** 2),
        "the labels are 0 and 1, and the loss wants lower and upper",
    ),
    ("tanh", "cross_entropy", lambda z, y: (1 + a(z)) / 2 - y, "it is 0.5 times the right one"),
    ("tanh", "squared_error", lambda z, y: 2 * RIGHT["tanh", "squared_error"](z, y), "it is 2 times the right one"),
    ("sigmoid", "brier", RIGHT["sigmoid", "squared_error"], "it is 0.5 times the right one"),
    ("tanh", "squared_error", lambda z, y: -RIGHT["tanh", "squared_error"](z, y), "the sign is flipped"),
]


@pytest.mark.parametrize(("activation", "loss", "wrong", "name"), POINTWISE_SLIPS)
def test_slips_of_grad_z_are_named(activation, loss, wrong, name):
    report = check_gradient(activation, loss, grad_z=wrong)
    assert reason(report, "grad_z") == name
    assert finding(report, "gradient").passed


@pytest.mark.parametrize(
    ("activation", "loss", "wrong", "name"),
    [slip for slip in POINTWISE_SLIPS if "times" not in slip[3] and "sign" not in slip[3]],
)
def test_the_same_slips_are_named_in_the_gradient_of_a_model(activation, loss, wrong, name):
    assert reason(check_gradient(activation, loss, gradient=of_model(wrong)), "gradient") == name


def test_an_unusual_slip_is_caught_without_a_name():
    def wrong(z, y):
        return RIGHT["tanh", "cross_entropy"](z, y) * (1 - np.tanh(z) ** 2) * np.cosh(0.3 * z)

    for options in ({"grad_z": wrong}, {"gradient": of_model(wrong)}):
        found = next(f for f in check_gradient("tanh", "cross_entropy", **options).findings if not f.passed)
        assert "(" not in found.message


def test_the_message_shows_where_and_how_wrong():
    report = check_gradient("tanh", "squared_error", grad_z=lambda z, y: RIGHT["tanh", "squared_error"](z, y) + 1e-3)
    assert str(report).splitlines()[0] == "tanh with squared_error fails"
    # y = 1, z = 2.59: (tanh z − 1)(1 − tanh² z) is the smallest of all: there the error is relative to the scale.
    found = finding(report, "grad_z")
    z, y = (float(part.split(" = ")[1]) for part in found.message.split(" it is ")[0].split(", "))
    given, right = (float(part) for part in found.message.split(" it is ")[1].split("; differences of the loss give "))
    assert right == pytest.approx(RIGHT["tanh", "squared_error"](z, y), rel=1e-4)
    assert given == pytest.approx(right + 1e-3, rel=1e-4)


@pytest.mark.parametrize("size", [1e-5, -1e-5])
def test_small_errors_are_seen(size):
    report = check_gradient(
        "tanh", "squared_error", grad_z=lambda z, y: RIGHT["tanh", "squared_error"](z, y) * (1 + size)
    )
    assert not report.passed


def test_nan_fails():
    assert "it is nan" in finding(check_gradient("sigmoid", "brier", grad_z=lambda z, y: z * np.nan), "grad_z").message


def test_a_wrong_shape_fails():
    report = check_gradient("sigmoid", "cross_entropy", grad_z=lambda z, y: (sigmoid(z) - y)[:, None])
    assert finding(report, "grad_z").message == "it has shape (27, 1); it must have shape (27,)"
    report = check_gradient("sigmoid", "cross_entropy", gradient=lambda X, y, coef, intercept, alpha: (coef[:2], 0.0))
    assert finding(report, "gradient").message == "it has shape (3,); it must have shape (4,)"


def test_an_activation_of_ones_own_with_a_wrong_derivative_is_caught():
    class Own:
        lower, upper = -1.0, 1.0
        value = staticmethod(np.tanh)
        derivative = staticmethod(lambda z: 1 - z**2)  # the seeds' formula with the wrong a

    report = check_gradient(Own(), "squared_error")
    for check in ("grad_z", "gradient"):
        assert reason(report, check) == "the local derivative is 1 − z²: the formula wants a, not z"
    Own.derivative = staticmethod(lambda z: 1 - np.tanh(z) ** 2)
    assert check_gradient(Own(), "squared_error").passed


def test_a_loss_of_ones_own_with_a_wrong_derivative_is_caught():
    class Own:
        name = "quartic"
        value = staticmethod(lambda a, t: (a - t) ** 4)
        derivative = staticmethod(lambda a, t: 4 * (a - t) ** 3)

    assert check_gradient("tanh", Own()).passed
    Own.derivative = staticmethod(lambda a, t: (a - t) ** 3)
    report = check_gradient("tanh", Own())
    assert report.name == "tanh with quartic"
    assert reason(report, "grad_z") == "it is 0.25 times the right one"


def test_unknown_names():
    with pytest.raises(ValueError, match=r"^`loss` must be one of 'brier', .*; got 'mse'\.$"):
        ls.check_gradient("tanh", "mse")
