"""Finds the loosest tolerance at which a contestant is right, within a time that it is allowed.

It never knows who the contestant is. Trials run in forked processes, because nobody's C code can be interrupted.
"""

import os
import pickle
import selectors
import signal
from collections.abc import Callable
from time import perf_counter
from typing import Any, NamedTuple

_TRIES, _LONG = 3, 0.1  # a first call in a fresh process loads code
LADDER = tuple(10.0**-k for k in range(1, 14))


class Trial(NamedTuple):
    """What came of a search."""

    tol: float | None
    """The loosest tolerance that is right; None if there was none."""
    seconds: float
    """Of the trial at that tolerance, or of the last one."""
    suboptimality: float
    """Of the last trial; NaN if it was broken off or failed."""
    params: Any
    why: str = ""
    """Why there is no tolerance."""


def climb(solve: Callable[[float], Any], measure: Callable[[Any], float], limit: float, seconds: float) -> Trial:
    """Tighten the tolerance until the suboptimality is at most `limit`; a trial may take so many seconds."""
    elapsed, error, params = float("nan"), float("nan"), None
    for tol in LADDER:
        answer = within(lambda tol=tol: _timed(solve, tol), seconds)
        if isinstance(answer, str):
            return Trial(None, seconds, float("nan"), params, answer)
        elapsed, params = answer
        error = measure(params)
        if error <= limit:
            return Trial(tol, elapsed, error, params)
    return Trial(None, elapsed, error, params, f"ends {error:.0e} above the optimum")


def _timed(solve: Callable[[float], Any], tol: float) -> tuple[float, Any]:
    """Return the shortest of a few times, or of one that is long, and the answer."""
    shortest = float("inf")
    for _ in range(_TRIES):
        start = perf_counter()
        params = solve(tol)
        shortest = min(shortest, perf_counter() - start)
        if shortest > _LONG:
            break
    return shortest, params


def within(run: Callable[[], Any], seconds: float) -> Any:
    """Return what a call returns, from a forked process that is ended after so many seconds; or a word on why not."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            out = pickle.dumps(run())
        except BaseException as error:  # whatever a contestant raises is its result
            out = pickle.dumps(f"{type(error).__name__}")
        with os.fdopen(writer, "wb") as pipe:
            pipe.write(out)
        os._exit(0)
    os.close(writer)
    try:
        return _read(reader, perf_counter() + seconds, seconds)
    finally:
        os.close(reader)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def _read(reader: int, end: float, seconds: float) -> Any:
    parts = []
    with selectors.DefaultSelector() as selector:
        selector.register(reader, selectors.EVENT_READ)
        while True:
            if not selector.select(max(end - perf_counter(), 0.0)):
                return f"> {seconds:.2g} s"
            part = os.read(reader, 1 << 20)
            if not part:
                break
            parts.append(part)
    return pickle.loads(b"".join(parts)) if parts else "crashed"


__all__ = ["LADDER", "Trial", "climb", "within"]
