"""Which samples hold the model where it is?

Three features of breast_cancer and a fit to its optimum. On the left every sample at its leverage and its studentized
residual, with lines of equal Cook's distance: far to the right it could pull, far from 0 it does. On the right what
one Newton step says of the fit without a sample, against the fit itself, made again without it.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patheffects import withStroke

import logitscope as ls
from logitscope.displays import CLASS_STYLES, FAINT, INK, look

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

data = ls.load_dataset("breast_cancer")
X, y = ls.standardize(data.X).X[:, :3], data.y
found = ls.LogisticRegression(solver="newton").fit(X, y).influence(X, y)
print(found)

order = np.argsort(-found.cooks_distance)
n_half = 1 + int(np.searchsorted(np.cumsum(found.cooks_distance[order]), found.cooks_distance.sum() / 2))
top, chosen = order[:5], np.union1d(order[:40], np.arange(0, len(y), 4))
exact = found.exact_leave_one_out(chosen)
shift = [
    np.linalg.norm((params - found.params) / found.standard_error, axis=1)
    for params in (found.leave_one_out.params[chosen], exact.params)
]
rank = [np.argsort(np.argsort(values)) for values in shift]
correlation = np.corrcoef(*rank)[0, 1]

with look():
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5), layout="constrained")
    for label, style in enumerate(CLASS_STYLES):
        own = y == label
        left.scatter(found.leverage[own], found.studentized_residual[own], s=16, color=style.color, alpha=0.65,
                     marker=style.marker, linewidths=0, label=data.target_names[label])  # fmt: skip
    limits = left.get_xlim(), left.get_ylim()
    h = np.linspace(1e-4, limits[0][1], 300)
    for cook in (0.02, 0.1):  # Cook's distance is r² h/(1 − h)/n_params
        for sign in (-1, 1):
            residual = sign * np.sqrt(cook * len(found.params) * (1 - h) / h)
            name = "equal Cook's distance" if sign > 0 and cook == 0.1 else None
            left.plot(h, residual, color=FAINT, lw=0.9, ls=(0, (4, 2)), zorder=1, label=name)
            left.annotate(f"{cook:g}", (h[-1], residual[-1]), (-2, 3), textcoords="offset points", ha="right",
                          fontsize=8)  # fmt: skip
    left.set(xlim=(0, limits[0][1]), ylim=limits[1], xlabel="leverage h", ylabel="studentized residual")
    halo = [withStroke(linewidth=3, foreground="white")]  # a number is read over a line too
    for i in top:
        left.annotate(str(i), (found.leverage[i], found.studentized_residual[i]), xytext=(6, 3), fontsize=8,
                      textcoords="offset points", fontweight="bold", path_effects=halo)  # fmt: skip
    left.set_title(f"{n_half} of {len(y)} samples hold half of all Cook's distance")
    left.legend(loc="upper right")
    right.axline((1, 1), slope=1, color=FAINT, lw=0.9)
    right.loglog(shift[1], shift[0], "o", ms=4, color=INK, alpha=0.6, mew=0)
    right.set(xlabel="fitted again without the sample", ylabel="by one Newton step")
    right.set_title(f"Change of the coefficients in standard errors: rank correlation {correlation:.5f}")
    figure.savefig(out / "which_samples_hold_the_model.png")

print(
    f"{n_half} of {len(y)} samples hold half of all Cook's distance; without sample {top[0]} alone the coefficients"
    f" move by {shift[1][np.flatnonzero(chosen == top[0])[0]]:.2f} standard errors, and one Newton step ranks the"
    f" changes of {len(chosen)} fits without a sample as the fits themselves do (rank correlation {correlation:.5f})."
)
