"""A row in a registry is enough: an activation, a loss and an optimizer that nobody here knows are used everywhere."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

import logitscope as ls
from logitscope._exceptions import UnknownNameError
from logitscope.activations import Activation
from logitscope.cli import main
from logitscope.displays import activation_styles
from logitscope.losses import LogCurvatures, LogSlopes, Loss
from logitscope.optimizers import GradientDescent, get_optimizer
from logitscope.optimizers._schedules import CONSTANT
from logitscope.pointwise import curvature_bound, get_pointwise


class Arctan(Activation):
    """2/π arctan z: only what is required."""

    name, lower, upper = "arctan", -1.0, 1.0

    def _value(self, z):
        return 2 / np.pi * np.arctan(z)

    def _derivative(self, z):
        return 2 / np.pi / (1 + z * z)


@dataclass(frozen=True)
class Quartic:
    """scale · (p − y)⁴, with a parameter that files have to keep."""

    scale: float = 1.0
    name: ClassVar[str] = "quartic"

    def _off(self, output, y):
        return (1 - y) * output.probability - y * output.complement

    def value(self, output, y):
        return self.scale * self._off(output, y) ** 4

    def derivative(self, output, y):
        return 4 * self.scale * self._off(output, y) ** 3 / (output.upper - output.lower)

    def log_slopes(self, output, y):
        pull = 4 * self.scale * self._off(output, y) ** 3
        return LogSlopes(pull * (1 - y) * output.probability, -pull * y * output.complement)

    def log_curvatures(self, output, y):
        off, up, down = self._off(output, y), (1 - y) * output.probability, y * output.complement
        bend, pull = 12 * self.scale * off**2, 4 * self.scale * off**3
        return LogCurvatures(bend * up * up + pull * up, -bend * up * down, bend * down * down - pull * down)


@dataclass(frozen=True)
class Half:
    """update = −η g / 2, around a rule of ours."""

    learning_rate: float | None = None
    schedule: ls.Constant = CONSTANT
    name: ClassVar[str] = "half"
    default_batch_size: ClassVar[int | None] = None
    rate_exponent: ClassVar[float] = 1.0

    @property
    def _rule(self):
        return GradientDescent(self.learning_rate, self.schedule)

    def init(self, params):
        return self._rule.init(params)

    def update(self, gradient, state):
        return self._rule.update(gradient / 2, state)

    def gradient_factor(self, state):
        return 0.5

    def rate(self, state):
        return self._rule.rate(state)

    def natural_rate(self, curvature):
        return 2 / curvature


@pytest.fixture(autouse=True)
def _registered(monkeypatch):
    monkeypatch.setitem(ls.ACTIVATIONS, "arctan", Arctan())
    monkeypatch.setitem(ls.LOSSES, "quartic", Quartic())
    monkeypatch.setitem(ls.OPTIMIZERS, "half", Half)


@pytest.fixture(scope="module")
def data():
    X, y, *_ = ls.load_dataset("moons", n_samples=80, noise=0.3, random_state=0)
    return X, y


def test_names_give_the_objects():
    assert ls.get_activation("arctan") == Arctan()
    assert ls.get_loss("quartic") == Quartic()
    assert isinstance(ls.get_loss("quartic"), Loss)
    assert get_optimizer("half") == Half()


@pytest.mark.parametrize("get", [ls.get_activation, ls.get_loss, get_optimizer])
def test_refusals_name_them(get):
    with pytest.raises(UnknownNameError, match=r"'(arctan|quartic|half)'"):
        get("nobody")


def test_audits():
    assert ls.check_activation("arctan").passed
    for activation, loss in [("arctan", "quartic"), ("arctan", "focal"), ("tanh", "quartic"), ("softmax", "quartic")]:
        report = ls.check_gradient(activation, loss)
        assert report.passed, str(report)


def test_the_backward_pass_and_the_automatic_rate():
    z = np.linspace(-3, 3, 7)
    got = ls.backward(z, 1.0, "arctan", "quartic")
    q = 0.5 - np.arctan(z) / np.pi
    np.testing.assert_allclose(got.grad_z, -4 * q**3 / (np.pi * (1 + z**2)), rtol=1e-12)
    bound = curvature_bound(get_pointwise("arctan", "quartic"))
    assert bound.kind == "absolute"
    largest = np.abs(get_pointwise("arctan", "quartic").curvature(np.linspace(-9, 9, 999), np.ones(999))).max()
    assert largest <= bound.constant <= 1.01 * largest


def test_fitting_and_its_log(data):
    clf = ls.LogisticRegression("arctan", "quartic", solver="half", max_iter=50, tol=0, record=True).fit(*data)
    assert clf.score(*data) > 0.8
    assert (np.diff(clf.loss_curve_) < 0).all()
    step = clf.update_log_
    row = np.column_stack([data[0], np.ones(len(data[0]))])
    expected = clf.learning_rate_ / 2 * np.abs(step.grad_z[-1]) * np.linalg.norm(row, axis=1) / len(row)
    np.testing.assert_allclose(step.update_norm[-1], expected, rtol=1e-12)


def test_files_keep_names_and_parameters(data, tmp_path):
    loss = replace(ls.get_loss("quartic"), scale=3.0)
    clf = ls.LogisticRegression("arctan", loss, max_iter=5, tol=0, record=True).fit(*data)
    clf.update_log_.save(tmp_path / "log.npz")
    log = ls.UpdateLog.load(tmp_path / "log.npz")
    np.testing.assert_array_equal(log.grad_z, clf.update_log_.grad_z)
    assert log.describe() == {"activation": "arctan", "loss": "quartic"}


def test_comparing_and_drawing(data):
    import matplotlib.pyplot as plt

    comparison = ls.compare(
        *data, activations=("arctan", "tanh"), losses=("quartic", "cross_entropy"), solver="half", seeds=2, max_iter=5
    )
    assert {(arm.activation, arm.loss) for arm in comparison.arms} >= {("arctan", "quartic"), ("tanh", "quartic")}
    lines = ls.ComparisonDisplay.from_comparison(comparison).line_
    assert len({(line.get_color(), line.get_linestyle()) for line in lines}) == len(lines) == 4
    styles = activation_styles(ls.ACTIVATIONS)
    assert len({style.color for style in styles.values()}) == len(styles)
    ls.ActivationDisplay.from_names(("arctan", "tanh"))
    plt.close("all")


def test_the_command_line(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    shown = capsys.readouterr().out
    assert all(name in shown for name in ("arctan", "quartic", "half"))
    arguments = ["--activation", "arctan", "--loss", "quartic", "--solver", "half", "--max-iter", "3"]
    assert main(["train", "moons", "--samples", "40", *arguments]) == 0
    assert capsys.readouterr().out.startswith("arctan with quartic, half")
    assert main(["activations", "arctan"]) == 0
    assert "passed" in capsys.readouterr().out
