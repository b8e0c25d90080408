"""The four classic tables that come with scikit-learn.

Nothing is downloaded, and nothing here knows what will be trained on the tables.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope.datasets._base import Dataset, RandomState, subsample


def load_breast_cancer(n_samples: int | None, random_state: RandomState, noise: float | None) -> Dataset:
    """569 tumours, 30 shape features of their cell nuclei; malignant (0) or benign (1)."""
    from sklearn.datasets import load_breast_cancer as load

    description = "569 tumours, 30 features of their cell nuclei: malignant or benign."
    return _bundled("breast_cancer", load, description, n_samples, random_state, noise)


def load_iris(n_samples: int | None, random_state: RandomState, noise: float | None) -> Dataset:
    """150 irises of three species, 4 lengths and widths in cm."""
    from sklearn.datasets import load_iris as load

    description = "150 irises of three species, lengths and widths of sepals and petals."
    return _bundled("iris", load, description, n_samples, random_state, noise)


def load_wine(n_samples: int | None, random_state: RandomState, noise: float | None) -> Dataset:
    """178 wines of three growers, 13 chemical features."""
    from sklearn.datasets import load_wine as load

    description = "178 wines of three growers, 13 chemical features."
    return _bundled("wine", load, description, n_samples, random_state, noise)


def load_digits(n_samples: int | None, random_state: RandomState, noise: float | None) -> Dataset:
    """1797 handwritten digits, 8 × 8 pixels of 0 … 16."""
    from sklearn.datasets import load_digits as load

    description = "1797 handwritten digits of 8 × 8 pixels."
    return _bundled("digits", load, description, n_samples, random_state, noise)


def _bundled(
    name: str,
    load: Callable[[], Any],
    description: str,
    n_samples: int | None,
    random_state: RandomState,
    noise: float | None,
) -> Dataset:
    if noise is not None:
        raise InvalidInputError(f"`noise` cannot be given for {name!r}, which is measured data; got {noise!r}.")
    bunch = load()
    table = Dataset(
        np.ascontiguousarray(bunch.data, dtype=np.float64),
        bunch.target.astype(np.intp),
        tuple(str(feature) for feature in bunch.feature_names),
        tuple(str(label) for label in bunch.target_names),
        description,
    )
    return subsample(table, n_samples, random_state, name)


__all__ = ["load_breast_cancer", "load_digits", "load_iris", "load_wine"]
