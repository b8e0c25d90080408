"""Rows held out, the same share of every class; what is trained on is scaled by what it tells alone.

It knows arrays and class codes; it never knows what will be trained on them.
"""

import math
from numbers import Real
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import FloatArray, IntArray
from logitscope.datasets._standardize import standardize


class Data(NamedTuple):
    """Checked data."""

    X: FloatArray
    """(n_samples, n_features), finite."""
    codes: IntArray
    """Class of each row, 0 … n_classes − 1."""
    classes: Any
    """The labels themselves, sorted."""

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.classes)


class Split(NamedTuple):
    """One seed's training and test rows."""

    train: FloatArray
    train_codes: IntArray
    test: FloatArray
    test_codes: IntArray
    rows: IntArray
    """Index of each training row in X, increasing."""
    mean: FloatArray
    scale: FloatArray
    """What the features were scaled with, (X − mean) / scale: (n_features,); 0 and 1 if they were not."""


def split(data: Data, test_size: float, is_scaled: bool, seed: int) -> Split:
    """Hold out the same share of every class; scale with what the training rows tell, if asked to.

    Raises
    ------
    InvalidInputError
        A share that leaves a class out on one side.
    """
    rows, held_out = hold_out(data, "test_size", test_size, seed)
    train, test = data.X[rows], data.X[held_out]
    mean: FloatArray = np.zeros(train.shape[1])
    scale: FloatArray = np.ones(train.shape[1])
    if is_scaled:
        train, mean, scale = standardize(train)
        test = ((test - mean) / scale).astype(train.dtype, copy=False)
    return Split(train, data.codes[rows], test, data.codes[held_out], rows, mean, scale)


def hold_out(data: Data, argument: str, share: float, seed: int) -> tuple[IntArray, IntArray]:
    """Return which rows to train on, increasing, and which to hold out, the same share of every class.

    Raises
    ------
    InvalidInputError
        A share that leaves a class out on one side; `argument` is what it is called.
    """
    from sklearn.model_selection import train_test_split

    if isinstance(share, bool) or not (isinstance(share, Real) and 0 < share < 1):
        raise InvalidInputError(f"`{argument}` must be a number between 0 and 1; got {share!r}.")
    counts, n = np.bincount(data.codes), len(data.X)
    if counts.min() < 2:
        lonely = data.classes.tolist()[int(counts.argmin())]
        raise InvalidInputError(
            f"`y` must hold two rows of every class, one to train on and one to hold out; got 1 of class {lonely!r}."
        )
    try:
        rows, held_out = train_test_split(np.arange(n), test_size=share, stratify=data.codes, random_state=seed)
    except ValueError as error:
        raise InvalidInputError(
            f"`{argument}` must leave rows of every class on both sides; got {share} of {n} rows, which holds out"
            f" {math.ceil(share * n)} for {data.n_classes} classes."
        ) from error
    kept: IntArray = np.sort(rows)
    return kept, held_out


__all__ = ["Data", "Split", "hold_out", "split"]
