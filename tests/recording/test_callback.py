"""`UpdateRecorder` as a callback of scikit-learn's own estimators, against a loop over max_iter."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, clone
from sklearn.callback import CallbackSupportMixin, FitCallback, ScoringMonitor, with_callbacks
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import logitscope as ls
from logitscope import UpdateRecorder
from logitscope._exceptions import IncompatibleError, InvalidInputError, RecordTooLargeError

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def test_it_is_one():
    assert isinstance(UpdateRecorder(), FitCallback)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("names", [[0, 1, 2], ["a", "b", "c"], [-1, 1, 7]], ids=str)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_against_shorter_runs(three, n_classes, names, fit_intercept):
    X, y = three[0], np.minimum(three[1], n_classes - 1)
    labels = np.array(names)[y]
    recorder = UpdateRecorder()
    clf = LogisticRegression(fit_intercept=fit_intercept).set_callbacks(recorder).fit(X, labels)
    plain = LogisticRegression(fit_intercept=fit_intercept).fit(X, labels)
    np.testing.assert_array_equal(clf.coef_, plain.coef_)
    log = recorder.log(clf)
    assert log is not recorder.log()
    assert log.n_records == clf.n_iter_[0]
    assert log.step.tolist() == [epoch + 1 for epoch in log.epoch.tolist()] == list(range(1, clf.n_iter_[0] + 1))
    norms = np.sqrt((X**2).sum(axis=1) + fit_intercept)
    for record in range(log.n_records):
        short = LogisticRegression(fit_intercept=fit_intercept, max_iter=record + 1).fit(X, labels)
        np.testing.assert_allclose(log.z[record], short.decision_function(X), rtol=1e-12)
        p = short.predict_proba(X)
        error = p[:, 1] - y if n_classes == 2 else p - np.eye(3)[y]
        np.testing.assert_allclose(log.grad_z[record], error, rtol=1e-9, atol=1e-12)
        reach = norms if n_classes == 2 else norms[:, None]
        np.testing.assert_allclose(log.gradient_norm[record], np.abs(error) * reach, rtol=1e-9, atol=1e-12)
    assert np.isnan(log.update_norm).all()
    np.testing.assert_array_equal(log.y, y)
    np.testing.assert_array_equal(log.share, np.full(26, 1 / 26))


def test_kinds_of_input(two):
    pd = pytest.importorskip("pandas")
    X, y = two
    weights = np.arange(1.0, 24.0)
    expected = None
    for data in (X, pd.DataFrame(X, columns=list("abc")), csr_matrix(X)):
        recorder = UpdateRecorder()
        LogisticRegression().set_callbacks(recorder).fit(data, pd.Series(y), sample_weight=weights)
        log = recorder.log()
        expected = log if expected is None else expected
        np.testing.assert_allclose(log.z, expected.z, rtol=1e-6)
        np.testing.assert_allclose(log.row_norm, expected.row_norm, rtol=1e-14)
        np.testing.assert_array_equal(log.share, weights / weights.sum())


def test_every_and_samples(two):
    whole, some, drawn = (
        UpdateRecorder(),
        UpdateRecorder(every=2, samples=[5, 2], dtype="float32"),
        UpdateRecorder(samples=4),
    )
    LogisticRegression().set_callbacks(whole, some, drawn).fit(*two)
    np.testing.assert_array_equal(some.log().z, whole.log().z[::2][:, [2, 5]].astype(np.float32))
    assert some.log().epoch.tolist() == whole.log().epoch.tolist()[::2]
    assert some.log().sample_index.tolist() == [2, 5]
    assert len(set(drawn.log().sample_index.tolist())) == 4
    np.testing.assert_array_equal(drawn.log().z, whole.log().z[:, drawn.log().sample_index])


def test_size_is_checked_before_the_first_record(two):
    recorder = UpdateRecorder(max_bytes=1000)
    with pytest.raises(RecordTooLargeError) as caught:
        LogisticRegression(max_iter=99).set_callbacks(recorder).fit(*two)
    assert str(caught.value) == (
        "`max_bytes` must allow the record: 100 records x 23 samples x 1 columns x 8 bytes = 18,400 bytes; got 1,000."
        " UpdateRecorder(every=20) would fit; dtype='float32' halves the size."
    )


def test_clones_share_it_and_each_has_its_log(two, three):
    recorder = UpdateRecorder()
    first = LogisticRegression().set_callbacks(recorder)
    second = clone(first)
    first.fit(*two)
    second.fit(*three)
    assert (recorder.log(first).n_models, recorder.log(second).n_models, recorder.log().n_models) == (1, 3, 3)
    before = recorder.log(first)
    first.fit(two[0], 1 - two[1])
    np.testing.assert_array_equal(recorder.log(first).y, 1 - before.y)
    del second
    assert len(recorder._memory.fits) == 1  # forgotten with the estimator
    assert recorder.log().n_models == 1


def test_threads_do_not_mix(two):
    recorder = UpdateRecorder()
    pipeline = make_pipeline(StandardScaler(), LogisticRegression().set_callbacks(recorder))
    search = GridSearchCV(pipeline, {"logisticregression__C": [0.1, 1.0]}, cv=2)
    from joblib import parallel_backend

    with parallel_backend("threading", n_jobs=2):
        search.fit(*two)
    assert_is_of_best(recorder, search, two)


def test_in_a_search_over_two_processes(two):
    recorder = UpdateRecorder()
    pipeline = make_pipeline(StandardScaler(), LogisticRegression().set_callbacks(recorder))
    search = GridSearchCV(pipeline, {"logisticregression__C": [0.1, 1.0]}, cv=2, n_jobs=2).fit(*two)
    assert_is_of_best(recorder, search, two)


def assert_is_of_best(recorder, search, two):
    best = search.best_estimator_
    for log in (recorder.log(), recorder.log(best[-1])):
        assert log.n_records == best[-1].n_iter_[0]
        np.testing.assert_array_equal(log.z[-1], best.decision_function(two[0]))


@pytest.mark.parametrize(
    ("activation", "loss"), [("tanh", "brier"), ("cloglog", "cross_entropy"), ("softmax", "focal")]
)
@pytest.mark.parametrize("n_classes", [2, 3])
def test_on_our_own_estimator_it_agrees_with_its_log(three, activation, loss, n_classes):
    X, y = three[0], np.array(["a", "b", "c"])[np.minimum(three[1], n_classes - 1)]
    recorder = UpdateRecorder()
    clf = ls.LogisticRegression(activation, loss, max_iter=4, tol=0, record=True).set_callbacks(recorder).fit(X, y)
    before, after = clf.update_log_, recorder.log(clf)
    assert after.describe() == {"activation": activation, "loss": loss}
    for name in ("z", "loss", "grad_z", "gradient_norm"):
        np.testing.assert_allclose(getattr(after, name)[:3], getattr(before, name)[1:], rtol=1e-10, atol=1e-14)
    np.testing.assert_array_equal(after.target, before.target)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_soft_labels_of_our_own_estimator(three, n_classes):
    rng = np.random.default_rng(0)
    y = rng.dirichlet(np.ones(n_classes), 26)
    for activation in ("sigmoid", "softmax"):
        recorder = UpdateRecorder()
        clf = ls.LogisticRegression(activation, max_iter=3, tol=0, record=True).set_callbacks(recorder).fit(three[0], y)
        np.testing.assert_allclose(recorder.log().grad_z[:2], clf.update_log_.grad_z[1:], rtol=1e-10, atol=1e-14)


def test_a_meta_estimator_hands_over_no_model(two):
    recorder = UpdateRecorder()
    make_pipeline(StandardScaler(), LogisticRegression()).set_callbacks(recorder).fit(*two)
    with pytest.raises(InvalidInputError) as caught:
        recorder.log()
    assert str(caught.value) == (
        "Cannot make a log: `Pipeline` handed over no model after any iteration. Set the recorder on the estimator that"
        " is trained itself, pipeline[-1].set_callbacks(recorder) for example."
    )
    with pytest.raises(InvalidInputError, match="nothing was recorded of this LogisticRegression in this process"):
        recorder.log(LogisticRegression())


class Regressor(CallbackSupportMixin, BaseEstimator):
    @with_callbacks
    def fit(self, X, y):
        context = self._init_callback_context(max_subtasks=1)
        task = context.subcontext(task_name="step")
        task.call_on_fit_task_end(estimator=self, X=X, y=y, reconstruction_attributes={})
        return self


def test_an_estimator_without_z(two):
    with pytest.raises(IncompatibleError) as caught:
        Regressor().set_callbacks(UpdateRecorder()).fit(*two)
    assert str(caught.value) == (
        "Cannot use `UpdateRecorder` with `Regressor`: it needs a classifier with a decision_function."
    )


def test_beside_other_callbacks(two):
    recorder, monitor = UpdateRecorder(), ScoringMonitor(scoring="neg_log_loss")
    LogisticRegression().set_callbacks(monitor, recorder).fit(*two)
    scores = [row["neg_log_loss"] for row in monitor.get_logs().data if row["task_name"] == "lbfgs-iter"]
    np.testing.assert_allclose(-recorder.log().loss.mean(axis=1), scores, rtol=1e-12)
