"""A report is one page: well-formed, with all that it shows inside it, and nothing from elsewhere."""

import base64
import json
import re
from html.parser import HTMLParser

import pytest

import logitscope as ls
from logitscope._exceptions import FileFormatError, InvalidInputError
from logitscope.cli import main

VOID = {"meta", "img", "br", "hr", "link", "input"}


class Tree(HTMLParser):
    """Follows tags that open and close, and keeps texts and pictures."""

    def __init__(self, text):
        super().__init__()
        self.open, self.texts, self.images, self.links = [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        attributes = dict(attrs)
        if tag == "img":
            self.images.append(attributes)
        self.links += [attributes[name] for name in ("href", "src") if name in attributes]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data.strip())


def assert_is_whole(text):
    tree = Tree(text)
    assert all(link.startswith("data:image/png;base64,") for link in tree.links)
    assert not re.search(r"https?://|@import|url\(|<script", text)
    for image in tree.images:
        assert image["alt"]
        assert base64.b64decode(image["src"].partition(",")[2]).startswith(b"\x89PNG")
    return tree


@pytest.fixture(scope="module")
def comparison():
    X, y = ls.load_dataset("moons", n_samples=80, random_state=0)[:2]
    return ls.compare(X, y, activations=("tanh", "sigmoid"), seeds=2, max_iter=8)


def test_a_comparison_is_reported_whole(comparison, tmp_path):
    text = comparison.to_html(tmp_path / "page.html")
    assert (tmp_path / "page.html").read_text(encoding="utf-8") == text
    tree = assert_is_whole(text)
    assert len(tree.images) == 1
    headings, rows = comparison.table()
    for cell in [*headings, *(cell for row in rows for cell in row)]:
        assert cell in tree.texts
    assert "tanh against sigmoid" in tree.texts


def test_differences_are_said_plainly_and_units_explained(comparison):
    tree = assert_is_whole(comparison.to_html())
    assert {"Differences", "tanh and sigmoid are one model in two units"} <= set(tree.texts)
    assert "No difference is shown between the two arms." in tree.texts
    (explained,) = comparison.explain_rescalings()
    assert explained.winner is None
    assert {explained.verdict, explained.reason} <= set(tree.texts)
    for cell in [*comparison.differences().table()[1][0], *explained.table()[0]]:
        assert cell in tree.texts


def test_tuned_rates_come_with_their_response():
    X, y = ls.load_dataset("moons", n_samples=80, random_state=0)[:2]
    options = {"learning_rate": "tuned", "seeds": 2, "max_iter": 8}
    tree = assert_is_whole(ls.compare(X, y, activations=("tanh", "probit", "hard"), **options).to_html())
    assert "What each learning rate gives" in tree.texts
    assert len(tree.images) == 2
    assert any("of 3 pairs" in text for text in tree.texts)
    alone = assert_is_whole(ls.compare(X, y, activations=("tanh",), **options).to_html())
    assert "Differences" not in alone.texts


def test_what_a_person_named_is_escaped(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    row = {"arm": "<b>tanh</b>", "log_loss": 0.25, "status": None}
    record = {"command": "compare", "logitscope": "0", "dataset": "a&b.csv", "table": [row], "seeds": 2,
              "learning_rate": [0.1, 1.0], "solver": "gd"}  # fmt: skip
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    tree = assert_is_whole(ls.html_report(folder))
    assert "<b>tanh</b> on a&b.csv" in tree.texts
    assert {"0.25", "–"} <= set(tree.texts)
    assert "gd, learning rate 0.1, 1, 2 seeds" in tree.texts


@pytest.mark.parametrize(("command", "n_pictures"), [("train", 2), ("compare", 2)])
def test_the_program_reports_what_it_wrote(command, n_pictures, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main([command, "moons", "--samples", "60", "--max-iter", "5", "--out", "out"]) == 0
    capsys.readouterr()
    assert main(["report", "out"]) == 0
    assert capsys.readouterr().out == "wrote out/report.html\n"
    tree = assert_is_whole((tmp_path / "out/report.html").read_text(encoding="utf-8"))
    assert len(tree.images) == n_pictures
    if command == "train":
        record = json.loads((tmp_path / "out/run.json").read_text(encoding="utf-8"))
        assert record["message"] in " ".join(tree.texts)
        assert f"{record['coef'][0][0]:.4g}" in tree.texts
    assert main(["report", "out", "--out", "nowhere/page.html"]) == 2
    assert "`--out` must be a file that can be written; got 'nowhere/page.html'" in capsys.readouterr().err


def test_a_folder_without_a_run_is_refused(tmp_path):
    message = (
        "`result` must be a folder that `logitscope train` or `compare` wrote with --out; got"
        f" {str(tmp_path)!r}, which has no run.json."
    )
    with pytest.raises(InvalidInputError, match=f"^{re.escape(message)}$"):
        ls.html_report(tmp_path)


@pytest.mark.parametrize("text", ['{"command": "train"}', "[]", '{"command": "other"}', "3"])
def test_a_file_that_holds_no_run_is_refused(tmp_path, text):
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    message = f"Cannot read {str(tmp_path / 'run.json')!r}: it holds no run of `logitscope train` or `compare`."
    with pytest.raises(FileFormatError, match=f"^{re.escape(message)}$"):
        ls.html_report(str(tmp_path))


def test_a_file_that_is_no_json_is_refused(tmp_path):
    (tmp_path / "run.json").write_text("{", encoding="utf-8")
    with pytest.raises(FileFormatError, match=r"^Cannot read .* it is no JSON text \(Expecting property name"):
        ls.html_report(tmp_path)


def test_only_results_are_reported():
    with pytest.raises(InvalidInputError, match=r"^`result` must be a Comparison or the folder of a run; got int\.$"):
        ls.html_report(3)
