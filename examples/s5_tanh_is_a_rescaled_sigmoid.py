"""Is tanh a rescaled sigmoid?

tanh x = 2σ(2x) − 1: twice as tall, moved down by 1, and run through twice as fast. One text of the course starts from
(1 − e⁻ˣ)/(1 + e⁻ˣ) instead, a misprint: that is tanh(x/2).
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

tanh, sigmoid = ls.get_activation("tanh"), ls.get_activation("sigmoid")
x = np.linspace(-5, 5, 401)
rescaled = 2 * sigmoid(2 * x) - 1
misprint = (1 - np.exp(-x)) / (1 + np.exp(-x))

differences = {
    "|misprint − tanh x|": (np.abs(misprint - tanh(x)), INK, "--"),
    "|misprint − tanh(x/2)|": (np.abs(misprint - tanh(x / 2)), INK, "x"),
    "|2σ(2x) − 1 − tanh x|": (np.abs(rescaled - tanh(x)), ACTIVATION_STYLES["tanh"].color, "."),
}
largest = {name: float(gap.max()) for name, (gap, _, _) in differences.items()}
print(f"range of tanh ({tanh.lower:g}, {tanh.upper:g}), of the sigmoid ({sigmoid.lower:g}, {sigmoid.upper:g})")
for name, gap in largest.items():
    print(f"{name:<24} at most {gap:.1e}")

with look():
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.0), layout="constrained", width_ratios=(1.25, 1))
    for phi in (sigmoid, tanh):
        style = ACTIVATION_STYLES[phi.name]
        name = f"{phi.name}, range ({phi.lower:g}, {phi.upper:g})".replace("-", "−")
        left.plot(x, phi(x), color=style.color, ls=style.dashes, lw=2, label=name)
    circles = {"ls": "none", "marker": "o", "ms": 5, "mfc": "white", "mec": ACTIVATION_STYLES["sigmoid"].color}
    left.plot(x[::16], rescaled[::16], **circles, label="2σ(2x) − 1: on tanh x")
    left.plot(x, misprint, color=INK, lw=1, ls=(0, (5, 1.8)), label="(1 − e⁻ˣ)/(1 + e⁻ˣ): not on it")
    for level in (-1, 0, 1):
        left.axhline(level, color=FAINT, lw=0.7, ls=(0, (2, 2)), zorder=1)
    left.set(xlabel="x", ylabel="value", xlim=(-5, 5), title="The sigmoid, stretched and moved, is tanh")
    left.legend(loc="lower right", bbox_to_anchor=(1, 0.08), handlelength=3.2)
    for name, (gap, color, drawn) in differences.items():
        # A difference of exactly 0 has no place on a log scale: it is drawn on the lower edge.
        right.plot(x[1::2], np.maximum(gap, 2e-18)[1::2], drawn, color=color, lw=1.2, ms=3, mew=0.7, label=name)
    right.set(yscale="log", ylim=(1e-18, 10), xlim=(-5, 5), xlabel="x", ylabel="absolute difference")
    right.set_title("Equal but for rounding, and not equal at all")
    right.annotate("below: exactly 0", (-4.9, 9e-18), fontsize=8)
    right.legend(loc="center left")
    figure.savefig(out / "s5_tanh_is_a_rescaled_sigmoid.png")

print(
    f"2σ(2x) − 1 is tanh x to {largest['|2σ(2x) − 1 − tanh x|']:.0e}, while (1 − e⁻ˣ)/(1 + e⁻ˣ) is tanh(x/2), off by "
    f"up to {largest['|misprint − tanh x|']:.2f}."
)
