"""Which samples are hard: those that the model forgets, those that it is unsure of, or those that it never learns?

Handwritten digits, some of their labels flipped, trained by mini-batches. On the left every sample on the data map:
how sure the run was of its label, and how much that went to and fro. On the right they are sorted by how they were
learned, and each bar says how many of a kind have a flipped label.
"""

import argparse
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

import logitscope as ls
from logitscope.displays import look

parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
parser.add_argument("--out", type=Path, default=Path("out"), help="folder of the figure")
out = parser.parse_args().out
out.mkdir(parents=True, exist_ok=True)

X, y = ls.load_dataset("digits", n_samples=900)[:2]
rng, given = np.random.default_rng(0), y.copy()
flipped = rng.choice(len(y), len(y) // 20, replace=False)
given[flipped] = (y[flipped] + rng.integers(1, 10, len(flipped))) % 10
is_wrong = given != y

settings = {"solver": "sgd", "batch_size": 16, "learning_rate": 0.05, "max_iter": 40, "tol": 0, "random_state": 0}
clf = ls.LogisticRegression("softmax", record=True, **settings).fit(ls.standardize(X).X, given)
dynamics = ls.training_dynamics(clf.update_log_)
print(dynamics)

never = np.isnan(dynamics.first_learned_epoch)
kinds = (
    ("never learned", never),
    ("forgotten twice or more", ~never & (dynamics.forgetting_events > 1)),
    ("forgotten once", ~never & (dynamics.forgetting_events == 1)),
    ("learned once and for all", ~never & (dynamics.forgetting_events == 0)),
)
with look():
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 4.8), layout="constrained")
    ls.DataMapDisplay.from_dynamics(dynamics, marked=flipped, marked_name="label flipped", ax=left)
    left.set_title("how sure, and how steadily: the data map")
    bars = right.barh(
        [name for name, _ in kinds], [100 * is_wrong[chosen].mean() if chosen.any() else 0 for _, chosen in kinds],
        color="#A63600",
    )  # fmt: skip
    right.bar_label(bars, [f" {is_wrong[chosen].sum()} of {chosen.sum()}" for _, chosen in kinds])
    right.set(xlabel="of these samples, % with a flipped label", xlim=(0, 100))
    right.set_title("how learned: what the hard ones are")
    right.invert_yaxis()
    figure.savefig(out / "which_samples_are_hard.png")

once = kinds[-1][1]
print(
    f"Of the samples that are never learned {100 * is_wrong[never].mean():.0f} % have a flipped label, of those "
    f"learned once and for all {100 * is_wrong[once].mean():.1f} %, and of the {is_wrong.sum()} flipped ones "
    f"{100 * (dynamics.confidence[is_wrong] < 0.5).mean():.0f} % stay in the lower half of the map."
)
