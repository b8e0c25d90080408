"""Which labels are wrong?

Handwritten digits, of which one in ten got the label of another digit. One plain run is logged, and each sample is
scored by where its z stood over the run: left, the scores, with the threshold that lets through 1 % of the right
labels; right, the most suspicious digits, with the label that they were given and the one that is suggested.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import logitscope as ls
from logitscope.displays import INK, look

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

X, y = ls.load_dataset("digits")[:2]
rng, given = np.random.default_rng(0), y.copy()
flipped = rng.choice(len(y), len(y) // 10, replace=False)
given[flipped] = (y[flipped] + rng.integers(1, 10, len(flipped))) % 10
is_wrong = given != y

clf = ls.LogisticRegression("softmax", max_iter=100, tol=0, record=True).fit(ls.standardize(X).X, given)
found = ls.suspects(clf.update_log_, false_alarms=0.01, classes=clf.classes_)
caught, alarms = found.is_suspect & is_wrong, found.is_suspect & ~is_wrong
mended = (found.suggested[caught] == y[caught]).mean()
print(found)

RIGHT, WRONG = "#3B78A8", "#A63600"
with look():
    figure = plt.figure(figsize=(12, 4.6), layout="constrained")
    left, right = figure.subfigures(1, 2, width_ratios=(1, 1.15))
    axis = left.subplots()
    bins = np.linspace(found.score.min(), found.score.max(), 50)
    axis.hist(found.score[~is_wrong], bins, color=RIGHT, alpha=0.75, label=f"{(~is_wrong).sum()} right labels")
    axis.hist(found.score[is_wrong], bins, color=WRONG, alpha=0.75, label=f"{is_wrong.sum()} flipped labels")
    axis.axvline(found.threshold, color=INK, lw=1)
    axis.text(found.threshold + 0.6, 0.6, "suspects →", transform=axis.get_xaxis_transform())
    axis.set_title(f"{found.is_suspect.sum()} suspects, {caught.sum()} of them flipped labels")
    axis.set(xlabel="score: log-odds that another label is right", ylabel="samples")
    axis.legend(loc="upper right")
    panels = right.subplots(3, 6)
    right.suptitle("the most suspicious: given → suggested label (red: it was flipped)", fontsize=9.5)
    for panel, sample in zip(panels.flat, found.ranking, strict=False):
        panel.imshow(X[sample].reshape(8, 8), cmap="gray_r")
        panel.set_title(
            f"{found.given[sample]} → {found.suggested[sample]}", color=WRONG if is_wrong[sample] else RIGHT
        )
        panel.axis("off")
    figure.savefig(out / "which_labels_are_wrong.png")

print(
    f"The {found.is_suspect.sum()} digits right of the threshold hold {caught.sum()} of the {is_wrong.sum()} flipped "
    f"labels and {100 * alarms.sum() / (~is_wrong).sum():.1f} % of the right ones, and the suggested label is the "
    f"true one in {100 * mended:.0f} % of those caught."
)
