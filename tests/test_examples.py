"""Every example runs as a reader would run it, draws one figure and ends in the sentence that the figure supports."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = sorted((Path(__file__).parents[1] / "examples").glob("*.py"))
PNG = b"\x89PNG\r\n\x1a\n"
USES = ("train_on_a_toy_dataset", "compare_activations", "plot_learning_curves")
LAB = (
    "what_moves_between_activations",
    "which_labels_are_wrong",
    "which_samples_are_hard",
    "which_samples_hold_the_model",
    "who_moved_the_weights",
    "who_stopped_moving",
    "why_tanh_seems_to_win",
)
CLAIMS = [f"s{number}" for number in range(1, 10)]

example = pytest.mark.parametrize("script", EXAMPLES, ids=[script.stem for script in EXAMPLES])


def _run(script, *arguments, cwd):
    """Run a script in a process of its own, every warning an error, no window."""
    return subprocess.run(
        [sys.executable, "-W", "error", str(script), *arguments],
        cwd=cwd,
        env={**os.environ, "MPLBACKEND": "Agg", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    )


@example
def test_draws_one_figure_and_ends_in_a_sentence_with_a_number(script, tmp_path):
    done = _run(script, "--out", "figures", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    (written,) = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert written == tmp_path / "figures" / f"{script.stem}.png"
    assert written.read_bytes().startswith(PNG)
    last = done.stdout.splitlines()[-1]
    assert re.fullmatch(r"\S.*\d.*\.", last), last
    assert "nan" not in last
    assert not re.search(r"\. [A-Z]", last), f"one sentence, not several: {last}"


@example
def test_is_short_and_opens_with_its_question(script):
    text = script.read_text(encoding="utf-8")
    assert len(text.splitlines()) < 80
    assert re.match(r'"""[A-Z0-9].*\?\n', text), text.splitlines()[0]


def test_every_claim_has_one_script():
    found = [script.name.split("_")[0] for script in EXAMPLES if re.match(r"s\d+_", script.name)]
    assert sorted(found) == CLAIMS


def test_the_three_uses_and_the_questions_of_the_lab_have_a_script():
    found = {script.stem for script in EXAMPLES if not re.match(r"s\d+_", script.name)}
    assert found == {*USES, *LAB}


def test_the_figure_goes_to_out_unless_told_otherwise(tmp_path):
    (script,) = [script for script in EXAMPLES if script.name.startswith("s6_")]
    assert _run(script, cwd=tmp_path).returncode == 0
    assert (tmp_path / "out" / f"{script.stem}.png").is_file()
