"""The table of a comparison as text, and what its columns mean.

It words rows that are there; it never computes one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from logitscope.comparison._finals import PROGRESS, default_target
from logitscope.comparison._text import fixed
from logitscope.comparison._tuning import MULTIPLES, VALIDATION_SHARE
from logitscope.status import Status

if TYPE_CHECKING:
    from logitscope.comparison._comparison import Comparison

# A sample has stopped updating when its update is below this share of its own largest: the same in all units.
STOPPED_BELOW = 0.01


def table(comparison: Comparison) -> tuple[list[str], list[list[str]]]:
    """Return the table as text: headings, and cells row by row."""
    n_seeds = len(comparison.logs)
    headings = [
        "arm",
        "η",
        f"epochs to {comparison.target_loss:.3g}",
        "final loss",
        "log loss",
        "test accuracy",
        "largest update",
        "median update",
        "stopped",
        "time",
    ]
    return headings, [_cells(row, n_seeds) for row in comparison.rows()]


def legend(comparison: Comparison) -> list[tuple[str, str]]:
    """Return what the columns of the table mean, and which of them compare arms fairly: name and sentence."""
    n_seeds, is_default = len(comparison.logs), comparison.target_loss == default_target(comparison.curves["log_loss"])
    origin = f": {PROGRESS:.0%} of the way from the start to the best arm's final one" if is_default else ""
    search = "" if comparison.rate_response is None else ", without the search for rates"
    lines = [
        ("η", "learning rate, in units of each arm's own (w, b)"),
        (f"epochs to {comparison.target_loss:.3g}", f"first epoch with that log loss{origin}"),
        ("final loss", "each arm's own objective: only comparable where loss, activation and penalty agree"),
        ("log loss", "-mean log p of the true class on the training rows, whatever an arm was trained with"),
        ("update", "norm of one sample's term in the last recorded step, in units of the arm's own (w, b): for"),
        ("", "the same trajectory, half as large for tanh as for the sigmoid; compare its shape, not its size"),
        ("stopped", f"share of samples whose update fell to {STOPPED_BELOW:.0%} of its own largest or less"),
        ("time", f"all arms share one run; its time divided by the number of arms{search}"),
    ]
    lines[1:1] = _tuning_words(comparison)
    if n_seeds > 1:
        spread = f"mean and standard deviation over {n_seeds} seeds (their splits overlap: no standard error)"
        place = next(index for index, (name, _) in enumerate(lines) if name == "update")
        lines.insert(place, ("±", f"{spread}; all else: medians"))
    if any(status in (Status.DIVERGED, Status.NOT_FINITE) for seed in comparison.status for status in seed):
        lines.append(("diverged", "the figures are those of the best epoch, whose parameters were kept"))
    if comparison.is_interrupted:
        lines.append(("interrupted", "the table is of what was complete"))
    return lines


def _tuning_words(comparison: Comparison) -> list[tuple[str, str]]:
    """Say where tuned rates are from, and which of them stand at the edge of what was tried."""
    if comparison.rate_response is None:
        return []
    grid = f"{len(MULTIPLES)} rates, {_multiple(MULTIPLES[0])} to {_multiple(MULTIPLES[-1])} times the arm's natural"
    lines = [
        ("", f"tuned in each seed: of {grid} one, the best on {VALIDATION_SHARE:.0%} of"),
        ("", "the training rows, never on test rows; the table has the median over seeds"),
    ]
    for which, is_edge in (
        ("smallest", comparison.rate_response.is_smallest),
        ("largest", comparison.rate_response.is_largest),
    ):
        found = [f"{arm.label} in {own.sum()}" for arm, own in zip(comparison.arms, is_edge, strict=True) if own.any()]
        if found:
            seeds = f"of {len(comparison.seeds)} seeds"
            lines.append(("", f"the {which} was best for {', '.join(found)} {seeds}; one beyond may be better"))
    return lines


def _cells(row: dict[str, Any], n_seeds: int) -> list[str]:
    spread = f" ± {row['test_accuracy_std']:.3f}" if n_seeds > 1 else ""
    return [
        row["arm"] + _ending(row, n_seeds),
        f"{row['learning_rate']:.3g}",
        _reached(row, n_seeds),
        fixed(row["final_loss"]),
        fixed(row["log_loss"]),
        f"{row['test_accuracy_mean']:.3f}{spread}",
        f"{row['largest_update']:.2e}",
        f"{row['median_update']:.2e}",
        f"{row['stopped']:.0%}",
        f"{row['seconds'] * 1e3:.0f} ms",
    ]


def _multiple(value: float) -> str:
    return f"{value:g}" if value >= 1 else f"1/{1 / value:g}"


def _ending(row: dict[str, Any], n_seeds: int) -> str:
    if row["n_failed"] == 0:
        return ""
    where = "" if row["n_failed"] == n_seeds else f" in {row['n_failed']} of {n_seeds} seeds"
    return f" ({row['status'].replace('_', ' ')}{where})"


def _reached(row: dict[str, Any], n_seeds: int) -> str:
    if np.isfinite(row["epochs_to_target"]):
        return f"{row['epochs_to_target']:.0f}"
    return f"only in {row['n_reached']} of {n_seeds} seeds" if row["n_reached"] else "not reached"


__all__ = ["STOPPED_BELOW", "legend", "table"]
