"""Which labels are wrong: samples ranked by what one run made of them.

It reads where z stood over the run; it never fits the model again, and it never knows the features.
"""

from __future__ import annotations

from dataclasses import dataclass
from numbers import Real
from typing import Any

import numpy as np

from logitscope._exceptions import InvalidInputError, require_pandas
from logitscope._typing import ArrayLike, BoolArray, FloatArray, IntArray
from logitscope.dynamics._flips import fit_flips, log_odds
from logitscope.dynamics._parts import check_log, given_class, midpoints
from logitscope.recording import UpdateLog

_SHOWN = 10


@dataclass(frozen=True, eq=False, repr=False)
class Suspects:
    """Samples by how likely their label is wrong.

    Arrays of shape (n_samples,) are in the order of the log.

    Attributes
    ----------
    sample_index : ndarray of int, (n_samples,)
        Row of each sample in the X that was given to fit (its id, in a log of `UpdateRecorder.observe`).
    given, suggested : ndarray of shape (n_samples,)
        The label that the sample has, and the one that the run finds likeliest (which may be the same).
    score : ndarray of shape (n_samples,)
        Log-odds that the label ought to be another, the larger the more suspicious; NaN where z was never seen.
    threshold : float
        Least score of a suspect; infinite where no score keeps to `false_alarms`.
    false_alarms : float
        Largest expected share of suspects among the samples whose label is right.
    flipped_share : float
        Estimated share of labels that look flipped to any other class alike; those that went to a near class count only
        in part.
    """

    sample_index: IntArray
    given: Any
    suggested: Any
    score: FloatArray
    threshold: float
    false_alarms: float
    flipped_share: float

    @property
    def order(self) -> IntArray:
        """Places in the arrays, the most suspicious first, (n_samples,)."""
        return np.argsort(-self.score, kind="stable")

    @property
    def ranking(self) -> IntArray:
        """Rows of X, the most suspicious first, (n_samples,)."""
        return self.sample_index[self.order]

    @property
    def is_suspect(self) -> BoolArray:
        """Whether the score reaches the threshold and another label is suggested, (n_samples,)."""
        suspect: BoolArray = (self.score >= self.threshold) & (self.given != self.suggested)
        return suspect

    def to_pandas(self) -> Any:
        """Return a table, a row a sample, the most suspicious first.

        Raises
        ------
        MissingDependencyError
            Without pandas.
        """
        pd = require_pandas()
        order = self.order
        columns = {name: getattr(self, name)[order] for name in ("given", "suggested", "score", "is_suspect")}
        return pd.DataFrame(columns, index=pd.Index(self.ranking, name="sample"))

    def __str__(self) -> str:
        n_suspects, flagged = int(self.is_suspect.sum()), self.is_suspect
        head = (
            f"{n_suspects} of {len(self.score)} labels are suspects: the log-odds that another label is right are at"
            f" least {self.threshold:.3g}, as expected of at most {100 * self.false_alarms:.3g} % of right labels"
        )
        shown = [place for place in self.order if flagged[place]][:_SHOWN]
        rows = [
            f"  sample {self.sample_index[place]}: given {self.given[place]}, suggested {self.suggested[place]},"
            f" score {self.score[place]:.3g}"
            for place in shown
        ]
        more = [f"  and {n_suspects - len(shown)} more"] if n_suspects > len(shown) else []
        return "\n".join([head, *rows, *more])

    def __repr__(self) -> str:
        return f"Suspects({int(self.is_suspect.sum())} of {len(self.score)} samples, threshold={self.threshold:.4g})"


def suspects(log: UpdateLog, *, false_alarms: float = 0.05, classes: ArrayLike | None = None) -> Suspects:
    """Rank samples by how likely their label is wrong, from the log of one run: no second fit, no cross-validation.

    Recommended is the run of the example: plain softmax descent from zero on standardized features, 100 epochs,
    without a penalty. It sees what the classes have in common before it learns single samples by heart. (Of two
    classes the sigmoid is the same run at half the cost.)

    Parameters
    ----------
    log : UpdateLog
        Of one classifier: one column, one-vs-rest or softmax; from ``record=True`` or `UpdateRecorder.log`.
    false_alarms : float, default=0.05
        False-positive rate: the expected share, among samples whose label is *right*, that become suspects. (Not the
        share of suspects that are right after all, which depends on how many labels are wrong.) In (0, 1).
    classes : array_like of shape (n_classes,), optional
        Labels to report in place of 0 … n_classes − 1, as in `classes_` of the estimator.

    Returns
    -------
    Suspects

    Raises
    ------
    InvalidInputError
        A log that is none, is empty or holds several models; a share out of range; classes that do not fit.

    Notes
    -----
    The evidence for a class is its mean z over the run. The mean is over the logarithm of the epoch: each doubling of
    the training time counts alike, so that neither the learning rate nor the number of epochs matters much, and the
    epochs that learn single samples by heart, which are most of them, do not outweigh those that learn the classes.
    It is the area under the margin of Pleiss et al. [1]_, with two differences: the time scale, and that the margin is
    not to the largest other class but to all of them, log Σ exp. How sharp that maximum is, and ε, the share of
    flipped labels, are the two parameters of a contaminated logistic model [2]_, fitted to the given labels:
    P(label j) = (1 − ε) πⱼ + ε (1 − πⱼ)/(K − 1), π = softmax(β z̄). The score is log((1 − π)/π) of the given label.

    The threshold follows from the same model: labels that are right are drawn from π, so that the expected share of
    them with another class ahead and a score of at least t is known for every t. Few labels of classes that overlap
    much do not tell many flips from none, and to take the likeliest would suspect too many; β is therefore taken here
    at the lower end of its (one-sided) 95 % interval, and the share is at most what was asked for. It is as good as the
    model. Where no straight boundary describes the classes, right labels look flipped and more of them are suspected
    (of eleven data sets as they are, at most 8.5 % where 5 % and 3.7 % where 1 % was asked for); flips that all go to a
    near class look like overlap, and fewer are. So are those among a few dozen samples: allow 0.1 there, or read
    `ranking`.

    References
    ----------
    .. [1] G. Pleiss et al., "Identifying mislabeled data using the area under the margin ranking", NeurIPS 2020.
    .. [2] J. B. Copas, "Binary regression models for contaminated data", JRSS B 50 (1988), 225-265.

    Examples
    --------
    >>> import logitscope as ls
    >>> X, y = ls.load_dataset("wine")[:2]
    >>> y[[3, 100]] = 2, 0  # two wrong labels
    >>> clf = ls.LogisticRegression("softmax", max_iter=100, tol=0, record=True).fit(ls.standardize(X).X, y)
    >>> found = ls.suspects(clf.update_log_, classes=clf.classes_)
    >>> found.ranking[:2], found.suggested[[3, 100]]
    (array([  3, 100]), array([0, 1]))
    """
    log = check_log(log)
    if isinstance(false_alarms, bool) or not isinstance(false_alarms, Real) or not 0 < false_alarms < 1:
        raise InvalidInputError(f"`false_alarms` must be a number between 0 and 1; got {false_alarms!r}.")
    n_classes = max(2, log.n_models)
    names = np.arange(n_classes) if classes is None else np.asarray(classes)
    if names.shape != (n_classes,):
        raise InvalidInputError(
            f"`classes` must list the {n_classes} labels of the log, in order; got shape {names.shape}."
        )
    evidence, given = _evidence(log), given_class(log)
    known = np.isfinite(evidence).all(axis=1)
    if not known.any():
        raise InvalidInputError("`log` must hold a finite z of a sample; got none. Did the run diverge?")
    flips = fit_flips(evidence[known], given[known])
    odds = np.full(evidence.shape, np.nan)
    odds[known] = log_odds(evidence[known], flips.sharpness)
    suggested = given.copy()
    suggested[known] = _likeliest(odds[known], given[known])
    return Suspects(
        sample_index=log.sample_index,
        given=names[given],
        suggested=names[suggested],
        score=-np.take_along_axis(odds, given[:, None], axis=1)[:, 0],
        threshold=_threshold(odds[known], log_odds(evidence[known], flips.least_sharpness), false_alarms),
        false_alarms=float(false_alarms),
        flipped_share=flips.flipped_share,
    )


def _evidence(log: UpdateLog) -> FloatArray:
    """Mean z of each class over the logarithm of the epoch, (n_samples, n_classes); NaN for what was never seen."""
    weights = _log_time(log.epoch)
    weights /= weights.sum()
    mean = np.zeros(log.z_columns.shape[1:])
    for weight, z in zip(weights, log.z_columns, strict=True):
        mean += weight * z
    gaps = np.flatnonzero(np.isnan(mean).any(axis=1))
    if len(gaps):  # not seen at every record
        z = log.z_columns[:, gaps].astype(np.float64)
        share = weights[:, None] * ~np.isnan(z).any(axis=2)
        with np.errstate(invalid="ignore"):
            share /= share.sum(axis=0)
        mean[gaps] = np.einsum("rs,rsk->sk", share, np.nan_to_num(z, nan=0.0, posinf=np.inf, neginf=-np.inf))
    mean -= midpoints(log)
    return np.column_stack([np.zeros(len(mean)), mean[:, 0]]) if log.n_models == 1 else mean


def _log_time(epoch: IntArray) -> FloatArray:
    """Weights of the trapezoidal rule in log(1 + epoch), (n_records,)."""
    time = np.log1p(epoch.astype(np.float64))
    if len(time) == 1:
        return np.ones(1)
    step = np.diff(time)
    weights: FloatArray = (np.append(step, 0.0) + np.append(0.0, step)) / 2
    return weights


def _likeliest(odds: FloatArray, given: IntArray) -> IntArray:
    """The class with the largest odds; the given one if it is as large."""
    own = np.take_along_axis(odds, given[:, None], axis=1)[:, 0]
    return np.where(own >= odds.max(axis=1), given, odds.argmax(axis=1))


def _threshold(odds: FloatArray, cautious: FloatArray, false_alarms: float) -> float:
    """Least score t for which Σₖ πₖ [score of k >= t, another class ahead of k], in the mean, is within the share.

    Scores are −odds, and π is that of the cautious odds.
    """
    behind = odds < odds.max(axis=1, keepdims=True)
    behind_odds = odds[behind]
    order = np.argsort(behind_odds, kind="stable")
    behind_odds = behind_odds[order]
    expected = np.cumsum(1 / (1 + np.exp(np.minimum(-cautious[behind][order], 700.0)))) / len(odds)
    n_within = int(np.searchsorted(expected, false_alarms, side="right"))
    if n_within < len(behind_odds):  # all that have one score are in or out
        n_within = int(np.searchsorted(behind_odds, behind_odds[n_within]))
    return -float(behind_odds[n_within - 1]) if n_within else np.inf


__all__ = ["Suspects", "suspects"]
