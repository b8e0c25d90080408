import dataclasses

import numpy as np
import pytest

from logitscope.activations import ACTIVATIONS, check_activation


class Tanh:
    """A correct activation of a user's own; each test below breaks one thing."""

    lower, upper = -1.0, 1.0

    def value(self, z):
        return np.tanh(z)

    def derivative(self, z):
        e = np.exp(-2 * np.abs(z))
        return 4 * e / (1 + e) ** 2


def findings(own):
    report = check_activation(own)
    assert report.passed == all(finding.passed for finding in report.findings)
    return {finding.check: finding for finding in report.findings if not finding.passed}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_of_the_registry_passes(name):
    report = check_activation(name)
    assert report.passed, str(report)
    assert report.name == name


def test_a_correct_activation_passes():
    assert findings(Tanh()) == {}


def test_wrong_derivative():
    class Wrong(Tanh):
        def derivative(self, z):
            return super().derivative(z) * (1 + 1e-3)

    found = findings(Wrong())
    assert found["derivative"].message == (
        # 4/(eᶻ + e⁻ᶻ)² = 0.96566 at z = 3/16
        "at z = 0.1875 it is 0.9666; the complex step of the value gives 0.9657"
    )


def test_a_small_error_is_seen_by_the_complex_step_alone():
    class Wrong(Tanh):
        def derivative(self, z):
            return super().derivative(z) * (1 + 1e-9)

    class Real(Wrong):
        def value(self, z):
            return np.tanh(z.real) if np.iscomplexobj(z) else np.tanh(z)

    assert "derivative" in findings(Wrong())
    assert "derivative" not in findings(Real())


def test_a_value_that_is_not_analytic_is_judged_by_differences():
    class Softsign:
        lower, upper = -1, 1

        def value(self, z):
            return z / (1 + np.abs(z))  # takes complex z, and its complex step is not φ′

        def derivative(self, z):
            return 1 / (1 + np.abs(z)) ** 2

    report = check_activation(Softsign())
    assert report.passed, str(report)
    assert "differences" in str(report)


def test_range():
    class Narrow(Tanh):
        upper = 0.5

    found = findings(Narrow())
    assert found["range"].message.endswith("outside [-1, 0.5]")
    assert found["range"].figure == pytest.approx(0.5)
    assert found["limits"].message == "the value at z = 1e+300 is 1; it should be 0.5"


def test_an_overflow_is_found():
    class Overflows:
        lower, upper = 0, 1

        def value(self, z):
            return np.exp(z) / (1 + np.exp(z))

        def derivative(self, z):
            return np.exp(z) / (1 + np.exp(z)) ** 2

    found = findings(Overflows())
    assert found["limits"].message == "the value at z = 1e+300 is nan; it should be 1"
    # exp(z)² overflows from z = 355 on
    assert found["saturation"].message.startswith("the derivative falls from ")
    assert 354 < found["saturation"].figure < 370


def test_a_derivative_that_is_not_finite():
    class Overflows(Tanh):
        def derivative(self, z):
            return 4 * np.exp(2 * z) / (1 + np.exp(2 * z)) ** 2 * (1 + 0 * np.exp(2 * z))

    assert findings(Overflows())["sign"].message.endswith("is nan; it should be finite and not negative")


def test_not_monotone():
    class Wave(Tanh):
        def value(self, z):
            return np.tanh(z) * np.cos(z / 8)

    assert "the value falls from" in findings(Wave())["monotone"].message


def test_negative_derivative():
    class Negative(Tanh):
        def derivative(self, z):
            return -super().derivative(z)

    found = findings(Negative())
    assert {"derivative", "sign"} <= set(found)


def test_probability_that_is_not_the_value():
    class Wrong(Tanh):
        def probability(self, z):
            return 1 / (1 + np.exp(-z))

    assert "the value says p" in findings(Wrong())["probability"].message


def test_a_quantity_that_does_not_follow():
    class Wrong(Tanh):
        def hazard(self, z):
            return np.ones_like(z)

    assert findings(Wrong())["quantities"].message.startswith("`hazard` at z = ")


def test_lost_digits_are_located():
    class Naive(Tanh):
        def derivative(self, z):
            return 1 - np.tanh(z) ** 2

    (finding,) = findings(Naive()).values()
    # 1 − tanh² is a multiple of 2⁻⁵³ or so: 6 digits are left while 4e⁻²ᶻ > 1e6·2⁻⁵³, until z ≈ 12;
    # tanh is 1 in float64 from z = 27.5·ln 2 = 19.06 on.
    assert 11 < finding.figure < 13
    assert finding.message == (
        f"the derivative keeps fewer than 6 digits from z = {finding.figure:.3g} on and is exactly 0 from "
        "z = 19.3 on; write it without subtracting from a number near 1"
    )


def test_a_derivative_that_is_zero_too_early():
    class Early:
        lower, upper = 0, 1

        def value(self, z):
            return 1 / (1 + np.exp(-z))

        def derivative(self, z):
            return np.exp(-z) / (1 + np.exp(-z)) ** 2  # exp(−z)² overflows from z = −355 on

    (finding,) = findings(Early()).values()
    assert finding.check == "saturation"
    assert -370 < finding.figure < -354
    assert finding.message.endswith("write it in exp(-abs(z)), which cannot overflow")


def test_report_reads_line_by_line():
    report = check_activation("hard")
    lines = str(report).splitlines()
    assert lines[0] == "hard passes every check"
    assert lines[1] == "  ok    range: the value stays within [-1, 1]"
    assert len(lines) == 1 + len(report.findings)
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.passed = False
