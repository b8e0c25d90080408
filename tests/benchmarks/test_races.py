"""Every race at tiny sizes, and what the README says of them."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks import _figure, _peak, fleet, growth, inference, kernel, recording, solvers, step
from benchmarks._contestants import OURS, PROVEN, glum
from benchmarks._ladder import Trial
from benchmarks._races import Figure
from benchmarks._shapes import dense
from benchmarks._table import shown

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RESULTS = ROOT / "benchmarks" / "RESULTS.md"


@pytest.mark.filterwarnings("ignore")  # of other libraries
@pytest.mark.parametrize("race", [step, recording, kernel, inference], ids=lambda race: race.__name__)
def test_it_runs(race):
    result = race.run(True)
    assert result.tables
    assert all(np.isfinite(figure.value) and figure.value > 0 for figure in result.figures)
    assert all(len(row) == len(table.headings) for table in result.tables for row in table.rows)


def test_every_shape_has_a_process_of_its_own(monkeypatch):
    """A process that is forked from one in which OpenMP has had threads waits for them for ever."""
    trials, times = dict.fromkeys([OURS, PROVEN, "lbfgs"], Trial(0.1, 1.0, 0.0, None)), {OURS: 1.0, "lbfgs": 2.0}
    monkeypatch.setattr(
        solvers, "_outcome", lambda make, quick: solvers.Outcome(trials, times, [f"process {os.getpid()}"])
    )
    processes = {note for note in solvers.run(True).notes if note.startswith("process")}
    assert len(processes) == len(solvers.QUICK)
    assert f"process {os.getpid()}" not in processes


@pytest.mark.filterwarnings("ignore")
def test_who_has_raced_is_tried_on_the_next_shape_too(monkeypatch):
    pytest.importorskip("glum")
    monkeypatch.setattr(solvers, "rivals", lambda problem, notes: {"glum": glum})
    monkeypatch.setattr(solvers, "QUICK", {"a": dense(1_000, 5), "b": dense(2_000, 100)})
    _, everybody = solvers.run(True).tables
    suboptimality = [float(row[3]) for row in everybody.rows if row[1] == "glum"]
    assert len(suboptimality) == 2
    assert max(suboptimality) <= 1e-8


def test_a_fleet_is_the_models_one_by_one():
    small = fleet.make(40, 2, 2, 5)
    together = fleet.side_by_side(small)
    torch = pytest.importorskip("torch")
    in_torch = fleet.in_torch(torch, fleet.tensors(torch, small), small.n_epochs, small.models)
    for model, clf in enumerate(fleet.one_by_one(small, small.models)):
        own = np.r_[clf.coef_[0], clf.intercept_]
        np.testing.assert_allclose(in_torch[model], own, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(together.params[:, model], own, rtol=1e-9, atol=1e-12)


def test_the_fleet_has_every_activation_in_torch():
    assert set(fleet.ACTIVATIONS) == set(fleet.PROBABILITY)


def test_an_epoch_and_its_growth():
    assert 0 < growth.epoch(growth.single(50, 3), 1) < 1.0
    assert 0 < growth.epoch(growth.fleet(30, 4), 1) < 1.0


def test_memory_of_a_fit():
    found = _peak.measure(2_000, 5, "gd")
    assert found["X"] == 2_000 * 5 * 8 / 1e6
    assert 0 <= found["beyond"] < 200


def test_the_figure_shows_what_was_measured(tmp_path):
    figures = [
        Figure("fast", 12.0, 8.0, 4.0),
        Figure("slow", 0.5, 3.0, 2.0),
        Figure("no ratio", 1.0, 1.0, 1.0, "", False),
    ]
    canvas = _figure.draw(figures, tmp_path / "ratios.png")
    (ax,) = canvas.axes
    bars = [bar for bar in ax.patches if bar.get_width()]
    assert [bar.get_x() + bar.get_width() for bar in bars] == [12.0, 0.5]
    assert [text.get_text() for text in ax.texts] == ["12×", "0.5×"]
    assert ax.get_xscale() == "log"
    assert (tmp_path / "ratios.png").stat().st_size > 0


def section(text):
    return text.split("## How fast", 1)[1].split("\n## ", 1)[0]


def test_the_readme_shows_the_headline_that_was_measured():
    said = [line for line in section(README).splitlines() if line.startswith("|")]
    measured = RESULTS.read_text(encoding="utf-8").split("## Headline", 1)[1].split("\n## ", 1)[0]
    assert said == [line for line in measured.splitlines() if line.startswith("|")]
    assert len(said) > 2


def test_the_readme_says_no_other_number():
    """Words around the table may not have figures that no run checks."""
    prose = "\n".join(line for line in section(README).splitlines() if not line.startswith(("|", "![")))
    assert not re.findall(r"\d+(?:\.\d+)?\s*(?:×|times|%|MB|ms|µs|s\b)", prose)


def test_results_are_not_of_tiny_sizes():
    assert "--quick" not in RESULTS.read_text(encoding="utf-8").split("## Headline")[0]


def test_values_are_shown_with_their_units():
    assert shown(Figure("", 0, 1, 1, "×"), 12.345) == "12.3×"
    assert shown(Figure("", 0, 1, 1, ""), 0.98765) == "0.988"
