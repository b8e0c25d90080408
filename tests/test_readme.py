"""What the README says, run."""

import os
import re
from pathlib import Path

import pytest

import logitscope as ls

README = Path(__file__).parents[1] / "README.md"
TEXT = README.read_text(encoding="utf-8")
BLOCKS = re.findall(r"```python\n(.*?)```", TEXT, flags=re.DOTALL)


def test_there_is_a_block():
    assert len(BLOCKS) == 1


@pytest.mark.parametrize("block", BLOCKS)
def test_python_blocks_run_and_print_what_they_say(block, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(block, "README.md", "exec"), {})
    printed = capsys.readouterr().out.splitlines()
    said = re.findall(r"print\(.*\)\s+# (converged.*)", block)
    assert printed[: len(said)] == said
    assert os.path.exists("update_against_z.png")


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


def test_a_saturated_gradient():
    assert "−2 at z = −400" in TEXT
    assert ls.backward(-400.0, 1.0, "tanh", "cross_entropy").grad_z == -2.0
