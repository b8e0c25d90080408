"""When Python looks for objects that hold each other; it never knows what is imported or drawn."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def kept() -> Iterator[None]:
    """Let what is made here be taken for what stays: imports, and a figure until its file is written.

    These make half a million objects, and Python walks through all of them again and again to find those that only
    hold each other: a sixth of the time that a short command takes. Within, it does not look; after, they are old,
    which it looks at last. Training does not belong here: what it leaves behind may be large.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if gc.get_freeze_count() == 0:  # else somebody has frozen what is theirs
            gc.freeze()
            gc.unfreeze()  # the two together make everything old, without a walk
        if was_enabled:
            gc.enable()


__all__ = ["kept"]
