"""`logitscope explain` as a person meets it."""

import json

import pytest

from logitscope.cli import main


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


SHORT = ("--seeds", "2", "--max-iter", "10")


def test_it_says_that_nobody_wins_and_leaves_files(capsys, tmp_path):
    assert main(["explain", "moons", "--arms", "tanh,sigmoid", *SHORT, "--out", "why"]) == 0
    out = capsys.readouterr().out
    assert "Why do tanh and sigmoid differ?" in out
    assert "learning_rate   0.1      0.4" in out
    assert "nobody wins." in " ".join(out.split())
    assert sorted(path.name for path in (tmp_path / "why").iterdir()) == ["comparison.png", "explanation.json"]
    found = json.loads((tmp_path / "why/explanation.json").read_text(encoding="utf-8"))
    assert (found["is_reparametrisation"], found["winner"]) == (True, None)
    assert [row["parameter"] for row in found["rewrite"]] == ["activation", "learning_rate"]
    assert found["table"][0]["as_given"] > 0.01


def test_two_models(capsys):
    assert main(["explain", "moons", "--arms", "tanh,probit", "--learning-rate", "0.2", *SHORT]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "probit at matched rate" in out
    assert "Cannot rewrite activation 'tanh' as 'probit'" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--arms", "tanh"], "`--arms` must be two activations, A,B; got tanh."),
        (["--arms", ","], "`--arms` must be two activations, A,B; got none."),
        (["--arms", "tanh,tanh"], "`--arms` must be two activations that differ; got tanh twice."),
        (["--loss", "hinge"], "`--loss` must be one of 'brier', 'cross_entropy', 'focal', 'squared_error'; got"),
    ],
)
def test_what_cannot_be_explained(capsys, arguments, message):
    assert main(["explain", "moons", *arguments]) == 2
    assert capsys.readouterr().err.startswith(f"logitscope explain: {message}")
