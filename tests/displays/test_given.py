import numpy as np
import pytest

from logitscope import LogisticRegression, _exceptions, displays, training_dynamics

LOG = "an UpdateLog, such as `update_log_` after a fit with record=True"


@pytest.fixture(scope="module")
def clf():
    X, y = np.random.default_rng(0).normal(size=(20, 2)), np.arange(20) % 2
    return LogisticRegression(max_iter=3, tol=0, record=True).fit(X, y)


@pytest.mark.parametrize(
    "draw",
    [
        displays.SaturationDisplay.from_log,
        displays.UpdateFactorDisplay.from_log,
        displays.UpdateMagnitudeDisplay.from_log,
        lambda log: displays.animate_updates(log, "updates.gif"),
    ],
)
def test_an_estimator_is_no_log(clf, draw):
    with pytest.raises(_exceptions.InvalidTypeError) as caught:
        draw(clf)
    assert str(caught.value) == f"`log` must be {LOG}; got LogisticRegression."


def test_a_log_is_no_ledger_and_no_scores(clf):
    scores = "a TrainingDynamics, as `training_dynamics(log)` returns; got UpdateLog."
    with pytest.raises(_exceptions.InvalidTypeError) as caught:
        displays.LedgerDisplay.from_ledger(clf.update_log_, [0.0, 0.0])
    assert str(caught.value) == (
        "`ledger` must be a Ledger, such as `ledger_` after a fit with ledger=True; got UpdateLog."
    )
    with pytest.raises(_exceptions.InvalidTypeError) as caught:
        displays.DataMapDisplay.from_dynamics(clf.update_log_)
    assert str(caught.value) == f"`scores` must be {scores}"
    with pytest.raises(_exceptions.InvalidTypeError) as caught:
        displays.DataMapDisplay.from_dynamics(training_dynamics(clf.update_log_), clf.update_log_)
    assert str(caught.value) == f"`to` must be {scores}"
