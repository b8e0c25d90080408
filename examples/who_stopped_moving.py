"""Which loss leaves wrong samples behind?

breast_cancer with a tenth of its labels flipped, learnt with cross-entropy and with squared error. A sample has
stopped once its |∂ℓ/∂z| is below 1 % of what it is at z = 0, where the run begins. Right samples that stop have been
learnt; wrong ones that stop are lost to the model, and with flipped labels that is what one may wish for.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import logitscope as ls
from logitscope.displays import look, readable

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

X, y = ls.load_dataset("breast_cancer")[:2]
X = ls.standardize(X).X
flipped = np.random.default_rng(0).choice(len(y), len(y) // 10, replace=False)
y[flipped] = 1 - y[flipped]

stopped, wrong, share_flipped = {}, {}, {}
with look():
    figure, axes = plt.subplots(1, 2, figsize=(12, 4.3), layout="constrained")
    for axis, loss in zip(axes, ("cross_entropy", "squared_error"), strict=True):
        log = ls.LogisticRegression("tanh", loss, max_iter=2000, tol=0, record=True).fit(X, y).update_log_
        display = ls.SaturationDisplay.from_log(log, ax=axis)
        is_lost = display.wrong[-1] & display.stopped[-1]
        stopped[loss], wrong[loss] = int(is_lost.sum()), int(display.wrong[-1].sum())
        share_flipped[loss] = int(np.isin(flipped, np.flatnonzero(is_lost)).sum())
        print(f"{loss}: {wrong[loss]} wrong, {stopped[loss]} of them stopped, {share_flipped[loss]} of these flipped")
        axis.set_title(f"tanh, {readable(loss)}: {stopped[loss]} of {wrong[loss]} wrong samples have stopped")
        handles, texts = display.legend_.legend_handles, [text.get_text() for text in display.legend_.texts]
        display.legend_.remove()
    figure.legend(handles, texts, loc="outside lower center", ncols=5, title=display.rule, title_fontsize=8)
    figure.savefig(out / "who_stopped_moving.png")

print(
    f"After 2000 epochs {stopped['squared_error']} of {wrong['squared_error']} wrong samples have stopped moving with"
    f" squared error, {share_flipped['squared_error']} of them with a flipped label, and {stopped['cross_entropy']} of"
    f" {wrong['cross_entropy']} with cross-entropy, which never lets go of a wrong sample."
)
