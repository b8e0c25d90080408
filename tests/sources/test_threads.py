"""Rows are cut by what they are, not by who computes."""

from itertools import pairwise

import pytest

from logitscope.sources import _threads, in_parts


@pytest.mark.parametrize(
    ("n", "width", "n_results", "n_parts"),
    [
        (1_000, 10, 10, 1),  # too little to wake anybody
        (100_000, 30, 30, 4),  # parts that are small wait for each other
        (100_000, 200, 200, 16),
        (100, 50_000, 50_000, 4),  # each part gives back a gradient of 50,000 numbers
        (20_000, 100, 50_000, 2),  # sparse
        (20_000, 100, 100_000, 1),
        (1_000_000, 20, 5, 16),
    ],
)
@pytest.mark.parametrize("n_threads", [1, 2, 5])
def test_parts_follow_from_the_shape_alone(monkeypatch, n, width, n_results, n_parts, n_threads):
    monkeypatch.setattr(_threads, "n_threads", lambda: n_threads)
    parts = in_parts(lambda rows: rows, n, width, n_results)
    assert len(parts) == n_parts
    assert parts[0].start == 0
    assert parts[-1].stop == n
    assert all(one.stop == other.start for one, other in pairwise(parts))
