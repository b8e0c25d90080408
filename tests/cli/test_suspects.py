"""`logitscope suspects` as a person meets it."""

import csv

import numpy as np
import pytest

import logitscope as ls
from logitscope.cli import main


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def table(tmp_path):
    """Two clouds far apart; rows 3 and 40 have the other label."""
    rng = np.random.default_rng(0)
    names = np.repeat(["ill", "well"], 30)
    X = rng.normal(size=(60, 2)) + np.where(names == "ill", -3.0, 3.0)[:, None]
    names[[3, 40]] = "well", "ill"
    lines = [f"{a:.4f},{name},{b:.4f}" for (a, b), name in zip(X, names, strict=True)]
    (tmp_path / "own.csv").write_text("a,outcome,b\n" + "\n".join(lines) + "\n", encoding="utf-8")
    return names


def test_the_wrong_labels_of_a_file_are_named(capsys, table):
    assert main(["suspects", "own.csv", "--target", "outcome", "--false-alarms", "0.1", "--out", "found.csv"]) == 0
    out = capsys.readouterr().out
    assert "2 of 60 labels are suspects" in out
    assert "expected among rows with a right label: at most 10 %" in out
    rows = [line.split() for line in out.splitlines() if line.split()[:1] in (["3"], ["40"])]
    assert sorted(row[:3] for row in rows) == [["3", "well", "ill"], ["40", "ill", "well"]]
    assert "wrote found.csv" in out
    with open("found.csv", newline="", encoding="utf-8") as file:
        written = list(csv.DictReader(file))
    assert len(written) == 60
    assert {row["row"] for row in written[:2]} == {"3", "40"}
    assert [row["is_suspect"] for row in written] == ["true"] * 2 + ["false"] * 58
    assert [row["given"] for row in sorted(written, key=lambda row: int(row["row"]))] == table.tolist()
    scores = [float(row["score"]) for row in written]
    assert scores == sorted(scores, reverse=True)


def test_a_label_that_only_one_row_has_may_be_the_wrong_one(table, tmp_path):
    text = (tmp_path / "own.csv").read_text(encoding="utf-8")
    (tmp_path / "own.csv").write_text(text.replace(",ill,", ",iII,", 1), encoding="utf-8")  # a slip of the keyboard
    assert main(["suspects", "own.csv", "--target", "outcome", "--false-alarms", "0.1", "--out", "found.csv"]) == 0
    with open("found.csv", newline="", encoding="utf-8") as file:
        (own,) = [row for row in csv.DictReader(file) if row["row"] == "0"]
    assert (own["given"], own["suggested"]) == ("iII", "ill")


def test_it_is_the_call_of_the_library(capsys):
    assert main(["suspects", "wine", "--max-iter", "60", "--false-alarms", "0.2"]) == 0
    out = capsys.readouterr().out
    X, y = ls.load_dataset("wine")[:2]
    clf = ls.LogisticRegression("softmax", max_iter=60, tol=0, record=True).fit(ls.standardize(X).X, y)
    found = ls.suspects(clf.update_log_, false_alarms=0.2)
    assert f"{found.is_suspect.sum()} of 178 labels are suspects" in out
    assert f"score >= {found.threshold:.4g}: the log-odds that another label is right" in out
    assert f"{found.score.max():.3f}" in out


def test_only_the_top_is_printed(capsys):
    assert main(["suspects", "breast_cancer", "--top", "1"]) == 0
    assert "more: --top shows more of them, --out FILE writes them all" in capsys.readouterr().out


def test_features_are_left_alone_if_asked(capsys):
    assert main(["suspects", "iris", "--no-standardize", "--samples", "90"]) == 0
    out = capsys.readouterr().out
    assert "iris: 90 samples, 4 features, 3 classes" in out
    assert "as they are (--no-standardize)" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["wine", "--false-alarms", "1.5"], "`--false-alarms` must be a number between 0 and 1; got 1.5."),
        (["wine", "--top", "-1"], "`--top` must be an integer >= 0; got -1."),
        (["wine", "--max-iter", "0"], "`--max-iter` must be an integer >= 1; got 0."),
        (
            ["wine", "--out", "no/such/file.csv"],
            "`--out` must be a file that can be written; got 'no/such/file.csv' (No such file or directory).",
        ),
        (["wine", "--target", "x"], "`--target` cannot be given for 'wine', which has its own; got 'x'."),
    ],
)
def test_what_cannot_be_searched(capsys, tmp_path, arguments, message):
    assert main(["suspects", *arguments]) == 2
    assert capsys.readouterr().err == f"logitscope suspects: {message}\n"
    assert list(tmp_path.iterdir()) == []


def test_help_says_what_is_allowed(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["suspects", "--help"])
    assert caught.value.code == 0
    out = capsys.readouterr().out
    assert "logitscope suspects patients.csv --target outcome --out suspects.csv" in out
    assert "--false-alarms SHARE" in out


def test_the_data_are_not_written_over(capsys, tmp_path):
    text = "a,b,label\n" + "1,2,no\n2,1,no\n5,6,yes\n6,5,yes\n" * 5
    (tmp_path / "own.csv").write_text(text, encoding="utf-8")
    assert main(["suspects", "own.csv", "--out", "./own.csv"]) == 2
    message = "`--out` must be another file than the data; got './own.csv' for both."
    assert capsys.readouterr().err == f"logitscope suspects: {message}\n"
    assert (tmp_path / "own.csv").read_text(encoding="utf-8") == text
