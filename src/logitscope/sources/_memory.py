"""Memory that is freed and asked for again by every block: held on to, not given back to the system in between.

It knows the allocator of the C library and nothing of what the memory is for.
"""

from functools import cache

import numpy as np

_HELD = 2**25 - 2**16  # the most that malloc takes as a hint is 2**25, its own bookkeeping included


@cache
def hold_freed_memory() -> None:
    """Have freed arrays of up to 32 MB kept for the next ones, once in a process.

    GNU's malloc gives memory above 128 KiB back at once, and getting it again, a page fault at a time, takes several
    times as long as the arithmetic of a block. When it sees an array freed it raises that limit to the array's size
    ("dynamic mmap threshold" in mallopt(3)), and keeps twice as much: so it is shown one, which is never written to.

    Notes
    -----
    The limit is the whole process's, whoever allocates, and nothing takes it back: the process may hold on to 64 MB of
    freed memory, and more where freed arrays lie below ones in use. Any program that frees an array of 32 MB has it so.
    No option of malloc is set: one that the user has set (``MALLOC_MMAP_THRESHOLD_``, ``MALLOC_TRIM_THRESHOLD_``, or
    mallopt itself) goes before, and other allocators than GNU's do not notice.
    """
    np.empty(_HELD, dtype=np.uint8)


__all__ = ["hold_freed_memory"]
