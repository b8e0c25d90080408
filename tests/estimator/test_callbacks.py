"""scikit-learn's callbacks on our estimator: they see every epoch and change none."""

import io
import pickle
import subprocess
import sys
import warnings
from contextlib import redirect_stdout

import numpy as np
import pytest
from sklearn.callback import ProgressBar, ScoringMonitor
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import logitscope as ls
from logitscope import LogisticRegression, Status

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")

SOLVERS = [*ls.OPTIMIZERS, *ls.SOLVERS]


class Spy:
    """Keeps what every hook was given, and asks to stop after some epochs."""

    def __init__(self, stop_after=np.inf):
        self.calls, self.models, self.begun, self.stop_after = [], [], [], stop_after

    def setup(self, estimator, context):
        self.calls.append(("setup", context.task_name, context.max_subtasks, estimator.classes_.tolist()))

    def teardown(self, estimator, context):
        self.calls.append(("teardown", context.task_name))

    def on_fit_task_begin(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        self.calls.append(("begin", context.task_name, context.task_id))
        self.given = X, y, metadata
        if context.task_name == "epoch":
            self.begun.append(fitted_estimator)

    def on_fit_task_end(self, estimator, context, *, X=None, y=None, metadata=None, fitted_estimator=None):
        self.calls.append(("end", context.task_name, context.task_id))
        if context.task_name == "epoch":
            self.models.append(fitted_estimator)
        return len(self.models) >= self.stop_after


class Impatient:
    def __init__(self, epoch, number):
        self.epoch, self.number, self.seen = epoch, number, 0

    def observe(self, step):
        self.seen += step.epoch == self.epoch
        if self.seen == self.number:
            raise KeyboardInterrupt


def tasks(n_epochs, max_iter, classes):
    epochs = [call for task in range(n_epochs) for call in (("begin", "epoch", task), ("end", "epoch", task))]
    return [
        ("setup", "fit", max_iter, classes), ("begin", "fit", 0), *epochs, ("end", "fit", 0), ("teardown", "fit"),
    ]  # fmt: skip


RUNS = [
    (activation, solver, batch_size)
    for activation in ("tanh", "softmax")
    for solver, batch_size in (*((solver, None) for solver in SOLVERS), ("adam", 7))
]


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize(("activation", "solver", "batch_size"), RUNS)
def test_called_back_runs_are_the_same(three, solver, batch_size, activation, early_stopping):
    parameters = {
        "activation": activation, "solver": solver, "batch_size": batch_size, "max_iter": 6, "alpha": 0.01,
        "early_stopping": early_stopping, "n_iter_no_change": 2, "random_state": 3, "init": "normal",
    }  # fmt: skip
    plain = LogisticRegression(**parameters).fit(*three)
    spy = Spy()
    called = LogisticRegression(**parameters).set_callbacks(spy, ScoringMonitor(scoring="accuracy")).fit(*three)
    np.testing.assert_array_equal(called.coef_, plain.coef_)
    np.testing.assert_array_equal(called.intercept_, plain.intercept_)
    np.testing.assert_array_equal(called.loss_curve_, plain.loss_curve_)
    assert (called.n_iter_, called.status_message_) == (plain.n_iter_, plain.status_message_)
    n_epochs = len(plain.loss_curve_)
    assert n_epochs >= called.n_iter_ > 0
    assert spy.calls == tasks(n_epochs, 6, [0, 1, 2])


@pytest.mark.parametrize(("solver", "batch_size"), [*((s, None) for s in SOLVERS), ("momentum", 7)])
def test_the_model_of_an_epoch_is_the_one_of_a_shorter_run(moons, solver, batch_size):
    parameters = {"solver": solver, "batch_size": batch_size, "tol": 1e-12, "random_state": 0, "alpha": 0.01}
    spy = Spy()
    X, y = moons[0], np.array(["no", "yes"])[moons[1]]
    LogisticRegression(max_iter=4, **parameters).set_callbacks(spy).fit(X, y)
    for n_iter, model in enumerate(spy.models, start=1):
        short = LogisticRegression(max_iter=n_iter, **parameters).fit(X, y)
        np.testing.assert_array_equal(model.coef_, short.coef_)
        np.testing.assert_array_equal(model.intercept_, short.intercept_)
        np.testing.assert_array_equal(model.loss_curve_, short.loss_curve_)
        np.testing.assert_array_equal(model.predict(X), short.predict(X))
        assert model.gradient_norm_ == pytest.approx(short.gradient_norm_, rel=1e-9, abs=1e-15)
        assert (model.n_iter_, model.status_, model.classes_.tolist()) == (n_iter, Status.STOPPED, ["no", "yes"])
    for before, after in zip(spy.models[:-1], spy.begun[1:], strict=True):
        np.testing.assert_array_equal(before.coef_, after.coef_)
    np.testing.assert_array_equal(spy.begun[0].coef_, np.zeros((1, 2)))


def test_a_model_of_an_epoch_can_be_saved(moons, tmp_path):
    spy = Spy()
    LogisticRegression(max_iter=3, tol=0).set_callbacks(spy).fit(*moons)
    spy.models[1].save(tmp_path / "epoch_1")
    loaded = LogisticRegression.load(tmp_path / "epoch_1")
    np.testing.assert_array_equal(loaded.coef_, LogisticRegression(max_iter=2, tol=0).fit(*moons).coef_)


def test_a_callback_cannot_write_in_the_run(moons):
    class Vandal(Spy):
        def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
            if context.task_name == "epoch":
                fitted_estimator.coef_[:] = fitted_estimator.intercept_[:] = fitted_estimator._params[:] = np.nan

    called = LogisticRegression(max_iter=5, tol=0).set_callbacks(Vandal()).fit(*moons)
    np.testing.assert_array_equal(called.coef_, LogisticRegression(max_iter=5, tol=0).fit(*moons).coef_)


def test_an_earlier_fit_is_no_part_of_the_model_of_an_epoch(moons):
    clf = LogisticRegression(solver="newton", record=True).fit(*moons)
    spy = Spy()
    clf.set_params(solver="gd", record=False, max_iter=2).set_callbacks(spy).fit(*moons)
    assert spy.models[0].update_log_ is None
    assert spy.models[0].certificate_ is None
    assert len(spy.models[0].loss_curve_) == 1


@pytest.mark.parametrize(("solver", "batch_size"), [("gd", None), ("newton", None), ("sgd", 7)])
def test_a_request_to_stop(moons, solver, batch_size):
    parameters = {"solver": solver, "batch_size": batch_size, "tol": 1e-13, "random_state": 0, "alpha": 0.01}
    clf = LogisticRegression(max_iter=50, **parameters).set_callbacks(Spy(stop_after=3)).fit(*moons)
    assert (clf.status_, clf.n_iter_) == (Status.STOPPED, 3)
    short = LogisticRegression(max_iter=3, **parameters).fit(*moons)
    np.testing.assert_array_equal(clf.coef_, short.coef_)
    np.testing.assert_array_equal(clf.loss_curve_, short.loss_curve_)


def test_a_request_after_the_last_epoch_changes_nothing(moons):
    clf = LogisticRegression(max_iter=3, tol=0).set_callbacks(Spy(stop_after=3)).fit(*moons)
    assert clf.status_ is Status.EPOCHS_DONE


@pytest.mark.parametrize(("batch_size", "number", "n_tasks"), [(None, 1, 2), (10, 1, 2), (10, 2, 3)])
def test_every_task_that_began_is_ended(moons, batch_size, number, n_tasks):
    spy = Spy()
    clf = LogisticRegression(max_iter=9, tol=0, batch_size=batch_size, random_state=0).set_callbacks(spy)
    clf.fit(*moons, observers=[Impatient(2, number)])
    assert clf.status_ is Status.INTERRUPTED
    assert spy.calls == tasks(n_tasks, 9, [0, 1])
    assert [model is None for model in spy.models] == [False, False, True][:n_tasks]  # the third was broken off


def test_teardown_comes_after_an_error(moons):
    class Broken(Spy):
        def on_fit_task_end(self, estimator, context):
            raise RuntimeError("broken")

    spy = Broken()
    with pytest.raises(RuntimeError, match=r"^broken$"):
        LogisticRegression().set_callbacks(spy).fit(*moons)
    assert spy.calls[-1] == ("teardown", "fit")


def test_what_hooks_are_given(moons):
    X, y = moons
    spy = Spy()
    LogisticRegression(max_iter=1).set_callbacks(spy).fit(X, y)
    assert spy.given[0] is X
    assert spy.given[1] is y
    assert spy.given[2] is None
    LogisticRegression(max_iter=1).set_callbacks(spy).fit(X, y, sample_weight=3)
    np.testing.assert_array_equal(spy.given[2]["sample_weight"], np.full(60, 3.0))


class TestScoringMonitor:
    def test_scores_are_those_of_a_plain_loop(self, three):
        X, y = three[0], np.array(["a", "b", "c"])[three[1]]
        weights = np.random.default_rng(0).integers(0, 3, 90)
        monitor = ScoringMonitor(scoring=["accuracy", "neg_log_loss"])
        LogisticRegression("softmax", max_iter=3, tol=0).set_callbacks(monitor).fit(X, y, sample_weight=weights)
        rows = [row for row in monitor.get_logs().data if row["task_name"] == "epoch"]
        assert [row["task_id"] for row in rows] == [0, 1, 2]
        for n_iter, row in enumerate(rows, start=1):
            clf = LogisticRegression("softmax", max_iter=n_iter, tol=0).fit(X, y, sample_weight=weights)
            assert row["accuracy"] == accuracy_score(y, clf.predict(X), sample_weight=weights)
            loss = log_loss(y, clf.predict_proba(X), sample_weight=weights)
            assert row["neg_log_loss"] == pytest.approx(-loss, rel=1e-14)
            assert loss == pytest.approx(clf.loss_curve_[-1], rel=1e-12)

    def test_tables_keep_their_names(self, moons):
        pd = pytest.importorskip("pandas")
        X = pd.DataFrame(moons[0], columns=["left", "right"])
        monitor = ScoringMonitor(scoring="accuracy")
        clf = LogisticRegression(max_iter=2, tol=0).set_callbacks(monitor).fit(X, moons[1])
        assert monitor.get_logs().data[-1]["accuracy"] == clf.score(X, moons[1])


class TestInsideOthers:
    def test_two_processes(self, moons):
        monitor, bar = ScoringMonitor(scoring="neg_log_loss"), ProgressBar(max_propagation_depth=None)
        clf = LogisticRegression(max_iter=4, tol=0).set_callbacks(monitor)
        grid = {"logisticregression__activation": ["sigmoid", "tanh", "probit"]}
        search = GridSearchCV(make_pipeline(StandardScaler(), clf), grid, cv=2, n_jobs=2)
        out = io.StringIO()
        with redirect_stdout(out):
            search.set_callbacks(bar).fit(*moons)
        text = out.getvalue()
        assert text.count("LogisticRegression - fit") >= 7
        assert "100%" in text
        (run,) = monitor.get_logs(select="all")
        epochs = [row for row in run.data if row["task_name"] == "epoch"]
        assert len(epochs) == (3 * 2 + 1) * 4
        X = StandardScaler().fit_transform(moons[0])
        best = LogisticRegression(**search.best_estimator_[-1].get_params()).fit(X, moons[1])
        last = max(row["task_id_path"] for row in epochs)[1]
        refit = [row["neg_log_loss"] for row in epochs if row["task_id_path"][1] == last]
        np.testing.assert_allclose(refit, -best.loss_curve_, rtol=1e-12)

    def test_a_request_to_stop_inside_a_pipeline(self, moons):
        clf = LogisticRegression(max_iter=20, tol=0).set_callbacks(Spy(stop_after=2))
        pipeline = make_pipeline(StandardScaler(), clf).fit(*moons)
        assert pipeline[-1].n_iter_ == 2


def test_nothing_is_done_without_callbacks(moons, monkeypatch):
    def refuse(self, **how):
        raise AssertionError

    monkeypatch.setattr(LogisticRegression, "_init_callback_context", refuse)
    clf = LogisticRegression(max_iter=2).fit(*moons)
    LogisticRegression(max_iter=2).set_callbacks(Spy()).set_callbacks().fit(*moons)
    assert not [name for name in vars(clf) if "callback" in name]


def test_callbacks_are_not_saved(moons, tmp_path):
    monitor = ScoringMonitor(scoring="accuracy")
    clf = LogisticRegression(max_iter=2).set_callbacks(monitor).fit(*moons)
    clf.save(tmp_path / "model")
    loaded = LogisticRegression.load(tmp_path / "model")
    assert not hasattr(loaded, "_skl_callbacks")
    assert monitor._listener_handle.authkey not in (tmp_path / "model").read_bytes()
    assert hasattr(pickle.loads(pickle.dumps(clf)), "_skl_callbacks")  # workers need them


def test_warnings_point_at_the_caller(moons):
    for clf in (LogisticRegression(max_iter=1), LogisticRegression(max_iter=1).set_callbacks(Spy())):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            clf.fit(*moons)
        assert [warning.filename for warning in caught] == [__file__]


def test_without_the_module():
    code = """
import sys
import sklearn.model_selection, sklearn.callback
del sklearn.callback.with_callbacks
import logitscope as ls
clf = ls.LogisticRegression(solver="newton").fit([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1])
print(clf.status_.name, hasattr(clf, "set_callbacks"))
"""
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.split() == ["CONVERGED", "False"]
