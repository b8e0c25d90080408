"""Blocks and batches hand out every row once, whatever X is stored as."""

import numpy as np
import pytest
from scipy import sparse

from logitscope._exceptions import InvalidInputError
from logitscope.sources import RowSource, _rows, turned

rng = np.random.default_rng(0)
DENSE = rng.normal(size=(530, 7))
KINDS = {
    "C": lambda tmp: DENSE,
    "Fortran": lambda tmp: np.asfortranarray(DENSE),
    "strided": lambda tmp: np.repeat(DENSE, 2, axis=0)[::2],
    "csr_matrix": lambda tmp: sparse.csr_matrix(DENSE),
    "csr_array": lambda tmp: sparse.csr_array(DENSE),
    "memmap": lambda tmp: mapped(tmp / "X.npy"),
}


def mapped(path):
    np.save(path, DENSE)
    return np.load(path, mmap_mode="r")


def dense(block):
    return block.toarray() if sparse.issparse(block) else np.asarray(block)


@pytest.fixture(params=KINDS)
def X(request, tmp_path):
    return KINDS[request.param](tmp_path)


@pytest.fixture
def tiny_blocks(monkeypatch):
    monkeypatch.setattr(_rows, "BLOCK_BYTES", 1)  # 64 rows, the least
    monkeypatch.setattr(_rows, "SPARSE_BLOCK_ENTRIES", 1)


def put_together(source, batch=None):
    pieces, seen = [], []
    for positions, block in source.blocks(batch):
        pieces.append(dense(block))
        seen.extend(range(positions.start, positions.stop))
    assert seen == list(range(len(seen)))
    return np.concatenate(pieces), len(pieces)


def test_blocks_are_the_rows_in_order(X, tiny_blocks):
    rows, n_blocks = put_together(RowSource(X))
    np.testing.assert_array_equal(rows, DENSE)
    assert n_blocks == 9  # of at most 64


def test_blocks_of_a_batch_and_of_picked_rows(X, tiny_blocks):
    picked = rng.permutation(530)[:200]
    source = RowSource(X, picked)
    assert (source.n_samples, source.n_features) == (200, 7)
    np.testing.assert_array_equal(put_together(source)[0], DENSE[picked])
    batch = rng.permutation(200)[:150]
    np.testing.assert_array_equal(put_together(source, batch)[0], DENSE[picked[batch]])
    np.testing.assert_array_equal(put_together(RowSource(X), picked)[0], DENSE[picked])
    np.testing.assert_array_equal(source.sample_index[batch], picked[batch])


def test_the_only_block_of_small_data_is_x_itself():
    ((positions, block),) = RowSource(DENSE).blocks()
    assert block is DENSE
    assert positions == slice(0, 530)


def test_blocks_of_an_array_share_its_memory(tiny_blocks):
    assert all(np.shares_memory(block, DENSE) for _, block in RowSource(DENSE).blocks())


@pytest.mark.parametrize("kind", [sparse.csr_matrix, sparse.csr_array])
def test_blocks_of_sparse_rows_and_their_transposes_share_its_memory(kind, tiny_blocks):
    X = kind(DENSE)
    source = RowSource(X)
    assert source.n_read == 2 * X.nnz
    for block in [block for _, block in source.blocks()] + [source.part(100, 200).X]:
        columns_first = turned(block)
        np.testing.assert_array_equal(columns_first.toarray(), block.toarray().T)
        for array in (block, columns_first):
            assert np.shares_memory(array.data, X.data)
            assert np.shares_memory(array.indices, X.indices)
            array.check_format()


@pytest.mark.parametrize("batch_size", [1, 7, 32, 53, 529, 530, 1000])
@pytest.mark.parametrize("shuffled", [False, True])
def test_an_epoch_of_batches_covers_every_row_once(batch_size, shuffled):
    generator = np.random.default_rng(3) if shuffled else None
    for _ in range(2):
        batches = list(RowSource(DENSE).batches(batch_size, generator))
        order = np.concatenate(batches)
        np.testing.assert_array_equal(np.sort(order), np.arange(530))
        assert (order.tolist() != list(range(530))) == shuffled
        sizes = [len(batch) for batch in batches]
        assert sizes == [batch_size] * (530 // batch_size) + ([530 % batch_size] if 530 % batch_size else [])


def test_epochs_are_shuffled_anew_and_repeat_with_the_seed():
    def two_epochs(seed):
        generator = np.random.default_rng(seed)
        return [np.concatenate(list(RowSource(DENSE).batches(8, generator))).tolist() for _ in range(2)]

    first, second = two_epochs(0)
    assert first != second
    assert two_epochs(0) == [first, second]
    assert two_epochs(1) != [first, second]


def test_the_full_batch_takes_nothing_from_the_generator():
    generator = np.random.default_rng(0)
    assert list(RowSource(DENSE).batches(None, generator)) == [None]
    assert generator.random() == np.random.default_rng(0).random()


@pytest.mark.parametrize("wrap", [np.asarray, sparse.csr_array])
def test_whole_numbers_are_refused(wrap):
    """Parameters would be rounded to whole numbers too."""
    with pytest.raises(InvalidInputError, match=r"must hold float32 or float64; got int64\. Use X\.astype\(float\)"):
        RowSource(wrap(np.ones((3, 2), dtype=np.int64)))


def test_squares_are_in_float64(X):
    source = RowSource(X.astype(np.float32))
    ((_, block),) = source.blocks()
    squares = source.squares(block)
    assert squares.dtype == np.float64
    assert source.dtype == np.float32
    np.testing.assert_array_equal(dense(squares), DENSE.astype(np.float32).astype(np.float64) ** 2)


@pytest.mark.parametrize("n", [1, 15, 16, 17, 333])
@pytest.mark.parametrize("at_most", [1, 15, 16, 17, 100, 1000])
def test_blocks_are_in_order_and_no_longer_than_asked(n, at_most):
    blocks = list(RowSource(np.arange(2.0 * n).reshape(n, 2)).blocks(at_most=at_most))
    assert max(len(block) for _, block in blocks) <= at_most
    np.testing.assert_array_equal(np.concatenate([np.arange(n)[positions] for positions, _ in blocks]), np.arange(n))
    np.testing.assert_array_equal(np.concatenate([block[:, 0] for _, block in blocks]), 2.0 * np.arange(n))
