"""Claims about the backward pass: its factors, and which samples get the largest update.

They read gradients and logs; they never know how a gradient is computed.
"""

from typing import NamedTuple

import numpy as np

from logitscope.activations import get_activation
from logitscope.claims._runs import fitted
from logitscope.claims._verdict import Verdict
from logitscope.datasets import load_dataset, standardize
from logitscope.estimator import LogisticRegression
from logitscope.losses import LOSSES
from logitscope.pointwise import backward


def s2_backward() -> Verdict:
    """∂L/∂z = ∂L/∂a · (1 + tanh z)(1 − tanh z), whatever ∂L/∂a is."""
    rng = np.random.default_rng(0)
    z, upstream = rng.uniform(-3, 3, 1000), rng.standard_normal(1000)
    t = np.tanh(z)
    by_hand = upstream * (1 + t) * (1 - t)
    given = backward(z, 0, "tanh", upstream=upstream).grad_z
    arbitrary = float(np.max(np.abs(given - by_hand) / np.abs(by_hand)))
    y = rng.integers(0, 2, 1000).astype(np.float64)
    named = 0.0
    for loss in LOSSES:
        parts = backward(z, y, "tanh", loss)
        product = parts.upstream * (1 + t) * (1 - t)
        named = max(named, float(np.max(np.abs(parts.grad_z - product) / np.abs(product))))
    return Verdict(
        "∂L/∂z = ∂L/∂a · (1 + tanh z)(1 - tanh z), whatever ∂L/∂a is",
        arbitrary < 1e-12 and named < 1e-12,
        f"1,000 random upstreams: to {arbitrary:.0e}; {len(LOSSES)} losses: to {named:.0e}",
    )


def _peak(activation: str, y: float) -> tuple[float, float]:
    """Where |∂ℓ/∂z| of squared error is largest, and how large."""
    center, radius = 0.0, 5.0
    for _ in range(12):
        z = np.linspace(center - radius, center + radius, 1001)
        size = np.abs(backward(z, y, activation, "squared_error").grad_z)
        center, radius = float(z[np.argmax(size)]), radius / 20
    return center, float(size.max())


def s4_update_against_z() -> Verdict:
    """The local factor is largest at z = 0; the update is not: it depends on the loss."""
    grid = np.linspace(-8, 8, 1601)
    local = float(grid[np.argmax(get_activation("tanh").derivative(grid))])
    (tanh_z, tanh_height), (sigmoid_z, sigmoid_height) = _peak("tanh", 1.0), _peak("sigmoid", 1.0)
    # The top of a parabola is flat: where it lies is found to √ε, how high it is to ε.
    peaks = (
        abs(tanh_z + np.log(2) / 2) < 1e-6
        and abs(tanh_height - 32 / 27) < 1e-12
        and abs(sigmoid_z + np.log(2)) < 1e-6
        and abs(sigmoid_height - 4 / 27) < 1e-12
    )
    cross_entropy, squared_error = (_wrongest_and_peak(loss) for loss in ("cross_entropy", "squared_error"))
    return Verdict(
        "z = 0 has the largest local factor, but not the largest update: cross-entropy sends most to the confidently "
        "wrong, squared error almost nothing",
        local == 0 and peaks and cross_entropy.share == 1 and squared_error.share < 0.2 and -1 < squared_error.peak < 0,
        f"squared error peaks at z = {tanh_z:.4f} (-½ ln 2), height {tanh_height:.6f} (32/27), sigmoid {sigmoid_z:.4f} "
        f"(-ln 2), {sigmoid_height:.6f} (4/27); moons, ∂ℓ/∂z of the wrongest sample (z = {cross_entropy.z:.1f} and "
        f"{squared_error.z:.1f} against its class) in units of the largest: cross-entropy {cross_entropy.share:.2f}, "
        f"squared error {squared_error.share:.2f}, which is largest at {squared_error.peak:.2f}",
    )


class _Wrongest(NamedTuple):
    """What the sample that is farthest on the wrong side gets, after training."""

    z: float
    """Where it stands: z towards its own class."""
    share: float
    """Its |∂ℓ/∂z| in units of the largest of all samples."""
    peak: float
    """Where the sample with the largest stands."""


def _wrongest_and_peak(loss: str) -> _Wrongest:
    data = load_dataset("moons", noise=0.3, random_state=0)
    X = standardize(data.X).X
    log = fitted(LogisticRegression("tanh", loss, max_iter=400, tol=0, record=True), X, data.y).update_log_
    towards, sent = np.where(log.y == 1, log.z[-1], -log.z[-1]), np.abs(log.grad_z[-1])
    wrongest = np.argmin(towards)
    return _Wrongest(float(towards[wrongest]), float(sent[wrongest] / sent.max()), float(towards[np.argmax(sent)]))


__all__ = ["s2_backward", "s4_update_against_z"]
