import numpy as np
import pytest
from sklearn.datasets import make_classification

import logitscope as ls

KINDS = {
    "tanh": ("tanh", "cross_entropy", 2),
    "sigmoid": ("sigmoid", "cross_entropy", 2),
    "sigmoid, squared error": ("sigmoid", "squared_error", 2),
    "cloglog": ("cloglog", "cross_entropy", 2),
    "one-vs-rest sigmoid": ("sigmoid", "cross_entropy", 3),
    "one-vs-rest tanh": ("tanh", "brier", 3),
    "softmax": ("softmax", "cross_entropy", 3),
    "softmax of two": ("softmax", "cross_entropy", 2),
}


def make(n_classes):
    return make_classification(
        40, 3, n_informative=3, n_redundant=0, n_classes=n_classes, n_clusters_per_class=1, flip_y=0.2, random_state=4
    )


def run(activation, loss, n_classes, **settings):
    X, y = make(n_classes)
    given = {"max_iter": 30, "tol": 0, "learning_rate": 1.5, "init": "normal", "random_state": 0} | settings
    return ls.LogisticRegression(activation, loss, record=True, **given).fit(X, y).update_log_


@pytest.fixture
def data():
    return make


@pytest.fixture
def record():
    return run


@pytest.fixture(params=KINDS)
def log(request):
    return run(*KINDS[request.param])


@pytest.fixture
def sparse_log():
    """A softmax log from a loop that does not see every sample in every epoch."""
    rng, recorder = np.random.default_rng(1), ls.UpdateRecorder()
    X, y = make(3)
    W = rng.normal(size=(3, 3))
    for epoch in range(8):
        ids = np.flatnonzero(rng.random(40) < 0.6)
        z = X[ids] @ W
        recorder.observe(z, y[ids], ids=ids, epoch=epoch, learning_rate=0.5, row_norm=np.linalg.norm(X[ids], axis=1))
        p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
        W -= 0.5 * X[ids].T @ (p - np.eye(3)[y[ids]]) / len(ids)
    return recorder.log(activation="softmax")
