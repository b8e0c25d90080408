"""The scores of the papers, each of a few arrays with a row a record and a column a sample.

They read what was seen of a sample, and never know activation, loss or run. Where a sample was not seen in a record
(`seen` is False), the record is none of its own.
"""

from typing import NamedTuple

import numpy as np

from logitscope._typing import BoolArray, FloatArray, IntArray


class Learning(NamedTuple):
    """How a sample was learned, (n_samples,) each."""

    aum: FloatArray
    forgetting_events: IntArray
    first_learned: IntArray
    """Record, n_records for never."""
    correctness: FloatArray
    is_wrong_at_end: BoolArray


class DataMap(NamedTuple):
    """Coordinates of a sample on the data map, (n_samples,) each."""

    confidence: FloatArray
    variability: FloatArray


class Concentration(NamedTuple):
    """On how few samples an update rests."""

    effective_samples: float
    dominant_share: float


def mean_over_records(values: FloatArray, seen: BoolArray) -> FloatArray:
    """Mean over the records in which a sample was seen; NaN for none."""
    with np.errstate(invalid="ignore"):
        mean: FloatArray = np.where(seen, values, 0.0).sum(axis=0) / seen.sum(axis=0)
    return mean


def learning(margin: FloatArray, seen: BoolArray) -> Learning:
    """Area under the margin (Pleiss et al. 2020) and forgetting (Toneva et al. 2019).

    Correct is a margin > 0: at a tie, as where all z are 0, nothing is learned.
    """
    is_correct = seen & (margin > 0)
    before = np.zeros(margin.shape[1], dtype=bool)
    events = np.zeros(margin.shape[1], dtype=np.intp)
    for correct, present in zip(is_correct, seen, strict=True):
        events += present & before & ~correct
        before = np.where(present, correct, before)
    ever = is_correct.any(axis=0)
    last = len(seen) - 1 - np.argmax(seen[::-1], axis=0)
    at_end = np.take_along_axis(margin, last[None], axis=0)[0]
    return Learning(
        mean_over_records(margin, seen),
        events,
        np.where(ever, is_correct.argmax(axis=0), len(margin)),
        mean_over_records(is_correct.astype(np.float64), seen),
        at_end < 0,
    )


def data_map(p: FloatArray, seen: BoolArray) -> DataMap:
    """Mean and standard deviation (of the population) of the given label's probability (Swayamdipta et al. 2020)."""
    mean = mean_over_records(p, seen)
    return DataMap(mean, np.sqrt(mean_over_records(np.square(p - mean), seen)))


def first_still(moves: BoolArray, seen: BoolArray) -> IntArray:
    """First record of a sample's own after which it no longer moves, (n_samples,); n_records for none."""
    n = len(moves)
    still_from = np.full(moves.shape[1], n)
    for record in range(n):  # seen and still: from here on, unless it moves later
        still_from[moves[record]] = n
        begins = seen[record] & ~moves[record] & (still_from == n)
        still_from[begins] = record
    return still_from


def concentration(size: FloatArray, share: float) -> Concentration:
    """(Σg)²/Σg², Kish's effective number (1965), and the smallest share of samples that holds `share` of Σg.

    Parameters
    ----------
    size : ndarray of shape (n_samples,)
        g >= 0 of one record; NaN for a sample that is not seen.
    share : float
    """
    g = np.sort(size[~np.isnan(size)])[::-1]
    if len(g) == 0 or g[0] == 0 or not np.isfinite(g[0]):
        return Concentration(np.nan, np.nan)  # of nothing there is no share
    g = g / g[0]  # squares neither overflow nor vanish
    running = np.cumsum(g)
    n_dominant = np.searchsorted(running, share * running[-1]) + 1
    return Concentration(float(running[-1] ** 2 / np.square(g).sum()), float(n_dominant / len(g)))


__all__ = [
    "Concentration",
    "DataMap",
    "Learning",
    "concentration",
    "data_map",
    "first_still",
    "learning",
    "mean_over_records",
]
