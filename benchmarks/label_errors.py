"""Who finds the wrong labels: `ls.suspects` of one run, against cleanlab on five-fold cross-validation.

It flips labels, asks, and counts; it never tells a contestant which labels it flipped.
"""

import argparse
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np

import logitscope as ls

SETS = ("breast_cancer", "digits", "wine", "synthetic")
SHARES = (0.05, 0.1, 0.2)
KINDS = ("uniform", "near")
OURS, PLAIN, TUNED = "logitscope", "cleanlab", "cleanlab, C tuned"
HEADER = """# Which labels are wrong?

Labels are flipped on purpose: `uniform` to any other class, `near` to the class with the nearest mean (of two classes
both are the same). Area under the ROC curve (AUROC) and average precision (AP) of the ranking, mean over {n_seeds}
seeds; seconds are the median of the whole search from the features on.

- **logitscope**: one plain run of 100 epochs (softmax; sigmoid for two classes), no penalty, `ls.suspects(log)`.
- **cleanlab**: `get_label_quality_scores` on five-fold out-of-sample probabilities of scikit-learn's
  `LogisticRegression` as it comes. **C tuned**: the same with the C that `LogisticRegressionCV` finds on the data.

All see standardised features. `synthetic` is `make_classification(2000, 20, n_informative=10, n_classes=5)`, drawn anew
for every seed. The best AP of a row is in bold, whoever has it.
"""


class Trial(NamedTuple):
    """Data with labels of which some are wrong."""

    X: Any
    y: Any
    is_wrong: Any


def trial(name: str, share: float, kind: str, seed: int) -> Trial:
    """Return a dataset with a share of its labels flipped."""
    if name == "synthetic":
        from sklearn.datasets import make_classification

        X, y = make_classification(2000, 20, n_informative=10, n_redundant=0, n_classes=5, random_state=seed)
    else:
        X, y, *_ = ls.load_dataset(name)
    rng, n_classes = np.random.default_rng(seed), int(y.max()) + 1
    flipped = rng.choice(len(y), round(share * len(y)), replace=False)
    given = y.copy()
    if kind == "uniform":
        given[flipped] = (y[flipped] + rng.integers(1, n_classes, len(flipped))) % n_classes
    else:
        X_scaled = ls.standardize(X).X
        mean = np.array([X_scaled[y == label].mean(axis=0) for label in range(n_classes)])
        distance = np.square(mean[:, None] - mean).sum(axis=2)
        np.fill_diagonal(distance, np.inf)
        given[flipped] = distance.argmin(axis=1)[y[flipped]]
    return Trial(X, given, given != y)


def by_one_run(X: Any, y: Any) -> Any:
    """Return suspicion by the log of one run."""
    activation = "softmax" if y.max() > 1 else "sigmoid"
    clf = ls.LogisticRegression(activation, max_iter=100, tol=0, record=True).fit(ls.standardize(X).X, y)
    return ls.suspects(clf.update_log_).score


def by_cleanlab(X: Any, y: Any, C: float = 1.0) -> Any:
    """Return suspicion by cleanlab's quality of labels."""
    from cleanlab.rank import get_label_quality_scores
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    model = make_pipeline(StandardScaler(), LogisticRegression(C=C))
    return -get_label_quality_scores(y, cross_val_predict(model, X, y, cv=5, method="predict_proba"))


def by_tuned_cleanlab(X: Any, y: Any) -> Any:
    """Return suspicion by cleanlab, with the C that cross-validation finds."""
    from sklearn.linear_model import LogisticRegressionCV

    tuned = LogisticRegressionCV(use_legacy_attributes=False).fit(ls.standardize(X).X, y)
    return by_cleanlab(X, y, float(tuned.C_))


def contestants() -> dict[str, Any]:
    """Return who can run here, by name."""
    found = {OURS: by_one_run}
    if find_spec("cleanlab") is None:
        print("cleanlab skipped: it is not installed")
    else:
        found |= {PLAIN: by_cleanlab, TUNED: by_tuned_cleanlab}
    return found


def race(quick: bool = False) -> list[dict[str, Any]]:
    """Return a row for every dataset, kind and share: AUROC, AP and seconds of each contestant.

    Parameters
    ----------
    quick : bool
        Two seeds and the small data, to see that everything runs.
    """
    from sklearn.metrics import average_precision_score, roc_auc_score

    seeds = range(2 if quick else 10)
    who = contestants()
    rows = []
    for name, kind, share in _cells(("breast_cancer", "wine") if quick else SETS):
        figures: dict[str, list[tuple[float, float, float]]] = {contestant: [] for contestant in who}
        for seed in seeds:
            X, y, is_wrong = trial(name, share, kind, seed)
            for contestant, search in who.items():
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # the rivals' advice on iterations: they run as they come
                    start = perf_counter()
                    score = search(X, y)
                    seconds = perf_counter() - start
                area, precision = roc_auc_score(is_wrong, score), average_precision_score(is_wrong, score)
                figures[contestant].append((area, precision, seconds))
        row: dict[str, Any] = {"data": name, "kind": kind, "share": share, "n_seeds": len(seeds)}
        for contestant, values in figures.items():
            area, precision, seconds = np.array(values).T
            row[contestant] = {"auroc": area.mean(), "ap": precision.mean(), "seconds": float(np.median(seconds))}
        rows.append(row)
    return rows


def _cells(names: tuple[str, ...]) -> Iterator[tuple[str, str, float]]:
    for name in names:
        for kind in KINDS[:1] if name == "breast_cancer" else KINDS:
            for share in SHARES:
                yield name, kind, share


def means(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return a row for every dataset: the means over its kinds and shares."""
    names = [contestant for contestant in (OURS, PLAIN, TUNED) if contestant in rows[0]]
    out = []
    for data in dict.fromkeys(row["data"] for row in rows):
        of_data = [row for row in rows if row["data"] == data]
        summary: dict[str, Any] = {"data": data, "kind": "all", "share": None, "n_seeds": rows[0]["n_seeds"]}
        for name in names:
            summary[name] = {key: float(np.mean([row[name][key] for row in of_data])) for key in of_data[0][name]}
        out.append(summary)
    return out


def table(rows: list[dict[str, Any]]) -> str:
    """Return rows as a Markdown table."""
    names = [name for name in (OURS, PLAIN, TUNED) if name in rows[0]]
    head = ["data", "flips", "share", *(f"{name}: {key}" for key in ("AP", "AUROC", "s") for name in names)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * 3 + "---:|" * (len(head) - 3)]
    for row in rows:
        precision = [f"{row[name]['ap']:.3f}" for name in names]
        ap = [f"**{text}**" if text == max(precision) else text for text in precision]
        area = [f"{row[name]['auroc']:.3f}" for name in names]
        seconds = [f"{row[name]['seconds']:.2g}" for name in names]
        share = "all" if row["share"] is None else f"{100 * row['share']:.0f} %"
        lines.append("| " + " | ".join([row["data"], row["kind"], share, *ap, *area, *seconds]) + " |")
    return "\n".join(lines)


def main() -> int:
    """Run the race, print its table and write LABEL_ERRORS.md."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="two seeds of the small data; nothing is written")
    arguments = parser.parse_args()
    rows = race(arguments.quick)
    page = "\n".join(
        [
            HEADER.format(n_seeds=rows[0]["n_seeds"]),
            "## By dataset\n",
            table(means(rows)),
            "\n## By kind and share of flips\n",
            table(rows),
            "",
        ]
    )
    print(page)
    if not arguments.quick:
        (Path(__file__).parent / "LABEL_ERRORS.md").write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())

__all__ = ["contestants", "main", "means", "race", "table", "trial"]
