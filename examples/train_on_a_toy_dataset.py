"""Which samples move the model when it is trained on a toy dataset?

A model with a tanh output learns two interleaving half moons. The microscope keeps every sample's z at every epoch, and
derives from it how far the sample moved the parameters: left where these samples lie, right where they stand on z.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import train_test_split

import logitscope as ls
from logitscope.displays import CLASS_STYLES, INK, look

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

data = ls.load_dataset("moons", n_samples=500, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(data.X, data.y, stratify=data.y, random_state=0)
scaled = ls.standardize(X_train)
X_train, X_test = scaled.X, (X_test - scaled.mean) / scaled.scale

clf = ls.LogisticRegression(activation="tanh", max_iter=200, tol=0, record=True).fit(X_train, y_train)
accuracy = clf.score(X_test, y_test)
log = clf.update_log_
update = log.update_norm[-1]
wrong = clf.predict(X_train) != y_train
order = np.argsort(update)[::-1]
tenth = order[: len(order) // 10]
share = update[tenth].sum() / update.sum()
print(f"{clf.status_}; loss {clf.loss_curve_[0]:.3f} -> {clf.loss_curve_[-1]:.3f}, test accuracy {accuracy:.1%}")
print(f"update: largest {update.max():.1e}, at z = {log.z[-1, order[0]]:.2f}; median {np.median(update):.1e}")
print(f"on the wrong side: {wrong.mean():.0%} of all, {wrong[tenth].mean():.0%} of the tenth with the largest updates")

with look():
    figure, (plane, scatter) = plt.subplots(1, 2, figsize=(11, 4.8), layout="constrained")
    for label, style in enumerate(CLASS_STYLES):
        for side, face in ((False, style.color), (True, "white")):
            rows = (y_train == label) & (wrong == side)
            plane.scatter(*X_train[rows].T, s=4 + 110 * update[rows] / update.max(), marker=style.marker,
                          facecolor=face, edgecolor=style.color, linewidth=0.9, alpha=0.85)  # fmt: skip
    low, high = plane.get_xlim()
    x0 = np.array([low, high])
    plane.set_ylim(plane.get_ylim())
    plane.plot(x0, -(clf.intercept_[0] + clf.coef_[0, 0] * x0) / clf.coef_[0, 1], color=INK, lw=1.2)
    plane.set(xlim=(low, high), xlabel="x0 (standardized)", ylabel="x1 (standardized)")
    plane.set_title("Area of a marker: its last update. Line: z = 0. Hollow: wrong side")
    names = [f"{name} moon" for name in data.target_names]
    display = ls.UpdateMagnitudeDisplay.from_log(log, epochs=[199], yscale="linear", class_names=names, ax=scatter)
    # One legend for both panels.
    texts = [text.get_text() for text in display.legend_.texts]
    display.legend_.remove()
    figure.legend(display.legend_.legend_handles, texts, loc="outside lower center", ncols=3)
    figure.savefig(out / "train_on_a_toy_dataset.png")

print(
    f"After {clf.n_iter_} epochs (test accuracy {accuracy:.1%}) a tenth of the samples holds {share:.0%} of all "
    f"update, and {wrong[tenth].mean():.0%} of that tenth lie on the wrong side."
)
