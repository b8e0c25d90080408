"""Who computes at the same time: BLAS held to one thread, and a few threads of our own over blocks of rows.

A product of one block is too small for BLAS's own threads, which cost more than they bring; blocks are not. Nothing
here knows what is computed: results are given back in the order of their blocks, whoever was first.
"""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from threading import Lock
from typing import Any, TypeVar

_Part = TypeVar("_Part")
_Result = TypeVar("_Result")


def n_threads() -> int:
    """Return how many threads blocks are spread over: the cores that this process may use.

    The environment variable ``OMP_NUM_THREADS`` lowers it, as joblib does in its workers.
    """
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # only Linux tells
        cores = os.cpu_count() or 1
    allowed = os.environ.get("OMP_NUM_THREADS", "")
    return max(1, min(cores, int(allowed))) if allowed.isdecimal() else cores


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Hold BLAS to one thread: once around a whole run, since finding its libraries takes milliseconds.

    The limit is the whole process's: the first run to come sets it, and the last one to go puts back what was.
    """
    _blas.hold()
    try:
        yield
    finally:
        _blas.release()


class _Blas:
    """Counts who holds BLAS to one thread: runs in several threads overlap, and end in any order."""

    def __init__(self) -> None:
        self._n_holders = 0
        self._limit: Any = None
        self.renew_lock()

    def renew_lock(self) -> None:
        """Forget a lock that a thread held which a forked process does not have."""
        self._lock = Lock()

    def hold(self) -> None:
        with self._lock:
            if self._n_holders == 0:
                self._limit = _libraries().limit(limits=1, user_api="blas")
            self._n_holders += 1

    def release(self) -> None:
        with self._lock:
            self._n_holders -= 1
            if self._n_holders == 0:
                self._limit.restore_original_limits()


_blas = _Blas()


@cache
def _libraries() -> Any:
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController()


@cache
def _pool(n_workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(n_workers, thread_name_prefix="logitscope")


if hasattr(os, "register_at_fork"):
    # A forked process has no threads but its own.
    os.register_at_fork(after_in_child=_pool.cache_clear)
    os.register_at_fork(after_in_child=_blas.renew_lock)


def in_threads(compute: Callable[[_Part], _Result], parts: Sequence[_Part]) -> list[_Result]:
    """Return `compute(part)` of every part, in order, as many at a time as there are threads.

    The caller is one of the threads: waking another takes longer than many a part.
    """
    workers = min(n_threads(), len(parts))
    if workers < 2:
        return [compute(part) for part in parts]
    results: dict[int, _Result] = {}
    left = iter(range(len(parts)))

    def work() -> None:
        for index in left:
            results[index] = compute(parts[index])

    helpers = [_pool(workers - 1).submit(work) for _ in range(workers - 1)]
    try:
        work()
    finally:
        for _ in left:  # what nobody wants any more, after an error
            pass
        for helper in helpers:
            if not helper.cancel():  # one that never began waits for a thread that may be waiting for this
                helper.result()
    return [results[index] for index in range(len(parts))]


__all__ = ["in_threads", "n_threads", "one_blas_thread"]
