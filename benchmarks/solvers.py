"""Our fast solver against the fastest of scikit-learn's six and glum, to a relative suboptimality of 1e-8.

Each takes part at its loosest tolerance from a ladder that is right, by a function and an optimum that are nobody's:
Newton's method from lbfgs's answer.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from benchmarks._clock import once, optional, readable
from benchmarks._contestants import OURS, PROVEN, SOLVER, ours, proven, rivals
from benchmarks._ladder import LADDER, Trial, climb, within
from benchmarks._objective import Problem, objective, polish, suboptimality
from benchmarks._races import Figure, Result, Table
from benchmarks._shapes import QUICK, SHAPES

RIGHT = 1e-8
_WE = (OURS, PROVEN)
SLOW = 2.0
"""Whose trial takes so many times the fastest rival's is not raced on."""
PATIENCE = 3600.0
"""Seconds for a shape, trials and all."""


class Outcome(NamedTuple):
    """What came of one shape."""

    trials: dict[str, Trial]
    times: dict[str, float]
    """Seconds of those who were right."""
    notes: list[str]


def run(quick: bool) -> Result:
    """Race on every shape, each in a process of its own.

    Trials are forked, and a process that is forked from one in which OpenMP has had threads waits for them for ever:
    whoever has raced on one shape could not be tried on the next.
    """
    notes: list[str] = []
    rows, everybody, ratios = [], [], {}
    for name, make in (QUICK if quick else SHAPES).items():
        print(f"  {name}", flush=True)
        outcome = within(partial(_outcome, make, quick), PATIENCE)
        if isinstance(outcome, str):
            raise RuntimeError(f"{name}: {outcome}")
        trials, times, told = outcome
        notes += told
        theirs = {who: time for who, time in times.items() if who not in _WE}
        for who, trial in trials.items():
            everybody.append(_row(name, who, trial, times.get(who)))
        if OURS not in times or not theirs:
            rows.append([name, readable(times[OURS]) if OURS in times else trials[OURS].why, "-", "-", "-", "-"])
            ratios[name] = 0.0 if theirs else np.nan
            continue
        fastest = min(theirs, key=theirs.__getitem__)
        ratios[name] = theirs[fastest] / times[OURS]
        last = readable(times[PROVEN]) if PROVEN in times else trials[PROVEN].why
        rows.append([name, readable(times[OURS]), fastest, readable(theirs[fastest]), f"{ratios[name]:.2f}×", last])
    notes = [
        f'Ours is `solver="{SOLVER}"`, to an accuracy from the same ladder; "proven" is its default, which goes on to'
        " rounding and proves the optimum. Mean log loss + ‖w‖²/(2n), scikit-learn's default penalty. Tolerances are"
        f" tried from {LADDER[0]:g} to {LADDER[-1]:g} by tens; the loosest at which (F − F*)/F* ≤ {RIGHT:g} counts. Who"
        f" takes {SLOW:g} times as long as the fastest rival does not race on: what is shown is the shortest time of"
        " the trials, which are broken off when that is clear (*> s*). liblinear, which penalises the intercept, takes"
        " part where there is none.",
        *dict.fromkeys(notes),
    ]
    tables = [
        Table("The fastest rival", ["problem", OURS, "fastest rival", "its time", "ratio", PROVEN], rows),
        Table("Everybody", ["problem", "contestant", "tol", "suboptimality", "time"], everybody),
    ]
    return Result("solvers", "Solvers to 1e-8", notes, _figures(ratios), tables)


def _outcome(make: Callable[[], Problem], quick: bool) -> Outcome:
    """Find everybody's tolerance on a problem, then race."""
    notes: list[str] = []
    problem = make()
    trials = _search(problem, notes, 2.0 if quick else 20.0)
    return Outcome(trials, _race(problem, trials, 1 if quick else 5), notes)


def _figures(ratios: dict[str, float]) -> list[Figure]:
    known = [ratio for ratio in ratios.values() if np.isfinite(ratio)]
    if not known:
        return []
    mean = float(np.exp(np.mean(np.log(np.maximum(known, 1e-3)))))
    slowest = min(ratios, key=lambda name: ratios[name] if np.isfinite(ratios[name]) else np.inf)
    who = "fastest of scikit-learn's solvers and glum"
    return [
        Figure(f"solver to 1e-8 against the {who}, geometric mean of {len(known)} problems", mean, 5.0, 3.0),
        Figure(f"the worst of these ({slowest})", ratios[slowest], 1.0, 1.0),
    ]


def _search(problem: Problem, notes: list[str], patience: float) -> dict[str, Trial]:
    """Return everybody's loosest right tolerance. The optimum is the best of their answers, polished."""
    contestants = {OURS: ours, PROVEN: proven, **rivals(problem, notes)}
    for module in ("sklearn.linear_model", "glum"):  # before the fork, so that no trial waits for it
        optional(module, [])
    start = within(partial(contestants.get("lbfgs", ours), problem, 1e-4), 60.0)
    if isinstance(start, str):
        start = np.zeros((problem.X.shape[1] + problem.fit_intercept, problem.n_columns))
    optimum = objective(problem, polish(problem, start))
    trials: dict[str, Trial] = {}
    allowed = patience
    for who, solve in contestants.items():
        measure = partial(suboptimality, problem, optimum=optimum)
        trials[who] = climb(partial(solve, problem), measure, RIGHT, patience if who in _WE else allowed)
        if who not in _WE and trials[who].tol is not None:
            allowed = min(allowed, max(SLOW * trials[who].seconds, 1.0))
    return trials


def _race(problem: Problem, trials: dict[str, Trial], rounds: int) -> dict[str, float]:
    """Return the median seconds of those who are right, in turns; of clear losers, those of their trial."""
    right = {who: trial for who, trial in trials.items() if trial.tol is not None}
    first = min((trial.seconds for who, trial in right.items() if who not in _WE), default=np.inf)
    racing = [who for who, trial in right.items() if who in _WE or trial.seconds <= SLOW * first]
    contestants: dict[str, Any] = {OURS: ours, PROVEN: proven, **rivals(problem, [])}
    slowest = max((right[who].seconds for who in racing), default=0.0)
    rounds = max(1, min(rounds, int(20 / max(slowest * len(racing), 1e-3))))
    seconds: dict[str, list[float]] = {who: [] for who in racing}
    for number in range(rounds + (rounds > 1)):
        for who in racing:
            elapsed = once(partial(contestants[who], problem, right[who].tol))
            if number or rounds == 1:  # the first round warms up, unless a round is too long to be made twice
                seconds[who].append(elapsed)
    return {who: trial.seconds for who, trial in right.items()} | {
        who: float(np.median(each)) for who, each in seconds.items()
    }


def _row(name: str, who: str, trial: Trial, seconds: float | None) -> list[str]:
    error = "-" if np.isnan(trial.suboptimality) else f"{trial.suboptimality:.0e}"
    if trial.tol is None or seconds is None:
        return [name, who, "-", error, trial.why]
    return [name, who, f"{trial.tol:g}", error, readable(seconds)]


__all__ = ["RIGHT", "SLOW", "run"]
