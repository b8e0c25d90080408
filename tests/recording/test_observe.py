"""The log of somebody else's training loop, told batch by batch, against plain loops."""

import copy
import pickle

import numpy as np
import pytest

import logitscope as ls
from logitscope import UpdateLog, UpdateRecorder
from logitscope._exceptions import IncompatibleError, InvalidInputError, RecordTooLargeError

DERIVED = ("z", "loss", "grad_z", "gradient_norm", "update_norm", "probability", "target")


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


def loop(two, recorder, n_epochs=4, batch_size=5, rate=0.3, told=None):
    """Plain mini-batch descent on the log loss, which tells the recorder all it knows."""
    X, y = two
    told = y if told is None else told
    rng = np.random.default_rng(0)
    w, b = np.zeros(3), 0.0
    norms = np.sqrt((X**2).sum(axis=1) + 1)
    expected = {name: np.empty((n_epochs, len(y))) for name in ("z", "grad_z", "gradient_norm", "update_norm", "loss")}
    for epoch in range(n_epochs):
        order = rng.permutation(len(y))
        for ids in np.split(order, range(batch_size, len(y), batch_size)):
            z = X[ids] @ w + b
            recorder.observe(z, told[ids], ids=ids, learning_rate=rate, row_norm=norms[ids])
            error = sigmoid(z) - y[ids]
            expected["z"][epoch, ids] = z
            expected["grad_z"][epoch, ids] = error
            expected["loss"][epoch, ids] = -np.log(np.where(y[ids] == 1, sigmoid(z), 1 - sigmoid(z)))
            expected["gradient_norm"][epoch, ids] = np.abs(error) * norms[ids]
            expected["update_norm"][epoch, ids] = rate / len(ids) * np.abs(error) * norms[ids]
            w = w - rate * X[ids].T @ error / len(ids)
            b = b - rate * error.mean()
    return expected


class TestAgainstAPlainLoop:
    @pytest.mark.parametrize("names", [None, ["no", "yes"], [-1, 1], [False, True], [b"0", b"1"]], ids=str)
    def test_everything(self, two, names):
        recorder = UpdateRecorder()
        expected = loop(two, recorder, told=None if names is None else np.array(names)[two[1]])
        log = recorder.log()
        for name, values in expected.items():
            np.testing.assert_allclose(getattr(log, name), values, rtol=1e-12)
        assert log.epoch.tolist() == [0, 1, 2, 3]
        assert log.step.tolist() == [0, 5, 10, 15]
        assert log.sample_index.tolist() == list(range(23))
        np.testing.assert_array_equal(log.y, two[1])
        np.testing.assert_array_equal(log.share, np.full(23, 1 / 23))
        np.testing.assert_array_equal(log.learning_rate, np.full(4, 0.3))

    def test_the_same_log_as_our_own_run(self, two):
        X, y = two
        clf = ls.LogisticRegression(solver="sgd", batch_size=6, learning_rate=0.2, max_iter=5, tol=0, random_state=0,
                                    record=True)  # fmt: skip
        recorder = UpdateRecorder()

        class Teller:
            def observe(self, step):
                norms = np.sqrt((X[step.batch] ** 2).sum(axis=1) + 1)
                recorder.observe(
                    step.z, y[step.batch], ids=step.batch, epoch=step.epoch, learning_rate=step.rate, row_norm=norms
                )

        ours = clf.fit(X, y, observers=[Teller()]).update_log_
        theirs = recorder.log(activation="sigmoid", loss="cross_entropy")
        for name in (*DERIVED, "epoch", "step", "learning_rate", "y", "share", "sample_index"):
            np.testing.assert_allclose(getattr(theirs, name), getattr(ours, name), rtol=1e-14)

    def test_several_classes(self, three):
        """Softmax regression by hand, in full batches."""
        X, y = three
        W, recorder = np.zeros((4, 3)), UpdateRecorder()
        norms = np.linalg.norm(X, axis=1)
        for _ in range(3):
            z = X @ W
            recorder.observe(z, np.array(["x", "y", "z"])[y], learning_rate=0.1, row_norm=norms)
            p = np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)
            error = p - np.eye(3)[y]
            W = W - 0.1 * X.T @ error / 26
        log = recorder.log()
        assert log.describe() == {"activation": "softmax", "loss": "cross_entropy"}
        np.testing.assert_allclose(log.grad_z[-1], error, rtol=1e-12)
        np.testing.assert_allclose(log.loss[-1].sum(axis=1), -np.log(p[np.arange(26), y]), rtol=1e-12)
        np.testing.assert_allclose(log.update_norm[-1], 0.1 / 26 * np.abs(error) * norms[:, None], rtol=1e-12)
        assert log.epoch.tolist() == [0, 1, 2]
        rest = recorder.log(activation="sigmoid")
        np.testing.assert_allclose(rest.grad_z[-1], sigmoid(z) - np.eye(3)[y], rtol=1e-12)

    def test_boosting(self):
        """Gradient boosting of stumps has no x̃ of its own: z and the loss are known, the norms are not."""
        X, y = ls.load_dataset("moons", n_samples=50, random_state=0)[:2]
        z, recorder = np.zeros(50), UpdateRecorder()
        for _ in range(5):
            recorder.observe(z, y)
            residual = y - sigmoid(z)
            left = X[:, 1] < 0.25
            z += 2.0 * np.where(left, residual[left].mean(), residual[~left].mean())  # in place: z was copied
        log = recorder.log()
        assert log.z.shape == (5, 50)
        np.testing.assert_array_equal(log.z[0], np.zeros(50))
        np.testing.assert_allclose(log.grad_z[-1], -residual, rtol=1e-12)
        for name in ("gradient_norm", "update_norm", "learning_rate", "row_norm"):
            assert np.isnan(getattr(log, name)).all()

    def test_one_sample_at_a_time(self):
        recorder = UpdateRecorder()
        for identity, z, y in [(7, 0.5, True), (3, -1.0, False), (7, 2.0, True)]:
            recorder.observe([z], [y], ids=[identity])
        log = recorder.log()
        assert log.sample_index.tolist() == [3, 7]
        np.testing.assert_array_equal(log.z, [[-1.0, 0.5], [np.nan, 2.0]])
        np.testing.assert_array_equal(np.isnan(log.grad_z), np.isnan(log.z))
        np.testing.assert_array_equal(log.y, [0, 1])

    def test_weights(self):
        recorder = UpdateRecorder()
        recorder.observe([0.0, 0.0], [0, 1], ids=[0, 1], learning_rate=1, row_norm=2.0, sample_weight=[1, 3])
        recorder.observe([0.0], [1], ids=[2], learning_rate=1, row_norm=2.0)
        log = recorder.log()
        np.testing.assert_array_equal(log.share, [0.2, 0.6, 0.2])
        np.testing.assert_array_equal(log.update_norm[0], [0.25, 0.75, 1.0])  # a mean over each batch

    def test_norms_need_be_told_once(self):
        recorder = UpdateRecorder()
        recorder.observe([0.0, 0.0], [0, 1], learning_rate=1.0, row_norm=[1.0, 3.0])
        recorder.observe([0.0, 0.0], [0, 1], learning_rate=2.0)
        np.testing.assert_array_equal(recorder.log().update_norm, [[0.25, 0.75], [0.5, 1.5]])

    def test_targets_of_every_column(self):
        recorder = UpdateRecorder()
        z, target = np.array([[0.0, 1.0], [2.0, -1.0]]), np.array([[0.25, 1.0], [0.5, 1.0]])
        recorder.observe(z, target)
        log = recorder.log(activation="sigmoid")
        np.testing.assert_allclose(log.grad_z[0], sigmoid(z) - target, rtol=1e-14)
        column = UpdateRecorder()
        column.observe(z[:, [0]], target[:, [0]])  # as frameworks shape a single logit
        np.testing.assert_allclose(column.log().grad_z[0], sigmoid(z[:, 0]) - target[:, 0], rtol=1e-14)

    def test_other_activations_and_losses(self):
        recorder = UpdateRecorder()
        recorder.observe([0.3, -0.2], [0, 1])
        backward = ls.backward(np.array([0.3, -0.2]), np.array([0.0, 1.0]), activation="tanh", loss="squared_error")
        log = recorder.log(activation="tanh", loss="squared_error")
        np.testing.assert_allclose(log.grad_z[0], backward.grad_z, rtol=1e-15)


class TestEpochs:
    def test_they_are_counted_when_a_sample_comes_again(self):
        recorder = UpdateRecorder()
        for ids in ([0, 1], [2], [1, 0], [2], [2]):
            recorder.observe(np.zeros(len(ids)), np.zeros(len(ids)), ids=ids)
        log = recorder.log()
        assert (log.epoch.tolist(), log.step.tolist()) == ([0, 1, 2], [0, 2, 4])
        np.testing.assert_array_equal(np.isnan(log.z), [[0, 0, 0], [0, 0, 0], [1, 1, 0]])

    def test_numbers_may_be_skipped(self):
        recorder = UpdateRecorder()
        for epoch in (0, 10, 20):
            recorder.observe([0.0], [1], epoch=epoch)
        assert recorder.log().epoch.tolist() == [0, 10, 20]

    def test_every_and_samples(self, two):
        whole, some = UpdateRecorder(), UpdateRecorder(every=2, samples=[20, 3], dtype="float32")
        loop(two, whole)
        loop(two, some)
        for name in DERIVED[:-1]:
            np.testing.assert_allclose(
                getattr(some.log(), name), getattr(whole.log(), name)[::2][:, [3, 20]], rtol=1e-5, atol=1e-7
            )
        assert some.log().z.dtype == np.float32
        assert some.log().step.tolist() == [0, 10]
        np.testing.assert_array_equal(some.log().share, [1 / 23] * 2)

    def test_a_log_is_of_what_was_told_so_far(self):
        recorder = UpdateRecorder()
        recorder.observe([0.0], [1])
        before = recorder.log()
        recorder.observe([1.0], [1])
        assert (before.n_records, recorder.log().n_records) == (1, 2)


class TestLabels:
    def observed(self, y, n_columns=1, **how):
        recorder = UpdateRecorder()
        recorder.observe(np.zeros((len(y), n_columns)), y)
        return recorder.log(**how).y.tolist()

    def test_codes(self):
        assert self.observed([0.25, 1.0]) == [0.25, 1.0]
        assert self.observed(["b", "a", "b"]) == [1, 0, 1]
        assert self.observed([3, 1, 3]) == [1, 0, 1]
        assert self.observed(["b", "b"], classes=["a", "b"]) == [1, 1]
        assert self.observed([0, 2], 3) == [0, 2]
        assert self.observed([10, 20, 30], 3) == [0, 1, 2]
        assert self.observed([1, 2, 1], 3, classes=[2, 1, 3]) == [1, 0, 1]

    @pytest.mark.parametrize(
        ("y", "n_columns", "how", "message"),
        [
            (["a", "a"], 1, {}, "`y` must hold 2 classes for 1 column of z; got 1. If some have not come yet, give"
             " `classes`."),
            ([1, 5], 3, {}, "`y` must hold 3 classes for 3 columns of z; got 2. If some have not come yet, give"
             " `classes`."),
            ([1, 5], 1, {"classes": [1, 2]}, "`classes` must list every label; got [1, 2] without 5.0."),
            ([0, 1], 1, {"classes": [0, 1, 2]}, "`classes` must list 2 labels for 1 column of z; got [0, 1, 2]."),
        ],
    )  # fmt: skip
    def test_classes_that_are_not_told(self, y, n_columns, how, message):
        with pytest.raises(InvalidInputError) as caught:
            self.observed(y, n_columns, **how)
        assert str(caught.value) == message

    def test_softmax_needs_a_column_a_class(self):
        with pytest.raises(IncompatibleError) as caught:
            self.observed([0, 1], activation="softmax")
        assert str(caught.value) == "Cannot use `softmax` with one column of z: it needs a column a class."


class Tensor:
    """As a tensor of PyTorch that takes part in automatic differentiation."""

    def __array__(self, dtype=None, copy=None):
        raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")


NAN = float("nan")


@pytest.mark.parametrize(
    ("z", "y", "how", "message"),
    [
        (0.0, [1], {}, "`z` must have shape (n_batch,) or (n_batch, n_columns); got shape ()."),
        ([], [], {}, "`z` must have shape (n_batch,) or (n_batch, n_columns); got shape (0,)."),
        (["a"], [1], {}, "`z` must hold real numbers; got dtype <U1."),
        ([1j], [1], {}, "`z` must hold real numbers; got dtype complex128."),
        (Tensor(), [1], {}, "`z` must be readable by NumPy; got Tensor (Can't call numpy() on Tensor that requires"
         " grad."
         " Use tensor.detach().numpy() instead)."),
        (np.ma.masked_array([0.0], [True]), [1], {}, "`z` must be an array without a mask; got a masked array. Fill it"
         " first."),
        ([0.0], [1, 0], {}, "`y` must have one label a sample, shape (1,), or a target a column, shape (1, 1); got"
         " shape"
         " (2,)."),
        ([0.0], [NAN], {}, "`y` must not have missing or infinite labels; got nan."),
        ([0.0], [None], {}, "`y` must not have missing or infinite labels; got None."),
        ([[0.0, 1.0]], [[2.0, 1.0]], {}, "`y` of several columns must hold targets in [0, 1]; got others."),
        ([0.0], [1], {"ids": [0.5]}, "`ids` must be one integer a sample, shape (1,); got dtype float64 and shape"
         " (1,)."),
        ([0.0], [1], {"ids": [1, 2]}, "`ids` must be one integer a sample, shape (1,); got dtype int64 and shape"
         " (2,)."),
        ([0.0, 0.0], [1, 1], {"ids": [4, 4]}, "`ids` must differ within a call; got 4 2 times. A sample has one z an"
         " update."),
        ([0.0], [1], {"epoch": -1}, "`epoch` must be an integer >= 0; got -1."),
        ([0.0], [1], {"epoch": 1.5}, "`epoch` must be an integer >= 0; got 1.5."),
        ([0.0], [1], {"learning_rate": -1}, "`learning_rate` must be a finite number >= 0; got -1."),
        ([0.0], [1], {"learning_rate": NAN}, "`learning_rate` must be a finite number >= 0; got nan."),
        ([0.0], [1], {"learning_rate": "auto"}, "`learning_rate` must be a finite number >= 0; got 'auto'."),
        ([0.0], [1], {"row_norm": [1, 2]}, "`row_norm` must be a number, or one a sample, shape (1,); got shape (2,)."),
        ([0.0], [1], {"row_norm": [-1]}, "`row_norm` must hold finite numbers >= 0; got -1.0 at index 0."),
        ([0.0], [1], {"row_norm": NAN}, "`row_norm` must hold finite numbers >= 0; got nan at index 0."),
        ([0.0], [1], {"sample_weight": 0}, "`sample_weight` must have a weight > 0; got only zeros."),
    ],
)  # fmt: skip
def test_bad_calls(z, y, how, message):
    with pytest.raises(InvalidInputError) as caught:
        UpdateRecorder().observe(z, y, **how)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("z", "y", "how", "message"),
    [
        ([0.0, 0.0], [0, 0], {}, "`y` of a sample must stay the same; got 0.0 for id 1, and 1.0 before. Give"
         " samples with"
         " other labels other ids."),
        ([0.0, 0.0], ["a", "b"], {}, "`y` must be of one kind and shape in every call; got another."),
        ([[0.0, 1.0]] * 2, [0, 1], {}, "`z` must have as many columns in every call, 1; got 2."),
        ([0.0], [0], {}, "`ids` must be given where a call does not hold all samples; got 1 of 2 without ids."),
        ([0.0, 0.0], [0, 1], {"epoch": 2}, "`epoch` must not fall; got 2 after 3. A new run needs a new"
         " UpdateRecorder."),
        ([0.0], [1], {"ids": [1], "epoch": 3}, "`ids` must occur once in an epoch; got 1 again in epoch 3. Count"
         " `epoch`"
         " up, or leave it out."),
        ([0.0, 0.0], [0, 1], {"row_norm": [1.0, 2.1]}, "`row_norm` of a sample must stay the same; got 2.1 for id"
         " 1, and"
         " 2.0 before. Leave it out where the features are trained themselves."),
        ([0.0, 0.0], [0, 1], {"sample_weight": 2}, "`sample_weight` of a sample must stay the same; got 2.0 for id"
         " 0, and"
         " 1.0 before. The log has one weight a sample."),
    ],
)  # fmt: skip
def test_calls_that_do_not_fit_earlier_ones(z, y, how, message):
    recorder = UpdateRecorder()
    recorder.observe([0.5, -0.5], [0, 1], epoch=3, row_norm=[1.0, 2.0], sample_weight=[1, 1])
    with pytest.raises(InvalidInputError) as caught:
        recorder.observe(z, y, **how)
    assert str(caught.value) == message
    assert recorder.log().n_records == 1  # nothing is kept of a call that is refused
    recorder.observe([0.0, 0.0], [0, 1], row_norm=[1.0, 2.0 + 1e-7])
    assert recorder.log().epoch.tolist() == [3, 4]


class TestRefusals:
    def test_nothing_was_recorded(self):
        with pytest.raises(InvalidInputError) as caught:
            UpdateRecorder().log()
        assert str(caught.value) == (
            "Cannot make a log: nothing was recorded in this process. Call `observe`, or set the recorder as a callback"
            " and fit. (With `record=`, the log is the estimator's `update_log_`.)"
        )

    def test_nothing_was_due(self):
        recorder = UpdateRecorder(every=5)
        recorder.observe([0.0], [1], epoch=1)
        with pytest.raises(InvalidInputError) as caught:
            recorder.log()
        assert str(caught.value) == ("Cannot make a log: no epoch that `every` asks for was observed.")

    def test_samples(self):
        with pytest.raises(InvalidInputError) as caught:
            UpdateRecorder(samples=5).observe([0.0], [1])
        assert str(caught.value) == ("`samples` must be ids for `observe`, which does not know them beforehand; got 5.")
        recorder = UpdateRecorder(samples=[0, 9])
        recorder.observe([0.0], [1])
        with pytest.raises(InvalidInputError) as caught:
            recorder.log()
        assert str(caught.value) == "`samples` must be ids that were observed; got 9."

    def test_size(self):
        recorder = UpdateRecorder(max_bytes=100)
        for _ in range(2):
            recorder.observe(np.zeros(6), np.zeros(6))
        with pytest.raises(RecordTooLargeError) as caught:
            recorder.observe(np.zeros(6), np.zeros(6))
        assert str(caught.value) == (
            "`max_bytes` must allow the record: 144 bytes by epoch 2; got 100. Record fewer epochs (`every`), fewer"
            " `samples`, or with dtype='float32'."
        )
        assert recorder.log().n_records == 2


class TestTheRecorderItself:
    def test_copies_hold_settings_only(self):
        recorder = UpdateRecorder(every=3, samples=[1])
        recorder.observe([0.0, 0.0], [0, 1])
        for twin in (copy.copy(recorder), copy.deepcopy(recorder), pickle.loads(pickle.dumps(recorder))):
            assert (
                repr(twin)
                == repr(recorder)
                == ("UpdateRecorder(every=3, samples=[1], dtype='float64', max_bytes=2147483648)")
            )
            with pytest.raises(InvalidInputError, match=r"^Cannot make a log"):
                twin.log()
        assert recorder.log().n_records == 1

    def test_logs_are_saved(self, two, tmp_path):
        recorder = UpdateRecorder()
        expected = loop(two, recorder)
        recorder.log().save(tmp_path / "log")
        np.testing.assert_allclose(UpdateLog.load(tmp_path / "log").update_norm, expected["update_norm"], rtol=1e-12)

    def test_many_samples(self):
        n, recorder, rng = 100_000, UpdateRecorder(), np.random.default_rng(0)
        order, z = rng.permutation(n), rng.normal(size=n)
        for ids in np.split(order, range(1000, n, 1000)):
            recorder.observe(z[ids], ids % 2, ids=ids)
        np.testing.assert_array_equal(recorder.log().z[0], z)
