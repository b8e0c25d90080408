"""What is kept of records beside z, against lists with one entry a record."""

import numpy as np
import pytest

from logitscope.recording._heads import Heads

PARTS = [
    (0, 0, [0.5], [1.0], None),
    (1, 1, [0.5, 0.25, 0.125], [1.0, 1.0, 1.0], None),
    (6, 20, [0.1], [np.array([[2.0], [3.0]])], np.array([1])),
    (7, 21, [0.1, 0.2], [None, lambda: np.ones(2)], np.array([1])),
]


@pytest.mark.parametrize("n_parts", range(5))
def test_one_entry_a_record(n_parts):
    heads, known = Heads(), []
    for epoch, step, rate, factor, columns in PARTS[:n_parts]:
        heads.add(epoch, step, rate, factor, columns)
        known += [(epoch + k, step + k, rate[k], factor[k], columns) for k in range(len(rate))]
    assert len(heads) == len(known)
    assert heads.latest_epoch == (known[-1][0] if known else -1)
    for n in range(len(known) + 1):
        table = heads.table(n)
        assert table.epoch.tolist() == [head[0] for head in known[:n]]
        assert table.step.tolist() == [head[1] for head in known[:n]]
        assert table.rate == [head[2] for head in known[:n]]
        assert all(ours is theirs[3] for ours, theirs in zip(table.factor, known[:n], strict=True))
        assert table.are_whole == all(head[4] is None for head in known[:n])
        assert table.has_numbers == all(isinstance(head[3], float) for head in known[:n])


def test_rates_of_columns_that_have_left_are_0():
    heads = Heads()
    heads.add(0, 0, [0.5, np.array([0.5, 0.25])], [1.0, 1.0])
    heads.add(2, 2, [np.array([0.125])], [1.0], np.array([1]))
    np.testing.assert_array_equal(heads.table(3).rates(2), [[0.5, 0.5], [0.5, 0.25], [0.0, 0.125]])
    np.testing.assert_array_equal(heads.table(3).factors(), [1.0, 1.0, 1.0])


def test_factors_that_are_no_numbers_are_nan():
    heads = Heads()
    heads.add(0, 0, [0.5] * 4, [1.0, np.array(2.0), None, lambda: 3.0])
    np.testing.assert_array_equal(heads.table(4).factors(), [1.0, 2.0, np.nan, np.nan])
