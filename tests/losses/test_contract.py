"""What holds for every loss of the registry: derivatives are those of the value, labels may be soft."""

import pickle

import numpy as np
import pytest

from logitscope.losses import LOSSES, Focal, Loss

ALL = [*LOSSES.values(), Focal(0.0), Focal(0.5), Focal(3.5)]
# Whether a column of softmax tells its class 0 itself, in terms of p − y, or leaves it to the other columns.
TELLS_CLASS_0 = {"cross_entropy": False, "squared_error": True, "brier": True, "focal": False}
RANGES = [(0.0, 1.0), (-1.0, 1.0), (-3.0, 0.5)]


@pytest.fixture
def drawn():
    rng = np.random.default_rng(5)
    return rng.uniform(0.02, 0.98, 200), rng.choice([0.0, 0.2, 0.5, 0.9, 1.0], 200)


@pytest.mark.parametrize("loss", ALL, ids=repr)
@pytest.mark.parametrize("span", RANGES)
def test_derivative_is_that_of_the_value(loss, span, seen, drawn):
    (p, y), step = drawn, 1e-5
    width = span[1] - span[0]
    rise = loss.value(seen(p + step, span=span), y) - loss.value(seen(p - step, span=span), y)
    got = loss.derivative(seen(p, span=span), y)
    np.testing.assert_allclose(got, rise / (2 * step * width), rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("coupled", [False, True])
@pytest.mark.parametrize("loss", ALL, ids=repr)
@pytest.mark.parametrize("span", RANGES)
def test_slopes_and_curvatures_are_those_in_log_p_and_log_q(loss, span, coupled, seen, drawn):
    """With p and q moved apart, so that nothing hides in p + q = 1."""
    (p, y), step = drawn, 1e-4
    q = 1.1 - p

    def at(in_p, in_q):
        return seen(p * np.exp(in_p), q * np.exp(in_q), span=span, coupled=coupled)

    def change(quantity, direction):
        up, down = (quantity(at(*(sign * step * np.asarray(direction))), y) for sign in (1, -1))
        return (np.asarray(up) - np.asarray(down)) / (2 * step)

    slopes = loss.log_slopes(at(0, 0), y)
    curvatures = loss.log_curvatures(at(0, 0), y)
    close = {"rtol": 1e-6, "atol": 1e-6}
    np.testing.assert_allclose(slopes.p, change(loss.value, (1, 0)), **close)
    np.testing.assert_allclose(slopes.q, change(loss.value, (0, 1)), **close)
    np.testing.assert_allclose([curvatures.pp, curvatures.pq], change(loss.log_slopes, (1, 0)), **close)
    np.testing.assert_allclose([curvatures.pq, curvatures.qq], change(loss.log_slopes, (0, 1)), **close)


@pytest.mark.parametrize("loss", ALL, ids=repr)
def test_loss_is_zero_at_a_hard_label_and_positive_elsewhere(loss, seen, drawn):
    hard = np.array([0.0, 1.0])
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(loss.value(seen(hard), hard), [0.0, 0.0])
    p, y = drawn
    assert np.all(loss.value(seen(p), y) > 0)


@pytest.mark.parametrize("loss", ALL, ids=repr)
def test_coupled_columns_say_class_0_once(loss, seen):
    """Of softmax only the true column tells −log p; the parabola is told by every column."""
    assert loss.name in TELLS_CLASS_0, f"say in TELLS_CLASS_0 here whether a column of {loss.name!r} tells its class 0"
    told = loss.value(seen([0.3, 0.7], coupled=True), np.array([0.0, 1.0]))
    assert (told[0] > 0) == TELLS_CLASS_0[loss.name]


@pytest.mark.parametrize("loss", ALL, ids=repr)
def test_shapes_broadcast_and_objects_pickle(loss, seen):
    output, y = seen(np.full((4, 3), 0.3)), np.array([[1.0], [0.0], [0.5], [1.0]])
    for array in (loss.value(output, y), loss.derivative(output, y), *loss.log_slopes(output, y)):
        assert np.broadcast_shapes(array.shape, (4, 3)) == (4, 3)
    assert loss.value(output, y).shape == (4, 3)
    assert all(array.shape == (4, 3) for array in loss.log_curvatures(output, y))
    assert pickle.loads(pickle.dumps(loss)) == loss
    assert isinstance(loss, Loss)
