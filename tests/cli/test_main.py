"""The program as a person meets it: by its arguments, its output, its files and its exit code."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

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


@pytest.fixture(autouse=True)
def _ctrl_c_interrupts():
    """Also where a shell started the tests in the background, and told them to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


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
    assert "load     ls.LogisticRegression.load('runs/a/model.npz')" in out
    assert "classes  0 is upper, 1 is lower" in out
    log = ls.UpdateLog.load("runs/a/update_log.npz")
    assert log.z.shape == (20, 60)


def test_the_summary_is_that_of_the_estimator(capsys):
    _, out, _ = run(capsys, "train", "iris", "--activation", "softmax", "--max-iter", "30", "--no-standardize")
    assert "as they are (--no-standardize)" in out
    X, y = ls.load_dataset("iris")[:2]
    from sklearn.model_selection import train_test_split

    X, X_test, y, y_test = train_test_split(X, y, test_size=0.25, stratify=y, random_state=0)
    with pytest.warns(match="out of epochs|separated"):
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


def test_compare_at_tuned_rates(capsys, tmp_path):
    code, out, err = run(
        capsys, "compare", "moons", "--samples", "80", "--seeds", "2", "--max-iter", "20", "--learning-rate", "tuned",
        "--out", "out",
    )  # fmt: skip
    assert (code, err) == (0, "")
    assert "rate_response.png" in files(tmp_path / "out")
    record = json.loads((tmp_path / "out/run.json").read_text(encoding="utf-8"))
    X, y = ls.load_dataset("moons", n_samples=80)[:2]
    result = ls.compare(X, y, seeds=2, max_iter=20, learning_rate="tuned")
    assert record["rate_response"]["rates"] == result.rate_response.tried.tolist()
    assert record["rate_response"]["chosen"] == result.rates.tolist()
    assert np.shape(record["rate_response"]["validation_log_loss"]) == (2, 2, 17)
    assert [row["verdict"] for row in record["differences"]] == ["no difference: the same in every seed, to rounding"]
    line = next(line for line in out.splitlines() if line.startswith("tanh − sigmoid"))
    assert line.endswith("no difference: the same in every seed, to rounding")
    assert "tuned: for each arm and seed the best on a part of the training rows" in out
    code, _, _ = run(capsys, "report", "out")
    page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
    assert code == 0
    assert "<h2>Differences</h2>" in page
    assert page.count("<img") == 3


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
    assert [line[:9] for line in lines[:-1] if not line.startswith("  ")] == [f"S{i}  holds" for i in range(1, 10)]
    assert max(map(len, lines)) <= 100
    assert lines[-1] == "9 of 9 claims hold"


def test_check_fails_if_a_claim_does(capsys, monkeypatch):
    from logitscope.claims import CLAIMS, Verdict

    monkeypatch.setitem(CLAIMS, "S6", lambda: Verdict("tanh′ peaks at 2", False, "it is 1"))
    code, out, _ = run(capsys, "check", "s6", "S5")
    assert code == 1
    assert out.splitlines()[:2] == ["S6  FAILS  tanh′ peaks at 2", "      it is 1"]
    assert out.splitlines()[-1] == "1 of 2 claims hold"


ACTIVATIONS, CLAIMS, DATASETS, LOSSES, OPTIMIZERS, SOLVERS = (
    ", ".join(map(repr, sorted(names)))
    for names in (ls.ACTIVATIONS, ls.CLAIMS, ls.DATASETS, ls.LOSSES, ls.OPTIMIZERS, [*ls.OPTIMIZERS, *ls.SOLVERS])
)
TABLES = {
    "empty.csv": "",
    "rare.csv": "x,label\n1,well\n2,well\n3,well\n4,well\n5,sick\n",
    "one.csv": "x,label\n1,a\n2,a\n",
}
REFUSED = {
    ("train", "mons"): f"`DATASET` must be one of {DATASETS}; got 'mons'. The path of a CSV file works too.",
    ("train", "moons", "--activation", "tan"): f"`--activation` must be one of {ACTIVATIONS}; got 'tan'.",
    ("train", "moons", "--loss", "hinge"): f"`--loss` must be one of {LOSSES}; got 'hinge'.",
    ("train", "moons", "--solver", "foo"): f"`--solver` must be one of {SOLVERS}; got 'foo'.",
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
    ("train", "moons", "--out", ""): "`--out` must be a folder that can be written; got '' (it has no name).",
    ("train", "moons", "--seed", "-1"): "`--seed` must be an integer from 0 to 4294967295; got -1.",
    ("train", "moons", "--samples", "3"): "moons: class 'upper' has 1 row; two are needed, one to train on and one to "
    "hold out.",
    ("compare", "moons", "--samples", "3"): "moons: class 'upper' has 1 row; two are needed, one to train on and one "
    "to hold out.",
    ("compare", "rare.csv"): "rare.csv: class 'sick' has 1 row; two are needed, one to train on and one to hold out.",
    ("train", "moons", "--samples", "4"): "`--test-size` must leave rows of every class on both sides; got 0.25 of 4 "
    "rows, which holds out 1 for 2 classes.",
    ("train", "iris", "--noise", "0.1"): "`--noise` cannot be given for 'iris', which is measured data; got 0.1.",
    ("train", "one.csv"): "one.csv, column 'label': the target has one class, 'a', and two are needed. Name the column "
    "of labels with `--target`: 'x', 'label'.",
    (
        "train",
        "moons",
        "--solver",
        "newton",
        "--batch-size",
        "9",
    ): "Cannot use `--batch-size 9` with `--solver newton`: "
    "it needs all rows at every step. Leave no --batch-size or choose an optimizer.",
    ("train", "moons", "--solver", "newton", "--learning-rate", "0.5"): "Cannot use `--learning-rate 0.5` with "
    "`--solver newton`: it finds its own step. Leave --learning-rate auto or choose an optimizer.",
    ("compare", "moons", "--solver", "newton"): "Cannot use `--solver newton` in a comparison: it needs no learning "
    f"rate, and arms are compared at theirs, side by side. Choose one of {OPTIMIZERS}.",
    ("compare", "moons", "--seeds", "0"): "`--seeds` must be an integer >= 1 or a sequence of integers; got 0.",
    ("compare", "moons", "--activations", "tanh,foo"): f"`--activations` must be one of {ACTIVATIONS}; got 'foo'.",
    ("compare", "moons", "--activations", "tanh,tanh"): "Arms of a comparison must differ; got 'tanh' twice.",
    ("compare", "moons", "--learning-rate", "0.1,-1"): "`--learning-rate` must be 'auto', 'matched', 'tuned', a number "
    "> 0 or several; got -1.0.",
    ("activations", "foo"): f"`NAME` must be one of {ACTIVATIONS}; got 'foo'.",
    ("check", "S10"): f"`CLAIM` must be one of {CLAIMS}; got 'S10'.",
}


@pytest.mark.parametrize("argv", REFUSED, ids=" ".join)
def test_a_wrong_value_gets_one_sentence(argv, capsys, tmp_path):
    for name, content in TABLES.items():
        (tmp_path / name).write_text(content, encoding="utf-8")
    code, out, err = run(capsys, *argv)
    assert (code, out) == (2, "")
    assert err == f"logitscope {argv[0]}: {REFUSED[argv]}\n"
    assert files(tmp_path) == sorted(TABLES)


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

    monkeypatch.setattr("logitscope.cli._show.Ticker.observe", interrupted)
    code, out, err = run(capsys, "train", "moons", "--samples", "80", "--out", "out")
    assert (code, err) == (130, "")
    assert "interrupted; the parameters reached so far were kept" in out
    record = json.loads((tmp_path / "out/run.json").read_text(encoding="utf-8"))
    assert record["n_iter"] == 7
    assert all(len(curve) == 7 for curve in record["curves"].values())
    arguments = parse(["train", "moons", "--samples", "80"])
    data = prepare(arguments, load(arguments))
    clf = ls.LogisticRegression(max_iter=7)
    with pytest.warns(match="out of epochs|separated"):
        clf.fit(data.X_train, data.y_train)
    np.testing.assert_array_equal(record["of_standardized_features"]["coef"], clf.coef_)


@pytest.mark.parametrize(("dataset", "options"), [
    ("breast_cancer", ()), ("breast_cancer", ("--activation", "softmax")), ("wine", ("--activation", "tanh")),
    ("wine", ("--no-standardize", "--solver", "adam")),
])  # fmt: skip
def test_the_saved_model_takes_the_data_as_they_are(dataset, options, capsys):
    _, out, _ = run(capsys, "train", dataset, "--max-iter", "30", "--out", "out", *options)
    record = json.loads(Path("out/run.json").read_text(encoding="utf-8"))
    data = ls.load_dataset(dataset)
    assert record["classes"] == list(data.target_names)
    assert record["features"]["names"] == list(data.feature_names)
    clf = ls.LogisticRegression.load("out/model.npz")
    from sklearn.model_selection import train_test_split

    rows, held_out = train_test_split(np.arange(len(data.y)), test_size=0.25, stratify=data.y, random_state=0)
    scores = clf.score(data.X[rows], data.y[rows]), clf.score(data.X[held_out], data.y[held_out])
    assert f"{scores[0]:.3f} training, {scores[1]:.3f} held out" in out
    assert scores == (record["accuracy"]["training"], record["accuracy"]["held_out"])
    z = ls.UpdateLog.load("out/update_log.npz").z  # in the old units, before the last step
    assert z.shape[1] == len(rows)
    if "--no-standardize" in options:
        assert record["features"]["mean"] is record["of_standardized_features"] is None
        return
    np.testing.assert_allclose(record["features"]["mean"], data.X[rows].mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(record["features"]["scale"], data.X[rows].std(axis=0), rtol=1e-12)
    scaled = (data.X - data.X[rows].mean(axis=0)) / data.X[rows].std(axis=0)
    trained = record["of_standardized_features"]
    expected = scaled @ np.transpose(trained["coef"]) + trained["intercept"]
    np.testing.assert_allclose(clf._z(data.X), expected, rtol=1e-9, atol=1e-10)
    again = clf.set_params(warm_start=True, max_iter=1, learning_rate=1e-12, record=False)
    with pytest.warns(match="out of epochs|separated"):
        again.fit(data.X, data.y)  # from where the run stopped
    np.testing.assert_allclose(again.coef_, record["coef"], rtol=1e-3)


@pytest.fixture
def drawn(monkeypatch):
    """The displays that a command draws, in order."""
    from logitscope.displays import ComparisonDisplay, TrainingCurveDisplay, UpdateMagnitudeDisplay

    displays = []
    for display in (ComparisonDisplay, TrainingCurveDisplay, UpdateMagnitudeDisplay):
        right = display.plot
        monkeypatch.setattr(
            display, "plot", lambda self, *args, _right=right, **kw: displays.append(self) or _right(self, *args, **kw)
        )
    return displays


def test_class_0_is_class_0_everywhere(capsys, drawn):
    run(capsys, "train", "breast_cancer", "--max-iter", "3", "--out", "out")
    assert drawn[-1].class_names == ("malignant", "benign")  # benign would be the first in the alphabet
    data = ls.load_dataset("breast_cancer")
    log = ls.UpdateLog.load("out/update_log.npz")
    ours = ls.compare(data.X, data.y, activations=["sigmoid"], seeds=1, max_iter=3)
    np.testing.assert_array_equal(log.y, ours.logs[0].y)
    np.testing.assert_array_equal(log.z, ours.log(0).z)


@pytest.mark.parametrize(
    ("dataset", "activation", "names", "contrast"),
    [
        ("moons", "softmax", ("lower", "upper"), "class upper against class lower"),  # its first column is class 0
        ("iris", "tanh", ("rest", "setosa"), "class setosa against the rest"),
        ("digits", "tanh", ("rest", "class 0"), "class 0 against the rest"),
        ("classification", "tanh", ("class 0", "class 1"), None),
    ],
)
def test_a_figure_names_the_classes(dataset, activation, names, contrast, capsys, drawn):
    run(capsys, "train", dataset, "--activation", activation, "--samples", "60", "--max-iter", "2", "--out", "out")
    assert (drawn[-1].class_names, drawn[-1].contrast) == (names, contrast)


def test_figures_say_which_run_they_show(capsys, drawn, tmp_path):
    settings = ("--samples", "60", "--max-iter", "2", "--out", "out")
    run(capsys, "train", "moons", "--learning-rate", "0.5", *settings)
    assert [display.title for display in drawn] == ["moons · sigmoid · cross-entropy · gd · η = 0.5"] * 2
    run(capsys, "compare", "moons", "--learning-rate", "0.1,1", *settings)
    run(capsys, "compare", "moons", "--solver", "adam", *settings)
    titles = ["moons · gd · rates: as given", "moons · adam · rates: auto"]
    assert [display.title for display in drawn[2:]] == titles


def test_interrupting_a_comparison_keeps_the_seeds_that_are_done(capsys, monkeypatch):
    monkeypatch.setattr("logitscope.comparison._runs.iterate", Interrupting(seed=3))
    code, out, err = run(capsys, "compare", "moons", "--samples", "80", "--max-iter", "9", "--out", "out")
    assert (code, err) == (130, "")
    assert "interrupted" in out
    record = json.loads(Path("out/run.json").read_text(encoding="utf-8"))
    assert (record["seeds"], record["seeds_done"], record["interrupted"]) == (5, [0, 1], True)
    assert np.shape(record["curves"]["loss"]) == (2, 2, 10)


class Interrupting:
    def __init__(self, seed):
        self.seed = seed

    def __call__(self, *args, **kwargs):
        self.seed -= 1
        for step in ls.iterate(*args, **kwargs):
            if self.seed == 0 and step.epoch == 4:
                raise KeyboardInterrupt
            yield step


def test_interrupting_a_check_gives_no_verdict(capsys, monkeypatch):
    def interrupted():
        raise KeyboardInterrupt

    monkeypatch.setitem(ls.CLAIMS, "S6", interrupted)
    code, out, err = run(capsys, "check", "S5", "S6", "S9")
    assert code == 130
    assert [line[:9] for line in out.splitlines() if not line.startswith("  ")] == ["S5  holds"]
    assert err == "logitscope check: interrupted in S6, after 1 of 3\n"


def test_interrupting_before_anything_was_made(capsys, monkeypatch, tmp_path):
    for command in ("train", "compare"):
        monkeypatch.setattr(f"logitscope.cli._{command}.load", lambda arguments: signal.raise_signal(signal.SIGINT))
        code, out, err = run(capsys, command, "moons", "--out", "new")
        assert (code, out, err) == (130, "", f"logitscope {command}: interrupted; nothing was written\n")
    assert files(tmp_path) == []


def test_interrupting_the_first_seed_keeps_its_epochs(capsys, tmp_path, monkeypatch):
    monkeypatch.setattr("logitscope.comparison._runs.iterate", Interrupting(seed=1))
    code, _, _ = run(capsys, "compare", "moons", "--samples", "80", "--out", "out")
    assert code == 130
    record = json.loads((tmp_path / "out/run.json").read_text(encoding="utf-8"))
    assert (record["seeds_done"], record["interrupted"]) == ([], True)
    assert (record["max_iter"], record["epochs_done"]) == (200, len(record["curves"]["epochs"]) - 1) == (200, 3)


def test_early_stopping_gives_the_figures_of_the_epoch_that_was_kept(capsys, tmp_path):
    _, out, _ = run(capsys, "train", "moons", "--samples", "60", "--solver", "adam", "--learning-rate", "2",
                    "--early-stopping", "--out", "out")  # fmt: skip
    record = json.loads((tmp_path / "out/run.json").read_text(encoding="utf-8"))
    kept, done = record["n_iter"], record["n_run"]
    assert kept < done == len(record["curves"]["loss"])
    facts = dict(re.split("  +", line.strip(), maxsplit=1) for line in out.splitlines() if line.startswith("  "))
    assert facts["epochs"].startswith(f"{kept} kept of {done} run in ")
    curves = record["curves"]
    losses = curves["loss"][kept - 1], curves["validation_loss"][kept - 1]
    assert facts["loss"] == f"{losses[0]:.4f} training, {losses[1]:.4f} held out"
    assert facts["held out"] == "these rows chose the epoch, so that their figures are a little too good"
    log = ls.UpdateLog.load("out/update_log.npz")
    assert facts["last update"].startswith(f"largest {log.update_norm[kept - 1].max():.2e}, ")


def test_a_diverged_run_says_so_first(capsys):
    code, out, _ = run(capsys, "train", "moons", "--learning-rate", "1e9", "--loss", "cross_entropy")
    assert code == 0
    assert out.splitlines()[1].startswith("  ended          diverged: ")
    assert out.splitlines()[1].endswith("use that or less, or --learning-rate auto")
    assert "last update" not in out


def test_json_has_a_line_for_a_curve(capsys, tmp_path):
    run(capsys, "train", "moons", "--max-iter", "90", "--out", "out")
    text = (tmp_path / "out/run.json").read_text(encoding="utf-8")
    (line,) = [line for line in text.splitlines() if '"validation_loss"' in line]
    assert len(json.loads(f"{{{line.strip().removesuffix(',')}}}")["validation_loss"]) == 90
    assert len(text.splitlines()) < 80
    assert '"dataset": "moons"' in text


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
@pytest.mark.parametrize(
    "argv", [("compare", "moons", "--samples", "60", "--seeds", "1"), ("activations",), ("check", "S1")], ids=" ".join
)
def test_a_terminal_that_has_no_greek(encoding, argv, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "logitscope", *argv],
        capture_output=True, cwd=tmp_path, check=True, env={**os.environ, "PYTHONIOENCODING": encoding},
    )  # fmt: skip
    assert done.stderr == b""
    assert b"?" in done.stdout


def test_files_are_there_whatever_happens_to_the_text(capsys, tmp_path, monkeypatch):
    def broken(*args):
        raise BrokenPipeError(32, "Broken pipe")

    for command in ("train", "compare"):
        monkeypatch.setattr(f"logitscope.cli._{command}.print_facts", broken)
        run(capsys, command, "moons", "--samples", "60", "--max-iter", "3", "--out", command)
        assert "run.json" in files(tmp_path / command)


def test_softmax_has_no_curve(capsys, tmp_path):
    code, out, _ = run(capsys, "activations", "softmax", "--out", "as")
    assert code == 0
    assert out.splitlines()[-1] == "softmax couples classes: no curve to draw"
    assert files(tmp_path) == []


def test_as_a_module_and_in_a_pipe(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "logitscope", "train", "blobs", "--max-iter", "5"],
        capture_output=True, text=True, cwd=tmp_path, check=True, env={**os.environ, "MPLBACKEND": "none such"},
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
    for names in (ls.DATASETS, ls.ACTIVATIONS, ls.LOSSES, [*ls.OPTIMIZERS, *ls.SOLVERS]):
        assert f" {', '.join(names)}" in shown


def test_an_option_of_another_command(capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["compare", "moons", "--arms", "tanh,sigmoid"])
    assert stopped.value.code == 2
    message = "unrecognized arguments: --arms tanh,sigmoid. See `logitscope compare --help`."
    assert capsys.readouterr().err == f"logitscope compare: {message}\n"
