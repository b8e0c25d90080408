"""Is the update of a sample largest where the model is most uncertain, at z = 0?

Two clouds of points are learnt with a few labels flipped, so that some samples are confidently wrong. Every marker is
one sample of a trained model: how far its term in the last step moves the parameters, against its z. The dotted line
is what the local factor φ′(z) alone would have said.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import logitscope as ls
from logitscope.displays import INK, look, readable

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

X, y = ls.load_dataset("blobs", n_samples=500, random_state=0)[:2]
X = ls.standardize(X).X
flipped = np.random.default_rng(0).choice(len(y), 25, replace=False)
y[flipped] = 1 - y[flipped]

ratio, peak = {}, {}
with look():
    figure, axes = plt.subplots(2, 2, figsize=(10, 7.6), layout="constrained")
    for row, loss in zip(axes, ("cross_entropy", "squared_error"), strict=True):
        for axis, activation in zip(row, ("tanh", "sigmoid"), strict=True):
            log = ls.LogisticRegression(activation, loss, max_iter=300, tol=0, record=True).fit(X, y).update_log_
            z, update = log.z[-1], log.update_norm[-1]
            wrongest, undecided = np.argmin(np.where(log.y == 1, z, -z)), np.argmin(np.abs(z))
            ratio[loss] = update[wrongest] / update[undecided]
            print(f"{activation}, {readable(loss)}: update {update[undecided]:.1e} at z = {z[undecided]:.2f}, "
                  f"{update[wrongest]:.1e} at z = {z[wrongest]:.2f} with y = {log.y[wrongest]:g}")  # fmt: skip

            display = ls.UpdateMagnitudeDisplay.from_log(log, epochs=[299], yscale="linear", ax=axis)
            grid = np.linspace(*axis.get_xlim(), 401)
            slope = ls.get_activation(activation).derivative(grid)
            # Scaled to the theory at z = 0, where it is right for either loss.
            at_zero = log.theory([0.0], 1)[0] * np.median(log.reach[-1])
            (dotted,) = axis.plot(grid, slope / slope.max() * at_zero, color=INK, ls=(0, (1.2, 1.4)), zorder=2.5)
            words = f"confidently wrong: {ratio[loss]:.1f} times the update at z = 0"
            if loss == "squared_error":
                peak[activation] = display.peak_[1]
                words = f"confidently wrong: {ratio[loss]:.2f} times; the peaks are at z = ±{-peak[activation]:.2f}"
                top = log.theory([peak[activation]], 1)[0]
                print(f"{activation}, {readable(loss)}: |∂ℓ/∂z| for y = 1 peaks at {peak[activation]:.4f}, {top:.6f}")
            axis.set_title(f"{activation}, {readable(loss)}\n{words}", pad=10)
            handles, texts = display.legend_.legend_handles[:6], [text.get_text() for text in display.legend_.texts[:6]]
            display.legend_.remove()
    figure.legend([*handles, dotted], [*texts, "what φ′(z) alone says"], loc="outside lower center", ncols=4)
    figure.savefig(out / "s4_update_magnitude_against_z.png")

print(
    f"The most confidently wrong sample moves the model {ratio['cross_entropy']:.1f} times as much as the most "
    f"undecided one with cross-entropy, and {ratio['squared_error']:.2f} times as much with squared error, whose peak "
    f"for y = 1 is off zero, at z = {peak['tanh']:.3f} (tanh) and {peak['sigmoid']:.3f} (sigmoid)."
)
