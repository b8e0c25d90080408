"""What every update rule of the registry promises, whatever it does."""

import pickle
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest

from logitscope.optimizers import (
    OPTIMIZERS,
    SGD,
    Exponential,
    GradientDescent,
    is_diagonal,
    rates,
    remembers,
    take_columns,
)

# What earlier gradients leave in the twelfth update at η = 0.7, with every rule's defaults, from the states before and
# after it: the exact form of each rule, from its paper.
LEFT_BY_EARLIER = {
    "gd": lambda before, after: 0.0,
    "sgd": lambda before, after: 0.0,
    "momentum": lambda before, after: -0.7 * 0.9 * before.velocity,
    "nesterov": lambda before, after: -0.7 * 0.9**2 * before.velocity,
    "adagrad": lambda before, after: 0.0,
    "rmsprop": lambda before, after: 0.0,
    "adam": lambda before, after: -0.7 * (0.9 * before.m) / (1 - 0.9**12) / (np.sqrt(after.v / (1 - 0.999**12)) + 1e-8),
}
RULES = [pytest.param(rule, id=name) for name, rule in OPTIMIZERS.items()]


def run(optimizer, gradients):
    state = optimizer.init(np.zeros_like(gradients[0]))
    updates = []
    for gradient in gradients:
        update, state = optimizer.update(gradient, state)
        updates.append(update)
    return np.array(updates), state


@pytest.fixture
def gradients():
    return np.random.default_rng(3).normal(scale=2.0, size=(12, 5, 3))


@pytest.mark.parametrize("rule", RULES)
class TestContract:
    def test_name_is_the_key(self, rule):
        assert OPTIMIZERS[rule.name] is rule

    def test_shape_and_step(self, rule, gradients):
        updates, state = run(rule(learning_rate=0.3), gradients)
        assert updates.shape == gradients.shape
        assert state.step == 12
        assert state._fields[0] == "step"

    @pytest.mark.parametrize("learning_rate", [0.3, np.float64(0.3), [0.3, 0.2, 0.1]])
    def test_float32_stays_float32(self, rule, gradients, learning_rate):
        gradient = gradients[0].astype(np.float32)
        optimizer = rule(learning_rate=learning_rate)
        update, state = optimizer.update(gradient, optimizer.init(gradient))
        assert update.dtype == np.float32
        assert all(array.dtype == np.float32 for array in state[1:])
        factor = optimizer.gradient_factor(state)
        assert isinstance(factor, float) or factor.dtype == np.float32

    @pytest.mark.parametrize("learning_rate", [0.3, [0.3, 0.2, 0.1]])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_a_schedule_of_ones_is_none(self, rule, gradients, learning_rate, dtype):
        """A rate that never changes is multiplied by in a faster way, to the same bits."""
        gradients = gradients.astype(dtype)
        constant, ones = rule(learning_rate=learning_rate), rule(learning_rate=learning_rate, schedule=Exponential(0.0))
        updates, _ = run(constant, gradients)
        known, state = run(ones, gradients)
        np.testing.assert_array_equal(updates, known)
        states = [state._replace(step=step) for step in (3, 8)]
        np.testing.assert_array_equal(rates(constant, states), rates(ones, states))
        assert len(rates(constant, states)) == 2

    def test_inputs_are_unchanged_and_outputs_are_new(self, rule, gradients):
        optimizer = rule(learning_rate=0.3)
        _, state = run(optimizer, gradients)
        before = pickle.dumps((gradients, state))
        update, new = optimizer.update(gradients[0], state)
        update += 1e9
        for array in new[1:]:
            array += 1e9
        assert pickle.dumps((gradients, state)) == before

    def test_one_column_is_the_same_column_among_many(self, rule, gradients):
        rates = np.array([0.3, 0.01, 7.0])
        many, state = run(rule(learning_rate=rates, schedule=Exponential(0.1)), gradients)
        factor = np.broadcast_to(rule(learning_rate=rates).gradient_factor(state), gradients[0].shape)
        for column, rate in enumerate(rates):
            one = rule(learning_rate=float(rate), schedule=Exponential(0.1))
            alone, state = run(one, gradients[:, :, [column]])
            np.testing.assert_array_equal(alone[:, :, 0], many[:, :, column])
            alone_factor = np.broadcast_to(one.gradient_factor(state), (5, 1))
            np.testing.assert_array_equal(alone_factor[:, 0], factor[:, column])

    def test_update_is_linear_in_the_rate(self, rule, gradients):
        small, _ = run(rule(learning_rate=0.25), gradients)
        large, _ = run(rule(learning_rate=1.0), gradients)
        np.testing.assert_array_equal(4 * small, large)

    def test_schedule_multiplies_the_rate(self, rule, gradients):
        plain, _ = run(rule(learning_rate=0.5), gradients)
        decayed, state = run(rule(learning_rate=0.5, schedule=Exponential(0.2)), gradients)
        expected = plain * np.exp(-0.2 * np.arange(12))[:, None, None]
        np.testing.assert_allclose(decayed, expected, rtol=1e-14)
        assert rule(learning_rate=0.5, schedule=Exponential(0.2)).rate(state) == 0.5 * np.exp(-0.2 * 12)

    def test_gradient_factor_is_the_part_of_the_last_gradient(self, rule, gradients):
        """Update with g = 0 in the numerator and the same denominators: what earlier gradients left."""
        optimizer = rule(learning_rate=0.7)
        _, before = run(optimizer, gradients[:-1])
        update, after = optimizer.update(gradients[-1], before)
        own = -0.7 * optimizer.gradient_factor(after) * gradients[-1]
        assert rule.name in LEFT_BY_EARLIER, f"give the exact form of {rule.name!r} in LEFT_BY_EARLIER here"
        np.testing.assert_allclose(own + LEFT_BY_EARLIER[rule.name](before, after), update, rtol=1e-12)

    def test_is_diagonal_and_remembers_as_declared(self, rule, gradients):
        """What is declared is what can be seen: the shape of D, and a step without a gradient."""
        optimizer = rule(learning_rate=0.3)
        _, state = run(optimizer, gradients)
        assert rule.is_diagonal is (np.shape(optimizer.gradient_factor(state)) == (5, 3))
        update, _ = optimizer.update(np.zeros((5, 3)), state)
        assert rule.remembers is bool(np.any(update))
        assert (is_diagonal(rule()), remembers(rule())) == (rule.is_diagonal, rule.remembers)

    def test_a_rule_that_declares_nothing_is_tried_out(self, rule):
        class Undeclared(rule):
            def __getattribute__(self, name):
                if name in ("is_diagonal", "remembers"):
                    raise AttributeError(name)
                return super().__getattribute__(name)

        assert (is_diagonal(Undeclared()), remembers(Undeclared())) == (rule.is_diagonal, rule.remembers)

    def test_some_columns_go_on_alone(self, rule, gradients):
        kept = np.array([0, 2])
        optimizer = rule(learning_rate=[0.3, 0.01, 7.0])
        _, state = run(optimizer, gradients)
        update, after = optimizer.update(gradients[3], state)
        fewer, few_state = take_columns(optimizer, state, kept)
        few_update, few_after = fewer.update(gradients[3][:, kept], few_state)
        np.testing.assert_array_equal(few_update, update[:, kept])
        assert type(few_after) is type(after)
        assert few_after.step == after.step
        for few, all_ in zip(few_after[1:], after[1:], strict=True):
            np.testing.assert_array_equal(few, all_[:, kept])
        one_rate = rule(learning_rate=0.5)
        assert take_columns(one_rate, one_rate.init(np.zeros((5, 3))), kept)[0] is one_rate

    def test_natural_rate_scales_as_declared(self, rule):
        optimizer = rule()
        assert optimizer.natural_rate(1 / 16) == pytest.approx(
            16**rule.rate_exponent * optimizer.natural_rate(1.0), rel=1e-15
        )
        curvature = np.array([0.25, 3.0, 1e4])
        rates = optimizer.natural_rate(curvature)
        assert rates.shape == (3,)
        assert [optimizer.natural_rate(float(c)) for c in curvature] == rates.tolist()
        assert type(optimizer.natural_rate(3.0)) is float

    @pytest.mark.parametrize("curvature", [1.0, 1e6, 1e-6])
    def test_natural_rate_minimizes_a_quadratic_of_any_curvature(self, rule, curvature):
        """c·w²/2 + 0.1·c·u²/2 from unit objective, to a 500th of it in 200 steps."""
        optimizer = rule()
        optimizer = replace(optimizer, learning_rate=optimizer.natural_rate(curvature))
        scale = curvature * np.array([[1.0], [0.1]])
        params = np.sqrt(1 / scale)
        state = optimizer.init(params)
        start = float((scale * params**2).sum()) / 2
        for _ in range(200):
            update, state = optimizer.update(scale * params, state)
            params = params + update
        assert start == pytest.approx(1.0)
        assert float((scale * params**2).sum()) / 2 < 2e-3

    def test_pickle_repr_and_equality(self, rule):
        optimizer = rule(learning_rate=[0.1, 0.2], schedule=Exponential(0.5))
        assert pickle.loads(pickle.dumps(optimizer)) == optimizer
        assert optimizer != rule(learning_rate=[0.1, 0.3], schedule=Exponential(0.5))
        assert rule(learning_rate=0.1) == rule(learning_rate=0.1)
        assert rule(learning_rate=0.1) != rule(learning_rate=0.1, schedule=Exponential(0.5))
        assert rule() != 3
        assert repr(rule(learning_rate=0.1)).startswith(f"{rule.__name__}(learning_rate=0.1, ")

    def test_is_frozen_and_rates_are_copied(self, rule):
        rates = np.array([0.1, 0.2])
        optimizer = rule(learning_rate=rates)
        rates[0] = -1
        assert optimizer.learning_rate.tolist() == [0.1, 0.2]
        with pytest.raises(FrozenInstanceError):
            optimizer.learning_rate = 0.3
        with pytest.raises(ValueError, match=r"^assignment destination is read-only$"):
            optimizer.learning_rate[0] = 1

    def test_rate_must_be_filled_before_the_first_update(self, rule):
        optimizer = rule()
        message = r"^`learning_rate` must be a number > 0 before the first update; got None\.$"
        with pytest.raises(ValueError, match=message):
            optimizer.update(np.ones((2, 1)), optimizer.init(np.ones((2, 1))))

    def test_zero_gradient_moves_nothing(self, rule):
        updates, _ = run(rule(learning_rate=0.3), np.zeros((3, 2, 2)))
        np.testing.assert_array_equal(updates, 0.0)

    def test_subnormal_gradients_are_finite(self, rule):
        updates, _ = run(rule(learning_rate=0.3), np.full((3, 2, 2), 5e-324))
        assert np.isfinite(updates).all()

    def test_default_batch_is_all_rows_or_a_number_of_them(self, rule):
        assert rule.default_batch_size is None or (type(rule.default_batch_size) is int and rule.default_batch_size > 0)


def test_gradient_descent_takes_all_rows_and_sgd_32():
    assert GradientDescent.default_batch_size is None
    assert SGD.default_batch_size == 32


def test_a_rule_whose_rate_a_user_has_written_moves_by_it():
    class Halving(GradientDescent):
        def rate(self, state):
            return 0.5 / (1 + state.step)

    rule = Halving(0.1)
    update, state = rule.update(np.ones((2, 1)), rule.init(np.zeros((2, 1))))
    np.testing.assert_array_equal(update, -0.5)
    np.testing.assert_array_equal(rule.update(np.ones((2, 1)), state)[0], -0.25)
    assert rates(rule, [state]) == [0.25]
