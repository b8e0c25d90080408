import numpy as np
import pytest

from logitscope.losses import CrossEntropy

loss = CrossEntropy()


def test_value_is_that_of_the_log_loss_of_scikit_learn(seen):
    from sklearn.metrics import log_loss

    rng = np.random.default_rng(0)
    p, y = rng.uniform(0.001, 0.999, 50), rng.integers(0, 2, 50)
    mean = loss.value(seen(p, span=(-1.0, 1.0)), y.astype(float)).mean()
    assert mean == pytest.approx(log_loss(y, p), rel=1e-14)


def test_poles_are_infinite_where_the_label_has_probability_0(seen):
    end = seen([0.0, 1.0, 0.0, 1.0], [1.0, 0.0, 1.0, 0.0])
    y = np.array([1.0, 0.0, 0.0, 1.0])
    with np.errstate(all="raise"):
        np.testing.assert_array_equal(loss.value(end, y), [np.inf, np.inf, 0, 0])
        np.testing.assert_array_equal(loss.derivative(end, y), [-np.inf, np.inf, 1, -1])


def test_small_probabilities_keep_their_digits(seen):
    output = seen([1e-300, 1.0], [1.0, 1e-300], span=(-1.0, 1.0))
    y = np.array([1.0, 0.0])
    np.testing.assert_allclose(loss.derivative(output, y), [-5e299, 5e299], rtol=1e-15)
    np.testing.assert_allclose(loss.value(output, y), 300 * np.log(10), rtol=1e-15)
