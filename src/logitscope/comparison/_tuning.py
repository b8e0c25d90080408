"""Learning rates tuned for each arm alone, on a split within the training rows of a seed.

It trains every arm at every rate of a grid and keeps the whole response; it never sees a test row.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import BoolArray, FloatArray, IntArray
from logitscope.comparison._arms import Arm
from logitscope.comparison._columns import lay_out
from logitscope.comparison._grid import Point
from logitscope.comparison._rates import base_rates
from logitscope.comparison._runs import (
    SeedRun,
    Settings,
    initial_params,
    make_optimizer,
    natural_rates,
    run_seed,
    strength_of,
    training_objective,
)
from logitscope.comparison._squad import Common, Labelled, Rows, run_squad
from logitscope.comparison._sweep import divided
from logitscope.datasets._split import Data, Split, split
from logitscope.status import Status

# Of the natural rate. 1/L is safe on the worst data; where samples are told apart the curvature falls, and far larger
# rates are better: four times for the sigmoid, a thousand times for heavy tails (cauchit, softsign), on real data.
MULTIPLES: FloatArray = 2.0 ** np.arange(-3, 14)
VALIDATION_SHARE = 0.25  # of the training rows
_TIE = 1e-9  # of the lowest loss: runs that have converged differ by rounding


class Tuned(NamedTuple):
    """What one seed's search gave."""

    rates: FloatArray
    """Rates that were tried, ascending, (n_arms, n_rates)."""
    scores: FloatArray
    """Log loss on the validation rows after the last epoch, inf where a run diverged: (n_arms, n_rates)."""
    best: IntArray
    """Position of the rate that was chosen, (n_arms,)."""

    @property
    def chosen(self) -> FloatArray:
        """The rate of each arm, (n_arms,)."""
        return np.take_along_axis(self.rates, self.best[:, None], axis=1)[:, 0]


@dataclass(frozen=True, eq=False, repr=False)
class RateResponse:
    """What each learning rate did to each arm, in every seed.

    Attributes
    ----------
    tried : ndarray of shape (n_arms, n_seeds, n_rates)
        Rates, ascending: the `MULTIPLES` of each arm's natural rate on the training rows of the seed.
    scores : ndarray of shape (n_arms, n_seeds, n_rates)
        Log loss on the validation rows after the last epoch; inf where a run diverged.
    best : ndarray of int, (n_arms, n_seeds)
        Position of the rate that was chosen.
    metric : str
        What the scores are: "validation_log_loss".
    """

    tried: FloatArray
    scores: FloatArray
    best: IntArray
    metric: str = "validation_log_loss"

    @classmethod
    def of_seeds(cls, tuned: Sequence[Tuned]) -> RateResponse:
        """Put the searches of all seeds together."""
        return cls(
            np.stack([one.rates for one in tuned], axis=1),
            np.stack([one.scores for one in tuned], axis=1),
            np.stack([one.best for one in tuned], axis=1),
        )

    @property
    def rates(self) -> FloatArray:
        """Median over seeds of the rates that were tried, (n_arms, n_rates)."""
        median: FloatArray = np.median(self.tried, axis=1)
        return median

    @property
    def chosen(self) -> FloatArray:
        """Rate that each arm was trained with, (n_arms, n_seeds)."""
        return np.take_along_axis(self.tried, self.best[:, :, None], axis=2)[:, :, 0]

    @property
    def typical(self) -> FloatArray:
        """Rate of each arm at the median over seeds of the positions that were chosen, (n_arms,).

        The lower one of two: a rate that was tried, where the mean of two may be far from both.
        """
        place = np.sort(self.best, axis=1)[:, (self.best.shape[1] - 1) // 2]
        return self.rates[np.arange(len(place)), place]

    @property
    def is_smallest(self) -> BoolArray:
        """Whether the best rate was the smallest that was tried, (n_arms, n_seeds)."""
        return self.best == 0

    @property
    def is_largest(self) -> BoolArray:
        """Whether the best rate was the largest that was tried, (n_arms, n_seeds)."""
        return self.best == self.tried.shape[2] - 1

    def rows(self) -> list[dict[str, Any]]:
        """Return the response as a table, one row an arm, seed and rate; by position."""
        return [
            {
                "arm": arm,
                "seed": seed,
                "learning_rate": float(self.tried[arm, seed, k]),
                self.metric: float(self.scores[arm, seed, k]),
                "is_chosen": bool(self.best[arm, seed] == k),
            }
            for arm, seed, k in np.ndindex(*self.tried.shape)
        ]

    def __repr__(self) -> str:
        n_arms, n_seeds, n_rates = self.tried.shape
        return f"RateResponse({n_arms} arms, {n_seeds} seeds, {n_rates} rates)"


def run_tuned_seed(settings: Settings, data: Data, arms: tuple[Arm, ...], seed: int) -> SeedRun:
    """Tune the rate of each arm, then train all arms with theirs on all training rows.

    Raises
    ------
    KeyboardInterrupt
        Of Ctrl-C during the search.
    """
    tuned = tune_seed(settings, data, arms, seed)
    chosen = tuple(replace(arm, rate=float(rate)) for arm, rate in zip(arms, tuned.chosen, strict=True))
    return run_seed(settings, data, chosen, seed)._replace(tuned=tuned)


def tune_seed(settings: Settings, data: Data, arms: tuple[Arm, ...], seed: int) -> Tuned:
    """Find the rate of each arm whose log loss on rows held out of the training rows is lowest after all epochs.

    Of rates that are alike to rounding it is the smallest.

    Raises
    ------
    KeyboardInterrupt
        Of Ctrl-C: half a search is none.
    InvalidInputError
        Too few training rows to hold some of them out.
    """
    outer = split(data, settings.test_size, settings.standardize, seed)
    base = _base(settings, data, arms, outer, seed)
    rates = base[:, None] * MULTIPLES
    training = Data(data.X[outer.rows], outer.train_codes, data.classes)
    try:
        inner = split(training, VALIDATION_SHARE, settings.standardize, seed)
    except InvalidInputError as error:
        raise InvalidInputError(
            "`learning_rate` must be 'auto', 'matched' or numbers for rows this few: 'tuned' holds out"
            f" {VALIDATION_SHARE:.0%} of the {len(training.X)} training rows, and some of every class must be left on"
            " both sides."
        ) from error
    points = [
        Point({}, replace(arm, rate=float(rate)), strength_of(settings.alpha, index), None)
        for index, arm in enumerate(arms)
        for rate in rates[index]
    ]
    scores = np.concatenate(_scores(points, inner, settings, data.n_classes, seed)).reshape(rates.shape)
    lowest = scores.min(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        is_best = scores <= lowest + _TIE * np.abs(lowest)
    return Tuned(rates, scores, is_best.argmax(axis=1))


def _base(settings: Settings, data: Data, arms: tuple[Arm, ...], rows: Split, seed: int) -> FloatArray:
    """Return the natural rate of each arm on all training rows, (n_arms,): what "auto" would give it."""
    layout = lay_out(arms, data.n_classes)
    objective = training_objective(settings, rows, layout)
    params = initial_params(settings, objective.n_params, layout, np.random.default_rng(seed))
    optimizer, batch_size = make_optimizer(settings, objective)
    return base_rates(arms, optimizer, natural_rates(optimizer, objective, params, batch_size), layout)


def _scores(points: list[Point], rows: Split, settings: Settings, n_classes: int, seed: int) -> list[FloatArray]:
    """Train all points, and return their log loss on the rows held out."""
    common = Common(
        settings.solver,
        settings.batch_size,
        settings.max_iter,
        tol=0.0,
        l1_ratio=0.0,
        fit_intercept=settings.fit_intercept,
        random_state=seed,
        measure_every_epoch=False,
    )
    fleet = Rows(Labelled(rows.train, rows.train_codes), Labelled(rows.test, rows.test_codes), n_classes)
    found = []
    for members in divided(points, n_classes, len(rows.train)):
        layout = lay_out([point.arm for point in members], n_classes)
        n_params = rows.train.shape[1] + bool(settings.fit_intercept)
        start = initial_params(settings, n_params, layout, np.random.default_rng(seed))
        squad = run_squad(members, fleet, common, has_rates=True, is_over=False, start=start)
        if Status.INTERRUPTED in squad.result.status:
            raise KeyboardInterrupt
        is_lost = [status in (Status.DIVERGED, Status.NOT_FINITE) for status in squad.result.status]
        score = squad.scores["validation_log_loss"]
        found.append(np.where(is_lost | np.isnan(score), np.inf, score))
    return found


__all__ = ["MULTIPLES", "VALIDATION_SHARE", "RateResponse", "Tuned", "run_tuned_seed", "tune_seed"]
