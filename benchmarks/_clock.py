"""Takes the time of contestants that run one after the other, again and again, in one process.

It calls and counts; it never knows what is computed.
"""

import gc
from collections.abc import Callable, Mapping
from importlib import import_module
from time import perf_counter
from typing import Any, NamedTuple

import numpy as np


class Time(NamedTuple):
    """Seconds a call."""

    median: float
    low: float
    high: float


def race(contestants: Mapping[str, Callable[[], Any]], rounds: int = 7, warm_up: int = 1) -> dict[str, Time]:
    """Let contestants alternate, so that a disturbance of the machine falls on all of them.

    Parameters
    ----------
    contestants : mapping of str to callable
        Each does the whole of what is compared, on data that it finds ready.
    rounds : int
        How many times each is timed; the median counts.
    warm_up : int
        Rounds before, which do not count: memory is touched and code is loaded.
    """
    seconds: dict[str, list[float]] = {name: [] for name in contestants}
    for number in range(warm_up + rounds):
        for name, run in contestants.items():
            elapsed = once(run)
            if number >= warm_up:
                seconds[name].append(elapsed)
    return {name: Time(float(np.median(all_)), min(all_), max(all_)) for name, all_ in seconds.items()}


def once(run: Callable[[], Any]) -> float:
    """Return the seconds of one call, without garbage collections."""
    gc.collect()
    gc.disable()
    try:
        start = perf_counter()
        run()
        return perf_counter() - start
    finally:
        gc.enable()


def ratios(contestants: Mapping[str, Callable[[], Any]], ours: str, rounds: int = 7) -> dict[str, float]:
    """Return the median over rounds of each contestant's time over ours in the same round."""
    seconds = [{name: once(run) for name, run in contestants.items()} for _ in range(rounds + 1)][1:]
    return {name: float(np.median([each[name] / each[ours] for each in seconds])) for name in contestants}


def slope(sizes: Any, seconds: Any) -> float:
    """Return the slope of log time against log size, by least squares."""
    return float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])


def optional(module: str, notes: list[str]) -> Any:
    """Return a module, or None and a note that it was skipped."""
    try:
        return import_module(module)
    except ImportError:
        notes.append(f"{module.split('.')[0]} is not installed: skipped.")
        return None


def readable(seconds: float) -> str:
    """Return a time in a unit that suits it."""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


__all__ = ["Time", "once", "optional", "race", "ratios", "readable", "slope"]
