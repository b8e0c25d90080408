"""How much steeper is tanh than the sigmoid?

Both derivatives are largest at z = 0, where a sample is undecided; there tanh lets most of a gradient through. Farther
out it is the other way round: tanh saturates first.
"""

import argparse
from pathlib import Path

import logitscope as ls
from logitscope.displays import look

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

display = ls.ActivationDisplay.from_names(("sigmoid", "tanh"))
tanh, sigmoid = display.peak_["tanh"][1], display.peak_["sigmoid"][1]
with look():
    display.axes_[1].set_title(f"slope φ′(z): tanh is {tanh / sigmoid:g} times as steep at 0")
display.figure_.savefig(out / "s6_four_times_the_slope.png")

for name, (at, height) in display.peak_.items():
    print(f"{name:<8} derivative is largest at z = {at:g}, where it is {height:g}")
for z in (0.0, 1.0, 2.0, 4.0):
    slopes = [float(ls.get_activation(name).derivative(z)) for name in ("tanh", "sigmoid")]
    print(f"z = {z:g}: tanh′ = {slopes[0]:.4f}, σ′ = {slopes[1]:.4f}, ratio {slopes[0] / slopes[1]:.2f}")

print(f"The derivative of tanh peaks at {tanh:g}, {tanh / sigmoid:g} times the sigmoid's {sigmoid:g}.")
