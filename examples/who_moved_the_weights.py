"""Who moved the weights, and would they be missed?

A run of momentum on breast_cancer that keeps its ledger: one number a sample, so that the prediction of any row is
exactly a sum of terms, one a training sample. That is who moved the weights. Whether a sample would be missed is
another question: the ten that matter most for one prediction are left out one at a time, and the run is repeated.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import logitscope as ls
from logitscope.displays import CLASS_STYLES, INK, look

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

X, y, _, names, _ = ls.load_dataset("breast_cancer")
X = ls.standardize(X).X
clf = ls.LogisticRegression(solver="momentum", batch_size=64, max_iter=100, tol=0, random_state=0, ledger=True)
ledger = clf.fit(X, y).ledger_
print(f"{ledger}: w = Xᵀα to {ledger.error:.0e} of its length")

row = int(np.argmin(np.abs(clf.decision_function(X))))  # the one that the model is least sure of
split, top = ledger.contribution(X[row]), ledger.top(X[row], k=10)
print(f"row {row}: z = {split.z:+.3f}; the terms for {names[1]} are {split.terms[split.terms > 0].sum():+.1f}, those "
      f"against it {split.terms[split.terms < 0].sum():+.1f}")  # fmt: skip

replays = [ledger.replay(drop=[sample]) for sample in top.index.tolist()]
account = np.array([(replay.account - replay.before)[row] for replay in replays])
truth = np.array([(replay.after - replay.before)[row] for replay in replays])
for sample, said, was in zip(top.index.tolist(), account, truth, strict=True):
    print(f"without sample {sample:3d}: the account says z {said:+.3f}, a run without it {was:+.3f}")

with look():
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.8), layout="constrained", width_ratios=[1.1, 1])
    title = f"Who made z = {split.z:+.2f} of row {row}".replace("-", "−")
    ls.LedgerDisplay.from_ledger(ledger, X[row], class_names=list(names), title=title, ax=left)
    reach = 1.15 * max(np.abs(account).max(), np.abs(truth).max())
    right.axline((0, 0), slope=1, color=INK, lw=0.8, ls=(0, (5, 3)))
    right.annotate("as the account says", (0.97 * reach, 0.97 * reach), (-5, 5), textcoords="offset points",
                   ha="right", rotation=45, rotation_mode="anchor", fontsize=8)  # fmt: skip
    for label, (color, marker) in enumerate(CLASS_STYLES):
        own = top.label == label
        right.scatter(account[own], truth[own], s=34, color=color, marker=marker, label=names[label], zorder=3)
    right.set(xlim=(-reach, reach), ylim=(-reach, reach), title="What leaving each of them out does to z",
              xlabel="account: minus the sample's term", ylabel="truth: the run again without it")  # fmt: skip
    right.set_aspect("equal")
    right.legend(title="labelled", loc="upper left")
    figure.savefig(out / "who_moved_the_weights.png")

kept = np.abs(truth).mean() / np.abs(account).mean()
print(
    f"The largest term in this prediction is {top.term[0]:+.2f}, sample {top.index[0]}'s, and without that sample z"
    f" moves by {truth[0]:+.2f}; over the ten, leaving one out moves z by {kept:.0%} of what it had put in, because the"
    " others take its place."
)
