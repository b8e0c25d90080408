"""What moves a sample's parameters, against formulas written out step by step, however it is kept."""

import copy
import pickle
from types import SimpleNamespace

import numpy as np
import pytest

from logitscope import LogisticRegression, UpdateLog, UpdateRecorder
from logitscope.pointwise import get_pointwise
from logitscope.recording import Recorded
from logitscope.recording._reach import KeptReach, StepReach
from logitscope.sources import RowSource

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

N, P, K = 300, 3, 2
RNG = np.random.default_rng(0)
X = RNG.normal(size=(N, P))
ROWS = np.column_stack([X, np.ones(N)])
WEIGHTS = RNG.uniform(0.5, 2, N)
SHARE = WEIGHTS / WEIGHTS.sum()
LABELS = RNG.integers(0, 2, N).astype(float)


def begin(recorder=None, n_columns=K, max_iter=5):
    recorder = UpdateRecorder() if recorder is None else recorder
    norms = np.linalg.norm(ROWS, axis=1)
    pointwise = get_pointwise("sigmoid", "cross_entropy")
    return recorder.begin(Recorded(RowSource(X), pointwise, LABELS, WEIGHTS, norms, n_columns, max_iter))


def step(epoch, z, *, factor=1.0, rate=0.5, batch=None, index=None, ends_epoch=True, columns=None):
    return SimpleNamespace(
        epoch=epoch, index=epoch if index is None else index, ends_epoch=ends_epoch, batch=batch, z=z, rate=rate,
        factor=factor, columns=columns,
    )  # fmt: skip


def size(rows, factor):
    """‖D x̃‖ of every row and column, one at a time."""
    out = np.empty((len(rows), factor.shape[-1]))
    for k in range(factor.shape[-1]):
        D = np.diag(factor[:, k]) if factor.ndim == 2 else factor[..., k]
        out[:, k] = [np.linalg.norm(D @ row) for row in rows]
    return out


DIAGONALS = RNG.uniform(0.1, 2, (5, P + 1, K))
MATRICES = RNG.normal(size=(5, P + 1, P + 1, K))
MATRICES = MATRICES + MATRICES.swapaxes(1, 2)


@pytest.mark.parametrize("factors", [DIAGONALS, MATRICES], ids=["diagonal", "matrix"])
@pytest.mark.parametrize("lazily", [False, True])
def test_full_batches_derive_it(factors, lazily):
    recording = begin()
    for epoch, factor in enumerate(factors):
        recording.observe(step(epoch, RNG.normal(size=(N, K)), factor=(lambda f=factor: f) if lazily else factor))
    log = recording.log()
    expected = np.stack([0.5 * SHARE[:, None] * size(ROWS, factor) for factor in factors])
    assert isinstance(log.own_reach, StepReach)
    np.testing.assert_allclose(log.reach, expected, rtol=1e-13)
    np.testing.assert_allclose(log.update_norm, expected * np.abs(log.grad_z), rtol=1e-13)
    assert np.isnan(log.gradient_factor).all()
    for column in range(K):
        own = log.own_reach.columns(slice(column, column + 1)).array()
        np.testing.assert_allclose(own, expected[..., [column]], rtol=1e-13)
    np.testing.assert_allclose(log.at_epoch(3).update_norm, log.update_norm[[3]], rtol=1e-14)


def test_a_callable_is_called_when_the_log_is_asked():
    calls = []

    def factor():
        calls.append(1)
        return 3.0

    recording = begin()
    recording.observe(step(0, np.zeros((N, K)), factor=factor))
    log = recording.log()
    assert not calls
    np.testing.assert_allclose(log.reach[0], np.outer(1.5 * SHARE * np.linalg.norm(ROWS, axis=1), [1, 1]), rtol=1e-14)
    assert calls


@pytest.mark.parametrize("n_batch", [4, 90])
@pytest.mark.parametrize("kind", ["number", "diagonal", "callable"])
@pytest.mark.parametrize("samples", [None, (3, 50, 51, 299), tuple(range(0, 300, 2))], ids=["all", "four", "half"])
def test_mini_batches(n_batch, kind, samples):
    recorder = UpdateRecorder(every=2, samples=None if samples is None else list(samples))
    recording, z = begin(recorder), np.empty((2, N, K))
    expected, index = np.empty((2, N, K)), 0
    for epoch in range(4):
        order = RNG.permutation(N)
        batches = [order[start : start + n_batch] for start in range(0, N, n_batch)]
        for number, batch in enumerate(batches):
            D, rate, seen = RNG.uniform(0.1, 2, (P + 1, K)), RNG.uniform(), RNG.normal(size=(len(batch), K))
            factor = {"number": 1.9, "diagonal": D, "callable": lambda D=D: D}[kind]
            ends = number + 1 == len(batches)
            recording.observe(step(epoch, seen, factor=factor, rate=rate, batch=batch, index=index, ends_epoch=ends))
            index += 1
            if epoch % 2 == 0:
                norms = 1.9 * np.linalg.norm(ROWS[batch], axis=1)[:, None] if kind == "number" else size(ROWS[batch], D)
                z[epoch // 2, batch] = seen
                expected[epoch // 2, batch] = rate * (SHARE[batch] * N / len(batch))[:, None] * norms
    log = recording.log()
    chosen = slice(None) if samples is None else list(samples)
    np.testing.assert_array_equal(log.z, z[:, chosen])
    np.testing.assert_allclose(log.reach, expected[:, chosen], rtol=1e-13)
    # What it derives from is kept where that takes less memory.
    fits = n_batch == 90 and (samples is None or len(samples) > 100)
    assert isinstance(log.own_reach, StepReach if fits else KeptReach)


def test_what_would_take_more_memory_than_the_reach_is_not_kept():
    recording = begin(UpdateRecorder(samples=[5, 7]))
    recording.observe(step(0, RNG.normal(size=(N, K)), factor=1.0))
    recording.observe(step(1, RNG.normal(size=(N, K)), factor=DIAGONALS[1]))
    recording.observe(step(2, RNG.normal(size=(N, K)), factor=lambda: DIAGONALS[2]))
    log = recording.log()
    assert isinstance(log.own_reach, KeptReach)
    rows, share = ROWS[[5, 7]], SHARE[[5, 7], None]
    expected = [0.5 * share * size(rows, factor) for factor in (np.ones((P + 1, K)), DIAGONALS[1], DIAGONALS[2])]
    np.testing.assert_allclose(log.reach, expected, rtol=1e-13)


@pytest.mark.parametrize("solver", ["adam", "sgd"])
@pytest.mark.parametrize("way", ["pickle", "copy", "file"])
def test_copies_need_no_rows(solver, way, tmp_path):
    rows = X.copy()
    clf = LogisticRegression(solver=solver, batch_size=100, max_iter=3, tol=0, record=True, random_state=0)
    log = clf.fit(rows, LABELS).update_log_
    expected = log.update_norm
    if way == "file":
        log.save(tmp_path / "log.npz")
    again = {
        "pickle": lambda: pickle.loads(pickle.dumps(log)),
        "copy": lambda: copy.deepcopy(log),
        "file": lambda: UpdateLog.load(tmp_path / "log.npz"),
    }[way]()
    rows[:] = np.nan
    assert isinstance(log.own_reach, StepReach)
    np.testing.assert_array_equal(again.update_norm, expected)


class TestColumnsThatLeave:
    def log(self, lost=None, factor=None):
        """Column 1 leaves after two records, column 0 after three."""
        recording, z = begin(n_columns=3), RNG.normal(size=(5, N, 3))
        for epoch, columns in enumerate([None, None, [0, 2], [2], [2]]):
            live = [0, 1, 2] if columns is None else columns
            given = 1.0 if factor is None else factor[:, live]
            recording.observe(
                step(
                    epoch,
                    z[epoch][:, live],
                    rate=np.array([0.1, 0.2, 0.3])[live],
                    factor=given,
                    columns=None if columns is None else np.array(columns),
                )
            )
        return recording.log(lost), z

    def test_stay_where_they_are(self):
        log, z = self.log()
        np.testing.assert_array_equal(log.z[:2], z[:2])
        np.testing.assert_array_equal(log.z[2:, :, 2], z[2:, :, 2])
        np.testing.assert_array_equal(log.z[2, :, 0], z[2, :, 0])
        for record in (3, 4):
            np.testing.assert_array_equal(log.z[record, :, 0], z[2, :, 0])
        for record in (2, 3, 4):
            np.testing.assert_array_equal(log.z[record, :, 1], z[1, :, 1])

    def test_are_moved_by_nothing(self):
        log, _ = self.log()
        np.testing.assert_array_equal(log.learning_rate[:, 0], [0.1, 0.1, 0.1, 0, 0])
        np.testing.assert_array_equal(log.learning_rate[:, 1], [0.2, 0.2, 0, 0, 0])
        assert (log.update_norm[2:, :, 1] == 0).all()
        assert (log.update_norm[:, :, 2] > 0).all()

    def test_with_a_diagonal(self):
        D = RNG.uniform(0.5, 1, (P + 1, 3))
        log, _ = self.log(factor=D)
        expected = SHARE[:, None] * size(ROWS, D) * np.array([0.1, 0.2, 0.3])
        np.testing.assert_allclose(log.reach[0], expected, rtol=1e-13)
        np.testing.assert_allclose(log.reach[3], expected * [0, 0, 1], rtol=1e-13)
        part = log.own_reach.columns(slice(1, 3)).array()
        np.testing.assert_allclose(part, log.reach[..., 1:], rtol=1e-14)

    def test_blown_up(self):
        log, z = self.log(lost=np.array([1]))
        np.testing.assert_array_equal(log.z[1, :, 1], z[1, :, 1])
        assert np.isnan(log.z[2:, :, 1]).all()
        assert np.isfinite(log.z[..., [0, 2]]).all()

    def test_in_mini_batches(self):
        recording, batch = begin(n_columns=3), np.arange(N)
        for epoch, columns in enumerate([[0, 1, 2], [1, 2]]):
            for half in (batch[:150], batch[150:]):
                z = np.full((150, len(columns)), float(epoch))
                ends = half[0] > 0
                recording.observe(step(epoch, z, batch=half, ends_epoch=ends, columns=np.array(columns)))
        log = recording.log()
        np.testing.assert_array_equal(log.z[1], np.tile([0.0, 1.0, 1.0], (N, 1)))
        assert (log.reach[1, :, 0] == 0).all()
        np.testing.assert_allclose(log.reach[1, :, 1], 0.5 * 2 * SHARE * np.linalg.norm(ROWS, axis=1), rtol=1e-14)


class TestAccuracy:
    @pytest.mark.parametrize("activation", ["tanh", "cloglog"])
    def test_one_column(self, activation):
        clf = LogisticRegression(activation, max_iter=4, tol=0, record=True).fit(X, LABELS, sample_weight=WEIGHTS)
        log = clf.update_log_
        for record in range(4):
            right = sum(s for s, p, y in zip(SHARE, log.probability[record], LABELS, strict=True) if (p > 0.5) == y)
            assert log.accuracy[record] == pytest.approx(right, rel=1e-12)
        assert clf.accuracy_curve_ is None

    def test_three_columns(self, three):
        log = LogisticRegression("softmax", max_iter=4, tol=0, record=True).fit(*three).update_log_
        expected = [np.mean([np.argmax(z) == y for z, y in zip(record, three[1], strict=True)]) for record in log.z]
        np.testing.assert_allclose(log.accuracy, expected, rtol=1e-12)
