"""When should training stop, and would more data help?

Two questions, two kinds of curve: loss and accuracy against epochs (`TrainingCurveDisplay`), and accuracy against the
size of the training set (scikit-learn's own `LearningCurveDisplay`, which takes the estimator as it is). Thirty
training rows are few enough to be learnt by heart.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from sklearn.model_selection import LearningCurveDisplay, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import logitscope as ls
from logitscope.displays import look

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

X, y = ls.load_dataset("breast_cancer")[:2]
X_train, X_val, y_train, y_val = train_test_split(X, y, train_size=30, stratify=y, random_state=1)
scaler = StandardScaler().fit(X_train)
clf = ls.LogisticRegression("tanh", max_iter=2000, tol=0, early_stopping=True, n_iter_no_change=500)
clf.fit(scaler.transform(X_train), y_train, X_val=scaler.transform(X_val), y_val=y_val)
print(clf.status_)
validation = clf.validation_loss_curve_
best, last = validation[clf.n_iter_ - 1], validation[-1]
print(f"validation loss {best:.4f} at epoch {clf.n_iter_}, {last:.4f} at epoch {len(validation)}; training loss "
      f"{clf.loss_curve_[clf.n_iter_ - 1]:.4f} and {clf.loss_curve_[-1]:.4f}")  # fmt: skip

with look():
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.8), layout="constrained")
    curves = ls.TrainingCurveDisplay.from_estimator(clf, title="30 training rows: when to stop", ax=left)
    model = make_pipeline(StandardScaler(), ls.LogisticRegression("tanh", max_iter=clf.n_iter_, tol=0))
    folds = {"train_sizes": np.linspace(0.06, 1, 8), "cv": 5, "shuffle": True, "random_state": 0}
    by_size = LearningCurveDisplay.from_estimator(model, X, y, ax=right, score_name="accuracy", **folds)
    # The same colours as on the left: training, and rows that were not trained on.
    alike = (curves.lines_["train_loss"], curves.lines_["validation_loss"])
    for like, line, band in zip(alike, by_size.lines_, by_size.fill_between_, strict=True):
        line.set(color=like.get_color(), linestyle=like.get_linestyle())
        band.set(color=like.get_color(), alpha=0.13, linewidth=0)
    right.set(xlabel="training rows", title="Would more rows help? Mean and spread of 5 folds")
    right.legend(by_size.lines_, ("training", "validation"), loc="lower right", handlelength=3.2)
    figure.savefig(out / "plot_learning_curves.png")

few, many = by_size.test_scores.mean(axis=1)[[0, -1]]
print(
    f"With 30 rows the validation loss is lowest at epoch {clf.n_iter_} and {last / best - 1:.0%} higher at epoch "
    f"{len(validation)}; from {by_size.train_sizes[0]} to {by_size.train_sizes[-1]} rows the accuracy on held-out "
    f"rows rises from {few:.1%} to {many:.1%}."
)
