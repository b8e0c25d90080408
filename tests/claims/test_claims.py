"""Every claim holds, and each would be refuted by code that is wrong in the way it is about."""

import numpy as np
import pytest

from logitscope import analysis, pointwise
from logitscope.activations import ACTIVATIONS
from logitscope.activations._base import Activation
from logitscope.activations._sigmoid import Sigmoid
from logitscope.activations._tanh import Tanh
from logitscope.claims import CLAIMS, Verdict, _backward, _derivative, _training
from logitscope.objective import Objective


def test_all_claims_are_there():
    assert list(CLAIMS) == [f"S{number}" for number in range(1, 10)]


@pytest.mark.parametrize("name", CLAIMS)
def test_the_claim_holds(name):
    verdict = CLAIMS[name]()
    assert isinstance(verdict, Verdict)
    assert verdict.holds is True, verdict.figure
    assert any(character.isdigit() for character in verdict.figure)


def fails(name):
    verdict = CLAIMS[name]()
    return not verdict.holds


def naive(self, z):
    return 1 - np.tanh(z) ** 2


@pytest.mark.parametrize(
    ("name", "method", "wrong"),
    [
        ("S1", "_derivative", naive),  # loses every digit
        ("S1", "_derivative", lambda self, z: 1 / np.cosh(z)),  # sech, not squared
        ("S2", "_derivative", lambda self, z: 1 - z**2),
        ("S3", "_second_derivative", lambda self, z: -2 * np.tanh(z)),  # the factor φ′ is missing
        ("S3", "_second_derivative", lambda self, z: 2 * np.tanh(z) / np.cosh(z) ** 2),  # sign
        ("S3", "_derivative", lambda self, z: 1 / np.cosh(np.clip(z - 0.1, -300, 300)) ** 2),
        ("S4", "_derivative", lambda self, z: 1 / np.cosh(np.clip(z - 0.1, -300, 300)) ** 2),
        ("S5", "_value", lambda self, z: np.tanh(z / 2)),  # the misprint
        ("S5", "upper", 2.0),
        ("S6", "_derivative", lambda self, z: 0.25 / np.cosh(np.clip(z, -300, 300)) ** 2),
        ("S9", "_value", lambda self, z: np.tanh(z / 2)),
        ("S9", "_derivative", lambda self, z: 1 - z**2),
    ],
)
def test_a_wrong_tanh_is_found_out(name, method, wrong, monkeypatch):
    monkeypatch.setattr(Tanh, method, wrong)
    assert fails(name)


def test_s1_if_the_written_form_lost_digits(monkeypatch):
    monkeypatch.setattr(_derivative, "_quotient", lambda z: 1 - np.tanh(z) ** 2)
    assert fails("S1")


def test_s1_if_the_first_forms_kept_their_digits(monkeypatch):
    monkeypatch.setattr(_derivative, "_FORMS_IN_A", (_derivative._quotient,))
    assert fails("S1")


def test_s2_if_the_loss_left_its_factor_out(monkeypatch):
    right = pointwise.Pointwise.grad_z
    monkeypatch.setattr(
        pointwise.Pointwise, "grad_z", lambda self, z, y: right(self, z, y) / self.activation.derivative(z)
    )
    assert fails("S2")


@pytest.mark.parametrize("name", ["softsign", "cloglog"])
def test_s3_looks_at_every_activation(name, monkeypatch):
    right = type(ACTIVATIONS[name])._derivative
    monkeypatch.setattr(type(ACTIVATIONS[name]), "_derivative", lambda self, z: right(self, z + 0.01))
    assert fails("S3")


def test_s4_if_squared_error_peaked_elsewhere(monkeypatch):
    right = _backward.backward

    def without_factor(z, y, activation, loss):
        parts = right(z, y, activation, loss)
        return parts._replace(grad_z=parts.upstream)

    monkeypatch.setattr(_backward, "backward", without_factor)
    assert fails("S4")


@pytest.mark.parametrize(
    ("trained", "with_loss"), [("cross_entropy", "squared_error"), ("squared_error", "cross_entropy")]
)
def test_s4_if_a_loss_behaved_like_the_other(trained, with_loss, monkeypatch):
    right = _backward._wrongest_and_peak
    monkeypatch.setattr(_backward, "_wrongest_and_peak", lambda loss: right(with_loss if loss == trained else loss))
    assert fails("S4")


@pytest.mark.parametrize("method", ["_value", "_derivative"])
def test_a_wrong_sigmoid_is_found_out(method, monkeypatch):
    own = Tanh._value if method == "_value" else Tanh._derivative
    right = getattr(Sigmoid, method)
    monkeypatch.setattr(Tanh, method, own)
    monkeypatch.setattr(Sigmoid, method, lambda self, z: right(self, z) * (1 + 1e-6))
    assert fails("S5" if method == "_value" else "S6")


def test_s7_if_the_matched_rates_were_equal(monkeypatch):
    compare = _training.compare
    monkeypatch.setattr(
        _training, "compare", lambda *data, learning_rate, **options: compare(*data, learning_rate=0.5, **options)
    )
    assert fails("S7")


def test_s7_if_tanh_were_no_faster_at_equal_rates(monkeypatch):
    compare = _training.compare
    monkeypatch.setattr(
        _training, "compare", lambda *data, learning_rate, **options: compare(*data, learning_rate="matched", **options)
    )
    assert fails("S7")


@pytest.mark.parametrize(("index", "rate"), [(0, 0.101), (1, 0.399), (2, 1.61)])
def test_s7_if_a_rate_ratio_were_another(index, rate, monkeypatch):
    descent = _training.GradientDescent
    rates = {0: 0.1, 1: 0.4, 2: 1.6}
    monkeypatch.setattr(
        _training,
        "GradientDescent",
        lambda learning_rate: descent(learning_rate=rate if learning_rate == rates[index] else learning_rate),
    )
    assert fails("S7")


def test_s7_if_newton_took_other_steps(monkeypatch):
    right = Objective.hessian

    def half_for_tanh(self, params, column, expected=False):
        is_tanh = self.pointwise.column(column).activation.name == "tanh"
        return right(self, params, column, expected) * (0.5 if is_tanh else 1.0)

    monkeypatch.setattr(Objective, "hessian", half_for_tanh)
    assert fails("S7")


@pytest.mark.parametrize(("name", "n_steps"), [("S4", 50), ("S7", 50), ("S7", 700), ("S7", 1300)])
def test_a_run_that_is_broken_off_gives_no_verdict(name, n_steps, monkeypatch):
    """Ctrl-C in the first seed of a comparison, in a later one, and in a fit."""
    right, counted = Objective.evaluate, []

    def broken(self, *args, **kwargs):
        counted.append(None)
        if len(counted) == n_steps:
            raise KeyboardInterrupt
        return right(self, *args, **kwargs)

    monkeypatch.setattr(Objective, "evaluate", broken)
    with pytest.raises(KeyboardInterrupt):
        CLAIMS[name]()
    assert len(counted) < n_steps + 5


def test_s8_if_the_sigmoid_were_as_steep_as_tanh(monkeypatch):
    monkeypatch.setattr(
        _training, "gradient_by_depth", lambda name, **sizes: analysis.gradient_by_depth("tanh", **sizes)
    )
    assert fails("S8")


def test_s8_if_tanh_did_not_fade(monkeypatch):
    def steeper(name, **sizes):
        return analysis.gradient_by_depth(name, gain=3.0 if name == "tanh" else 1.0, **sizes)

    monkeypatch.setattr(_training, "gradient_by_depth", steeper)
    assert fails("S8")


def test_s9_if_the_flag_were_turned_round(monkeypatch):
    call = Activation.__call__
    monkeypatch.setattr(Activation, "__call__", lambda self, z, diff=False: call(self, z, not diff))
    assert fails("S9")
