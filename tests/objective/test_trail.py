"""Steps of small data known side by side, against the pass over all rows at each of them."""

import numpy as np
import pytest

from logitscope.objective import Objective, _small
from logitscope.penalties import ElasticNet
from logitscope.pointwise import get_pointwise
from logitscope.sources import RowSource

rng = np.random.default_rng(0)
N, P = 61, 3
X = rng.normal(size=(N, P))
HARD, WEIGHTS = rng.integers(0, 2, N).astype(float), rng.uniform(0.1, 5.0, N)
PLACES = [scale * rng.normal(size=(P + 1, 1)) for scale in (0.0, 0.3, 1.0, 30.0, 1e4, 1e155)]


def objective_of(activation="sigmoid", weights=None, y=HARD, loss="cross_entropy", **others):
    weights = np.ones(N) if weights is None else weights
    return Objective(RowSource(X), y[:, None], weights, get_pointwise(activation, loss), **others)


def walk(trail, places):
    """Lead a trail through given places."""
    gradients, following = [], iter([*places[1:], places[0]])

    def advance(params, gradient):
        gradients.append(gradient)
        return next(following)

    gone, together = trail.walk(places[0], advance, len(places))
    np.testing.assert_array_equal(gone, [*places, places[0]])
    return gradients, together


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["uniform", "weighted"])
@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "softsign", "algebraic"])
def test_every_step_is_the_pass_at_its_parameters(activation, weights, fit_intercept, monkeypatch):
    objective = objective_of(activation, weights, fit_intercept=fit_intercept)
    places = [place[: objective.n_params] for place in PLACES]
    with np.errstate(all="ignore"):
        gradients, together = walk(objective.trail(len(places)), places)
    monkeypatch.setattr(_small, "LIMIT", 0)
    plain = objective_of(activation, weights, fit_intercept=fit_intercept)
    for at, place in enumerate(places):
        alone, known = objective.evaluate(place), plain.evaluate(place)
        np.testing.assert_array_equal(gradients[at], alone.gradient)  # a run may be watched step by step
        np.testing.assert_array_equal(together.gradient[at], alone.gradient)
        np.testing.assert_array_equal(together.z[at], alone.z)
        np.testing.assert_array_equal(together.loss[at], alone.loss)
        np.testing.assert_allclose(alone.loss, known.loss, rtol=1e-12)
        np.testing.assert_allclose(alone.gradient, known.gradient, rtol=1e-11, atol=1e-14)
    assert not np.signbit(together.z[0]).any()


@pytest.mark.parametrize("activation", ["sigmoid", "cauchit"])
@pytest.mark.parametrize("n_features", [1, 3])
def test_a_trail_is_walked_again(activation, n_features):
    """What it told before stays as it was: a rule may keep a gradient."""
    objective = Objective(
        RowSource(X[:, :n_features]), HARD[:, None], np.ones(N), get_pointwise(activation, "cross_entropy"),
        fit_intercept=False,
    )  # fmt: skip
    places = [place[:n_features] for place in PLACES[:4]]
    with np.errstate(all="ignore"):
        trail = objective.trail(5)
        gradients, told = [], []
        for part in (places[:3], places[3:], places):
            own, together = walk(trail, part)
            gradients += own
            told.append(together)
    assert [len(each.loss) for each in told] == [3, 1, 4]
    for name in ("loss", "gradient", "z"):
        together = np.concatenate([getattr(each, name) for each in told])
        known = [getattr(objective.evaluate(place), name) for place in [*places, *places]]
        np.testing.assert_array_equal(together, known)
        if name == "gradient":
            np.testing.assert_array_equal(gradients, known)


def test_a_walk_longer_than_the_trail_is_refused():
    with pytest.raises(ValueError, match="is longer than"):
        walk(objective_of().trail(2), PLACES[:3])


def test_where_steps_are_taken_one_by_one(monkeypatch):
    assert objective_of().trail(4) is not None
    assert objective_of("probit").trail(4) is None
    assert objective_of(loss="focal").trail(4) is None
    assert objective_of(y=np.clip(HARD, 0.1, 0.9)).trail(4) is None
    assert objective_of(penalty=ElasticNet(0.1)).trail(4) is None
    monkeypatch.setattr(_small, "LIMIT", 0)
    assert objective_of().trail(4) is None


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["uniform", "weighted"])
@pytest.mark.parametrize("activation", ["sigmoid", "cloglog"])
def test_a_batch_is_the_mean_over_its_rows(activation, weights, monkeypatch):
    """By hand: Σ sᵢ ∂ℓᵢ x̃ᵢ n/(n_batch Σs), repeated rows included."""
    objective, batch = objective_of(activation, weights, penalty=ElasticNet(0.2)), rng.integers(0, N, 20)
    seen = objective.evaluate(PLACES[2], batch, with_grad_z=True)
    share = np.ones(N) / N if weights is None else weights / weights.sum()
    rows, pair = np.column_stack([X, np.ones(N)]), objective.pointwise
    z = rows @ PLACES[2]
    value, slope = pair.value(z, HARD[:, None])[:, 0], pair.grad_z(z, HARD[:, None])[:, 0]
    loss = sum(share[i] * value[i] for i in batch) * N / 20 + 0.1 * np.sum(PLACES[2][:P] ** 2)
    gradient = sum(share[i] * slope[i] * rows[i] for i in batch) * N / 20
    gradient[:P] += 0.2 * PLACES[2][:P, 0]
    np.testing.assert_allclose(seen.loss, loss, rtol=1e-12)
    np.testing.assert_allclose(seen.gradient[:, 0], gradient, rtol=1e-11, atol=1e-14)
    np.testing.assert_array_equal(seen.z, objective.z(PLACES[2])[batch])
    np.testing.assert_allclose(seen.grad_z[:, 0], slope[batch], rtol=1e-11)
