"""Who computes at the same time: BLAS held to one thread, and a few threads of our own over blocks of rows.

A product of one block is too small for BLAS's own threads, which cost more than they bring; blocks are not. Nothing
here knows what is computed: results are given back in the order of their blocks, whoever was first.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from functools import cache
from threading import Lock
from typing import Any, TypeVar

import numpy as np

_PARTS = 16
_READ = 2**19  # numbers that a part reads at least: threads wait for each other at every call, so calls are to be long
_READ_A_RESULT = 16

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


def one_blas_thread() -> AbstractContextManager[None]:
    """Hold BLAS to one thread: around everything, the first look at X included.

    Threads of BLAS that have worked once wait for more on a core of their own, as busy as if they had it, for longer
    than many a run takes. The limit is the whole process's: the first to come sets it, and the last one to go puts back
    what was.
    """
    return _blas


class _Blas:
    """Counts who holds BLAS to one thread: runs in several threads overlap, and end in any order."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Begin anew: a forked process has none of the threads that hold anything."""
        self._n_holders = 0
        self._were: list[tuple[Any, int]] = []  # libraries that had more threads, and how many
        self._lock = Lock()

    def __enter__(self) -> None:
        with self._lock:
            if self._n_holders == 0:
                were = [(library, library.num_threads) for library in _libraries()]
                self._were = [(library, n) for library, n in were if n is not None and n > 1]
                for library, _ in self._were:
                    library.set_num_threads(1)
            self._n_holders += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._n_holders -= self._n_holders > 0  # a process that forked within has forgotten
            if self._n_holders == 0:
                for library, n in self._were:
                    library.set_num_threads(n)


_blas = _Blas()


@cache
def _libraries() -> Any:
    from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

    return ThreadpoolController().select(user_api="blas").lib_controllers


@cache
def _pool(n_workers: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(n_workers, thread_name_prefix="logitscope")


if hasattr(os, "register_at_fork"):
    # A forked process has no threads but its own.
    os.register_at_fork(after_in_child=_pool.cache_clear)
    os.register_at_fork(after_in_child=_blas.forget)


def in_threads(compute: Callable[[_Part], _Result], parts: Sequence[_Part]) -> list[_Result]:
    """Return `compute(part)` of every part, in order, as many at a time as there are threads.

    The caller is one of the threads: waking another takes longer than many a part.
    """
    workers = min(n_threads(), len(parts)) if len(parts) > 1 else 1  # to ask takes longer than many a part
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


def in_parts(compute: Callable[[slice], _Result], n: int, width: float, n_results: int = 1) -> list[_Result]:
    """Return `compute(rows)` of n rows, in order: in parts, as many at a time as there are threads.

    How rows are parted does not depend on the number of threads. NumPy's warnings are quiet in them.

    Parameters
    ----------
    compute : callable
    n : int
    width : float
        Numbers that are read of a row; of few in all there is one part.
    n_results : int
        Numbers that each part gives back: a part reads several times as many.
    """
    n_parts = min(_PARTS, int(n * width / max(_READ, _READ_A_RESULT * n_results)))
    if n_parts < 2:
        return [compute(slice(0, n))]

    def silently(start: int) -> _Result:
        with np.errstate(all="ignore"):  # each thread has a state of its own
            return compute(slice(start, min(start + length, n)))

    length = -(-n // 2 ** (n_parts.bit_length() - 1))  # as many for each thread
    return in_threads(silently, range(0, n, length))


__all__ = ["in_parts", "in_threads", "n_threads", "one_blas_thread"]
