"""Small problems, and a way to run them that needs nothing above the training."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from logitscope.objective import Objective
from logitscope.pointwise import get_pointwise
from logitscope.sources import RowSource
from logitscope.training import TrainingResult, iterate, train


@pytest.fixture
def data():
    """70 rows of two overlapping classes, of unlike scales, with weights."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(70, 3)) * [1.0, 3.0, 0.2] + [0.0, 1.0, 0.0]
    y = (X[:, 0] - 0.4 * X[:, 1] + rng.normal(size=70) > 0).astype(float)
    return X, y, rng.uniform(0.2, 3.0, 70)


@pytest.fixture
def problem(data) -> Callable[..., Objective]:
    def make(activation: Any = "sigmoid", loss: Any = "cross_entropy", *, rows=slice(None), n_columns=1, **others):
        X, y, weights = data
        pointwise = others.pop("pointwise", None) or get_pointwise(activation, loss)
        target = np.repeat(y[rows, None], n_columns, axis=1)
        return Objective(RowSource(X[rows]), target, weights[rows], pointwise, **others)

    return make


@pytest.fixture
def run() -> Callable[..., TrainingResult]:
    def drain(objective, optimizer, *, start=None, batch_size=None, seed=0, state=None, **how) -> TrainingResult:
        params = np.zeros((objective.n_params, objective.n_columns)) if start is None else start
        rng = np.random.default_rng(seed)
        steps = iterate(objective, optimizer, params, batch_size=batch_size, rng=rng, state=state)
        return train(objective, steps, params, is_batched=batch_size is not None, **how)

    return drain
