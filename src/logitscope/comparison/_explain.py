"""Why two arms differ: what of it is units, which a rewrite removes, and what is real.

It trains the second arm once more, under the settings of the first, and reads figures; it never knows how a setting
is rewritten, nor how a step is made.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from logitscope._exceptions import IncompatibleError, InvalidInputError, unknown_name
from logitscope._typing import FloatArray
from logitscope.comparison._arms import Arm
from logitscope.comparison._finals import last_value
from logitscope.comparison._paired import is_real, minus, paired_interval, rounding_floor
from logitscope.comparison._runs import Settings, run_seed, strength_of
from logitscope.comparison._text import aligned
from logitscope.equivalence import Equivalent, equivalent
from logitscope.optimizers import get_optimizer
from logitscope.pointwise import curvature_bound
from logitscope.status import Status

if TYPE_CHECKING:
    from logitscope.comparison._comparison import Comparison


class Difference(NamedTuple):
    """One figure of two arms, and how it differs; arrays of shape (n_seeds,)."""

    name: str
    first: FloatArray
    second: FloatArray
    rewritten: FloatArray
    """Of the second arm under the settings of the first."""
    interval: tuple[float, float]
    """95 % interval of the mean of `real`, paired over seeds; NaN of one seed."""

    @property
    def as_given(self) -> FloatArray:
        """Second minus first: `units` plus `real`."""
        return minus(self.second, self.first)

    @property
    def units(self) -> FloatArray:
        """What the rewrite removes."""
        return minus(self.second, self.rewritten)

    @property
    def real(self) -> FloatArray:
        """What it leaves."""
        return minus(self.rewritten, self.first)

    @property
    def is_real(self) -> bool:
        """Whether the interval of what is left excludes 0, and what is left is more than rounding."""
        return is_real(self.real, self.interval, self.first)


@dataclass(frozen=True, eq=False, repr=False)
class Explanation:
    """Why two arms of a comparison differ.

    Attributes
    ----------
    first, second : str
        Labels of the arms.
    differences : tuple of Difference
        Of held-out log loss, held-out accuracy, training log loss and epochs to the target, after the last epoch.
    rewrite : Equivalent or None
        The settings of the first arm, written for the second; None if they are no rescalings of each other.
    reason : str
        Why they are, or why not.
    rates : tuple of three ndarray of shape (n_seeds,)
        Learning rates of the first arm, the second, and the second trained again.
    largest_gap : float
        Largest relative difference of the log losses of the first arm and the rewritten one, over all epochs and
        seeds, training and held-out rows.
    rerun : Comparison
        The second arm trained again.
    """

    first: str
    second: str
    differences: tuple[Difference, ...]
    rewrite: Equivalent | None
    reason: str
    rates: tuple[FloatArray, FloatArray, FloatArray]
    largest_gap: float
    rerun: Comparison

    @property
    def is_reparametrisation(self) -> bool:
        """Whether the two arms are one model in two units."""
        return self.rewrite is not None

    @property
    def winner(self) -> str | None:
        """Label of the arm whose held-out log loss is lower once units are removed; None if nothing real is shown.

        Of arms that are no rescalings of each other it is a winner at these rates and after these epochs.
        """
        loss = self.differences[0]
        if not loss.is_real:
            return None
        return self.second if np.mean(loss.real) < 0 else self.first

    @property
    def verdict(self) -> str:
        """One sentence."""
        loss, n_epochs = self.differences[0], len(self.rerun.epochs) - 1
        low, high = loss.interval
        interval = "" if np.isnan(low) else f" (95 % interval {low:+.2g} to {high:+.2g})"
        left = f"{np.mean(loss.real):+.2g}{interval}"
        given = f"As given, the held-out log loss of {self.second} is {_signed(loss)} that of {self.first}"
        if self.rewrite is None:
            ending = (
                "no difference is shown, and nobody wins"
                if self.winner is None
                else f"{self.winner} is ahead after {n_epochs} epochs, at these rates"
            )
            return f"{given}; at matched rates it differs by {left}: {ending}."
        if self.winner is None:
            small = f"no log loss at any epoch differs by more than {self.largest_gap:.1g} of itself"
            return (
                f"{given}; in the units of {self.first}, {small}: there is no difference but of units, and nobody wins."
            )
        return f"{given}; in the units of {self.first}, {left} of it is left: {self.winner} is better."

    def rows(self) -> list[dict[str, Any]]:
        """Return the table: one row a figure, means over seeds."""
        return [
            {
                "figure": row.name,
                "first": float(np.mean(row.first)),
                "second": float(np.mean(row.second)),
                "rewritten": float(np.mean(row.rewritten)),
                "as_given": float(np.mean(row.as_given)),
                "units": float(np.mean(row.units)),
                "real": float(np.mean(row.real)),
                "real_low": row.interval[0],
                "real_high": row.interval[1],
                "is_real": row.is_real,
                "is_rounding": bool(np.abs(row.real).max() <= rounding_floor(row.first)),
            }
            for row in self.differences
        ]

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Return the table as text: headings, and cells row by row."""
        again = "rewritten" if self.rewrite is not None else "at matched rate"
        part = "units" if self.rewrite is not None else "rates"
        headings = ["mean over seeds", self.first, self.second, f"{self.second} {again}"]
        headings += ["difference", f"of it {part}", "real", "95 % interval of what is real"]
        rates = ["learning rate", *(f"{np.mean(rate):.4g}" for rate in self.rates), *[""] * 4]
        return headings, [rates, *(_cells(row) for row in self.rows())]

    def __str__(self) -> str:
        headings, cells = self.table()
        rewrite = [] if self.rewrite is None else [str(self.rewrite), ""]
        reason = [] if self.rewrite is not None else [self.reason, ""]
        return "\n".join([*aligned([headings, *cells]), "", *rewrite, *reason, self.verdict])

    def __repr__(self) -> str:
        return f"Explanation({self.first}, {self.second}; {'units' if self.is_reparametrisation else 'two models'})"


def explain(comparison: Comparison, first: str, second: str) -> Explanation:
    """Explain two arms of a comparison; see `Comparison.explain`."""
    a, b = _index(comparison, "first", first), _index(comparison, "second", second)
    if a == b:
        raise InvalidInputError(f"`first` and `second` must be two arms; got {first!r} twice.")
    settings = comparison.settings
    if settings is None or comparison.data is None:
        raise InvalidInputError("A comparison must be one that `compare` made to be explained; this has no settings.")
    one, other = comparison.arms[a], comparison.arms[b]
    rewrite = None
    try:
        rewrite = _rewritten(settings, one, other, float(np.median(comparison.rates[a])), a)
        reason, again = rewrite.reason, _in_units(settings, one, other, rewrite, a)
    except IncompatibleError as error:
        reason, again = str(error), _matched(settings, one, other, b)
    rerun = _rerun(comparison, a, other, *again)
    differences = tuple(
        Difference(name, *figures, paired_interval(minus(figures.rewritten, figures.first), settings.test_size))
        for name, figures in _figures(comparison, rerun, a, b)
    )
    rates = comparison.rates[a], comparison.rates[b], rerun.rates[0]
    return Explanation(first, second, differences, rewrite, reason, rates, _gap(comparison, rerun, a), rerun)


def rescaled_pairs(comparison: Comparison) -> list[tuple[str, str]]:
    """Return labels of the arms that are rescalings of each other, of each two kinds of arm the first pair."""
    settings, found, kinds = comparison.settings, [], []
    if settings is None or comparison.data is None:
        return []
    for (a, one), (_, other) in combinations(enumerate(comparison.arms), 2):
        kind = (one.pointwise, other.pointwise)
        if one.pointwise == other.pointwise or kind in kinds:
            continue
        kinds.append(kind)
        try:
            _rewritten(settings, one, other, float(np.median(comparison.rates[a])), a)
        except IncompatibleError:
            continue
        found.append((one.label, other.label))
    return found


def _index(comparison: Comparison, name: str, label: Any) -> int:
    labels = [arm.label for arm in comparison.arms]
    if label not in labels:
        raise unknown_name(name, label, labels)
    return labels.index(label)


def _rewritten(settings: Settings, one: Arm, other: Arm, rate: float, arm: int) -> Equivalent:
    """Return the settings of one arm for the other.

    Raises
    ------
    IncompatibleError
        If there are none for the same labels.
    """
    given = {
        "activation": one.pointwise.activation,
        "loss": one.pointwise.loss,
        "solver": settings.solver,
        "learning_rate": rate,
        "alpha": strength_of(settings.alpha, arm),
        "tol": 0.0,
    }
    rewrite = equivalent(given, other.pointwise.activation, loss=other.pointwise.loss)
    if rewrite.is_mirrored:
        raise IncompatibleError(
            f"Cannot rewrite {one.activation} as {other.activation} for the same labels: they are mirror images, and"
            " the same model only with the two classes exchanged."
        )
    return rewrite


class _Again(NamedTuple):
    """How the second arm is trained again."""

    settings: Settings
    factor: float
    """On the learning rate of the first arm."""


def _in_units(settings: Settings, one: Arm, other: Arm, rewrite: Equivalent, arm: int) -> _Again:
    new = rewrite.settings
    changed = replace(
        settings, solver=new["solver"], alpha=new["alpha"], init_scale=settings.init_scale * rewrite.slope
    )
    return _Again(changed, _rewritten(settings, one, other, 1.0, arm).settings["learning_rate"])


def _matched(settings: Settings, one: Arm, other: Arm, arm: int) -> _Again:
    """At the rate of the first arm, times the ratio of the curvature bounds to the power that the rule wants."""
    ratio = curvature_bound(one.pointwise).constant / curvature_bound(other.pointwise).constant
    return _Again(
        replace(settings, alpha=strength_of(settings.alpha, arm)), ratio ** get_optimizer(settings.solver).rate_exponent
    )


def _rerun(comparison: Comparison, first: int, other: Arm, settings: Settings, factor: float) -> Comparison:
    """Train the second arm with every seed again, at the first arm's rates times a factor."""
    assert comparison.data is not None
    first_factor = get_optimizer(settings.solver).schedule.factor(0)  # a schedule may warm up
    runs, width = [], other.n_columns(comparison.data.n_classes)
    for position, seed in enumerate(comparison.seeds):
        log = comparison.log(first, position)
        rates = comparison.rates[first, [position]]
        if log.n_records and first_factor and np.size(log.learning_rate[0]) == width:
            rates = np.ravel(log.learning_rate[0]) / first_factor  # "auto" may differ by column
        arm = replace(other, rate=factor * rates)
        n_epochs = len(comparison.epochs) - 1  # fewer than were asked for, if the comparison was interrupted
        run = run_seed(replace(settings, max_iter=n_epochs), comparison.data, (arm,), seed)
        if Status.INTERRUPTED in run.result.status:
            raise KeyboardInterrupt
        runs.append(run)
    return type(comparison).from_runs(
        (replace(other, rate=None),), runs, comparison.target_loss, settings=settings, data=comparison.data
    )


class _Figures(NamedTuple):
    """One figure of every run, one a seed."""

    first: FloatArray
    second: FloatArray
    rewritten: FloatArray


def _figures(comparison: Comparison, rerun: Comparison, first: int, second: int) -> list[tuple[str, _Figures]]:
    curves = {
        "held-out log loss": "test_log_loss",
        "held-out accuracy": "test_accuracy",
        "training log loss": "log_loss",
    }
    table = []
    for name, curve in curves.items():
        one, other = (last_value(comparison.curves[curve][arm]) for arm in (first, second))
        table.append((name, _Figures(one, other, last_value(rerun.curves[curve][0]))))
    reached = comparison.epochs_to_target()
    epochs = _Figures(reached[first], reached[second], rerun.epochs_to_target()[0])
    return [*table, (f"epochs to {comparison.target_loss:.3g}", epochs)]


def _gap(comparison: Comparison, rerun: Comparison, first: int) -> float:
    gaps = [0.0]
    for name in ("log_loss", "test_log_loss"):
        one, other = comparison.curves[name][first], rerun.curves[name][0]
        with np.errstate(all="ignore"):
            gaps.append(float(np.nanmax(np.where(one == other, 0.0, np.abs(other - one) / np.abs(one)), initial=0.0)))
    return max(gaps)


def _signed(difference: Difference) -> str:
    mean = float(np.mean(difference.as_given))
    if abs(mean) <= rounding_floor(difference.first):
        return "the same as"
    return f"{abs(mean):.2g} {'above' if mean > 0 else 'below'}"


def _cells(row: dict[str, Any]) -> list[str]:
    is_count = row["figure"].startswith("epochs")
    digits = ".1f" if is_count else ".4f"

    def shown(value: float, sign: str = "") -> str:
        if np.isinf(value):
            return "not reached" if not sign else f"{value:+}"
        small = sign and 0 < abs(value) < 5e-5
        return f"{value:{sign}{'.1e' if small else digits}}"

    low, high = row["real_low"], row["real_high"]
    interval = "" if np.isnan(low) else f"{shown(low, '+')} to {shown(high, '+')}"
    real = [shown(row["real"], "+"), interval]
    return [
        row["figure"],
        *(shown(row[name]) for name in ("first", "second", "rewritten")),
        *(shown(row[name], "+") for name in ("as_given", "units")),
        *(["0 (rounding)", ""] if row["is_rounding"] else real),
    ]


__all__ = ["Difference", "Explanation", "explain", "rescaled_pairs"]
