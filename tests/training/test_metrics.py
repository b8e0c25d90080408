import numpy as np
import pytest
from sklearn.metrics import accuracy_score

from logitscope.activations import get_activation
from logitscope.objective import Objective
from logitscope.pointwise import get_pointwise
from logitscope.sources import RowSource
from logitscope.training import Models, accuracy

rng = np.random.default_rng(0)
Z, CODES, WEIGHTS = rng.normal(size=(50, 3), scale=2), rng.integers(0, 3, 50), rng.uniform(0.1, 3, 50)


def objective(activation, target, loss="brier"):
    return Objective(RowSource(np.zeros((50, 1))), target, WEIGHTS, get_pointwise(activation, loss))


@pytest.mark.parametrize("activation", ["tanh", "probit", "cloglog", "loglog", "hard"])
def test_one_column(activation):
    """Class 1 is where p > ½, which for cloglog is not where z > 0."""
    y, z = (CODES > 0).astype(float), Z[:, :1] / 2  # scikit-learn clips p at 2e-16
    p = get_activation(activation).probability(z[:, 0])
    models, seen = Models([0], 1), objective(activation, y[:, None])
    expected = accuracy_score(y, p > 0.5, sample_weight=WEIGHTS)
    assert accuracy(seen, models)(z) == pytest.approx([expected], rel=1e-13)


@pytest.mark.parametrize("activation", ["softmax", "sigmoid"])
def test_softmax_and_one_vs_rest(activation):
    expected = accuracy_score(CODES, Z.argmax(axis=1), sample_weight=WEIGHTS)
    got = accuracy(objective(activation, np.eye(3)[CODES]), Models([0], 3))(Z)
    assert got == pytest.approx([expected], rel=1e-13)


def test_models_side_by_side_are_measured_apart():
    y = (CODES > 0).astype(float)[:, None]
    models, seen = Models([0, 1, 2], 3), objective("sigmoid", np.repeat(y, 3, axis=1))
    apart = [accuracy(objective("sigmoid", y), Models([0], 1))(Z[:, [m]])[0] for m in range(3)]
    np.testing.assert_allclose(accuracy(seen, models)(Z), apart, rtol=1e-14)


def test_models_count_columns():
    models = Models([0, 2, 3], 6)
    assert len(models) == 3
    assert models.slices == [slice(0, 2), slice(2, 3), slice(3, 6)]
    columns = np.array([1.0, 5.0, -2.0, 3.0, 9.0, 4.0])
    np.testing.assert_array_equal(models.sum(columns), [6, -2, 16])
    np.testing.assert_array_equal(models.max(columns), [5, -2, 9])
    np.testing.assert_array_equal(models.columns(np.array([True, False, True])), [1, 1, 0, 1, 1, 1])
    few = models.take(np.array([0, 2]))
    assert few.slices == [slice(0, 2), slice(2, 5)]
    np.testing.assert_array_equal(few.sum(columns[[0, 1, 3, 4, 5]]), [6, 16])
