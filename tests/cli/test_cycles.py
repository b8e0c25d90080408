import gc
import subprocess
import sys

import pytest

from logitscope.cli._cycles import kept


class Holder:
    """A kind that the collector watches."""


def test_what_is_made_within_is_old_after():
    with kept():
        assert not gc.isenabled()
        made = Holder()
    assert gc.isenabled()
    assert any(thing is made for thing in gc.get_objects(generation=2))
    assert gc.get_freeze_count() == 0


def test_a_collector_that_was_off_stays_off():
    gc.disable()
    try:
        with kept():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_an_error_switches_it_on_again():
    with pytest.raises(OSError, match="no"), kept():
        raise OSError("no")
    assert gc.isenabled()


def test_the_process_does_not_take_everything_apart_at_its_end():
    code = (
        "import atexit, gc; atexit.register(lambda: print(gc.get_freeze_count() > 1000));"
        "from logitscope.cli import main; main(); print(gc.get_freeze_count())"
    )
    command = [sys.executable, "-c", code, "activations", "tanh"]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert out.splitlines()[-2:] == ["0", "True"]


def test_what_others_have_frozen_stays_so():
    gc.freeze()
    try:
        before = gc.get_freeze_count()
        with kept():
            pass
        assert gc.get_freeze_count() >= before
    finally:
        gc.unfreeze()
