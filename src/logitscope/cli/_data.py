"""The dataset of a command, split and scaled.

It turns arguments into arrays; it never trains.
"""

import argparse
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import DatasetError, InvalidInputError
from logitscope.cli._cycles import kept
from logitscope.cli._show import counted
from logitscope.datasets import Dataset, load_dataset
from logitscope.datasets._split import Data, Split, split


class Prepared(NamedTuple):
    """Arrays that a command trains on; labels are the codes of the dataset."""

    X_train: Any
    y_train: Any
    X_test: Any
    y_test: Any
    mean: Any
    scale: Any
    """What the features were scaled with, (X − mean) / scale: (n_features,) each."""
    facts: list[tuple[str, str]]
    """What was done, for the summary."""


def load(arguments: argparse.Namespace, *, is_split: bool = True) -> Dataset:
    """Load the dataset that was asked for; if it is to be split, every class has a row to train on and one to spare."""
    options = {"n_samples": arguments.samples, "noise": arguments.noise, "target": arguments.target}
    given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    with kept():  # drawn data come from scikit-learn, the largest of our imports
        dataset = load_dataset(arguments.dataset, random_state=0, **given)
    for name, count in zip(dataset.target_names, _counts(dataset), strict=True):
        if is_split and count < 2:
            raise DatasetError(
                f"{arguments.dataset}: class {name!r} has {count} row{'s' * (count != 1)}; two are needed, one to train"
                " on and one to hold out."
            )
    return dataset


def _counts(dataset: Dataset) -> list[int]:
    counts: list[int] = np.bincount(dataset.y, minlength=len(dataset.target_names)).tolist()
    return counts


def scaling(arguments: argparse.Namespace) -> str:
    """Say whether features are standardised."""
    if arguments.no_standardize:
        return "as they are (--no-standardize)"
    return "standardised with the mean and standard deviation of the training rows"


def prepare(arguments: argparse.Namespace, dataset: Dataset) -> Prepared:
    """Split as `compare` does, keeping the share of every class, and standardise unless switched off."""
    if not 0 < arguments.test_size < 1:
        raise InvalidInputError(f"`test_size` must be a number between 0 and 1; got {arguments.test_size}.")
    if not 0 <= arguments.seed < 2**32:
        raise InvalidInputError(f"`seed` must be an integer from 0 to {2**32 - 1}; got {arguments.seed}.")
    data = Data(dataset.X, dataset.y, np.arange(len(dataset.target_names)))
    rows: Split = split(data, arguments.test_size, not arguments.no_standardize, arguments.seed)
    facts = [
        (
            "data",
            f"{arguments.dataset}: {len(dataset.X)} samples, {counted(dataset.X.shape[1], 'feature')},"
            f" {data.n_classes} classes",
        ),
        ("split", f"{len(rows.train)} training rows, {len(rows.test)} held out (seed {arguments.seed})"),
        ("features", scaling(arguments)),
    ]
    return Prepared(rows.train, rows.train_codes, rows.test, rows.test_codes, rows.mean, rows.scale, facts)


__all__ = ["Prepared", "load", "prepare", "scaling"]
