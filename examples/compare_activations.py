"""Which activation gets to a good model in the fewest epochs?

Four activations learn the half moons with the same splits, each at the largest learning rate that its own curvature
bound guarantees (learning_rate="auto"). What is compared is thus the shape of the activation, not its units: tanh is a
rescaled sigmoid, and the two curves are one.
"""

import argparse
from pathlib import Path

import numpy as np

import logitscope as ls

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

X, y = ls.load_dataset("moons", n_samples=500, random_state=0)[:2]
activations = ("sigmoid", "tanh", "probit", "softsign")
result = ls.compare(X, y, activations=activations, target_loss=0.35, seeds=3, max_iter=120)
print(result)  # one row an activation: the rates used, epochs to the target, losses, accuracy, updates

display = ls.ComparisonDisplay.from_comparison(result)
display.figure_.savefig(out / "compare_activations.png")

epochs = np.median(result.epochs_to_target(), axis=1)
gap = np.max(np.abs(result.curves["log_loss"][0] - result.curves["log_loss"][1]))
print(f"the loss curves of sigmoid and tanh differ by {gap:.1g} at most")
print(
    f"To a log loss of {result.target_loss:g} the activations take, in epochs, "
    + ", ".join(f"{arm.label} {median:.0f}" for arm, median in zip(result.arms, epochs, strict=True))
    + ": sigmoid and tanh are one shape in two units."
)
