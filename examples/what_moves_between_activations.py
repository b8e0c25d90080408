"""Which samples does another activation see otherwise?

breast_cancer with a tenth of its labels flipped, learnt by sigmoid, tanh and cauchit, each at the largest rate that its
own curvature bound guarantees. Every sample stands at its confidence (the mean probability of its own label over the
epochs) and at the variability of that probability; an arrow leads from its place with the sigmoid to its new one.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import logitscope as ls
from logitscope.displays import look

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

X, y = ls.load_dataset("breast_cancer")[:2]
X = ls.standardize(X).X
flipped = np.random.default_rng(0).choice(len(y), len(y) // 10, replace=False)
y[flipped] = 1 - y[flipped]


def dynamics(activation):
    """Scores of every sample over 100 epochs."""
    log = ls.LogisticRegression(activation, max_iter=100, tol=0, record=True).fit(X, y).update_log_
    return ls.training_dynamics(log)


start = dynamics("sigmoid")
n_moved, before = {}, np.abs(start.confidence - 0.5)
with look():
    figure, axes = plt.subplots(1, 2, figsize=(12.5, 5.6), sharex=True, sharey=True, layout="constrained")
    for axis, activation in zip(axes, ("tanh", "cauchit"), strict=True):
        end = dynamics(activation)
        display = ls.DataMapDisplay.from_dynamics(
            start, end, names=("sigmoid", activation), marked=flipped, marked_name="flipped label", ax=axis
        )
        n_moved[activation], after = int((display.move > 0.01).sum()), np.abs(end.confidence - 0.5)
        axis.set_title(f"from sigmoid to {activation}: {n_moved[activation]} of {len(y)} samples move")
        print(f"{activation}: {n_moved[activation]} samples move by more than 1 % of an axis; the largest change of "
              f"confidence is {np.abs(end.confidence - start.confidence).max():.2g}")  # fmt: skip
        if activation == "tanh":  # one scale of colours will do
            display.colorbar_.remove()
    axes[1].set_ylabel("")
    figure.savefig(out / "what_moves_between_activations.png")

sure, near = before > 0.4, before < 0.3
print(
    f"From sigmoid to tanh {n_moved['tanh']} of {len(y)} samples move, since at these rates the two are one model; to"
    f" cauchit {n_moved['cauchit']} do: of the {sure.sum()} with a confidence below 0.1 or above 0.9"
    f" {np.mean(after[sure] < before[sure]):.0%} are drawn towards ½, of the {near.sum()} between 0.2 and 0.8"
    f" {np.mean(after[near] > before[near]):.0%} away from it."
)
