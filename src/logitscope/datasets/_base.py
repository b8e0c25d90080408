"""What every dataset is: numbers, class codes and their names; and how fewer rows of it are drawn.

Nothing here knows where the rows came from, or what will be trained on them.
"""

from numbers import Integral, Real
from typing import NamedTuple, TypeAlias

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import FloatArray, IntArray

RandomState: TypeAlias = int | np.random.Generator | np.random.RandomState | None


class Dataset(NamedTuple):
    """A table of numbers with one class label a row.

    Attributes
    ----------
    X : ndarray of shape (n_samples, n_features)
        Features, float64, finite.
    y : ndarray of shape (n_samples,)
        Class codes 0 … n_classes − 1.
    feature_names : tuple of str
        One for each column of `X`.
    target_names : tuple of str
        `target_names[y[i]]` is the class of row i.
    description : str
        One sentence for a caption.
    """

    X: FloatArray
    y: IntArray
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    description: str

    def __repr__(self) -> str:
        """Size, classes and description in a line: the numbers themselves would fill the screen.

        Examples
        --------
        >>> Dataset(np.zeros((10, 2)), np.repeat([0, 1], 5), ("x0", "x1"), ("no", "yes"), "Ten zeros.")
        Dataset(10 x 2, classes no/yes: Ten zeros.)
        """
        n_samples, n_features = self.X.shape
        return f"Dataset({n_samples} x {n_features}, classes {'/'.join(self.target_names)}: {self.description})"


def subsample(dataset: Dataset, n_samples: int | None, random_state: RandomState, name: str) -> Dataset:
    """Return `n_samples` rows in their old order, every class with its share of them and at least one.

    Examples
    --------
    >>> table = Dataset(np.zeros((10, 1)), np.repeat([0, 1], [8, 2]), ("x0",), ("a", "b"), "")
    >>> np.bincount(subsample(table, 5, 0, "table").y)
    array([4, 1])
    """
    if n_samples is None:
        return dataset
    counts = np.bincount(dataset.y, minlength=len(dataset.target_names))
    require_count(n_samples, low=len(counts), high=len(dataset.y), name=name)
    rng = generator(random_state)
    kept = [
        rng.permutation(np.flatnonzero(dataset.y == code))[:share]
        for code, share in enumerate(_shares(counts, n_samples))
    ]
    rows = np.sort(np.concatenate(kept))
    return dataset._replace(X=dataset.X[rows], y=dataset.y[rows])


def _shares(counts: IntArray, n_samples: int) -> IntArray:
    """One row for every class, then each next row to the class that is furthest below its quota."""
    quotas = counts * (n_samples / counts.sum())
    shares = np.ones_like(counts)
    for _ in range(n_samples - len(counts)):
        shares[np.argmax(quotas - shares)] += 1
    return shares


def require_count(n_samples: object, *, low: int, high: int | None = None, name: str) -> None:
    """Refuse a number of rows that is no integer in [low, high]."""
    is_count = isinstance(n_samples, Integral) and not isinstance(n_samples, bool)
    if is_count and low <= n_samples <= (np.inf if high is None else high):  # type: ignore[operator]
        return
    bounds = f">= {low}" if high is None else f"from {low} (one a class) to {high} (all there are)"
    raise InvalidInputError(f"`n_samples` must be an integer {bounds} for {name!r}; got {n_samples!r}.")


def require_noise(noise: object, *, high: float = np.inf, name: str) -> float:
    """Return `noise` as a float, or refuse what is no number in [0, high]."""
    is_number = isinstance(noise, Real) and not isinstance(noise, bool)
    if is_number and 0 <= noise <= high and noise < np.inf:  # type: ignore[operator]
        return float(noise)  # type: ignore[arg-type]
    bounds = ">= 0 and finite" if high == np.inf else f"in [0, {high:g}]"
    raise InvalidInputError(f"`noise` must be a number {bounds} for {name!r}; got {noise!r}.")


def generator(random_state: RandomState) -> np.random.Generator:
    """Return the one generator that `random_state` stands for."""
    _require_random_state(random_state)
    if isinstance(random_state, np.random.RandomState):
        return np.random.default_rng(int(random_state.randint(2**31 - 1)))
    return np.random.default_rng(random_state)


def legacy_seed(random_state: RandomState) -> int | np.random.RandomState | None:
    """Return what scikit-learn understands; an integer stays itself, so that its data are reproduced."""
    _require_random_state(random_state)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(2**31 - 1))
    return random_state


def _require_random_state(random_state: object) -> None:
    if random_state is None or isinstance(random_state, (np.random.Generator, np.random.RandomState)):
        return
    is_seed = isinstance(random_state, Integral) and not isinstance(random_state, bool)
    if not is_seed or not 0 <= random_state < 2**32:  # type: ignore[operator]
        raise InvalidInputError(
            "`random_state` must be an integer in [0, 2**32), a numpy Generator or RandomState, or None; "
            f"got {random_state!r}."
        )


__all__ = [
    "Dataset",
    "RandomState",
    "generator",
    "legacy_seed",
    "require_count",
    "require_noise",
    "subsample",
]
