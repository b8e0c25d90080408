"""A rule within a limit: gradients that are short pass, long ones arrive at the limit, column by column."""

import pickle

import numpy as np
import pytest

import logitscope as ls
from logitscope._exceptions import InvalidInputError
from logitscope.optimizers import OPTIMIZERS, Clipped, Exponential, Momentum


def clipped_by_hand(gradient, max_norm):
    out = gradient.copy()
    for column in range(gradient.shape[1]):
        norm = np.sqrt(sum(g**2 for g in gradient[:, column]))
        if norm > max_norm:
            out[:, column] *= max_norm / norm
    return out


@pytest.fixture
def gradients():
    return np.random.default_rng(3).normal(scale=2.0, size=(8, 5, 3)) * [0.1, 1.0, 10.0]


@pytest.mark.parametrize("name", OPTIMIZERS)
class TestAnyRule:
    def test_it_is_the_rule_on_clipped_gradients(self, name, gradients):
        rule = OPTIMIZERS[name](learning_rate=0.3, schedule=Exponential(0.1))
        clipped = Clipped(rule, max_norm=2.0)
        state, inner = clipped.init(gradients[0]), rule.init(gradients[0])
        for index, gradient in enumerate(gradients):
            before = pickle.dumps((gradient, state))
            assert clipped.rate(state) == rule.rate(inner)
            update, new = clipped.update(gradient, state)
            expected, inner = rule.update(clipped_by_hand(gradient, 2.0), inner)
            np.testing.assert_allclose(update, expected, rtol=1e-13)
            assert pickle.dumps((gradient, state)) == before
            assert new.step == index + 1
            state = new

    def test_the_factor_is_on_the_gradient_as_it_came(self, name, gradients):
        rule, zero = OPTIMIZERS[name](learning_rate=0.3), np.zeros_like(gradients[0])
        clipped = Clipped(rule, max_norm=2.0)
        _, state = clipped.update(gradients[0], clipped.init(zero))
        short = clipped_by_hand(gradients[0], 2.0)
        _, inner = rule.update(short, rule.init(zero))
        expected = rule.gradient_factor(inner) * short / gradients[0]
        np.testing.assert_allclose(clipped.gradient_factor(state), expected, rtol=1e-13)
        assert clipped.gradient_factor(state).shape == zero.shape

    def test_one_column_is_the_same_column_among_many(self, name, gradients):
        clipped = Clipped(OPTIMIZERS[name](learning_rate=0.3), max_norm=2.0)
        state, alone = clipped.init(gradients[0]), clipped.init(gradients[0][:, [1]])
        for gradient in gradients:
            update, state = clipped.update(gradient, state)
            own, alone = clipped.update(gradient[:, [1]], alone)
            np.testing.assert_array_equal(own, update[:, [1]])

    def test_float32_stays_float32(self, name, gradients):
        clipped = Clipped(OPTIMIZERS[name](learning_rate=0.3))
        update, state = clipped.update(gradients[0].astype(np.float32), clipped.init(gradients[0].astype(np.float32)))
        assert (update.dtype, state.kept.dtype) == (np.float32, np.float32)

    def test_what_it_takes_over_from_the_rule(self, name):
        rule = OPTIMIZERS[name](learning_rate=0.3, schedule=Exponential(0.1))
        clipped = Clipped(rule)
        assert clipped.name == f"clipped {name}"
        assert (clipped.learning_rate, clipped.schedule) == (0.3, rule.schedule)
        assert (clipped.rate_exponent, clipped.default_batch_size) == (rule.rate_exponent, rule.default_batch_size)
        assert clipped.natural_rate(4.0) == rule.natural_rate(4.0)
        assert clipped.remembers is (name in {"momentum", "nesterov", "adam"})
        assert clipped == Clipped(OPTIMIZERS[name](schedule=rule.schedule), 1.0, 0.3)
        assert pickle.loads(pickle.dumps(clipped)) == clipped

    def test_a_model_trains_with_it_and_is_saved(self, name, tmp_path):
        X, y = ls.load_dataset("moons", n_samples=60, random_state=0)[:2]
        clf = ls.LogisticRegression("tanh", solver=Clipped(OPTIMIZERS[name](), 0.1), max_iter=5, tol=0, random_state=0)
        clf.fit(X, y).save(tmp_path / "model.npz")
        loaded = ls.LogisticRegression.load(tmp_path / "model.npz")
        assert loaded.solver == clf.solver
        for one in (clf, loaded):
            one.partial_fit(X, y)
        np.testing.assert_array_equal(clf.coef_, loaded.coef_)


@pytest.mark.parametrize("size", [0.0, 1e-320, 1e300])
def test_gradients_at_the_ends_of_the_range(size):
    clipped = Clipped(ls.GradientDescent(learning_rate=1.0), max_norm=1.0)
    gradient = np.full((4, 1), size)
    update, _ = clipped.update(gradient, clipped.init(gradient))
    np.testing.assert_allclose(update, -np.minimum(gradient, 0.5), rtol=1e-15)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("momentum",), "`optimizer` must be an update rule, such as Momentum(); got 'momentum'."),
        ((Momentum(), 0.0), "`max_norm` must be a number > 0 and finite; got 0.0."),
        (
            (Momentum(learning_rate=0.5), 1.0, 0.1),
            "`learning_rate` must be given in one place; got 0.1 beside that of"
            " Momentum(learning_rate=0.5, momentum=0.9, schedule=Constant()).",
        ),
    ],
)
def test_refusals(arguments, message):
    with pytest.raises(InvalidInputError) as caught:
        Clipped(*arguments)
    assert str(caught.value) == message
