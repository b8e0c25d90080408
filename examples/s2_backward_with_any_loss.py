"""Does ∂L/∂z = ∂L/∂a · (1 + tanh z)(1 − tanh z) hold whatever the loss is?

The loss is written down as a function of a alone and pushed through tanh; its slope in z is then measured by
differences, without any calculus. The lines are the two factors that `ls.backward` reports, and their product.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import logitscope as ls
from logitscope.displays import ACTIVATION_STYLES, FAINT, INK, look

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

z = np.linspace(-3, 3, 241)
waves = np.random.default_rng(0).normal(size=6)  # a loss that nobody would choose: a random sum of sines


def odd_loss(a):
    """Return Σ wₖ sin(k a)."""
    return sum(w * np.sin(k * a) for k, w in enumerate(waves, 1))


odd_upstream = sum(k * w * np.cos(k * np.tanh(z)) for k, w in enumerate(waves, 1))
rows = {  # loss as a function of a for y = 1, and the backward pass
    "cross-entropy\n−log (1 + a)/2": (lambda a: -np.log((1 + a) / 2), ls.backward(z, 1, "tanh", "cross_entropy")),
    "squared error\n½ (a − 1)²": (lambda a: (a - 1) ** 2 / 2, ls.backward(z, 1, "tanh", "squared_error")),
    "a random loss\nΣ wₖ sin(k a)": (odd_loss, ls.backward(z, 1, "tanh", upstream=odd_upstream)),
}

h = 1e-5
worst = 0.0
with look():
    figure, axes = plt.subplots(3, 3, figsize=(9.6, 6.4), sharex=True, layout="constrained")
    for axis_row, (name, (loss, parts)) in zip(axes, rows.items(), strict=True):
        measured = (loss(np.tanh(z + h)) - loss(np.tanh(z - h))) / (2 * h)
        gap = np.max(np.abs(parts.grad_z - measured)) / np.max(np.abs(measured))
        worst = max(worst, gap)
        print(f"{name.splitlines()[0]:<15} largest difference from the measured slope {gap:.0e} of its maximum")
        axis_row[0].plot(z, parts.upstream, color=INK)
        axis_row[1].plot(z, parts.local_derivative, color=ACTIVATION_STYLES["tanh"].color)
        axis_row[2].plot(z, parts.grad_z, color=INK, label="upstream × local derivative")
        axis_row[2].plot(z[::12], measured[::12], "o", mfc="white", mec=INK, ms=4.5, label="measured slope of the loss")
        axis_row[0].set_ylabel(name, linespacing=1.5)
        for axis in axis_row:
            axis.axhline(0, color=FAINT, lw=0.7)
            axis.margins(y=0.12)
        for axis, sign in zip(axis_row[1:], "×=", strict=True):
            axis.text(-0.27, 0.5, sign, transform=axis.transAxes, fontsize=20, ha="center", va="center")
    titles = ("∂L/∂a, sent back by the loss", "(1 + tanh z)(1 − tanh z)", "∂L/∂z, and the measured slope")
    for axis, title, below in zip(axes[0], titles, axes[2], strict=True):
        axis.set_title(title)
        below.set_xlabel("pre-activation z")
    figure.legend(*axes[0, 2].get_legend_handles_labels(), loc="outside lower right", ncols=2)
    figure.get_layout_engine().set(wspace=0.13)
    figure.savefig(out / "s2_backward_with_any_loss.png")

print(
    f"For {len(rows)} unlike losses, one of them random, ∂L/∂a · (1 + tanh z)(1 − tanh z) is the measured slope of the "
    f"loss in z to {worst:.0e} of its maximum."
)
