"""A problem with weights and several columns, and a way to run it under the eyes of a recorder."""

from types import SimpleNamespace

import numpy as np
import pytest

from logitscope.ledger import LedgerRecorder
from logitscope.objective import Objective
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.sources import RowSource
from logitscope.training import iterate


@pytest.fixture
def data():
    """60 rows of three overlapping classes, of unlike scales, with weights."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4)) * [1.0, 3.0, 0.2, 1.0] + [0.0, 1.0, 0.0, 0.0]
    codes = (X[:, 0] + rng.normal(size=60) > 0).astype(int) + (X[:, 3] > 0.5)
    return SimpleNamespace(X=X, codes=codes, weights=rng.uniform(0.2, 3.0, 60))


@pytest.fixture
def problem(data):
    def make(activation="sigmoid", loss="cross_entropy", n_columns=1, alpha=0.0, dtype=np.float64, rows=None, **others):
        target = np.eye(3)[data.codes] if n_columns == 3 else (data.codes > 0).astype(float)[:, None]
        weights = data.weights
        if rows is not None:
            target, weights = target[rows], weights[rows]
        penalty = others.pop("penalty", ElasticNet(alpha))
        return Objective(
            RowSource(data.X.astype(dtype), rows), target, weights, get_pointwise(activation, loss), penalty, **others
        )

    return make


@pytest.fixture
def start():
    def make(objective):
        return np.random.default_rng(3).normal(size=(objective.n_params, objective.n_columns))

    return make


@pytest.fixture
def kept():
    def run(objective, optimizer, params, n_steps, batch_size=None, state=None):
        """Return the recorder of so many steps."""
        order = None if batch_size is None else np.random.default_rng(7)
        recorder = LedgerRecorder(objective, optimizer, params, batch_size=batch_size, rng=order, state=state)
        for step in iterate(objective, optimizer, params, batch_size=batch_size, rng=order, state=state):
            if step.index == n_steps:
                break
            recorder.observe(step)
        return recorder

    return run
