"""`LogisticRegression`: a run of the trainer as a scikit-learn classifier.

It turns parameters and arrays into a run and a result into attributes; it never knows how a step is made, nor plots.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from logitscope._exceptions import IncompatibleError, InvalidInputError, RankWarning, SeparationError
from logitscope._typing import FloatArray
from logitscope.estimator import _arrays, _callbacks, _checks, _diagnosis, _kinds, _labels, _predict, _run, _weights
from logitscope.estimator._asked import AskedFor
from logitscope.estimator._callbacks import CallbackSupportMixin
from logitscope.estimator._labels import Labels
from logitscope.sources import one_blas_thread
from logitscope.status import Status


class LogisticRegression(CallbackSupportMixin, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """Logistic regression with a pluggable activation and loss, trained by hand-derived gradients.

    The objective is the weighted mean loss plus ``alpha * (l1_ratio * |w|_1 + (1 - l1_ratio) / 2 * |w|_2^2)``; the
    intercept is never penalised and nothing is penalised unless asked for. scikit-learn's ``C`` is
    ``1 / (alpha * sum of weights)``.

    Parameters
    ----------
    activation : str or object, default="sigmoid"
        φ: a name in `logitscope.ACTIVATIONS`, or an object with `value`, `derivative`, `lower` and `upper`. More than
        two classes are trained one against the rest, or jointly with "softmax".
    loss : str or object, default="cross_entropy"
        A name in `logitscope.LOSSES`, or an object with `value(a, t)` and `derivative(a, t)`.
    solver : str or object, default="gd"
        A name in `logitscope.OPTIMIZERS` or `logitscope.SOLVERS`, or an optimizer such as
        ``logitscope.Momentum(momentum=0.95)``. "auto" is the fastest way to a proved optimum: Newton's method on few
        rows; on more a few passes, each with a Hessian learnt from a sample of them; in the space of the rows where
        columns are more; without Hessians where rows are sparse; and "newton" or "lbfgs" where the data are hard, or
        for softmax Newton's method by products with its Hessian. A recorded run holds these passes over all rows, each
        of which counts as an epoch.
    learning_rate : "auto" or float, default="auto"
        Step size η > 0. "auto" is 1/L for plain descent, with L the largest curvature of the objective, so that
        full-batch descent cannot diverge.
    batch_size : int, default=None
        Rows in a batch; None is the full batch (32 rows, at most all, for "sgd").
    max_iter : int, default=200
        Largest number of epochs.
    tol : float, default=1e-6
        Converged when no component of the gradient (with an L1 penalty: of the optimality conditions) is larger. 0
        runs every epoch. The solvers "auto", "newton" and "lbfgs" go on until no step makes the coefficients better.
    alpha : float, default=0.0
        Strength of the penalty, >= 0.
    l1_ratio : float, default=0.0
        Share of the L1 norm in the penalty, from 0 to 1.
    fit_intercept : bool, default=True
        Whether to fit b.
    class_weight : dict, "balanced" or None, default=None
        Weights of the classes, multiplied into the sample weights. "balanced" gives every class the same total, in
        `partial_fit` within each call.
    init : "zeros", "normal" or array of shape (n_features [+ 1], n_columns), default="zeros"
        Initial parameters; "normal" draws them from N(0, 0.1²) with the seed.
    warm_start : bool, default=False
        Whether `fit` starts from the parameters of the last fit.
    early_stopping : bool, default=False
        Whether to hold rows out and stop when their loss no longer improves; the best parameters are restored.
    validation_fraction : float, default=0.1
        Share of the rows held out for early stopping, the same in every class.
    n_iter_no_change : int, default=10
        Epochs without improvement after which early stopping stops.
    shuffle : bool, default=True
        Whether mini-batches are drawn anew each epoch.
    penalty : "firth" or None, default=None
        "firth" is Jeffreys' prior (Firth 1993), for sigmoid or tanh with cross-entropy, alpha=0 and solver="newton":
        estimates are finite whatever the data, separated ones included. Penalties on coefficients are set by `alpha`.
    on_separation : "warn", "raise" or "ignore", default="warn"
        What to do if the classes are separated, so that the unpenalised objective has no minimum. "ignore" does not
        look, and neither does a run that asks for no optimum (tol=0, early stopping).
    record : bool or UpdateRecorder, default=False
        Whether to record every sample's z at every epoch; see `update_log_`.
    ledger : bool, default=False
        Whether to keep the account of which sample moved the weights by how much; see `ledger_`. For "gd", "sgd",
        "momentum" and "nesterov" without an L1 penalty or early stopping.
    random_state : int, Generator, RandomState or None, default=None
        Seed of everything random.
    verbose : int, default=0
        1 prints why the run ended.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels.
    coef_ : ndarray of shape (1, n_features) or (n_classes, n_features)
        W, a row a column of the run. Two softmax classes are one row, the difference of theirs.
    intercept_ : ndarray of shape (1,) or (n_classes,)
        b.
    n_iter_ : int
        Epochs behind these coefficients.
    loss_curve_ : ndarray of shape (n_epochs,)
        Objective after every epoch (summed over one-vs-rest columns); with mini-batches the mean over the epoch.
    validation_loss_curve_, accuracy_curve_, validation_accuracy_curve_ : ndarray of shape (n_epochs,) or None
        The same for held-out rows, and the share of rows predicted right. They are kept where there are held-out
        rows; of a record, `UpdateLog.accuracy` is derived when asked for.
    status_ : Status
        Why the run ended; ``str(clf.status_)`` is a sentence, `status_message_` has the figures too.
    gradient_norm_ : float
        Largest violation of the optimality conditions at these coefficients.
    certificate_ : Certificate
        How close the coefficients are to an optimum, in figures.
    rank_ : int
        Rank of the design, the intercept included; -1 where it was not computed (a penalty makes it not matter, or
        it was too dear).
    separation_ : Separation or None
        The verdict if the classes are separated (of the first class that is, for several).
    learning_rate_ : float or ndarray
        Learning rate used; NaN for solvers that find their own step.
    update_log_ : UpdateLog
        With `record`: where every sample stood on the z axis and how large its update was.
    ledger_ : Ledger
        With `ledger`: one number a sample, of which the coefficients are the sum of rows; splits predictions into
        terms of samples. It keeps X. Of `partial_fit` it is the last call's.
    n_features_in_ : int
        Number of features seen during fit.
    feature_names_in_ : ndarray of str
        Their names, if X had names.

    Examples
    --------
    >>> import logitscope as ls
    >>> X, y = ls.load_dataset("moons", n_samples=100, random_state=0)[:2]
    >>> clf = ls.LogisticRegression(activation="tanh", max_iter=2000).fit(X, y)
    >>> print(clf.status_)
    converged: the gradient is within the tolerance
    >>> clf.predict([[0.0, 1.0]])
    array([0])
    """

    update_log_: Any = AskedFor("record")
    ledger_: Any = AskedFor("ledger")
    loss_curve_: FloatArray

    def __init__(
        self,
        activation: Any = "sigmoid",
        loss: Any = "cross_entropy",
        *,
        solver: Any = "gd",
        learning_rate: Any = "auto",
        batch_size: int | None = None,
        max_iter: int = 200,
        tol: float = 1e-6,
        alpha: float = 0.0,
        l1_ratio: float = 0.0,
        fit_intercept: bool = True,
        class_weight: Any = None,
        init: Any = "zeros",
        warm_start: bool = False,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        n_iter_no_change: int = 10,
        shuffle: bool = True,
        penalty: Any = None,
        on_separation: str = "warn",
        record: Any = False,
        ledger: bool = False,
        random_state: Any = None,
        verbose: int = 0,
    ) -> None:
        self.activation = activation
        self.loss = loss
        self.solver = solver
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.max_iter = max_iter
        self.tol = tol
        self.alpha = alpha
        self.l1_ratio = l1_ratio
        self.fit_intercept = fit_intercept
        self.class_weight = class_weight
        self.init = init
        self.warm_start = warm_start
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.shuffle = shuffle
        self.penalty = penalty
        self.on_separation = on_separation
        self.record = record
        self.ledger = ledger
        self.random_state = random_state
        self.verbose = verbose

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        observers: Any = (),
    ) -> LogisticRegression:
        """Train.

        Parameters
        ----------
        X : array_like, DataFrame or CSR matrix of shape (n_samples, n_features)
            Never copied if it is float32 or float64. Other numbers are computed with as float64, and refused where
            float64 would round them (integers beyond 2⁵³, long doubles); text, times and masked arrays are refused.
        y : array_like of shape (n_samples,)
            Labels of any kind; or soft labels: probabilities of class 1 in [0, 1], or (n_samples, n_classes) rows
            that sum to 1.
        sample_weight : array_like of shape (n_samples,), optional
            Weights >= 0; a row of weight 0 acts as if it were absent.
        X_val, y_val : array_like, optional
            Held-out rows whose loss and accuracy are watched at every epoch, and which early stopping uses in place
            of a split of its own.
        observers : sequence of Observer
            Objects with a method `observe(step)`; they see every step.

        Returns
        -------
        LogisticRegression
            Itself.

        Raises
        ------
        InvalidInputError
            A parameter, a label or a weight that cannot be used.
        """
        _checks.check_parameters(_checks.parameters_of(self))
        observers = _checks.check_observers(observers)
        given = _callbacks.Given(X, y, sample_weight)
        with one_blas_thread():
            X, labels, weights = self._validated(X, y, sample_weight)
            held_out = self._held_out(X_val, y_val, labels)
            run = _run.prepare(self, X, labels, weights, start=self._last_params(labels), held_out=held_out)
            if _callbacks.are_set(self):
                result = _callbacks.finish(self, run, labels, given, observers)
            else:
                result = run.finish(observers)
                self._adopt(labels, run, result)
            self._diagnose(labels, run, result)
            _run.set_ledger(self, labels, run, result)
        self._report()
        return self

    @available_if(_checks.can_stream)  # type: ignore[untyped-decorator]
    def partial_fit(self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None) -> LogisticRegression:
        """Train one more epoch on these rows, from where the last call stopped (optimizer state included).

        Only with an optimizer: a full-batch solver would forget the rows of earlier calls.

        Parameters
        ----------
        X, y, sample_weight
            As in `fit`; one batch of a stream.
        classes : array_like, optional
            All classes that will ever occur; needed in the first call.

        Returns
        -------
        LogisticRegression
            Itself.
        """
        _checks.check_parameters(_checks.parameters_of(self))
        first = not hasattr(self, "_params")
        if first and classes is None:
            raise InvalidInputError("`classes` must be given in the first call of partial_fit; got None.")
        known = _labels.listed(classes) if classes is not None else self.classes_
        if not first and classes is not None and not np.array_equal(known, self.classes_):
            raise InvalidInputError(
                f"`classes` must be the same in every call, {self.classes_.tolist()}; got {known.tolist()}."
            )
        n_before = 0 if first else self.n_iter_
        curve = np.empty(0) if first else self.loss_curve_
        with one_blas_thread():
            X, labels, weights = self._validated(X, y, sample_weight, classes=known, reset=first)
            run = _run.prepare(
                self, X, labels, weights, start=None if first else self._params, state=None if first else self._state,
                epochs=1,
            )  # fmt: skip
            result = run.finish(())
        self._adopt(labels, run, result)
        _run.set_ledger(self, labels, run, result)
        self._report()
        self.n_iter_ += n_before
        self.loss_curve_ = np.concatenate([curve, self.loss_curve_])
        return self

    def _validated(
        self, X: Any, y: Any, sample_weight: Any, classes: Any = None, reset: bool = True
    ) -> tuple[Any, Labels, FloatArray]:
        """Check arrays, encode labels and multiply weights; zero-weight rows keep their place with weight 0."""
        joint = _run.is_joint(self.activation)
        if sample_weight is not None:
            sample_weight = _kinds.check_vector("sample_weight", sample_weight)
        soft = classes is None and _labels.is_soft(y, sample_weight)
        X, y = _arrays.validated(self, X, y, reset=reset, soft=soft)
        weights = _weights.checked_weights(sample_weight, X)
        used = None if sample_weight is None else weights > 0
        used = None if used is None or used.all() else used
        if soft:
            if self.class_weight is not None:
                raise IncompatibleError(
                    "Cannot use `class_weight` with soft labels: it needs rows of one class. Give `sample_weight`."
                )
            return X, _labels.soft_labels(y, joint), weights
        own = y if used is None else y[used]
        seen = _labels.hard_labels(own, joint, _labels.distinct(own) if classes is None else classes)
        labels = seen
        if used is not None:
            codes, target = _weights.spread(seen.codes, used), _weights.spread(seen.target, used)
            labels = Labels(seen.classes, codes, target, seen.positive)
        return X, labels, _weights.class_weighted(weights, y, used, self.class_weight, seen.classes)

    def _last_params(self, labels: Labels) -> FloatArray | None:
        """Return where a warm start begins; None is a cold one."""
        if not self.warm_start or not hasattr(self, "_params"):
            return None
        if not np.array_equal(labels.classes, self.classes_):
            raise IncompatibleError(
                f"Cannot use `warm_start=True` with classes {labels.classes.tolist()}: the last fit had"
                f" {self.classes_.tolist()}. Set warm_start=False."
            )
        params: FloatArray = self._params
        return params

    def _held_out(self, X_val: Any, y_val: Any, labels: Labels) -> Any:
        if (X_val is None) != (y_val is None):
            raise InvalidInputError("`X_val` and `y_val` must be given together; got one of them.")
        if X_val is None:
            return None
        joint = _run.is_joint(self.activation)
        soft = _labels.is_soft(y_val)
        X_val, y_val = _arrays.validated(self, X_val, y_val, soft=soft)
        encoded = _labels.soft_labels(y_val, joint) if soft else _labels.hard_labels(y_val, joint, labels.classes)
        if encoded.target.shape[1] != labels.target.shape[1]:
            raise InvalidInputError(
                f"`y_val` must be of the {len(labels.classes)} classes of `y`; got probabilities of {y_val.shape[1]}."
            )
        weights: FloatArray = _weights.checked_weights(None, X_val)
        if not soft:  # the watched loss must be the one that is trained
            weights = _weights.class_weighted(weights, y_val, None, self.class_weight, encoded.classes)
        return X_val, encoded.target, weights

    def _adopt(self, labels: Labels, run: Any, result: Any) -> None:
        """Turn a result into fitted attributes."""
        self.classes_ = labels.classes
        self._params, self._state = result.params, result.state
        rows = result.params.T
        if run.is_joint and len(rows) == 2:
            rows = rows[1:] - rows[:1]
        dtype = run.dtype
        p = self.n_features_in_
        if not (np.abs(rows) <= np.finfo(dtype).max).all():
            raise InvalidInputError(
                f"`X` must be of a type that can hold the coefficients; {dtype} ends at {np.finfo(dtype).max:.3g}, they"
                f" reach {np.abs(rows).max():.3g}. Use X.astype(float)."
            )
        self.coef_ = np.ascontiguousarray(rows[:, :p], dtype=dtype)
        self.intercept_ = (rows[:, p] if self.fit_intercept else np.zeros(len(rows))).astype(dtype)
        self.n_iter_ = int(result.n_iter[0])
        self.status_, self.status_message_ = result.status[0], result.message[0]
        self.gradient_norm_ = float(result.gradient_norm[0])
        self.learning_rate_ = run.learning_rate
        _run.set_curves(self, result.history)
        if run.recording is not None:
            self.update_log_ = run.recording.log()
        elif hasattr(self, "update_log_"):
            del self.update_log_

    def _diagnose(self, labels: Labels, run: Any, result: Any) -> None:
        """Say how good the coefficients are, whether the data determine them, and whether there are any."""
        self.certificate_ = _diagnosis.certificate(run.objective, result, run.is_solver)
        self.rank_ = self.certificate_.rank
        if run.is_solver and self.certificate_.dependent:
            sentence = _diagnosis.rank_sentence(self.certificate_, self._names())
            warnings.warn(f"LogisticRegression: {sentence}", RankWarning, stacklevel=3)
        if not run.is_solver and self.status_ is Status.CONVERGED and self.certificate_.residual > 1e3 * self.tol:
            self.status_ = Status.UNITS
            self.status_message_ = (
                f"{Status.UNITS}; of its own terms it is {self.certificate_.residual:.1g}."
                " Standardise the features, or use solver='newton'."
            )
        self.separation_ = None
        asks_for_optimum = self.status_ not in (Status.EARLY_STOPPED, Status.EPOCHS_DONE, Status.INTERRUPTED)
        if self.on_separation == "ignore" or self.penalty is not None or not asks_for_optimum:
            return  # a run that is stopped early, or after so many epochs, is regularised by that
        found = _diagnosis.separations(run.objective, result, is_thorough=run.is_solver)
        if found:
            self.separation_ = found[0][1]
            sentence = _diagnosis.separation_sentence(found, self._names(), labels.classes, labels.positive)
            self.status_, self.status_message_ = Status.SEPARATED, f"{Status.SEPARATED}. {sentence}"
            if self.on_separation == "raise":
                raise SeparationError(f"LogisticRegression: {self.status_message_}")

    def _names(self) -> list[str]:
        names = getattr(self, "feature_names_in_", None)
        return [f"x{j}" for j in range(self.n_features_in_)] if names is None else list(names)

    def _report(self) -> None:
        if self.verbose:
            print(f"LogisticRegression: {self.status_message_}")
        if not self.status_.is_success:
            warnings.warn(f"LogisticRegression: {self.status_message_}", ConvergenceWarning, stacklevel=3)

    def decision_function(self, X: Any) -> FloatArray:
        """Return z, from the z of even odds on: class 1 where it is > 0.

        Parameters
        ----------
        X : array_like of shape (n_samples, n_features)

        Returns
        -------
        ndarray of shape (n_samples,) for two classes, else (n_samples, n_classes)
        """
        check_is_fitted(self)
        z = self._z(X) - np.asarray(_predict.midpoint(self.activation), dtype=self.coef_.dtype)
        return z[:, 0] if len(self.classes_) == 2 else z

    def _z(self, X: Any) -> FloatArray:
        X = _arrays.validated(self, X)
        with np.errstate(over="ignore", invalid="ignore"):
            z: FloatArray = X @ self.coef_.T + self.intercept_
        if not np.isfinite(z).all():  # of which term overflows first, the sign of an infinite sum may be the accident
            row = int(np.flatnonzero(~np.isfinite(z).all(axis=1))[0])
            raise InvalidInputError(
                f"`X` must hold numbers for which z = X W + b stays within the range of {z.dtype}; row {row} does not."
            )
        return z

    def predict(self, X: Any) -> Any:
        """Return the most probable class of each row, (n_samples,)."""
        scores = self.decision_function(X)
        index = (scores > 0).astype(np.intp) if scores.ndim == 1 else scores.argmax(axis=1)
        return self.classes_[index]

    def predict_proba(self, X: Any) -> FloatArray:
        """Return the probability of each class, (n_samples, n_classes); rows sum to 1.

        One-vs-rest probabilities are divided by their sum.
        """
        check_is_fitted(self)
        return _predict.probabilities(self.activation, self._z(X))

    def predict_log_proba(self, X: Any) -> FloatArray:
        """Return the logarithm of `predict_proba`, with the digits that its logarithm would lose."""
        check_is_fitted(self)
        return _predict.log_probabilities(self.activation, self._z(X))

    def inference(
        self, X: Any, y: Any, sample_weight: Any = None, *, level: float = 0.95, information: str = "expected"
    ) -> Any:
        """Return standard errors, z statistics, p values, intervals, AIC and BIC of an unpenalised binary fit.

        Parameters
        ----------
        X, y, sample_weight
            The data of the fit, which are not kept. Weights count observations: weight 2 is the row twice. Soft
            labels are proportions: y = 0.3 with weight 10 is 3 of 10.
        level : float, default=0.95
            Coverage of the confidence intervals, in (0, 1).
        information : {"expected", "observed"}, default="expected"
            Which information the z statistics, p values and intervals use; for the sigmoid and tanh both are the
            same.

        Returns
        -------
        Inference
            Arrays; as a table with ``print`` and `to_pandas`.

        Raises
        ------
        IncompatibleError
            Where the theory does not hold: a penalty, class weights, a loss that is no likelihood, more than two
            classes, the softmax and hard activations, separated classes, and coefficients that do not maximise the
            likelihood of these data.

        Examples
        --------
        >>> import logitscope as ls
        >>> X, y = ls.load_dataset("breast_cancer")[:2]
        >>> clf = ls.LogisticRegression(solver="newton").fit(X[:, :2], y)
        >>> print(clf.inference(X[:, :2], y).standard_error)
        [0.1014... 0.0370... 1.7739...]
        """
        from logitscope.estimator._inference import inferred

        check_is_fitted(self)
        classes = None if _labels.is_soft(y) else self.classes_
        X, labels, weights = self._validated(X, y, sample_weight, classes=classes, reset=False)
        return inferred(self, X, labels, weights, level, information)

    def influence(self, X: Any, y: Any, sample_weight: Any = None, *, information: str = "expected") -> Any:
        """Return leverage, Cook's distance, DFBETAS and leave-one-out fits of every sample; see `Influence`.

        Parameters
        ----------
        X, y, sample_weight
            The data of the fit, which are not kept. Class weights are held as they are.
        information : {"expected", "observed"}, default="expected"
            Which curvature to use; "expected" needs cross-entropy. For sigmoid, tanh and softmax both are the same.

        Returns
        -------
        Influence
            Arrays; as a table with ``print`` and `to_pandas`.

        Raises
        ------
        IncompatibleError
            An L1 or Firth penalty, the hard activation, separated classes, coefficients that are not at a minimum.

        Examples
        --------
        >>> import logitscope as ls
        >>> X, y = ls.load_dataset("breast_cancer")[:2]
        >>> found = ls.LogisticRegression(solver="newton").fit(X[:, :2], y).influence(X[:, :2], y)
        >>> print(found.leverage.sum().round(12))  # the number of parameters
        3.0
        """
        from logitscope.estimator._influence import influenced

        check_is_fitted(self)
        classes = None if _labels.is_soft(y) else self.classes_
        X, labels, weights = self._validated(X, y, sample_weight, classes=classes, reset=False)
        return influenced(self, X, labels, weights, information)

    def save(self, path: str | Path, *, include_log: bool = False) -> None:
        """Write the fitted model as one .npz file of plain arrays and a JSON text, with a checksum: no pickle.

        Parameters
        ----------
        path : str or Path
            Replaced in one step once the file is complete.
        include_log : bool, default=False
            Whether `update_log_` goes along. `ledger_` and callbacks never do.

        Raises
        ------
        InvalidInputError
            If a parameter is an object of your own: files hold names and numbers.
        """
        from logitscope.estimator._files import save_model

        check_is_fitted(self)
        save_model(self, path, include_log)

    @classmethod
    def load(cls, path: str | Path) -> LogisticRegression:
        """Read a model that `save` wrote. Nothing in a file is ever executed.

        Raises
        ------
        FileFormatError
            A file that is not such a model, that was cut short or damaged, or that a newer logitscope wrote.
        """
        from logitscope.estimator._files import load_model

        return load_model(cls, path)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags


__all__ = ["LogisticRegression"]
