"""How the arms of a comparison differ, pair by pair over the same seeds, and whether it is a difference at all.

It reads figures of finished runs; it never trains, and it never asks why two arms differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from logitscope._exceptions import require_pandas, unknown_name
from logitscope._typing import FloatArray
from logitscope.comparison._finals import last_value
from logitscope.comparison._paired import (
    N_RESAMPLES,
    bootstrap_interval,
    holm,
    is_real,
    minus,
    paired_interval,
    rounding_floor,
    sign_test,
)
from logitscope.comparison._text import aligned

if TYPE_CHECKING:
    from logitscope.comparison._comparison import Comparison

_WORDS = {"test_log_loss": "held-out log loss", "test_accuracy": "held-out accuracy"}


class PairedDifference(NamedTuple):
    """One figure of two arms over the same seeds; arrays of shape (n_seeds,)."""

    first: str
    second: str
    first_values: FloatArray
    second_values: FloatArray
    interval: tuple[float, float]
    """95 % corrected resampled t interval of the mean difference, which decides; NaN of one seed."""
    bootstrap: tuple[float, float]
    """95 % percentile bootstrap interval of the mean difference over the seeds."""
    sign_p: float
    """Of the exact two-sided sign test, ties left out."""
    sign_p_holm: float
    """The same, adjusted for the number of pairs."""

    @property
    def values(self) -> FloatArray:
        """Second minus first."""
        return minus(self.second_values, self.first_values)

    @property
    def is_real(self) -> bool:
        """Whether the interval excludes 0 and the mean is more than rounding: as in `Explanation`."""
        return is_real(self.values, self.interval, self.first_values)

    @property
    def is_rounding(self) -> bool:
        """Whether no seed differs by more than the order of summation makes."""
        return bool((np.abs(self.values) <= rounding_floor(self.first_values)).all())

    @property
    def verdict(self) -> str:
        """In words: no difference, or which arm is lower or higher, and by how much."""
        if self.is_rounding:
            return "no difference: the same in every seed, to rounding"
        mean = float(np.mean(self.values))
        if self.is_real:
            return f"{self.second} {'lower' if mean < 0 else 'higher'} by {abs(mean):.2g}"
        if np.isnan(self.interval).any():
            return "one seed shows nothing" if len(self.values) == 1 else "not finite in every seed"
        return "no difference"


@dataclass(frozen=True, eq=False, repr=False)
class Differences:
    """Paired differences of one figure between arms.

    Attributes
    ----------
    metric : str
        The figure, after the last epoch: a key of `Comparison.curves`, or "epochs_to_target".
    pairs : tuple of PairedDifference
        Each is second minus first.
    """

    metric: str
    pairs: tuple[PairedDifference, ...]

    def __len__(self) -> int:
        return len(self.pairs)

    def __getitem__(self, index: int) -> PairedDifference:
        return self.pairs[index]

    def rows(self) -> list[dict[str, Any]]:
        """Return the table, one row a pair."""
        return [
            {
                "first": pair.first,
                "second": pair.second,
                "metric": self.metric,
                "mean_difference": float(np.mean(pair.values)),
                "low": pair.interval[0],
                "high": pair.interval[1],
                "bootstrap_low": pair.bootstrap[0],
                "bootstrap_high": pair.bootstrap[1],
                "sign_p": pair.sign_p,
                "sign_p_holm": pair.sign_p_holm,
                "is_real": pair.is_real,
                "verdict": pair.verdict,
            }
            for pair in self.pairs
        ]

    def to_pandas(self) -> Any:
        """Return the table as a DataFrame.

        Raises
        ------
        MissingDependencyError
            Without pandas.
        """
        return require_pandas().DataFrame(self.rows())

    def table(self) -> tuple[list[str], list[list[str]]]:
        """Return the table as text: headings, and cells row by row."""
        headings = [_words(self.metric), "mean difference", "95 % interval", "bootstrap", "sign test p", "verdict"]
        return headings, [_cells(pair) for pair in self.pairs]

    def legend(self) -> list[tuple[str, str]]:
        """Return what the columns mean, and what they cannot show: name and sentence."""
        n_seeds, n_pairs = len(self.pairs[0].values), len(self.pairs)
        lines = [
            ("no difference", "the 95 % interval holds 0: none is shown, which does not prove that there is none"),
            ("95 % interval", "of the mean over seeds; corrected resampled t (Nadeau and Bengio 2003), as the splits"),
            ("", "share rows. It alone decides, here as in `explain`"),
            ("bootstrap", f"percentile interval of {N_RESAMPLES:,} resamples of the {n_seeds} seeds, as if they were"),
            ("", "independent: with few seeds it is too short"),
            ("sign test p", f"exact, two-sided; {n_seeds} seeds can give {2 / 2**n_seeds:.2g} at the least"),
        ]
        if n_pairs > 1:
            lines += [
                ("", f"adjusted for {n_pairs} pairs (Holm); the intervals are not: of twenty pairs without a"),
                ("", "difference, one is expected to show one"),
            ]
        return lines

    def __str__(self) -> str:
        if not self.pairs:
            return "one arm alone: there is nothing to compare it with"
        headings, cells = self.table()
        return "\n".join([*aligned([headings, *cells]), "", *aligned([list(line) for line in self.legend()])])

    def __repr__(self) -> str:
        return f"Differences({self.metric}; {len(self.pairs)} pairs, {sum(pair.is_real for pair in self.pairs)} real)"


def differences(comparison: Comparison, metric: str, against: str | None) -> Differences:
    """Return the paired differences; see `Comparison.differences`."""
    labels = [arm.label for arm in comparison.arms]
    figures = _figures(comparison, metric)
    if against is None:
        chosen = list(combinations(range(len(labels)), 2))
    elif against in labels:
        chosen = [(labels.index(against), k) for k in range(len(labels)) if labels[k] != against]
    else:
        raise unknown_name("against", against, labels)
    test_size = 0.0 if comparison.settings is None else comparison.settings.test_size
    raw = []
    for one, other in chosen:
        values = minus(figures[other], figures[one])
        raw.append((one, other, values, sign_test(values, rounding_floor(figures[one]))))
    adjusted = holm([p for *_, p in raw])
    return Differences(
        metric,
        tuple(
            PairedDifference(
                labels[one],
                labels[other],
                figures[one],
                figures[other],
                paired_interval(values, test_size),
                bootstrap_interval(values),
                p,
                p_holm,
            )
            for (one, other, values, p), p_holm in zip(raw, adjusted, strict=True)
        ),
    )


def _figures(comparison: Comparison, metric: str) -> FloatArray:
    """Return one number a run, (n_arms, n_seeds)."""
    if metric == "epochs_to_target":
        return comparison.epochs_to_target()
    if metric not in comparison.curves:
        raise unknown_name("metric", metric, [*comparison.curves, "epochs_to_target"])
    return np.stack([last_value(curve) for curve in comparison.curves[metric]])


def _words(metric: str) -> str:
    return _WORDS.get(metric, metric.replace("_", " "))


def _cells(pair: PairedDifference) -> list[str]:
    name = f"{pair.second} − {pair.first}"
    if pair.is_rounding:
        return [name, "0", "", "", "", pair.verdict]
    mean = _signed(float(np.mean(pair.values)))
    return [name, mean, _interval(pair.interval), _interval(pair.bootstrap), f"{pair.sign_p_holm:.2g}", pair.verdict]


def _interval(ends: tuple[float, float]) -> str:
    return "" if np.isnan(ends).any() else f"{_signed(ends[0])} to {_signed(ends[1])}"


def _signed(value: float) -> str:
    """Return a number with its sign and four decimals, or with a power of ten if these would be zeros."""
    return f"{value:+.1e}" if 0 < abs(value) < 5e-5 else f"{value:+.4f}"


__all__ = ["Differences", "PairedDifference", "differences"]
