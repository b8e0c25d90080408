import pytest
from sklearn.datasets import make_classification

from logitscope import load_dataset


@pytest.fixture(scope="session")
def moons():
    """Two overlapping classes: the optimum is finite."""
    X, y, *_ = load_dataset("moons", n_samples=60, random_state=1, noise=0.4)
    return X, y


@pytest.fixture(scope="session")
def three():
    """Three overlapping classes, four features."""
    return make_classification(
        90, 4, n_informative=3, n_redundant=0, n_classes=3, n_clusters_per_class=1, class_sep=0.6, random_state=3
    )
