"""Tables on terminals of any width: every number is there, whole, and no line is too long."""

import os
import re
import struct
import subprocess
import sys

import pytest

from logitscope.cli import _show
from logitscope.cli._show import print_table

HEADINGS = ["arm", "η", "epochs to 0.328", "final loss", "log loss", "test accuracy", "largest update", "time"]
ROWS = [
    [f"sigmoid, squared error, η = {k}", f"{k}.79", "2", "0.2879", "0.2879", "0.845 ± 0.020", f"{k}.35e-02", "146 ms"]
    for k in range(7)
]


@pytest.fixture
def terminal(monkeypatch):
    """Consoles as wide as a terminal would make them."""
    from rich.console import Console

    def of(width):
        monkeypatch.setattr(_show, "console", lambda asked=None: Console(width=asked or width, no_color=True))

    return of


@pytest.mark.parametrize("width", [50, 80, 100, 120, 200])
def test_no_cell_is_shortened_and_no_line_is_too_long(width, terminal, capsys):
    terminal(width)
    print_table(HEADINGS, ROWS)
    out = capsys.readouterr().out
    assert "…" not in out
    assert max(map(len, out.splitlines())) <= width
    cells = [cell for line in out.splitlines() for cell in re.split("  +", line.strip())]
    for row in ROWS:
        assert row[0] in cells
        assert row[6] in cells
    for heading in HEADINGS[1:]:
        assert heading in cells
    assert cells.count("0.845 ± 0.020") == 7


def test_a_table_that_fits_is_as_it_was_made(terminal, capsys):
    terminal(200)
    print_table(HEADINGS, ROWS)
    lines = [line for line in capsys.readouterr().out.splitlines() if line.strip()]
    assert [re.split("  +", line.strip()) for line in (lines[0], *lines[2:])] == [HEADINGS, *ROWS]


def test_a_terminal_that_is_too_narrow_for_one_row_gets_whole_numbers(terminal, capsys):
    terminal(20)
    print_table(HEADINGS, ROWS[:1])
    assert "0.35e-02" in capsys.readouterr().out


@pytest.mark.parametrize("width", [80, 100, 120])
def test_compare_on_a_terminal(width, tmp_path):
    fcntl, termios = pytest.importorskip("fcntl"), pytest.importorskip("termios")
    outside, inside = os.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 40, width, 0, 0))
    environment = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    argv = ["compare", "moons", "--samples", "60", "--seeds", "2", "--max-iter", "5", "--quiet"]
    argv += ["--losses", "cross_entropy,squared_error"]
    process = subprocess.Popen(
        [sys.executable, "-m", "logitscope", *argv],
        stdout=inside, stderr=subprocess.DEVNULL, cwd=tmp_path, env={**environment, "TERM": "xterm"},
    )  # fmt: skip
    os.close(inside)
    out = b""
    try:
        while part := os.read(outside, 4096):
            out += part
    except OSError:  # the other end was closed
        pass
    os.close(outside)
    assert process.wait() == 0
    plain = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out.decode())
    assert "…" not in plain
    assert len(re.findall(r"\d\.\d\de-\d\d\b", plain)) >= 8
    assert max(len(line) for line in plain.splitlines()) <= width


def test_facts_on_a_terminal_are_wrapped_beside_their_names(terminal, capsys, monkeypatch):
    terminal(40)
    facts = [("η", "learning rate, in units of each arm's own (w, b)"), ("time", "one"), ("", "two")]
    _show.print_facts("Title", facts)
    assert capsys.readouterr().out.splitlines() == ["Title", *(f"  {name:<6}{value}" for name, value in facts)]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    _show.print_facts("Title", facts)
    assert re.sub(r"\x1b\[\d*m", "", capsys.readouterr().out).splitlines() == [
        "Title", "  η     learning rate, in units of each", "        arm's own (w, b)", "  time  one two",
    ]  # fmt: skip
