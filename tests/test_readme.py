"""What the README says, run."""

import inspect
import os
import re
import runpy
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path

import pytest

import logitscope as ls

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)


def test_there_are_blocks():
    assert len(BLOCKS) == 5


@pytest.mark.parametrize("block", BLOCKS)
def test_python_blocks_run_and_print_what_they_say(block, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    said = re.findall(r"print\(.*\)\s+# (converged.*|[\d ]+)$", block, flags=re.MULTILINE)
    assert len(said) == 1
    assert OutputChecker().check_output(said[0], printed[0], ELLIPSIS)
    assert os.path.exists("update_against_z.png") == ("savefig" in block)


def test_pictures_exist():
    for picture in re.findall(r"!\[.*?\]\((.*?)\)", TEXT):
        assert (README.parent / picture).is_file()


def test_the_commands_are_the_two_that_a_fresh_machine_runs():
    commands = re.findall(r"```sh\n(.*?)\n```", TEXT, flags=re.DOTALL)
    assert commands == [
        "python3 -m venv .venv && .venv/bin/pip install . && .venv/bin/logitscope compare moons --out out",
        "python3 -m venv .venv && .venv/bin/pip install '.[test]' && .venv/bin/pytest",
    ]


def test_every_dataset_and_every_room_is_named():
    for name in ls.DATASETS:
        assert name in TEXT
    for path in Path(ls.__file__).parent.iterdir():
        if not path.name.startswith("__") and path.name != "py.typed":
            assert f"`{path.stem}`" in TEXT, path.stem


def table(file, name):
    """A table that other tests read too."""
    return runpy.run_path(str(Path(__file__).parent / file))[name]


def test_architecture_is_the_one_that_imports_are_held_to():
    rows = re.findall(r"^\| (\d+) \| (.*) \|$", TEXT, flags=re.MULTILINE)
    floors = {int(floor): set(re.findall(r"`(\w+)`", rooms)) for floor, rooms in rows}
    assert floors == dict(enumerate(table("test_architecture.py", "FLOORS")))


NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]


def test_accuracy_is_the_one_that_is_tested():
    elementwise = [phi.name for phi in ls.ACTIVATIONS.values() if not phi.couples_columns]
    quantities = [name for name, method in vars(ls.Activation).items() if name[0] != "_" and inspect.isfunction(method)]
    limits = runpy.run_path(str(Path(__file__).parent / "activations" / "conftest.py"))
    (tight,) = set(limits["ULP"].values())
    first, last = (repr(edge).replace("+", "") for edge in (min(limits["EDGES"]), max(limits["EDGES"])))
    promised = (
        f"- {NUMBERS[len(elementwise)].capitalize()} elementwise activations ({', '.join(elementwise)}), "
        f"{NUMBERS[len(quantities)]} quantities each (φ, φ′, φ″, p, 1 − p, the logarithms and the hazards of both), "
        f"within {limits['ULP_OF_OTHERS']} ulp of 60-digit references ({' and '.join(limits['ULP'])} {tight}) "
        f"from {first} to {last}; float32 within {limits['ULP_OF_FLOAT32']} ulp."
    )
    assert promised in " ".join(TEXT.split())


def test_claims_are_counted():
    assert f"S1–S{len(ls.CLAIMS)}" in TEXT
    assert set(re.findall(r"S1–(S\d+)", TEXT)) == {f"S{len(ls.CLAIMS)}"}


def test_every_file_that_an_extension_needs_is_there():
    section = TEXT.split("## To add a part")[1].split("\n## ")[0]
    root = README.parent
    paths = re.findall(r"`((?:src|tests|examples)?/?[\w/]+(?:\.py|/))`", section)
    assert len(paths) > 10
    for path in paths:
        assert (root / path).exists() or (root / "src" / "logitscope" / path).exists(), path


def test_a_saturated_gradient():
    assert "−2 at z = −400" in TEXT
    assert ls.backward(-400.0, 1.0, "tanh", "cross_entropy").grad_z == -2.0


def test_as_many_references_as_said():
    from tests.references.load import cases

    assert f"on {len(list(cases()))} fits to public data with references of 25 digits" in TEXT
