"""Which form of the derivative of tanh survives in floating point?

On paper 1 − tanh² z = (1 + tanh z)(1 − tanh z) = 4/(eᶻ + e⁻ᶻ)². A computer rounds tanh z to 53 bits first, and from
abs(z) ≈ 18 on those bits no longer tell tanh z from 1. The truth is computed in 60 decimal digits.
"""

import argparse
from decimal import Decimal, localcontext
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import logitscope as ls
from logitscope.displays import ACTIVATION_STYLES, FAINT, INK, look

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

z = np.linspace(0.05, 30, 600)
with localcontext() as context:
    context.prec = 60
    exact = np.array([float(4 / (Decimal(x).exp() + (-Decimal(x)).exp()) ** 2) for x in z.tolist()])

t = np.tanh(z)
forms = {
    "1 − tanh² z": (1 - t**2, "#6B6B6B", (0, (1.2, 1.2))),
    "(1 + tanh z)(1 − tanh z)": ((1 + t) * (1 - t), INK, (0, (5, 1.8))),
    "4/(eᶻ + e⁻ᶻ)², as in logitscope": (
        ls.get_activation("tanh").derivative(z),
        ACTIVATION_STYLES["tanh"].color,
        "-",
    ),
}
error = {name: np.abs(form - exact) / exact for name, (form, _, _) in forms.items()}
# The first z from which on no digit is right: the error never again falls below a half.
lost = {name: z[np.flatnonzero(e < 0.5)[-1] + 1] for name, e in error.items() if e[-1] >= 0.5}
print(f"{'form':<34}{'error at z = 1':>16}{'at z = 10':>12}{'at z = 30':>12}   no digit left from")
for name, e in error.items():
    at = [e[np.argmin(abs(z - x))] for x in (1, 10, 30)]
    print(f"{name:<34}{at[0]:16.0e}{at[1]:12.0e}{at[2]:12.0e}   {f'{lost[name]:.1f}' if name in lost else 'never'}")

with look():
    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4.0), layout="constrained")
    for name, (form, color, dashes) in forms.items():
        left.plot(z, np.where(form > 0, form, 1e-29), color=color, ls=dashes, label=name)
        # An error of exactly 0 has no place on a log scale: it is drawn on the lower edge.
        dots = {"ls": "none", "marker": ".", "ms": 3} if color == ACTIVATION_STYLES["tanh"].color else {"ls": dashes}
        right.plot(z, np.maximum(error[name], 2e-18), color=color, lw=1.2, **dots)
    left.plot(z, exact, color=FAINT, lw=5, alpha=0.35, zorder=1, label="exact, 60 digits")
    left.set(yscale="log", ylim=(1e-27, 10), ylabel="derivative of tanh")
    left.set_title("Two forms fall to exactly 0, the third follows the truth")
    left.legend(loc="lower left")
    right.set(yscale="log", ylim=(1e-18, 100), ylabel="relative error")
    right.set_title("Their digits are lost one by one: the error grows like e²ᶻ")
    right.axhline(1, color=FAINT, lw=0.8, ls=(0, (2, 2)))
    right.annotate("no digit is right", (0.5, 2), color=INK, fontsize=8)
    right.annotate("rounding, $2^{-53}$; dots on the edge: exact", (29.8, 4e-16), ha="right", fontsize=8, color=INK)
    for axis in (left, right):
        axis.set(xlabel="pre-activation z", xlim=(0, 30))
        axis.axvline(min(lost.values()), color=FAINT, lw=0.8, ls=(0, (2, 2)))
    figure.savefig(out / "s1_three_forms_of_the_derivative.png")

print(
    f"From z = {min(lost.values()):.1f} on 1 − tanh² z and (1 + tanh z)(1 − tanh z) have no right digit left, while "
    f"4/(eᶻ + e⁻ᶻ)² is right to {max(error['4/(eᶻ + e⁻ᶻ)², as in logitscope']):.0e} everywhere."
)
