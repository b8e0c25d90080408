"""Training dynamics: what the log of one run says about each sample, and about each epoch.

Scores are computed when asked for, in passes over the log; it never knows how the run was trained.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from numbers import Real
from typing import Any, Literal, NamedTuple

import numpy as np

from logitscope._exceptions import InvalidInputError, require_pandas
from logitscope._typing import BoolArray, FloatArray, IntArray
from logitscope.dynamics._papers import Concentration, DataMap, Learning, concentration, data_map, first_still, learning
from logitscope.dynamics._parts import Part, by_record, by_sample, check_log, midpoints, norm_over_columns, targets
from logitscope.recording import UpdateLog

_SAMPLE_SCORES = (
    "el2n",
    "grand",
    "aum",
    "forgetting_events",
    "first_learned_epoch",
    "confidence",
    "variability",
    "correctness",
    "total_update",
    "stopped_epoch",
    "is_stuck_wrong",
)
_EPOCH_SCORES = ("effective_samples", "dominant_share")
_DOMINANT = 0.9


class _Pushes(NamedTuple):
    """How samples moved the model."""

    total_update: FloatArray
    """(n_samples,)."""
    still_from: IntArray
    """First record from which on a sample no longer moves it, (n_samples,); n_records for none."""
    concentration: list[Concentration]
    """Of every record."""


@dataclass(frozen=True, eq=False, repr=False)
class TrainingDynamics:
    """Scores of every sample, and of every recorded epoch, of one run.

    Scores of samples are arrays of shape (n_samples,) in the order of `sample_index`. They are taken over the recorded
    epochs in which the sample was seen; a sample that was never seen has NaN (0 events). With one column, which stands
    for two classes, p of class 0 is 1 − p; one-vs-rest columns each have their own p, as they are trained.

    Attributes
    ----------
    log : UpdateLog
    score_epoch : int
        Epoch at which `el2n` and `grand` are read.
    still : float
        A sample has stopped where ‖∂ℓ/∂z‖ is at most this share of what it would be at p = ½ (z = 0 for softmax).

    References
    ----------
    .. [1] M. Paul, S. Ganguli, G. K. Dziugaite, "Deep learning on a data diet", NeurIPS 2021.
    .. [2] G. Pleiss et al., "Identifying mislabeled data using the area under the margin ranking", NeurIPS 2020.
    .. [3] M. Toneva et al., "An empirical study of example forgetting during deep neural network learning", ICLR 2019.
    .. [4] S. Swayamdipta et al., "Dataset cartography: mapping and diagnosing datasets with training dynamics",
       EMNLP 2020.
    .. [5] L. Kish, "Survey sampling", Wiley 1965, section 11.7.
    """

    log: UpdateLog
    score_epoch: int
    still: float = 0.01

    @property
    def sample_index(self) -> IntArray:
        """Row of each sample in the X that was given to fit (its id, in a log of `UpdateRecorder.observe`)."""
        return self.log.sample_index

    @property
    def epoch(self) -> IntArray:
        """Recorded epochs, (n_records,)."""
        return self.log.epoch

    @cached_property
    def el2n(self) -> FloatArray:
        """EL2N at `score_epoch`, ‖p − y‖₂ with y one-hot: of one run, where [1]_ takes the mean over several."""
        log = self._at_score
        error = log.probability.reshape(log.z_columns.shape) - targets(log)
        # One column stands for (1 − p, p).
        return norm_over_columns(error)[0] * (np.sqrt(2) if log.n_models == 1 else 1.0)

    @cached_property
    def grand(self) -> FloatArray:
        """GraNd at `score_epoch`, ‖∂ℓ/∂(W, b)‖ over all columns [1]_; NaN where the log has no ‖x̃‖."""
        log = self._at_score
        return norm_over_columns(log.gradient_norm.reshape(log.z_columns.shape))[0]

    @property
    def aum(self) -> FloatArray:
        """Area under the margin [2]_: mean over epochs of z of the given class less the largest other z.

        With one column it is the mean of z (−z for class 0), from where p = ½.
        """
        return self._learning.aum

    @property
    def forgetting_events(self) -> IntArray:
        """How often a sample that was right at a record was wrong at the next [3]_."""
        return self._learning.forgetting_events

    @cached_property
    def first_learned_epoch(self) -> FloatArray:
        """Epoch at which the sample was right for the first time [3]_; NaN for never."""
        return self._epoch_of(self._learning.first_learned)

    @property
    def confidence(self) -> FloatArray:
        """Mean over epochs of the given label's probability, μ̂ of [4]_."""
        return self._map.confidence

    @property
    def variability(self) -> FloatArray:
        """Standard deviation over epochs of the given label's probability, σ̂ of [4]_ (divided by n_epochs)."""
        return self._map.variability

    @property
    def correctness(self) -> FloatArray:
        """Share of the epochs at which the sample was right [4]_."""
        return self._learning.correctness

    @property
    def total_update(self) -> FloatArray:
        """Sum over records of the norm of the sample's own term in the update; NaN where the log does not know it."""
        return self._pushes.total_update

    @cached_property
    def stopped_epoch(self) -> FloatArray:
        """First recorded epoch from which on the sample hardly moves the model (see `still`); NaN for none."""
        return self._epoch_of(self._pushes.still_from)

    @cached_property
    def is_stuck_wrong(self) -> BoolArray:
        """Whether the sample has stopped on the wrong side: saturated, and nothing will bring it back."""
        stuck: BoolArray = ~np.isnan(self.stopped_epoch) & self._learning.is_wrong_at_end
        return stuck

    @property
    def effective_samples(self) -> FloatArray:
        """(Σg)²/Σg² [5]_ of g = sᵢ/Σs ‖∂ℓᵢ/∂(W, b)‖, (n_records,): n where all pull alike, 1 where one pulls alone."""
        return np.array([each.effective_samples for each in self._pushes.concentration])

    @property
    def dominant_share(self) -> FloatArray:
        """Smallest share of the samples whose g add up to 90 % of Σg, (n_records,)."""
        return np.array([each.dominant_share for each in self._pushes.concentration])

    @cached_property
    def _at_score(self) -> UpdateLog:
        return self.log.at_epoch(self.score_epoch)

    @cached_property
    def _learning(self) -> Learning:
        return Learning(*self._joined(lambda part: learning(part.margin, part.seen)))

    @cached_property
    def _map(self) -> DataMap:
        return DataMap(*self._joined(lambda part: data_map(part.probability, part.seen)))

    @cached_property
    def _pushes(self) -> _Pushes:
        """All from one pass, because ∂ℓ/∂z is the dearest column of a log."""
        target, shape = targets(self.log), self.log.z_columns.shape[1:]
        undecided = np.broadcast_to(midpoints(self.log), shape)
        bound = self.still * norm_over_columns(self.log.pointwise.grad_z(undecided, target))
        seen, moves = (np.empty((self.log.n_records, shape[0]), dtype=bool) for _ in range(2))
        total, concentrations = np.zeros(shape[0]), []
        for record, log in enumerate(by_record(self.log)):
            grad, reach = log.grad_z.reshape(shape), log.reach.reshape(shape)
            norm = norm_over_columns(grad)
            seen[record] = ~np.isnan(norm)
            moves[record] = norm > bound
            total += np.where(seen[record], norm_over_columns(grad * reach), 0.0)
            concentrations.append(concentration(norm * log.row_norm * log.share, _DOMINANT))
        total[~seen.any(axis=0)] = np.nan
        return _Pushes(total, first_still(moves, seen), concentrations)

    def _joined(self, score: Callable[[Part], Any]) -> Any:
        """Scores of some samples at a time, put together."""
        return map(np.concatenate, zip(*(score(part) for part in by_sample(self.log)), strict=True))

    def _epoch_of(self, record: IntArray) -> FloatArray:
        """Epoch of a record, NaN for one past the end."""
        epoch: FloatArray = np.append(self.epoch.astype(np.float64), np.nan)[record]
        return epoch

    def to_pandas(self, by: Literal["sample", "epoch"] = "sample") -> Any:
        """Return the scores as a table, a row a sample (or an epoch).

        Raises
        ------
        InvalidInputError
            Another `by`.
        MissingDependencyError
            Without pandas.
        """
        if by not in ("sample", "epoch"):
            raise InvalidInputError(f"`by` must be 'sample' or 'epoch'; got {by!r}.")
        pd = require_pandas()
        names, index = (_SAMPLE_SCORES, self.sample_index) if by == "sample" else (_EPOCH_SCORES, self.epoch)
        return pd.DataFrame({name: getattr(self, name) for name in names}, index=pd.Index(index, name=by))

    def __str__(self) -> str:
        never = int(np.isnan(self.first_learned_epoch).sum())
        stopped = int((~np.isnan(self.stopped_epoch)).sum())
        n, effective, dominant = len(self.log.y), self.effective_samples, self.dominant_share
        return "\n".join(
            [
                f"Training dynamics of {n} samples over {self.log.n_records} recorded epochs"
                f" ({self.epoch[0]} to {self.epoch[-1]})",
                f"learned            {n - never}, never {never}; forgotten at least once"
                f" {int((self.forgetting_events > 0).sum())}",
                f"stopped moving     {stopped}, of them on the wrong side {int(self.is_stuck_wrong.sum())}",
                f"effective samples  {effective[0]:.4g} at first, {effective[-1]:.4g} at last",
                f"90 % of the update rests on {100 * dominant[0]:.3g} % of samples at first,"
                f" {100 * dominant[-1]:.3g} % at last",
                *(
                    f"{name:18} lowest {low:.3g}, median {middle:.3g}, highest {high:.3g}"
                    for name in ("aum", "confidence", "variability", "el2n", "grand")
                    for low, middle, high in [_spread(getattr(self, name))]
                ),
            ]
        )

    def __repr__(self) -> str:
        return f"TrainingDynamics({self.log!r}, score_epoch={self.score_epoch})"


def _spread(values: FloatArray) -> tuple[float, float, float]:
    known = values[~np.isnan(values)]
    return (known.min(), float(np.median(known)), known.max()) if len(known) else (np.nan, np.nan, np.nan)


def training_dynamics(log: UpdateLog, *, score_epoch: int | None = None, still: float = 0.01) -> TrainingDynamics:
    """Return the training-dynamics scores of the literature, of each sample of one run.

    Parameters
    ----------
    log : UpdateLog
        Of one classifier: one column, one-vs-rest or softmax; from ``record=True`` or `UpdateRecorder.log`.
    score_epoch : int, optional
        Recorded epoch at which EL2N and GraNd are read; by default a tenth of the way, the epoch 20 of 200 of Paul
        et al. (2021).
    still : float, default=0.01
        A sample has stopped where ‖∂ℓ/∂z‖ is at most this share of what it would be at p = ½.

    Returns
    -------
    TrainingDynamics
        Each score is computed when it is asked for, and kept.

    Raises
    ------
    InvalidInputError
        A log that is none, is empty or holds several models; an epoch that was not recorded; a share out of range.

    Examples
    --------
    >>> import logitscope as ls
    >>> X, y = [[0.0], [1.0], [2.0], [0.1]], [0, 1, 1, 1]
    >>> log = ls.LogisticRegression(max_iter=50, tol=0, learning_rate=1.0, record=True).fit(X, y).update_log_
    >>> dynamics = ls.training_dynamics(log)
    >>> dynamics.aum.round(2)
    array([-0.21,  2.18,  4.15,  0.41])
    >>> dynamics.first_learned_epoch
    array([nan,  1.,  1.,  1.])
    """
    log = check_log(log)
    if isinstance(still, bool) or not isinstance(still, Real) or not 0 <= still < 1:
        raise InvalidInputError(f"`still` must be a number in [0, 1); got {still!r}.")
    if score_epoch is None:
        score_epoch = int(log.epoch[log.n_records // 10])
    log.at_epoch(score_epoch)
    return TrainingDynamics(log, score_epoch, float(still))


__all__ = ["TrainingDynamics", "training_dynamics"]
