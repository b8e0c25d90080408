"""Stubs with closed-form gradients, so that no figure is checked against the package's own formulas."""

from copy import copy
from types import SimpleNamespace

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.text import Text

mpl.use("Agg")

RATE = 0.5


def slope(activation, loss, z, y):
    """abs(∂ℓ/∂z), as written in a textbook; good for moderate z only."""
    gain = 2.0 if activation == "tanh" else 1.0
    p = 1 / (1 + np.exp(-gain * z))
    if loss == "cross_entropy":
        return gain * np.abs(p - y)
    if activation == "tanh":
        return np.abs(2 * (np.tanh(z) - (2 * y - 1)) / np.cosh(z) ** 2)
    return np.abs(2 * (p - y) * p * (1 - p))


class StubLog:
    def __init__(self, activation="tanh", loss="cross_entropy", n_records=10, n_samples=40, n_models=1):
        rng = np.random.default_rng(3)
        self.activation, self.loss_name = activation, loss
        self.y = (np.arange(n_samples) % 2).astype(float)
        self.row_norm = rng.uniform(1.0, 3.0, n_samples)
        final = rng.normal(1.5 * (2 * self.y - 1), 1.5)
        z = np.linspace(0.0, 1.0, n_records)[:, None] * final
        columns = [z, -0.5 * z, 0.25 * z][:n_models]
        self.z = z if n_models == 1 else np.stack(columns, axis=-1)
        self.target = self.y if n_models == 1 else np.stack([self.y, 1 - self.y, self.y][:n_models], axis=-1)
        self.epoch = np.arange(n_records) * 5
        self.learning_rate = np.full(n_records, RATE)
        self.gradient_factor = np.ones(n_records)
        self.positive = None if n_models == 1 else np.arange(n_models)

    @property
    def margin(self):
        return self.z

    def is_joint(self, column=0):
        return False

    def midpoint(self, column=0):
        return 0.0

    @property
    def probability(self):
        return 1 / (1 + np.exp(-(2.0 if self.activation == "tanh" else 1.0) * self.z))

    @property
    def grad_z(self):
        sign = np.where(self.target > 0.5, -1.0, 1.0)
        return sign * slope(self.activation, self.loss_name, self.z, self.target)

    @property
    def gradient_norm(self):
        return np.abs(self.grad_z) * (self.row_norm if self.z.ndim == 2 else self.row_norm[:, None])

    @property
    def update_norm(self):
        return self.gradient_norm * RATE / self.y.size

    def take(self, records):
        some = copy(self)
        for name in ("z", "epoch", "learning_rate", "gradient_factor"):
            setattr(some, name, getattr(self, name)[np.asarray(records)])
        return some

    def theory(self, z, label, column=0):
        return slope(self.activation, self.loss_name, z, label)

    def describe(self, column=0):
        return {"activation": self.activation, "loss": self.loss_name}


class StubComparison:
    def __init__(self, n_arms=2, n_seeds=5, n_epochs=20):
        pairs = [(a, b) for b in ("cross_entropy", "squared_error") for a in ("sigmoid", "tanh")]
        self.arms = tuple(
            SimpleNamespace(label=f"arm {i}", activation=a, loss=b, learning_rate=RATE)
            for i, (a, b) in enumerate((pairs * 3)[:n_arms])
        )
        self.epochs = np.arange(n_epochs + 1)
        speed = (1.0 + np.arange(n_arms))[:, None, None] * (1 + 0.1 * np.arange(n_seeds))[:, None]
        loss = 0.3 + 0.4 * np.exp(-speed * self.epochs / n_epochs)
        self.curves = {"log_loss": loss, "accuracy": 1 - loss / 2}
        self.rates = np.full((n_arms, n_seeds), RATE)
        self.arm_logs = [StubLog(arm.activation, arm.loss, n_epochs, 30) for arm in self.arms]
        self.logs = (self.arm_logs[0],)

    def log(self, arm, seed=0):
        return self.arm_logs[arm]


@pytest.fixture(autouse=True)
def _close_figures():
    yield
    import matplotlib.pyplot as plt

    plt.close("all")


@pytest.fixture
def make_log():
    return StubLog


@pytest.fixture
def make_comparison():
    return StubComparison


@pytest.fixture
def overlaps():
    """Whether the boxes of artists overlap on the drawn page."""

    def check(artists):
        figure = artists[0].get_figure(root=True)
        figure.draw_without_rendering()
        # Of an annotation the text alone: the box of its leader may well touch another text's.
        boxes = [
            Text.get_window_extent(artist) if isinstance(artist, Text) else artist.get_window_extent()
            for artist in artists
        ]
        return any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[i + 1 :])

    return check
