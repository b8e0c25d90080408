import numpy as np
import pytest

from logitscope.ledger._account import Account, Window


@pytest.mark.parametrize("n_slots", [1, 2, 3])
@pytest.mark.parametrize("length", [1, 4, 11])
def test_a_window_is_its_steps_one_by_one(n_slots, length):
    rng = np.random.default_rng(0)
    n, m, n_steps, rows = 6, 2, 11, 4
    maps = [rng.normal(size=(m, n_slots, n_slots + 1)) for _ in range(n_steps)]
    batches = [rng.integers(n, size=rows) for _ in range(n_steps)]  # samples come twice
    slopes = [rng.normal(size=(rows, m)) for _ in range(n_steps)]
    account = Account(n_slots, n, m)
    for first in range(0, n_steps, length):
        some = slice(first, first + length)
        positions, slope = np.concatenate(batches[some]), np.concatenate(slopes[some])
        account.settle(Window(maps[some], positions, [rows] * len(maps[some]), slope))
    for column in range(m):
        x, start = np.zeros((n, n_slots)), np.eye(n_slots)
        for step in range(n_steps):
            move, push = maps[step][column, :, :-1], maps[step][column, :, -1]
            x, start = x @ move.T, move @ start
            for position, slope in zip(batches[step], slopes[step][:, column], strict=True):
                x[position] += push * slope
        np.testing.assert_allclose(account.slots[column].T, x, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(account.alpha()[:, column], x[:, 0], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(account.start[column], start, rtol=1e-9, atol=1e-9)


def test_a_map_without_an_inverse():
    """Momentum 0 forgets its velocity at once."""
    account = Account(2, 3, 1)
    slope = np.array([[1.0], [2.0], [0.0]])
    forgets = np.array([[[1.0, 0.0, -0.5], [0.0, 0.0, 1.0]]])
    account.settle(Window([forgets], None, [3], slope))
    account.settle(Window([forgets], None, [3], slope))
    np.testing.assert_array_equal(account.alpha(), -slope)
