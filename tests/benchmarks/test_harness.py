"""The arithmetic of the benchmarks: medians, slopes, verdicts and tables."""

import json
from time import sleep
from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks import __main__ as command
from benchmarks._clock import once, optional, race, ratios, readable, slope
from benchmarks._ladder import LADDER, climb, within
from benchmarks._machine import describe
from benchmarks._races import RACES, Figure, Result, Table, as_result
from benchmarks._table import headline, page, replaced


def test_contestants_alternate_and_the_warm_up_does_not_count(monkeypatch):
    calls = []
    clock = iter([100.0, 200.0, 1.0, 9.0, 3.0, 4.0, 2.0, 6.0])  # a round of warming up, then three
    monkeypatch.setattr("benchmarks._clock.once", lambda run: (run(), next(clock))[1])
    times = race({"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, rounds=3)
    assert calls == ["a", "b"] * 4
    assert times["a"] == (2.0, 1.0, 3.0)
    assert times["b"] == (6.0, 4.0, 9.0)


def test_ratios_are_of_the_same_round(monkeypatch):
    clock = iter([1.0, 1.0, 1.0, 2.0, 10.0, 30.0, 2.0, 20.0])
    monkeypatch.setattr("benchmarks._clock.once", lambda run: next(clock))
    assert ratios({"ours": None, "theirs": None}, "ours", rounds=3)["theirs"] == 3.0


def test_time_is_time():
    assert 0.01 <= once(lambda: sleep(0.01)) < 1.0


def test_a_slope_is_the_exponent():
    sizes = np.array([10.0, 100.0, 5000.0])
    assert slope(sizes, 3e-7 * sizes**1.25) == pytest.approx(1.25, rel=1e-12)


@pytest.mark.parametrize(
    ("seconds", "text"), [(2.0, "2 s"), (0.0123, "12.3 ms"), (4.5e-5, "45 µs"), (3.21e-8, "32.1 ns")]
)
def test_times_are_readable(seconds, text):
    assert readable(seconds) == text


def test_what_is_not_installed_is_skipped_by_name():
    notes = []
    assert optional("no_such_library.api", notes) is None
    assert notes == ["no_such_library is not installed: skipped."]


@pytest.mark.parametrize(
    ("value", "larger", "verdict"),
    [(5.0, True, "target"), (4.9, True, "floor"), (2.9, True, "missed"), (np.nan, True, "missed"),
     (3.0, False, "target"), (5.0, False, "floor"), (5.1, False, "missed")],
)  # fmt: skip
def test_verdicts(value, larger, verdict):
    target, floor = (5.0, 3.0) if larger else (3.0, 5.0)
    assert Figure("x", value, target, floor, larger_is_better=larger).verdict == verdict


def test_tables_and_pages():
    figures = [Figure("fast", 12.345, 8.0, 4.0), Figure("big", 2000.0, 1.0, 1.05, "MB", False, False)]
    assert headline(figures) == (
        "| figure | measured | target | floor | verdict |\n"
        "| :-- | --: | --: | --: | --: |\n"
        "| fast | 12.3× | ≥ 8× | ≥ 4× | reaches the target |\n"
        "| big | 2,000 MB | ≤ 1 MB | ≤ 1.05 MB | **misses the floor** |\n"
    )
    result = Result("a", "A race", ["A note."], figures, [Table("T", ["x", "y"], [["1", "2"]])])
    text = page([result], ["a machine"], is_quick=True)
    for part in (headline(figures).strip(), "## A race", "A note.", "| 1 | 2 |", "- a machine", "no figure counts"):
        assert part in text
    assert as_result(json.loads(json.dumps(result.plain()))) == result


def test_the_headline_goes_where_it_is_shown():
    text = "# x\n\n| a |\n\n## How fast\n\nWords.\n\n| old |\n| :-- |\n| 1 |\n\nMore.\n\n## y\n\n| b |\n"
    assert replaced(text, "| new |\n| :-- |\n") == (
        "# x\n\n| a |\n\n## How fast\n\nWords.\n\n| new |\n| :-- |\n\nMore.\n\n## y\n\n| b |\n"
    )


def test_the_machine_is_described():
    text = " ".join(describe(2))
    assert "2 threads for every contestant (OPENBLAS_NUM_THREADS is 2)" in text
    for word in ("Processor", "numpy", "BLAS", "thread"):
        assert word in text


class TestLadder:
    def test_the_loosest_tolerance_that_is_right(self):
        trial = climb(lambda tol: 10 * tol, lambda error: error, 1e-8, 10.0)
        assert trial.tol == pytest.approx(1e-9)
        assert trial.suboptimality == pytest.approx(1e-8)

    def test_one_that_never_is(self):
        trial = climb(lambda tol: 0.5, lambda error: error, 1e-8, 10.0)
        assert (trial.tol, trial.suboptimality, trial.why) == (None, 0.5, "ends 5e-01 above the optimum")

    def test_one_that_is_too_slow_is_broken_off(self):
        trial = climb(lambda tol: sleep(60), lambda error: error, 1e-8, 0.1)
        assert (trial.tol, trial.why) == (None, "> 0.1 s")

    def test_one_that_fails(self):
        def fail(tol):
            raise ZeroDivisionError

        assert climb(fail, lambda error: error, 1e-8, 10.0).why == "ZeroDivisionError"

    def test_answers_come_back_whole(self):
        answer = within(lambda: np.arange(1_000_000.0), 10.0)
        np.testing.assert_array_equal(answer, np.arange(1_000_000.0))

    def test_it_tightens(self):
        assert list(LADDER) == sorted(LADDER, reverse=True)


def test_one_command_runs_a_race_in_a_process_of_its_own_and_writes_the_page(tmp_path, capfd):
    code = command.main(["--quick", "--only", "per_sample_gradients", "--out", str(tmp_path)])
    text = (tmp_path / "RESULTS.md").read_text(encoding="utf-8")
    printed = capfd.readouterr().out
    assert "## Per-sample gradients" in text
    assert "log.gradient_norm" in printed
    assert code == 0  # it ran; of tiny sizes no figure counts
    assert f"no figure counts.\nwrote {tmp_path / 'RESULTS.md'}\n" in printed
    assert "misses" not in printed


@pytest.mark.parametrize(("value", "code"), [(0.4, 1), (0.6, 0)])
def test_a_figure_below_its_floor_is_no_success(monkeypatch, value, code):
    figure = Figure("speed", value, 0.7, 0.5)
    monkeypatch.setattr(command, "_run", lambda *_: Result("kernel", "", [], [figure], [Table("t", ["a"], [["1"]])]))
    assert command.main(["--only", "kernel"]) == code


def test_a_race_that_fails_is_in_the_page(monkeypatch, tmp_path):
    ended = SimpleNamespace(returncode=3)
    monkeypatch.setattr(command, "subprocess", SimpleNamespace(run=lambda *_, **__: ended))
    assert command.main(["--quick", "--only", "kernel", "--out", str(tmp_path)]) == 1
    assert "The race ended with exit code 3." in (tmp_path / "RESULTS.md").read_text(encoding="utf-8")


def test_races_are_files():
    for name in RACES:
        assert (command.Path(command.__file__).parent / f"{name}.py").is_file()


@pytest.mark.parametrize("n", [1, 3])
def test_everybody_has_the_threads_of_blas_that_were_asked_for(n, monkeypatch, capsys):
    seen = []
    monkeypatch.setattr(
        command.subprocess, "run", lambda args, env: (seen.append(env), SimpleNamespace(returncode=1))[1]
    )
    command.main(["--only", "step", "--blas-threads", str(n)])
    command.main(["--only", "solvers", "--blas-threads", str(n)])
    assert [env["OPENBLAS_NUM_THREADS"] for env in seen] == [str(n)] * 2
    assert seen[0]["OMP_NUM_THREADS"] == "1"
    assert "OMP_NUM_THREADS" not in seen[1]


def test_as_installed_nobody_has_a_limit(monkeypatch, capsys):
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    seen = []
    monkeypatch.setattr(
        command.subprocess, "run", lambda args, env: (seen.append(env), SimpleNamespace(returncode=1))[1]
    )
    command.main(["--only", "installed"])
    assert not seen[0].keys() & {*command.BLAS, "OMP_NUM_THREADS"}


@pytest.mark.parametrize("argv", [("--blas-threads", "0"), ("--blas-threads", "2", "--readme", "README.md")])
def test_threads_of_blas_that_cannot_be(argv, capsys):
    with pytest.raises(SystemExit):
        command.main(argv)
    assert "--blas-threads" in capsys.readouterr().err
