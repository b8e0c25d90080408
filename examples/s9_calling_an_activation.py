"""What does tanh(x, diff=True) give, and how is it checked by eye?

An activation is called as in the course: `tanh(x)` is the value, `tanh(x, diff=True)` the derivative. If that is so, a
short line through (x, tanh(x)) with slope tanh(x, diff=True) must be a tangent of the curve.
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

tanh = ls.get_activation("tanh")
x = np.linspace(-3, 3, 601)
h = 1e-6
measured = (np.tanh(x + h) - np.tanh(x - h)) / (2 * h)
value_gap = np.max(np.abs(tanh(x) - np.tanh(x)))
slope_gap = np.max(np.abs(tanh(x, diff=True) - measured))

touch = np.linspace(-2.4, 2.4, 7)
print(f"{'x':>6}{'tanh(x)':>12}{'tanh(x, diff=True)':>22}")
for point in touch:
    print(f"{point:6.1f}{tanh(point):12.6f}{tanh(point, diff=True):22.6f}")

style = ACTIVATION_STYLES["tanh"]
with look():
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.0), sharex=True, layout="constrained")
    left.plot(x, tanh(x), color=style.color, lw=2)
    reach = np.array([-0.5, 0.5])
    for point in touch:
        slope = tanh(point, diff=True)
        step = reach / np.hypot(1, slope)  # tangents of equal length on paper
        left.plot(point + step, tanh(point) + slope * step, color=INK, lw=1.1, zorder=3)
        right.plot([point, point], [0, slope], color=FAINT, lw=0.9)
    left.plot(touch, tanh(touch), "o", color=INK, ms=3.5)
    left.set_title("tanh(x), with tangents of slope tanh(x, diff=True)")
    right.plot(x, tanh(x, diff=True), color=style.color, lw=2)
    right.plot(touch, tanh(touch, diff=True), "o", color=INK, ms=4)
    right.set_title("tanh(x, diff=True): the slopes of those tangents")
    for axis, label in ((left, "value"), (right, "derivative")):
        axis.set(xlim=(-3, 3), xlabel="x", ylabel=label)
        axis.axhline(0, color=FAINT, lw=0.7, zorder=1)
    figure.savefig(out / "s9_calling_an_activation.png")

print(
    f"tanh(x) is the value, to {value_gap:.0e}, and tanh(x, diff=True) its slope, to {slope_gap:.0e} against central "
    f"differences."
)
