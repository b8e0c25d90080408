"""Which learning rates arms get: their own natural rates, matched ones, or numbers."""

import numpy as np
import pytest

import logitscope as ls
from logitscope._exceptions import InvalidInputError
from logitscope.pointwise import Pointwise, curvature_bound

ALL = ("sigmoid", "tanh", "probit", "cauchit", "softsign", "algebraic", "hard", "softmax")


def rates(X, y, **options):
    result = ls.compare(X, y, seeds=2, max_iter=1, **options)
    return {arm.label: rate for arm, rate in zip(result.arms, result.rates, strict=True)}


@pytest.mark.parametrize("solver", ["gd", "sgd", "adam", "adagrad"])
def test_auto_is_the_natural_rate_of_each_arm(solver, two, rows_of_seed):
    found = rates(*two, activations=(*ALL, "cloglog"), losses=("brier",), solver=solver, alpha=0.05)
    for name, rate in found.items():
        for seed in range(2):
            rows = rows_of_seed(*two, seed)
            clf = ls.LogisticRegression(name, "brier", solver=solver, alpha=0.05, max_iter=1, tol=0)
            assert rate[seed] == pytest.approx(clf.fit(rows.X, rows.y).learning_rate_, rel=1e-12)


def test_auto_is_one_over_the_curvature(two, rows_of_seed):
    found = rates(*two, losses=("cross_entropy",))
    rows = rows_of_seed(*two, 1)
    tilde = np.column_stack([rows.X, np.ones(len(rows.X))])
    largest = np.linalg.eigvalsh(tilde.T @ tilde / len(tilde))[-1]
    assert found["sigmoid"][1] == pytest.approx(1 / (0.25 * largest), rel=1e-6)
    assert found["tanh"][1] == pytest.approx(1 / largest, rel=1e-6)


@pytest.mark.parametrize(
    ("loss", "solver", "ratio"),
    [
        ("cross_entropy", "gd", 4),
        ("cross_entropy", "sgd", 4),
        ("cross_entropy", "nesterov", 4),
        ("squared_error", "gd", 16),
        ("brier", "momentum", 4),
        ("cross_entropy", "adam", 2),
        ("cross_entropy", "rmsprop", 2),
        ("squared_error", "adagrad", 2),
        ("squared_error", "adam", 2),
        ("squared_error", "rmsprop", 2),
    ],
)
@pytest.mark.parametrize("order", [("sigmoid", "tanh"), ("tanh", "sigmoid")])
def test_matched_ratios(loss, solver, ratio, order, two):
    found = rates(*two, activations=order, losses=(loss,), solver=solver, learning_rate="matched")
    np.testing.assert_allclose(found["sigmoid"], ratio * found["tanh"], rtol=1e-9)
    np.testing.assert_allclose(found[order[0]], rates(*two, losses=(loss,), solver=solver)[order[0]], rtol=1e-12)


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error", "brier", "focal"])
@pytest.mark.parametrize("solver", ["gd", "sgd", "momentum"])
def test_matched_arms_are_the_same_model_in_other_units(loss, solver, two):
    result = ls.compare(
        *two, losses=(loss,), solver=solver, learning_rate="matched", seeds=2, max_iter=40, batch_size=16
    )
    for seed in range(2):
        np.testing.assert_allclose(result.log(0, seed).z, 2 * result.log(1, seed).z, rtol=1e-9, atol=1e-10)
    for name in ("log_loss", "accuracy", "test_log_loss", "test_accuracy"):
        np.testing.assert_allclose(result.curves[name][0], result.curves[name][1], rtol=1e-9)


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error", "brier"])
@pytest.mark.parametrize("solver", ["adam", "rmsprop", "adagrad"])
def test_matched_arms_of_rules_without_a_gradient_size_are_the_same_but_for_epsilon(loss, solver, two):
    result = ls.compare(*two, losses=(loss,), solver=solver, learning_rate="matched", seeds=2, max_iter=40)
    np.testing.assert_allclose(result.curves["test_log_loss"][0], result.curves["test_log_loss"][1], rtol=1e-5)


def test_a_rescaling_of_any_arm_before_it_is_matched_to_that_one(two):
    """Probit is nobody's; by the curvature bounds with squared error, the sigmoid would get four times tanh's rate."""
    found = rates(*two, activations=("probit", "tanh", "sigmoid"), losses=("squared_error",), solver="adam",
                  learning_rate="matched")  # fmt: skip
    np.testing.assert_allclose(found["sigmoid"], 2 * found["tanh"], rtol=1e-12)
    bounds = [
        curvature_bound(Pointwise(ls.get_activation(name), ls.get_loss("squared_error"))).constant
        for name in ("probit", "tanh")
    ]
    np.testing.assert_allclose(found["tanh"], found["probit"] * np.sqrt(bounds[0] / bounds[1]), rtol=1e-12)


@pytest.mark.parametrize("loss", ["cross_entropy", "squared_error"])
def test_with_a_penalty_in_the_same_units_too(loss, two):
    ratio = {"cross_entropy": 4, "squared_error": 16}[loss]  # of the curvatures, which α is one of
    options = {"losses": (loss,), "learning_rate": "matched", "seeds": 1, "max_iter": 60}
    result = ls.compare(*two, alpha=(0.1, ratio * 0.1), **options)
    np.testing.assert_allclose(result.log(0).z, 2 * result.log(1).z, rtol=1e-9, atol=1e-10)
    # The same number is another penalty, as the docstring says.
    other = ls.compare(*two, alpha=0.1, **options)
    assert np.max(np.abs(other.log(0).z - 2 * other.log(1).z)) > 0.1


def test_auto_and_matched_agree_where_the_bounds_are_absolute(two):
    auto, matched = (rates(*two, activations=ALL, learning_rate=rule) for rule in ("auto", "matched"))
    for name in ALL:
        np.testing.assert_allclose(auto[name], matched[name], rtol=1e-9)
    auto, matched = (
        rates(*two, activations=("sigmoid", "cloglog"), learning_rate=rule) for rule in ("auto", "matched")
    )
    assert not np.allclose(auto["cloglog"], matched["cloglog"])


@pytest.mark.parametrize("number", [0.3, 2, np.float32(0.25), np.int64(1)])
def test_a_number_is_the_rate_of_every_arm(number, two):
    found = rates(*two, losses=("brier", "focal"), learning_rate=number)
    assert list(found) == ["sigmoid, brier", "sigmoid, focal", "tanh, brier", "tanh, focal"]
    for rate in found.values():
        np.testing.assert_array_equal(rate, float(number))


@pytest.mark.parametrize("several", [(0.1, 1), [0.1, 1.0], np.array([0.1, 1.0])])
def test_several_numbers_are_an_arm_each(several, three):
    result = ls.compare(*three, learning_rate=several, seeds=1, max_iter=3)
    assert [arm.label for arm in result.arms] == [
        f"{name}, η = {rate}" for name in ("sigmoid", "tanh") for rate in ("0.1", "1")
    ]
    np.testing.assert_array_equal(result.rates[:, 0], [0.1, 1.0, 0.1, 1.0])
    assert [arm.rate for arm in result.arms] == [0.1, 1.0, 0.1, 1.0]
    # A column beside others takes the step of its own rate: the first update is rate × gradient.
    first = [result.log(arm).update_norm[0] for arm in range(2)]
    np.testing.assert_allclose(first[1], 10 * first[0], rtol=1e-12)


@pytest.mark.parametrize("bad", ["fast", 0, -1.0, np.inf, np.nan, True, None, (0.1, -1), [0.1, "auto"], {0.1}])
def test_bad_rates(bad, two):
    shown = {(0.1, -1): -1}.get(bad, bad) if isinstance(bad, tuple) else ("auto" if isinstance(bad, list) else bad)
    with pytest.raises(InvalidInputError) as error:
        ls.compare(*two, learning_rate=bad)
    assert str(error.value) == (
        f"`learning_rate` must be 'auto', 'matched', 'tuned', a number > 0 or several; got {shown!r}."
    )


def test_no_rates(two):
    with pytest.raises(InvalidInputError) as error:
        ls.compare(*two, learning_rate=[])
    assert str(error.value) == "`learning_rate` must be 'auto', 'matched', 'tuned', a number > 0 or several; got none."


def test_alpha_one_an_arm(two):
    with pytest.raises(InvalidInputError, match=r"^`alpha` must be one number, or one an arm, 2; got 3\.$"):
        ls.compare(*two, alpha=[0.1, 0.2, 0.3])
    result = ls.compare(*two, alpha=[0.0, 0.5], activations=("tanh", "softmax"), seeds=1, max_iter=4)
    assert result.curves["loss"][0, 0, -1] == pytest.approx(result.curves["log_loss"][0, 0, -1])
    assert result.curves["loss"][1, 0, -1] > result.curves["log_loss"][1, 0, -1] + 1e-3
