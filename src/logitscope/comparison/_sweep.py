"""A grid of settings trained as one fleet: its models are columns, side by side.

It divides the grid into squads and puts together what they found; it never knows axes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from numbers import Real
from time import perf_counter
from typing import Any

from logitscope._exceptions import InvalidInputError, RecordTooLargeError
from logitscope._typing import ArrayLike
from logitscope.comparison._data import check_data, check_held_out
from logitscope.comparison._grid import Point, count_points, make_points
from logitscope.comparison._squad import Common, Labelled, Rows, Squad, run_squad
from logitscope.comparison._swept import Sweep
from logitscope.datasets._split import Data, hold_out
from logitscope.sources import one_blas_thread
from logitscope.status import Status

DEFAULT_MAX_BYTES = 2**30
# z of a squad, one number a row and column, stays below this: as many short columns as the pass over the rows takes as
# one tile, and memory that does not grow with the grid.
SQUAD_BYTES = 2**19
_FEWEST_COLUMNS = 16  # so that long data are read once for as many


def sweep(
    X: ArrayLike,
    y: ArrayLike,
    grid: dict[str, Any],
    *,
    solver: Any = "gd",
    batch_size: int | None = None,
    max_iter: int = 200,
    tol: float = 1e-6,
    l1_ratio: float = 0.0,
    fit_intercept: bool = True,
    validation_fraction: float | None = None,
    X_val: ArrayLike | None = None,
    y_val: ArrayLike | None = None,
    measure_every_epoch: bool = False,
    random_state: int = 0,
    max_bytes: float = DEFAULT_MAX_BYTES,
) -> Sweep:
    """Train every combination of a grid as one fleet, on the same rows, and say which is best.

    Models are columns of a run side by side (one column a class with more than two classes), as many as fit the cache:
    a step of thirty of them costs little more than a step of one. Each is the run that `LogisticRegression` makes with
    its settings on the same rows; models that have converged or diverged leave the run. A model's status is how its run
    ended; why (separated classes, units that differ), a single fit looks into.

    Parameters
    ----------
    X : array_like of shape (n_samples, n_features)
        Taken as it is: standardise it first (`logitscope.standardize`).
    y : array_like of shape (n_samples,)
        Labels of any kind.
    grid : dict of str to list
        Values of "activation", "loss", "learning_rate" ("auto" or numbers), "alpha" and "seed"; every combination is
        trained. What is not named is as in `LogisticRegression`. A seed draws initial values from N(0, 0.1²), as
        ``LogisticRegression(init="normal", random_state=seed)``; without seeds all start from zeros.
    solver, batch_size, max_iter, tol, l1_ratio, fit_intercept
        As in `LogisticRegression`, with an optimizer for the solver.
    validation_fraction : float, optional
        Share of rows held out, the same in every class.
    X_val, y_val : array_like, optional
        Rows held out, in place of a share of X.
    measure_every_epoch : bool
        Whether log loss and accuracy are curves too, which costs about as much as the training. Otherwise they are
        taken at the end.
    random_state : int
        Draws the rows held out, and the order of batches, one for all models.
    max_bytes : float
        A grid whose curves would need more memory is refused before the first epoch.

    Returns
    -------
    Sweep

    Raises
    ------
    InvalidInputError
        A grid, settings or arrays that cannot be used; the message says which.
    RecordTooLargeError
        If the curves would need more than `max_bytes`.

    Notes
    -----
    Ctrl-C ends the sweep: models whose turn had not come are at their start.

    Examples
    --------
    >>> import logitscope as ls
    >>> X, y = ls.load_dataset("moons", n_samples=200, random_state=0)[:2]
    >>> grid = {"activation": ["sigmoid", "tanh"], "learning_rate": [0.1, 1.0, 10.0], "alpha": [0.0, 0.01]}
    >>> result = ls.sweep(X, y, grid, validation_fraction=0.25)
    >>> len(result), result.curves["loss"].shape
    (12, (201, 12))
    >>> result.best.settings
    {'activation': 'sigmoid', 'learning_rate': 10.0, 'alpha': 0.0}
    """
    common = Common(
        solver,
        batch_size,
        max_iter,
        tol,
        l1_ratio,
        fit_intercept,
        random_state,
        measure_every_epoch=measure_every_epoch,
    )
    _check_size(count_points(grid), common, max_bytes)
    points = make_points(grid)
    data = check_data(X, y)
    rows = _rows(data, validation_fraction, X_val, y_val, common.random_state)
    started = perf_counter()
    squads: list[Squad] = []
    with one_blas_thread():
        for members in divided(points, data.n_classes, len(rows.train.X)):
            is_over = bool(squads) and Status.INTERRUPTED in squads[-1].result.status
            squads.append(run_squad(members, rows, common, "learning_rate" in grid, is_over))
            if not squads[0].result.history.loss.size:  # interrupted before anything was seen
                raise KeyboardInterrupt
    return Sweep.of_squads(points, squads, data.classes, common.shared(), perf_counter() - started)


def _rows(data: Data, fraction: float | None, X_val: Any, y_val: Any, seed: int) -> Rows:
    """Return the rows to train on and those held out."""
    everything = Labelled(data.X, data.codes)
    if X_val is not None or y_val is not None:
        if fraction is not None:
            raise InvalidInputError(
                f"`validation_fraction` must be None where X_val and y_val are given; got {fraction!r}."
            )
        return Rows(everything, Labelled(*check_held_out(data, X_val, y_val)), data.n_classes)
    if fraction is None:
        return Rows(everything, None, data.n_classes)
    kept, held = hold_out(data, "validation_fraction", fraction, seed)
    return Rows(Labelled(data.X[kept], data.codes[kept]), Labelled(data.X[held], data.codes[held]), data.n_classes)


def _check_size(n_models: int, common: Common, max_bytes: Any) -> None:
    """Refuse curves of more than `max_bytes`."""
    if isinstance(max_bytes, bool) or not (isinstance(max_bytes, Real) and float(max_bytes) > 0):
        raise InvalidInputError(f"`max_bytes` must be a number > 0; got {max_bytes!r}.")
    n_curves = 5 if common.measure_every_epoch else 1
    needed = 8 * n_models * (common.max_iter + 1) * n_curves
    if needed > float(max_bytes):
        raise RecordTooLargeError(
            f"`max_bytes` must allow the curves: {n_models:,} models x {common.max_iter + 1:,} epochs x {n_curves} x 8"
            f" bytes = {needed:,} bytes; got {max_bytes:,}. Sweep over parts of the grid, or fewer epochs."
        )


def divided(points: Sequence[Point], n_classes: int, n_rows: int) -> Iterator[list[Point]]:
    """Yield neighbours of the same activation and loss, of as many columns as fit the cache or a few more."""
    width = max(_FEWEST_COLUMNS, SQUAD_BYTES // (8 * n_rows))
    members: list[Point] = []
    for point in points:
        n_columns = len(members) * point.arm.n_columns(n_classes)
        if members and (point.arm.pointwise is not members[0].arm.pointwise or n_columns >= width):
            yield members
            members = []
        members.append(point)
    yield members


__all__ = ["DEFAULT_MAX_BYTES", "SQUAD_BYTES", "divided", "sweep"]
