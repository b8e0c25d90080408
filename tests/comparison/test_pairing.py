"""An arm of a comparison is the run made alone: same rows, same start, same batches, whatever stands beside it."""

import numpy as np
import pytest

import logitscope as ls

# Beside other columns the product X W may be summed in another order.
CLOSE = {"rtol": 1e-9, "atol": 1e-12}


@pytest.fixture
def alone(rows_of_seed):
    """Train one arm of a comparison alone, with the estimator; return it and the seed's rows."""

    def train(result, arm, seed, X, y, **options):
        rows = rows_of_seed(X, y, result.seeds[seed])
        spec = result.arms[arm]
        settings = {"max_iter": len(result.epochs) - 1, "tol": 0, "random_state": result.seeds[seed], "record": True}
        rate = result.rates[arm, seed]
        clf = ls.LogisticRegression(spec.activation, spec.loss, learning_rate=rate, **settings, **options)
        return clf.fit(rows.X, rows.y), rows

    return train


def same_run(result, arm, seed, clf, rows):
    log, own = result.log(arm, seed), clf.update_log_
    np.testing.assert_allclose(log.z, own.z, **CLOSE)
    np.testing.assert_allclose(log.update_norm, own.update_norm, **CLOSE)
    np.testing.assert_array_equal(log.sample_index, rows.index)
    np.testing.assert_allclose(result.curves["loss"][arm, seed, 1:], clf.loss_curve_, **CLOSE)
    assert result.curves["test_accuracy"][arm, seed, -1] == pytest.approx(clf.score(rows.X_test, rows.y_test))
    assert result.curves["accuracy"][arm, seed, -1] == pytest.approx(clf.score(rows.X, rows.y))


@pytest.mark.parametrize("solver", ["gd", "momentum", "nesterov", "adagrad", "rmsprop", "adam"])
def test_full_batch(solver, two, alone):
    options = {"solver": solver, "alpha": 0.02}
    result = ls.compare(
        *two, activations=("tanh", "cloglog"), losses=("brier", "focal"), seeds=2, max_iter=15, **options
    )
    for arm in range(4):
        clf, rows = alone(result, arm, 1, *two, **options)
        same_run(result, arm, 1, clf, rows)


@pytest.mark.parametrize(("solver", "batch_size"), [("sgd", None), ("sgd", 7), ("adam", 16)])
def test_mini_batches(solver, batch_size, two, alone):
    options = {"solver": solver, "batch_size": batch_size}
    result = ls.compare(*two, activations=("sigmoid", "probit"), seeds=[3, 0], max_iter=6, **options)
    for arm, seed in ((0, 0), (1, 0), (1, 1)):
        clf, rows = alone(result, arm, seed, *two, **options)
        same_run(result, arm, seed, clf, rows)


@pytest.mark.parametrize("arm", [0, 1, 2])
@pytest.mark.parametrize("options", [{}, {"solver": "sgd", "batch_size": 11}, {"fit_intercept": False, "alpha": 0.1}])
def test_three_classes(arm, options, three, alone):
    names = ("tanh", "softmax", "cloglog")
    result = ls.compare(*three, activations=names, seeds=1, max_iter=8, learning_rate=0.1, **options)
    clf, rows = alone(result, arm, 0, *three, **options)
    same_run(result, arm, 0, clf, rows)


def test_data_as_they_are(two, rows_of_seed):
    X, y = two
    result = ls.compare(X, y, activations=("tanh",), seeds=1, max_iter=5, standardize=False, test_size=0.4)
    rows = rows_of_seed(X, y, 0, test_size=0.4, scale=False)
    clf = ls.LogisticRegression("tanh", max_iter=5, tol=0, record=True).fit(rows.X, rows.y)
    assert clf.learning_rate_ == pytest.approx(result.rates[0, 0], rel=1e-12)
    same_run(result, 0, 0, clf, rows)


@pytest.mark.parametrize("init", ["zeros", "normal"])
@pytest.mark.parametrize("solver", ["gd", "sgd"])
def test_arms_added_change_nothing(init, solver, two):
    options = {"init": init, "solver": solver, "seeds": 2, "max_iter": 6}
    few = ls.compare(*two, activations=("tanh",), **options)
    # Softmax has two columns: the draws of a wider arm must not move those of the others, nor the batches.
    many = ls.compare(
        *two, activations=("softmax", "sigmoid", "tanh", "hard"), losses=("cross_entropy", "brier"), **options
    )
    arm = next(i for i, arm in enumerate(many.arms) if arm.label == "tanh, cross entropy")
    for seed in range(2):
        np.testing.assert_allclose(many.log(arm, seed).z, few.log(0, seed).z, **CLOSE)
    for name, curve in few.curves.items():
        np.testing.assert_allclose(many.curves[name][arm], curve[0], **CLOSE)


def test_drawn_values_are_the_same_for_every_arm_and_differ_between_seeds(three, rows_of_seed):
    result = ls.compare(*three, activations=("tanh", "softmax", "probit"), seeds=2, max_iter=1, init="normal")
    starts = [result.log(arm, 0).z[0] for arm in range(3)]
    np.testing.assert_array_equal(starts[0], starts[1])
    np.testing.assert_array_equal(starts[0], starts[2])
    assert not np.isclose(result.log(0, 1).z[0], starts[0]).any()
    rows = rows_of_seed(*three, 0)
    params = np.linalg.lstsq(np.column_stack([rows.X, np.ones(len(rows.X))]), starts[0], rcond=None)[0]
    assert 0.01 < np.abs(params).mean() < 0.3  # mean |N(0, 0.1²)| is 0.08


def test_seeds_as_a_list_are_the_same_seeds(two):
    chosen = ls.compare(*two, seeds=[2, 7], max_iter=3)
    every = ls.compare(*two, seeds=3, max_iter=3)
    assert (chosen.seeds, every.seeds) == ((2, 7), (0, 1, 2))
    np.testing.assert_array_equal(chosen.curves["log_loss"][:, 0], every.curves["log_loss"][:, 2])
    np.testing.assert_array_equal(ls.compare(*two, seeds=np.array([7]), max_iter=3).rates[:, 0], chosen.rates[:, 1])
    assert not np.array_equal(chosen.logs[0].sample_index, chosen.logs[1].sample_index)


def test_a_comparison_can_be_repeated_bit_for_bit(two):
    first, second = (ls.compare(*two, solver="sgd", init="normal", seeds=2, max_iter=3) for _ in range(2))
    for name in first.curves:
        np.testing.assert_array_equal(first.curves[name], second.curves[name])


def test_data_are_not_changed(two):
    X, y = two
    before = X.copy(), y.copy()
    X.setflags(write=False)
    ls.compare(X, y, seeds=1, max_iter=2)
    np.testing.assert_array_equal(X, before[0])
    np.testing.assert_array_equal(y, before[1])


def test_activations_and_losses_of_ones_own(two):
    class Arctan:
        lower, upper = -1.0, 1.0
        value = staticmethod(lambda z: 2 / np.pi * np.arctan(z))
        derivative = staticmethod(lambda z: 2 / np.pi / (1 + z**2))

    class Half:  # the registry's squared error, as a user would write it
        name = "half square"
        value = staticmethod(lambda a, t: (a - t) ** 2 / 2)
        derivative = staticmethod(lambda a, t: a - t)

    result = ls.compare(
        *two, activations=(Arctan(), "cauchit"), losses=("squared_error", Half(), "brier"), seeds=1, max_iter=9
    )
    assert [arm.label for arm in result.arms] == [
        f"{phi}, {loss}" for phi in ("Arctan", "cauchit") for loss in ("squared error", "half square", "brier")
    ]
    loss = result.curves["loss"][:, 0]
    np.testing.assert_allclose(loss[0], loss[1], rtol=1e-9)
    # Arctan is cauchit stretched to (−1, 1): its (a − t)²/2 is 2 (p − y)², and 1/L undoes the factor.
    np.testing.assert_allclose(loss[0], 2 * loss[5], rtol=1e-6)
