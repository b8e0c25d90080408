"""Do gradients vanish in deep stacks of tanh, as they do in deep stacks of sigmoids?

Layers of 64 units with random weights N(0, 1/64), the project's own activations between them. A gradient enters at the
output and is passed back layer by layer; what is left of it is measured for five draws of the weights.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import logitscope as ls
from logitscope.displays import FAINT, EndLabel, activation_styles, label_ends, look

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

n_layers = 20
names = ("tanh", "sigmoid")
runs = {name: np.array([ls.gradient_by_depth(name, n_layers, seed=seed) for seed in range(5)]) for name in names}
left = {name: np.median(run, axis=0) for name, run in runs.items()}
half = {name: int(np.argmax(share < 0.5)) for name, share in left.items()}
print("layers " + "".join(f"{name:>10}" for name in names))
for depth in (0, 1, 2, 5, 10, 20):
    print(f"{depth:6d} " + "".join(f"{left[name][depth]:10.2g}" for name in names))

styles = activation_styles(names)
layers = np.arange(n_layers + 1)
with look():
    figure, axes = plt.subplots(1, 2, figsize=(11, 4.2), layout="constrained")
    for axis in axes:
        for name, run in runs.items():
            style = styles[name]
            axis.fill_between(layers, run.min(axis=0), run.max(axis=0), color=style.color, alpha=0.18, lw=0)
            axis.plot(layers, left[name], color=style.color, ls=style.dashes, marker=style.marker, ms=4, label=name)
        axis.set(xlim=(0, n_layers), xlabel="layers passed on the way back", xticks=range(0, n_layers + 1, 5))
    axes[0].axhline(0.5, color=FAINT, lw=0.8, ls=(0, (2, 2)), zorder=1)
    axes[0].set(ylim=(0, 1.05), ylabel="share of the gradient left (root mean square)")
    axes[0].set_title(f"Less than half is left after {half['sigmoid']} layer (sigmoid), {half['tanh']} (tanh)")
    axes[0].legend(loc="upper right", handlelength=3.2)
    # The slope of the sigmoid is at most 1/4, and weights of this size neither shrink nor stretch a gradient.
    axes[1].plot(layers, 0.25**layers, color=FAINT, lw=0.9, ls=(0, (2, 2)), zorder=1)
    axes[1].annotate("1/4 a layer", (11, 0.25**11), (11.2, 0.25**10), color=FAINT, fontsize=8)
    axes[1].set(yscale="log", ylim=(None, 3))
    kept = left["sigmoid"][-1] ** (1 / n_layers)
    axes[1].set_title(f"On a log scale: a sigmoid layer passes on {kept:.2f} of it, as σ′ ≤ 1/4")
    ends = {name: left[name][-1] for name in names}
    label_ends(axes[1], [EndLabel(f"{name}\n{end:.2g} left", end, styles[name].color) for name, end in ends.items()])
    figure.savefig(out / "s8_gradients_vanish_with_depth.png")

print(
    f"After {n_layers} layers {ends['tanh']:.0%} of a gradient is left with tanh and {ends['sigmoid']:.0e} of it with "
    f"the sigmoid: both vanish, the sigmoid's far faster."
)
