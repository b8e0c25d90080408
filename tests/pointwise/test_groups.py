from itertools import pairwise

import numpy as np
import pytest

from logitscope.pointwise import ColumnGroups, Group, Pointwise, get_pointwise

PAIRS = [("tanh", "cross_entropy"), ("softmax", "squared_error"), ("probit", "focal"), ("cloglog", "brier")]
WIDTHS = (1, 3, 2, 1)


@pytest.fixture
def groups() -> ColumnGroups:
    starts = np.cumsum([0, *WIDTHS])
    columns = [slice(int(a), int(b)) for a, b in pairwise(starts)]
    return ColumnGroups(tuple(Group(get_pointwise(*pair), where) for pair, where in zip(PAIRS, columns, strict=True)))


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return rng.normal(size=(12, 7), scale=4), rng.uniform(size=(12, 7))


@pytest.mark.parametrize("quantity", ["value", "grad_z", "value_and_grad"])
def test_every_group_is_its_pair_alone(groups, data, quantity):
    z, y = data
    got = np.asarray(getattr(groups, quantity)(z, y))
    for pair, columns in groups.groups:
        alone = getattr(pair, quantity)(z[:, columns].copy(), y[:, columns].copy())
        np.testing.assert_array_equal(got[..., columns], alone)


def test_columns_know_their_pair(groups):
    assert [groups.column(j).activation.name for j in range(7)] == [
        "tanh",
        *["softmax"] * 3,
        *["probit"] * 2,
        "cloglog",
    ]
    pair = get_pointwise("tanh", "brier")
    assert pair.column(3) is pair


def test_fill_broadcasts_labels_and_records(groups, data):
    z, y = data
    records = np.stack([z, 2 * z])
    filled = groups.fill(Pointwise.upstream, records, y[None])
    assert filled.shape == (2, 12, 7)
    np.testing.assert_array_equal(filled[1], groups.fill(Pointwise.upstream, 2 * z, y))
