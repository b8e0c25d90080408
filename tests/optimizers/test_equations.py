"""Every rule against the equations of its paper, written as a loop over plain numbers."""

import math

import numpy as np
import pytest
from scipy.signal import lfilter

from logitscope.optimizers import SGD, AdaGrad, Adam, GradientDescent, Momentum, Nesterov, RMSprop


def descend(optimizer, start, slope, n_steps=40):
    """All iterates of one parameter with gradient slope(w)."""
    params = np.array([[start]])
    state = optimizer.init(params)
    path = [start]
    for _ in range(n_steps):
        update, state = optimizer.update(np.array([[slope(float(params[0, 0]))]]), state)
        params = params + update
        path.append(float(params[0, 0]))
    return np.array(path)


def updates_for(optimizer, gradients):
    state = optimizer.init(np.zeros((1, 1)))
    updates = []
    for g in gradients:
        update, state = optimizer.update(np.array([[g]]), state)
        updates.append(float(update[0, 0]))
    return np.array(updates)


def slope(w):
    """Gradient of log cosh(w) + w²/10 − w/3, a smooth function that is no quadratic."""
    return math.tanh(w) + w / 5 - 1 / 3


@pytest.fixture
def gradients():
    return np.random.default_rng(11).normal(loc=0.3, scale=3.0, size=60)


@pytest.mark.parametrize("rule", [GradientDescent, SGD])
def test_gradient_descent_contracts_a_parabola_in_closed_form(rule):
    path = descend(rule(learning_rate=0.3), 2.0, lambda w: 1.7 * w)
    np.testing.assert_allclose(path, 2.0 * (1 - 0.3 * 1.7) ** np.arange(41), rtol=1e-13)


def test_momentum_is_the_heavy_ball_of_polyak():
    eta, beta, w = 0.4, 0.77, [3.0, 3.0]
    for _ in range(40):
        w.append(w[-1] - eta * slope(w[-1]) + beta * (w[-1] - w[-2]))
    path = descend(Momentum(learning_rate=eta, momentum=beta), 3.0, slope)
    np.testing.assert_allclose(path, w[1:], rtol=1e-11)


def test_nesterov_is_the_look_ahead_of_sutskever():
    eta, mu, theta, v, look_ahead = 0.4, 0.77, 3.0, 0.0, [3.0]
    for _ in range(40):
        v = mu * v - eta * slope(theta + mu * v)
        theta = theta + v
        look_ahead.append(theta + mu * v)
    path = descend(Nesterov(learning_rate=eta, momentum=mu), 3.0, slope)
    np.testing.assert_allclose(path, look_ahead, rtol=1e-11)


def test_adagrad_is_figure_1_of_duchi():
    eta, delta, x, g_1_to_t, path = 0.9, 0.05, 3.0, [], [3.0]
    for _ in range(40):
        g_1_to_t.append(slope(x))
        h = delta + math.sqrt(sum(g**2 for g in g_1_to_t))
        x = x - eta * g_1_to_t[-1] / h
        path.append(x)
    np.testing.assert_allclose(descend(AdaGrad(learning_rate=eta, epsilon=delta), 3.0, slope), path, rtol=1e-11)


def test_rmsprop_is_the_slide_of_tieleman_and_hinton():
    eta, w, mean_square, path = 0.1, 3.0, 0.0, [3.0]
    for _ in range(40):
        mean_square = 0.8 * mean_square + 0.2 * slope(w) ** 2
        w = w - eta * slope(w) / (math.sqrt(mean_square) + 1e-3)
        path.append(w)
    optimizer = RMSprop(learning_rate=eta, decay=0.8, epsilon=1e-3)
    np.testing.assert_allclose(descend(optimizer, 3.0, slope), path, rtol=1e-11)


def test_adam_is_algorithm_1_of_kingma_and_ba():
    alpha, beta1, beta2, eps, theta, m, v, path = 0.1, 0.8, 0.95, 1e-3, 3.0, 0.0, 0.0, [3.0]
    for t in range(1, 41):
        g = slope(theta)
        m = beta1 * m + (1 - beta1) * g
        v = beta2 * v + (1 - beta2) * g**2
        m_hat, v_hat = m / (1 - beta1**t), v / (1 - beta2**t)
        theta = theta - alpha * m_hat / (math.sqrt(v_hat) + eps)
        path.append(theta)
    optimizer = Adam(learning_rate=alpha, beta1=beta1, beta2=beta2, epsilon=eps)
    np.testing.assert_allclose(descend(optimizer, 3.0, slope), path, rtol=1e-11)


def test_velocities_are_the_recursive_filter_of_scipy(gradients):
    v = lfilter([1.0], [1.0, -0.6], gradients)
    momentum = updates_for(Momentum(learning_rate=0.2, momentum=0.6), gradients)
    np.testing.assert_allclose(momentum, -0.2 * v, rtol=1e-10)
    nesterov = updates_for(Nesterov(learning_rate=0.2, momentum=0.6), gradients)
    np.testing.assert_allclose(nesterov, -0.2 * (gradients + 0.6 * v), rtol=1e-10)


def test_moments_are_the_recursive_filters_of_scipy(gradients):
    t = np.arange(1, 61)
    m = lfilter([0.3], [1.0, -0.7], gradients)
    v = lfilter([0.1], [1.0, -0.9], gradients**2)
    adam = updates_for(Adam(learning_rate=0.2, beta1=0.7, beta2=0.9), gradients)
    expected = -0.2 * (m / (1 - 0.7**t)) / (np.sqrt(v / (1 - 0.9**t)) + 1e-8)
    np.testing.assert_allclose(adam, expected, rtol=1e-9)
    rmsprop = updates_for(RMSprop(learning_rate=0.2), gradients)
    np.testing.assert_allclose(rmsprop, -0.2 * gradients / (np.sqrt(v) + 1e-8), rtol=1e-9)
    adagrad = updates_for(AdaGrad(learning_rate=0.2), gradients)
    np.testing.assert_allclose(adagrad, -0.2 * gradients / (np.sqrt(np.cumsum(gradients**2)) + 1e-8), rtol=1e-10)


@pytest.mark.parametrize("rule", [Momentum, Nesterov])
def test_no_momentum_is_gradient_descent(rule, gradients):
    np.testing.assert_array_equal(
        updates_for(rule(learning_rate=0.2, momentum=0.0), gradients),
        updates_for(GradientDescent(learning_rate=0.2), gradients),
    )


def test_adam_without_memory_is_sign_descent(gradients):
    updates = updates_for(Adam(learning_rate=0.2, beta1=0.0, beta2=0.0, epsilon=1e-300), gradients)
    np.testing.assert_allclose(updates, -0.2 * np.sign(gradients), rtol=1e-14)


@pytest.mark.parametrize(
    ("optimizer", "radius"),
    [
        (Momentum(learning_rate=1.0, momentum=0.5), 2 * 1.5),
        (Nesterov(learning_rate=1.0, momentum=0.5), 2 * 1.5 / 2.0),
    ],
)
@pytest.mark.parametrize(("share", "converges"), [(0.99, True), (1.01, False)])
def test_stable_range_on_a_quadratic(optimizer, radius, share, converges):
    """The ranges that the docstrings of `natural_rate` state, from both sides."""
    path = descend(optimizer, 1.0, lambda w: share * radius * w, n_steps=2000)
    assert bool(abs(path[-1]) < 1e-3) is converges
