"""A recorder sees every step and changes none."""

import numpy as np
import pytest

import logitscope as ls
from logitscope import LogisticRegression, Status, UpdateRecorder
from logitscope._exceptions import InvalidInputError, RecordTooLargeError
from logitscope.recording import _recorder

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SOLVERS = [*ls.OPTIMIZERS, *ls.SOLVERS]
BATCHED = [(solver, None) for solver in SOLVERS] + [(solver, 5) for solver in ls.OPTIMIZERS]


class TestWatchingChangesNothing:
    @pytest.mark.parametrize("recorder", [True, UpdateRecorder(every=2, samples=4, dtype="float32")], ids=str)
    @pytest.mark.parametrize("early_stopping", [False, True])
    @pytest.mark.parametrize(("solver", "batch_size"), BATCHED)
    def test_bit_identical(self, three, solver, batch_size, early_stopping, recorder):
        parameters = {
            "solver": solver, "batch_size": batch_size, "early_stopping": early_stopping, "validation_fraction": 0.2,
            "max_iter": 12, "n_iter_no_change": 3, "alpha": 0.01, "init": "normal", "random_state": 5,
        }  # fmt: skip
        off = LogisticRegression(**parameters).fit(*three)
        on = LogisticRegression(record=recorder, **parameters).fit(*three)
        np.testing.assert_array_equal(on.coef_, off.coef_)
        np.testing.assert_array_equal(on.intercept_, off.intercept_)
        np.testing.assert_array_equal(on.loss_curve_, off.loss_curve_)
        np.testing.assert_array_equal(on.learning_rate_, off.learning_rate_)
        assert (on.n_iter_, on.status_) == (off.n_iter_, off.status_)

    @pytest.mark.parametrize("activation", ls.ACTIVATIONS)
    def test_for_every_activation(self, three, activation):
        off, on = (
            LogisticRegression(activation, "squared_error", record=record, max_iter=9).fit(*three)
            for record in (False, True)
        )
        np.testing.assert_array_equal(on.coef_, off.coef_)

    def test_a_generator_of_ones_own_is_left_alike(self, two):
        rngs = [np.random.default_rng(0) for _ in "12"]
        for rng, record in zip(rngs, (False, UpdateRecorder(samples=4)), strict=True):
            LogisticRegression(solver="sgd", batch_size=4, max_iter=3, record=record, random_state=rng).fit(*two)
        assert rngs[0].bit_generator.state == rngs[1].bit_generator.state


class TestEvery:
    @pytest.mark.parametrize("batch_size", [None, 5])
    def test_every_third_epoch(self, two, batch_size):
        whole, some = (
            LogisticRegression(
                batch_size=batch_size, max_iter=8, tol=0, random_state=0, record=UpdateRecorder(every=every)
            ).fit(*two).update_log_
            for every in (1, 3)
        )  # fmt: skip
        assert some.epoch.tolist() == [0, 3, 6]
        assert whole.epoch.tolist() == list(range(8))
        for name in ("z", "update_norm", "step", "learning_rate"):
            np.testing.assert_array_equal(getattr(some, name), getattr(whole, name)[::3])
        batches = 1 if batch_size is None else 5
        assert some.step.tolist() == [0, 3 * batches, 6 * batches]

    def test_the_first_record_is_of_the_initial_parameters(self, two):
        X, _ = two
        start = np.array([0.5, -1.0, 2.0, 0.25])
        log = LogisticRegression(init=start, max_iter=2, tol=0, record=True).fit(*two).update_log_
        np.testing.assert_allclose(log.z[0], X @ start[:3] + start[3], rtol=1e-13)

    def test_only_steps_that_were_made(self, two):
        clf = LogisticRegression(solver="newton", max_iter=50, record=True).fit(*two)
        assert clf.status_ is Status.CONVERGED
        assert clf.update_log_.n_records == clf.n_iter_

    @pytest.mark.parametrize(("batch_size", "n_records"), [(None, 3), (5, 3)])
    def test_an_epoch_that_was_broken_off_is_left_out(self, two, batch_size, n_records):
        class Impatient:
            def observe(self, step):
                if step.epoch == 3 and step.index % 5 == 3:
                    raise KeyboardInterrupt

        clf = LogisticRegression(batch_size=batch_size, tol=0, max_iter=10, record=True, random_state=0)
        clf.fit(*two, observers=[Impatient()])
        assert clf.status_ is Status.INTERRUPTED
        assert clf.update_log_.n_records == (n_records if batch_size else 4)


class TestSamples:
    @pytest.mark.parametrize("batch_size", [None, 5])
    def test_indices(self, two, batch_size):
        def log(samples):
            recorder = UpdateRecorder(samples=samples)
            clf = LogisticRegression(
                solver="adam", batch_size=batch_size, max_iter=4, tol=0, random_state=0, record=recorder
            )
            return clf.fit(*two).update_log_

        whole, some = log(None), log([17, 3, 8, 3])
        assert some.sample_index.tolist() == [3, 8, 17]
        for name in ("z", "gradient_norm", "loss"):
            np.testing.assert_array_equal(getattr(some, name), getattr(whole, name)[:, [3, 8, 17]])
        # ‖D x̃‖ is a product, whose last bit depends on the rows beside.
        np.testing.assert_allclose(some.update_norm, whole.update_norm[:, [3, 8, 17]], rtol=1e-15)
        for name in ("y", "row_norm", "share", "target"):
            np.testing.assert_array_equal(getattr(some, name), getattr(whole, name)[[3, 8, 17]])

    def test_a_number_is_drawn_with_the_seed(self, two):
        def drawn(seed):
            clf = LogisticRegression(max_iter=1, tol=0, random_state=seed, record=UpdateRecorder(samples=6))
            return clf.fit(*two).update_log_.sample_index.tolist()

        assert len(set(drawn(0))) == 6
        assert drawn(0) == drawn(0) == sorted(drawn(0))
        assert drawn(0) != drawn(1)

    def test_rows_of_weight_zero_are_not_recorded(self, two):
        weights = np.ones(23)
        weights[[0, 5]] = 0
        log = LogisticRegression(max_iter=1, tol=0, record=True).fit(*two, sample_weight=weights).update_log_
        assert log.sample_index.tolist() == [i for i in range(23) if i not in (0, 5)]
        np.testing.assert_array_equal(log.y, two[1][log.sample_index])

    @pytest.mark.parametrize(("samples", "got"), [([1, 99], "99"), ([-1], "-1"), ([5], "5"), ([], "none")], ids=str)
    def test_samples_that_are_not_trained_on(self, two, samples, got):
        weights = np.ones(23)
        weights[5] = 0
        with pytest.raises(InvalidInputError) as caught:
            LogisticRegression(record=UpdateRecorder(samples=samples)).fit(*two, sample_weight=weights)
        assert str(caught.value) == (
            f"`samples` must be indices of samples that are trained on; got {got}. Rows of weight 0 and rows held out"
            " for validation are not trained on."
        )

    @pytest.mark.parametrize("samples", [0, 24, -1])
    def test_numbers_out_of_range(self, two, samples):
        with pytest.raises(InvalidInputError) as caught:
            LogisticRegression(record=UpdateRecorder(samples=samples)).fit(*two)
        assert str(caught.value) == (f"`samples` must be a number from 1 to the 23 samples trained on; got {samples}.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"every": 0}, "`every` must be an integer >= 1 (epochs between records); got 0."),
        ({"every": 1.5}, "`every` must be an integer >= 1 (epochs between records); got 1.5."),
        ({"every": True}, "`every` must be an integer >= 1 (epochs between records); got True."),
        ({"dtype": "int32"}, "`dtype` must be 'float32' or 'float64'; got 'int32'."),
        ({"dtype": "floaty"}, "`dtype` must be 'float32' or 'float64'; got 'floaty'."),
        ({"dtype": None}, "`dtype` must be 'float32' or 'float64'; got None."),
        ({"max_bytes": 0}, "`max_bytes` must be a number > 0; got 0."),
        ({"max_bytes": "2 GiB"}, "`max_bytes` must be a number > 0; got '2 GiB'."),
        ({"samples": [1.5]}, "`samples` must be a number of samples or their indices; got [1.5]."),
        ({"samples": [True, False]}, "`samples` must be a number of samples or their indices; got [True, False]."),
        ({"samples": True}, "`samples` must be a number of samples or their indices; got True."),
        ({"samples": "all"}, "`samples` must be a number of samples or their indices; got 'all'."),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(InvalidInputError) as caught:
        UpdateRecorder(**arguments)
    assert str(caught.value) == message


class TestSize:
    def fit(self, two, record, **parameters):
        return LogisticRegression(max_iter=100, tol=0, record=record, **parameters).fit(*two)

    def message(self, two, record, **parameters):
        with pytest.raises(RecordTooLargeError) as caught:
            self.fit(two, record, **parameters)
        return str(caught.value)

    def test_every_that_fits(self, two):
        assert self.message(two, UpdateRecorder(max_bytes=5000)) == (
            "`max_bytes` must allow the record: 100 records x 23 samples x 1 columns x 8 bytes = 18,400 bytes;"
            " got 5,000. UpdateRecorder(every=4) would fit; dtype='float32' halves the size."
        )
        assert self.fit(two, UpdateRecorder(every=4, max_bytes=5000)).update_log_.z.nbytes == 25 * 23 * 8
        self.message(two, UpdateRecorder(every=3, max_bytes=5000))

    def test_reach_is_counted(self, two):
        assert self.message(two, UpdateRecorder(every=3, max_bytes=5000, dtype=np.float32), solver="adam") == (
            "`max_bytes` must allow the record: 34 records x 23 samples x 1 columns x 8 bytes = 6,256 bytes;"
            " got 5,000. UpdateRecorder(every=6) would fit."
        )
        self.fit(two, UpdateRecorder(every=6, max_bytes=5000, dtype=np.float32), solver="adam")

    def test_not_even_one(self, two):
        assert self.message(two, UpdateRecorder(max_bytes=100)) == (
            "`max_bytes` must allow the record: 100 records x 23 samples x 1 columns x 8 bytes = 18,400 bytes;"
            " got 100. Even one record does not fit: record fewer `samples`; dtype='float32' halves the size."
        )

    def test_the_default_is_two_gibibytes(self, two):
        assert UpdateRecorder().max_bytes == 2 * 1024**3
        with pytest.raises(RecordTooLargeError) as caught:
            LogisticRegression(max_iter=20_000_000, record=True).fit(*two)
        assert str(caught.value) == (
            "`max_bytes` must allow the record: 20000000 records x 23 samples x 1 columns x 8 bytes ="
            " 3,680,000,000 bytes; got 2,147,483,648. UpdateRecorder(every=2) would fit;"
            " dtype='float32' halves the size."
        )


class TestSolvers:
    """How many records there will be is not known beforehand: room grows, up to what may be."""

    def test_a_record_is_not_reckoned_from_max_iter(self, two):
        clf = LogisticRegression(solver="newton", max_iter=10**6, record=UpdateRecorder(max_bytes=50_000)).fit(*two)
        assert 1 < clf.update_log_.n_records == clf.n_iter_ < 30

    @pytest.mark.parametrize("solver", ["newton", "lbfgs", "auto"])
    @pytest.mark.parametrize(
        "n_features", [3, 12]
    )  # of more, the matrix is larger than a record, and the reach is kept
    def test_room_grows(self, solver, n_features, monkeypatch):
        rng = np.random.default_rng(0)
        X = rng.normal(size=(40, n_features))
        y, how = (X[:, 0] + rng.normal(size=40) > 0), {"solver": solver, "alpha": 0.01, "record": True}
        whole = LogisticRegression(**how).fit(X, y).update_log_
        monkeypatch.setattr(_recorder, "_AT_FIRST", 1)
        grown = LogisticRegression(**how).fit(X, y).update_log_
        assert grown.n_records > 4
        for name in ("z", "epoch", "learning_rate", "update_norm"):
            np.testing.assert_array_equal(getattr(grown, name), getattr(whole, name))

    def test_what_does_not_fit_is_refused_when_it_comes(self, two):
        recorder = UpdateRecorder(max_bytes=2 * 3 * 23 * 8)
        with pytest.raises(RecordTooLargeError) as caught:
            LogisticRegression(solver="newton", record=recorder).fit(*two)
        assert str(caught.value) == (
            "`max_bytes` must allow the record: the 3 that fit, of 184 bytes and more, are not enough for this run."
            " Record fewer epochs (`every`), fewer `samples`, or with dtype='float32'."
        )
        with pytest.raises(RecordTooLargeError, match="Even one record does not fit"):
            LogisticRegression(solver="newton", record=UpdateRecorder(max_bytes=300)).fit(*two)


def test_float32_records(two):
    logs = [
        LogisticRegression(solver="adam", max_iter=5, tol=0, record=UpdateRecorder(dtype=dtype)).fit(*two).update_log_
        for dtype in ("float64", "float32")
    ]
    assert [log.z.dtype for log in logs] == [np.float64, np.float32]
    np.testing.assert_array_equal(logs[1].z, logs[0].z.astype(np.float32))
    np.testing.assert_allclose(logs[1].update_norm, logs[0].update_norm, rtol=1e-5)
    assert logs[1].grad_z.dtype == np.float64
