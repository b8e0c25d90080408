"""Toy data that are drawn when asked for: two classes, most of them in a plane.

A generator never knows what will be trained on its points.
"""

import numpy as np

from logitscope._typing import FloatArray, IntArray
from logitscope.datasets._base import (
    Dataset,
    RandomState,
    generator,
    legacy_seed,
    require_count,
    require_noise,
)

DEFAULT_N_SAMPLES = 500


def load_moons(n_samples: int | None, random_state: RandomState, noise: float | None) -> Dataset:
    """Two interleaving half circles of radius 1; `noise` (0.2) is the standard deviation around them."""
    from sklearn.datasets import make_moons

    n_samples, noise = _checked("moons", n_samples, noise, default=0.2)
    X, y = make_moons(n_samples=n_samples, noise=noise, random_state=legacy_seed(random_state))
    return _plane(X, y, ("upper", "lower"), f"Two interleaving half circles, noise {noise:g}.")


def load_circles(n_samples: int | None, random_state: RandomState, noise: float | None) -> Dataset:
    """Circles of radius 1 and 1/2; `noise` (0.1) is the standard deviation around them."""
    from sklearn.datasets import make_circles

    n_samples, noise = _checked("circles", n_samples, noise, default=0.1)
    X, y = make_circles(n_samples=n_samples, noise=noise, factor=0.5, random_state=legacy_seed(random_state))
    return _plane(X, y, ("outer", "inner"), f"A circle inside a circle, noise {noise:g}.")


def load_blobs(n_samples: int | None, random_state: RandomState, noise: float | None) -> Dataset:
    """Normal clouds around ±(1.5, 1.5) of standard deviation `noise` (1).

    At noise 1 the clouds overlap: the best line errs in 1.7 % of cases (Φ(−1.5·√2)), and the
    coefficients of maximum likelihood are finite.
    """
    from sklearn.datasets import make_blobs

    n_samples, noise = _checked("blobs", n_samples, noise, default=1.0)
    X, y = make_blobs(
        n_samples=n_samples,
        centers=np.array([[-1.5, -1.5], [1.5, 1.5]]),
        cluster_std=noise,
        random_state=legacy_seed(random_state),
    )
    return _plane(X, y, ("lower left", "upper right"), f"Two normal clouds, standard deviation {noise:g}.")


def load_classification(n_samples: int | None, random_state: RandomState, noise: float | None) -> Dataset:
    """Ten features, four of them informative and two redundant; `noise` (0.05) is the share of random labels.

    The design of Guyon (2003): two normal clusters a class at the corners of a hypercube.
    """
    from sklearn.datasets import make_classification

    n_samples, noise = _checked("classification", n_samples, noise, default=0.05, high=1.0)
    X, y = make_classification(
        n_samples=n_samples,
        n_features=10,
        n_informative=4,
        n_redundant=2,
        flip_y=noise,
        random_state=legacy_seed(random_state),
    )
    description = f"Ten features, four informative and two redundant, {noise:.0%} of labels random."
    names = tuple(f"x{column}" for column in range(10))
    return Dataset(X, y.astype(np.intp), names, ("0", "1"), description)


def load_xor(n_samples: int | None, random_state: RandomState, noise: float | None) -> Dataset:
    """Points uniform on [−1, 1]², class 1 where the coordinates differ in sign: no line separates them.

    The quadrants have equal shares. `noise` (0.1) is the standard deviation of what is added to the
    coordinates after the class was given.
    """
    n_samples, noise = _checked("xor", n_samples, noise, default=0.1)
    rng = generator(random_state)
    quadrant = rng.permutation(np.arange(n_samples) % 4)
    signs = np.array([[1, 1], [-1, 1], [-1, -1], [1, -1]])[quadrant]
    X = signs * rng.uniform(size=(n_samples, 2)) + noise * rng.normal(size=(n_samples, 2))
    return _plane(X, quadrant % 2, ("same sign", "other sign"), f"Exclusive or of two signs, noise {noise:g}.")


def load_spirals(n_samples: int | None, random_state: RandomState, noise: float | None) -> Dataset:
    """Two spirals of one and a half turns in the unit circle, r = θ / 3π, one turned by π.

    `noise` (0.05) is the standard deviation around them; the arms are 1/3 apart.
    """
    n_samples, noise = _checked("spirals", n_samples, noise, default=0.05)
    rng = generator(random_state)
    y = rng.permutation(np.arange(n_samples) % 2)
    r = np.sqrt(rng.uniform(size=n_samples))  # the root spreads the points evenly over the arm's length
    angle = 3 * np.pi * r + np.pi * y
    X = r[:, None] * np.column_stack([np.cos(angle), np.sin(angle)]) + noise * rng.normal(size=(n_samples, 2))
    return _plane(X, y, ("first arm", "second arm"), f"Two spirals of 1.5 turns, noise {noise:g}.")


def _checked(
    name: str, n_samples: int | None, noise: float | None, *, default: float, high: float = np.inf
) -> tuple[int, float]:
    if n_samples is None:
        n_samples = DEFAULT_N_SAMPLES
    require_count(n_samples, low=2, name=name)
    return int(n_samples), require_noise(default if noise is None else noise, high=high, name=name)


def _plane(X: FloatArray, y: IntArray, target_names: tuple[str, ...], description: str) -> Dataset:
    return Dataset(np.ascontiguousarray(X), y.astype(np.intp), ("x0", "x1"), target_names, description)


__all__ = ["load_blobs", "load_circles", "load_classification", "load_moons", "load_spirals", "load_xor"]
