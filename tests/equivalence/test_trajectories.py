"""Two runs under equivalent settings are one run in other units, for every rule and schedule, at every step."""

from types import SimpleNamespace

import numpy as np
import pytest

import logitscope as ls

N, P, BATCH = 200, 4, 20  # ten steps an epoch


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(7)
    X = rng.standard_normal((N, P)) * [1.0, 2.0, 0.5, 1.0] + [0.3, 0.0, -0.2, 1.0]
    y = (X @ [1.0, -0.5, 1.0, 0.2] + rng.logistic(size=N) > 0.4).astype(int)
    return X, y


def trail(clf, X, y):
    """Parameters after every step."""
    params = []
    clf.fit(X, y, observers=[SimpleNamespace(observe=lambda step: params.append(step.new_params))])
    return np.array(params)


def gap(settings, data, activation="sigmoid", n_steps=500, **more):
    """Largest difference over all steps, relative to the largest parameter of the step."""
    X, y = data
    shared = {"batch_size": BATCH, "max_iter": n_steps * BATCH // N, "tol": 0, "random_state": 3}
    old = ls.LogisticRegression(**shared | settings)
    new = ls.equivalent(old, activation, **more)
    assert new.is_exact
    ours, theirs = trail(new.settings, X, 1 - y if new.is_mirrored else y), trail(old, X, y)
    assert len(theirs) == n_steps
    assert np.abs(theirs[-1]).max() > 0.05  # something was learned
    return np.max(np.abs(ours - new.map_params(theirs)).max(axis=(1, 2)) / np.abs(ours).max(axis=(1, 2)))


START = np.random.default_rng(1).standard_normal((P + 1, 1))
RATES = {"adagrad": 0.3, "rmsprop": 0.01, "adam": 0.02}


@pytest.mark.parametrize("penalty", [{}, {"alpha": 0.05}, {"alpha": 0.05, "l1_ratio": 0.4}], ids=["none", "l2", "l1"])
@pytest.mark.parametrize("loss", ls.LOSSES)
@pytest.mark.parametrize("name", ls.OPTIMIZERS)
def test_every_rule_with_every_loss_and_penalty(name, loss, penalty, data):
    settings = {"activation": "tanh", "loss": loss, "solver": name, "learning_rate": RATES.get(name, 0.05)}
    assert gap(settings | penalty | {"init": START}, data) < 1e-10


@pytest.mark.parametrize("schedule", ls.SCHEDULES)
@pytest.mark.parametrize("name", ls.OPTIMIZERS)
def test_every_schedule_keeps_its_shape(name, schedule, data):
    rule = ls.OPTIMIZERS[name](learning_rate=RATES.get(name, 0.05), schedule=ls.SCHEDULES[schedule]())
    assert gap({"activation": "tanh", "solver": rule, "alpha": 0.01, "init": START}, data) < 1e-10


@pytest.mark.parametrize("max_norm", [0.02, 0.3])
@pytest.mark.parametrize("name", ls.OPTIMIZERS)
def test_clipped_too(name, max_norm, data):
    rule = ls.Clipped(ls.OPTIMIZERS[name](), max_norm=max_norm)
    settings = {"activation": "tanh", "loss": "squared_error", "solver": rule, "alpha": 0.01, "init": START}
    assert gap(settings | {"learning_rate": RATES.get(name, 0.05)}, data) < 1e-10


@pytest.mark.parametrize("rule", [ls.AdaGrad, ls.RMSprop, ls.Adam])
def test_an_epsilon_that_matters(rule, data):
    """It has the gradient's units: rewritten the runs coincide, and left as it is they do not."""
    settings = {"activation": "tanh", "loss": "squared_error", "learning_rate": 0.05}
    solver = rule(epsilon=0.3)
    assert gap(settings | {"solver": solver}, data) < 1e-10
    rewritten = ls.equivalent(settings | {"solver": solver}).settings["solver"]
    assert rewritten == rule(epsilon=0.3 / 8)
    X, y = data
    shared = {"batch_size": BATCH, "max_iter": 50, "tol": 0, "random_state": 3}
    old = ls.LogisticRegression("tanh", "squared_error", solver=solver, learning_rate=0.05, **shared).fit(X, y)
    new = ls.LogisticRegression("sigmoid", "squared_error", solver=solver, learning_rate=0.1, **shared).fit(X, y)
    assert np.abs(new.coef_ - 2 * old.coef_).max() > 0.05


@pytest.mark.parametrize("name", ls.OPTIMIZERS)
def test_the_other_way_round(name, data):
    settings = {"activation": "sigmoid", "solver": name, "learning_rate": RATES.get(name, 0.1), "init": START}
    assert gap(settings, data, activation="tanh") < 1e-10


@pytest.mark.parametrize("name", [name for name, rule in ls.OPTIMIZERS.items() if rule.rate_exponent == 1.0])
def test_auto_stays_auto(name, data):
    for loss in ls.LOSSES:
        settings = {"activation": "tanh", "loss": loss, "solver": name, "alpha": 0.02}
        assert "learning_rate" not in [change.name for change in ls.equivalent(settings).changes]
        assert gap(settings, data) < 1e-10


def test_auto_of_adam_stays_where_the_loss_has_the_same_size(data):
    assert gap({"activation": "tanh", "solver": "adam"}, data) < 1e-10


class Shallow:
    """A sigmoid in strange units: 0.7·σ(z/3 ) + 5."""

    lower, upper = 5.0, 5.7
    phi = ls.get_activation("sigmoid")

    def value(self, z):
        return 0.7 * self.phi(z / 3) + 5

    def derivative(self, z):
        return 0.7 / 3 * self.phi.derivative(z / 3)


@pytest.mark.parametrize("loss", ["squared_error", "brier"])
@pytest.mark.parametrize("name", ls.OPTIMIZERS)
def test_units_that_are_no_powers_of_two(name, loss, data):
    """One's own activation in terms of tanh, through the sigmoid, of which alone it was declared."""
    own = Shallow()
    declared = [ls.Rescaling("sigmoid", own, slope=1 / 3, scale=0.7, shift=5)]
    settings = {"activation": own, "loss": loss, "solver": name, "alpha": 1e-3, "init": START}
    settings["learning_rate"] = 1.0 if name not in RATES else 5 * RATES[name]
    assert gap(settings, data, activation="tanh", rescalings=declared) < 1e-10


@pytest.mark.parametrize("loss", ls.LOSSES)
def test_a_mirror_image_with_the_labels_exchanged(loss, data):
    settings = {"activation": "loglog", "loss": loss, "solver": "momentum", "learning_rate": 0.01, "init": 0.1 * START}
    settings["class_weight"] = {0: 1.0, 1: 3.0}
    assert gap(settings, data, activation="cloglog") < 1e-10


def test_from_one_loss_to_its_multiple(data):
    """½(a − t)² of tanh is 2 (p − y)²."""
    settings = {"activation": "tanh", "loss": "squared_error", "solver": "adam", "learning_rate": 0.05, "init": START}
    new = ls.equivalent(settings, "tanh", loss="brier")
    assert (new.slope, new.loss_scale) == (1.0, 2.0)
    assert gap(settings, data, activation="tanh", loss="brier") < 1e-10
    assert gap(settings, data, activation="sigmoid", loss="brier") < 1e-10


def test_one_vs_rest(data):
    X, _ = data
    y = (X[:, 0] > 0).astype(int) + (X[:, 1] > 1)
    assert gap({"activation": "tanh", "solver": "adam", "learning_rate": 0.02}, (X, y)) < 1e-10


@pytest.mark.parametrize(("solver", "l1_ratio"), [("newton", 0.0), ("lbfgs", 0.0), ("lbfgs", 0.4)])
def test_a_solver_ends_at_the_same_optimum(solver, l1_ratio, data):
    old = ls.LogisticRegression("tanh", solver=solver, alpha=0.05, l1_ratio=l1_ratio)
    new = ls.equivalent(old)
    assert not new.is_exact
    old.fit(*data), new.settings.fit(*data)
    np.testing.assert_allclose(new.settings.coef_, 2 * old.coef_, rtol=1e-9)
    np.testing.assert_allclose(new.settings.intercept_, 2 * old.intercept_, rtol=1e-9)


def test_the_run_ends_at_the_same_epoch(data):
    """The tolerance is rewritten too."""
    old = ls.LogisticRegression("tanh", solver="gd", alpha=0.1, tol=1e-4, max_iter=5000)
    new = ls.equivalent(old).settings
    assert new.tol == 5e-5
    assert old.fit(*data).n_iter_ == new.fit(*data).n_iter_ < 5000
