"""The program as a person meets it: by its arguments, its output, its files and its exit code."""

import json
import os
import signal
import subprocess
import sys

import numpy as np
import pytest

import logitscope as ls
from logitscope.cli import main
from logitscope.cli._arguments import parse
from logitscope.cli._data import load, prepare

TABLE = "a,b,label\n" + "".join(f"{i},{(i * 7) % 5},{'yes' if i > 10 else 'no'}\n" for i in range(21))


@pytest.fixture(autouse=True)
def _empty_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def run(capsys, *argv):
    code = main([str(argument) for argument in argv])
    captured = capsys.readouterr()
    return code, captured.out, captured.err


def files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_train_leaves_figures_and_files(capsys, tmp_path):
    code, out, err = run(capsys, "train", "moons", "--samples", "80", "--max-iter", "20", "--out", "runs/a")
    assert (code, err) == (0, "")
    assert files(tmp_path / "runs/a") == [
        "model.npz",
        "run.json",
        "training_curves.png",
        "update_against_z.png",
        "update_log.npz",
    ]
    assert "standardised with the mean and standard deviation of the training rows" in out
    record = json.loads((tmp_path / "runs/a/run.json").read_text(encoding="utf-8"))
    assert record["n_iter"] == len(record["curves"]["loss"]) == 20
    clf = ls.LogisticRegression.load("runs/a/model.npz")
    np.testing.assert_array_equal(clf.coef_, record["coef"])
    log = ls.UpdateLog.load("runs/a/update_log.npz")
    assert log.z.shape == (20, 60)


def test_the_summary_is_that_of_the_estimator(capsys):
    _, out, _ = run(capsys, "train", "iris", "--activation", "softmax", "--max-iter", "30", "--no-standardize")
    assert "as they are (--no-standardize)" in out
    X, y, _, names, _ = ls.load_dataset("iris")
    from sklearn.model_selection import train_test_split

    labels = np.asarray(names)[y]
    X, X_test, y, y_test = train_test_split(X, labels, test_size=0.25, stratify=labels, random_state=0)
    with pytest.warns(match="out of epochs"):
        clf = ls.LogisticRegression("softmax", max_iter=30).fit(X, y)
    assert f"{clf.score(X, y):.3f} training, {clf.score(X_test, y_test):.3f} held out" in out


def test_train_on_a_file(capsys, tmp_path):
    (tmp_path / "own.csv").write_text(TABLE, encoding="utf-8")
    code, out, _ = run(capsys, "train", "own.csv", "--target", "label", "--activation", "tanh", "--tol", "0.01")
    assert code == 0
    assert "own.csv: 21 samples, 2 features, 2 classes" in out
    assert files(tmp_path) == ["own.csv"]  # nothing is written unless asked for


def test_a_solver_that_finds_its_own_step_says_so(capsys):
    _, out, _ = run(capsys, "train", "moons", "--solver", "newton")
    assert "learning rate  found by the solver at each step" in out
    assert "converged" in out


def test_compare_leaves_the_table_and_the_figures(capsys, tmp_path):
    code, out, err = run(
        capsys, "compare", "moons", "--samples", "80", "--seeds", "2", "--max-iter", "20", "--out", "out"
    )
    assert (code, err) == (0, "")
    assert files(tmp_path / "out") == ["activations.png", "comparison.png", "run.json", "update_log.npz"]
    table = json.loads((tmp_path / "out/run.json").read_text(encoding="utf-8"))["table"]
    for row in table:
        line = next(line for line in out.splitlines() if line.split()[:1] == [row["arm"]])
        assert f"{row['final_loss']:.4f}" in line
        assert f"{row['learning_rate']:.3g}" in line
    X, y = ls.load_dataset("moons", n_samples=80)[:2]
    assert ls.compare(X, y, seeds=2, max_iter=20).rows()[0]["final_loss"] == table[0]["final_loss"]


def test_json_has_no_nan(capsys, tmp_path):
    run(capsys, "compare", "moons", "--samples", "60", "--seeds", "1", "--max-iter", "5",
        "--learning-rate", "1e9", "--out", "out")  # fmt: skip
    text = (tmp_path / "out/run.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert "Infinity" not in text
    assert json.loads(text)["table"][0]["status"] == "diverged"


def test_activations(capsys, tmp_path):
    code, out, _ = run(capsys, "activations", "tanh", "sigmoid", "softmax", "--out", "out")
    assert code == 0
    assert files(tmp_path / "out") == ["activations.png"]
    rows = {line.split()[0]: line.split() for line in out.splitlines() if line.split()[:1]}
    assert rows["tanh"][3] == "1"
    assert rows["sigmoid"][3] == "0.25"


def test_check_passes(capsys):
    code, out, _ = run(capsys, "check")
    assert code == 0
    lines = out.splitlines()
    assert [line.split()[:2] for line in lines[:-1]] == [[f"S{i}", "holds"] for i in range(1, 10)]
    assert lines[-1] == "9 of 9 claims hold"


def test_check_fails_if_a_claim_does(capsys, monkeypatch):
    from logitscope.claims import CLAIMS, Verdict

    monkeypatch.setitem(CLAIMS, "S6", lambda: Verdict("tanh′ peaks at 2", False, "it is 1"))
    code, out, _ = run(capsys, "check", "s6", "S5")
    assert code == 1
    assert out.splitlines()[0] == "S6  FAILS  tanh′ peaks at 2: it is 1"
    assert out.splitlines()[-1] == "1 of 2 claims hold"


ACTIVATIONS = ", ".join(map(repr, sorted(ls.ACTIVATIONS)))
REFUSED = {
    ("train", "mons"): "`DATASET` must be one of 'blobs', 'breast_cancer', 'circles', 'classification', 'digits', "
    "'iris', 'moons', 'spirals', 'wine', 'xor'; got 'mons'. The path of a CSV file works too.",
    ("train", "moons", "--activation", "tan"): f"`--activation` must be one of {ACTIVATIONS}; got 'tan'.",
    ("train", "moons", "--loss", "hinge"): "`--loss` must be one of 'brier', 'cross_entropy', 'focal', "
    "'squared_error'; got 'hinge'.",
    ("train", "moons", "--solver", "foo"): "`--solver` must be one of 'adagrad', 'adam', 'gd', 'momentum', "
    "'nesterov', 'newton', 'rmsprop', 'sgd'; got 'foo'.",
    ("train", "moons", "--learning-rate", "0"): "`--learning-rate` must be 'auto' or a finite number > 0; got 0.0.",
    ("train", "moons", "--batch-size", "0"): "`--batch-size` must be an integer >= 1; got 0.",
    ("train", "moons", "--batch-size", "999"): "`--batch-size` must be an integer from 1 to the number of training "
    "samples, 375; got 999.",
    ("train", "moons", "--max-iter", "0"): "`--max-iter` must be an integer >= 1; got 0.",
    ("train", "moons", "--alpha", "-1"): "`--alpha` must be a finite number >= 0; got -1.0.",
    ("train", "moons", "--every", "0"): "`--every` must be an integer >= 1 (epochs between records); got 0.",
    ("train", "moons", "--test-size", "2"): "`--test-size` must be a number between 0 and 1; got 2.0.",
    ("train", "moons", "--samples", "1"): "`--samples` must be an integer >= 2 for 'moons'; got 1.",
    ("train", "none.csv"): "none.csv: there is no such file. Check the path.",
    ("train", "empty.csv"): "empty.csv: the file is empty. It must have at least two rows of numbers and a label.",
    ("train", "moons", "--out", "empty.csv"): "`--out` must be a folder that can be written; got 'empty.csv' "
    "(it is a file).",
    ("compare", "moons", "--seeds", "0"): "`--seeds` must be an integer >= 1 or a sequence of integers; got 0.",
    ("compare", "moons", "--activations", "tanh,foo"): f"`--activations` must be one of {ACTIVATIONS}; got 'foo'.",
    ("compare", "moons", "--activations", "tanh,tanh"): "Arms of a comparison must differ; got 'tanh' twice.",
    ("compare", "moons", "--learning-rate", "0.1,-1"): "`--learning-rate` must be 'auto', 'matched', a number > 0 or "
    "several; got -1.0.",
    ("activations", "foo"): f"`--activations` must be one of {ACTIVATIONS}; got 'foo'.",
    ("check", "S10"): "`CLAIM` must be one of 'S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9'; got 'S10'.",
}


@pytest.mark.parametrize("argv", REFUSED, ids=" ".join)
def test_a_wrong_value_gets_one_sentence(argv, capsys, tmp_path):
    (tmp_path / "empty.csv").touch()
    code, out, err = run(capsys, *argv)
    assert (code, out) == (2, "")
    assert err == f"logitscope {argv[0]}: {REFUSED[argv]}\n"
    assert files(tmp_path) == ["empty.csv"]


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ((), "logitscope: the following arguments are required: COMMAND. See `logitscope --help`."),
        (("train",), "logitscope train: the following arguments are required: DATASET. See `logitscope train --help`."),
        (
            ("train", "moons", "--samples", "x"),
            "logitscope train: argument --samples: invalid int value: 'x'. See `logitscope train --help`.",
        ),
    ],
)
def test_a_wrong_argument_gets_one_sentence(argv, sentence, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(argv)
    assert stopped.value.code == 2
    assert capsys.readouterr().err == sentence + "\n"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_an_unwritable_folder_is_refused_before_training(capsys, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    code, _, err = run(capsys, "train", "moons", "--out", "locked/out")
    assert code == 2
    assert "`--out` must be a folder that can be written; got 'locked/out'" in err


def test_nothing_is_left_behind_when_writing_fails(capsys, tmp_path, monkeypatch):
    def full(*args, **kwargs):
        raise OSError(28, "No space left on device", "run.json")

    monkeypatch.setattr("logitscope.cli._files.Folder.json", full)
    code, _, err = run(capsys, "train", "moons", "--samples", "40", "--max-iter", "3", "--out", "out")
    assert code == 2
    assert err == "logitscope train: run.json: No space left on device\n"
    assert files(tmp_path) == []


def test_interrupting_keeps_what_was_learnt(capsys, tmp_path, monkeypatch):
    def interrupted(self, step):
        if step.epoch == 7:
            signal.raise_signal(signal.SIGINT)  # what Ctrl-C does

    monkeypatch.setattr("logitscope.cli._train._Ticker.observe", interrupted)
    code, out, err = run(capsys, "train", "moons", "--samples", "80", "--out", "out")
    assert (code, err) == (130, "")
    assert "interrupted; the parameters reached so far were kept" in out
    record = json.loads((tmp_path / "out/run.json").read_text(encoding="utf-8"))
    assert record["n_iter"] == 7
    assert all(len(curve) == 7 for curve in record["curves"].values())
    arguments = parse(["train", "moons", "--samples", "80"])
    data = prepare(arguments, load(arguments))
    clf = ls.LogisticRegression(max_iter=7)
    with pytest.warns(match="out of epochs"):
        clf.fit(data.X_train, data.y_train)
    np.testing.assert_array_equal(record["coef"], clf.coef_)


def test_as_a_module_and_in_a_pipe(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "logitscope", "train", "blobs", "--max-iter", "5"],
        capture_output=True, text=True, cwd=tmp_path, check=True,
    )  # fmt: skip
    assert done.stderr == ""  # no progress bar when piped
    assert "\x1b" not in done.stdout


@pytest.mark.parametrize("command", [(), ("train",), ("compare",), ("activations",), ("check",)])
def test_help(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        main([*command, "--help"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out.startswith("usage: logitscope")


def test_help_names_what_the_registries_hold(capsys):
    with pytest.raises(SystemExit):
        main(["train", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    for name in ls.DATASETS:
        assert name in shown
    for name in ls.LOSSES:
        assert name in shown
