"""``logitscope suspects``.

It turns arguments into one fit and its suspects; it never knows what makes a label suspicious.
"""

import argparse
import csv
import io
import warnings
from pathlib import Path

import numpy as np

from logitscope._exceptions import InvalidInputError
from logitscope.cli._data import load
from logitscope.cli._show import Ticker, counted, print_facts, print_files, print_table, progress
from logitscope.cli._words import as_typed
from logitscope.datasets import Dataset, standardize
from logitscope.dynamics import Suspects, suspects
from logitscope.recording import UpdateRecorder

_HEADINGS = ("row", "given", "suggested", "score")


def run(arguments: argparse.Namespace) -> int:
    """Fit once on all rows, print the labels that look wrong, and write all scores."""
    if arguments.top < 0:
        raise InvalidInputError(f"`--top` must be an integer >= 0; got {arguments.top}.")
    if not 0 < arguments.false_alarms < 1:
        raise InvalidInputError(f"`--false-alarms` must be a number between 0 and 1; got {arguments.false_alarms}.")
    out = None if arguments.out is None else _writable(arguments.out)
    if out is not None and Path(arguments.dataset).exists() and out.exists() and out.samefile(arguments.dataset):
        raise InvalidInputError(f"`--out` must be another file than the data; got {arguments.out!r} for both.")
    dataset = load(arguments, is_split=False)
    found, ended = _search(arguments, dataset)
    if out is not None:
        out.write_text(_as_csv(found, dataset), encoding="utf-8")
    n_suspects = int(found.is_suspect.sum())
    print_facts(
        f"{n_suspects} of {len(found.score)} labels are suspects",
        [
            (
                "data",
                f"{arguments.dataset}: {len(dataset.X)} samples, {counted(dataset.X.shape[1], 'feature')},"
                f" {len(dataset.target_names)} classes",
            ),
            ("features", "as they are (--no-standardize)" if arguments.no_standardize else "standardised"),
            ("ended", as_typed(ended, arguments)),
            ("threshold", f"score >= {found.threshold:.4g}: the log-odds that another label is right"),
            ("rows", "counted from 0 without the headings: row 0 is line 2 of a file"),
            ("false alarms", f"expected among rows with a right label: at most {100 * found.false_alarms:.3g} %"),
        ],
    )
    shown = [place for place in found.order if found.is_suspect[place]][: arguments.top]
    if shown:
        print_table(_HEADINGS, [_row(found, dataset, place) for place in shown])
    if n_suspects > len(shown):
        print(f"{n_suspects - len(shown)} more: --top shows more of them, --out FILE writes them all")
    if out is not None:
        print_files([out])
    return 0


def _search(arguments: argparse.Namespace, dataset: Dataset) -> tuple[Suspects, str]:
    from logitscope.estimator import LogisticRegression

    X = dataset.X if arguments.no_standardize else standardize(dataset.X).X
    # Of two classes, the sigmoid is the softmax at half the cost.
    activation = "sigmoid" if len(dataset.target_names) == 2 else "softmax"
    clf = LogisticRegression(activation, max_iter=arguments.max_iter, tol=0, record=UpdateRecorder())
    with warnings.catch_warnings(), progress("training", arguments.max_iter, arguments.quiet) as tick:
        warnings.simplefilter("ignore")  # the summary says how the run ended
        clf.fit(X, dataset.y, observers=[Ticker(tick)])
    return suspects(clf.update_log_, false_alarms=arguments.false_alarms), clf.status_message_


def _row(found: Suspects, dataset: Dataset, place: int) -> list[str]:
    names = dataset.target_names
    return [
        str(found.sample_index[place]),
        names[found.given[place]],
        names[found.suggested[place]],
        f"{found.score[place]:.3f}",
    ]


def _as_csv(found: Suspects, dataset: Dataset) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*_HEADINGS, "is_suspect"])
    for place in found.order:
        row, given, suggested, _ = _row(found, dataset, place)
        score = np.format_float_positional(found.score[place], trim="-")
        writer.writerow([row, given, suggested, score, str(bool(found.is_suspect[place])).lower()])
    return text.getvalue()


def _writable(out: str) -> Path:
    """Refuse a file that cannot be written, before anything is computed; an old one stays until there is a new one."""
    path = Path(out)
    try:
        is_new = not path.exists()
        with path.open("a", encoding="utf-8"):
            pass
        if is_new:
            path.unlink()
    except OSError as error:
        raise InvalidInputError(
            f"`--out` must be a file that can be written; got {out!r} ({error.strerror})."
        ) from error
    return path


__all__ = ["run"]
