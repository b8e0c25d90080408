"""Runs that differ in stated ways, on the same data with the same seeds, in one table.

It knows run specifications and results; it never knows update rules or axes.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope._typing import ArrayLike
from logitscope.comparison._arms import Arm, make_arms
from logitscope.comparison._comparison import Comparison
from logitscope.comparison._runs import Settings, run_seed


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
    alpha: float = 0.0,
    fit_intercept: bool = True,
    init: str = "zeros",
    test_size: float = 0.25,
    standardize: bool = True,
    target_loss: float | None = None,
    progress: Any = None,
) -> Comparison:
    """Train every activation with every loss and learning rate, on the same data with the same seeds.

    One seed is one split into training and test rows, one draw of initial values and one order of batches, the same
    for all arms, and all arms of one seed are columns of one run.

    Parameters
    ----------
    X : array_like of shape (n_samples, n_features)
    y : array_like of shape (n_samples,)
        Labels of any kind.
    activations, losses : sequences of str or object
        Every activation is trained with every loss.
    learning_rate : "auto", "matched", float or sequence of float
        A number is the same rate for all arms, several numbers are an arm each. "auto": each arm takes the largest
        rate that its own curvature bound guarantees (1/L). "matched": the first arm takes that rate, and the others
        the one at which the curvature bounds of activation and loss agree; rescaled activations (tanh, sigmoid)
        are then the same model in other units.
    seeds : int or sequence of int
        How many seeds (0, 1, …), or which.
    solver, batch_size, max_iter, alpha, fit_intercept
        As in `LogisticRegression`; every run makes all `max_iter` epochs.
    init : "zeros" or "normal"
        Initial values; "normal" draws the same N(0, 0.1²) for every arm.
    test_size : float
        Share of rows held out, the same in every class.
    standardize : bool
        Whether features are centred and scaled with the training rows' mean and standard deviation.
    target_loss : float, optional
        Log loss whose first epoch the table gives. By default 90 % of the way from the start to the lowest final
        log loss of any arm.
    progress : callable, optional
        Called with the number of seeds done after each.

    Returns
    -------
    Comparison

    Raises
    ------
    InvalidInputError
        Names, numbers or arrays that cannot be used; the message says which.

    Examples
    --------
    >>> import logitscope as ls
    >>> X, y = ls.load_dataset("moons", n_samples=200, random_state=0)[:2]
    >>> result = ls.compare(X, y, learning_rate="matched", seeds=2, max_iter=50)
    >>> [arm.label for arm in result.arms]
    ['sigmoid', 'tanh']
    >>> bool(np.allclose(result.curves["log_loss"][0], result.curves["log_loss"][1], rtol=1e-12))
    True
    """
    settings = Settings(
        X, y, solver, batch_size, max_iter, alpha, fit_intercept, init, test_size, standardize, learning_rate
    )
    arms = make_arms(activations, losses, learning_rate)
    chosen = list(range(seeds)) if isinstance(seeds, int | np.integer) and not isinstance(seeds, bool) else seeds
    if not isinstance(chosen, Sequence) or isinstance(chosen, str) or len(chosen) == 0:
        raise InvalidInputError(f"`seeds` must be an integer >= 1 or a sequence of integers; got {seeds!r}.")
    runs = []
    for done, seed in enumerate(chosen, start=1):
        runs.append(run_seed(settings, arms, int(seed)))
        if progress is not None:
            progress(done)
    return Comparison.from_runs(arms, runs, target_loss)


__all__ = ["Arm", "Comparison", "compare"]
