import re

import numpy as np
import pytest

from logitscope import _exceptions
from logitscope.ledger import LedgerRecorder
from logitscope.objective import Objective
from logitscope.optimizers import SGD, Momentum
from logitscope.pointwise import get_pointwise
from logitscope.sources import RowSource
from logitscope.training import iterate

ETA, BETA, SIZE, STEPS = 0.1, 0.8, 8, 200


def brute_force(X, y, s, params, alpha):
    """Momentum on mini-batches, retrained from the same start in the same order; returns z of every row."""
    rng, n, order = np.random.default_rng(7), len(X), []
    w, b, v, v_b = params[:4, 0].copy(), params[4, 0], np.zeros(4), 0.0
    for _ in range(STEPS):
        order = rng.permutation(n) if len(order) == 0 else order
        batch, order = order[:SIZE], order[SIZE:]
        d = s[batch] / s.sum() * n / len(batch) * (1 / (1 + np.exp(-(X[batch] @ w + b))) - y[batch])
        v, v_b = BETA * v + X[batch].T @ d + alpha * w, BETA * v_b + d.sum()
        w, b = w - ETA * v, b - ETA * v_b
    return X @ w + b


@pytest.fixture
def ledger(problem, start, kept):
    objective = problem(alpha=0.02)
    return kept(objective, Momentum(learning_rate=ETA, momentum=BETA), start(objective), STEPS, SIZE).ledger()


def test_drop_and_flip_against_a_loop(data, problem, start, ledger):
    y, s, params = (data.codes > 0).astype(float), data.weights, start(problem())
    drop, flip = [3, 17, 40], [5, 21]
    replay = ledger.replay(drop=drop, flip=flip)
    s_without, y_flipped = s.copy(), y.copy()
    s_without[drop], y_flipped[flip] = 0.0, 1 - y[flip]
    np.testing.assert_allclose(replay.before, brute_force(data.X, y, s, params, 0.02), rtol=1e-10)
    np.testing.assert_allclose(replay.after, brute_force(data.X, y_flipped, s_without, params, 0.02), rtol=1e-10)
    np.testing.assert_array_equal(replay.index, drop + flip)


def test_the_account_of_a_drop_is_without_its_terms(data, ledger):
    replay = ledger.replay(drop=[3, 17])
    terms = ledger.contribution(data.X).terms
    np.testing.assert_allclose(replay.account, replay.before - terms[:, [3, 17]].sum(axis=1), rtol=1e-10)
    error = replay.account - replay.after
    np.testing.assert_array_equal(replay.error, error)
    expected = np.linalg.norm(error) / np.linalg.norm(replay.after - replay.before)
    np.testing.assert_allclose(replay.relative_error, expected)


def test_the_account_of_a_flip_is_exact_for_a_single_step(data, problem, start, kept):
    """After one step nobody has reacted to anybody: the first-order answer is the truth."""
    for n_columns, flip in ((1, [5, 21]), (3, {5: 0, 21: 1})):
        objective = problem("sigmoid" if n_columns == 1 else "softmax", n_columns=n_columns, alpha=0.02)
        replay = kept(objective, SGD(learning_rate=ETA), start(objective), 1).ledger().replay(flip=flip)
        np.testing.assert_allclose(replay.account, replay.after, rtol=1e-12)
        assert np.abs(replay.after - replay.before).max() > 1e-3


def test_dropping_from_the_full_batch_is_a_run_without_the_row(data, problem, start, kept):
    """Its weight is not shared out among the rest by anything but the mean."""
    objective = problem()
    params, optimizer = start(objective), Momentum(learning_rate=ETA)
    replay = kept(objective, optimizer, params, 50).ledger().replay(drop=[11])
    keep = np.arange(60) != 11
    target = (data.codes > 0).astype(float)[keep, None]
    without = Objective(RowSource(data.X[keep]), target, data.weights[keep], get_pointwise("sigmoid", "cross_entropy"))
    *_, last = (step for step, _ in zip(iterate(without, optimizer, params), range(50), strict=False))
    np.testing.assert_allclose(replay.params, last.new_params, rtol=1e-11)


def test_a_dict_names_the_new_class(data, problem, start, kept):
    objective = problem("softmax", n_columns=3)
    params, optimizer = start(objective), Momentum(learning_rate=ETA)
    replay = kept(objective, optimizer, params, 50).ledger().replay(flip={11: 2, 4: 0})
    codes = data.codes.copy()
    codes[[11, 4]] = 2, 0
    other = Objective(RowSource(data.X), np.eye(3)[codes], data.weights, get_pointwise("softmax", "cross_entropy"))
    *_, last = (step for step, _ in zip(iterate(other, optimizer, params), range(50), strict=False))
    np.testing.assert_array_equal(replay.params, last.new_params)


def test_a_replay_of_everything_is_the_run(ledger):
    replay = ledger.replay()
    np.testing.assert_array_equal(replay.params, ledger.params)
    assert replay.relative_error == 0.0


def test_it_says_how_far_it_was(ledger):
    number = r"[\d.e+-]+"
    assert re.fullmatch(
        rf"1 sample changed: z moved by up to {number} \(root mean square {number}\); the account said by up"
        rf" to {number} \({number}\), and is off by {number}, {number} times the movement\.",
        str(ledger.replay(drop=[3])),
    )
    assert str(ledger.replay(drop=[3, 5])).startswith("2 samples changed: ")
    assert re.fullmatch(rf"Replay\(1 of 60 samples, relative_error={number}\)", repr(ledger.replay(drop=[3])))


def test_batches_that_are_not_known_are_not_replayed(problem, start):
    objective, optimizer = problem(), SGD(learning_rate=0.1)
    params, rng = start(objective), np.random.default_rng(0)
    recorder = LedgerRecorder(objective, optimizer, params, batch_size=8)
    for step, _ in zip(iterate(objective, optimizer, params, batch_size=8, rng=rng), range(20), strict=False):
        recorder.observe(step)
    with pytest.raises(_exceptions.IncompatibleError) as error:
        recorder.ledger().replay(drop=[1])
    assert str(error.value) == (
        "Cannot replay: the batches are not those of the run. Give the `LedgerRecorder` the run's own batch_size and"
        " rng, before the first step."
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"drop": [1], "flip": [1]}, "`drop` and `flip` must name each row once; got one that is named twice."),
        ({"drop": range(60)}, "`drop` must leave a row; got all of them."),
        ({"drop": [1.5]}, "`drop` must hold rows of X, as integers; got [1.5]."),
        ({"drop": 5}, "`drop` must hold rows of X, as integers; got 5. Write [5] for one."),
        (
            {"flip": [60]},
            "`flip` must hold rows of X that were trained on; got 60. Rows of weight 0 and rows held out for"
            " validation are not trained on.",
        ),
        ({"flip": {3: 2}}, "`flip` must map rows to integers from 0 to 1; got {3: 2}."),
    ],
)
def test_rows_that_cannot_be_changed_are_refused(ledger, arguments, message):
    with pytest.raises(_exceptions.InvalidInputError, match=f"^{re.escape(message)}$"):
        ledger.replay(**arguments)


def test_of_three_classes_which_is_the_other_is_asked(problem, start, kept):
    objective = problem("softmax", n_columns=3)
    ledger = kept(objective, SGD(learning_rate=0.1), start(objective), 5).ledger()
    message = "`flip` must be a dict from rows to the column of their new class where there are 3 columns; got [3]."
    with pytest.raises(_exceptions.InvalidInputError, match=f"^{re.escape(message)}$"):
        ledger.replay(flip=[3])
