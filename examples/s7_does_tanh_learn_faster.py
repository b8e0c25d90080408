"""Does tanh learn faster than the sigmoid?

At an equal learning rate it does. With cross-entropy, though, the two are one model in different units, w_sigmoid =
2 w_tanh, and a learning rate has units too: at 4 times the rate of tanh the sigmoid takes the very same steps.
"""

import argparse
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import numpy as np

import logitscope as ls
from logitscope.displays import ACTIVATION_STYLES, FAINT, look

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

data = ls.load_dataset("moons", n_samples=500, random_state=0)
results = {
    title: ls.compare(data.X, data.y, learning_rate=rate, target_loss=0.3, seeds=5, max_iter=300)
    for title, rate in (("Equal rates", 0.1), ("Matched rates", "matched"))
}


def trail(activation, loss, solver, learning_rate, alpha):
    """Return (w₁, w₂) before training and after every step: an observer sees each one."""
    w = [np.zeros(2)]
    observer = SimpleNamespace(observe=lambda step: w.append(step.new_params[:2, 0]))
    settings = {"solver": solver, "learning_rate": learning_rate, "alpha": alpha, "max_iter": 100, "tol": 0}
    ls.LogisticRegression(activation, loss, **settings).fit(ls.standardize(data.X).X, data.y, observers=[observer])
    return np.array(w)


# The exchange rates: how many times as large the sigmoid's learning rate must be, and tanh's penalty.
rules = {
    "plain": ("cross_entropy", "gd", 0.1, 4, 0),
    "L2 penalty": ("cross_entropy", "gd", 0.1, 4, 0.01),
    "squared error": ("squared_error", "gd", 0.1, 16, 0),
    "Adam": ("cross_entropy", "adam", 0.02, 2, 0),
}
paths, gaps = {}, {}
for rule, (loss, solver, rate, ratio, alpha) in rules.items():
    tanh = trail("tanh", loss, solver, rate, 4 * alpha)
    sigmoid = trail("sigmoid", loss, solver, ratio * rate, alpha)
    paths[rule], gaps[rule] = (tanh, sigmoid), np.max(np.abs(sigmoid - 2 * tanh)) / np.max(np.abs(sigmoid))
    print(f"{rule:<14} sigmoid at {ratio:2d} η, tanh at η: w_sigmoid is 2 w_tanh to {gaps[rule]:.1g} at every step")

epochs = []
with look():
    figure, axes = plt.subplots(1, 3, figsize=(13, 4.2), layout="constrained")
    for axis, (title, result) in zip(axes, results.items(), strict=False):
        ls.ComparisonDisplay.from_comparison(result, update_epoch=None, ax=axis)
        epochs.append(np.median(result.epochs_to_target(), axis=1))
        axis.axhline(result.target_loss, color=FAINT, lw=0.8, ls=(0, (2, 2)), zorder=1)
        sigmoid, tanh = epochs[-1]
        axis.set_title(f"{title}, epochs to {result.target_loss:g}: sigmoid {sigmoid:.0f}, tanh {tanh:.0f}")
        print(f"{title}: η = {result.rates[0].mean():.3g} (sigmoid), {result.rates[1].mean():.3g} (tanh)")
    tanh, sigmoid = paths["plain"]
    blue, orange = (ACTIVATION_STYLES[name].color for name in ("sigmoid", "tanh"))
    every = [0, 1, 2, 4, 7, 11, 16, 24, 36, 60, 100]
    axes[2].plot(*sigmoid.T, color=blue, label="w of the sigmoid at 4 η")
    axes[2].plot(*tanh.T, color=orange, ls=ACTIVATION_STYLES["tanh"].dashes, label="w of tanh at η")
    axes[2].plot(*2 * tanh[every].T, "^", mfc="white", mec=orange, ms=7, label="the same, times 2")
    axes[2].set(xlabel="w₁", ylabel="w₂", title="Step for step the same model, in other units")
    axes[2].legend(loc="lower left")
    figure.savefig(out / "s7_does_tanh_learn_faster.png")

print(
    f"To the same loss tanh takes {epochs[0][1]:.0f} epochs and the sigmoid {epochs[0][0]:.0f} at equal rates, but "
    f"{epochs[1][1]:.0f} and {epochs[1][0]:.0f} at matched ones, where the largest difference between w_sigmoid and "
    f"2 w_tanh is {gaps['plain']:.1g}."
)
