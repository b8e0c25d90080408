"""The report of a run that the program left in a folder: its settings, its ending, its figures.

It reads files; it never trains, and it writes nothing.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from logitscope import __version__
from logitscope._exceptions import FileFormatError, InvalidInputError
from logitscope.report._page import Section, facts, page, picture, table

_CAPTIONS = {
    "training_curves.png": "Training curves: loss and accuracy after every epoch, on training and held-out rows.",
    "update_against_z.png": "Each sample's update in the last step shown, against its pre-activation z.",
    "comparison.png": "Log loss after every epoch, and each sample's last recorded update against z, one panel an arm.",
    "rate_response.png": "Log loss on rows held out of the training rows against the learning rate, one curve an arm.",
    "activations.png": "The activations and their derivatives.",
}


def folder_report(folder: str | Path) -> str:
    """Return one HTML page about the folder that ``logitscope train`` or ``compare`` wrote with ``--out``.

    Raises
    ------
    InvalidInputError
        A folder without a run.
    FileFormatError
        A run.json that does not hold a run.
    """
    place = Path(folder)
    record = _read(place)
    titles = {"train": _train_title, "compare": _compare_title}
    title, lead = titles[record["command"]](record)
    bodies = {"train": _train_sections, "compare": _compare_sections}
    sections = [*bodies[record["command"]](record), *_pictures(place)]
    made = f"Made by logitscope {record['logitscope']}, reported by {__version__}."
    return page(title, lead, sections, f"{made} This page holds all it shows and needs no network.")


def _read(place: Path) -> dict[str, Any]:
    path = place / "run.json"
    if not path.is_file():
        if (place / "explanation.json").is_file():
            raise InvalidInputError(
                f"`result` must be a folder of `logitscope train` or `compare`; got {str(place)!r}, which `explain`"
                " wrote. Its figure and explanation.json say all there is; for a page, use `logitscope compare --out`."
            )
        raise InvalidInputError(
            f"`result` must be a folder that `logitscope train` or `compare` wrote with --out; got {str(place)!r},"
            " which has no run.json."
        )
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError) as error:
        raise FileFormatError(f"Cannot read {str(path)!r}: it is no JSON text ({error}).") from error
    needed = {"train": {"settings", "message", "accuracy"}, "compare": {"table", "seeds", "learning_rate"}}
    command = record.get("command") if isinstance(record, dict) else None
    missing = needed.get(str(command), {"command"}) - set(record if isinstance(record, dict) else ())
    if missing or command not in needed:
        raise FileFormatError(f"Cannot read {str(path)!r}: it holds no run of `logitscope train` or `compare`.")
    return dict(record)


def _train_title(record: dict[str, Any]) -> tuple[str, str]:
    settings = record["settings"]
    name = Path(str(record["dataset"])).name
    return (
        f"{settings['activation']} on {name}",
        f"{_shown(settings['loss'])}, {settings['solver']}: {record['message']}",
    )


def _train_sections(record: dict[str, Any]) -> list[Section]:
    at = int(record.get("n_iter") or 0) - 1  # the curves start after the first epoch
    curves = [record.get("curves", {}).get(name) or [] for name in ("loss", "validation_loss")]
    losses = [curve[at] if 0 <= at < len(curve) else None for curve in curves]
    result = [
        ("loss", f"{_shown(losses[0])} training, {_shown(losses[1])} held out"),
        (
            "accuracy",
            f"{_shown(record['accuracy']['training'])} training, {_shown(record['accuracy']['held_out'])} held out",
        ),
        ("epochs", str(record.get("n_iter", ""))),
        ("gradient", _shown(record.get("gradient_norm"))),
        ("seconds", _shown(record.get("seconds"))),
        ("intercept", _shown(record.get("intercept"))),
    ]
    names = (record.get("features") or {}).get("names") or []
    coef = record.get("coef") or []
    headings = ["feature", *(["coefficient"] if len(coef) == 1 else [f"class {k}" for k in range(len(coef))])]
    rows = [[str(name), *(_shown(row[j]) for row in coef)] for j, name in enumerate(names)]
    settings = [(name.replace("_", " "), _shown(value)) for name, value in record["settings"].items()]
    sections = [Section("Result", facts(result)), Section("Settings", facts(settings))]
    return [*sections, Section("Coefficients, in the units of the data", table(headings, rows))] if rows else sections


def _compare_title(record: dict[str, Any]) -> tuple[str, str]:
    arms = [str(row["arm"]) for row in record["table"]]
    name = Path(str(record["dataset"])).name
    rule = _shown(record["learning_rate"])
    return (
        f"{' against '.join(arms)} on {name}",
        f"{record.get('solver')}, learning rate {rule}, {record['seeds']} seeds",
    )


def _compare_sections(record: dict[str, Any]) -> list[Section]:
    rows = record["table"]
    names = [name for name in rows[0] if name != "arm"]
    cells = [[str(row["arm"]), *(_shown(row[name]) for name in names)] for row in rows]
    sections = [Section("Result", table(["arm", *(name.replace("_", " ") for name in names)], cells))]
    pairs = record.get("differences") or []
    if pairs:
        heads = list(pairs[0])
        texts = [[_shown(pair[name]) for name in heads] for pair in pairs]
        sections.append(Section("Differences", table([name.replace("_", " ") for name in heads], texts)))
    return sections


def _pictures(place: Path) -> list[Section]:
    known = [path for path in sorted(place.glob("*.png")) if path.name in _CAPTIONS]
    return [Section("Figures", "\n".join(picture(path.read_bytes(), _CAPTIONS[path.name]) for path in known))]


def _shown(value: Any) -> str:
    """Return a number with its digits, a list with commas; JSON has no name for infinities and NaN."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value.replace("_", " ")
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, list):
        return ", ".join(map(_shown, value))
    return str(value)


__all__ = ["folder_report"]
