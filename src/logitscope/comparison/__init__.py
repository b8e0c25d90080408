"""Runs that differ in stated ways, on the same data, in one table: `compare` over seeds, `sweep` over a grid.

It knows run specifications and results; it never knows update rules or axes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike
from logitscope.comparison._arms import Arm, make_arms
from logitscope.comparison._comparison import Comparison
from logitscope.comparison._data import check_data
from logitscope.comparison._differences import Differences, PairedDifference
from logitscope.comparison._explain import Difference, Explanation
from logitscope.comparison._runs import SeedRun, Settings, run_seed
from logitscope.comparison._sweep import sweep
from logitscope.comparison._swept import Sweep
from logitscope.comparison._tuning import RateResponse, run_tuned_seed
from logitscope.datasets._split import Data
from logitscope.sources import one_blas_thread
from logitscope.status import Status

RECORD_BYTES = 2**30  # for the records of all seeds together, which a comparison keeps


def compare(
    X: ArrayLike,
    y: ArrayLike,
    *,
    activations: Sequence[Any] = ("sigmoid", "tanh"),
    losses: Sequence[Any] = ("cross_entropy",),
    learning_rate: Any = "auto",
    seeds: int | Sequence[int] = 5,
    solver: Any = "gd",
    batch_size: int | None = None,
    max_iter: int = 200,
    alpha: float | Sequence[float] = 0.0,
    fit_intercept: bool = True,
    init: str = "zeros",
    test_size: float = 0.25,
    standardize: bool = True,
    target_loss: float | None = None,
    progress: Any = None,
) -> Comparison:
    """Train every activation with every loss and learning rate, on the same data with the same seeds.

    One seed is one split into training and test rows, one draw of initial values and one order of batches, the same
    for all arms, and all arms of one seed are columns of one run. From zeros, an arm is the run that
    `LogisticRegression` makes alone on the same rows; whatever the start, the other arms do not change it.

    Parameters
    ----------
    X : array_like of shape (n_samples, n_features)
    y : array_like of shape (n_samples,)
        Labels of any kind.
    activations, losses : sequences of str or object
        Every activation is trained with every loss.
    learning_rate : "auto", "matched", "tuned", float or sequence of float
        A number is the same rate for all arms, several numbers are an arm each.

        "auto": each arm takes the natural rate of the solver at its own curvature bound, as `LogisticRegression` does:
        for descent 1/L, the largest that the bound guarantees.

        "matched": the first arm takes that rate. An arm that is a rescaling of one before it (tanh and the sigmoid)
        takes the rate of the same run in its own units, by the law of `equivalent`: from zeros and without a penalty
        the two are then the same model, step for step (with Adam and its kin, but for their ε). Arms that are no
        rescalings take the rate at which the curvature bounds of activation and loss agree. For descent "auto" gives
        rescalings the same rates, but for a penalty, whose curvature it counts for each arm, and for cloglog and
        loglog, whose bound depends on the data. Rules that divide the gradient's size out take a rate at unit loss:
        where the loss is rescaled too, as the squared error of tanh is (4 times), only "matched" is right.

        "tuned": each arm takes the rate that is best for it. In each seed a quarter of the training rows is held out,
        every arm is trained at 17 rates, 1/8 to 8192 times its natural one, and takes that of the lowest log loss on
        these rows after `max_iter` epochs; a run that diverged is worst, and of rates alike the smallest is taken.
        Then all arms are trained on all training rows. Test rows choose nothing, and seeds choose each for itself, so
        that the spread over seeds includes that of the choice. The response is kept in `rate_response`.
    seeds : int or sequence of int
        How many seeds (0, 1, …), or which.
    solver, batch_size, max_iter, fit_intercept
        As in `LogisticRegression`, with an optimizer for the solver; every run makes all `max_iter` epochs.
    alpha : float or sequence of float
        Strength of the L2 penalty, for all arms or one an arm. It is in units of the parameters: what 0.01 is for the
        sigmoid is 0.04 for tanh.
    init : "zeros" or "normal"
        Initial values; "normal" draws the same N(0, 0.1²) for every arm.
    test_size : float
        Share of rows held out, the same in every class.
    standardize : bool
        Whether features are centred and scaled with the training rows' mean and standard deviation.
    target_loss : float, optional
        Log loss whose first epoch the table gives. By default 90 % of the way from the start to the lowest final
        log loss of any arm: give a number to compare tables of different arms.
    progress : callable, optional
        Called with the number of seeds done after each.

    Returns
    -------
    Comparison

    Raises
    ------
    InvalidInputError
        Names, numbers or arrays that cannot be used; the message says which.

    Notes
    -----
    Ctrl-C ends the comparison with the seeds that are complete, or, in the first seed, with the epochs made so far.

    Examples
    --------
    >>> import numpy as np
    >>> import logitscope as ls
    >>> X, y = ls.load_dataset("moons", n_samples=200, random_state=0)[:2]
    >>> result = ls.compare(X, y, learning_rate="matched", seeds=2, max_iter=50)
    >>> [arm.label for arm in result.arms]
    ['sigmoid', 'tanh']
    >>> bool(np.allclose(result.curves["log_loss"][0], result.curves["log_loss"][1], rtol=1e-12))
    True
    """
    chosen = _checked_seeds(seeds)
    if target_loss is not None and not (isinstance(target_loss, Real) and np.isfinite(float(target_loss))):
        raise InvalidInputError(f"`target_loss` must be a finite number; got {target_loss!r}.")
    settings = Settings(
        solver=solver,
        batch_size=batch_size,
        max_iter=max_iter,
        alpha=alpha,
        fit_intercept=fit_intercept,
        init=init,
        test_size=test_size,
        standardize=standardize,
        learning_rate=learning_rate,
        max_bytes=RECORD_BYTES // len(chosen),
    )
    arms = make_arms(activations, losses, learning_rate)
    data = check_data(X, y)
    is_tuned = isinstance(learning_rate, str) and learning_rate == "tuned"
    train_seed = run_tuned_seed if is_tuned else run_seed
    runs: list[SeedRun] = []
    for done, seed in enumerate(chosen, start=1):
        try:
            with one_blas_thread():
                run = train_seed(settings, data, arms, seed)
        except KeyboardInterrupt:  # in the search for rates: a seed without them is none
            if not runs:
                raise
            return Comparison.from_runs(arms, runs, target_loss, True, settings, data)
        if Status.INTERRUPTED in run.result.status:
            return _what_is_there(arms, runs, run, target_loss, settings, data)
        runs.append(run)
        if progress is not None:
            progress(done)
    return Comparison.from_runs(arms, runs, target_loss, settings=settings, data=data)


def _checked_seeds(seeds: Any) -> list[int]:
    is_number = isinstance(seeds, Integral) and not isinstance(seeds, bool)
    given = range(int(seeds)) if is_number else seeds
    chosen = list(given) if isinstance(given, Iterable) and not isinstance(given, str) else []
    if not chosen or any(isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0 for seed in chosen):
        raise InvalidInputError(f"`seeds` must be an integer >= 1 or a sequence of integers; got {seeds!r}.")
    twice = next((seed for seed in chosen if chosen.count(seed) > 1), None)
    if twice is not None:
        raise InvalidInputError(f"`seeds` must differ: a run made twice has no spread; got {twice} twice.")
    return [int(seed) for seed in chosen]


def _what_is_there(
    arms: tuple[Arm, ...],
    complete: list[SeedRun],
    broken: SeedRun,
    target_loss: float | None,
    settings: Settings,
    data: Data,
) -> Comparison:
    """Return the complete seeds, or the epochs of the first one."""
    if complete:
        return Comparison.from_runs(arms, complete, target_loss, True, settings, data)
    if broken.log.n_records == 0:
        raise KeyboardInterrupt
    return Comparison.from_runs(arms, [broken], target_loss, True, settings, data)


__all__ = [
    "Arm",
    "Comparison",
    "Difference",
    "Differences",
    "Explanation",
    "PairedDifference",
    "RateResponse",
    "Sweep",
    "compare",
    "sweep",
]
