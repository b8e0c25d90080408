"""Toy and own data by name or by path.

Nothing here knows the models that will be trained on them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

from logitscope._exceptions import InvalidInputError, UnknownNameError, unknown_name
from logitscope.datasets._base import Dataset, RandomState, subsample
from logitscope.datasets._bundled import load_breast_cancer, load_digits, load_iris, load_wine
from logitscope.datasets._standardize import Standardized, standardize
from logitscope.datasets._table import read_table
from logitscope.datasets._toy import (
    load_blobs,
    load_circles,
    load_classification,
    load_moons,
    load_spirals,
    load_xor,
)

Loader: TypeAlias = Callable[[int | None, RandomState, float | None], Dataset]

DATASETS: dict[str, Loader] = {
    "moons": load_moons,
    "circles": load_circles,
    "blobs": load_blobs,
    "classification": load_classification,
    "xor": load_xor,
    "spirals": load_spirals,
    "breast_cancer": load_breast_cancer,
    "iris": load_iris,
    "wine": load_wine,
    "digits": load_digits,
}


def load_dataset(
    name_or_path: str | os.PathLike[str],
    *,
    n_samples: int | None = None,
    random_state: RandomState = 0,
    noise: float | None = None,
    target: str | int | None = None,
) -> Dataset:
    """Load a dataset by name, or a CSV file by path.

    Parameters
    ----------
    name_or_path : str or path
        A key of `DATASETS`. Anything with a folder in it, that ends in .csv, .tsv or .txt, or that is a
        file, is a path.
    n_samples : int or None
        Number of rows. None is 500 for data that are drawn, and all rows of a table; fewer rows of a table
        are drawn so that every class keeps its share.
    random_state : int, Generator, RandomState or None
        For the drawing. None differs at every call.
    noise : float or None
        How far the drawn points scatter; None is the default of each. Tables take no noise.
    target : str, int or None
        For files: the column of labels, by name or by index from 0; None is the last one.

    Returns
    -------
    Dataset
        X (n_samples, n_features), y (n_samples,) of codes 0 … n_classes − 1, feature_names, target_names,
        description.

    Raises
    ------
    UnknownNameError
        If there is no such name, and it is no path.
    DatasetError
        If the file cannot be read as a table of numbers and labels.
    InvalidInputError
        If another argument cannot be used.

    Examples
    --------
    >>> X, y, feature_names, target_names, description = load_dataset("moons", n_samples=100)
    >>> X.shape, feature_names, target_names
    ((100, 2), ('x0', 'x1'), ('upper', 'lower'))
    >>> load_dataset("iris").target_names
    ('setosa', 'versicolor', 'virginica')
    """
    if isinstance(name_or_path, str) and name_or_path in DATASETS:
        if target is not None:
            raise InvalidInputError(
                f"`target` cannot be given for {name_or_path!r}, which has its own; got {target!r}."
            )
        return DATASETS[name_or_path](n_samples, random_state, noise)
    if not _is_path(name_or_path):
        raise _unknown(name_or_path)
    if noise is not None:
        raise InvalidInputError(f"`noise` cannot be given for a file; got {noise!r}.")
    return subsample(read_table(name_or_path, target), n_samples, random_state, Path(name_or_path).name)


def _is_path(name: str | os.PathLike[str]) -> bool:
    if isinstance(name, os.PathLike):
        return True
    if not isinstance(name, str) or "\0" in name:
        return False
    return "/" in name or os.sep in name or name.lower().endswith((".csv", ".tsv", ".txt")) or os.path.isfile(name)


def _unknown(name: object) -> UnknownNameError:
    known = unknown_name("name_or_path", name, DATASETS)
    return UnknownNameError(f"{known} The path of a CSV file works too.")


__all__ = ["DATASETS", "Dataset", "Standardized", "load_dataset", "read_table", "standardize"]
