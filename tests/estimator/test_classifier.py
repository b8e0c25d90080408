import pickle

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array
from sklearn.base import clone
from sklearn.datasets import make_moons
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, LearningCurveDisplay, cross_val_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import logitscope as ls
from logitscope import LogisticRegression, Status
from logitscope._exceptions import InvalidInputError, UnknownNameError

quiet = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
SOLVERS = [*ls.OPTIMIZERS, *ls.SOLVERS]


class TestLabels:
    @pytest.mark.parametrize(
        "names",
        [["no", "yes"], [False, True], [-1, 1], [1, 2], [0.0, 1.0], np.array(["n", "y"], dtype=object)],
        ids=str,
    )
    @quiet
    def test_two(self, moons, names):
        X, y = moons
        names = np.asarray(names)
        clf = LogisticRegression(max_iter=20).fit(X, names[y])
        plain = LogisticRegression(max_iter=20).fit(X, y)
        assert clf.classes_.tolist() == names.tolist()
        assert clf.classes_.dtype == clf.predict(X).dtype == names.dtype
        np.testing.assert_array_equal(clf.coef_, plain.coef_)
        np.testing.assert_array_equal(clf.predict(X), names[plain.predict(X)])
        assert clf.score(X, names[y]) == plain.score(X, y)

    @pytest.mark.parametrize("activation", ["tanh", "softmax"])
    @quiet
    def test_three(self, three, activation):
        X, y = three
        names = np.array(["ant", "bee", "cat"])
        clf = LogisticRegression(activation, max_iter=50).fit(X, names[y])
        assert clf.coef_.shape == (3, 4)
        assert clf.intercept_.shape == (3,)
        assert clf.score(X, names[y]) > 0.5

    @quiet
    def test_one_vs_rest_is_scikit_learns(self, three):
        X, y = three
        ours = LogisticRegression(max_iter=50, learning_rate=0.1).fit(X, y)
        theirs = OneVsRestClassifier(LogisticRegression(max_iter=50, learning_rate=0.1)).fit(X, y)
        for column, one in enumerate(theirs.estimators_):
            np.testing.assert_allclose(ours.coef_[column], one.coef_[0], rtol=1e-12)
        np.testing.assert_allclose(ours.predict_proba(X), theirs.predict_proba(X), rtol=1e-12)


class TestSoftLabels:
    @quiet
    def test_two_classes(self, moons):
        X, _ = moons
        p = np.random.default_rng(0).uniform(size=len(X))
        soft = LogisticRegression(max_iter=30, tol=0).fit(X, p)
        doubled = LogisticRegression(max_iter=30, tol=0).fit(
            np.r_[X, X], np.r_[np.ones(60), np.zeros(60)], sample_weight=np.r_[p, 1 - p]
        )
        np.testing.assert_allclose(soft.coef_, doubled.coef_, rtol=1e-12)
        np.testing.assert_allclose(soft.loss_curve_, doubled.loss_curve_, rtol=1e-12)
        assert soft.classes_.tolist() == [0, 1]
        pairs = LogisticRegression(max_iter=30, tol=0).fit(X, np.column_stack([1 - p, p]))
        np.testing.assert_array_equal(pairs.coef_, soft.coef_)

    @pytest.mark.parametrize("activation", ["sigmoid", "softmax"])
    @quiet
    def test_three_classes(self, three, activation):
        X, _ = three
        p = np.random.default_rng(0).dirichlet([1, 1, 1], size=len(X))
        soft = LogisticRegression(activation, max_iter=30, tol=0, learning_rate=0.1).fit(X, p)
        tripled = LogisticRegression(activation, max_iter=30, tol=0, learning_rate=0.1).fit(
            np.tile(X, (3, 1)), np.repeat([0, 1, 2], 90), sample_weight=p.T.ravel()
        )
        np.testing.assert_allclose(soft.coef_, tripled.coef_, rtol=1e-11)

    @quiet
    def test_one_hot_rows_are_labels(self, three):
        X, y = three
        hot = LogisticRegression("softmax", max_iter=10).fit(X, np.eye(3)[y])
        np.testing.assert_array_equal(hot.coef_, LogisticRegression("softmax", max_iter=10).fit(X, y).coef_)


class TestContainers:
    @quiet
    def test_pandas(self, moons):
        X, y = moons
        table = pd.DataFrame(X, columns=["east", "north"])
        clf = LogisticRegression(max_iter=10).fit(table, pd.Series(y).map({0: "a", 1: "b"}))
        assert clf.feature_names_in_.tolist() == ["east", "north"]
        np.testing.assert_array_equal(clf.coef_, LogisticRegression(max_iter=10).fit(X, y).coef_)
        with pytest.raises(ValueError, match=r"^The feature names should match those that were passed during fit"):
            clf.predict(table[["north", "east"]])

    @pytest.mark.parametrize("solver", SOLVERS)
    @quiet
    def test_csr(self, three, solver):
        X, y = np.where(np.abs(three[0]) > 0.7, three[0], 0), three[1]
        dense = LogisticRegression(solver=solver, max_iter=10, record=True, random_state=0).fit(X, y)
        sparse = LogisticRegression(solver=solver, max_iter=10, record=True, random_state=0).fit(csr_array(X), y)
        np.testing.assert_allclose(sparse.coef_, dense.coef_, rtol=1e-9)
        np.testing.assert_allclose(sparse.predict_proba(csr_array(X)), dense.predict_proba(X), rtol=1e-9)
        np.testing.assert_allclose(sparse.update_log_.update_norm, dense.update_log_.update_norm, rtol=1e-9)

    @pytest.mark.parametrize("solver", SOLVERS)
    @quiet
    def test_float32_in_float32_out(self, three, solver):
        X, y = three
        one = LogisticRegression(solver=solver, max_iter=10, random_state=0).fit(X.astype(np.float32), y)
        other = LogisticRegression(solver=solver, max_iter=10, random_state=0).fit(X, y)
        outputs = [one.coef_, one.intercept_, one.decision_function(X.astype(np.float32))]
        assert {array.dtype for array in outputs} == {np.dtype(np.float32)}
        np.testing.assert_allclose(one.coef_, other.coef_, rtol=1e-3, atol=1e-5)

    @quiet
    def test_inputs_are_unchanged_and_not_kept(self, moons):
        X, y = moons[0].copy(), moons[1].copy()
        X.setflags(write=False)
        y.setflags(write=False)
        clf = LogisticRegression(max_iter=5).fit(X, y)
        assert not any(value is X or value is y for value in vars(clf).values())

    @quiet
    def test_orders_of_memory_agree(self, three):
        X, y = three
        np.testing.assert_allclose(
            LogisticRegression(max_iter=20).fit(np.asfortranarray(X), y).coef_,
            LogisticRegression(max_iter=20).fit(np.ascontiguousarray(X), y).coef_,
            rtol=1e-12,
        )


class TestCurves:
    @pytest.mark.parametrize("solver", SOLVERS)
    @quiet
    def test_one_entry_an_epoch(self, moons, solver):
        clf = LogisticRegression(solver=solver, max_iter=7, tol=0, random_state=0).fit(*moons)
        assert clf.n_iter_ == len(clf.loss_curve_) == 7
        assert clf.validation_loss_curve_ is clf.validation_accuracy_curve_ is clf.accuracy_curve_ is None
        assert clf.status_ is Status.EPOCHS_DONE

    @pytest.mark.parametrize("solver", [solver for solver in SOLVERS if solver != "sgd"])
    @quiet
    def test_the_last_entry_is_of_these_coefficients(self, moons, solver):
        X, y = moons
        clf = LogisticRegression(solver=solver, max_iter=7, tol=0, alpha=0.1).fit(X, y, X_val=X[:9], y_val=y[:9])
        p = clf.predict_proba(X)[np.arange(60), y]
        objective = -np.log(p).mean() + 0.05 * (clf.coef_**2).sum()
        assert clf.loss_curve_[-1] == pytest.approx(objective, rel=1e-12)
        assert clf.validation_loss_curve_[-1] == pytest.approx(-np.log(p[:9]).mean(), rel=1e-12)
        assert clf.accuracy_curve_[-1] == pytest.approx(clf.score(X, y), rel=1e-12)
        assert clf.validation_accuracy_curve_[-1] == pytest.approx(clf.score(X[:9], y[:9]), rel=1e-12)
        assert len(clf.validation_loss_curve_) == len(clf.accuracy_curve_) == 7

    @quiet
    def test_one_vs_rest_sums_over_columns(self, three):
        X, y = three
        clf = LogisticRegression(max_iter=5, tol=0).fit(X, y)
        p = 1 / (1 + np.exp(-clf.decision_function(X)))
        hot = np.eye(3)[y]
        expected = -(hot * np.log(p) + (1 - hot) * np.log(1 - p)).sum(axis=1).mean()
        assert clf.loss_curve_[-1] == pytest.approx(expected, rel=1e-12)

    @quiet
    def test_validation_labels_of_any_kind(self, three):
        X, y = three
        names = np.array(["a", "b", "c"])
        hard = LogisticRegression(max_iter=5).fit(X, names[y], X_val=X[:20], y_val=names[y[:20]])
        soft = LogisticRegression(max_iter=5).fit(X, names[y], X_val=X[:20], y_val=np.eye(3)[y[:20]])
        np.testing.assert_array_equal(hard.validation_loss_curve_, soft.validation_loss_curve_)

    def test_bad_validation_data(self, three):
        X, y = three

        def message(**validation):
            with pytest.raises(InvalidInputError) as caught:
                LogisticRegression().fit(X, y, **validation)
            return str(caught.value)

        assert message(X_val=X) == "`X_val` and `y_val` must be given together; got one of them."
        assert message(X_val=X[:2], y_val=[0, 5]) == "`y` must hold labels from `classes`, [0, 1, 2]; got 5 at index 1."
        assert message(X_val=X[:2], y_val=[[0.5, 0.5], [1.0, 0.0]]) == (
            "`y_val` must be of the 3 classes of `y`; got probabilities of 2."
        )
        assert message(X_val=X[:2], y_val=["a", "b"]) == (
            "`y` must hold labels from `classes`, [0, 1, 2]; got 'a' at index 0."
        )


class TestStatus:
    def test_converged(self, moons):
        clf = LogisticRegression(solver="newton", max_iter=50).fit(*moons)
        assert clf.status_ is Status.CONVERGED
        assert clf.gradient_norm_ <= 1e-6
        assert clf.n_iter_ < 20

    def test_out_of_epochs(self, moons):
        with pytest.warns(ConvergenceWarning) as caught:
            clf = LogisticRegression(max_iter=3).fit(*moons)
        assert clf.status_ is Status.OUT_OF_EPOCHS
        assert [str(warning.message) for warning in caught] == [f"LogisticRegression: {clf.status_message_}"]
        assert caught[0].filename == __file__
        assert clf.status_message_ == (
            f"out of epochs: the gradient is still above the tolerance ({clf.gradient_norm_:.2g} > 1e-06 after 3"
            " epochs). Raise max_iter, standardise the features, or choose a faster solver."
        )

    def test_diverged_keeps_the_best_and_gives_advice(self, moons):
        with pytest.warns(ConvergenceWarning, match="learning_rate='auto'"):
            clf = LogisticRegression("tanh", learning_rate=1e5, max_iter=100).fit(*moons)
        assert clf.status_ is Status.DIVERGED
        assert np.isfinite(clf.coef_).all()

    @quiet
    def test_interrupted_keeps_what_was_learnt(self, moons):
        class Impatient:
            def observe(self, step):
                if step.epoch == 4:
                    raise KeyboardInterrupt

        clf = LogisticRegression(record=True, tol=0).fit(*moons, observers=[Impatient()])
        assert clf.status_ is Status.INTERRUPTED
        shorter = LogisticRegression(max_iter=4, tol=0).fit(*moons)
        np.testing.assert_array_equal(clf.coef_, shorter.coef_)
        assert clf.n_iter_ == 4

    def test_verbose_says_why(self, moons, capsys):
        LogisticRegression(max_iter=3, tol=0, verbose=1).fit(*moons)
        assert capsys.readouterr().out == "LogisticRegression: done: all epochs were run, as asked\n"


class TestPartialFit:
    @pytest.mark.parametrize("solver", ["gd", "momentum", "adam"])
    def test_epochs_one_by_one(self, moons, solver):
        whole = LogisticRegression(solver=solver, learning_rate=0.1, max_iter=6, tol=0).fit(*moons)
        parts = LogisticRegression(solver=solver, learning_rate=0.1)
        for _ in range(6):
            parts.partial_fit(*moons, classes=[0, 1])
        np.testing.assert_array_equal(parts.coef_, whole.coef_)
        np.testing.assert_array_equal(parts.loss_curve_, whole.loss_curve_)
        assert parts.n_iter_ == 6

    def test_a_stream_may_lack_a_class(self, moons):
        X, y = moons
        clf = LogisticRegression(learning_rate=0.5, class_weight="balanced")
        for label in (0, 1) * 40:
            clf.partial_fit(X[y == label], y[y == label], classes=[0, 1])
        assert clf.score(X, y) > 0.7

    def test_classes_are_given_first(self, moons):
        with pytest.raises(InvalidInputError) as caught:
            LogisticRegression().partial_fit(*moons)
        assert str(caught.value) == "`classes` must be given in the first call of partial_fit; got None."
        clf = LogisticRegression().partial_fit(*moons, classes=[0, 1])
        with pytest.raises(InvalidInputError) as caught:
            clf.partial_fit(*moons, classes=[0, 1, 2])
        assert str(caught.value) == "`classes` must be the same in every call, [0, 1]; got [0, 1, 2]."
        with pytest.raises(InvalidInputError) as caught:
            LogisticRegression().partial_fit(*moons, classes=[0])
        assert str(caught.value) == (
            "`y` must hold at least two classes; got one class, 0. (Rows of weight 0 do not count.)"
        )


class TestScikitLearn:
    @quiet
    def test_pickle_and_clone(self, three):
        clf = LogisticRegression("softmax", solver="adam", record=True, max_iter=5).fit(*three)
        again = pickle.loads(pickle.dumps(clf))
        np.testing.assert_array_equal(again.predict_proba(three[0]), clf.predict_proba(three[0]))
        np.testing.assert_array_equal(again.update_log_.update_norm, clf.update_log_.update_norm)
        fresh = clone(clf)
        assert not hasattr(fresh, "coef_")
        np.testing.assert_array_equal(fresh.fit(*three).coef_, clf.coef_)

    @quiet
    def test_grid_search_in_a_pipeline(self, three):
        X, y = three
        grid = {
            "logisticregression__activation": ["sigmoid", "softmax", ls.get_activation("tanh")],
            "logisticregression__solver": ["gd", ls.Adam(learning_rate=0.1)],
        }
        search = GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression(max_iter=30)), grid, cv=2).fit(X, y)
        assert search.best_score_ > 0.5
        assert np.isfinite(search.cv_results_["mean_test_score"]).all()

    @quiet
    def test_scoring_and_learning_curve(self, moons):
        clf = LogisticRegression(max_iter=30)
        assert cross_val_score(clf, *moons, cv=3, scoring="neg_log_loss").min() > -0.7
        assert LearningCurveDisplay.from_estimator(clf, *moons, cv=2, train_sizes=[0.5, 1.0]).test_scores.shape == (
            2,
            2,
        )

    def test_init_only_stores(self):
        odd = object()
        assert LogisticRegression(odd, odd, alpha=odd, record=odd).get_params()["record"] is odd

    def test_every_parameter_and_attribute_is_documented(self, moons):
        text = LogisticRegression.__doc__
        for name in LogisticRegression().get_params():
            assert f"    {name} : " in text
        clf = LogisticRegression(record=True, tol=0, max_iter=2).fit(*moons)
        fitted = [name for name in vars(clf) if name.endswith("_") and not name.startswith("_")]
        assert [name for name in fitted if name not in text] == []

    def test_html_representation(self):
        assert "LogisticRegression" in LogisticRegression("tanh")._repr_html_()


@quiet
def test_refitting_without_record_drops_the_log(moons):
    clf = LogisticRegression(record=True, max_iter=2).fit(*moons)
    assert clf.update_log_.n_records == 2
    assert not hasattr(clf.set_params(record=False).fit(*moons), "update_log_")


def test_class_weights_count_in_batches_of_one():
    """Weights that were normalised within a batch would have no effect here."""
    X = np.random.default_rng(0).standard_normal((60, 1))
    y = (X[:, 0] + np.random.default_rng(1).standard_normal(60) > 0).astype(int)
    fits = [
        LogisticRegression(
            solver="sgd", batch_size=1, class_weight=weights, max_iter=30, tol=0, learning_rate=0.05, random_state=0
        ).fit(X, y)
        for weights in (None, {0: 1, 1: 100})
    ]
    assert fits[1].intercept_[0] > fits[0].intercept_[0] + 1


def test_held_out_rows_are_weighted_by_class_as_those_trained_on():
    X, y = make_moons(80, noise=0.2, random_state=0)
    clf = LogisticRegression(class_weight={0: 1, 1: 50}, max_iter=5, tol=0).fit(X, y, X_val=X, y_val=y)
    np.testing.assert_allclose(clf.validation_loss_curve_, clf.loss_curve_, rtol=1e-12)


def test_a_row_of_weight_0_has_no_say_in_what_labels_are():
    X, y = np.arange(5.0)[:, None], np.array([0.0, 1.0, 0.0, 1.0, 0.5])
    clf = LogisticRegression(max_iter=3, tol=0).fit(X, y, sample_weight=[1, 1, 1, 1, 0])
    without = LogisticRegression(max_iter=3, tol=0).fit(X[:4], y[:4])
    assert clf.classes_.dtype == without.classes_.dtype
    np.testing.assert_array_equal(clf.coef_, without.coef_)


def test_restored_parameters_do_not_go_on_with_a_velocity_that_led_elsewhere():
    X, y = make_moons(80, noise=0.2, random_state=0)
    clf = LogisticRegression(solver="momentum", learning_rate=1e306)
    for _ in range(3):
        with pytest.warns(ConvergenceWarning):
            clf.partial_fit(X, y, classes=[0, 1])
    clf.set_params(learning_rate=0.1).partial_fit(X, y)
    assert np.abs(clf.coef_).max() < 1


def test_out_of_epochs_counts_the_epochs_that_were_run():
    X, y = make_moons(80, noise=0.2, random_state=0)
    with pytest.warns(ConvergenceWarning, match=r"after 6 epochs"):
        LogisticRegression(max_iter=6, early_stopping=True, random_state=0).fit(X, y)


@pytest.mark.parametrize("solver", ["newton", "lbfgs", "auto"])
def test_a_stream_needs_an_optimizer(moons, solver):
    clf = LogisticRegression(solver=solver)
    assert not hasattr(clf, "partial_fit")
    with pytest.raises(AttributeError) as caught:
        clf.partial_fit(*moons, classes=[0, 1])
    assert str(caught.value.__cause__) == (
        f"Cannot use `partial_fit` with `solver={solver!r}`: each of its steps is to the optimum of the rows at hand,"
        " and forgets those before. Use 'gd', 'sgd', 'momentum', 'nesterov', 'adagrad', 'rmsprop', 'adam'."
    )
    with pytest.raises(UnknownNameError):
        LogisticRegression(solver="bfgs").partial_fit(*moons, classes=[0, 1])
