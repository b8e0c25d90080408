"""The dataset of a command, split and scaled.

It turns arguments into arrays; it never trains.
"""

import argparse
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope.datasets import load_dataset, standardize


class Prepared(NamedTuple):
    """Arrays that a command trains on."""

    X_train: Any
    y_train: Any
    X_test: Any
    y_test: Any
    facts: list[tuple[str, str]]
    """What was done, for the summary."""


def load(arguments: argparse.Namespace) -> Any:
    """Load the dataset that was asked for."""
    options = {"n_samples": arguments.samples, "noise": arguments.noise, "target": arguments.target}
    given = {name: value for name, value in options.items() if value is not None}
    return load_dataset(arguments.dataset, random_state=0, **given)


def scaling(arguments: argparse.Namespace) -> str:
    """Say whether features are standardised."""
    if arguments.no_standardize:
        return "as they are (--no-standardize)"
    return "standardised with the mean and standard deviation of the training rows"


def prepare(arguments: argparse.Namespace, dataset: Any) -> Prepared:
    """Split, keeping the share of every class, and standardise unless switched off."""
    from sklearn.model_selection import train_test_split

    if not 0 < arguments.test_size < 1:
        raise InvalidInputError(f"`--test-size` must be a number between 0 and 1; got {arguments.test_size}.")
    labels = np.asarray(dataset.target_names)[dataset.y]
    try:
        X_train, X_test, y_train, y_test = train_test_split(
            dataset.X, labels, test_size=arguments.test_size, stratify=labels, random_state=arguments.seed
        )
    except ValueError as error:
        raise InvalidInputError(
            f"`--test-size` must leave rows of every class on both sides; got {arguments.test_size} ({error})"
        ) from error
    if not arguments.no_standardize:
        scaled = standardize(X_train)
        X_train, X_test = scaled.X, (X_test - scaled.mean) / scaled.scale
    n_classes = len(dataset.target_names)
    facts = [
        (
            "data",
            f"{arguments.dataset}: {len(dataset.X)} samples, {dataset.X.shape[1]} features, {n_classes} classes",
        ),
        ("split", f"{len(X_train)} training rows, {len(X_test)} held out (seed {arguments.seed})"),
        ("features", scaling(arguments)),
    ]
    return Prepared(X_train, y_train, X_test, y_test, facts)


__all__ = ["Prepared", "load", "prepare", "scaling"]
