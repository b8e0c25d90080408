"""Claims about training: whether tanh learns faster, and what depth does to a gradient.

They read finished runs; they never know how a step is made.
"""

from typing import Any

import numpy as np

from logitscope.analysis import gradient_by_depth
from logitscope.claims._runs import complete, fitted
from logitscope.claims._verdict import Verdict
from logitscope.comparison import compare
from logitscope.datasets import load_dataset, standardize
from logitscope.estimator import LogisticRegression
from logitscope.optimizers import Adam, GradientDescent, Optimizer


def _trajectory_gap(
    loss: str, sigmoid_solver: Optimizer | str, tanh_solver: Optimizer | str, alpha: float = 0.0, epochs: int = 200
) -> float:
    """Largest difference between z_sigmoid and 2 z_tanh over all epochs, in units of the largest z.

    In units of w_sigmoid = 2 w_tanh, a penalty on w is four times as strong for tanh.
    """
    data = load_dataset("moons", noise=0.2, random_state=0)
    X, y = standardize(data.X).X, data.y
    shared: dict[str, Any] = {"loss": loss, "tol": 0, "max_iter": epochs, "record": True}
    tanh = fitted(LogisticRegression("tanh", solver=tanh_solver, alpha=4 * alpha, **shared), X, y)
    sigmoid = fitted(LogisticRegression("sigmoid", solver=sigmoid_solver, alpha=alpha, **shared), X, y)
    ours, theirs = 2 * tanh.update_log_.z, sigmoid.update_log_.z
    return float(np.max(np.abs(ours - theirs)) / np.max(np.abs(theirs)))


def s7_faster() -> Verdict:
    """Tanh converges faster at an equal learning rate; at matched rates it is the same model in other units."""
    data = load_dataset("moons", noise=0.2, random_state=0)
    equal = complete(compare(data.X, data.y, learning_rate=0.5, seeds=3, max_iter=200))
    sigmoid, tanh = (float(np.median(epochs)) for epochs in equal.epochs_to_target())
    matched = complete(compare(data.X, data.y, learning_rate="matched", seeds=3, max_iter=200))
    same = [float(np.median(epochs)) for epochs in matched.epochs_to_target()]
    descent = [GradientDescent(learning_rate=rate) for rate in (0.1, 0.4, 1.6)]
    # Adam divides by the gradient's size plus ε: ε has the gradient's units, which differ by 2.
    adam = [Adam(learning_rate=rate, epsilon=epsilon) for rate, epsilon in ((0.05, 2e-8), (0.1, 1e-8))]
    gaps = {
        "cross-entropy 4x": _trajectory_gap("cross_entropy", descent[1], descent[0]),
        "with L2/4": _trajectory_gap("cross_entropy", descent[1], descent[0], alpha=0.01),
        "squared error 16x": _trajectory_gap("squared_error", descent[2], descent[0]),
        "Adam 2x": _trajectory_gap("cross_entropy", adam[1], adam[0]),
        "Newton as it is": _trajectory_gap("cross_entropy", "newton", "newton", epochs=8),
    }
    worst = max(gaps.values())
    return Verdict(
        "tanh converges faster at an equal learning rate only; at matched rates w_sigmoid = 2 w_tanh, step for step",
        sigmoid > 1.5 * tanh and same[0] == same[1] and worst < 1e-9,
        f"moons, epochs to the target at equal rates: sigmoid {sigmoid:.0f}, tanh {tanh:.0f}; matched: {same[0]:.0f} "
        f"and {same[1]:.0f}; all epochs of the trajectories agree to "
        + ", ".join(f"{gap:.0e} ({name})" for name, gap in gaps.items()),
    )


def s8_depth() -> Verdict:
    """Gradients vanish with depth for tanh too, more slowly than for the sigmoid."""
    sigmoid, tanh = (gradient_by_depth(name, n_layers=20) for name in ("sigmoid", "tanh"))
    return Verdict(
        "tanh, like the sigmoid, suffers from vanishing gradients in deep stacks, more slowly than the sigmoid",
        bool(np.all(sigmoid[1:] < tanh[1:]) and tanh[20] < 0.5 and sigmoid[20] < 1e-8),
        f"gradient left after 5, 10, 20 layers: tanh {tanh[5]:.2g}, {tanh[10]:.2g}, {tanh[20]:.2g}; "
        f"sigmoid {sigmoid[5]:.2g}, {sigmoid[10]:.2g}, {sigmoid[20]:.2g}",
    )


__all__ = ["s7_faster", "s8_depth"]
