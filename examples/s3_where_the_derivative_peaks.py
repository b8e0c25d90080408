"""Where is the derivative of an activation largest, and where does it end?

The second derivative of tanh, −8(e²ᶻ − 1)e²ᶻ/(e²ᶻ + 1)³, is 0 at z = 0 and at z = ±∞: the derivative has its maximum
there, and its infimum 0. The same is located numerically for every smooth activation of the package.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from scipy.optimize import brentq

import logitscope as ls
from logitscope.displays import FAINT, INK, EndLabel, activation_styles, label_ends, look

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

# Softmax is no function of one z; hard has slope 1 on all of [−1, 1], so that no single place is its peak.
smooth = {name: phi for name, phi in ls.ACTIVATIONS.items() if not phi.couples_columns and name != "hard"}
styles = activation_styles(smooth)
tanh = smooth["tanh"]
z = np.linspace(-4, 4, 801)
u = np.exp(2 * z)
formula = -8 * (u - 1) * u / (u + 1) ** 3
print(f"tanh″ is the formula to {np.max(np.abs(tanh.second_derivative(z) - formula)):.0e}")

peak = {}
print(f"{'activation':<12}{'φ″ = 0 at z =':>15}{'height of φ′':>15}{'φ′ at ±∞':>11}")
for name, phi in smooth.items():
    # Asymmetric brackets, so that the middle is not found just because it is the middle.
    at = brentq(phi.second_derivative, -1.3, 0.9, xtol=1e-14)
    peak[name] = at, float(phi.derivative(at))
    ends = float(phi.derivative(np.array([-np.inf, np.inf])).max())
    print(f"{name:<12}{at:15.1e}{peak[name][1]:15.6f}{ends:11.0f}")

with look():
    figure, (left, right) = plt.subplots(1, 2, figsize=(10.4, 4.0), layout="constrained")
    color = styles["tanh"].color
    left.plot(z, tanh.derivative(z), color=color, label="tanh′")
    left.plot(z, tanh.second_derivative(z), color=color, ls=(0, (5, 1.8)), label="tanh″")
    left.plot(z[::25], formula[::25], "o", mfc="white", mec=INK, ms=4, label="−8(e²ᶻ − 1)e²ᶻ/(e²ᶻ + 1)³")
    left.plot(*peak["tanh"], "^", color=color, ms=8)
    left.annotate("tanh″ = 0: tanh′ is largest", (0, 1), (0.45, 0.97), fontsize=8)
    left.set_title("tanh: the slope is largest where its own slope is 0")
    left.legend(loc="lower left", bbox_to_anchor=(0, 0.03))
    left.margins(y=0.1)
    left.set_ylabel("tanh′(z) and tanh″(z)")
    for name, phi in smooth.items():
        style = styles[name]
        right.plot(z, phi.derivative(z), color=style.color, ls=style.dashes, lw=1.2)
        right.plot(*peak[name], style.marker, color=style.color, ms=5, zorder=5)
    right.set_title(f"All {len(smooth)} smooth activations: φ′ peaks at z = 0 and fades on both sides")
    for axis in (left, right):
        axis.axvline(0, color=FAINT, lw=0.8, ls=(0, (2, 2)), zorder=1)
        axis.axhline(0, color=FAINT, lw=0.7, zorder=1)
        axis.set(xlim=(-4, 4), xlabel="pre-activation z")
    right.set_ylabel("derivative φ′(z)")
    heights = {name: height for name, (_, height) in peak.items()}
    label_ends(right, [EndLabel(f"{top:.3g}  {name}", top, styles[name].color) for name, top in heights.items()])
    figure.savefig(out / "s3_where_the_derivative_peaks.png")

farthest = max(abs(at) for at, _ in peak.values())
print(
    f"The slopes of all {len(smooth)} smooth activations are largest within {farthest:.0e} of z = 0, that of tanh is "
    f"{peak['tanh'][1]:g} there, and they fade to 0 on both sides."
)
