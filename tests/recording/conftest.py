import pytest
from sklearn.datasets import make_classification


@pytest.fixture(scope="session")
def two():
    return make_classification(23, 3, n_informative=2, n_redundant=0, flip_y=0.2, random_state=2)


@pytest.fixture(scope="session")
def three():
    return make_classification(
        26, 4, n_informative=3, n_redundant=0, n_classes=3, n_clusters_per_class=1, class_sep=0.6, random_state=3
    )
