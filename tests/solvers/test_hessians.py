"""Products with the Hessian against the Hessian itself, in parts and in threads."""

import numpy as np
import pytest
from scipy import sparse

from logitscope.objective import Objective, _small
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.solvers._frame import frame_of
from logitscope.solvers._hessians import HessianProduct, exact_hessians, joint_gram
from logitscope.sources import RowSource, _rows, _threads

rng = np.random.default_rng(0)
N, P = 311, 4
X = rng.normal(size=(N, P)) * [1.0, 0.1, 5.0, 2.0] + [0.0, 1.0, 0.0, 3.0]
WEIGHTS = rng.uniform(0.2, 3.0, N)


@pytest.fixture(params=["whole", "parts"])
def cut(request, monkeypatch):
    if request.param == "parts":
        monkeypatch.setattr(_small, "LIMIT", 0)
        monkeypatch.setattr(_rows, "BLOCK_BYTES", 1)
        monkeypatch.setattr(_threads, "_READ", 50)
        monkeypatch.setattr(_threads, "n_threads", lambda: 3)


def units(fit_intercept):
    """A frame with a center and powers of 2."""
    frame = frame_of(X, WEIGHTS / WEIGHTS.sum(), fit_intercept)
    assert frame.exponent.any()
    return frame


@pytest.mark.parametrize("wrap", [np.asarray, sparse.csr_array])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_columns_of_their_own(wrap, fit_intercept, cut):
    target = rng.integers(0, 2, (N, 3)).astype(float)
    penalty, pair = ElasticNet(0.3), get_pointwise("tanh", "cross_entropy")
    objective = Objective(RowSource(wrap(X)), target, WEIGHTS, pair, penalty, fit_intercept)
    frame, direction = units(fit_intercept), rng.normal(size=(objective.n_params, 3))
    z = objective.z(0.1 * rng.normal(size=direction.shape))
    got = HessianProduct(objective, frame, z)(direction)
    for column, hessian in enumerate(exact_hessians(objective, frame, z)):
        np.testing.assert_allclose(got[:, column], hessian @ direction[:, column], rtol=1e-11, atol=1e-12)


def test_coupled_columns(cut):
    target = np.eye(3)[rng.integers(0, 3, N)]
    objective = Objective(RowSource(X), target, WEIGHTS, get_pointwise("softmax", "cross_entropy"))
    frame, direction = units(True), rng.normal(size=(P + 1, 3))
    z = objective.z(0.1 * rng.normal(size=direction.shape))
    got = HessianProduct(objective, frame, z)(direction)
    probability = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
    joint = joint_gram(frame.rows(X), probability, WEIGHTS / WEIGHTS.sum())
    np.testing.assert_allclose(got.T.ravel(), joint @ direction.T.ravel(), rtol=1e-10, atol=1e-12)
